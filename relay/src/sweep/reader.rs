//! Reading entities from the platform, one reading of an entity at a time.
//!
//! Two readings of one entity that run at once may end in the wrong order, and the older state would be stored over the newer one. So each
//! entity has a lock from the beginning of a reading until it is stored, and a batch takes its locks in order of keys. The store keeps a second
//! guard: a reading that began before the last stored one ended is not stored, it is made again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use shopkeeper_protocol::{EntityKey, Seq};
use tokio::sync::{OwnedMutexGuard, Semaphore};

use crate::platform::{Entity, Followed, Platform, PlatformError};
use crate::ports::Clock;
use crate::store::{FetchSpan, Put, PutResult, Store, StoreError};

/// Tries of one reading before its failure is told.
const TRIES: u32 = 3;
/// Times that a reading is made again because it was overtaken.
const OVERTAKEN: usize = 4;
/// Locks of readings that are over are cleared away beyond this number.
const LOCKS: usize = 1_024;

/// See the module. Cloning shares everything.
#[derive(Clone)]
pub(crate) struct EntityReader(Arc<Inner>);

struct Inner {
    store: Store,
    platform: Arc<dyn Platform>,
    clock: Clock,
    at_once: Semaphore,
    locks: Mutex<BTreeMap<EntityKey, Weak<tokio::sync::Mutex<()>>>>,
}

/// Why there is no reading of an entity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An entity as it was read, and its sequence in the store.
pub(crate) type Reading = (Entity, Seq);

impl EntityReader {
    pub(crate) fn new(store: Store, platform: Arc<dyn Platform>, clock: Clock, at_once: usize) -> Self {
        let at_once = Semaphore::new(at_once.max(1));
        Self(Arc::new(Inner { store, platform, clock, at_once, locks: Mutex::new(BTreeMap::new()) }))
    }

    /// Reads an entity and stores it. The reading began after this call did.
    pub(crate) async fn read(&self, of: Followed, key: &EntityKey) -> Result<Reading, ReadError> {
        let mut answers = self.read_all(of, BTreeSet::from([key.clone()])).await?;
        match answers.pop() {
            Some((_, answer)) => Ok(answer?),
            None => Err(overtaken().into()),
        }
    }

    /// Reads some entities, several at a time, and stores them together. One that could not be read keeps the state it had.
    pub(crate) async fn read_all(
        &self,
        of: Followed,
        keys: BTreeSet<EntityKey>,
    ) -> Result<Vec<(EntityKey, Result<Reading, PlatformError>)>, StoreError> {
        let mut locks = Vec::with_capacity(keys.len());
        for key in &keys {
            locks.push(self.lock(key).await);
        }
        let mut answers = Vec::with_capacity(keys.len());
        let mut wanted: Vec<(EntityKey, i64)> = keys.into_iter().map(|key| (key, i64::MIN)).collect();
        for _ in 0..OVERTAKEN {
            let fetched = join_all(wanted.drain(..).map(|(key, not_before)| self.fetch(of, key, not_before))).await;
            let mut read = Vec::with_capacity(fetched.len());
            for (key, answer) in fetched {
                match answer {
                    Ok((entity, span)) => read.push((key, entity, span)),
                    Err(error) => answers.push((key, Err(error))),
                }
            }
            for (key, entity, stored) in self.store(read).await? {
                match stored {
                    Ok(seq) => answers.push((key, Ok((entity, seq)))),
                    Err(ended) => wanted.push((key, ended)),
                }
            }
            if wanted.is_empty() {
                break;
            }
        }
        answers.extend(wanted.into_iter().map(|(key, _)| (key, Err(overtaken()))));
        Ok(answers)
    }

    /// `not_before` is when the reading that is stored ended: under the lock only a clock that was put back can make a later reading seem
    /// to begin before it.
    async fn fetch(
        &self,
        of: Followed,
        key: EntityKey,
        not_before: i64,
    ) -> (EntityKey, Result<(Entity, FetchSpan), PlatformError>) {
        let Ok(_permit) = self.0.at_once.acquire().await else { return (key, Err(overtaken())) };
        let mut tries = 0;
        loop {
            let began = (self.0.clock)().max(not_before);
            tries += 1;
            match self.0.platform.read(of, &key).await {
                Ok(entity) => {
                    let ended = (self.0.clock)().max(began);
                    return (key, Ok((entity, FetchSpan { began, ended })));
                }
                Err(error) if tries < TRIES && may_pass(&error) => {
                    tokio::time::sleep(Duration::from_millis(200) * tries).await;
                }
                Err(error) => return (key, Err(error)),
            }
        }
    }

    /// The sequence of each, or when the reading that overtook it ended.
    async fn store(
        &self,
        read: Vec<(EntityKey, Entity, FetchSpan)>,
    ) -> Result<Vec<(EntityKey, Entity, Result<Seq, i64>)>, StoreError> {
        if read.is_empty() {
            return Ok(Vec::new());
        }
        let platform = Arc::clone(&self.0.platform);
        let write = move |tx: &crate::store::Tx<'_>| {
            let mut stored = Vec::with_capacity(read.len());
            for (key, entity, span) in read {
                let body = entity.body().map_err(|_| StoreError::Corrupt("an entity"))?;
                let (kind, open, created_at) = (entity.kind(), platform.is_open(&entity), Some(entity.created_at()));
                let put = Put { kind: kind.clone(), key: &key, body, open, created_at, fetch: Some(span) };
                let result = match tx.put(put)? {
                    PutResult::Stored { seq, .. } => Ok(seq),
                    PutResult::Stale => {
                        let row = tx.entity(&kind, &key)?;
                        Err(row.and_then(|row| row.fetch_ended).unwrap_or(span.ended))
                    }
                };
                stored.push((key, entity, result));
            }
            Ok(stored)
        };
        self.0.store.write(write).await
    }

    async fn lock(&self, key: &EntityKey) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.locks.lock().unwrap_or_else(PoisonError::into_inner);
            match locks.get(key).and_then(Weak::upgrade) {
                Some(lock) => lock,
                None => {
                    if locks.len() >= LOCKS {
                        locks.retain(|_, lock| lock.strong_count() > 0);
                    }
                    let lock = Arc::new(tokio::sync::Mutex::new(()));
                    locks.insert(key.clone(), Arc::downgrade(&lock));
                    lock
                }
            }
        };
        lock.lock_owned().await
    }
}

/// Whether the next try may be better in a moment.
pub(crate) fn may_pass(error: &PlatformError) -> bool {
    matches!(error, PlatformError::NotConnected | PlatformError::Lost(_) | PlatformError::Busy { .. })
}

fn overtaken() -> PlatformError {
    PlatformError::Lost("readings of one entity overtook each other".to_owned())
}
