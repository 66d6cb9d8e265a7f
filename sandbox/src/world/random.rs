//! Draws from a seed that come out the same on every machine: a specified stream cipher and integers, never a float.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A stream of draws. Each purpose has its own stream, so that asking more of one never shifts another.
#[derive(Clone, Debug)]
pub(crate) struct Draw(ChaCha8Rng);

/// What a stream is for; part of its key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Buyers = 2,
    History = 3,
    Living = 4,
    Faults = 5,
    Push = 6,
    /// What lifelike buyers, carriers and the platform's reviewers do beyond the plain life of an order.
    Life = 7,
    /// After-sales of the past.
    Cases = 8,
}

impl Draw {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    pub(crate) fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A number in `low..=high`; `low` when the range is empty. Ranges are under 2^32 wide.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = (high - low + 1).clamp(1, i64::from(u32::MAX)) as u32;
        low + i64::from(self.below(width))
    }

    pub(crate) fn per_mille(&mut self, chance: u32) -> bool {
        self.below(1000) < chance
    }

    /// One of `choices`, which every caller fills from a table that is never empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// An index into `weights`, in proportion to them.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total = weights.iter().sum();
        let mut left = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0u8; N];
        self.0.fill_bytes(&mut out);
        out
    }
}

/// A number that belongs to (`seed`, `what`) for good: texts which would cost memory (openids, waybills) are derived from
/// it whenever they are asked for. This is the finaliser of splitmix64.
pub(crate) fn derived(seed: u64, what: u64) -> u64 {
    let mut z = seed ^ what.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `count` letters and digits that belong to (`seed`, `what`).
pub(crate) fn derived_text(seed: u64, what: u64, count: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_x";
    let mut out = String::with_capacity(count);
    let mut word = 0;
    for position in 0..count {
        if position % 10 == 0 {
            word = derived(seed ^ (position as u64), what);
        }
        out.push(char::from(LETTERS[(word & 63) as usize]));
        word >>= 6;
    }
    out
}
