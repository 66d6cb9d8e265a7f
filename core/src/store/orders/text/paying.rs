//! Writing what the index owes.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::super::queries::{self, Direction};
use super::{Found, Place};
use crate::orders::search::{Field, Value, indexed};
use crate::store::{CacheReader, CacheTx, Local, Store, StoreError};
use crate::sync::state::First;

/// Owed orders that are indexed in one transaction. FTS5 writes what a transaction gave it as a part of its own, and parts into larger
/// parts again and again; of fewer and larger ones less is written twice.
const STEP: u32 = 2_000;
/// After each of so many a transaction ends early if somebody waits for the writer.
const GIVES_WAY: usize = 32;
/// How long nothing may arrive before a first sync that is not done counts as one that has stopped.
const QUIET: Duration = Duration::from_secs(2);

/// At the end of a transaction, when everything else is written: the orders at these places are owed.
pub(in crate::store) fn settle(tx: &CacheTx<'_>, places: &BTreeSet<Place>) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let mut owe = tx.connection.prepare_cached(queries::OWE_TEXT.sql)?;
    for place in places {
        owe.execute([place.number()])?;
    }
    Ok(())
}

/// Brings the rows of the orders that stand, or stood, at these places up to date; says up to which place, for it ends early if
/// somebody waits. Places are ascending, and so is what is written: FTS5 gathers ascending rows only.
fn index(tx: &CacheTx<'_>, places: &[Place], is_awaited: impl Fn() -> bool) -> Result<Option<Place>, StoreError> {
    let mut fresh: Vec<(Place, String, i64)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut last = None;
    for (at, place) in places.iter().enumerate() {
        if at > 0 && at % GIVES_WAY == 0 && is_awaited() {
            break;
        }
        last = Some(*place);
        let id = place.id();
        if !seen.insert(id) {
            continue;
        }
        let here = row_of(tx.reader(), id)?;
        let mut found = tx.reader().searchable_at(id)?;
        let text = found.as_mut().map(|found| text_of(found, &tx.local)).unwrap_or_default();
        let wanted = found.map(|found| (found.place, hash(&text)));
        if here == wanted {
            continue;
        }
        if let Some((place, _)) = here {
            tx.connection.prepare_cached(queries::DELETE_TEXT.sql)?.execute([place.number()])?;
            if wanted.is_none() {
                tx.connection.prepare_cached(queries::DELETE_TEXT_ROW.sql)?.execute([id])?;
            }
        }
        if let Some((place, hash)) = wanted {
            fresh.push((place, text, hash));
        }
    }
    fresh.sort_unstable_by_key(|(place, ..)| *place);
    let mut row = tx.connection.prepare_cached(queries::PUT_TEXT_ROW.sql)?;
    for (place, _, hash) in &fresh {
        row.execute((place.id(), place.number(), hash))?;
    }
    let mut put = tx.connection.prepare_cached(queries::PUT_TEXT.sql)?;
    for (place, text, _) in &fresh {
        put.execute((place.number(), text))?;
    }
    Ok(last)
}

/// What is indexed of an order, with what this phone knows of it.
fn text_of(found: &mut Found, local: &Local) -> String {
    let mark = local.mark(&found.key);
    let note = mark.and_then(|mark| mark.note.as_ref());
    found.values.extend(note.map(|note| Value::new(Field::PrivateNote, 0, note)));
    indexed(&found.values, mark.and_then(|mark| mark.flag))
}

fn row_of(reader: CacheReader<'_>, id: i64) -> Result<Option<(Place, i64)>, StoreError> {
    let mut read = reader.connection.prepare_cached(queries::TEXT_ROW.sql)?;
    let mut rows = read.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((Place::from_number(row.get(0)?), row.get(1)?)))
}

impl Store {
    /// Indexes a step of what is owed; says whether there was any.
    ///
    /// # Errors
    /// If the cache cannot be written; then as much is owed as before.
    pub(crate) fn pay_text(&self) -> Result<bool, StoreError> {
        if self.read(|cache| cache.owed_text(Place::FIRST, Direction::Down, 1))?.is_empty() {
            return Ok(false);
        }
        self.write_cache(|tx| {
            let places = tx.reader().owed_text(Place::FIRST, Direction::Down, STEP)?;
            if let Some(last) = index(tx, &places, || self.is_cache_awaited())? {
                tx.connection.prepare_cached(queries::PAY_TEXT.sql)?.execute([last.number()])?;
            }
            Ok(true)
        })
    }

    /// Has the index follow, for as long as it is polled: when a first sync is done, or when nothing more of it arrives.
    pub(crate) async fn follow_text(self) {
        let mut commits = self.commits();
        loop {
            let done = self.read(|cache| Ok(cache.sync_state()?.first == First::Done)).unwrap_or(false);
            if !done {
                match tokio::time::timeout(QUIET, commits.recv()).await {
                    Ok(Err(RecvError::Closed)) => return,
                    Ok(_) => continue,
                    Err(_) => {}
                }
            }
            // Whoever shows what was committed goes first.
            tokio::task::yield_now().await;
            loop {
                match self.run(Self::pay_text).await {
                    Ok(true) => tokio::task::yield_now().await,
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "the index of texts could not follow; a search reads what it owes");
                        break;
                    }
                }
            }
            if matches!(commits.recv().await, Err(RecvError::Closed)) {
                return;
            }
        }
    }
}

/// FNV-1a of 64 bits: it stands in files, so it has to be the same in every build.
pub(in crate::store) fn hash(text: &str) -> i64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash.cast_signed()
}
