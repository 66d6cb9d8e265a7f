//! The pure parts, against whatever comes.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use shopkeeper_protocol::{Command, CommandBody, CommandId, Note};

use super::bench::{Bench, key, note, pass};
use super::relay::Fault;
use crate::outbox::machine::{self, Event};
use crate::outbox::plan::{Errand, Gates, PARALLEL, plan};
use crate::store::Overlays;
use crate::store::outbox::{CommandRow, CommandState};
use crate::sync::Version;
use crate::time::Instant;

fn states() -> impl Strategy<Value = CommandState> {
    prop_oneof![
        3 => Just(CommandState::Waiting),
        1 => Just(CommandState::Sending),
        1 => Just(CommandState::Accepted),
        1 => Just(CommandState::Checking),
        1 => Just(CommandState::Held { reason: "off".into() }),
        1 => Just(CommandState::NeedsAction { reason: "why".into(), platform_code: None }),
        1 => Just(CommandState::Unknown { reason: "lost".into() }),
        1 => Just(CommandState::Done { seen: Version::default() }),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::SetOff { incarnation: "life".to_owned() }),
        Just(Event::LostSight),
        Just(Event::NotTaken),
        Just(Event::AnswerLost),
        Just(Event::UnknownThere),
        Just(Event::AtRelay),
        Just(Event::SwitchedOff { reason: "off".into() }),
        Just(Event::Rejected { reason: "no".into() }),
        Just(Event::IdTaken),
        Just(Event::Done { seen: Version { generation: 1, seq: 9 } }),
        Just(Event::Refused { reason: "why".into(), platform_code: Some(1) }),
        Just(Event::NotEstablished { reason: "lost".into() }),
    ]
}

fn row(n: usize, order: u32, state: CommandState, due: Option<i64>) -> CommandRow {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.to_be_bytes());
    let id = CommandId::from_bytes(id);
    let command = Command::Note(Note { order: key(order), text: String::new(), base: String::new() });
    CommandRow {
        id: id.clone(),
        order: key(order),
        number: String::new(),
        place: i64::try_from(n).unwrap(),
        body: serde_json::to_string(&CommandBody { id, command: command.clone() }).unwrap(),
        command,
        state,
        due: due.map(Instant::from_ms),
        not_before: Instant::EPOCH,
        created_at: Instant::from_ms(i64::try_from(n).unwrap()),
        attempts: 0,
        first_incarnation: String::new(),
    }
}

