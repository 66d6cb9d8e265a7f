//! The worker: one task that decides what goes next, and up to four errands under way.
//!
//! Everything it knows beyond actions.db (waits, what is under way) is memory, and may be lost at any await: on the next start every
//! wait is over, and what was on its way is asked about first.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use shopkeeper_protocol::{CommandState as AtRelay, Hello, Refusal};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time;

use super::errand::{self, Ending, Report};
use super::machine::{self, Event};
use super::plan::{self, Errand, Gates, Tick};
use super::{Outbox, reconcile};
use crate::ids::CommandId;
use crate::net::{Backoff, NetError, Relay};
use crate::ports::{Link, Random};
use crate::store::outbox::CommandState;
use crate::store::{Commit, StoreError};

/// After the store itself failed.
const STORE_WAIT: Duration = Duration::from_secs(5);
/// A revoked device does not become a paired one by asking; a new pairing opens the road.
const SIGNED_OUT: Duration = Duration::from_secs(15 * 60);
/// The device says that there is no network: it may be wrong.
const OFFLINE_WAIT: Duration = Duration::from_secs(60);

type Flight = Pin<Box<dyn Future<Output = Report> + Send>>;

/// See the module.
pub(crate) struct Worker {
    outbox: Outbox,
    relay: Relay,
    random: Arc<dyn Random>,
    link: watch::Receiver<Link>,
    began: time::Instant,
    gates: Gates,
    /// Failures in a row of one command, or of the road.
    failures: BTreeMap<CommandId, u32>,
    road_failures: u32,
    incarnation: Option<String>,
    flights: FuturesUnordered<Flight>,
    /// The cache may know something that actions.db does not.
    news: bool,
}

impl Worker {
    pub(crate) fn new(outbox: Outbox, relay: Relay, random: Arc<dyn Random>, link: watch::Receiver<Link>) -> Self {
        Self {
            outbox,
            relay,
            random,
            link,
            began: time::Instant::now(),
            gates: Gates::default(),
            failures: BTreeMap::new(),
            road_failures: 0,
            incarnation: None,
            flights: FuturesUnordered::new(),
            news: true,
        }
    }

    /// Works until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut commits = self.outbox.inner().store.commits();
        let mut hello = self.relay.hello();
        let mut link = self.link.clone();
        let now = self.outbox.now();
        if let Err(error) = reconcile::expect_any_reading(&self.outbox.inner().store, now) {
            tracing::warn!(%error, "outbox: the cache could not be compared with what is done");
        }
        self.take_hello();
        loop {
            let wake = self.step().await;
            self.outbox.tell();
            let outbox = self.outbox.clone();
            tokio::select! {
                biased;
                Some(report) = self.flights.next() => self.take(report).await,
                commit = commits.recv() => match commit {
                    Ok(commit) => self.take_commit(&commit),
                    Err(RecvError::Lagged(_)) => self.news = true,
                    // The store lives as long as this task.
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = hello.changed() => self.take_hello(),
                Ok(()) = link.changed() => {
                    let link = *link.borrow_and_update();
                    self.take_link(link);
                }
                () = outbox.inner().road.notified() => self.open_road(),
                () = outbox.inner().nudge.notified() => {}
                () = sleep_until(wake.map(|wake| self.began + wake)) => {}
            }
        }
    }

    /// Does what can be done now; says when to look again.
    async fn step(&mut self) -> Option<Tick> {
        if self.outbox.inner().hurry.swap(false, Ordering::AcqRel) {
            self.open_road();
        }
        let mut wake = None;
        if self.news {
            match self.reconcile().await {
                Ok(()) => self.news = false,
                Err(error) => {
                    tracing::warn!(%error, "outbox: outcomes could not be taken over");
                    wake = Some(self.began.elapsed() + STORE_WAIT);
                }
            }
        }
        loop {
            self.gates.now = self.began.elapsed();
            let overlays = self.outbox.inner().store.overlays();
            let plan = plan::plan(&overlays, &self.gates_with_windows());
            let mut changed = false;
            for id in plan.lost_sight {
                changed |= self.record(&id, Event::LostSight).await;
            }
            for (id, reason) in plan.hold {
                changed |= self.record(&id, Event::SwitchedOff { reason }).await;
            }
            for (id, errand) in plan.errands {
                let Some(row) = overlays.get(&id).cloned() else { continue };
                self.gates.flying.insert(id);
                let store = self.outbox.inner().store.clone();
                self.flights.push(Box::pin(errand::run(store, self.relay.clone(), row, errand)));
            }
            if !changed {
                return wake.into_iter().chain(plan.wake).chain(self.next_window()).min();
            }
        }
    }

    /// The gates, with the undo windows that are open now.
    fn gates_with_windows(&self) -> Gates {
        let mut gates = self.gates.clone();
        for (id, end) in self.outbox.windows() {
            let end = end.saturating_duration_since(self.began);
            let ready = gates.ready.entry(id).or_default();
            *ready = end.max(*ready);
        }
        gates
    }

    /// When the next undo window closes, so that the watchers see it close.
    fn next_window(&self) -> Option<Tick> {
        self.outbox.windows().values().min().map(|end| end.saturating_duration_since(self.began))
    }

    async fn reconcile(&mut self) -> Result<(), StoreError> {
        // What was taken over may be shown by the cache already.
        while self.outbox.inner().store.run(reconcile::reconcile).await? {}
        let overlays = self.outbox.inner().store.overlays();
        let here = |id: &CommandId| overlays.get(id).is_some();
        self.gates.ready.retain(|id, _| here(id));
        self.failures.retain(|id, _| here(id));
        Ok(())
    }

