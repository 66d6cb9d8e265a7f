//! What a row of a list says in words, whether the app draws it or a verb prints it.

use shopkeeper_core::orders::{Count, OrderRow, Shipping};

use super::Teller;
use crate::say;
use crate::tui::measure::tame;

/// `桂花乌龙 红盒`: what a line of an order is of.
#[must_use]
pub fn goods_name(title: &str, sku_text: &str) -> String {
    tame(format!("{title} {sku_text}").trim())
}

impl Teller {
    /// How long a list is, as far as it is known.
    #[must_use]
    pub fn count(&self, count: Count) -> String {
        match count {
            Count::Exact(n) => say!(self.words, "order.count", n = n),
            Count::AtLeast(n) => say!(self.words, "order.count_at_least", n = n),
        }
    }

    /// The three states of a shipment, or that other work waits; never more than is known.
    #[must_use]
    pub fn standing(&self, row: &OrderRow) -> Option<String> {
        let words = self.words;
        match &row.shipping {
            Shipping::Saved => Some(say!(words, "ship.saved")),
            Shipping::Checking => Some(say!(words, "state.queued.unknown")),
            Shipping::NeedsAction { reason } => {
                Some(say!(words, "outbox.needs_action", reason = self.reason(reason, None)))
            }
            Shipping::Recorded { all: true } => Some(say!(words, "ship.delivered")),
            Shipping::Recorded { all: false } => {
                Some(format!("{} · {}", say!(words, "status.part_shipped"), say!(words, "ship.delivered")))
            }
            Shipping::None if row.work.needs_action > 0 => Some(say!(words, "state.needs_action")),
            Shipping::None if row.work.unknown > 0 => Some(say!(words, "state.queued.unknown")),
            Shipping::None if row.work.pending > 0 => Some(say!(words, "state.queued.saved")),
            Shipping::None => None,
        }
    }
}
