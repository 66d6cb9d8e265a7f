//! Products and stock: walks, copies, audits, stock and its flow (wire reference §2.2).

use serde_json::{Value, json};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{Basket, EditStatus, Pick, ProductChange, ShelfId, Switches, World, WorldConfig};

use crate::support::{APPID, NOW_S, SECRET, Shop, bought, code, said};

const LIST: &str = "/channels/ec/product/list/get";
const GET: &str = "/channels/ec/product/get";
const LISTING: &str = "/channels/ec/product/listing";
const DELISTING: &str = "/channels/ec/product/delisting";
const DELETE: &str = "/channels/ec/product/delete";
const CANCEL: &str = "/channels/ec/product/audit/cancel";
const QUOTA: &str = "/channels/ec/product/getauditquota";
const FREE: &str = "/channels/ec/product/auditfree";
const STOCK: &str = "/channels/ec/product/stock/get";
const BATCH: &str = "/channels/ec/product/stock/batchget";
const UPDATE: &str = "/channels/ec/product/stock/update";
const FLOW: &str = "/channels/ec/product/stock/getflow";

async fn wide() -> Shop {
    let config = WorldConfig { products: 5_000, ..WorldConfig::new(7, 50, NOW_S).quiet() };
    Shop::of(config, PlatformConfig::new(APPID, SECRET)).await
}

/// The ids of a walk, and how many pages it had.
async fn walk(shop: &Shop, status: Option<u16>, size: usize) -> (Vec<String>, usize) {
    let (mut ids, mut key, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let mut body = json!({ "page_size": size, "next_key": key });
        if let Some(status) = status {
            body["status"] = json!(status);
        }
        let page = shop.call(LIST, body).await;
        assert_eq!(code(&page), 0, "{page}");
        pages += 1;
        let found = page["product_ids"].as_array().expect("a list");
        ids.extend(found.iter().map(|id| id.as_str().expect("text").to_owned()));
        if found.is_empty() || ids.len() as u64 >= page["total_num"].as_u64().expect("a number") {
            return (ids, pages);
        }
        page["next_key"].as_str().expect("text").clone_into(&mut key);
    }
}

fn product(shop: &Shop, place: u16) -> ShelfId {
    shop.with(|world| world.product_at(place)).expect("the shop has it")
}

async fn online(shop: &Shop, id: ShelfId) -> Value {
    let answer = shop.call(GET, json!({ "product_id": id.to_string() })).await;
    assert_eq!(code(&answer), 0, "{answer}");
    answer["product"].clone()
}

async fn call(shop: &Shop, path: &str, id: ShelfId) -> i64 {
    code(&shop.call(path, json!({ "product_id": id.to_string() })).await)
}

async fn stock_of(shop: &Shop, id: ShelfId, sku: &str) -> i64 {
    let answer = shop.call(STOCK, json!({ "product_id": id.to_string(), "sku_id": sku })).await;
    assert_eq!(answer["data"]["normal_stock_num"], answer["data"]["total_stock_num"], "{answer}");
    answer["data"]["total_stock_num"].as_i64().expect("a number")
}

async fn first_sku(shop: &Shop, id: ShelfId) -> String {
    online(shop, id).await["skus"][0]["sku_id"].as_str().expect("text").to_owned()
}

async fn update(shop: &Shop, id: ShelfId, sku: &str, diff_type: i64, num: i64) -> i64 {
    let body = json!({ "product_id": id.to_string(), "sku_id": sku, "diff_type": diff_type, "num": num });
    code(&shop.call(UPDATE, body).await)
}

