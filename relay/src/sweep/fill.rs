//! The first fill, step by step, newest first.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::windows::{Stage, Step};
use super::{SweepError, Sweeper, listing, tell};
use crate::store::{FillRow, StoreError, Tx};

impl Sweeper {
    /// Begins the first fill, unless that was done once: from now on every change is swept.
    pub(super) async fn begin_fill(&self) -> Result<FillRow, StoreError> {
        if let Some(fill) = self.0.store.read(|reader| reader.sweep()).await?.fill {
            return Ok(fill);
        }
        let (now, days) = (self.now().div_euclid(1_000), self.0.config.history_days);
        let begin = move |tx: &Tx<'_>| {
            // Somebody else may have begun it meanwhile.
            if let Some(fill) = tx.sweep()?.fill {
                return Ok(fill);
            }
            let fill = FillRow::begin(now);
            tx.set_fill(fill)?;
            tell(tx, days)?;
            Ok(fill)
        };
        self.0.store.write(begin).await
    }

    /// One step; `false` if none was left. `only_open` leaves the history alone.
    async fn fill_step(&self, only_open: bool) -> Result<bool, SweepError> {
        let _turn = self.0.filling.lock().await;
        let days = self.0.config.history_days;
        let fill = self.begin_fill().await?;
        let step = fill.next(days).filter(|step| !only_open || step.stage == Stage::Open);
        let Some(step) = step else { return Ok(false) };
        let keys: Vec<_> = self.keys_of(&step).await?.into_iter().collect();
        let since = fill.began.saturating_mul(1_000);
        let left = self.0.store.read(move |reader| reader.not_read_since(keys, since)).await?;
        self.read_all(left).await?;
        let done = move |tx: &Tx<'_>| {
            tx.set_fill(fill.after(&step))?;
            tell(tx, days)
        };
        self.0.store.write(done).await?;
        Ok(true)
    }

    async fn keys_of(&self, step: &Step) -> Result<BTreeSet<shopkeeper_protocol::EntityKey>, SweepError> {
        let platform = &*self.0.platform;
        let list = |status| listing::keys(platform, Step::BY, step.window, status);
        match step.stage {
            Stage::History => Ok(list(None).await?),
            Stage::Open => {
                let lists = join_all(platform.open_statuses().iter().map(|status| list(Some(*status)))).await;
                let mut keys = BTreeSet::new();
                for list in lists {
                    keys.extend(list?);
                }
                Ok(keys)
            }
        }
    }

    /// Brings all open orders; the history comes by itself later.
    pub(super) async fn fill_open(&self) -> Result<(), SweepError> {
        while self.fill_step(true).await? {}
        Ok(())
    }

    pub(super) async fn keep_filling(&self) {
        let mut failures = 0;
        loop {
            match self.fill_step(false).await {
                Ok(true) => failures = 0,
                Ok(false) => return tracing::info!("the first fill is complete"),
                Err(error) => {
                    failures += 1;
                    self.note_fill_failures(failures).await;
                    self.wait_until(self.after_failure("fill", &error, failures)).await;
                }
            }
        }
    }

    /// Notes how often in a row a step failed, so that whoever waits for the first fill hears that it is stuck.
    async fn note_fill_failures(&self, in_a_row: u32) {
        let days = self.0.config.history_days;
        let note = move |tx: &Tx<'_>| {
            tx.set_fill_failures(in_a_row)?;
            tell(tx, days)
        };
        if let Err(error) = self.0.store.write(note).await {
            tracing::error!(%error, "how the first fill fares could not be noted");
        }
    }
}
