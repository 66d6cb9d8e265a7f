//! How far the cache reaches: the cursor, the first sync, claims of completeness, watermarks, and what could not be read.

use rusqlite::{OptionalExtension as _, Row};
use shopkeeper_protocol::{Claim, Cursor, EntityKey, EntityKind, Incarnation, Watermark};

use super::{CacheReader, CacheTx, StoreError};
use crate::sync::state::{Coverage, First, Progress, SyncState};
use crate::sync::{SetAside, Version};
use crate::time::Instant;

const NOT_BEGUN: i64 = 0;
const RUNNING: i64 = 1;
const DONE: i64 = 2;

/// Stands in a column for "nothing is claimed".
const NEVER: i64 = i64::MAX;

impl CacheReader<'_> {
    pub(crate) fn sync_state(&self) -> Result<SyncState, StoreError> {
        const SQL: &str =
            "SELECT generation, incarnation, seq, seen_incarnation, seen_seq, first, first_from, stage, done,
            total, kinds FROM sync_state WHERE id = 1";
        Ok(self.connection.prepare_cached(SQL)?.query_row([], |row| {
            Ok(SyncState {
                generation: row.get(0)?,
                cursor: place(row.get(1)?, row.get(2)?),
                seen: place(row.get(3)?, row.get(4)?),
                first: match row.get(5)? {
                    RUNNING => First::Running(row.get(6)?),
                    DONE => First::Done,
                    _ => First::NotBegun,
                },
                progress: Progress { stage: row.get(7)?, done: unsigned(row.get(8)?), total: unsigned(row.get(9)?) },
                kinds: row.get(10)?,
            })
        })?)
    }

    /// What is complete of a kind.
    pub(crate) fn coverage(&self, kind: &EntityKind) -> Result<Coverage, StoreError> {
        const SQL: &str = "SELECT open_complete, created_since FROM coverage WHERE kind = ?1";
        let found = self
            .connection
            .prepare_cached(SQL)?
            .query_row([kind.as_str()], |row| {
                let since: i64 = row.get(1)?;
                Ok(Coverage {
                    open_complete: row.get(0)?,
                    created_since: (since != NEVER).then_some(Instant::from_ms(since)),
                })
            })
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// How far the relay had seen the platform when everything that it had was here last.
    pub(crate) fn watermark(&self, kind: &EntityKind) -> Result<Option<Instant>, StoreError> {
        const SQL: &str = "SELECT as_of FROM watermark WHERE kind = ?1";
        let found = self.connection.prepare_cached(SQL)?.query_row([kind.as_str()], |row| row.get(0)).optional()?;
        Ok(found.map(Instant::from_ms))
    }

    /// How many entities stand aside because they could not be read.
    pub(crate) fn set_aside_count(&self) -> Result<u64, StoreError> {
        let count =
            self.connection.prepare_cached("SELECT COUNT(*) FROM set_aside")?.query_row([], |row| row.get(0))?;
        Ok(unsigned(count))
    }

    /// What stands aside, in the order of its keys, after a key.
    pub(crate) fn set_aside_rows(&self, after: Option<(&str, &str)>, limit: u32) -> Result<Vec<SetAside>, StoreError> {
        const SQL: &str = "SELECT kind, key, generation, seq, whole_line, body, what, at FROM set_aside
            WHERE (kind, key) > (?1, ?2) ORDER BY kind, key LIMIT ?3";
        let (kind, key) = after.unwrap_or_default();
        let mut statement = self.connection.prepare_cached(SQL)?;
        let rows = statement.query_map((kind, key, limit), aside)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

impl CacheTx<'_> {
    pub(crate) fn put_sync_state(&self, state: &SyncState) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE sync_state SET generation = ?1, incarnation = ?2, seq = ?3, seen_incarnation = ?4,
            seen_seq = ?5, first = ?6, first_from = ?7, stage = ?8, done = ?9, total = ?10, kinds = ?11 WHERE id = 1";
        let (incarnation, seq) = parts(state.cursor.as_ref());
        let (seen_incarnation, seen_seq) = parts(state.seen.as_ref());
        let (first, from) = match &state.first {
            First::NotBegun => (NOT_BEGUN, ""),
            First::Running(from) => (RUNNING, from.as_str()),
            First::Done => (DONE, ""),
        };
        let Progress { stage, done, total } = &state.progress;
        self.connection.prepare_cached(SQL)?.execute((
            state.generation,
            incarnation,
            seq,
            seen_incarnation,
            seen_seq,
            first,
            from,
            stage,
            signed(*done),
            signed(*total),
            &state.kinds,
        ))?;
        Ok(())
    }

    /// Adds a claim of the first sync.
    pub(crate) fn claim(&self, claim: &Claim) -> Result<(), StoreError> {
        let before = self.reader().coverage(&claim.kind)?;
        self.put_coverage(&claim.kind, before, before.with(claim))
    }

    /// Takes what the relay says of itself, once everything that it has is here.
    pub(crate) fn put_watermark(&self, watermark: &Watermark) -> Result<(), StoreError> {
        let kind = &watermark.kind;
        self.put_coverage(kind, self.reader().coverage(kind)?, Coverage::of(watermark))?;
        if self.reader().watermark(kind)?.map(Instant::ms) == watermark.as_of {
            return Ok(());
        }
        self.touch_reach();
        match watermark.as_of {
            Some(ms) => {
                const SQL: &str = "INSERT INTO watermark (kind, as_of) VALUES (?1, ?2)
                    ON CONFLICT (kind) DO UPDATE SET as_of = excluded.as_of";
                self.connection.prepare_cached(SQL)?.execute((kind.as_str(), ms))?;
            }
            None => {
                self.connection.prepare_cached("DELETE FROM watermark WHERE kind = ?1")?.execute([kind.as_str()])?;
            }
        }
        Ok(())
    }

    /// Nothing is known to be complete any more.
    pub(crate) fn forget_coverage(&self) -> Result<(), StoreError> {
        if self.connection.prepare_cached("DELETE FROM coverage")?.execute([])? > 0 {
            self.touch_reach();
        }
        Ok(())
    }

    fn put_coverage(&self, kind: &EntityKind, before: Coverage, after: Coverage) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO coverage (kind, open_complete, created_since) VALUES (?1, ?2, ?3)
            ON CONFLICT (kind) DO UPDATE SET open_complete = excluded.open_complete, created_since = excluded.created_since";
        if before == after {
            return Ok(());
        }
        self.touch_reach();
        let since = after.created_since.map_or(NEVER, Instant::ms);
        self.connection.prepare_cached(SQL)?.execute((kind.as_str(), after.open_complete, since))?;
        Ok(())
    }

    /// Keeps what could not be read, unless something later stands there.
    pub(crate) fn set_aside(&self, row: &SetAside) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO set_aside (kind, key, generation, seq, whole_line, body, what, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (kind, key) DO UPDATE SET generation = excluded.generation, seq = excluded.seq,
                whole_line = excluded.whole_line, body = excluded.body, what = excluded.what, at = excluded.at
            WHERE (excluded.generation, excluded.seq) > (generation, seq)";
        self.connection.prepare_cached(SQL)?.execute((
            row.kind.as_str(),
            row.key.as_str(),
            row.version.generation,
            row.version.seq,
            row.whole_line,
            &row.body,
            &row.what,
            row.at.ms(),
        ))?;
        Ok(())
    }

    /// This version was read: whatever of it, or earlier, stood aside is settled.
    pub(crate) fn healed(&self, kind: &EntityKind, key: &EntityKey, version: Version) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM set_aside WHERE kind = ?1 AND key = ?2 AND (generation, seq) <= (?3, ?4)";
        self.connection.prepare_cached(SQL)?.execute((kind.as_str(), key.as_str(), version.generation, version.seq))?;
        Ok(())
    }

    /// What stands aside of older generations is no longer at the relay.
    pub(crate) fn forget_set_aside(&self, generation: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM set_aside WHERE generation < ?1")?.execute([generation])?;
        Ok(())
    }
}

