//! Indexes that wait for the end of a first sync.
//!
//! History arrives in the order of its time, so the indexes of lists grow at one end, and a batch writes the few pages there. What is
//! looked up by chance values (the tail of a number, the hash of a waybill) grows everywhere at once: every batch would write nearly
//! every page of such an index again, and at 100,000 orders that is more than all the rest of the batch together. So a first sync into
//! an empty cache begins by dropping them, and when it has ended each is built in one go from the sorted values.
//!
//! The indexes of orders that nobody looks at first wait as well: an entry costs more when it is wedged in than when it is sorted. Those
//! that hold few orders do not: to build one, every order is read, which costs more than it saves.
//!
//! Whether one is there is read from the schema itself, in the transaction that wants to use it; there is no note of it that could be
//! wrong. A process killed anywhere leaves an index or none, and whoever finds a first sync that is done with an index missing builds it.
//! Meanwhile a look-up goes over the rows, which finds the same, only later.

use super::queries::{self, Query};
use crate::store::{CacheReader, CacheTx, FileKind, StoreError};

/// An index that is not there while a first sync runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Deferred {
    /// Orders by the end of their number.
    Tail,
    /// Parcels by their waybill.
    Waybill,
    /// Orders by the products in them.
    Product,
    /// All orders by amount, place and buyer.
    Amount,
    Region,
    Buyer,
    /// All orders by payment, by where they came from, and by shipment.
    Paid,
    Scene,
    Shipped,
}

impl Deferred {
    pub(in crate::store) const EVERY: [Self; 9] = [
        Self::Tail,
        Self::Waybill,
        Self::Product,
        Self::Amount,
        Self::Region,
        Self::Buyer,
        Self::Paid,
        Self::Scene,
        Self::Shipped,
    ];

    /// As the schema calls it.
    const fn name(self) -> &'static str {
        match self {
            Self::Tail => "orders_tail",
            Self::Waybill => "order_parcel_hash",
            Self::Product => "order_line_product",
            Self::Amount => "orders_all_amount",
            Self::Region => "orders_all_region",
            Self::Buyer => "orders_all_buyer",
            Self::Paid => "orders_all_paid",
            Self::Scene => "orders_scene",
            Self::Shipped => "orders_shipped",
        }
    }

    /// The statement that makes it, as the schema spells it.
    fn create(self) -> Result<&'static str, StoreError> {
        let begins = format!("CREATE INDEX {} ON ", self.name());
        let found = FileKind::Cache.schema().lines().find(|line| line.starts_with(&begins));
        found.ok_or_else(|| StoreError::damaged(format!("the schema of this build has no index {}", self.name())))
    }
}

impl CacheReader<'_> {
    /// `indexed` if the index is there, else `scan`, which finds the same without it.
    pub(in crate::store) fn by_index(&self, index: Deferred, indexed: Query, scan: Query) -> Result<Query, StoreError> {
        Ok(if self.has_index(index)? { indexed } else { scan })
    }

    /// Whether one waits to be built.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn misses_index(&self) -> Result<bool, StoreError> {
        for index in Deferred::EVERY {
            if !self.has_index(index)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(in crate::store) fn has_index(&self, index: Deferred) -> Result<bool, StoreError> {
        let mut read = self.connection.prepare_cached(queries::HAS_INDEX.sql)?;
        Ok(read.query_row([index.name()], |row| row.get(0))?)
    }
}

impl CacheTx<'_> {
    /// A first sync begins: where there is no order yet, takes away what is better built at its end.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn defer_indexes(&self) -> Result<(), StoreError> {
        let any: bool = self.connection.prepare_cached(queries::ANY_ORDER.sql)?.query_row([], |row| row.get(0))?;
        if any { Ok(()) } else { self.drop_deferred_indexes() }
    }

    pub(crate) fn drop_deferred_indexes(&self) -> Result<(), StoreError> {
        for index in Deferred::EVERY {
            self.connection.execute_batch(&format!("DROP INDEX IF EXISTS {}", index.name()))?;
        }
        Ok(())
    }

    /// Builds one index that is missing, if any is. One in a transaction, so that whoever waits for the cache waits for one.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn build_missing_index(&self) -> Result<(), StoreError> {
        for index in Deferred::EVERY {
            if self.reader().has_index(index)? {
                continue;
            }
            // A million values to sort would stand in memory whole.
            self.connection.pragma_update(None, "temp_store", "file")?;
            let built = self.connection.execute_batch(index.create()?);
            self.connection.pragma_update(None, "temp_store", "memory")?;
            return Ok(built?);
        }
        Ok(())
    }
}
