//! 出门前备齐: one verb that fetches what tomorrow needs, and says how complete it is.
//!
//! There is nothing to fetch that an ordinary pull would not bring: the first sync goes by importance and changes follow. What this adds is the
//! answer. It asks the relay to compare itself with the platform, pulls until caught up, and then looks at what is *here*: each part complete
//! or missing with the reason, the work that is still unsent, and the first deadline that will need a network. The look alone
//! ([`Sync::provisions`]) needs no network, and is what a screen shows before and after.
//!
//! A relay that is new reads the platform's past week by week, newest first, and does not have all at its first answer. With every page it
//! tells how far back it is whole, and whether it still reads. The run goes on until it does not, or until it gets nowhere: the platform keeps
//! failing, or nothing came for long. A relay of an older build says only the first, so that it is given less time to get further.
//!
//! Dropping the future is how it is cancelled: what is stored stays, and the next run fetches what changed since and what was still missing.
//!
//! What orders need exists so far: orders, carriers, rules. Pictures, chats, products and lessons take their places here as they come.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use shopkeeper_protocol::EntityKind;

use super::state::{First, SyncState};
use super::{Activity, RelayReading, Sync, SyncStatus};
use crate::deadlines;
use crate::error::CoreError;
use crate::home::Deadline;
use crate::observer::{Observer, lock};
use crate::orders::reach::Reach;
use crate::orders::{Freshness, OrderFilter, OrderTab};
use crate::outbox::OutboxSummary;
use crate::rulebook::Rulebook;
use crate::store::{StoreError, View};
use crate::time::{Instant, Span};

/// Closed orders younger than this are wanted.
const RECENT: Span = Span::hours(24 * 90);
/// Deadlines that are named before a shop goes out.
const NAMED: u16 = 20;
/// How often a relay that still reads the platform is asked how far it is.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// So many answers without a step, and a relay that does not say whether it reads is not waited for any longer.
const STANDS_STILL: u32 = 20;
/// And one that says so: a week of a large shop takes a while.
const HANGS: u32 = 120;

/// How complete everything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provisions {
    /// When this was looked at.
    pub at: Instant,
    /// 数据截至 of the orders, and how old that is.
    pub freshness: Freshness,
    pub parts: Vec<Part>,
    /// Work that the platform does not have yet.
    pub unsent: OutboxSummary,
    /// 「可离线到」: the first deadline to come that needs a network; `None`: none of those that are known does.
    pub offline_until: Option<Deadline>,
    /// Deadlines that are missed or will be within twelve hours, missed ones first; at most twenty.
    pub before_leaving: Vec<Deadline>,
    /// The trouble of the run that asked, as an error code for the words file; `None` if it went through.
    pub trouble: Option<&'static str>,
}

impl Provisions {
    /// Nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.iter().all(|part| part.missing.is_none())
    }
}

/// One thing that tomorrow needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub kind: PartKind,
    /// How many of them are here.
    pub here: u64,
    /// Why it is not complete; `None`: it is.
    pub missing: Option<Missing>,
}

/// See [`Part`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Orders of which more may follow.
    OpenOrders,
    /// Every order of the last 90 days.
    RecentOrders,
    /// What a waybill's company is called.
    Carriers,
    /// The rules by which deadlines are estimated. They come with the App.
    Rulebook,
}

