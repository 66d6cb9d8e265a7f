//! The shop, carriers, order windows and details (wire reference §1.4, §2.1, §2.3).

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{Basket, Pick, Status, Switches, WorldConfig};

use crate::support::{APPID, NOW_S, SECRET, Shop, code};
use crate::world_is_sound::check_money;

const LIST: &str = "/channels/ec/order/list/get";
const GET: &str = "/channels/ec/order/get";
const WEEK: i64 = 7 * 86_400;

fn window() -> Value {
    json!({ "start_time": NOW_S - WEEK, "end_time": NOW_S })
}

/// Every id of a walk, in the order of the pages.
async fn walk(shop: &Shop, request: Value) -> Vec<String> {
    let mut ids = Vec::new();
    let mut request = request;
    for _ in 0..1_000 {
        let page = shop.call(LIST, request.clone()).await;
        assert_eq!(code(&page), 0, "{page}");
        ids.extend(
            page["order_id_list"].as_array().expect("ids").iter().map(|id| id.as_str().expect("text").to_owned()),
        );
        if page["has_more"] == false {
            return ids;
        }
        request["next_key"] = page["next_key"].clone();
    }
    panic!("the walk does not end");
}

#[tokio::test]
async fn shop_info_is_a_get() {
    let shop = Shop::quiet().await;
    let path = "/channels/ec/basics/info/get";
    let uri = format!("{path}?access_token={}", shop.token);
    let info = shop.raw(Method::GET, &uri, String::new()).await;
    assert_eq!(info["errcode"], 0);
    assert_eq!(info["info"]["subject_type"], "个体工商户");
    assert!(info["info"]["username"].as_str().is_some_and(|name| name.starts_with("gh_")));
    assert_eq!(code(&shop.call(path, json!({})).await), 43001);
}

#[tokio::test]
async fn paths_methods_and_bodies_are_checked_in_this_order() {
    let shop = Shop::quiet().await;
    assert_eq!(code(&shop.call("/channels/ec/order/nothing", json!({})).await), 40066);
    let uri = format!("{LIST}?access_token={}", shop.token);
    assert_eq!(code(&shop.raw(Method::GET, &uri, String::new()).await), 43002);
    assert_eq!(code(&shop.raw(Method::POST, &uri, String::new()).await), 44002);
    assert_eq!(code(&shop.raw(Method::POST, &uri, "{".to_owned()).await), 47001);
    assert_eq!(code(&shop.raw(Method::POST, &uri, "[1]".to_owned()).await), 47001);
    assert_eq!(code(&shop.raw(Method::POST, &uri, "x".repeat(2 << 20)).await), 45002);
    let refusal = shop.call(LIST, json!({})).await;
    assert!(refusal["errmsg"].as_str().is_some_and(|text| text.contains(" rid: ")), "{refusal}");
}

#[tokio::test]
async fn both_carrier_lists_are_the_same() {
    let shop = Shop::quiet().await;
    let old = shop.call("/channels/ec/order/deliverycompanylist/get", json!({})).await;
    let new = shop.call("/channels/ec/order/deliverycompanylist/new/get", json!({ "ewaybill_only": false })).await;
    assert_eq!(old, new);
    let ids: Vec<&str> =
        old["company_list"].as_array().expect("a list").iter().filter_map(|c| c["delivery_id"].as_str()).collect();
    assert!(ids.contains(&"SF") && ids.contains(&"JTSD") && !ids.contains(&"OTHER"));
}

