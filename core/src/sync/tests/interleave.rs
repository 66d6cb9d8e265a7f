//! However pages of the two feeds, changes at the relay, its restarts, and pages that come late or twice follow each other: the
//! phone ends with what the relay has.

use std::sync::Arc;

use proptest::prelude::*;
use shopkeeper_protocol::EntityKind;

use super::phone::{Phone, all_sinks};
use super::relay::FakeRelay;
use crate::sync::apply::{Ended, Pace, Page, apply_page_here, begin_anew};
use crate::sync::sink::Sinks;
use crate::sync::state::{First, Origin};
use crate::time::Instant;

#[derive(Debug, Clone)]
enum Event {
    Put(u32, u32),
    Remove(u32),
    Hurry(u32),
    Restart,
    BackUp,
    Restore,
    First(usize),
    Changes(usize),
    /// A page that was asked for earlier arrives (again).
    Late(usize),
    /// A page is stored up to some batch, and the process is killed.
    Killed(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..12_u32, 0..5_u32).prop_map(|(n, state)| Event::Put(n, state)),
        2 => (0..12_u32).prop_map(Event::Remove),
        1 => (0..12_u32).prop_map(Event::Hurry),
        1 => Just(Event::Restart),
        1 => Just(Event::BackUp),
        1 => Just(Event::Restore),
        5 => (1..5_usize).prop_map(Event::First),
        4 => (1..5_usize).prop_map(Event::Changes),
        2 => (0..20_usize).prop_map(Event::Late),
        1 => (1..5_usize).prop_map(Event::Killed),
    ]
}

struct World {
    relay: Arc<FakeRelay>,
    phone: Phone,
    sinks: Sinks,
    pages: Vec<Page>,
}

impl World {
    fn next_first(&self, limit: usize) -> Option<Page> {
        let mut state = self.phone.state();
        if state.is_adrift() {
            begin_anew(&self.phone.store).unwrap();
            state = self.phone.state();
        }
        let from = match state.first {
            First::Done => return None,
            First::NotBegun => None,
            First::Running(from) => Some(from),
        };
        let text = self.relay.first(from.as_deref(), limit).into();
        Page::new(text, Origin::First(from), state.generation)
    }

    fn next_changes(&self, limit: usize) -> Option<Page> {
        let state = self.phone.state();
        let after = state.cursor?;
        let text = self.relay.changes(&after, limit).into();
        Page::new(text, Origin::Changes(after), state.generation)
    }

    fn store(&mut self, page: Option<Page>) {
        let Some(page) = page else { return };
        if self.arrives(&page, 2) == Ended::Unproven {
            let state = self.phone.state();
            let seen = state.seen.unwrap();
            let text = self.relay.changes(&seen, 1).into();
            self.arrives(&Page::new(text, Origin::Proof(seen), state.generation).unwrap(), 2);
        } else {
            self.pages.push(page);
        }
    }

    fn arrives(&self, page: &Page, batch: usize) -> Ended {
        let pace = Pace { rows: batch, reads_beside: false };
        apply_page_here(&self.phone.store, &self.sinks, page.clone(), pace, Instant::EPOCH).unwrap().ended
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Put(n, state) => {
                self.relay.put_order(n, state);
            }
            Event::Remove(n) => self.relay.remove_order(n),
            Event::Hurry(n) => {
                let body = format!(r#"{{"order":"wx:{n:04}","kind":"hurry","at":{}}}"#, 1_790_000_000_000_i64);
                self.relay.put(EntityKind::OrderEvent, format!("wx:{n:04}:hurry").as_str().into(), Some(body));
            }
            Event::Restart => self.relay.restart(),
            Event::BackUp => self.relay.back_up(),
            Event::Restore => self.relay.restore(),
            Event::First(limit) => self.store(self.next_first(limit)),
            Event::Changes(limit) => self.store(self.next_changes(limit)),
            Event::Late(which) => {
                let page = self.pages.iter().rev().nth(which).cloned();
                // One of an earlier life would have been overtaken by requests, and they go one after the other.
                let life = self.phone.state().seen.map(|seen| seen.incarnation);
                if let Some(page) = page.filter(|page| Some(page.life()) == life.as_ref()) {
                    self.arrives(&page, 3);
                }
            }
            Event::Killed(lines) => {
                if let Some(page) = self.next_changes(10).or_else(|| self.next_first(10)) {
                    self.arrives(&page.cut(lines), 2);
                }
            }
        }
    }
}

async fn plays_out(events: Vec<Event>) -> (Vec<String>, Vec<String>) {
    let relay = Arc::new(FakeRelay::new());
    let phone = Phone::new(&relay);
    let mut world = World { relay: Arc::clone(&relay), phone, sinks: Sinks::new(all_sinks()), pages: Vec::new() };
    for event in events {
        world.happen(event);
    }
    world.phone.sync.now().await.unwrap();
    let fresh = Phone::new(&relay);
    fresh.sync.now().await.unwrap();
    (world.phone.content(), fresh.content())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_interleaving_ends_in_the_same_content(events in proptest::collection::vec(event(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (phone, fresh) = runtime.block_on(plays_out(events));
        prop_assert_eq!(phone, fresh);
    }
}

/// Once found by the property: what a page left out because it had changed again, and what a broken first page left behind.
#[tokio::test(start_paused = true)]
async fn a_relay_that_goes_back_owes_what_a_page_left_out() {
    use Event::{BackUp, Changes, First, Hurry, Killed, Put, Restore};
    let left_out = vec![First(1), Hurry(9), Put(9, 0), Put(0, 0), Put(1, 0), BackUp, Hurry(9), Changes(1), Restore];
    let left_behind = vec![BackUp, Put(0, 0), Put(0, 0), Put(1, 0), Killed(2), Restore];
    for events in [left_out, left_behind] {
        let (phone, fresh) = plays_out(events).await;
        assert_eq!(phone, fresh);
    }
}
