//! The one seam between the sync engine and the rooms: a room takes the entities of its kind, inside the feed's transaction.

use shopkeeper_protocol::{EntityKey, EntityKind, Seq};

use crate::store::{CacheTx, StoreError};

/// Which reading of an entity a row holds: the relay's sequence, and above it the phone's generation, which rises whenever the
/// relay's history turns out not to be the one this phone knew. The greater wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Version {
    pub(crate) generation: i64,
    pub(crate) seq: i64,
}

impl Version {
    /// SQLite's integers are signed; a sequence beyond that is no sequence that a relay could have counted to.
    pub(crate) fn new(generation: i64, seq: Seq) -> Self {
        Self { generation, seq: i64::try_from(seq).unwrap_or(i64::MAX) }
    }
}

/// What storing an entity changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Changed,
    /// Not newer than what is here, or newer and equal.
    Same,
}

/// Why an entity was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SinkError {
    /// The body cannot be read; says what and where, never the value.
    #[error("{0}")]
    Bad(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the entities of one kind.
pub(crate) trait EntitySink: Send + Sync {
    fn kind(&self) -> EntityKind;

    /// Stores a body unless a row of a version at least as great is here.
    ///
    /// # Errors
    /// [`SinkError::Bad`] leaves the row as it was: an entity keeps its last good state.
    fn upsert(&self, tx: &CacheTx, key: &EntityKey, version: Version, body: &str) -> Result<Stored, SinkError>;

    /// Removes a row of a version not greater than this tombstone's.
    ///
    /// # Errors
    /// If the store fails.
    fn gone(&self, tx: &CacheTx, key: &EntityKey, version: Version) -> Result<Stored, SinkError>;

    /// After a reset and a whole first sync: rows that only an older generation knows are no longer at the relay.
    ///
    /// # Errors
    /// If the store fails.
    fn forget_older(&self, tx: &CacheTx, generation: i64) -> Result<u64, StoreError>;
}
