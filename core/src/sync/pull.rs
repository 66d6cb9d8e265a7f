//! One pull: from wherever the sync stands until everything that the relay has is here.

use shopkeeper_protocol::{EntityKind, Refusal};
use tokio::time::Instant;

use super::apply::{self, Applied, BATCH_SEEN, BATCH_UNSEEN, Ended, Page};
use super::board::Busy;
use super::engine::Engine;
use super::plan::{Round, Step};
use super::state::{First, Origin, SyncState};
use super::{Activity, PullReport};
use crate::error::CoreError;
use crate::net::NetError;
use crate::store::{Store, StoreError};

impl Engine {
    /// Pulls until caught up. Whoever calls while another pull runs waits for it and then has little left to do. May be dropped
    /// anywhere: what is stored is stored, and the next pull goes on there.
    pub(super) async fn pull(&self) -> Result<PullReport, CoreError> {
        let _turn = self.turn.lock().await;
        let result = self.pull_in_turn().await;
        let trouble = result.as_ref().err().map(CoreError::code);
        self.board.change(|status| status.trouble = trouble);
        if trouble.is_none() {
            self.failures.store(0, std::sync::atomic::Ordering::Relaxed);
        }
        result
    }

    async fn pull_in_turn(&self) -> Result<PullReport, CoreError> {
        let busy = Busy::new(&self.board);
        self.prepare().await?;
        let mut round = Round::default();
        let mut report = PullReport::default();
        let mut walked_again = false;
        loop {
            let state = self.store.run(|store| store.read(|reader| reader.sync_state())).await?;
            busy.is(activity(&state));
            let asked = Instant::now();
            let (text, origin) = match round.next(&state, asked) {
                Step::CaughtUp => return Ok(report),
                Step::BeginAnew => {
                    self.store.run(apply::begin_anew).await?;
                    continue;
                }
                Step::Prove(seen) => (self.relay.changes(&seen, 1).await?.text, Origin::Proof(seen)),
                Step::First { from, limit } => match self.relay.first(from.as_deref(), limit).await {
                    Ok(page) => (page.text, Origin::First(from)),
                    // The relay cannot go on from there (any more): the rows that came are good, the walk begins anew.
                    Err(NetError::Refused(Refusal::BadRequest { .. })) if from.is_some() && !walked_again => {
                        walked_again = true;
                        self.store.run(begin_first_again).await?;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
                Step::Changes { after, limit } => {
                    (self.relay.changes(&after, limit).await?.text, Origin::Changes(after))
                }
            };
            let (of_first, proof) = (matches!(origin, Origin::First(_)), matches!(origin, Origin::Proof(_)));
            let reset_before = report.reset;
            let applied = self.store_page(text, origin, &state).await?;
            report += applied.report;
            match applied.ended {
                Ended::Whole { moved: false, more: true } => return Err(bad("a feed that does not go on")),
                Ended::BrokenOff => return Err(bad("a feed page without its end")),
                // It would keep the phone busy for ever.
                Ended::Reset if reset_before => return Err(bad("a feed that resets itself again and again")),
                Ended::Reset | Ended::Stale => round = Round::default(),
                Ended::Unproven if round.needs_proof() => {}
                Ended::Unproven => return Err(bad("two servers at one address")),
                Ended::Whole { .. } if proof => round.proven(),
                Ended::Whole { more, .. } if of_first => {
                    if !more {
                        self.store.run(apply::build_missing_indexes).await?;
                    }
                    round.took_first(!more);
                }
                Ended::Whole { more, .. } => round.took_changes(asked, more),
            }
        }
    }

    async fn store_page(&self, text: bytes::Bytes, origin: Origin, state: &SyncState) -> Result<Applied, CoreError> {
        let batch = if (self.looking)() { BATCH_SEEN } else { BATCH_UNSEEN };
        let page =
            Page::new(text, origin, state.generation).ok_or_else(|| bad("a feed that does not begin with hello"))?;
        let applied = apply::apply_page(&self.store, &self.sinks, page, batch, self.clock.now()).await?;
        self.tell_reach()?;
        Ok(applied)
    }

    /// Takes what only the store knows into the status.
    pub(super) fn tell_reach(&self) -> Result<(), StoreError> {
        let (as_of, set_aside) = reach(&self.store)?;
        self.board.change(|status| {
            status.as_of = as_of;
            status.set_aside = set_aside;
        });
        Ok(())
    }

    /// Once per run: what an earlier build passed over or could not read, this one may be able to.
    async fn prepare(&self) -> Result<(), StoreError> {
        if self.prepared.load(std::sync::atomic::Ordering::Acquire) {
            return Ok(());
        }
        let sinks = self.sinks.clone();
        self.store
            .run(move |store| {
                apply::read_set_aside_again(store, &sinks)?;
                apply::build_missing_indexes(store)?;
                let state = store.read(|reader| reader.sync_state())?;
                let had: Vec<&str> = state.kinds.split(' ').collect();
                let news = sinks.kinds().split(' ').any(|kind| !had.contains(&kind));
                if news && state.first != First::NotBegun { begin_first_again(store) } else { Ok(()) }
            })
            .await?;
        self.prepared.store(true, std::sync::atomic::Ordering::Release);
        self.tell_reach()
    }
}

/// What a status takes from the store: 数据截至, and how much stands aside.
pub(super) fn reach(store: &Store) -> Result<(Option<crate::time::Instant>, u64), StoreError> {
    store.read(|reader| Ok((reader.watermark(&EntityKind::Order)?, reader.set_aside_count()?)))
}

fn begin_first_again(store: &Store) -> Result<(), StoreError> {
    store.write_cache(|tx| {
        let mut state = tx.reader().sync_state()?;
        state.begin_first_again();
        tx.put_sync_state(&state)
    })
}

fn bad(what: &str) -> CoreError {
    CoreError::BadAnswer { what: what.to_owned() }
}

fn activity(state: &SyncState) -> Activity {
    if state.first == First::Done {
        return Activity::Pulling;
    }
    let progress = &state.progress;
    // The board knows what came before this, and with that the pace.
    Activity::FirstSync { stage: progress.stage.clone(), done: progress.done, total: progress.total, left: None }
}
