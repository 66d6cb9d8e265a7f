//! A row of `orders` as it is written: what was prepared of the order, and what follows from the rest of the cache.

use rusqlite::{Statement, params};
use shopkeeper_protocol::OrderLine;

use super::lists::{Lists, Standing};
use super::rows::{NOTHING_DUE, due_of, instant_of};
use super::{Entry, Place, PreparedOrder};
use crate::orders::rules;
use crate::store::{CacheTx, StoreError};
use crate::sync::Version;
use crate::time::Instant;

/// See the module.
pub(super) struct Record<'p> {
    pub(super) prepared: &'p PreparedOrder,
    pub(super) lists: Lists,
    /// As the column of this name; so are the others.
    pub(super) newest: i64,
    version: Version,
    due_at: i64,
    due_basis: i64,
    tie: i64,
    hurried_at: i64,
    address_asked_at: i64,
}

impl CacheTx<'_> {
    /// The row of an order that has these marks.
    pub(super) fn record<'p>(
        &self,
        version: Version,
        prepared: &'p PreparedOrder,
        marks: Lists,
    ) -> Result<Record<'p>, StoreError> {
        let PreparedOrder { key, order, facts, .. } = prepared;
        let told = self.told(key)?;
        let standing = Standing { facts, order, hurried: rules::is_hurried(facts, instant_of(told.hurried_at)) };
        let newest = order.created_at.saturating_neg();
        let (due_at, due_basis) = due_of(facts);
        let tie = if due_at == NOTHING_DUE { newest } else { order.paid_at.unwrap_or(order.created_at) };
        Ok(Record {
            prepared,
            lists: Lists::of(standing, marks),
            newest,
            version,
            due_at,
            due_basis,
            tie,
            hurried_at: told.hurried_at,
            address_asked_at: told.address_asked_at(order, facts.address_asked_at),
        })
    }

    /// The row of an order that is not here yet, but may have marks already.
    pub(super) fn new_record<'p>(
        &self,
        version: Version,
        prepared: &'p PreparedOrder,
    ) -> Result<Record<'p>, StoreError> {
        let marks = if self.beside()?.marks {
            Lists::of_marks(self.reader().mirror_of(&prepared.key)?)
        } else {
            Lists::default()
        };
        self.record(version, prepared, marks)
    }
}

impl Record<'_> {
    /// Binds all columns to a statement that writes several rows, this one at a place among them, from 0.
    pub(super) fn bind(&self, id: i64, statement: &mut Statement<'_>, row: usize) -> Result<(), StoreError> {
        let PreparedOrder { key, order, .. } = self.prepared;
        let values = params![
            key.as_str(),
            self.version.generation,
            self.version.seq,
            order.number,
            self.prepared.tail,
            order.status,
            self.lists.bits(),
            self.newest,
            self.due_at,
            self.due_basis,
            self.tie,
            order.updated_at,
            order.paid_at.unwrap_or(0),
            order.shipped_at.unwrap_or(0),
            self.hurried_at,
            self.address_asked_at,
            order.open_after_sales,
            order.gift,
            order.presale,
            order.buyer.name,
            order.buyer.province,
            order.buyer.city,
            order.money.payable,
            order.buyer_note,
            order.merchant_note,
            self.prepared.extra,
            order.scene,
            self.prepared.buyer_rank,
            self.prepared.parcel_rank,
            self.prepared.face,
            id,
        ];
        for (at, value) in (row * values.len() + 1..).zip(values) {
            statement.raw_bind_parameter(at, value)?;
        }
        Ok(())
    }

    /// Where it stands in the index of texts.
    pub(super) fn place(&self, id: i64) -> Result<Place, StoreError> {
        Place::of(id, self.lists, Instant::from_ms(self.prepared.order.created_at))
    }

    /// How lists see it.
    pub(super) fn entry(&self, id: i64) -> Entry {
        let order = &self.prepared.order;
        let line = |line: &OrderLine| (line.product.clone(), line.sku.clone());
        Entry {
            id,
            lists: self.lists,
            newest: self.newest,
            due_at: self.due_at,
            tie: self.tie,
            paid_at: order.paid_at.unwrap_or(0),
            shipped_at: order.shipped_at.unwrap_or(0),
            payable: order.money.payable,
            scene: order.scene,
            buyer_rank: self.prepared.buyer_rank,
            parcel_rank: self.prepared.parcel_rank,
            province: order.buyer.province.clone(),
            city: order.buyer.city.clone(),
            address_asked_at: self.address_asked_at,
            lines: order.lines.iter().map(line).collect(),
        }
    }
}
