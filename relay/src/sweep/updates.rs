//! The comparison by update time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Rest, SweepError, SweepReport, Sweeper, backoff, is_shut, listing, tell, windows};
use crate::platform::{Followed, ListedBy};
use crate::store::{StoreError, Tx};

/// How long a sweep that somebody waits for may look for what is open; what is left comes by itself.
const OPEN: Duration = Duration::from_secs(10);

impl Sweeper {
    /// Compares now. Whoever asks while a comparison runs gets the next one, and all who wait for that one share it.
    pub(crate) async fn sweep_now(&self) -> SweepReport {
        self.compare().await.0
    }

    async fn compare(&self) -> (SweepReport, Option<SweepError>) {
        let asked = self.0.begun.load(Ordering::Relaxed);
        let mut last = self.0.turn.lock().await;
        if let Some((number, report)) = &*last
            && *number > asked
        {
            return (report.clone(), None);
        }
        let number = self.0.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let mut error = self.sweep_orders().await.err();
        let open = tokio::time::timeout(OPEN, self.fill_open(Followed::Orders)).await;
        let in_time = open.is_ok();
        error = error.or(open.ok().and_then(Result::err));
        let after_sales = self.sweep_after_sales(error.is_none() && in_time).await;
        let watermarks = match self.0.store.read(|reader| reader.watermarks()).await {
            Ok(watermarks) => watermarks,
            Err(failed) => {
                error = Some(failed.into());
                Vec::new()
            }
        };
        let report = SweepReport { orders: error.is_none() && in_time, after_sales, watermarks };
        *last = Some((number, report.clone()));
        (report, error)
    }

    async fn sweep_orders(&self) -> Result<(), SweepError> {
        self.read_facts().await?;
        self.sweep_kind(Followed::Orders).await?;
        self.read_hinted(Followed::Orders).await
    }

    /// Compares after-sales, unless they rest; `orders`: the open orders, which name some, are here. Whether everything that may be read was.
    async fn sweep_after_sales(&self, orders: bool) -> bool {
        const OF: Followed = Followed::AfterSales;
        let mut rest = self.0.resting.lock().await;
        if self.now() < rest.until {
            return rest.shut;
        }
        let sweep = async {
            self.sweep_kind(OF).await?;
            let in_time = match orders {
                true => tokio::time::timeout(OPEN, self.fill_open(OF))
                    .await
                    .map_or(Ok(false), |filled| filled.map(|()| true))?,
                false => false,
            };
            self.read_hinted(OF).await?;
            Ok(in_time)
        };
        match sweep.await {
            Ok(complete) => {
                *rest = Rest::default();
                complete
            }
            Err(error) => {
                let failures = rest.failures.saturating_add(1);
                let until = self.after_failure("after-sales", &error, failures);
                *rest = Rest { failures, until, shut: is_shut(&error) };
                rest.shut
            }
        }
    }

    async fn sweep_kind(&self, of: Followed) -> Result<(), SweepError> {
        let fill = self.begin_fill(of).await?;
        let row = self.0.store.read(move |reader| reader.walk(&of.kind())).await?;
        let now = self.now().div_euclid(1_000);
        let (days, longest) = (self.0.config.history_days, self.0.platform.longest_window(of));
        for window in windows::updates(row.swept_to.unwrap_or(fill.began), now, self.0.config.overlap, longest) {
            let keys = listing::keys(&*self.0.platform, of, ListedBy::Updated, window, None).await?;
            self.read_all(of, keys.into_iter().collect()).await?;
            let swept = move |tx: &Tx<'_>| -> Result<(), StoreError> {
                tx.set_swept_to(&of.kind(), window.to)?;
                tell(tx, of, days)
            };
            self.0.store.write(swept).await?;
        }
        Ok(())
    }

    pub(super) async fn keep_updated(&self) {
        let every = i64::try_from(self.0.config.every.as_millis()).unwrap_or(i64::MAX);
        let mut failures = 0;
        loop {
            let again = match self.compare().await.1 {
                None => {
                    failures = 0;
                    self.now().saturating_add(every)
                }
                Some(error) => {
                    failures += 1;
                    let again = self.after_failure("updates", &error, failures);
                    again.max(self.now().saturating_add(backoff::doubling(failures, 1_000, every)))
                }
            };
            self.wait_until(again).await;
        }
    }
}
