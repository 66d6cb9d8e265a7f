//! How long to wait before the next try. Pure: attempts and randomness in, a duration out.

use std::time::Duration;

use crate::ports::Random;

/// A schedule: doubles from `first` up to `cap`, each wait somewhere in the upper half of its step, so that a shop's phones do
/// not come back in one beat after their server was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff {
    first_ms: u64,
    cap_ms: u64,
}

impl Backoff {
    /// Opening the stream of hints: it is only a convenience, but cheap to try.
    pub(crate) const HINTS: Self = Self { first_ms: 1_000, cap_ms: 60_000 };
    /// Pulling after a failure.
    pub(crate) const PULL: Self = Self { first_ms: 2_000, cap_ms: 120_000 };
    /// Sending a command after it certainly did not arrive.
    pub(crate) const SEND: Self = Self { first_ms: 1_000, cap_ms: 60_000 };
    /// Asking what became of a command whose answer was lost.
    pub(crate) const ASK: Self = Self { first_ms: 1_000, cap_ms: 60_000 };
    /// Asking about a command that the relay has and whose outcome the feed has not brought. The feed is the road; this is the
    /// rope beside it.
    pub(crate) const OUTCOME: Self = Self { first_ms: 15_000, cap_ms: 300_000 };

    /// The wait after the given number of tries (1 = after the first).
    pub(crate) fn wait(self, tries: u32, random: &dyn Random) -> Duration {
        let doublings = tries.saturating_sub(1).min(20);
        let step = self.first_ms.saturating_mul(1 << doublings).min(self.cap_ms);
        let half = step / 2;
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        Duration::from_millis(step - half + u64::from_le_bytes(bytes) % (half + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_stay_in_their_upper_half() {
        let mut step = 1_000;
        for tries in 1..=40 {
            for byte in [0, 0x5a, 0xff] {
                let wait = Backoff::SEND.wait(tries, &Always(byte)).as_millis();
                assert!(wait >= step / 2 && wait <= step, "try {tries}: {wait} of {step}");
            }
            step = (step * 2).min(60_000);
        }
        assert_eq!(Backoff::SEND.wait(1, &Always(0)).as_millis(), 500);
        assert_eq!(Backoff::SEND.wait(0, &Always(0)).as_millis(), 500);
    }
}
