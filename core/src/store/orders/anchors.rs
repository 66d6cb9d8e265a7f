//! Anchors: where a window of a list begins, as text that means nothing to anybody else.
//!
//! An anchor names a place by the values that the list is sorted by, not by a row: it stays good when its row moves or goes. It carries
//! a mark of its list, since the same values in another list would be a wrong place and no error.

use sha2::{Digest as _, Sha256};

use super::queries::Direction;
use crate::orders::{Anchor, OrderFilter, OrderSort};
use crate::store::StoreError;

/// The place of a row in a list: the values that the list is sorted by, as many as the sort has, and the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Place {
    Newest { created_at: i64, id: i64 },
    MostUrgent { due_at: i64, placed_at: i64, id: i64 },
}

impl Place {
    /// As close as can be, such that a walk from there begins with the row at this place.
    pub(in crate::store) const fn beside(self, walk: Direction) -> Self {
        match (self, walk) {
            (Self::Newest { created_at, id }, Direction::Down) => Self::Newest { created_at, id: id.saturating_add(1) },
            (Self::Newest { created_at, id }, Direction::Up) => Self::Newest { created_at, id: id.saturating_sub(1) },
            (Self::MostUrgent { due_at, placed_at, id }, Direction::Down) => {
                Self::MostUrgent { due_at, placed_at, id: id.saturating_sub(1) }
            }
            (Self::MostUrgent { due_at, placed_at, id }, Direction::Up) => {
                Self::MostUrgent { due_at, placed_at, id: id.saturating_add(1) }
            }
        }
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
        Self { mark: hex::encode(hash.get(..6).unwrap_or_default()), sort }
    }

    /// A place after every row.
    #[cfg(test)]
    pub(in crate::store) fn end(&self) -> Anchor {
        self.write(match self.sort {
            OrderSort::Newest => Place::Newest { created_at: i64::MIN, id: i64::MIN },
            OrderSort::MostUrgent => Place::MostUrgent { due_at: i64::MAX, placed_at: i64::MAX, id: i64::MAX },
        })
    }

    pub(in crate::store) fn write(&self, place: Place) -> Anchor {
        let mark = &self.mark;
        Anchor(match place {
            Place::Newest { created_at, id } => format!("{mark}.{created_at}.{id}"),
            Place::MostUrgent { due_at, placed_at, id } => format!("{mark}.{due_at}.{placed_at}.{id}"),
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
            (OrderSort::Newest, [created_at, id]) => Ok(Place::Newest { created_at: *created_at, id: *id }),
            (OrderSort::MostUrgent, [due_at, placed_at, id]) => {
                Ok(Place::MostUrgent { due_at: *due_at, placed_at: *placed_at, id: *id })
            }
            _ => Err(bad("expected an anchor that a list gave")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::OrderTab;

    #[test]
    fn an_anchor_is_good_in_its_own_list_only() {
        let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let anchors = Anchors::of(&filter, OrderSort::MostUrgent);
        let place = Place::MostUrgent { due_at: i64::MAX, placed_at: 0, id: 7 };
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
