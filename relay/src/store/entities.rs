use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use shopkeeper_protocol::{EntityKey, EntityKind, Seq};

use super::{Reader, StoreError, Tx, from_db, to_db};

/// A reading of an entity, to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Put<'a> {
    pub(crate) kind: EntityKind,
    pub(crate) key: &'a EntityKey,
    /// JSON without line breaks, as it will stand in a feed line.
    pub(crate) body: String,
    /// Whether the shop may still have to do something about it; open entities come first in a first sync.
    pub(crate) open: bool,
    pub(crate) created_at: Option<i64>,
    /// When the platform was asked and when it had answered; `None` for what the relay knows by itself.
    pub(crate) fetch: Option<FetchSpan>,
}

/// Relay times (ms) of the beginning and the end of one reading from the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FetchSpan {
    pub(crate) began: i64,
    pub(crate) ended: i64,
}

/// What became of a [`Put`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutResult {
    /// This is what the store holds now. `changed`: it is a new version, with a new sequence.
    Stored { seq: Seq, changed: bool },
    /// The fetch began before the last stored one ended, so it may show an older state: read again.
    Stale,
}

/// The newest version of an entity. Its body is content: never logged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EntityRow {
    pub(crate) seq: Seq,
    pub(crate) body: String,
    pub(crate) open: bool,
    pub(crate) created_at: i64,
    /// When the newest reading of it ended.
    pub(crate) fetch_ended: Option<i64>,
}

impl std::fmt::Debug for EntityRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntityRow").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl Reader<'_> {
    /// The greatest sequence given out.
    pub(crate) fn head(&self) -> Result<Seq, StoreError> {
        Ok(from_db(self.db.prepare_cached("SELECT head FROM about")?.query_row((), |row| row.get(0))?))
    }

    /// `None` also for one that is gone.
    pub(crate) fn entity(&self, kind: &EntityKind, key: &EntityKey) -> Result<Option<EntityRow>, StoreError> {
        let mut find = self.db.prepare_cached(
            "SELECT seq, body, open, created_at, fetch_ended FROM entity
             WHERE kind = ?1 AND key = ?2 AND gone_at IS NULL",
        )?;
        let row = find.query_row(params![kind.as_str(), key.as_str()], |row| {
            Ok(EntityRow {
                seq: from_db(row.get(0)?),
                body: row.get(1)?,
                open: row.get(2)?,
                created_at: row.get(3)?,
                fetch_ended: row.get(4)?,
            })
        });
        Ok(row.optional()?)
    }
}

impl Tx<'_> {
    /// Stores a reading. The sequence rises only if something of it is new.
    pub(crate) fn put(&self, put: Put<'_>) -> Result<PutResult, StoreError> {
        let created_at = put.created_at.unwrap_or(0);
        let hash = hash(&put.body, put.open, created_at);
        let stored = self.version(&put.kind, put.key)?;
        if let (Some(stored), Some(fetch)) = (&stored, put.fetch)
            && stored.fetch_ended.is_some_and(|ended| fetch.began < ended)
        {
            return Ok(PutResult::Stale);
        }
        let ended = put.fetch.map(|fetch| fetch.ended);
        if let Some(stored) = stored.filter(|stored| stored.hash == hash && !stored.gone) {
            let mut touch = self.db.prepare_cached(
                "UPDATE entity SET fetch_ended = coalesce(?3, fetch_ended) WHERE kind = ?1 AND key = ?2",
            )?;
            touch.execute(params![put.kind.as_str(), put.key.as_str(), ended])?;
            return Ok(PutResult::Stored { seq: stored.seq, changed: false });
        }
        let seq = self.next_seq()?;
        let mut store = self.db.prepare_cached(
            "INSERT INTO entity (kind, key, seq, hash, open, created_at, body, fetch_ended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (kind, key) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, open = excluded.open,
                 created_at = excluded.created_at, body = excluded.body, gone_at = NULL,
                 fetch_ended = coalesce(excluded.fetch_ended, fetch_ended)",
        )?;
        let (kind, key) = (put.kind.as_str(), put.key.as_str());
        store.execute(params![kind, key, to_db(seq), hash, put.open, created_at, put.body, ended])?;
        Ok(PutResult::Stored { seq, changed: true })
    }

    /// Replaces an entity by a tombstone; one that is not there stays not there.
    pub(crate) fn bury(&self, kind: &EntityKind, key: &EntityKey, now: i64) -> Result<(), StoreError> {
        if self.version(kind, key)?.is_none_or(|stored| stored.gone) {
            return Ok(());
        }
        let seq = self.next_seq()?;
        let mut bury = self.db.prepare_cached(
            "UPDATE entity SET seq = ?3, hash = x'', open = 0, body = NULL, gone_at = ?4 WHERE kind = ?1 AND key = ?2",
        )?;
        bury.execute(params![kind.as_str(), key.as_str(), to_db(seq), now])?;
        Ok(())
    }

    fn version(&self, kind: &EntityKind, key: &EntityKey) -> Result<Option<Version>, StoreError> {
        let mut find = self.db.prepare_cached(
            "SELECT seq, hash, fetch_ended, gone_at IS NOT NULL FROM entity WHERE kind = ?1 AND key = ?2",
        )?;
        let version = find.query_row(params![kind.as_str(), key.as_str()], |row| {
            Ok(Version { seq: from_db(row.get(0)?), hash: row.get(1)?, fetch_ended: row.get(2)?, gone: row.get(3)? })
        });
        Ok(version.optional()?)
    }

    fn next_seq(&self) -> Result<Seq, StoreError> {
        let mut next = self.db.prepare_cached("UPDATE about SET head = head + 1 RETURNING head")?;
        Ok(from_db(next.query_row((), |row| row.get(0))?))
    }
}

struct Version {
    seq: Seq,
    hash: Vec<u8>,
    fetch_ended: Option<i64>,
    gone: bool,
}

fn hash(body: &str, open: bool, created_at: i64) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update([u8::from(open)]);
    hash.update(created_at.to_le_bytes());
    hash.update(body);
    hash.finalize().to_vec()
}
