//! What decides itself if the merchant does nothing, by time: ship-by moments, and wishes for another address.

use super::queries;
use super::rows::{ship_by_of, whole};
use crate::ids::OrderKey;
use crate::orders::Basis;
use crate::store::{CacheReader, StoreError};
use crate::time::{Instant, Span};

/// One deadline of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredDeadline {
    pub(crate) order: OrderKey,
    pub(crate) number: String,
    pub(crate) kind: DeadlineKind,
    pub(crate) at: Instant,
    pub(crate) basis: Basis,
}

/// See [`StoredDeadline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DeadlineKind {
    ShipBy,
    AddressRequest,
}

impl DeadlineKind {
    /// Code for the words file.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ShipBy => "ship_by",
            Self::AddressRequest => "address_request",
        }
    }
}

/// The next deadlines, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NextDeadlines {
    pub(crate) deadlines: Vec<StoredDeadline>,
    pub(crate) more: u64,
}

impl CacheReader<'_> {
    /// `n` deadlines, earliest first: those of `now` and before, then those to come. A missed one is there as long as its order waits,
    /// but together they take half of the room at most, so that they never hide what can still be met. A wish for another address is
    /// granted by the platform `address` after it was asked, and then there is nothing left to decide.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn next_deadlines(&self, now: Instant, address: Span, n: u16) -> Result<NextDeadlines, StoreError> {
        let asked = now.minus(address);
        let ever = Instant::from_ms(i64::MIN);
        let mut deadlines = self.next_ship_bys(ever, n / 2)?;
        deadlines.retain(|deadline| deadline.at <= now);
        let mut coming = self.next_ship_bys(now, n)?;
        coming.extend(self.next_address_requests(asked, address, n)?);
        coming.sort_by_key(|deadline| (deadline.at, deadline.kind));
        deadlines.append(&mut coming);
        deadlines.truncate(usize::from(n));
        let after = |sql: &str, at: Instant| -> Result<u64, StoreError> {
            Ok(self.connection.prepare_cached(sql)?.query_row([at.ms()], |row| row.get(0).map(whole))?)
        };
        let all = after(queries::DUE_AFTER.sql, ever)? + after(queries::ASKED_AFTER.sql, asked)?;
        let more = all.saturating_sub(u64::try_from(deadlines.len()).unwrap_or(u64::MAX));
        Ok(NextDeadlines { deadlines, more })
    }

    /// The first deadline later than an instant.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn first_deadline(&self, after: Instant, address: Span) -> Result<Option<Instant>, StoreError> {
        let ship_by = self.next_ship_bys(after, 1)?;
        let address = self.next_address_requests(after.minus(address), address, 1)?;
        Ok(ship_by.iter().chain(&address).map(|deadline| deadline.at).min())
    }

    fn next_ship_bys(&self, after: Instant, n: u16) -> Result<Vec<StoredDeadline>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::NEXT_DUE.sql)?;
        let mut rows = read.query((after.ms(), n))?;
        let mut deadlines = Vec::new();
        while let Some(row) = rows.next()? {
            let due = ship_by_of(row.get(2)?, row.get(3)?);
            let Some(due) = due else { continue };
            deadlines.push(StoredDeadline {
                order: OrderKey(row.get(0)?),
                number: row.get(1)?,
                kind: DeadlineKind::ShipBy,
                at: due.at,
                basis: due.basis,
            });
        }
        Ok(deadlines)
    }

    fn next_address_requests(
        &self,
        asked_after: Instant,
        address: Span,
        n: u16,
    ) -> Result<Vec<StoredDeadline>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::NEXT_ASKED.sql)?;
        let found = read.query_map((asked_after.ms(), n), |row| {
            Ok(StoredDeadline {
                order: OrderKey(row.get(0)?),
                number: row.get(1)?,
                kind: DeadlineKind::AddressRequest,
                at: Instant::from_ms(row.get(2)?).plus(address),
                // The platform tells when it was asked, not when it will decide.
                basis: Basis::Rulebook,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}
