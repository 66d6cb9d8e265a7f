//! The platform's own truth, to compare with afterwards: where every order stands, and a log of each delivery and note
//! that took effect. A merchant's system that sends something twice shows up here as two effects, whatever it believes.

use serde::{Deserialize, Serialize};

use super::aftersale::{AftersaleId, MerchantStep};
use super::order::{OrderId, Status};

/// Who caused an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A call of the open API.
    Api,
    /// Somebody of the shop in the platform's own back office.
    Colleague,
}

/// Pieces of one SKU in a parcel.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParcelItem {
    /// Wire id of the product.
    pub product_id: String,
    /// Wire id of the SKU.
    pub sku_id: String,
    /// How many.
    pub count: u16,
}

/// A parcel of an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParcelBook {
    /// Wire id of the carrier; empty for what is not sent by parcel.
    pub carrier: String,
    /// Its tracking number.
    pub waybill: String,
    /// Unix seconds.
    pub at: i64,
    /// What is inside.
    pub items: Vec<ParcelItem>,
}

/// What an effect did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectKind {
    /// Parcels were accepted.
    Delivery {
        /// All parcels of the one call.
        parcels: Vec<ParcelBook>,
    },
    /// The merchant's note was overwritten.
    Note {
        /// The text since then.
        text: String,
    },
    /// The buyer's request for another address was answered.
    AddressAnswer {
        /// Agreed.
        accept: bool,
    },
    /// Another address was proposed to the buyer.
    AddressProposal,
    /// The buyer's request for another SKU was answered.
    SkuAnswer {
        /// Agreed.
        accept: bool,
    },
    /// An unpaid order got another price.
    Price {
        /// Fen for the whole order since then.
        order_price: i64,
    },
    /// What was said about parcels was corrected.
    Correction {
        /// All parcels of the order since then.
        parcels: Vec<ParcelBook>,
    },
    /// A step was taken with a case of the order.
    Aftersale {
        /// Which.
        case: AftersaleId,
        /// What step.
        step: MerchantStep,
    },
}

/// A write that took effect, in the order of happening.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Effect {
    /// Unix seconds.
    pub at: i64,
    /// The order that it changed.
    pub order: OrderId,
    /// Who caused it.
    pub by: Actor,
    /// What it did.
    #[serde(flatten)]
    pub kind: EffectKind,
}

/// Where one order stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderBook {
    /// The order.
    pub id: OrderId,
    /// Its status.
    pub status: Status,
    /// Unix seconds.
    pub create_time: i64,
    /// Unix seconds.
    pub update_time: i64,
    /// The merchant's note on the platform.
    pub merchant_note: String,
    /// Parcels, oldest first.
    pub parcels: Vec<ParcelBook>,
}

/// The platform's truth at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Books {
    /// World time, unix seconds.
    pub now_s: i64,
    /// In order of creation.
    pub orders: Vec<OrderBook>,
    /// Since the world began, those of a resumed journal included.
    pub effects: Vec<Effect>,
}

impl Books {
    /// The order with this id.
    pub fn order(&self, id: OrderId) -> Option<&OrderBook> {
        self.orders.binary_search_by_key(&id, |book| book.id).ok().map(|index| &self.orders[index])
    }

    /// Deliveries of this order that took effect.
    pub fn deliveries_of(&self, id: OrderId) -> usize {
        self.effects.iter().filter(|e| e.order == id && matches!(e.kind, EffectKind::Delivery { .. })).count()
    }

    /// Note writes of this order that took effect.
    pub fn notes_of(&self, id: OrderId) -> usize {
        self.effects.iter().filter(|e| e.order == id && matches!(e.kind, EffectKind::Note { .. })).count()
    }
}
