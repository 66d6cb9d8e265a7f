//! Price, address, SKU, parcels and search (wire reference §2.3).

use serde_json::{Value, json};
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{Basket, EffectKind, OrderId, Pick, Status, World, WorldConfig};

use crate::support::{APPID, NOW_S, SECRET, Shop, bought, code, item, parcel, said, same_price, sent, whole};

const PRICE: &str = "/channels/ec/order/price/update";
const ADDRESS: &str = "/channels/ec/order/address/update";
const ACCEPT: &str = "/channels/ec/order/addressmodify/accept";
const SKUS: &str = "/channels/ec/order/preshipmentchangesku/get";
const APPROVE: &str = "/channels/ec/order/preshipmentchangesku/approve";
const REFUSE: &str = "/channels/ec/order/preshipmentchangesku/reject";
const CORRECT: &str = "/channels/ec/order/deliveryinfo/update";
const SEARCH: &str = "/channels/ec/order/search";

fn two() -> Vec<Pick> {
    vec![same_price(2), Pick { product: 1, sku: 0, count: 1 }]
}

/// An unpaid order without a coupon of the platform, which forbids another price.
fn unpaid(world: &mut World) -> OrderId {
    let basket = Basket { picks: vec![same_price(1)], plain: true, ..Basket::default() };
    for _ in 0..100 {
        let id = world.buyer_orders(NOW_S, &basket);
        let order = world.order_json(id).expect("known");
        let price = &order["order_detail"]["price_info"];
        if price["cash_coupon_discounted_price"] == 0 && price["change_down_price"] == 0 && price["freight"] == 600 {
            return id;
        }
    }
    panic!("most have none")
}

async fn price(shop: &Shop, id: OrderId) -> Value {
    let order = shop.get_order(id).await;
    crate::world_is_sound::check_money(&order);
    order["order_detail"]["price_info"].clone()
}

#[tokio::test]
async fn an_unpaid_order_gets_another_price() {
    let shop = Shop::quiet().await;
    let id = shop.with(unpaid);
    let line = shop.with(|world| world.lines_of(id))[0].clone();
    let before = price(&shop, id).await;
    let estimate = before["estimate_product_price"].as_i64().expect("fen");
    let change = |fen: i64, fee: Option<i64>| {
        let lines = json!([{ "product_id": line.0, "sku_id": line.1, "change_price": fen }]);
        json!({ "order_id": id.to_string(), "change_express": fee.is_some(), "express_fee": fee, "change_order_infos": lines })
    };
    for (body, expected) in [
        (change(estimate + 1, None), 108021),
        (change(-1, None), 108021),
        (change(0, None), 108023),
        (change(1_000, Some(601)), 108021),
        (change(1_000, Some(-1)), 108021),
        (json!({ "order_id": id.to_string() }), 40097),
        (json!({ "order_id": id.to_string(), "change_express": true }), 40097),
        (json!({ "order_id": "5", "change_express": true, "express_fee": 0 }), 100002),
    ] {
        assert_eq!(code(&shop.call(PRICE, body.clone()).await), expected, "{body}");
    }
    assert_eq!(price(&shop, id).await, before);
    shop.with(World::take_events);
    assert_eq!(code(&shop.call(PRICE, change(estimate - 300, Some(0))).await), 0);
    assert_eq!(said(&shop.with(World::take_events)), ["order_ext_info_update 12"]);
    let lowered = price(&shop, id).await;
    assert_eq!((&lowered["change_down_price"], &lowered["is_change_freight"]), (&json!(300), &json!(true)));
    assert_eq!(lowered["freight"], 0);
    assert_eq!(lowered["order_price"].as_i64(), before["order_price"].as_i64().map(|fen| fen - 900));
    // The next call replaces this one.
    assert_eq!(code(&shop.call(PRICE, change(estimate - 100, None)).await), 0);
    assert_eq!(price(&shop, id).await["order_price"].as_i64(), before["order_price"].as_i64().map(|fen| fen - 100));
    for _ in 2..50 {
        assert_eq!(code(&shop.call(PRICE, change(estimate - 100, None)).await), 0);
    }
    assert_eq!(code(&shop.call(PRICE, change(estimate - 100, None)).await), 108022);
    shop.with(|world| world.buyer_pays(NOW_S, id)).expect("unpaid");
    assert_eq!(code(&shop.call(PRICE, change(estimate - 100, None)).await), 101100);
    let effects = shop.with(|world| world.books_of(&[id])).effects;
    assert!(effects.len() == 50 && effects.iter().all(|effect| matches!(effect.kind, EffectKind::Price { .. })));
}

