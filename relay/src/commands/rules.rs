//! What a command means on an order or an after-sale as it is read: pure.
//!
//! | kind | its effect shows when | it may act when | after absence is established |
//! |---|---|---|---|
//! | `ship` | each waybill of the command is on record with at least the command's pieces | something can be shipped, by parcel or (virtual goods) without as the order says, the pieces are left and in no after-sale, the address is the one the merchant saw, the buyer asks for no other | act again: the platform refuses pieces that left already |
//! | `note` | the texts are equal | the platform's note is still the one the merchant saw | act again: writing a text twice is writing it once |
//! | `accept_after_sale` | its status says that the buyer may send the goods back, or that the money set out, as was agreed to | status, type, amount and time of the last change are those that the merchant saw | act again: a case that has moved on takes no second agreement of the same kind |
//! | `reject_after_sale` | its status says that the shop refused, or that the platform decides about a refusal | likewise | act again, likewise |

use std::collections::BTreeMap;

use shopkeeper_protocol::{
    AcceptAfterSale, AfterSale, AfterSalePrecondition, Agreement, Note, Order, ParcelItem, ReasonCode, RejectAfterSale,
    Ship, reason,
};

use crate::platform::Standing;
use crate::wanted::Wanted;

/// What an order says about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// The effect shows.
    There,
    /// It does not, and nothing stands against acting.
    Ready {
        /// Were it done already and this reading too old to show it, the platform would refuse it or it would change nothing.
        guarded: bool,
    },
    /// It does not, and the order no longer allows it.
    Never {
        reason: ReasonCode,
        /// An effect that had been there would still show.
        settled: bool,
    },
}

/// The delivery method of goods that travel in parcels.
const EXPRESS: i64 = 0;

/// What was read, with what the platform's adapter knows of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen<'a> {
    /// `shippable`: something of an order with this raw status can be shipped.
    Order {
        order: &'a Order,
        shippable: bool,
    },
    AfterSale {
        case: &'a AfterSale,
        standing: Standing,
    },
}

/// Judges a command by the entity that it is about; `None` if it is about another kind.
pub(crate) fn judge(wanted: &Wanted, seen: Seen<'_>) -> Option<Judgement> {
    match (wanted, seen) {
        (Wanted::Ship(ship), Seen::Order { order, shippable }) => Some(judge_ship(ship, order, shippable)),
        (Wanted::Note(note), Seen::Order { order, .. }) => Some(judge_note(note, order)),
        (Wanted::AcceptAfterSale(accept), Seen::AfterSale { case, standing }) => {
            Some(judge_accept(accept, case, standing))
        }
        (Wanted::RejectAfterSale(reject), Seen::AfterSale { case, standing }) => {
            Some(judge_reject(reject, case, standing))
        }
        _ => None,
    }
}

fn judge_accept(accept: &AcceptAfterSale, case: &AfterSale, standing: Standing) -> Judgement {
    if is_as_seen(&accept.expected, case) {
        return Judgement::Ready { guarded: true };
    }
    use Standing as S;
    let (there, settled) = match accept.agree {
        // The buyer may withdraw what was agreed to, and much may be made of goods that came back.
        Agreement::Return => (
            matches!(standing, S::ReturnAgreed | S::GoodsBack | S::Replaced | S::Refunding | S::RefundFailed),
            matches!(standing, S::Asked | S::Elsewhere | S::RefundOverdue),
        ),
        // Money that has set out is stopped by nobody. If it comes back, the next try is another decision.
        Agreement::Refund => (
            matches!(standing, S::Refunding) || (standing == S::RefundFailed && case.status != accept.expected.status),
            standing != S::RefundFailed,
        ),
    };
    if there { Judgement::There } else { moved_on(&accept.expected, case, standing, settled) }
}

fn judge_reject(reject: &RejectAfterSale, case: &AfterSale, standing: Standing) -> Judgement {
    if is_as_seen(&reject.expected, case) {
        return Judgement::Ready { guarded: true };
    }
    match standing {
        Standing::Rejected => Judgement::There,
        // Only a refusal is disputed, and only the merchant writes one.
        Standing::Disputed if !case.rejection.is_empty() => Judgement::There,
        // A refusal may have stood before the buyer gave up, or the platform overruled it.
        Standing::Over | Standing::Disputed | Standing::Refunding | Standing::RefundFailed => {
            moved_on(&reject.expected, case, standing, case.rejection.is_empty())
        }
        _ => moved_on(&reject.expected, case, standing, true),
    }
}

fn is_as_seen(expected: &AfterSalePrecondition, case: &AfterSale) -> bool {
    (&expected.status, &expected.wanted, expected.amount, expected.updated_at)
        == (&case.status, &case.wanted, case.refund.amount, case.updated_at)
}

fn moved_on(expected: &AfterSalePrecondition, case: &AfterSale, standing: Standing, settled: bool) -> Judgement {
    let reason = if expected.status == case.status {
        reason::AFTER_SALE_CHANGED
    } else if standing == Standing::Disputed {
        reason::DISPUTE_OPEN
    } else {
        reason::AFTER_SALE_MOVED_ON
    };
    Judgement::Never { reason: reason.into(), settled }
}

