//! Flags and private notes: what a merchant puts on an order, on several devices that may not meet for weeks.
//!
//! Every write is kept as a version with a name of its own and a [`Stamp`], and nothing is overwritten. Merging two devices' versions is
//! the union of the two sets; what a screen shows is the version with the greatest stamp. A union neither cares for the order in which
//! devices meet nor for how often they do, so all of them come to show the same, and what lost is still there to be looked at.
//!
//! Stamps are hybrid logical times: the wall clock where it moves on, a count where it does not. So a write that was made in sight of
//! another is later than it, even on a phone whose clock is behind.

use std::collections::BTreeMap;

use crate::ids::{CommandId, DeviceId};
use crate::time::Instant;

/// When something was written: later by wall clock, then by count, then, for two devices at the very same time, by their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// Unix milliseconds of the writing device's corrected clock, or of the latest stamp that it had seen.
    pub(crate) ms: i64,
    /// Tells writes of one millisecond apart.
    pub(crate) counter: u32,
    pub(crate) device: DeviceId,
}

impl Stamp {
    /// A stamp that is later than everything this device has seen. `latest` is the greatest stamp it knows, of any device.
    pub(crate) fn next(latest: Option<&Self>, now: Instant, device: &DeviceId) -> Self {
        let device = device.clone();
        match latest {
            Some(latest) if latest.ms >= now.ms() => match latest.counter.checked_add(1) {
                Some(counter) => Self { ms: latest.ms, counter, device },
                None => Self { ms: latest.ms.saturating_add(1), counter: 0, device },
            },
            _ => Self { ms: now.ms(), counter: 0, device },
        }
    }

    /// For a person to read.
    pub(crate) fn at(&self) -> Instant {
        Instant::from_ms(self.ms)
    }
}

/// One version of a value. Never changed once written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Written<T> {
    pub(crate) stamp: Stamp,
    /// Names this write for ever.
    pub(crate) op: CommandId,
    pub(crate) value: T,
}

/// The versions of both, oldest first, each once. Commutative, associative and idempotent.
///
/// Two versions of one name that differ cannot have been written by anybody; of such the greater is kept, so that every device keeps the
/// same one.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "phones do not exchange their versions yet; stamps are made for it from the first day")
)]
pub(crate) fn merge<T: Ord>(
    here: impl IntoIterator<Item = Written<T>>,
    there: impl IntoIterator<Item = Written<T>>,
) -> Vec<Written<T>> {
    let mut by_name = BTreeMap::<CommandId, Written<T>>::new();
    for written in here.into_iter().chain(there) {
        match by_name.get(&written.op) {
            Some(kept) if *kept >= written => {}
            _ => _ = by_name.insert(written.op.clone(), written),
        }
    }
    let mut merged: Vec<Written<T>> = by_name.into_values().collect();
    merged.sort();
    merged
}

/// The version that a screen shows.
pub(crate) fn newest<'a, T: Ord>(versions: impl IntoIterator<Item = &'a Written<T>>) -> Option<&'a Written<T>> {
    versions.into_iter().max()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::orders::Flag;

    fn device(name: u8) -> DeviceId {
        DeviceId(format!("device-{name}"))
    }

    fn versions() -> impl Strategy<Value = Vec<Written<Option<Flag>>>> {
        let flag = prop::option::of(prop::sample::select(Flag::EVERY.as_slice()));
        let one = (0..8_u8, 0..4_i64, 0..3_u32, 0..3_u8, flag).prop_map(|(op, ms, counter, by, value)| Written {
            stamp: Stamp { ms, counter, device: device(by) },
            op: CommandId::from_bytes([op; 16]),
            value,
        });
        prop::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn merging_is_commutative_associative_and_idempotent(a in versions(), b in versions(), c in versions()) {
            let both = |x: &[_], y: &[_]| merge(x.to_vec(), y.to_vec());
            prop_assert_eq!(both(&a, &b), both(&b, &a));
            prop_assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
            let ab = both(&a, &b);
            prop_assert_eq!(both(&ab, &ab), ab.clone());
            prop_assert_eq!(both(&ab, &b), ab);
        }

        #[test]
        fn nothing_is_lost_and_the_newest_is_shown(a in versions(), b in versions()) {
            let merged = merge(a.clone(), b.clone());
            for written in a.iter().chain(&b) {
                prop_assert!(merged.iter().any(|kept| kept.op == written.op && kept >= written));
            }
            prop_assert_eq!(newest(&merged), merged.last());
        }

        /// Whatever clocks do, a write made in sight of others is later than all of them.
        #[test]
        fn a_stamp_is_later_than_all_that_was_seen(clocks in prop::collection::vec((any::<i64>(), 0..3_u8), 1..20)) {
            let mut latest: Option<Stamp> = None;
            for (now, by) in clocks {
                let now = now.min(i64::MAX - 1_000);
                let stamp = Stamp::next(latest.as_ref(), Instant::from_ms(now), &device(by));
                prop_assert!(latest.is_none_or(|latest| latest < stamp));
                latest = Some(stamp);
            }
        }
    }

    #[test]
    fn a_full_counter_goes_on_in_the_next_millisecond() {
        let full = Stamp { ms: 5, counter: u32::MAX, device: device(0) };
        let next = Stamp::next(Some(&full), Instant::from_ms(3), &device(0));
        assert_eq!((next.ms, next.counter), (6, 0));
    }
}
