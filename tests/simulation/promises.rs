//! What must hold: at any moment, and once everything has healed and drained. Pure, over [`Evidence`] and [`Ledger`].

use std::collections::BTreeMap;

use shopkeeper_core::ids::ReasonCode;
use shopkeeper_core::orders::Count;
use shopkeeper_core::outbox::{ItemState, OutboxItem, WorkKind};
use shopkeeper_sandbox::world::{Actor, Books, EffectKind, OrderBook};

use super::evidence::{Evidence, OrderSight, PhoneSight};
use super::ledger::{Confirmed, Ledger, TakenBack};

/// A broken promise, in words.
pub type Broken = String;

/// Holds at every moment: nothing happened twice, nothing that was confirmed is nowhere, badges are their lists.
pub fn always(evidence: &Evidence, ledger: &Ledger) -> Result<(), Broken> {
    nothing_happened_twice(&evidence.books, ledger)?;
    for phone in &evidence.phones {
        badges_are_their_lists(phone)?;
        nothing_is_lost(phone, ledger, &evidence.books)?;
        only_a_reason_stops_a_command(phone, ledger)?;
    }
    Ok(())
}

/// Holds when everything has healed and drained, in evidence of everything.
pub fn finally(evidence: &Evidence, ledger: &Ledger) -> Result<(), Broken> {
    always(evidence, ledger)?;
    for phone in &evidence.phones {
        the_phone_equals_the_platform(phone, evidence)?;
        what_only_the_phone_knows_is_there(phone, ledger)?;
        screens_are_fresh(phone)?;
    }
    Ok(())
}

/// At most once: a waybill or a note text, each unique in a world, has at most one effect by the API. A note of unknown outcome that its
/// merchant, who was told so, writes again may have one more: a colleague's note may lie between the two.
fn nothing_happened_twice(books: &Books, ledger: &Ledger) -> Result<(), Broken> {
    let mut seen: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (mark, at) in marks(books) {
        let times = seen.entry(mark.clone()).or_default();
        times.push(at);
        if times.len() > 1 + ledger.written_again.get(&mark).copied().unwrap_or(0) {
            return Err(format!("{mark} took effect too often, at {times:?}"));
        }
    }
    Ok(())
}

/// Waybills and texts that took effect by the API, each with its time.
fn marks(books: &Books) -> Vec<(String, i64)> {
    let ours = books.effects.iter().filter(|effect| effect.by == Actor::Api);
    ours.flat_map(|effect| {
        let marks = match &effect.kind {
            EffectKind::Delivery { parcels } => parcels.iter().map(|parcel| parcel.waybill.clone()).collect(),
            EffectKind::Note { text } => vec![text.clone()],
            // No phone here writes anything else.
            _ => Vec::new(),
        };
        marks.into_iter().map(|mark| (mark, effect.at))
    })
    .collect()
}

/// A badge is the length of the list that it opens, and an audit of the counters has nothing to do.
fn badges_are_their_lists(phone: &PhoneSight) -> Result<(), Broken> {
    if let Some(wrong) = phone.miscounted.first() {
        return Err(format!("phone{}: a counter does not count its list: {wrong}", phone.index));
    }
    for badge in &phone.badges {
        let fits = badge.listed == Count::Exact(badge.value) && badge.rows.is_none_or(|rows| rows == badge.value);
        if !fits {
            let (kind, value) = (&badge.kind, badge.value);
            return Err(format!("phone{}: the badge {kind} is not its list: {value}, {:?}", phone.index, badge.listed));
        }
    }
    Ok(())
}