#[tokio::test]
async fn five_thousand_products_are_walked() {
    let shop = wide().await;
    let (ids, pages) = walk(&shop, None, 30).await;
    assert!((4_700..5_000).contains(&ids.len()) && pages == ids.len().div_ceil(30), "{} in {pages}", ids.len());
    let mut parts = 0;
    for status in [0, 5, 6, 9, 11, 13, 14, 15, 20] {
        let (some, _) = walk(&shop, Some(status), 30).await;
        for id in some.iter().take(3) {
            let answer = shop.call(GET, json!({ "product_id": id, "data_type": 3 })).await;
            let shown = if status == 0 { &answer["edit_product"] } else { &answer["product"] };
            assert_eq!(shown["status"], status, "{answer}");
        }
        if !matches!(status, 0 | 6) {
            parts += some.len();
        }
    }
    assert_eq!(parts, ids.len());
    let mut stock = 0;
    for some in ids.chunks(50) {
        let answer = shop.call(BATCH, json!({ "product_id": some })).await;
        stock += answer["data"]["spu_stock_list"].as_array().expect("a list").len();
    }
    assert_eq!(stock, ids.len());
}

#[tokio::test]
async fn walks_are_refused() {
    let shop = Shop::quiet().await;
    for (body, expected) in [
        (json!({ "page_size": 31 }), 10020051),
        (json!({ "page_size": 0 }), 10020051),
        (json!({ "status": 7 }), 10020051),
        (json!({ "page_size": "10" }), 47001),
        (json!({ "page_size": 10, "next_key": "bmV4dA" }), 606006),
    ] {
        assert_eq!(code(&shop.call(LIST, body.clone()).await), expected, "{body}");
    }
    let page = shop.call(LIST, json!({ "page_size": 5 })).await;
    let (other, key) = (json!(6), &page["next_key"]);
    assert_eq!(code(&shop.call(LIST, json!({ "page_size": other, "next_key": key })).await), 606006);
    let ids: Vec<String> = (0..51).map(|id| id.to_string()).collect();
    assert_eq!(code(&shop.call(BATCH, json!({ "product_id": ids })).await), 10020114);
    assert_eq!(code(&shop.call(BATCH, json!({})).await), 10020055);
    assert_eq!(code(&shop.call(GET, json!({ "product_id": "5" })).await), 10020052);
    assert_eq!(code(&shop.call(GET, json!({ "product_id": 5 })).await), 47001);
    assert_eq!(code(&shop.call(GET, json!({})).await), 10020051);
    let id = product(&shop, 0).to_string();
    assert_eq!(code(&shop.call(GET, json!({ "product_id": id, "data_type": 4 })).await), 10020051);
}

#[tokio::test]
async fn a_draft_is_looked_at_before_it_goes_online() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 0);
    let before = online(&shop, id).await;
    assert_eq!((&before["status"], &before["skus"][0]["sale_price"]), (&json!(5), &json!(3_900)));
    let draft = ProductChange::Draft { prices: vec![4_100, 7_900, 16_900] };
    shop.with(|world| world.colleague_changes_product(NOW_S, id, &draft)).expect("not in audit");
    let both = shop.call(GET, json!({ "product_id": id.to_string(), "data_type": 3 })).await;
    assert_eq!(both["product"]["skus"][0]["sale_price"], 3_900);
    assert_eq!(both["edit_product"]["skus"][0]["sale_price"], 4_100);
    assert_eq!(both["edit_product"]["edit_status"], 1);
    assert!(shop.call(GET, json!({ "product_id": id.to_string(), "data_type": 2 })).await.get("product").is_none());

    assert_eq!(call(&shop, LISTING, id).await, 0);
    for (path, expected) in [(LISTING, 10020049), (DELISTING, 10020047), (DELETE, 10020049)] {
        assert_eq!(call(&shop, path, id).await, expected, "{path}");
    }
    let sku = before["skus"][0]["sku_id"].as_str().expect("text");
    assert_eq!(update(&shop, id, sku, 1, 1).await, 10020217, "not while it is looked at");
    assert_eq!(call(&shop, CANCEL, id).await, 0);
    assert_eq!(call(&shop, CANCEL, id).await, 10020044);
    assert_eq!(call(&shop, LISTING, id).await, 0);
    let quota = shop.call(QUOTA, json!({})).await;
    let left = quota["audit_quota"]["total_quota"].as_i64().zip(quota["audit_quota"]["avail_quota"].as_i64());
    assert_eq!(left.map(|(total, left)| total - left), Some(2));
    shop.with(World::take_events);
    let events = shop.with(|world| world.advance(NOW_S + 3_700));
    assert_eq!(said(&events), ["product_spu_audit 3", "product_spu_listing 5"]);
    assert!(events.iter().all(|event| event.order.is_none()));
    let after = online(&shop, id).await;
    assert_eq!((&after["skus"][0]["sale_price"], &after["min_price"]), (&json!(4_100), &json!(4_100)));
    let order = shop.with(|world| bought(world, vec![Pick { product: 0, sku: 0, count: 1 }]));
    assert_eq!(shop.get_order(order).await["order_detail"]["product_infos"][0]["sale_price"], 4_100);
}

