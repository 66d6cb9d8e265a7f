//! What a search reads: the index, what it owes, and the fields of an order.

use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Row};

use super::super::queries::Direction;
use super::super::rows::whole;
use super::super::{extra, queries};
use super::Place;
use crate::ids::OrderKey;
use crate::money::Money;
use crate::orders::search::{Field, Value as Text};
use crate::store::{CacheReader, StoreError};

/// Texts that a usual order has.
const VALUES: usize = 16;

/// The columns of `SEARCHABLE` that are texts of the order itself.
const OWN_TEXTS: [(Field, usize); 6] = [
    (Field::Number, 1),
    (Field::Buyer, 4),
    (Field::Province, 5),
    (Field::City, 6),
    (Field::BuyerNote, 7),
    (Field::PlatformNote, 8),
];

/// An order as a search sees it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) key: OrderKey,
    pub(crate) place: Place,
    /// What the cache has of it; see the table of fields.
    pub(crate) values: Vec<Text>,
}

impl<'a> CacheReader<'a> {
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

    /// Gets ready to read orders as a search sees them.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn searchables(&self) -> Result<Searchables<'a>, StoreError> {
        let connection = self.connection;
        Ok(Searchables {
            order: connection.prepare_cached(queries::SEARCHABLE.sql)?,
            lines: connection.prepare_cached(queries::SEARCHABLE_LINES.sql)?,
            parcels: connection.prepare_cached(queries::SEARCHABLE_PARCELS.sql)?,
        })
    }

    pub(super) fn searchable_at(&self, id: i64) -> Result<Option<Found>, StoreError> {
        self.searchables()?.of(id)
    }
}

/// Reads orders as a search sees them, one after another: to find the statements again for each would cost a tenth of reading it.
pub(crate) struct Searchables<'a> {
    order: CachedStatement<'a>,
    lines: CachedStatement<'a>,
    parcels: CachedStatement<'a>,
}

impl Searchables<'_> {
    /// The order that stands at a place; none if it stands elsewhere by now.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn at(&mut self, place: Place) -> Result<Option<Found>, StoreError> {
        Ok(self.of(place.id())?.filter(|found| found.place == place))
    }

    fn of(&mut self, id: i64) -> Result<Option<Found>, StoreError> {
        let Self { order, lines, parcels } = self;
        let mut rows = order.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let place = Place::of_columns(id, row.get(2)?, row.get(3)?)?;
        let phone = extra::phone_in(row.get_ref(9)?.as_str().map_err(rusqlite::Error::from)?)
            .map_err(|_| StoreError::damaged("orders.extra is not what this build writes"))?;
        let mut values = Vec::with_capacity(VALUES);
        let mut put = |field, text: &str| {
            if !text.is_empty() {
                values.push(Text::new(field, 0, text));
            }
        };
        for (field, column) in OWN_TEXTS {
            put(field, row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?);
        }
        put(Field::Phone, &phone);
        put(Field::Amount, &Money::from_fen(row.get(10)?).plain());
        let key = OrderKey(row.get(0)?);
        parts(lines, parcels, id, &mut values)?;
        Ok(Some(Found { key, place, values }))
    }
}

fn parts(
    lines: &mut CachedStatement<'_>,
    parcels: &mut CachedStatement<'_>,
    id: i64,
    into: &mut Vec<Text>,
) -> Result<(), StoreError> {
    let mut put = |field, at, row: &Row<'_>, column| -> Result<(), StoreError> {
        let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
        if !text.is_empty() {
            into.push(Text::new(field, at, text));
        }
        Ok(())
    };
    let mut lines = lines.query([id])?;
    let mut at = 0;
    while let Some(line) = lines.next()? {
        for (column, field) in [Field::Product, Field::Sku, Field::SkuCode].into_iter().enumerate() {
            put(field, at, line, column)?;
        }
        at = at.saturating_add(1);
    }
    let mut parcels = parcels.query([id])?;
    let mut at = 0;
    while let Some(parcel) = parcels.next()? {
        put(Field::Waybill, at, parcel, 0)?;
        at = at.saturating_add(1);
    }
    Ok(())
}
