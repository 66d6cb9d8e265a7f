//! How long a first sync still takes, by the pace at which it came so far.
//!
//! The pace is that of the last ten to twenty seconds, not of the whole run: a network that is slow for a while and then is not is the usual
//! case, and an average from the beginning would go on telling of the past.

use crate::time::{Instant, Span};

/// How long a stretch is looked at before the next begins.
const STRETCH: Span = Span::seconds(10);

/// Where a first sync stood at two moments. One for each run: a run that was interrupted tells nothing of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    before: Option<Mark>,
    last: Option<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    at: Instant,
    done: u64,
}

impl Pace {
    /// Takes how far it is now, and says how long the rest takes at this pace; `None` before there is one, or where the whole is not known.
    pub(crate) fn left(&mut self, now: Instant, done: u64, total: u64) -> Option<Span> {
        let here = Mark { at: now, done };
        // A walk that began again, or a clock that was set back, begins a new pace.
        let goes_on = |mark: &Mark| mark.done <= done && mark.at <= now;
        self.before = self.before.filter(goes_on);
        self.last = self.last.filter(goes_on);
        let last = *self.last.get_or_insert(here);
        if now.since(last.at) >= STRETCH {
            self.before = Some(last);
            self.last = Some(here);
        }
        let from = self.before.unwrap_or(last);
        let known = total > 0;
        time_left(now.since(from.at), done.saturating_sub(from.done), total.saturating_sub(done)).filter(|_| known)
    }
}

/// How long `left` takes if `done` took `spent`.
fn time_left(spent: Span, done: u64, left: u64) -> Option<Span> {
    if done == 0 || spent <= Span::ZERO {
        return None;
    }
    let ms = i128::from(spent.as_ms()) * i128::from(left) / i128::from(done);
    Some(Span::ms(i64::try_from(ms).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_left_follows_the_pace() {
        assert_eq!(time_left(Span::seconds(3), 0, 10), None);
        assert_eq!(time_left(Span::ZERO, 5, 10), None);
        assert_eq!(time_left(Span::seconds(3), 30, 100), Some(Span::seconds(10)));
        assert_eq!(time_left(Span::ms(i64::MAX), 1, u64::MAX), Some(Span::ms(i64::MAX)));
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_ms(seconds * 1_000)
    }

    #[test]
    fn nothing_is_said_before_a_pace_is_known_and_an_old_pace_is_forgotten() {
        let mut pace = Pace::default();
        // What an earlier run brought is no pace.
        assert_eq!(pace.left(at(0), 500, 1_000), None);
        assert_eq!(pace.left(at(5), 500, 1_000), None);
        assert_eq!(pace.left(at(10), 600, 1_000), Some(Span::seconds(40)));
        // Four times as fast from here on, and ten seconds later that is all that counts.
        assert_eq!(pace.left(at(20), 1_000, 1_800), Some(Span::seconds(20)));
        assert_eq!(pace.left(at(30), 1_400, 1_800), Some(Span::seconds(10)));
        assert_eq!(pace.left(at(31), 1_800, 1_800), Some(Span::ZERO));
        assert_eq!(pace.left(at(32), 1_900, 0), None, "the whole is not known");
        // It begins again, and there is no pace yet.
        assert_eq!(pace.left(at(33), 10, 1_800), None);
        assert_eq!(pace.left(at(32), 20, 1_800), None, "the clock was set back");
    }

    proptest! {
        #[test]
        fn time_left_is_never_negative(steps in prop::collection::vec((-50_000_i64..50_000, any::<u64>(), any::<u64>()), 1..20)) {
            let mut pace = Pace::default();
            let mut now = Instant::from_ms(1_000_000);
            for (ms, done, total) in steps {
                now = now.plus(Span::ms(ms));
                if let Some(left) = pace.left(now, done, total) {
                    prop_assert!(left >= Span::ZERO);
                }
            }
        }
    }
}
