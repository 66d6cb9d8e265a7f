//! How often each path was called today (China's day) and this minute, and the limits after which it is refused with 45009
//! and 45011.

use std::collections::BTreeMap;

use crate::world::Refusal;

#[derive(Debug)]
pub(super) struct Quotas {
    limit: u32,
    minute_limit: u32,
    day: i64,
    used: BTreeMap<String, Used>,
}

#[derive(Debug, Default)]
struct Used {
    today: u32,
    minute: i64,
    in_minute: u32,
}

impl Quotas {
    pub(super) fn new(limit: u32, minute_limit: u32) -> Self {
        Self { limit, minute_limit, day: 0, used: BTreeMap::new() }
    }

    /// Counts a call of `path`.
    pub(super) fn spend(&mut self, path: &str, now_s: i64) -> Result<(), Refusal> {
        self.turn(now_s);
        let used = self.used.entry(path.to_owned()).or_default();
        if used.today >= self.limit {
            return Err(Refusal::new(45009, "reach max api daily quota limit"));
        }
        let minute = now_s.div_euclid(60);
        if used.minute != minute {
            (used.minute, used.in_minute) = (minute, 0);
        }
        if used.in_minute >= self.minute_limit {
            return Err(Refusal::new(45011, "api minute-quota reach limit"));
        }
        used.today += 1;
        used.in_minute += 1;
        Ok(())
    }

    /// (limit, used) of `path`.
    pub(super) fn of(&mut self, path: &str, now_s: i64) -> (u32, u32) {
        self.turn(now_s);
        (self.limit, self.used.get(path).map_or(0, |used| used.today))
    }

    /// Calls of one path that are taken within a minute.
    pub(super) fn minute_limit(&self) -> u32 {
        self.minute_limit
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
