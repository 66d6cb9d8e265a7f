//! Commands, sweep, pushes and hints, as far as the API decides about them.

use axum::body::Body;
use futures_util::StreamExt as _;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use shopkeeper_protocol::{EntityKind, HEADER_FIRST_SENT_TO, Hint, ReasonCode, Refusal};

use super::bench::{Bench, body, get, request};

const ID: &str = "000102030405060708090a0b0c0d0e0f";

fn note() -> Value {
    json!({ "id": ID, "command": { "kind": "note", "order": "wx:1", "text": "秘密", "base": "" } })
}

fn command(token: &str, body: String) -> Request<Body> {
    let mut request = request(Method::POST, "/v1/commands", Some(token), body);
    request.headers_mut().insert(HEADER_FIRST_SENT_TO, "life".parse().unwrap());
    request
}

#[tokio::test]
async fn a_command_is_handed_on_as_it_came() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let text = format!(" {} ", note());
    let (status, answer) = bench.ask(command(&token, text.clone())).await;
    assert_eq!((status, &answer["body"]), (StatusCode::OK, &json!({ "id": ID, "state": "accepted" })));
    let (id, bytes, first_sent_to) = bench.work.accepted.lock().unwrap()[0].clone();
    assert_eq!((id.as_str(), bytes.as_slice(), first_sent_to.as_str()), (ID, text.as_bytes(), "life"));
    let (_, answer) = bench.ask(get(&format!("/v1/commands/{ID}"), &token)).await;
    assert_eq!(answer["body"]["state"], "sending");
    let (status, answer) = bench.ask(get(&format!("/v1/commands/{}", ID.replace('f', "e")), &token)).await;
    assert_eq!((status, &answer["refusal"]["code"]), (StatusCode::NOT_FOUND, &json!("unknown_command")));
}

#[tokio::test]
async fn refusals_keep_their_status() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let refusals = [
        (Refusal::IdReused, 409, "id_reused"),
        (Refusal::Held { reason: ReasonCode::from("switched_off") }, 423, "held"),
        (Refusal::Busy, 503, "busy"),
    ];
    for (refusal, status, code) in refusals {
        *bench.work.refusal.lock().unwrap() = Some(refusal);
        let (said, answer) = bench.ask(command(&token, note().to_string())).await;
        assert_eq!((said.as_u16(), &answer["refusal"]["code"]), (status, &json!(code)));
    }
}

#[tokio::test]
async fn bad_bodies_name_the_place_and_never_the_value() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let mut upper = note();
    upper["id"] = json!("000102030405060708090A0B0C0D0E0F");
    let mut kind = note();
    kind["command"]["kind"] = json!("秘密");
    let whole = note().to_string();
    let cut = whole[..whole.len() - 3].to_owned();
    let long = format!("\"{}\"", "秘密".repeat(100_000));
    for text in [String::new(), "null".into(), "[1,2]".into(), upper.to_string(), kind.to_string(), cut, long] {
        let (status, answer) = bench.ask(command(&token, text)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let what = answer["refusal"]["what"].as_str().unwrap();
        assert!(what.starts_with("body: ") && !what.contains("秘密"), "{what}");
    }
    let (status, answer) = bench.ask(request(Method::POST, "/v1/commands", Some(&token), whole)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "without the incarnation that it was first sent to");
    assert!(answer["refusal"]["what"].as_str().unwrap().starts_with(HEADER_FIRST_SENT_TO));
    let (status, _) = bench.ask(get("/v1/commands/nonsense", &token)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(bench.work.accepted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn bad_queries_name_the_field() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for (path, field) in [
        ("/v1/changes", "incarnation"),
        ("/v1/changes?incarnation=a", "seq"),
        ("/v1/changes?incarnation=a&seq=-1", "seq"),
        ("/v1/changes?incarnation=a&seq=99999999999999999999", "seq"),
        ("/v1/changes?incarnation=a&seq=0&limit=0", "limit"),
        ("/v1/changes?incarnation=a&seq=0&limit=many", "limit"),
        ("/v1/first?from=%25%25", "from"),
        ("/v1/first?from=e30", "from"),
    ] {
        let (status, answer) = bench.ask(get(path, &token)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        let what = answer["refusal"]["what"].as_str().unwrap();
        assert!(what.starts_with(field), "{path}: {what}");
    }
    // The greatest number there is: no cursor of ours, but one that can be read.
    let lines = bench.feed(&token, "/v1/changes?incarnation=a&seq=18446744073709551615").await;
    assert!(lines[1]["reset"].is_string());
}

#[tokio::test]
async fn a_sweep_answers_with_the_time_at_its_end() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let (status, answer) = bench.ask(request(Method::POST, "/v1/sweep", Some(&token), String::new())).await;
    assert_eq!((status, &answer["body"]["complete"]), (StatusCode::OK, &json!(true)));
}

#[tokio::test]
async fn a_role_of_a_newer_relay_may_look_and_not_act() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    bench.store.write(|tx| tx.set_role_for_test("packer")).await.unwrap();
    let (status, answer) = bench.ask(get("/v1/hello", &token)).await;
    assert_eq!((status, &answer["hello"]["role"]), (StatusCode::OK, &json!("packer")));
    let (status, answer) = bench.ask(command(&token, note().to_string())).await;
    assert_eq!((status, &answer["refusal"]["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
}

#[tokio::test]
async fn pushes_need_no_token_but_a_signature() {
    let bench = Bench::new().await;
    let send = |method: Method, path: &'static str| {
        bench.send(Request::builder().method(method).uri(path).body(Body::from("<xml/>")).unwrap())
    };
    let answer = send(Method::GET, "/push/wx1?signed").await;
    assert_eq!(&body(answer).await[..], b"echo");
    assert_eq!(send(Method::GET, "/push/wx1").await.status(), StatusCode::FORBIDDEN);
    let answer = send(Method::POST, "/push/wx1?signed").await;
    assert_eq!(&body(answer).await[..], b"success");
    assert_eq!(send(Method::POST, "/push/wx1?forged").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(send(Method::POST, "/push/wx2?signed").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bench.work.pushes.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn hints_tell_the_head_and_end_with_the_relay() {
    let mut bench = Bench::new().await;
    let token = bench.pair().await;
    let answer = bench.send(get("/v1/hints", &token)).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut events = answer.into_body().into_data_stream();
    let hint = |head: u64| {
        let hint = Hint { incarnation: bench.store.incarnation(), head };
        format!("data: {}\n\n", serde_json::to_string(&hint).unwrap())
    };
    assert_eq!(&events.next().await.unwrap().unwrap()[..], hint(1).as_bytes(), "the first comes at once");
    bench.put(EntityKind::Order, "wx:1", "{}".into(), true, 1).await;
    bench.put(EntityKind::Order, "wx:2", "{}".into(), true, 1).await;
    assert_eq!(&events.next().await.unwrap().unwrap()[..], hint(3).as_bytes(), "two changes, one hint");
    assert_eq!(&events.next().await.unwrap().unwrap()[..], b":\n\n", "silence is kept alive");
    bench.alive = None;
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn hints_end_with_the_device() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let mut events = bench.send(get("/v1/hints", &token)).await.into_body().into_data_stream();
    events.next().await.unwrap().unwrap();
    let device = bench.desk.devices().await.unwrap()[0].id.clone();
    bench.desk.revoke(&device).await.unwrap();
    bench.put(EntityKind::Order, "wx:1", "{}".into(), true, 1).await;
    assert!(events.next().await.is_none());
}
