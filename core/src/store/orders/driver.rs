//! [`Driver`]: the index that a narrowed list is read along, and [`Plan`]: the statements that go with it.
//!
//! Every statement names its index. Which of them there are is known before any filter is: each driver with each set of terms is one text,
//! and SQLite sees the values only as parameters.

use std::cmp::Ordering;

use rusqlite::types::Value;

use super::anchors::{Place, edge};
use super::deferred::Deferred;
use super::lists::{List, Lists};
use super::queries::{self, Column, Direction};
use super::rows::NOTHING_DUE;
use super::terms::{Bound, On, Term, order_of};
use crate::orders::{OrderFilter, OrderSort};

/// From the lines of a product to their orders.
const TO_ORDERS: &str = " CROSS JOIN orders AS o ON o.id = l.order_id";

/// An index, by what it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    /// A list in one of its orders.
    List(List, OrderSort),
    Scene,
    Shipped,
    /// Wishes for another address.
    Asked,
    /// The lines of a product.
    Product,
}

impl Driver {
    /// Those that bound anything that a filter asks.
    pub(super) fn of(filter: &OrderFilter, needed: Lists) -> Vec<Self> {
        let (narrowest, list) = (needed.narrowest(), sorted(needed));
        let mut drivers = Vec::new();
        if narrowest != List::All {
            let sort = if narrowest == List::Saved { OrderSort::MostUrgent } else { OrderSort::Newest };
            drivers.push(Self::List(narrowest, sort));
        }
        for (is, driver) in [
            (filter.due_before.is_some(), Self::List(List::ToShip, OrderSort::MostUrgent)),
            (filter.address_asked_after.is_some(), Self::Asked),
            (filter.product.is_some(), Self::Product),
            (filter.region.is_some(), Self::List(list, OrderSort::Region)),
            (filter.scene.is_some(), Self::Scene),
            (filter.paid.is_some(), Self::List(list, OrderSort::NewestPaid)),
            (filter.shipped.is_some(), Self::Shipped),
            (filter.amount.is_some(), Self::List(list, OrderSort::Amount)),
            (filter.created.is_some(), Self::List(list, OrderSort::Newest)),
        ] {
            if is && !drivers.contains(&driver) {
                drivers.push(driver);
            }
        }
        drivers
    }

    /// The best that has the order of the list; none for the most urgent of everything.
    pub(super) fn in_order(filter: &OrderFilter, needed: Lists, sort: OrderSort) -> Option<Self> {
        let (narrowest, list) = (needed.narrowest(), sorted(needed));
        let on_list = [narrowest, list].into_iter().find(|list| list.sorts().contains(&sort));
        let city = filter.region.as_ref().is_some_and(|region| region.city.is_some());
        match sort {
            OrderSort::Newest if filter.product.is_some() => Some(Self::Product),
            OrderSort::Newest if city => Some(Self::List(list, OrderSort::Region)),
            OrderSort::Newest if filter.scene.is_some() && narrowest == List::All => Some(Self::Scene),
            _ => on_list.map(|list| Self::List(list, sort)),
        }
    }

    /// The best of those that are always there; none if only deferred indexes have the order.
    pub(super) fn in_order_always(needed: Lists, sort: OrderSort) -> Option<Self> {
        let lists = [needed.narrowest(), sorted(needed)].into_iter().filter(|list| list.sorts().contains(&sort));
        lists.map(|list| Self::List(list, sort)).find(|driver| driver.deferred().is_none())
    }

    pub(super) const fn list(self) -> Option<List> {
        match self {
            Self::List(list, OrderSort::Newest | OrderSort::MostUrgent) => Some(list),
            _ => None,
        }
    }

    /// The index, if a first sync does without it.
    pub(super) const fn deferred(self) -> Option<Deferred> {
        match self {
            Self::Product => Some(Deferred::Product),
            Self::List(List::All, OrderSort::Amount) => Some(Deferred::Amount),
            Self::List(List::All, OrderSort::Region) => Some(Deferred::Region),
            Self::List(List::All, OrderSort::SameBuyer) => Some(Deferred::Buyer),
            Self::List(List::All, OrderSort::NewestPaid) => Some(Deferred::Paid),
            Self::Scene => Some(Deferred::Scene),
            Self::Shipped => Some(Deferred::Shipped),
            Self::Asked | Self::List(..) => None,
        }
    }