#[tokio::test]
async fn a_look_may_end_in_a_rejection() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 3);
    let strict = Switches { audits_rejected: 1_000, living: false, ..Switches::default() };
    shop.with(|world| world.set_switches(NOW_S, strict));
    assert_eq!(call(&shop, LISTING, id).await, 0);
    assert_eq!(said(&shop.with(|world| world.advance(NOW_S + 3_700))), ["product_spu_audit 2"]);
    let draft = shop.call(GET, json!({ "product_id": id.to_string(), "data_type": 2 })).await;
    assert_eq!(draft["edit_product"]["edit_status"], 3);
    assert_eq!(online(&shop, id).await["status"], 5, "what was online stays");
}

#[test]
fn a_look_that_was_called_back_does_not_end_the_next_one() {
    let mut world = World::new(WorldConfig::new(7, 20, NOW_S).quiet());
    let ids: Vec<ShelfId> = (0..45).map(|place| world.product_at(place).expect("there")).collect();
    for id in &ids {
        world.change_product(NOW_S, *id, &ProductChange::List).expect("listed");
        world.change_product(NOW_S, *id, &ProductChange::CancelAudit).expect("looked at");
    }
    for id in &ids {
        world.change_product(NOW_S + 250, *id, &ProductChange::List).expect("listed");
    }
    // A look takes five minutes at least.
    world.advance(NOW_S + 549);
    assert!(ids.iter().all(|id| world.edit_status(*id) == Ok(EditStatus::InAudit)));
    world.advance(NOW_S + 3_900);
    assert!(ids.iter().all(|id| world.edit_status(*id) == Ok(EditStatus::Passed)));
}

#[tokio::test]
async fn off_the_shelf_and_into_the_bin() {
    let shop = wide().await;
    let id = product(&shop, 1);
    shop.with(World::take_events);
    assert_eq!(call(&shop, DELISTING, id).await, 0);
    assert_eq!(call(&shop, DELISTING, id).await, 10020065);
    assert_eq!(online(&shop, id).await["status"], 11);
    let sku = first_sku(&shop, id).await;
    assert_eq!(update(&shop, id, &sku, 1, 5).await, 0, "it was listed once");
    assert_eq!(
        code(&shop.call(FREE, json!({ "product_id": id.to_string(), "skus": [{ "sku_id": sku }] })).await),
        10020065
    );
    assert_eq!(call(&shop, DELETE, id).await, 0);
    assert_eq!(call(&shop, DELETE, id).await, 10020052);
    assert_eq!(call(&shop, LISTING, id).await, 10020052);
    assert_eq!(said(&shop.with(World::take_events)), ["product_spu_listing 11", "product_spu_update 2"]);
    let never = walk(&shop, Some(0), 1).await.0[0].clone();
    assert_eq!(code(&shop.call(GET, json!({ "product_id": never })).await), 10020065);
    let draft = shop.call(GET, json!({ "product_id": never, "data_type": 3 })).await;
    assert!(draft.get("product").is_none());
    let sku = draft["edit_product"]["skus"][0]["sku_id"].as_str().expect("text");
    let body = json!({ "product_id": never, "sku_id": sku, "diff_type": 1, "num": 1 });
    assert_eq!(code(&shop.call(UPDATE, body).await), 10020289);
    let banned = walk(&shop, Some(13), 1).await.0[0].clone();
    assert_eq!(code(&shop.call(LISTING, json!({ "product_id": banned })).await), 10020053);
}

