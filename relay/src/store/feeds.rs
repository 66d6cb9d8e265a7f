//! Reading for the feeds: by sequence, and by importance.

use std::collections::BTreeSet;

use rusqlite::params;
use shopkeeper_protocol::{EntityKey, EntityKind, Seq};

use super::{Reader, StoreError, from_db, to_db};

/// An entity version or a tombstone on its way to a phone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FeedRow {
    pub(crate) kind: EntityKind,
    pub(crate) key: EntityKey,
    pub(crate) seq: Seq,
    pub(crate) created_at: i64,
    /// `None`: gone.
    pub(crate) body: Option<String>,
}

impl std::fmt::Debug for FeedRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedRow").field("kind", &self.kind).field("seq", &self.seq).finish_non_exhaustive()
    }
}

/// What one stage of a first sync walks through.
#[derive(Debug, Clone)]
pub(crate) struct Among {
    pub(crate) kind: EntityKind,
    /// Only those that are (not) open; `None`: all.
    pub(crate) open: Option<bool>,
    /// Only those created at or after this instant.
    pub(crate) since: i64,
    /// Only versions up to this sequence. What changed after it is told by the changes, and there alone: a phone then never holds a
    /// version that its cursor has not reached, and a restored store can tell from the cursor that the phone knows too much.
    pub(crate) until: Seq,
}

/// The last entity of the page before; the walk goes on with older ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) created_at: i64,
    pub(crate) key: EntityKey,
}

impl Reader<'_> {
    /// What changed after a sequence among some kinds, oldest first. An entity that moved on meanwhile stands where its newest version is.
    pub(crate) fn changes(
        &self,
        kinds: &BTreeSet<EntityKind>,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<FeedRow>, StoreError> {
        let kinds: Vec<&str> = kinds.iter().map(EntityKind::as_str).collect();
        let kinds = serde_json::to_string(&kinds).map_err(|_| StoreError::Corrupt("the kinds of a feed"))?;
        // The plus keeps the walk on the index of sequences: it is the order that is asked for.
        let mut changes = self.db.prepare_cached(
            "SELECT kind, key, seq, created_at, body FROM entity
             WHERE seq > ?1 AND +kind IN (SELECT value FROM json_each(?3)) ORDER BY seq LIMIT ?2",
        )?;
        let rows = changes.query_map(params![to_db(after), to_db(limit as u64), kinds], feed_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The next entities of a stage, newest first. The walk is by key, so writes between two pages neither repeat nor skip
    /// what was there before it began.
    pub(crate) fn by_importance(
        &self,
        among: &Among,
        after: Option<&After>,
        limit: usize,
    ) -> Result<Vec<FeedRow>, StoreError> {
        let open = match among.open {
            Some(open) => format!("AND open = {}", u8::from(open)),
            None => "AND open IN (0, 1)".to_owned(),
        };
        let walk = format!(
            "SELECT kind, key, seq, created_at, body FROM entity
             WHERE kind = ?1 {open} AND gone_at IS NULL AND created_at >= ?2 AND (created_at, key) < (?3, ?4)
               AND seq <= ?6
             ORDER BY created_at DESC, key DESC LIMIT ?5"
        );
        // Nothing was created at the end of time, so this stands before every entity.
        let (created_at, key) = after.map_or((i64::MAX, ""), |after| (after.created_at, after.key.as_str()));
        let mut walk = self.db.prepare_cached(&walk)?;
        let (kind, limit, until) = (among.kind.as_str(), to_db(limit as u64), to_db(among.until));
        let rows = walk.query_map(params![kind, among.since, created_at, key, limit, until], feed_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many entities a stage holds at this instant, those that changed meanwhile counted too.
    pub(crate) fn count(&self, among: &Among) -> Result<u64, StoreError> {
        let mut count = self.db.prepare_cached(
            "SELECT count(*) FROM entity WHERE kind = ?1 AND gone_at IS NULL AND created_at >= ?2
                 AND open BETWEEN ?3 AND ?4",
        )?;
        let (least, most) = among.open.map_or((false, true), |open| (open, open));
        let found: i64 = count.query_row(params![among.kind.as_str(), among.since, least, most], |row| row.get(0))?;
        Ok(from_db(found))
    }
}

fn feed_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<FeedRow> {
    Ok(FeedRow {
        kind: EntityKind::from(row.get_ref(0)?.as_str()?),
        key: EntityKey(row.get(1)?),
        seq: from_db(row.get(2)?),
        created_at: row.get(3)?,
        body: row.get(4)?,
    })
}
