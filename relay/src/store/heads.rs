//! The newest sequence, and whoever waits for it to rise.
//!
//! Not a `tokio::sync::watch`: that one wakes its waiters in an order drawn from the thread's randomness, and two phones that wait for the
//! same head must be told in the order in which they came, or a simulation differs from run to run.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shopkeeper_protocol::Seq;
use tokio::sync::Notify;

/// Where a store publishes its head.
#[derive(Debug)]
pub(super) struct Heads {
    newest: AtomicU64,
    risen: Notify,
}

impl Heads {
    pub(super) fn new(head: Seq) -> Self {
        Self { newest: AtomicU64::new(head), risen: Notify::new() }
    }

    /// After a commit. Commits may tell out of order; a head never falls.
    pub(super) fn tell(&self, head: Seq) {
        if self.newest.fetch_max(head, Ordering::AcqRel) < head {
            self.risen.notify_waiters();
        }
    }
}

/// One who waits. Knows the head that it took last.
#[derive(Debug)]
pub(crate) struct HeadWatch {
    heads: Arc<Heads>,
    taken: Seq,
}

impl HeadWatch {
    /// Has taken what is there already.
    pub(super) fn of(heads: Arc<Heads>) -> Self {
        let taken = heads.newest.load(Ordering::Acquire);
        Self { heads, taken }
    }

    /// The newest head.
    pub(crate) fn take(&mut self) -> Seq {
        self.taken = self.heads.newest.load(Ordering::Acquire);
        self.taken
    }

    pub(crate) fn has_risen(&self) -> bool {
        self.heads.newest.load(Ordering::Acquire) > self.taken
    }

    /// Returns when the head is beyond the one that was taken last. May be dropped at any time.
    pub(crate) async fn risen(&self) {
        loop {
            let mut told = pin!(self.heads.risen.notified());
            // Waits from here on, so that nothing is missed between the look and the wait.
            told.as_mut().enable();
            if self.has_risen() {
                return;
            }
            told.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everybody_is_told_once_in_the_order_in_which_they_came() {
        for _ in 0..20 {
            let heads = Arc::new(Heads::new(7));
            let told = Arc::new(Mutex::new(Vec::new()));
            let waits: Vec<_> = (0..10)
                .map(|number| {
                    let (mut watch, told) = (HeadWatch::of(Arc::clone(&heads)), Arc::clone(&told));
                    tokio::spawn(async move {
                        watch.risen().await;
                        told.lock().unwrap().push((number, watch.take(), watch.has_risen()));
                    })
                })
                .collect();
            tokio::task::yield_now().await;
            heads.tell(7);
            heads.tell(6);
            tokio::task::yield_now().await;
            assert_eq!(told.lock().unwrap().len(), 0, "nothing rose");
            heads.tell(8);
            join_all(waits).await;
            assert_eq!(*told.lock().unwrap(), (0..10).map(|number| (number, 8, false)).collect::<Vec<_>>());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_rose_before_the_wait_is_not_missed() {
        let heads = Arc::new(Heads::new(0));
        let watch = HeadWatch::of(Arc::clone(&heads));
        heads.tell(1);
        watch.risen().await;
    }
}
