//! Entities, in the relay's words: what an adapter maps a platform's answers to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CarrierCode, EntityKey};

/// The kinds of entity in a feed. A kind that this build does not know is passed over, and counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// [`Order`]
    Order,
    /// [`OrderEvent`]
    OrderEvent,
    /// [`crate::Outcome`]
    CommandOutcome,
    /// [`Carrier`]
    Carrier,
    /// [`crate::ShopFacts`]
    Shop,
    /// [`crate::AfterSale`]; since 1.1
    AfterSale,
    #[serde(untagged)]
    Other(String),
}

impl EntityKind {
    /// The kinds of version 1.0. A feed brings these, unless it is asked for others by name.
    pub const OF_1_0: [Self; 5] = [Self::Order, Self::OrderEvent, Self::CommandOutcome, Self::Carrier, Self::Shop];

    /// The tag as it travels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Order => "order",
            Self::OrderEvent => "order_event",
            Self::CommandOutcome => "command_outcome",
            Self::Carrier => "carrier",
            Self::Shop => "shop",
            Self::AfterSale => "after_sale",
            Self::Other(tag) => tag,
        }
    }
}

impl From<&str> for EntityKind {
    fn from(tag: &str) -> Self {
        match tag {
            "order" => Self::Order,
            "order_event" => Self::OrderEvent,
            "command_outcome" => Self::CommandOutcome,
            "carrier" => Self::Carrier,
            "shop" => Self::Shop,
            "after_sale" => Self::AfterSale,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// An order. Contact data is masked by the platform already.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    /// The number that merchant and buyer know.
    pub number: String,
    /// Raw status code of the source; the rulebook knows its phase.
    pub status: i64,
    pub created_at: i64,
    pub updated_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<i64>,
    /// When the last line was shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<i64>,
    /// Raw payment method, 0 if unknown.
    #[serde(skip_serializing_if = "is_zero")]
    pub payment_method: i64,
    /// Raw scene code, 0 if unknown.
    #[serde(skip_serializing_if = "is_zero")]
    pub scene: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finder_id: Option<String>,
    pub buyer: Buyer,
    pub lines: Vec<OrderLine>,
    pub parcels: Vec<Parcel>,
    pub money: OrderMoney,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer_note: String,
    /// The note at the platform, which every seat of the shop sees.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub merchant_note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_request: Option<AddressRequest>,
    /// Unfinished after-sales of the whole order.
    #[serde(skip_serializing_if = "is_zero")]
    pub open_after_sales: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after_sales: Vec<String>,
    /// Raw delivery method: 0 express, others are virtual goods.
    #[serde(skip_serializing_if = "is_zero")]
    pub deliver_method: i64,
    #[serde(skip_serializing_if = "is_false")]
    pub gift: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub presale: bool,
    /// What the source said and this protocol has no place for, as it came.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Value>,
}

/// Who bought, as far as the platform tells a shop. No field of this is ever logged.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Buyer {
    /// Opaque and stable per shop.
    pub key: String,
    /// Masked by the source, for example `林**`.
    pub name: String,
    /// Masked by the source, for example `138****2807`.
    pub phone: String,
    pub province: String,
    pub city: String,
    pub county: String,
    /// Masked by the source.
    pub street: String,
    /// Same address of the same buyer, same hash.
    pub address_hash: String,
}

impl std::fmt::Debug for Buyer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buyer(…)")
    }
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderLine {
    pub product: String,
    pub sku: String,
    pub title: String,
    /// The SKU's attributes as one text, for example `红盒 · 250g`.
    pub sku_text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sku_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub thumb: String,
    pub quantity: u32,
    /// Per piece, fen.
    pub unit_price: i64,
    /// For the whole line after discounts, fen.
    pub paid: i64,
    /// Pieces in an unfinished after-sale, and in a finished one.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub after_sale_open: u32,
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub after_sale_done: u32,
    /// The source's own deadline for recording the shipment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<i64>,
}

/// A parcel that the platform has on record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Parcel {
    pub carrier: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carrier_name: String,
    pub waybill: String,
    pub shipped_at: i64,
    pub items: Vec<crate::ParcelItem>,
}

/// The money of an order, fen. `payable = goods + freight − Σ discounts`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderMoney {
    pub goods: i64,
    pub freight: i64,
    pub discounts: Vec<Discount>,
    /// What the buyer pays.
    pub payable: i64,
    /// What the merchant receives, commissions not taken off.
    pub receives: i64,
}

/// One reduction of the price; `kind` is a code for the words file (`merchant`, `finder`, `deduction`, `price_change`, …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    pub kind: String,
    pub amount: i64,
}

/// The buyer asks for another address and waits.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressRequest {
    pub asked_at: i64,
    pub province: String,
    pub city: String,
    pub county: String,
    pub street: String,
}

impl std::fmt::Debug for AddressRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AddressRequest {{ asked_at: {}, … }}", self.asked_at)
    }
}

/// A fact about an order that only a push told (the platform has no call to ask for it). Its key is `order|kind|at`, so that
/// a push delivered twice is one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    pub order: EntityKey,
    /// `hurry`, `address_request`, `sku_request` … A code for the words file.
    pub kind: String,
    pub at: i64,
}

/// A delivery company the platform accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    pub code: CarrierCode,
    pub name: String,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

fn is_zero_u32(n: &u32) -> bool {
    *n == 0
}

fn is_false(b: &bool) -> bool {
    !*b
}
