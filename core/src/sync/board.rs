//! The one place that knows where the sync stands, for screens.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::pace::Pace;
use super::{Activity, SyncStatus};
use crate::observer::{Dispatcher, Observer, Slot, Subscription, Watched, lock};
use crate::orders::Window;
use crate::time::{Corrected, Instant};

/// Holds the status, and tells its watchers of every change.
pub(crate) struct Board {
    inner: Mutex<Inner>,
    dispatcher: Dispatcher,
    clock: Corrected,
    /// Since when the sync is busy; `None`: it is idle.
    fetching_since: watch::Sender<Option<Instant>>,
}

struct Inner {
    status: SyncStatus,
    /// Of the first sync that runs.
    pace: Pace,
    watchers: Vec<Arc<Slot<SyncStatus>>>,
}

impl Board {
    pub(crate) fn new(status: SyncStatus, dispatcher: Dispatcher, clock: Corrected) -> Self {
        let inner = Mutex::new(Inner { status, pace: Pace::default(), watchers: Vec::new() });
        Self { inner, dispatcher, clock, fetching_since: watch::Sender::new(None) }
    }

    pub(crate) fn fetching_since(&self) -> watch::Receiver<Option<Instant>> {
        self.fetching_since.subscribe()
    }

    pub(crate) fn status(&self) -> SyncStatus {
        lock(&self.inner).status.clone()
    }

    /// Changes the status; the watchers hear of it if it is another one.
    pub(crate) fn change(&self, change: impl FnOnce(&mut SyncStatus)) {
        let mut inner = lock(&self.inner);
        let before = inner.status.clone();
        let Inner { status, pace, .. } = &mut *inner;
        change(status);
        if status.activity != before.activity {
            match &mut status.activity {
                Activity::FirstSync { done, total, left, .. } => *left = pace.left(self.clock.now(), *done, *total),
                Activity::Idle | Activity::Pulling => *pace = Pace::default(),
            }
        }
        let (was_busy, busy) = (before.activity != Activity::Idle, inner.status.activity != Activity::Idle);
        if busy != was_busy {
            self.fetching_since.send_replace(busy.then(|| self.clock.now()));
        }
        inner.watchers.retain(|watcher| !watcher.is_ended());
        if inner.status != before {
            for watcher in &inner.watchers {
                watcher.put(inner.status.clone(), &self.dispatcher);
            }
        }
    }

    /// Tells the status now and with every change.
    pub(crate) fn watch(&self, observer: Arc<dyn Observer<SyncStatus>>) -> Subscription {
        let slot = Slot::new(observer);
        let mut inner = lock(&self.inner);
        slot.put(inner.status.clone(), &self.dispatcher);
        inner.watchers.push(Arc::clone(&slot));
        Subscription::new(Arc::new(StatusWatch(slot)))
    }
}

struct StatusWatch(Arc<Slot<SyncStatus>>);

impl Watched for StatusWatch {
    fn end(&self) {
        self.0.end();
    }

    fn move_to(&self, _window: Window) {}
}

/// While it lives, the sync is busy; however its owner ends, it then is not.
pub(crate) struct Busy<'a>(&'a Board);

impl<'a> Busy<'a> {
    pub(crate) fn new(board: &'a Board) -> Self {
        Self(board)
    }

    pub(crate) fn is(&self, activity: Activity) {
        self.0.change(|status| status.activity = activity);
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.change(|status| status.activity = Activity::Idle);
    }
}
