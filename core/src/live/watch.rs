//! [`Watch`]: one query, its observer, and what was told last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time;

use super::{CLOCK_CHECK, FRAME, Query, Reading, Snapshot as _};
use crate::observer::{Dispatcher, Observer, Slot, Watched, lock};
use crate::orders::Window;
use crate::store::Touched;
use crate::time::{Corrected, Instant, Span};

/// After a read that failed, unless something gives reason to read before.
const RETRY: Span = Span::minutes(1);

/// A watch, whatever it is a watch of.
pub(super) trait Watching: Send + Sync {
    fn is_about(&self, touched: &Touched) -> bool;
    /// The answer may be another one.
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
    touched: AtomicBool,
    /// What was told last. Locked while the query runs, so that a later answer is told later.
    told: Mutex<Option<Q::Snapshot>>,
    times: Mutex<Times>,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    /// When it ran last, if it did.
    ran: Option<time::Instant>,
    changes_at: Option<Instant>,
}

impl<Q: Query> Watch<Q> {
    pub(super) fn new(
        query: Q,
        observer: Arc<dyn Observer<Q::Snapshot>>,
        clock: Corrected,
        dispatcher: Dispatcher,
        nudge: Arc<Notify>,
    ) -> Arc<Self> {
        let times = Times { ran: None, changes_at: None };
        Arc::new(Self {
            query,
            slot: Slot::new(observer),
            clock,
            dispatcher,
            nudge,
            touched: AtomicBool::new(false),
            told: Mutex::default(),
            times: Mutex::new(times),
        })
    }
}

impl<Q: Query> Watching for Watch<Q> {
    fn is_about(&self, touched: &Touched) -> bool {
        self.query.is_about(touched)
    }

    fn touch(&self) {
        self.touched.store(true, Ordering::Release);
    }

    fn refresh(&self) {
        let mut told = lock(&self.told);
        if self.is_ended() {
            return;
        }
        // Before the read: whatever is touched from here on may be missing in the answer.
        self.touched.store(false, Ordering::Release);
        lock(&self.times).ran = Some(time::Instant::now());
        let (mut snapshot, changes_at) = match self.query.read(told.as_ref()) {
            Ok(Reading { snapshot, changes_at }) => (snapshot, changes_at),
            Err(error) => {
                tracing::debug!(%error, "a live query could not be read");
                lock(&self.times).changes_at = Some(self.clock.now().plus(RETRY));
                return;
            }
        };
        lock(&self.times).changes_at = changes_at;
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
        let Times { ran, changes_at } = *lock(&self.times);
        let earliest = ran.map_or_else(time::Instant::now, |ran| ran + FRAME);
        if self.touched.load(Ordering::Acquire) {
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
