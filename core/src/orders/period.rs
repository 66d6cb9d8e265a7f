//! Stretches of time that move with the clock: 今天 of a saved view is the day on which it is looked at, not the day on which it was saved.
//!
//! A filter holds instants, because a list is read at one moment. What moves stands beside it and is put into it when the list is opened.

use chrono::Days;
use serde::{Deserialize, Serialize};

use super::{OrderFilter, TimeRange};
use crate::deadlines;
use crate::rulebook::Rulebook;
use crate::time::{Instant, ShopZone, Span};

/// Days of the shop's calendar, as seen from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Today,
    Yesterday,
    /// So many days, today being the last of them; at least one.
    Days(u16),
}

impl Period {
    /// From the first midnight on and before the last.
    #[must_use]
    pub fn range(self, zone: ShopZone, now: Instant) -> TimeRange {
        let (first, days) = match self {
            Self::Today => (0, 1),
            Self::Yesterday => (1, 1),
            Self::Days(days) => (u64::from(days.max(1)) - 1, u64::from(days.max(1))),
        };
        let from = zone.day(now).date().checked_sub_days(Days::new(first));
        let until = from.and_then(|day| day.checked_add_days(Days::new(days)));
        TimeRange { from: from.map(|day| zone.midnight(day)), until: until.map(|day| zone.midnight(day)) }
    }
}

/// What of a filter moves with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Periods {
    pub created: Option<Period>,
    pub paid: Option<Period>,
    pub shipped: Option<Period>,
    /// Unshipped and due within so many hours.
    pub due_hours: Option<u16>,
    /// A wish for another address waits that the platform has not granted by itself.
    pub address_request: bool,
}

impl Periods {
    /// The hours of 即将超时, as its badge counts them.
    #[must_use]
    pub fn due_soon() -> u16 {
        let hours = Rulebook::builtin().due_soon().as_ms() / Span::hours(1).as_ms();
        u16::try_from(hours).unwrap_or(u16::MAX)
    }

    /// Puts the instants of this moment into a filter; what does not move stays as it is there.
    pub fn apply(&self, filter: &mut OrderFilter, zone: ShopZone, now: Instant) {
        let at = |period: Option<Period>, range| period.map_or(range, |period| Some(period.range(zone, now)));
        filter.created = at(self.created, filter.created);
        filter.paid = at(self.paid, filter.paid);
        filter.shipped = at(self.shipped, filter.shipped);
        if let Some(hours) = self.due_hours {
            filter.due_before = Some(now.plus(Span::hours(i64::from(hours))));
        }
        if self.address_request {
            filter.address_asked_after = Some(deadlines::address_asked_after(Rulebook::builtin(), now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_and_end_at_the_shops_midnight() {
        let zone = ShopZone::default();
        // 2026-09-14 13:15 in Shanghai, and the midnight before it.
        let (now, midnight) = (Instant::from_ms(1_789_362_900_000), Instant::from_ms(1_789_315_200_000));
        let days = |from: i64, until: i64| TimeRange {
            from: Some(midnight.plus(Span::hours(24 * from))),
            until: Some(midnight.plus(Span::hours(24 * until))),
        };
        for (period, range) in [
            (Period::Today, days(0, 1)),
            (Period::Yesterday, days(-1, 0)),
            (Period::Days(7), days(-6, 1)),
            (Period::Days(0), days(0, 1)),
        ] {
            assert_eq!(period.range(zone, now), range, "{period:?}");
            assert_eq!(period.range(zone, midnight), range, "{period:?}");
        }
        assert_eq!(Period::Today.range(zone, midnight.minus(Span::ms(1))), days(-1, 0));
        assert_eq!(Period::Days(u16::MAX).range(zone, Instant::from_ms(i64::MIN)).from, None, "before the calendar");
    }

    #[test]
    fn only_what_moves_is_put_into_a_filter() {
        let (zone, now) = (ShopZone::default(), Instant::from_ms(1_789_362_900_000));
        let fixed = Some(TimeRange { from: Some(Instant::from_ms(5)), until: None });
        let mut filter = OrderFilter { created: fixed, paid: fixed, ..OrderFilter::default() };
        Periods { paid: Some(Period::Today), due_hours: Some(12), ..Periods::default() }.apply(&mut filter, zone, now);
        assert_eq!(filter.created, fixed);
        assert_eq!(filter.paid, Some(Period::Today.range(zone, now)));
        assert_eq!(filter.shipped, None);
        assert_eq!(filter.due_before, Some(now.plus(Span::hours(12))));
    }
}
