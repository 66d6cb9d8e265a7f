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

/// What happened, in order: a running hash always, the lines themselves when a person wants to read them.
#[derive(Debug, Clone)]
pub struct Trace(Arc<Mutex<Record>>);

#[derive(Debug)]
struct Record {
    hash: Sha256,
    lines: Vec<String>,
    keep: usize,
    start: tokio::time::Instant,
}

impl Trace {
    /// Keeps the last `keep` lines.
    pub fn new(keep: usize) -> Self {
        let start = tokio::time::Instant::now();
        Self(Arc::new(Mutex::new(Record { hash: Sha256::new(), lines: Vec::new(), keep, start })))
    }

    pub fn note(&self, line: impl AsRef<str>) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = record.start.elapsed().as_millis();
        let line = format!("{at:>10} {}", line.as_ref());
        record.hash.update(line.as_bytes());
        record.hash.update(b"\n");
        if record.lines.len() >= record.keep.saturating_mul(2) {
            let surplus = record.lines.len() - record.keep;
            record.lines.drain(..surplus);
        }
        record.lines.push(line);
    }

    pub fn hash(&self) -> String {
        hex::encode(self.0.lock().unwrap_or_else(PoisonError::into_inner).hash.clone().finalize())
    }

    /// The last lines, for the message of a failed check.
    pub fn story(&self) -> String {
        let record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = record.lines.len().saturating_sub(record.keep);
        record.lines[from..].join("\n")
    }
}