#[tokio::test]
async fn windows_pages_and_filters_have_bounds() {
    let shop = Shop::quiet().await;
    for (request, expected) in [
        (json!({ "page_size": 10 }), 40097),
        (json!({ "update_time_range": {} }), 40097),
        (json!({ "update_time_range": { "start_time": NOW_S, "end_time": NOW_S - 1 } }), 40097),
        (json!({ "update_time_range": { "start_time": NOW_S - WEEK - 1, "end_time": NOW_S } }), 40097),
        (json!({ "create_time_range": { "start_time": i64::MIN, "end_time": i64::MAX } }), 40097),
        (json!({ "update_time_range": window(), "page_size": 0 }), 40097),
        (json!({ "update_time_range": window(), "page_size": 101 }), 40097),
        (json!({ "update_time_range": window(), "page_size": -1 }), 40097),
        (json!({ "update_time_range": window(), "page_size": "10" }), 47001),
        (json!({ "update_time_range": window(), "status": 200 }), 40097),
        (json!({ "update_time_range": window(), "status": 99 }), 40097),
        (json!({ "update_time_range": window(), "next_key": "garbage" }), 606006),
        (json!({ "update_time_range": window(), "page_size": 100 }), 0),
        (json!({ "create_time_range": window() }), 0),
        (json!({ "create_time_range": window(), "update_time_range": window(), "next_key": "" }), 0),
    ] {
        assert_eq!(code(&shop.call(LIST, request.clone()).await), expected, "{request}");
    }
}

#[tokio::test]
async fn a_walk_meets_every_order_of_the_window_once() {
    let shop = Shop::quiet().await;
    let books = shop.with(|world| world.books()).orders;
    for (name, size) in [("update_time_range", 7), ("create_time_range", 100), ("update_time_range", 1)] {
        let found = walk(&shop, json!({ name: window(), "page_size": size })).await;
        let expected: BTreeSet<String> = books
            .iter()
            .filter(|book| {
                let time = if name == "update_time_range" { book.update_time } else { book.create_time };
                (NOW_S - WEEK..=NOW_S).contains(&time)
            })
            .map(|book| book.id.to_string())
            .collect();
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_parameters() {
    let shop = Shop::quiet().await;
    let request = json!({ "update_time_range": window(), "page_size": 10 });
    let key = shop.call(LIST, request.clone()).await["next_key"].clone();
    for change in [
        json!({ "page_size": 11 }),
        json!({ "status": 20 }),
        json!({ "openid": "oX_someone" }),
        json!({ "create_time_range": window() }),
        json!({ "update_time_range": { "start_time": NOW_S - WEEK + 1, "end_time": NOW_S } }),
    ] {
        let mut other = request.clone();
        other.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        other["next_key"] = key.clone();
        assert_eq!(code(&shop.call(LIST, other).await), 606006, "{change}");
    }
    let mut same = request;
    same["next_key"] = key;
    assert_eq!(code(&shop.call(LIST, same).await), 0);
}

#[tokio::test]
async fn an_order_that_changes_during_a_walk_is_met_again() {
    let shop = Shop::quiet().await;
    let request =
        json!({ "update_time_range": { "start_time": NOW_S - WEEK + 60, "end_time": NOW_S + 60 }, "page_size": 20 });
    let first = shop.call(LIST, request.clone()).await;
    let met = first["order_id_list"][0].as_str().expect("an id").to_owned();
    shop.clock.advance_ms(5_000);
    let id = met.parse().expect("a number");
    shop.with(|world| world.colleague_notes(NOW_S + 5, id, "改过")).expect("a note");
    let mut rest = request;
    rest["next_key"] = first["next_key"].clone();
    assert!(walk(&shop, rest).await.contains(&met));
}

#[tokio::test]
async fn filters_mean_what_the_reference_says() {
    let shop = Shop::of(WorldConfig::new(5, 1_000, NOW_S).quiet(), PlatformConfig::new(APPID, SECRET)).await;
    let books = shop.with(|world| world.books()).orders;
    let holds: [(u16, &[Status]); 8] = [
        (10, &[Status::AwaitingPayment]),
        (12, &[Status::GiftWaiting]),
        (13, &[Status::GroupWaiting]),
        (20, &[Status::ToShip, Status::PartlyShipped]),
        (21, &[Status::PartlyShipped]),
        (30, &[Status::Shipped, Status::PartlyShipped]),
        (100, &[Status::Completed]),
        (250, &[Status::Cancelled, Status::Refunded]),
    ];
    for (filter, statuses) in holds {
        let found = walk(&shop, json!({ "create_time_range": window(), "status": filter, "page_size": 100 })).await;
        let expected = books.iter().filter(|b| statuses.contains(&b.status) && b.create_time >= NOW_S - WEEK).count();
        assert_eq!(found.len(), expected, "filter {filter}");
    }
    let openid = shop.get_order(books[990].id).await["openid"].clone();
    let found = walk(&shop, json!({ "create_time_range": window(), "openid": openid, "page_size": 100 })).await;
    assert!(found.contains(&books[990].id.to_string()) && found.len() < 20);
}

#[tokio::test]
async fn too_many_orders_in_a_window_can_be_refused() {
    let shop = Shop::quiet().await;
    shop.with(|world| {
        world.set_switches(NOW_S, Switches { max_orders_per_window: 20, living: false, ..Switches::default() })
    });
    let request = json!({ "update_time_range": window(), "page_size": 10 });
    assert_eq!(code(&shop.call(LIST, request).await), 31042);
    let short = json!({ "update_time_range": { "start_time": NOW_S - 600, "end_time": NOW_S }, "page_size": 10 });
    assert_eq!(code(&shop.call(LIST, short).await), 0);
}

#[tokio::test]
async fn orders_are_asked_for_with_text_ids() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| world.orders_in(Status::ToShip)[0]);
    assert_eq!(code(&shop.call(GET, json!({ "order_id": id.number() })).await), 47001);
    assert_eq!(code(&shop.call(GET, json!({ "order_id": "1" })).await), 100002);
    assert_eq!(code(&shop.call(GET, json!({ "order_id": "abc" })).await), 100002);
    assert_eq!(code(&shop.call(GET, json!({})).await), 40097);
    assert_eq!(code(&shop.call(GET, json!({ "order_id": id.to_string(), "encode_sensitive_info": true })).await), 0);
}

