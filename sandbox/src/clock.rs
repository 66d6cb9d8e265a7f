//! The sandbox never asks a machine for the time: whoever starts it hands a clock in. A demo hands in a scaled one, so
//! that a shop day passes in minutes; a test hands in one that it moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Unix time in milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Starts at `unix_ms`.
    pub fn at(unix_ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(unix_ms)))
    }

    /// Moves on by `ms`.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// The time it shows, unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// The same clock as the sandbox takes it.
    pub fn clock(&self) -> Clock {
        let hand = Arc::clone(&self.0);
        Arc::new(move || hand.load(Ordering::SeqCst))
    }
}
