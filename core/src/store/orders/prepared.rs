//! An order made ready to be written: everything of its rows that follows from the order alone.
//!
//! It is worked out where no transaction waits for it (the sync does so on another thread than the one that writes). What follows from the
//! rest of the cache, such as events and marks, is worked out when the row is written.

use shopkeeper_protocol::{Order, Parcel};

use super::extra::Extra;
use super::find::{tail, waybill_hash};
use super::{face, ranks};
use crate::ids::OrderKey;
use crate::orders::rules::OrderFacts;
use crate::store::StoreError;

/// See the module.
#[derive(Debug)]
pub(crate) struct PreparedOrder {
    pub(super) key: OrderKey,
    pub(super) order: Order,
    pub(super) facts: OrderFacts,
    /// What only the detail shows, as JSON.
    pub(super) extra: String,
    /// What a row of a list shows.
    pub(super) face: Vec<u8>,
    /// The end of the number, as a number.
    pub(super) tail: i64,
    pub(super) buyer_rank: i64,
    pub(super) parcel_rank: i64,
    /// One for each parcel of the order.
    pub(super) parcels: Vec<PreparedParcel>,
}

/// See [`PreparedOrder`].
#[derive(Debug)]
pub(super) struct PreparedParcel {
    pub(super) waybill_hash: i64,
    /// The pieces in it, as JSON.
    pub(super) items: String,
}

impl PreparedOrder {
    /// `facts` are those of this order.
    ///
    /// # Errors
    /// If JSON cannot hold what is in it.
    pub(crate) fn new(key: OrderKey, order: Order, facts: OrderFacts) -> Result<Self, StoreError> {
        let parcel = |parcel: &Parcel| {
            Ok(PreparedParcel { waybill_hash: waybill_hash(&parcel.waybill), items: to_json(&parcel.items)? })
        };
        Ok(Self {
            extra: to_json(&Extra::of(&order))?,
            face: face::write(&key, &order, &facts),
            tail: tail(&order.number),
            buyer_rank: ranks::buyer(&order.buyer),
            parcel_rank: ranks::parcel(&order.buyer),
            parcels: order.parcels.iter().map(parcel).collect::<Result<_, StoreError>>()?,
            key,
            order,
            facts,
        })
    }
}

/// Our own records of texts and numbers as JSON.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::damaged("a record that JSON cannot hold"))
}
