//! The adapter against a script of answers, written from the wire reference.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ::http::{Request, Response};
use bytes::Bytes;
use shopkeeper_protocol::{ParcelItem, ShipParcel, ShipPrecondition};

use super::*;
use crate::config::Secret;
use crate::ports::{PlatformHttp, PlatformHttpError, RunStore, SystemRandom};

type Answer = Result<(u16, &'static str), PlatformHttpError>;

/// Answers in order, and keeps what it was asked: method, path with query, body.
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(String, String, String)>>,
}

#[async_trait]
impl PlatformHttp for Script {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PlatformHttpError> {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let path = request.uri().path_and_query().unwrap().to_string();
        self.asked.lock().unwrap().push((request.method().to_string(), path, body));
        let (status, body) = self.answers.lock().unwrap().pop_front().unwrap()?;
        Ok(Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap())
    }
}

const TOKEN: Answer = Ok((200, r#"{"access_token":"70_abcDEF","expires_in":7112}"#));
const RENEWED: Answer = Ok((200, r#"{"access_token":"71_xyz","expires_in":7112}"#));
const OK: Answer = Ok((200, r#"{"errcode":0,"errmsg":"ok"}"#));
const DEAD: Answer =
    Ok((200, r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}"#));

fn shop<const N: usize>(answers: [Answer; N]) -> (WeChat, Arc<Script>) {
    let script = Arc::new(Script { answers: Mutex::new(answers.into()), asked: Mutex::default() });
    let ports = Ports {
        clock: Arc::new(|| 1_790_000_000_000),
        random: Arc::new(SystemRandom),
        http: Arc::<Script>::clone(&script),
        run_store: RunStore::InPlace,
    };
    let config =
        RelayConfig::for_platform("https://api.weixin.qq.com", "wx0123456789abcdef", "0123", Path::new("unused"));
    let push = PushSecrets {
        token: Secret::new("AAAAA"),
        aes_key: Secret::new("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
    };
    (WeChat::new(&config, &push, ports), script)
}

fn asked(script: &Script) -> Vec<(String, String, String)> {
    script.asked.lock().unwrap().clone()
}

fn note() -> Note {
    Note { order: EntityKey::from("wx:3705115058471208928"), text: "已留货".to_owned(), base: String::new() }
}

#[tokio::test]
async fn two_pages_of_a_window() {
    let (shop, script) = shop([
        TOKEN,
        Ok((
            200,
            r#"{"errcode":0,"errmsg":"ok","order_id_list":["3705115058471208928","3705115058471208929"],"next_key":"bmV4dDE=","has_more":true}"#,
        )),
        Ok((
            200,
            r#"{"errcode":0,"errmsg":"ok","order_id_list":["3705115058471208930"],"next_key":"bmV4dDI=","has_more":false}"#,
        )),
    ]);
    let listing =
        Listing { of: Followed::Orders, by: ListedBy::Updated, from: 1_790_000_000, to: 1_790_604_799, status: None };
    let first = shop.list(&listing, None).await.unwrap();
    assert_eq!((first.keys.len(), first.next.as_deref()), (2, Some("bmV4dDE=")));
    let second = shop.list(&listing, first.next.as_deref()).await.unwrap();
    assert_eq!(second, KeyPage { keys: vec![EntityKey::from("wx:3705115058471208930")], next: None });
    let asked = asked(&script);
    assert_eq!(asked[0].1, "/cgi-bin/stable_token");
    assert_eq!(asked[2].1, "/channels/ec/order/list/get?access_token=70_abcDEF");
    let body: Value = serde_json::from_str(&asked[2].2).unwrap();
    let range = json!({ "start_time": 1_790_000_000, "end_time": 1_790_604_799 });
    assert_eq!(body, json!({ "update_time_range": range, "page_size": 100, "next_key": "bmV4dDE=" }));
}

#[tokio::test]
async fn a_page_that_leads_to_itself_spoils_the_window() {
    let page: Answer = Ok((200, r#"{"order_id_list":[],"next_key":"k","has_more":true}"#));
    let (shop, _) = shop([TOKEN, page, Ok((200, r#"{"errcode":606006,"errmsg":"next_key invalid"}"#))]);
    let listing = Listing { of: Followed::Orders, by: ListedBy::Created, from: 0, to: 1, status: Some(20) };
    assert_eq!(shop.list(&listing, Some("k")).await, Err(PlatformError::WindowSpoiled { code: 0 }));
    assert_eq!(shop.list(&listing, Some("k")).await, Err(PlatformError::WindowSpoiled { code: 606_006 }));
}

#[tokio::test]
async fn an_object_that_could_be_anybodys_is_no_answer() {
    let listing = Listing { of: Followed::Orders, by: ListedBy::Updated, from: 0, to: 1, status: None };
    let (shop, _) = shop([
        TOKEN,
        Ok((200, "{}")),
        Ok((200, "[]")),
        Ok((200, r#"{"errcode":0,"order_id_list":null}"#)),
        Ok((200, r#"{"errcode":0}"#)),
        Ok((200, r#"{"errcode":31042,"errmsg":"too many"}"#)),
        Ok((200, r#"{"login":"hotel"}"#)),
        Ok((200, "{}")),
        Ok((200, r#"{"errcode":0,"company_list":[]}"#)),
        Ok((200, r#"{"order":[]}"#)),
    ]);
    for _ in 0..2 {
        assert!(matches!(shop.list(&listing, None).await, Err(PlatformError::Lost(_))));
    }
    for _ in 0..2 {
        assert_eq!(shop.list(&listing, None).await, Ok(KeyPage::default()));
    }
    assert_eq!(shop.list(&listing, None).await, Err(PlatformError::WindowTooFull { code: 31_042 }));
    assert!(matches!(shop.write_note(&note()).await, Err(PlatformError::Lost(_))));
    assert!(matches!(shop.shop().await, Err(PlatformError::Unreadable(_))));
    assert!(matches!(shop.carriers().await, Err(PlatformError::Unreadable(_))));
    assert!(matches!(shop.read(Followed::Orders, &note().order).await, Err(PlatformError::Unreadable(_))));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_tells_nothing_of_what_it_was() {
    let (shop, _) = shop([
        TOKEN,
        Ok((
            200,
            r#"{"errcode":0,"order":{"order_id":"7","order_detail":{"product_infos":[{"title":{"林":"13800002807"}}]}}}"#,
        )),
        Ok((200, r#"{"errcode":0,"order":"林小满 13800002807"}"#)),
    ]);
    for _ in 0..2 {
        let error = shop.read(Followed::Orders, &EntityKey::from("wx:7")).await.unwrap_err();
        assert!(matches!(error, PlatformError::Unreadable(_)));
        let told = format!("{error} {error:?}");
        assert!(!told.contains('林') && !told.contains("138"), "{told}");
    }
}

#[tokio::test]
async fn a_dead_token_is_renewed_once() {
    let (shop, script) = shop([TOKEN, DEAD, RENEWED, OK]);
    shop.write_note(&note()).await.unwrap();
    assert_eq!(asked(&script)[3].1, "/channels/ec/order/merchantnotes/update?access_token=71_xyz");

    let (shop, script) = self::shop([TOKEN, DEAD, RENEWED, DEAD]);
    assert_eq!(shop.write_note(&note()).await, Err(PlatformError::BadCredentials { code: 40_001 }));
    assert_eq!(asked(&script).len(), 4);
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again_and_a_lost_token_is_nothing_sent() {
    let (shop, script) =
        shop([TOKEN, Err(PlatformHttpError::Lost), Ok((502, "<html>")), Ok((200, "<html>")), Ok((403, "no"))]);
    for _ in 0..3 {
        assert!(matches!(shop.write_note(&note()).await, Err(PlatformError::Lost(_))));
    }
    assert_eq!(shop.write_note(&note()).await, Err(PlatformError::BadCredentials { code: 403 }));
    assert_eq!(asked(&script).len(), 5);

    let (shop, _) = self::shop([Err(PlatformHttpError::Lost)]);
    assert_eq!(shop.write_note(&note()).await, Err(PlatformError::NotConnected));
}

#[tokio::test]
async fn a_shipment_as_it_travels() {
    let (shop, script) = shop([TOKEN, OK, Ok((200, r#"{"errcode":606004,"errmsg":"delivery_id"}"#))]);
    let ship = Ship {
        order: EntityKey::from("wx:3705115058471208928"),
        parcels: vec![ShipParcel {
            carrier: "SF".into(),
            waybill: "SF1".to_owned(),
            items: vec![ParcelItem { product: "10000012345678".to_owned(), sku: "2345678901".to_owned(), quantity: 2 }],
        }],
        expected: ShipPrecondition::default(),
    };
    shop.ship(&ship).await.unwrap();
    let body: Value = serde_json::from_str(&asked(&script)[1].2).unwrap();
    let items = json!([{ "product_id": "10000012345678", "sku_id": "2345678901", "product_cnt": 2 }]);
    let parcels = json!([{ "delivery_id": "SF", "waybill_id": "SF1", "deliver_type": 1, "product_infos": items }]);
    assert_eq!(body, json!({ "order_id": "3705115058471208928", "delivery_list": parcels }));
    let refused = PlatformError::Refused { reason: ReasonCode::from(reason::BAD_CARRIER), code: 606_004 };
    assert_eq!(shop.ship(&ship).await, Err(refused));
}

#[tokio::test]
async fn goods_without_a_parcel_travel_as_such() {
    let (shop, script) = shop([TOKEN, OK]);
    let items = vec![ParcelItem { product: "10000012345678".to_owned(), sku: "2345678901".to_owned(), quantity: 2 }];
    let ship = Ship {
        order: EntityKey::from("wx:3705115058471208928"),
        parcels: vec![ShipParcel { carrier: "".into(), waybill: String::new(), items }],
        expected: ShipPrecondition::default(),
    };
    shop.ship(&ship).await.unwrap();
    let body: Value = serde_json::from_str(&asked(&script)[1].2).unwrap();
    let items = json!([{ "product_id": "10000012345678", "sku_id": "2345678901", "product_cnt": 2 }]);
    assert_eq!(body["delivery_list"], json!([{ "deliver_type": 3, "product_infos": items }]));
}

#[tokio::test]
async fn the_shop_is_got_and_carriers_are_asked_for() {
    let (shop, script) = shop([
        TOKEN,
        Ok((200, r#"{"errcode":0,"info":{"nickname":"小满茶铺","status":"open_finished","is_local_life":0}}"#)),
        Ok((200, r#"{"company_list":[{"delivery_id":"SF","delivery_name":"顺丰速运"}]}"#)),
    ]);
    let facts = shop.shop().await.unwrap();
    assert_eq!(
        (facts.key.as_str(), facts.name.as_str(), facts.zone_offset_minutes),
        ("wx0123456789abcdef", "小满茶铺", 480)
    );
    assert_eq!(asked(&script)[1].0, "GET");
    let codes: Vec<String> = shop.carriers().await.unwrap().into_iter().map(|carrier| carrier.code.0).collect();
    assert_eq!(codes, ["SF", "OTHER"]);
}

// The vector of the wire reference.
const QUERY: &str = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504&nonce=1514711492&openid=o&encrypt_type=aes&msg_signature=a9f7a5a390efbd583b87fb68b394566232f86fbb";
const BODY: &str = r#"{"ToUserName":"gh_0a1b2c3d4e5f","Encrypt":"Q3stYC6hdFzMh9T8HCvyDMz13m+Ix54qIDY4Nk07msg2wSmjwilZQ0uLtWLrVmagW0ATnolM3b8zmeOmEDeFCh+khhej3zAY1oWs0Y5aePynlM8RWn3w+Is8D2o8TL5TC+bj4rE0GK2UBEHsNBs+l9QSid5Up2bco/umWVojntt6CK9WadfF+DrFSv1//81TWkLPEmjhG3A7VehX19Q6oEKHljM836y8DPPjVnyIzESAHmpDtymz7RUbSoqkS8o+8cnMvbm0SxCT/jaXo01b53sWmj7MDWBi8/hjR6qglT4="}"#;

#[test]
fn a_push_names_its_order_to_the_last_digit() {
    let (shop, _) = shop([]);
    let push = shop.read_push(QUERY, BODY.as_bytes()).unwrap();
    let order = (Followed::Orders, EntityKey::from("wx:3705115058471208928"));
    assert_eq!((push.about, push.event), (vec![order], None));
    assert_eq!(
        shop.read_push(&QUERY.replace("=1714036504", "=1714036505"), BODY.as_bytes()),
        Err(PushError::BadSignature)
    );
    assert_eq!(shop.read_push("", BODY.as_bytes()), Err(PushError::Malformed));
    assert_eq!(shop.read_push(QUERY, b"<xml>"), Err(PushError::Malformed));
}

#[test]
fn the_question_is_answered_with_its_text() {
    let (shop, _) = shop([]);
    assert_eq!(shop.answer_push_check(&format!("{QUERY}&echostr=a%2Bb")), Ok("a+b".to_owned()));
    assert_eq!(shop.answer_push_check("signature=00&timestamp=1&nonce=2&echostr=x"), Err(PushError::BadSignature));
}

#[test]
fn an_urging_buyer_is_a_fact_of_its_own() {
    let told = |kind: i64| {
        let text = format!(
            r#"{{"CreateTime":1790000250,"Event":"channels_ec_order_ext_info_update","order_info":{{"order_id":3705115058471208928,"type":{kind}}}}}"#
        );
        push::of_text(text.as_bytes()).unwrap()
    };
    let order = EntityKey::from("wx:3705115058471208928");
    let (key, event) = told(7).event.unwrap();
    assert_eq!(key.as_str(), "wx:3705115058471208928|hurry|1790000250000");
    assert_eq!((&event.order, event.kind.as_str(), event.at), (&order, "hurry", 1_790_000_250_000));
    assert_eq!((told(3).about, told(3).event), (vec![(Followed::Orders, order)], None));
}

#[test]
fn a_push_about_an_after_sale_names_both() {
    let told = |event: &str, facts: &str| {
        let text = format!(r#"{{"CreateTime":1790000250,"Event":"{event}","some_name":{facts}}}"#);
        push::of_text(text.as_bytes()).unwrap().about
    };
    let order = (Followed::Orders, EntityKey::from("wx:3705115058471208928"));
    let case = (Followed::AfterSales, EntityKey::from("wx:aftersale:2000000012345678"));
    let both = r#"{"status":"X","after_sale_order_id":"2000000012345678","order_id":3705115058471208928}"#;
    assert_eq!(told("channels_ec_aftersale_update", both), [order.clone(), case.clone()]);
    let alone = r#"{"after_sale_order_id":2000000012345678,"order_id":"0"}"#;
    assert_eq!(told("channels_ec_complaint_update", alone), [case]);
    assert_eq!(told("channels_ec_order_pay", r#"{"order_id":3705115058471208928}"#), [order]);
    assert_eq!(told("product_order_status_update", both), []);
    assert_eq!(told("channels_ec_coupon_receive", r#"{"coupon_id":7}"#), []);
}

#[tokio::test]
async fn after_sales_are_listed_by_their_own_rules() {
    let (shop, script) = shop([
        TOKEN,
        Ok((200, r#"{"errcode":0,"after_sale_order_id_list":["2000000012345678",7],"next_key":"k","has_more":true}"#)),
        Ok((200, r#"{"errcode":0,"errmsg":"ok"}"#)),
        Ok((200, "{}")),
        Ok((200, r#"{"errcode":10021057,"errmsg":"aftersale order not exist"}"#)),
        Ok((200, r#"{"errcode":0,"after_sale_order":{"after_sale_order_id":"8","status":"MERCHANT_FAIL"}}"#)),
        Ok((200, r#"{"errcode":48001,"errmsg":"api unauthorized"}"#)),
    ]);
    let created = Listing { of: Followed::AfterSales, by: ListedBy::Created, from: 5, to: 9, status: None };
    let page = shop.list(&created, None).await.unwrap();
    let keys = ["wx:aftersale:2000000012345678", "wx:aftersale:7"].map(EntityKey::from);
    assert_eq!(page, KeyPage { keys: keys.to_vec(), next: Some("k".to_owned()) });
    let updated = Listing { by: ListedBy::Updated, ..created };
    assert_eq!(shop.list(&updated, Some("k")).await, Ok(KeyPage::default()));
    assert!(matches!(shop.list(&updated, None).await, Err(PlatformError::Lost(_))));
    let [_, seven] = &keys;
    assert_eq!(shop.read(Followed::AfterSales, seven).await, Err(PlatformError::NotFound { code: 10_021_057 }));
    assert!(matches!(shop.read(Followed::AfterSales, seven).await, Err(PlatformError::Unreadable(_))), "another one");
    let shut = PlatformError::Refused { reason: ReasonCode::from(reason::NOT_PERMITTED), code: 48_001 };
    assert_eq!(shop.list(&updated, None).await, Err(shut));
    let order = EntityKey::from("wx:7");
    assert_eq!(
        shop.read(Followed::AfterSales, &order).await,
        Err(PlatformError::NotFound { code: 0 }),
        "nothing is asked"
    );

    let asked = asked(&script);
    assert!(asked[1].1.starts_with("/channels/ec/aftersale/getaftersalelist?"));
    let body = |at: usize| serde_json::from_str::<Value>(&asked[at].2).unwrap();
    assert_eq!(body(1), json!({ "begin_create_time": 5, "end_create_time": 9, "next_key": "" }));
    assert_eq!(body(2), json!({ "begin_update_time": 5, "end_update_time": 9, "next_key": "k" }));
    assert_eq!(body(4), json!({ "after_sale_order_id": "7" }), "an id goes out as text");
}
