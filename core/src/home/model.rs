//! What the Home tab shows: counters, each the length of the list it opens, and the next deadlines.

use serde::Serialize;

use crate::ids::OrderKey;
use crate::orders::{ListState, OrderFilter};
use crate::outbox::OutboxSummary;
use crate::time::Instant;

/// The Home tab at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HomeView {
    pub revision: u64,
    pub as_of: Option<Instant>,
    /// Every open order is here, so that each number is the whole one. Until then they are of what has arrived.
    pub complete: bool,
    pub counters: Vec<Counter>,
    pub badges: Badges,
    /// Earliest first: missed ones that still can be made up for, then those to come.
    pub deadlines: Vec<Deadline>,
    /// Deadlines beyond those listed.
    pub more_deadlines: u64,
    pub work: OutboxSummary,
    /// What the tab as a whole can say about itself.
    pub state: ListState,
}

/// The badges that open no list: sums of work items, in which an order that is to ship *and* has an address request counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Badges {
    /// 首页: a deadline is missed or in the colour of alarm, or some work needs a person.
    pub home_dot: bool,
    /// 店铺: to ship, open after-sales and address requests. Orders tell nothing of work orders.
    pub shop: u64,
    /// App icon: 店铺 and 消息; as long as no messages come to the phone, the same as 店铺.
    pub app_icon: u64,
}

/// A badge. `value` is the length of the list that `opens` opens, at the same revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counter {
    pub kind: CounterKind,
    pub value: u64,
    /// 待发货: of these, parcels typed but not delivered. Zero elsewhere.
    pub saved_not_delivered: u32,
    pub opens: OrderFilter,
    /// What the number can say about itself: the states of the list that it opens.
    pub state: ListState,
}

/// The badges that orders can feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CounterKind {
    ToShip,
    AfterSale,
    /// Due within 12 hours or overdue, and unshipped at the platform.
    DueSoon,
    Hurried,
    /// 改地址申请 that the merchant can still answer.
    AddressRequest,
    Unpaid,
    /// Orders with unsent work.
    Pending,
}

/// Something that decides itself if the merchant does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deadline {
    pub order: OrderKey,
    pub number: String,
    /// Code for the words file: `ship_by`, `address_request`.
    pub kind: String,
    pub at: Instant,
    pub basis: crate::orders::Basis,
}