proptest! {
    #[test]
    fn any_history_of_a_command_keeps_the_promises(history in vec(events(), 0..40)) {
        let mut command = row(1, 1, CommandState::Waiting, None);
        // Whether it may be at the relay, by what the phone was told.
        let mut may_be_there = false;
        for event in history {
            let Some(after) = machine::after(&command, &event) else { continue };
            prop_assert_ne!(&after.state, &command.state, "a step that is none is not written");
            prop_assert!(!command.state.has_ended(), "nothing follows the end");
            let same = CommandRow {
                state: command.state.clone(),
                attempts: command.attempts,
                first_incarnation: command.first_incarnation.clone(),
                ..after.clone()
            };
            prop_assert_eq!(&same, &command, "what it is never changes");
            prop_assert_eq!(after.attempts > command.attempts, matches!(event, Event::SetOff { .. }));
            prop_assert!(command.first_incarnation.is_empty() || after.first_incarnation == command.first_incarnation);
            match (&command.state, &event) {
                (_, Event::SetOff { .. }) => may_be_there = true,
                (CommandState::Sending, Event::NotTaken | Event::SwitchedOff { .. } | Event::Rejected { .. })
                | (_, Event::UnknownThere | Event::Refused { .. }) => may_be_there = false,
                _ => {}
            }
            if matches!(after.state, CommandState::Waiting | CommandState::Held { .. }) {
                prop_assert!(!may_be_there, "{:?} while it may be at the relay", after.state);
            }
            command = after;
        }
    }

    #[test]
    fn a_plan_keeps_lanes_limits_and_urgency(
        rows in vec((0..6_u32, states(), proptest::option::of(0..5_i64)), 0..30),
        flying in btree_set(0..30_usize, 0..6),
        late in btree_set(0..30_usize, 0..6),
        off in any::<bool>(),
    ) {
        let mut overlays = Overlays::default();
        let mut all = Vec::new();
        for (n, (order, state, due)) in rows.into_iter().enumerate() {
            let row = row(n, order, state, due);
            overlays.put(&row.order, &row.id, Some(row.clone()));
            all.push(row);
        }
        let named = |set: BTreeSet<usize>| -> BTreeSet<_> {
            set.into_iter().filter_map(|n| all.get(n)).map(|row| row.id.clone()).collect()
        };
        let (flying, late) = (named(flying), named(late));
        let gates = Gates {
            now: Duration::from_secs(10),
            road: Duration::ZERO,
            ready: late.iter().map(|id| (id.clone(), Duration::from_secs(11))).collect(),
            flying: flying.clone(),
            held: Some(off.then(|| ("note".to_owned(), "off".into())).into_iter().collect()),
        };
        let plan = plan(&overlays, &gates);
        prop_assert!(plan.errands.len() <= PARALLEL.saturating_sub(flying.len()));
        let mut lanes = BTreeSet::new();
        let mut last = None;
        for (id, errand) in &plan.errands {
            let row = overlays.get(id).unwrap();
            prop_assert!(lanes.insert(row.order.clone()), "one of a lane at a time");
            prop_assert!(!flying.contains(id) && !late.contains(id));
            let open: Vec<_> = overlays.of(&row.order).iter().filter(|row| !row.state.has_ended()).collect();
            prop_assert_eq!(&open[0].id, id, "nobody overtakes");
            match errand {
                Errand::Send => {
                    let may = matches!(row.state, CommandState::Waiting | CommandState::Held { .. });
                    prop_assert!(may && !off);
                }
                Errand::Ask => prop_assert!(matches!(row.state, CommandState::Checking | CommandState::Accepted)),
            }
            let due = open.iter().filter_map(|row| row.due).min().map_or(i64::MAX, Instant::ms);
            let rank = (row.state == CommandState::Accepted, due);
            prop_assert!(last <= Some(rank), "the urgent first");
            last = Some(rank);
        }
        let held_back = overlays.orders().any(|(_, lane)| {
            let first = lane.iter().find(|row| !row.state.has_ended());
            first.is_some_and(|row| {
                late.contains(&row.id) && !flying.contains(&row.id)
                    && matches!(row.state, CommandState::Checking | CommandState::Accepted)
            })
        });
        prop_assert!(!held_back || plan.wake.is_some(), "somebody has to wake for it");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Tap(u32),
    Wrong(Fault),
    Pass(u64),
    Feed,
    Kill,
    NewLife,
    Off(bool),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_u32).prop_map(Step::Tap),
        5 => prop_oneof![
            Just(Fault::NotConnected),
            Just(Fault::LostBefore),
            Just(Fault::LostAfter),
            Just(Fault::Silence),
            Just(Fault::Stranger("<html>")),
            Just(Fault::Refuse(shopkeeper_protocol::Refusal::Busy)),
            Just(Fault::Refuse(shopkeeper_protocol::Refusal::Unauthorized)),
        ].prop_map(Step::Wrong),
        6 => (0..400_u64).prop_map(Step::Pass),
        2 => Just(Step::Feed),
        2 => Just(Step::Kill),
        1 => Just(Step::NewLife),
        1 => any::<bool>().prop_map(Step::Off),
    ]
}

async fn live_through(steps: Vec<Step>) {
    let mut bench = Bench::started();
    bench.relay.act_at_once();
    let mut wishes = BTreeSet::new();
    for step in steps {
        match step {
            Step::Tap(order) => {
                wishes.insert(bench.tap(note(order, "x")));
            }
            Step::Wrong(fault) => bench.relay.go_wrong([fault]),
            Step::Pass(ms) => pass(ms).await,
            Step::Feed => bench.feed(1),
            Step::Kill => bench.restart().await,
            Step::NewLife => bench.relay.restart(),
            Step::Off(off) => bench.relay.hold(if off { &[("note", "switched_off")] } else { &[] }),
        }
    }
    bench.relay.hold(&[]);
    for _ in 0..400 {
        pass(5_000).await;
        bench.say_hello().await;
        bench.feed(1);
    }
    pass(10).await;
    let mut effects = bench.relay.effects();
    effects.sort();
    assert_eq!(effects, wishes.into_iter().collect::<Vec<_>>(), "each exactly once");
    assert!(bench.store().overlays().rows().next().is_none(), "all of it ends in the cache");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_happens_every_wish_takes_effect_once(steps in vec(steps(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(live_through(steps));
    }
}
