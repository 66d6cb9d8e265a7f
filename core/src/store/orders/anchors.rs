//! Anchors: where a window of a list begins, as text that means nothing to anybody else.
//!
//! An anchor names a place by the values that the list is sorted by, not by a row: it stays good when its row moves or goes. It carries
//! a mark of its list, since the same values in another list would be a wrong place and no error.

use sha2::{Digest as _, Sha256};

use super::queries::Direction;
use crate::orders::{Anchor, OrderFilter, OrderSort, OrderTab};
use crate::store::StoreError;

/// The place of a row in a list: the values that the list is sorted by, as many as the sort has, and the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Place {
    Newest { newest: i64, id: i64 },
    MostUrgent { due_at: i64, tie: i64, id: i64 },
}

impl Place {
    /// As close as can be, such that a walk from there begins with the row at this place.
    pub(in crate::store) const fn beside(self, walk: Direction) -> Self {
        match (self, walk) {
            (Self::Newest { newest, id }, Direction::Down) => Self::Newest { newest, id: id.saturating_sub(1) },
            (Self::Newest { newest, id }, Direction::Up) => Self::Newest { newest, id: id.saturating_add(1) },
            (Self::MostUrgent { due_at, tie, id }, Direction::Down) => {
                Self::MostUrgent { due_at, tie, id: id.saturating_sub(1) }
            }
            (Self::MostUrgent { due_at, tie, id }, Direction::Up) => {
                Self::MostUrgent { due_at, tie, id: id.saturating_add(1) }
            }
        }
    }
}

/// The order in which a list is walked. Where no order can have a deadline, the most urgent are the newest.
pub(in crate::store) fn walked(filter: &OrderFilter, sort: OrderSort) -> OrderSort {
    match filter.tab {
        OrderTab::Unpaid | OrderTab::ToReceive | OrderTab::Done | OrderTab::Closed => OrderSort::Newest,
        OrderTab::All | OrderTab::ToShip | OrderTab::PartShipped | OrderTab::AfterSale => sort,
    }
}

/// Makes and reads the anchors of one list.
#[derive(Debug, Clone)]
pub(in crate::store) struct Anchors {
    mark: String,
    sort: OrderSort,
}

impl Anchors {
    pub(in crate::store) fn of(filter: &OrderFilter, sort: OrderSort) -> Self {
        // Plain records of numbers and names: nothing in them that JSON could refuse.
        let list = serde_json::to_vec(&(filter, sort)).unwrap_or_default();
        let hash = Sha256::digest(list);
        Self { mark: hex::encode(hash.get(..6).unwrap_or_default()), sort: walked(filter, sort) }
    }

    /// A place after every row.
    #[cfg(test)]
    pub(in crate::store) fn end(&self) -> Anchor {
        self.write(match self.sort {
            OrderSort::Newest => Place::Newest { newest: i64::MAX, id: i64::MAX },
            OrderSort::MostUrgent => Place::MostUrgent { due_at: i64::MAX, tie: i64::MAX, id: i64::MAX },
        })
    }

    pub(in crate::store) fn write(&self, place: Place) -> Anchor {
        let mark = &self.mark;
        Anchor(match place {
            Place::Newest { newest, id } => format!("{mark}.{newest}.{id}"),
            Place::MostUrgent { due_at, tie, id } => format!("{mark}.{due_at}.{tie}.{id}"),
        })
    }

    /// # Errors
    /// [`StoreError::BadInput`] for an anchor of another list, or of none.
    pub(in crate::store) fn read(&self, anchor: &Anchor) -> Result<Place, StoreError> {
        let bad = |what: &str| StoreError::BadInput { field: "anchor", what: what.to_owned() };
        let mut parts = anchor.0.split('.');
        let mark = parts.next().unwrap_or_default();
        let values: Vec<i64> =
            parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| bad("expected an anchor that a list gave"))?;
        if mark != self.mark {
            return Err(bad("expected an anchor of this filter and sort"));
        }
        match (self.sort, values.as_slice()) {
            (OrderSort::Newest, [newest, id]) => Ok(Place::Newest { newest: *newest, id: *id }),
            (OrderSort::MostUrgent, [due_at, tie, id]) => Ok(Place::MostUrgent { due_at: *due_at, tie: *tie, id: *id }),
            _ => Err(bad("expected an anchor that a list gave")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_good_in_its_own_list_only() {
        let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let anchors = Anchors::of(&filter, OrderSort::MostUrgent);
        let place = Place::MostUrgent { due_at: i64::MAX, tie: 0, id: 7 };
        let anchor = anchors.write(place);
        assert_eq!(anchors.read(&anchor), Ok(place));
        let others = [
            Anchors::of(&filter, OrderSort::Newest),
            Anchors::of(&OrderFilter::default(), OrderSort::MostUrgent),
            Anchors::of(&OrderFilter { has_note: true, ..filter }, OrderSort::MostUrgent),
        ];
        for other in others {
            let refused = other.read(&anchor);
            assert!(matches!(refused, Err(StoreError::BadInput { field: "anchor", .. })), "{refused:?}");
        }
        for text in ["", ".", "x.1", "1.2.3", &format!("{}.1.2", anchors.mark), &format!("{}.1.2.x", anchors.mark)] {
            let refused = anchors.read(&Anchor(text.to_owned()));
            assert!(matches!(refused, Err(StoreError::BadInput { field: "anchor", .. })), "{text}");
        }
    }
}
