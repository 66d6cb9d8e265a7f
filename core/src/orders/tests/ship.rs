//! Shipping: what is checked, what the command says, and how a refused one is tried again.

use shopkeeper_protocol::{Command, ParcelItem};

use super::desk::{Desk, START, all_in, order, shipped};
use crate::error::CoreError;
use crate::orders::{ParcelDraft, ParcelStanding, ShipDraft, Shipping};
use crate::outbox::WorkKind;
use crate::store::outbox::CommandState;
use crate::time::Span;

fn part(waybill: &str, items: &[(usize, u32)]) -> ShipDraft {
    ShipDraft { parcels: vec![ParcelDraft { carrier: None, waybill: waybill.to_owned(), items: Some(items.to_vec()) }] }
}

fn refused(desk: &Desk, key: &str, draft: &ShipDraft) -> String {
    match desk.orders.ship(&key.into(), draft) {
        Err(CoreError::NotPossible(reason)) => reason.0,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_says_what_was_decided_upon() {
    let desk = Desk::new();
    let mut told = order("1001");
    let due = START.plus(Span::hours(5));
    told.lines[0].ship_by = Some(due.ms());
    desk.put("wx:1", &told);
    let key = "wx:1".into();
    desk.orders.ship(&key, &part(" sf 1234567890", &[(0, 1)])).unwrap();
    desk.orders.ship(&key, &all_in("YT1234567890123")).unwrap();
    let rows = desk.store.overlays().of(&key).to_vec();
    let [first, second] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((first.number.as_str(), first.due), ("1001", Some(due)));
    let (Command::Ship(first), Command::Ship(second)) = (&first.command, &second.command) else { panic!() };
    let item =
        |product: &str, quantity| ParcelItem { product: product.to_owned(), sku: format!("{product}-1"), quantity };
    assert_eq!(first.parcels[0].waybill, "SF1234567890");
    assert_eq!(first.expected.remaining, [item("100", 2), item("200", 1)]);
    assert_eq!(second.expected.remaining, [item("100", 1), item("200", 1)], "what waits is taken off");
    assert_eq!(second.parcels[0].items, [item("100", 1), item("200", 1)]);
    assert_eq!((second.expected.status, second.expected.address_hash.as_str()), (20, "address of 1001"));
    assert_eq!(refused(&desk, "wx:1", &all_in("ZT1234567890")), "already_saved");
    let detail = desk.orders.detail(&key).unwrap();
    assert_eq!(detail.cannot_ship, Some("already_saved".into()));
    assert_eq!(detail.lines.iter().map(|line| (line.saved, line.remaining)).collect::<Vec<_>>(), [(2, 0), (1, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_waybill_that_is_in_use_is_not_used_again() {
    let desk = Desk::new();
    let waybill = "SF1234567890";
    for (key, ago) in [("wx:recent", 89), ("wx:old", 91)] {
        let number = format!("{key} {ago}");
        let at = START.minus(Span::hours(24 * ago));
        desk.put(key, &shipped(&order(&number), &format!("SF00000000{ago}"), at));
    }
    desk.put("wx:1", &order("1001"));
    desk.put("wx:2", &order("1002"));
    assert_eq!(refused(&desk, "wx:1", &all_in("sf0000000089")), "waybill_used");
    desk.orders.ship(&"wx:1".into(), &part("SF0000000091", &[(0, 1)])).unwrap();

    desk.orders.ship(&"wx:1".into(), &part(waybill, &[(0, 1)])).unwrap();
    assert_eq!(refused(&desk, "wx:1", &part(waybill, &[(1, 1)])), "duplicate_waybill", "in the same order");
    assert_eq!(refused(&desk, "wx:2", &all_in(waybill)), "waybill_used", "in a parcel that waits");
    for state in [
        CommandState::Checking,
        CommandState::Accepted,
        CommandState::Unknown { reason: "answer_lost".into() },
        CommandState::Done { seen: crate::sync::Version { generation: 1, seq: 1 } },
    ] {
        desk.all_become("wx:1", &state);
        assert_eq!(refused(&desk, "wx:2", &all_in(waybill)), "waybill_used", "{state:?}");
    }
    desk.all_become("wx:1", &CommandState::NeedsAction { reason: "closed".into(), platform_code: None });
    desk.orders.ship(&"wx:2".into(), &all_in(waybill)).unwrap();
    // And so it is not free any more for the one that was refused.
    let again = desk.store.overlays().of(&"wx:1".into())[1].id.clone();
    assert_eq!(desk.outbox.retry(&again), Err(CoreError::NotPossible("waybill_used".into())));
}

#[tokio::test(start_paused = true)]
async fn orders_of_one_address_may_share_a_parcel() {
    let desk = Desk::new();
    let together = |number: &str| {
        let mut order = order(number);
        order.buyer.address_hash = "the same".to_owned();
        order
    };
    desk.put("wx:1", &together("1001"));
    desk.put("wx:2", &together("1002"));
    desk.put("wx:3", &shipped(&together("1003"), "SF9999999999", START));
    desk.orders.ship(&"wx:1".into(), &all_in("SF1234567890")).unwrap();
    desk.orders.ship(&"wx:2".into(), &part("SF1234567890", &[(0, 1)])).unwrap();
    desk.orders.ship(&"wx:2".into(), &part("SF9999999999", &[(0, 1)])).unwrap();
    let nameless = |number: &str| {
        let mut order = order(number);
        order.buyer.address_hash = String::new();
        order
    };
    desk.put("wx:4", &nameless("1004"));
    desk.put("wx:5", &nameless("1005"));
    desk.orders.ship(&"wx:4".into(), &all_in("SF7777777777")).unwrap();
    assert_eq!(refused(&desk, "wx:5", &all_in("SF7777777777")), "waybill_used", "no hash is no address");
}

#[tokio::test(start_paused = true)]
async fn a_double_tap_on_two_threads_ships_once() {
    for _ in 0..20 {
        let desk = Desk::new();
        desk.put("wx:1", &order("1001"));
        let taps = std::thread::scope(|scope| {
            let tap = || desk.orders.ship(&"wx:1".into(), &all_in("SF1234567890"));
            let other = scope.spawn(tap);
            [tap(), other.join().unwrap()]
        });
        assert_eq!(taps.iter().filter(|tap| tap.is_ok()).count(), 1, "{taps:?}");
        assert_eq!(desk.store.overlays().rows().count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_shipment_is_tried_again_on_todays_facts() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let receipt = desk.orders.ship(&"wx:1".into(), &all_in("SF1234567890")).unwrap();
    desk.all_become("wx:1", &CommandState::NeedsAction { reason: "address_changed".into(), platform_code: None });
    let row = desk.row("wx:1");
    assert_eq!(row.shipping, Shipping::NeedsAction { reason: "address_changed".into() });
    assert_eq!(row.work.needs_action, 1);
    let mut moved = order("1001");
    moved.buyer.address_hash = "another address".to_owned();
    moved.lines[1].after_sale_done = 1;
    desk.put("wx:1", &moved);
    // A piece was refunded meanwhile: the same parcel cannot go.
    assert_eq!(desk.outbox.retry(&receipt.command), Err(CoreError::NotPossible("too_many".into())));
    moved.lines[1].after_sale_done = 0;
    desk.put("wx:1", &moved);
    let fresh = desk.outbox.retry(&receipt.command).unwrap();
    assert_ne!(fresh, receipt.command);
    let rows = desk.store.overlays().of(&"wx:1".into()).to_vec();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let Command::Ship(ship) = &row.command else { panic!() };
    assert_eq!(ship.expected.address_hash, "another address");
    assert_eq!(row.state, CommandState::Waiting);
}

#[tokio::test(start_paused = true)]
async fn a_refused_note_is_tried_again_upon_what_stands_before_it() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let key = "wx:1".into();
    let first = desk.orders.write_platform_note(&key, "一").unwrap();
    desk.orders.write_platform_note(&key, "二").unwrap();
    let bases = |desk: &Desk| {
        let base = |row: &std::sync::Arc<crate::store::outbox::CommandRow>| match &row.command {
            Command::Note(note) => (note.base.clone(), note.text.clone()),
            Command::Ship(_) => panic!(),
        };
        desk.store.overlays().of(&"wx:1".into()).iter().map(base).collect::<Vec<_>>()
    };
    let pair = |base: &str, text: &str| (base.to_owned(), text.to_owned());
    assert_eq!(bases(&desk), [pair("", "一"), pair("一", "二")]);
    let row = desk.store.overlays().get(&first.command).unwrap().clone();
    let state = CommandState::NeedsAction { reason: "note_changed".into(), platform_code: None };
    desk.store
        .write_actions(|tx| tx.move_command(crate::store::outbox::CommandRow { state, ..(*row).clone() }))
        .unwrap();
    let mut other = order("1001");
    other.merchant_note = "别人写的".to_owned();
    desk.put("wx:1", &other);
    desk.outbox.retry(&first.command).unwrap();
    assert_eq!(bases(&desk), [pair("别人写的", "一"), pair("一", "二")], "in its old place");
    assert_eq!(desk.row("wx:1").merchant_note, "二");
}

#[tokio::test(start_paused = true)]
async fn every_step_of_a_shipment_shows_its_state_and_the_parcel() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let key = "wx:1".into();
    let receipt = desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
    let standing = |desk: &Desk| {
        let detail = desk.orders.detail(&key).unwrap();
        assert_eq!(detail.row, desk.row("wx:1"), "a detail and a list say the same");
        let [parcel] = detail.parcels.as_slice() else { panic!("{:?}", detail.parcels) };
        assert_eq!(parcel.waybill, "SF1234567890");
        (detail.row.shipping, parcel.standing.clone())
    };
    let command = receipt.command.clone();
    assert_eq!(standing(&desk), (Shipping::Saved, ParcelStanding::Saved { command: command.clone() }));
    desk.all_become("wx:1", &CommandState::Checking);
    assert_eq!(standing(&desk), (Shipping::Checking, ParcelStanding::Checking { command: command.clone() }));
    let reason: crate::ids::ReasonCode = "answer_lost".into();
    desk.all_become("wx:1", &CommandState::Unknown { reason: reason.clone() });
    let needs = ParcelStanding::NeedsAction { command, reason: reason.clone() };
    assert_eq!(standing(&desk), (Shipping::NeedsAction { reason }, needs));
    // The outcome is here, and the order's new reading is not.
    let seen = crate::sync::Version { generation: 1, seq: 99 };
    desk.all_become("wx:1", &CommandState::Done { seen });
    let (shipping, parcel) = standing(&desk);
    assert_eq!(shipping, Shipping::Recorded { all: true });
    assert!(matches!(parcel, ParcelStanding::Recorded { .. }));
    let at = desk.now();
    desk.put("wx:1", &shipped(&order("1001"), "SF1234567890", at));
    assert_eq!(standing(&desk), (Shipping::Recorded { all: true }, ParcelStanding::Recorded { at }));
    let work = &desk.outbox.view().unwrap().items;
    assert!(work.iter().all(|item| !matches!(item.work, WorkKind::Ship { .. })), "{work:?}");
}
