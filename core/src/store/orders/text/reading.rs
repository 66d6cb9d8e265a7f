//! What a search reads: the index, what it owes, and the fields of an order.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::super::queries::Direction;
use super::super::rows::whole;
use super::super::terms::{Term, terms};
use super::super::{Lists, queries};
use super::Place;
use super::place::LAST_ID;
use crate::ids::OrderKey;
use crate::money::Money;
use crate::orders::OrderFilter;
use crate::orders::search::{Field, Value as Text};
use crate::store::orders::extra::Extra;
use crate::store::{CacheReader, StoreError};

/// An order as a search sees it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) key: OrderKey,
    pub(crate) place: Place,
    /// What the cache has of it; see the table of fields.
    pub(crate) values: Vec<Text>,
}

/// A filter, as the statements that ask of orders whether they pass.
#[derive(Debug)]
pub(crate) struct Sieve {
    /// `None`: every order passes.
    asks: Option<Asks>,
    values: Vec<Value>,
}

#[derive(Debug)]
struct Asks {
    /// Whether one order passes.
    one: String,
    /// What the index finds, with whether it passes: thousands that do not are passed over in fewer statements than there are steps.
    down: String,
    up: String,
}

impl Sieve {
    pub(crate) fn of(filter: &OrderFilter) -> Self {
        let terms = terms(filter, Lists::needed(filter));
        let all: Vec<String> = terms.iter().map(Term::sql).collect();
        let passes =
            |id: &str| format!("EXISTS (SELECT 1 FROM orders AS o WHERE o.id = {id} AND {})", all.join(" AND "));
        let of_index = passes(&format!("order_text.rowid & {LAST_ID}"));
        let found = |beyond: &str, order: &str| {
            format!(
                "SELECT rowid, {of_index} FROM order_text WHERE order_text MATCH ? AND rowid {beyond} ? ORDER BY rowid {order} \
                 LIMIT ?"
            )
        };
        let asks = || Asks { one: format!("SELECT {}", passes("?")), down: found(">", "ASC"), up: found("<", "DESC") };
        Self { asks: (!all.is_empty()).then(asks), values: terms.into_iter().flat_map(|term| term.values).collect() }
    }
}

