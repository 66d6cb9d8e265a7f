//! How often each path was called today (China's day), and the limit after which it is refused with 45009.

use std::collections::BTreeMap;

use crate::world::Refusal;

#[derive(Debug)]
pub(super) struct Quotas {
    limit: u32,
    day: i64,
    used: BTreeMap<String, u32>,
}

impl Quotas {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, day: 0, used: BTreeMap::new() }
    }

    /// Counts a call of `path`.
    pub(super) fn spend(&mut self, path: &str, now_s: i64) -> Result<(), Refusal> {
        self.turn(now_s);
        let used = self.used.entry(path.to_owned()).or_default();
        if *used >= self.limit {
            return Err(Refusal::new(45009, "reach max api daily quota limit"));
        }
        *used += 1;
        Ok(())
    }

    /// (limit, used) of `path`.
    pub(super) fn of(&mut self, path: &str, now_s: i64) -> (u32, u32) {
        self.turn(now_s);
        (self.limit, self.used.get(path).copied().unwrap_or_default())
    }

    /// Forgets what was used: of one path, or of all.
    pub(super) fn clear(&mut self, path: Option<&str>) {
        match path {
            Some(path) => _ = self.used.remove(path),
            None => self.used.clear(),
        }
    }

    fn turn(&mut self, now_s: i64) {
        let day = (now_s + 8 * 3600).div_euclid(86_400);
        if day != self.day {
            self.day = day;
            self.used.clear();
        }
    }
}
