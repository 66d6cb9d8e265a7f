//! The timeline: every fact in an order's life that anybody told us, and what this phone did, in one line of time.

use shopkeeper_protocol::{Command, Order, OrderEvent};

use super::registers::Written;
use super::rules::{Lies, lies, some_instant};
use super::{Flag, TimelineEntry, lines};
use crate::store::orders::LateFact;
use crate::store::outbox::CommandRow;
use crate::sync::Version;
use crate::time::{Instant, Span};

/// What a timeline is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a, Rows> {
    pub(crate) order: &'a Order,
    /// The version of `order` that the cache holds.
    pub(crate) cached: Version,
    pub(crate) events: &'a [OrderEvent],
    pub(crate) late: &'a [LateFact],
    pub(crate) flags: &'a [Written<Option<Flag>>],
    pub(crate) notes: &'a [Written<String>],
    /// The order's commands.
    pub(crate) rows: Rows,
}

/// A push may tell the same wish that the order tells, a moment apart.
const SAME_WISH: Span = Span::minutes(1);

/// In event-time order, the oldest first; facts of one moment in the order of an order's life.
pub(crate) fn timeline<'a>(sources: Sources<'a, impl IntoIterator<Item = &'a CommandRow>>) -> Vec<TimelineEntry> {
    let Sources { order, cached, events, late, flags, notes, rows } = sources;
    let mut entries = facts(order, events);
    mark_late(&mut entries, order, late);
    for written in flags {
        let (kind, detail) = written.value.map_or(("flag_cleared", ""), |flag| ("flag", flag.name()));
        entries.push(entry(written.stamp.at(), kind, detail, true));
    }
    for written in notes {
        entries.push(entry(written.stamp.at(), "note", &written.value, true));
    }
    for row in rows {
        if matches!(lies(row, cached), Lies::Nothing | Lies::Recorded) {
            continue;
        }
        match &row.command {
            Command::Ship(ship) => {
                let unseen = ship.parcels.iter().filter(|parcel| !lines::shows(order, &parcel.waybill));
                entries.extend(unseen.map(|parcel| entry(row.created_at, "ship_saved", &parcel.waybill, true)));
            }
            Command::Note(note) => entries.push(entry(row.created_at, "note_saved", &note.text, true)),
        }
    }
    // Stable: what has no order of its own keeps the order in which it was told.
    entries.sort_by_key(|entry| (entry.at, stage(&entry.kind)));
    entries
}

/// Says of facts that they came late.
fn mark_late(entries: &mut [TimelineEntry], order: &Order, late: &[LateFact]) {
    if late.is_empty() {
        return;
    }
    let heard = |kind: &str, at: Instant, detail: &str| {
        late.iter().find(|fact| fact.kind == kind && fact.at == at && fact.detail == detail).map(|fact| fact.heard_at)
    };
    let wish = order.address_request.as_ref().and_then(|request| some_instant(request.asked_at));
    for entry in entries {
        entry.late = heard(&entry.kind, entry.at, &entry.detail);
        // The order may have told in time what a push told late.
        let told_in_time =
            |asked: Instant| is_same_wish(asked, entry.at) && heard(ADDRESS_REQUEST, asked, "").is_none();
        if entry.kind == ADDRESS_REQUEST && wish.is_some_and(told_in_time) {
            entry.late = None;
        }
    }
}

fn is_same_wish(one: Instant, other: Instant) -> bool {
    one.since(other).as_ms().saturating_abs() <= SAME_WISH.as_ms()
}

/// What an order and its events tell, in no order.
pub(crate) fn facts(order: &Order, events: &[OrderEvent]) -> Vec<TimelineEntry> {
    let fact = |ms: Option<i64>, kind: &str| ms.and_then(some_instant).map(|at| entry(at, kind, "", false));
    let mut entries: Vec<TimelineEntry> = [
        fact(Some(order.created_at), "created"),
        fact(order.paid_at, "paid"),
        fact(order.received_at, "received"),
        fact(order.settled_at, "settled"),
    ]
    .into_iter()
    .flatten()
    .collect();
    for parcel in &order.parcels {
        if let Some(at) = some_instant(parcel.shipped_at) {
            entries.push(entry(at, "shipped", &parcel.waybill, false));
        }
    }
    let told = |event: &OrderEvent| entry(Instant::from_ms(event.at), &event.kind, "", false);
    entries.extend(events.iter().map(told));
    if let Some(asked_at) = order.address_request.as_ref().and_then(|request| some_instant(request.asked_at)) {
        let same =
            |event: &OrderEvent| event.kind == ADDRESS_REQUEST && is_same_wish(asked_at, Instant::from_ms(event.at));
        if !events.iter().any(same) {
            entries.push(entry(asked_at, ADDRESS_REQUEST, "", false));
        }
    }
    entries
}

const ADDRESS_REQUEST: &str = "address_request";

/// The order of an order's life, for facts of one moment.
fn stage(kind: &str) -> u8 {
    match kind {
        "created" => 0,
        "paid" => 1,
        "shipped" => 3,
        "received" => 4,
        "settled" => 5,
        _ => 2,
    }
}

fn entry(at: Instant, kind: &str, detail: &str, local: bool) -> TimelineEntry {
    TimelineEntry { at, kind: kind.to_owned(), detail: detail.to_owned(), local, late: None }
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
