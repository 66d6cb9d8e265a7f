//! The sweep: the relay compares itself with the platform.
//!
//! # Three walks
//!
//! *Updates* ([`updates`]): windows by update time, from where the last sweep ended (and a little before) to now. This is what the relay's
//! word about completeness rests on; its mark moves only once a whole window is stored. *The first fill* ([`fill`]): windows by creation time,
//! newest first, what is open before the history, in steps that are remembered, so that it goes on after any restart. What changed meanwhile,
//! the updates bring: they begin when the fill does. *Hints* ([`hints`]): single entities that a push named or whose reading failed.
//!
//! With each page a phone hears how the first fill fares: it runs, it is stuck because steps fail one after another, it ended.
//!
//! They run side by side, so that neither a long history nor a long night without network keeps a new order waiting; the reader sees to it
//! that no entity is read twice at once ([`reader`]).
//!
//! # Two kinds
//!
//! Orders and after-sales are followed alike, each with its own marks ([`Followed`]). Orders go first: they are what a shop cannot do
//! without, and they name their unfinished after-sales, which the platform does not list by status. What keeps after-sales waiting, a quota
//! of theirs or a failure, keeps no order waiting. A shop that may not ask for them is followed all the same; the relay then claims nothing
//! about after-sales, not even that there are none.
//!
//! # When something cannot be read
//!
//! An entity keeps its last good state. If the platform has it and the relay cannot read it, it is counted, tried again ever more seldom, and
//! stops nobody else; while such a one was never read at all, the relay claims no completeness of its
//! kind. If the platform only fails to answer, the
//! walk stops where it is and goes on later, unless it is always the same entity ([`HOLDS`]).

mod backoff;
mod facts;
mod fill;
mod hints;
mod listing;
pub(crate) mod reader;
mod updates;
mod windows;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use shopkeeper_protocol::{EntityKey, EntityKind, FirstReading, Watermark, reason};
use tokio::sync::{Mutex, Notify};

pub(crate) use backoff::after as ask_again_at;

use crate::platform::{Followed, Platform, PlatformError};
use crate::ports::Clock;
use crate::store::{FillRow, Store, StoreError, Tx};
use reader::EntityReader;

/// Entities read and stored together.
const CHUNK: usize = 64;
/// Failures in a row after which an entity that the platform does not give no longer holds back everything else.
const HOLDS: u32 = 5;
/// Times that an entity has to be said not to exist before the relay believes it of one that it has.
const GONE: u32 = 3;
/// Steps of the first fill that fail in a row before the relay says that it is stuck. A platform that is busy for a moment is not worth
/// the word.
const STUCK: u32 = 3;
/// Longest wait of a loop, in ms. Clocks are put forward, laptops sleep, and the clock of a demonstration runs ahead of the timers.
const LONGEST_WAIT: i64 = 5_000;

/// How the sweep goes about it.
#[derive(Debug, Clone)]
pub(crate) struct SweepConfig {
    /// Between two comparisons.
    pub(crate) every: Duration,
    /// How far a comparison reaches back behind the one before, in seconds.
    pub(crate) overlap: i64,
    /// How much history the relay keeps.
    pub(crate) history_days: u32,
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self { every: Duration::from_secs(60), overlap: 300, history_days: 730 }
    }
}

/// See the module. Cloning shares everything.
#[derive(Clone)]
pub(crate) struct Sweeper(Arc<Inner>);

struct Inner {
    store: Store,
    platform: Arc<dyn Platform>,
    clock: Clock,
    reader: EntityReader,
    config: SweepConfig,
    /// Sweeps begun.
    begun: AtomicU64,
    /// Held by the sweep that runs; the last one that came to its end.
    turn: Mutex<Option<(u64, SweepReport)>>,
    /// When after-sales are asked for again after a failure. It is theirs alone: orders have quotas of their own.
    resting: Mutex<Rest>,
    /// Held during a step of the first fill.
    filling: Each<Mutex<()>>,
    asked: Each<Notify>,
}

/// One for each kind.
#[derive(Default)]
struct Each<T> {
    orders: T,
    after_sales: T,
}

impl<T> Each<T> {
    fn of(&self, of: Followed) -> &T {
        match of {
            Followed::Orders => &self.orders,
            Followed::AfterSales => &self.after_sales,
        }
    }
}

/// After failures in a row.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    failures: u32,
    /// Unix ms.
    until: i64,
    /// The platform does not let this shop ask at all; see [`is_shut`].
    shut: bool,
}

/// How a sweep ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SweepReport {
    /// All orders that the platform had were read, and the shop's own facts.
    pub(crate) orders: bool,
    /// All after-sales that it gives were.
    pub(crate) after_sales: bool,
    pub(crate) watermarks: Vec<Watermark>,
}

impl SweepReport {
    /// Whether everything that the platform had of some kinds was read.
    pub(crate) fn is_complete(&self, kinds: &BTreeSet<EntityKind>) -> bool {
        self.orders && (self.after_sales || !kinds.contains(&EntityKind::AfterSale))
    }
}

