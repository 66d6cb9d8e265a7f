//! Two token families and their rules (wire reference §1.1, §1.2).

use http::Method;
use serde_json::{Value, json};
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::WorldConfig;

use crate::support::{APPID, NOW_S, SECRET, Shop, code};

const CARRIERS: &str = "/channels/ec/order/deliverycompanylist/get";

async fn plain(shop: &Shop) -> Value {
    let uri = format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={SECRET}");
    shop.raw(Method::GET, &uri, String::new()).await
}

async fn stable(shop: &Shop, force: bool) -> Value {
    let body = json!({ "grant_type": "client_credential", "appid": APPID, "secret": SECRET, "force_refresh": force });
    shop.raw(Method::POST, "/cgi-bin/stable_token", body.to_string()).await
}

fn token(answer: &Value) -> &str {
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer}"))
}

/// What a business call says to this token.
async fn try_token(shop: &Shop, token: &str) -> i64 {
    code(&shop.raw(Method::POST, &format!("{CARRIERS}?access_token={token}"), "{}".to_owned()).await)
}

#[tokio::test]
async fn grants_have_no_errcode_and_live_two_hours() {
    let shop = Shop::quiet().await;
    for answer in [plain(&shop).await, stable(&shop, true).await] {
        assert!(answer.get("errcode").is_none());
        assert_eq!(answer["expires_in"], 7200);
        assert_eq!(try_token(&shop, token(&answer)).await, 0);
    }
}

#[tokio::test]
async fn a_new_plain_token_kills_the_older_one() {
    let shop = Shop::quiet().await;
    let (first, second) = (plain(&shop).await, plain(&shop).await);
    assert_eq!(try_token(&shop, token(&first)).await, 40001);
    assert_eq!(try_token(&shop, token(&second)).await, 0);
}

#[tokio::test]
async fn an_overlap_can_be_had() {
    let mut config = PlatformConfig::new(APPID, SECRET);
    config.token_overlap_s = 300;
    let shop = Shop::of(WorldConfig::new(7, 20, NOW_S).quiet(), config).await;
    let first = plain(&shop).await;
    plain(&shop).await;
    assert_eq!(try_token(&shop, token(&first)).await, 0);
    shop.clock.advance_ms(300_000);
    assert_eq!(try_token(&shop, token(&first)).await, 40001);
}

#[tokio::test]
async fn the_stable_token_stays_the_same_and_tells_what_is_left() {
    let shop = Shop::quiet().await;
    let first = stable(&shop, false).await;
    shop.clock.advance_ms(1_000_000);
    let again = stable(&shop, false).await;
    assert_eq!(token(&first), token(&again));
    assert_eq!(again["expires_in"], 6200);
}

#[tokio::test]
async fn in_its_last_five_minutes_it_is_rotated_and_the_old_one_still_works() {
    let shop = Shop::quiet().await;
    let first = stable(&shop, false).await;
    shop.clock.advance_ms(6_950_000);
    let next = stable(&shop, false).await;
    assert_ne!(token(&first), token(&next));
    assert_eq!(try_token(&shop, token(&first)).await, 0);
    assert_eq!(try_token(&shop, token(&next)).await, 0);
    shop.clock.advance_ms(250_000);
    assert_eq!(try_token(&shop, token(&first)).await, 42001);
}

#[tokio::test]
async fn forcing_kills_the_older_one_and_has_limits() {
    let shop = Shop::quiet().await;
    let first = stable(&shop, false).await;
    let forced = stable(&shop, true).await;
    assert_eq!(try_token(&shop, token(&first)).await, 40001);
    assert_eq!(try_token(&shop, token(&forced)).await, 0);
    shop.clock.advance_ms(29_000);
    assert_eq!(code(&stable(&shop, true).await), 45011);
    for _ in 1..20 {
        shop.clock.advance_ms(30_000);
        token(&stable(&shop, true).await);
    }
    shop.clock.advance_ms(30_000);
    assert_eq!(code(&stable(&shop, true).await), 45009);
    shop.clock.advance_ms(86_400_000);
    token(&stable(&shop, true).await);
}

