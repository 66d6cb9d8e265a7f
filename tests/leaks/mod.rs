//! Nothing leaks: through a whole story, with everything going wrong that can, no name, number, typed text or secret is in any log at any
//! level, in any error, or in a file that is not meant to hold it.
//!
//! [`log`] catches what all rooms say, on every thread of the story's own runtime; [`canary`] knows what must not be found and where which
//! text may rest.

mod canary;
mod log;

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use serde_json::json;
use shopkeeper_core::orders::{Flag, ParcelDraft, ShipDraft};
use shopkeeper_core::ports::{Transport, Trust};
use shopkeeper_protocol::{HEADER_PROTOCOL, Invite, path};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{Basket, OrderId, Pick};

use crate::support::live::{Phone, Town, key, until_true};
use crate::support::wire::{Lose, Wire};
use canary::{Canaries, What};
use log::Log;

const REMARK: &str = "请放门口鞋柜上，不要打电话";
const PLATFORM_NOTE: &str = "客户姓欧阳，周三下午在家";
const PRIVATE_NOTE: &str = "老主顾，电话里说要两个红袋子";
const COLLEAGUE_NOTE: &str = "欧阳女士改约周四";
const TOO_LONG: &str = "这段话太长了";
/// In a row that cannot be read, and that is set aside as it came.
const UNREADABLE: &str = "unreadable-words-51c2";
const STRANGERS: &str = "stranger-words-7f3a";

#[test]
fn a_log_that_catches_everything_catches_a_leak() {
    let log = Log::default();
    let caught = log.clone();
    let thread = std::thread::Builder::new().spawn(move || {
        caught.take_this_thread();
        let error = std::io::Error::other(PRIVATE_NOTE);
        tracing::trace!(%error, "a slip");
        let span = tracing::debug_span!("place", text = PLATFORM_NOTE);
        span.in_scope(|| tracing::error!(note = ?REMARK, "another"));
    });
    thread.expect("a thread").join().expect("no panic");
    let mut canaries = Canaries::default();
    for text in [PRIVATE_NOTE, PLATFORM_NOTE, REMARK] {
        canaries.add(text, What::Private);
    }
    assert_eq!(canaries.found_in(&log.text()).len(), 3, "{}", log.text());
}

#[test]
fn a_story_in_which_all_goes_wrong_leaks_nothing() {
    let log = Log::default();
    log.take_this_thread();
    let every_thread = log.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || every_thread.take_this_thread())
        .build()
        .expect("a runtime");
    let (mut said, canaries) = runtime.block_on(story());
    runtime.shutdown_timeout(Duration::from_secs(20));

    let logged = log.text();
    for room in ["shopkeeper_core", "shopkeeper_relay", "shopkeeper_sandbox"] {
        assert!(logged.contains(room), "{room} has said nothing, so nothing is proven");
    }
    assert!(canaries.len() > 60, "{}", canaries.len());
    assert_eq!(canaries.found_in(&logged), Vec::<String>::new(), "in the log");
    assert!(said.len() > 10, "there were errors: {}", said.len());
    said.sort();
    assert_eq!(canaries.found_in(&said.join("\n")), Vec::<String>::new(), "in what was said");
}

