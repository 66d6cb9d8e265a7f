//! From what a merchant typed to a command: a draft is checked against the order and everything that waits on top of it, and becomes
//! parcels with the facts on which the merchant decided. What is wrong comes back as a reason that a person can act on.

use std::collections::BTreeMap;

use shopkeeper_protocol::{Carrier, Order, ParcelItem, Ship, ShipParcel, ShipPrecondition};

use super::lines::{self, LineStanding};
use super::rules::cannot_ship;
use super::{ParcelDraft, ShipDraft, reason};
use crate::error::CoreError;
use crate::ids::{CarrierCode, OrderKey, ReasonCode};
use crate::rulebook::Rulebook;
use crate::store::outbox::CommandRow;
use crate::sync::Version;

/// The carrier for numbers that look like nobody's.
const OTHER_CARRIER: &str = "OTHER";

/// Everything that a draft is checked against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Against<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) key: &'a OrderKey,
    pub(crate) order: &'a Order,
    /// The version of `order` that the cache holds.
    pub(crate) cached: Version,
    /// What the platform accepts; empty while nobody told us.
    pub(crate) carriers: &'a [Carrier],
}

/// Checks a draft and makes the command of it. `rows` are the order's commands: parcels that wait take their pieces away, and their
/// waybills are used. A waybill of *another* order is no matter for this function; see [`duplicate`].
///
/// # Errors
/// [`CoreError::NotPossible`] with the first reason found, the order's own before the draft's.
pub(crate) fn ship<'a>(
    draft: &ShipDraft,
    against: &Against<'_>,
    rows: impl IntoIterator<Item = &'a CommandRow>,
) -> Result<Ship, CoreError> {
    let Against { rulebook, key, order, cached, carriers } = *against;
    let queued = lines::queued(order, rows, cached);
    let phase = rulebook.phase(key, order.status);
    let standings = lines::standings(phase, order, &queued);
    if let Some(reason) = cannot_ship(phase, order, &standings) {
        return Err(CoreError::NotPossible(reason));
    }
    if draft.parcels.is_empty() {
        return Err(not_possible(reason::NO_LINES));
    }

    let recorded = order.parcels.iter().map(|parcel| parcel.waybill.as_str());
    let waiting = queued.iter().map(|queued| queued.parcel.waybill.as_str());
    let mut used: Vec<String> = recorded.chain(waiting).map(fold_waybill).collect();
    let mut left: Vec<u32> = standings.iter().map(|line| line.remaining).collect();
    let mut parcels = Vec::with_capacity(draft.parcels.len());
    for typed in &draft.parcels {
        let waybill = checked_waybill(rulebook, &typed.waybill)?;
        if used.contains(&waybill) {
            return Err(not_possible(reason::DUPLICATE_WAYBILL));
        }
        let carrier = carrier_of(rulebook, carriers, typed, &waybill)?;
        let items = match &typed.items {
            Some(items) => chosen(order, &mut left, items)?,
            None if draft.parcels.len() == 1 => everything(order, &mut left),
            None => return Err(not_possible(reason::NO_LINES)),
        };
        used.push(waybill.clone());
        parcels.push(ShipParcel { carrier, waybill, items });
    }
    Ok(Ship { order: key.clone(), parcels, expected: precondition(order, &standings) })
}

/// The same parcels on today's facts, for a command that a person wants tried again. `rows` are the order's *other* commands.
///
/// # Errors
/// As [`ship`]: today's facts may not allow it.
pub(crate) fn renewed<'a>(
    ship_again: &Ship,
    against: &Against<'_>,
    rows: impl IntoIterator<Item = &'a CommandRow>,
) -> Result<Ship, CoreError> {
    let place = |item: &ParcelItem| {
        let line = |line: &shopkeeper_protocol::OrderLine| line.product == item.product && line.sku == item.sku;
        against
            .order
            .lines
            .iter()
            .position(line)
            .map(|at| (at, item.quantity))
            .ok_or_else(|| not_possible(reason::LINE_UNKNOWN))
    };
    let typed = |parcel: &ShipParcel| {
        Ok(ParcelDraft {
            carrier: Some(parcel.carrier.as_str().to_owned()),
            waybill: parcel.waybill.clone(),
            items: Some(parcel.items.iter().map(place).collect::<Result<_, CoreError>>()?),
        })
    };
    let parcels = ship_again.parcels.iter().map(typed).collect::<Result<_, CoreError>>()?;
    ship(&ShipDraft { parcels }, against, rows)
}

/// The facts on which the merchant decides: what the relay compares before it acts.
fn precondition(order: &Order, standings: &[LineStanding]) -> ShipPrecondition {
    let pieces = order.lines.iter().zip(standings).filter(|(_, standing)| standing.remaining > 0);
    ShipPrecondition {
        status: order.status,
        remaining: summed(pieces.map(|(line, standing)| (line, standing.remaining))),
        address_hash: order.buyer.address_hash.clone(),
    }
}

/// Everything that remains, of all lines.
fn everything(order: &Order, left: &mut [u32]) -> Vec<ParcelItem> {
    let pieces = order.lines.iter().zip(left).map(|(line, left)| (line, std::mem::take(left)));
    summed(pieces.filter(|(_, pieces)| *pieces > 0))
}

