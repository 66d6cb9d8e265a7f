//! 补到: facts that became known later than they should have.
//!
//! A screen says 数据截至 a moment, and so that everything up to it is here. A fact that happened well before that moment and comes only
//! after it was said (a push that the platform sent again hours later, an order that it did not list or that could not be read at first) is
//! put into the timeline where it happened, above what a person has read already. It carries when this phone heard of it, or nobody
//! would know why the past is another one.
//!
//! Only such facts are written down, so that a first sync pays nothing, and most files have none. A phone that was away for a night has no
//! late facts from that night: nothing was said of it. Nor is late what a first sync brings, or what is older than all that the relay
//! had: that is history that arrives. What was late is forgotten with the file; the fact itself is not.

use shopkeeper_protocol::{EntityKind, Order, OrderEvent};

use super::queries;
use crate::ids::OrderKey;
use crate::orders::timeline;
use crate::store::{CacheReader, CacheTx, StoreError};
use crate::time::{Instant, Span};

/// What happened less than this before 数据截至 is not late. The clocks of platform, relay and phone are not one, and the platform's lists
/// follow a moment behind.
const GRACE: Span = Span::minutes(5);

/// A fact that came late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LateFact {
    /// As in a timeline.
    pub(crate) kind: String,
    pub(crate) at: Instant,
    /// As in a timeline.
    pub(crate) detail: String,
    pub(crate) heard_at: Instant,
}

impl CacheReader<'_> {
    /// What came late of an order and of its events.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn late(&self, key: &OrderKey) -> Result<Vec<LateFact>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::LATE.sql)?;
        let late = read.query_map([key.as_str()], |row| {
            Ok(LateFact {
                kind: row.get(0)?,
                at: Instant::from_ms(row.get(1)?),
                detail: row.get(2)?,
                heard_at: Instant::from_ms(row.get(3)?),
            })
        })?;
        Ok(late.collect::<Result<_, _>>()?)
    }
}

/// By what a transaction tells what is late: what the phone had said before it began.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Hearing {
    now: Instant,
    /// 数据截至.
    as_of: Instant,
    /// Every order created from here on was said to be here.
    whole_since: Option<Instant>,
}

impl CacheTx<'_> {
    /// What this transaction stores from here on was heard at this instant, by a phone whose first sync has ended.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn hear_at(&self, now: Instant) -> Result<(), StoreError> {
        let reader = self.reader();
        if let Some(as_of) = reader.watermark(&EntityKind::Order)? {
            let whole_since = reader.coverage(&EntityKind::Order)?.created_since;
            self.hearing.set(Some(Hearing { now, as_of, whole_since }));
        }
        Ok(())
    }

    /// A reading of an order is stored in the place of another one, or of none.
    pub(super) fn note_late_reading(
        &self,
        key: &OrderKey,
        before: Option<&Order>,
        after: &Order,
    ) -> Result<(), StoreError> {
        let Some(hearing) = self.hearing.get() else { return Ok(()) };
        let known = before.map(|order| timeline::facts(order, &[])).unwrap_or_default();
        let mut news = timeline::facts(after, &[]);
        news.retain(|fact| !known.contains(fact));
        // Nobody said that an order as old as this one was here.
        if before.is_none() && hearing.whole_since.is_none_or(|since| after.created_at < since.ms()) {
            return Ok(());
        }
        for fact in news {
            self.note_if_late(key, (&fact.kind, fact.at, &fact.detail), hearing)?;
        }
        Ok(())
    }

    /// An event is stored that was not here.
    pub(super) fn note_late_event(&self, event: &OrderEvent) -> Result<(), StoreError> {
        let Some(hearing) = self.hearing.get() else { return Ok(()) };
        self.note_if_late(&event.order, (&event.kind, Instant::from_ms(event.at), ""), hearing)
    }

    fn note_if_late(
        &self,
        key: &OrderKey,
        (kind, at, detail): (&str, Instant, &str),
        hearing: Hearing,
    ) -> Result<(), StoreError> {
        if hearing.as_of.since(at) > GRACE {
            let values = (key.as_str(), kind, at.ms(), detail, hearing.now.ms());
            self.connection.prepare_cached(queries::PUT_LATE.sql)?.execute(values)?;
        }
        Ok(())
    }

    /// An order is gone, and with it what came late of it.
    pub(super) fn forget_late(&self, key: &OrderKey) -> Result<(), StoreError> {
        self.connection.prepare_cached(queries::DELETE_LATE.sql)?.execute([key.as_str()])?;
        Ok(())
    }
}
