//! Runs of new orders, which is what a first sync is made of.
//!
//! A statement that inserts into `orders` opens every index of it and closes it again, three dozen of them, though an order has an entry in
//! nine: a quarter of what an order costs. So new orders are gathered, and [`TOGETHER`] of them are inserted by one statement.
//!
//! A run begins with an order that was looked for and was not here, and ends with one that is here. Within a run nobody looks first: the
//! statement leaves a key alone that is here, or that came twice, and such an order is then taken one by one, in its turn.
//!
//! Gathered orders are of the transaction like those that are written: whatever looks at orders or changes them settles them first
//! ([`CacheTx::settled`]), and so does the transaction's end. What became of each is known only then ([`CacheTx::settle_orders`]).

use std::cell::RefMut;

use super::{Batch, PreparedOrder};
use crate::store::{CacheTx, StoreError};
use crate::sync::Version;
use crate::sync::sink::{Settled, Stored};

/// Orders that one statement inserts. Of twice as many each cost the same.
pub(super) const TOGETHER: usize = 8;

/// See the module.
#[derive(Default)]
pub(super) struct Run {
    /// The last order that was settled was a new one.
    pub(super) goes_on: bool,
    gathered: Vec<(Version, Box<PreparedOrder>)>,
    settled: Settled,
}

impl<'a> CacheTx<'a> {
    /// Writes the orders that are gathered, and says what became of all that were since it was last asked.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn settle_orders(&self) -> Result<Settled, StoreError> {
        Ok(std::mem::take(&mut self.settled()?.run.settled))
    }

    /// The batch, with every order written.
    pub(super) fn settled(&self) -> Result<RefMut<'_, Batch<'a>>, StoreError> {
        let mut batch = self.batch.borrow_mut();
        self.write_gathered(&mut batch)?;
        Ok(batch)
    }

    pub(super) fn gather(
        &self,
        batch: &mut Batch<'a>,
        version: Version,
        prepared: Box<PreparedOrder>,
    ) -> Result<Stored, StoreError> {
        batch.run.gathered.push((version, prepared));
        if batch.run.gathered.len() == TOGETHER {
            self.write_gathered(batch)?;
        }
        Ok(Stored::Gathered)
    }

    fn write_gathered(&self, batch: &mut Batch<'a>) -> Result<(), StoreError> {
        let gathered = std::mem::take(&mut batch.run.gathered);
        let records = gathered
            .iter()
            .map(|(version, prepared)| self.new_record(*version, prepared))
            .collect::<Result<Vec<_>, _>>()?;
        let ids = batch.next_ids(records.len())?;
        let together = records.len() == TOGETHER;
        let inserted = if together { batch.insert_together(ids.clone(), &records)? } else { 0 };
        for (id, (record, (version, prepared))) in ids.zip(records.iter().zip(&gathered)) {
            let is_new = match inserted {
                TOGETHER => true,
                _ if together => self.here(batch, &prepared.key)?.is_some_and(|here| here.id == id),
                _ => batch.insert(id, record)?,
            };
            batch.run.goes_on = is_new;
            let stored = if is_new {
                self.inserted(batch, id, record)?;
                Stored::Changed
            } else {
                let here = self.here(batch, &prepared.key)?;
                self.replace(batch, *version, prepared, here.ok_or_else(Batch::damaged)?)?
            };
            batch.run.settled.count(stored);
        }
        Ok(())
    }
}
