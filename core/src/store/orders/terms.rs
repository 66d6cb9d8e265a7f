//! [`Term`]: one condition of a filter, as the statements of narrowed lists spell it, and as memory looks at an [`Entry`].

use std::cmp::Ordering;

use rusqlite::types::Value;

use super::entry::Entry;
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

/// How a term compares its column with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Compare {
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        }
    }

    /// Of the opposites of two numbers, what this is of the numbers.
    const fn turned(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::AtLeast => Self::AtMost,
            Self::Above => Self::Below,
            Self::AtMost => Self::AtLeast,
            Self::Below => Self::Above,
        }
    }

    const fn bound(self) -> Bound {
        match self {
            Self::Equal => Bound::Exact,
            Self::AtLeast | Self::Above => Bound::Least,
            Self::AtMost | Self::Below => Bound::Most,
        }
    }

    const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::AtLeast => ordering.is_ge(),
            Self::Above => ordering.is_gt(),
            Self::AtMost => ordering.is_le(),
            Self::Below => ordering.is_lt(),
        }
    }
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
    Column(Column, Compare),
    /// A line of a product.
    Product,
    /// A line of a product's SKU.
    Sku,
}

impl Term {
    fn column(column: Column, compare: Compare, value: impl Into<Value>) -> Self {
        Self { on: On::Column(column, compare), values: vec![value.into()] }
    }

    /// Whether an order passes it, as its SQL would say.
    pub(super) fn passes(&self, entry: &Entry) -> bool {
        let text = |value: &Value, text: &str| matches!(value, Value::Text(wanted) if wanted == text);
        match (self.on, self.values.as_slice()) {
            (On::Bits, [Value::Integer(bits), ..]) => entry.lists.bits() & bits == *bits,
            (On::Column(column, compare), [wanted]) => compare.holds(order_of(&entry.value(column), wanted)),
            (On::Product, [product]) => entry.lines.iter().any(|(of, _)| text(product, of)),
            (On::Sku, [product, sku]) => entry.lines.iter().any(|(of, kind)| text(product, of) && text(sku, kind)),
            _ => false,
        }
    }

    /// Whether the entries of the wide indexes, by creation and by place, have what it looks at.
    pub(super) fn is_in_entries(&self) -> bool {
        match self.on {
            On::Bits => true,
            On::Column(column, _) => column.is_in_entries(),
            On::Product | On::Sku => false,
        }
    }

    pub(super) const fn bounds(&self, column: Column) -> Option<Bound> {
        match self.on {
            On::Column(own, compare) if own as u8 == column as u8 => Some(compare.bound()),
            _ => None,
        }
    }

    /// Over the row `o` of orders.
    pub(super) fn sql(&self) -> String {
        match self.on {
            On::Bits => "(o.lists & ?) = ?".to_owned(),
            // Looked at in thousands of entries, so it is the value that is turned and not the column.
            On::Column(Column::Amount, compare) => format!("o.payable {} -?", compare.turned().sql()),
            On::Column(column, compare) => format!("o.{} {} ?", column.name(), compare.sql()),
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
    use Column::{Amount, Asked, City, Due, Newest, Paid, Province, Scene, Shipped};
    use Compare::{Above, AtLeast, AtMost, Below, Equal};
    let mut terms = Vec::new();
    if needed != Lists::default() {
        terms.push(Term { on: On::Bits, values: vec![needed.bits().into(), needed.bits().into()] });
    }
    let latest = latest(filter);
    if latest != NOTHING_DUE {
        terms.push(Term::column(Due, AtMost, latest));
    }
    // 0: none waits.
    terms.extend(filter.address_asked_after.map(|after| Term::column(Asked, Above, after.ms().max(0))));
    // Ranks run backwards, so what is earliest bounds them from above.
    if let Some(range) = filter.created {
        terms.extend(range.from.map(|from| Term::column(Newest, AtMost, from.ms().saturating_neg())));
        terms.extend(range.until.map(|until| Term::column(Newest, Above, until.ms().saturating_neg())));
    }
    if let Some(range) = filter.paid {
        terms.push(Term::column(Paid, AtMost, happened(range.from).saturating_neg()));
        terms.extend(range.until.map(|until| Term::column(Paid, Above, until.ms().saturating_neg())));
    }
    if let Some(range) = filter.shipped {
        terms.push(Term::column(Shipped, AtLeast, happened(range.from)));
        terms.extend(range.until.map(|until| Term::column(Shipped, Below, until.ms())));
    }
    if let Some(range) = filter.amount {
        // The two least numbers stand in one place, and whatever begins there has no beginning.
        let least = range.least.filter(|least| least.fen() > -i64::MAX);
        terms.extend(least.map(|least| Term::column(Amount, AtMost, least.fen().saturating_neg())));
        terms.extend(range.most.map(|most| Term::column(Amount, AtLeast, most.fen().saturating_neg())));
    }
    if let Some(scene) = filter.scene {
        terms.push(Term::column(Scene, Equal, scene));
    }
    if let Some(region) = &filter.region {
        terms.push(Term::column(Province, Equal, region.province.clone()));
        terms.extend(region.city.as_ref().map(|city| Term::column(City, Equal, city.clone())));
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

/// As SQLite compares two values of one column: texts by their bytes.
pub(super) fn order_of(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
        // Columns that lists are sorted by hold nothing else, and each only one of the two.
        _ => Ordering::Equal,
    }
}
