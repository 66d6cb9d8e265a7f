//! What can be looked at in a scenario. What a look does not mention is not compared; one that mentions nothing fails.

use std::collections::BTreeMap;

use serde::Deserialize;
use shopkeeper_core::orders::{Basis, Flag, LineState, OrderTab, Phase};
use shopkeeper_sandbox::world::Status;

use super::which::Which;

/// A list of orders. Whatever is mentioned, its count has to be that of its rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeList {
    #[serde(default)]
    pub phone: Option<String>,
    /// Which list; absent: everything, newest first.
    #[serde(default)]
    pub of: Which,
    /// The code of the error that is expected.
    pub refused: Option<String>,
    pub count: Option<u64>,
    /// All rows, from the top.
    pub orders: Option<Vec<String>>,
    /// The first rows.
    pub first: Option<Vec<String>>,
    pub saved_not_delivered: Option<u32>,
    pub freshness: Option<FreshnessIs>,
    pub link: Option<LinkIs>,
    pub extent: Option<ExtentIs>,
    pub states: Option<Vec<DataStateIs>>,
}

/// The ten data states, in the order of their importance; the first load and the ages in their degrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataStateIs {
    NoPermission,
    NeedsAction,
    Pending,
    Offline,
    LoadingFirst,
    LoadingSlowly,
    Fresh,
    Stale,
    VeryStale,
    Partial,
    EmptyKnown,
    EmptyUnknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreshnessIs {
    LoadingFirst,
    Fresh,
    Stale,
    VeryStale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkIs {
    Online,
    Offline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtentIs {
    Complete,
    KnownEmpty,
    Partial,
    UnknownEmpty,
}

/// An order on a phone: row and detail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeOrder {
    #[serde(default)]
    pub phone: Option<String>,
    pub order: String,
    pub phase: Option<Phase>,
    /// The raw code.
    pub status: Option<i64>,
    /// Every tab in which the order is.
    pub tabs: Option<Vec<OrderTab>>,
    pub shipping: Option<ShippingIs>,
    /// Why shipping is stuck.
    pub reason: Option<String>,
    pub flag: Option<FlagIs>,
    /// The newest private note; empty: none.
    pub note: Option<String>,
    /// Every version of it, newest first.
    pub notes: Option<Vec<String>>,
    pub platform_note: Option<String>,
    pub buyer_note: Option<String>,
    pub hurried: Option<bool>,
    pub address_requested: Option<bool>,
    pub after_sale_open: Option<bool>,
    pub pending: Option<u32>,
    pub unknown: Option<u32>,
    pub needs_action: Option<u32>,
    /// Minutes from true now to the ship-by time; negative: overdue.
    pub due_in_minutes: Option<i64>,
    pub due_basis: Option<Basis>,
    /// Why it cannot be shipped now; empty: it can.
    pub cannot_ship: Option<String>,
    /// Every action that is not possible now, with its reason.
    pub impossible: Option<BTreeMap<String, String>>,
    pub states: Option<Vec<DataStateIs>>,
    /// Orders to ship of this buyer to this address; 0 unless there are several.
    pub one_parcel: Option<u32>,
    pub buyer_card: Option<BuyerIs>,
    /// Standings of its after-sales.
    pub after_sales: Option<Vec<String>>,
    pub lines: Option<Vec<LineIs>>,
    pub parcels: Option<Vec<ParcelIs>>,
    /// Kinds of all entries, oldest first.
    pub timeline: Option<Vec<String>>,
    /// Kinds of those that came late, oldest first.
    pub late: Option<Vec<String>>,
    /// Texts that "更多" holds.
    pub more_has: Option<Vec<String>>,
}

/// A flag, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagIs {
    None,
    #[serde(untagged)]
    Some(Flag),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShippingIs {
    None,
    Saved,
    Checking,
    NeedsAction,
    RecordedInPart,
    Recorded,
}

/// What is known of whoever gave an order. Orders stand by their names; empty: none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuyerIs {
    pub nth: Option<u64>,
    pub paid: Option<u64>,
    pub exact: Option<bool>,
    pub note: Option<String>,
    pub note_of: Option<String>,
    pub note_is_private: Option<bool>,
    pub after_sale_of: Option<String>,
}

