//! What a search reads: the index, what it owes, and the fields of an order.

use super::super::queries::Direction;
use super::super::rows::whole;
use super::super::{Lists, queries};
use super::Place;
use crate::ids::OrderKey;
use crate::orders::search::{Field, Value};
use crate::store::orders::extra::Extra;
use crate::store::{CacheReader, StoreError};
use crate::time::Instant;

/// An order as a search sees it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) key: OrderKey,
    pub(crate) place: Place,
    /// What the cache has of it; see the table of fields.
    pub(crate) values: Vec<Value>,
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

    /// An order by its key.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn searchable_of(&self, key: &OrderKey) -> Result<Option<Found>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::ID_OF.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        self.searchable_at(row.get(0)?)
    }

    pub(super) fn searchable_at(&self, id: i64) -> Result<Option<Found>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::SEARCHABLE.sql)?;
        let mut rows = read.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let created_at = Instant::from_ms(row.get::<_, i64>(3)?.saturating_neg());
        let place = Place::of(id, Lists::from_bits(row.get(2)?), created_at)?;
        let extra: Extra<'_> = serde_json::from_str(row.get_ref(9)?.as_str().map_err(rusqlite::Error::from)?)
            .map_err(|_| StoreError::damaged("orders.extra is not what this build writes"))?;
        let mut values = vec![
            Value::new(Field::Number, 0, row.get::<_, String>(1)?),
            Value::new(Field::Phone, 0, extra.phone()),
            Value::new(Field::Buyer, 0, row.get::<_, String>(4)?),
            Value::new(Field::Province, 0, row.get::<_, String>(5)?),
            Value::new(Field::City, 0, row.get::<_, String>(6)?),
            Value::new(Field::BuyerNote, 0, row.get::<_, String>(7)?),
            Value::new(Field::PlatformNote, 0, row.get::<_, String>(8)?),
        ];
        let key = OrderKey(row.get(0)?);
        self.searchable_parts(id, &mut values)?;
        values.retain(|value| !value.text.is_empty());
        Ok(Some(Found { key, place, values }))
    }

    fn searchable_parts(&self, id: i64, into: &mut Vec<Value>) -> Result<(), StoreError> {
        let mut read = self.connection.prepare_cached(queries::SEARCHABLE_LINES.sql)?;
        let mut lines = read.query([id])?;
        let mut at = 0;
        while let Some(line) = lines.next()? {
            for (column, field) in [Field::Product, Field::Sku, Field::SkuCode].into_iter().enumerate() {
                into.push(Value::new(field, at, line.get::<_, String>(column)?));
            }
            at = at.saturating_add(1);
        }
        let mut read = self.connection.prepare_cached(queries::SEARCHABLE_PARCELS.sql)?;
        let mut parcels = read.query([id])?;
        let mut at = 0;
        while let Some(parcel) = parcels.next()? {
            into.push(Value::new(Field::Waybill, at, parcel.get::<_, String>(0)?));
            at = at.saturating_add(1);
        }
        Ok(())
    }
}
