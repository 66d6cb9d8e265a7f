//! Orders that are marked, to do one thing with all of them.

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{BATCH, OrderRow};

/// Marked orders as they were last seen, in the order in which they were marked. They stay marked while the window over the list moves on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks(Vec<OrderRow>);

/// No more than [`BATCH`] orders can be marked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

impl Marks {
    #[must_use]
    pub fn rows(&self) -> &[OrderRow] {
        &self.0
    }

    #[must_use]
    pub fn keys(&self) -> Vec<OrderKey> {
        self.0.iter().map(|row| row.key.clone()).collect()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn has(&self, key: &OrderKey) -> bool {
        self.0.iter().any(|row| row.key == *key)
    }

    #[must_use]
    pub fn find(&self, key: &OrderKey) -> Option<&OrderRow> {
        self.0.iter().find(|row| row.key == *key)
    }

    /// What the buyers pay for all of them.
    #[must_use]
    pub fn payable(&self) -> Money {
        self.0.iter().map(|row| row.payable).sum()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn keep(&mut self, stays: impl Fn(&OrderKey) -> bool) {
        self.0.retain(|row| stays(&row.key));
    }

    /// Marks it, or takes the mark away.
    pub(super) fn turn(&mut self, row: &OrderRow) -> Result<(), TooMany> {
        if self.has(&row.key) {
            self.keep(|key| *key != row.key);
            return Ok(());
        }
        self.add(row)
    }

    /// Marks all of them as far as there is room; if all are, takes the marks of all away.
    pub(super) fn turn_all(&mut self, rows: &[OrderRow]) -> Result<(), TooMany> {
        if rows.iter().all(|row| self.has(&row.key)) {
            self.clear();
            return Ok(());
        }
        rows.iter().try_for_each(|row| if self.has(&row.key) { Ok(()) } else { self.add(row) })
    }

    fn add(&mut self, row: &OrderRow) -> Result<(), TooMany> {
        if self.0.len() >= BATCH {
            return Err(TooMany);
        }
        self.0.push(row.clone());
        Ok(())
    }

    /// Takes over what is newly known of them.
    pub(super) fn renew(&mut self, rows: &[OrderRow]) {
        for marked in &mut self.0 {
            if let Some(row) = rows.iter().find(|row| row.key == marked.key) {
                marked.clone_from(row);
            }
        }
    }
}
