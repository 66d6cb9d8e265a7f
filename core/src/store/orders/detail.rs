//! One order in full, exactly as the relay sent it.

use shopkeeper_protocol::{Order, OrderEvent, OrderLine, Parcel};

use super::extra::Extra;
use super::{LateFact, queries};
use crate::ids::OrderKey;
use crate::store::{CacheReader, StoreError};
use crate::sync::Version;

/// An order and what pushes told about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredOrder {
    pub(crate) version: Version,
    pub(crate) order: Order,
    /// By time.
    pub(crate) events: Vec<OrderEvent>,
    /// What came late of all this.
    pub(crate) late: Vec<LateFact>,
}

impl CacheReader<'_> {
    /// One order in full.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn detail(&self, key: &OrderKey) -> Result<Option<StoredOrder>, StoreError> {
        let Some((version, order)) = self.order(key)? else { return Ok(None) };
        Ok(Some(StoredOrder { version, order, events: self.events(key)?, late: self.late(key)? }))
    }

    /// An order without its events.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn order(&self, key: &OrderKey) -> Result<Option<(Version, Order)>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::WHOLE.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let id: i64 = row.get(0)?;
        let version = Version { generation: row.get(1)?, seq: row.get(2)? };
        let at = |column: usize| row.get::<_, i64>(column).map(|ms| (ms != 0).then_some(ms));
        let mut order = Order {
            number: row.get(3)?,
            status: row.get(4)?,
            created_at: row.get::<_, i64>(5)?.saturating_neg(),
            updated_at: row.get(6)?,
            paid_at: at(7)?,
            shipped_at: at(8)?,
            open_after_sales: row.get(9)?,
            gift: row.get(10)?,
            presale: row.get(11)?,
            buyer_note: row.get(16)?,
            merchant_note: row.get(17)?,
            lines: self.lines(id)?,
            parcels: self.parcels(id)?,
            ..Order::default()
        };
        order.buyer.name = row.get(12)?;
        order.buyer.province = row.get(13)?;
        order.buyer.city = row.get(14)?;
        order.money.payable = row.get(15)?;
        let extra: Extra<'_> = serde_json::from_str(row.get_ref(18)?.as_str().map_err(rusqlite::Error::from)?)
            .map_err(|_| StoreError::damaged("orders.extra is not what this build writes"))?;
        extra.into_order(&mut order);
        Ok(Some((version, order)))
    }

    /// Which reading of an order is here.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn order_version(&self, key: &OrderKey) -> Result<Option<Version>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::VERSION.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Version { generation: row.get(0)?, seq: row.get(1)? }))
    }

    /// What pushes told about an order, by time. The order itself may not be here yet.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn events(&self, key: &OrderKey) -> Result<Vec<OrderEvent>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::EVENTS.sql)?;
        let events = read.query_map([key.as_str()], |row| {
            Ok(OrderEvent { order: key.clone(), kind: row.get(0)?, at: row.get(1)? })
        })?;
        Ok(events.collect::<Result<_, _>>()?)
    }

    fn lines(&self, id: i64) -> Result<Vec<OrderLine>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::LINES.sql)?;
        let lines = read.query_map([id], |row| {
            Ok(OrderLine {
                product: row.get(0)?,
                sku: row.get(1)?,
                title: row.get(2)?,
                sku_text: row.get(3)?,
                sku_code: row.get(4)?,
                thumb: row.get(5)?,
                quantity: row.get(6)?,
                unit_price: row.get(7)?,
                paid: row.get(8)?,
                after_sale_open: row.get(9)?,
                after_sale_done: row.get(10)?,
                ship_by: Some(row.get(11)?).filter(|ms| *ms != 0),
            })
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }

    fn parcels(&self, id: i64) -> Result<Vec<Parcel>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::PARCELS.sql)?;
        let mut rows = read.query([id])?;
        let mut parcels = Vec::new();
        while let Some(row) = rows.next()? {
            parcels.push(Parcel {
                carrier: row.get(0)?,
                carrier_name: row.get(1)?,
                waybill: row.get(2)?,
                shipped_at: row.get(3)?,
                items: serde_json::from_str(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?)
                    .map_err(|_| StoreError::damaged("order_parcel.items is not what this build writes"))?,
            });
        }
        Ok(parcels)
    }
}
