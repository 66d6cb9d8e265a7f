//! What pushes told: order events, and what follows from them for a row.

use shopkeeper_protocol::{EntityKey, EntityKind, Order, OrderEvent};

use super::queries;
use crate::ids::OrderKey;
use crate::store::{CacheTx, StoreError};
use crate::sync::Version;
use crate::time::Instant;

/// What the events of an order say, as far as lists need it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// The newest hurrying, 0: none.
    pub(super) hurried_at: i64,
    /// The newest wish for another address, 0: none.
    asked_at: i64,
}

impl Told {
    /// Since when a wish for another address waits. What the order itself says is the later truth; a push alone counts until the
    /// order was read again.
    pub(super) fn address_asked_at(self, order: &Order, asked: Option<Instant>) -> i64 {
        match asked {
            Some(asked) => asked.ms(),
            None if self.asked_at > order.updated_at => self.asked_at,
            None => 0,
        }
    }
}

impl CacheTx<'_> {
    /// Stores an event; gives the orders that it is about, or was, of which something is different now.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn put_event(
        &self,
        key: &EntityKey,
        version: Version,
        event: &OrderEvent,
    ) -> Result<Vec<OrderKey>, StoreError> {
        let here = self.event_here(key)?;
        match &here {
            Some((here, _)) if version <= *here => return Ok(Vec::new()),
            None if !self.rises_over_tombstone(&EntityKind::OrderEvent, key, version)? => return Ok(Vec::new()),
            _ => {}
        }
        let values = (key.as_str(), event.order.as_str(), &event.kind, event.at, version.generation, version.seq);
        self.connection.prepare_cached(queries::PUT_EVENT.sql)?.execute(values)?;
        self.look_beside_again();
        let was = here.map(|(_, old)| old);
        if was.as_ref() == Some(event) {
            return Ok(Vec::new());
        }
        self.note_late_event(event)?;
        let mut about = vec![event.order.clone()];
        about.extend(was.map(|old| old.order).filter(|order| *order != event.order));
        for order in &about {
            self.touch_order(order);
        }
        Ok(about)
    }

    /// Removes an event of a version not greater than this; gives the order that it was about.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn remove_event(&self, key: &EntityKey, version: Version) -> Result<Option<OrderKey>, StoreError> {
        let here = self.event_here(key)?;
        if here.as_ref().is_some_and(|(here, _)| version < *here) {
            return Ok(None);
        }
        self.bury(&EntityKind::OrderEvent, key, version)?;
        let Some((_, event)) = here else { return Ok(None) };
        self.connection.prepare_cached(queries::DELETE_EVENT.sql)?.execute([key.as_str()])?;
        self.touch_order(&event.order);
        Ok(Some(event.order))
    }

    /// Removes the events that only an older generation knew; gives the orders that they were about.
    ///
    /// # Errors
    /// If the cache cannot be written.
    pub(crate) fn forget_events(&self, generation: i64) -> Result<Vec<OrderKey>, StoreError> {
        let mut orders = Vec::new();
        for key in self.keys_older(queries::OLDER_EVENTS, generation)? {
            if let Some((_, event)) = self.event_here(&key)? {
                self.connection.prepare_cached(queries::DELETE_EVENT.sql)?.execute([key.as_str()])?;
                self.touch_order(&event.order);
                orders.push(event.order);
            }
        }
        self.forget_tombstones(&EntityKind::OrderEvent, generation)?;
        Ok(orders)
    }

    /// What the events of an order say.
    pub(super) fn told(&self, key: &OrderKey) -> Result<Told, StoreError> {
        let mut told = Told::default();
        if !self.beside()?.events {
            return Ok(told);
        }
        let mut read = self.connection.prepare_cached(queries::EVENTS.sql)?;
        let mut rows = read.query([key.as_str()])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(1)?;
            match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? {
                HURRY => told.hurried_at = told.hurried_at.max(at),
                ADDRESS_REQUEST => told.asked_at = told.asked_at.max(at),
                _ => {}
            }
        }
        Ok(told)
    }

    fn event_here(&self, key: &EntityKey) -> Result<Option<(Version, OrderEvent)>, StoreError> {
        let mut read = self.connection.prepare_cached(queries::EVENT_HERE.sql)?;
        let mut rows = read.query([key.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let version = Version { generation: row.get(0)?, seq: row.get(1)? };
        Ok(Some((version, OrderEvent { order: EntityKey(row.get(2)?), kind: row.get(3)?, at: row.get(4)? })))
    }
}

/// 催发货.
const HURRY: &str = "hurry";
/// 申请改地址.
const ADDRESS_REQUEST: &str = "address_request";
