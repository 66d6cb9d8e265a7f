//! What screens see of the outbox.

use serde::Serialize;

use crate::ids::{CommandId, OrderKey, ReasonCode};
use crate::time::Instant;

/// Everything that waits, hangs or needs a person, most urgent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxView {
    pub revision: u64,
    pub items: Vec<OutboxItem>,
    pub summary: OutboxSummary,
}

/// The second truth of the top bar. All zero: 全部已送达.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OutboxSummary {
    pub pending: u32,
    pub unknown: u32,
    pub needs_action: u32,
}

impl OutboxSummary {
    #[must_use]
    pub fn all_delivered(&self) -> bool {
        *self == Self::default()
    }
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxItem {
    pub id: CommandId,
    pub order: OrderKey,
    /// For a person; the order's number.
    pub number: String,
    pub work: WorkKind,
    pub state: ItemState,
    /// The legal moment by which the platform must have it.
    pub due: Option<Instant>,
    pub created_at: Instant,
    pub attempts: u32,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum WorkKind {
    Ship { parcels: Vec<SavedParcel> },
    Note { text: String },
}

/// A parcel as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedParcel {
    pub carrier: String,
    pub waybill: String,
    pub pieces: u32,
}

/// Where a command stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ItemState {
    /// Durable here, and 撤销 still takes it back.
    Undoable { until: Instant },
    /// Waits for a network or for its turn.
    Waiting,
    /// Being handed to the relay, or with it.
    Sending,
    /// The answer was lost; the relay is asked before anything else happens.
    Checking,
    /// The relay has this kind switched off.
    Held { reason: ReasonCode },
    /// The platform or a precondition refused: the user may retry or withdraw.
    NeedsAction { reason: ReasonCode, platform_code: Option<i64> },
    /// Nobody can establish what became of it: the user decides after looking.
    Unknown { reason: ReasonCode },
}
