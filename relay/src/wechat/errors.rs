//! The platform's codes in the relay's words.

use shopkeeper_protocol::{ReasonCode, reason};

use crate::platform::PlatformError;

/// China time, in which daily quotas begin again.
pub(super) const ZONE_MINUTES: i32 = 480;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Whether the code says that the token is dead, so that a new one may help.
pub(super) fn token_dead(code: i64) -> bool {
    matches!(code, 40_001 | 40_014 | 42_001)
}

/// Codes of reading and of writing differ in nothing but an order that is not there: for a write that is a refusal.
pub(super) fn of_code(code: i64, now: i64, write: bool) -> PlatformError {
    let refused = |reason: &str| PlatformError::Refused { reason: ReasonCode::from(reason), code };
    match code {
        -1 | 100_003 | 10_021_044 => PlatformError::Busy { code },
        45_009 => PlatformError::Limited { code, until: next_day(now) },
        45_011 => PlatformError::Limited { code, until: next_minute(now) },
        // One refund of an order in a minute, counted from the last.
        10_021_059 => PlatformError::Limited { code, until: now.saturating_add(MINUTE) },
        606_006 => PlatformError::WindowSpoiled { code },
        31_042 => PlatformError::WindowTooFull { code },
        100_002 | 611_016 if write => refused(reason::ORDER_NOT_FOUND),
        100_002 | 611_016 => PlatformError::NotFound { code },
        10_021_050 | 10_021_057 if write => refused(reason::AFTER_SALE_NOT_FOUND),
        10_021_050 | 10_021_057 => PlatformError::NotFound { code },
        // Of the credentials, the account, or the address that calls; only the owner can help.
        40_001 | 40_002 | 40_013 | 40_014 | 40_125 | 40_164 | 40_243 | 41_002 | 41_004 | 42_001 | 45_035 | 50_004
        | 50_007 | 61_004 | 89_503 | 89_506 | 89_507 => PlatformError::BadCredentials { code },
        48_001 | 48_004 | 50_001 | 50_002 | 61_007 => refused(reason::NOT_PERMITTED),
        10_080_000 | 10_080_001 => refused(reason::SHOP_CLOSED),
        101_100 => refused(reason::STATE_CHANGED),
        10_020_001 | 10_021_041 => refused(reason::AFTER_SALE_MOVED_ON),
        10_021_051 | 10_021_065 => refused(reason::DISPUTE_OPEN),
        10_021_046 => refused(reason::ACCOUNT_EMPTY),
        10_021_060 | 10_021_062 => refused(reason::BAD_RETURN_ADDRESS),
        10_021_068 => refused(reason::NEGOTIATE_FIRST),
        108_009 => refused(reason::AFTER_SALE_OPEN),
        109_000 | 109_002 | 606_031 | 606_051 => refused(reason::LINES_CHANGED),
        109_001 => refused(reason::ALREADY_SHIPPED),
        606_003 => refused(reason::NO_RETURN_ADDRESS),
        606_004 => refused(reason::BAD_CARRIER),
        606_005 | 6_060_479 => refused(reason::BAD_WAYBILL),
        606_008 => refused(reason::VIRTUAL),
        606_049 => refused(reason::RISK_HOLD),
        10_020_115 => refused(reason::ADDRESS_REQUEST_PENDING),
        10_020_276 => refused(reason::SKU_REQUEST_PENDING),
        _ => refused(reason::PLATFORM_REFUSED),
    }
}

/// The first instant of the next minute.
pub(super) fn next_minute(now: i64) -> i64 {
    now - now.rem_euclid(MINUTE) + MINUTE
}

/// The first instant of the platform's next day.
fn next_day(now: i64) -> i64 {
    let east = i64::from(ZONE_MINUTES) * MINUTE;
    now - (now + east).rem_euclid(DAY) + DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_end_with_the_minute_and_with_the_day_in_china() {
        // 2026-09-21 22:13:20 there.
        let now = 1_790_000_000_000;
        assert_eq!(of_code(45_011, now, false), PlatformError::Limited { code: 45_011, until: 1_790_000_040_000 });
        assert_eq!(of_code(45_009, now, false), PlatformError::Limited { code: 45_009, until: 1_790_006_400_000 });
    }

    #[test]
    fn an_order_that_is_not_there_is_refused_to_a_write() {
        assert_eq!(of_code(100_002, 0, false), PlatformError::NotFound { code: 100_002 });
        let refused = PlatformError::Refused { reason: ReasonCode::from(reason::ORDER_NOT_FOUND), code: 100_002 };
        assert_eq!(of_code(100_002, 0, true), refused);
    }

    #[test]
    fn a_code_without_a_word_keeps_its_number() {
        let refused = PlatformError::Refused { reason: ReasonCode::from(reason::PLATFORM_REFUSED), code: 606_046 };
        assert_eq!(of_code(606_046, 0, true), refused);
    }
}
