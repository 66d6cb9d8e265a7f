//! Anchors: where a window of a list begins, as text that means nothing to anybody else.
//!
//! An anchor names a place by the values that the list is sorted by, not by a row: it stays good when its row moves or goes. It carries
//! a mark of its list, since the same values in another list would be a wrong place and no error.

use std::cmp::Ordering;
use std::fmt::Write as _;

use rusqlite::types::Value;
use sha2::{Digest as _, Sha256};

use super::queries::{self, Column, Direction};
use super::terms::order_of;
use crate::orders::{Anchor, OrderFilter, OrderSort, OrderTab};
use crate::store::StoreError;

/// The place of a row in a list: the values that the list is sorted by, as many as the sort has, and the order of arrival.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Place(pub(super) Vec<Value>);

/// The schema that the values are of: an anchor that a screen kept over an upgrade is refused, not misread.
const SCHEMA: u8 = 2;

impl Place {
    /// Before every row.
    pub(in crate::store) fn top(sort: OrderSort) -> Self {
        let (number, text) = edge(Direction::Down);
        Self(blank(sort, number, text))
    }

    /// After every row.
    #[cfg(test)]
    pub(in crate::store) fn end(sort: OrderSort) -> Self {
        let (number, text) = edge(Direction::Up);
        Self(blank(sort, number, text))
    }

    /// As close as can be, such that a walk from there begins with the row at this place.
    pub(in crate::store) fn beside(mut self, walk: Direction) -> Self {
        if let Some(Value::Integer(id)) = self.0.last_mut() {
            *id = match walk {
                Direction::Down => id.saturating_sub(1),
                Direction::Up => id.saturating_add(1),
            };
        }
        self
    }

    /// The closest that stands above it.
    pub(super) fn neighbour_above(self) -> Self {
        self.beside(Direction::Down)
    }

    /// The closest that stands below it.
    pub(super) fn neighbour_below(self) -> Self {
        self.beside(Direction::Up)
    }

    /// Whether it stands after another of the same sort.
    pub(super) fn is_after(&self, other: &Self) -> bool {
        let orders = self.0.iter().zip(&other.0).map(|(one, other)| order_of(one, other));
        orders.fold(Ordering::Equal, Ordering::then).is_gt()
    }

    /// The row that stands there.
    pub(super) fn id(&self) -> Option<i64> {
        match self.0.last() {
            Some(Value::Integer(id)) => Some(*id),
            _ => None,
        }
    }

    fn is_of(&self, sort: OrderSort) -> bool {
        let kinds = blank(sort, 0, "");
        kinds.len() == self.0.len()
            && kinds.iter().zip(&self.0).all(|(one, other)| one.data_type() == other.data_type())
    }
}

/// A value for each column of a sort.
fn blank(sort: OrderSort, number: i64, text: &str) -> Vec<Value> {
    queries::place_of(sort).iter().map(|column| column.filled(number, text)).collect()
}

/// Values before those of every row, as a walk in a direction meets them.
pub(super) const fn edge(direction: Direction) -> (i64, &'static str) {
    match direction {
        Direction::Down => (i64::MIN, ""),
        Direction::Up => (i64::MAX, "\u{10FFFF}"),
    }
}

impl Column {
    /// One of two values, as the column has numbers or texts.
    pub(super) fn filled(self, number: i64, text: &str) -> Value {
        if self.is_text() { Value::Text(text.to_owned()) } else { Value::Integer(number) }
    }
}

/// A value of a place, wherever it stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    Number(i64),
    Text(&'a str),
}

impl From<Part<'_>> for Value {
    fn from(part: Part<'_>) -> Self {
        match part {
            Part::Number(number) => Self::Integer(number),
            Part::Text(text) => Self::Text(text.to_owned()),
        }
    }
}

/// The order in which a list is walked. Where no order can have a deadline, the most urgent are the newest.
pub(in crate::store) fn walked(filter: &OrderFilter, sort: OrderSort) -> OrderSort {
    match filter.tab {
        _ if sort != OrderSort::MostUrgent => sort,
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
        let list = serde_json::to_vec(&(SCHEMA, filter, sort)).unwrap_or_default();
        let hash = Sha256::digest(list);
        Self { mark: hex::encode(hash.get(..6).unwrap_or_default()), sort: walked(filter, sort) }
    }

    /// A place after every row.
    #[cfg(test)]
    pub(in crate::store) fn end(&self) -> Anchor {
        self.write(&Place::end(self.sort))
    }

    pub(in crate::store) fn write(&self, place: &Place) -> Anchor {
        self.write_parts(place.0.iter().map(|value| match value {
            Value::Text(text) => Part::Text(text),
            Value::Integer(number) => Part::Number(*number),
            // No list is sorted by anything else.
            Value::Null | Value::Real(_) | Value::Blob(_) => Part::Number(0),
        }))
    }

    /// The same, of a place that nobody else needs.
    pub(super) fn write_parts<'p>(&self, parts: impl Iterator<Item = Part<'p>>) -> Anchor {
        let mut text = String::with_capacity(WRITTEN);
        text.push_str(&self.mark);
        for part in parts {
            text.push('.');
            // Writing to a String cannot fail.
            let _ = match part {
                Part::Text(part) => write!(text, "{TEXT}{}", hex::encode(part)),
                Part::Number(number) => write!(text, "{number}"),
            };
        }
        Anchor(text)
    }

    /// # Errors
    /// [`StoreError::BadInput`] for an anchor of another list, of an older schema, or of none.
    pub(in crate::store) fn read(&self, anchor: &Anchor) -> Result<Place, StoreError> {
        let bad = |what: &str| StoreError::BadInput { field: "anchor", what: what.to_owned() };
        let mut parts = anchor.0.split('.');
        let mark = parts.next().unwrap_or_default();
        let place = parts.map(value).collect::<Option<_>>().map(Place);
        let place = place.ok_or_else(|| bad("expected an anchor that a list gave"))?;
        if mark != self.mark {
            return Err(bad("expected an anchor of this filter and sort"));
        }
        if place.is_of(self.sort) { Ok(place) } else { Err(bad("expected an anchor that a list gave")) }
    }
}

/// Room for most of them.
const WRITTEN: usize = 48;
/// Before a text, in hexadecimal.
const TEXT: char = 't';

fn value(part: &str) -> Option<Value> {
    match part.strip_prefix(TEXT) {
        Some(text) => String::from_utf8(hex::decode(text).ok()?).ok().map(Value::Text),
        None => part.parse().ok().map(Value::Integer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_has_anchors_of_its_own_shape() {
        let filter = OrderFilter::default();
        for sort in OrderSort::EVERY {
            let anchors = Anchors::of(&filter, sort);
            for place in [Place::top(sort), Place::end(sort)] {
                assert_eq!(anchors.read(&anchors.write(&place)), Ok(place), "{sort:?}");
            }
            for bad in ["", ".1.2.t0g.4", ".1.2", ".1.2.3.4.5", ".t61.t62.t63.t64"] {
                let refused = anchors.read(&Anchor(format!("{}{bad}", anchors.mark)));
                let short = sort == OrderSort::Newest && bad == ".1.2";
                assert_eq!(refused.is_ok(), short, "{sort:?} {bad}");
            }
        }
    }

    #[test]
    fn an_anchor_is_good_in_its_own_list_only() {
        let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let anchors = Anchors::of(&filter, OrderSort::MostUrgent);
        let place = Place([i64::MAX, 0, 7].map(Value::Integer).to_vec());
        let anchor = anchors.write(&place);
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
