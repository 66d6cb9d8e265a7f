//! Events: signed, encrypted, repeated as the reference says (§4), and which verb announces what.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use shopkeeper_sandbox::ManualClock;
use shopkeeper_sandbox::faults::{Fault, FaultKind, Faults};
use shopkeeper_sandbox::push::{
    Courier, CryptoError, Fate, PushKey, PushReply, PushSink, PushTarget, RETRIES, SinkError, VerifyError, signature,
};
use shopkeeper_sandbox::world::{
    AftersaleStatus, Basket, CancelType, ExtInfo, Happening, OrderId, Pick, ProductStatus, PushEvent, Status, World,
    WorldConfig,
};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use crate::support::{APPID, NOW_S, whole};

const TOKEN: &str = "AAAAA";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const TIMESTAMP: &str = "1714036504";
const NONCE: &str = "1514711492";
const PLAIN: &str = r#"{"ToUserName":"gh_0a1b2c3d4e5f","FromUserName":"oX_buyer_1","CreateTime":1790000000,"MsgType":"event","Event":"channels_ec_order_new","order_info":{"order_id":3705115058471208928}}"#;
const ENCRYPT: &str = "Q3stYC6hdFzMh9T8HCvyDMz13m+Ix54qIDY4Nk07msg2wSmjwilZQ0uLtWLrVmagW0ATnolM3b8zmeOmEDeFCh+khhej3zAY1oWs0Y5aePynlM8RWn3w+Is8D2o8TL5TC+bj4rE0GK2UBEHsNBs+l9QSid5Up2bco/umWVojntt6CK9WadfF+DrFSv1//81TWkLPEmjhG3A7VehX19Q6oEKHljM836y8DPPjVnyIzESAHmpDtymz7RUbSoqkS8o+8cnMvbm0SxCT/jaXo01b53sWmj7MDWBi8/hjR6qglT4=";

#[test]
fn the_vectors_of_the_reference_hold() {
    assert_eq!(signature(&[TOKEN, TIMESTAMP, NONCE]), "f464b24fc39322e44b38aa78f5edd27bd1441696");
    assert_eq!(signature(&[TOKEN, TIMESTAMP, NONCE, ENCRYPT]), "a9f7a5a390efbd583b87fb68b394566232f86fbb");
    let key = PushKey::parse(KEY).expect("a key");
    assert_eq!(key.seal(*b"0123456789abcdef", PLAIN, APPID), ENCRYPT);
    assert_eq!(key.open(ENCRYPT, APPID).as_deref(), Ok(PLAIN));
}

#[test]
fn damaged_messages_and_foreign_keys_are_told() {
    let key = PushKey::parse(KEY).expect("a key");
    assert_eq!(key.open(ENCRYPT, "wxother").unwrap_err(), CryptoError::AppId);
    assert_eq!(key.open("!", APPID).unwrap_err(), CryptoError::Blocks);
    assert_eq!(key.open("", APPID).unwrap_err(), CryptoError::Blocks);
    assert_eq!(key.open("AAAA", APPID).unwrap_err(), CryptoError::Blocks);
    let other = PushKey::parse(&"z".repeat(43)).expect("a key");
    assert!(other.open(ENCRYPT, APPID).is_err());
    assert_eq!(PushKey::parse("short").unwrap_err(), CryptoError::Key);
    assert!(!format!("{key:?}").contains("abc"));
}

/// Answers by turns, and remembers what came when.
struct Receiver {
    answers: Mutex<Vec<Result<PushReply, SinkError>>>,
    seen: Mutex<Vec<(Instant, String, String)>>,
}

impl Receiver {
    /// Answers from the back of `answers`, then `success`.
    fn new(mut answers: Vec<Result<PushReply, SinkError>>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), seen: Mutex::default() })
    }

    fn events(&self) -> Vec<Value> {
        let key = PushKey::parse(KEY).expect("a key");
        let seen = self.seen.lock().expect("not poisoned");
        seen.iter()
            .map(|(_, _, body)| {
                let body: Value = serde_json::from_str(body).expect("JSON");
                let text = key.open(body["Encrypt"].as_str().expect("text"), APPID).expect("ours");
                serde_json::from_str(&text).expect("JSON")
            })
            .collect()
    }
}