fn judge_note(note: &Note, order: &Order) -> Judgement {
    if order.merchant_note.trim() == note.text.trim() {
        return Judgement::There;
    }
    if order.merchant_note == note.base {
        return Judgement::Ready { guarded: true };
    }
    // Ours may have been there, and somebody wrote over it.
    Judgement::Never { reason: reason::NOTE_CHANGED.into(), settled: false }
}

fn judge_ship(ship: &Ship, order: &Order, shippable: bool) -> Judgement {
    if is_recorded(ship, order) {
        return Judgement::There;
    }
    let pieces = pieces(order, shippable);
    let never = |reason: &str| Judgement::Never { reason: reason.into(), settled: true };
    let nothing_left = pieces.values().all(|pieces| pieces.left == 0 && pieces.held == 0);
    if nothing_left && pieces.values().any(|pieces| pieces.shipped > 0) {
        return never(reason::ALREADY_SHIPPED);
    }
    if !shippable {
        return never(reason::STATE_CHANGED);
    }
    let virtual_goods = order.deliver_method != EXPRESS;
    if ship.parcels.iter().any(|parcel| parcel.waybill.trim().is_empty() != virtual_goods) {
        return never(reason::VIRTUAL);
    }
    let expected = &ship.expected.address_hash;
    if !expected.is_empty() && *expected != order.buyer.address_hash {
        return never(reason::ADDRESS_CHANGED);
    }
    if order.address_request.is_some() {
        return never(reason::ADDRESS_REQUEST_PENDING);
    }
    let mut guarded = false;
    let wanted = summed(ship.parcels.iter().flat_map(|parcel| &parcel.items));
    for (line, quantity) in wanted {
        let has = pieces.get(&line).copied().unwrap_or_default();
        if quantity > has.left.saturating_add(has.held) {
            return never(reason::LINES_CHANGED);
        }
        if quantity > has.left {
            return never(reason::AFTER_SALE_OPEN);
        }
        guarded |= has.left < quantity.saturating_mul(2);
    }
    Judgement::Ready { guarded }
}

/// Whether the platform has the command's parcels on record. A waybill names a parcel; which carrier a colleague typed for it does not
/// make it another one.
fn is_recorded(ship: &Ship, order: &Order) -> bool {
    let mut recorded: BTreeMap<String, BTreeMap<Line<'_>, u32>> = BTreeMap::new();
    for parcel in &order.parcels {
        add(recorded.entry(fold(&parcel.waybill)).or_default(), &parcel.items);
    }
    let mut wanted: BTreeMap<String, BTreeMap<Line<'_>, u32>> = BTreeMap::new();
    for parcel in &ship.parcels {
        add(wanted.entry(fold(&parcel.waybill)).or_default(), &parcel.items);
    }
    wanted.iter().all(|(waybill, items)| {
        recorded.get(waybill).is_some_and(|has| items.iter().all(|(line, n)| has.get(line).is_some_and(|has| has >= n)))
    })
}

/// The platform may write a number in capitals.
fn fold(waybill: &str) -> String {
    waybill.trim().to_ascii_uppercase()
}

/// Product and SKU. To the platform, lines of one SKU are one.
type Line<'a> = (&'a str, &'a str);

fn add<'a>(sums: &mut BTreeMap<Line<'a>, u32>, items: impl IntoIterator<Item = &'a ParcelItem>) {
    for item in items {
        let sum = sums.entry((&item.product, &item.sku)).or_default();
        *sum = sum.saturating_add(item.quantity);
    }
}

fn summed<'a>(items: impl IntoIterator<Item = &'a ParcelItem>) -> BTreeMap<Line<'a>, u32> {
    let mut sums = BTreeMap::new();
    add(&mut sums, items);
    sums
}

/// Where the pieces of a SKU are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pieces {
    shipped: u32,
    /// In an unfinished after-sale, and not shipped.
    held: u32,
    left: u32,
}

/// The platform does not say whether a refund was about pieces that had left. They count as pieces that had not, so that nothing refunded is
/// shipped; unless then nothing would be left of an order of which its status says that something is.
fn pieces(order: &Order, shippable: bool) -> BTreeMap<Line<'_>, Pieces> {
    let shipped = summed(order.parcels.iter().flat_map(|parcel| &parcel.items));
    let mut lines: BTreeMap<Line<'_>, [u32; 3]> = BTreeMap::new();
    for line in &order.lines {
        let [quantity, done, open] = lines.entry((&line.product, &line.sku)).or_default();
        *quantity = quantity.saturating_add(line.quantity);
        *done = done.saturating_add(line.after_sale_done);
        *open = open.saturating_add(line.after_sale_open);
    }
    let shipped_of = |line: &Line<'_>, quantity: u32| shipped.get(line).copied().unwrap_or(0).min(quantity);
    let strict = lines.iter().any(|(line, [quantity, done, _])| quantity - shipped_of(line, *quantity) > *done);
    let lenient = shippable && !strict;
    lines
        .into_iter()
        .map(|(line, [quantity, done, open])| {
            let shipped = shipped_of(&line, quantity);
            let refunded = if lenient { done.saturating_sub(shipped) } else { done };
            let unshipped = (quantity - shipped).saturating_sub(refunded);
            let held = open.min(unshipped);
            (line, Pieces { shipped, held, left: unshipped - held })
        })
        .collect()
}
