//! An order as the world keeps it: numbers and indices only, so that a million of them fit into memory. Everything that
//! an answer shows and that can be derived (titles, openids, places, old waybills) is made when somebody asks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::requests::WrittenAddress;

/// A platform order number: 19 digits, above 2^53. It rises with the time of creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(u64);

impl OrderId {
    /// The order with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number itself, as some push events carry it.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderId({})", self.0)
    }
}

impl FromStr for OrderId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for OrderId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for OrderId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("an order id is a string of digits"))
    }
}

/// Where an order stands (wire reference §3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 10
    AwaitingPayment,
    /// 12: a gift that nobody has accepted yet
    GiftWaiting,
    /// 13: paid, but the group is not complete
    GroupWaiting,
    /// 20
    ToShip,
    /// 21
    PartlyShipped,
    /// 30
    Shipped,
    /// 100
    Completed,
    /// 200: every product went through after-sales
    Refunded,
    /// 250: cancelled unpaid
    Cancelled,
}

impl Status {
    /// Every status, in the order of its code.
    pub const ALL: [Self; 9] = [
        Self::AwaitingPayment,
        Self::GiftWaiting,
        Self::GroupWaiting,
        Self::ToShip,
        Self::PartlyShipped,
        Self::Shipped,
        Self::Completed,
        Self::Refunded,
        Self::Cancelled,
    ];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::AwaitingPayment => 10,
            Self::GiftWaiting => 12,
            Self::GroupWaiting => 13,
            Self::ToShip => 20,
            Self::PartlyShipped => 21,
            Self::Shipped => 30,
            Self::Completed => 100,
            Self::Refunded => 200,
            Self::Cancelled => 250,
        }
    }

    /// Whether parcels may still go out.
    pub const fn is_shippable(self) -> bool {
        matches!(self, Self::ToShip | Self::PartlyShipped)
    }
}

/// What kind of order it is; one order is of one kind here, although the platform could mix them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Plain,
    Gift,
    Group,
    Presale,
    Virtual,
}

/// `order_scene` on the wire: where the buyer ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scene {
    Other = 1,
    Live = 2,
    ShortVideo = 3,
    Share = 4,
    Window = 5,
    Article = 6,
}

impl Scene {
    pub(crate) const ALL: [Self; 6] =
        [Self::Other, Self::Live, Self::ShortVideo, Self::Share, Self::Window, Self::Article];
}

/// Times are unix seconds; 0 means "has not happened".
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) paid: i64,
    pub(crate) shipped: i64,
    /// Received, refunded or cancelled.
    pub(crate) closed: i64,
    /// Where the order's lines begin in the world's table of lines.
    pub(crate) first_line: u32,
    pub(crate) buyer: u32,
    /// Seconds from payment to the ship-by time.
    pub(crate) promise: u32,
    /// Fen.
    pub(crate) freight: i32,
    /// Fen taken off by the buyer's points, paid by the platform.
    pub(crate) deduction: i32,
    pub(crate) status: Status,
    pub(crate) kind: Kind,
    pub(crate) scene: Scene,
    pub(crate) line_count: u8,
    pub(crate) payment_method: u8,
    pub(crate) remark: u8,
    /// Index into the table of old notes; a note written while the world runs stands in [`Extra`].
    pub(crate) old_note: u8,
    /// Carrier of the one parcel of an order that was shipped before the world began.
    pub(crate) old_parcel: Option<u8>,
    pub(crate) finder: u8,
    /// The platform tells when it must be shipped.
    pub(crate) tells_deadline: bool,
}

/// One product of an order. Amounts are fen for the whole line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) product: u16,
    pub(crate) sku: u8,
    pub(crate) bought: u16,
    pub(crate) shipped: u16,
    /// Pieces in an unfinished after-sale.
    pub(crate) on_aftersale: u16,
    pub(crate) after_aftersale: u16,
    /// Pieces that were refunded before they were sent, and need not be sent any more.
    pub(crate) dropped: u16,
    pub(crate) unit_price: i32,
    pub(crate) discounts: LineDiscounts,
}

/// Who bears which discount of a line, fen.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineDiscounts {
    pub(crate) merchant: i32,
    pub(crate) finder: i32,
    pub(crate) bulkbuy: i32,
    /// A coupon of the platform, which pays it to the merchant.
    pub(crate) cash_coupon: i32,
    /// The merchant lowered the price of the unpaid order.
    pub(crate) change_down: i32,
}

impl Line {
    pub(crate) fn list_price(&self) -> i64 {
        i64::from(self.unit_price) * i64::from(self.bought)
    }

    /// What is left after discounts, before the merchant lowered it by hand.
    pub(crate) fn estimate(&self) -> i64 {
        let d = &self.discounts;
        self.list_price()
            - i64::from(d.merchant)
            - i64::from(d.finder)
            - i64::from(d.bulkbuy)
            - i64::from(d.cash_coupon)
    }

    pub(crate) fn real_price(&self) -> i64 {
        self.estimate() - i64::from(self.discounts.change_down)
    }

    pub(crate) fn left_to_ship(&self) -> u16 {
        self.bought - self.shipped - self.dropped
    }
}

/// A parcel that went out while the world ran, or part of the seeded past of a partly shipped order.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) carrier: String,
    pub(crate) waybill: String,
    pub(crate) at: i64,
    pub(crate) deliver_type: u8,
    /// (line of the order, pieces)
    pub(crate) items: Vec<(u8, u16)>,
}

/// What few orders have; kept beside the table of orders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra {
    pub(crate) note: Option<String>,
    /// What the buyer of a basket made by hand wrote; others have a number into the table of remarks.
    pub(crate) remark: Option<String>,
    pub(crate) parcels: Vec<Parcel>,
    pub(crate) address_request: Option<AddressRequest>,
    /// Index into the places of the address that the merchant agreed to.
    pub(crate) moved_to: Option<u16>,
    /// The address that the merchant proposed and the buyer accepted; it goes before `moved_to`.
    pub(crate) written_address: Option<Box<WrittenAddress>>,
    /// The one that waits for the buyer, with the time at which it was proposed.
    pub(crate) proposed_address: Option<Box<(i64, WrittenAddress)>>,
    pub(crate) address_edits: u8,
    pub(crate) price_edits: u8,
    pub(crate) parcel_edits: u8,
    /// Freight in fen before the merchant changed the price.
    pub(crate) first_freight: Option<i32>,
    pub(crate) sku_request: Option<SkuRequest>,
    /// When the last refund set out, unix seconds.
    pub(crate) refund_asked: i64,
    /// When the carrier was at the buyer's door, unix seconds.
    pub(crate) delivered: i64,
    pub(crate) aftersales: Vec<u64>,
}

/// The buyer wants another SKU of the same product before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct SkuRequest {
    pub(crate) line: u8,
    pub(crate) old_sku: u8,
    pub(crate) new_sku: u8,
    pub(crate) at: i64,
    /// `preshipment_change_sku_state`
    pub(crate) state: u8,
}

#[derive(Clone, Debug)]
pub(crate) struct AddressRequest {
    pub(crate) place: u16,
    pub(crate) at: i64,
}

/// A buyer: an index into the tables of people. Nothing here identifies anybody.
#[derive(Clone, Debug)]
pub(crate) struct Buyer {
    pub(crate) surname: u8,
    pub(crate) phone_head: u16,
    pub(crate) phone_tail: u16,
    pub(crate) place: u16,
}
