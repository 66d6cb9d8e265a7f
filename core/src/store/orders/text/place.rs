//! [`Place`]: where an order stands among what a search finds.

use std::ops::RangeInclusive;

use super::super::queries::Direction;
use super::super::{List, Lists};
use crate::store::StoreError;
use crate::time::Instant;

/// Open orders first, then the latest, then by arrival. One number, in the order of the places, which gives the order's id back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(i64);

/// Bits of the id: 268 million orders on one phone.
const ID: u32 = 28;
/// Bits of the seconds from the creation to the end of time, which is in the year 2514.
const SECONDS: u32 = 34;
/// What of a place is the id.
pub(super) const LAST_ID: i64 = (1 << ID) - 1;
const LAST_SECOND: i64 = (1 << SECONDS) - 1;

impl Place {
    pub(crate) const FIRST: Self = Self(0);
    pub(crate) const LAST: Self = Self(i64::MAX);

    pub(crate) const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The place next to it on that side, whoever stands there.
    pub(crate) const fn beside(self, direction: Direction) -> Self {
        match direction {
            Direction::Down => Self(self.0.saturating_add(1)),
            Direction::Up => Self(self.0.saturating_sub(1)),
        }
    }

    /// Whether a walk that begins at `from`, which is left out, comes by here.
    pub(crate) const fn is_beyond(self, from: Self, direction: Direction) -> bool {
        match direction {
            Direction::Down => self.0 > from.0,
            Direction::Up => self.0 < from.0,
        }
    }

    pub(crate) const fn number(self) -> i64 {
        self.0
    }

    /// What the column `newest` of the order that stands here is within: a place counts seconds.
    pub(super) const fn newest(self) -> RangeInclusive<i64> {
        let created = LAST_SECOND - ((self.0 >> ID) & LAST_SECOND);
        // At both ends of time stands whatever is beyond it.
        let least = if created == LAST_SECOND { i64::MIN } else { -(created * 1_000 + 999) };
        let most = if created == 0 { i64::MAX } else { -(created * 1_000) };
        least..=most
    }

    /// # Errors
    /// If there are more orders than a place has numbers for.
    pub(in crate::store) fn of(id: i64, lists: Lists, created_at: Instant) -> Result<Self, StoreError> {
        if !(0..LAST_ID).contains(&id) {
            return Err(StoreError::damaged("orders.id is out of the range of places"));
        }
        // What is created before 1970 or after the end of time stands there, by arrival.
        let back = LAST_SECOND - created_at.ms().div_euclid(1_000).clamp(0, LAST_SECOND);
        let closed = if is_open(lists) { 0 } else { 1 };
        Ok(Self((closed << (SECONDS + ID)) | (back << ID) | id))
    }

    /// By an order's columns `id`, `lists` and `newest`.
    ///
    /// # Errors
    /// As [`Place::of`].
    pub(in crate::store) fn of_columns(id: i64, lists: i64, newest: i64) -> Result<Self, StoreError> {
        Self::of(id, Lists::from_bits(lists), Instant::from_ms(newest.saturating_neg()))
    }

    /// The id of the order that stands here.
    pub(in crate::store) const fn id(self) -> i64 {
        self.0 & ((1 << ID) - 1)
    }
}

/// Something may still happen to it.
fn is_open(lists: Lists) -> bool {
    [List::Unpaid, List::ToShip, List::PartShipped, List::ToReceive, List::AfterSale]
        .iter()
        .any(|list| lists.is_on(*list))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_bounds_when_its_order_was_created(
            newest in prop_oneof![any::<i64>(), -4_000_000_000_000_i64..4_000, Just(i64::MIN), Just(i64::MAX)],
            lists in any::<u32>(),
        ) {
            let place = Place::of_columns(7, lists.into(), newest).unwrap();
            prop_assert!(place.newest().contains(&newest));
            prop_assert_eq!(place.id(), 7);
        }
    }

    #[test]
    fn the_bound_of_a_place_is_one_second() {
        let at = |ms: i64| Place::of(7, Lists::default(), Instant::from_ms(ms)).unwrap().newest();
        assert_eq!(at(1_700_000_000_999), -1_700_000_000_999..=-1_700_000_000_000);
        assert_eq!(at(-5), -999..=i64::MAX);
    }

    #[test]
    fn places_are_in_the_order_of_display() {
        let (open, done) = (Lists::from_bits(List::ToReceive.bit().into()), Lists::from_bits(List::Done.bit().into()));
        let place = |id, lists, ms| Place::of(id, lists, Instant::from_ms(ms)).unwrap();
        let places = [
            place(3, open, i64::MAX),
            place(9, open, 1_790_000_000_000),
            place(1, open, 1_700_000_000_999),
            place(2, open, 1_700_000_000_000),
            place(4, open, i64::MIN),
            place(5, done, 1_790_000_000_000),
            place(6, done, 1_700_000_000_000),
            place(LAST_ID - 1, done, 0),
        ];
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!(places.map(Place::id), [3, 9, 1, 2, 4, 5, 6, LAST_ID - 1]);
        assert!(places.iter().all(|place| *place > Place::FIRST && *place < Place::LAST));
        assert!(Place::of(LAST_ID, open, Instant::EPOCH).is_err());
        assert!(Place::of(-1, open, Instant::EPOCH).is_err());
    }
}
