//! [`Course`]: how the pages of a list are read, where that has to be found out. It is found with the first page, and good for the others
//! for as long as nothing is committed.
//!
//! To ask the schema for an index that a first sync does without costs a fifth of a page, to choose an index as much as a page, and to
//! gather a list costs the same for each of its pages. So whoever turns pages hands the course back; and where the list was gathered and is
//! short ([`KEPT`]), it holds the places of all rows, so that a page is a stretch of them.

use std::sync::Arc;

use super::anchors::Place;
use super::driver::{Driver, Plan};
use super::lists::Lists;
use super::narrow::Way;
use super::queries::Direction;
use super::terms::{Term, terms};
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
    /// Not narrowed: along the index of one of its bits.
    Straight,
    Along(Driver),
    Gather(Driver),
    /// The page is sorted out of more than anybody would keep.
    Sort(Driver),
    AlongBoth,
}

impl Course {
    /// Whether the list is more than a walk along the index of one of its bits.
    pub(super) fn is_narrowed(&self) -> bool {
        self.choice != Choice::Straight
    }

    /// `None`: it is not narrowed.
    pub(super) fn way<'a>(&self, terms: &'a [Term], sort: OrderSort) -> Option<Way<'a>> {
        Some(match (self.choice, &self.places) {
            (_, Some(places)) => Way::Kept(Arc::clone(places)),
            (Choice::Straight, None) => return None,
            (Choice::Along(driver), None) => Way::Along(Plan::new(driver, terms, sort)),
            (Choice::Gather(driver) | Choice::Sort(driver), None) => Way::Gather(Plan::new(driver, terms, sort)),
            (Choice::AlongBoth, None) => Way::AlongBoth(terms),
        })
    }
}

impl CacheReader<'_> {
    /// The course of a list; `None` where there is nothing to find out.
    pub(super) fn course(&self, filter: &OrderFilter, sort: OrderSort) -> Result<Option<Course>, StoreError> {
        let needed = Lists::needed(filter);
        let narrowest = needed.narrowest();
        // The most urgent of everything are two walks, and so are narrowed.
        if !filter.is_narrow() && narrowest.sorts().contains(&sort) {
            match Driver::List(narrowest, sort).deferred() {
                None => return Ok(None),
                Some(index) if self.has_index(index)? => {
                    return Ok(Some(Course { choice: Choice::Straight, places: None }));
                }
                Some(_) => {}
            }
        }
        let terms = terms(filter, needed);
        let choice = self.choose(filter, sort, &terms)?;
        let places = match choice {
            Choice::Gather(driver) => {
                let plan = Plan::new(driver, &terms, sort);
                let places = self.gathered(&plan, Direction::Down, &Place::top(sort), KEPT + 1)?;
                (places.len() <= KEPT).then(|| places.into())
            }
            Choice::Straight | Choice::Along(_) | Choice::Sort(_) | Choice::AlongBoth => None,
        };
        Ok(Some(Course { choice, places }))
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
