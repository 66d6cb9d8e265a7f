//! The rulebook: what a platform's codes mean, and the rules of its that a deadline or a check rests on, as data.
//!
//! A new status code or a changed promise is a line in `data/rulebook.json`, not a release of logic. Each entry says how sure it is and
//! what it rests on. Two things hold whatever stands in it: a code that it does not have is [`Phase::Unknown`] and keeps its raw value,
//! and a deadline that the source sends wins over one that a rule gives.
//!
//! The file is read as a whole or not at all. What is wrong with it is named by its key ([`RulebookError`]), since whoever edits it sees
//! nothing else.

mod carrier;
mod entry;
mod load;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use entry::{Confidence, Rule, StatusRule, Unit};
pub use load::RulebookError;

use crate::ids::OrderKey;
use crate::time::Span;
use carrier::WaybillPattern;

/// What a raw status code means to the shop. The rulebook maps codes; a code that it does not know is [`Phase::Unknown`], and
/// such an order stays visible with its raw value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Unknown,
    /// Waiting for payment.
    Unpaid,
    /// Paid, but waiting for somebody else (a gift to be accepted, a group to be complete).
    Waiting,
    ToShip,
    PartShipped,
    ToReceive,
    Done,
    Closed,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rulebook {
    rules: BTreeMap<String, Rule>,
    /// By source and raw code.
    statuses: BTreeMap<(String, i64), StatusRule>,
    patterns: Vec<WaybillPattern>,
    needed: Needed,
}

/// The rules that this build rests on, read out of the entries once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Needed {
    promise: Span,
    address_accepted_after: Span,
    due_soon: Span,
    orders_fresh: Span,
    orders_very_stale: Span,
    waybill_min: usize,
    waybill_max: usize,
    duplicate_window: Span,
    platform_note_max: usize,
    private_note_max: usize,
}

static BUILTIN: LazyLock<Rulebook> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test reads it")]
    Rulebook::parse(include_str!("../../data/rulebook.json")).expect("the rulebook in the program is valid")
});

impl Rulebook {
    /// The rulebook that this build carries.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// What a raw status code means at the source whose prefix the key carries (`wx:…`); `None` for a code nobody told us about.
    #[must_use]
    pub fn status(&self, order: &OrderKey, code: i64) -> Option<&StatusRule> {
        let source = order.as_str().split(':').next().unwrap_or_default();
        self.statuses.get(&(source.to_owned(), code))
    }

    /// [`Phase::Unknown`] for a code that is not in the rulebook.
    #[must_use]
    pub fn phase(&self, order: &OrderKey, code: i64) -> Phase {
        self.status(order, code).map_or(Phase::Unknown, |status| status.phase)
    }

    /// An entry as it stands in the file, for the screen that shows the rules.
    #[must_use]
    pub fn rule(&self, key: &str) -> Option<&Rule> {
        self.rules.get(key)
    }

    /// Every rule, by key.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// How long after payment the platform must have the waybill, where the source sends no deadline. An estimate.
    #[must_use]
    pub const fn promise(&self) -> Span {
        self.needed.promise
    }

    /// How long after it was asked for another address is agreed to by itself.
    #[must_use]
    pub const fn address_accepted_after(&self) -> Span {
        self.needed.address_accepted_after
    }

    /// How long before its end a deadline counts as about to pass.
    #[must_use]
    pub const fn due_soon(&self) -> Span {
        self.needed.due_soon
    }

    /// Up to this age a list of orders says nothing about its age.
    #[must_use]
    pub const fn orders_fresh(&self) -> Span {
        self.needed.orders_fresh
    }

    /// Beyond this age a list of orders is shown in amber.
    #[must_use]
    pub const fn orders_very_stale(&self) -> Span {
        self.needed.orders_very_stale
    }

    /// Characters of the shortest and of the longest waybill, both allowed.
    #[must_use]
    pub const fn waybill_lengths(&self) -> std::ops::RangeInclusive<usize> {
        self.needed.waybill_min..=self.needed.waybill_max
    }

    /// A waybill used within this time is a duplicate.
    #[must_use]
    pub const fn duplicate_window(&self) -> Span {
        self.needed.duplicate_window
    }

    /// Most characters of a note at the platform.
    #[must_use]
    pub const fn platform_note_max(&self) -> usize {
        self.needed.platform_note_max
    }

    /// Most characters of a private note.
    #[must_use]
    pub const fn private_note_max(&self) -> usize {
        self.needed.private_note_max
    }

    /// The carrier whose numbers look like this one; the first pattern of the file that fits. `waybill` is folded already.
    #[must_use]
    pub fn guess_carrier(&self, waybill: &str) -> Option<&str> {
        self.patterns.iter().find(|pattern| pattern.fits(waybill)).map(|pattern| pattern.carrier.as_str())
    }
}

#[cfg(test)]
mod tests;
