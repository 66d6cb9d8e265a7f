//! Live queries: screens that stay true while they are looked at.
//!
//! A [`Query`] is a read that somebody keeps asking for. [`Live::watch`] runs it at once, on the caller's thread, and hands the answer to
//! the observer through the dispatcher. From then on the one task of [`Live::run`] runs it again whenever its answer may be another one:
//!
//! * a commit touched what it is about ([`Query::is_about`]); a watcher that cannot keep up with the commits looks again at everything.
//!   Where a query can tell more of a commit than that, it says that nothing changed, or reads only what did ([`Query::renew`]),
//! * its own answer named an instant at which it changes by time alone ([`Reading::changes_at`]),
//! * the device's link went or came.
//!
//! It runs at most once in [`FRAME`], however many commits there were: what nobody can see is not computed. An answer that equals the one
//! told before, but for its revision, is dropped, and one that the observer has not fetched yet is replaced by a newer one. So relevance may
//! be generous: to look in vain costs a fraction of a millisecond and nobody hears of it.
//!
//! **Serials.** Commits are heard in the order of their numbers, and each watch notes the last one it heard of. Whatever is built on an older
//! answer is built only in a view of exactly that number; a view that has seen one commit more begins anew with a whole read. So a
//! renewed answer is never a mixture of two states, and it equals what a whole read of its revision gives.
//!
//! **Order.** A watch reads and tells under a lock of its own, so a move of the window and a commit at the same moment cannot overtake each
//! other, and revisions of one watch never fall. No lock is held while an observer runs: that is the dispatcher's task.
//!
//! **Time.** Boundaries are instants of the corrected clock, timers count on the runtime's, and neither follows the other when a phone
//! sleeps or its clock is set. So no timer is longer than [`CLOCK_CHECK`], and after it the clock is looked at again.
//!
//! **Trouble.** A read that fails tells nothing; the watch keeps what it told and tries again with the next reason, or after a minute.
//! While the app is suspended no task runs and nothing is told; when it runs again, everything is looked at once.

#[cfg(test)]
mod tests;
mod watch;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};
use tokio::time;

use crate::error::CoreError;
use crate::observer::{Dispatcher, Observer, Subscription, Watched as _, lock};
use crate::orders::Window;
use crate::ports::Link;
use crate::store::{Commit, Store, Touched};
use crate::time::{Corrected, Instant};

use watch::{Watch, Watching};

/// The shortest time between two runs of one query: a frame of a screen with 60 of them in a second.
pub(crate) const FRAME: Duration = Duration::from_millis(16);

/// The longest that a change of the clock can stay unseen.
const CLOCK_CHECK: Duration = Duration::from_secs(60);

/// A read that is asked for again and again.
pub(crate) trait Query: Send + Sync + 'static {
    type Snapshot: Snapshot;

    /// The answer now. `told` is the one that the observer knows: where several answers are equally true, it is the better one.
    ///
    /// # Errors
    /// Whatever the read is refused with; nothing is told then.
    fn read(&self, told: Option<&Self::Snapshot>) -> Result<Reading<Self::Snapshot>, CoreError>;

    /// Whether a commit can have changed the answer. Asked for each commit, on the task that hears them: it must not read.
    fn is_about(&self, touched: &Touched) -> bool;

    /// The answer after commits that it is about, told from the one before them.
    ///
    /// # Errors
    /// As [`Query::read`].
    fn renew(&self, _told: &Self::Snapshot, _news: &News) -> Result<Renewal<Self::Snapshot>, CoreError> {
        Ok(Renewal::Read)
    }

    /// Looks at another stretch; says whether that means anything.
    fn move_to(&self, _window: Window) -> bool {
        false
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading<T> {
    pub(crate) snapshot: T,
    /// The next instant at which the answer is another one though nothing was written.
    pub(crate) changes_at: Option<Instant>,
}

/// What was committed since the last answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// The commits that the query is about.
    pub(crate) commits: Vec<Commit>,
    /// The number of the last commit that was heard of, whatever it was about.
    pub(crate) serial: u64,
}

/// What a query makes of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renewal<T> {
    /// The answer that was told is still true.
    Same,
    Other(Reading<T>),
    /// Only a whole read can tell.
    Read,
}

/// What is told: a record of one revision of the store.
pub(crate) trait Snapshot: Clone + PartialEq + Send + 'static {
    fn revision_mut(&mut self) -> &mut u64;
}

/// The live queries of a shop. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Live(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Corrected,
    dispatcher: Dispatcher,
    watches: Mutex<Vec<Arc<dyn Watching>>>,
    /// A watch came or moved, so the task's timer may be the wrong one.
    nudge: Arc<Notify>,
}

