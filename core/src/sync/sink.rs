//! The one seam between the sync engine and the rooms: a room takes the entities of its kind, inside the feed's transaction.

use std::sync::Arc;

use shopkeeper_protocol::{EntityKey, EntityKind};

use super::Version;
use crate::store::{CacheTx, StoreError};

/// What storing an entity changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Changed,
    /// Not newer than what is here, or newer and equal.
    Same,
    /// It is of the transaction, and is written together with others; what that changed is told with all of them.
    Gathered,
}

/// What storing entities changed, of as many as were gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Settled {
    pub(crate) changed: u64,
    pub(crate) same: u64,
}

impl Settled {
    pub(crate) const fn count(&mut self, stored: Stored) {
        match stored {
            Stored::Changed => self.changed += 1,
            Stored::Same => self.same += 1,
            Stored::Gathered => {}
        }
    }
}

/// A body cannot be read. Says what is wrong and where, never the value.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Bad(pub(crate) String);

/// Why an entity was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinkError {
    #[error(transparent)]
    Bad(#[from] Bad),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the entities of one kind.
///
/// A body is read before it is stored, and the two need not happen on one thread: reading looks at nothing but the body, so it runs ahead of
/// the transaction that stores.
pub(crate) trait EntitySink: Send + Sync {
    fn kind(&self) -> EntityKind;

    /// Reads a body, and works out whatever of its rows follows from it alone.
    ///
    /// # Errors
    /// For a body that cannot be read. Nothing is stored then: an entity keeps its last good state.
    fn read(&self, key: &EntityKey, body: &str) -> Result<Box<dyn Reading>, Bad>;

    /// Removes a row of a version not greater than this tombstone's.
    ///
    /// # Errors
    /// If the store fails.
    fn gone(&self, tx: &CacheTx, key: &EntityKey, version: Version) -> Result<Stored, StoreError>;

    /// After a reset and a whole first sync: rows that only an older generation knows are no longer at the relay.
    ///
    /// # Errors
    /// If the store fails.
    fn forget_older(&self, tx: &CacheTx, generation: i64) -> Result<u64, StoreError>;

    /// Reads a body and stores it.
    ///
    /// # Errors
    /// As [`EntitySink::read`] and [`Reading::store`].
    fn upsert(&self, tx: &CacheTx, key: &EntityKey, version: Version, body: &str) -> Result<Stored, SinkError> {
        Ok(self.read(key, body)?.store(tx, key, version)?)
    }
}

/// A body that was read.
pub(crate) trait Reading: Send {
    /// Stores it unless a row of a version at least as great is here. `key` is the one with which it was read.
    ///
    /// # Errors
    /// If the store fails.
    fn store(self: Box<Self>, tx: &CacheTx, key: &EntityKey, version: Version) -> Result<Stored, StoreError>;
}

/// The rooms' sinks, one for each kind that this build can store.
#[derive(Clone)]
pub(crate) struct Sinks {
    sinks: Arc<[Arc<dyn EntitySink>]>,
    kinds: Arc<str>,
}

impl Sinks {
    pub(crate) fn new(sinks: Vec<Arc<dyn EntitySink>>) -> Self {
        let mut kinds: Vec<String> = sinks.iter().map(|sink| sink.kind().as_str().to_owned()).collect();
        kinds.sort();
        Self { sinks: sinks.into(), kinds: kinds.join(" ").into() }
    }

    /// The kinds that can be stored, separated by blanks.
    pub(crate) fn kinds(&self) -> &str {
        &self.kinds
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn EntitySink> {
        self.sinks.iter().map(AsRef::as_ref)
    }

    pub(crate) fn of(&self, kind: &EntityKind) -> Option<&dyn EntitySink> {
        self.iter().find(|sink| sink.kind() == *kind)
    }
}
