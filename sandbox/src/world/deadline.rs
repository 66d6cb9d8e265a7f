//! What falls by itself when its time is up: the platform's decisions, which nobody makes.
//!
//! A decision stands here from the moment at which its clock starts, and looks at the world when it falls: what was
//! answered meanwhile, or got another clock, is passed over. The spans are the rulebook's; the answers of the platform name
//! the moment itself wherever the wire has a field for it.
//!
//! # Three classes
//!
//! A pretend shop must be able to stand still, so not everything falls always. What the platform itself has begun ends in
//! any world. What has always belonged to living buyers (an unpaid order lapses, a new address counts as agreed to) falls
//! with them, and in a quiet world when [`Switches::deadlines`](super::Switches) asks for it. All other decisions fall only
//! when that switch asks.

use std::collections::BTreeMap;

use super::World;
use super::aftersale::AftersaleId;
use super::event::{CancelType, ExtInfo};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// The buyer's request for another address counts as agreed to.
pub(crate) const ADDRESS_CONSENT: i64 = 12 * HOUR;
/// The buyer did not answer the merchant's proposal of another address. The rulebook has no span; a day.
pub(crate) const PROPOSED_ADDRESS: i64 = DAY;
/// The request for another SKU counts as refused. The wire names the moment; the rulebook has no span; a day.
pub(crate) const SKU_REFUSAL: i64 = DAY;
/// `aftersale.handle_refund_only` and `aftersale.handle_return`
pub(crate) const HANDLE: i64 = 48 * HOUR;
/// `aftersale.buyer_return_waybill`
pub(crate) const SEND_BACK: i64 = 7 * DAY;
/// `aftersale.confirm_receipt`
pub(crate) const CONFIRM_RECEIPT: i64 = 10 * DAY;
/// `aftersale.dispute_window`
pub(crate) const DISPUTE: i64 = 7 * DAY;
/// The buyer's answer to a proposal, to an offline refund, or to a case that the merchant opened. No span is known; two days.
pub(crate) const BUYER_ANSWERS: i64 = 48 * HOUR;

/// Which worlds it falls in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Platform,
    Buyers,
    Rules,
}

impl Class {
    const ALL: [Self; 3] = [Self::Platform, Self::Buyers, Self::Rules];
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Deadline {
    /// An unpaid order lapses.
    Lapse(u32),
    /// The buyer's new address.
    Address(u32),
    /// The merchant's proposal of an address, made at `asked`.
    Proposal { order: u32, asked: i64 },
    /// The other SKU that was asked for at `asked`.
    Sku { order: u32, asked: i64 },
    /// A look at a draft that was asked for at `asked`.
    Audit { product: u16, asked: i64 },
    /// A case stays where it has stood since its clock started: `step` counts its steps.
    Case { case: AftersaleId, order: u32, step: u32 },
}

impl Deadline {
    /// The order that must not be reserved for it to fall.
    fn order(self) -> Option<u32> {
        match self {
            Self::Lapse(order)
            | Self::Address(order)
            | Self::Proposal { order, .. }
            | Self::Sku { order, .. }
            | Self::Case { order, .. } => Some(order),
            Self::Audit { .. } => None,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    /// By class, then (time, number of the entry).
    classes: [BTreeMap<(i64, u64), Deadline>; 3],
    next: u64,
}

impl Deadlines {
    pub(crate) fn put(&mut self, at: i64, class: Class, deadline: Deadline) {
        self.classes[class as usize].insert((at, self.next), deadline);
        self.next += 1;
    }

    /// When the first of these classes falls.
    fn first(&self, falls: impl Fn(Class) -> bool) -> Option<((i64, u64), Class)> {
        Class::ALL
            .into_iter()
            .filter(|class| falls(*class))
            .filter_map(|class| self.classes[class as usize].first_key_value().map(|(key, _)| (*key, class)))
            .min_by_key(|(key, _)| *key)
    }
}

impl World {
    fn falls(&self, class: Class) -> bool {
        match class {
            Class::Platform => true,
            Class::Buyers => self.switches.living || self.switches.deadlines,
            Class::Rules => self.switches.deadlines,
        }
    }

    /// When the next decision falls.
    pub(crate) fn next_deadline(&self) -> Option<i64> {
        self.deadlines.first(|class| self.falls(class)).map(|((at, _), _)| at)
    }

    /// Takes the next decision out, with the time at which it was due.
    pub(crate) fn take_deadline(&mut self) -> Option<(i64, Deadline)> {
        let (key, class) = self.deadlines.first(|class| self.falls(class))?;
        let deadline = self.deadlines.classes[class as usize].remove(&key)?;
        Some((key.0, deadline))
    }

    pub(crate) fn fall(&mut self, at: i64, deadline: Deadline) {
        if deadline.order().is_some_and(|order| self.reserved.contains(&order)) {
            return;
        }
        match deadline {
            Deadline::Lapse(order) => _ = self.cancel(order, at, CancelType::Timeout),
            Deadline::Address(order) => self.consent_by_time(order, at),
            Deadline::Proposal { order, asked } => {
                self.end_proposal_of(order, at, asked, ExtInfo::NewAddressUnanswered);
            }
            Deadline::Sku { order, asked } => self.sku_request_lapses(order, at, asked),
            Deadline::Audit { product, asked } => self.end_audit(at, product, asked),
            Deadline::Case { case, step, .. } => self.case_falls(at, case, step),
        }
    }
}
