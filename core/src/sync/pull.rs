//! One pull: from wherever the sync stands until everything that the relay has is here.
//!
//! Page after page is asked for and stored. Where the sync will stand after a page shows in its end line, before any of it is stored, so the
//! next page is asked for at once and is on its way meanwhile. It is taken only if the sync then stands where it was foreseen to; otherwise it
//! is dropped, and what is right is asked for. Requests still go one after the other, each after the whole answer of the one before, so a
//! relay cannot tell the difference.

use std::pin::{Pin, pin};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, MaybeDone, maybe_done};
use shopkeeper_protocol::{EntityKind, Refusal};
use tokio::time::Instant;

use super::apply::{self, Applied, Ended, Pace, Page};
use super::board::Busy;
use super::engine::Engine;
use super::plan::{Ask, Foreseen, Round, Step};
use super::state::{First, Origin, SyncState};
use super::{Activity, PullReport};
use crate::error::CoreError;
use crate::net::NetError;
use crate::store::{Store, StoreError};

/// The answer to a request.
struct Asked {
    origin: Origin,
    at: Instant,
    answer: Result<Bytes, NetError>,
}

/// A request that is on its way while a page is stored.
struct Ahead<'a> {
    /// Where the sync has to stand for its answer to be of use.
    state: SyncState,
    asked: Pin<Box<MaybeDone<BoxFuture<'a, Asked>>>>,
}

impl Ahead<'_> {
    /// Does something, and looks after the request until that is done.
    async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            let _ = self.asked.as_mut().poll(context);
            work.as_mut().poll(context)
        })
        .await
    }

    /// `None`: the answer was taken before.
    async fn answer(mut self) -> Option<Asked> {
        self.asked.as_mut().await;
        self.asked.as_mut().take_output()
    }
}

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
        let mut ahead: Option<Ahead<'_>> = None;
        loop {
            let state = self.store.run(|store| store.read(|reader| reader.sync_state())).await?;
            busy.is(activity(&state));
            let foreseen = match ahead.take() {
                Some(ahead) if ahead.state.is_where(&state) => ahead.answer().await,
                _ => None,
            };
            let Asked { origin, at, answer } = match foreseen {
                Some(asked) => asked,
                None => match round.next(&state, Instant::now()) {
                    Step::CaughtUp => return Ok(report),
                    Step::BeginAnew => {
                        self.store.run(apply::begin_anew).await?;
                        continue;
                    }
                    Step::Ask(ask) => self.ask(ask).await,
                },
            };
            let (of_first, proof) = (matches!(origin, Origin::First(_)), matches!(origin, Origin::Proof(_)));
            let text = match answer {
                Ok(text) => text,
                // The relay cannot go on from there (any more): the rows that came are good, the walk begins anew.
                Err(NetError::Refused(Refusal::BadRequest { .. }))
                    if matches!(origin, Origin::First(Some(_))) && !walked_again =>
                {
                    walked_again = true;
                    self.store.run(begin_first_again).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let page = Page::new(text, origin, state.generation)
                .ok_or_else(|| bad("a feed that does not begin with hello"))?;
            ahead = self.foresee(&round, &state, &page, at);
            let reset_before = report.reset;
            let storing = self.store_page(page);
            let applied = match &mut ahead {
                Some(ahead) => ahead.during(storing).await?,
                None => storing.await?,
            };
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
                Ended::Whole { more, .. } => round.took_changes(at, more),
            }
        }
    }

    async fn ask(&self, ask: Ask) -> Asked {
        let Ask { origin, limit } = ask;
        let at = Instant::now();
        let page = match &origin {
            Origin::Changes(after) | Origin::Proof(after) => self.relay.changes(after, limit).await,
            Origin::First(from) => self.relay.first(from.as_deref(), limit).await,
            // Nobody asks for what is given.
            Origin::Given => Err(NetError::Unreadable("a page that nobody asked for".to_owned())),
        };
        Asked { origin, at, answer: page.map(|page| page.text) }
    }

    /// Asks for what will come after a page that is not stored yet, if that can be told. Nothing is sent before it is looked after.
    fn foresee(&self, round: &Round, state: &SyncState, page: &Page, asked: Instant) -> Option<Ahead<'_>> {
        let (end, kinds) = (page.end()?, self.sinks.kinds());
        let page = Foreseen { origin: page.origin(), asked, life: page.life(), end: &end, kinds };
        let (state, ask) = round.foresee(state, &page, Instant::now())?;
        Some(Ahead { state, asked: Box::pin(maybe_done(self.ask(ask).boxed())) })
    }

    async fn store_page(&self, page: Page) -> Result<Applied, CoreError> {
        let pace = Pace::of((self.looking)());
        let applied = apply::apply_page(&self.store, &self.sinks, page, pace, self.clock.now()).await?;
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
