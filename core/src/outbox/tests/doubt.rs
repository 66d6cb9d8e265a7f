//! Answers that do not come.

use shopkeeper_protocol::{Refusal, path};

use super::bench::{Bench, note, pass};
use super::relay::Fault;
use crate::outbox::ItemState;
use crate::ports::Link;

#[tokio::test(start_paused = true)]
async fn a_greeting_that_is_lost_is_no_attempt() {
    let bench = Bench::started();
    bench.relay.go_wrong([Fault::LostAfter]);
    let id = bench.tap(note(1, "a"));
    pass(100).await;
    let row = bench.store().overlays().get(&id).cloned().unwrap();
    assert_eq!((bench.state(&id), row.attempts), (Some(ItemState::Waiting), 0));
    pass(5_000).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn lost_before_the_effect_it_is_asked_about_and_sent_again_with_the_same_bytes() {
    let bench = Bench::started();
    // The first request is the greeting.
    bench.relay.go_wrong([Fault::LostBefore]);
    pass(1).await;
    bench.say_hello().await;
    bench.say_hello().await;
    bench.relay.asked();
    bench.relay.go_wrong([Fault::LostBefore]);
    let id = bench.tap(note(1, "a"));
    let tapped = bench.store().overlays().get(&id).cloned().unwrap();
    pass(100).await;
    assert_eq!(bench.state(&id), Some(ItemState::Checking));
    bench.relay.restart();
    pass(10_000).await;
    let asked = bench.relay.asked();
    let about: Vec<_> = asked.iter().filter(|asked| asked.what.contains(path::COMMANDS)).collect();
    let [question, again] = about.as_slice() else { panic!("{asked:?}") };
    assert!(question.what.starts_with("GET") && again.what.starts_with("POST"));
    assert_eq!(again.body, tapped.body);
    assert_eq!(again.first_sent_to, "life-0", "the incarnation of the first attempt, not of the newest life");
    assert_eq!(bench.store().overlays().get(&id).unwrap().attempts, 2);
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn lost_after_the_effect_it_is_not_sent_again() {
    for fault in [Fault::LostAfter, Fault::Silence] {
        let bench = Bench::started();
        bench.tap(note(9, "to be greeted by"));
        pass(1_000).await;
        bench.relay.asked();
        bench.relay.go_wrong([fault]);
        let id = bench.tap(note(1, "a"));
        pass(60_000).await;
        let about = bench.relay.about_commands();
        assert_eq!(about.iter().filter(|method| *method == "POST").count(), 1, "{about:?}");
        assert_eq!(bench.state(&id), Some(ItemState::Sending));
    }
}

#[tokio::test(start_paused = true)]
async fn a_captive_portals_answer_is_no_answer() {
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    bench.relay.asked();
    let portal = Fault::Stranger("<html>Welcome to our hotel</html>");
    bench.relay.go_wrong([portal.clone(), portal.clone(), portal]);
    let id = bench.tap(note(1, "a"));
    pass(100).await;
    assert_eq!(bench.state(&id), Some(ItemState::Checking));
    assert!(matches!(
        bench.outbox().undo(&id).and_then(|()| bench.outbox().withdraw(&id)),
        Err(crate::error::CoreError::NotPossible(reason)) if reason.as_str() == "undo_over"
    ));
    pass(60_000).await;
    assert_eq!(bench.relay.faults_left(), 0);
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn an_internal_error_may_have_come_after_the_storing() {
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    bench.relay.asked();
    bench.relay.go_wrong([Fault::Refuse(Refusal::Internal)]);
    let id = bench.tap(note(1, "a"));
    pass(100).await;
    assert_eq!(bench.state(&id), Some(ItemState::Checking));
    pass(5_000).await;
    assert_eq!(bench.relay.about_commands()[..2], ["GET", "POST"]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_or_absent_relay_is_tried_again_later_and_less_and_less_often() {
    let bench = Bench::started();
    bench.relay.go_wrong(vec![Fault::NotConnected; 10_000]);
    let id = bench.tap(note(1, "a"));
    pass(60 * 60_000).await;
    let tries = 10_000 - bench.relay.faults_left();
    assert!((50..200).contains(&tries), "{tries} tries in an hour");
    let row = bench.store().overlays().get(&id).cloned().unwrap();
    assert_eq!((bench.state(&id), row.attempts), (Some(ItemState::Waiting), 0));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_comes_back_ends_every_wait() {
    let bench = Bench::started();
    bench.relay.go_wrong(vec![Fault::NotConnected; 8]);
    let id = bench.tap(note(1, "a"));
    while bench.relay.faults_left() > 0 {
        pass(1_000).await;
    }
    bench.set_link(Link::Offline);
    pass(10).await;
    bench.set_link(Link::Online);
    pass(200).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn revoked_it_waits_and_asks_nobody_to_act() {
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    bench.relay.go_wrong(vec![Fault::Refuse(Refusal::Unauthorized); 100]);
    let id = bench.tap(note(1, "a"));
    pass(60 * 60_000).await;
    assert_eq!(bench.state(&id), Some(ItemState::Waiting));
    assert!(bench.relay.faults_left() > 90, "a revoked device does not ask every minute");
    bench.relay.heal();
    // As a new pairing does.
    bench.outbox().hurry();
    pass(1_000).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_lost_its_store_gets_the_command_again_with_its_first_incarnation() {
    let bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    assert_eq!(bench.state(&id), Some(ItemState::Sending));
    bench.relay.asked();
    bench.relay.forget_everything();
    pass(60_000).await;
    let asked = bench.relay.asked();
    let again = asked.iter().find(|asked| asked.what.starts_with("POST")).expect("sent again");
    assert_eq!(again.first_sent_to, "life-0");
    assert_eq!(bench.relay.open_commands(), [id]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_taken_is_for_a_person_to_look_at() {
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    bench.relay.go_wrong([Fault::Refuse(Refusal::IdReused)]);
    let id = bench.tap(note(1, "a"));
    pass(100).await;
    assert_eq!(bench.state(&id), Some(ItemState::Unknown { reason: "id_taken".into() }));
}