/// Plays the story, looks into its files, and gives everything that errors and handles said of themselves.
async fn story() -> (Vec<String>, Canaries) {
    let mut town = Town::quiet(41, 30).await;
    let mut canaries = Canaries::default();
    let mut said = Vec::new();
    for (text, what) in [
        (REMARK, What::OfAnOrder),
        (PLATFORM_NOTE, What::OfAnOrder),
        (COLLEAGUE_NOTE, What::OfAnOrder),
        (UNREADABLE, What::OfAnOrder),
        (PRIVATE_NOTE, What::Private),
        (TOO_LONG, What::Nowhere),
        (STRANGERS, What::Nowhere),
    ] {
        canaries.add(text, what);
    }
    let id = order_with_a_remark(&town);
    let mut phone = pair(&town, &mut canaries, &mut said).await;
    phone.has_everything(&town).await;
    canaries.add_secrets(&town).await;
    canaries.add_token_of(&phone);

    offline_work(&town, &mut phone, id, &mut said).await;
    what_buyers_and_colleagues_do(&town, &phone, id).await;
    a_platform_out_of_its_mind(&town, &phone, id).await;
    canaries.add_secrets(&town).await;
    strangers_at_the_doors(&town, &phone, &mut said).await;

    town.crash_relay();
    town.start_relay().await;
    phone.sync().await;
    for device in town.relay().devices().await.expect("the relay's list") {
        said.push(format!("{device:?}"));
        town.relay().revoke(&device.id).await.expect("the relay's store");
    }
    tell(&mut said, phone.core().sync().expect("a paired phone").now().await);
    said.push(format!("{:?} {:?} {:?}", town.relay(), town.sandbox, town.relay_config()));
    let core = phone.core();
    said.push(format!("{core:?} {:?} {:?} {:?}", core.orders(), core.outbox(), core.sync()));

    canaries.add_people(&town);
    canaries.add_secrets(&town).await;
    // Once while everything is open, with what waits in write-ahead logs, and once when all is closed.
    let (astray, at_home) = canaries.astray_in(town.dir());
    assert_eq!(astray, Vec::<String>::new());
    assert!(at_home > 60, "what may rest does rest somewhere, or nothing is proven: {at_home}");
    phone.switch_off().await;
    town.stop_relay().await;
    assert_eq!(canaries.astray_in(town.dir()).0, Vec::<String>::new());
    town.close().await;
    (said, canaries)
}

#[track_caller]
fn tell<T>(said: &mut Vec<String>, outcome: Result<T, impl std::error::Error>) {
    match outcome {
        Ok(_) => panic!("this has to fail"),
        Err(error) => said.push(format!("{error} {error:?}")),
    }
}

fn order_with_a_remark(town: &Town) -> OrderId {
    let picks = vec![Pick::named("桂花乌龙茶", "125克", 2).expect("a product")];
    let basket =
        Basket { picks, remark: REMARK.to_owned(), plain: true, tells_deadline: Some(true), ..Basket::default() };
    town.world(|world, now| {
        let id = world.buyer_orders(now, &basket);
        world.buyer_pays(now, id).expect("a fresh order is unpaid");
        id
    })
}

async fn pair(town: &Town, canaries: &mut Canaries, said: &mut Vec<String>) -> Phone {
    town.relay().sweep_now().await;
    let phone = town.phone("counter");
    let pairing = phone.core().pairing();
    let invite: Invite = town.invite().await.parse().expect("an invite");
    for code in [invite.code.clone(), invite.code.replace('-', "")] {
        canaries.add(&code, What::Nowhere);
    }
    said.push(format!("{invite:?} {pairing:?}"));
    let wrong = Invite { code: STRANGERS.to_owned(), ..invite.clone() };
    tell(said, pairing.pair(&wrong.to_string()).await);
    tell(said, pairing.pair(STRANGERS).await);
    tell(said, pairing.pair(&format!("shopkeeper://pair?v=1&code={STRANGERS}&key={STRANGERS}&url=http://x")).await);
    pairing.pair(&invite.to_string()).await.expect("a fresh code pairs");
    tell(said, pairing.pair(&invite.to_string()).await);
    phone
}

async fn offline_work(town: &Town, phone: &mut Phone, id: OrderId, said: &mut Vec<String>) {
    phone.wire.cut();
    let orders = phone.core().orders().expect("a paired phone");
    let order = key(id);
    orders.set_flag(&order, Some(Flag::Red)).expect("a flag");
    orders.add_note(&order, PRIVATE_NOTE).expect("a private note");
    orders.write_platform_note(&order, PLATFORM_NOTE).expect("a note for every seat");
    tell(said, orders.add_note(&order, &TOO_LONG.repeat(1_000)));
    tell(said, orders.write_platform_note(&order, &TOO_LONG.repeat(1_000)));
    let ship = |waybill: &str| ShipDraft {
        parcels: vec![ParcelDraft { carrier: Some("SF".to_owned()), waybill: waybill.to_owned(), items: None }],
    };
    tell(said, orders.ship(&order, &ship(&format!("{STRANGERS}!"))));
    tell(said, orders.ship(&order, &ship("编号")));
    orders.ship(&order, &ship("SF1000000000001")).expect("nothing speaks against it");
    tell(said, orders.detail(&format!("wx:{STRANGERS}").into()));
    tell(said, phone.core().sync().expect("a paired phone").now().await);
    tell(said, phone.core().pairing().sign_out().await);
    phone.wire.lose_next(path::COMMANDS, Lose::Reply);
    town.fault(Fault::once(FaultKind::ReplyLostAfter, "/channels/ec/order/delivery/send"));
    phone.after_the_undo_window(town);
    phone.wire.join();
    phone.all_delivered().await;
}

