//! Small entities: the carriers, and the shop itself. Nothing filters or sorts by what is in them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shopkeeper_protocol::{Carrier, EntityKey, EntityKind};

use super::queries;
use crate::store::{CacheReader, CacheTx, StoreError};
use crate::sync::Version;
use crate::sync::sink::Stored;

impl CacheReader<'_> {
    /// The delivery companies that the platform accepts.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn carriers(&self) -> Result<Vec<Carrier>, StoreError> {
        self.facts(&EntityKind::Carrier)
    }

    /// What the relay said of the shop last.
    ///
    /// # Errors
    /// If the cache cannot be read.
    #[cfg(test)]
    pub(crate) fn shop(&self) -> Result<Option<shopkeeper_protocol::ShopFacts>, StoreError> {
        Ok(self.facts(&EntityKind::Shop)?.into_iter().next())
    }

    fn facts<T: DeserializeOwned>(&self, kind: &EntityKind) -> Result<Vec<T>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::FACTS.sql)?;
        let mut rows = read.query([kind.as_str()])?;
        let mut facts = Vec::new();
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            let fact = serde_json::from_str(body);
            facts.push(fact.map_err(|_| StoreError::damaged("fact.body is not what this build writes"))?);
        }
        Ok(facts)
    }
}

impl CacheTx<'_> {
    /// Stores a reading of a small entity.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn put_fact(
        &self,
        kind: &EntityKind,
        key: &EntityKey,
        version: Version,
        fact: &impl Serialize,
    ) -> Result<Stored, StoreError> {
        let body = serde_json::to_string(fact).map_err(|_| StoreError::damaged("a record that JSON cannot hold"))?;
        let here = self.fact_here(kind, key)?;
        match &here {
            Some((here, _)) if version <= *here => return Ok(Stored::Same),
            None if !self.rises_over_tombstone(kind, key, version)? => return Ok(Stored::Same),
            _ => {}
        }
        let values = (kind.as_str(), key.as_str(), &body, version.generation, version.seq);
        self.connection.prepare_cached(queries::PUT_FACT.sql)?.execute(values)?;
        if here.is_some_and(|(_, old)| old == body) {
            return Ok(Stored::Same);
        }
        self.touch_shop();
        Ok(Stored::Changed)
    }

    /// Removes a small entity of a version not greater than this.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn remove_fact(
        &self,
        kind: &EntityKind,
        key: &EntityKey,
        version: Version,
    ) -> Result<Stored, StoreError> {
        let here = self.fact_here(kind, key)?;
        if here.as_ref().is_some_and(|(here, _)| version < *here) {
            return Ok(Stored::Same);
        }
        self.bury(kind, key, version)?;
        if here.is_none() {
            return Ok(Stored::Same);
        }
        self.connection.prepare_cached(queries::DELETE_FACT.sql)?.execute((kind.as_str(), key.as_str()))?;
        self.touch_shop();
        Ok(Stored::Changed)
    }

    /// Removes the small entities of a kind that only an older generation knew.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn forget_facts(&self, kind: &EntityKind, generation: i64) -> Result<u64, StoreError> {
        let forgotten =
            self.connection.prepare_cached(queries::FORGET_FACTS.sql)?.execute((kind.as_str(), generation))?;
        if forgotten > 0 {
            self.touch_shop();
        }
        self.forget_tombstones(kind, generation)?;
        Ok(u64::try_from(forgotten).unwrap_or(u64::MAX))
    }

    fn fact_here(&self, kind: &EntityKind, key: &EntityKey) -> Result<Option<(Version, String)>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::FACT_HERE.sql)?;
        let mut rows = read.query((kind.as_str(), key.as_str()))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some((Version { generation: row.get(0)?, seq: row.get(1)? }, row.get(2)?)))
    }
}
