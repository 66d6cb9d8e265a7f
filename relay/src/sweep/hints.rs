//! Single entities to be read again: what pushes named, and what could not be read.

use shopkeeper_protocol::EntityKey;

use super::{CHUNK, LONGEST_WAIT, SweepError, Sweeper, note_failures, tell};
use crate::platform::{Followed, PlatformError};
use crate::store::{ToRead, Tx};

impl Sweeper {
    /// Somebody stored an asking; see [`Tx::ask_read`].
    pub(crate) fn hinted(&self) {
        for of in Followed::ALL {
            self.0.asked.of(of).notify_one();
        }
    }

    /// Reads what is due to be read again.
    pub(super) async fn read_hinted(&self, of: Followed) -> Result<(), SweepError> {
        loop {
            let now = self.now();
            let due = self.0.store.read(move |reader| reader.due_reads(&of.kind(), now, CHUNK)).await?;
            if due.is_empty() {
                return Ok(());
            }
            self.read_due(of, due).await?;
        }
    }

    async fn read_due(&self, of: Followed, due: Vec<ToRead>) -> Result<(), SweepError> {
        let keys = due.iter().map(|asked| asked.key.clone()).collect();
        let answers = self.0.reader.read_all(of, keys).await?;
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
            // One that was never read before may have held back what the relay says of itself.
            let recovered = answered.iter().any(|asked| asked.failures > 0);
            for asked in answered {
                tx.answered_read(&asked.key, asked.asked)?;
            }
            let stop = note_failures(tx, of, failed, now)?;
            if recovered {
                tell(tx, of, days)?;
            }
            Ok(stop)
        };
        match self.0.store.write(write).await? {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    pub(super) async fn keep_hinted(&self, of: Followed) {
        let mut failures = 0;
        loop {
            let next = match self.read_hinted(of).await {
                Ok(()) => {
                    failures = 0;
                    let next = self.0.store.read(move |reader| reader.next_read(&of.kind())).await;
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
                () = self.0.asked.of(of).notified() => {}
                () = self.sleep_until(next) => {}
            }
        }
    }
}