fn written(id: OrderId) -> Value {
    json!({ "order_id": id.to_string(), "user_address": {
        "user_name": "陈小青", "province_name": "福建省", "city_name": "福州市", "county_name": "台江区",
        "detail_info": "某路某号", "tel_number": "13800000000",
    } })
}

#[tokio::test]
async fn the_merchant_proposes_an_address() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| bought(world, two()));
    let without = |field: &str| {
        let mut body = written(id);
        body["user_address"][field] = json!("");
        body
    };
    for field in ["user_name", "province_name", "city_name", "detail_info", "tel_number"] {
        assert_eq!(code(&shop.call(ADDRESS, without(field)).await), 606002, "{field}");
    }
    let mut phone = written(id);
    phone["user_address"]["tel_number"] = json!("8800000000");
    assert_eq!(code(&shop.call(ADDRESS, phone).await), 6060451);
    assert_eq!(code(&shop.call(ADDRESS, json!({ "order_id": id.to_string() })).await), 611015);
    assert_eq!(code(&shop.call(ADDRESS, written(OrderId::new(5))).await), 611016);

    let before = shop.get_order(id).await["order_detail"]["delivery_info"]["address_info"].clone();
    assert_eq!(code(&shop.call(ADDRESS, written(id)).await), 0);
    assert_eq!(code(&shop.call(ADDRESS, written(id)).await), 611030);
    assert_eq!(shop.get_order(id).await["order_detail"]["delivery_info"]["address_info"], before, "not yet");
    shop.with(World::take_events);
    shop.with(|world| world.buyer_answers_address(NOW_S, id, true)).expect("proposed");
    assert_eq!(said(&shop.with(World::take_events)), ["order_ext_info_update 16"]);
    let after = shop.get_order(id).await["order_detail"]["delivery_info"]["address_info"].clone();
    assert_eq!((&after["county_name"], &after["user_name"]), (&json!("台江区"), &json!("陈**")));
    assert_eq!(after["tel_number"], "138****0000");
    assert_ne!(after["hash_code"], before["hash_code"]);

    for _ in 1..5 {
        assert_eq!(code(&shop.call(ADDRESS, written(id)).await), 0);
        shop.with(|world| world.buyer_answers_address(NOW_S, id, false)).expect("proposed");
    }
    assert_eq!(code(&shop.call(ADDRESS, written(id)).await), 606001);

    let asked = shop.with(|world| bought(world, two()));
    shop.with(|world| world.buyer_requests_address_change(NOW_S, asked)).expect("to ship");
    assert_eq!(code(&shop.call(ADDRESS, written(asked)).await), 611031);
    assert_eq!(code(&shop.call(ACCEPT, json!({ "order_id": asked.to_string() })).await), 0);
    let late = shop.with(|world| sent(world, two()));
    assert_eq!(code(&shop.call(ADDRESS, written(late)).await), 606000);
    let text = serde_json::to_string(&shop.with(|world| world.books())).expect("JSON");
    assert!(!text.contains("陈小青") && !text.contains("13800000000"), "a person ends at the door");
}

#[tokio::test]
async fn a_proposal_is_void_once_the_order_is_sent() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| bought(world, two()));
    assert_eq!(code(&shop.call(ADDRESS, written(id)).await), 0);
    shop.with(World::take_events);
    let lines = shop.with(|world| world.lines_of(id));
    assert_eq!(code(&shop.send(id, &[whole(&lines, "SF1234567890")]).await), 0);
    assert_eq!(said(&shop.with(World::take_events)), ["order_deliver 1", "order_ext_info_update 20"]);
    assert!(shop.with(|world| world.buyer_answers_address(NOW_S, id, true)).is_err());
}

