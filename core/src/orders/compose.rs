//! What screens see of an order, put together from what the cache said and what lies on top from this phone. Pure: whoever reads the
//! store took the commands first and the cache after them, so nothing can be in neither.

use std::sync::Arc;

use shopkeeper_protocol::{Carrier, Command, Order, OrderLine, ParcelItem};

use super::buyer::BuyerCard;
use super::lines::{self, LineStanding};
use super::registers::Written;
use super::rules::{self, Lies, lies};
use super::timeline::{self, Sources};
use super::{
    AddressWish, Anchor, Flag, LineDetail, ListState, NoteVersion, OrderDetail, OrderRow, ParcelDetail, ParcelPiece,
    ParcelStanding, Phase, actions, after_sales, money,
};
use crate::deadlines;
use crate::money::Money;
use crate::rulebook::Rulebook;
use crate::store::LocalMark;
use crate::store::orders::{StoredOrder, StoredRow};
use crate::store::outbox::CommandRow;
use crate::sync::Version;
use crate::time::Instant;

/// A row of a list. `rows` are the order's commands in lane order, `mark` what a merchant put on it.
pub(crate) fn row(stored: StoredRow, anchor: Anchor, mark: Option<&LocalMark>, rows: &[Arc<CommandRow>]) -> OrderRow {
    let commands = || rows.iter().map(Arc::as_ref);
    let note = mark.and_then(|mark| mark.note.clone());
    OrderRow {
        shipping: rules::shipping(stored.recorded, stored.unshipped, commands(), stored.version),
        work: rules::work(commands()),
        merchant_note: rules::note_on_top(&stored.merchant_note, commands(), stored.version).to_owned(),
        flag: mark.and_then(|mark| mark.flag),
        note: note.filter(|text| !text.is_empty()),
        key: stored.key,
        number: stored.number,
        phase: stored.phase,
        status: stored.status,
        created_at: stored.created_at,
        paid_at: stored.paid_at,
        ship_by: stored.ship_by,
        buyer: stored.buyer,
        province: stored.province,
        city: stored.city,
        payable: stored.payable,
        lines: stored.lines,
        more_lines: stored.more_lines,
        buyer_note: stored.buyer_note,
        // An answered one is history: the timeline tells it.
        hurried_at: stored.hurried_at.filter(|_| stored.hurried),
        one_parcel: stored.one_parcel,
        address_requested: stored.address_asked_at.is_some(),
        after_sale_open: stored.after_sale_open,
        gift: stored.gift,
        presale: stored.presale,
        anchor,
    }
}

/// What a detail is made of, beside its row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DetailSources<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) stored: &'a StoredOrder,
    /// Every version, in any order.
    pub(crate) flags: &'a [Written<Option<Flag>>],
    pub(crate) notes: &'a [Written<String>],
    /// The order's commands in lane order.
    pub(crate) rows: &'a [Arc<CommandRow>],
    pub(crate) carriers: &'a [Carrier],
    pub(crate) buyer: Option<&'a BuyerCard>,
}

/// An order in full. `row` is its row at the same revision; `undoable` knows the clock.
pub(crate) fn detail(
    revision: u64,
    row: OrderRow,
    state: ListState,
    sources: &DetailSources<'_>,
    undoable: impl Fn(&CommandRow) -> bool,
) -> OrderDetail {
    let DetailSources { rulebook, stored, flags, notes, rows, carriers, buyer } = *sources;
    let (order, cached) = (&stored.order, stored.version);
    let commands = || rows.iter().map(Arc::as_ref);
    let phase = rulebook.phase(&row.key, order.status);
    let standings = lines::standings(phase, order, &lines::queued(order, commands(), cached));
    let cannot_ship = rules::cannot_ship(phase, order, &standings);
    let timeline =
        Sources { order, cached, events: &stored.events, late: &stored.late, flags, notes, rows: commands() };
    OrderDetail {
        revision,
        lines: line_details(rulebook, phase, order, &standings),
        parcels: parcels(order, commands(), cached, carriers),
        money: money::breakdown(&order.money),
        buyer: buyer.cloned(),
        phone: order.buyer.phone.clone(),
        county: order.buyer.county.clone(),
        street: order.buyer.street.clone(),
        address_request: order.address_request.as_ref().map(|wish| AddressWish {
            asked_at: Instant::from_ms(wish.asked_at),
            province: wish.province.clone(),
            city: wish.city.clone(),
            county: wish.county.clone(),
        }),
        notes: note_versions(notes),
        timeline: timeline::timeline(timeline),
        scene: order.scene,
        live_id: order.live_id.clone(),
        finder_id: order.finder_id.clone(),
        impossible: actions::impossible(cannot_ship.as_ref(), commands(), undoable),
        cannot_ship,
        after_sales: after_sales::after_sales(order),
        more: more(order),
        state,
        row,
    }
}

