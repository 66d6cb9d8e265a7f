//! Commands in actions.db: one row each, from the tap until the platform's fact has reached the cache.
//!
//! The `body` of a row are the very bytes that travel, made at the tap and never again. Everything else in a row says where the
//! command stands. A row carries a checksum over all its columns: SQLite itself notices only a third of flipped bits, and a
//! flipped digit in a waybill would be sent in good faith.
//!
//! [`Overlays`] are the rows as memory, shared by every read: what a screen shows of an order is the cached row with these on top.

use std::collections::BTreeMap;
use std::sync::Arc;

use shopkeeper_protocol::{Command, CommandBody, CommandId};

use crate::ids::{OrderKey, ReasonCode};
use crate::sync::Version;
use crate::time::Instant;

/// Where a command stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommandState {
    /// Durable here. Leaves once its undo window is over, the network is there and it is first in its lane.
    Waiting,
    /// On its way; found after a crash it is [`CommandState::Checking`].
    Sending,
    /// The relay has it durably; the outcome comes by the change feed.
    Accepted,
    /// It may have arrived or not: the relay is asked before anything else.
    Checking,
    /// The relay has this kind switched off; goes on by itself once it is on again.
    Held { reason: ReasonCode },
    /// Refused, and will not be tried again by itself.
    NeedsAction { reason: ReasonCode, platform_code: Option<i64> },
    /// Nobody can establish what became of it.
    Unknown { reason: ReasonCode },
    /// The platform has it. An overlay until the cached order is at least this version.
    Done { seen: Version },
    /// Taken back by a person, or replaced by a fresh command.
    Withdrawn,
}

impl CommandState {
    /// Nothing will happen to it any more.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Withdrawn)
    }
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandRow {
    pub(crate) id: CommandId,
    pub(crate) order: OrderKey,
    /// For a person: the order's number.
    pub(crate) number: String,
    /// Place in the lane of the order; a fresh command takes the place of the one it replaces.
    pub(crate) place: i64,
    pub(crate) command: Command,
    /// The bytes that travel.
    pub(crate) body: String,
    pub(crate) state: CommandState,
    pub(crate) due: Option<Instant>,
    /// End of the undo window.
    pub(crate) not_before: Instant,
    pub(crate) created_at: Instant,
    /// Counted before each attempt is made.
    pub(crate) attempts: u32,
    /// The incarnation that the first attempt was meant for; empty before it.
    pub(crate) first_incarnation: String,
}

/// Every command that is not pruned, by order; each order's in lane order. A read takes these *before* it reads the cache.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlays {
    by_order: BTreeMap<OrderKey, Vec<Arc<CommandRow>>>,
}

impl Overlays {
    /// The commands of an order in lane order, `Done` and `Withdrawn` ones included.
    pub(crate) fn of(&self, order: &OrderKey) -> &[Arc<CommandRow>] {
        self.by_order.get(order).map_or(&[], Vec::as_slice)
    }

    /// Every order that has commands.
    pub(crate) fn orders(&self) -> impl Iterator<Item = (&OrderKey, &[Arc<CommandRow>])> {
        self.by_order.iter().map(|(order, rows)| (order, rows.as_slice()))
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Arc<CommandRow>> {
        self.by_order.values().flatten()
    }

    pub(crate) fn get(&self, id: &CommandId) -> Option<&Arc<CommandRow>> {
        self.rows().find(|row| row.id == *id)
    }

    /// These, with one row put in (or taken out).
    pub(crate) fn put(&mut self, order: &OrderKey, id: &CommandId, row: Option<CommandRow>) {
        let lane = self.by_order.entry(order.clone()).or_default();
        lane.retain(|other| other.id != *id);
        if let Some(row) = row {
            lane.push(Arc::new(row));
            lane.sort_by(|a, b| (a.place, a.created_at, &a.id).cmp(&(b.place, b.created_at, &b.id)));
        }
        if lane.is_empty() {
            self.by_order.remove(order);
        }
    }
}

/// The command inside the bytes that travel.
pub(crate) fn read_body(body: &str) -> Option<CommandBody> {
    serde_json::from_str(body).ok()
}
