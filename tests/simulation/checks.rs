//! What must hold: at any moment, and once everything has healed and drained.

use std::collections::BTreeMap;

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Count, From, OrderFilter, OrderSort, Window};
use shopkeeper_core::outbox::{ItemState, OutboxItem, WorkKind};
use shopkeeper_sandbox::world::{Actor, Books, EffectKind};

use super::actors::{Ledger, Wish};
use super::world::SimWorld;

/// A broken promise, in words.
pub type Broken = String;

/// Holds at every moment: badges are their lists, and nothing happened twice.
pub fn always(world: &SimWorld) -> Result<(), Broken> {
    nothing_twice(&world.shop.with(|world| world.books()))?;
    for phone in &world.phones {
        let Some(core) = &phone.core else { continue };
        let (home, orders) = (core.home().expect("paired"), core.orders().expect("paired"));
        for counter in home.view().expect("home reads").counters {
            let list = orders.list(&counter.opens, OrderSort::Newest, &Window::top(1)).expect("a list reads");
            if list.count != Count::Exact(counter.value) {
                return Err(format!("{}: badge {:?} shows {} but its list has {:?}", phone.name, counter.kind, counter.value, list.count));
            }
        }
    }
    Ok(())
}

/// At most once, always: a waybill or a note text of ours has at most one effect.
fn nothing_twice(books: &Books) -> Result<(), Broken> {
    let mut seen = BTreeMap::new();
    for effect in &books.effects {
        if effect.by != Actor::Api {
            continue;
        }
        for mark in marks(&effect.kind) {
            if let Some(before) = seen.insert(mark.clone(), effect.at) {
                return Err(format!("{mark} took effect twice, at {before} and at {}", effect.at));
            }
        }
    }
    Ok(())
}

fn marks(effect: &EffectKind) -> Vec<String> {
    match effect {
        EffectKind::Deliver { parcels } => parcels.iter().map(|parcel| parcel.waybill.clone()).collect(),
        EffectKind::Note { text } => vec![text.clone()],
    }
}

/// Whether the world has drained: nothing waits, and every phone has pulled what the relay has.
pub fn drained(world: &SimWorld) -> bool {
    world.phones.iter().all(|phone| {
        let Some(core) = &phone.core else { return false };
        let items = core.outbox().expect("paired").view().expect("the outbox reads").items;
        let stuck = |item: &OutboxItem| matches!(item.state, ItemState::NeedsAction { .. } | ItemState::Unknown { .. });
        // What waits behind a stuck command of the same order waits for a person.
        items.iter().all(|item| stuck(item) || items.iter().any(|other| stuck(other) && other.order == item.order))
    })
}

/// Holds when everything has healed and drained.
pub fn finally(world: &SimWorld, ledger: &Ledger) -> Result<(), Broken> {
    always(world)?;
    let books = world.shop.with(|world| world.books());
    every_confirmed_action_is_accounted_for(world, ledger, &books)?;
    every_phone_equals_the_platform(world, &books)?;
    what_only_phones_know_is_there(world, ledger)
}

fn every_confirmed_action_is_accounted_for(world: &SimWorld, ledger: &Ledger, books: &Books) -> Result<(), Broken> {
    let mut effects: BTreeMap<String, usize> = BTreeMap::new();
    for mark in books.effects.iter().filter(|effect| effect.by == Actor::Api).flat_map(|effect| marks(&effect.kind)) {
        *effects.entry(mark).or_default() += 1;
    }
    for (id, confirmed) in &ledger.commands {
        let wanted = match &confirmed.wish {
            Wish::Ship { waybills } => waybills.clone(),
            Wish::Note { text } => vec![text.clone()],
        };
        let done = wanted.iter().filter(|mark| effects.contains_key(*mark)).count();
        let view = world.phones[confirmed.phone].core().outbox().expect("paired").view().expect("the outbox reads");
        let waits = view.items.iter().any(|item| item.id == *id);
        match (done, confirmed.withdrawn) {
            (0, true) => {}
            (0, false) if waits => {}
            (0, false) => return Err(format!("{id} ({:?}) was confirmed and is nowhere", confirmed.wish)),
            // A retried or taken back command of unknown outcome may have had its effect; the merchant was told so.
            (n, _) if n == wanted.len() => {}
            (n, _) => return Err(format!("{id}: {n} of {} parcels took effect", wanted.len())),
        }
    }
    Ok(())
}

