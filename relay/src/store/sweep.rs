//! Where the comparison with the platform stands, and what is to be read again.

use rusqlite::{OptionalExtension, params};
use shopkeeper_protocol::{EntityKey, EntityKind, FirstReading, Watermark};

use super::{Reader, StoreError, Tx, from_db, to_db};

/// Where the walks of one kind stand. Seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WalkRow {
    /// Every change up to here is stored.
    pub(crate) swept_to: Option<i64>,
    pub(crate) fill: Option<FillRow>,
    /// Steps of the first fill that failed in a row.
    pub(crate) fill_failures: u32,
}

/// How far the first fill of a kind came, newest first. Seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FillRow {
    pub(crate) began: i64,
    /// Open ones created at or after this are stored.
    pub(crate) open_below: i64,
    /// All created at or after this are stored.
    pub(crate) history_below: i64,
}

/// An entity to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToRead {
    pub(crate) key: EntityKey,
    /// Which asking this is.
    pub(crate) asked: u64,
    /// Readings that failed since the last good one.
    pub(crate) failures: u32,
}

impl Reader<'_> {
    pub(crate) fn walk(&self, kind: &EntityKind) -> Result<WalkRow, StoreError> {
        let all = "SELECT swept_to, fill_began, open_below, history_below, fill_failures FROM walk WHERE kind = ?1";
        let row = self.db.prepare_cached(all)?.query_row([kind.as_str()], |row| {
            let (began, open_below, history_below) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let fill = match (began, open_below, history_below) {
                (Some(began), Some(open_below), Some(history_below)) => {
                    Some(FillRow { began, open_below, history_below })
                }
                _ => None,
            };
            Ok(WalkRow { swept_to: row.get(0)?, fill, fill_failures: row.get(4)? })
        });
        Ok(row.optional()?.unwrap_or_default())
    }

    /// When shop and carriers were read last (ms).
    pub(crate) fn facts_at(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.db.prepare_cached("SELECT read_at FROM facts")?.query_row((), |row| row.get(0))?)
    }

    /// Those of the keys whose newest reading ended before an instant (ms), or that were never read.
    pub(crate) fn not_read_since(
        &self,
        kind: &EntityKind,
        keys: Vec<EntityKey>,
        since: i64,
    ) -> Result<Vec<EntityKey>, StoreError> {
        let mut read = self.db.prepare_cached(
            "SELECT 1 FROM entity WHERE kind = ?1 AND key = ?2 AND fetch_ended >= ?3 AND gone_at IS NULL",
        )?;
        let mut left = Vec::with_capacity(keys.len());
        for key in keys {
            if !read.exists(params![kind.as_str(), key.as_str(), since])? {
                left.push(key);
            }
        }
        Ok(left)
    }

    /// What of a kind is due to be read again, the longest due first.
    pub(crate) fn due_reads(&self, kind: &EntityKind, now: i64, limit: usize) -> Result<Vec<ToRead>, StoreError> {
        let mut due = self.db.prepare_cached(
            "SELECT key, asked, failures FROM read_again WHERE kind = ?1 AND not_before <= ?2
             ORDER BY not_before, key LIMIT ?3",
        )?;
        let rows = due.query_map(params![kind.as_str(), now, to_db(limit as u64)], |row| {
            Ok(ToRead { key: EntityKey(row.get(0)?), asked: from_db(row.get(1)?), failures: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next entity of a kind is due to be read again (ms).
    pub(crate) fn next_read(&self, kind: &EntityKind) -> Result<Option<i64>, StoreError> {
        let mut next = self.db.prepare_cached("SELECT min(not_before) FROM read_again WHERE kind = ?1")?;
        Ok(next.query_row([kind.as_str()], |row| row.get(0))?)
    }

    /// Whether the platform has an entity of a kind that could never be read.
    pub(crate) fn lacks_one(&self, kind: &EntityKind) -> Result<bool, StoreError> {
        let mut lacks = self.db.prepare_cached(
            "SELECT 1 FROM read_again WHERE kind = ?1 AND failures > 0 AND NOT EXISTS
                 (SELECT 1 FROM entity WHERE entity.kind = ?1 AND entity.key = read_again.key)",
        )?;
        Ok(lacks.exists([kind.as_str()])?)
    }

    /// Bodies of everything of a kind that may still need the shop.
    pub(crate) fn open_bodies(&self, kind: &EntityKind) -> Result<Vec<String>, StoreError> {
        let mut open = self.db.prepare_cached(
            "SELECT body FROM entity WHERE kind = ?1 AND open = 1 AND gone_at IS NULL ORDER BY created_at DESC, key DESC",
        )?;
        let rows = open.query_map([kind.as_str()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn keys_of(&self, kind: &EntityKind) -> Result<Vec<EntityKey>, StoreError> {
        let mut keys =
            self.db.prepare_cached("SELECT key FROM entity WHERE kind = ?1 AND gone_at IS NULL ORDER BY key")?;
        let rows = keys.query_map([kind.as_str()], |row| Ok(EntityKey(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    pub(crate) fn set_swept_to(&self, kind: &EntityKind, seconds: i64) -> Result<(), StoreError> {
        let mut set = self.db.prepare_cached(
            "INSERT INTO walk (kind, swept_to) VALUES (?1, ?2) ON CONFLICT (kind) DO UPDATE SET swept_to = ?2",
        )?;
        set.execute(params![kind.as_str(), seconds])?;
        Ok(())
    }

    /// A step of the first fill is stored.
    pub(crate) fn set_fill(&self, kind: &EntityKind, fill: FillRow) -> Result<(), StoreError> {
        let mut set = self.db.prepare_cached(
            "INSERT INTO walk (kind, fill_began, open_below, history_below) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (kind) DO UPDATE SET fill_began = ?2, open_below = ?3, history_below = ?4, fill_failures = 0",
        )?;
        set.execute(params![kind.as_str(), fill.began, fill.open_below, fill.history_below])?;
        Ok(())
    }

    /// A step of the first fill failed, as so many before it.
    pub(crate) fn set_fill_failures(&self, kind: &EntityKind, in_a_row: u32) -> Result<(), StoreError> {
        let mut set = self.db.prepare_cached(
            "INSERT INTO walk (kind, fill_failures) VALUES (?1, ?2) ON CONFLICT (kind) DO UPDATE SET fill_failures = ?2",
        )?;
        set.execute(params![kind.as_str(), in_a_row])?;
        Ok(())
    }

    /// Shop and carriers were read at this instant (ms).
    pub(crate) fn set_facts(&self, now: i64) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE facts SET read_at = ?1")?.execute([now])?;
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

    /// Asks for an entity to be read soon.
    pub(crate) fn ask_read(&self, kind: &EntityKind, key: &EntityKey, not_before: i64) -> Result<(), StoreError> {
        let mut ask = self.db.prepare_cached(
            "INSERT INTO read_again (key, kind, asked, not_before, failures) VALUES (?1, ?2, 1, ?3, 0)
             ON CONFLICT (key) DO UPDATE SET asked = asked + 1, not_before = min(not_before, excluded.not_before)",
        )?;
        ask.execute(params![key.as_str(), kind.as_str(), not_before])?;
        Ok(())
    }

    /// An entity was read; whoever asked meanwhile keeps asking.
    pub(crate) fn answered_read(&self, key: &EntityKey, asked: u64) -> Result<(), StoreError> {
        self.db
            .prepare_cached("DELETE FROM read_again WHERE key = ?1 AND asked <= ?2")?
            .execute(params![key.as_str(), to_db(asked)])?;
        self.db.prepare_cached("UPDATE read_again SET failures = 0 WHERE key = ?1")?.execute([key.as_str()])?;
        Ok(())
    }

    /// Reading an entity failed: how often by now. `not_before` is worked out from that.
    pub(crate) fn failed_read(
        &self,
        kind: &EntityKind,
        key: &EntityKey,
        not_before: impl Fn(u32) -> i64,
    ) -> Result<u32, StoreError> {
        let known = "SELECT failures FROM read_again WHERE key = ?1";
        let known: Option<u32> =
            self.db.prepare_cached(known)?.query_row([key.as_str()], |row| row.get(0)).optional()?;
        let failures = known.unwrap_or(0).saturating_add(1);
        let mut fail = self.db.prepare_cached(
            "INSERT INTO read_again (key, kind, asked, not_before, failures) VALUES (?1, ?2, 1, ?3, ?4)
             ON CONFLICT (key) DO UPDATE SET not_before = excluded.not_before, failures = excluded.failures",
        )?;
        fail.execute(params![key.as_str(), kind.as_str(), not_before(failures), failures])?;
        Ok(failures)
    }

    /// There is no such entity to be read.
    pub(crate) fn forget_read(&self, key: &EntityKey) -> Result<(), StoreError> {
        self.db.prepare_cached("DELETE FROM read_again WHERE key = ?1")?.execute([key.as_str()])?;
        Ok(())
    }
}
