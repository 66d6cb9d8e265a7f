use http::{Method, StatusCode};
use serde_json::json;

use super::bench::{Bench, get, request, shop};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn a_code_makes_a_device_once() {
    let bench = Bench::new().await;
    let invite = bench.desk.invite("http://127.0.0.1:1/").await.unwrap();
    assert_eq!(invite.url, "http://127.0.0.1:1");
    assert_eq!(invite.to_string().parse(), Ok(invite.clone()), "the text can be read by a phone");
    let (status, answer) = bench.try_code(&invite.code).await;
    assert_eq!(status, StatusCode::OK);
    let paired = &answer["body"];
    assert_eq!(paired["token"].as_str().unwrap().len(), 64);
    assert_eq!(paired["role"], "owner");
    assert_eq!(paired["shop"], serde_json::to_value(shop()).unwrap());
    assert_eq!(answer["hello"]["role"], "owner");

    let (status, answer) = bench.ask(get("/v1/hello", paired["token"].as_str().unwrap())).await;
    assert_eq!((status, &answer["hello"]["shop"]["key"]), (StatusCode::OK, &json!("wx1")));

    let (status, answer) = bench.try_code(&invite.code).await;
    assert_eq!((status, &answer["refusal"]["code"]), (StatusCode::FORBIDDEN, &json!("used_code")));
    let devices = bench.desk.devices().await.unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!((devices[0].name.as_str(), devices[0].id.as_str()), ("柜台", paired["device"].as_str().unwrap()));
}

#[tokio::test]
async fn a_code_can_be_typed_by_hand() {
    let bench = Bench::new().await;
    let code = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    assert_eq!(code.len(), 11, "ten characters of 5 bits in two groups: {code}");
    let typed = format!(" {} ", code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l"));
    assert_eq!(bench.try_code(&typed).await.0, StatusCode::OK);
}

#[tokio::test]
async fn wrong_expired_and_burnt_are_told_apart() {
    let bench = Bench::new().await;
    let refusal = |answer: (StatusCode, serde_json::Value)| {
        assert_eq!(answer.0, StatusCode::FORBIDDEN);
        answer.1["refusal"]["code"].as_str().unwrap().to_owned()
    };
    let old = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    bench.pass(5 * MINUTE);
    let young = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    bench.pass(1);
    assert_eq!(refusal(bench.try_code(&old).await), "expired_code");
    for _ in 0..4 {
        assert_eq!(refusal(bench.try_code("ABCDE-FGHJK").await), "wrong_code");
    }
    // Four wrong tries and a good one: nothing is burnt, and counting begins anew.
    assert_eq!(bench.try_code(&young).await.0, StatusCode::OK);
    let next = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    for _ in 0..5 {
        assert_eq!(refusal(bench.try_code("ABCDE-FGHJK").await), "wrong_code");
    }
    assert_eq!(refusal(bench.try_code(&next).await), "burnt_code");
    // A code made after that works.
    let fresh = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    assert_eq!(bench.try_code(&fresh).await.0, StatusCode::OK);
    // After a day nobody remembers.
    bench.pass(24 * 60 * MINUTE + 1);
    bench.desk.invite("http://127.0.0.1:1").await.unwrap();
    assert_eq!(refusal(bench.try_code(&fresh).await), "wrong_code");
}

#[tokio::test]
async fn a_code_does_not_outlive_five_minutes_by_a_millisecond() {
    let bench = Bench::new().await;
    let code = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    bench.pass(5 * MINUTE + 1);
    assert_eq!(bench.try_code(&code).await.1["refusal"]["code"], "expired_code");
    let code = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    bench.pass(5 * MINUTE);
    assert_eq!(bench.try_code(&code).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_revoked_device_is_turned_away() {
    let bench = Bench::new().await;
    let (one, other) = (bench.pair().await, bench.pair().await);
    let devices = bench.desk.devices().await.unwrap();
    let (_, hello) = bench.ask(get("/v1/hello", &one)).await;
    assert_eq!(hello["hello"]["role"], "owner");
    for device in &devices {
        if device.seen_at.is_none() && bench.desk.revoke(&device.id).await.unwrap() {
            break;
        }
    }
    let answers = [bench.ask(get("/v1/hello", &one)).await.0, bench.ask(get("/v1/hello", &other)).await.0];
    assert_eq!(
        answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(),
        1,
        "exactly one: {answers:?}"
    );
    assert!(!bench.desk.revoke(&"nobody".into()).await.unwrap());
}

#[tokio::test]
async fn without_a_shop_a_code_is_not_used_up() {
    let bench = Bench::without_shop();
    let code = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    let (status, answer) = bench.try_code(&code).await;
    assert_eq!((status, &answer["refusal"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("busy")));
    *bench.work.shop.lock().unwrap() = Some(shop());
    assert_eq!(bench.try_code(&code).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_device_needs_a_name() {
    let bench = Bench::new().await;
    let code = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code;
    for name in ["", "  \n ", &"长".repeat(81)] {
        let body = json!({ "code": code, "device_name": name }).to_string();
        let (status, answer) = bench.ask(request(Method::POST, "/v1/pair", None, body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer["refusal"]["what"].as_str().unwrap().starts_with("device_name"));
    }
    assert_eq!(bench.try_code(&code).await.0, StatusCode::OK, "the code was not used up");
}

#[tokio::test]
async fn neither_code_nor_token_is_in_the_store() {
    let bench = Bench::new().await;
    let code = bench.desk.invite("http://127.0.0.1:1").await.unwrap().code.replace('-', "");
    let token = bench.pair().await;
    let dump = bench.store.read(|reader| reader.dump()).await.unwrap();
    assert!(dump.contains("owner"), "the dump is one");
    assert!(!dump.contains(&code));
    assert!(!dump.contains(&token));
}
