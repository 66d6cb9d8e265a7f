//! How an order comes into the cache and leaves it.
//!
//! A row is replaced by a later reading only, and by an equal one silently: watchers hear of it when something is different. The
//! lists on which it stands are compared before and after, and the difference goes to the counters of the same transaction. Marks
//! are not of the relay: a pull carries them over.

use rusqlite::params;
use shopkeeper_protocol::{EntityKind, Order};

use super::lists::Lists;
use super::record::Record;
use super::{Batch, Entry, Place, PreparedOrder, queries};
use crate::ids::OrderKey;
use crate::orders::rules::OrderFacts;
use crate::store::changes::Written;
use crate::store::{CacheReader, CacheTx, StoreError};
use crate::sync::Version;
use crate::sync::sink::Stored;
use crate::time::Instant;

/// What is known of an order that is here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) id: i64,
    version: Version,
    lists: Lists,
}

impl<'a> CacheTx<'a> {
    /// Stores a reading of an order. In a run of new ones it is only gathered: what looks at orders of this transaction settles them
    /// first, see [`CacheTx::settle_orders`].
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn put_order(&self, version: Version, prepared: Box<PreparedOrder>) -> Result<Stored, StoreError> {
        let mut batch = self.batch.borrow_mut();
        let here = if batch.run.goes_on { None } else { self.here(&mut batch, &prepared.key)? };
        if let Some(here) = here {
            return self.replace(&mut batch, version, &prepared, here);
        }
        if !self.rises_over_tombstone(&EntityKind::Order, &prepared.key, version)? {
            return Ok(Stored::Same);
        }
        if batch.run.goes_on {
            return self.gather(&mut batch, version, prepared);
        }
        let record = self.new_record(version, &prepared)?;
        let id = batch.next_id()?;
        if !batch.insert(id, &record)? {
            return Err(Batch::damaged());
        }
        self.inserted(&mut batch, id, &record)?;
        batch.run.goes_on = true;
        Ok(Stored::Changed)
    }

    /// Stores a reading of an order that is here.
    pub(super) fn replace(
        &self,
        batch: &mut Batch<'a>,
        version: Version,
        prepared: &PreparedOrder,
        here: Here,
    ) -> Result<Stored, StoreError> {
        if version <= here.version {
            return Ok(Stored::Same);
        }
        let old = self.reader().order(&prepared.key)?.map(|(_, old)| old);
        if old.as_ref() == Some(&prepared.order) {
            let values = (here.id, version.generation, version.seq);
            self.connection.prepare_cached(queries::UPDATE_VERSION.sql)?.execute(values)?;
            return Ok(Stored::Same);
        }
        self.update(batch, version, prepared, here)?;
        self.note_late_reading(&prepared.key, old.as_ref(), &prepared.order)?;
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
        let mut batch = self.settled()?;
        let Some(here) = self.here(&mut batch, key)? else { return Ok(()) };
        let Some((version, order)) = self.reader().order(key)? else { return Ok(()) };
        let facts = facts(&order);
        let prepared = PreparedOrder::new(key.clone(), order, facts)?;
        self.update(&mut batch, version, &prepared, here)
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
        drop(self.settled()?);
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
        let here = self.here(&mut *self.settled()?, key)?;
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
        drop(self.settled()?);
        let mut forgotten = 0;
        for key in self.keys_older(queries::OLDER, generation)? {
            let here = self.here(&mut *self.settled()?, &key)?;
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
        let here = self.here(&mut *self.settled()?, key)?;
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

    pub(super) fn here(&self, batch: &mut Batch<'_>, key: &OrderKey) -> Result<Option<Here>, StoreError> {
        let mut rows = batch.here()?.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Here {
            id: row.get(0)?,
            version: Version { generation: row.get(1)?, seq: row.get(2)? },
            lists: Lists::from_bits(row.get(3)?),
        }))
    }

    /// Writes a reading in the place of the one that is here.
    fn update(
        &self,
        batch: &mut Batch<'a>,
        version: Version,
        prepared: &PreparedOrder,
        here: Here,
    ) -> Result<(), StoreError> {
        let record = self.record(version, prepared, here.lists)?;
        let from = self.compared(here)?;
        let mut update = self.connection.prepare_cached(queries::UPDATE.sql)?;
        record.bind(here.id, &mut update, 0)?;
        update.raw_execute()?;
        self.drop_parts(here.id)?;
        self.follow(batch, here.id, &record, Some(here.lists), from)
    }

    /// What follows from a new row.
    pub(super) fn inserted(&self, batch: &mut Batch<'a>, id: i64, record: &Record<'_>) -> Result<(), StoreError> {
        self.follow(batch, id, record, None, None)?;
        self.note_late_reading(&record.prepared.key, None, &record.prepared.order)
    }

    /// What follows from a row that was written: its parts, the counters, the text, and what lists hear of it.
    fn follow(
        &self,
        batch: &mut Batch<'a>,
        id: i64,
        record: &Record<'_>,
        lists: Option<Lists>,
        from: Option<Entry>,
    ) -> Result<(), StoreError> {
        write_parts(batch, id, record.newest, record.prepared)?;
        self.move_lists(lists, Some(record.lists));
        self.owe_text(record.place(id)?);
        let written = self.compares().then(|| Written { from, to: Some(record.entry(id)) });
        self.touch_written(&record.prepared.key, written);
        Ok(())
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
