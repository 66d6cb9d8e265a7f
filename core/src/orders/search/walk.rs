//! One walk through what can be found.

use std::collections::{BTreeMap, BTreeSet};

use shopkeeper_protocol::Command;

use super::SearchQuery;
use super::fields::{Field, Value, has_all};
use super::fold::fold;
use super::terms::Term;
use super::tokens::asked;
use crate::ids::OrderKey;
use crate::orders::rules::{self, Lies, lies};
use crate::store::orders::{Direction, Found, Place, Sieve};
use crate::store::{StoreError, View};
use crate::sync::Version;

/// Orders that are searched by reading them, while the index has yet to reach them: some ten milliseconds.
const READ: u32 = 2_000;
/// Places that are taken from the index at first; twice as many with each step, for a walk that came so far goes far.
const STEP: u32 = 64;
const LONGEST_STEP: u32 = 1_024;
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
    asked: String,
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
        let mut indexed = Indexed { search: self, from, direction, step: STEP, ahead: BTreeMap::new() };
        let mut looked_at = 0;
        while reached.found.len() < most {
            let Some(place) = nearer(beside.peek(), indexed.peek()?, direction) else { break };
            let enough = if reached.found.is_empty() { LOOKED_AT * PATIENCE } else { LOOKED_AT };
            if looked_at >= enough {
                // The walk goes on with the place that it did not look at.
                reached.stopped = Some(place.beside(direction.turned()));
                break;
            }
            beside.pass(place);
            let passes = match indexed.ahead.remove(&place) {
                Some(passes) => passes,
                None => self.passes(place)?,
            };
            if passes {
                reached.found.extend(self.look(place)?);
            }
            looked_at += 1;
        }
        Ok(reached)
    }

    /// The order at a place, if the words are in it.
    fn look(&self, place: Place) -> Result<Option<Found>, StoreError> {
        let order = shown(self.view, self.query, place)?;
        Ok(order.filter(|order| has_all(&order.values, self.terms)))
    }

    /// Whether the order at a place is on the list that is searched.
    pub(super) fn passes(&self, place: Place) -> Result<bool, StoreError> {
        self.view.cache.passes(place, &self.sieve)
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
    /// The last place that was taken.
    from: Place,
    direction: Direction,
    step: u32,
    /// With whether the order there is on the list that is searched.
    ahead: BTreeMap<Place, bool>,
}

impl Indexed<'_> {
    fn peek(&mut self) -> Result<Option<Place>, StoreError> {
        if self.ahead.is_empty() {
            let Search { view, sieve, asked, .. } = self.search;
            let places = view.cache.indexed_text_of(sieve, asked, self.from, self.direction, self.step)?;
            if let Some((last, _)) = places.last() {
                self.from = *last;
            }
            self.step = self.step.saturating_mul(2).min(LONGEST_STEP);
            self.ahead.extend(places);
        }
        let nearest = match self.direction {
            Direction::Down => self.ahead.first_key_value(),
            Direction::Up => self.ahead.last_key_value(),
        };
        Ok(nearest.map(|(place, _)| *place))
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
pub(super) fn shown(view: &View<'_>, query: &SearchQuery, place: Place) -> Result<Option<Found>, StoreError> {
    let Some(mut order) = view.cache.searchable(place)? else { return Ok(None) };
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
