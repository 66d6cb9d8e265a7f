//! One walk through what can be found.

use std::collections::{BTreeSet, VecDeque};

use shopkeeper_protocol::Command;

use super::SearchQuery;
use super::fields::{Field, Value, has_all};
use super::fold::fold;
use super::terms::Term;
use super::tokens::{Asked, asked};
use crate::ids::OrderKey;
use crate::orders::rules::{self, Lies, lies};
use crate::store::orders::{Direction, Found, Place, Searchables, Sieve, Sifting};
use crate::store::{StoreError, View};
use crate::sync::Version;

/// Orders that are searched by reading them, while the index has yet to reach them: some ten milliseconds.
const READ: u32 = 2_000;
/// Places that are taken from the index in one step: as many as are likely to be needed.
const SHORTEST_STEP: usize = 8;
const LONGEST_STEP: usize = 1_024;
/// Orders that have to be read before it is said that too many of them are wrong.
const SAMPLE: usize = if cfg!(test) { 2 } else { 16 };
/// Orders that are looked at for one window: some ten milliseconds.
const LOOKED_AT: usize = if cfg!(test) { 12 } else { 2_000 };
/// How many times as far a walk goes for the first that it finds.
const PATIENCE: usize = if cfg!(test) { 2 } else { 8 };

/// What is looked for, and where beside the index.
pub(super) struct Search<'a> {
    view: &'a View<'a>,
    query: &'a SearchQuery,
    terms: &'a [Term],
    sieve: Sieve,
    asked: Asked,
    /// Where orders stand of which this phone knows something that a word is in.
    own: BTreeSet<Place>,
}

/// How far a walk came.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// In the order of the walk.
    pub(super) found: Vec<Found>,
    /// Where it ended because it had looked at enough, though there may be more.
    pub(super) stopped: Option<Place>,
    /// Orders that the index has yet to reach and that were too many to read.
    pub(super) left_out: u64,
}

impl<'a> Search<'a> {
    pub(super) fn new(view: &'a View<'a>, query: &'a SearchQuery, terms: &'a [Term]) -> Result<Self, StoreError> {
        let own = own(view, query, terms)?;
        Ok(Self { view, query, terms, sieve: Sieve::of(&query.filter), asked: asked(terms, &query.flag_names), own })
    }

    /// What is found from a place on (which is left out), the nearest `most`. Candidates are read one by one until those are there.
    pub(super) fn walk(&self, from: Place, direction: Direction, most: usize) -> Result<Reached, StoreError> {
        let cache = &self.view.cache;
        let mut reached = Reached::default();
        let owed = cache.owed_text(from, direction, READ)?;
        if let Some(last) = owed.last().filter(|_| owed.len() >= usize::try_from(READ).unwrap_or(usize::MAX)) {
            reached.left_out = match direction {
                Direction::Down => cache.owed_text_count(*last, Place::LAST)?,
                Direction::Up => cache.owed_text_count(Place::FIRST, *last)?,
            };
        }
        let own = self.own.iter().copied().filter(|place| place.is_beyond(from, direction));
        let mut beside = Nearest::new(own.chain(owed).collect(), direction);
        let mut indexed =
            Indexed { search: self, asked: &self.asked.loosely, from, direction, taken: 0, ahead: VecDeque::new() };
        let (mut sifting, mut orders) = (self.sifting()?, cache.searchables()?);
        let (mut looked_at, mut read) = (0, 0);
        while reached.found.len() < most {
            let found = reached.found.len();
            if read >= SAMPLE && found < read / 2 {
                indexed.asked = &self.asked.firmly;
            }
            let Some(place) = nearer(beside.peek(), indexed.peek(most - found, found)?, direction) else { break };
            let enough = if reached.found.is_empty() { LOOKED_AT * PATIENCE } else { LOOKED_AT };
            if looked_at >= enough {
                // The walk goes on with the place that it did not look at.
                reached.stopped = Some(place.beside(direction.turned()));
                break;
            }
            beside.pass(place);
            indexed.pass(place);
            if sifting.passes(place)? {
                read += 1;
                reached.found.extend(self.look(&mut orders, place)?);
            }
            looked_at += 1;
        }
        Ok(reached)
    }

    /// The order at a place, if the words are in it.
    fn look(&self, orders: &mut Searchables<'_>, place: Place) -> Result<Option<Found>, StoreError> {
        let order = shown(self.view, self.query, orders, place)?;
        Ok(order.filter(|order| has_all(&order.values, self.terms)))
    }

    /// What tells whether the order at a place is on the list that is searched.
    pub(super) fn sifting(&self) -> Result<Sifting<'a>, StoreError> {
        self.view.cache.sifting(&self.sieve)
    }
}

/// Places of one kind, the nearest first.
struct Nearest {
    places: BTreeSet<Place>,
    direction: Direction,
}

impl Nearest {
    const fn new(places: BTreeSet<Place>, direction: Direction) -> Self {
        Self { places, direction }
    }

    fn peek(&self) -> Option<Place> {
        match self.direction {
            Direction::Down => self.places.first().copied(),
            Direction::Up => self.places.last().copied(),
        }
    }

    fn pass(&mut self, place: Place) {
        self.places.remove(&place);
    }
}

/// What the index has, taken from it in steps.
struct Indexed<'a> {
    search: &'a Search<'a>,
    /// What it is asked for from the next step on.
    asked: &'a str,
    /// The last place that was taken.
    from: Place,
    direction: Direction,
    /// How many were taken.
    taken: usize,
    ahead: VecDeque<Place>,
}