fn every_phone_equals_the_platform(world: &SimWorld, books: &Books) -> Result<(), Broken> {
    for phone in &world.phones {
        let orders = phone.core().orders().expect("paired");
        let (all, outbox) = (all_keys(&orders), phone.core().outbox().expect("paired").view().expect("reads"));
        if all.len() != books.orders.len() {
            return Err(format!("{} has {} orders, the platform {}", phone.name, all.len(), books.orders.len()));
        }
        for book in &books.orders {
            let number = book.id.number().to_string();
            let key = all.get(&number).ok_or_else(|| format!("{} lacks {number}", phone.name))?;
            let detail = orders.detail(key).expect("a listed order reads");
            let differs = |what: &str, here: String, there: String| {
                Err(format!("{}: {what} of {number} is {here} here and {there} at the platform", phone.name))
            };
            if detail.row.status != i64::from(book.status.code()) {
                return differs("status", detail.row.status.to_string(), book.status.code().to_string());
            }
            let mut here: Vec<_> = detail
                .parcels
                .iter()
                .filter(|parcel| matches!(parcel.standing, shopkeeper_core::orders::ParcelStanding::Recorded { .. }))
                .map(|parcel| (parcel.waybill.clone(), parcel.items.iter().map(|item| item.quantity).sum::<u32>()))
                .collect();
            let mut there: Vec<_> = book
                .parcels
                .iter()
                .map(|parcel| (parcel.waybill.clone(), parcel.items.iter().map(|item| u32::from(item.count)).sum()))
                .collect();
            here.sort();
            there.sort();
            if here != there {
                return differs("parcels", format!("{here:?}"), format!("{there:?}"));
            }
            let queued = outbox.items.iter().any(|item| item.order == *key && matches!(item.work, WorkKind::Note { .. }));
            if !queued && detail.row.merchant_note != book.merchant_note {
                return differs("note", detail.row.merchant_note.clone(), book.merchant_note.clone());
            }
        }
    }
    Ok(())
}

/// Every order of a phone by its number, read window by window as a person scrolls.
fn all_keys(orders: &shopkeeper_core::orders::Orders) -> BTreeMap<String, OrderKey> {
    let mut all = BTreeMap::new();
    let mut window = Window::top(200);
    loop {
        let list = orders.list(&OrderFilter::default(), OrderSort::Newest, &window).expect("a list reads");
        for row in list.rows {
            assert!(all.insert(row.number.clone(), row.key).is_none(), "{} is listed twice", row.number);
        }
        match list.after {
            Some(anchor) => window.from = From::After(anchor),
            None => return all,
        }
    }
}

fn what_only_phones_know_is_there(world: &SimWorld, ledger: &Ledger) -> Result<(), Broken> {
    for ((phone, key), flag) in &ledger.flags {
        let detail = world.phones[*phone].core().orders().expect("paired").detail(key).expect("a flagged order reads");
        if detail.row.flag != *flag {
            return Err(format!("phone{phone}: flag of {key} is {:?}, set was {flag:?}", detail.row.flag));
        }
    }
    for ((phone, key), notes) in &ledger.notes {
        let detail = world.phones[*phone].core().orders().expect("paired").detail(key).expect("a noted order reads");
        let mut here: Vec<_> = detail.notes.iter().map(|note| note.text.clone()).collect();
        here.reverse();
        if here != *notes {
            return Err(format!("phone{phone}: {key} has {} notes, {} were written", here.len(), notes.len()));
        }
    }
    Ok(())
}
