//! A tap shows in the very next read, survives the process and a lost cache, and never changes what the platform has.

use super::desk::{Desk, all_in, order, tab};
use crate::error::CoreError;
use crate::orders::{Flag, FlagFilter, OrderFilter, OrderTab, Shipping, Work};
use crate::time::Span;

fn flagged(flag: FlagFilter) -> OrderFilter {
    OrderFilter { flag: Some(flag), ..OrderFilter::default() }
}

fn noted() -> OrderFilter {
    OrderFilter { has_note: true, ..OrderFilter::default() }
}

fn pending() -> OrderFilter {
    OrderFilter { pending: true, ..OrderFilter::default() }
}

#[tokio::test(start_paused = true)]
async fn only_a_list_that_would_differ_waits_for_the_mirror() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let (key, plain) = ("wx:1".into(), tab(OrderTab::All));
    desk.store.mirror_due().unwrap();
    desk.orders.set_flag(&key, Some(Flag::Red)).unwrap();
    assert_eq!(desk.list(&plain).rows.first().and_then(|row| row.flag), Some(Flag::Red));
    assert!(desk.store.mirror_due().unwrap(), "the list has the flag from memory and left the mirror alone");
    desk.orders.set_flag(&key, None).unwrap();
    desk.list(&flagged(FlagFilter::Any));
    assert!(!desk.store.mirror_due().unwrap(), "a list of flags needs the mirror");
    desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
    assert_eq!(desk.list(&plain).saved_not_delivered, 1);
    assert!(!desk.store.mirror_due().unwrap(), "work shows in every list");
}

