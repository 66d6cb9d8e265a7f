//! What a commit tells: which rows it touched.

use std::collections::BTreeSet;

use crate::ids::OrderKey;

/// A transaction that was committed.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) touched: std::sync::Arc<Touched>,
}

/// What a transaction touched, as far as anybody watches it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Touched {
    /// Orders whose row, lines, events, flag, notes or commands changed.
    pub(crate) orders: BTreeSet<OrderKey>,
    /// More orders than are worth naming: everything about orders may have changed.
    pub(crate) every_order: bool,
    /// Commands.
    pub(crate) commands: bool,
    /// Coverage, watermarks, and what else says how far the cache reaches.
    pub(crate) reach: bool,
    /// The shop's facts or the carriers.
    pub(crate) shop: bool,
}

/// Beyond this many, naming them costs more than looking again.
const NAMED: usize = 2_000;

impl Touched {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn order(&mut self, key: &OrderKey) {
        if self.every_order {
            return;
        }
        self.orders.insert(key.clone());
        if self.orders.len() > NAMED {
            self.orders = BTreeSet::new();
            self.every_order = true;
        }
    }

    /// Whether anything about orders changed.
    pub(crate) fn any_order(&self) -> bool {
        self.every_order || !self.orders.is_empty()
    }

    pub(crate) fn touches(&self, key: &OrderKey) -> bool {
        self.every_order || self.orders.contains(key)
    }
}
