//! [`Orders::search`].

use sha2::{Digest as _, Sha256};

use super::fields::highlights;
use super::terms::{Term, terms};
use super::walk::{Reached, Search};
use super::{SearchHit, SearchQuery, SearchResults};
use crate::error::CoreError;
use crate::live::Reading;
use crate::orders::reach::Reach;
use crate::orders::{Anchor, Count, From, Orders, Window, compose};
use crate::store::orders::{Direction, Found, Place};
use crate::store::{StoreError, View};

impl Orders {
    /// Orders in which each word of a query is somewhere.
    ///
    /// # Errors
    /// [`CoreError::BadInput`] for a query without a word, of more than 100 characters or of more than 8 words, for a window of no rows or of
    /// more than 200, for a filter that nothing can pass, and for an anchor of another query; [`CoreError::Closed`], and the store's.
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
            let search = Search::new(view, query, &terms)?;
            // One more than is shown tells whether there is more.
            let Reached { mut found, stopped, left_out: not_indexed } =
                search.walk(from, direction, size.saturating_add(1))?;
            let goes_on = found.len() > size;
            found.truncate(size);
            let back = direction.turned();
            let behind = found.first().map_or_else(|| from.beside(direction), |found| found.place);
            // Nothing stands before the top. Where the look back ended before it knew, there may be something.
            let goes_back = window.from != From::Top && {
                let behind = search.walk(behind, back, 1)?;
                !behind.found.is_empty() || behind.stopped.is_some() || behind.left_out > 0
            };
            let is_all = window.from == From::Top && !goes_on && stopped.is_none() && not_indexed == 0;
            let shown = u64::try_from(found.len()).unwrap_or(u64::MAX);
            let count = if is_all { Count::Exact(shown) } else { Count::AtLeast(shown) };
            let on = found.last().map(|found| found.place).filter(|_| goes_on).or(stopped);
            let (on, back) = (on.map(|place| anchors.write(place)), goes_back.then(|| anchors.write(behind)));
            let (before, after) = if direction == Direction::Down { (back, on) } else { (on, back) };
            if direction == Direction::Up {
                found.reverse();
            }
            let mut hits = Vec::with_capacity(found.len());
            for found in found {
                hits.extend(hit(view, &anchors, &terms, found)?);
            }
            let reach = Reach::read(&view.cache)?;
            let work = hits.iter().map(|hit: &SearchHit| hit.row.work).sum();
            let state = around.state(rulebook, reach, reach.extent(&query.filter, count), work);
            let revision = view.revision;
            let covered = reach.covered();
            let results = SearchResults { revision, hits, count, before, after, state, not_indexed, covered };
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
        query.filter.check()?;
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

fn hit(view: &View<'_>, anchors: &Anchors, terms: &[Term], found: Found) -> Result<Option<SearchHit>, StoreError> {
    let Some(stored) = view.cache.row_at(found.place)? else { return Ok(None) };
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
        // What is asked for decides what stands between two places; a query is JSON wherever it travels, so it always is.
        let asked = serde_json::to_vec(query).unwrap_or_default();
        let hash = Sha256::digest(&asked);
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
