//! Tombstones: what the relay said is gone. Pages of the two feeds overlap in any order, so a reading older than its tombstone may
//! come after it, and must not bring the row back.

use shopkeeper_protocol::{EntityKey, EntityKind};

use super::queries::{self, Query};
use crate::store::{CacheTx, StoreError};
use crate::sync::Version;

impl CacheTx<'_> {
    /// Remembers that an entity is gone.
    pub(in crate::store) fn bury(
        &self,
        kind: &EntityKind,
        key: &EntityKey,
        version: Version,
    ) -> Result<(), StoreError> {
        if self.tombstone(kind, key)?.is_none_or(|older| older < version) {
            let values = (kind.as_str(), key.as_str(), version.generation, version.seq);
            self.connection.prepare_cached(queries::PUT_TOMBSTONE.sql)?.execute(values)?;
            self.look_beside_again();
        }
        Ok(())
    }

    /// Whether a reading of an entity that is not here is later than its tombstone; the stone is taken away then.
    pub(in crate::store) fn rises_over_tombstone(
        &self,
        kind: &EntityKind,
        key: &EntityKey,
        version: Version,
    ) -> Result<bool, StoreError> {
        if !self.beside()?.tombstones {
            return Ok(true);
        }
        match self.tombstone(kind, key)? {
            None => Ok(true),
            Some(gone) if version <= gone => Ok(false),
            Some(_) => {
                let values = (kind.as_str(), key.as_str());
                self.connection.prepare_cached(queries::DELETE_TOMBSTONE.sql)?.execute(values)?;
                Ok(true)
            }
        }
    }

    /// Tombstones of an older generation are of another history.
    pub(in crate::store) fn forget_tombstones(&self, kind: &EntityKind, generation: i64) -> Result<(), StoreError> {
        let values = (kind.as_str(), generation);
        self.connection.prepare_cached(queries::FORGET_TOMBSTONES.sql)?.execute(values)?;
        Ok(())
    }

    /// The keys that a query of a generation finds, read to the end before anything is changed.
    pub(in crate::store) fn keys_older(&self, query: Query, generation: i64) -> Result<Vec<EntityKey>, StoreError> {
        let mut read = self.connection.prepare_cached(query.sql)?;
        let keys = read.query_map([generation], |row| Ok(EntityKey(row.get(0)?)))?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    fn tombstone(&self, kind: &EntityKind, key: &EntityKey) -> Result<Option<Version>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::TOMBSTONE.sql)?;
        let mut rows = read.query((kind.as_str(), key.as_str()))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Version { generation: row.get(0)?, seq: row.get(1)? }))
    }
}
