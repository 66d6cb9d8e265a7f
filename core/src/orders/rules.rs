//! What an order's facts mean: its phase, what is left to ship, by when, and what lies on top from this phone.
//!
//! Two layers, never mixed. [`facts`] looks at what the source said and at nothing else; lists and badges count by it, so an order whose
//! parcels wait on the phone is still to ship. [`shipping`], [`work`] and [`note_on_top`] say what this phone has queued, and
//! [`super::lines::standings`] splits every line's pieces between the two.

use shopkeeper_protocol::{Command, Order};

use super::lines::{self, LineStanding};
use super::{Phase, ShipBy, Shipping, Work, reason};
use crate::deadlines;
use crate::ids::{OrderKey, ReasonCode};
use crate::rulebook::Rulebook;
use crate::store::outbox::{CommandRow, CommandState};
use crate::sync::Version;
use crate::time::Instant;

/// What lists, badges and deadlines know of an order. Only what the source said; nothing of what waits on the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderFacts {
    pub(crate) phase: Phase,
    /// More may follow. A code that nobody knows counts as open.
    pub(crate) open: bool,
    /// At least one piece can be shipped and nothing holds it.
    pub(crate) to_ship: bool,
    pub(crate) part_shipped: bool,
    pub(crate) after_sale_open: bool,
    /// Pieces that the platform waits for, held ones included; 0 unless the phase is one of shipping.
    pub(crate) unshipped_pieces: u32,
    /// The platform has at least one parcel.
    pub(crate) recorded: Recorded,
    /// The earliest of the lines that can be shipped.
    pub(crate) ship_by: Option<ShipBy>,
    /// A hurrying means something: there is still something to ship.
    pub(crate) hurryable: bool,
    /// The last thing that the shop did: a hurrying after it is unanswered.
    pub(crate) last_action_at: Option<Instant>,
    /// Since when a wish for another address waits.
    pub(crate) address_asked_at: Option<Instant>,
}

/// How much of an order the platform has on record as shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recorded {
    None,
    Some,
    /// Nothing is left to ship.
    All,
}

/// See [`OrderFacts`].
pub(crate) fn facts(rulebook: &Rulebook, key: &OrderKey, order: &Order) -> OrderFacts {
    let status = rulebook.status(key, order.status);
    let phase = status.map_or(Phase::Unknown, |status| status.phase);
    let lines = lines::standings(phase, order, &[]);
    let shippable = is_shipping(phase);
    let left: u32 = lines.iter().fold(0, |sum, line| sum.saturating_add(line.unshipped()));
    let to_ship = shippable && lines.iter().any(|line| line.remaining > 0);
    let parcels = order.parcels.iter().any(|parcel| !parcel.items.is_empty() || !parcel.waybill.is_empty());
    OrderFacts {
        phase,
        open: status.is_none_or(|status| !status.terminal),
        to_ship,
        part_shipped: phase == Phase::PartShipped,
        after_sale_open: has_open_after_sale(order),
        unshipped_pieces: if shippable { left } else { 0 },
        recorded: match (parcels, shippable && left > 0) {
            (false, _) => Recorded::None,
            (true, true) => Recorded::Some,
            (true, false) => Recorded::All,
        },
        ship_by: if to_ship { earliest(rulebook, order, &lines) } else { None },
        hurryable: shippable && left > 0,
        last_action_at: order.parcels.iter().map(|parcel| parcel.shipped_at).max().and_then(some_instant),
        address_asked_at: order.address_request.as_ref().and_then(|request| some_instant(request.asked_at)),
    }
}

/// The phases in which the platform waits for parcels.
pub(crate) fn is_shipping(phase: Phase) -> bool {
    matches!(phase, Phase::ToShip | Phase::PartShipped)
}

/// 催发货: hurried after the shop's last action, and something is still unshipped.
pub(crate) fn is_hurried(facts: &OrderFacts, hurried_at: Option<Instant>) -> bool {
    facts.hurryable && hurried_at.is_some_and(|hurried| facts.last_action_at.is_none_or(|acted| hurried > acted))
}

/// The whole order's count is the platform's; a line's may be known before it, or without it.
pub(crate) fn has_open_after_sale(order: &Order) -> bool {
    order.open_after_sales > 0 || order.lines.iter().any(|line| line.after_sale_open > 0)
}

/// Zero is how sources write that there is no instant.
pub(crate) fn some_instant(ms: i64) -> Option<Instant> {
    (ms > 0).then(|| Instant::from_ms(ms))
}

fn earliest(rulebook: &Rulebook, order: &Order, lines: &[LineStanding]) -> Option<ShipBy> {
    let of_line = |(line, standing): (&shopkeeper_protocol::OrderLine, &LineStanding)| {
        if standing.remaining == 0 {
            return None;
        }
        deadlines::ship_by(rulebook, order.paid_at, line.ship_by)
    };
    order.lines.iter().zip(lines).filter_map(of_line).min()
}

/// What a command means for the order it lies on, while the cache holds a given version of that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lies {
    /// Saved here, on its way.
    Saved,
    /// It may have arrived; it is being looked up.
    Checking,
    /// A person must decide. `maybe`: it may be there nevertheless, so its pieces are not free.
    NeedsAction { reason: ReasonCode, maybe: bool },
    /// The platform has it, and the cached order does not show it yet.
    Recorded,
    /// Nothing lies there (any more).
    Nothing,
}

