//! The first fill of each kind, step by step, newest first.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use shopkeeper_protocol::{EntityKey, EntityKind, Order};

use super::windows::{Stage, Step};
use super::{SweepError, Sweeper, listing, tell};
use crate::platform::Followed;
use crate::store::{FillRow, StoreError, Tx};

impl Sweeper {
    /// Begins the first fill of every kind, unless that was done once: from now on every change is swept. Gives the one that is asked for.
    pub(super) async fn begin_fill(&self, of: Followed) -> Result<FillRow, StoreError> {
        if let Some(fill) = self.0.store.read(move |reader| reader.walk(&of.kind())).await?.fill {
            return Ok(fill);
        }
        let (now, days) = (self.now().div_euclid(1_000), self.0.config.history_days);
        let begin = move |tx: &Tx<'_>| {
            for of in Followed::ALL {
                // Somebody else may have begun it meanwhile, or an earlier build that followed fewer kinds.
                if tx.walk(&of.kind())?.fill.is_none() {
                    tx.set_fill(&of.kind(), FillRow::begin(now))?;
                    tell(tx, of, days)?;
                }
            }
            Ok(tx.walk(&of.kind())?.fill.unwrap_or_else(|| FillRow::begin(now)))
        };
        self.0.store.write(begin).await
    }

    /// One step; `false` if none was left. `only_open` leaves the history alone.
    async fn fill_step(&self, of: Followed, only_open: bool) -> Result<bool, SweepError> {
        let _turn = self.0.filling.of(of).lock().await;
        let days = self.0.config.history_days;
        let fill = self.begin_fill(of).await?;
        let step = fill.next(days, |stage| match (of, stage) {
            // What orders name comes at once, whenever it was made.
            (Followed::AfterSales, Stage::Open) => i64::MAX,
            _ => self.0.platform.longest_window(of),
        });
        let Some(step) = step.filter(|step| !only_open || step.stage == Stage::Open) else { return Ok(false) };
        let keys: Vec<_> = self.keys_of(of, &step).await?.into_iter().collect();
        let since = fill.began.saturating_mul(1_000);
        let left = self.0.store.read(move |reader| reader.not_read_since(&of.kind(), keys, since)).await?;
        self.read_all(of, left).await?;
        let done = move |tx: &Tx<'_>| {
            tx.set_fill(&of.kind(), fill.after(&step))?;
            tell(tx, of, days)
        };
        self.0.store.write(done).await?;
        Ok(true)
    }

    async fn keys_of(&self, of: Followed, step: &Step) -> Result<BTreeSet<EntityKey>, SweepError> {
        let platform = &*self.0.platform;
        let list = |status| listing::keys(platform, of, Step::BY, step.window, status);
        match (step.stage, of) {
            (Stage::History, _) => Ok(list(None).await?),
            (Stage::Open, Followed::AfterSales) => self.named_by_orders().await,
            (Stage::Open, Followed::Orders) => {
                let lists = join_all(platform.open_statuses().iter().map(|status| list(Some(*status)))).await;
                let mut keys = BTreeSet::new();
                for list in lists {
                    keys.extend(list?);
                }
                Ok(keys)
            }
        }
    }

    /// The after-sales of orders that have unfinished ones. An order does not say which of its after-sales are: all are read.
    async fn named_by_orders(&self) -> Result<BTreeSet<EntityKey>, SweepError> {
        let bodies = self.0.store.read(|reader| reader.open_bodies(&EntityKind::Order)).await?;
        let mut keys = BTreeSet::new();
        for body in bodies {
            let order: Order = serde_json::from_str(&body).map_err(|_| StoreError::Corrupt("an order"))?;
            if order.open_after_sales > 0 {
                keys.extend(order.after_sales.iter().filter_map(|number| self.0.platform.after_sale_key(number)));
            }
        }
        Ok(keys)
    }

    /// Brings everything of a kind that is open; the history comes by itself later. After-sales want the open orders first, which name them.
    pub(super) async fn fill_open(&self, of: Followed) -> Result<(), SweepError> {
        while self.fill_step(of, true).await? {}
        Ok(())
    }

    pub(super) async fn keep_filling(&self) {
        self.keep_stepping(Followed::Orders, true).await;
        tokio::join!(self.keep_stepping(Followed::Orders, false), self.keep_stepping(Followed::AfterSales, false));
        tracing::info!("the first fill is complete");
    }

    /// Steps until none is left, through failures.
    async fn keep_stepping(&self, of: Followed, only_open: bool) {
        let mut failures = 0;
        loop {
            match self.fill_step(of, only_open).await {
                Ok(true) => failures = 0,
                Ok(false) => return,
                Err(error) => {
                    failures += 1;
                    self.note_fill_failures(of, failures).await;
                    self.wait_until(self.after_failure("fill", &error, failures)).await;
                }
            }
        }
    }

    /// Notes how often in a row a step failed, so that whoever waits for the first fill hears that it is stuck.
    async fn note_fill_failures(&self, of: Followed, in_a_row: u32) {
        let days = self.0.config.history_days;
        let note = move |tx: &Tx<'_>| {
            tx.set_fill_failures(&of.kind(), in_a_row)?;
            tell(tx, of, days)
        };
        if let Err(error) = self.0.store.write(note).await {
            tracing::error!(%error, "how the first fill fares could not be noted");
        }
    }
}