/// The lines that were chosen, taken from what is left. Lines of one SKU are one to the platform, so what is left of them is too.
fn chosen(order: &Order, left: &mut [u32], items: &[(usize, u32)]) -> Result<Vec<ParcelItem>, CoreError> {
    if items.is_empty() {
        return Err(not_possible(reason::NO_LINES));
    }
    let mut pieces = Vec::with_capacity(items.len());
    for (at, quantity) in items {
        let line = order.lines.get(*at).ok_or_else(|| not_possible(reason::LINE_UNKNOWN))?;
        if *quantity == 0 {
            return Err(not_possible(reason::ZERO_QUANTITY));
        }
        let same = |other: &shopkeeper_protocol::OrderLine| other.product == line.product && other.sku == line.sku;
        let mut wanted = *quantity;
        // The chosen line first, then its twins.
        let twins = (0..order.lines.len()).filter(|other| other != at && order.lines.get(*other).is_some_and(same));
        for place in std::iter::once(*at).chain(twins) {
            if let Some(here) = left.get_mut(place) {
                let taken = wanted.min(*here);
                *here -= taken;
                wanted -= taken;
            }
        }
        if wanted > 0 {
            return Err(not_possible(reason::TOO_MANY));
        }
        pieces.push((line, *quantity));
    }
    Ok(summed(pieces.into_iter()))
}

/// One item for each product and SKU, in the order of first mention.
fn summed<'a>(pieces: impl Iterator<Item = (&'a shopkeeper_protocol::OrderLine, u32)>) -> Vec<ParcelItem> {
    let mut items: Vec<ParcelItem> = Vec::new();
    let mut places = BTreeMap::new();
    for (line, quantity) in pieces {
        let place = *places.entry((line.product.as_str(), line.sku.as_str())).or_insert(items.len());
        match items.get_mut(place) {
            Some(item) => item.quantity = item.quantity.saturating_add(quantity),
            None => items.push(ParcelItem { product: line.product.clone(), sku: line.sku.clone(), quantity }),
        }
    }
    items
}

/// Whose number this looks like, as [`ParcelDraft::carrier`] is guessed if nobody chooses: a carrier code.
#[must_use]
pub fn guess_carrier(typed: &str) -> Option<&'static str> {
    Rulebook::builtin().guess_carrier(&fold_waybill(typed))
}

fn carrier_of(
    rulebook: &Rulebook,
    carriers: &[Carrier],
    typed: &ParcelDraft,
    waybill: &str,
) -> Result<CarrierCode, CoreError> {
    let accepted =
        |code: &str| carriers.is_empty() || code == OTHER_CARRIER || carriers.iter().any(|c| c.code.as_str() == code);
    let code = match typed.carrier.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) if accepted(code) => code,
        Some(_) => return Err(not_possible(shopkeeper_protocol::reason::BAD_CARRIER)),
        None => rulebook.guess_carrier(waybill).filter(|code| accepted(code)).unwrap_or(OTHER_CARRIER),
    };
    Ok(CarrierCode::from(code))
}

/// A waybill as it is stored and sent, for a screen to check while it is typed.
///
/// # Errors
/// [`CoreError::NotPossible`]: `waybill_empty`, `waybill_format`, `waybill_length`, `waybill_two` or `waybill_digits`.
pub(crate) fn checked_waybill(rulebook: &Rulebook, typed: &str) -> Result<String, CoreError> {
    let waybill = fold_waybill(typed);
    if waybill.is_empty() {
        return Err(not_possible(reason::WAYBILL_EMPTY));
    }
    if !waybill.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(not_possible(reason::WAYBILL_FORMAT));
    }
    let telling = waybill.bytes().filter(|byte| *byte != b'-').count();
    let lengths = rulebook.waybill_lengths();
    if telling < *lengths.start() || waybill.len() > *lengths.end() {
        return Err(not_possible(reason::WAYBILL_LENGTH));
    }
    if is_two_numbers(typed, &waybill) {
        return Err(not_possible(reason::WAYBILL_TWO));
    }
    if waybill.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS {
        return Err(not_possible(reason::WAYBILL_DIGITS));
    }
    Ok(waybill)
}

/// Nobody's number has fewer digits. Words that got into the field have.
const FEWEST_DIGITS: usize = 4;

/// Numbers are printed and dictated in groups of three to six; a group as long as this is a number by itself.
const A_WHOLE_NUMBER: usize = 10;

/// Whether two scans ran into one field: two whole numbers with white space between them, or one number twice with none.
fn is_two_numbers(typed: &str, folded: &str) -> bool {
    let groups = typed.split(char::is_whitespace).map(fold_waybill);
    if groups.filter(|group| group.len() >= A_WHOLE_NUMBER).count() > 1 {
        return true;
    }
    // It is text of one byte a character by now.
    let (first, second) = folded.split_at(folded.len() / 2);
    first.len() >= A_WHOLE_NUMBER && first == second
}

/// Keyboards and scanners write one number in many ways: full-width forms become ASCII, white space and what cannot be seen goes, all
/// dashes are one, letters are upper case. Anything else stays, for the check to find.
pub(crate) fn fold_waybill(typed: &str) -> String {
    let fold = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => None,
        c if c.is_whitespace() => None,
        c => Some(c),
    };
    typed.chars().filter_map(fold).map(|c| c.to_ascii_uppercase()).collect()
}

/// The first parcel of a command whose waybill is known from elsewhere ([`reason::WAYBILL_USED`]). `known` are the waybills of other
/// orders within [`Rulebook::duplicate_window`] and those that wait on the phone, in any writing. Two orders of one address may well
/// travel in one parcel, so whoever gathers them leaves out the orders with the address hash of this one.
pub(crate) fn duplicate<'a>(ship: &'a Ship, known: impl IntoIterator<Item = &'a str>) -> Option<&'a ShipParcel> {
    let known: Vec<String> = known.into_iter().map(fold_waybill).collect();
    ship.parcels.iter().find(|parcel| known.contains(&parcel.waybill))
}

fn not_possible(code: &str) -> CoreError {
    CoreError::NotPossible(ReasonCode::from(code))
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
