//! Where the comparison with the platform stands, and which orders are to be read again.

use rusqlite::{OptionalExtension, params};
use shopkeeper_protocol::{EntityKey, EntityKind, FirstReading, Watermark};

use super::{Reader, StoreError, Tx, from_db, to_db};

/// The one row of the sweep. Seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SweepRow {
    /// Every change up to here is stored.
    pub(crate) swept_to: Option<i64>,
    pub(crate) fill: Option<FillRow>,
    /// Steps of the first fill that failed in a row.
    pub(crate) fill_failures: u32,
    /// Milliseconds.
    pub(crate) facts_at: Option<i64>,
}

/// How far the first fill came, newest first. Seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FillRow {
    pub(crate) began: i64,
    /// Open orders created at or after this are stored.
    pub(crate) open_below: i64,
    /// All orders created at or after this are stored.
    pub(crate) history_below: i64,
}

/// An order to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToRead {
    pub(crate) key: EntityKey,
    /// Which asking this is.
    pub(crate) asked: u64,
    /// Readings that failed since the last good one.
    pub(crate) failures: u32,
}

impl Reader<'_> {
    pub(crate) fn sweep(&self) -> Result<SweepRow, StoreError> {
        let all = "SELECT swept_to, fill_began, open_below, history_below, facts_at, fill_failures FROM sweep";
        Ok(self.db.prepare_cached(all)?.query_row((), |row| {
            let (began, open_below, history_below) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let fill = match (began, open_below, history_below) {
                (Some(began), Some(open_below), Some(history_below)) => {
                    Some(FillRow { began, open_below, history_below })
                }
                _ => None,
            };
            Ok(SweepRow { swept_to: row.get(0)?, fill, facts_at: row.get(4)?, fill_failures: row.get(5)? })
        })?)
    }

    /// Those of the orders whose newest reading ended before an instant (ms), or that were never read.
    pub(crate) fn not_read_since(&self, keys: Vec<EntityKey>, since: i64) -> Result<Vec<EntityKey>, StoreError> {
        let mut read = self.db.prepare_cached(
            "SELECT 1 FROM entity WHERE kind = 'order' AND key = ?1 AND fetch_ended >= ?2 AND gone_at IS NULL",
        )?;
        let mut left = Vec::with_capacity(keys.len());
        for key in keys {
            if !read.exists(params![key.as_str(), since])? {
                left.push(key);
            }
        }
        Ok(left)
    }

    /// Orders that are due to be read again, the longest due first.
    pub(crate) fn due_reads(&self, now: i64, limit: usize) -> Result<Vec<ToRead>, StoreError> {
        let mut due = self.db.prepare_cached(
            "SELECT key, asked, failures FROM to_read WHERE not_before <= ?1 ORDER BY not_before, key LIMIT ?2",
        )?;
        let rows = due.query_map(params![now, to_db(limit as u64)], |row| {
            Ok(ToRead { key: EntityKey(row.get(0)?), asked: from_db(row.get(1)?), failures: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next order is due to be read again (ms).
    pub(crate) fn next_read(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.db.prepare_cached("SELECT min(not_before) FROM to_read")?.query_row((), |row| row.get(0))?)
    }

    /// Whether the platform has an order that could never be read.
    pub(crate) fn lacks_an_order(&self) -> Result<bool, StoreError> {
        let mut lacks = self.db.prepare_cached(
            "SELECT 1 FROM to_read WHERE failures > 0 AND NOT EXISTS
                 (SELECT 1 FROM entity WHERE kind = 'order' AND entity.key = to_read.key)",
        )?;
        Ok(lacks.exists(())?)
    }

    pub(crate) fn keys_of(&self, kind: &EntityKind) -> Result<Vec<EntityKey>, StoreError> {
        let mut keys =
            self.db.prepare_cached("SELECT key FROM entity WHERE kind = ?1 AND gone_at IS NULL ORDER BY key")?;
        let rows = keys.query_map([kind.as_str()], |row| Ok(EntityKey(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    pub(crate) fn set_swept_to(&self, seconds: i64) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE sweep SET swept_to = ?1")?.execute([seconds])?;
        Ok(())
    }

    /// A step of the first fill is stored.
    pub(crate) fn set_fill(&self, fill: FillRow) -> Result<(), StoreError> {
        let mut set = self.db.prepare_cached(
            "UPDATE sweep SET fill_began = ?1, open_below = ?2, history_below = ?3, fill_failures = 0",
        )?;
        set.execute(params![fill.began, fill.open_below, fill.history_below])?;
        Ok(())
    }

    /// A step of the first fill failed, as so many before it.
    pub(crate) fn set_fill_failures(&self, in_a_row: u32) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE sweep SET fill_failures = ?1")?.execute([in_a_row])?;
        Ok(())
    }

    /// Shop and carriers were read at this instant (ms).
    pub(crate) fn set_facts(&self, now: i64) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE sweep SET facts_at = ?1")?.execute([now])?;
        for kind in [EntityKind::Shop, EntityKind::Carrier] {
            self.set_watermark(&Watermark {
                kind,
                as_of: Some(now),
                open_complete: true,
                created_since: Some(0),
                first_reading: Some(FirstReading::Ended),
            })?;
        }
        Ok(())
    }

    /// Asks for an order to be read soon.
    pub(crate) fn ask_read(&self, key: &EntityKey, not_before: i64) -> Result<(), StoreError> {
        let mut ask = self.db.prepare_cached(
            "INSERT INTO to_read (key, asked, not_before, failures) VALUES (?1, 1, ?2, 0)
             ON CONFLICT (key) DO UPDATE SET asked = asked + 1, not_before = min(not_before, excluded.not_before)",
        )?;
        ask.execute(params![key.as_str(), not_before])?;
        Ok(())
    }

    /// An order was read; whoever asked meanwhile keeps asking.
    pub(crate) fn answered_read(&self, key: &EntityKey, asked: u64) -> Result<(), StoreError> {
        self.db
            .prepare_cached("DELETE FROM to_read WHERE key = ?1 AND asked <= ?2")?
            .execute(params![key.as_str(), to_db(asked)])?;
        self.db.prepare_cached("UPDATE to_read SET failures = 0 WHERE key = ?1")?.execute([key.as_str()])?;
        Ok(())
    }

    /// Reading an order failed: how often by now. `not_before` is worked out from that.
    pub(crate) fn failed_read(&self, key: &EntityKey, not_before: impl Fn(u32) -> i64) -> Result<u32, StoreError> {
        let known = "SELECT failures FROM to_read WHERE key = ?1";
        let known: Option<u32> =
            self.db.prepare_cached(known)?.query_row([key.as_str()], |row| row.get(0)).optional()?;
        let failures = known.unwrap_or(0).saturating_add(1);
        let mut fail = self.db.prepare_cached(
            "INSERT INTO to_read (key, asked, not_before, failures) VALUES (?1, 1, ?2, ?3)
             ON CONFLICT (key) DO UPDATE SET not_before = excluded.not_before, failures = excluded.failures",
        )?;
        fail.execute(params![key.as_str(), not_before(failures), failures])?;
        Ok(failures)
    }

    /// There is no such order to be read.
    pub(crate) fn forget_read(&self, key: &EntityKey) -> Result<(), StoreError> {
        self.db.prepare_cached("DELETE FROM to_read WHERE key = ?1")?.execute([key.as_str()])?;
        Ok(())
    }
}
