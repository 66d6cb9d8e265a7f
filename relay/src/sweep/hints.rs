//! Single orders to be read again: what pushes named, and what could not be read.

use shopkeeper_protocol::EntityKey;

use super::{CHUNK, LONGEST_WAIT, SweepError, Sweeper, note_failures, tell};
use crate::platform::PlatformError;
use crate::store::Tx;

impl Sweeper {
    /// Somebody stored an asking; see [`Tx::ask_read`].
    pub(crate) fn hinted(&self) {
        self.0.asked.notify_one();
    }

    /// Reads what is due to be read again.
    pub(super) async fn read_hinted(&self) -> Result<(), SweepError> {
        loop {
            let now = self.now();
            let due = self.0.store.read(move |reader| reader.due_reads(now, CHUNK)).await?;
            if due.is_empty() {
                return Ok(());
            }
            let keys = due.iter().map(|asked| asked.key.clone()).collect();
            let answers = self.0.reader.read_all(keys).await?;
            let mut failed: Vec<(EntityKey, PlatformError)> = Vec::new();
            let mut answered = Vec::with_capacity(answers.len());
            for (key, answer) in answers {
                match answer {
                    Ok(_) => answered.extend(due.iter().find(|asked| asked.key == key).cloned()),
                    Err(error) => failed.push((key, error)),
                }
            }
            let (now, days) = (self.now(), self.0.config.history_days);
            let write = move |tx: &Tx<'_>| {
                // An order that was never read before may have held back what the relay says of itself.
                let recovered = answered.iter().any(|asked| asked.failures > 0);
                for asked in answered {
                    tx.answered_read(&asked.key, asked.asked)?;
                }
                let stop = note_failures(tx, failed, now)?;
                if recovered {
                    tell(tx, days)?;
                }
                Ok(stop)
            };
            if let Some(error) = self.0.store.write(write).await? {
                return Err(error.into());
            }
        }
    }

    pub(super) async fn keep_hinted(&self) {
        let mut failures = 0;
        loop {
            let next = match self.read_hinted().await {
                Ok(()) => {
                    failures = 0;
                    let next = self.0.store.read(|reader| reader.next_read()).await;
                    next.ok().flatten().unwrap_or(i64::MAX)
                }
                Err(error) => {
                    failures += 1;
                    self.wait_until(self.after_failure("hints", &error, failures)).await;
                    continue;
                }
            };
            let now = self.now();
            let next = next.min(now.saturating_add(LONGEST_WAIT));
            tokio::select! {
                biased;
                () = self.0.asked.notified() => {}
                () = self.sleep_until(next) => {}
            }
        }
    }
}
