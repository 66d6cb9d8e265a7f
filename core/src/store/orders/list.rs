//! Pages of lists, and how long a list is.

use super::List;
use super::anchors::{Anchors, Place, walked};
use super::lists::Lists;
use super::queries::{self, Direction, Walk};
use super::rows::{LAST_DEADLINE, NOTHING_DUE, StoredRow, whole};
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
}

/// Rows that a count looks at before it says "at least": about a millisecond.
const LOOKED_AT: i64 = 2_000;

impl CacheReader<'_> {
    /// A page of a list.
    ///
    /// # Errors
    /// [`StoreError::BadInput`] for an anchor of another list.
    pub(crate) fn list(&self, query: &ListQuery) -> Result<ListPage, StoreError> {
        let anchors = Anchors::of(&query.filter, query.sort);
        let sort = walked(&query.filter, query.sort);
        let size = usize::from(query.size);
        let (direction, place) = match &query.from {
            From::Top => (Direction::Down, top(sort)),
            From::After(anchor) => (Direction::Down, anchors.read(anchor)?),
            From::Before(anchor) => (Direction::Up, anchors.read(anchor)?),
        };
        // One more than is shown tells whether the list goes on.
        let mut rows = self.walk(query, direction, place, size.saturating_add(1))?;
        let goes_on = rows.len() > size;
        rows.truncate(size);
        if direction == Direction::Up {
            rows.reverse();
        }
        let place_of = |row: &StoredRow| place_of(row, sort);
        let back = direction.turned();
        let edge = if back == Direction::Up { rows.first() } else { rows.last() };
        // Without a row the way back begins at the place itself, whose own row may well be there.
        let edge = edge.map_or_else(|| place.beside(back), place_of);
        // Nothing stands before the top.
        let goes_back = query.from != From::Top && !self.walk(query, back, edge, 1)?.is_empty();
        self.glance(&mut rows)?;
        let written: Vec<Anchor> = rows.iter().map(|row| anchors.write(place_of(row))).collect();
        let on = goes_on.then(|| if direction == Direction::Down { written.last() } else { written.first() });
        let on = on.flatten().cloned();
        let back = goes_back.then(|| anchors.write(edge));
        let (before, after) = if direction == Direction::Down { (back, on) } else { (on, back) };
        Ok(ListPage { before, after, anchors: written, rows })
    }

    /// How long a list is. Exact for every filter that a badge opens.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn count(&self, filter: &OrderFilter) -> Result<Count, StoreError> {
        self.count_of(Lists::needed(filter), latest(filter))
    }

    /// Of a list, the orders with parcels that are typed and not at the platform yet; at least, in a list too long to look through.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn saved_not_delivered(&self, filter: &OrderFilter) -> Result<u32, StoreError> {
        let (Count::Exact(count) | Count::AtLeast(count)) =
            self.count_of(Lists::needed(filter).and_saved(), latest(filter))?;
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
    fn counter(&self, name: &str) -> Result<u64, StoreError> {
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
        place: Place,
        rows: usize,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let needed = Lists::needed(&query.filter);
        let walk = Walk { list: needed.narrowest(), sort: walked(&query.filter, query.sort), direction };
        if walk.list == List::All && walk.sort == OrderSort::MostUrgent {
            return self.walk_all_urgent(direction, place, rows);
        }
        let mut found = Vec::new();
        self.stretch(walk, (needed, needed), latest(&query.filter), place, rows, &mut found)?;
        Ok(found)
    }

    /// The most urgent of everything, in two stretches: what is to ship along its own index, and the rest as the newest. So no row needs
    /// an entry for an order that history never changes; the price is that the second stretch begins by passing what is to ship.
    fn walk_all_urgent(&self, direction: Direction, place: Place, rows: usize) -> Result<Vec<StoredRow>, StoreError> {
        let urgent = Walk { list: List::ToShip, sort: OrderSort::MostUrgent, direction };
        let rest = Walk { list: List::All, sort: OrderSort::Newest, direction };
        let (to_ship, others) = (Lists::only(List::ToShip), Lists::default());
        let in_rest = match place {
            Place::MostUrgent { due_at: NOTHING_DUE, tie, id } => Some(Place::Newest { newest: tie, id }),
            _ => None,
        };
        let mut found = Vec::new();
        match (direction, in_rest) {
            (Direction::Down, Some(place)) => {
                self.stretch(rest, (to_ship, others), NOTHING_DUE, place, rows, &mut found)?;
            }
            (Direction::Down, None) => {
                self.stretch(urgent, (to_ship, to_ship), NOTHING_DUE, place, rows, &mut found)?;
                let left = rows.saturating_sub(found.len());
                if left > 0 {
                    self.stretch(rest, (to_ship, others), NOTHING_DUE, top(OrderSort::Newest), left, &mut found)?;
                }
            }
            (Direction::Up, Some(place)) => {
                self.stretch(rest, (to_ship, others), NOTHING_DUE, place, rows, &mut found)?;
                let left = rows.saturating_sub(found.len());
                if left > 0 {
                    let end = Place::MostUrgent { due_at: NOTHING_DUE, tie: i64::MIN, id: i64::MIN };
                    self.stretch(urgent, (to_ship, to_ship), NOTHING_DUE, end, left, &mut found)?;
                }
            }
            (Direction::Up, None) => {
                self.stretch(urgent, (to_ship, to_ship), NOTHING_DUE, place, rows, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Rows along one index. Of the lists `looked_at`, a row must stand on exactly those `on`.
    fn stretch(
        &self,
        walk: Walk,
        (looked_at, on): (Lists, Lists),
        latest: i64,
        place: Place,
        rows: usize,
        into: &mut Vec<StoredRow>,
    ) -> Result<(), StoreError> {
        let mut read = self.connection.prepare_cached(&walk.sql())?;
        let (looked_at, on) = (looked_at.bits(), on.bits());
        let limit = i64::try_from(rows).unwrap_or(i64::MAX);
        let mut found = match place {
            Place::Newest { newest, id } => read.query((looked_at, on, latest, limit, newest, id))?,
            Place::MostUrgent { due_at, tie, id } => read.query((looked_at, on, latest, limit, due_at, tie, id))?,
        };
        while let Some(row) = found.next()? {
            into.push(StoredRow::read(row)?);
        }
        Ok(())
    }
}

impl StoredRow {
    /// For a window of a list that begins at this row.
    pub(crate) fn anchor(&self, filter: &OrderFilter, sort: OrderSort) -> Anchor {
        Anchors::of(filter, sort).write(place_of(self, walked(filter, sort)))
    }
}

impl Direction {
    const fn turned(self) -> Self {
        match self {
            Self::Down => Self::Up,
            Self::Up => Self::Down,
        }
    }
}

/// Before every row.
const fn top(sort: OrderSort) -> Place {
    match sort {
        OrderSort::Newest => Place::Newest { newest: i64::MIN, id: i64::MIN },
        OrderSort::MostUrgent => Place::MostUrgent { due_at: i64::MIN, tie: i64::MIN, id: i64::MIN },
    }
}

fn place_of(row: &StoredRow, sort: OrderSort) -> Place {
    match sort {
        OrderSort::Newest => Place::Newest { newest: row.created_at.ms().saturating_neg(), id: row.id },
        OrderSort::MostUrgent => Place::MostUrgent { due_at: row.due_at, tie: row.tie, id: row.id },
    }
}

/// The latest deadline that passes a filter.
fn latest(filter: &OrderFilter) -> i64 {
    filter.due_before.map_or(NOTHING_DUE, |due| due.ms().min(LAST_DEADLINE))
}