#[tokio::test]
async fn audits_are_counted() {
    let shop = wide().await;
    let (ids, _) = walk(&shop, Some(5), 30).await;
    let mut last = 0;
    for id in ids.iter().take(101) {
        last = code(&shop.call(LISTING, json!({ "product_id": id })).await);
    }
    assert_eq!(last, 10020066, "a hundred within an hour");
}

#[tokio::test]
async fn stock_changes_by_difference_or_is_set() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 2);
    let sku = first_sku(&shop, id).await;
    let before = stock_of(&shop, id, &sku).await;
    assert_eq!(update(&shop, id, &sku, 1, 7).await, 0);
    assert_eq!(update(&shop, id, &sku, 2, 3).await, 0);
    assert_eq!(stock_of(&shop, id, &sku).await, before + 4);
    assert_eq!(update(&shop, id, &sku, 3, 11).await, 0);
    assert_eq!(stock_of(&shop, id, &sku).await, 11);
    for (diff_type, num, expected) in [
        (1, 0, 10020218),
        (2, 0, 10020218),
        (2, 12, 10020219),
        (1, -1, 10020055),
        (3, -1, 10020055),
        (1, i64::from(i32::MAX), 10020055),
        (3, i64::MAX, 10020055),
        (4, 1, 10020091),
    ] {
        assert_eq!(update(&shop, id, &sku, diff_type, num).await, expected, "{diff_type} {num}");
    }
    assert_eq!(update(&shop, id, "17", 1, 1).await, 10020055);
    let text = json!({ "product_id": id.to_string(), "sku_id": sku, "diff_type": "1", "num": 1 });
    assert_eq!(code(&shop.call(UPDATE, text).await), 47001);
    assert_eq!(stock_of(&shop, id, &sku).await, 11);
}

#[tokio::test]
async fn one_sku_is_not_updated_all_the_time() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 2);
    let sku = first_sku(&shop, id).await;
    for _ in 0..20 {
        assert_eq!(update(&shop, id, &sku, 1, 1).await, 0);
    }
    assert_eq!(update(&shop, id, &sku, 1, 1).await, 10020112);
    let other = product(&shop, 3);
    assert_eq!(update(&shop, other, &first_sku(&shop, other).await, 1, 1).await, 0);
    shop.clock.advance_ms(60_000);
    assert_eq!(update(&shop, id, &sku, 1, 1).await, 0);
}

#[tokio::test]
async fn what_needs_no_look_changes_at_once_and_all_or_nothing() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 0);
    let before = online(&shop, id).await;
    let sku = |place: usize| before["skus"][place]["sku_id"].clone();
    let free = async |skus: Value| code(&shop.call(FREE, json!({ "product_id": id.to_string(), "skus": skus })).await);
    let low = json!({ "diff_type": 2, "num": 99_999 });
    for (skus, expected) in [
        (json!([]), 10020051),
        (json!([{ "sku_id": "5", "sale_price": 1 }]), 10020051),
        (json!([{ "sku_id": sku(0), "sale_price": 0 }]), 10020051),
        (json!([{ "sku_id": sku(0), "sale_price": 1_000_000_001 }]), 10020051),
        (json!([{ "sku_id": sku(0), "status": 7 }]), 10020051),
        (json!([{ "sku_id": sku(0) }, { "sku_id": sku(0) }]), 10020051),
        (json!([{ "sku_id": sku(0), "sale_price": 3_500 }, { "sku_id": sku(1), "stock_info": low }]), 10020219),
    ] {
        assert_eq!(free(skus.clone()).await, expected, "{skus}");
    }
    assert_eq!(online(&shop, id).await, before);
    shop.with(World::take_events);
    let more = json!({ "diff_type": 1, "num": 5 });
    assert_eq!(
        free(
            json!([{ "sku_id": sku(0), "sale_price": 3_500, "stock_info": more }, { "sku_id": sku(1), "status": 11 }])
        )
        .await,
        0
    );
    assert_eq!(said(&shop.with(World::take_events)), ["product_spu_update 0", "product_spu_listing 5"]);
    let after = online(&shop, id).await;
    assert_eq!(after["skus"][0]["sale_price"], 3_500);
    assert_eq!(after["skus"][0]["stock_num"].as_i64(), before["skus"][0]["stock_num"].as_i64().map(|stock| stock + 5));
    assert_eq!(after["skus"][1]["status"], 11);
}

