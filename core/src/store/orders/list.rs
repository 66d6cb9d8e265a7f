//! Pages of lists, and how long a list is.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::List;
use super::anchors::{Anchors, Part, Place, walked};
use super::course::Course;
use super::lists::Lists;
use super::narrow::Way;
use super::queries::{self, Column, Direction, Walk};
use super::rows::{LAST_DEADLINE, NOTHING_DUE, StoredRow, whole};
use super::terms::terms;
use crate::orders::{Anchor, Count, From, OrderFilter, OrderSort};
use crate::store::{CacheReader, StoreError};

/// A page that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListQuery {
    pub(crate) filter: OrderFilter,
    pub(crate) sort: OrderSort,
    pub(crate) from: From,
    pub(crate) size: u16,
}

/// A page: its rows as the list is read, and where the list goes on to both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ListPage {
    pub(crate) rows: Vec<StoredRow>,
    /// For a window that begins at the row of the same place in `rows`.
    pub(crate) anchors: Vec<Anchor>,
    /// `None`: the list begins here.
    pub(crate) before: Option<Anchor>,
    /// `None`: the list ends here.
    pub(crate) after: Option<Anchor>,
    /// A walk ended before it knew all of that, since it had looked at enough.
    pub(crate) cut: bool,
}

/// How far a walk came.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// In the order of the walk.
    pub(super) rows: Vec<StoredRow>,
    /// Where it ended because it had looked at enough, though the list may go on.
    pub(super) stopped: Option<Place>,
}

/// The two stretches of the most urgent of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretch {
    ToShip,
    /// Behind what is to ship: everything else, as the newest.
    Rest,
}

/// Rows that a count looks at before it says "at least": about a millisecond.
const LOOKED_AT: i64 = 2_000;

impl CacheReader<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`StoreError::BadInput`] for an anchor of another list.
    #[cfg(test)]
    pub(crate) fn list(&self, query: &ListQuery) -> Result<ListPage, StoreError> {
        Ok(self.list_on(query, None)?.0)
    }

    /// A page of a list on the course that another page of it gave at the same commit, and the course; `None`: it needs none.
    ///
    /// # Errors
    /// [`StoreError::BadInput`] for an anchor of another list.
    pub(crate) fn list_on(
        &self,
        query: &ListQuery,
        course: Option<Course>,
    ) -> Result<(ListPage, Option<Course>), StoreError> {
        let anchors = Anchors::of(&query.filter, query.sort);
        let sort = walked(&query.filter, query.sort);
        let size = usize::from(query.size);
        let (direction, place) = match &query.from {
            From::Top => (Direction::Down, Place::top(sort)),
            From::After(anchor) => (Direction::Down, anchors.read(anchor)?),
            From::Before(anchor) => (Direction::Up, anchors.read(anchor)?),
        };
        let course = course.map_or_else(|| self.course(&query.filter, sort), |known| Ok(Some(known)))?;
        let narrowed = course.as_ref().is_some_and(Course::is_narrowed);
        let terms = narrowed.then(|| terms(&query.filter, Lists::needed(&query.filter)));
        let way = course.as_ref().zip(terms.as_deref()).and_then(|(course, terms)| course.way(terms, sort));
        // One more than is shown tells whether the list goes on.
        let Reached { mut rows, stopped } =
            self.reach(query, way.as_ref(), direction, &place, size.saturating_add(1))?;
        let goes_on = rows.len() > size;
        rows.truncate(size);
        if direction == Direction::Up {
            rows.reverse();
        }
        let place_of = |row: &StoredRow| row.place(sort);
        let back = direction.turned();
        let edge = if back == Direction::Up { rows.first() } else { rows.last() };
        // Without a row the way back begins at the place itself, whose own row may well be there.
        let edge = edge.map_or_else(|| place.beside(back), place_of);
        // Nothing stands before the top. Where the look back ended before it knew, there may be something.
        let mut cut = stopped.is_some();
        let goes_back = query.from != From::Top && {
            let behind = self.reach(query, way.as_ref(), back, &edge, 1)?;
            cut |= behind.stopped.is_some();
            !behind.rows.is_empty() || behind.stopped.is_some()
        };
        self.fit(&mut rows)?;
        let written: Vec<Anchor> = rows.iter().map(|row| anchors.write_parts(row.parts(sort))).collect();
        let on = goes_on.then(|| if direction == Direction::Down { written.last() } else { written.first() });
        let on = on.flatten().cloned().or_else(|| stopped.map(|place| anchors.write(&place)));
        let back = goes_back.then(|| anchors.write(&edge));
        let (before, after) = if direction == Direction::Down { (back, on) } else { (on, back) };
        Ok((ListPage { before, after, cut, anchors: written, rows }, course))
    }

    fn reach(
        &self,
        query: &ListQuery,
        way: Option<&Way<'_>>,
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Reached, StoreError> {
        match way {
            Some(way) => self.narrow(way, walked(&query.filter, query.sort), direction, place, rows),
            None => Ok(Reached { rows: self.walk(query, direction, place, rows)?, stopped: None }),
        }
    }

    /// How long a list is. Exact for every filter that a badge opens.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn count(&self, filter: &OrderFilter) -> Result<Count, StoreError> {
        if filter.is_narrow() {
            return self.narrow_count(filter, Lists::needed(filter));
        }
        self.count_of(Lists::needed(filter), latest(filter))
    }

    /// Of a list, the orders with parcels that are typed and not at the platform yet; at least, in a list too long to look through.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn saved_not_delivered(&self, filter: &OrderFilter) -> Result<u32, StoreError> {
        let needed = Lists::needed(filter).and_saved();
        let (Count::Exact(count) | Count::AtLeast(count)) = if filter.is_narrow() {
            self.narrow_count(filter, needed)?
        } else {
            self.count_of(needed, latest(filter))?
        };
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn count_of(&self, needed: Lists, latest: i64) -> Result<Count, StoreError> {
        if latest == NOTHING_DUE
            && let Some(counter) = needed.counter()
        {
            return self.counter(counter).map(Count::Exact);
        }
        if needed.counter() == Some(List::ToShip.name()) {
            // Whatever has a deadline is to ship, so the range of the index is the list.
            let mut read = self.connection.prepare_cached(queries::DUE_COUNT.sql)?;
            return Ok(Count::Exact(read.query_row([latest], |row| row.get(0).map(whole))?));
        }
        let sql = Walk::count_sql(needed.narrowest());
        let mut read = self.connection.prepare_cached(&sql)?;
        let (looked_at, count): (i64, u64) =
            read.query_row((needed.bits(), latest, LOOKED_AT), |row| Ok((row.get(0)?, row.get(1).map(whole)?)))?;
        Ok(if looked_at < LOOKED_AT { Count::Exact(count) } else { Count::AtLeast(count) })
    }

    /// A counter that was never written counts nothing; one below zero has been damaged, and a badge of an enormous number helps nobody.
    pub(super) fn counter(&self, name: &str) -> Result<u64, StoreError> {
        let mut read = self.connection.prepare_cached(queries::COUNTER.sql)?;
        let mut rows = read.query([name])?;
        let value: i64 = rows.next()?.map_or(Ok(0), |row| row.get(0))?;
        u64::try_from(value).map_err(|_| StoreError::damaged(format!("counter {name} is below zero")))
    }

    /// Rows of a list from a place on.
    fn walk(
        &self,
        query: &ListQuery,
        direction: Direction,
        place: &Place,
        rows: usize,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let needed = Lists::needed(&query.filter);
        let walk = Walk { list: needed.narrowest(), sort: walked(&query.filter, query.sort), direction };
        let mut read = self.connection.prepare_cached(&walk.sql())?;
        let limit = i64::try_from(rows).unwrap_or(i64::MAX);
        let fixed = [needed.bits(), needed.bits(), latest(&query.filter), limit].map(Value::Integer);
        let mut walk = read.query(params_from_iter(fixed.iter().chain(&place.0)))?;
        let mut found = Vec::with_capacity(rows);
        while let Some(row) = walk.next()? {
            found.push(StoredRow::read(row)?);
        }
        Ok(found)
    }
}

