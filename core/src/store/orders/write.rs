//! How an order comes into the cache and leaves it.
//!
//! A row is replaced by a later reading only, and by an equal one silently: watchers hear of it when something is different. The
//! lists on which it stands are compared before and after, and the difference goes to the counters of the same transaction. Marks
//! are not of the relay: a pull carries them over.

use rusqlite::params;
use shopkeeper_protocol::{EntityKind, Order, OrderLine};

use super::lists::{Lists, Standing};
use super::rows::{NOTHING_DUE, due_of, instant_of};
use super::{Batch, Entry, Place, PreparedOrder, queries};
use crate::ids::OrderKey;
use crate::orders::rules::{self, OrderFacts};
use crate::store::changes::Written;
use crate::store::{CacheReader, CacheTx, StoreError};
use crate::sync::Version;
use crate::sync::sink::Stored;
use crate::time::Instant;

/// What is known of an order that is here.
#[derive(Debug, Clone, Copy)]
struct Here {
    id: i64,
    version: Version,
    lists: Lists,
}

impl CacheTx<'_> {
    /// Stores a reading of an order.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn put_order(&self, version: Version, prepared: &PreparedOrder) -> Result<Stored, StoreError> {
        let key = &prepared.key;
        // Orders come in runs of new ones and runs of known ones. In a run of new ones the row is tried without looking first.
        let mut batch = self.batch.borrow_mut();
        let mut here = if batch.run_of_new { None } else { self.here(&mut batch, key)? };
        if here.is_none() {
            if !self.rises_over_tombstone(&EntityKind::Order, key, version)? {
                return Ok(Stored::Same);
            }
            batch.run_of_new = self.write_order(&mut batch, version, prepared, None)?;
            if batch.run_of_new {
                self.note_late_reading(key, None, &prepared.order)?;
                return Ok(Stored::Changed);
            }
            here = self.here(&mut batch, key)?;
        }
        let Some(here) = here else {
            return Err(StoreError::damaged("orders_key holds a key that no order has"));
        };
        if version <= here.version {
            return Ok(Stored::Same);
        }
        let old = self.reader().order(key)?.map(|(_, old)| old);
        if old.as_ref() == Some(&prepared.order) {
            let values = (here.id, version.generation, version.seq);
            self.connection.prepare_cached(queries::UPDATE_VERSION.sql)?.execute(values)?;
            return Ok(Stored::Same);
        }
        self.write_order(&mut batch, version, prepared, Some(here))?;
        self.note_late_reading(key, old.as_ref(), &prepared.order)?;
        Ok(Stored::Changed)
    }

    /// Works out again what follows from an order: its events or the rules changed.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn derive_order(
        &self,
        key: &OrderKey,
        facts: impl FnOnce(&Order) -> OrderFacts,
    ) -> Result<(), StoreError> {
        let Some((version, order)) = self.reader().order(key)? else { return Ok(()) };
        let facts = facts(&order);
        let prepared = PreparedOrder::new(key.clone(), order, facts)?;
        let mut batch = self.batch.borrow_mut();
        let here = self.here(&mut batch, key)?;
        self.write_order(&mut batch, version, &prepared, here)?;
        Ok(())
    }

    /// Works out again what follows from every order, and writes down by which rules.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn derive_orders(
        &self,
        rules: &str,
        facts: impl Fn(&OrderKey, &Order) -> OrderFacts,
    ) -> Result<(), StoreError> {
        let keys: Vec<OrderKey> = {
            let mut read = self.connection.prepare_cached(queries::KEYS.sql)?;
            let keys = read.query_map([], |row| Ok(OrderKey(row.get(0)?)))?;
            keys.collect::<Result<_, _>>()?
        };
        for key in &keys {
            self.derive_order(key, |order| facts(key, order))?;
        }
        self.put_meta(RULES, rules)
    }

    /// Removes an order of a version not greater than this.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn remove_order(&self, key: &OrderKey, version: Version) -> Result<Stored, StoreError> {
        let here = self.here(&mut self.batch.borrow_mut(), key)?;
        if here.is_some_and(|here| version < here.version) {
            return Ok(Stored::Same);
        }
        self.bury(&EntityKind::Order, key, version)?;
        let Some(here) = here else { return Ok(Stored::Same) };
        self.drop_order(key, here)?;
        Ok(Stored::Changed)
    }

    /// Removes the orders that only an older generation knew.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn forget_orders(&self, generation: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for key in self.keys_older(queries::OLDER, generation)? {
            let here = self.here(&mut self.batch.borrow_mut(), &key)?;
            if let Some(here) = here {
                self.drop_order(&key, here)?;
                forgotten += 1;
            }
        }
        self.forget_tombstones(&EntityKind::Order, generation)?;
        Ok(forgotten)
    }

    /// The marks of an order changed: so do the lists on which it stands.
    pub(in crate::store) fn mark_order(&self, key: &OrderKey, marks: Lists) -> Result<(), StoreError> {
        let here = self.here(&mut self.batch.borrow_mut(), key)?;
        let Some(here) = here else { return Ok(()) };
        let lists = here.lists.with_marks(marks);
        if lists != here.lists {
            let from = self.compared(here)?;
            self.connection.prepare_cached(queries::UPDATE_LISTS.sql)?.execute((here.id, lists.bits()))?;
            self.move_lists(Some(here.lists), Some(lists));
            let written = from.map(|from| Written { to: Some(Entry { lists, ..from.clone() }), from: Some(from) });
            self.touch_written(key, written);
        }
        Ok(())
    }

    /// How lists see an order that is here, if anybody wants to know.
    fn compared(&self, here: Here) -> Result<Option<Entry>, StoreError> {
        if self.compares() { self.reader().entry(here.id) } else { Ok(None) }
    }

    fn here(&self, batch: &mut Batch<'_>, key: &OrderKey) -> Result<Option<Here>, StoreError> {
        let mut rows = batch.here()?.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Here {
            id: row.get(0)?,
            version: Version { generation: row.get(1)?, seq: row.get(2)? },
            lists: Lists::from_bits(row.get(3)?),
        }))
    }

    /// Writes a reading in the place of the one that is here. Without one says whether it was written: a row of this key may be here
    /// all the same, and is then left alone.
    fn write_order(
        &self,
        batch: &mut Batch<'_>,
        version: Version,
        prepared: &PreparedOrder,
        here: Option<Here>,
    ) -> Result<bool, StoreError> {
        let PreparedOrder { key, order, facts, .. } = prepared;
        let told = self.told(key)?;
        let address_asked_at = told.address_asked_at(order, facts.address_asked_at);
        let marks = match here {
            Some(here) => here.lists,
            None if !self.beside()?.marks => Lists::default(),
            None => Lists::of_marks(self.reader().mirror_of(key)?),
        };
        let standing = Standing { facts, order, hurried: rules::is_hurried(facts, instant_of(told.hurried_at)) };
        let lists = Lists::of(standing, marks);
        let newest = order.created_at.saturating_neg();
        let (due_at, due_basis) = due_of(facts);
        let tie = if due_at == NOTHING_DUE { newest } else { order.paid_at.unwrap_or(order.created_at) };
        let values = params![
            key.as_str(),
            version.generation,
            version.seq,
            order.number,
            prepared.tail,
            order.status,
            lists.bits(),
            newest,
            due_at,
            due_basis,
            tie,
            order.updated_at,
            order.paid_at.unwrap_or(0),
            order.shipped_at.unwrap_or(0),
            told.hurried_at,
            address_asked_at,
            order.open_after_sales,
            order.gift,
            order.presale,
            order.buyer.name,
            order.buyer.province,
            order.buyer.city,
            order.money.payable,
            order.buyer_note,
            order.merchant_note,
            prepared.extra,
            order.scene,
            prepared.buyer_rank,
            prepared.parcel_rank,
            prepared.face,
        ];
        let compares = self.compares();
        let from = here.map(|here| self.compared(here)).transpose()?.flatten();
        let id = match here {
            Some(here) => {
                self.connection.prepare_cached(queries::UPDATE.sql)?.execute(values)?;
                self.drop_parts(here.id)?;
                here.id
            }
            None if batch.insert()?.execute(values)? == 0 => return Ok(false),
            None => self.connection.last_insert_rowid(),
        };
        write_parts(batch, id, newest, prepared)?;
        self.move_lists(here.map(|here| here.lists), Some(lists));
        self.owe_text(Place::of(id, lists, Instant::from_ms(order.created_at))?);
        let line = |line: &OrderLine| (line.product.clone(), line.sku.clone());
        let to = || Entry {
            id,
            lists,
            newest,
            due_at,
            tie,
            paid_at: order.paid_at.unwrap_or(0),
            shipped_at: order.shipped_at.unwrap_or(0),
            payable: order.money.payable,
            scene: order.scene,
            buyer_rank: prepared.buyer_rank,
            parcel_rank: prepared.parcel_rank,
            province: order.buyer.province.clone(),
            city: order.buyer.city.clone(),
            address_asked_at,
            lines: order.lines.iter().map(line).collect(),
        };
        self.touch_written(key, compares.then(|| Written { from, to: Some(to()) }));
        Ok(true)
    }

    fn drop_order(&self, key: &OrderKey, here: Here) -> Result<(), StoreError> {
        let from = self.compared(here)?;
        self.drop_parts(here.id)?;
        self.forget_late(key)?;
        // Any place with its id will do: the index knows where the order stood.
        self.owe_text(Place::of(here.id, here.lists, Instant::EPOCH)?);
        self.connection.prepare_cached(queries::DELETE.sql)?.execute([here.id])?;
        self.move_lists(Some(here.lists), None);
        self.touch_written(key, from.map(|from| Written { from: Some(from), to: None }));
        Ok(())
    }

    fn drop_parts(&self, id: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached(queries::DELETE_LINES.sql)?.execute([id])?;
        self.connection.prepare_cached(queries::DELETE_PARCELS.sql)?.execute([id])?;
        Ok(())
    }

    /// Has the file know something under a name.
    pub(super) fn put_meta(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(queries::PUT_META.sql)?.execute((name, value))?;
        Ok(())
    }

    fn move_lists(&self, from: Option<Lists>, to: Option<Lists>) {
        for (counter, by) in Lists::moved(from, to) {
            self.count(counter, by);
        }
    }
}