fn reply(status: u16, body: &str) -> Result<PushReply, SinkError> {
    Ok(PushReply { status, body: body.to_owned() })
}

fn hang() -> Result<PushReply, SinkError> {
    Err(SinkError("hang".to_owned()))
}

#[async_trait]
impl PushSink for Receiver {
    async fn post(&self, _url: &str, query: &str, body: String) -> Result<PushReply, SinkError> {
        self.seen.lock().expect("not poisoned").push((Instant::now(), query.to_owned(), body));
        let answer = self.answers.lock().expect("not poisoned").pop().unwrap_or_else(|| reply(200, "success"));
        if answer == hang() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        answer
    }

    async fn get(&self, _url: &str, query: &str) -> Result<PushReply, SinkError> {
        let echo = query.rsplit_once("echostr=").map(|(_, echo)| echo).unwrap_or_default();
        self.answers.lock().expect("not poisoned").pop().unwrap_or_else(|| reply(200, echo))
    }
}

fn courier(receiver: &Arc<Receiver>, faults: Faults) -> Courier {
    let clock = ManualClock::at(NOW_S * 1000).clock();
    let sink: Arc<dyn PushSink> = Arc::<Receiver>::clone(receiver);
    let courier = Courier::new(sink, clock, faults, APPID, "gh_0a1b2c3d4e5f", 1);
    let target = PushTarget { url: "http://relay/push".into(), token: TOKEN.into(), aes_key: KEY.into() };
    courier.register(Some(target)).expect("a good key");
    courier
}

fn event(what: Happening) -> PushEvent {
    PushEvent { order: Some(OrderId::new(3_705_115_058_471_208_928)), from: "oX_buyer_1".into(), at: NOW_S, what }
}

#[tokio::test(start_paused = true)]
async fn an_event_comes_ten_times_over_three_and_a_half_hours() {
    let receiver = Receiver::new(vec![reply(500, ""); 10]);
    let fate = courier(&receiver, Faults::new(1)).deliver(&event(Happening::New)).await;
    assert_eq!(fate, Fate::Lost);
    let seen = receiver.seen.lock().expect("not poisoned");
    let waits: Vec<u64> = seen.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs()).collect();
    assert_eq!(waits, [0, 0, 10, 60, 300, 1_800, 3_600, 3_600, 3_600]);
    assert_eq!(RETRIES.len() + 1, seen.len());
}