    /// Its columns, before the id.
    fn columns(self) -> &'static [Column] {
        match self {
            Self::List(_, sort) => queries::place_of(sort).split_last().map_or(&[], |(_, columns)| columns),
            Self::Scene => &[Column::Scene, Column::Newest],
            Self::Shipped => &[Column::Shipped],
            Self::Asked => &[Column::Asked],
            Self::Product => &[Column::Newest],
        }
    }

    /// The table of the index, and the condition of a partial one.
    fn from(self) -> (String, String) {
        let orders = |index: &str| format!("orders AS o INDEXED BY {index}");
        match self {
            Self::List(List::All, sort) => (orders(&format!("orders_all_{}", queries::index_of(sort))), String::new()),
            Self::List(list, sort) => {
                let index = format!("orders_{}_{}", list.name(), queries::index_of(sort));
                (orders(&index), format!("o.lists & {} AND ", list.bit()))
            }
            Self::Scene => (orders("orders_scene"), String::new()),
            Self::Shipped => (orders("orders_shipped"), String::new()),
            Self::Asked => (orders("orders_asked"), "o.address_asked_at > 0 AND ".to_owned()),
            Self::Product => ("order_line AS l INDEXED BY order_line_product".to_owned(), String::new()),
        }
    }

    fn name(self, column: Column) -> String {
        match (self, column) {
            (Self::Product, Column::Newest) => "l.newest".to_owned(),
            (Self::Product, Column::Id) => "l.order_id".to_owned(),
            (_, column) => format!("o.{}", column.name()),
        }
    }

    /// Whether an index of its own bits says all that the bits of a filter ask.
    fn says_bits(self, term: &Term) -> bool {
        match (self, term.values.first()) {
            (Self::List(list, _), Some(Value::Integer(bits))) => i64::from(list.bit()) == *bits,
            _ => false,
        }
    }
}

