//! [`StoredRow`]: an order of a list as the cache has it, before anything of this phone is laid over it.

use rusqlite::{CachedStatement, OptionalExtension as _, Row};

use super::face::Face;
use super::lists::Lists;
use super::{List, Place, queries};
use crate::ids::OrderKey;
use crate::money::Money;
use crate::orders::rules::{OrderFacts, Recorded};
use crate::orders::{Basis, LineGlance, Phase, ShipBy};
use crate::store::{CacheReader, StoreError};
use crate::sync::Version;
use crate::time::Instant;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRow {
    /// Order of arrival.
    pub(in crate::store) id: i64,
    /// What it is sorted by where the most urgent come first.
    pub(in crate::store) due_at: i64,
    pub(in crate::store) tie: i64,
    pub(in crate::store) parcel_rank: i64,
    pub(in crate::store) buyer_rank: i64,
    pub(crate) key: OrderKey,
    pub(crate) version: Version,
    pub(crate) number: String,
    pub(crate) phase: Phase,
    pub(crate) status: i64,
    pub(crate) created_at: Instant,
    pub(crate) paid_at: Option<Instant>,
    pub(crate) ship_by: Option<ShipBy>,
    pub(crate) recorded: Recorded,
    /// Pieces that the platform waits for.
    pub(crate) unshipped: u32,
    /// The newest hurrying, answered or not.
    pub(crate) hurried_at: Option<Instant>,
    /// The buyer hurried after the shop's last action, and it is still unshipped.
    pub(crate) hurried: bool,
    /// The buyer waits for another address.
    pub(crate) address_asked_at: Option<Instant>,
    pub(crate) to_ship: bool,
    pub(crate) after_sale_open: bool,
    pub(crate) gift: bool,
    pub(crate) presale: bool,
    pub(crate) buyer: String,
    pub(crate) province: String,
    pub(crate) city: String,
    pub(crate) payable: Money,
    /// The first lines, at most three.
    pub(crate) lines: Vec<LineGlance>,
    pub(crate) more_lines: u32,
    /// Orders to ship of this buyer and address, this one among them; 0 unless there are several.
    pub(crate) one_parcel: u32,
    pub(crate) buyer_note: String,
    pub(crate) merchant_note: String,
}

impl StoredRow {
    /// Reads a row of `row_columns!`, without what [`CacheReader::fit`] knows.
    pub(in crate::store) fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let lists = Lists::from_bits(row.get(1)?);
        let face: Face = row.get(9)?;
        Ok(Self {
            id: row.get(0)?,
            hurried: lists.is_on(List::Hurried),
            to_ship: lists.is_on(List::ToShip),
            after_sale_open: lists.is_on(List::AfterSale),
            gift: lists.is_on(List::Gift),
            presale: lists.is_on(List::Presale),
            hurried_at: instant_of(row.get(2)?),
            address_asked_at: instant_of(row.get(3)?),
            version: Version { generation: row.get(4)?, seq: row.get(5)? },
            tie: row.get(6)?,
            parcel_rank: row.get(7)?,
            buyer_rank: row.get(8)?,
            key: OrderKey(face.key),
            created_at: Instant::from_ms(face.created_at),
            paid_at: instant_of(face.paid_at),
            due_at: face.due_at,
            ship_by: ship_by_of(face.due_at, face.due_basis),
            payable: Money::from_fen(face.payable),
            province: face.province,
            city: face.city,
            one_parcel: 0,
            status: face.status,
            phase: face.phase,
            recorded: face.recorded,
            unshipped: face.unshipped,
            number: face.number,
            buyer: face.buyer,
            buyer_note: face.buyer_note,
            merchant_note: face.merchant_note,
            lines: face.lines,
            more_lines: face.more_lines,
        })
    }
}

/// Reads rows by their places in the order of arrival. It has its statement at hand from the first to the last: to look one up by its text
/// and to put it back takes a sixth of the time of a row.
pub(super) struct RowsById<'a>(CachedStatement<'a>);

impl RowsById<'_> {
    pub(super) fn row(&mut self, id: i64) -> Result<StoredRow, StoreError> {
        Ok(self.0.query_row([id], StoredRow::read)?)
    }
}

impl<'a> CacheReader<'a> {
    pub(super) fn rows_by_id(&self) -> Result<RowsById<'a>, StoreError> {
        Ok(RowsById(self.connection.prepare_cached(queries::ROW_BY_ID.sql)?))
    }

    /// One order as a row of a list.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn order_row(&self, key: &OrderKey) -> Result<Option<StoredRow>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::ROW.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut row = StoredRow::read(row)?;
        self.fit(std::slice::from_mut(&mut row))?;
        Ok(Some(row))
    }

    /// The order at a place of the index as a row of a list.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn row_at(&self, place: Place) -> Result<Option<StoredRow>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::ROW_BY_ID.sql)?;
        let Some(mut row) = read.query_row([place.id()], StoredRow::read).optional()? else { return Ok(None) };
        self.fit(std::slice::from_mut(&mut row))?;
        Ok(Some(row))
    }

    /// Says of each row how many orders would share its parcel: a look-up for each that is to ship.
    pub(in crate::store) fn fit(&self, rows: &mut [StoredRow]) -> Result<(), StoreError> {
        let mut fitting = self.connection.prepare_cached(queries::ONE_PARCEL.sql)?;
        for row in rows.iter_mut().filter(|row| row.to_ship && row.parcel_rank != 0) {
            let mut beside = fitting.query([row.parcel_rank])?;
            let mut count = 0;
            while beside.next()?.is_some() {
                count += 1;
            }
            row.one_parcel = if count > 1 { count } else { 0 };
        }
        Ok(())
    }
}

/// What `due_at` holds where nothing is to ship: such rows sort last.
pub(in crate::store) const NOTHING_DUE: i64 = i64::MAX;
/// And where something is to ship, but nobody said by when: after every deadline, before all the rest.
pub(in crate::store) const DUE_SOME_DAY: i64 = NOTHING_DUE - 1;
/// The last instant that is a deadline.
pub(in crate::store) const LAST_DEADLINE: i64 = DUE_SOME_DAY - 1;

/// `due_at` and `due_basis`. Only what is to ship has a deadline: lists rest on that.
pub(in crate::store) fn due_of(facts: &OrderFacts) -> (i64, i64) {
    match facts.ship_by {
        _ if !facts.to_ship => (NOTHING_DUE, 0),
        None => (DUE_SOME_DAY, 0),
        Some(ship_by) => (ship_by.at.ms().min(LAST_DEADLINE), if ship_by.basis == Basis::Rulebook { 1 } else { 0 }),
    }
}

pub(in crate::store) fn ship_by_of(due_at: i64, due_basis: i64) -> Option<ShipBy> {
    let basis = if due_basis == 1 { Basis::Rulebook } else { Basis::Source };
    (due_at <= LAST_DEADLINE).then(|| ShipBy { at: Instant::from_ms(due_at), basis })
}

/// What COUNT gives; SQLite has signed numbers only.
pub(in crate::store) fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// 0 in a column of instants: never.
pub(in crate::store) fn instant_of(ms: i64) -> Option<Instant> {
    (ms != 0).then(|| Instant::from_ms(ms))
}