#[tokio::test]
async fn another_sku_is_approved_or_refused() {
    let shop = Shop::quiet().await;
    let (yes, no) = shop.with(|world| (bought(world, two()), bought(world, two())));
    for id in [yes, no] {
        shop.with(|world| world.buyer_requests_sku(NOW_S, id, 0, 2)).expect("the same price");
        assert!(shop.with(|world| world.buyer_requests_sku(NOW_S, id, 0, 1)).is_err(), "one at a time");
    }
    assert!(shop.with(|world| world.buyer_requests_sku(NOW_S, yes, 1, 1)).is_err(), "another price");
    let all = shop.call(SKUS, json!({ "page": 1, "page_size": 10 })).await;
    assert_eq!(all["order_ids"], json!([yes.to_string(), no.to_string()]));
    assert_eq!(shop.call(SKUS, json!({ "page": 2, "page_size": 1 })).await["order_ids"], json!([no.to_string()]));
    assert_eq!(code(&shop.call(SKUS, json!({ "page": 0, "page_size": 1 })).await), 40097);
    assert_eq!(code(&shop.call(SKUS, json!({})).await), 40097);
    let before = shop.with(|world| world.lines_of(yes));
    let info = shop.get_order(yes).await["order_detail"]["product_infos"][0]["change_sku_info"].clone();
    assert_eq!(info["preshipment_change_sku_state"], 3);
    assert_eq!(info["ddl_time_stamp"], NOW_S + 86_400);
    assert_eq!(code(&shop.send(yes, &[whole(&before, "SF1234567890")]).await), 10020276);
    shop.with(World::take_events);
    assert_eq!(code(&shop.call(APPROVE, json!({ "order_id": yes.to_string() })).await), 0);
    assert_eq!(said(&shop.with(World::take_events)), ["order_ext_info_update 10"]);
    assert_eq!(code(&shop.call(APPROVE, json!({ "order_id": yes.to_string() })).await), 10020277);
    assert_eq!(code(&shop.call(REFUSE, json!({ "order_id": no.to_string() })).await), 0);
    assert_eq!(code(&shop.call(REFUSE, json!({ "order_id": "5" })).await), 100002);
    let after = shop.get_order(yes).await["order_detail"]["product_infos"][0].clone();
    assert_eq!(after["sku_id"], info["new_sku_id"]);
    assert_eq!(after["change_sku_info"]["preshipment_change_sku_state"], 4);
    assert!(after["change_sku_info"].get("ddl_time_stamp").is_none());
    let refused = shop.get_order(no).await["order_detail"]["product_infos"][0].clone();
    assert_eq!(
        (&refused["sku_id"], &refused["change_sku_info"]["preshipment_change_sku_state"]),
        (&json!(before[0].1), &json!(5))
    );
    let lines = shop.with(|world| world.lines_of(yes));
    assert_eq!(code(&shop.send(yes, &[whole(&lines, "SF1234567890")]).await), 0);
    shop.with(|world| {
        world.buyer_requests_sku(NOW_S, no, 0, 1).expect("again");
        world.buyer_withdraws_sku_request(NOW_S, no).expect("pending");
    });
    assert_eq!(
        shop.get_order(no).await["order_detail"]["product_infos"][0]["change_sku_info"]["preshipment_change_sku_state"],
        6
    );
}

