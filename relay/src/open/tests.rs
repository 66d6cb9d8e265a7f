//! A whole relay over a platform of a few answers.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use shopkeeper_protocol::{EntityKind, HEADER_FIRST_SENT_TO, HEADER_PROTOCOL};
use tempfile::tempdir;
use tower::ServiceExt as _;

use super::*;
use crate::ports::{PlatformHttp, PlatformHttpError, RunStore, SystemRandom};

const NOW: i64 = 1_790_010_000_000;

/// A shop with one order, created and changed an hour and a half before now.
#[derive(Default)]
struct OneOrder {
    noted: Mutex<Option<String>>,
    /// It lists nothing.
    down: AtomicBool,
}

impl OneOrder {
    fn answer(&self, path: &str, body: &Value) -> Value {
        let within = |range: &Value| {
            let second = |name: &str| range.get(name).and_then(Value::as_i64);
            let (from, to) = (second("start_time").unwrap_or(i64::MIN), second("end_time").unwrap_or(i64::MAX));
            (from..=to).contains(&1_790_003_700)
        };
        match path {
            "/channels/ec/order/list/get" if self.down.load(Ordering::Relaxed) => {
                json!({ "errcode": -1, "errmsg": "busy" })
            }
            "/cgi-bin/stable_token" => json!({ "access_token": "70_abc", "expires_in": 7_200 }),
            "/channels/ec/basics/info/get" => json!({ "info": { "nickname": "小满茶铺", "status": "open_finished" } }),
            "/channels/ec/order/deliverycompanylist/new/get" => {
                json!({ "errcode": 0, "company_list": [{ "delivery_id": "SF", "delivery_name": "顺丰速运" }] })
            }
            "/channels/ec/order/list/get" => {
                let here = ["create_time_range", "update_time_range"].iter().all(|name| within(&body[name]))
                    && body.get("status").is_none_or(|status| status == 20);
                let ids: &[&str] = if here { &["3705115058471208928"] } else { &[] };
                json!({ "errcode": 0, "order_id_list": ids, "next_key": "", "has_more": false })
            }
            "/channels/ec/order/get" => json!({ "errcode": 0, "order": {
                "order_id": "3705115058471208928", "status": 20,
                "create_time": 1_790_003_700, "update_time": 1_790_003_700,
                "order_detail": { "price_info": { "product_price": 9_800, "order_price": 9_800 },
                    "product_infos": [{ "product_id": "1", "sku_id": "2", "title": "手工陶杯", "sku_cnt": 2 }],
                    "ext_info": { "merchant_notes": *self.noted.lock().unwrap() } },
            } }),
            "/channels/ec/order/merchantnotes/update" => {
                *self.noted.lock().unwrap() = body["merchant_notes"].as_str().map(str::to_owned);
                json!({ "errcode": 0, "errmsg": "ok" })
            }
            // Not every shop may ask for them, and it is followed all the same.
            "/channels/ec/aftersale/getaftersalelist" => json!({ "errcode": 48_001, "errmsg": "api unauthorized" }),
            _ => json!({ "errcode": 40_066, "errmsg": "invalid url" }),
        }
    }
}

#[async_trait]
impl PlatformHttp for OneOrder {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PlatformHttpError> {
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        let answer = self.answer(request.uri().path(), &body);
        Ok(Response::new(answer.to_string().into()))
    }
}

fn ports() -> Ports {
    Ports {
        clock: Arc::new(|| NOW),
        random: Arc::new(SystemRandom),
        http: Arc::new(OneOrder::default()),
        run_store: RunStore::InPlace,
    }
}

fn config(appid: &str, dir: &Path) -> RelayConfig {
    RelayConfig { history_days: 7, ..RelayConfig::for_platform("https://api.weixin.qq.com", appid, "geheim", dir) }
}