/// Why a part is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "missing")]
pub enum Missing {
    /// Nothing was ever fetched.
    NeverFetched,
    /// It is still on its way. `left`: entities that are known to come.
    OnItsWay { left: u64 },
    /// Everything that the relay has is here; it does not have all of the platform yet. `since`: what was created since then is whole.
    RelayHasNotAll { since: Option<Instant> },
    /// So many could not be read, and stand aside.
    Unreadable { entities: u64 },
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum ProvisionStep {
    /// The relay compares itself with the platform.
    Asking,
    /// The first sync: history arrives. `left`: an estimate from the pace so far; `None` before there is one.
    Fetching { done: u64, total: u64, left: Option<Span> },
    /// Only what changed.
    FetchingChanges,
    /// Everything is here that there is; it is being looked at.
    Looking,
}

impl Sync {
    /// Fetches what tomorrow needs, and says how complete it is. A network that is gone or goes is no error here: what is missing then says
    /// so, and so does [`Provisions::trouble`]. Dropping the future cancels; what was fetched stays.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub async fn provision(&self, progress: Arc<dyn Observer<ProvisionStep>>) -> Result<Provisions, CoreError> {
        progress.on_change(ProvisionStep::Asking);
        let steps = Steps { told: Mutex::new(ProvisionStep::Asking), progress: Arc::clone(&progress) };
        let watch = self.watch(Arc::new(move |status: SyncStatus| steps.take(&status)));
        let fetched = match self.now().await {
            Ok(report) => self.follow(report.relay_reading).await,
            Err(error) => Err(error),
        };
        drop(watch);
        progress.on_change(ProvisionStep::Looking);
        let trouble = match fetched {
            Ok(()) => None,
            Err(error @ (CoreError::Closed | CoreError::StorageFull | CoreError::Storage { .. })) => return Err(error),
            Err(error) => Some(error.code()),
        };
        Ok(Provisions { trouble, ..self.look()? })
    }

    /// Pulls on as long as the relay itself does not have all and gets further. `reading`: what it said last.
    async fn follow(&self, mut reading: Option<RelayReading>) -> Result<(), CoreError> {
        let mut reached = self.relay_lacks()?;
        let mut still = 0;
        while let Some(before) = reached
            && still < patience(reading)
        {
            tokio::time::sleep(ASK_AGAIN).await;
            let report = self.0.pull().await?;
            reached = self.relay_lacks()?;
            reading = report.relay_reading;
            // Orders of a week come before the relay may say that the week is whole.
            let brought = reading == Some(RelayReading::Running) && report.changed > 0;
            still = if brought || reached != Some(before) { 0 } else { still.saturating_add(1) };
        }
        Ok(())
    }

    /// What is wanted and the relay does not have.
    fn relay_lacks(&self) -> Result<Option<Missing>, StoreError> {
        let lacks = |missing: &Missing| matches!(missing, Missing::RelayHasNotAll { .. });
        Ok(self.look()?.parts.into_iter().filter_map(|part| part.missing).find(lacks))
    }

    /// How complete everything is now, without asking anybody.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn provisions(&self) -> Result<Provisions, CoreError> {
        Ok(Provisions { trouble: self.status().trouble, ..self.look()? })
    }

    fn look(&self) -> Result<Provisions, StoreError> {
        let now = self.0.clock.now();
        self.0.store.view(|view| look(Rulebook::builtin(), now, view))
    }
}

/// How many answers without a step a relay is given.
fn patience(reading: Option<RelayReading>) -> u32 {
    match reading {
        Some(RelayReading::Running) => HANGS,
        None => STANDS_STILL,
        Some(RelayReading::Stuck | RelayReading::Ended) => 0,
    }
}

