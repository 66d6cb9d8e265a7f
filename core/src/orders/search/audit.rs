//! [`Orders::audit_search`]: the search against a plain walk over every order.
//!
//! The walk asks nothing of the index: it lays what this phone knows over each order and compares each with each query, by the same table
//! of fields. It takes seconds and the memory of a whole shop, so it is for tests and measurements; no screen waits for it.

use super::SearchQuery;
use super::draw::Draw;
use super::fields::{Value, has_all};
use super::terms::terms;
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

fn audit(view: &View<'_>, seed: u64, queries: usize, filters: &[OrderFilter]) -> Result<SearchAudit, StoreError> {
    let mut places = Vec::new();
    let mut orders: Vec<Vec<Value>> = Vec::new();
    for place in view.cache.places()? {
        if let Some(order) = shown(view, &SearchQuery::default(), place)? {
            places.push(place);
            orders.push(order.values);
        }
    }
    let mut audit = SearchAudit { orders: orders.len(), ..SearchAudit::default() };
    let mut draw = Draw::new(seed);
    for at in 0..queries {
        let Some(text) = draw.query(at, &orders) else { continue };
        // A word turned round can be none at all.
        let Ok(terms) = terms(&text) else { continue };
        let filter = filters.get(at % filters.len().max(1)).cloned().unwrap_or_default();
        let query = SearchQuery::new(text).within(filter);
        let search = Search::new(view, &query, &terms)?;
        let mut walked = Vec::new();
        for (place, values) in places.iter().zip(&orders) {
            if has_all(values, &terms) && search.passes(*place)? {
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
