//! Pages that are good, bad, cut, doubled, and of another history.

use std::sync::Arc;

use shopkeeper_protocol::{EntityKey, EntityKind, Refusal, Side, Version, VersionRange};

use super::phone::{Phone, START_MS, all_sinks};
use super::relay::{FakeRelay, Fault, entity_line, order, order_key};
use crate::error::CoreError;
use crate::net::Lines;
use crate::sync::state::{Coverage, First};
use crate::sync::{Activity, PullReport};
use crate::time::Instant;

fn relay_with(orders: u32) -> Arc<FakeRelay> {
    let relay = Arc::new(FakeRelay::new());
    for n in 0..orders {
        relay.put_order(n, 0);
    }
    relay
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_brings_everything_and_says_how_far_it_reaches() {
    let relay = relay_with(450);
    relay.put(EntityKind::Carrier, "wx:SF".into(), Some(r#"{"code":"SF","name":"顺丰"}"#.to_owned()));
    let phone = Phone::new(&relay);
    let report = phone.sync.now().await.unwrap();
    assert_eq!(report, PullReport { changed: 451, ..PullReport::default() });
    assert_eq!(relay.asked(), ["/v1/sweep", "/v1/first", "/v1/changes", "/v1/first", "/v1/changes"]);
    assert_eq!(phone.notes().len(), 450);
    let status = phone.sync.status();
    assert_eq!((status.activity, status.trouble, status.set_aside), (Activity::Idle, None, 0));
    assert_eq!(status.as_of, Some(Instant::from_ms(START_MS + 451)));
    let coverage = phone.store.read(|reader| reader.coverage(&EntityKind::Order)).unwrap();
    assert_eq!(coverage, Coverage { open_complete: true, created_since: Some(Instant::EPOCH) });

    // Nothing new is one small question, and changes nothing.
    let revision = phone.store.commits();
    assert_eq!(phone.sync.now().await, Ok(PullReport::default()));
    assert_eq!(relay.asked(), ["/v1/sweep", "/v1/changes"]);
    assert!(revision.is_empty(), "nobody has to look again");
    phone.relay.put_order(7, 1);
    phone.relay.remove_order(8);
    assert_eq!(phone.sync.now().await, Ok(PullReport { changed: 1, gone: 1, ..PullReport::default() }));
    assert_eq!(phone.notes().len(), 449);
    assert_eq!(phone.notes()[7], "state 1");
}

#[tokio::test(start_paused = true)]
async fn progress_is_counted() {
    let relay = relay_with(30);
    relay.limit_first(10);
    let phone = Phone::new(&relay);
    let engine = tokio::spawn(phone.sync.run());
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    engine.abort();
    let seen = crate::observer::lock(&phone.seen).clone();
    let counts: Vec<(u64, u64)> = seen
        .iter()
        .filter_map(|status| match status.activity {
            Activity::FirstSync { done, total, .. } => Some((done, total)),
            _ => None,
        })
        .collect();
    assert!(counts.contains(&(0, 0)) && counts.contains(&(10, 30)) && counts.contains(&(20, 30)), "{counts:?}");
    assert_eq!(seen.last().unwrap().activity, Activity::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_breaks_off_moves_nothing_and_its_rows_stay() {
    let relay = relay_with(20);
    let phone = Phone::new(&relay);
    // The sweep passes; the page loses its end line and five rows.
    relay.go_wrong(Fault::Cut(0));
    relay.go_wrong(Fault::Cut(6));
    assert_eq!(phone.sync.now().await.unwrap_err().code(), "bad_answer");
    assert_eq!((phone.notes().len(), phone.state().first), (15, First::NotBegun));
    // One that ends within a line tells of that line nothing.
    let text = relay.first(None, 20);
    let lines: Vec<&str> = text.lines().collect();
    let cut = lines[..18].join("\n") + "\n{\"entity\":{\"kind\":\"ord";
    assert_eq!(phone.sync.ingest(cut.as_bytes()).unwrap_err().code(), "bad_answer");
    assert_eq!((phone.notes().len(), phone.sync.status().set_aside), (17, 0));
    let report = phone.sync.now().await.unwrap();
    assert_eq!((report.changed, report.same), (3, 17));
}

#[tokio::test(start_paused = true)]
async fn strangers_and_lost_answers_are_trouble_that_passes() {
    let relay = relay_with(3);
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    relay.put_order(1, 1);
    let faults = [
        (Fault::Lost, "offline"),
        (Fault::NotConnected, "offline"),
        (Fault::Stranger("<html>Sign in to the station's network</html>"), "bad_answer"),
        (Fault::Stranger(""), "bad_answer"),
        (Fault::Refuse(Refusal::Busy), "offline"),
        (Fault::Refuse(Refusal::Unauthorized), "signed_out"),
        (Fault::Refuse(Refusal::UpgradeNeeded { side: Side::Phone }), "upgrade_needed"),
    ];
    for (fault, code) in faults {
        // A sweep that passes, and then the fault where the page would be.
        relay.go_wrong(Fault::Cut(0));
        relay.go_wrong(fault.clone());
        let error = phone.sync.now().await.unwrap_err();
        assert_eq!((error.code(), phone.sync.status().trouble), (code, Some(code)), "{fault:?}");
        assert_eq!(phone.notes(), ["state 0", "state 0", "state 0"], "what is here stays");
        assert_eq!(phone.sync.status().activity, Activity::Idle);
    }
    assert_eq!(phone.sync.now().await.unwrap().changed, 1);
    assert_eq!(phone.sync.status().trouble, None);
}

#[tokio::test(start_paused = true)]
async fn a_relay_of_another_major_is_named() {
    let relay = relay_with(1);
    let phone = Phone::new(&relay);
    let of = |major| Version { major, minor: 0 };
    for (major, side) in [(2, "phone"), (0, "relay")] {
        relay.speak(VersionRange { min: of(major), max: of(major) });
        assert_eq!(phone.sync.now().await, Err(CoreError::UpgradeNeeded { side }));
        let page = relay.first(None, 10);
        assert_eq!(phone.sync.ingest(page.as_bytes()), Err(CoreError::UpgradeNeeded { side }));
    }
    assert!(phone.notes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_answer_corrects_the_clock_a_refusal_too() {
    let relay = relay_with(1);
    let phone = Phone::new(&relay);
    relay.be_ahead(300_000);
    phone.sync.now().await.unwrap();
    assert_eq!(phone.clock.now(), Instant::from_ms(START_MS + 300_000));
    relay.be_ahead(-60_000);
    relay.go_wrong(Fault::Refuse(Refusal::Unauthorized));
    phone.sync.now().await.unwrap_err();
    assert_eq!(phone.clock.now(), Instant::from_ms(START_MS - 60_000));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_read_costs_itself_and_heals() {
    let relay = relay_with(3);
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    let bad = r#"{"number":"37051150584","status":"paid","created_at":1}"#;
    relay.put(EntityKind::Order, order_key(1), Some(bad.to_owned()));
    relay.put_order(2, 1);
    relay.add_line("{broken");
    let report = phone.sync.now().await.unwrap();
    assert_eq!(report, PullReport { changed: 1, set_aside: 2, ..PullReport::default() });
    assert_eq!(phone.notes(), ["state 0", "state 0", "state 1"], "the last good state stays");
    assert_eq!(phone.sync.status().set_aside, 2);
    let kept = phone.dump("SELECT kind, key, whole_line, body, what FROM set_aside ORDER BY kind DESC");
    assert!(kept[0].starts_with(&format!("order wx:0001 0 {bad} status")), "{kept:?}");
    assert!(kept[1].contains(" 1 {broken Syntax"), "{kept:?}");

    // A page from before it does not heal it.
    phone.sync.ingest(format!("{}\n", relay.first(None, 10).lines().next().unwrap()).as_bytes()).unwrap_err();
    assert_eq!(phone.sync.status().set_aside, 2);
    relay.put_order(1, 2);
    assert_eq!(phone.sync.now().await.unwrap().changed, 1);
    assert_eq!((phone.notes()[1].as_str(), phone.sync.status().set_aside), ("state 2", 1));
}

#[tokio::test(start_paused = true)]
async fn kinds_and_lines_of_a_later_relay_are_passed_over() {
    let relay = relay_with(1);
    relay.put(EntityKind::from("weather"), "wx:w".into(), Some(r#"{"sun":true}"#.to_owned()));
    relay.add_line(r#"{"forecast":{"rain":1}}"#);
    let phone = Phone::new(&relay);
    let report = phone.sync.now().await.unwrap();
    assert_eq!(report, PullReport { changed: 1, passed_over: 2, ..PullReport::default() });
    assert_eq!(phone.sync.status().set_aside, 0);
}

#[tokio::test(start_paused = true)]
async fn a_later_build_takes_what_an_earlier_one_passed_over_or_could_not_read() {
    let relay = relay_with(2);
    relay.put(EntityKind::Carrier, "wx:SF".into(), Some(r#"{"code":"SF","name":"顺丰"}"#.to_owned()));
    let mut few = all_sinks();
    few.retain(|sink| sink.kind() == EntityKind::Order);
    let phone = Phone::new(&relay).reopen_with(few);
    assert_eq!(phone.sync.now().await.unwrap().passed_over, 1);
    // As if this build could not read it and the next one can.
    let body = serde_json::to_string(&order(5, 1)).unwrap();
    phone
        .store
        .write_cache(|tx| {
            let version = crate::sync::Version { generation: 1, seq: 90 };
            let at = Instant::EPOCH;
            let what = String::new();
            let row = |key: EntityKey, body, whole_line| crate::sync::SetAside {
                kind: EntityKind::Order,
                key,
                version,
                whole_line,
                body,
                what: what.clone(),
                at,
            };
            tx.set_aside(&row(order_key(5), body.clone(), false))?;
            tx.set_aside(&row("line".into(), entity_line("order", "wx:0006", 91, &body), true))?;
            tx.set_aside(&row("still".into(), "{}".to_owned(), false))
        })
        .unwrap();
    let phone = phone.reopen();
    let report = phone.sync.now().await.unwrap();
    assert_eq!((report.changed, report.same), (1, 2));
    assert_eq!(phone.notes(), ["state 0", "state 0", "state 1", "state 1"]);
    assert_eq!(phone.dump("SELECT key FROM set_aside"), ["still"]);
    assert_eq!(phone.dump("SELECT key FROM fact"), ["wx:SF"]);
    relay.asked();
    phone.sync.now().await.unwrap();
    assert_eq!(relay.asked(), ["/v1/sweep", "/v1/changes"], "once");
}

#[tokio::test(start_paused = true)]
async fn a_reset_in_the_middle_of_a_first_sync_ends_in_the_new_history() {
    let relay = relay_with(10);
    relay.back_up();
    for n in 10..40 {
        relay.put_order(n, 0);
    }
    relay.put_order(3, 1);
    relay.limit_first(10);
    let phone = Phone::new(&relay);
    let page = relay.first(None, 10);
    phone.sync.ingest(page.as_bytes()).unwrap();
    assert!(matches!(phone.state().first, First::Running(_)));

    relay.restore();
    relay.put_order(50, 1);
    let report = phone.sync.now().await.unwrap();
    assert!(report.reset);
    assert_eq!(phone.state().generation, 2);
    assert_eq!(phone.notes().len(), 11);
    assert_eq!(phone.notes()[3], "state 0", "the older history's later state is no more");
    let fresh = Phone::new(&relay);
    fresh.sync.now().await.unwrap();
    assert_eq!(phone.content(), fresh.content());
}

#[tokio::test(start_paused = true)]
async fn after_a_reset_the_old_rows_are_shown_until_the_new_ones_are_all_here() {
    let relay = relay_with(30);
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    let other = relay_with(25);
    other.restart();
    let after = phone.state().cursor.unwrap();
    // A relay that has never heard of this phone's incarnation: the same names, so the lives are told apart by number.
    let reset = other.changes(&shopkeeper_protocol::Cursor { incarnation: "life-9".into(), ..after }, 10);
    assert!(phone.sync.ingest(reset.as_bytes()).unwrap().reset);
    assert_eq!(phone.notes().len(), 30);
    let claims = phone.store.read(|reader| reader.coverage(&EntityKind::Order)).unwrap();
    assert_eq!(claims, Coverage::default(), "nothing is known to be complete");
    other.limit_first(20);
    phone.sync.ingest(other.first(None, 20).as_bytes()).unwrap();
    assert_eq!(phone.notes().len(), 30);
    let First::Running(from) = phone.state().first else { panic!("not running") };
    phone.sync.ingest(other.first(Some(&from), 20).as_bytes()).unwrap();
    assert_eq!(phone.notes().len(), 25);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_resets_for_ever_is_left_alone() {
    let relay = relay_with(1);
    let phone = Phone::new(&relay);
    let hello = relay.first(None, 1).lines().next().unwrap().to_owned();
    let reset: &'static str = Box::leak(format!("{hello}\n{{\"reset\":\"too_old\"}}\n").into_boxed_str());
    relay.go_wrong(Fault::Cut(0));
    for _ in 0..10 {
        relay.go_wrong(Fault::Stranger(reset));
    }
    assert_eq!(phone.sync.now().await.unwrap_err().code(), "bad_answer");
    assert_eq!(relay.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_continuation_that_the_relay_cannot_follow_begins_the_walk_anew() {
    let relay = relay_with(30);
    relay.limit_first(10);
    let phone = Phone::new(&relay);
    phone.sync.ingest(relay.first(None, 10).as_bytes()).unwrap();
    relay.go_wrong(Fault::Cut(0));
    relay.go_wrong(Fault::Cut(0));
    relay.go_wrong(Fault::Refuse(Refusal::BadRequest { what: "from".to_owned() }));
    let report = phone.sync.now().await.unwrap();
    assert_eq!((report.changed, report.same), (20, 10));
    assert_eq!(phone.notes().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_relay_restarted_within_a_first_sync_is_asked_once_whether_it_is_the_same() {
    let relay = relay_with(30);
    relay.limit_first(10);
    let phone = Phone::new(&relay);
    phone.sync.ingest(relay.first(None, 10).as_bytes()).unwrap();
    // Read later than the head of the walk, so the cursor does not reach it.
    relay.put_order(10, 1);
    let First::Running(from) = phone.state().first else { panic!("not running") };
    phone.sync.ingest(relay.first(Some(&from), 10).as_bytes()).unwrap();
    relay.restart();
    let report = phone.sync.now().await.unwrap();
    assert!(!report.reset);
    assert_eq!((phone.state().generation, phone.notes().len()), (1, 30));
    let asked = relay.asked();
    assert_eq!(asked, ["/v1/sweep", "/v1/changes", "/v1/changes", "/v1/changes", "/v1/first", "/v1/changes"]);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_lost_what_a_first_sync_read_beyond_its_head_is_found_out() {
    let relay = relay_with(30);
    relay.limit_first(10);
    let phone = Phone::new(&relay);
    phone.sync.ingest(relay.first(None, 10).as_bytes()).unwrap();
    relay.back_up();
    relay.put_order(10, 1);
    let First::Running(from) = phone.state().first else { panic!("not running") };
    phone.sync.ingest(relay.first(Some(&from), 10).as_bytes()).unwrap();
    assert_eq!(phone.notes()[10], "state 1");
    relay.restore();
    // By now the relay has counted further than what it lost.
    relay.put_order(1, 2);
    relay.put_order(2, 2);
    assert!(phone.sync.now().await.unwrap().reset);
    assert_eq!((phone.notes()[10].as_str(), phone.notes()[2].as_str()), ("state 0", "state 2"));
}

#[tokio::test(start_paused = true)]
async fn what_went_away_while_a_first_page_was_broken_off_goes() {
    let relay = relay_with(20);
    let phone = Phone::new(&relay);
    relay.go_wrong(Fault::Cut(0));
    relay.go_wrong(Fault::Cut(6));
    phone.sync.now().await.unwrap_err();
    assert_eq!(phone.notes().len(), 15);
    relay.remove_order(3);
    phone.sync.now().await.unwrap();
    assert_eq!(phone.notes().len(), 19);
}

#[tokio::test(start_paused = true)]
async fn packed_pages_can_be_ingested_and_nonsense_cannot() {
    use std::io::Write as _;
    let relay = relay_with(5);
    let phone = Phone::new(&relay);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(relay.first(None, 10).as_bytes()).unwrap();
    assert_eq!(phone.sync.ingest(&packer.finish().unwrap()).unwrap().changed, 5);
    assert_eq!(phone.state().first, First::Done);
    for nonsense in ["", "{}", "\u{1f}\u{8b}", "{\"end\":{\"cursor\":{\"incarnation\":\"a\",\"seq\":1}}}\n"] {
        assert_eq!(phone.sync.ingest(nonsense.as_bytes()).unwrap_err().code(), "bad_answer", "{nonsense}");
    }
    // A page given twice is the same page.
    let again = phone.sync.ingest(relay.first(None, 10).as_bytes()).unwrap();
    assert_eq!((again.changed, again.same), (0, 5));
    assert!(Lines::from(b"", 0).next().is_none());
}