/// Why a walk stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sweeper {
    pub(crate) fn new(
        store: Store,
        platform: Arc<dyn Platform>,
        clock: Clock,
        reader: EntityReader,
        config: SweepConfig,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            platform,
            clock,
            reader,
            config,
            begun: AtomicU64::new(0),
            turn: Mutex::new(None),
            resting: Mutex::default(),
            filling: Each::default(),
            asked: Each::default(),
        }))
    }

    /// Compares for as long as it is polled.
    pub(crate) async fn run(self) {
        tokio::join!(
            self.keep_updated(),
            self.keep_filling(),
            self.keep_hinted(Followed::Orders),
            self.keep_hinted(Followed::AfterSales),
        );
    }

    fn now(&self) -> i64 {
        (self.0.clock)()
    }

    /// Reads entities and stores them, a chunk at a time. What cannot be read is noted down to be tried again.
    async fn read_all(&self, of: Followed, keys: Vec<EntityKey>) -> Result<(), SweepError> {
        for chunk in keys.chunks(CHUNK) {
            let answers = self.0.reader.read_all(of, chunk.iter().cloned().collect()).await?;
            let failed = answers.into_iter().filter_map(|(key, answer)| Some((key, answer.err()?)));
            let failed: Vec<_> = failed.collect();
            if failed.is_empty() {
                continue;
            }
            let now = self.now();
            let stop = self.0.store.write(move |tx| note_failures(tx, of, failed, now)).await?;
            self.0.asked.of(of).notify_one();
            if let Some(error) = stop {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Sleeps until an instant of the wall clock, or not quite if it is far: the clock is looked at again.
    async fn sleep_until(&self, instant: i64) {
        let wait = instant.saturating_sub(self.now()).clamp(0, LONGEST_WAIT);
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
    }

    /// Waits until an instant, however far it is.
    async fn wait_until(&self, instant: i64) {
        while self.now() < instant {
            self.sleep_until(instant).await;
        }
    }

    /// When to go on after a failure, which is logged here. Platform errors carry codes, never content.
    fn after_failure(&self, walk: &'static str, error: &SweepError, failures: u32) -> i64 {
        match error {
            SweepError::Platform(error) => {
                tracing::warn!(walk, %error, failures, "the platform could not be read; trying again later");
                backoff::after(error, failures, self.now())
            }
            SweepError::Store(error) => {
                tracing::error!(walk, %error, "the store failed; trying again later");
                self.now().saturating_add(backoff::doubling(failures, 1_000, 60_000))
            }
        }
    }
}

/// Whether the platform does not let this shop ask for a kind at all.
fn is_shut(error: &SweepError) -> bool {
    matches!(error, SweepError::Platform(PlatformError::Refused { reason, .. }) if reason.as_str() == reason::NOT_PERMITTED)
}

/// Notes down readings that failed. Gives the error that has to stop the walk, if there is one.
fn note_failures(
    tx: &Tx<'_>,
    of: Followed,
    failed: Vec<(EntityKey, PlatformError)>,
    now: i64,
) -> Result<Option<PlatformError>, StoreError> {
    let (mut stop, kind) = (None, of.kind());
    for (key, error) in failed {
        let again = |failures| backoff::after(&error, failures, now);
        match &error {
            // Nothing of this is about one entity.
            PlatformError::NotConnected
            | PlatformError::Limited { .. }
            | PlatformError::BadCredentials { .. }
            | PlatformError::WindowSpoiled { .. }
            | PlatformError::WindowTooFull { .. }
            | PlatformError::Refused { .. } => stop = Some(error),
            PlatformError::Lost(_) | PlatformError::Busy { .. } => {
                if tx.failed_read(&kind, &key, again)? < HOLDS {
                    stop = Some(error);
                } else {
                    tracing::warn!(%key, %error, "the platform does not give an entity; going on without it");
                }
            }
            PlatformError::Unreadable(_) => {
                let failures = tx.failed_read(&kind, &key, again)?;
                tracing::warn!(%key, %error, failures, "an entity cannot be read; its last good state stays");
            }
            PlatformError::NotFound { .. } => {
                let known = tx.entity(&kind, &key)?.is_some();
                if !known || tx.failed_read(&kind, &key, again)? >= GONE {
                    tracing::warn!(%key, known, "the platform has no such entity");
                    tx.bury(&kind, &key, now)?;
                    tx.forget_read(&key)?;
                }
            }
        }
    }
    Ok(stop)
}

/// Says how far the relay has seen one kind at the platform: only what is stored.
fn tell(tx: &Tx<'_>, of: Followed, history_days: u32) -> Result<(), StoreError> {
    let kind = of.kind();
    let row = tx.walk(&kind)?;
    let whole = !tx.lacks_one(&kind)?;
    // Whether a step is left does not hang on how long it is.
    let left = row.fill.is_none_or(|fill| fill.next(history_days, |_| i64::MAX).is_some());
    let first_reading = match left {
        true if row.fill_failures >= STUCK => FirstReading::Stuck,
        true => FirstReading::Running,
        false => FirstReading::Ended,
    };
    let fill = row.fill.filter(|_| whole);
    tx.set_watermark(&Watermark {
        kind,
        as_of: row.swept_to.map(|seconds| seconds.saturating_mul(1_000)),
        open_complete: fill.is_some_and(|fill| fill.open_complete(history_days)),
        created_since: fill.and_then(|fill: FillRow| fill.created_since()),
        first_reading: Some(first_reading),
    })
}
