//! Access tokens: two families that never touch each other (wire reference §1.1).
//!
//! `token` mints a new one at each call and the older one stops working. `stable_token` gives the same one with its
//! remaining lifetime, rotates it in its last five minutes while the old one still works, and replaces it at once when
//! forced, at most 20 times a day and 30 s apart. Time is an argument; days are China's.

use std::collections::BTreeMap;

use crate::world::Refusal;
use crate::world::random::derived_text;

const ROTATE_MS: i64 = 5 * 60 * 1000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
const CHINA_MS: i64 = 8 * 3_600_000;
const FORCE_PER_DAY: u32 = 20;
const FORCE_GAP_MS: i64 = 30_000;
const PER_MINUTE: u32 = 10_000;
const PER_DAY: u32 = 500_000;

/// A token with its remaining lifetime.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Grant {
    pub(super) token: String,
    pub(super) expires_in_s: i64,
}

#[derive(Debug)]
struct Standing {
    expires_ms: i64,
    /// Another one took its place; from then on it is "not latest".
    retired_ms: Option<i64>,
}

/// Counts calls of a period; a new period begins at zero.
#[derive(Debug, Default)]
struct Counter {
    period: i64,
    count: u32,
}

impl Counter {
    fn one_more(&mut self, period: i64, limit: u32) -> bool {
        if self.period != period {
            *self = Self { period, count: 0 };
        }
        if self.count >= limit {
            return false;
        }
        self.count += 1;
        true
    }
}

/// Issues and checks tokens.
#[derive(Debug)]
pub(super) struct TokenDesk {
    seed: u64,
    lifetime_ms: i64,
    overlap_ms: i64,
    issued: BTreeMap<String, Standing>,
    serial: u64,
    plain: Option<String>,
    stable: Option<String>,
    minute: Counter,
    day: Counter,
    forced: Counter,
    last_forced_ms: Option<i64>,
}

impl TokenDesk {
    pub(super) fn new(seed: u64, lifetime_s: u32, overlap_s: u32) -> Self {
        Self {
            seed,
            lifetime_ms: i64::from(lifetime_s) * 1000,
            overlap_ms: i64::from(overlap_s) * 1000,
            issued: BTreeMap::new(),
            serial: 0,
            plain: None,
            stable: None,
            minute: Counter::default(),
            day: Counter::default(),
            forced: Counter::default(),
            last_forced_ms: None,
        }
    }

    /// Family A: always a new one.
    pub(super) fn mint_plain(&mut self, now_ms: i64) -> Grant {
        if let Some(old) = self.plain.take() {
            self.retire(&old, now_ms + self.overlap_ms);
        }
        let grant = self.issue(now_ms);
        self.plain = Some(grant.token.clone());
        grant
    }

    /// Family B: the same one while it lives.
    pub(super) fn stable(&mut self, now_ms: i64, force: bool) -> Result<Grant, Refusal> {
        if !self.minute.one_more(now_ms / MINUTE_MS, PER_MINUTE) {
            return Err(Refusal::new(45011, "api minute-quota reach limit"));
        }
        let day = (now_ms + CHINA_MS) / DAY_MS;
        if !self.day.one_more(day, PER_DAY) {
            return Err(Refusal::new(45009, "reach max api daily quota limit"));
        }
        if force {
            if self.last_forced_ms.is_some_and(|last| now_ms - last < FORCE_GAP_MS) {
                return Err(Refusal::new(45011, "force_refresh is too frequent"));
            }
            if !self.forced.one_more(day, FORCE_PER_DAY) {
                return Err(Refusal::new(45009, "reach max force_refresh daily limit"));
            }
            self.last_forced_ms = Some(now_ms);
            if let Some(old) = self.stable.take() {
                self.retire(&old, now_ms);
            }
        } else if let Some((token, standing)) = self.stable.as_ref().and_then(|token| self.issued.get_key_value(token))
        {
            let left_ms = standing.expires_ms - now_ms;
            if left_ms > ROTATE_MS.min(self.lifetime_ms / 2) {
                return Ok(Grant { token: token.clone(), expires_in_s: left_ms / 1000 });
            }
        }
        let grant = self.issue(now_ms);
        self.stable = Some(grant.token.clone());
        Ok(grant)
    }

    /// Whether a business call may use it.
    pub(super) fn check(&self, token: &str, now_ms: i64) -> Result<(), Refusal> {
        let stale = || {
            Refusal::new(
                40001,
                "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken",
            )
        };
        let standing = self.issued.get(token).ok_or_else(stale)?;
        if standing.retired_ms.is_some_and(|at| now_ms >= at) {
            return Err(stale());
        }
        if now_ms >= standing.expires_ms {
            return Err(Refusal::new(42001, "access_token expired"));
        }
        Ok(())
    }

    /// Everything that was issued stops working.
    pub(super) fn kill_all(&mut self) {
        self.issued.clear();
        self.plain = None;
        self.stable = None;
    }

    fn issue(&mut self, now_ms: i64) -> Grant {
        self.issued.retain(|_, standing| now_ms - standing.expires_ms < DAY_MS);
        self.serial += 1;
        // The time is part of it, so that a sandbox that was started again does not hand out an old token as new.
        let token = format!("70_{}", derived_text(self.seed ^ now_ms.unsigned_abs(), 0x70ce_0000 ^ self.serial, 133));
        self.issued.insert(token.clone(), Standing { expires_ms: now_ms + self.lifetime_ms, retired_ms: None });
        Grant { token, expires_in_s: self.lifetime_ms / 1000 }
    }

    fn retire(&mut self, token: &str, at_ms: i64) {
        if let Some(standing) = self.issued.get_mut(token) {
            standing.retired_ms = Some(at_ms);
        }
    }
}
