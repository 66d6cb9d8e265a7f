//! [`Orders::search`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest as _, Sha256};
use shopkeeper_protocol::Command;

use super::fields::{Field, Value, has_all, highlights};
use super::terms::{Term, terms};
use super::tokens::asked;
use super::{SearchHit, SearchQuery, SearchResults};
use crate::error::CoreError;
use crate::ids::OrderKey;
use crate::live::Reading;
use crate::orders::reach::Reach;
use crate::orders::rules::{self, Lies, lies};
use crate::orders::{Anchor, Count, From, OrderFilter, Orders, Window, compose};
use crate::store::orders::{Direction, Found, Place};
use crate::store::{Local, StoreError, View};
use crate::sync::Version;

/// Orders that are searched by reading them, while the index has yet to reach them: some ten milliseconds.
const READ: u32 = 2_000;
/// Places that are taken from the index at a time.
const STEP: u32 = 64;

impl Orders {
    /// Orders in which each word of a query is somewhere.
    ///
    /// # Errors
    /// [`CoreError::BadInput`] for a query without a word, of more than 100 characters or of more than 8 words, for a window of no rows or of
    /// more than 200, and for an anchor of another query; [`CoreError::Closed`], and the store's.
    pub fn search(&self, query: &SearchQuery, window: &Window) -> Result<SearchResults, CoreError> {
        Ok(self.read_search(query, window)?.snapshot)
    }

    pub(super) fn read_search(
        &self,
        query: &SearchQuery,
        window: &Window,
    ) -> Result<Reading<SearchResults>, CoreError> {
        let Asked { terms, anchors, from, direction } = Asked::of(query, window)?;
        let (rulebook, around) = (self.rulebook(), self.around());
        let size = usize::from(window.size);
        let results = self.store().view(|view| {
            let walk = Walk { view, terms: &terms, from, direction };
            // One more than is shown tells whether there is more.
            let (found, not_indexed) = walk.found(size.saturating_add(1))?;
            let goes_on = found.len() > size;
            let mut found: Vec<Found> = match direction {
                Direction::Down => found.into_values().take(size).collect(),
                Direction::Up => found.into_values().rev().take(size).collect(),
            };
            if direction == Direction::Up {
                found.reverse();
            }
            let is_all = window.from == From::Top && !goes_on && not_indexed == 0;
            let shown = u64::try_from(found.len()).unwrap_or(u64::MAX);
            let count = if is_all { Count::Exact(shown) } else { Count::AtLeast(shown) };
            let edge = |found: Option<&Found>| found.map(|found| anchors.write(found.place));
            let (first, last) = (edge(found.first()), edge(found.last()));
            let (before, after) = match direction {
                Direction::Down => (first.filter(|_| window.from != From::Top), last.filter(|_| goes_on)),
                Direction::Up => (first.filter(|_| goes_on), last),
            };
            let mut hits = Vec::with_capacity(found.len());
            for found in found {
                hits.extend(hit(view, &anchors, &terms, found)?);
            }
            let reach = Reach::read(&view.cache)?;
            let work = hits.iter().map(|hit: &SearchHit| hit.row.work).sum();
            let state = around.state(rulebook, reach, reach.extent(&OrderFilter::default(), count), work);
            let results = SearchResults { revision: view.revision, hits, count, before, after, state, not_indexed };
            Ok(Reading { snapshot: results, changes_at: around.changes_at(rulebook, reach) })
        });
        Ok(results?)
    }
}

/// A query and a window that can be searched.
pub(super) struct Asked {
    terms: Vec<Term>,
    anchors: Anchors,
    from: Place,
    direction: Direction,
}

impl Asked {
    /// # Errors
    /// As [`Orders::search`], for what was asked.
    pub(super) fn of(query: &SearchQuery, window: &Window) -> Result<Self, CoreError> {
        window.check()?;
        let terms = terms(&query.text)?;
        let anchors = Anchors::of(query);
        let (from, direction) = match &window.from {
            From::Top => (Place::FIRST, Direction::Down),
            From::After(anchor) => (anchors.read(anchor)?, Direction::Down),
            From::Before(anchor) => (anchors.read(anchor)?, Direction::Up),
        };
        Ok(Self { terms, anchors, from, direction })
    }
}

/// One walk through what can be found, from a place on.
struct Walk<'a> {
    view: &'a View<'a>,
    terms: &'a [Term],
    from: Place,
    direction: Direction,
}