#[tokio::test]
async fn orders_take_pieces_and_cancelled_ones_give_them_back() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 4);
    let sku = first_sku(&shop, id).await;
    let before = stock_of(&shop, id, &sku).await;
    let pick = Pick { product: 4, sku: 0, count: 3 };
    let basket = Basket { picks: vec![pick], plain: true, ..Basket::default() };
    let order = shop.with(|world| world.buyer_orders(NOW_S, &basket));
    assert_eq!(stock_of(&shop, id, &sku).await, before - 3);
    shop.with(|world| world.buyer_cancels(NOW_S, order)).expect("unpaid");
    assert_eq!(stock_of(&shop, id, &sku).await, before);
    // More than there is: somebody fills the shelf up, and the flow says so.
    let many = Basket { picks: vec![Pick { count: before as u16 + 1, ..pick }], plain: true, ..Basket::default() };
    shop.with(|world| world.buyer_orders(NOW_S, &many));
    let after = stock_of(&shop, id, &sku).await;
    assert!(after > 0);

    let flow = |size: usize, more: Value| {
        let mut body = json!({ "product_id": id.to_string(), "sku_id": sku, "begin_time": NOW_S - 9, "end_time": NOW_S, "page_size": size });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let (mut entries, mut key) = (Vec::new(), json!(""));
    loop {
        let page = shop.call(FLOW, flow(1, json!({ "next_key": key }))).await;
        assert_eq!(code(&page), 0, "{page}");
        entries.extend(page["data"]["stock_flow_info_list"].as_array().expect("a list").clone());
        key = page["data"]["next_key"].clone();
        if key == "" {
            break;
        }
    }
    let kinds: Vec<i64> = entries.iter().filter_map(|entry| entry["op_type"].as_i64()).collect();
    assert_eq!(kinds, [4, 5, 2, 4]);
    assert_eq!(entries[0]["ext_info"]["order_id"], order.to_string());
    assert_eq!(entries[2]["ext_info"]["order_id"], "0");
    assert!(entries.windows(2).all(|pair| pair[0]["ending_amount"] == pair[1]["beginning_amount"]));
    assert_eq!(entries[3]["ending_amount"].as_i64(), Some(after));
    let some = shop.call(FLOW, flow(10, json!({ "op_type_list": [5] }))).await;
    assert_eq!(some["data"]["stock_flow_info_list"].as_array().map(Vec::len), Some(1));
    for wrong in [json!({ "end_time": 0 }), json!({ "page_size": 0 }), json!({ "sku_id": "1" })] {
        assert_eq!(code(&shop.call(FLOW, flow(10, wrong.clone())).await), 10020055, "{wrong}");
    }
}

#[tokio::test]
async fn products_meet_faults_and_strangers_too() {
    let shop = Shop::quiet().await;
    let id = product(&shop, 0);
    for (kind, check) in [
        (FaultKind::UnknownEnums, (|product| product["status"] == 77) as fn(&Value) -> bool),
        (FaultKind::ExtraFields, |product| product["brand_new_field"].is_object()),
        (FaultKind::BadShape, |product| product["skus"].is_object()),
    ] {
        shop.platform.faults().add(Fault::once(kind, GET)).expect("possible");
        assert!(check(&online(&shop, id).await));
    }
    let addresses = shop.call("/channels/ec/merchant/address/list", json!({ "offset": 0, "limit": 10 })).await;
    let first = addresses["address_id_list"][0].clone();
    let shown = shop.call("/channels/ec/merchant/address/get", json!({ "address_id": first })).await;
    assert_eq!(shown["address_detail"]["default_recv"], 1);
    assert_eq!(online(&shop, id).await["after_sale_info"]["after_sale_address_id"], first);
    assert_eq!(code(&shop.call("/channels/ec/merchant/address/get", json!({ "address_id": "1" })).await), 40097);
}
