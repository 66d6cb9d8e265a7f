//! What orders take from the feed: orders, their events, carriers, the shop.
//!
//! A body is read whole before anything is written, so a bad one costs itself: the entity keeps its last good state.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use shopkeeper_protocol::{Carrier, EntityKey, EntityKind, Order, OrderEvent, ShopFacts};

use super::culprit;
use super::rules;
use crate::rulebook::Rulebook;
use crate::store::orders::PreparedOrder;
use crate::store::{CacheTx, Store, StoreError};
use crate::sync::Version;
use crate::sync::sink::{Bad, EntitySink, Reading, Stored};

/// The sinks of this room.
pub(crate) fn sinks(rulebook: &'static Rulebook) -> Vec<Arc<dyn EntitySink>> {
    vec![
        Arc::new(OrderSink { rulebook }),
        Arc::new(OrderEventSink { rulebook }),
        Arc::new(CarrierSink),
        Arc::new(ShopSink),
    ]
}

/// Orders. What follows from an order by the rulebook is worked out here, and again by [`derive_again`] when the rulebook is another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderSink {
    pub(crate) rulebook: &'static Rulebook,
}

impl EntitySink for OrderSink {
    fn kind(&self) -> EntityKind {
        EntityKind::Order
    }

    fn read(&self, key: &EntityKey, body: &str) -> Result<Box<dyn Reading>, Bad> {
        let order = read_order(body)?;
        let facts = rules::facts(self.rulebook, key, &order);
        match PreparedOrder::new(key.clone(), order, facts) {
            Ok(prepared) => Ok(Box::new(prepared)),
            Err(error) => Err(Bad(error.to_string())),
        }
    }

    fn gone(&self, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        tx.remove_order(key, version)
    }

    fn forget_older(&self, tx: &CacheTx<'_>, generation: i64) -> Result<u64, StoreError> {
        tx.forget_orders(generation)
    }
}

impl Reading for PreparedOrder {
    fn store(self: Box<Self>, tx: &CacheTx<'_>, _: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        tx.put_order(version, self)
    }
}

/// Reads an order, and refuses one that cannot be shown: with no number nobody can name it, with no creation it has no place in a list.
fn read_order(body: &str) -> Result<Order, Bad> {
    let mut order: Order = read(body)?;
    if order.number.is_empty() {
        return Err(Bad("number: expected a text that is not empty".to_owned()));
    }
    if order.created_at <= 0 {
        return Err(Bad("created_at: expected an instant in milliseconds".to_owned()));
    }
    // Zero is how sources write that there is no instant.
    for at in [&mut order.paid_at, &mut order.shipped_at]
        .into_iter()
        .chain(order.lines.iter_mut().map(|line| &mut line.ship_by))
    {
        *at = at.filter(|ms| *ms != 0);
    }
    Ok(order)
}

/// Facts that only pushes told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrderEventSink {
    pub(crate) rulebook: &'static Rulebook,
}

impl EntitySink for OrderEventSink {
    fn kind(&self) -> EntityKind {
        EntityKind::OrderEvent
    }

    fn read(&self, _: &EntityKey, body: &str) -> Result<Box<dyn Reading>, Bad> {
        Ok(Box::new(EventReading { event: read(body)?, rulebook: self.rulebook }))
    }

    fn gone(&self, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        let Some(order) = tx.remove_event(key, version)? else { return Ok(Stored::Same) };
        derive(tx, self.rulebook, &order)?;
        Ok(Stored::Changed)
    }

    fn forget_older(&self, tx: &CacheTx<'_>, generation: i64) -> Result<u64, StoreError> {
        let about = tx.forget_events(generation)?;
        for order in &about {
            derive(tx, self.rulebook, order)?;
        }
        Ok(u64::try_from(about.len()).unwrap_or(u64::MAX))
    }
}

struct EventReading {
    event: OrderEvent,
    rulebook: &'static Rulebook,
}

impl Reading for EventReading {
    fn store(self: Box<Self>, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        let about = tx.put_event(key, version, &self.event)?;
        for order in &about {
            derive(tx, self.rulebook, order)?;
        }
        Ok(if about.is_empty() { Stored::Same } else { Stored::Changed })
    }
}

/// Rises whenever [`rules::facts`] says something else of the same order by the same rulebook.
const RULES_EDITION: u32 = 1;

/// Works out anew what follows from every order, if other rules did it last: so it is after an upgrade. Says whether it did.
///
/// # Errors
/// If the cache cannot be read or written.
pub(crate) fn derive_again(store: &Store, rulebook: &Rulebook) -> Result<bool, StoreError> {
    let rules = format!("{RULES_EDITION} {}", hex::encode(Sha256::digest(format!("{rulebook:?}"))));
    if store.read(|reader| reader.derived_by())?.as_ref() == Some(&rules) {
        return Ok(false);
    }
    store.write_cache(|tx| {
        tx.touch_every_order();
        tx.derive_orders(&rules, |order, read| rules::facts(rulebook, order, read))
    })?;
    Ok(true)
}

fn derive(tx: &CacheTx<'_>, rulebook: &Rulebook, order: &EntityKey) -> Result<(), StoreError> {
    tx.derive_order(order, |read| rules::facts(rulebook, order, read))
}

/// The delivery companies that the platform accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CarrierSink;

impl EntitySink for CarrierSink {
    fn kind(&self) -> EntityKind {
        EntityKind::Carrier
    }

    fn read(&self, _: &EntityKey, body: &str) -> Result<Box<dyn Reading>, Bad> {
        Ok(Box::new(FactReading { kind: self.kind(), fact: read::<Carrier>(body)? }))
    }

    fn gone(&self, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        tx.remove_fact(&self.kind(), key, version)
    }

    fn forget_older(&self, tx: &CacheTx<'_>, generation: i64) -> Result<u64, StoreError> {
        tx.forget_facts(&self.kind(), generation)
    }
}

/// The shop itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShopSink;

impl EntitySink for ShopSink {
    fn kind(&self) -> EntityKind {
        EntityKind::Shop
    }

    fn read(&self, _: &EntityKey, body: &str) -> Result<Box<dyn Reading>, Bad> {
        Ok(Box::new(FactReading { kind: self.kind(), fact: read::<ShopFacts>(body)? }))
    }

    fn gone(&self, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        tx.remove_fact(&self.kind(), key, version)
    }

    fn forget_older(&self, tx: &CacheTx<'_>, generation: i64) -> Result<u64, StoreError> {
        tx.forget_facts(&self.kind(), generation)
    }
}

/// A small entity.
struct FactReading<T> {
    kind: EntityKind,
    fact: T,
}

impl<T: Serialize + Send> Reading for FactReading<T> {
    fn store(self: Box<Self>, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        tx.put_fact(&self.kind, key, version, &self.fact)
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Bad> {
    serde_json::from_str(body).map_err(|error| Bad(culprit::of::<T>(body, &error)))
}