#[tokio::test]
async fn the_families_never_touch_each_other() {
    let shop = Shop::quiet().await;
    let stable_one = stable(&shop, false).await;
    let plain_one = plain(&shop).await;
    stable(&shop, true).await;
    assert_eq!(try_token(&shop, token(&plain_one)).await, 0);
    plain(&shop).await;
    let stable_two = stable(&shop, false).await;
    assert_eq!(try_token(&shop, token(&stable_two)).await, 0);
    assert_eq!(try_token(&shop, token(&stable_one)).await, 40001);
}

#[tokio::test]
async fn bad_credentials_are_told_apart() {
    let shop = Shop::quiet().await;
    for (change, expected) in [
        (json!({ "grant_type": "password" }), 40002),
        (json!({ "grant_type": null }), 40002),
        (json!({ "appid": "" }), 41002),
        (json!({ "appid": null }), 41002),
        (json!({ "secret": null }), 41004),
        (json!({ "appid": "wxffffffffffffffff" }), 40013),
        (json!({ "secret": "wrong" }), 40125),
        (json!({ "force_refresh": "yes" }), 47001),
    ] {
        let mut body = json!({ "grant_type": "client_credential", "appid": APPID, "secret": SECRET });
        body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let answer = shop.raw(Method::POST, "/cgi-bin/stable_token", body.to_string()).await;
        assert_eq!(code(&answer), expected, "{change}");
    }
    for (uri, expected) in [
        ("/cgi-bin/token?grant_type=client_credential&secret=x", 41002),
        ("/cgi-bin/token?grant_type=client_credential&appid=x", 41004),
        ("/cgi-bin/token?appid=x&secret=y", 40002),
        ("/cgi-bin/token?grant_type=client_credential&appid=x&secret=y", 40013),
    ] {
        assert_eq!(code(&shop.raw(Method::GET, uri, String::new()).await), expected, "{uri}");
    }
    assert_eq!(code(&shop.raw(Method::GET, "/cgi-bin/stable_token", String::new()).await), 43002);
    assert_eq!(code(&shop.raw(Method::POST, "/cgi-bin/token", "{}".to_owned()).await), 43001);
    assert_eq!(code(&shop.raw(Method::POST, "/cgi-bin/stable_token", String::new()).await), 44002);
}

#[tokio::test]
async fn business_calls_want_a_good_token() {
    let shop = Shop::quiet().await;
    assert_eq!(code(&shop.raw(Method::POST, CARRIERS, "{}".to_owned()).await), 41001);
    assert_eq!(code(&shop.raw(Method::POST, &format!("{CARRIERS}?access_token="), "{}".to_owned()).await), 41001);
    assert_eq!(try_token(&shop, "70_nonsense").await, 40001);
    shop.clock.advance_ms(7_200_000);
    assert_eq!(try_token(&shop, &shop.token).await, 42001);
}

#[tokio::test]
async fn the_daily_quota_is_spent_shown_and_reset() {
    let mut config = PlatformConfig::new(APPID, SECRET);
    config.daily_quota = 2;
    let shop = Shop::of(WorldConfig::new(7, 20, NOW_S).quiet(), config).await;
    for expected in [0, 0, 45009] {
        assert_eq!(code(&shop.call(CARRIERS, json!({})).await), expected);
    }
    let quota = shop.call("/cgi-bin/openapi/quota/get", json!({ "cgi_path": CARRIERS })).await;
    assert_eq!(quota["quota"], json!({ "daily_limit": 2, "used": 2, "remain": 0 }));
    assert_eq!(code(&shop.call("/cgi-bin/openapi/quota/get", json!({ "cgi_path": "no" })).await), 76003);
    assert_eq!(code(&shop.call("/cgi-bin/openapi/quota/clear", json!({ "cgi_path": CARRIERS })).await), 0);
    assert_eq!(code(&shop.call(CARRIERS, json!({})).await), 0);
}

#[test]
fn the_secret_has_no_debug() {
    let text = format!("{:?}", PlatformConfig::new(APPID, SECRET));
    assert!(text.contains(APPID) && !text.contains(SECRET), "{text}");
}
