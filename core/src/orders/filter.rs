//! What a list can be narrowed to beyond its tab, and which of it makes sense.

use serde::{Deserialize, Serialize};

use super::OrderFilter;
use crate::error::CoreError;
use crate::money::Money;
use crate::time::Instant;

/// From an instant on, and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeRange {
    /// Included.
    pub from: Option<Instant>,
    /// Not included.
    pub until: Option<Instant>,
}

/// Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AmountRange {
    pub least: Option<Money>,
    pub most: Option<Money>,
}

/// Orders with at least one line of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductFilter {
    /// Id at the source.
    pub product: String,
    /// Only this SKU of the product.
    pub sku: Option<String>,
}

/// What a product of a filter is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductName {
    pub title: String,
    /// Of the one SKU that the filter names; empty where it names none.
    pub sku_text: String,
}

/// Where an order goes, as the source writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionFilter {
    pub province: String,
    /// Only this city of the province.
    pub city: Option<String>,
}

/// Longer than any id or name of a place; a text beyond it is a mistake and no filter.
const TEXT: usize = 128;

impl OrderFilter {
    /// # Errors
    /// [`CoreError::BadInput`] that names the field: a range that nothing can be within, an amount below zero, a text that is empty, longer
    /// than 128 characters, or has control characters.
    pub fn check(&self) -> Result<(), CoreError> {
        for (field, range) in [("created", self.created), ("paid", self.paid), ("shipped", self.shipped)] {
            let Some(range) = range else { continue };
            if let (Some(from), Some(until)) = (range.from, range.until)
                && from >= until
            {
                return Err(bad(field, "expected an end after the beginning"));
            }
        }
        if let Some(AmountRange { least, most }) = self.amount {
            if least.into_iter().chain(most).any(|end| end < Money::ZERO) {
                return Err(bad("amount", "expected amounts of zero and more"));
            }
            if let (Some(least), Some(most)) = (least, most)
                && least > most
            {
                return Err(bad("amount", "expected the least not to be above the most"));
            }
        }
        if let Some(ProductFilter { product, sku }) = &self.product {
            text("product", product)?;
            sku.as_deref().map_or(Ok(()), |sku| text("sku", sku))?;
        }
        if let Some(RegionFilter { province, city }) = &self.region {
            text("province", province)?;
            city.as_deref().map_or(Ok(()), |city| text("city", city))?;
        }
        Ok(())
    }

    /// Whether it asks for what only this phone knows.
    pub(crate) const fn asks_for_marks(&self) -> bool {
        self.flag.is_some() || self.has_note || self.pending
    }

    /// Whether it asks for more than a tab, marks and a deadline.
    pub(crate) const fn is_narrow(&self) -> bool {
        self.address_asked_after.is_some()
            || self.created.is_some()
            || self.paid.is_some()
            || self.shipped.is_some()
            || self.product.is_some()
            || self.region.is_some()
            || self.scene.is_some()
            || self.amount.is_some()
    }
}

fn text(field: &'static str, text: &str) -> Result<(), CoreError> {
    if text.trim().is_empty() {
        return Err(bad(field, "expected a text that is not empty"));
    }
    if text.chars().count() > TEXT {
        return Err(bad(field, "expected at most 128 characters"));
    }
    if text.chars().any(char::is_control) {
        return Err(bad(field, "expected a text without control characters"));
    }
    Ok(())
}

fn bad(field: &'static str, what: &str) -> CoreError {
    CoreError::BadInput { field, what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(filter: &OrderFilter) -> &'static str {
        match filter.check() {
            Err(CoreError::BadInput { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_nothing_can_be_within_is_refused_by_name() {
        let plain = OrderFilter::default();
        let at = |ms| Some(Instant::from_ms(ms));
        let fen = |fen| Some(Money::from_fen(fen));
        let range = |from, until| Some(TimeRange { from, until });
        let product = |product: &str, sku: Option<&str>| {
            Some(ProductFilter { product: product.to_owned(), sku: sku.map(str::to_owned) })
        };
        let region = |province: &str, city: Option<&str>| {
            Some(RegionFilter { province: province.to_owned(), city: city.map(str::to_owned) })
        };
        for (filter, field) in [
            (OrderFilter { created: range(at(5), at(5)), ..plain.clone() }, "created"),
            (OrderFilter { paid: range(at(i64::MAX), at(i64::MIN)), ..plain.clone() }, "paid"),
            (OrderFilter { shipped: range(at(6), at(5)), ..plain.clone() }, "shipped"),
            (OrderFilter { amount: Some(AmountRange { least: fen(-1), most: None }), ..plain.clone() }, "amount"),
            (OrderFilter { amount: Some(AmountRange { least: fen(9), most: fen(8) }), ..plain.clone() }, "amount"),
            (OrderFilter { product: product(" ", None), ..plain.clone() }, "product"),
            (OrderFilter { product: product("1", Some("")), ..plain.clone() }, "sku"),
            (OrderFilter { region: region(&"省".repeat(129), None), ..plain.clone() }, "province"),
            (OrderFilter { region: region("浙江省", Some("杭\u{0}州")), ..plain.clone() }, "city"),
        ] {
            assert_eq!(refused(&filter), field);
        }
        let ends = range(at(i64::MIN), at(i64::MAX));
        let wide = OrderFilter { created: ends, paid: range(None, None), product: product("1", None), ..plain };
        assert_eq!(wide.check(), Ok(()));
    }
}
