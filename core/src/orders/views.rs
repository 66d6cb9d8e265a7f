//! Saved views: filters and sorts that a merchant gave a name. They are this phone's own, and survive whatever happens to the cache.

use serde::{Deserialize, Serialize};

use super::{OrderFilter, OrderSort, Orders, Periods};
use crate::error::CoreError;
use crate::observer::lock;
use crate::time::{Instant, ShopZone};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub name: String,
    pub filter: OrderFilter,
    pub sort: OrderSort,
    /// What of `filter` moves with the clock; the instants that it has there are those of the day on which it was saved.
    #[serde(default)]
    pub periods: Periods,
}

impl SavedView {
    /// The filter as it is at this moment.
    #[must_use]
    pub fn filter_at(&self, zone: ShopZone, now: Instant) -> OrderFilter {
        let mut filter = self.filter.clone();
        self.periods.apply(&mut filter, zone, now);
        filter
    }
}

/// The most that a row of chips can offer and a person can tell apart.
pub const VIEWS: usize = 20;
/// Characters of a name, as a person counts them.
pub const VIEW_NAME: usize = 12;

impl Orders {
    /// The saved views, in the order in which they were first saved.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn views(&self) -> Result<Vec<SavedView>, CoreError> {
        Ok(self.store().read_actions(|actions| actions.views())?)
    }

    /// Saves a view under its name, white space around it taken off; one of that name is replaced and keeps its place. On disk when this
    /// returns.
    ///
    /// # Errors
    /// [`CoreError::BadInput`]: `name` for one that is empty, has more than 12 characters or control characters; `views` when there are 20
    /// others; and whatever [`OrderFilter::check`] refuses. [`CoreError::StorageFull`], [`CoreError::Closed`], and the store's.
    pub fn save_view(&self, view: &SavedView) -> Result<(), CoreError> {
        view.filter.check()?;
        let view = SavedView { name: name(&view.name)?, ..view.clone() };
        let _turn = lock(&self.0.deciding);
        let saved = self.store().write_actions(|tx| {
            let others = tx.reader().views()?.iter().filter(|other| other.name != view.name).count();
            if others < VIEWS {
                tx.put_view(&view)?;
            }
            Ok(others < VIEWS)
        })?;
        if saved { Ok(()) } else { Err(bad("views", format!("expected at most {VIEWS}"))) }
    }

    /// Gives a view another name; it keeps its place. On disk when this returns.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] without a view of the first name; [`CoreError::BadInput`]: `name` as in [`Orders::save_view`], `taken` for the
    /// name of another view; and the others of [`Orders::save_view`].
    pub fn rename_view(&self, from: &str, to: &str) -> Result<(), CoreError> {
        let (from, to) = (from.trim(), name(to)?);
        let _turn = lock(&self.0.deciding);
        let taken = from != to && self.views()?.iter().any(|other| other.name == to);
        if taken {
            return Err(bad("taken", "expected a name that no other view has".to_owned()));
        }
        let renamed = self.store().write_actions(|tx| tx.rename_view(from, &to))?;
        if renamed { Ok(()) } else { Err(CoreError::NotFound("view")) }
    }

    /// Forgets a view.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] without one of this name; and as [`Orders::save_view`].
    pub fn remove_view(&self, name: &str) -> Result<(), CoreError> {
        let removed = self.store().write_actions(|tx| tx.remove_view(name.trim()))?;
        if removed { Ok(()) } else { Err(CoreError::NotFound("view")) }
    }
}

fn name(typed: &str) -> Result<String, CoreError> {
    let name = typed.trim();
    let length = name.chars().count();
    if !(1..=VIEW_NAME).contains(&length) {
        return Err(bad("name", format!("expected 1 to {VIEW_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(bad("name", "expected a name without control characters".to_owned()));
    }
    Ok(name.to_owned())
}

const fn bad(field: &'static str, what: String) -> CoreError {
    CoreError::BadInput { field, what }
}