/// See [`Lies`]. `cached` is the version of the order that the same read of the cache gave.
pub(crate) fn lies(row: &CommandRow, cached: Version) -> Lies {
    match &row.state {
        // A held one goes on by itself, so it is saved and no more.
        CommandState::Waiting | CommandState::Sending | CommandState::Accepted | CommandState::Held { .. } => {
            Lies::Saved
        }
        CommandState::Checking => Lies::Checking,
        CommandState::NeedsAction { reason, .. } => Lies::NeedsAction { reason: reason.clone(), maybe: false },
        CommandState::Unknown { reason } => Lies::NeedsAction { reason: reason.clone(), maybe: true },
        CommandState::Done { seen } if *seen > cached => Lies::Recorded,
        CommandState::Done { .. } | CommandState::Withdrawn => Lies::Nothing,
    }
}

/// Where the shipment of an order stands, the worst thing first: what needs a person, what is being looked up, what waits.
///
/// `recorded` and `unshipped` are of the facts; `rows` are the order's commands in any order.
pub(crate) fn shipping<'a>(
    recorded: Recorded,
    unshipped: u32,
    rows: impl IntoIterator<Item = &'a CommandRow>,
    cached: Version,
) -> Shipping {
    let (mut needs, mut checking, mut saved) = (None, false, false);
    let (mut recorded_here, mut pieces) = (false, 0_u32);
    for row in rows {
        let Command::Ship(ship) = &row.command else { continue };
        match lies(row, cached) {
            Lies::NeedsAction { reason, .. } => needs = needs.or(Some(reason)),
            Lies::Checking => checking = true,
            Lies::Saved => saved = true,
            Lies::Recorded => {
                recorded_here = true;
                let items = ship.parcels.iter().flat_map(|parcel| &parcel.items);
                pieces = items.fold(pieces, |sum, item| sum.saturating_add(item.quantity));
            }
            Lies::Nothing => {}
        }
    }
    if let Some(reason) = needs {
        Shipping::NeedsAction { reason }
    } else if checking {
        Shipping::Checking
    } else if saved {
        Shipping::Saved
    } else if recorded_here {
        Shipping::Recorded { all: recorded == Recorded::All || pieces >= unshipped }
    } else {
        match recorded {
            Recorded::None => Shipping::None,
            Recorded::Some => Shipping::Recorded { all: false },
            Recorded::All => Shipping::Recorded { all: true },
        }
    }
}

/// How much unsent work an order has. What is done is no work, seen or not.
pub(crate) fn work<'a>(rows: impl IntoIterator<Item = &'a CommandRow>) -> Work {
    let mut work = Work::default();
    for row in rows {
        match &row.state {
            CommandState::Waiting | CommandState::Sending | CommandState::Accepted | CommandState::Held { .. } => {
                work.pending += 1;
            }
            CommandState::Checking => work.unknown += 1,
            CommandState::NeedsAction { .. } | CommandState::Unknown { .. } => work.needs_action += 1,
            CommandState::Done { .. } | CommandState::Withdrawn => {}
        }
    }
    work
}

impl std::iter::Sum for Work {
    fn sum<I: Iterator<Item = Self>>(works: I) -> Self {
        works.fold(Self::default(), |sum, work| Self {
            pending: sum.pending.saturating_add(work.pending),
            unknown: sum.unknown.saturating_add(work.unknown),
            needs_action: sum.needs_action.saturating_add(work.needs_action),
        })
    }
}

/// The note at the platform with the newest queued change on top; a refused change is not on top, what the platform has is.
/// `rows` are the order's commands in lane order.
pub(crate) fn note_on_top<'a>(
    note: &'a str,
    rows: impl IntoIterator<Item = &'a CommandRow>,
    cached: Version,
) -> &'a str {
    rows.into_iter().fold(note, |top, row| match (&row.command, lies(row, cached)) {
        (Command::Note(queued), Lies::Saved | Lies::Checking | Lies::Recorded) => queued.text.as_str(),
        _ => top,
    })
}

/// Why nothing of an order can be put into a parcel now; `None`: something can. `lines` are with what waits on the phone taken off.
pub(crate) fn cannot_ship(phase: Phase, order: &Order, lines: &[LineStanding]) -> Option<ReasonCode> {
    let code = match phase {
        Phase::Unpaid => reason::UNPAID,
        Phase::Waiting => reason::WAITING,
        Phase::ToReceive | Phase::Done => reason::ALL_SHIPPED,
        Phase::Closed => reason::CLOSED,
        Phase::Unknown => reason::STATUS_UNKNOWN,
        Phase::ToShip | Phase::PartShipped => cannot_ship_now(order, lines)?,
    };
    Some(ReasonCode::from(code))
}

fn cannot_ship_now(order: &Order, lines: &[LineStanding]) -> Option<&'static str> {
    let any = |of: fn(&LineStanding) -> u32| lines.iter().any(|line| of(line) > 0);
    // The platform refuses the whole order while any of its after-sales or a wish for another address waits for an answer.
    if has_open_after_sale(order) {
        Some(shopkeeper_protocol::reason::AFTER_SALE_OPEN)
    } else if order.address_request.is_some() {
        Some(shopkeeper_protocol::reason::ADDRESS_REQUEST_PENDING)
    } else if order.deliver_method != 0 {
        Some(reason::VIRTUAL)
    } else if any(|line| line.remaining) {
        None
    } else if any(|line| line.saved) {
        Some(reason::ALREADY_SAVED)
    } else {
        Some(reason::ALL_SHIPPED)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
pub(in crate::orders) mod tests;
