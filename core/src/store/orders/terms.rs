//! [`Term`]: one condition of a filter, as the statements of narrowed lists spell it.

use rusqlite::types::Value;

use super::list::latest;
use super::lists::Lists;
use super::queries::Column;
use super::rows::NOTHING_DUE;
use crate::orders::OrderFilter;
use crate::time::Instant;

/// How a term bounds its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Exact,
    /// From below.
    Least,
    /// From above.
    Most,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) on: On,
    pub(super) values: Vec<Value>,
}

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// Bits that a row must have; no index bounds them but that of a list.
    Bits,
    Column(Column, Bound, &'static str),
    /// A line of a product.
    Product,
    /// A line of a product's SKU.
    Sku,
}

impl Term {
    fn column(column: Column, bound: Bound, compare: &'static str, value: impl Into<Value>) -> Self {
        Self { on: On::Column(column, bound, compare), values: vec![value.into()] }
    }

    pub(super) const fn bounds(&self, column: Column) -> Option<Bound> {
        match self.on {
            On::Column(own, bound, _) if own as u8 == column as u8 => Some(bound),
            _ => None,
        }
    }

    /// Over the row `o` of orders.
    pub(super) fn sql(&self) -> String {
        match self.on {
            On::Bits => "(o.lists & ?) = ?".to_owned(),
            On::Column(column, _, compare) => format!("o.{} {compare} ?", column.name()),
            On::Product => {
                "EXISTS (SELECT 1 FROM order_line AS has WHERE has.order_id = o.id AND has.product = ?)".to_owned()
            }
            On::Sku => {
                "EXISTS (SELECT 1 FROM order_line AS has WHERE has.order_id = o.id AND has.product = ? AND has.sku = ?)"
                    .to_owned()
            }
        }
    }
}

/// Everything that a filter asks. The bits come first: they are the cheapest to look at.
pub(super) fn terms(filter: &OrderFilter, needed: Lists) -> Vec<Term> {
    use Bound::{Exact, Least, Most};
    use Column::{Amount, City, Due, Newest, Paid, Province, Scene, Shipped};
    let mut terms = Vec::new();
    if needed != Lists::default() {
        terms.push(Term { on: On::Bits, values: vec![needed.bits().into(), needed.bits().into()] });
    }
    let latest = latest(filter);
    if latest != NOTHING_DUE {
        terms.push(Term::column(Due, Most, "<=", latest));
    }
    // Ranks run backwards, so what is earliest bounds them from above.
    if let Some(range) = filter.created {
        terms.extend(range.from.map(|from| Term::column(Newest, Most, "<=", from.ms().saturating_neg())));
        terms.extend(range.until.map(|until| Term::column(Newest, Least, ">", until.ms().saturating_neg())));
    }
    if let Some(range) = filter.paid {
        terms.push(Term::column(Paid, Most, "<=", happened(range.from).saturating_neg()));
        terms.extend(range.until.map(|until| Term::column(Paid, Least, ">", until.ms().saturating_neg())));
    }
    if let Some(range) = filter.shipped {
        terms.push(Term::column(Shipped, Least, ">=", happened(range.from)));
        terms.extend(range.until.map(|until| Term::column(Shipped, Most, "<", until.ms())));
    }
    if let Some(range) = filter.amount {
        terms.extend(range.least.map(|least| Term::column(Amount, Most, "<=", least.fen().saturating_neg())));
        terms.extend(range.most.map(|most| Term::column(Amount, Least, ">=", most.fen().saturating_neg())));
    }
    if let Some(scene) = filter.scene {
        terms.push(Term::column(Scene, Exact, "=", scene));
    }
    if let Some(region) = &filter.region {
        terms.push(Term::column(Province, Exact, "=", region.province.clone()));
        terms.extend(region.city.as_ref().map(|city| Term::column(City, Exact, "=", city.clone())));
    }
    if let Some(wanted) = &filter.product {
        let product = Value::Text(wanted.product.clone());
        terms.push(match &wanted.sku {
            None => Term { on: On::Product, values: vec![product] },
            Some(sku) => Term { on: On::Sku, values: vec![product, sku.clone().into()] },
        });
    }
    terms
}

/// 0 in a column of instants is never, so a range begins behind it.
fn happened(from: Option<Instant>) -> i64 {
    from.map_or(1, |from| from.ms().max(1))
}
