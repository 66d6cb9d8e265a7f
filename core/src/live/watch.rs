//! [`Watch`]: one query, its observer, and what was told last.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time;

use super::{CLOCK_CHECK, FRAME, News, Query, Reading, Renewal, Snapshot as _};
use crate::error::CoreError;
use crate::observer::{Dispatcher, Observer, Slot, Watched, lock};
use crate::orders::Window;
use crate::store::Commit;
use crate::time::{Corrected, Instant, Span};

/// After a read that failed, unless something gives reason to read before.
const RETRY: Span = Span::minutes(1);

/// A watch, whatever it is a watch of.
pub(super) trait Watching: Send + Sync {
    /// Something was committed.
    fn hear(&self, commit: &Commit);
    /// The answer may be another one, whatever was committed.
    fn touch(&self);
    /// Reads, and tells what is new.
    fn refresh(&self);
    /// When it has to be read again; `None`: not before something happens.
    fn due(&self) -> Option<time::Instant>;
    fn is_ended(&self) -> bool;
}

pub(super) struct Watch<Q: Query> {
    query: Q,
    slot: Arc<Slot<Q::Snapshot>>,
    clock: Corrected,
    dispatcher: Dispatcher,
    nudge: Arc<Notify>,
    /// When it was made: the first look is due from then on.
    made: time::Instant,
    heard: Mutex<Heard>,
    /// What was told last. Locked while the query runs, so that a later answer is told later.
    told: Mutex<Option<Q::Snapshot>>,
    times: Mutex<Times>,
}

/// What was heard since the last look.
#[derive(Debug, Default)]
struct Heard {
    news: News,
    /// The answer has to be read, whatever the news are.
    read: bool,
}

/// Beyond this many commits since the last look, a read costs less than going through them.
const COMMITS: usize = 32;

impl Heard {
    fn is_empty(&self) -> bool {
        !self.read && self.news.commits.is_empty()
    }

    /// Takes what was heard; the number of the last commit stays known.
    fn take(&mut self) -> Self {
        let next = News { commits: Vec::new(), serial: self.news.serial };
        std::mem::replace(self, Self { news: next, read: false })
    }
}

#[derive(Debug, Clone, Copy)]
struct Times {
    /// When it ran last, if it did.
    ran: Option<time::Instant>,
    changes_at: Option<Instant>,
    /// The last look failed: what was told is older than what was heard, and nothing can be built on it.
    failed: bool,
}

impl<Q: Query> Watch<Q> {
    pub(super) fn new(
        query: Q,
        observer: Arc<dyn Observer<Q::Snapshot>>,
        clock: Corrected,
        dispatcher: Dispatcher,
        nudge: Arc<Notify>,
    ) -> Arc<Self> {
        let times = Times { ran: None, changes_at: None, failed: false };
        Arc::new(Self {
            query,
            slot: Slot::new(observer),
            clock,
            dispatcher,
            nudge,
            made: time::Instant::now(),
            heard: Mutex::default(),
            told: Mutex::default(),
            times: Mutex::new(times),
        })
    }
}

impl<Q: Query> Watch<Q> {
    /// What news make of the answer that was told; `None`: it is still true.
    fn look(&self, told: Option<&Q::Snapshot>, heard: &Heard) -> Result<Option<Reading<Q::Snapshot>>, CoreError> {
        if let Some(told) = told.filter(|_| !heard.read && !self.is_out_of_date()) {
            match self.query.renew(told, &heard.news)? {
                Renewal::Same => return Ok(None),
                Renewal::Other(reading) => return Ok(Some(reading)),
                Renewal::Read => {}
            }
        }
        self.query.read(told).map(Some)
    }

    /// Whether the answer that was told is no ground to build on: it is another one by time alone, or news of it were lost.
    fn is_out_of_date(&self) -> bool {
        let Times { changes_at, failed, .. } = *lock(&self.times);
        failed || changes_at.is_some_and(|at| at <= self.clock.now())
    }
}

impl<Q: Query> Watching for Watch<Q> {
    fn hear(&self, commit: &Commit) {
        let mut heard = lock(&self.heard);
        heard.news.serial = commit.serial;
        if heard.read || !self.query.is_about(&commit.touched) {
            return;
        }
        heard.news.commits.push(commit.clone());
        if heard.news.commits.len() > COMMITS {
            heard.news.commits.clear();
            heard.read = true;
        }
    }

    fn touch(&self) {
        let mut heard = lock(&self.heard);
        heard.news.commits.clear();
        heard.read = true;
    }

    fn refresh(&self) {
        let mut told = lock(&self.told);
        if self.is_ended() {
            return;
        }
        // Before the look: whatever is heard from here on may be missing in the answer.
        let heard = lock(&self.heard).take();
        let looked = self.look(told.as_ref(), &heard);
        let ran = Some(time::Instant::now());
        let (mut snapshot, changes_at) = match looked {
            Ok(Some(Reading { snapshot, changes_at })) => (snapshot, changes_at),
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(%error, "a live query could not be read");
                let changes_at = Some(self.clock.now().plus(RETRY));
                *lock(&self.times) = Times { ran, changes_at, failed: true };
                return;
            }
        };
        *lock(&self.times) = Times { ran, changes_at, failed: false };
        let is_known = told.as_mut().is_some_and(|told| {
            *told.revision_mut() = *snapshot.revision_mut();
            *told == snapshot
        });
        if !is_known {
            *told = Some(snapshot.clone());
            self.slot.put(snapshot, &self.dispatcher);
        }
    }

    fn due(&self) -> Option<time::Instant> {
        let Times { ran, changes_at, .. } = *lock(&self.times);
        let earliest = ran.map_or(self.made, |ran| ran + FRAME);
        if !lock(&self.heard).is_empty() {
            return Some(earliest);
        }
        let left = changes_at?.since(self.clock.now()).as_wait();
        Some(earliest.max(time::Instant::now() + left.min(CLOCK_CHECK)))
    }

    fn is_ended(&self) -> bool {
        self.slot.is_ended()
    }
}

impl<Q: Query> Watched for Watch<Q> {
    fn end(&self) {
        self.slot.end();
    }

    fn move_to(&self, window: Window) {
        if !self.query.move_to(window) {
            return;
        }
        self.touch();
        // A list that is scrolled fast asks more often than a screen can show; the task takes those in its next frame.
        if self.due().is_some_and(|due| due <= time::Instant::now()) {
            self.refresh();
        }
        self.nudge.notify_one();
    }

    fn look_again(&self) {
        self.touch();
        self.nudge.notify_one();
    }
}
