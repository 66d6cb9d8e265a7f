//! Times: taking them, the middle of several, and how they are shown.

use std::fmt::Write as _;
use std::time::Duration;

/// What something gave, and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "a bench measures real time, and nothing else does"
    )]
    let begun = std::time::Instant::now();
    let value = work();
    (begun.elapsed(), value)
}

/// The same of work that waits.
pub(crate) async fn timed_async<T>(work: impl Future<Output = T>) -> (Duration, T) {
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "a bench measures real time, and nothing else does"
    )]
    let begun = std::time::Instant::now();
    let value = work.await;
    (begun.elapsed(), value)
}

/// The time within which 99 of 100 were done.
pub(crate) fn nearly_all(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied().unwrap_or_default()
}

/// The middle of several times.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// One measurement beside its goal.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) took: Duration,
    /// `None`: nothing was promised.
    pub(crate) goal: Option<Duration>,
    pub(crate) runs: usize,
}

impl Row {
    pub(crate) fn new(what: &str, took: Duration, goal: Option<Duration>, runs: usize) -> Self {
        Self { what: what.to_owned(), took, goal, runs }
    }
}

/// Milliseconds with three places.
pub(crate) fn ms(took: Duration) -> String {
    let micros = took.as_micros();
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

/// All rows in columns.
pub(crate) fn show(rows: &[Row]) -> String {
    let mut text = format!("{:<44} {:>12} {:>12} {:>6}  {}\n", "what (median)", "ms", "goal ms", "runs", "met");
    for row in rows {
        let goal = row.goal.map_or_else(|| "-".to_owned(), ms);
        let met = row.goal.map_or("-", |goal| if row.took <= goal { "yes" } else { "NO" });
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<44} {:>12} {goal:>12} {:>6}  {met}", row.what, ms(row.took), row.runs);
    }
    text
}
