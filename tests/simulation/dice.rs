//! The only source of chance, and the record of what it led to.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Seeded chance. Cloning shares the stream: one seed decides everything, in the one order in which it is asked.
#[derive(Debug, Clone)]
pub struct Dice(Arc<Mutex<ChaCha8Rng>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed))))
    }

    fn draw(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }

    /// A number below `n`; 0 if there is none.
    pub fn below(&self, n: u64) -> u64 {
        self.draw().checked_rem(n).unwrap_or(0)
    }

    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `per_mille` times in a thousand.
    pub fn chance(&self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub fn pick<'a, T>(&self, among: &'a [T]) -> Option<&'a T> {
        among.get(usize::try_from(self.below(among.len() as u64)).unwrap_or(0))
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// What happened, in order.
#[derive(Debug, Clone)]
pub struct Trace(Arc<Mutex<Vec<String>>>, tokio::time::Instant);

/// Lines that the message of a failure shows.
const STORY: usize = 150;

impl Trace {
    /// Begins now.
    pub fn begin() -> Self {
        Self(Arc::default(), tokio::time::Instant::now())
    }

    pub fn note(&self, line: impl AsRef<str>) {
        let line = format!("{:>10} {}", self.1.elapsed().as_millis(), line.as_ref());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What two runs are compared by.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for line in self.lines() {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hex::encode(hash.finalize())
    }

    /// The last lines, for the message of a failed check.
    pub fn story(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(STORY)..].join("\n")
    }
}