    async fn record(&mut self, id: &CommandId, event: Event) -> bool {
        match errand::record(&self.outbox.inner().store, id, event).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "outbox: what happened could not be recorded");
                self.gates.ready.insert(id.clone(), self.began.elapsed() + STORE_WAIT);
                false
            }
        }
    }

    async fn take(&mut self, report: Report) {
        self.gates.flying.remove(&report.id);
        // It may be why the errand turned back; unseen, the same errand would be planned again at once.
        self.take_hello();
        let id = report.id;
        let event = match report.ending {
            Ending::Moved => return,
            Ending::NotRecorded(error) => {
                tracing::warn!(%error, "outbox: an attempt could not be recorded");
                self.gates.ready.insert(id, self.began.elapsed() + STORE_WAIT);
                return;
            }
            Ending::NoRoad(error) => {
                self.road_is_closed(&error);
                return;
            }
            Ending::Back(Ok((hello, status))) => {
                self.road_failures = 0;
                if report.errand == Errand::Send {
                    self.failures.remove(&id);
                }
                self.of_status(&hello, status.state)
            }
            Ending::Back(Err(error)) => {
                if machine::closes_the_road(&error) {
                    self.road_is_closed(&error);
                }
                match report.errand {
                    Errand::Send => Some(machine::of_failed_send(&error)),
                    Errand::Ask => machine::of_failed_question(&error),
                }
            }
        };
        let schedule = match &event {
            Some(Event::AtRelay) => Some(Backoff::OUTCOME),
            Some(Event::NotTaken | Event::SwitchedOff { .. }) => Some(Backoff::SEND),
            Some(Event::AnswerLost) | None => Some(Backoff::ASK),
            // Proof: go on at once. Whatever ended needs no wait.
            _ => None,
        };
        match schedule {
            Some(schedule) => {
                let failures = self.failures.entry(id.clone()).or_default();
                *failures = failures.saturating_add(1);
                let wait = schedule.wait(*failures, &*self.random);
                self.gates.ready.insert(id.clone(), self.began.elapsed() + wait);
            }
            None => {
                self.gates.ready.remove(&id);
            }
        }
        if let Some(event) = event {
            self.record(&id, event).await;
        }
    }

    /// What the relay's own word for a command means.
    fn of_status(&self, hello: &Hello, state: AtRelay) -> Option<Event> {
        match state {
            AtRelay::Accepted | AtRelay::Sending => Some(Event::AtRelay),
            AtRelay::Ended { outcome } => {
                self.outbox.inner().wants_pull.notify_one();
                let done = matches!(outcome.verdict, shopkeeper_protocol::Verdict::Done { .. });
                match self.generation_of(hello) {
                    Some(generation) => Some(machine::of_verdict(&outcome.verdict, generation)),
                    // Its sequence may be counted in a history that this phone has yet to learn of; the feed will tell both.
                    None if done => Some(Event::AtRelay),
                    None => Some(machine::of_verdict(&outcome.verdict, 0)),
                }
            }
        }
    }

    /// The generation in which this relay's sequence is counted, if the cache stands in the very same incarnation.
    fn generation_of(&self, hello: &Hello) -> Option<i64> {
        let state = self.outbox.inner().store.read(|cache| cache.sync_state()).ok()?;
        state.cursor.is_some_and(|cursor| cursor.incarnation == hello.incarnation).then_some(state.generation)
    }

    fn road_is_closed(&mut self, error: &NetError) {
        self.road_failures = self.road_failures.saturating_add(1);
        let wait = match error {
            NetError::NoToken | NetError::Refused(Refusal::Unauthorized) => SIGNED_OUT,
            _ => Backoff::SEND.wait(self.road_failures, &*self.random),
        };
        tracing::debug!(%error, wait_ms = wait.as_millis(), "outbox: no way to the relay");
        self.gates.road = self.gates.road.max(self.began.elapsed() + wait);
    }

    /// Every wait that was on for want of a relay is over. Undo windows are not such waits, nor is the one for the feed.
    fn open_road(&mut self) {
        self.gates.road = Tick::ZERO;
        self.road_failures = 0;
        let overlays = self.outbox.inner().store.overlays();
        let is_there = |id: &CommandId| overlays.get(id).is_some_and(|row| row.state == CommandState::Accepted);
        self.gates.ready.retain(|id, _| is_there(id));
        self.failures.retain(|id, _| is_there(id));
    }

    fn take_commit(&mut self, commit: &Commit) {
        self.news |= commit.touched.commands || commit.touched.any_order();
    }

    fn take_hello(&mut self) {
        let Some(hello) = self.relay.last_hello() else { return };
        let held = hello.held.iter().map(|held| (held.kind.clone(), held.reason.clone())).collect();
        let incarnation = hello.incarnation.to_string();
        if self.gates.held.as_ref() != Some(&held) || self.incarnation.as_ref() != Some(&incarnation) {
            // Another life of the relay, or another mind: what it has and what it takes is to be asked again.
            self.open_road();
            self.gates.ready.clear();
        }
        self.gates.held = Some(held);
        self.incarnation = Some(incarnation);
    }

    fn take_link(&mut self, link: Link) {
        match link {
            Link::Online | Link::Weak => self.open_road(),
            Link::Offline => {
                self.relay.forget_freshness();
                self.gates.road = self.gates.road.max(self.began.elapsed() + OFFLINE_WAIT);
            }
        }
    }
}

async fn sleep_until(when: Option<time::Instant>) {
    match when {
        Some(when) => time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}
