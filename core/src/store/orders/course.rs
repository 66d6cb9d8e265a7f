//! [`Course`]: how the pages of a narrowed list are read. It is found with the first page, and good for the others for as long as nothing
//! is committed.
//!
//! To choose an index costs as much as a page, and to gather a list costs the same for each of its pages. So whoever turns pages hands
//! the course back; and where the list was gathered and is short ([`KEPT`]), it holds the places of all rows, so that a page is a stretch of
//! them.

use std::sync::Arc;

use super::anchors::Place;
use super::driver::{Driver, Plan};
use super::narrow::Way;
use super::queries::Direction;
use super::terms::Term;
use crate::orders::{OrderFilter, OrderSort};
use crate::store::{CacheReader, StoreError};

/// Places that a course holds at most: a third of a megabyte. The limit is small in tests, so that a small shop takes both ways.
const KEPT: usize = if cfg!(test) { 2 } else { 2_000 };

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    choice: Choice,
    /// Of every row, in the order of the list.
    places: Option<Arc<[Place]>>,
}

/// What a [`Way`] is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Along(Driver),
    Gather(Driver),
    /// The page is sorted out of more than anybody would keep.
    Sort(Driver),
    AlongBoth,
}

impl Choice {
    const fn driver(self) -> Option<Driver> {
        match self {
            Self::Along(driver) | Self::Gather(driver) | Self::Sort(driver) => Some(driver),
            Self::AlongBoth => None,
        }
    }
}

impl Course {
    pub(super) fn way<'a>(&self, terms: &'a [Term], sort: OrderSort) -> Way<'a> {
        match (self.choice, &self.places) {
            (_, Some(places)) => Way::Kept(Arc::clone(places)),
            (Choice::Along(driver), None) => Way::Along(Plan::new(driver, terms, sort)),
            (Choice::Gather(driver) | Choice::Sort(driver), None) => Way::Gather(Plan::new(driver, terms, sort)),
            (Choice::AlongBoth, None) => Way::AlongBoth(terms),
        }
    }
}

impl CacheReader<'_> {
    /// The course of a list; the known one, unless an index that it goes along was taken away.
    pub(super) fn course(
        &self,
        filter: &OrderFilter,
        sort: OrderSort,
        terms: &[Term],
        known: Option<Course>,
    ) -> Result<Course, StoreError> {
        if let Some(known) = known {
            let index = known.choice.driver().and_then(Driver::deferred).filter(|_| known.places.is_none());
            if index.map_or(Ok(true), |index| self.has_index(index))? {
                return Ok(known);
            }
        }
        let choice = self.choose(filter, sort, terms)?;
        let places = match choice {
            Choice::Gather(driver) => {
                let places =
                    self.gathered(&Plan::new(driver, terms, sort), Direction::Down, &Place::top(sort), KEPT + 1)?;
                (places.len() <= KEPT).then(|| places.into())
            }
            Choice::Along(_) | Choice::Sort(_) | Choice::AlongBoth => None,
        };
        Ok(Course { choice, places })
    }
}

/// The first of these beyond a place, as a walk from there would meet them.
pub(super) fn stretch<'a>(places: &'a [Place], direction: Direction, from: &Place, rows: usize) -> Vec<&'a Place> {
    match direction {
        Direction::Down => {
            let first = places.partition_point(|place| !place.is_after(from));
            places.iter().skip(first).take(rows).collect()
        }
        Direction::Up => {
            let end = places.partition_point(|place| from.is_after(place));
            places.iter().take(end).rev().take(rows).collect()
        }
    }
}
