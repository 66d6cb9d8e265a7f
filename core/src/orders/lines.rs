//! Where the pieces of every line are. Each piece is in exactly one place, so that no sum over them can promise a piece twice.
//!
//! Parcels name a product and a SKU, not a line, and an order may have two lines of one SKU (one paid, one a gift): pieces are given to
//! the lines in their order. More pieces than the lines have are the source's business and change nothing here.

use std::collections::BTreeMap;

use serde::Serialize;
use shopkeeper_protocol::{Command, Order, ParcelItem, ShipParcel};

use super::Phase;
use super::draft::fold_waybill;
use super::rules::{Lies, is_shipping, lies};
use crate::store::outbox::CommandRow;
use crate::sync::Version;

/// The pieces of one line, by where they are. The five counts sum to `quantity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LineStanding {
    pub(crate) quantity: u32,
    /// On record at the platform.
    pub(crate) shipped: u32,
    /// Refunded before they left.
    pub(crate) refunded: u32,
    /// In an unfinished after-sale, and not shipped.
    pub(crate) held: u32,
    /// In parcels that wait on the phone.
    pub(crate) saved: u32,
    /// What can still be put into a parcel.
    pub(crate) remaining: u32,
}

impl LineStanding {
    /// What the platform still waits for.
    pub(crate) fn unshipped(&self) -> u32 {
        self.held + self.saved + self.remaining
    }
}

/// What a person reads beside a line. A line in which several things are true has the one that asks for most; its counts tell the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// The rulebook does not have the order's status.
    Unknown,
    /// Somebody else has to act first: the buyer pays, a gift is accepted.
    Waiting,
    /// In an unfinished after-sale and not shipped.
    Held,
    ToShip,
    /// Some pieces are shipped or typed, and some can still be.
    PartShipped,
    /// 单号已填·未送达: everything that is left is in parcels that wait on the phone.
    Saved,
    Shipped,
    /// Every piece was refunded before it left.
    Refunded,
    /// The order is closed.
    Closed,
}

impl LineStanding {
    /// See [`LineState`].
    pub(crate) fn state(&self, phase: Phase) -> LineState {
        if self.quantity > 0 && self.refunded == self.quantity {
            return LineState::Refunded;
        }
        match phase {
            Phase::Unknown => LineState::Unknown,
            Phase::Closed => LineState::Closed,
            Phase::Unpaid | Phase::Waiting => LineState::Waiting,
            Phase::ToReceive | Phase::Done => LineState::Shipped,
            Phase::ToShip | Phase::PartShipped => {
                if self.held > 0 {
                    LineState::Held
                } else if self.remaining > 0 && self.shipped + self.saved > 0 {
                    LineState::PartShipped
                } else if self.remaining > 0 {
                    LineState::ToShip
                } else if self.saved > 0 {
                    LineState::Saved
                } else {
                    LineState::Shipped
                }
            }
        }
    }
}

/// Parcels that lie on top of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queued<'a> {
    pub(crate) parcel: &'a ShipParcel,
    /// The platform has it already; the cached order only does not show it yet.
    pub(crate) recorded: bool,
}

/// The parcels of an order's commands that take pieces away: all that may reach the platform or did. A parcel whose waybill the order
/// itself shows is left out, since its pieces are counted there; that happens for as long as an outcome is younger than its order.
pub(crate) fn queued<'a>(
    order: &Order,
    rows: impl IntoIterator<Item = &'a CommandRow>,
    cached: Version,
) -> Vec<Queued<'a>> {
    let mut parcels = Vec::new();
    for row in rows {
        let Command::Ship(ship) = &row.command else { continue };
        let recorded = match lies(row, cached) {
            Lies::Saved | Lies::Checking | Lies::NeedsAction { maybe: true, .. } => false,
            Lies::Recorded => true,
            Lies::NeedsAction { maybe: false, .. } | Lies::Nothing => continue,
        };
        let unseen = ship.parcels.iter().filter(|parcel| !shows(order, &parcel.waybill));
        parcels.extend(unseen.map(|parcel| Queued { parcel, recorded }));
    }
    parcels
}

/// Whether the platform's record of an order has this waybill.
pub(crate) fn shows(order: &Order, waybill: &str) -> bool {
    let waybill = fold_waybill(waybill);
    !waybill.is_empty() && order.parcels.iter().any(|parcel| fold_waybill(&parcel.waybill) == waybill)
}

