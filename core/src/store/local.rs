//! [`Local`]: what actions.db says about orders, as memory.
//!
//! Every read of orders needs it, it is small (what one merchant flagged, noted and queued), and a copy of it is consistent without
//! a transaction over two files. It is loaded at open and follows each commit of actions.db before that call returns.
//!
//! It also knows of which marks the cache may not know yet ([`Local::ahead`]), so that whoever asks the cache for what a note says looks at
//! those beside it. A mark is taken off that list only after the cache has it; on it for longer than need be costs a look and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::orders::text;
use super::outbox::{CommandRow, CommandState, Overlays};
use super::{ActionsReader, StoreError};
use crate::ids::{CommandId, OrderKey};
use crate::orders::Flag;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Local {
    pub(crate) overlays: Arc<Overlays>,
    marks: BTreeMap<OrderKey, LocalMark>,
    ahead: Ahead,
}

/// Orders whose mark the cache may know otherwise, or not at all.
#[derive(Debug, Clone, Default)]
struct Ahead {
    /// Any of them: so it is after every open, until the mirror was compared.
    every: bool,
    orders: BTreeSet<OrderKey>,
}

/// What a merchant put on an order, on this phone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LocalMark {
    pub(crate) flag: Option<Flag>,
    /// The newest private note.
    pub(crate) note: Option<String>,
}

/// What lists filter by, as the cache mirrors it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mirror {
    pub(crate) flag: Option<Flag>,
    /// A hash of the private note: the cache indexes its words, so another text is another mirror.
    pub(crate) note: Option<i64>,
    /// Work that the platform has not acknowledged, or that needs a person.
    pub(crate) pending: bool,
    /// Parcels are typed that the platform does not have yet.
    pub(crate) saved: bool,
}

impl Mirror {
    /// Nothing to filter by: such an order has no row.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Local {
    pub(in crate::store) fn load(reader: &ActionsReader<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            overlays: Arc::new(super::commands::load(reader)?),
            marks: super::marks::load(reader)?,
            ahead: Ahead { every: true, ..Ahead::default() },
        })
    }

    pub(crate) fn mark(&self, order: &OrderKey) -> Option<&LocalMark> {
        self.marks.get(order)
    }

    /// What the cache has to say of an order for lists to filter by.
    pub(crate) fn mirror(&self, order: &OrderKey) -> Mirror {
        let mark = self.marks.get(order);
        let open = || self.overlays.of(order).iter().filter(|row| !row.state.has_ended());
        Mirror {
            flag: mark.and_then(|mark| mark.flag),
            note: mark.and_then(|mark| mark.note.as_deref()).map(text::hash),
            pending: open().next().is_some(),
            saved: open().any(|row| is_saved_shipment(row)),
        }
    }

    /// Every order with a flag or a private note that the cache may not have.
    pub(crate) fn ahead(&self) -> impl Iterator<Item = (&OrderKey, &LocalMark)> {
        let every = self.marks.iter().filter(|_| self.ahead.every);
        let some = self.ahead.orders.iter().filter(|_| !self.ahead.every);
        every.chain(some.filter_map(|order| self.marks.get_key_value(order)))
    }

    /// The cache has taken over what was owed, from a state of this that may be an older one.
    pub(in crate::store) fn mirrored(&mut self, seen: &Self, debts: &Debts) {
        self.ahead.every &= !debts.every;
        for order in &debts.orders {
            if self.mark(order) == seen.mark(order) {
                self.ahead.orders.remove(order);
            }
        }
    }

    /// Every order of which anything is known.
    pub(crate) fn orders(&self) -> BTreeSet<&OrderKey> {
        self.marks.keys().chain(self.overlays.orders().map(|(order, _)| order)).collect()
    }

    /// Takes a committed change in; says whose mirror has to follow.
    pub(in crate::store) fn apply(&mut self, change: LocalChange) -> Debts {
        let commands = !change.commands.is_empty();
        let owing = Debts { orders: change.orders().cloned().collect(), commands, ..Debts::default() };
        if !change.commands.is_empty() {
            let overlays = Arc::make_mut(&mut self.overlays);
            for (order, id, row) in change.commands {
                overlays.put(&order, &id, row);
            }
        }
        for (order, mark) in change.marks {
            self.ahead.orders.insert(order.clone());
            if mark == LocalMark::default() {
                self.marks.remove(&order);
            } else {
                self.marks.insert(order, mark);
            }
        }
        owing
    }
}

/// 其中 n 单已填单号: typed and on its way. What waits for a person is not, whether it was refused or nobody knows.
fn is_saved_shipment(row: &CommandRow) -> bool {
    matches!(row.command, shopkeeper_protocol::Command::Ship(_))
        && !matches!(row.state, CommandState::NeedsAction { .. } | CommandState::Unknown { .. })
}

/// What one transaction on actions.db changed.
#[derive(Debug, Default)]
pub(in crate::store) struct LocalChange {
    /// A row put in the place of the one of its id; `None`: pruned.
    pub(in crate::store) commands: Vec<(OrderKey, CommandId, Option<CommandRow>)>,
    pub(in crate::store) marks: Vec<(OrderKey, LocalMark)>,
}

impl LocalChange {
    pub(in crate::store) fn orders(&self) -> impl Iterator<Item = &OrderKey> {
        self.commands.iter().map(|(order, ..)| order).chain(self.marks.iter().map(|(order, _)| order))
    }
}

/// Orders whose mirror has yet to follow.
#[derive(Debug, Default)]
pub(in crate::store) struct Debts {
    /// Nothing is known about the mirror: compare all of it. So it is after every open, since a crash may have come in between.
    pub(in crate::store) every: bool,
    pub(in crate::store) orders: BTreeSet<OrderKey>,
    /// Commands are among what changed, and not only flags and notes.
    pub(in crate::store) commands: bool,
    /// Debts with commands among them were taken, and are being written: the cache does not have them yet.
    in_hand: bool,
}

impl Debts {
    /// Nobody has looked at the mirror yet.
    pub(in crate::store) fn of_everything() -> Self {
        Self { every: true, ..Self::default() }
    }

    pub(in crate::store) fn is_empty(&self) -> bool {
        !self.every && self.orders.is_empty()
    }

    /// Whether they change what lists count that ask for no mark.
    pub(in crate::store) fn are_of_work(&self) -> bool {
        self.every || self.commands || self.in_hand
    }

    /// Takes all of them, to be written; then [`Debts::written`].
    pub(in crate::store) fn take(&mut self) -> Self {
        let taken = std::mem::take(self);
        self.in_hand = taken.are_of_work();
        taken
    }

    /// What was taken is in the cache, or stands here again.
    pub(in crate::store) fn written(&mut self) {
        self.in_hand = false;
    }

    pub(in crate::store) fn add(&mut self, others: Self) {
        self.every |= others.every;
        self.orders.extend(others.orders);
        self.commands |= others.commands;
    }
}
