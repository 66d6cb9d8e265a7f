//! Whose turn it is.

use shopkeeper_protocol::Verdict;

use super::bench::{Bench, note, pass};
use super::relay::Fault;
use crate::outbox::plan::PARALLEL;
use crate::outbox::rules::NewCommand;
use crate::outbox::{ItemState, OutboxItem, WorkKind};
use crate::ports::Link;
use crate::time::Span;

/// The texts of the notes that were sent, in their order.
fn sent(bench: &Bench) -> Vec<String> {
    let posts = bench.relay.asked().into_iter().filter(|asked| asked.what.starts_with("POST"));
    let text = |body: String| {
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["command"]["text"].as_str().unwrap().to_owned()
    };
    posts.map(|asked| text(asked.body)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_due_first_goes_first_and_a_lane_is_as_urgent_as_anything_in_it() {
    let bench = Bench::started();
    bench.set_link(Link::Offline);
    pass(10).await;
    let due = |new: NewCommand, minutes: i64| NewCommand { due: Some(bench.now().plus(Span::minutes(minutes))), ..new };
    bench.tap(note(1, "never due"));
    for (order, minutes) in [(2, 50), (3, 10), (4, 40), (5, 20), (6, 30)] {
        bench.tap(due(note(order, &format!("due in {minutes}")), minutes));
    }
    bench.tap(note(7, "before something due in 5"));
    bench.tap(due(note(7, "due in 5"), 5));
    bench.relay.act_at_once();
    bench.set_link(Link::Online);
    for _ in 0..100 {
        pass(20).await;
        bench.feed(1);
    }
    let sent = sent(&bench);
    let place = |text: &str| sent.iter().position(|sent| sent == text).unwrap_or_else(|| panic!("{text}: {sent:?}"));
    assert_eq!(sent.len(), 8, "{sent:?}");
    assert_eq!(place("before something due in 5"), 0, "{sent:?}");
    assert!(place("due in 10") < place("due in 40") && place("due in 40") < place("due in 50"), "{sent:?}");
    assert!(place("due in 50") < place("never due"), "{sent:?}");
    assert!(u32::try_from(PARALLEL).unwrap() >= bench.relay.most_at_once());
    assert!(bench.outbox().view().unwrap().items.is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_more_than_four_at_once() {
    let bench = Bench::started();
    for order in 0..40 {
        bench.tap(note(order, "x"));
    }
    pass(5_000).await;
    assert_eq!(bench.relay.most_at_once(), 4);
    assert_eq!(sent(&bench).len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_lane_waits_for_the_outcome_before_its_next() {
    let bench = Bench::started();
    let first = bench.tap(note(1, "first"));
    bench.tap(note(1, "second"));
    pass(5_000).await;
    assert_eq!(sent(&bench), ["first"]);
    bench.relay.succeed(&first);
    bench.feed(1);
    pass(1_000).await;
    assert_eq!(sent(&bench), ["second"]);
}

#[tokio::test(start_paused = true)]
async fn one_poisoned_among_five_hundred_stops_its_own_order_only() {
    let bench = Bench::started();
    let poisoned = bench.tap(note(77, "poison"));
    let behind = bench.tap(note(77, "behind the poison"));
    pass(1_000).await;
    bench.relay.end(&poisoned, Verdict::Refused { reason: "closed".into(), platform_code: None, seen: None });
    bench.feed(1);
    pass(10).await;
    bench.relay.act_at_once();
    for order in (0..500).filter(|order| *order != 77) {
        bench.tap(note(order, "good"));
    }
    for _ in 0..120 {
        pass(100).await;
        bench.feed(1);
    }
    pass(100).await;
    assert_eq!(bench.relay.effects().len(), 499);
    let left: Vec<_> = bench.outbox().view().unwrap().items.into_iter().map(|item| (item.id, item.state)).collect();
    let reason = "closed".into();
    assert_eq!(
        left,
        [
            (poisoned.clone(), ItemState::NeedsAction { reason, platform_code: None }),
            (behind.clone(), ItemState::Waiting)
        ]
    );
    bench.outbox().withdraw(&poisoned).unwrap();
    pass(200).await;
    bench.feed(1);
    pass(10).await;
    assert_eq!(bench.state(&behind), None, "the way is free");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_off_is_held_without_an_attempt_and_goes_on_by_itself() {
    let bench = Bench::started();
    bench.relay.hold(&[("note", "switched_off")]);
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    assert_eq!(bench.state(&id), Some(ItemState::Held { reason: "switched_off".into() }));
    assert_eq!(bench.relay.about_commands(), Vec::<String>::new());
    bench.relay.hold(&[]);
    // The next answer to anybody tells it.
    bench.say_hello().await;
    pass(200).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_was_switched_off_meanwhile_is_held_too() {
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    bench.relay.hold(&[("note", "switched_off")]);
    let id = bench.tap(note(1, "a"));
    pass(200).await;
    assert_eq!(bench.state(&id), Some(ItemState::Held { reason: "switched_off".into() }));
    pass(120_000).await;
    assert_eq!(bench.relay.about_commands().iter().filter(|method| *method == "POST").count(), 2);
    bench.outbox().withdraw(&id).unwrap();
    assert_eq!(bench.state(&id), None);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_refuses_one_command_again_and_again_is_not_asked_again_and_again() {
    use shopkeeper_protocol::Refusal;
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    let off = Fault::Refuse(Refusal::Held { reason: "switched_off".into() });
    bench.relay.go_wrong(vec![off; 1_000]);
    bench.tap(note(1, "a"));
    pass(10 * 60_000).await;
    let tries = 1_000 - bench.relay.faults_left();
    assert!((5..60).contains(&tries), "{tries} in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn of_equally_urgent_ones_the_earlier_tap_stands_first() {
    let bench = Bench::started();
    bench.set_link(Link::Offline);
    let texts = ["first", "second", "third", "fourth", "fifth", "sixth"];
    for text in texts {
        bench.tap(note(1, text));
    }
    let text = |item: OutboxItem| match item.work {
        WorkKind::Note { text } => text,
        WorkKind::Ship { .. } => String::new(),
    };
    let shown: Vec<String> = bench.outbox().view().unwrap().items.into_iter().map(text).collect();
    assert_eq!(shown, texts);
}
