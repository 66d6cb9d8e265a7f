//! getaftersalelist: windows of a day, pages and their cursors (wire reference §2.4).

use serde_json::json;
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{AftersaleId, AftersaleKind, WorldConfig};

use crate::support::{APPID, NOW_S, SECRET, Shop, asks, code, same_price, sent};

const LIST: &str = "/channels/ec/aftersale/getaftersalelist";

#[tokio::test]
async fn lists_go_by_windows_of_a_day() {
    let config = WorldConfig { aftersales: 800, ..WorldConfig::new(7, 3_000, NOW_S).quiet() };
    let shop = Shop::of(config, PlatformConfig::new(APPID, SECRET)).await;
    let all: Vec<AftersaleId> = shop.with(|world| world.case_books().iter().map(|case| case.id).collect());
    assert!(all.len() > 800);
    for (begin, end) in [("begin_create_time", "end_create_time"), ("begin_update_time", "end_update_time")] {
        let mut found: Vec<String> = Vec::new();
        for day in 0..740 {
            let to = NOW_S - day * 86_400;
            let mut key = String::new();
            loop {
                let body = json!({ begin: to - 86_399, end: to, "next_key": key });
                let answer = shop.call(LIST, body).await;
                assert_eq!(code(&answer), 0, "{answer}");
                let ids = answer["after_sale_order_id_list"].as_array().expect("a list");
                found.extend(ids.iter().map(|id| id.as_str().expect("text").to_owned()));
                key = answer["next_key"].as_str().expect("text").to_owned();
                if answer["has_more"] == false {
                    break;
                }
            }
        }
        found.sort_unstable();
        let mut wanted: Vec<String> = all.iter().map(AftersaleId::to_string).collect();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{begin}");
    }
    for (body, expected) in [
        (json!({ "begin_create_time": NOW_S - 86_401, "end_create_time": NOW_S }), 10020004),
        (json!({ "begin_create_time": NOW_S, "end_create_time": NOW_S - 1 }), 10020004),
        (json!({ "begin_update_time": NOW_S }), 10020004),
        (json!({}), 10020000),
        (json!({ "begin_create_time": "soon", "end_create_time": NOW_S }), 47001),
        (json!({ "begin_create_time": NOW_S - 5, "end_create_time": NOW_S, "next_key": "bmV4dA" }), 606006),
    ] {
        assert_eq!(code(&shop.call(LIST, body.clone()).await), expected, "{body}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_belongs_to_its_window() {
    let shop = Shop::quiet().await;
    for _ in 0..120 {
        shop.with(|world| {
            let id = sent(world, vec![same_price(1)]);
            asks(world, id, AftersaleKind::Refund)
        });
    }
    let body = |key: &str| json!({ "begin_update_time": NOW_S - 5, "end_update_time": NOW_S + 5, "next_key": key });
    let first = shop.call(LIST, body("")).await;
    assert_eq!(first["has_more"], true);
    let key = first["next_key"].as_str().expect("text");
    let other = json!({ "begin_update_time": NOW_S - 6, "end_update_time": NOW_S + 5, "next_key": key });
    assert_eq!(code(&shop.call(LIST, other).await), 606006);
    let (mut seen, mut key, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = shop.call(LIST, body(&key)).await;
        seen.extend(page["after_sale_order_id_list"].as_array().expect("a list").clone());
        pages += 1;
        key = page["next_key"].as_str().expect("text").to_owned();
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (120, 3));
    seen.dedup();
    assert_eq!(seen.len(), 120);
}
