//! Lists that are narrowed by more than bits: times, amounts, places, products; and small lists in an order they have no index for.
//!
//! A filter is a set of [`Term`]s. An index bounds some of them ([`Driver`]); the others are looked at row by row. There are two ways to
//! a page:
//!
//! - **Gather**, where some index bounds the rows to a few ([`GATHERED`]): all of them are looked at and the page is sorted out of them.
//!   It costs the same at any depth and for any order, and a short list only once: see `course`.
//! - **Walk**, where no index does: along an index in the order of the list, from the place on, looking at each row until the page is full.
//!   What is common is found soon. What is rare and yet bounded by nothing would take the walk through the whole shop, so it ends after
//!   [`ROWS_LOOKED_AT`] rows with what it found, and the place where it ended is where the list goes on. Only a page with nothing on it is
//!   worth looking [`PATIENCE`] times as far. Where the index has all that is looked at, SQLite itself passes what does not pass: an entry
//!   that is handed over costs three times one that is not, so [`LOOKED_AT`] entries are looked at in the time of [`ROWS_LOOKED_AT`] rows.
//!
//! A count is exact where an index bounds what has to be looked at, and says "at least" elsewhere.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, Row, params_from_iter};

use super::anchors::Place;
use super::course::{self, Choice};
use super::driver::{Driver, Plan};
use super::list::{Reached, Stretch};
use super::lists::{List, Lists};
use super::queries::{self, Direction};
use super::rows::{StoredRow, whole};
use super::terms::{Term, terms};
use crate::orders::{Count, OrderFilter, OrderSort};
use crate::store::{CacheReader, StoreError};

/// As many rows are sorted for one page. The limits are small in tests, so that a small shop takes every way.
const GATHERED: i64 = if cfg!(test) { 3 } else { 1_000 };
/// And so many where the index has all that is looked at: about as long, once for all pages.
const GATHERED_COVERED: i64 = if cfg!(test) { 6 } else { 20_000 };
/// Rows that a count looks at, and entries that a walk passes where its index has all that is looked at.
const LOOKED_AT: i64 = if cfg!(test) { 8 } else { 2_000 };
/// Rows that a walk passes otherwise: about half a millisecond.
const ROWS_LOOKED_AT: i64 = if cfg!(test) { 3 } else { 150 };
/// How many times as far a walk goes for its first row.
const PATIENCE: i64 = 2;
/// Index entries that a count passes where the index alone decides: they cost a twentieth of a row.
const PASSED: i64 = if cfg!(test) { 6 } else { 20_000 };

