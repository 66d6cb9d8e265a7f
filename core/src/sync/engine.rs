//! The task that keeps the phone up to date.
//!
//! It pulls when it starts, when a hint says that something is there, when the link comes back, and every minute all the same: a
//! hint is a convenience, and losing one loses nothing. After a failure it waits, longer each time, unless something gives reason to
//! try at once ([`Engine::wake`]).
//!
//! The stream of hints is opened once a pull has succeeded and not before, so a relay that is away is asked by one voice only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use shopkeeper_protocol::{Hint, Refusal};
use tokio::sync::{Mutex, Notify, watch};

use super::board::Board;
use super::sink::{EntitySink, Sinks};
use super::{Activity, SyncStatus, pull};
use crate::error::CoreError;
use crate::net::{Backoff, NetError, Relay};
use crate::observer::Dispatcher;
use crate::ports::{EventStream, Link, Random};
use crate::store::{Store, StoreError};
use crate::time::Corrected;

/// How long news can stay unseen if no hint arrives.
const FALLBACK: Duration = Duration::from_secs(60);
/// A revoked device does not become a paired one by asking; a new pairing wakes the engine.
const SIGNED_OUT: Duration = Duration::from_secs(15 * 60);

/// Everything that the sync needs of the others.
pub(crate) struct SyncParts {
    pub(crate) store: Store,
    pub(crate) relay: Relay,
    /// One for each kind that is stored.
    pub(crate) sinks: Vec<Arc<dyn EntitySink>>,
    pub(crate) clock: Corrected,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) link: watch::Receiver<Link>,
    pub(crate) dispatcher: Dispatcher,
    /// Woken when the relay answers again after trouble, and by [`Sync::now`](super::Sync::now).
    pub(crate) outbox: Arc<Notify>,
    /// Whether somebody is looking at a list, so that transactions are kept short.
    pub(crate) looking: Arc<dyn Fn() -> bool + Send + Sync>,
}

pub(crate) struct Engine {
    pub(super) store: Store,
    pub(super) relay: Relay,
    pub(super) sinks: Sinks,
    pub(super) clock: Corrected,
    random: Arc<dyn Random>,
    link: watch::Receiver<Link>,
    pub(super) outbox: Arc<Notify>,
    pub(super) looking: Arc<dyn Fn() -> bool + Send + Sync>,
    pub(super) board: Board,
    /// One pull at a time.
    pub(super) turn: Mutex<()>,
    pub(super) prepared: AtomicBool,
    /// Pulls of the task that failed since the last success of anybody.
    pub(super) failures: AtomicU32,
    /// Marked whenever something gives reason to pull; several reasons before a pull are one.
    woken: watch::Sender<()>,
    /// The last pull succeeded.
    reachable: watch::Sender<bool>,
}

impl Engine {
    pub(super) fn new(parts: SyncParts) -> Result<Self, StoreError> {
        let (as_of, set_aside) = pull::reach(&parts.store)?;
        let status = SyncStatus { activity: Activity::Idle, as_of, trouble: None, set_aside };
        let board = Board::new(status, parts.dispatcher, parts.clock.clone());
        Ok(Self {
            store: parts.store,
            relay: parts.relay,
            sinks: Sinks::new(parts.sinks),
            clock: parts.clock,
            random: parts.random,
            link: parts.link,
            outbox: parts.outbox,
            looking: parts.looking,
            board,
            turn: Mutex::new(()),
            prepared: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            woken: watch::Sender::new(()),
            reachable: watch::Sender::new(false),
        })
    }

    /// Something gives reason to pull now.
    pub(super) fn wake(&self) {
        self.woken.send_replace(());
    }

    /// Runs until dropped.
    pub(super) async fn run(&self) {
        // From an earlier run, before the app was suspended.
        self.reachable.send_replace(false);
        tokio::join!(biased; self.pull_for_ever(), self.listen_for_ever());
    }

    async fn pull_for_ever(&self) {
        let mut link = self.link.clone();
        let mut woken = self.woken.subscribe();
        loop {
            while *link.borrow_and_update() == Link::Offline {
                self.board.change(|status| status.trouble = Some(CoreError::Offline("no link").code()));
                self.reachable.send_replace(false);
                if link.changed().await.is_err() {
                    break;
                }
            }
            woken.mark_unchanged();
            let wait = match self.pull().await {
                Ok(_) => {
                    if !self.reachable.send_replace(true) {
                        self.outbox.notify_one();
                    }
                    FALLBACK
                }
                Err(error) => {
                    self.reachable.send_replace(false);
                    let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                    tracing::info!(%error, failures, "a pull did not succeed");
                    match error {
                        CoreError::SignedOut => SIGNED_OUT,
                        _ => Backoff::PULL.wait(failures, self.random.as_ref()),
                    }
                }
            };
            tokio::select! {
                biased;
                // The sender lives as long as this task.
                _ = woken.changed() => {}
                () = crossed(&mut link) => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn listen_for_ever(&self) {
        let mut reachable = self.reachable.subscribe();
        let mut failures = 0;
        loop {
            if reachable.wait_for(|reachable| *reachable).await.is_err() {
                return;
            }
            match self.relay.hints().await {
                Ok(stream) => {
                    failures = 0;
                    // Something may have come between the last pull and this stream.
                    self.wake();
                    self.listen(stream).await;
                    // Who answers next may be another life of the relay.
                    self.relay.forget_freshness();
                }
                Err(error) => tracing::debug!(%error, "no stream of hints"),
            }
            failures += 1;
            tokio::time::sleep(Backoff::HINTS.wait(failures, self.random.as_ref())).await;
        }
    }

    /// Takes hints until the stream or the link ends.
    async fn listen(&self, mut stream: Box<dyn EventStream>) {
        let mut link = self.link.clone();
        loop {
            let event = tokio::select! {
                biased;
                Ok(_) = link.wait_for(|link| *link == Link::Offline) => return,
                event = stream.next() => event,
            };
            match event {
                Some(Ok(data)) if self.is_news(&data) => self.wake(),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    }

    /// A hint that cannot be read is taken as one: a pull costs little.
    fn is_news(&self, data: &str) -> bool {
        let Ok(hint) = serde_json::from_str::<Hint>(data) else { return true };
        match self.store.read(|reader| reader.sync_state()) {
            Ok(state) => {
                state.cursor.is_none_or(|cursor| cursor.incarnation != hint.incarnation || cursor.seq < hint.head)
            }
            Err(_) => true,
        }
    }

    /// Asks the relay to compare itself with the platform. That it cannot is no trouble of ours: what it has is pulled all the same,
    /// and its watermark says how old that is.
    pub(super) async fn sweep(&self) -> Result<(), CoreError> {
        match self.relay.sweep().await {
            Ok(_) | Err(NetError::Lost(_) | NetError::Unreadable(_)) => Ok(()),
            Err(NetError::Refused(refusal)) => match refusal {
                Refusal::Unauthorized | Refusal::UpgradeNeeded { .. } => Err(NetError::Refused(refusal).into()),
                _ => Ok(()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// The task's last pulls failed, so it may be waiting for a long time.
    pub(super) fn has_failed(&self) -> bool {
        self.failures.load(Ordering::Relaxed) > 0
    }

    pub(super) fn is_offline(&self) -> bool {
        *self.link.borrow() == Link::Offline
    }
}

/// The link went away or came back. Never, if nobody tells of it any more.
async fn crossed(link: &mut watch::Receiver<Link>) {
    let was_offline = *link.borrow() == Link::Offline;
    if link.wait_for(|link| (*link == Link::Offline) != was_offline).await.is_err() {
        std::future::pending().await
    }
}