fn line_details(rulebook: &Rulebook, phase: Phase, order: &Order, standings: &[LineStanding]) -> Vec<LineDetail> {
    let detail = |(line, standing): (&OrderLine, &LineStanding)| {
        let waits = rules::is_shipping(phase) && standing.unshipped() > 0;
        LineDetail {
            product: line.product.clone(),
            sku: line.sku.clone(),
            title: line.title.clone(),
            sku_text: line.sku_text.clone(),
            sku_code: line.sku_code.clone(),
            state: standing.state(phase),
            quantity: line.quantity,
            shipped: standing.shipped,
            saved: standing.saved,
            remaining: standing.remaining,
            held: standing.held,
            refunded: standing.refunded,
            after_sale_open: line.after_sale_open,
            after_sale_done: line.after_sale_done,
            unit_price: Money::from_fen(line.unit_price),
            paid: Money::from_fen(line.paid),
            ship_by: if waits { deadlines::ship_by(rulebook, order.paid_at, line.ship_by) } else { None },
        }
    };
    order.lines.iter().zip(standings).map(detail).collect()
}

/// The parcels on record by the time they were recorded, then those that wait, in lane order.
fn parcels<'a>(
    order: &Order,
    rows: impl Iterator<Item = &'a CommandRow>,
    cached: Version,
    carriers: &[Carrier],
) -> Vec<ParcelDetail> {
    let named = |code: &str, name: &str| {
        let known =
            || carriers.iter().find(|carrier| carrier.code.as_str() == code).map(|carrier| carrier.name.as_str());
        let name = if name.is_empty() { known().unwrap_or(code) } else { name };
        name.to_owned()
    };
    let mut recorded: Vec<_> = order.parcels.iter().collect();
    recorded.sort_by_key(|parcel| parcel.shipped_at);
    let mut shown: Vec<ParcelDetail> = recorded
        .into_iter()
        .map(|parcel| ParcelDetail {
            carrier: parcel.carrier.clone(),
            carrier_name: named(&parcel.carrier, &parcel.carrier_name),
            waybill: parcel.waybill.clone(),
            items: pieces(order, &parcel.items),
            standing: ParcelStanding::Recorded { at: Instant::from_ms(parcel.shipped_at) },
        })
        .collect();
    for row in rows {
        let Command::Ship(ship) = &row.command else { continue };
        let command = row.id.clone();
        let standing = match lies(row, cached) {
            Lies::Saved => ParcelStanding::Saved { command },
            Lies::Checking => ParcelStanding::Checking { command },
            Lies::NeedsAction { reason, .. } => ParcelStanding::NeedsAction { command, reason },
            // The platform's own instant comes with the order; until then the tap's is the best there is.
            Lies::Recorded => ParcelStanding::Recorded { at: row.created_at },
            Lies::Nothing => continue,
        };
        let unseen = ship.parcels.iter().filter(|parcel| !lines::shows(order, &parcel.waybill));
        shown.extend(unseen.map(|parcel| ParcelDetail {
            carrier: parcel.carrier.as_str().to_owned(),
            carrier_name: named(parcel.carrier.as_str(), ""),
            waybill: parcel.waybill.clone(),
            items: pieces(order, &parcel.items),
            standing: standing.clone(),
        }));
    }
    shown
}

/// What is in a parcel, by the words of the order's lines. A product that the order does not have keeps its id.
fn pieces(order: &Order, items: &[ParcelItem]) -> Vec<ParcelPiece> {
    let piece = |item: &ParcelItem| {
        let line = order.lines.iter().find(|line| line.product == item.product && line.sku == item.sku);
        ParcelPiece {
            title: line.map_or(&item.product, |line| &line.title).clone(),
            sku_text: line.map_or(&item.sku, |line| &line.sku_text).clone(),
            quantity: item.quantity,
        }
    };
    items.iter().map(piece).collect()
}

/// Newest first.
fn note_versions(notes: &[Written<String>]) -> Vec<NoteVersion> {
    let mut sorted: Vec<_> = notes.iter().collect();
    sorted.sort_by(|a, b| b.cmp(a));
    let version = |written: &Written<String>| NoteVersion {
        text: written.value.clone(),
        at: written.stamp.at(),
        device: written.stamp.device.as_str().to_owned(),
    };
    sorted.into_iter().map(version).collect()
}

/// What the source said and this build has no place for; empty if nothing. It came as JSON, so it goes as JSON.
fn more(order: &Order) -> String {
    if order.extra.is_empty() { String::new() } else { serde_json::to_string(&order.extra).unwrap_or_default() }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
