//! Finding orders by what a person reads off a parcel or hears on the phone.

use super::deferred::Deferred;
use super::queries;
use crate::ids::OrderKey;
use crate::orders::draft::fold_waybill;
use crate::orders::{ProductFilter, ProductName};
use crate::store::{CacheReader, StoreError};
use crate::time::Instant;

/// Orders that one ending may find; whoever gets so many has to say more of the number.
const FOUND: usize = 50;

/// How much of a number's end finds it.
const ENDING: std::ops::RangeInclusive<usize> = 4..=8;

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
        if length < *ENDING.start() {
            return Ok(Vec::new());
        }
        let query = self.by_index(Deferred::Tail, queries::BY_TAIL, queries::BY_TAIL_SCAN)?;
        let mut read = self.connection.prepare_cached(query.sql)?;
        let mut rows = read.query([tail(text)])?;
        let (mut whole, mut ends) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let number = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if number == text {
                whole.push(OrderKey(row.get(0)?));
            } else if ENDING.contains(&length) && ends.len() < FOUND && number.ends_with(text) {
                ends.push(OrderKey(row.get(0)?));
            }
        }
        Ok(if whole.is_empty() { ends } else { whole })
    }

    /// What a product is called in the newest order with it. `None` where no order has it, and until the index of products is there: a name
    /// is not worth looking at every line while a first sync runs.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn product_name(&self, product: &ProductFilter) -> Result<Option<ProductName>, StoreError> {
        if !self.has_index(Deferred::Product)? {
            return Ok(None);
        }
        let mut read = self.connection.prepare_cached(queries::PRODUCT_NAME.sql)?;
        let mut rows = read.query((&product.product, &product.sku))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let sku_text = if product.sku.is_some() { row.get(1)? } else { String::new() };
        Ok(Some(ProductName { title: row.get(0)?, sku_text }))
    }

    /// Orders with a parcel of this waybill on record since then, however either is written.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn orders_with_waybill(&self, waybill: &str, since: Instant) -> Result<Vec<OrderKey>, StoreError> {
        let folded = fold_waybill(waybill);
        let query = self.by_index(Deferred::Waybill, queries::BY_WAYBILL, queries::BY_WAYBILL_SCAN)?;
        let mut read = self.connection.prepare_cached(query.sql)?;
        let mut rows = read.query([hash(&folded)])?;
        let mut orders = Vec::new();
        while let Some(row) = rows.next()? {
            let (here, shipped_at): (String, i64) = (row.get(1)?, row.get(2)?);
            if shipped_at >= since.ms() && fold_waybill(&here) == folded {
                orders.push(OrderKey(row.get(0)?));
            }
        }
        orders.dedup();
        Ok(orders)
    }
}

/// The last four characters of a number as one, whatever they are.
pub(super) fn tail(number: &str) -> i64 {
    let tail = crate::ids::tail(number);
    if tail.bytes().all(|byte| byte.is_ascii_digit()) { tail.parse().unwrap_or(0) } else { hash(tail) }
}

pub(super) fn waybill_hash(waybill: &str) -> i64 {
    hash(&fold_waybill(waybill))
}

/// FNV-1a of 32 bits: it stands in files, so it has to be the same in every build.
fn hash(text: &str) -> i64 {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i64::from(hash)
}
