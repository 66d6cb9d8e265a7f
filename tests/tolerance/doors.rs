//! What knocks at the relay's doors: requests that are none, and pushes that nobody sent.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use shopkeeper_core::ports::{Transport, Trust};
use shopkeeper_protocol::{HEADER_FIRST_SENT_TO, HEADER_PROTOCOL, path};
use shopkeeper_sandbox::world::Effect;

use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Phone, Town, key};
use crate::support::wire::Wire;

async fn knock(town: &Town, method: &str, address: &str, token: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{address}", town.relay_url()))
        .header(HEADER_PROTOCOL, "1.0")
        .header(HEADER_FIRST_SENT_TO, "nobody")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(body.into())
        .expect("a request");
    Wire::new().send(&Trust::PublicRoots, request).await.expect("the relay answers")
}

/// The device token that a phone keeps.
fn token_of(phone: &Phone) -> String {
    let secrets = std::fs::read(phone.dir().join("secrets.json")).expect("the phone's secrets");
    let secrets: Value = serde_json::from_slice(&secrets).expect("JSON");
    let token = secrets.as_object().and_then(|secrets| secrets.values().next()).and_then(Value::as_str);
    token.expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_none_are_told_what_was_expected_where() {
    let town = Town::quiet(37, 10).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let phone = town.ready_phone("counter").await;
    let token = token_of(&phone);
    let ship = format!(
        r#"{{"id":"{}","command":{{"kind":"ship","order":"{}","parcels":"geheim","expected":{{"status":20,"remaining":[]}}}}}}"#,
        "0".repeat(32),
        key(id)
    );
    for (method, address, body, code) in [
        ("POST", path::COMMANDS, "geheim, and no JSON".to_owned(), "bad_request"),
        ("POST", path::COMMANDS, r#"{"id":"geheim","command":{}}"#.to_owned(), "bad_request"),
        (
            "POST",
            path::COMMANDS,
            r#"{"id":"00000000000000000000000000000000","command":{"kind":"geheim"}}"#.to_owned(),
            "bad_request",
        ),
        ("POST", path::COMMANDS, ship, "bad_request"),
        ("POST", path::COMMANDS, "x".repeat(8 * 1024 * 1024), "bad_request"),
        ("GET", "/v1/commands/geheim", String::new(), "bad_request"),
        ("GET", "/v1/commands/ffffffffffffffffffffffffffffffff", String::new(), "unknown_command"),
        ("GET", "/v1/changes?incarnation=x&seq=geheim", String::new(), "bad_request"),
        ("GET", "/v1/changes", String::new(), "bad_request"),
        ("GET", "/v1/first?limit=geheim", String::new(), "bad_request"),
        ("GET", "/v1/first?from=geheim", String::new(), "bad_request"),
        ("POST", path::PAIR, "geheim".to_owned(), "bad_request"),
        ("POST", path::PAIR, r#"{"code":"AAAAA-AAAAA","device_name":""}"#.to_owned(), "bad_request"),
        ("DELETE", path::HELLO, String::new(), "unknown_path"),
        ("GET", "/v2/geheim", String::new(), "unknown_path"),
    ] {
        let answer = knock(&town, method, address, &token, body).await;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_client_error(), "{method} {address}: {} {text}", answer.status());
        let said: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{method} {address}: {text}"));
        assert_eq!(said["refusal"]["code"], code, "{method} {address}: {text}");
        assert_eq!(said["hello"]["speaks"]["max"]["major"], 1, "{method} {address}");
        assert!(!text.contains("geheim"), "no value comes back: {text}");
        if code == "bad_request" {
            assert!(said["refusal"]["what"].as_str().is_some_and(|what| !what.is_empty()), "{text}");
        }
    }
    for wrong in ["", "geheim", &token[..63]] {
        let answer = knock(&town, "GET", path::FIRST, wrong, "").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(town.books().effects, Vec::<Effect>::new(), "nothing of it reached the platform");
    phone.sync().await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_that_nobody_sent_are_turned_away() {
    let town = Town::quiet(37, 10).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let phone = town.ready_phone("counter").await;
    let door = town.relay().push_target().path;
    let signed = format!("{door}?signature=00&timestamp=1&nonce=1&encrypt_type=aes&msg_signature={}", "0".repeat(40));
    let plain = format!(
        r#"{{"ToUserName":"gh_1","FromUserName":"x","CreateTime":1,"MsgType":"event","Event":"channels_ec_order_ext_info_update","order_info":{{"order_id":{id},"type":1}}}}"#
    );
    for (address, body, status) in [
        (door.clone(), "", StatusCode::BAD_REQUEST),
        (door.clone(), plain.as_str(), StatusCode::BAD_REQUEST),
        (signed.clone(), r#"{"ToUserName":"gh_1","Encrypt":"AAAA"}"#, StatusCode::FORBIDDEN),
        (signed.clone(), "<xml></xml>", StatusCode::BAD_REQUEST),
        ("/push/wxsomebodyelse".to_owned(), "{}", StatusCode::NOT_FOUND),
    ] {
        let answer = knock(&town, "POST", &address, "", body.to_owned()).await;
        let refused = [status, StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST];
        assert!(refused.contains(&answer.status()), "{address} {body}: {}", answer.status());
        assert_ne!(answer.body(), "success");
    }
    let answer = knock(&town, "GET", &format!("{signed}&echostr=hello"), "", "").await;
    assert!(answer.status().is_client_error() && answer.body() != "hello", "{}", answer.status());
    phone.sync().await;
    assert_eq!(phone.detail(id).row.hurried_at, None, "nobody hurried");
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}
