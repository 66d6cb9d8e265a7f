//! `order_mark`: the mirror, in the cache, of what lists filter by and actions.db owns.
//!
//! A tap returns when actions.db has it; the mirror follows at once, by the mirror's task or by the next read that needs it: one that asks
//! for a mark, or any that would count other work than there is. No other waits for the cache's writer. A pull never writes it. After an open it is compared as a whole, so a crash between the two files, or a new cache.db, heals itself.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

use super::local::Mirror;
use super::orders::{Lists, queries};
use super::{CacheReader, CacheTx, Store, StoreError};
use crate::ids::OrderKey;
use crate::observer::lock;
use crate::orders::Flag;

impl Store {
    /// Has the mirror follow every tap, for as long as it is polled.
    pub(crate) async fn follow_taps(self) {
        let mut commits = self.commits();
        loop {
            // Not owing is the rule, and not worth a thread.
            if !lock(&self.0.debts).is_empty()
                && let Err(error) = self.run(Self::mirror_due).await
            {
                tracing::warn!(%error, "the mirror could not follow; it still owes the same");
            }
            if matches!(commits.recv().await, Err(RecvError::Closed)) {
                return;
            }
        }
    }

    /// Whether what the mirror owes changes lists that ask for no mark: only by work, which every list counts.
    pub(crate) fn owes_work(&self) -> bool {
        lock(&self.0.debts).are_of_work()
    }

    /// Writes what the mirror owes; says whether there was anything.
    ///
    /// # Errors
    /// If the cache cannot be written; then it still owes the same.
    pub(crate) fn mirror_due(&self) -> Result<bool, StoreError> {
        // Whoever finds nothing owed relies on the cache having it: while somebody else writes, that is not so yet.
        let _turn = lock(&self.0.mirroring);
        if lock(&self.0.debts).is_empty() {
            return Ok(false);
        }
        let debts = lock(&self.0.debts).take();
        let written = self.write_cache(|tx| {
            // Taken under the writer's lock: of two mirrors at work the later sees what the earlier saw, or more.
            let local = Arc::clone(&tx.local);
            if debts.every {
                for key in tx.reader().mirrored()? {
                    tx.mirror(&key, local.mirror(&key))?;
                }
                for key in local.orders() {
                    tx.mirror(key, local.mirror(key))?;
                }
            }
            for key in &debts.orders {
                tx.mirror(key, local.mirror(key))?;
            }
            Ok(local)
        });
        let result = match written {
            Ok(seen) => {
                Arc::make_mut(&mut lock(&self.0.local)).mirrored(&seen, &debts);
                Ok(true)
            }
            Err(error) => {
                lock(&self.0.debts).add(debts);
                Err(error)
            }
        };
        lock(&self.0.debts).written();
        result
    }
}

impl CacheReader<'_> {
    fn mirrored(&self) -> Result<Vec<OrderKey>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::MARK_KEYS.sql)?;
        let keys = read.query_map([], |row| Ok(OrderKey(row.get(0)?)))?.collect::<Result<_, _>>()?;
        Ok(keys)
    }

    pub(in crate::store) fn mirror_of(&self, key: &OrderKey) -> Result<Mirror, StoreError> {
        let mut read = self.connection.prepare_cached(queries::MARK.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(Mirror::default()) };
        Ok(Mirror { flag: flag_of(row.get(0)?), note: row.get(1)?, pending: row.get(2)?, saved: row.get(3)? })
    }
}

impl CacheTx<'_> {
    /// Writes one order's mirror, if it says something else.
    pub(in crate::store) fn mirror(&self, key: &OrderKey, mirror: Mirror) -> Result<(), StoreError> {
        let before = self.reader().mirror_of(key)?;
        if before == mirror {
            return Ok(());
        }
        if mirror.is_empty() {
            self.connection.prepare_cached(queries::DELETE_MARK.sql)?.execute([key.as_str()])?;
        } else {
            let values = (key.as_str(), number_of(mirror.flag), mirror.note, mirror.pending, mirror.saved);
            self.connection.prepare_cached(queries::PUT_MARK.sql)?.execute(values)?;
            self.look_beside_again();
        }
        self.mark_order(key, Lists::of_marks(mirror))?;
        let searched = |mirror: Mirror| (mirror.flag, mirror.note);
        if searched(before) != searched(mirror)
            && let Some(place) = self.reader().place_of(key)?
        {
            self.owe_text(place);
        }
        self.touch_order(key);
        Ok(())
    }
}

/// 0: none; else the place in [`Flag::EVERY`], from 1.
pub(in crate::store) fn number_of(flag: Option<Flag>) -> i64 {
    flag.and_then(|flag| Flag::EVERY.iter().position(|other| *other == flag))
        .and_then(|at| i64::try_from(at).ok())
        .map_or(0, |at| at + 1)
}

/// The flag of a number; none for a number that this build does not know.
pub(in crate::store) fn flag_of(number: i64) -> Option<Flag> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    Flag::EVERY.get(at).copied()
}