#[tokio::test(start_paused = true)]
async fn the_very_next_read_shows_a_tap_and_filters_follow_it() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    desk.put("wx:2", &order("1002"));
    let key = "wx:1".into();
    desk.orders.set_flag(&key, Some(Flag::Red)).unwrap();
    assert_eq!(desk.row("wx:1").flag, Some(Flag::Red));
    assert_eq!(desk.keys(&flagged(FlagFilter::Is(Flag::Red))), ["wx:1"]);
    assert_eq!(desk.keys(&flagged(FlagFilter::Any)), ["wx:1"]);
    desk.orders.set_flag(&key, Some(Flag::Blue)).unwrap();
    assert!(desk.keys(&flagged(FlagFilter::Is(Flag::Red))).is_empty());
    assert_eq!(desk.keys(&flagged(FlagFilter::Is(Flag::Blue))), ["wx:1"]);
    desk.orders.set_flag(&key, None).unwrap();
    assert!(desk.keys(&flagged(FlagFilter::Any)).is_empty());

    desk.orders.add_note(&key, " 上次漏发，多检查 ").unwrap();
    assert_eq!(desk.row("wx:1").note.as_deref(), Some("上次漏发，多检查"));
    assert_eq!(desk.keys(&noted()), ["wx:1"]);
    desk.orders.add_note(&key, "").unwrap();
    assert_eq!(desk.row("wx:1").note, None);
    assert!(desk.keys(&noted()).is_empty());

    let receipt = desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
    assert_eq!(receipt.undo_until, desk.now().plus(Span::seconds(6)));
    let row = desk.row("wx:1");
    assert_eq!(row.shipping, Shipping::Saved);
    assert_eq!(row.work, Work { pending: 1, unknown: 0, needs_action: 0 });
    assert_eq!(desk.keys(&pending()), ["wx:1"]);
    let to_ship = desk.list(&tab(OrderTab::ToShip));
    assert_eq!((to_ship.rows.len(), to_ship.saved_not_delivered), (2, 1), "typed is not shipped");
    desk.outbox.undo(&receipt.command).unwrap();
    assert_eq!(desk.row("wx:1").shipping, Shipping::None);
    assert!(desk.keys(&pending()).is_empty());
    assert_eq!(desk.list(&tab(OrderTab::ToShip)).saved_not_delivered, 0);

    desk.orders.write_platform_note(&key, "已换红盒").unwrap();
    assert_eq!(desk.row("wx:1").merchant_note, "已换红盒");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_and_with_a_new_cache_everything_tapped_is_there() {
    for fresh_cache in [false, true] {
        let desk = Desk::new();
        desk.put("wx:1", &order("1001"));
        let key = "wx:1".into();
        desk.orders.set_flag(&key, Some(Flag::Green)).unwrap();
        desk.orders.add_note(&key, "问过了").unwrap();
        desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
        let desk = desk.again(fresh_cache);
        if fresh_cache {
            assert!(desk.keys(&OrderFilter::default()).is_empty());
            // The mirror is compared before the relay tells the order, and once more nothing depends on which came first.
            assert!(desk.keys(&noted()).is_empty());
            desk.put("wx:1", &order("1001"));
        }
        for filter in [noted(), pending(), flagged(FlagFilter::Is(Flag::Green))] {
            assert_eq!(desk.keys(&filter), ["wx:1"], "{filter:?} {fresh_cache}");
        }
        let row = desk.row("wx:1");
        assert_eq!((row.flag, row.note.as_deref()), (Some(Flag::Green), Some("问过了")));
        assert_eq!(row.shipping, Shipping::Saved);
        assert_eq!(desk.list(&tab(OrderTab::ToShip)).saved_not_delivered, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_note_keeps_its_history_and_the_timeline_tells_every_tap() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let key = "wx:1".into();
    for text in ["缺红盒", "有了", ""] {
        desk.orders.add_note(&key, text).unwrap();
        tokio::time::advance(tokio::time::Duration::from_secs(60)).await;
    }
    desk.orders.set_flag(&key, Some(Flag::Red)).unwrap();
    desk.orders.set_flag(&key, Some(Flag::Red)).unwrap();
    tokio::time::advance(tokio::time::Duration::from_secs(1)).await;
    desk.orders.set_flag(&key, None).unwrap();
    let detail = desk.orders.detail(&key).unwrap();
    let notes: Vec<_> = detail.notes.iter().map(|note| (note.text.as_str(), note.device.as_str())).collect();
    assert_eq!(notes, [("", "counter"), ("有了", "counter"), ("缺红盒", "counter")]);
    assert_eq!((detail.row.flag, detail.row.note), (None, None));
    let told: Vec<_> = detail.timeline.iter().filter(|entry| entry.local).map(|entry| entry.kind.as_str()).collect();
    assert_eq!(told, ["note", "note", "note", "flag", "flag_cleared"], "a flag that was there already is no tap");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_says_why_and_leaves_nothing() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let (here, nowhere) = ("wx:1".into(), "wx:9".into());
    assert_eq!(desk.orders.set_flag(&nowhere, Some(Flag::Red)), Err(CoreError::NotFound("order")));
    assert_eq!(desk.orders.add_note(&nowhere, "a"), Err(CoreError::NotFound("order")));
    assert_eq!(desk.orders.write_platform_note(&nowhere, "a"), Err(CoreError::NotFound("order")));
    assert_eq!(desk.orders.ship(&nowhere, &all_in("SF1234567890")), Err(CoreError::NotFound("order")));
    assert_eq!(desk.orders.detail(&nowhere), Err(CoreError::NotFound("order")));
    for (text, reason) in [("", "note_same"), ("a\u{0}", "note_characters"), (&"字".repeat(3_000), "note_too_long")] {
        let refused = Err(CoreError::NotPossible(reason.into()));
        assert_eq!(desk.orders.add_note(&here, text), refused);
        assert_eq!(desk.orders.write_platform_note(&here, text).map(|_| ()), refused);
    }
    desk.orders.write_platform_note(&here, "a").unwrap();
    let again = desk.orders.write_platform_note(&here, "a");
    assert_eq!(again, Err(CoreError::NotPossible("note_same".into())), "queued is written");
    assert_eq!(desk.row("wx:1").work.pending, 1);
    assert_eq!(desk.row("wx:1").note, None);
}

#[tokio::test(start_paused = true)]
async fn closed_files_are_said_to_be_closed() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    desk.store.close().unwrap();
    let key = "wx:1".into();
    assert_eq!(desk.orders.set_flag(&key, Some(Flag::Red)), Err(CoreError::Closed));
    assert_eq!(desk.orders.detail(&key), Err(CoreError::Closed));
    assert_eq!(desk.home.view(), Err(CoreError::Closed));
    desk.store.reopen().unwrap();
    desk.orders.set_flag(&key, Some(Flag::Red)).unwrap();
    assert_eq!(desk.row("wx:1").flag, Some(Flag::Red));
}
