//! 买家一眼: what this phone knows of whoever gave an order, from the orders that are on it.
//!
//! The source names a buyer by an opaque key that is the same for all of their orders in a shop; nothing else is compared, since masked names
//! and phones are alike by the hundred. Where it gives no key, there is no card.

use serde::Serialize;

use super::reach::Reach;
use crate::ids::OrderKey;
use crate::store::Local;
use crate::store::orders::{BuyerOrders, OtherOrder};
use crate::time::Instant;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerCard {
    /// 第 n 单: this is the n-th that they paid for or will have; 1: the first.
    pub nth: u64,
    /// Paid orders of theirs on this phone.
    pub paid: u64,
    /// Whether these counts are of all orders that ever were; if not, there may be earlier ones.
    pub exact: bool,
    /// The note of the newest other order of theirs that has one.
    pub last_note: Option<BuyerNote>,
    /// The newest other order of theirs that had an after-sale.
    pub last_after_sale: Option<OrderLink>,
}

/// Another order, to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderLink {
    pub order: OrderKey,
    pub number: String,
    pub created_at: Instant,
}

/// A note on another order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerNote {
    pub of: OrderLink,
    pub text: String,
    /// 只给自己看; else it is the one at the platform.
    pub private: bool,
}

/// The card of a buyer. `local` knows the private notes.
pub(crate) fn card(orders: &BuyerOrders, local: &Local, reach: Reach) -> BuyerCard {
    let note = |other: &OtherOrder| {
        // What was written for nobody else is the frankest.
        let private = local.mark(&other.key).and_then(|mark| mark.note.clone()).filter(|text| !text.is_empty());
        let is_private = private.is_some();
        let text = private.or_else(|| Some(other.merchant_note.clone()).filter(|text| !text.is_empty()))?;
        Some(BuyerNote { of: link(other), text, private: is_private })
    };
    BuyerCard {
        nth: orders.paid_before.saturating_add(1),
        paid: orders.paid,
        exact: reach.holds_everything(),
        last_note: orders.others.iter().find_map(note),
        last_after_sale: orders.others.iter().find(|other| other.after_sale).map(link),
    }
}

fn link(other: &OtherOrder) -> OrderLink {
    OrderLink { order: other.key.clone(), number: other.number.clone(), created_at: other.created_at }
}
