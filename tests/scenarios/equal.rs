//! Two comparisons over everything: phones with the platform, and what has to hold after every single step.

use std::collections::BTreeSet;

use shopkeeper_core::orders::{Count, From, OrderDetail, OrderFilter, OrderSort, Orders, ParcelStanding, Window};
use shopkeeper_core::outbox::WorkKind;
use shopkeeper_sandbox::world::{Actor, EffectKind, OrderBook};

use super::compare::Comparison;
use crate::support::town::Town;

/// Compares one phone or all with the platform's books.
pub fn compare(town: &Town, phone: Option<&str>, all: &mut Comparison) -> Result<(), String> {
    for (_, name) in town.phones().filter(|(_, name)| phone.is_none_or(|phone| phone == *name)) {
        let books = town.world.shop.with(|shop| shop.books());
        let core = town.core(Some(name))?;
        let orders = core.orders().map_err(|error| error.to_string())?;
        all.field(&format!("{name}: orders"), Some(&books.orders.len()), every(&orders)?.len());
        let waiting = core.outbox().and_then(|outbox| outbox.view()).map_err(|error| error.to_string())?;
        for book in &books.orders {
            let order = town.name_of(&book.id.to_string());
            let detail = town.detail(Some(name), &order)?;
            let lines = town.world.shop.with(|shop| shop.lines_of(book.id));
            let noting = |work: &WorkKind| matches!(work, WorkKind::Note { .. });
            let queued = waiting.items.iter().any(|item| item.order == detail.row.key && noting(&item.work));
            let there: Vec<_> = lines.iter().map(|line| (u32::from(line.2), u32::from(line.3))).collect();
            one(&format!("{name}: {order}"), &detail, book, &there, queued, all);
        }
    }
    Ok(())
}

fn one(name: &str, detail: &OrderDetail, book: &OrderBook, lines: &[(u32, u32)], queued: bool, all: &mut Comparison) {
    all.field(&format!("{name}: status"), Some(&i64::from(book.status.code())), detail.row.status);
    let here: Vec<_> = detail.lines.iter().map(|line| (line.quantity, line.shipped)).collect();
    all.field(&format!("{name}: lines (pieces, shipped)"), Some(&lines.to_vec()), here);
    let recorded = detail.parcels.iter().filter(|parcel| matches!(parcel.standing, ParcelStanding::Recorded { .. }));
    let mut here: Vec<(String, u32)> =
        recorded.map(|parcel| (parcel.waybill.clone(), parcel.items.iter().map(|item| item.quantity).sum())).collect();
    let there = book.parcels.iter();
    let mut there: Vec<(String, u32)> = there
        .map(|parcel| (parcel.waybill.clone(), parcel.items.iter().map(|item| u32::from(item.count)).sum()))
        .collect();
    here.sort();
    there.sort();
    all.field(&format!("{name}: parcels"), Some(&there), here);
    if !queued {
        all.field(&format!("{name}: platform note"), Some(&book.merchant_note), detail.row.merchant_note.clone());
    }
}

/// The numbers of all orders of a phone, window by window as a person scrolls.
fn every(orders: &Orders) -> Result<BTreeSet<String>, String> {
    let (mut all, mut window) = (BTreeSet::new(), Window::top(200));
    loop {
        let list =
            orders.list(&OrderFilter::default(), OrderSort::Newest, &window).map_err(|error| error.to_string())?;
        for row in list.rows {
            if !all.insert(row.number.clone()) {
                return Err(format!("{} is listed twice", row.number));
            }
        }
        match list.after {
            Some(anchor) => window.from = From::After(anchor),
            None => return Ok(all),
        }
    }
}

/// What no step may break: a badge is the length of its list, every counter counts its list, and nothing took effect twice.
///
/// # Errors
/// The promise that is broken.
pub fn promises(town: &Town) -> Result<(), String> {
    let books = town.world.shop.with(|shop| shop.books());
    let mut seen = BTreeSet::new();
    for effect in books.effects.iter().filter(|effect| effect.by == Actor::Api) {
        let marks = match &effect.kind {
            EffectKind::Delivery { parcels } => parcels.iter().map(|parcel| parcel.waybill.clone()).collect(),
            EffectKind::Note { text } => vec![text.clone()],
            // No phone here writes anything else.
            _ => Vec::new(),
        };
        for mark in marks {
            if !seen.insert((effect.order, mark.clone())) {
                return Err(format!("{mark} took effect twice on {}", town.name_of(&effect.order.to_string())));
            }
        }
    }
    for (_, name) in town.phones() {
        let core = town.core(Some(name))?;
        if core.shop().is_none() {
            continue;
        }
        let audit = core.home().and_then(|home| home.audit()).map_err(|error| error.to_string())?;
        if !audit.repaired.is_empty() {
            return Err(format!("{name}: counters that do not count their lists: {:?}", audit.repaired));
        }
        let (home, orders) = (core.home(), core.orders().map_err(|error| error.to_string())?);
        for counter in home.and_then(|home| home.view()).map_err(|error| error.to_string())?.counters {
            let list =
                orders.list(&counter.opens, OrderSort::Newest, &Window::top(200)).map_err(|error| error.to_string())?;
            let rows = list.rows.len() as u64;
            if list.count != Count::Exact(counter.value) || rows != counter.value.min(200) {
                return Err(format!(
                    "{name}: badge {:?} says {}, its list has {:?}",
                    counter.kind, counter.value, list.count
                ));
            }
        }
    }
    Ok(())
}