impl Live {
    pub(crate) fn new(store: Store, clock: Corrected, dispatcher: Dispatcher) -> Self {
        Self(Arc::new(Inner { store, clock, dispatcher, watches: Mutex::default(), nudge: Arc::new(Notify::new()) }))
    }

    /// Tells the observer of a query's answer now and of every other one later.
    pub(crate) fn watch<Q: Query>(&self, query: Q, observer: Arc<dyn Observer<Q::Snapshot>>) -> Subscription {
        let watch = self.add(query, observer);
        watch.refresh();
        self.0.nudge.notify_one();
        Subscription::new(watch)
    }

    /// As [`Live::watch`], with the first read left to the task too: for a query that can take longer than a key may.
    pub(crate) fn watch_aside<Q: Query>(&self, query: Q, observer: Arc<dyn Observer<Q::Snapshot>>) -> Subscription {
        let watch = self.add(query, observer);
        watch.look_again();
        Subscription::new(watch)
    }

    /// Makes a watch known to the task. Before its first read: a commit between the two makes it look again, so that none is missed.
    fn add<Q: Query>(&self, query: Q, observer: Arc<dyn Observer<Q::Snapshot>>) -> Arc<Watch<Q>> {
        let inner = &self.0;
        let watch =
            Watch::new(query, observer, inner.clock.clone(), inner.dispatcher.clone(), Arc::clone(&inner.nudge));
        lock(&inner.watches).push(Arc::clone(&watch) as Arc<dyn Watching>);
        watch
    }

    /// Whether anybody is looking.
    pub(crate) fn is_watched(&self) -> bool {
        lock(&self.0.watches).iter().any(|watch| !watch.is_ended())
    }

    /// Keeps every watch true for as long as the future is polled.
    pub(crate) fn run(&self, link: tokio::sync::watch::Receiver<Link>) -> impl Future<Output = ()> + Send + use<> {
        let inner = Arc::clone(&self.0);
        async move { inner.run(link).await }
    }
}

impl Inner {
    async fn run(&self, mut link: tokio::sync::watch::Receiver<Link>) {
        let mut commits = self.store.commits();
        // Whatever was committed while no task ran was heard by nobody.
        self.touch_all();
        loop {
            self.refresh_due().await;
            let wake = self.next_wake();
            tokio::select! {
                biased;
                commit = commits.recv() => {
                    if !self.take(commit, &mut commits) {
                        return;
                    }
                }
                Ok(()) = link.changed() => self.touch_all(),
                () = self.nudge.notified() => {}
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Takes a commit and all that wait behind it; says whether there can be more.
    fn take(&self, first: Result<Commit, RecvError>, commits: &mut broadcast::Receiver<Commit>) -> bool {
        let mut next = Some(first);
        while let Some(commit) = next.take() {
            match commit {
                Ok(commit) => self.each(|watch| watch.hear(&commit)),
                Err(RecvError::Lagged(_)) => self.touch_all(),
                Err(RecvError::Closed) => return false,
            }
            next = match commits.try_recv() {
                Ok(commit) => Some(Ok(commit)),
                Err(broadcast::error::TryRecvError::Empty) => None,
                Err(broadcast::error::TryRecvError::Lagged(n)) => Some(Err(RecvError::Lagged(n))),
                Err(broadcast::error::TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            };
        }
        true
    }

    fn each(&self, tell: impl Fn(&dyn Watching)) {
        for watch in lock(&self.watches).iter() {
            tell(&**watch);
        }
    }

    fn touch_all(&self) {
        self.each(|watch| watch.touch());
    }

    /// Runs every query whose time has come.
    async fn refresh_due(&self) {
        let now = time::Instant::now();
        let due: Vec<_> = {
            let mut watches = lock(&self.watches);
            watches.retain(|watch| !watch.is_ended());
            watches.iter().filter(|watch| watch.due().is_some_and(|due| due <= now)).map(Arc::clone).collect()
        };
        if due.is_empty() {
            return;
        }
        let refresh = move |_: &Store| {
            for watch in due {
                watch.refresh();
            }
            Ok(())
        };
        // Fails only while the runtime goes down, and then nobody listens any more.
        let _ = self.store.run(refresh).await;
    }

    fn next_wake(&self) -> Option<time::Instant> {
        lock(&self.watches).iter().filter_map(|watch| watch.due()).min()
    }
}

async fn sleep_until(when: Option<time::Instant>) {
    match when {
        Some(when) => time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}