impl StoredRow {
    /// For a window of a list that begins at this row.
    pub(crate) fn anchor(&self, filter: &OrderFilter, sort: OrderSort) -> Anchor {
        Anchors::of(filter, sort).write_parts(self.parts(walked(filter, sort)))
    }
}

impl Direction {
    pub(crate) const fn turned(self) -> Self {
        match self {
            Self::Down => Self::Up,
            Self::Up => Self::Down,
        }
    }
}

impl StoredRow {
    /// Where it stands in a list of this order.
    pub(super) fn place(&self, sort: OrderSort) -> Place {
        Place(self.parts(sort).map(Value::from).collect())
    }

    fn parts(&self, sort: OrderSort) -> impl Iterator<Item = Part<'_>> {
        queries::place_of(sort).iter().map(|column| match column {
            Column::Id => Part::Number(self.id),
            Column::Newest => Part::Number(self.created_at.ms().saturating_neg()),
            Column::Due => Part::Number(self.due_at),
            Column::Tie => Part::Number(self.tie),
            Column::Paid => Part::Number(self.paid_at.map_or(0, |paid| paid.ms().saturating_neg())),
            Column::Amount => Part::Number(self.payable.fen().saturating_neg()),
            Column::Province => Part::Text(&self.province),
            Column::City => Part::Text(&self.city),
            Column::Buyer => Part::Number(self.buyer_rank),
            // No list is sorted by these.
            Column::Scene | Column::Shipped | Column::Asked => Part::Number(0),
        })
    }
}

impl Place {
    /// Of the most urgent of everything: the place among the newest, if it is one behind what is to ship.
    pub(super) fn in_rest(&self) -> Option<Self> {
        match self.0.as_slice() {
            [Value::Integer(NOTHING_DUE), rest @ ..] => Some(Self(rest.to_vec())),
            _ => None,
        }
    }

    /// Of the most urgent of everything: the stretches from here on, and the place in each from which it is walked.
    pub(super) fn stretches(&self, direction: Direction) -> Vec<(Stretch, Self)> {
        match (direction, self.in_rest()) {
            (Direction::Down, Some(place)) => vec![(Stretch::Rest, place)],
            (Direction::Down, None) => {
                vec![(Stretch::ToShip, self.clone()), (Stretch::Rest, Self::top(OrderSort::Newest))]
            }
            (Direction::Up, Some(place)) => vec![(Stretch::Rest, place), (Stretch::ToShip, Self::before_rest())],
            (Direction::Up, None) => vec![(Stretch::ToShip, self.clone())],
        }
    }

    /// Between what is to ship and the rest.
    fn before_rest() -> Self {
        Self([NOTHING_DUE, i64::MIN, i64::MIN].map(Value::Integer).to_vec())
    }
}

/// The latest deadline that passes a filter.
pub(super) fn latest(filter: &OrderFilter) -> i64 {
    filter.due_before.map_or(NOTHING_DUE, |due| due.ms().min(LAST_DEADLINE))
}
