//! Work done offline arrives exactly once, through replies that are lost on either side of the relay.

use shopkeeper_core::orders::{Flag, OrderFilter, OrderTab, ParcelDraft, ShipDraft, Shipping};
use shopkeeper_protocol::path;
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{Actor, Books, EffectKind, OrderId};

use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Phone, Town, count, key, until_true};
use crate::support::wire::Lose;

const SEND: &str = "/channels/ec/order/delivery/send";
const NOTE: &str = "/channels/ec/order/merchantnotes/update";

pub(super) fn whole(waybill: &str) -> ShipDraft {
    ShipDraft {
        parcels: vec![ParcelDraft { carrier: Some("SF".to_owned()), waybill: waybill.to_owned(), items: None }],
    }
}

fn parcel(waybill: &str, items: &[(usize, u32)]) -> ParcelDraft {
    ParcelDraft { carrier: Some("ZTO".to_owned()), waybill: waybill.to_owned(), items: Some(items.to_vec()) }
}

/// What calls of the API put on record for an order: the waybills of each delivery, in order.
pub(super) fn deliveries(books: &Books, id: OrderId) -> Vec<Vec<String>> {
    let effects = books.effects.iter().filter(|effect| effect.order == id && effect.by == Actor::Api);
    effects
        .filter_map(|effect| match &effect.kind {
            EffectKind::Delivery { parcels } => Some(parcels.iter().map(|parcel| parcel.waybill.clone()).collect()),
            _ => None,
        })
        .collect()
}

fn to_ship(phone: &Phone) -> u64 {
    count(&phone.list(&OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_network_arrives_exactly_once() {
    let town = Town::quiet(11, 60).await;
    let one = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let two = town.paid_order(&[("安溪铁观音", "250克", 1), ("新疆灰枣", "500克", 3)]);
    let three = town.paid_order(&[("柳州螺蛳粉", "10包", 1), ("薄皮核桃", "500克", 2)]);
    let mut phone = town.ready_phone("counter").await;
    let waiting = to_ship(&phone);
    let before = town.books();

    phone.wire.cut();
    let orders = phone.core().orders().expect("a paired phone");
    orders.set_flag(&key(one), Some(Flag::Red)).expect("a flag");
    orders.add_note(&key(one), "老客户，多放一包试饮").expect("a private note");
    orders.write_platform_note(&key(two), "加急").expect("a note for every seat");
    orders.ship(&key(one), &whole("SF1000000000001")).expect("all of it");
    // One line in two parcels together with the other line, and another order only in part.
    let drafts = vec![parcel("ZT2000000001", &[(0, 1), (1, 1)]), parcel("ZT2000000002", &[(1, 2)])];
    orders.ship(&key(two), &ShipDraft { parcels: drafts }).expect("two parcels");
    orders.ship(&key(three), &ShipDraft { parcels: vec![parcel("ZT3000000001", &[(1, 2)])] }).expect("one line");

    // Typed is not delivered, and says so.
    for id in [one, two, three] {
        assert_eq!(phone.detail(id).row.shipping, Shipping::Saved, "{id}");
    }
    assert_eq!(phone.detail(two).row.merchant_note, "加急", "the wish lies on top");
    assert_eq!(to_ship(&phone), waiting, "an order whose parcels wait here is still to ship");
    assert_eq!(phone.outbox().summary.pending, 4);
    assert_eq!(town.books().effects, before.effects, "nothing has left the phone");

    // The app dies and comes back, still offline: everything that was confirmed is there.
    phone.kill();
    phone.open();
    assert_eq!(phone.outbox().summary.pending, 4);
    assert_eq!(phone.detail(three).lines[1].saved, 2);
    assert_eq!(phone.detail(one).notes[0].text, "老客户，多放一包试饮");

    // Back online through a lost reply at each of the two hops.
    phone.wire.lose_next(path::COMMANDS, Lose::Reply);
    phone.wire.lose_next(path::COMMANDS, Lose::Request);
    town.fault(Fault::once(FaultKind::ReplyLostAfter, SEND));
    town.fault(Fault::once(FaultKind::ReplyLostAfter, NOTE));
    phone.wire.join();
    phone.all_delivered().await;
    assert_eq!(phone.wire.still_to_lose(), 0, "both were lost");
    assert!(town.sandbox.faults().active().is_empty(), "and so were the platform's");

    let books = town.books();
    assert_eq!(deliveries(&books, one), [["SF1000000000001"]]);
    assert_eq!(deliveries(&books, two), [["ZT2000000001", "ZT2000000002"]]);
    assert_eq!(deliveries(&books, three), [["ZT3000000001"]]);
    assert_eq!(books.notes_of(two), 1);
    assert_eq!(books.effects.len(), 4, "and nothing else");
    until_true("the phone has read all of it", || {
        [one, two, three].iter().all(|id| matches!(phone.detail(*id).row.shipping, Shipping::Recorded { .. }))
            && to_ship(&phone) == waiting - 2
    })
    .await;
    the_phone_equals_the_books(&phone, &town);
    let rest = phone.detail(three);
    assert_eq!((rest.row.shipping, rest.lines[0].remaining), (Shipping::Recorded { all: false }, 1));
    assert_eq!(phone.detail(one).row.flag, Some(Flag::Red));
    assert_eq!(phone.detail(one).notes.len(), 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_phone_of_the_shop_sees_it_and_cannot_ship_it_twice() {
    let town = Town::quiet(11, 20).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let mut first = town.ready_phone("counter").await;
    let mut second = town.ready_phone("back-room").await;
    // Both work offline on what they saw last.
    for (phone, waybill) in [(&first, "SF1000000000001"), (&second, "SF1000000000002")] {
        phone.wire.cut();
        phone
            .core()
            .orders()
            .expect("a paired phone")
            .ship(&key(id), &whole(waybill))
            .expect("nothing speaks against it");
    }
    first.after_the_undo_window(&town);
    second.after_the_undo_window(&town);
    first.wire.join();
    first.all_delivered().await;
    second.wire.join();
    until_true("the second phone was told that it came too late", || second.outbox().summary.needs_action == 1).await;
    assert_eq!(deliveries(&town.books(), id), [["SF1000000000001"]]);
    until_true("the second phone shows whose parcel it is", || {
        second.detail(id).parcels.iter().any(|parcel| parcel.waybill == "SF1000000000001")
    })
    .await;
    // The person looks, and takes the own one back.
    let refused = second.outbox().items[0].id.clone();
    second.core().outbox().expect("a paired phone").withdraw(&refused).expect("it was refused");
    the_phone_equals_the_books(&first, &town);
    the_phone_equals_the_books(&second, &town);
    town.close().await;
}
