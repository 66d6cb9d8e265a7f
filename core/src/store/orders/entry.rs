//! [`Entry`]: an order as lists see it, all that they filter and sort by.
//!
//! Two of them, from before a change and from after it, tell what the change means to a list without a look into the cache.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, Row};

use super::lists::{List, Lists};
use super::queries::{self, Column};
use crate::orders::OrderSort;
use crate::store::orders::anchors::Place;
use crate::store::{CacheReader, StoreError};

/// See the module. Numbers are those of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(in crate::store) id: i64,
    pub(in crate::store) lists: Lists,
    pub(in crate::store) newest: i64,
    pub(in crate::store) due_at: i64,
    pub(in crate::store) tie: i64,
    pub(in crate::store) paid_at: i64,
    pub(in crate::store) shipped_at: i64,
    pub(in crate::store) payable: i64,
    pub(in crate::store) scene: i64,
    pub(in crate::store) buyer_rank: i64,
    pub(in crate::store) parcel_rank: i64,
    pub(in crate::store) province: String,
    pub(in crate::store) city: String,
    pub(in crate::store) address_asked_at: i64,
    /// Product and SKU of each line.
    pub(in crate::store) lines: Vec<(String, String)>,
}

impl Entry {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            id: row.get(0)?,
            lists: Lists::from_bits(row.get(1)?),
            newest: row.get(2)?,
            due_at: row.get(3)?,
            tie: row.get(4)?,
            paid_at: row.get(5)?,
            shipped_at: row.get(6)?,
            payable: row.get(7)?,
            scene: row.get(8)?,
            buyer_rank: row.get(9)?,
            parcel_rank: row.get(10)?,
            province: row.get(11)?,
            city: row.get(12)?,
            address_asked_at: row.get(13)?,
            lines: Vec::new(),
        })
    }

    pub(super) fn value(&self, column: Column) -> Value {
        match column {
            Column::Id => Value::Integer(self.id),
            Column::Newest => Value::Integer(self.newest),
            Column::Due => Value::Integer(self.due_at),
            Column::Tie => Value::Integer(self.tie),
            Column::Paid => Value::Integer(self.paid_at.saturating_neg()),
            Column::Amount => Value::Integer(self.payable.saturating_neg()),
            Column::Province => Value::Text(self.province.clone()),
            Column::City => Value::Text(self.city.clone()),
            Column::Buyer => Value::Integer(self.buyer_rank),
            Column::Scene => Value::Integer(self.scene),
            Column::Shipped => Value::Integer(self.shipped_at),
            Column::Asked => Value::Integer(self.address_asked_at),
        }
    }

    /// Where it stands in a list of this order.
    pub(super) fn place(&self, sort: OrderSort) -> Place {
        Place(queries::place_of(sort).iter().map(|column| self.value(*column)).collect())
    }

    /// The parcel that it could go into with others; `None` if it is not to ship, or nobody knows.
    pub(super) fn parcel(&self) -> Option<i64> {
        (self.lists.is_on(List::ToShip) && self.parcel_rank != 0).then_some(self.parcel_rank)
    }
}

impl CacheReader<'_> {
    /// The order as lists see it now.
    pub(super) fn entry(&self, id: i64) -> Result<Option<Entry>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::ENTRY.sql)?;
        let Some(mut entry) = read.query_row([id], Entry::read).optional()? else { return Ok(None) };
        let mut read = self.connection.prepare_cached(queries::ENTRY_LINES.sql)?;
        let lines = read.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        entry.lines = lines.collect::<Result<_, _>>()?;
        Ok(Some(entry))
    }
}
