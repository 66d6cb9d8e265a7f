//! Time: UTC instants, and the one zone in which a shop counts its days.
//!
//! A phone's clock may be wrong and its zone may be anywhere. Deadlines are compared by *corrected* time ([`Corrected`]: the
//! phone's clock plus the offset that the relay's last answer gave), and days are counted in the shop's zone.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};

use crate::ports::WallClock;

/// A UTC instant in unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    pub const EPOCH: Self = Self(0);

    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier`; negative if before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time in milliseconds; negative lengths are overdue ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub const fn ms(ms: i64) -> Self {
        Self(ms)
    }

    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self::minutes(hours.saturating_mul(60))
    }

    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn as_minutes(self) -> i64 {
        self.0.div_euclid(60_000)
    }

    /// For a timer; a negative span is no wait.
    #[must_use]
    pub fn as_wait(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

/// The zone in which the shop counts its days, minutes east of UTC. Every screen shows times in it, wherever the phone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShopZone(i32);

impl Default for ShopZone {
    /// Asia/Shanghai.
    fn default() -> Self {
        Self(8 * 60)
    }
}

impl ShopZone {
    /// A zone from minutes east of UTC; `None` outside ±18 hours.
    #[must_use]
    pub const fn from_minutes(minutes: i32) -> Option<Self> {
        if minutes >= -18 * 60 && minutes <= 18 * 60 { Some(Self(minutes)) } else { None }
    }

    #[must_use]
    pub const fn minutes(self) -> i32 {
        self.0
    }

    /// The shop's wall calendar at an instant. Instants outside the calendar's range show as its ends.
    #[must_use]
    pub fn calendar(self, at: Instant) -> chrono::NaiveDateTime {
        let ms = at.ms().saturating_add(i64::from(self.0) * 60_000);
        let edge = if ms < 0 { chrono::NaiveDateTime::MIN } else { chrono::NaiveDateTime::MAX };
        chrono::DateTime::from_timestamp_millis(ms).map_or(edge, |time| time.naive_utc())
    }

    /// The instant at which a day of the shop begins.
    #[must_use]
    pub fn midnight(self, day: chrono::NaiveDate) -> Instant {
        let ms = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        Instant(ms.saturating_sub(i64::from(self.0) * 60_000))
    }

    /// The day of the shop in which an instant lies.
    #[must_use]
    pub fn day(self, at: Instant) -> ShopDay {
        ShopDay(self.calendar(at).date())
    }
}

/// A day in the shop's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShopDay(chrono::NaiveDate);

impl ShopDay {
    #[must_use]
    pub fn date(self) -> chrono::NaiveDate {
        self.0
    }
}

/// The phone's clock, corrected by what the relay's clock said last. Cloning shares the offset.
#[derive(Clone)]
pub struct Corrected {
    wall: Arc<dyn WallClock>,
    offset_ms: Arc<AtomicI64>,
}

impl std::fmt::Debug for Corrected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Corrected").field("offset_ms", &self.offset_ms).finish_non_exhaustive()
    }
}

impl Corrected {
    #[must_use]
    pub fn new(wall: Arc<dyn WallClock>, offset: Span) -> Self {
        Self { wall, offset_ms: Arc::new(AtomicI64::new(offset.as_ms())) }
    }

    /// Server-corrected now.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant(self.wall.now_ms().saturating_add(self.offset_ms.load(Ordering::Relaxed)))
    }

    /// Server time minus phone time.
    #[must_use]
    pub fn offset(&self) -> Span {
        Span(self.offset_ms.load(Ordering::Relaxed))
    }

    /// Takes the relay's clock as the truth. `sent` is the phone's clock when the request left: the answer was made somewhere
    /// between then and now, so the middle is the best guess.
    pub fn correct(&self, server: Instant, sent: Instant) {
        let here = self.wall.now_ms();
        let middle = sent.ms().saturating_add(here.saturating_sub(sent.ms()) / 2);
        self.offset_ms.store(server.ms().saturating_sub(middle), Ordering::Relaxed);
    }

    /// The phone's own clock, uncorrected; only for measuring a round trip.
    #[must_use]
    pub fn phone(&self) -> Instant {
        Instant(self.wall.now_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_shops_day() {
        let zone = ShopZone::default();
        // 2026-09-14T15:59:59Z is 23:59:59 in Shanghai, one second before the 15th.
        let at = Instant::from_ms(1_789_401_599_000);
        assert_eq!(zone.day(at).date().to_string(), "2026-09-14");
        assert_eq!(zone.day(at.plus(Span::seconds(1))).date().to_string(), "2026-09-15");
    }

    #[test]
    fn absurd_instants_do_not_panic() {
        for ms in [i64::MIN, i64::MAX] {
            let _ = ShopZone::default().calendar(Instant::from_ms(ms));
        }
    }
}
