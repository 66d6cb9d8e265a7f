//! Which windows of time to ask the platform for. Pure; all times are unix seconds.

use crate::platform::ListedBy;
use crate::store::FillRow;

pub(crate) const DAY: i64 = 24 * 3_600;

/// How far back the history has to reach before "all open ones are here" may be said. Open orders are looked up by status first, but an
/// unfinished after-sale can hang on an order of any status, and buyers may begin one for some weeks after they received the goods. An
/// after-sale itself is over long before: whatever decides it has a clock.
const AFTER_SALES: i64 = 90 * DAY;

/// A window, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Window {
    /// Its later and its earlier half; `None` if it is one second.
    pub(crate) fn halves(self) -> Option<[Self; 2]> {
        let middle = self.from + (self.to - self.from) / 2;
        (self.from < self.to).then(|| [Self { from: middle + 1, to: self.to }, Self { from: self.from, to: middle }])
    }
}

/// The windows of updates to compare, oldest first. They overlap with what was swept before, because the platform's clock is another one
/// and its lists may lag; and they reach to now. `longest`: between both ends of one.
pub(crate) fn updates(swept_to: i64, now: i64, overlap: i64, longest: i64) -> Vec<Window> {
    let mut windows = Vec::new();
    // A clock that was put back leaves a mark in the future; what lies between is swept already.
    let mut from = swept_to.min(now).saturating_sub(overlap);
    loop {
        let to = from.saturating_add(longest).min(now);
        windows.push(Window { from, to });
        if to >= now {
            return windows;
        }
        from = to;
    }
}

/// What the first fill looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// What is unfinished, by its status or because an order names it: this is what the shop has to do.
    Open,
    History,
}

/// A piece of the first fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) stage: Stage,
    pub(crate) window: Window,
}

impl Step {
    /// Entities are walked by the time they were made, which never changes.
    pub(crate) const BY: ListedBy = ListedBy::Created;
}

impl FillRow {
    /// A fill that begins now. What is made or changed later, the updates bring.
    pub(crate) fn begin(now: i64) -> Self {
        Self { began: now, open_below: now.saturating_add(1), history_below: now.saturating_add(1) }
    }

    fn horizon(&self, history_days: u32) -> i64 {
        self.began.saturating_sub(i64::from(history_days) * DAY)
    }

    /// What to fetch next; `None` once everything is here. A shop that wants more history later goes on where it stood. `longest`: between
    /// both ends of a window of a stage.
    pub(crate) fn next(&self, history_days: u32, longest: impl Fn(Stage) -> i64) -> Option<Step> {
        let horizon = self.horizon(history_days);
        let (stage, below) = match (self.open_below > horizon, self.history_below > horizon) {
            (true, _) => (Stage::Open, self.open_below),
            (false, true) => (Stage::History, self.history_below),
            (false, false) => return None,
        };
        let to = below.saturating_sub(1);
        Some(Step { stage, window: Window { from: to.saturating_sub(longest(stage)).max(horizon), to } })
    }

    /// The fill once a step is stored.
    #[must_use]
    pub(crate) fn after(mut self, step: &Step) -> Self {
        match step.stage {
            Stage::Open => self.open_below = step.window.from,
            Stage::History => self.history_below = step.window.from,
        }
        self
    }

    pub(crate) fn open_is_stored(&self, history_days: u32) -> bool {
        self.open_below <= self.horizon(history_days)
    }

    /// "Every open one is here."
    pub(crate) fn open_complete(&self, history_days: u32) -> bool {
        let reach = self.began.saturating_sub(AFTER_SALES).max(self.horizon(history_days));
        self.open_is_stored(history_days) && self.history_below <= reach
    }

    /// "Every one made at or after this is here", ms; `None` before the first window of history.
    pub(crate) fn created_since(&self) -> Option<i64> {
        (self.history_below <= self.began).then(|| self.history_below.saturating_mul(1_000))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const WEEK: i64 = 7 * DAY - 1;

    proptest! {
        #[test]
        fn updates_leave_no_second_out(behind in -40 * DAY..40 * DAY, overlap in 0..3_600_i64, longest in DAY..WEEK) {
            let swept_to = NOW - behind;
            let windows = updates(swept_to, NOW, overlap, longest);
            prop_assert_eq!(windows[0].from, swept_to.min(NOW) - overlap);
            prop_assert_eq!(windows.last().unwrap().to, NOW);
            for window in &windows {
                prop_assert!(window.from <= window.to && window.to - window.from <= longest);
            }
            for pair in windows.windows(2) {
                prop_assert!(pair[1].from <= pair[0].to + 1 && pair[1].to > pair[0].to);
            }
        }

        #[test]
        fn a_fill_covers_all_of_its_time_twice_and_ends(days in 0_u32..1_500, at_once in any::<bool>(), longest in DAY - 1..WEEK) {
            let longest = |stage| if at_once && stage == Stage::Open { i64::MAX } else { longest };
            let mut fill = FillRow::begin(NOW);
            let mut below = [NOW + 1, NOW + 1];
            let mut stages = Vec::new();
            while let Some(step) = fill.next(days, longest) {
                let below = &mut below[step.stage as usize];
                prop_assert_eq!(step.window.to, *below - 1, "windows follow each other");
                prop_assert!(step.window.from <= step.window.to);
                prop_assert!(step.window.to - step.window.from <= longest(step.stage));
                *below = step.window.from;
                stages.push(step.stage);
                fill = fill.after(&step);
            }
            let horizon = NOW - i64::from(days) * DAY;
            prop_assert_eq!(below, [horizon, horizon]);
            prop_assert!(stages.is_sorted(), "open orders come first");
            prop_assert!(fill.open_complete(days));
            prop_assert_eq!(fill.created_since(), Some(horizon * 1_000));
        }

        #[test]
        fn halves_are_the_whole(from in 0..NOW, length in 0..WEEK) {
            let window = Window { from, to: from + length };
            match window.halves() {
                None => prop_assert_eq!(length, 0),
                Some([later, earlier]) => {
                    prop_assert_eq!((earlier.from, later.to, earlier.to + 1), (window.from, window.to, later.from));
                    prop_assert!(earlier.from <= earlier.to && later.from <= later.to);
                }
            }
        }
    }

    #[test]
    fn nothing_is_claimed_before_it_is_stored() {
        let mut fill = FillRow::begin(NOW);
        assert!((!fill.open_complete(730), fill.created_since()) == (true, None));
        while let Some(step) = fill.next(730, |_| WEEK).filter(|step| step.stage == Stage::Open) {
            fill = fill.after(&step);
        }
        assert!(fill.open_is_stored(730) && !fill.open_complete(730), "after-sales hang on orders of any status");
        assert_eq!(fill.created_since(), None);
        let weeks = (0..13).map(|_| fill = fill.after(&fill.next(730, |_| WEEK).unwrap())).count();
        assert_eq!((weeks, fill.open_complete(730)), (13, true));
        assert!(
            !fill.open_complete(1_000) && fill.next(1_000, |_| WEEK).unwrap().stage == Stage::Open,
            "more history is wanted"
        );
    }
}
