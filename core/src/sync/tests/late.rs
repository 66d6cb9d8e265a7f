//! 补到: which facts are late, and what a timeline says of them.

use std::sync::Arc;

use shopkeeper_protocol::{EntityKind, Order, OrderEvent, Parcel};

use super::phone::{Phone, START_MS};
use super::relay::{FakeRelay, order, order_key};
use crate::time::{Instant, Span};

const HEARD: Instant = Instant::from_ms(START_MS);

fn put(relay: &FakeRelay, n: u32, order: &Order) {
    relay.put(EntityKind::Order, order_key(n), Some(serde_json::to_string(order).unwrap()));
}

fn tell(relay: &FakeRelay, key: &str, of: u32, kind: &str, at: i64) {
    let event = OrderEvent { order: order_key(of), kind: kind.to_owned(), at };
    relay.put(EntityKind::OrderEvent, key.into(), Some(serde_json::to_string(&event).unwrap()));
}

/// The kinds of what came late of an order, by name; all of it was heard now.
fn late(phone: &Phone, n: u32) -> Vec<String> {
    let stored = phone.store.read(|reader| reader.detail(&order_key(n))).unwrap().unwrap();
    assert!(stored.late.iter().all(|fact| fact.heard_at == HEARD), "{:?}", stored.late);
    stored.late.into_iter().map(|fact| fact.kind).collect()
}

/// An order made this long before now.
fn made(n: u32, before: Span) -> Order {
    let created_at = START_MS - before.as_ms();
    Order { created_at, paid_at: Some(created_at + 1_000), updated_at: created_at, ..order(n, 0) }
}

#[tokio::test]
async fn what_a_first_sync_brings_is_not_late_and_what_should_have_been_in_it_is() {
    let relay = Arc::new(FakeRelay::new());
    relay.put_order(1, 0);
    tell(&relay, "wx:e1", 1, "hurry", START_MS - Span::hours(3).as_ms());
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    assert_eq!(late(&phone, 1), [""; 0]);

    put(&relay, 2, &made(2, Span::hours(2)));
    put(&relay, 3, &made(3, Span::minutes(4)));
    tell(&relay, "wx:e2", 1, "hurry", START_MS - Span::hours(2).as_ms());
    tell(&relay, "wx:e3", 1, "address_request", START_MS - Span::minutes(1).as_ms());
    phone.sync.now().await.unwrap();
    assert_eq!(late(&phone, 2), ["created", "paid"]);
    assert_eq!(late(&phone, 3), [""; 0], "the platform's lists follow a moment behind");
    assert_eq!(late(&phone, 1), ["hurry"], "the later of two");

    // The same once more is no news, and what is gone is late no more.
    put(&relay, 2, &Order { merchant_note: "换红盒".to_owned(), ..made(2, Span::hours(2)) });
    phone.sync.now().await.unwrap();
    assert_eq!(late(&phone, 2), ["created", "paid"]);
    relay.remove_order(2);
    phone.sync.now().await.unwrap();
    put(&relay, 2, &made(2, Span::minutes(2)));
    phone.sync.now().await.unwrap();
    assert_eq!(late(&phone, 2), [""; 0]);
}

#[tokio::test]
async fn of_a_reading_only_what_is_new_can_be_late() {
    let relay = Arc::new(FakeRelay::new());
    let old = made(1, Span::hours(30));
    put(&relay, 1, &old);
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    let parcel = |waybill: &str, before: Span| Parcel {
        carrier: "SF".to_owned(),
        waybill: waybill.to_owned(),
        shipped_at: START_MS - before.as_ms(),
        ..Parcel::default()
    };
    let parcels = vec![parcel("SF100000000001", Span::hours(4)), parcel("SF100000000002", Span::minutes(1))];
    put(&relay, 1, &Order { parcels, ..old });
    phone.sync.now().await.unwrap();
    let stored = phone.store.read(|reader| reader.detail(&order_key(1))).unwrap().unwrap();
    let waybills: Vec<_> = stored.late.iter().map(|fact| (fact.kind.as_str(), fact.detail.as_str())).collect();
    assert_eq!(waybills, [("shipped", "SF100000000001")]);
}

#[tokio::test]
async fn history_that_nobody_said_was_here_is_not_late() {
    let relay = Arc::new(FakeRelay::new());
    relay.put_order(1, 0);
    relay.read_back(START_MS - Span::hours(24).as_ms(), 0);
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    put(&relay, 2, &made(2, Span::hours(25)));
    put(&relay, 3, &made(3, Span::hours(23)));
    phone.sync.now().await.unwrap();
    assert_eq!(late(&phone, 2), [""; 0]);
    assert_eq!(late(&phone, 3), ["created", "paid"]);
}