/// A line of an order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineIs {
    pub state: Option<LineStateIs>,
    pub pieces: Option<u32>,
    pub shipped: Option<u32>,
    pub saved: Option<u32>,
    pub remaining: Option<u32>,
    pub after_sale: Option<u32>,
}

/// As [`LineState`] names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStateIs {
    Unknown,
    Waiting,
    Held,
    ToShip,
    PartShipped,
    Saved,
    Shipped,
    Refunded,
    Closed,
}

impl From<LineState> for LineStateIs {
    fn from(state: LineState) -> Self {
        match state {
            LineState::Unknown => Self::Unknown,
            LineState::Waiting => Self::Waiting,
            LineState::Held => Self::Held,
            LineState::ToShip => Self::ToShip,
            LineState::PartShipped => Self::PartShipped,
            LineState::Saved => Self::Saved,
            LineState::Shipped => Self::Shipped,
            LineState::Refunded => Self::Refunded,
            LineState::Closed => Self::Closed,
        }
    }
}

/// A parcel of an order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelIs {
    pub waybill: String,
    pub standing: Option<StandingIs>,
    pub carrier: Option<String>,
    /// In all.
    pub pieces: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingIs {
    Saved,
    Checking,
    NeedsAction,
    Recorded,
}

/// The whole outbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeOutbox {
    #[serde(default)]
    pub phone: Option<String>,
    /// In its order, the most urgent first.
    pub items: Vec<ItemIs>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemIs {
    pub order: String,
    pub kind: Option<WorkIs>,
    pub state: Option<StateIs>,
    pub reason: Option<String>,
    pub platform_code: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkIs {
    Ship,
    Note,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateIs {
    Undoable,
    Waiting,
    Sending,
    Checking,
    Held,
    NeedsAction,
    Unknown,
}

/// The Home tab.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeHome {
    #[serde(default)]
    pub phone: Option<String>,
    pub to_ship: Option<u64>,
    pub after_sale: Option<u64>,
    pub due_soon: Option<u64>,
    pub hurried: Option<u64>,
    pub unpaid: Option<u64>,
    pub pending: Option<u64>,
    pub saved_not_delivered: Option<u32>,
    /// Orders of the next deadlines, in their order.
    pub deadlines: Option<Vec<String>>,
    pub states: Option<Vec<DataStateIs>>,
    /// The dot, and the numbers that open no list.
    pub dot: Option<bool>,
    pub shop: Option<u64>,
    pub address_requests: Option<u64>,
}

/// The bar at the top: the link and what waits, two separate truths.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeTruth {
    #[serde(default)]
    pub phone: Option<String>,
    pub link: Option<LinkIs>,
    pub all_delivered: Option<bool>,
    pub pending: Option<u32>,
    pub unknown: Option<u32>,
    pub needs_action: Option<u32>,
    /// Whole minutes since the moment up to which the data is complete.
    pub data_age_minutes: Option<i64>,
    /// How wrong the phone's clock is, in minutes; fast if positive.
    pub clock_wrong_by_minutes: Option<i64>,
    pub set_aside: Option<u64>,
}

/// Whether somebody has paired a phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeePhone {
    #[serde(default)]
    pub phone: Option<String>,
    pub paired: Option<bool>,
    /// The code with which orders, Home, outbox and sync are refused; empty: they are there.
    pub refused: Option<String>,
}

/// Saved views.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeViews {
    #[serde(default)]
    pub phone: Option<String>,
    /// In the order in which they were first saved.
    pub names: Option<Vec<String>>,
}

/// What the platform has of an order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeBooks {
    pub order: String,
    pub status: Option<Status>,
    pub note: Option<String>,
    /// In the order in which they went out.
    pub parcels: Option<Vec<BookedParcel>>,
    /// Deliveries of this order that took effect through the API.
    pub deliveries: Option<usize>,
    /// Likewise notes.
    pub notes: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookedParcel {
    pub waybill: String,
    pub carrier: Option<String>,
    pub pieces: Option<u32>,
}

/// What took effect at the platform through the API, over all orders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeEffects {
    pub deliveries: Option<usize>,
    pub notes: Option<usize>,
    /// The order of each effect, whichever came first.
    pub orders: Option<Vec<String>>,
}

/// Every order, line, parcel and note on a phone is what the platform has; no phone named: on every phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeEqual {
    #[serde(default)]
    pub phone: Option<String>,
}
