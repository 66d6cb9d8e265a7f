//! What was found out about lists, remembered for as long as nothing is committed: whoever turns the pages of a list asks for its length
//! and its course each time, and either may take longer to find than the page.

use std::sync::Mutex;

use super::{Count, OrderFilter, OrderSort};
use crate::observer::lock;
use crate::store::orders::{Course, ListPage, ListQuery};
use crate::store::{StoreError, View};

/// Lists of which it is remembered: those of a screen, and some that were on it before.
const LISTS: usize = 16;
/// A course may hold a third of a megabyte.
const COURSES: usize = 8;

/// The length of a list, and how many of it have parcels that are typed and not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) count: Count,
    pub(crate) saved_not_delivered: u32,
}

/// See the module. Of one revision of the store at a time.
#[derive(Debug, Default)]
pub(crate) struct Memo(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    revision: u64,
    lengths: Latest<OrderFilter, Length>,
    courses: Latest<(OrderFilter, OrderSort), Course>,
}

impl Memo {
    /// How long a list is at a revision, if somebody asked before.
    pub(crate) fn known_length(&self, revision: u64, filter: &OrderFilter) -> Option<Length> {
        let mut known = lock(&self.0);
        if known.revision == revision { known.lengths.find(filter) } else { None }
    }

    /// How long a list is in a view.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn length(&self, view: &View<'_>, filter: &OrderFilter) -> Result<Length, StoreError> {
        if let Some(length) = lock(&self.0).of(view).and_then(|known| known.lengths.find(filter)) {
            return Ok(length);
        }
        let count = view.cache.count(filter)?;
        let length = Length { count, saved_not_delivered: view.cache.saved_not_delivered(filter)? };
        if let Some(known) = lock(&self.0).of(view) {
            known.lengths.keep(filter.clone(), length, LISTS);
        }
        Ok(length)
    }

    /// A page of a list in a view.
    ///
    /// # Errors
    /// As [`crate::store::CacheReader::list_on`].
    pub(crate) fn page(&self, view: &View<'_>, query: &ListQuery) -> Result<ListPage, StoreError> {
        let list = (query.filter.clone(), query.sort);
        let course = lock(&self.0).of(view).and_then(|known| known.courses.find(&list));
        let is_known = course.is_some();
        let (page, course) = view.cache.list_on(query, course)?;
        if let Some(course) = course.filter(|_| !is_known)
            && let Some(known) = lock(&self.0).of(view)
        {
            known.courses.keep(list, course, COURSES);
        }
        Ok(page)
    }
}

impl Known {
    /// What is known at the commit of a view. A view that is older than what is known has nothing to ask or add.
    fn of(&mut self, view: &View<'_>) -> Option<&mut Self> {
        if view.revision > self.revision {
            *self = Self { revision: view.revision, ..Self::default() };
        }
        (view.revision == self.revision).then_some(self)
    }
}

/// The last few values that were asked for; the very last stands last.
#[derive(Debug)]
struct Latest<K, V>(Vec<(K, V)>);

impl<K, V> Default for Latest<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, V: Clone> Latest<K, V> {
    fn find(&mut self, key: &K) -> Option<V> {
        let at = self.0.iter().rposition(|(known, _)| known == key)?;
        self.0.get_mut(at..)?.rotate_left(1);
        self.0.last().map(|(_, value)| value.clone())
    }

    fn keep(&mut self, key: K, value: V, most: usize) {
        self.0.retain(|(known, _)| *known != key);
        if self.0.len() >= most {
            self.0.remove(0);
        }
        self.0.push((key, value));
    }
}
