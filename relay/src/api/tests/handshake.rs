use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;
use shopkeeper_protocol::{HEADER_PROTOCOL, Hello};

use super::bench::{Bench, NOW, get};

async fn with_version(bench: &Bench, version: Option<&str>, token: &str) -> (StatusCode, serde_json::Value) {
    let mut request = Request::get("/v1/hello").header("authorization", format!("Bearer {token}"));
    if let Some(version) = version {
        request = request.header(HEADER_PROTOCOL, version);
    }
    bench.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_answer_says_who_speaks() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let (status, answer) = bench.ask(get("/v1/hello", &token)).await;
    assert_eq!(status, StatusCode::OK);
    let hello: Hello = serde_json::from_value(answer["hello"].clone()).unwrap();
    assert_eq!(hello.incarnation, bench.store.incarnation());
    assert_eq!(hello.server_time, NOW);
    assert!(hello.capabilities.iter().any(|name| name == "command:ship"));
    assert_eq!(hello.held[0].kind, "note");
    for path in ["/v1/nowhere", "/", "/v1/pair"] {
        let (status, answer) = bench.ask(get(path, &token)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(answer["refusal"]["code"], "unknown_path");
        assert!(answer["hello"]["incarnation"].is_string());
    }
}

#[tokio::test]
async fn whoever_is_behind_has_to_upgrade() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for (version, side) in [("2.0", "relay"), ("0.9", "phone")] {
        let (status, answer) = with_version(&bench, Some(version), &token).await;
        assert_eq!(status.as_u16(), 426);
        assert_eq!(answer["refusal"], json!({ "code": "upgrade_needed", "side": side }));
        assert!(answer["hello"]["speaks"].is_object(), "so that the other side knows what would do");
    }
    assert_eq!(with_version(&bench, Some("1.999"), &token).await.0, StatusCode::OK, "additions are minor");
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_a_bad_request() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for version in [None, Some(""), Some("1"), Some("1.x"), Some("99999999.0"), Some("-1.0"), Some("1.0.0")] {
        let (status, answer) = with_version(&bench, version, &token).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{version:?}");
        assert!(answer["refusal"]["what"].as_str().unwrap().contains(HEADER_PROTOCOL));
    }
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let wrong = ["", "Bearer", "Bearer ", &format!("Basic {token}"), &format!("Bearer {}", "0".repeat(64)), &token];
    for header in wrong {
        let mut request = get("/v1/changes?incarnation=x&seq=0", "");
        request.headers_mut().insert("authorization", header.parse().unwrap());
        let (status, answer) = bench.ask(request).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{header}");
        let hello = answer["hello"].as_object().unwrap();
        assert!(!hello.contains_key("role") && !hello.contains_key("shop"));
    }
    let mut request = get("/v1/hello", "");
    request.headers_mut().insert("authorization", format!("bearer {token}").parse().unwrap());
    assert_eq!(bench.ask(request).await.0, StatusCode::OK, "the scheme's case does not matter");
}

#[tokio::test]
async fn a_device_is_noted_once_an_hour() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let seen = || async { bench.desk.devices().await.unwrap()[0].seen_at };
    assert_eq!(seen().await, None);
    bench.ask(get("/v1/hello", &token)).await;
    bench.pass(1_000);
    bench.ask(get("/v1/hello", &token)).await;
    assert_eq!(seen().await, Some(NOW));
    bench.pass(3_600_000);
    bench.ask(get("/v1/hello", &token)).await;
    assert_eq!(seen().await, Some(NOW + 3_601_000));
}
