//! [`Sieve`]: a filter that a search asks of one candidate after another.
//!
//! A common word within a list has hundreds of candidates of which the list has few. They come in the order of places, and so do the entries
//! of `orders_all_newest`: where that index has all that the filter looks at, a candidate is a look at an entry beside the last one, and
//! no page of the orders themselves is read for those that do not pass. Other filters look at the order.

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Row};

use super::super::Lists;
use super::super::terms::{Term, terms};
use super::Place;
use crate::orders::OrderFilter;
use crate::store::{CacheReader, StoreError};

/// See the module.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// `None`: every order passes.
    ask: Option<String>,
    values: Vec<Value>,
}

/// How many values of a place stand before those of the filter.
const OF_PLACE: usize = 3;

impl Sieve {
    pub(crate) fn of(filter: &OrderFilter) -> Self {
        let terms = terms(filter, Lists::needed(filter));
        let by_entry = terms.iter().all(Term::is_in_entries);
        let ask = || {
            // Where an order is looked at by its id the other two values are as good; the statement keeps their numbers.
            let index = if by_entry { "INDEXED BY orders_all_newest" } else { "NOT INDEXED" };
            let all: Vec<String> = terms.iter().map(Term::sql).collect();
            format!(
                "SELECT EXISTS (SELECT 1 FROM orders AS o {index} WHERE o.id = ? AND o.newest BETWEEN ? AND ? AND {})",
                all.join(" AND ")
            )
        };
        Self { ask: (!terms.is_empty()).then(ask), values: terms.into_iter().flat_map(|term| term.values).collect() }
    }

    #[cfg(test)]
    pub(in crate::store) fn sql(&self) -> Option<&str> {
        self.ask.as_deref()
    }
}

/// A sieve at work: the statement, with the filter's values bound to it.
pub(crate) struct Sifting<'a>(Option<CachedStatement<'a>>);

impl<'a> CacheReader<'a> {
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn sifting(&self, sieve: &Sieve) -> Result<Sifting<'a>, StoreError> {
        let Some(ask) = &sieve.ask else { return Ok(Sifting(None)) };
        let mut statement = self.connection.prepare_cached(ask)?;
        for (at, value) in sieve.values.iter().enumerate() {
            statement.raw_bind_parameter(OF_PLACE + 1 + at, value)?;
        }
        Ok(Sifting(Some(statement)))
    }
}

impl Sifting<'_> {
    /// Whether the order that stands at a place passes.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn passes(&mut self, place: Place) -> Result<bool, StoreError> {
        let Some(statement) = &mut self.0 else { return Ok(true) };
        let newest = place.newest();
        for (at, value) in [place.id(), *newest.start(), *newest.end()].into_iter().enumerate() {
            statement.raw_bind_parameter(at + 1, value)?;
        }
        let mut rows = statement.raw_query();
        Ok(rows.next()?.map_or(Ok(false), |row: &Row<'_>| row.get(0))?)
    }
}
