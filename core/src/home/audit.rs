//! The audit of the badges, at idle.
//!
//! Numbers on this tab are counters, kept by whoever changes a row. When nothing has been written for a while, and something was since the
//! last time, each is compared with the list that it opens. One that differs is an error of ours: it is set right, whoever shows it looks
//! again, the log has both numbers, and [`Home::repairs`] says from then on that it happened.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::time;

use super::{Home, Repairs};
use crate::error::CoreError;
use crate::store::{Store, StoreError};
use crate::time::{Corrected, Instant};

/// Quiet for this long is idle.
const QUIET: Duration = Duration::from_secs(30);
/// The shortest time between two audits: they look at every row.
const BETWEEN: Duration = Duration::from_secs(15 * 60);

/// What an audit found, and set right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Empty: every badge was the length of its list.
    pub repaired: Vec<CounterRepair>,
}

/// A counter that differed from its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CounterRepair {
    /// The list's name in the schema, for the log.
    pub list: &'static str,
    pub was: i64,
    pub is: i64,
}

impl Home {
    /// Compares every counter with its list now, and sets right what differs. Takes as long as looking at every order.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn audit(&self) -> Result<AuditReport, CoreError> {
        Ok(audit(self.store(), self.clock().now())?)
    }

    /// What audits had to set right since this phone's cache was made; `None`: nothing.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn repairs(&self) -> Result<Option<Repairs>, CoreError> {
        Ok(self.store().read(|cache| cache.repairs())?)
    }

    /// Audits at idle for as long as the future is polled.
    pub(crate) fn audit_at_idle(&self) -> impl Future<Output = ()> + Send + use<> {
        let (store, clock) = (self.store().clone(), self.clock().clone());
        async move { audit_at_idle(store, clock).await }
    }
}

fn audit(store: &Store, now: Instant) -> Result<AuditReport, StoreError> {
    let found = store.audit_counters(now)?;
    for difference in &found {
        tracing::error!(list = difference.list, was = difference.held, is = difference.counted, "a counter was wrong");
    }
    let repaired =
        found.into_iter().map(|found| CounterRepair { list: found.list, was: found.held, is: found.counted });
    Ok(AuditReport { repaired: repaired.collect() })
}

async fn audit_at_idle(store: Store, clock: Corrected) {
    let mut commits = store.commits();
    loop {
        // Whatever was written before this began is looked at as well.
        loop {
            match time::timeout(QUIET, commits.recv()).await {
                Err(_) => break,
                Ok(Err(RecvError::Closed)) => return,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
            }
        }
        let now = clock.now();
        match store.run(move |store| audit(store, now)).await {
            Ok(report) if cfg!(test) => assert_eq!(report.repaired, [], "a counter does not count its list"),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the counters could not be audited"),
        }
        time::sleep(BETWEEN).await;
        if matches!(commits.recv().await, Err(RecvError::Closed)) {
            return;
        }
    }
}