impl CacheReader<'_> {
    /// Places at which the index has what is asked for, from a place on (which is left out).
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn indexed_text(
        &self,
        asked: &str,
        from: Place,
        direction: Direction,
        most: u32,
    ) -> Result<Vec<Place>, StoreError> {
        let query = match direction {
            Direction::Down => queries::FIND_TEXT,
            Direction::Up => queries::FIND_TEXT_UP,
        };
        let mut read = self.connection.prepare_cached(query.sql)?;
        let places = read.query_map((asked, from.number(), most), |row| row.get(0).map(Place::from_number))?;
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// The same, with whether the order there passes a filter.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn indexed_text_of(
        &self,
        sieve: &Sieve,
        asked: &str,
        from: Place,
        direction: Direction,
        most: u32,
    ) -> Result<Vec<(Place, bool)>, StoreError> {
        let Some(asks) = &sieve.asks else {
            let places = self.indexed_text(asked, from, direction, most)?;
            return Ok(places.into_iter().map(|place| (place, true)).collect());
        };
        let mut read = self.connection.prepare_cached(match direction {
            Direction::Down => &asks.down,
            Direction::Up => &asks.up,
        })?;
        let asked = [Value::Text(asked.to_owned()), Value::Integer(from.number()), Value::Integer(most.into())];
        let values = params_from_iter(sieve.values.iter().chain(&asked));
        let places = read.query_map(values, |row| Ok((Place::from_number(row.get(0)?), row.get(1)?)))?;
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// Places of orders that may not be in the index as they are, from a place on (which is left out).
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn owed_text(&self, from: Place, direction: Direction, most: u32) -> Result<Vec<Place>, StoreError> {
        let query = match direction {
            Direction::Down => queries::OWED_TEXT,
            Direction::Up => queries::OWED_TEXT_UP,
        };
        let mut read = self.connection.prepare_cached(query.sql)?;
        let places = read.query_map((from.number(), most), |row| row.get(0).map(Place::from_number))?;
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// How many places are owed between two (which are left out).
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn owed_text_count(&self, after: Place, before: Place) -> Result<u64, StoreError> {
        let mut read = self.connection.prepare_cached(queries::OWED_TEXT_COUNT.sql)?;
        Ok(read.query_row((after.number(), before.number()), |row| row.get(0).map(whole))?)
    }

    /// The order that stands at a place; none if it stands elsewhere by now.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn searchable(&self, place: Place) -> Result<Option<Found>, StoreError> {
        Ok(self.searchable_at(place.id())?.filter(|found| found.place == place))
    }

    /// Where an order stands; none if it is not here.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn place_of(&self, key: &OrderKey) -> Result<Option<Place>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::PLACE_OF.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Place::of_columns(row.get(0)?, row.get(1)?, row.get(2)?).map(Some)
    }

    /// Where every order stands. Over all rows by nature.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn places(&self) -> Result<BTreeSet<Place>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::PLACES.sql)?;
        let mut rows = read.query([])?;
        let mut places = BTreeSet::new();
        while let Some(row) = rows.next()? {
            places.insert(Place::of_columns(row.get(0)?, row.get(1)?, row.get(2)?)?);
        }
        Ok(places)
    }

    /// Whether the order that stands at a place passes a filter.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn passes(&self, place: Place, sieve: &Sieve) -> Result<bool, StoreError> {
        let Some(asks) = &sieve.asks else { return Ok(true) };
        let mut read = self.connection.prepare_cached(&asks.one)?;
        let id = Value::Integer(place.id());
        Ok(read.query_row(params_from_iter(std::iter::once(&id).chain(&sieve.values)), |row| row.get(0))?)
    }

    pub(super) fn searchable_at(&self, id: i64) -> Result<Option<Found>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::SEARCHABLE.sql)?;
        let mut rows = read.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let place = Place::of_columns(id, row.get(2)?, row.get(3)?)?;
        let extra: Extra<'_> = serde_json::from_str(row.get_ref(9)?.as_str().map_err(rusqlite::Error::from)?)
            .map_err(|_| StoreError::damaged("orders.extra is not what this build writes"))?;
        let mut values = vec![
            Text::new(Field::Number, 0, row.get::<_, String>(1)?),
            Text::new(Field::Phone, 0, extra.phone()),
            Text::new(Field::Buyer, 0, row.get::<_, String>(4)?),
            Text::new(Field::Province, 0, row.get::<_, String>(5)?),
            Text::new(Field::City, 0, row.get::<_, String>(6)?),
            Text::new(Field::BuyerNote, 0, row.get::<_, String>(7)?),
            Text::new(Field::PlatformNote, 0, row.get::<_, String>(8)?),
            Text::new(Field::Amount, 0, Money::from_fen(row.get(10)?).plain()),
        ];
        let key = OrderKey(row.get(0)?);
        self.searchable_parts(id, &mut values)?;
        values.retain(|value| !value.text.is_empty());
        Ok(Some(Found { key, place, values }))
    }

    fn searchable_parts(&self, id: i64, into: &mut Vec<Text>) -> Result<(), StoreError> {
        let mut read = self.connection.prepare_cached(queries::SEARCHABLE_LINES.sql)?;
        let mut lines = read.query([id])?;
        let mut at = 0;
        while let Some(line) = lines.next()? {
            for (column, field) in [Field::Product, Field::Sku, Field::SkuCode].into_iter().enumerate() {
                into.push(Text::new(field, at, line.get::<_, String>(column)?));
            }
            at = at.saturating_add(1);
        }
        let mut read = self.connection.prepare_cached(queries::SEARCHABLE_PARCELS.sql)?;
        let mut parcels = read.query([id])?;
        let mut at = 0;
        while let Some(parcel) = parcels.next()? {
            into.push(Text::new(Field::Waybill, at, parcel.get::<_, String>(0)?));
            at = at.saturating_add(1);
        }
        Ok(())
    }
}