/// Exactly once or visible: whatever this phone confirmed took effect whole, or waits in its outbox, or was taken back.
fn nothing_is_lost(phone: &PhoneSight, ledger: &Ledger, books: &Books) -> Result<(), Broken> {
    let effects: BTreeMap<String, i64> = marks(books).into_iter().collect();
    let mine = ledger.commands.iter().filter(|(_, confirmed)| confirmed.phone == phone.index);
    for (id, confirmed) in mine {
        let wanted = confirmed.wish.marks();
        let done = wanted.iter().filter(|mark| effects.contains_key(*mark)).count();
        let waits = phone.outbox.iter().any(|item| item.id == *id);
        let broken = match (done, confirmed.taken_back) {
            (0, TakenBack::No) if !waits => "was confirmed and is nowhere",
            (0, _) => continue,
            (n, _) if n < wanted.len() => "took effect in part",
            (_, TakenBack::Certainly | TakenBack::Refused) => {
                "was taken back with certainty and took effect all the same"
            }
            _ => continue,
        };
        return Err(format!("phone{}: {id} {broken}: {:?}", phone.index, confirmed.wish));
    }
    Ok(())
}

/// What needs a person names a reason, and something in this world is that reason.
fn only_a_reason_stops_a_command(phone: &PhoneSight, ledger: &Ledger) -> Result<(), Broken> {
    for item in &phone.outbox {
        let (ItemState::NeedsAction { reason, .. } | ItemState::Unknown { reason } | ItemState::Held { reason }) =
            &item.state
        else {
            continue;
        };
        if !has_a_cause(item, reason, ledger) {
            return Err(format!("phone{}: {} was stopped by {reason} for no reason", phone.index, item.id));
        }
    }
    Ok(())
}

fn has_a_cause(item: &OutboxItem, reason: &ReasonCode, ledger: &Ledger) -> bool {
    use shopkeeper_protocol::reason as r;
    let rivals = || ledger.has_rivals(item);
    match reason.as_str() {
        // Somebody else did something with the order: a buyer, a colleague, the other phone, or another command of this one.
        r::LINES_CHANGED | r::ALREADY_SHIPPED | r::STATE_CHANGED | r::NOTE_CHANGED => rivals(),
        r::ADDRESS_REQUEST_PENDING | r::ADDRESS_CHANGED | r::AFTER_SALE_OPEN => ledger.is_touched(&item.number),
        r::ANSWER_LOST => ledger.answers_may_be_lost,
        // After a restart the relay cannot tell its own store from a restored one, so any restart may be the reason.
        r::RELAY_RESTORED => ledger.relay_was_killed,
        _ => false,
    }
}

/// Per order: status, lines, parcels and merchant note; and the same orders on both sides, each once.
fn the_phone_equals_the_platform(phone: &PhoneSight, evidence: &Evidence) -> Result<(), Broken> {
    if let Some(number) = phone.listed_twice.first() {
        return Err(format!("phone{}: {number} is listed twice", phone.index));
    }
    for book in &evidence.books.orders {
        let number = book.id.number().to_string();
        let Some(sight) = phone.orders.get(&number) else {
            return Err(format!("phone{} lacks {number}", phone.index));
        };
        let lines = evidence.lines.get(&number).map(Vec::as_slice).unwrap_or_default();
        if let Some(what) = difference(sight, book, lines, &phone.outbox) {
            return Err(format!("phone{}: {number}: {what}", phone.index));
        }
    }
    if phone.orders.len() > evidence.books.orders.len() {
        return Err(format!("phone{} shows orders that the platform does not have", phone.index));
    }
    Ok(())
}

fn difference(
    sight: &OrderSight,
    book: &OrderBook,
    lines: &[super::evidence::LineSight],
    outbox: &[OutboxItem],
) -> Option<String> {
    let differs =
        |what: &str, here: String, there: String| Some(format!("{what}: {here} here, {there} at the platform"));
    if sight.status != i64::from(book.status.code()) {
        return differs("status", sight.status.to_string(), book.status.code().to_string());
    }
    if sight.lines != lines {
        return differs("lines", format!("{:?}", sight.lines), format!("{lines:?}"));
    }
    let parcels = book
        .parcels
        .iter()
        .map(|parcel| (parcel.waybill.clone(), parcel.items.iter().map(|item| u32::from(item.count)).sum::<u32>()));
    let mut parcels: Vec<_> = parcels.collect();
    parcels.sort();
    if sight.parcels != parcels {
        return differs("parcels", format!("{:?}", sight.parcels), format!("{parcels:?}"));
    }
    // A note that still waits lies on top of what the platform has.
    let queued = outbox.iter().any(|item| item.order == sight.key && matches!(item.work, WorkKind::Note { .. }));
    if !queued && sight.merchant_note != book.merchant_note {
        return differs("note", sight.merchant_note.clone(), book.merchant_note.clone());
    }
    None
}

