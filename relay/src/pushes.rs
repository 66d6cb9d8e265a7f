//! Pushes: facts that only they tell are stored before the platform hears that they were taken; everything else is a hint to read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::PushTaken;
use crate::platform::{Platform, PushError};
use crate::ports::Clock;
use crate::store::{Store, Tx};
use crate::sweep::Sweeper;

/// Takes pushes.
pub(crate) struct Pushes {
    store: Store,
    platform: Arc<dyn Platform>,
    clock: Clock,
    sweeper: Sweeper,
    /// Turned away since the start.
    refused: AtomicU64,
}

impl Pushes {
    pub(crate) fn new(store: Store, platform: Arc<dyn Platform>, clock: Clock, sweeper: Sweeper) -> Self {
        Self { store, platform, clock, sweeper, refused: AtomicU64::new(0) }
    }

    /// Takes a push durably. One that comes again changes nothing.
    pub(crate) async fn take(&self, query: &str, body: &[u8]) -> PushTaken {
        let push = match self.platform.read_push(query, body) {
            Ok(push) => push,
            Err(error) => return self.refuse(error),
        };
        let now = (self.clock)();
        let hint = !push.about.is_empty();
        let write = move |tx: &Tx<'_>| {
            if !tx.first_seen(&push.fingerprint, now)? {
                return Ok(());
            }
            if let Some((key, event)) = &push.event {
                tx.put_event(key, event)?;
            }
            for (of, key) in &push.about {
                tx.ask_read(&of.kind(), key, now)?;
            }
            Ok(())
        };
        if let Err(error) = self.store.write(write).await {
            tracing::error!(%error, "a push could not be stored; the platform will send it again");
            return PushTaken::Later;
        }
        if hint {
            self.sweeper.hinted();
        }
        PushTaken::Taken
    }

    /// Answers the platform's question whether this address is the right one.
    pub(crate) fn check(&self, query: &str) -> Result<String, PushTaken> {
        self.platform.answer_push_check(query).map_err(|error| self.refuse(error))
    }

    fn refuse(&self, error: PushError) -> PushTaken {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(%error, refused, "a push was turned away");
        match error {
            PushError::Malformed => PushTaken::Malformed,
            PushError::BadSignature | PushError::WrongAddressee => PushTaken::NotGenuine,
        }
    }
}
