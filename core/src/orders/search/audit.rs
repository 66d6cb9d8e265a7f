//! [`Orders::audit_search`]: the search against a plain walk over every order.
//!
//! The walk asks nothing of the index: it lays what this phone knows over each order and compares each with each query, by the same table
//! of fields. It takes seconds and the memory of a whole shop, so it is for tests and measurements; no screen waits for it.

use std::collections::BTreeMap;

use super::SearchQuery;
use super::draw::Draw;
use super::fields::{Field, Value};
use super::terms::{Term, terms};
use super::walk::{Reached, Search, shown};
use crate::error::CoreError;
use crate::orders::{OrderFilter, Orders};
use crate::store::orders::{Direction, Place};
use crate::store::{StoreError, View};

/// What [`Orders::audit_search`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchAudit {
    /// Orders that were compared with each query.
    pub orders: usize,
    pub queries: usize,
    /// Queries that find nothing.
    pub empty: usize,
    /// Orders that all queries found, together.
    pub found: usize,
    /// Queries that found other orders than the walk, or in another order. Always 0, or the search is wrong.
    pub differences: usize,
}

impl Orders {
    /// Draws queries from the orders on this phone, of each field, way of matching and length alike many, and compares what the search
    /// finds for each, window by window, with what a plain walk over all orders finds. The filters take turns.
    ///
    /// # Errors
    /// [`CoreError::BadInput`] for a filter that nothing can pass; [`CoreError::Closed`], and the store's.
    pub fn audit_search(&self, seed: u64, queries: usize, filters: &[OrderFilter]) -> Result<SearchAudit, CoreError> {
        for filter in filters {
            filter.check()?;
        }
        Ok(self.store().view(|view| audit(view, seed, queries, filters))?)
    }
}

/// The fields of every order. Most texts of a shop are on many orders; each is here once, and compared once with a word.
#[derive(Default)]
pub(super) struct Texts {
    each: Vec<Value>,
    /// Of each order, by their places in `each`.
    orders: Vec<Vec<usize>>,
}

impl Texts {
    pub(super) fn orders(&self) -> usize {
        self.orders.len()
    }

    /// The fields of one order.
    pub(super) fn of(&self, order: usize) -> impl Iterator<Item = &Value> {
        self.orders.get(order).into_iter().flatten().filter_map(|text| self.each.get(*text))
    }

    /// Of orders whose fields are at hand.
    #[cfg(test)]
    pub(super) fn of_orders<'a>(orders: impl IntoIterator<Item = &'a [Value]>) -> Self {
        let mut texts = Self::default();
        for values in orders {
            let from = texts.each.len();
            texts.each.extend_from_slice(values);
            texts.orders.push((from..texts.each.len()).collect());
        }
        texts
    }

    /// Whether each word is in some field of an order, order by order.
    fn have_all(&self, terms: &[Term]) -> impl Iterator<Item = bool> {
        let has: Vec<Vec<bool>> =
            terms.iter().map(|term| self.each.iter().map(|value| value.has(term)).collect()).collect();
        let has_all =
            move |order: &Vec<usize>| has.iter().all(|has| order.iter().any(|text| has.get(*text) == Some(&true)));
        self.orders.iter().map(has_all)
    }
}

fn audit(view: &View<'_>, seed: u64, queries: usize, filters: &[OrderFilter]) -> Result<SearchAudit, StoreError> {
    let mut places = Vec::new();
    let mut texts = Texts::default();
    let mut known: BTreeMap<(Field, String), usize> = BTreeMap::new();
    let mut reading = view.cache.searchables()?;
    for place in view.cache.places()? {
        let Some(order) = shown(view, &SearchQuery::default(), &mut reading, place)? else { continue };
        places.push(place);
        let mut order_texts = Vec::with_capacity(order.values.len());
        for value in order.values {
            let next = texts.each.len();
            let at = *known.entry((value.field, value.text.clone())).or_insert(next);
            if at == next {
                texts.each.push(value);
            }
            order_texts.push(at);
        }
        texts.orders.push(order_texts);
    }
    drop(known);
    let mut audit = SearchAudit { orders: places.len(), ..SearchAudit::default() };
    let mut draw = Draw::new(seed);
    for at in 0..queries {
        let Some(text) = draw.query(at, &texts) else { continue };
        // A word turned round can be none at all.
        let Ok(terms) = terms(&text) else { continue };
        let filter = filters.get(at % filters.len().max(1)).cloned().unwrap_or_default();
        let query = SearchQuery::new(text).within(filter);
        let search = Search::new(view, &query, &terms)?;
        let mut sifting = search.sifting()?;
        let mut walked = Vec::new();
        for (place, has_all) in places.iter().zip(texts.have_all(&terms)) {
            if has_all && sifting.passes(*place)? {
                walked.push(*place);
            }
        }
        audit.queries += 1;
        audit.found += walked.len();
        audit.empty += usize::from(walked.is_empty());
        audit.differences += usize::from(found(&search)? != walked);
    }
    Ok(audit)
}

/// All that is found, from the top on.
fn found(search: &Search<'_>) -> Result<Vec<Place>, StoreError> {
    const WINDOW: usize = 200;
    let mut places = Vec::new();
    let mut from = Place::FIRST;
    loop {
        let Reached { found, stopped, left_out: _ } = search.walk(from, Direction::Down, WINDOW)?;
        let last = found.last().map(|found| found.place).filter(|_| found.len() == WINDOW);
        places.extend(found.iter().map(|found| found.place));
        match last.or(stopped) {
            Some(on) => from = on,
            None => return Ok(places),
        }
    }
}
