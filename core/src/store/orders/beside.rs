//! What stands beside the orders: in a first sync nothing does, and looking for each order's share of nothing would be a third of its time.

use super::queries;
use crate::store::{CacheTx, StoreError};

/// Which tables hold anything at all.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Beside {
    pub(in crate::store) tombstones: bool,
    pub(in crate::store) events: bool,
    pub(in crate::store) marks: bool,
}

impl CacheTx<'_> {
    /// Looked up once, and again after one of them was written.
    pub(in crate::store) fn beside(&self) -> Result<Beside, StoreError> {
        if let Some(beside) = self.beside.get() {
            return Ok(beside);
        }
        let mut read = self.connection.prepare_cached(queries::BESIDE.sql)?;
        let beside =
            read.query_row([], |row| Ok(Beside { tombstones: row.get(0)?, events: row.get(1)?, marks: row.get(2)? }))?;
        self.beside.set(Some(beside));
        Ok(beside)
    }

    pub(in crate::store) fn look_beside_again(&self) {
        self.beside.set(None);
    }
}