/// Every line's pieces, in the lines' order.
///
/// The source does not say whether a finished after-sale of a partly shipped line was about pieces that had left. They count as pieces
/// that had not, so that nothing refunded is shipped; unless then nothing at all would be left in an order whose status says that
/// something is, for such an order would vanish from the list of what is to ship.
pub(crate) fn standings(phase: Phase, order: &Order, queued: &[Queued<'_>]) -> Vec<LineStanding> {
    let recorded = queued.iter().filter(|queued| queued.recorded).flat_map(|queued| &queued.parcel.items);
    let mut shipped = Pool::of(order.parcels.iter().flat_map(|parcel| &parcel.items).chain(recorded));
    let shipped: Vec<u32> =
        order.lines.iter().map(|line| shipped.take(&line.product, &line.sku, line.quantity)).collect();
    let of_lines = || order.lines.iter().zip(&shipped);
    let strict = of_lines().any(|(line, shipped)| line.quantity - shipped > line.after_sale_done);
    let lenient = !strict && is_shipping(phase);

    let waiting = queued.iter().filter(|queued| !queued.recorded).flat_map(|queued| &queued.parcel.items);
    let mut waiting = Pool::of(waiting);
    of_lines()
        .map(|(line, shipped)| {
            let shipped = *shipped;
            let left = line.quantity - shipped;
            let done = if lenient { line.after_sale_done.saturating_sub(shipped) } else { line.after_sale_done };
            let refunded = done.min(left);
            let left = left - refunded;
            let held = line.after_sale_open.min(left);
            let left = left - held;
            let saved = waiting.take(&line.product, &line.sku, left);
            LineStanding { quantity: line.quantity, shipped, refunded, held, saved, remaining: left - saved }
        })
        .collect()
}

/// Pieces by product and SKU, to be given to lines.
#[derive(Debug, Default)]
struct Pool<'a>(BTreeMap<(&'a str, &'a str), u32>);

impl<'a> Pool<'a> {
    fn of(items: impl Iterator<Item = &'a ParcelItem>) -> Self {
        let mut pool = BTreeMap::<_, u32>::new();
        for item in items {
            let pieces = pool.entry((item.product.as_str(), item.sku.as_str())).or_default();
            *pieces = pieces.saturating_add(item.quantity);
        }
        Self(pool)
    }

    /// As many as there are, up to `most`.
    fn take(&mut self, product: &'a str, sku: &'a str, most: u32) -> u32 {
        let Some(pieces) = self.0.get_mut(&(product, sku)) else { return 0 };
        let taken = most.min(*pieces);
        *pieces -= taken;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_state_that_asks_for_most() {
        let line = |shipped, refunded, held, saved, remaining| LineStanding {
            quantity: shipped + refunded + held + saved + remaining,
            shipped,
            refunded,
            held,
            saved,
            remaining,
        };
        for (phase, standing, state) in [
            (Phase::Unpaid, line(0, 0, 0, 0, 2), LineState::Waiting),
            (Phase::Waiting, line(0, 0, 0, 0, 2), LineState::Waiting),
            (Phase::ToShip, line(0, 0, 0, 0, 2), LineState::ToShip),
            (Phase::ToShip, line(0, 0, 0, 1, 1), LineState::PartShipped),
            (Phase::ToShip, line(0, 0, 0, 2, 0), LineState::Saved),
            (Phase::PartShipped, line(1, 0, 0, 1, 0), LineState::Saved),
            (Phase::PartShipped, line(1, 0, 0, 0, 1), LineState::PartShipped),
            (Phase::PartShipped, line(2, 0, 0, 0, 0), LineState::Shipped),
            (Phase::PartShipped, line(1, 1, 0, 0, 0), LineState::Shipped),
            (Phase::PartShipped, line(1, 0, 1, 0, 1), LineState::Held),
            (Phase::PartShipped, line(0, 2, 0, 0, 0), LineState::Refunded),
            (Phase::ToReceive, line(2, 0, 0, 0, 0), LineState::Shipped),
            (Phase::Closed, line(0, 2, 0, 0, 0), LineState::Refunded),
            (Phase::Closed, line(0, 0, 0, 0, 2), LineState::Closed),
            (Phase::Unknown, line(0, 0, 0, 0, 2), LineState::Unknown),
        ] {
            assert_eq!(standing.state(phase), state, "{phase:?} {standing:?}");
        }
    }
}
