use rusqlite::{OptionalExtension, params};
use shopkeeper_protocol::{Cursor, Incarnation, Reset, Seq};

use super::{Reader, StoreError, from_db, to_db};
use crate::ports::Random;

/// Where a cursor stands in this store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Changes after it can be told.
    Here,
    Void(Reset),
}

/// Begins a new life. 128 random bits, because two restores of one backup must not be taken for each other.
pub(super) fn append(db: &rusqlite::Connection, now: i64, random: &dyn Random) -> Result<Incarnation, StoreError> {
    let mut nonce = [0; 16];
    random.fill(&mut nonce);
    let incarnation = Incarnation(hex::encode(nonce));
    let head = to_db(Reader { db }.head()?);
    db.execute(
        "INSERT INTO incarnation (nonce, began_at_seq, began_at) VALUES (?1, ?2, ?3)",
        params![incarnation.as_str(), head, now],
    )?;
    Ok(incarnation)
}

impl Reader<'_> {
    pub(crate) fn newest_incarnation(&self) -> Result<Option<Incarnation>, StoreError> {
        let newest = "SELECT nonce FROM incarnation ORDER BY ordinal DESC LIMIT 1";
        Ok(self.db.query_row(newest, (), |row| row.get(0)).optional()?.map(Incarnation))
    }

    /// The greatest sequence that was given out in that life, if this store has lived it.
    fn end_of(&self, incarnation: &Incarnation) -> Result<Option<Seq>, StoreError> {
        let mut end = self.db.prepare_cached(
            "SELECT coalesce((SELECT next.began_at_seq FROM incarnation next WHERE next.ordinal > this.ordinal
                              ORDER BY next.ordinal LIMIT 1),
                             (SELECT head FROM about))
             FROM incarnation this WHERE nonce = ?1",
        )?;
        Ok(end.query_row([incarnation.as_str()], |row| row.get(0)).optional()?.map(from_db))
    }

    pub(crate) fn place(&self, cursor: &Cursor) -> Result<Place, StoreError> {
        let Some(end) = self.end_of(&cursor.incarnation)? else {
            return Ok(Place::Void(Reset::UnknownIncarnation));
        };
        if cursor.seq > end {
            return Ok(Place::Void(Reset::BeyondEnd));
        }
        let horizon: i64 = self.db.query_row("SELECT horizon FROM about", (), |row| row.get(0))?;
        if cursor.seq < from_db(horizon) {
            return Ok(Place::Void(Reset::TooOld));
        }
        Ok(Place::Here)
    }
}
