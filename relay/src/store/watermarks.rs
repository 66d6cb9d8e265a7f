use rusqlite::params;
use shopkeeper_protocol::{EntityKind, FirstReading, Watermark};

use super::{Reader, StoreError, Tx};

impl Reader<'_> {
    /// How far the relay has seen the platform, in order of kinds.
    pub(crate) fn watermarks(&self) -> Result<Vec<Watermark>, StoreError> {
        let mut all = self.db.prepare_cached(
            "SELECT kind, as_of, open_complete, created_since, first_reading FROM watermark ORDER BY kind",
        )?;
        let rows = all.query_map((), |row| {
            Ok(Watermark {
                kind: EntityKind::from(row.get_ref(0)?.as_str()?),
                as_of: row.get(1)?,
                open_complete: row.get(2)?,
                created_since: row.get(3)?,
                first_reading: row.get_ref(4)?.as_str_or_null()?.map(FirstReading::from),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn watermark(&self, kind: &EntityKind) -> Result<Option<Watermark>, StoreError> {
        Ok(self.watermarks()?.into_iter().find(|mark| mark.kind == *kind))
    }
}

impl Tx<'_> {
    /// Replaces the watermark of a kind: only once everything that it claims is stored.
    pub(crate) fn set_watermark(&self, mark: &Watermark) -> Result<(), StoreError> {
        let mut set = self.db.prepare_cached(
            "INSERT INTO watermark (kind, as_of, open_complete, created_since, first_reading) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (kind) DO UPDATE SET as_of = excluded.as_of, open_complete = excluded.open_complete,
                 created_since = excluded.created_since, first_reading = excluded.first_reading",
        )?;
        let reading = mark.first_reading.as_ref().map(FirstReading::as_str);
        set.execute(params![mark.kind.as_str(), mark.as_of, mark.open_complete, mark.created_since, reading])?;
        Ok(())
    }
}
