//! Pushes: taken, believed in nothing but that something happened, and missed without harm.
//!
//! The clock stands still here, so the relay never compares by itself: whatever it learns, a push told it, or a comparison that was asked for.

use futures_util::StreamExt;
use shopkeeper_protocol::Order;
use shopkeeper_sandbox::ManualClock;
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::push::VerifyError;
use shopkeeper_sandbox::world::{Basket, OrderId, Status, WorldConfig};

use super::shop::{A_MONTH, BEGAN, Shop, key, until};

async fn still_shop() -> Shop {
    let clock = ManualClock::at(BEGAN * 1_000).clock();
    let shop = Shop::open(WorldConfig::new(11, 40, BEGAN).quiet(), clock, A_MONTH).await;
    assert!(shop.sweep().await, "everything was read");
    shop
}

async fn with_pushes() -> Shop {
    let shop = still_shop().await;
    shop.sandbox.register_push(Some(shop.push_target())).expect("the relay's key is one");
    shop.sandbox.verify_push().await.expect("the relay knows its own address");
    shop
}

async fn shows(shop: &Shop, id: OrderId, holds: impl Fn(&Order) -> bool) {
    until("the order arrives by push", || async { shop.order(id).await.is_some_and(|order| holds(&order)) }).await;
}

#[tokio::test]
async fn what_a_buyer_does_arrives_by_push_and_raises_a_hint() {
    let shop = with_pushes().await;
    let mut hints = shop.hints().await;
    let before = shop.first().await.end["head"].as_u64().expect("a head");

    let id = shop.world(|world| world.buyer_orders(BEGAN, &Basket::default()));
    shows(&shop, id, |order| order.status == 10).await;
    shop.world(|world| world.buyer_pays(BEGAN, id)).expect("it is unpaid");
    shows(&shop, id, |order| order.paid_at.is_some()).await;

    while hints.next().await.expect("the relay lives") <= before {}
    shop.close().await;
}

#[tokio::test]
async fn urging_is_kept_although_the_order_shows_nothing_of_it() {
    let shop = with_pushes().await;
    let id = shop.world(|world| world.orders_in(Status::ToShip))[0];
    let faults = shop.sandbox.faults();
    faults.add(Fault::once(FaultKind::PushDoubled, "channels_ec_order_ext_info_update")).expect("a fault");
    shop.world(|world| world.buyer_hurries(BEGAN, id)).expect("it waits to be shipped");
    until("the urging arrives", || async { !shop.first().await.events.is_empty() }).await;
    // The second delivery has arrived by now, or comes before what follows it.
    shop.world(|world| world.colleague_notes(BEGAN, id, "加冰袋")).expect("a note");
    shows(&shop, id, |order| order.merchant_note == "加冰袋").await;

    let events = shop.first().await.events;
    assert_eq!(events.len(), 1, "told twice, kept once: {events:?}");
    let event = &events[0];
    assert_eq!((event.order.as_str(), event.kind.as_str(), event.at), (&*key(id), "hurry", BEGAN * 1_000));
    shop.close().await;
}

#[tokio::test]
async fn a_push_that_is_lost_costs_only_time() {
    let shop = with_pushes().await;
    shop.sandbox.faults().add(Fault::always(FaultKind::PushLost, "")).expect("a fault");
    let id = shop.world(|world| world.orders_in(Status::ToShip))[0];
    shop.world(|world| world.colleague_notes(BEGAN, id, "易碎")).expect("a note");
    assert_ne!(shop.order(id).await.expect("known").merchant_note, "易碎");
    assert!(shop.sweep().await);
    assert_eq!(shop.order(id).await.expect("known").merchant_note, "易碎");
    shop.close().await;
}

#[tokio::test]
async fn pushes_out_of_order_leave_the_newest_state() {
    let shop = with_pushes().await;
    shop.sandbox.faults().add(Fault::once(FaultKind::PushReordered, "")).expect("a fault");
    let id = shop.world(|world| world.buyer_orders(BEGAN, &Basket { plain: true, ..Basket::default() }));
    shop.world(|world| world.buyer_pays(BEGAN, id)).expect("it is unpaid");
    shows(&shop, id, |order| order.status == 20 && order.paid_at.is_some()).await;
    shop.close().await;
}

#[tokio::test]
async fn an_address_with_other_secrets_is_turned_away() {
    let shop = still_shop().await;
    let mut target = shop.push_target();
    target.token = "somebodyElses".to_owned();
    shop.sandbox.register_push(Some(target)).expect("a key");
    assert_eq!(shop.sandbox.verify_push().await, Err(VerifyError::WrongEcho { status: 403 }));
    let mut target = shop.push_target();
    target.url.push('x');
    shop.sandbox.register_push(Some(target)).expect("a key");
    assert_eq!(shop.sandbox.verify_push().await, Err(VerifyError::WrongEcho { status: 404 }));
    shop.close().await;
}