fn write_parts(batch: &mut Batch<'_>, id: i64, newest: i64, prepared: &PreparedOrder) -> Result<(), StoreError> {
    let PreparedOrder { order, parcels, .. } = prepared;
    for (position, line) in (0_i64..).zip(&order.lines) {
        batch.line()?.execute(params![
            id,
            position,
            line.product,
            line.sku,
            line.title,
            line.sku_text,
            line.sku_code,
            line.thumb,
            line.quantity,
            line.unit_price,
            line.paid,
            line.after_sale_open,
            line.after_sale_done,
            line.ship_by.unwrap_or(0),
            newest,
        ])?;
    }
    for (position, (parcel, ready)) in (0_i64..).zip(order.parcels.iter().zip(parcels)) {
        batch.parcel()?.execute(params![
            id,
            position,
            parcel.carrier,
            parcel.carrier_name,
            parcel.waybill,
            ready.waybill_hash,
            parcel.shipped_at,
            ready.items,
        ])?;
    }
    Ok(())
}

impl CacheReader<'_> {
    /// By which rules the rows were worked out; `None` in a new file.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn derived_by(&self) -> Result<Option<String>, StoreError> {
        self.meta(RULES)
    }

    /// What the file knows under a name.
    pub(super) fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::META.sql)?;
        let mut rows = read.query([name])?;
        rows.next()?.map(|row| row.get(0)).transpose().map_err(StoreError::from)
    }
}

/// In `meta`.
const RULES: &str = "rules";
