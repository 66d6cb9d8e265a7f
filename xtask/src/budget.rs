//! Where the time of a run went: part, seconds, share. Printed so that a slow part is seen when it becomes slow.

use std::{fmt::Write as _, time::Duration};

/// One part and how long it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) part: String,
    pub(crate) time: Duration,
}

/// A table, the longest part first would hide the order in which they ran, so that order is kept.
///
/// Whole percents of the sum, rounded to the nearest; an empty run is an empty table with its sum.
pub(crate) fn table(spent: &[Spent]) -> String {
    let total: Duration = spent.iter().map(|s| s.time).sum();
    let width = spent.iter().map(|s| s.part.len()).chain([5]).max().unwrap_or(5);
    let mut out = format!("{:width$} {:>9} {:>6}\n", "part", "seconds", "share");
    for s in spent {
        let share = share_percent(s.time, total);
        _ = writeln!(out, "{:width$} {:>9} {share:>5}%", s.part, seconds(s.time));
    }
    _ = write!(out, "{:width$} {:>9} {:>5}%", "total", seconds(total), if total.is_zero() { 0 } else { 100 });
    out
}

fn share_percent(part: Duration, total: Duration) -> u128 {
    (part.as_micros() * 100 + total.as_micros() / 2).checked_div(total.as_micros()).unwrap_or(0)
}

/// Seconds with one decimal, rounded to the nearest tenth: `12.3`.
fn seconds(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(part: &str, millis: u64) -> Spent {
        Spent { part: part.to_owned(), time: Duration::from_millis(millis) }
    }

    #[test]
    fn shows_each_part_with_its_share() {
        let text = table(&[spent("format", 750), spent("tests", 29_250), spent("story", 0)]);
        let want = "\
part     seconds  share
format       0.8     3%
tests       29.3    98%
story        0.0     0%
total       30.0   100%";
        assert_eq!(text, want);
    }

    #[test]
    fn nothing_ran() {
        assert_eq!(table(&[]), "part    seconds  share\ntotal       0.0     0%");
    }

    #[test]
    fn rounds_to_the_nearest_tenth() {
        for (millis, want) in [(0, "0.0"), (49, "0.0"), (50, "0.1"), (999, "1.0"), (61_449, "61.4")] {
            assert_eq!(seconds(Duration::from_millis(millis)), want, "{millis} ms");
        }
    }
}
