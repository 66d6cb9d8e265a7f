//! The sandbox never asks a machine for the time: whoever starts it hands a clock in. A demo hands in a scaled one, so
//! that a shop day passes in minutes; a test hands in one that it moves by hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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

/// A clock that runs `rate` times as fast as another one. Clones are the same clock, so that platform, relay and phone of a
/// demo can share it and agree on the day. A change of the rate makes no jump: the new rate holds from the present on.
#[derive(Clone)]
pub struct ScaledClock(Arc<Scaled>);

struct Scaled {
    base: Clock,
    pace: Mutex<Pace>,
}

/// Shop time is `shop_ms + (base - base_ms) * rate`.
#[derive(Clone, Copy, Debug)]
struct Pace {
    base_ms: i64,
    shop_ms: i64,
    rate: u32,
}

impl Pace {
    fn at(self, base_ms: i64) -> i64 {
        // A base that goes back (somebody set the machine's clock) does not take the shop back.
        let passed = base_ms.saturating_sub(self.base_ms).max(0);
        self.shop_ms.saturating_add(passed.saturating_mul(i64::from(self.rate)))
    }
}

impl std::fmt::Debug for ScaledClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScaledClock").field("pace", &self.pace()).finish_non_exhaustive()
    }
}

impl ScaledClock {
    /// Shows `origin_ms` (unix milliseconds) now and runs `rate` times as fast as `base` from here on. Rate 0 stands still.
    pub fn new(base: Clock, origin_ms: i64, rate: u32) -> Self {
        let pace = Pace { base_ms: base(), shop_ms: origin_ms, rate };
        Self(Arc::new(Scaled { base, pace: Mutex::new(pace) }))
    }

    /// The time it shows, unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.pace().at((self.0.base)())
    }

    /// How many times as fast as its base it runs.
    pub fn rate(&self) -> u32 {
        self.pace().rate
    }

    /// Runs at another rate from now on.
    pub fn set_rate(&self, rate: u32) {
        let base_ms = (self.0.base)();
        let mut pace = self.0.pace.lock().unwrap_or_else(PoisonError::into_inner);
        *pace = Pace { base_ms, shop_ms: pace.at(base_ms), rate };
    }

    /// How long to wait in the base's milliseconds until this clock shows `shop_ms`, rounded up; `None` while it stands still.
    pub fn base_ms_until(&self, shop_ms: i64) -> Option<i64> {
        let rate = i64::from(self.rate());
        let left = shop_ms.saturating_sub(self.now_ms()).max(0);
        (rate > 0).then(|| left / rate + i64::from(left % rate > 0))
    }

    /// The same clock as sandbox, relay and phone take it.
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }

    fn pace(&self) -> Pace {
        *self.0.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_runs_faster_and_is_one_clock_for_all() {
        let base = ManualClock::at(5_000);
        let clock = ScaledClock::new(base.clock(), 1_000_000, 600);
        let other = clock.clock();
        assert_eq!((clock.now_ms(), other()), (1_000_000, 1_000_000));
        base.advance_ms(1_000);
        assert_eq!((clock.now_ms(), other()), (1_600_000, 1_600_000));
        assert_eq!(clock.base_ms_until(1_600_601), Some(2));
        assert_eq!(clock.base_ms_until(0), Some(0));
    }

    #[test]
    fn another_rate_makes_no_jump_and_a_base_that_goes_back_none_either() {
        let base = ManualClock::at(0);
        let clock = ScaledClock::new(base.clock(), 0, 60);
        base.advance_ms(1_000);
        clock.set_rate(0);
        base.advance_ms(50_000);
        assert_eq!((clock.now_ms(), clock.rate(), clock.base_ms_until(60_001)), (60_000, 0, None));
        clock.set_rate(2);
        base.advance_ms(-500);
        assert_eq!(clock.now_ms(), 60_000);
        base.advance_ms(1_500);
        assert_eq!(clock.now_ms(), 62_000);
        let edge = ScaledClock::new(base.clock(), i64::MAX - 1, u32::MAX);
        base.advance_ms(10_000);
        assert_eq!(edge.now_ms(), i64::MAX);
    }
}