/// Flags and private notes are where they were put.
fn what_only_the_phone_knows_is_there(phone: &PhoneSight, ledger: &Ledger) -> Result<(), Broken> {
    let of = |key| phone.orders.values().find(|sight| sight.key == key);
    for ((index, key), flag) in &ledger.flags {
        if *index == phone.index && of(key.clone()).is_none_or(|sight| sight.flag != *flag) {
            return Err(format!("phone{index}: the flag of {key} is not {flag:?}, which was set last"));
        }
    }
    for ((index, key), notes) in &ledger.notes {
        if *index == phone.index && of(key.clone()).is_none_or(|sight| sight.private_notes != *notes) {
            return Err(format!("phone{index}: the {} private notes of {key} are not there", notes.len()));
        }
    }
    Ok(())
}

/// Whatever is open on a phone shows what there is.
fn screens_are_fresh(phone: &PhoneSight) -> Result<(), Broken> {
    match phone.stale_screens.first() {
        Some(stale) => Err(format!("phone{}: {stale}", phone.index)),
        None => Ok(()),
    }
}

/// A phone that was killed opens on what it showed: the same orders, and the same work.
pub fn opens_on_what_it_showed(before: &PhoneSight, after: &PhoneSight) -> Result<(), Broken> {
    let index = before.index;
    for (number, sight) in &before.orders {
        if after.orders.get(number) != Some(sight) {
            let after = after.orders.get(number);
            return Err(format!("phone{index}: killed, it showed {sight:?}; opened again, it shows {after:?}"));
        }
    }
    let work = |phone: &PhoneSight| phone.outbox.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    if work(before) != work(after) || before.orders.len() != after.orders.len() {
        return Err(format!("phone{index}: killed with {:?}, opened again with {:?}", work(before), work(after)));
    }
    Ok(())
}

/// Whether nothing moves by itself any more: what is left waits for a person, or behind something that does.
pub fn has_drained(evidence: &Evidence) -> bool {
    let stuck = |item: &OutboxItem| matches!(item.state, ItemState::NeedsAction { .. } | ItemState::Unknown { .. });
    evidence.phones.iter().all(|phone| {
        let is_behind = |item: &OutboxItem| phone.outbox.iter().any(|other| stuck(other) && other.order == item.order);
        phone.outbox.iter().all(|item| stuck(item) || is_behind(item))
    })
}

/// What the merchants confirmed and where it went, for the last line of a run.
pub fn tally(ledger: &Ledger, books: &Books) -> Tally {
    let effects: BTreeMap<String, i64> = marks(books).into_iter().collect();
    let delivered = |confirmed: &Confirmed| confirmed.wish.marks().iter().all(|mark| effects.contains_key(mark));
    Tally {
        confirmed: ledger.commands.len(),
        delivered: ledger.commands.values().filter(|confirmed| delivered(confirmed)).count(),
        taken_back: ledger.commands.values().filter(|confirmed| confirmed.taken_back != TakenBack::No).count(),
    }
}

/// See [`tally`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub confirmed: usize,
    pub delivered: usize,
    pub taken_back: usize,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.confirmed += other.confirmed;
        self.delivered += other.delivered;
        self.taken_back += other.taken_back;
    }
}

/// What is left in the outboxes.
pub fn waiting(evidence: &Evidence) -> Vec<(usize, OutboxItem)> {
    let items =
        evidence.phones.iter().flat_map(|phone| phone.outbox.iter().map(move |item| (phone.index, item.clone())));
    items.collect()
}