async fn ask(relay: &Relay, (token, life): (&str, &str), method: &str, path: &str, body: &Value) -> String {
    let request = Request::builder().method(method).uri(path).header(HEADER_PROTOCOL, "1.0");
    let request = request.header(HEADER_FIRST_SENT_TO, life);
    let request = request.header("authorization", format!("Bearer {token}"));
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let answer = relay.router().oneshot(request.body(axum::body::Body::from(body)).unwrap()).await.unwrap();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A paired phone: its token, and the incarnation it was told.
async fn pair(relay: &Relay) -> (String, String) {
    let invite = relay.invite("https://shop.example").await.unwrap();
    let asked = json!({ "code": invite.code, "device_name": "柜台" });
    let answer: Value = serde_json::from_str(&ask(relay, ("", "-"), "POST", "/v1/pair", &asked).await).unwrap();
    assert_eq!(answer["body"]["shop"]["name"], "小满茶铺", "the shop is known before the first sweep");
    let told = |value: &Value| value.as_str().unwrap().to_owned();
    (told(&answer["body"]["token"]), told(&answer["hello"]["incarnation"]))
}

#[tokio::test(start_paused = true)]
async fn from_the_platform_to_the_phone_and_back() {
    let dir = tempdir().unwrap();
    let relay = Relay::open(config("wx01", dir.path()), ports()).unwrap();
    let (token, life) = pair(&relay).await;
    let phone = (token.as_str(), life.as_str());
    relay.start();
    let swept = relay.sweep_now().await;
    assert!(swept.complete);
    let claims = |kind: EntityKind| swept.watermarks.iter().any(|mark| mark.kind == kind && mark.as_of.is_some());
    assert!(claims(EntityKind::Order) && !claims(EntityKind::AfterSale), "of what is not given, nothing is claimed");
    let feed = ask(&relay, phone, "GET", "/v1/first?limit=100", &Value::Null).await;
    assert!(
        feed.contains("wx:3705115058471208928") && feed.contains("手工陶杯") && feed.contains("顺丰速运"),
        "{feed}"
    );

    let id = "0123456789abcdef0123456789abcdef";
    let note = json!({ "kind": "note", "order": "wx:3705115058471208928", "text": "留货", "base": "" });
    let taken = ask(&relay, phone, "POST", "/v1/commands", &json!({ "id": id, "command": note })).await;
    assert!(taken.contains("accepted"), "{taken}");
    let mut status = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        status = ask(&relay, phone, "GET", &format!("/v1/commands/{id}"), &Value::Null).await;
        if status.contains("ended") {
            assert!(status.contains(r#""verdict":"done""#), "{status}");
            let feed = ask(&relay, phone, "GET", "/v1/first?limit=100", &Value::Null).await;
            assert!(feed.contains("留货"), "{feed}");
            return;
        }
    }
    panic!("the note never came to an end: {status}");
}

#[tokio::test]
async fn a_folder_belongs_to_one_shop_and_keeps_its_secrets() {
    let dir = tempdir().unwrap();
    let relay = Relay::open(config("wx01", dir.path()), ports()).unwrap();
    let push = relay.push_target();
    assert_eq!(push.path, "/push/wx01");
    assert!(matches!(Relay::open(config("wx01", dir.path()), ports()), Err(RelayError::NotAlone(_))));
    drop(relay);
    assert!(matches!(Relay::open(config("wx02", dir.path()), ports()), Err(RelayError::OtherShop { .. })));
    let again = Relay::open(config("wx01", dir.path()), ports()).unwrap();
    assert_eq!(again.push_target(), push);
    assert_eq!(PushTarget::of(&config("wx01", dir.path()), &ports()).unwrap(), push);
}

#[tokio::test]
async fn a_relay_with_a_key_of_its_own_says_so_in_every_invite() {
    let dir = tempdir().unwrap();
    let config = RelayConfig { tls: true, ..config("wx01", dir.path()) };
    let relay = Relay::open(config.clone(), ports()).unwrap();
    let hash = relay.invite("https://shop.example").await.unwrap().key_hash;
    assert_eq!(hash.as_ref().map(String::len), Some(64));
    let desk = Desk::open(&config, &ports()).unwrap();
    assert_eq!(desk.invite("https://shop.example").await.unwrap().key_hash, hash);
}

#[tokio::test(start_paused = true)]
async fn a_phone_hears_how_the_first_reading_of_the_platform_fares() {
    let dir = tempdir().unwrap();
    let platform = Arc::new(OneOrder::default());
    platform.down.store(true, Ordering::Relaxed);
    let began = tokio::time::Instant::now();
    let clock = Arc::new(move || NOW + i64::try_from(began.elapsed().as_millis()).unwrap());
    let ports = Ports { clock, http: Arc::clone(&platform) as Arc<dyn PlatformHttp>, ..ports() };
    let relay = Relay::open(config("wx01", dir.path()), ports).unwrap();
    let (token, life) = pair(&relay).await;
    let told = async || {
        let feed = ask(&relay, (&token, &life), "GET", "/v1/first?limit=1", &Value::Null).await;
        let end: Value = serde_json::from_str(feed.lines().last().unwrap()).unwrap();
        let marks = end["end"]["watermarks"].as_array().unwrap().clone();
        let orders = marks.iter().find(|mark| mark["kind"] == "order");
        orders.map_or(Value::Null, |mark| mark["first_reading"].clone())
    };
    assert_eq!(told().await, Value::Null, "before it began nothing is said");
    relay.start();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(told().await, "running", "a platform that is busy once is asked again soon");
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(told().await, "stuck");
    platform.down.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(told().await, "ended");
}
