//! [`Sight`]: what a list that was read has to remember to tell what a commit means to it.
//!
//! A commit says of each order how lists saw it before and see it now ([`Change`]). From both follows, without a look into the cache:
//!
//! - An order that passes the filter neither before nor after is of another list. It can be seen in this one only as one parcel more or less
//!   beside an order of the same buyer and address.
//! - One that stands where it stood is read again where it is shown, alone.
//! - One that comes in, or moves, beyond an end behind which the list goes on anyway changes how long the list is, and no row.
//! - Whatever else happens in or at the window, the window is read again. So is one whose walk was cut short: where it ended is
//!   decided by rows that do not pass.
//!
//! In doubt a window is read again; a window that should have been and was not is the one mistake that must not be.

use std::collections::BTreeSet;

use super::anchors::{Anchors, Place, walked};
use super::entry::Entry;
use super::list::{ListPage, ListQuery};
use super::lists::Lists;
use super::rows::StoredRow;
use super::terms::{Term, terms};
use crate::ids::OrderKey;
use crate::orders::{Count, From, OrderSort};
use crate::store::StoreError;
use crate::store::changes::{Change, Touched, Written};

/// What a page remembers. See the module.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    terms: Vec<Term>,
    sort: OrderSort,
    /// The rows, each with the parcel that it could go into with others.
    rows: Vec<(OrderKey, i64)>,
    /// Whatever stands at or before it, or at or after it, is outside; `None`: nothing is, on that side.
    above: Option<Place>,
    below: Option<Place>,
    goes_back: bool,
    goes_on: bool,
    cut: bool,
    /// How long the list is, is not known to the last row.
    counted_in_part: bool,
}

/// What commits mean to a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Concern {
    /// It has to be read again.
    pub(crate) page: bool,
    /// Its length, or what it says of itself, may be another one.
    pub(crate) header: bool,
    /// These rows of it have to be read again, and stand where they stand.
    pub(crate) rows: BTreeSet<usize>,
}

impl Concern {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// This and another.
    pub(crate) fn add(&mut self, other: Self) {
        self.page |= other.page;
        self.header |= other.header;
        self.rows.extend(other.rows);
    }

    fn whole() -> Self {
        Self { page: true, ..Self::default() }
    }
}

/// Where a place is, seen from a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Within,
    Below,
}

impl Sight {
    /// # Errors
    /// [`StoreError::BadInput`] for an anchor of another list, of which there is no page.
    pub(crate) fn of(query: &ListQuery, page: &ListPage, count: Count) -> Result<Self, StoreError> {
        let sort = walked(&query.filter, query.sort);
        let anchors = Anchors::of(&query.filter, query.sort);
        let edge = |row: Option<&StoredRow>, goes: bool| row.filter(|_| goes).map(|row| row.place(sort));
        let first = || edge(page.rows.first(), page.before.is_some()).map(|place| place.neighbour_above());
        let last = || edge(page.rows.last(), page.after.is_some()).map(|place| place.neighbour_below());
        let (above, below) = match &query.from {
            From::Top => (None, last()),
            From::After(anchor) => (Some(anchors.read(anchor)?), last()),
            From::Before(anchor) => (first(), Some(anchors.read(anchor)?)),
        };
        Ok(Self {
            terms: terms(&query.filter, Lists::needed(&query.filter)),
            sort,
            rows: page.rows.iter().map(|row| (row.key.clone(), row.parcel_rank)).collect(),
            above,
            below,
            goes_back: page.before.is_some(),
            goes_on: page.after.is_some(),
            cut: page.cut,
            counted_in_part: matches!(count, Count::AtLeast(_)),
        })
    }

    /// What a commit means to the page.
    pub(crate) fn concern(&self, touched: &Touched) -> Concern {
        if touched.every_order || (self.cut && touched.any_order()) {
            return Concern::whole();
        }
        let mut concern = Concern { header: touched.reach, ..Concern::default() };
        for (key, change) in &touched.orders {
            match change {
                Change::Content => concern.rows.extend(self.row_of(key)),
                Change::Written(written) => self.judge(key, written, &mut concern),
                Change::Somehow => concern.page = true,
            }
            if concern.page {
                return Concern::whole();
            }
        }
        concern
    }

    fn judge(&self, key: &OrderKey, written: &Written, concern: &mut Concern) {
        let Written { from, to } = written;
        if from == to {
            concern.rows.extend(self.row_of(key));
            return;
        }
        concern.header |= self.counted_in_part;
        let parcel = |entry: &Option<Entry>| entry.as_ref().and_then(Entry::parcel);
        let (left, joined) = (parcel(from), parcel(to));
        if left != joined {
            let shares = |rank: i64| Some(rank) == left || Some(rank) == joined;
            let beside = self.rows.iter().enumerate().filter(|(_, (_, rank))| *rank != 0 && shares(*rank));
            concern.rows.extend(beside.map(|(at, _)| at));
        }
        let place = |entry: &Option<Entry>| {
            let entry = entry.as_ref().filter(|entry| self.terms.iter().all(|term| term.passes(entry)));
            entry.map(|entry| entry.place(self.sort))
        };
        match (place(from), place(to)) {
            (None, None) => {}
            (Some(was), Some(is)) if was == is => {
                concern.header = true;
                concern.rows.extend(self.row_of(key));
            }
            (Some(was), Some(is)) => match (self.side(&was), self.side(&is)) {
                (Side::Above, Side::Above) | (Side::Below, Side::Below) => concern.header = true,
                _ => concern.page = true,
            },
            (None, Some(is)) => match self.side(&is) {
                Side::Above if self.goes_back => concern.header = true,
                Side::Below if self.goes_on => concern.header = true,
                _ => concern.page = true,
            },
            // It may have been the last one beyond the end.
            (Some(_), None) => concern.page = true,
        }
    }

    fn side(&self, place: &Place) -> Side {
        if self.above.as_ref().is_some_and(|above| !place.is_after(above)) {
            return Side::Above;
        }
        if self.below.as_ref().is_some_and(|below| !below.is_after(place)) {
            return Side::Below;
        }
        Side::Within
    }

    fn row_of(&self, key: &OrderKey) -> Option<usize> {
        self.rows.iter().position(|(shown, _)| shown == key)
    }

    /// A row was read again in its place.
    pub(crate) fn took(&mut self, at: usize, row: &StoredRow) {
        if let Some((_, parcel)) = self.rows.get_mut(at) {
            *parcel = row.parcel_rank;
        }
    }

    /// How long the list is was looked at again.
    pub(crate) fn counted(&mut self, count: Count) {
        self.counted_in_part = matches!(count, Count::AtLeast(_));
    }
}