impl Walk<'_> {
    /// What is found from there on: the nearest `most` at least, if there are as many. And how many orders were left out.
    fn found(&self, most: usize) -> Result<(BTreeMap<Place, Found>, u64), StoreError> {
        let mut found = BTreeMap::new();
        self.of_this_phone(&mut found)?;
        let left_out = self.owed(&mut found)?;
        self.indexed(most, &mut found)?;
        Ok((found, left_out))
    }

    /// Orders of which this phone knows something that a word is in.
    fn of_this_phone(&self, into: &mut BTreeMap<Place, Found>) -> Result<(), StoreError> {
        for key in self.view.local.orders() {
            let own = own_values(&self.view.local, key);
            if own.iter().any(|value| self.terms.iter().any(|term| value.has(term)))
                && let Some(found) = self.view.cache.searchable_of(key)?
            {
                self.take(found, into)?;
            }
        }
        Ok(())
    }

    /// Orders that the index has yet to follow, as many as can be read in time.
    fn owed(&self, into: &mut BTreeMap<Place, Found>) -> Result<u64, StoreError> {
        let cache = &self.view.cache;
        let owed = cache.owed_text(self.from, self.direction, READ)?;
        let left_out = match (owed.last(), self.direction) {
            (Some(last), Direction::Down) => cache.owed_text_count(*last, Place::LAST)?,
            (Some(last), Direction::Up) => cache.owed_text_count(Place::FIRST, *last)?,
            (None, _) => 0,
        };
        for place in owed {
            if let Some(found) = cache.searchable(place)? {
                self.take(found, into)?;
            }
        }
        Ok(left_out)
    }

    fn indexed(&self, most: usize, into: &mut BTreeMap<Place, Found>) -> Result<(), StoreError> {
        let asked = asked(self.terms);
        let (mut from, mut found) = (self.from, 0);
        while found < most {
            let places = self.view.cache.indexed_text(&asked, from, self.direction, STEP)?;
            let Some(last) = places.last().copied() else { return Ok(()) };
            for place in places {
                if let Some(order) = self.view.cache.searchable(place)?
                    && self.take(order, into)?
                {
                    found += 1;
                    if found == most {
                        break;
                    }
                }
            }
            from = last;
        }
        Ok(())
    }

    /// Lays what is queued over an order and takes it in if the words are in it.
    fn take(&self, mut order: Found, into: &mut BTreeMap<Place, Found>) -> Result<bool, StoreError> {
        let beyond = match self.direction {
            Direction::Down => order.place > self.from,
            Direction::Up => order.place < self.from,
        };
        if !beyond {
            return Ok(false);
        }
        if let Entry::Vacant(entry) = into.entry(order.place) {
            lay_over(self.view, &mut order)?;
            if !has_all(&order.values, self.terms) {
                return Ok(false);
            }
            entry.insert(order);
        }
        Ok(true)
    }
}

/// Everything that this phone alone knows of an order, whether it still lies over what the cache has or not.
fn own_values(local: &Local, key: &OrderKey) -> Vec<Value> {
    let mut values = Vec::new();
    values.extend(
        local.mark(key).and_then(|mark| mark.note.as_ref()).map(|note| Value::new(Field::PrivateNote, 0, note)),
    );
    for row in local.overlays.of(key) {
        match &row.command {
            Command::Note(note) => values.push(Value::new(Field::PlatformNote, 0, &note.text)),
            Command::Ship(ship) => {
                values.extend(ship.parcels.iter().map(|parcel| Value::new(Field::Waybill, 0, &parcel.waybill)));
            }
        }
    }
    values
}

/// The fields of an order as a screen shows it: with the private note, the queued note of the platform, and the parcels that are typed.
fn lay_over(view: &View<'_>, order: &mut Found) -> Result<(), StoreError> {
    let note = view.local.mark(&order.key).and_then(|mark| mark.note.as_ref());
    order.values.extend(note.map(|note| Value::new(Field::PrivateNote, 0, note)));
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

fn hit(view: &View<'_>, anchors: &Anchors, terms: &[Term], found: Found) -> Result<Option<SearchHit>, StoreError> {
    let Some(stored) = view.cache.order_row(&found.key)? else { return Ok(None) };
    let (mark, commands) = (view.local.mark(&found.key), view.local.overlays.of(&found.key));
    let row = compose::row(stored, anchors.write(found.place), mark, commands);
    Ok(Some(SearchHit { row, highlights: highlights(found.values, terms) }))
}

/// Makes and reads the anchors of one query. They name a place and not an order, so they stay good when the order goes.
struct Anchors {
    mark: String,
}

impl Anchors {
    fn of(query: &SearchQuery) -> Self {
        let hash = Sha256::digest(query.text.as_bytes());
        Self { mark: format!("search{}", hex::encode(hash.get(..6).unwrap_or_default())) }
    }

    fn write(&self, place: Place) -> Anchor {
        Anchor(format!("{}.{}", self.mark, place.number()))
    }

    fn read(&self, anchor: &Anchor) -> Result<Place, CoreError> {
        let place = anchor.0.split_once('.').filter(|(mark, _)| *mark == self.mark);
        let place = place.and_then(|(_, number)| number.parse().ok()).map(Place::from_number);
        place.ok_or_else(|| CoreError::BadInput {
            field: "anchor",
            what: "expected an anchor that this very search gave".to_owned(),
        })
    }
}
