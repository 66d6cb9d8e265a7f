use rusqlite::params;
use shopkeeper_protocol::OrderEvent;

use super::{Put, StoreError, Tx};
use shopkeeper_protocol::{EntityKey, EntityKind};

/// How long a push is remembered, in ms: a week. The platform gives up repeating one after less than four hours.
const SEEN: i64 = 7 * 24 * 3_600 * 1_000;

impl Tx<'_> {
    /// Remembers a push; false if it is remembered already.
    pub(crate) fn first_seen(&self, fingerprint: &[u8; 32], now: i64) -> Result<bool, StoreError> {
        let mut seen = self.db.prepare_cached("INSERT OR IGNORE INTO push_seen (fingerprint, at) VALUES (?1, ?2)")?;
        Ok(seen.execute(params![fingerprint, now])? > 0)
    }

    /// Stores a fact that only a push told.
    pub(crate) fn put_event(&self, key: &EntityKey, event: &OrderEvent) -> Result<(), StoreError> {
        let body = serde_json::to_string(event).map_err(|_| StoreError::Corrupt("an order event"))?;
        let kind = EntityKind::OrderEvent;
        self.put(Put { kind, key, body, open: false, created_at: Some(event.at), fetch: None })?;
        Ok(())
    }

    /// Forgets pushes that cannot come again.
    pub(crate) fn clear_pushes(&self, now: i64) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM push_seen WHERE at < ?1", [now.saturating_sub(SEEN)])?;
        Ok(())
    }
}
