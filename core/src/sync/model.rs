//! What screens see of the sync.

use serde::Serialize;
use shopkeeper_protocol::{EntityKind, FirstReading, Watermark};

use crate::time::{Instant, Span};

/// Where the sync stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncStatus {
    pub activity: Activity,
    /// How far the relay had seen the platform's orders at the last complete pull. 数据截至.
    pub as_of: Option<Instant>,
    /// The last attempt's trouble, as an error code for the words file; `None` after a success.
    pub trouble: Option<&'static str>,
    /// Entities that stand aside because they could not be read, until a later version or a later build can.
    pub set_aside: u64,
}

/// See [`SyncStatus`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "activity")]
pub enum Activity {
    Idle,
    /// The first sync, with counts.
    FirstSync {
        stage: String,
        done: u64,
        total: u64,
        /// How long the rest takes at the pace of the last seconds, as of this status; `None` before there is a pace. Never negative.
        left: Option<Span>,
    },
    Pulling,
}

/// What a pull brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PullReport {
    /// Entities that changed something here.
    pub changed: u64,
    /// Entities that were here already.
    pub same: u64,
    pub gone: u64,
    /// Bodies that could not be read; kept aside with their raw text.
    pub set_aside: u64,
    /// Kinds and lines that this build does not know; passed over.
    pub passed_over: u64,
    /// The relay's history is not the one that this phone knew; a new generation began.
    pub reset: bool,
    /// How the relay's own first reading of the platform's orders fares, as its last page said; `None`: it did not say.
    pub relay_reading: Option<RelayReading>,
}

/// How a relay's first reading of the platform fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayReading {
    /// It goes on.
    Running,
    /// The platform keeps failing.
    Stuck,
    /// It reached its end.
    Ended,
}

impl RelayReading {
    /// What is said of orders. A word of a newer relay is none.
    pub(super) fn of_orders(watermarks: &[Watermark]) -> Option<Self> {
        let orders = watermarks.iter().find(|mark| mark.kind == EntityKind::Order)?;
        match orders.first_reading.as_ref()? {
            FirstReading::Running => Some(Self::Running),
            FirstReading::Stuck => Some(Self::Stuck),
            FirstReading::Ended => Some(Self::Ended),
            FirstReading::Other(_) => None,
        }
    }
}

impl std::ops::AddAssign for PullReport {
    fn add_assign(&mut self, more: Self) {
        self.changed += more.changed;
        self.same += more.same;
        self.gone += more.gone;
        self.set_aside += more.set_aside;
        self.passed_over += more.passed_over;
        self.reset |= more.reset;
        self.relay_reading = more.relay_reading.or(self.relay_reading);
    }
}