#[tokio::test]
async fn what_was_said_about_parcels_is_corrected() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| bought(world, two()));
    let l = shop.with(|world| world.lines_of(id));
    let sent = [parcel("SF0000000001", vec![item(&l[0], 2)]), parcel("SF0000000002", vec![item(&l[1], 1)])];
    let body = |list: Value| json!({ "order_id": id.to_string(), "delivery_list": list });
    assert_eq!(code(&shop.call(CORRECT, body(json!(sent))).await), 101100, "nothing is on its way");
    assert_eq!(code(&shop.send(id, &sent).await), 0);
    let renamed = |waybill: &str, place: usize| parcel(waybill, sent[place].product_infos.clone());
    let split =
        [parcel("SF1111111", vec![item(&l[0], 1)]), parcel("SF1111112", vec![item(&l[0], 1)]), renamed("SF2222222", 1)];
    for (list, expected) in [
        (json!(split), 606040),
        (json!([renamed("SF1111111", 0)]), 606042),
        (json!([renamed("SF1111111", 0), renamed("SF1111112", 0)]), 606042),
        (json!([renamed("顺丰", 0), renamed("SF1111112", 1)]), 6060479),
        (json!([]), 40097),
    ] {
        assert_eq!(code(&shop.call(CORRECT, body(list.clone())).await), expected, "{list}");
    }
    // In another order than they were sent.
    assert_eq!(code(&shop.call(CORRECT, body(json!([renamed("ZT2222222", 1), renamed("ZT1111111", 0)]))).await), 0);
    let waybills = |order: &Value| -> Vec<String> {
        let parcels = order["order_detail"]["delivery_info"]["delivery_product_info"].as_array().expect("parcels");
        parcels.iter().map(|parcel| parcel["waybill_id"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(waybills(&shop.get_order(id).await), ["ZT1111111", "ZT2222222"]);
    let each = |old: &str, new: &str| {
        let (mut from, mut to) = (json!(renamed(old, 0)), json!(renamed(new, 0)));
        (from["delivery_id"], to["delivery_id"]) = (json!("SF"), json!("ZTO"));
        json!({ "order_id": id.to_string(), "change_infos": [{ "old": from, "new": to }] })
    };
    assert_eq!(code(&shop.call(CORRECT, each("SF0000000001", "ZT3333333")).await), 606042, "has another number by now");
    assert_eq!(code(&shop.call(CORRECT, each("ZT1111111", "ZT3333333")).await), 0);
    assert_eq!(waybills(&shop.get_order(id).await), ["ZT3333333", "ZT2222222"]);
    assert_eq!(code(&shop.call(CORRECT, body(json!([renamed("SF4444444", 0), renamed("SF5555555", 1)]))).await), 0);
    assert_eq!(code(&shop.call(CORRECT, body(json!(sent))).await), 606041);
    let books = shop.with(|world| world.books_of(&[id]));
    assert_eq!(books.deliveries_of(id), 1, "a correction is no delivery");
    // The one parcel of an order that was sent before the world began can be corrected too.
    let old = shop.with(|world| world.orders_in(Status::Shipped)[0]);
    let book = shop.with(|world| world.books_of(&[old])).orders[0].parcels[0].clone();
    let goods: Vec<Value> = book
        .items
        .iter()
        .map(|i| json!({ "product_id": i.product_id, "sku_id": i.sku_id, "product_cnt": i.count }))
        .collect();
    let one = json!([{ "delivery_id": "YTO", "waybill_id": "YT12345678", "deliver_type": 1, "product_infos": goods }]);
    assert_eq!(code(&shop.call(CORRECT, json!({ "order_id": old.to_string(), "delivery_list": one })).await), 0);
    assert_eq!(waybills(&shop.get_order(old).await), ["YT12345678"]);
}

#[tokio::test]
async fn orders_are_searched() {
    let shop = Shop::of(WorldConfig::new(5, 2_000, NOW_S).quiet(), PlatformConfig::new(APPID, SECRET)).await;
    let id = shop.with(|world| bought(world, two()));
    shop.with(|world| world.update_note(NOW_S, id, "老客户，放门卫室")).expect("known");
    let search = async |condition: Value, more: Value| {
        let mut body = json!({ "search_condition": condition, "page_size": 100 });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = shop.call(SEARCH, body).await;
        assert_eq!(answer["orders"], answer["order_id_list"]);
        answer
    };
    let found = async |condition: Value| search(condition, json!({})).await["orders"].clone();
    assert_eq!(found(json!({ "order_id": id.to_string() })).await, json!([id.to_string()]));
    assert_eq!(found(json!({ "merchant_notes": "门卫室" })).await, json!([id.to_string()]));
    assert_eq!(found(json!({ "merchant_notes": "门卫室", "title": "冷泡茶" })).await, json!([id.to_string()]));
    assert_eq!(found(json!({ "merchant_notes": "门卫室", "title": "大米" })).await, json!([]));
    let order = shop.get_order(id).await;
    let sku = order["order_detail"]["product_infos"][0]["sku_code"].clone();
    let phone = order["order_detail"]["delivery_info"]["address_info"]["tel_number"].as_str().expect("text").to_owned();
    let tail = phone.trim_start_matches(|c| c != '*').trim_start_matches('*');
    assert!(found(json!({ "sku_code": sku })).await.as_array().is_some_and(|all| all.contains(&json!(id.to_string()))));
    assert!(
        found(json!({ "tel_number_last4": tail }))
            .await
            .as_array()
            .is_some_and(|all| all.contains(&json!(id.to_string())))
    );

    shop.with(|world| world.buyer_requests_address_change(NOW_S, id)).expect("to ship");
    assert_eq!(found(json!({ "address_under_review": true })).await, json!([id.to_string()]));
    shop.with(|world| world.buyer_opens_aftersale(NOW_S, id, 0)).expect("paid");
    let open = search(json!({ "title": "茶" }), json!({ "on_aftersale_order_exist": 1 })).await;
    assert_eq!(open["orders"], json!([id.to_string()]));
    let waiting = search(json!({ "title": "茶" }), json!({ "status": 20 })).await;
    assert!(waiting["orders"].as_array().is_some_and(|all| all.contains(&json!(id.to_string()))));

    let (mut all, mut key) = (Vec::new(), json!(""));
    loop {
        let page = search(json!({ "title": "茶" }), json!({ "page_size": 30, "next_key": key })).await;
        all.extend(page["orders"].as_array().expect("a list").clone());
        key = page["next_key"].clone();
        if page["has_more"] == false {
            break;
        }
    }
    assert!(all.len() > 300, "{}", all.len());
    assert!(all.windows(2).all(|pair| pair[0].as_str() > pair[1].as_str()), "newest first, each once");
    for (condition, more, expected) in [
        (json!({}), json!({}), 40097),
        (json!({ "title": "茶" }), json!({ "page_size": 101 }), 40097),
        (json!({ "title": "茶" }), json!({ "status": 200 }), 40097),
        (json!({ "title": "茶" }), json!({ "on_aftersale_order_exist": 2 }), 40097),
        (json!({ "title": "茶%" }), json!({}), 6060456),
        (json!({ "tel_number_last4": "123" }), json!({}), 40097),
        (json!({ "title": 5 }), json!({}), 47001),
        (json!({ "title": "茶" }), json!({ "next_key": "bmV4dA" }), 606006),
    ] {
        assert_eq!(code(&search(condition.clone(), more.clone()).await), expected, "{condition} {more}");
    }
}

#[tokio::test]
async fn minutes_have_their_quota() {
    let config = PlatformConfig { minute_quota: 3, ..PlatformConfig::new(APPID, SECRET) };
    let shop = Shop::of(WorldConfig::new(7, 50, NOW_S).quiet(), config).await;
    let body = json!({ "search_condition": { "title": "茶" }, "page_size": 1 });
    for _ in 0..3 {
        assert_eq!(code(&shop.call(SEARCH, body.clone()).await), 0);
    }
    assert_eq!(code(&shop.call(SEARCH, body.clone()).await), 45011);
    let quota = shop.call("/cgi-bin/openapi/quota/get", json!({ "cgi_path": SEARCH })).await;
    assert_eq!(quota["rate_limit"], json!({ "call_count": 3, "refresh_second": 60 }));
    assert_eq!(quota["quota"]["used"], 3);
    shop.clock.advance_ms(60_000);
    assert_eq!(code(&shop.call(SEARCH, body).await), 0);
}
