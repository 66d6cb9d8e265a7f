//! What the Home tab shows: counters, each the length of the list it opens, and the next deadlines.

use serde::Serialize;

use crate::ids::OrderKey;
use crate::orders::OrderFilter;
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
    /// Earliest first: missed ones that still can be made up for, then those to come.
    pub deadlines: Vec<Deadline>,
    /// Deadlines beyond those listed.
    pub more_deadlines: u64,
    pub work: OutboxSummary,
}

/// A badge. `value` is the length of the list that `opens` opens, at the same revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counter {
    pub kind: CounterKind,
    pub value: u64,
    /// 待发货: of these, parcels typed but not delivered. Zero elsewhere.
    pub saved_not_delivered: u32,
    pub opens: OrderFilter,
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
