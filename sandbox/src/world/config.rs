//! What a world is made from, and what can be switched while it runs. Whatever is new to the world is off here unless
//! somebody asks for it, so that a seed goes on giving the world that it has always given.

use serde::{Deserialize, Serialize};

use super::RefundWays;

/// What a world is made from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldConfig {
    /// Everything that is drawn comes from it.
    pub seed: u64,
    /// Orders of the past two years; 10 to 1,000,000 are meant.
    pub orders: u32,
    /// When the world begins, unix seconds. The past is made to end here.
    pub now_s: i64,
    /// Mean seconds between two new orders of living buyers.
    pub arrival_gap_s: u32,
    /// Products of the shop. The shop's own goods are always there; more of them come in further batches.
    pub products: u16,
    /// After-sales of the past, beside those of the orders that were refunded whole. 0 to 20,000 are meant.
    pub aftersales: u32,
    /// AppID of the shop, part of the addresses of pictures.
    pub appid: String,
    /// What can be switched later too.
    pub switches: Switches,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            orders: 300,
            now_s: 1_790_000_000,
            arrival_gap_s: 90,
            products: 0,
            aftersales: 0,
            appid: "wx0123456789abcdef".to_owned(),
            switches: Switches::default(),
        }
    }
}

impl WorldConfig {
    /// A world of `orders` past orders that begins at `now_s` (unix seconds), with living buyers.
    pub fn new(seed: u64, orders: u32, now_s: i64) -> Self {
        Self { seed, orders, now_s, ..Self::default() }
    }

    /// The same with buyers and carriers of a whole life, decisions that fall by themselves, shelves that run empty, and
    /// after-sales of the past, one for fifty orders.
    #[must_use]
    pub fn lifelike(mut self) -> Self {
        (self.switches.lifelike, self.switches.deadlines, self.switches.finite_stock) = (true, true, true);
        self.aftersales = self.orders / 50;
        self
    }

    /// The same without living buyers: nothing happens but by a call.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.switches.living = false;
        self
    }
}

/// Behaviour that can be changed while the world runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Buyers act by themselves.
    pub living: bool,
    /// The shop has a default return address; without one, deliveries are refused with 606003.
    pub default_return_address: bool,
    /// Refuse the same product in two parcels and the same waybill twice on one order, which merchants report and the
    /// documents do not mention.
    pub refuse_repeated_shipment: bool,
    /// Seconds until reads show what a write did.
    pub read_lag_s: u32,
    /// More orders than this in one list window are refused with 31042; 0 means no limit.
    pub max_orders_per_window: u32,
    /// Buyers and carriers live a whole life: by the hour of the day, with second thoughts, cases and parcels that arrive.
    /// Without `living` it means nothing.
    pub lifelike: bool,
    /// What nobody decides in time decides itself: cases, requests for a SKU, proposals, and in a quiet world also unpaid
    /// orders and requests for an address.
    pub deadlines: bool,
    /// Living buyers take no more than there is on the shelf. Otherwise a colleague fills up what is short.
    pub finite_stock: bool,
    /// What happens to refunds on the payment side.
    pub refunds: RefundWays,
    /// Refusing a case needs a proposal first (10021068).
    pub must_negotiate: bool,
    /// An accepted refund of goods on their way waits until the parcel was stopped.
    pub intercepts: bool,
    /// Looks at drafts that end in a rejection, in a thousand.
    pub audits_rejected: u32,
    /// Stock calls for one SKU within a minute, above which they are refused with 10020112; 0 means no limit. The platform
    /// publishes no number.
    pub stock_calls_per_minute: u32,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            living: true,
            default_return_address: true,
            refuse_repeated_shipment: false,
            read_lag_s: 0,
            max_orders_per_window: 0,
            lifelike: false,
            deadlines: false,
            finite_stock: false,
            refunds: RefundWays::Work,
            must_negotiate: false,
            intercepts: false,
            audits_rejected: 0,
            stock_calls_per_minute: 20,
        }
    }
}
