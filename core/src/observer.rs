//! Who is told when something changes, and how.
//!
//! A watcher never runs inside the code that changed something. Whoever has news puts it into the watcher's [`Slot`] and asks the
//! one dispatcher task to deliver; news that nobody has fetched yet is replaced by newer news, so a slow screen costs nothing but
//! its own frames. No lock is held while an observer runs, so an observer may call straight back into the core.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::orders::Window;

/// Receives snapshots. Called by one dispatcher task, one snapshot at a time, never under a lock.
pub trait Observer<T>: Send + Sync {
    fn on_change(&self, snapshot: T);
}

/// A closure is an observer.
impl<T, F: Fn(T) + Send + Sync> Observer<T> for F {
    fn on_change(&self, snapshot: T) {
        self(snapshot);
    }
}

/// What stands behind a [`Subscription`].
pub(crate) trait Watched: Send + Sync {
    /// No snapshot begins to be delivered after this returns.
    fn end(&self);
    /// Looks at another stretch of the list; without meaning for what is no list.
    fn move_to(&self, window: Window);
    /// What is asked for changed: reads it anew, on no thread of the caller's. Without meaning for what always asks for the same.
    fn look_again(&self) {}
}

/// Keeps a watch alive; dropping it ends the watch.
#[must_use = "a dropped subscription is an ended one"]
pub struct Subscription {
    watched: Arc<dyn Watched>,
}

impl Subscription {
    pub(crate) fn new(watched: Arc<dyn Watched>) -> Self {
        Self { watched }
    }

    /// Looks at another stretch of the list; the observer gets a snapshot of it. A watch of something else ignores it.
    pub fn move_to(&self, window: Window) {
        self.watched.move_to(window);
    }

    pub(crate) fn look_again(&self) {
        self.watched.look_again();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.watched.end();
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

/// A locked value, whatever happened to the thread that held it before: the values behind these locks are whole at every moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One delivery.
type Delivery = Box<dyn FnOnce() + Send>;

/// Hands deliveries to the dispatcher task. Cloning shares the task.
#[derive(Clone)]
pub(crate) struct Dispatcher(mpsc::UnboundedSender<Delivery>);

impl Dispatcher {
    /// The handle, and the body of the task that delivers until every handle is gone.
    pub(crate) fn new() -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, mut receiver) = mpsc::unbounded_channel::<Delivery>();
        let task = async move {
            while let Some(deliver) = receiver.recv().await {
                deliver();
            }
        };
        (Self(sender), task)
    }

    /// Asks for a delivery. After the task has ended nobody listens any more, and that is fine.
    pub(crate) fn deliver(&self, delivery: impl FnOnce() + Send + 'static) {
        let _ = self.0.send(Box::new(delivery));
    }
}

/// The newest undelivered snapshot of one watcher.
pub(crate) struct Slot<T> {
    observer: Arc<dyn Observer<T>>,
    next: Mutex<Option<T>>,
    ended: AtomicBool,
}

impl<T: Send + 'static> Slot<T> {
    pub(crate) fn new(observer: Arc<dyn Observer<T>>) -> Arc<Self> {
        Arc::new(Self { observer, next: Mutex::new(None), ended: AtomicBool::new(false) })
    }

    /// Puts a snapshot in the place of one that was not fetched yet.
    pub(crate) fn put(self: &Arc<Self>, snapshot: T, dispatcher: &Dispatcher) {
        if self.is_ended() {
            return;
        }
        let waiting = lock(&self.next).replace(snapshot).is_some();
        if !waiting {
            let slot = Arc::clone(self);
            dispatcher.deliver(move || slot.fetch());
        }
    }

    fn fetch(&self) {
        let snapshot = lock(&self.next).take();
        if let Some(snapshot) = snapshot
            && !self.is_ended()
        {
            self.observer.on_change(snapshot);
        }
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_newest_snapshot_is_delivered_and_none_after_the_end() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let (dispatcher, task) = Dispatcher::new();
        let slot = Slot::new(Arc::new(move |n: u32| lock(&into).push(n)));
        for n in 1..=3 {
            slot.put(n, &dispatcher);
        }
        let running = tokio::spawn(task);
        tokio::task::yield_now().await;
        assert_eq!(*lock(&seen), [3]);
        slot.put(4, &dispatcher);
        slot.end();
        drop(dispatcher);
        running.await.unwrap();
        assert_eq!(*lock(&seen), [3]);
    }
}
