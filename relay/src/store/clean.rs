use rusqlite::params;

use super::{StoreError, Tx};

/// How long a tombstone is kept, in ms: 90 days.
pub(crate) const TOMBSTONES: i64 = 90 * 24 * 3_600 * 1_000;

impl Tx<'_> {
    /// Clears away tombstones older than 90 days, and remembers which cursors may have missed one.
    pub(crate) fn clear_tombstones(&self, now: i64) -> Result<(), StoreError> {
        let before = now.saturating_sub(TOMBSTONES);
        self.db.execute(
            "UPDATE about SET horizon = max(horizon, coalesce((SELECT max(seq) FROM entity WHERE gone_at < ?1), 0))",
            params![before],
        )?;
        self.db.execute("DELETE FROM entity WHERE gone_at < ?1", params![before])?;
        Ok(())
    }

    /// Ties the store to a shop; false if it is another one's already.
    pub(crate) fn claim_for(&self, owner: &str) -> Result<bool, StoreError> {
        self.db.execute("UPDATE about SET owner = ?1 WHERE owner IS NULL", params![owner])?;
        let is: String = self.db.query_row("SELECT owner FROM about", (), |row| row.get(0))?;
        Ok(is == owner)
    }
}
