//! What a commit tells: which rows it touched, and of orders what lists have to know to tell whether it concerns them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::orders::Entry;
use crate::ids::OrderKey;

/// A transaction that was committed, and touched something.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    /// How many were announced, this one among them: whoever heard the one before has missed none.
    pub(crate) serial: u64,
    pub(crate) touched: Arc<Touched>,
}

/// What a transaction touched, as far as anybody watches it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Touched {
    /// Orders whose row, lines, events, flag, notes or commands changed.
    pub(crate) orders: BTreeMap<OrderKey, Change>,
    /// More orders than are worth naming: everything about orders may have changed.
    pub(crate) every_order: bool,
    /// Commands.
    pub(crate) commands: bool,
    /// Coverage, watermarks, and what else says how far the cache reaches.
    pub(crate) reach: bool,
    /// The shop's facts or the carriers.
    pub(crate) shop: bool,
}

/// What changed of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// What its row shows, and nothing that a list filters or sorts by.
    Content,
    /// It was written: how lists saw it before and see it now. Equal ones are a change of content.
    Written(Box<Written>),
    /// It was written, with so many others that nobody looked how.
    Somehow,
}

/// See [`Change`]. `None`: it was not here, or is not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) from: Option<Entry>,
    pub(crate) to: Option<Entry>,
}

/// Beyond this many, naming them costs more than looking again.
const NAMED: usize = 2_000;
/// Beyond this many, reading every list again costs less than comparing each with each.
const COMPARED: usize = 64;

impl Touched {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn order(&mut self, key: &OrderKey) {
        self.put(key, Change::Content);
    }

    /// Whether it is worth knowing how lists saw an order that is about to be written.
    pub(crate) fn compares(&self) -> bool {
        !self.every_order && self.orders.len() < COMPARED
    }

    /// An order was written. `written`: see [`Touched::compares`].
    pub(crate) fn written(&mut self, key: &OrderKey, written: Option<Written>) {
        self.put(key, written.map_or(Change::Somehow, |written| Change::Written(Box::new(written))));
    }

    fn put(&mut self, key: &OrderKey, change: Change) {
        if self.every_order {
            return;
        }
        match self.orders.get_mut(key) {
            Some(before) => before.then(change),
            None => {
                self.orders.insert(key.clone(), change);
            }
        }
        if self.orders.len() > NAMED {
            self.orders = BTreeMap::new();
            self.every_order = true;
        }
    }

    /// Whether anything about orders changed.
    pub(crate) fn any_order(&self) -> bool {
        self.every_order || !self.orders.is_empty()
    }

    pub(crate) fn touches(&self, key: &OrderKey) -> bool {
        self.every_order || self.orders.contains_key(key)
    }
}

impl Change {
    /// This change and after it another of the same order.
    fn then(&mut self, next: Self) {
        match (&mut *self, next) {
            (_, Self::Content) | (Self::Somehow, _) => {}
            (Self::Written(first), Self::Written(next)) => first.to = next.to,
            (_, next) => *self = next,
        }
    }
}
