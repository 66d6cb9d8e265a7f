//! How long to wait after a failure. Without chance: one relay asks one platform, nobody has to be kept from asking together.

use shopkeeper_protocol::reason;

use crate::platform::PlatformError;

/// Doubles from `first` with each failure in a row, up to `most`; in ms.
pub(crate) fn doubling(failures: u32, first: i64, most: i64) -> i64 {
    let doublings = failures.saturating_sub(1).min(32);
    first.saturating_mul(1_i64 << doublings).min(most)
}

/// When to ask the platform again after an error: a used-up quota says so itself, wrong credentials and missing
/// permissions need a person.
pub(crate) fn after(error: &PlatformError, failures: u32, now: i64) -> i64 {
    match error {
        PlatformError::Limited { until, .. } => (*until).clamp(now.saturating_add(1_000), now.saturating_add(DAY)),
        PlatformError::Refused { reason, .. } if reason.as_str() == reason::NOT_PERMITTED => {
            now.saturating_add(doubling(failures, 60_000, 600_000))
        }
        PlatformError::BadCredentials { .. } => now.saturating_add(doubling(failures, 60_000, 600_000)),
        _ => now.saturating_add(doubling(failures, 1_000, 60_000)),
    }
}

const DAY: i64 = 24 * 3_600 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_its_bound() {
        let waits: Vec<_> = [0, 1, 2, 3, 10, 4_000_000].map(|failures| doubling(failures, 1_000, 300_000)).into();
        assert_eq!(waits, [1_000, 1_000, 2_000, 4_000, 300_000, 300_000]);
    }

    #[test]
    fn a_quota_is_waited_for_but_not_for_ever() {
        let limited = |until| after(&PlatformError::Limited { code: 45_009, until }, 1, 5_000);
        assert_eq!((limited(9_000), limited(-3), limited(i64::MAX)), (9_000, 6_000, 5_000 + DAY));
    }
}