async fn what_buyers_and_colleagues_do(town: &Town, phone: &Phone, id: OrderId) {
    let other = town.paid_order(&[("柳州螺蛳粉", "3包", 1)]);
    town.world(|world, now| {
        world.buyer_hurries(now, other).expect("it waits");
        world.buyer_requests_address_change(now, other).expect("it waits");
        world.colleague_notes(now, id, COLLEAGUE_NOTE).expect("an order");
    });
    phone.sync().await;
    until_true("the phone has all of it", || {
        phone.knows(other)
            && phone.detail(other).row.address_requested
            && phone.detail(id).row.merchant_note == COLLEAGUE_NOTE
    })
    .await;
}

async fn a_platform_out_of_its_mind(town: &Town, phone: &Phone, id: OrderId) {
    for kind in [
        FaultKind::BadShape,
        FaultKind::UnknownEnums,
        FaultKind::ExtraFields,
        FaultKind::EmptyAnswer { after_effect: true },
        FaultKind::ServerError { status: 502 },
        FaultKind::Errcode { code: -1 },
        FaultKind::DeadTokens,
    ] {
        town.fault(Fault::always(kind, "/channels/ec/order/get"));
        town.world(|world, now| world.colleague_notes(now, id, COLLEAGUE_NOTE)).expect("an order");
        phone.sync().await;
        town.sandbox.faults().clear();
        town.jump(Duration::from_secs(120));
    }
    // What a feed cannot say is set aside, with its people in it.
    let body = json!({ "number": "1", "status": UNREADABLE, "buyer": { "name": UNREADABLE, "phone": [UNREADABLE] } });
    let hello = json!({ "hello": {
        "speaks": { "min": { "major": 1, "minor": 0 }, "max": { "major": 1, "minor": 0 } }, "server_time": 0, "incarnation": "x",
    } });
    let broken = json!({ "entity": { "kind": "order", "key": "wx:1", "seq": 1, "body": body } });
    let sync = phone.core().sync().expect("a paired phone");
    assert!(sync.ingest(format!("{hello}\n{broken}\n").as_bytes()).is_err(), "it has no end");
}

async fn strangers_at_the_doors(town: &Town, phone: &Phone, said: &mut Vec<String>) {
    let push = town.relay().push_target();
    said.push(format!("{push:?}"));
    for (method, address) in [
        ("POST", path::COMMANDS.to_owned()),
        ("POST", path::PAIR.to_owned()),
        ("GET", format!("{}?from={STRANGERS}", path::FIRST)),
        ("GET", format!("/v1/commands/{STRANGERS}")),
        ("GET", format!("/{STRANGERS}")),
        ("POST", format!("{}?msg_signature={STRANGERS}&timestamp=1&nonce={STRANGERS}", push.path)),
        ("GET", format!("{}?signature={STRANGERS}&echostr={STRANGERS}", push.path)),
    ] {
        let request = Request::builder().method(method).uri(format!("{}{address}", town.relay_url()));
        let request = request.header(HEADER_PROTOCOL, "1.0").header("authorization", format!("Bearer {STRANGERS}"));
        let body = json!({ "code": STRANGERS, "device_name": STRANGERS, "Encrypt": STRANGERS }).to_string();
        let answer = Wire::new().send(&Trust::PublicRoots, request.body(body.into()).expect("a request")).await;
        said.push(String::from_utf8_lossy(answer.expect("the relay answers").body()).into_owned());
    }
    let orders = phone.core().orders().expect("a paired phone");
    assert!(orders.find(STRANGERS).expect("a search").is_empty());
    let watched = orders.watch_detail(key(OrderId::new(1)), Arc::new(|_| {}));
    said.push(format!("{watched:?}"));
}