fn look(rulebook: &Rulebook, now: Instant, view: &View<'_>) -> Result<Provisions, StoreError> {
    let cache = &view.cache;
    let reach = Reach::read(cache)?;
    let state = cache.sync_state()?;
    let since = now.minus(RECENT);
    let count = |tab| -> Result<u64, StoreError> {
        Ok(cache.count(&OrderFilter { tab, ..OrderFilter::default() })?.at_least())
    };
    let unfinished =
        count(OrderTab::All)?.saturating_sub(count(OrderTab::Done)?).saturating_sub(count(OrderTab::Closed)?);
    let set_aside = |kind: &EntityKind| cache.set_aside_of(kind);
    let known_since = reach.coverage.created_since;
    let missing = |complete: bool, kind: EntityKind| -> Result<Option<Missing>, StoreError> {
        Ok(missing(&state, complete, known_since, set_aside(&kind)?))
    };
    let carriers = u64::try_from(cache.carriers()?.len()).unwrap_or(u64::MAX);
    let rules = u64::try_from(rulebook.rules().count()).unwrap_or(u64::MAX);
    let parts = vec![
        Part {
            kind: PartKind::OpenOrders,
            here: unfinished,
            missing: missing(reach.holds_all_open(), EntityKind::Order)?,
        },
        Part {
            kind: PartKind::RecentOrders,
            here: cache.created_since(since)?,
            missing: missing(reach.holds_since(since), EntityKind::Order)?,
        },
        Part { kind: PartKind::Carriers, here: carriers, missing: missing(carriers > 0, EntityKind::Carrier)? },
        Part { kind: PartKind::Rulebook, here: rules, missing: None },
    ];
    let address = rulebook.address_accepted_after();
    let deadlines = cache.next_deadlines(now, address, NAMED)?.deadlines;
    let deadlines: Vec<Deadline> = deadlines.into_iter().map(Deadline::from).collect();
    let soon = deadlines::due_before(rulebook, now);
    Ok(Provisions {
        at: now,
        freshness: reach.freshness(rulebook, now),
        parts,
        unsent: OutboxSummary::of(&view.local.overlays),
        offline_until: deadlines.iter().find(|deadline| deadline.at > now).cloned(),
        before_leaving: deadlines.into_iter().filter(|deadline| deadline.at <= soon).collect(),
        trouble: None,
    })
}

/// The reason why a part is not complete, the one that is nearest to being mended first.
fn missing(state: &SyncState, complete: bool, since: Option<Instant>, unreadable: u64) -> Option<Missing> {
    if complete && unreadable > 0 {
        return Some(Missing::Unreadable { entities: unreadable });
    }
    if complete {
        return None;
    }
    Some(match &state.first {
        First::NotBegun if state.cursor.is_none() => Missing::NeverFetched,
        First::NotBegun | First::Running(_) => {
            Missing::OnItsWay { left: state.progress.total.saturating_sub(state.progress.done) }
        }
        First::Done => Missing::RelayHasNotAll { since },
    })
}

/// Tells steps of what the sync says of itself.
struct Steps {
    progress: Arc<dyn Observer<ProvisionStep>>,
    /// What was told last.
    told: Mutex<ProvisionStep>,
}

impl Steps {
    fn take(&self, status: &SyncStatus) {
        let step = {
            let mut told = lock(&self.told);
            let step = match &status.activity {
                Activity::Idle => return,
                Activity::Pulling => ProvisionStep::FetchingChanges,
                Activity::FirstSync { done, total, left, .. } => {
                    ProvisionStep::Fetching { done: *done, total: *total, left: *left }
                }
            };
            if *told == step {
                return;
            }
            *told = step;
            step
        };
        self.progress.on_change(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::state::Progress;

    fn state(first: First) -> SyncState {
        let progress = Progress { stage: String::new(), done: 30, total: 100 };
        SyncState { generation: 1, cursor: None, seen: None, first, progress, kinds: String::new() }
    }

    #[test]
    fn what_is_missing_has_one_reason() {
        let since = Some(Instant::from_ms(7));
        let running = || state(First::Running("x".to_owned()));
        for (state, complete, unreadable, reason) in [
            (state(First::NotBegun), false, 0, Some(Missing::NeverFetched)),
            (running(), false, 2, Some(Missing::OnItsWay { left: 70 })),
            (running(), true, 0, None),
            (state(First::Done), false, 0, Some(Missing::RelayHasNotAll { since })),
            (state(First::Done), true, 2, Some(Missing::Unreadable { entities: 2 })),
            (state(First::Done), true, 0, None),
        ] {
            assert_eq!(missing(&state, complete, since, unreadable), reason, "{state:?}");
        }
    }
}