/// A driver, with what it bounds and what is left to look at.
#[derive(Debug, Clone)]
pub(super) struct Plan<'a> {
    driver: Driver,
    pub(super) bounds: Vec<&'a Term>,
    pub(super) checks: Vec<&'a Term>,
    /// The order of the rows, without the columns that are the same in all of them.
    order: Vec<Column>,
    /// How many values at the beginning of a place are of those.
    same: usize,
    sort: OrderSort,
    to_ship: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(driver: Driver, terms: &'a [Term], sort: OrderSort) -> Self {
        let (mut bounds, mut rest): (Vec<&Term>, Vec<&Term>) = (Vec::new(), terms.iter().collect());
        for column in driver.columns() {
            let (here, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|term| term.bounds(*column).is_some());
            let exact = here.iter().any(|term| term.bounds(*column) == Some(Bound::Exact));
            bounds.extend(here);
            rest = others;
            if !exact {
                break;
            }
        }
        let (of_driver, checks): (Vec<_>, Vec<_>) = rest.into_iter().partition(|term| match term.on {
            On::Bits => driver.says_bits(term),
            On::Product | On::Sku => driver == Driver::Product,
            On::Column(..) => false,
        });
        // What a partial index says of itself needs no term; the lines of a product do.
        bounds.splice(0..0, of_driver.into_iter().filter(|term| term.on != On::Bits));
        let columns = queries::place_of(sort);
        let exact = |column: &&Column| terms.iter().any(|term| term.bounds(**column) == Some(Bound::Exact));
        let same = columns.iter().take_while(exact).count();
        let order = columns.get(same..).unwrap_or_default().to_vec();
        Self { driver, bounds, checks, order, same, sort, to_ship: true }
    }

    /// Only what is not to ship.
    pub(super) const fn without_to_ship(mut self) -> Self {
        self.to_ship = false;
        self
    }

    /// Whether the index has all that the checks and the order of the list look at, so that no entry leads to its row.
    pub(super) fn is_covered(&self) -> bool {
        matches!(self.driver, Driver::List(List::All, OrderSort::Newest | OrderSort::Region))
            && self.checks.iter().all(|term| term.is_in_entries())
            && queries::place_of(self.sort).iter().all(|column| column.is_in_entries())
    }

    fn bound_sql(&self, term: &Term, loose: bool) -> String {
        match term.on {
            On::Product => "l.product = ?".to_owned(),
            On::Sku => "l.product = ? AND l.sku = ?".to_owned(),
            On::Bits => term.sql(),
            On::Column(column, compare) => {
                let plus = if loose { "+" } else { "" };
                format!("{plus}{} {} ?", self.driver.name(column), compare.sql())
            }
        }
    }

    /// Everything after FROM that stands before the checks. The terms that a place bounds more tightly are `loose`.
    fn within(&self, loose: Option<Bound>) -> String {
        let join = if self.driver == Driver::Product { TO_ORDERS } else { "" };
        self.bounded(join, loose)
    }

    /// Only what the index has: of a product, lines.
    fn entries(&self) -> String {
        self.bounded("", None)
    }

    fn bounded(&self, join: &str, loose: Option<Bound>) -> String {
        let (table, on) = self.driver.from();
        let first = self.order.first().copied();
        let bounds = self.bounds.iter().map(|term| {
            let is_loose = loose.is_some() && first.and_then(|column| term.bounds(column)) == loose;
            self.bound_sql(term, is_loose)
        });
        let bounds: Vec<String> = bounds.collect();
        let bounds = if bounds.is_empty() { "TRUE".to_owned() } else { bounds.join(" AND ") };
        format!("{table}{join} WHERE {on}{bounds}")
    }

    fn checks_sql(&self) -> String {
        let mut checks: Vec<String> = self.checks.iter().map(|term| term.sql()).collect();
        if !self.to_ship {
            checks.push(format!("NOT o.lists & {}", List::ToShip.bit()));
        }
        if checks.is_empty() { "TRUE".to_owned() } else { checks.join(" AND ") }
    }

    fn place_sql(&self, direction: Direction, name: impl Fn(Column) -> String) -> (String, String) {
        let names: Vec<String> = self.order.iter().map(|column| name(*column)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let (beyond, order) = match direction {
            Direction::Down => (">", names.join(", ")),
            Direction::Up => ("<", format!("{} DESC", names.join(" DESC, "))),
        };
        (format!("({}) {beyond} ({marks})", names.join(", ")), order)
    }

    /// What a walk goes along from its place, up to the order of it.
    fn walked(&self, direction: Direction) -> String {
        let bound = if direction == Direction::Down { Bound::Least } else { Bound::Most };
        let (place, order) = self.place_sql(direction, |column| self.driver.name(column));
        format!("{} AND {place} ORDER BY {order}", self.within(Some(bound)))
    }

    /// The columns of a place in the list of this sort.
    fn placed(&self, sort: OrderSort) -> String {
        let named = |column: &Column| match column {
            // The rest of the most urgent is walked as the newest: see `Place::in_rest`.
            Column::Due if self.sort != sort => NOTHING_DUE.to_string(),
            Column::Tie if self.sort != sort => "o.newest".to_owned(),
            column => format!("o.{}", column.name()),
        };
        let columns: Vec<String> = queries::place_of(sort).iter().map(named).collect();
        columns.join(", ")
    }

    /// `passes`, `id`, and the place in the list of this sort.
    pub(super) fn walk_sql(&self, sort: OrderSort, direction: Direction) -> String {
        format!("SELECT {}, o.id, {} FROM {}", self.checks_sql(), self.placed(sort), self.walked(direction))
    }

    pub(super) fn walk_values(&self, direction: Direction, place: &Place) -> Vec<Value> {
        let mut values = of(&self.checks);
        values.extend(of(&self.bounds));
        values.extend(self.begin(direction, place));
        values
    }

    /// The ids of the first that pass, of so many entries beyond a place.
    pub(super) fn passing_sql(&self, direction: Direction) -> String {
        let (checks, walked) = (self.checks_sql(), self.walked(direction));
        format!("SELECT id FROM (SELECT o.id AS id, {checks} AS passes FROM {walked} LIMIT ?) WHERE passes LIMIT ?")
    }

    pub(super) fn passing_values(&self, direction: Direction, place: &Place, entries: i64, rows: usize) -> Vec<Value> {
        let mut values = self.walk_values(direction, place);
        values.extend([entries.into(), i64::try_from(rows).unwrap_or(i64::MAX).into()]);
        values
    }

    /// The place of the last of so many entries, in the list of this sort; none if there are fewer.
    pub(super) fn last_sql(&self, sort: OrderSort, direction: Direction) -> String {
        format!("SELECT {} FROM {} LIMIT 1 OFFSET ? - 1", self.placed(sort), self.walked(direction))
    }

    pub(super) fn last_values(&self, direction: Direction, place: &Place, entries: i64) -> Vec<Value> {
        let mut values = of(&self.bounds);
        values.extend(self.begin(direction, place));
        values.push(entries.into());
        values
    }

    /// Whether the list is of another sort, of which this goes along one stretch.
    pub(super) fn is_stretch_of(&self, sort: OrderSort) -> bool {
        self.sort != sort
    }

    /// Where a walk from a place begins: at the first that passes, if that stands behind it. A statement seeks one place, and would pass
    /// everything between the top of all orders and the month that is asked for.
    fn begin(&self, direction: Direction, place: &Place) -> Vec<Value> {
        let place = place.0.get(self.same..).unwrap_or_default();
        let (Some(column), Some(first)) = (self.order.first(), place.first()) else { return place.to_vec() };
        let (bound, behind) = match direction {
            Direction::Down => (Bound::Least, Ordering::Greater),
            Direction::Up => (Bound::Most, Ordering::Less),
        };
        let limits = self.bounds.iter().filter(|term| term.bounds(*column) == Some(bound));
        let limit = limits.filter_map(|term| term.values.first()).find(|limit| order_of(limit, first) == behind);
        let Some(limit) = limit else { return place.to_vec() };
        let (number, text) = edge(direction);
        let rest = self.order.iter().skip(1).map(|column| column.filled(number, text));
        std::iter::once(limit.clone()).chain(rest).collect()
    }

    /// The places of the page, of which the last value is the id.
    pub(super) fn gather_sql(&self, direction: Direction) -> String {
        let in_order = matches!(self.driver, Driver::List(_, OrderSort::Amount));
        let name = |column: Column| if in_order { self.driver.name(column) } else { column.spelled() };
        let (place, order) = self.place_sql(direction, name);
        let (checks, entries) = (self.checks_sql(), self.entries());
        let columns: Vec<String> = queries::place_of(self.sort).iter().map(|column| column.spelled()).collect();
        let columns = columns.join(", ");
        if self.driver == Driver::Product {
            // Each order once, however many of its lines it is.
            return format!(
                "SELECT {columns} FROM orders AS o NOT INDEXED WHERE o.id IN (SELECT l.order_id FROM {entries}) \
                 AND {checks} AND {place} ORDER BY {order} LIMIT ?"
            );
        }
        format!("SELECT {columns} FROM {entries} AND {checks} AND {place} ORDER BY {order} LIMIT ?")
    }

    pub(super) fn gather_values(&self, place: &Place, rows: usize) -> Vec<Value> {
        let mut values = of(&self.bounds);
        values.extend(of(&self.checks));
        values.extend(place.0.iter().skip(self.same).cloned());
        values.push(i64::try_from(rows).unwrap_or(i64::MAX).into());
        values
    }

    /// How many rows it bounds, up to a limit. Of a product, lines.
    pub(super) fn length_sql(&self) -> String {
        format!("SELECT COUNT(*) FROM (SELECT 1 FROM {}{} LIMIT ?)", self.entries(), self.once())
    }

    /// Two lines of one order stand side by side in the index.
    fn once(&self) -> &'static str {
        if self.driver == Driver::Product { " GROUP BY l.newest, l.order_id" } else { "" }
    }

    pub(super) fn values(&self, limit: i64) -> Vec<Value> {
        let mut values = of(&self.bounds);
        values.push(limit.into());
        values
    }

    /// How many of the first rows that it bounds pass the checks.
    pub(super) fn count_sql(&self) -> String {
        let (checks, within, once) = (self.checks_sql(), self.within(None), self.once());
        format!("SELECT COALESCE(SUM(passes), 0) FROM (SELECT {checks} AS passes FROM {within}{once} LIMIT ?)")
    }

    pub(super) fn count_values(&self, limit: i64) -> Vec<Value> {
        let mut values = of(&self.checks);
        values.extend(self.values(limit));
        values
    }
}

