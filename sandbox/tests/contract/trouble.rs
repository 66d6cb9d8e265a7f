//! Faults, in process and by admin call.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use shopkeeper_sandbox::faults::{Fault, FaultError, FaultKind, Faults, ReplyLost};
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{Status, WorldConfig};
use tokio::time::Instant;

use crate::support::{APPID, NOW_S, SECRET, Shop, code, whole};

const NOTE: &str = "/channels/ec/order/merchantnotes/update";
const SEND: &str = "/channels/ec/order/delivery/send";

async fn admin(shop: &Shop, method: Method, path: &str, body: Value) -> (u16, Value) {
    let (status, text) = shop.try_raw(method, path, body.to_string()).await.expect("admin calls arrive");
    (status, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn a_reply_is_lost_before_or_after_the_effect() {
    let shop = Shop::quiet().await;
    let id = shop.to_ship(|_| true);
    let lines = shop.with(|world| world.lines_of(id));
    let body = json!({ "order_id": id.to_string(), "delivery_list": [whole(&lines, "SF1234567890")] }).to_string();
    let uri = format!("{SEND}?access_token={}", shop.token);
    for (kind, after_effect, effects) in [(FaultKind::ReplyLostBefore, false, 0), (FaultKind::ReplyLostAfter, true, 1)]
    {
        shop.platform.faults().add(Fault::once(kind, SEND)).expect("possible");
        let lost = shop.try_raw(Method::POST, &uri, body.clone()).await;
        assert_eq!(lost, Err(ReplyLost { after_effect }));
        assert_eq!(shop.with(|world| world.books()).deliveries_of(id), effects);
    }
    assert_eq!(shop.with(|world| world.status(id)), Some(Status::Shipped));
}

#[tokio::test]
async fn an_empty_answer_says_nothing_of_the_effect() {
    let shop = Shop::quiet().await;
    let id = shop.to_ship(|_| true);
    let uri = format!("{NOTE}?access_token={}", shop.token);
    for (after_effect, effects) in [(false, 0), (true, 1)] {
        shop.platform.faults().add(Fault::once(FaultKind::EmptyAnswer { after_effect }, NOTE)).expect("possible");
        let body = json!({ "order_id": id.to_string(), "merchant_notes": "已电联" }).to_string();
        let answer = shop.try_raw(Method::POST, &uri, body).await;
        assert_eq!(answer, Ok((200, String::new())));
        assert_eq!(shop.with(|world| world.books()).notes_of(id), effects);
    }
}

#[tokio::test(start_paused = true)]
async fn latency_is_a_timer() {
    let shop = Shop::quiet().await;
    shop.platform.faults().add(Fault::once(FaultKind::Latency { ms: 8_000 }, NOTE)).expect("possible");
    let began = Instant::now();
    shop.call(NOTE, json!({})).await;
    assert_eq!(began.elapsed(), Duration::from_secs(8));
}

#[tokio::test]
async fn gateways_busy_platforms_and_dead_tokens() {
    let shop = Shop::quiet().await;
    let faults = shop.platform.faults();
    let uri = format!("{NOTE}?access_token={}", shop.token);
    faults.add(Fault::once(FaultKind::ServerError { status: 502 }, "/channels/")).expect("possible");
    let (status, text) = shop.try_raw(Method::POST, &uri, "{}".into()).await.expect("an answer");
    assert_eq!(status, 502);
    assert!(serde_json::from_str::<Value>(&text).is_err());
    faults.add(Fault::once(FaultKind::Errcode { code: -1 }, "/channels/")).expect("possible");
    assert_eq!(code(&shop.call(NOTE, json!({})).await), -1);
    faults.add(Fault::once(FaultKind::DeadTokens, "/channels/")).expect("possible");
    assert_eq!(code(&shop.call(NOTE, json!({})).await), 40001);
    assert_eq!(code(&shop.call(NOTE, json!({})).await), 40001, "dead is dead");
    let fresh = shop.fresh_token().await;
    assert_ne!(fresh, shop.token);
    let answer = shop.raw(Method::POST, &format!("{NOTE}?access_token={fresh}"), "{}".into()).await;
    assert_eq!(code(&answer), 40097);
}

#[tokio::test]
async fn answers_can_be_strange() {
    let shop = Shop::quiet().await;
    let id = shop.to_ship(|_| true);
    let path = "/channels/ec/order/get";
    for (kind, check) in [
        (FaultKind::UnknownEnums, (|order| order["status"] == 77) as fn(&Value) -> bool),
        (FaultKind::ExtraFields, |order| order["brand_new_field"].is_object() && order["status"] == 20),
        (FaultKind::BadShape, |order| order["create_time"] == "soon"),
    ] {
        shop.platform.faults().add(Fault::once(kind, path)).expect("possible");
        assert!(check(&shop.get_order(id).await));
    }
    assert_eq!(shop.get_order(id).await["status"], 20);
}

#[tokio::test]
async fn faults_are_added_shown_and_cleared_by_admin_calls() {
    let shop = Shop::quiet().await;
    let one = json!({ "fault": "latency", "ms": 1, "scope": "/channels/", "times": 3 });
    let (status, active) = admin(&shop, Method::POST, "/_admin/faults", one.clone()).await;
    assert_eq!((status, &active), (200, &json!([one])));
    let many = json!([{ "fault": "reply_lost_after", "per_mille": 500 }, { "fault": "push_doubled", "times": 1 }]);
    assert_eq!(admin(&shop, Method::POST, "/_admin/faults", many).await.1.as_array().map(Vec::len), Some(3));
    assert_eq!(admin(&shop, Method::DELETE, "/_admin/faults", json!({})).await.1, json!([]));
    assert_eq!(admin(&shop, Method::GET, "/_admin/faults", json!({})).await.1, json!([]));
    for (bad, says) in [
        (json!({ "fault": "earthquake" }), "earthquake"),
        (json!({ "fault": "latency" }), "ms"),
        (json!({ "scope": "/" }), "fault"),
        (json!({ "fault": "server_error", "status": 200 }), "200"),
        (json!({ "fault": "errcode", "code": 0 }), "errcode"),
        (json!({ "fault": "push_lost", "per_mille": 1001 }), "1001"),
        (json!([{ "fault": "dead_tokens" }, 5]), ""),
    ] {
        let (status, answer) = admin(&shop, Method::POST, "/_admin/faults", bad.clone()).await;
        assert_eq!(status, 400, "{bad}");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| text.contains(says)), "{bad}: {answer}");
    }
    assert!(shop.platform.faults().active().is_empty());
}