#[tokio::test(start_paused = true)]
async fn success_is_200_with_success_or_nothing_within_five_seconds() {
    for (answers, expected) in [
        (vec![reply(200, "success")], 1),
        (vec![reply(200, "")], 1),
        (vec![reply(200, "ok"), reply(200, "")], 2),
        (vec![reply(204, ""), reply(302, "success"), reply(200, "success")], 3),
        (vec![hang(), reply(200, "success")], 2),
    ] {
        let receiver = Receiver::new(answers);
        let began = Instant::now();
        let fate = courier(&receiver, Faults::new(1)).deliver(&event(Happening::New)).await;
        assert_eq!(fate, Fate::Taken(expected));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_signed_as_the_reference_says() {
    let receiver = Receiver::new(Vec::new());
    courier(&receiver, Faults::new(1)).deliver(&event(Happening::New)).await;
    let seen = receiver.seen.lock().expect("not poisoned");
    let (_, query, body) = &seen[0];
    let fields: std::collections::BTreeMap<&str, &str> =
        query.split('&').map(|pair| pair.split_once('=').expect("a pair")).collect();
    let body: Value = serde_json::from_str(body).expect("JSON");
    let encrypt = body["Encrypt"].as_str().expect("text");
    assert_eq!(body["ToUserName"], "gh_0a1b2c3d4e5f");
    assert_eq!(fields["openid"], "oX_buyer_1");
    assert_eq!(fields["encrypt_type"], "aes");
    assert_eq!(fields["timestamp"], NOW_S.to_string());
    assert_eq!(fields["signature"], signature(&[TOKEN, fields["timestamp"], fields["nonce"]]));
    assert_eq!(fields["msg_signature"], signature(&[TOKEN, fields["timestamp"], fields["nonce"], encrypt]));
}

#[tokio::test]
async fn the_address_is_verified_by_an_echo() {
    let right = Receiver::new(Vec::new());
    assert_eq!(courier(&right, Faults::new(1)).verify().await, Ok(()));
    let wrong = Receiver::new(vec![reply(403, "no")]);
    assert_eq!(courier(&wrong, Faults::new(1)).verify().await, Err(VerifyError::WrongEcho { status: 403 }));
    let none = courier(&right, Faults::new(1));
    none.register(None).expect("nothing to read");
    assert_eq!(none.verify().await, Err(VerifyError::NoAddress));
    assert_eq!(none.deliver(&event(Happening::New)).await, Fate::NoAddress);
}

#[test]
fn ids_are_numbers_in_some_events_and_texts_in_others() {
    let info = |what| {
        let plain: Value = serde_json::from_str(&event(what).plaintext("gh_x")).expect("JSON");
        (plain["Event"].as_str().expect("a name").to_owned(), plain["order_info"].clone())
    };
    let number = 3_705_115_058_471_208_928u64;
    let text = number.to_string();
    for (what, name, expected) in [
        (Happening::New, "channels_ec_order_new", json!({ "order_id": number })),
        (Happening::Paid { pay_time: 5 }, "channels_ec_order_pay", json!({ "order_id": text, "pay_time": "5" })),
        (Happening::WaitShipping, "channels_ec_order_wait_shipping", json!({ "order_id": text })),
        (
            Happening::Cancelled(CancelType::Timeout),
            "channels_ec_order_cancel",
            json!({ "order_id": number, "cancel_type": 2 }),
        ),
        (
            Happening::Delivered { all: false },
            "channels_ec_order_deliver",
            json!({ "order_id": number, "finish_delivery": 0 }),
        ),
        (
            Happening::Confirmed { by_buyer: false },
            "channels_ec_order_confirm",
            json!({ "order_id": text, "confirm_type": 2 }),
        ),
        (
            Happening::ExtInfo(ExtInfo::Hurry),
            "channels_ec_order_ext_info_update",
            json!({ "order_id": number, "type": 7 }),
        ),
    ] {
        assert_eq!(info(what), (name.to_owned(), expected));
    }
}

#[test]
fn every_verb_announces_itself() {
    let mut world = World::new(WorldConfig::new(2, 10, NOW_S).quiet());
    let basket = Basket { picks: vec![Pick { product: 0, sku: 0, count: 2 }], ..Basket::default() };
    let names = |world: &mut World| -> Vec<&'static str> { world.take_events().iter().map(PushEvent::name).collect() };
    let id = world.buyer_orders(NOW_S, &basket);
    assert_eq!(names(&mut world), ["channels_ec_order_new"]);
    world.buyer_cancels(NOW_S, id).expect("unpaid");
    assert_eq!(names(&mut world), ["channels_ec_order_cancel"]);
    assert!(world.buyer_pays(NOW_S, id).is_err());
    let id = loop {
        let id = world.buyer_orders(NOW_S, &basket);
        world.take_events();
        world.buyer_pays(NOW_S, id).expect("unpaid");
        if world.status(id) == Some(Status::ToShip) {
            break id;
        }
        assert_eq!(names(&mut world), ["channels_ec_order_pay"]);
    };
    assert_eq!(names(&mut world), ["channels_ec_order_pay", "channels_ec_order_wait_shipping"]);
    let before = world.books_of(&[id]).orders[0].update_time;
    world.buyer_hurries(NOW_S + 5, id).expect("to ship");
    assert_eq!(world.books_of(&[id]).orders[0].update_time, before, "a hurry is a push and nothing else");
    world.update_note(NOW_S + 6, id, "好").expect("known");
    world.buyer_requests_address_change(NOW_S + 7, id).expect("to ship");
    world.answer_address_request(NOW_S + 8, id, false).expect("pending");
    let kinds: Vec<Happening> = world.take_events().into_iter().map(|event| event.what).collect();
    assert_eq!(kinds, [ExtInfo::Hurry, ExtInfo::MerchantNote, ExtInfo::AddressRequest].map(Happening::ExtInfo));
    let parcel = whole(&world.lines_of(id), "SF1234567890");
    world.deliver(NOW_S + 9, id, &[parcel]).expect("to ship");
    world.buyer_confirms(NOW_S + 10, id).expect("shipped");
    let kinds: Vec<Happening> = world.take_events().into_iter().map(|event| event.what).collect();
    assert_eq!(kinds, [Happening::Delivered { all: true }, Happening::Confirmed { by_buyer: true }]);
    assert!(world.buyer_hurries(NOW_S + 11, id).is_err());
}

#[tokio::test(start_paused = true)]
async fn events_can_be_lost_doubled_and_reordered() {
    let faults = Faults::new(1);
    let add = |kind, event: &str| faults.add(Fault::once(kind, event)).expect("possible");
    add(FaultKind::PushLost, "channels_ec_order_new");
    add(FaultKind::PushDoubled, "channels_ec_order_pay");
    add(FaultKind::PushReordered, "channels_ec_order_wait_shipping");
    let receiver = Receiver::new(Vec::new());
    let (outlet, events) = unbounded_channel();
    for what in [
        Happening::New,
        Happening::Paid { pay_time: NOW_S },
        Happening::WaitShipping,
        Happening::Delivered { all: true },
        Happening::New,
    ] {
        outlet.send(event(what)).expect("open");
    }
    drop(outlet);
    courier(&receiver, faults.clone()).run(events).await;
    let names: Vec<String> =
        receiver.events().iter().map(|event| event["Event"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(
        names,
        [
            "channels_ec_order_pay",
            "channels_ec_order_pay",
            "channels_ec_order_deliver",
            "channels_ec_order_new",
            "channels_ec_order_wait_shipping",
        ]
    );
    assert!(faults.active().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_overtakes_comes_late() {
    let faults = Faults::new(1);
    faults.add(Fault::once(FaultKind::PushReordered, "")).expect("possible");
    let receiver = Receiver::new(Vec::new());
    let (outlet, events) = unbounded_channel();
    outlet.send(event(Happening::New)).expect("open");
    let run = tokio::spawn(courier(&receiver, faults).run(events));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(receiver.events().len(), 1);
    drop(outlet);
    run.await.expect("ends");
}

#[test]
fn cases_and_products_are_announced_in_fields_of_their_own() {
    let plain = |event: PushEvent| -> Value { serde_json::from_str(&event.plaintext("gh_1")).expect("JSON") };
    let id = "2000002000000042".parse().expect("an id");
    let told = plain(event(Happening::Aftersale { id, status: AftersaleStatus::UserCancelled }));
    assert_eq!(told["Event"], "channels_ec_aftersale_update");
    assert_eq!(
        told["finder_shop_aftersale_status_update"],
        json!({ "status": "USER_CANCELD", "after_sale_order_id": "2000002000000042", "order_id": "3705115058471208928" })
    );
    let product = "10000012345678".parse().expect("an id");
    let of_product = |what| plain(PushEvent { order: None, ..event(what) });
    let told = of_product(Happening::ProductAudit { product, result: 2, reason: "价格不符" });
    assert_eq!((&told["Event"], &told["ProductSpuAudit"]["status"]), (&json!("product_spu_audit"), &json!(2)));
    assert_eq!(told["ProductSpuAudit"]["reason"], "价格不符");
    let told = of_product(Happening::ProductListing { product, status: ProductStatus::Delisted });
    assert_eq!(told["ProductSpuListing"], json!({ "product_id": "10000012345678", "status": 11, "reason": "" }));
    let told = of_product(Happening::ProductUpdated { product, operation: 0 });
    assert_eq!((&told["Event"], told.get("order_info")), (&json!("product_spu_update"), None));
}