fn aside(row: &Row<'_>) -> rusqlite::Result<SetAside> {
    Ok(SetAside {
        kind: EntityKind::from(row.get::<_, String>(0)?.as_str()),
        key: EntityKey(row.get(1)?),
        version: Version { generation: row.get(2)?, seq: row.get(3)? },
        whole_line: row.get(4)?,
        body: row.get(5)?,
        what: row.get(6)?,
        at: Instant::from_ms(row.get(7)?),
    })
}

/// An empty incarnation stands for no place at all.
fn place(incarnation: String, seq: i64) -> Option<Cursor> {
    (!incarnation.is_empty()).then(|| Cursor { incarnation: Incarnation(incarnation), seq: unsigned(seq) })
}

fn parts(place: Option<&Cursor>) -> (&str, i64) {
    place.map_or(("", 0), |cursor| (cursor.incarnation.as_str(), signed(cursor.seq)))
}

/// Counts are never negative here, and a cursor beyond SQLite's integers is one that no relay could have counted to.
fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
impl CacheReader<'_> {
    /// Rows as text, for tests that compare whole tables.
    pub(crate) fn dump(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let values = (0..columns).map(|at| {
                Ok(match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                    other => format!("{other:?}"),
                })
            });
            values.collect::<Result<Vec<_>, _>>()
        })?;
        rows.map(|row| Ok(row?.join(" "))).collect()
    }
}