#[tokio::test]
async fn details_are_masked_typed_and_complete() {
    let shop = Shop::of(WorldConfig::new(9, 1_000, NOW_S).quiet(), PlatformConfig::new(APPID, SECRET)).await;
    let books = shop.with(|world| world.books()).orders;
    let (mut live, mut video, mut gifts, mut virtuals) = (0, 0, 0, 0);
    for book in &books {
        let order = shop.with(|world| world.order_json(book.id)).expect("known");
        check_money(&order);
        let detail = &order["order_detail"];
        assert_eq!(order["order_id"], book.id.to_string());
        assert_eq!(order["status"], book.status.code());
        assert!(order["openid"].as_str().is_some_and(|id| id.len() == 28));
        let address = &detail["delivery_info"]["address_info"];
        if detail["delivery_info"]["deliver_method"] == 3 {
            virtuals += 1;
        } else if order["status"] != 12 {
            for masked in ["user_name", "tel_number", "detail_info"] {
                assert!(address[masked].as_str().is_some_and(|text| text.contains('*')), "{masked}: {address}");
            }
            for clear in ["province_name", "city_name", "county_name", "hash_code"] {
                assert!(address[clear].as_str().is_some_and(|text| !text.is_empty() && !text.contains('*')));
            }
        } else {
            assert_eq!(*address, json!({}));
        }
        gifts += usize::from(order["is_present"] == true);
        let ext = &detail["ext_info"];
        match ext["order_scene"].as_i64() {
            Some(2) => {
                live += 1;
                assert!(ext["live_id"].as_str().is_some_and(|id| id.starts_with("export/")));
                assert!(ext["finder_id"].as_str().is_some_and(|id| id.starts_with("sph")));
                assert_eq!(detail["source_infos"][0]["content_id"], ext["live_id"]);
            }
            Some(3) => {
                video += 1;
                assert!(ext["finder_id"].is_string() && ext.get("live_id").is_none());
            }
            scene => assert!(scene.is_some_and(|scene| (1..=6).contains(&scene)) && ext.get("finder_id").is_none()),
        }
        let paid = detail["pay_info"]["pay_time"].as_i64();
        assert_eq!(paid.is_none(), matches!(book.status, Status::AwaitingPayment | Status::Cancelled));
        let sent: i64 = detail["delivery_info"]["delivery_product_info"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|parcel| parcel["product_infos"].as_array().expect("products"))
            .map(|product| product["product_cnt"].as_i64().expect("a count"))
            .sum();
        let bought: i64 =
            detail["product_infos"].as_array().expect("lines").iter().filter_map(|line| line["sku_cnt"].as_i64()).sum();
        match book.status {
            Status::Shipped | Status::Completed => assert_eq!(sent, bought),
            Status::PartlyShipped => assert!(sent > 0 && sent < bought),
            _ => assert_eq!(sent, 0),
        }
    }
    assert!(live > 100 && video > 100 && gifts > 3 && virtuals > 0, "{live} {video} {gifts} {virtuals}");
}