#[tokio::test]
async fn books_buyers_and_colleagues_by_admin_calls() {
    let shop = Shop::quiet().await;
    let (status, made) = admin(&shop, Method::POST, "/_admin/buyer/orders", json!({})).await;
    assert_eq!(status, 200);
    let order = json!({ "order_id": made["order_id"] });
    assert_eq!(admin(&shop, Method::POST, "/_admin/buyer/pays", order.clone()).await.0, 200);
    assert_eq!(admin(&shop, Method::POST, "/_admin/buyer/pays", order.clone()).await.0, 409);
    assert_eq!(admin(&shop, Method::POST, "/_admin/buyer/sings", order).await.0, 404);
    assert_eq!(admin(&shop, Method::POST, "/_admin/buyer/pays", json!({})).await.0, 400);
    assert_eq!(admin(&shop, Method::POST, "/_admin/buyer/pays", json!({ "order_id": 5 })).await.0, 400);
    let id = shop.to_ship(|_| true);
    let lines = shop.with(|world| world.lines_of(id));
    let note = json!({ "order_id": id, "text": "同事写的" });
    assert_eq!(admin(&shop, Method::POST, "/_admin/colleague/notes", note).await.0, 200);
    let ships = json!({ "order_id": id, "delivery_list": [whole(&lines, "SF1234567890")] });
    assert_eq!(admin(&shop, Method::POST, "/_admin/colleague/ships", ships).await.0, 200);
    let switches = json!({ "default_return_address": false, "living": false });
    assert_eq!(admin(&shop, Method::POST, "/_admin/switches", switches).await.1["default_return_address"], false);
    assert_eq!(admin(&shop, Method::POST, "/_admin/switches", json!({ "gravity": 1 })).await.0, 400);
    let (_, books) = admin(&shop, Method::GET, "/_admin/books", json!({})).await;
    assert_eq!(books["effects"][0]["effect"], "note");
    assert_eq!(books["effects"][1]["parcels"][0]["waybill"], "SF1234567890");
    assert_eq!(books["orders"].as_array().map(Vec::len), Some(301));
    assert_eq!(books["now_s"], NOW_S);
}

#[tokio::test]
async fn chance_comes_from_the_seed() {
    let pattern = async |seed| {
        let world = WorldConfig::new(seed, 20, NOW_S).quiet();
        let shop = Shop::of(world, PlatformConfig::new(APPID, SECRET)).await;
        let fault = Fault::sometimes(FaultKind::Errcode { code: -1 }, NOTE, 300);
        shop.platform.faults().add(fault).expect("possible");
        let mut struck = Vec::new();
        for _ in 0..100 {
            struck.push(code(&shop.call(NOTE, json!({})).await) == -1);
        }
        struck
    };
    let first = pattern(1).await;
    assert_eq!(first, pattern(1).await);
    assert_ne!(first, pattern(2).await);
    let count = first.iter().filter(|struck| **struck).count();
    assert!((15..45).contains(&count), "{count}");
    assert_eq!(Faults::new(1).add(Fault::sometimes(FaultKind::DeadTokens, "", 2_000)), Err(FaultError::Chance(2_000)));
}
