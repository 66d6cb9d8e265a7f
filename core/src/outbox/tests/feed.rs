//! Outcomes that arrive by the feed.

use shopkeeper_protocol::{EntityKind, How, Verdict};

use super::bench::{Bench, key, note, pass};
use super::relay::Fault;
use crate::outbox::ItemState;
use crate::store::outbox::CommandState;

#[tokio::test(start_paused = true)]
async fn a_done_command_stays_on_top_until_the_cache_shows_it() {
    let bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    bench.relay.succeed(&id);
    let (order, outcome): (Vec<_>, Vec<_>) =
        bench.relay.news().into_iter().partition(|(kind, ..)| *kind == EntityKind::Order);
    bench.store_news(outcome, 1);
    pass(10).await;
    let row = bench.store().overlays().get(&id).cloned().expect("an overlay still");
    assert!(matches!(row.state, CommandState::Done { .. }));
    assert_eq!(bench.state(&id), None, "no work any more");
    assert!(bench.outbox().view().unwrap().summary.all_delivered());
    bench.store_news(order, 1);
    pass(10).await;
    assert!(bench.store().overlays().get(&id).is_none());
    assert!(bench.store().read(|cache| cache.outcome(&id)).unwrap().is_none(), "taken over");
}

#[tokio::test(start_paused = true)]
async fn no_read_ever_sees_neither() {
    let mut bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    bench.relay.succeed(&id);
    let seen = |bench: &Bench| {
        bench
            .store()
            .view(|view| {
                let shown = view.cache.order_version(&key(1))?.is_some();
                Ok(shown || view.local.overlays.get(&id).is_some())
            })
            .unwrap()
    };
    assert!(seen(&bench));
    bench.feed(1);
    for _ in 0..20 {
        assert!(seen(&bench));
        tokio::task::yield_now().await;
    }
    bench.restart().await;
    pass(10).await;
    assert!(seen(&bench));
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_comes_before_the_answer_wins() {
    let bench = Bench::started();
    bench.tap(note(9, "to be greeted by"));
    pass(1_000).await;
    bench.relay.act_at_once();
    bench.relay.go_wrong([Fault::LostAfter]);
    let id = bench.tap(note(1, "a"));
    pass(30).await;
    bench.feed(1);
    pass(5).await;
    assert!(bench.store().overlays().get(&id).is_none(), "done and shown while the answer was still on its way");
    pass(60_000).await;
    assert!(bench.store().overlays().get(&id).is_none());
    assert_eq!(bench.relay.effects(), [id]);
}

#[tokio::test(start_paused = true)]
async fn refused_it_says_why_and_another_outcome_still_counts() {
    let bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    let refused = Verdict::Refused { reason: "note_changed".into(), platform_code: Some(10020), seen: None };
    bench.relay.end(&id, refused);
    bench.feed(1);
    pass(10).await;
    let needs = ItemState::NeedsAction { reason: "note_changed".into(), platform_code: Some(10020) };
    assert_eq!(bench.state(&id), Some(needs));
    let summary = bench.outbox().view().unwrap().summary;
    assert_eq!((summary.pending, summary.unknown, summary.needs_action), (0, 0, 1));
    // The relay knows better in the end.
    bench.relay.end(&id, Verdict::Done { seen: 0, how: How::ReadBack });
    bench.feed(1);
    pass(10).await;
    assert_eq!(bench.state(&id), None);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_established_is_shown_and_can_be_withdrawn() {
    let bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    bench.relay.end(&id, Verdict::Unknown { reason: "answer_lost".into() });
    bench.feed(1);
    pass(10).await;
    assert_eq!(bench.state(&id), Some(ItemState::Unknown { reason: "answer_lost".into() }));
    assert_eq!(bench.outbox().view().unwrap().summary.unknown, 1);
    bench.outbox().withdraw(&id).unwrap();
    assert_eq!(bench.state(&id), None);
}

#[tokio::test(start_paused = true)]
async fn asked_directly_a_refusal_counts_at_once_and_a_success_when_the_feed_has_it() {
    let bench = Bench::started();
    let (good, bad) = (bench.tap(note(1, "a")), bench.tap(note(2, "b")));
    pass(1_000).await;
    bench.relay.succeed(&good);
    bench.relay.end(&bad, Verdict::Refused { reason: "closed".into(), platform_code: None, seen: None });
    // Nothing comes by the feed; the rope beside it is long.
    pass(60_000).await;
    assert!(matches!(bench.state(&bad), Some(ItemState::NeedsAction { .. })));
    assert_eq!(bench.state(&good), Some(ItemState::Sending), "in whose history it is done, only the feed can tell");
    bench.feed(1);
    pass(10).await;
    assert!(bench.store().overlays().get(&good).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_reset_shows_what_was_done_in_the_history_before() {
    let bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    bench.relay.succeed(&id);
    let (order, outcome): (Vec<_>, Vec<_>) =
        bench.relay.news().into_iter().partition(|(kind, ..)| *kind == EntityKind::Order);
    bench.store_news(outcome, 1);
    pass(10).await;
    // The new history counts from the beginning again.
    let again = order.into_iter().map(|(kind, key, _, body)| (kind, key, 1, body)).collect();
    bench.store_news(again, 2);
    pass(10).await;
    assert!(bench.store().overlays().get(&id).is_none());
}

#[tokio::test(start_paused = true)]
async fn after_the_cache_began_anew_any_reading_shows_it() {
    let mut bench = Bench::started();
    let id = bench.tap(note(1, "a"));
    pass(1_000).await;
    bench.relay.succeed(&id);
    let (order, outcome): (Vec<_>, Vec<_>) =
        bench.relay.news().into_iter().partition(|(kind, ..)| *kind == EntityKind::Order);
    bench.store_news(outcome, 7);
    pass(10).await;
    bench.kill().await;
    for name in ["cache.db", "cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(bench.folder().join(name));
    }
    bench.reopen();
    pass(10).await;
    assert!(bench.store().overlays().get(&id).is_some(), "work outlives the cache");
    bench.store_news(order, 1);
    pass(10).await;
    assert!(bench.store().overlays().get(&id).is_none());
}

#[tokio::test(start_paused = true)]
async fn outcomes_of_other_phones_are_passed_over_and_bad_ones_are_named() {
    use crate::outbox::OutcomeSink;
    use crate::sync::Version;
    use crate::sync::sink::{EntitySink, SinkError, Stored};
    let bench = Bench::new();
    let sink = OutcomeSink(bench.store().clone());
    let id = "00112233445566778899aabbccddeeff";
    let body = format!(r#"{{"command":"{id}","target":"wx:1","at":1,"verdict":"unknown","reason":"answer_lost"}}"#);
    let put = |key: &str, body: &str| {
        bench.store().write_cache(|tx| Ok(sink.upsert(tx, &key.into(), Version::new(1, 1), body))).unwrap()
    };
    assert!(matches!(put(id, &body), Ok(Stored::Same)));
    assert!(bench.store().read(|cache| cache.outcome(&id.parse().unwrap())).unwrap().is_none());
    for (key, body) in [("not an id", body.as_str()), (id, "{}"), (&id.replace('0', "1"), &body)] {
        assert!(matches!(put(key, body), Err(SinkError::Bad(_))), "{key}");
    }
}
