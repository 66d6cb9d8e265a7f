//! What a person can do: undo, withdraw, retry, and watch.

use std::sync::{Arc, Mutex};

use shopkeeper_protocol::Verdict;

use super::bench::{Bench, note, pass};
use crate::error::CoreError;
use crate::ids::CommandId;
use crate::observer::lock;
use crate::outbox::rules::NewCommand;
use crate::outbox::{ItemState, OutboxView};
use crate::ports::Link;
use crate::time::Span;

fn undoable(new: NewCommand) -> NewCommand {
    NewCommand { undoable: true, ..new }
}

fn reason(result: Result<(), CoreError>) -> String {
    match result {
        Err(CoreError::NotPossible(reason)) => reason.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_inside_the_undo_window() {
    let bench = Bench::started();
    let receipt = bench.outbox().enqueue(undoable(note(1, "a"))).unwrap();
    assert_eq!(receipt.undo_until, bench.now().plus(Span::seconds(6)));
    pass(5_900).await;
    assert_eq!(bench.relay.asked(), []);
    assert_eq!(bench.state(&receipt.command), Some(ItemState::Undoable { until: receipt.undo_until }));
    bench.outbox().undo(&receipt.command).unwrap();
    pass(60_000).await;
    assert_eq!(bench.relay.asked(), []);
    assert!(bench.store().overlays().get(&receipt.command).is_none());
    assert_eq!(bench.outbox().undo(&receipt.command), Err(CoreError::NotFound("command")));
}

#[tokio::test(start_paused = true)]
async fn after_the_window_it_goes_and_cannot_be_undone() {
    let bench = Bench::started();
    let id = bench.tap(undoable(note(1, "a")));
    pass(6_100).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
    assert_eq!(reason(bench.outbox().undo(&id)), "undo_over");
    assert_eq!(reason(bench.outbox().withdraw(&id)), "undo_over");
}

#[tokio::test(start_paused = true)]
async fn a_window_outlives_the_process_and_does_not_grow() {
    let mut bench = Bench::started();
    let id = bench.tap(undoable(note(1, "a")));
    pass(4_000).await;
    bench.restart().await;
    pass(1_500).await;
    assert!(matches!(bench.state(&id), Some(ItemState::Undoable { .. })));
    pass(700).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn what_waits_offline_can_be_withdrawn() {
    let bench = Bench::started();
    bench.set_link(Link::Offline);
    pass(1).await;
    let id = bench.tap(undoable(note(1, "a")));
    pass(20_000).await;
    assert_eq!(bench.state(&id), Some(ItemState::Waiting));
    assert_eq!(reason(bench.outbox().undo(&id)), "undo_over");
    bench.outbox().withdraw(&id).unwrap();
    assert!(!bench.outbox().has_unsent());
}

async fn refused(bench: &Bench, order: u32, text: &str) -> CommandId {
    let id = bench.tap(note(order, text));
    pass(1_000).await;
    bench.relay.end(&id, Verdict::Refused { reason: "closed".into(), platform_code: None, seen: None });
    bench.feed(1);
    pass(10).await;
    id
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_a_fresh_command_in_the_same_place() {
    let bench = Bench::started();
    let old = refused(&bench, 1, "a").await;
    let behind = bench.tap(note(1, "behind"));
    let fresh = bench.outbox().retry(&old).unwrap();
    assert_ne!(fresh, old);
    assert_eq!(bench.state(&old), None);
    pass(1_000).await;
    assert_eq!(bench.relay.open_commands(), std::slice::from_ref(&fresh), "before what was tapped later");
    bench.relay.succeed(&fresh);
    bench.feed(1);
    pass(1_000).await;
    assert_eq!(bench.relay.open_commands(), [behind]);
    assert_eq!(bench.outbox().retry(&old), Err(CoreError::NotFound("command")));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_todays_facts_do_not_allow_leaves_the_command_where_it_is() {
    let bench = Bench::started();
    let hopeless = refused(&bench, 1, "hopeless").await;
    let hopeful = refused(&bench, 2, "hopeful").await;
    assert!(matches!(bench.outbox().retry(&hopeless), Err(CoreError::NotPossible(_))));
    assert_eq!(bench.outbox().retry_all(), Ok(1));
    assert!(matches!(bench.state(&hopeless), Some(ItemState::NeedsAction { .. })));
    assert_eq!(bench.state(&hopeful), None);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_hears_of_every_step_and_not_twice_of_one() {
    let bench = Bench::started();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let watch = bench.outbox().watch(Arc::new(move |view: OutboxView| {
        lock(&into).push(view.items.into_iter().map(|item| item.state).collect::<Vec<_>>());
    }));
    pass(1).await;
    let id = bench.tap(undoable(note(1, "a")));
    let until = bench.now().plus(Span::seconds(6));
    pass(20_000).await;
    bench.relay.succeed(&id);
    bench.feed(1);
    pass(10).await;
    let steps =
        [vec![], vec![ItemState::Undoable { until }], vec![ItemState::Waiting], vec![ItemState::Sending], vec![]];
    assert_eq!(*lock(&seen), steps);
    drop(watch);
    bench.tap(note(2, "b"));
    pass(1_000).await;
    assert_eq!(lock(&seen).len(), steps.len());
}