/// One of the ways to a page. It is the same for every place of a list.
#[derive(Debug)]
pub(super) enum Way<'a> {
    Along(Plan<'a>),
    Gather(Plan<'a>),
    /// The places of all rows are known.
    Kept(Arc<[Place]>),
    /// The most urgent of everything, in its two stretches, however little it is narrowed.
    AlongBoth(&'a [Term]),
}

impl CacheReader<'_> {
    /// The way to the pages of a narrowed list; `terms` are those of the filter.
    pub(super) fn choose(&self, filter: &OrderFilter, sort: OrderSort, terms: &[Term]) -> Result<Choice, StoreError> {
        let needed = Lists::needed(filter);
        let in_order = [Driver::in_order(filter, needed, sort), Driver::in_order_always(needed, sort)];
        let ordered = self.usable(in_order.into_iter().flatten())?.first().copied();
        let walk = ordered.map(|driver| (driver, Plan::new(driver, terms, sort)));
        if let Some((driver, plan)) = &walk
            && plan.checks.is_empty()
        {
            return Ok(Choice::Along(*driver));
        }
        let drivers = self.usable(Driver::of(filter, needed))?;
        if let Some((few, size)) = self.fewest(&drivers, terms, sort, GATHERED)?
            && size <= GATHERED
        {
            return Ok(Choice::Gather(few));
        }
        if walk.as_ref().is_none_or(|(_, plan)| !plan.is_covered()) {
            for driver in drivers {
                let plan = Plan::new(driver, terms, sort);
                if plan.is_covered()
                    && self.number(&plan.length_sql(), plan.values(GATHERED_COVERED + 1))? <= GATHERED_COVERED
                {
                    return Ok(Choice::Gather(driver));
                }
            }
        }
        Ok(match walk {
            Some((driver, _)) => Choice::Along(driver),
            None if sort == OrderSort::MostUrgent => Choice::AlongBoth,
            // Only until a first sync has ended: the order has no index yet, so the page is sorted out of everything.
            None => Choice::Sort(everything(needed)),
        })
    }

    /// Rows of a narrowed list from a place on.
    pub(super) fn narrow(
        &self,
        way: &Way<'_>,
        sort: OrderSort,
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Reached, StoreError> {
        match way {
            Way::Along(plan) => self.along(plan, sort, direction, place, rows),
            Way::Gather(plan) => self.gather(plan, direction, place, rows),
            Way::Kept(places) => {
                let rows = self.rows_at(course::stretch(places, direction, place, rows))?;
                Ok(Reached { rows, stopped: None })
            }
            Way::AlongBoth(terms) => self.along_both(terms, direction, place, rows),
        }
    }

    /// How many orders pass a narrowed filter, and stand on all of these lists.
    pub(super) fn narrow_count(&self, filter: &OrderFilter, needed: Lists) -> Result<Count, StoreError> {
        let terms = terms(filter, needed);
        let mut drivers = self.usable(Driver::of(filter, needed))?;
        if drivers.is_empty() {
            drivers.push(everything(needed));
        }
        let plans = || drivers.iter().map(|driver| Plan::new(*driver, &terms, OrderSort::Newest));
        if let Some(plan) = plans().find(|plan| plan.checks.is_empty()) {
            let passed = self.number(&plan.length_sql(), plan.values(PASSED + 1))?;
            return Ok(if passed <= PASSED { Count::Exact(whole(passed)) } else { Count::AtLeast(whole(PASSED)) });
        }
        let Some((few, size)) = self.fewest(&drivers, &terms, OrderSort::Newest, LOOKED_AT)? else {
            return Err(StoreError::damaged("a narrowed list without a term"));
        };
        let plan = Plan::new(few, &terms, OrderSort::Newest);
        let found = whole(self.number(&plan.count_sql(), plan.count_values(LOOKED_AT))?);
        Ok(if size <= LOOKED_AT { Count::Exact(found) } else { Count::AtLeast(found) })
    }

    /// Those whose index is there.
    fn usable(&self, drivers: impl IntoIterator<Item = Driver>) -> Result<Vec<Driver>, StoreError> {
        let mut usable = Vec::new();
        for driver in drivers {
            if driver.deferred().map_or(Ok(true), |index| self.has_index(index))? {
                usable.push(driver);
            }
        }
        Ok(usable)
    }

    /// The driver with the fewest rows, and how many; more than `most` are as good as one more.
    fn fewest(
        &self,
        drivers: &[Driver],
        terms: &[Term],
        sort: OrderSort,
        most: i64,
    ) -> Result<Option<(Driver, i64)>, StoreError> {
        let mut fewest: Option<(Driver, i64)> = None;
        for driver in drivers {
            // A list of its own bit alone is as long as its counter says, and need not be walked to know.
            let list = driver.list().filter(|list| *list != List::All);
            let counted = list.and_then(|list| Lists::only(list).counter());
            let bound = fewest.map_or(most, |(_, size)| size.min(most));
            let plan = Plan::new(*driver, terms, sort);
            let size = match counted.filter(|_| plan.bounds.is_empty()) {
                Some(counter) => i64::try_from(self.counter(counter)?).unwrap_or(i64::MAX),
                None => self.number(&plan.length_sql(), plan.values(bound.saturating_add(1)))?,
            };
            if fewest.is_none_or(|(_, least)| size < least) {
                fewest = Some((*driver, size));
            }
        }
        Ok(fewest)
    }

    fn number(&self, sql: &str, values: Vec<Value>) -> Result<i64, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
    }

    fn gather(&self, plan: &Plan<'_>, direction: Direction, place: &Place, rows: usize) -> Result<Reached, StoreError> {
        let rows = self.rows_at(&self.gathered(plan, direction, place, rows)?)?;
        Ok(Reached { rows, stopped: None })
    }

    /// Where the first rows of a gathered list stand, beyond a place.
    pub(super) fn gathered(
        &self,
        plan: &Plan<'_>,
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Vec<Place>, StoreError> {
        let mut read = self.connection.prepare_cached(&plan.gather_sql(direction))?;
        let columns = read.column_count();
        let found = read.query_map(params_from_iter(plan.gather_values(place, rows)), |row| {
            (0..columns).map(|at| row.get(at)).collect::<Result<_, _>>().map(Place)
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The most urgent of everything: what is to ship along its own index, and then the rest of the newest. So no row needs an entry for an
    /// order that history never changes; the price is that the second stretch begins by passing what is to ship.
    fn along_both(
        &self,
        terms: &[Term],
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Reached, StoreError> {
        let urgent = OrderSort::MostUrgent;
        let first = Plan::new(Driver::List(List::ToShip, urgent), terms, urgent);
        let rest = Plan::new(Driver::List(List::All, OrderSort::Newest), terms, OrderSort::Newest).without_to_ship();
        let mut reached = Reached::default();
        for (stretch, place) in place.stretches(direction) {
            let left = rows.saturating_sub(reached.rows.len());
            if left == 0 {
                break;
            }
            let plan = match stretch {
                Stretch::ToShip => &first,
                Stretch::Rest => &rest,
            };
            let more = self.along(plan, urgent, direction, &place, left)?;
            reached.rows.extend(more.rows);
            reached.stopped = more.stopped;
            if reached.stopped.is_some() {
                break;
            }
        }
        Ok(reached)
    }

    /// Rows along an index that has the order of the list. `sort` is that of the list, which a stretch of it may have in another index.
    fn along(
        &self,
        plan: &Plan<'_>,
        sort: OrderSort,
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Reached, StoreError> {
        if plan.is_covered() {
            return self.along_entries(plan, sort, direction, place, rows);
        }
        let mut reached = Reached::default();
        let mut read = self.connection.prepare_cached(&plan.walk_sql(sort, direction))?;
        let mut walk = read.query(params_from_iter(plan.walk_values(direction, place)))?;
        let mut shown = self.rows_by_id()?;
        let (mut looked_at, mut last) = (0, None);
        while let Some(row) = walk.next()? {
            let id: i64 = row.get(1)?;
            // Two lines of one product stand side by side.
            if last.replace(id) == Some(id) {
                continue;
            }
            if row.get(0)? {
                reached.rows.push(shown.row(id)?);
                if reached.rows.len() == rows {
                    break;
                }
                continue;
            }
            looked_at += 1;
            let most = if reached.rows.is_empty() { ROWS_LOOKED_AT * PATIENCE } else { ROWS_LOOKED_AT };
            if looked_at >= most {
                reached.stopped = Some(place_in(row, sort, 2)?);
                break;
            }
        }
        Ok(reached)
    }

    /// The same along an index that has all that is looked at.
    fn along_entries(
        &self,
        plan: &Plan<'_>,
        sort: OrderSort,
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Reached, StoreError> {
        let mut reached = Reached::default();
        let mut passing = self.connection.prepare_cached(&plan.passing_sql(direction))?;
        let mut shown = self.rows_by_id()?;
        let mut from = place.clone();
        for _ in 0..PATIENCE {
            let values = plan.passing_values(direction, &from, LOOKED_AT, rows);
            let ids = passing.query_map(params_from_iter(values), |row| row.get(0))?;
            reached.rows = ids.map(|id| shown.row(id?)).collect::<Result<_, StoreError>>()?;
            if reached.rows.len() == rows {
                return Ok(Reached { stopped: None, ..reached });
            }
            reached.stopped = self.last_of(plan, sort, direction, &from)?;
            let Some(last) = reached.stopped.as_ref().filter(|_| reached.rows.is_empty()) else { break };
            from = last.in_rest().filter(|_| plan.is_stretch_of(sort)).unwrap_or_else(|| last.clone());
        }
        Ok(reached)
    }

    /// Where a walk has looked at enough; none if the index ends before.
    fn last_of(
        &self,
        plan: &Plan<'_>,
        sort: OrderSort,
        direction: Direction,
        from: &Place,
    ) -> Result<Option<Place>, StoreError> {
        let mut read = self.connection.prepare_cached(&plan.last_sql(sort, direction))?;
        let values = plan.last_values(direction, from, LOOKED_AT);
        Ok(read.query_row(params_from_iter(values), |row| place_in(row, sort, 0)).optional()?)
    }

    fn rows_at<'p>(&self, places: impl IntoIterator<Item = &'p Place>) -> Result<Vec<StoredRow>, StoreError> {
        let mut shown = self.rows_by_id()?;
        places.into_iter().filter_map(Place::id).map(|id| shown.row(id)).collect()
    }
}

/// The list of everything that has these bits, along an index that is always there.
fn everything(needed: Lists) -> Driver {
    match needed.narrowest() {
        List::Saved => Driver::List(List::Saved, OrderSort::MostUrgent),
        list => Driver::List(list, OrderSort::Newest),
    }
}

/// The place that begins at a column.
fn place_in(row: &Row<'_>, sort: OrderSort, first: usize) -> Result<Place, rusqlite::Error> {
    let columns = (first..).take(queries::place_of(sort).len());
    Ok(Place(columns.map(|at| row.get(at)).collect::<Result<_, _>>()?))
}
