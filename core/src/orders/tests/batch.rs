//! Taps on several orders: each has its own answer, and what is allowed is one write.

use super::desk::{Desk, all_in, order};
use crate::error::CoreError;
use crate::ids::{OrderKey, ReasonCode};
use crate::orders::{BATCH, Flag, FlagFilter, OrderFilter, ShipDraft, Shipping};

fn keys(names: &[&str]) -> Vec<OrderKey> {
    names.iter().map(|name| OrderKey::from(*name)).collect()
}

fn not_possible<T>(code: &str) -> Result<T, CoreError> {
    Err(CoreError::NotPossible(ReasonCode::from(code)))
}

#[tokio::test(start_paused = true)]
async fn flags_and_notes_go_on_all_that_are_there() {
    let desk = Desk::new();
    for (key, number) in [("wx:1", "1001"), ("wx:2", "1002"), ("wx:3", "1003")] {
        desk.put(key, &order(number));
    }
    let before = desk.store.revision();
    let answers = desk.orders.flag_many(&keys(&["wx:1", "wx:9", "wx:3"]), Some(Flag::Red)).unwrap();
    assert_eq!(
        answers,
        [("wx:1".into(), Ok(())), ("wx:9".into(), Err(CoreError::NotFound("order"))), ("wx:3".into(), Ok(())),]
    );
    assert_eq!(desk.store.revision(), before + 1, "one write");
    let red = OrderFilter { flag: Some(FlagFilter::Is(Flag::Red)), ..OrderFilter::default() };
    let mut shown = desk.keys(&red);
    shown.sort();
    assert_eq!(shown, ["wx:1", "wx:3"]);

    desk.orders.add_note(&"wx:2".into(), "已问").unwrap();
    let answers = desk.orders.note_many(&keys(&["wx:1", "wx:2"]), " 已问 ").unwrap();
    assert_eq!(answers, [("wx:1".into(), Ok(())), ("wx:2".into(), not_possible("note_same"))]);
    assert_eq!(desk.row("wx:1").note.as_deref(), Some("已问"));
    let desk = desk.again(true);
    desk.put("wx:1", &order("1001"));
    assert_eq!((desk.row("wx:1").flag, desk.row("wx:1").note.as_deref()), (Some(Flag::Red), Some("已问")));
}

#[tokio::test(start_paused = true)]
async fn each_shipment_has_its_receipt_or_its_reason() {
    let desk = Desk::new();
    let mut unpaid = order("1003");
    unpaid.status = 10;
    let at_home = |number: &str| {
        let mut order = order(number);
        order.buyer.address_hash = "home".to_owned();
        order
    };
    desk.put("wx:1", &at_home("1001"));
    desk.put("wx:2", &order("1002"));
    desk.put("wx:3", &unpaid);
    desk.put("wx:4", &at_home("1004"));
    let draft = |key: &str, waybill: &str| -> (OrderKey, ShipDraft) { (key.into(), all_in(waybill)) };
    let before = desk.store.revision();
    let answers = desk
        .orders
        .ship_many(&[
            draft("wx:1", "SF1234567890"),
            // Typed for an order before it, which goes somewhere else.
            draft("wx:2", "SF1234567890"),
            draft("wx:3", "SF1234567893"),
            // To the same address: one parcel for both.
            draft("wx:4", "sf1234567890"),
            draft("wx:9", "SF1234567899"),
        ])
        .unwrap();
    assert_eq!(desk.store.revision(), before + 1, "one write");
    let (keys, mut answers): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
    assert_eq!(keys, ["wx:1", "wx:2", "wx:3", "wx:4", "wx:9"].map(OrderKey::from));
    assert_eq!(answers.pop(), Some(Err(CoreError::NotFound("order"))));
    let fourth = answers.pop().unwrap().unwrap();
    assert_eq!(answers.pop(), Some(not_possible("unpaid")));
    assert_eq!(answers.pop(), Some(not_possible("waybill_used")));
    let first = answers.pop().unwrap().unwrap();
    assert_ne!(first.command, fourth.command);
    assert_eq!(desk.row("wx:1").shipping, Shipping::Saved);
    assert_eq!(desk.row("wx:2").shipping, Shipping::None);
    assert_eq!(desk.row("wx:4").shipping, Shipping::Saved);
    // Each receipt is of its own order.
    desk.outbox.undo(&fourth.command).unwrap();
    assert_eq!(desk.row("wx:4").shipping, Shipping::None);
    assert_eq!(desk.row("wx:1").shipping, Shipping::Saved);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_none_is_refused_whole() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let many: Vec<OrderKey> = (0..=BATCH).map(|at| OrderKey::from(format!("wx:{at}").as_str())).collect();
    for bad in [keys(&[]), keys(&["wx:1", "wx:1"]), many] {
        let refused = desk.orders.flag_many(&bad, Some(Flag::Red));
        assert!(matches!(refused, Err(CoreError::BadInput { field: "orders", .. })), "{refused:?}");
        let refused = desk.orders.note_many(&bad, "好");
        assert!(matches!(refused, Err(CoreError::BadInput { field: "orders", .. })), "{refused:?}");
        let drafts: Vec<_> = bad.into_iter().map(|key| (key, all_in("SF1234567890"))).collect();
        let refused = desk.orders.ship_many(&drafts);
        assert!(matches!(refused, Err(CoreError::BadInput { field: "orders", .. })), "{refused:?}");
    }
    assert_eq!((desk.row("wx:1").flag, desk.row("wx:1").note.clone()), (None, None));
}