impl Indexed<'_> {
    /// The next place. `missing`: how many the walk has yet to find, beside the `found`.
    fn peek(&mut self, missing: usize, found: usize) -> Result<Option<Place>, StoreError> {
        if self.ahead.is_empty() {
            // As many as it took so far, and a quarter more: a step too short costs another look into the index.
            let likely = match (self.taken, found) {
                (0, _) => missing,
                (taken, 0) => taken.saturating_mul(2),
                (taken, found) => missing.saturating_mul(taken) / found,
            };
            let step = likely.saturating_add(likely / 4).clamp(SHORTEST_STEP, LONGEST_STEP);
            let step = u32::try_from(step).unwrap_or(u32::MAX);
            self.ahead.extend(self.search.view.cache.indexed_text(self.asked, self.from, self.direction, step)?);
            self.taken += self.ahead.len();
            self.from = self.ahead.back().copied().unwrap_or(self.from);
        }
        Ok(self.ahead.front().copied())
    }

    fn pass(&mut self, place: Place) {
        if self.ahead.front() == Some(&place) {
            self.ahead.pop_front();
        }
    }
}

fn nearer(a: Option<Place>, b: Option<Place>, direction: Direction) -> Option<Place> {
    match direction {
        Direction::Down => a.into_iter().chain(b).min(),
        Direction::Up => a.into_iter().chain(b).max(),
    }
}

/// Where orders stand of which this phone knows something that a word is in and the index may not: notes and flags that the mirror has yet
/// to write, and what is queued, whether it still lies over what the cache has or not.
fn own(view: &View<'_>, query: &SearchQuery, terms: &[Term]) -> Result<BTreeSet<Place>, StoreError> {
    let is_in = |value: &Value| terms.iter().any(|term| value.has(term));
    let named = |name: &String| is_in(&Value::new(Field::Flag, 0, name));
    let flags: BTreeSet<_> = query.flag_names.iter().filter(|(_, name)| named(name)).map(|(flag, _)| *flag).collect();
    let mut keys: BTreeSet<&OrderKey> = BTreeSet::new();
    // Between an open and the first look of the mirror these are all notes: one buffer for all of them.
    let mut folded = Vec::new();
    for (key, mark) in view.local.ahead() {
        folded.clear();
        folded.extend(mark.note.iter().flat_map(|note| note.chars()).map(fold));
        let noted = || terms.iter().any(|term| Field::PrivateNote.has(&folded, term));
        if mark.flag.is_some_and(|flag| flags.contains(&flag)) || noted() {
            keys.insert(key);
        }
    }
    for (key, rows) in view.local.overlays.orders() {
        let in_command = |command: &Command| match command {
            Command::Note(note) => is_in(&Value::new(Field::PlatformNote, 0, &note.text)),
            Command::Ship(ship) => {
                ship.parcels.iter().any(|parcel| is_in(&Value::new(Field::Waybill, 0, &parcel.waybill)))
            }
        };
        if rows.iter().any(|row| in_command(&row.command)) {
            keys.insert(key);
        }
    }
    let mut places = BTreeSet::new();
    for key in keys {
        places.extend(view.cache.place_of(key)?);
    }
    Ok(places)
}

/// An order as a screen shows it; none if it stands elsewhere by now.
pub(super) fn shown(
    view: &View<'_>,
    query: &SearchQuery,
    orders: &mut Searchables<'_>,
    place: Place,
) -> Result<Option<Found>, StoreError> {
    let Some(mut order) = orders.at(place)? else { return Ok(None) };
    lay_over(view, query, &mut order)?;
    Ok(Some(order))
}

/// The fields of an order as a screen shows it: with the private note, the flag, the queued note of the platform, and the parcels that are
/// typed.
fn lay_over(view: &View<'_>, query: &SearchQuery, order: &mut Found) -> Result<(), StoreError> {
    if let Some(mark) = view.local.mark(&order.key) {
        order.values.extend(mark.note.as_ref().map(|note| Value::new(Field::PrivateNote, 0, note)));
        let name = mark.flag.and_then(|flag| query.flag_names.get(&flag));
        order.values.extend(name.map(|name| Value::new(Field::Flag, 0, name)));
    }
    let rows = view.local.overlays.of(&order.key);
    if rows.is_empty() {
        return Ok(());
    }
    let version = view.cache.order_version(&order.key)?.unwrap_or(Version { generation: 0, seq: 0 });
    let is_note = |value: &Value| value.field == Field::PlatformNote;
    let cached = order.values.iter().find(|value| is_note(value)).map_or_else(String::new, |value| value.text.clone());
    let on_top = rules::note_on_top(&cached, rows.iter().map(AsRef::as_ref), version).to_owned();
    if on_top != cached {
        order.values.retain(|value| !is_note(value));
        order.values.push(Value::new(Field::PlatformNote, 0, on_top));
    }
    let mut at = u32::try_from(order.values.iter().filter(|value| value.field == Field::Waybill).count()).unwrap_or(0);
    for row in rows {
        let Command::Ship(ship) = &row.command else { continue };
        if matches!(lies(row, version), Lies::Saved | Lies::Checking) {
            for parcel in &ship.parcels {
                order.values.push(Value::new(Field::Waybill, at, &parcel.waybill));
                at = at.saturating_add(1);
            }
        }
    }
    Ok(())
}
