//! 出门前备齐 as a person sees it, and its keys.

use shopkeeper_cli::tui::{Answer, App, Effect, Event};
use shopkeeper_cli::words::Lang;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::home::Deadline;
use shopkeeper_core::orders::{Basis, Freshness};
use shopkeeper_core::outbox::OutboxSummary;
use shopkeeper_core::sync::{Missing, Part, PartKind, ProvisionStep, Provisions};
use shopkeeper_core::time::Span;

use super::{SIZES, app, go_offline, golden, press, screen, shop};

fn part(kind: PartKind, here: u64, missing: Option<Missing>) -> Part {
    Part { kind, here, missing }
}

fn complete() -> Provisions {
    let deadlines: Vec<Deadline> = shop::home().deadlines;
    Provisions {
        at: shop::NOW,
        freshness: Freshness::Fresh { as_of: shop::minutes(-2) },
        parts: vec![
            part(PartKind::OpenOrders, 46, None),
            part(PartKind::RecentOrders, 1_812, None),
            part(PartKind::Carriers, 24, None),
            part(PartKind::Rulebook, 37, None),
        ],
        unsent: OutboxSummary::default(),
        offline_until: Some(Deadline { basis: Basis::Source, ..deadlines[1].clone() }),
        before_leaving: deadlines,
        trouble: None,
    }
}

fn incomplete() -> Provisions {
    Provisions {
        parts: vec![
            part(PartKind::OpenOrders, 46, None),
            part(PartKind::RecentOrders, 300, Some(Missing::OnItsWay { left: 1_512 })),
            part(PartKind::Carriers, 0, Some(Missing::NeverFetched)),
            part(PartKind::Rulebook, 37, None),
        ],
        unsent: OutboxSummary { pending: 2, unknown: 1, needs_action: 1 },
        before_leaving: Vec::new(),
        trouble: Some("offline"),
        ..complete()
    }
}

fn looked(app: &mut App, found: Provisions) {
    app.update(Event::Outcome(Effect::LookProvisions, Ok(Answer::Provisions(Box::new(found)))));
}

fn ended(app: &mut App, found: Provisions) {
    app.update(Event::Outcome(Effect::Provision, Ok(Answer::Provisions(Box::new(found)))));
}

#[test]
fn everything_is_here_and_something_had_better_be_done_first() {
    golden("provision-complete", |app| {
        press(app, "g");
        ended(app, complete());
        press(app, "j");
    });
}

#[test]
fn a_run_says_how_far_it_is_and_how_long_it_takes() {
    golden("provision-running", |app| {
        press(app, "g");
        looked(app, incomplete());
        let left = Some(Span::seconds(95));
        app.update(Event::Provision(ProvisionStep::Fetching { done: 300, total: 1_812, left }));
    });
}

#[test]
fn what_is_missing_says_why() {
    golden("provision-incomplete", |app| {
        go_offline(app);
        press(app, "g");
        looked(app, incomplete());
    });
}

#[test]
fn one_key_begins_and_stops_and_goes_on() {
    let mut app = app(Lang::Zh, SIZES[0]);
    assert_eq!(press(&mut app, "g"), [Effect::LeaveDetail, Effect::LookProvisions, Effect::Provision]);
    assert!(screen(&app).contains("正在请服务器核对平台"));
    assert_eq!(press(&mut app, "g"), [Effect::StopProvision, Effect::LookProvisions]);
    looked(&mut app, incomplete());
    assert!(screen(&app).contains("停下了，已取的都留着"));
    // A step of the run that was stopped comes too late.
    app.update(Event::Provision(ProvisionStep::Looking));
    assert!(!screen(&app).contains("正在清点"));
    assert_eq!(press(&mut app, "g"), [Effect::Provision]);
    ended(&mut app, complete());
    assert!(screen(&app).contains("备齐了，可以出门"));
    assert!(screen(&app).contains("可离线到 16:05"));
    assert!(screen(&app).contains("出门前先处理这 4 件"));
    let order = complete().before_leaving[1].order.clone();
    assert_eq!(press(&mut app, "jjk\n"), [Effect::WatchDetail(order)]);
    press(&mut app, "\u{1b}\u{1b}");
    assert!(screen(&app).contains("待办"));
}

#[test]
fn what_was_found_is_looked_at_anew_when_the_shop_changes() {
    let mut app = app(Lang::Zh, SIZES[0]);
    go_offline(&mut app);
    assert_eq!(press(&mut app, "g"), [Effect::LeaveDetail, Effect::LookProvisions], "without a network nothing begins");
    assert_eq!(app.update(Event::Home(Box::new(shop::home()))), [Effect::LookProvisions]);
    press(&mut app, "g");
    assert_eq!(app.update(Event::Home(Box::new(shop::home()))), [], "a run tells by itself");
    app.update(Event::Outcome(Effect::Provision, Err(CoreError::StorageFull)));
    assert!(screen(&app).contains("存储"), "{}", screen(&app));
    assert!(!screen(&app).contains("正在请服务器"));
}
