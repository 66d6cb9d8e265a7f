//! The audit of the counters: each against the rows that it counts.
//!
//! A counter is kept from differences, so an error in one would stay for ever. This looks at the rows themselves, all of them in one pass by
//! the column that decides every list, and not by the indexes: so it is right while some of them are not built, and in doubt it is the
//! column that lists are made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lists::Lists;
use super::prepared::to_json;
use super::queries;
use crate::store::{CacheReader, Store, StoreError};
use crate::time::Instant;

/// A counter that did not count its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The list's name in the schema.
    pub(crate) list: &'static str,
    /// What the counter said.
    pub(crate) held: i64,
    /// How many rows the list has.
    pub(crate) counted: i64,
}

/// What audits ever had to set right in this file. Each time was an error of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repairs {
    /// Counters, each as often as it was wrong.
    pub counters: u64,
    /// When the last one was.
    pub last: Instant,
}

/// In `meta`.
const REPAIRS: &str = "repairs";

impl CacheReader<'_> {
    /// What audits set right since this file was made; `None`: nothing.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn repairs(&self) -> Result<Option<Repairs>, StoreError> {
        let Some(text) = self.meta(REPAIRS)? else { return Ok(None) };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| StoreError::damaged("meta.repairs is not what this build writes"))
    }
}

impl Store {
    /// Compares every counter with its list and sets right those that differ; says which did. Looks at every row, so it is for idle
    /// moments. A pull may go on meanwhile: whatever seems to differ is compared again under the writer's lock. What was set right is
    /// written down with it, for nobody looks at the log of a phone.
    ///
    /// # Errors
    /// If the cache cannot be read, or a difference not be repaired.
    pub(crate) fn audit_counters(&self, now: Instant) -> Result<Vec<Difference>, StoreError> {
        if self.read(differences)?.is_empty() {
            return Ok(Vec::new());
        }
        self.write_cache(|tx| {
            let found = differences(&tx.reader())?;
            for Difference { list, held, counted } in &found {
                tx.count(list, counted.saturating_sub(*held));
            }
            if !found.is_empty() {
                let before = tx.reader().repairs()?.map_or(0, |repairs| repairs.counters);
                let counters = before.saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX));
                tx.put_meta(REPAIRS, &to_json(&Repairs { counters, last: now })?)?;
                tx.touch_every_order();
            }
            Ok(found)
        })
    }
}

fn differences(cache: &CacheReader<'_>) -> Result<Vec<Difference>, StoreError> {
    let mut counted: BTreeMap<&'static str, i64> = Lists::counters().map(|(_, name)| (name, 0)).collect();
    let mut read = cache.connection.prepare_cached(queries::AUDIT.sql)?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (here, orders) = (Lists::from_bits(row.get(0)?), row.get::<_, i64>(1)?);
        for (lists, name) in Lists::counters() {
            if here.has_all(lists) {
                *counted.entry(name).or_default() += orders;
            }
        }
    }
    let mut differences = Vec::new();
    let mut read = cache.connection.prepare_cached(queries::COUNTER.sql)?;
    for (list, counted) in counted {
        let held = read.query([list])?.next()?.map_or(Ok(0), |row| row.get(0))?;
        if held != counted {
            differences.push(Difference { list, held, counted });
        }
    }
    Ok(differences)
}
