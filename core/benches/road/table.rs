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

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Time(Duration),
    /// Hundredths of A0 of the same run.
    OfA0(u128),
    MiB(u64),
}

impl Figure {
    fn meets(self, goal: Self) -> bool {
        self.number() <= goal.number()
    }

    fn number(self) -> u128 {
        match self {
            Self::Time(took) => took.as_micros(),
            Self::OfA0(hundredths) => hundredths,
            Self::MiB(n) => n.into(),
        }
    }

    /// How many times the other, in hundredths.
    fn times(self, other: Self) -> u128 {
        self.number() * 100 / other.number().max(1)
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time(took) => write!(f, "{} ms", ms(*took)),
            Self::OfA0(n) => write!(f, "{} A0", hundredths(*n)),
            Self::MiB(n) => write!(f, "{n} MiB"),
        }
    }
}

/// One measurement beside its goal.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    figure: Figure,
    /// `None`: nothing was promised.
    goal: Option<Figure>,
    runs: usize,
}

impl Row {
    pub(crate) fn new(what: &str, took: Duration, goal: Option<Duration>, runs: usize) -> Self {
        Self::of(what, Figure::Time(took), goal.map(Figure::Time), runs)
    }

    pub(crate) fn of(what: &str, figure: Figure, goal: Option<Figure>, runs: usize) -> Self {
        Self { what: what.to_owned(), figure, goal, runs }
    }
}

/// Milliseconds with three places.
fn ms(took: Duration) -> String {
    let micros = took.as_micros();
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

fn hundredths(n: u128) -> String {
    format!("{}.{:02}", n / 100, n % 100)
}

/// All rows in columns; with those of a smaller shop, how many times as much each is.
pub(crate) fn show(rows: &[Row], smaller: Option<&[Row]>) -> String {
    let ratio = if smaller.is_some() { "ratio" } else { "" };
    let mut text = format!("{:<48} {:>14} {:>14} {:>6}  met {ratio:>8}\n", "what (median)", "measured", "goal", "runs");
    for row in rows {
        let goal = row.goal.map_or_else(|| "-".to_owned(), |goal| goal.to_string());
        let met = row.goal.map_or("-", |goal| if row.figure.meets(goal) { "yes" } else { "NO" });
        let other = smaller.and_then(|rows| rows.iter().find(|other| other.what == row.what));
        let ratio = other.map(|other| hundredths(row.figure.times(other.figure))).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<48} {:>14} {goal:>14} {:>6}  {met:<3} {ratio:>8}",
            row.what,
            row.figure.to_string(),
            row.runs
        );
    }
    text
}
