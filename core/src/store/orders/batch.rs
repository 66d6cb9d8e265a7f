//! The statements that a batch of orders runs thousands of times, held for the length of a transaction: finding each of them again by
//! its text would cost a tenth of what it does.

use rusqlite::{CachedStatement, Connection};

use super::queries::{self, Query};
use crate::store::StoreError;

/// See the module. Each is prepared when it is first needed.
pub(in crate::store) struct Batch<'a> {
    connection: &'a Connection,
    here: Option<CachedStatement<'a>>,
    insert: Option<CachedStatement<'a>>,
    line: Option<CachedStatement<'a>>,
    parcel: Option<CachedStatement<'a>>,
    /// The last order was not here before.
    pub(super) run_of_new: bool,
}

impl<'a> Batch<'a> {
    pub(in crate::store) const fn new(connection: &'a Connection) -> Self {
        Self { connection, here: None, insert: None, line: None, parcel: None, run_of_new: false }
    }

    pub(super) fn here(&mut self) -> Result<&mut CachedStatement<'a>, StoreError> {
        held(self.connection, &mut self.here, queries::HERE)
    }

    pub(super) fn insert(&mut self) -> Result<&mut CachedStatement<'a>, StoreError> {
        held(self.connection, &mut self.insert, queries::INSERT)
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
