//! [`Sync`]: the sync as the app sees it.

use std::sync::Arc;

use bytes::Bytes;
use shopkeeper_protocol::VERSION;

use super::apply::{self, Ended, Pace, Page};
use super::engine::{Engine, SyncParts};
use super::state::Origin;
use super::{PullReport, SyncStatus};
use crate::error::CoreError;
use crate::net::{Lines, Read, unpack};
use crate::observer::{Observer, Subscription};

/// How up to date this phone is, and how to make it more so. Cloning shares everything.
#[derive(Clone)]
pub struct Sync(pub(super) Arc<Engine>);

impl Sync {
    /// Without a task yet: see [`Sync::run`].
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn new(parts: SyncParts) -> Result<Self, CoreError> {
        Ok(Self(Arc::new(Engine::new(parts)?)))
    }

    /// Keeps the phone up to date for as long as the future is polled; dropping it is how it ends.
    pub(crate) fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        let engine = Arc::clone(&self.0);
        async move { engine.run().await }
    }

    /// Something gives reason to pull now: a new pairing, a resumed app.
    pub(crate) fn wake(&self) {
        self.0.wake();
    }

    /// Where the sync stands.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.0.board.status()
    }

    /// Since when something is being fetched; `None`: nothing is.
    pub(crate) fn fetching_since(&self) -> tokio::sync::watch::Receiver<Option<crate::time::Instant>> {
        self.0.board.fetching_since()
    }

    /// Where the sync stands, now and whenever it changes.
    pub fn watch(&self, observer: Arc<dyn Observer<SyncStatus>>) -> Subscription {
        self.0.board.watch(observer)
    }

    /// Asks the relay to compare itself with the platform, pulls until caught up (a whole first sync, if there was none), and lets
    /// queued work try.
    ///
    /// # Errors
    /// [`CoreError::Offline`], [`CoreError::SignedOut`], [`CoreError::UpgradeNeeded`], [`CoreError::BadAnswer`], and the store's.
    pub async fn now(&self) -> Result<PullReport, CoreError> {
        let engine = &self.0;
        if engine.is_offline() {
            return Err(CoreError::Offline("no link"));
        }
        if let Err(error) = engine.sweep().await {
            engine.board.change(|status| status.trouble = Some(error.code()));
            return Err(error);
        }
        let task_waits = engine.has_failed();
        let report = engine.pull().await?;
        engine.outbox.notify_one();
        if task_waits {
            engine.wake();
        }
        Ok(report)
    }

    /// Stores one page of a feed, packed or plain, as if the relay had sent it as the next one. Runs on the caller's thread.
    ///
    /// # Errors
    /// [`CoreError::BadAnswer`] if it is no feed or breaks off (rows before the break are stored and the cursor is not moved),
    /// [`CoreError::UpgradeNeeded`] if it is of another major version, and the store's.
    pub fn ingest(&self, feed: &[u8]) -> Result<PullReport, CoreError> {
        let engine = &self.0;
        let text = unpack(&Bytes::copy_from_slice(feed))?;
        match Lines::from(&text, 0).next() {
            Some(Read::Hello(hello)) if hello.speaks.speaks(VERSION) => {}
            Some(Read::Hello(hello)) if hello.speaks.min.major > VERSION.major => {
                return Err(CoreError::UpgradeNeeded { side: "phone" });
            }
            Some(Read::Hello(_)) => return Err(CoreError::UpgradeNeeded { side: "relay" }),
            _ => return Err(no_feed()),
        }
        let pace = Pace::of((engine.looking)());
        let mut begun_anew = false;
        let applied = loop {
            let state = engine.store.read(|reader| reader.sync_state())?;
            let page = Page::new(text.clone(), Origin::Given, state.generation).ok_or_else(no_feed)?;
            if !state.is_adrift() {
                let applied = apply::apply_page_here(&engine.store, &engine.sinks, page, pace, engine.clock.now())?;
                if applied.ended != Ended::Unproven {
                    break applied;
                }
            }
            // There is no relay here to ask, so what cannot be proven is of an older generation.
            apply::begin_anew(&engine.store)?;
            begun_anew = true;
        };
        apply::build_missing_indexes(&engine.store)?;
        engine.tell_reach()?;
        match applied.ended {
            Ended::BrokenOff => Err(CoreError::BadAnswer { what: "a feed page without its end".to_owned() }),
            _ => Ok(PullReport { reset: applied.report.reset || begun_anew, ..applied.report }),
        }
    }
}

fn no_feed() -> CoreError {
    CoreError::BadAnswer { what: "a feed that does not begin with hello".to_owned() }
}

impl std::fmt::Debug for Sync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sync").field("status", &self.status()).finish_non_exhaustive()
    }
}