/// The smallest of the two lists that have an index for every order.
fn sorted(needed: Lists) -> List {
    if needed.is_on(List::ToShip) { List::ToShip } else { List::All }
}

fn of(terms: &[&Term]) -> Vec<Value> {
    terms.iter().flat_map(|term| term.values.iter().cloned()).collect()
}

/// Every statement of a narrowed list, by what it does.
#[cfg(test)]
pub(super) fn statements(
    filter: &OrderFilter,
    needed: Lists,
    terms: &[Term],
    sort: OrderSort,
) -> Vec<(String, String)> {
    let mut statements = Vec::new();
    if let Some(driver) = Driver::in_order(filter, needed, sort) {
        let plan = Plan::new(driver, terms, sort);
        for direction in [Direction::Down, Direction::Up] {
            if plan.is_covered() {
                statements.push((format!("walk {direction:?}"), plan.passing_sql(direction)));
                statements.push((format!("walk {direction:?} to the last"), plan.last_sql(sort, direction)));
            } else {
                statements.push((format!("walk {direction:?}"), plan.walk_sql(sort, direction)));
            }
        }
    }
    for driver in Driver::of(filter, needed) {
        let plan = Plan::new(driver, terms, sort);
        statements.push((format!("{driver:?} gather"), plan.gather_sql(Direction::Down)));
        statements.push((format!("{driver:?} length"), plan.length_sql()));
        statements.push((format!("{driver:?} count"), plan.count_sql()));
    }
    statements
}
