//! What screens see of the outbox.

use serde::Serialize;

use shopkeeper_protocol::Command;

use crate::ids::{CommandId, OrderKey, ReasonCode};
use crate::store::Overlays;
use crate::store::outbox::{CommandRow, CommandState};
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

impl OutboxView {
    /// The view of what is on record. `undoable` knows the clock.
    pub(crate) fn of(revision: u64, overlays: &Overlays, undoable: impl Fn(&CommandRow) -> bool) -> Self {
        let due = |row: &CommandRow| row.due.unwrap_or(Instant::from_ms(i64::MAX));
        let mut rows: Vec<_> = overlays.rows().collect();
        // Of equally urgent ones the earlier tap first: a person reads them as what was done.
        rows.sort_by_key(|row| (due(row), row.place));
        let items = rows.into_iter().filter_map(|row| OutboxItem::of(row, &undoable)).collect();
        Self { revision, items, summary: OutboxSummary::of(overlays) }
    }
}

impl OutboxItem {
    fn of(row: &CommandRow, undoable: impl Fn(&CommandRow) -> bool) -> Option<Self> {
        let state = match &row.state {
            CommandState::Waiting if undoable(row) => ItemState::Undoable { until: row.not_before },
            CommandState::Waiting => ItemState::Waiting,
            CommandState::Sending | CommandState::Accepted => ItemState::Sending,
            CommandState::Checking => ItemState::Checking,
            CommandState::Held { reason } => ItemState::Held { reason: reason.clone() },
            CommandState::NeedsAction { reason, platform_code } => {
                ItemState::NeedsAction { reason: reason.clone(), platform_code: *platform_code }
            }
            CommandState::Unknown { reason } => ItemState::Unknown { reason: reason.clone() },
            CommandState::Done { .. } | CommandState::Withdrawn => return None,
        };
        Some(Self {
            id: row.id.clone(),
            order: row.order.clone(),
            number: row.number.clone(),
            work: WorkKind::of(&row.command),
            state,
            due: row.due,
            created_at: row.created_at,
            attempts: row.attempts,
        })
    }
}

impl WorkKind {
    fn of(command: &Command) -> Self {
        match command {
            Command::Ship(ship) => Self::Ship {
                parcels: ship
                    .parcels
                    .iter()
                    .map(|parcel| SavedParcel {
                        carrier: parcel.carrier.to_string(),
                        waybill: parcel.waybill.clone(),
                        pieces: parcel.items.iter().fold(0, |sum, item| sum.saturating_add(item.quantity)),
                    })
                    .collect(),
            },
            Command::Note(note) => Self::Note { text: note.text.clone() },
        }
    }
}
