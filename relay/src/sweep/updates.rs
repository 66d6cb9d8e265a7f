//! The comparison by update time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{SweepError, SweepReport, Sweeper, backoff, listing, tell, windows};
use crate::platform::ListedBy;
use crate::store::{StoreError, Tx};

/// How long a sweep that somebody waits for may look for open orders; what is left comes by itself.
const OPEN_ORDERS: Duration = Duration::from_secs(10);

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
        let mut error = self.sweep().await.err();
        let open = tokio::time::timeout(OPEN_ORDERS, self.fill_open()).await;
        let in_time = open.is_ok();
        error = error.or(open.ok().and_then(Result::err));
        let watermarks = match self.0.store.read(|reader| reader.watermarks()).await {
            Ok(watermarks) => watermarks,
            Err(failed) => {
                error = Some(failed.into());
                Vec::new()
            }
        };
        let report = SweepReport { complete: error.is_none() && in_time, watermarks };
        *last = Some((number, report.clone()));
        (report, error)
    }

    async fn sweep(&self) -> Result<(), SweepError> {
        self.read_facts().await?;
        let fill = self.begin_fill().await?;
        let row = self.0.store.read(|reader| reader.sweep()).await?;
        let now = self.now().div_euclid(1_000);
        let days = self.0.config.history_days;
        for window in windows::updates(row.swept_to.unwrap_or(fill.began), now, self.0.config.overlap) {
            let keys = listing::keys(&*self.0.platform, ListedBy::Updated, window, None).await?;
            self.read_all(keys.into_iter().collect()).await?;
            let swept = move |tx: &Tx<'_>| -> Result<(), StoreError> {
                tx.set_swept_to(window.to)?;
                tell(tx, days)
            };
            self.0.store.write(swept).await?;
        }
        self.read_hinted().await?;
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
