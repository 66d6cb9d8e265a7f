//! Finding orders by what a person reads off a parcel or hears on the phone.

use super::queries;
use super::write::ending;
use crate::ids::OrderKey;
use crate::orders::draft::fold_waybill;
use crate::store::{CacheReader, StoreError};
use crate::time::Instant;

/// Orders that one ending may find; whoever gets so many has to say more of the number.
const FOUND: i64 = 50;

impl CacheReader<'_> {
    /// Orders by their key, their whole number, or the last 4 to 8 characters of it; none for anything else.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<OrderKey>, StoreError> {
        let text = text.trim();
        let key = OrderKey::from(text);
        if self.order_version(&key)?.is_some() {
            return Ok(vec![key]);
        }
        let length = text.chars().count();
        if length < 4 {
            return Ok(Vec::new());
        }
        let from = ending(text);
        // No character is greater, so everything that begins with `from` is less.
        let to = format!("{from}{}", char::MAX);
        let mut read = self.connection.prepare_cached(queries::BY_ENDING.sql)?;
        let mut rows = read.query((&from, &to, if length > 8 { i64::MAX } else { FOUND }))?;
        let (mut whole, mut ends) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let number = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if number == text {
                whole.push(OrderKey(row.get(0)?));
            } else if length <= 8 {
                ends.push(OrderKey(row.get(0)?));
            }
        }
        Ok(if whole.is_empty() { ends } else { whole })
    }

    /// Orders with a parcel of this waybill on record since then, however either is written.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn orders_with_waybill(&self, waybill: &str, since: Instant) -> Result<Vec<OrderKey>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::WAYBILL.sql)?;
        let mut rows = read.query([fold_waybill(waybill)])?;
        let mut orders = Vec::new();
        while let Some(row) = rows.next()? {
            let shipped_at: i64 = row.get(1)?;
            if shipped_at >= since.ms() {
                orders.push(OrderKey(row.get(0)?));
            }
        }
        orders.dedup();
        Ok(orders)
    }
}
