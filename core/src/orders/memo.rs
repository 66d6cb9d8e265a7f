//! How long lists are, remembered for as long as nothing is committed: whoever turns the pages of a list asks for its length each time, and
//! some lengths take longer to find than the page.

use std::sync::Mutex;

use super::{Count, OrderFilter};
use crate::observer::lock;
use crate::store::{StoreError, View};

/// Lists of which it is remembered: those of a screen, and some that were on it before.
const LISTS: usize = 16;

/// The length of a list, and how many of it have parcels that are typed and not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) count: Count,
    pub(crate) saved_not_delivered: u32,
}

/// See the module. Of one serial of the store at a time.
#[derive(Debug, Default)]
pub(crate) struct Lengths(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    serial: u64,
    /// The last one asked for stands last.
    lists: Vec<(OrderFilter, Length)>,
}

impl Lengths {
    /// How long a list is in a view.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn of(&self, view: &View<'_>, filter: &OrderFilter) -> Result<Length, StoreError> {
        if let Some(length) = lock(&self.0).find(view.serial, filter) {
            return Ok(length);
        }
        let count = view.cache.count(filter)?;
        let length = Length { count, saved_not_delivered: view.cache.saved_not_delivered(filter)? };
        lock(&self.0).keep(view.serial, filter, length);
        Ok(length)
    }
}

impl Known {
    fn find(&mut self, serial: u64, filter: &OrderFilter) -> Option<Length> {
        if self.serial != serial {
            return None;
        }
        let at = self.lists.iter().rposition(|(known, _)| known == filter)?;
        self.lists.get_mut(at..)?.rotate_left(1);
        self.lists.last().map(|(_, length)| *length)
    }

    fn keep(&mut self, serial: u64, filter: &OrderFilter, length: Length) {
        // A view that is older than what is known has nothing to add.
        if serial < self.serial {
            return;
        }
        if serial > self.serial {
            (self.serial, self.lists) = (serial, Vec::new());
        }
        if self.lists.len() == LISTS {
            self.lists.remove(0);
        }
        self.lists.push((filter.clone(), length));
    }
}
