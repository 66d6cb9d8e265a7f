//! The one place of the check list that reads a clock. It measures how long real commands took, which no test asserts.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "wall time of child processes is the thing shown"
)]

use std::time::{Duration, Instant};

/// Started when made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits between two looks at a program that runs in another process and cannot tell us when it is ready.
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
