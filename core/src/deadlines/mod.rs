//! Deadlines: what decides itself if the merchant does nothing, and when a screen changes by time alone.
//!
//! Pure: facts and `now` in, instants out. `now` is server-corrected time ([`crate::time::Corrected`]). A deadline that the source sends
//! always wins; one that a rule gives is an estimate, and says so ([`Basis`]). Nothing here wakes up: whoever shows deadlines asks for
//! [`next_change`] and sets one timer.

use serde::{Deserialize, Serialize};

use crate::rulebook::Rulebook;
use crate::time::{Instant, Span};

/// The earliest legal moment by which the platform must have the waybill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShipBy {
    pub at: Instant,
    pub basis: Basis,
}

/// Where a deadline comes from. The source's own always wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    Source,
    /// 按规则估算.
    Rulebook,
}

/// By when a line has to be at the platform: what the source says, else the promise counted from payment, else nothing.
/// A zero is no instant: sources write it where they have none.
#[must_use]
pub fn ship_by(rulebook: &Rulebook, paid_at: Option<i64>, source: Option<i64>) -> Option<ShipBy> {
    let given = |ms: Option<i64>| ms.filter(|ms| *ms > 0).map(Instant::from_ms);
    let from_source = given(source).map(|at| ShipBy { at, basis: Basis::Source });
    from_source
        .or_else(|| given(paid_at).map(|paid| ShipBy { at: paid.plus(rulebook.promise()), basis: Basis::Rulebook }))
}

/// When a buyer's wish for another address is agreed to by itself. The source sends no such instant.
#[must_use]
pub fn address_accepted_at(rulebook: &Rulebook, asked_at: Instant) -> Instant {
    asked_at.plus(rulebook.address_accepted_after())
}

/// How near a deadline is. Each begins exactly at its boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    Later,
    /// 即将超时.
    Soon,
    /// Under four hours: the colour of alarm.
    Urgent,
    Overdue,
}

/// From here on a deadline is in the colour of alarm.
const URGENT: Span = Span::hours(4);

/// How near a deadline is at `now`.
#[must_use]
pub fn nearness(rulebook: &Rulebook, at: Instant, now: Instant) -> Nearness {
    let left = at.since(now);
    if left <= Span::ZERO {
        Nearness::Overdue
    } else if left <= URGENT {
        Nearness::Urgent
    } else if left <= rulebook.due_soon() {
        Nearness::Soon
    } else {
        Nearness::Later
    }
}

/// Up to which instant a deadline counts as 即将超时 at `now`; overdue ones count too.
#[must_use]
pub fn due_before(rulebook: &Rulebook, now: Instant) -> Instant {
    now.plus(rulebook.due_soon())
}

/// Since which instant a wish for another address can still be answered at `now`; what was asked for earlier is granted.
#[must_use]
pub fn address_asked_after(rulebook: &Rulebook, now: Instant) -> Instant {
    now.minus(rulebook.address_accepted_after())
}

/// The next instant after `now` at which some deadline changes its [`Nearness`]; `None`: none will. `first_after` gives the first
/// deadline later than an instant: three looks into an index, however many deadlines there are.
///
/// # Errors
/// Those of `first_after`.
pub fn next_change<E>(
    rulebook: &Rulebook,
    now: Instant,
    mut first_after: impl FnMut(Instant) -> Result<Option<Instant>, E>,
) -> Result<Option<Instant>, E> {
    let mut next: Option<Instant> = None;
    for before in [Span::ZERO, URGENT, rulebook.due_soon()] {
        let change = first_after(now.plus(before))?.map(|at| at.minus(before));
        next = [next, change].into_iter().flatten().min();
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn the_sources_own_deadline_wins() {
        let book = Rulebook::builtin();
        let source = ship_by(book, Some(HOUR), Some(7)).unwrap();
        assert_eq!((source.at.ms(), source.basis), (7, Basis::Source));
        let estimate = ship_by(book, Some(HOUR), Some(0)).unwrap();
        assert_eq!((estimate.at.ms(), estimate.basis), (49 * HOUR, Basis::Rulebook));
        assert_eq!(ship_by(book, None, None), None);
        assert_eq!(ship_by(book, Some(0), None), None);
    }

    #[test]
    fn nearness_begins_at_its_boundary() {
        let book = Rulebook::builtin();
        let at = Instant::from_ms(100 * HOUR);
        for (left, nearness) in [
            (12 * HOUR + 1, Nearness::Later),
            (12 * HOUR, Nearness::Soon),
            (4 * HOUR + 1, Nearness::Soon),
            (4 * HOUR, Nearness::Urgent),
            (1, Nearness::Urgent),
            (0, Nearness::Overdue),
            (-HOUR, Nearness::Overdue),
        ] {
            assert_eq!(super::nearness(book, at, at.minus(Span::ms(left))), nearness, "{left}");
        }
    }

    proptest! {
        /// Between two boundaries nothing changes, and at each something does.
        #[test]
        fn boundaries_are_exactly_where_something_changes(
            deadlines in prop::collection::vec(0..100 * HOUR, 0..6),
            now in 0..120 * HOUR,
        ) {
            let book = Rulebook::builtin();
            let deadlines: Vec<Instant> = deadlines.into_iter().map(Instant::from_ms).collect();
            let look = |now: Instant| deadlines.iter().map(|at| nearness(book, *at, now)).collect::<Vec<_>>();
            let now = Instant::from_ms(now);
            let first_after =
                |than: Instant| Ok::<_, ()>(deadlines.iter().copied().filter(|at| *at > than).min());
            match next_change(book, now, first_after).unwrap() {
                None => prop_assert!(look(now).iter().all(|nearness| *nearness == Nearness::Overdue)),
                Some(boundary) => {
                    prop_assert_eq!(look(now), look(boundary.minus(Span::ms(1))));
                    prop_assert_ne!(look(now), look(boundary));
                }
            }
        }

        #[test]
        fn absurd_instants_do_not_panic(at: i64, now: i64, paid: Option<i64>, source: Option<i64>) {
            let book = Rulebook::builtin();
            let (at, now) = (Instant::from_ms(at), Instant::from_ms(now));
            let _ = nearness(book, at, now);
            let _ = next_change(book, now, |_| Ok::<_, ()>(Some(at)));
            let _ = due_before(book, now);
            let _ = ship_by(book, paid, source);
            let _ = address_accepted_at(book, at);
        }
    }
}
