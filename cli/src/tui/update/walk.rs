//! Pages that come short although the list goes on.
//!
//! The core looks at so many rows and no more, so that no page keeps anybody waiting; a rare order may be far away, and its page then comes
//! short, or empty, with the place where the look ended. The app asks on from there until the window is full or the list ends, and shows
//! what was found meanwhile. What was put together so does not follow a change by itself: when one is told, the look begins anew, and what
//! is shown stays until the new look has come as far.

use shopkeeper_core::orders::{Anchor, From, OrderList, OrderRow, Window};

use crate::tui::app::WINDOW;

/// See the module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Walk {
    /// Found so far, in the order of the list.
    rows: Vec<OrderRow>,
    /// Where the list goes on behind the place at which the walk began.
    behind: Option<Anchor>,
    pages: usize,
    /// The next page is asked for.
    waits: bool,
}

/// What is to be done with a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Gone {
    /// The window is full, or the list has ended.
    Arrived(Box<OrderList>),
    /// What there is so far, and where to look on.
    Further(Box<OrderList>, Window),
    /// Something changed: from the beginning.
    Anew,
}

impl Walk {
    /// Whether more is on its way.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        self.waits
    }

    /// Takes a page of a window, or of where the walk from there has come to.
    pub(super) fn take(&mut self, window: &Window, mut page: Box<OrderList>) -> Gone {
        if self.pages > 1 && !self.waits {
            *self = Self { waits: true, ..Self::default() };
            return Gone::Anew;
        }
        let up = matches!(window.from, From::Before(_));
        if self.pages == 0 {
            self.behind = if up { page.after.clone() } else { page.before.clone() };
        }
        self.pages += 1;
        let fresh: Vec<OrderRow> =
            page.rows.iter().filter(|row| self.rows.iter().all(|known| known.key != row.key)).cloned().collect();
        let place = if up { 0 } else { self.rows.len() };
        self.rows.splice(place..place, fresh);
        let on = if up { page.before.clone() } else { page.after.clone() };
        page.rows.clone_from(&self.rows);
        if up {
            page.after.clone_from(&self.behind);
        } else {
            page.before.clone_from(&self.behind);
        }
        match on {
            Some(on) if self.rows.len() < usize::from(WINDOW) => {
                self.waits = true;
                let from = if up { From::Before(on) } else { From::After(on) };
                Gone::Further(page, Window { from, size: WINDOW })
            }
            _ => {
                let pages = if self.pages > 1 { self.pages } else { 0 };
                *self = Self { pages, ..Self::default() };
                Gone::Arrived(page)
            }
        }
    }
}