#[tokio::test]
async fn reads_can_lag_behind_writes() {
    let shop = Shop::quiet().await;
    shop.with(|world| world.set_switches(NOW_S, Switches { read_lag_s: 30, living: false, ..Switches::default() }));
    shop.clock.advance_ms(10_000);
    let id = shop.to_ship(|_| true);
    let body = json!({ "order_id": id.to_string(), "merchant_notes": "新" });
    assert_eq!(code(&shop.call("/channels/ec/order/merchantnotes/update", body).await), 0);
    let changed = json!({ "update_time_range": { "start_time": NOW_S + 5, "end_time": NOW_S + 100 }, "page_size": 10 });
    assert_ne!(shop.get_order(id).await["order_detail"]["ext_info"]["merchant_notes"], "新");
    assert!(walk(&shop, changed.clone()).await.is_empty());
    shop.clock.advance_ms(30_000);
    assert_eq!(shop.get_order(id).await["order_detail"]["ext_info"]["merchant_notes"], "新");
    assert_eq!(walk(&shop, changed).await, [id.to_string()]);
}

#[tokio::test]
async fn a_basket_becomes_an_order_as_ordered() {
    let shop = Shop::quiet().await;
    let basket = Basket {
        picks: vec![Pick { product: 3, sku: 1, count: 2 }, Pick { product: 20, sku: 0, count: 1 }],
        remark: "请快一点".to_owned(),
        ..Basket::default()
    };
    let id = shop.with(|world| world.buyer_orders(NOW_S + 1, &basket));
    let order = shop.get_order(id).await;
    assert_eq!(order["status"], 10);
    assert_eq!(order["order_detail"]["product_infos"][0]["sku_cnt"], 2);
    assert_eq!(order["order_detail"]["ext_info"]["customer_notes"], "请快一点");
    assert!(order["order_detail"]["product_infos"][0].get("delivery_deadline").is_none());
    check_money(&order);
}

#[tokio::test]
async fn a_plain_basket_is_an_ordinary_order_of_named_goods() {
    let shop = Shop::quiet().await;
    for tells_deadline in [true, false] {
        for _ in 0..40 {
            let pick = Pick::named("桂花乌龙", "250克", 2).expect("the shop sells it");
            let basket =
                Basket { picks: vec![pick], plain: true, tells_deadline: Some(tells_deadline), ..Basket::default() };
            let id = shop.with(|world| world.buyer_orders(NOW_S, &basket));
            shop.with(|world| world.buyer_pays(NOW_S + 60, id)).expect("unpaid");
            let order = shop.get_order(id).await;
            assert_eq!(order["status"], 20);
            let line = &order["order_detail"]["product_infos"][0];
            assert_eq!(line["sku_attrs"][0]["attr_value"], "250克礼盒");
            assert_eq!(line.get("delivery_deadline").is_some(), tells_deadline);
            assert_eq!(order["order_detail"]["ext_info"]["customer_notes"], "");
        }
    }
    assert_eq!(Pick::named("没有的东西", "", 1), None);
}

#[tokio::test]
async fn whoever_ordered_once_can_order_again() {
    let shop = Shop::quiet().await;
    for _ in 0..10 {
        let first = shop.with(|world| world.buyer_orders(NOW_S, &Basket::default()));
        let basket = Basket { again: Some(first), ..Basket::default() };
        let second = shop.with(|world| world.buyer_orders(NOW_S + 1, &basket));
        let (first, second) = (shop.get_order(first).await, shop.get_order(second).await);
        assert_eq!(first["openid"], second["openid"]);
        let place = |order: &Value| order["order_detail"]["delivery_info"]["address_info"]["hash_code"].clone();
        assert_eq!(place(&first), place(&second));
        assert_ne!(first["order_id"], second["order_id"]);
    }
}
