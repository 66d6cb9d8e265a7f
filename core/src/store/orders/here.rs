//! How much of what tomorrow needs is here.

use shopkeeper_protocol::EntityKind;

use super::queries;
use super::rows::whole;
use crate::store::{CacheReader, StoreError};
use crate::time::Instant;

impl CacheReader<'_> {
    /// How many orders of those created since then are here.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn created_since(&self, since: Instant) -> Result<u64, StoreError> {
        let mut read = self.connection.prepare_cached(queries::CREATED_SINCE.sql)?;
        Ok(read.query_row([since.ms().saturating_neg()], |row| row.get(0).map(whole))?)
    }

    /// How many entities of a kind stand aside because they could not be read.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn set_aside_of(&self, kind: &EntityKind) -> Result<u64, StoreError> {
        let mut read = self.connection.prepare_cached(queries::SET_ASIDE_OF.sql)?;
        Ok(read.query_row([kind.as_str()], |row| row.get(0).map(whole))?)
    }
}
