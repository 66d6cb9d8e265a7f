//! The statements that a batch of orders runs thousands of times, held for the length of a transaction: finding each of them again by
//! its text would cost a tenth of what it does.

use std::ops::Range;

use rusqlite::{CachedStatement, Connection};

use super::queries::{self, Query};
use super::record::Record;
use super::run::Run;
use crate::store::StoreError;

/// See the module. Each is prepared when it is first needed.
pub(in crate::store) struct Batch<'a> {
    connection: &'a Connection,
    here: Option<CachedStatement<'a>>,
    insert: Option<CachedStatement<'a>>,
    together: Option<CachedStatement<'a>>,
    line: Option<CachedStatement<'a>>,
    parcel: Option<CachedStatement<'a>>,
    /// The next free `orders.id`, once it was looked up.
    free: Option<i64>,
    pub(super) run: Run,
}

impl<'a> Batch<'a> {
    pub(in crate::store) fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            here: None,
            insert: None,
            together: None,
            line: None,
            parcel: None,
            free: None,
            run: Run::default(),
        }
    }

    pub(super) fn here(&mut self) -> Result<&mut CachedStatement<'a>, StoreError> {
        held(self.connection, &mut self.here, queries::HERE)
    }

    /// Inserts a row, unless one of its key is here; says whether it did.
    pub(super) fn insert(&mut self, id: i64, record: &Record<'_>) -> Result<bool, StoreError> {
        let insert = held(self.connection, &mut self.insert, queries::INSERT)?;
        record.bind(id, insert, 0)?;
        Ok(insert.raw_execute()? == 1)
    }

    /// Inserts [`TOGETHER`](super::run::TOGETHER) rows but for those whose key is here; says how many it did.
    pub(super) fn insert_together(&mut self, ids: Range<i64>, records: &[Record<'_>]) -> Result<usize, StoreError> {
        let insert = held(self.connection, &mut self.together, queries::INSERT_TOGETHER)?;
        for (row, (id, record)) in ids.zip(records).enumerate() {
            record.bind(id, insert, row)?;
        }
        Ok(insert.raw_execute()?)
    }

    /// Takes as many free values of `orders.id`, each greater than any that is here.
    pub(super) fn next_ids(&mut self, count: usize) -> Result<Range<i64>, StoreError> {
        let first = match self.free {
            Some(free) => free,
            None => self.connection.prepare_cached(queries::FREE_ID.sql)?.query_row([], |row| row.get(0))?,
        };
        let end = i64::try_from(count).ok().and_then(|count| first.checked_add(count));
        let end = end.ok_or_else(|| StoreError::damaged("orders.id has no free value left"))?;
        self.free = Some(end);
        Ok(first..end)
    }

    pub(super) fn next_id(&mut self) -> Result<i64, StoreError> {
        Ok(self.next_ids(1)?.start)
    }

    /// An order was said to be here and not to be here.
    pub(super) fn damaged() -> StoreError {
        StoreError::damaged("orders_key does not agree with orders")
    }

    pub(super) fn line(&mut self) -> Result<&mut CachedStatement<'a>, StoreError> {
        held(self.connection, &mut self.line, queries::INSERT_LINE)
    }

    pub(super) fn parcel(&mut self) -> Result<&mut CachedStatement<'a>, StoreError> {
        held(self.connection, &mut self.parcel, queries::INSERT_PARCEL)
    }
}

fn held<'s, 'a>(
    connection: &'a Connection,
    place: &'s mut Option<CachedStatement<'a>>,
    query: Query,
) -> Result<&'s mut CachedStatement<'a>, StoreError> {
    match place {
        Some(statement) => Ok(statement),
        None => Ok(place.insert(connection.prepare_cached(query.sql)?)),
    }
}
