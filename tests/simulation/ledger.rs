//! What the people of a simulated world were told and did, to hold the world to it.

use std::collections::{BTreeMap, BTreeSet};

use shopkeeper_core::ids::{CommandId, OrderKey};
use shopkeeper_core::orders::Flag;
use shopkeeper_core::outbox::OutboxItem;

/// Something that a phone confirmed to its merchant.
#[derive(Debug, Clone)]
pub struct Confirmed {
    pub phone: usize,
    pub order: OrderKey,
    pub wish: Wish,
    pub taken_back: TakenBack,
}

/// What was confirmed. Waybills and note texts are unique in a world, so that an effect names its command.
#[derive(Debug, Clone)]
pub enum Wish {
    Ship { waybills: Vec<String> },
    Note { text: String },
}

impl Wish {
    /// What the platform's log shows of it.
    pub fn marks(&self) -> Vec<String> {
        match self {
            Self::Ship { waybills } => waybills.clone(),
            Self::Note { text } => vec![text.clone()],
        }
    }
}

/// Whether the merchant took it back, and what the phone had said of it then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    No,
    /// It was certainly not at the platform, and must never be.
    Certainly,
    /// Likewise, for the relay had refused it. One that is put back to an older state has forgotten that, and may do it after all.
    Refused,
    /// Nobody knew, and the merchant was told so.
    InDoubt,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Ledger {
    pub commands: BTreeMap<CommandId, Confirmed>,
    /// (phone, order) → the flag last set there.
    pub flags: BTreeMap<(usize, OrderKey), Option<Flag>>,
    /// (phone, order) → private notes in the order in which they were written.
    pub notes: BTreeMap<(usize, OrderKey), Vec<String>>,
    /// Texts of notes whose outcome nobody knew, and how often their merchants wrote them again all the same.
    pub written_again: BTreeMap<String, usize>,
    /// Numbers of orders with which a buyer or a colleague did something.
    pub touched: BTreeSet<String>,
    pub relay_was_killed: bool,
    /// The relay's store was put back to an older state.
    pub relay_set_back: bool,
    /// A link between relay and platform lost answers, or the relay was killed.
    pub answers_may_be_lost: bool,
    serial: u64,
}

impl Ledger {
    /// A number that no other deed of this world has.
    pub fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The relay's store was put back to an older state. The phone's words do not say yet what that means: see the changelog.
    pub fn set_relay_back(&mut self) {
        self.relay_set_back = true;
        for confirmed in self.commands.values_mut() {
            if confirmed.taken_back == TakenBack::Refused {
                confirmed.taken_back = TakenBack::InDoubt;
            }
        }
    }

    pub fn confirm(&mut self, id: CommandId, phone: usize, order: OrderKey, wish: Wish) {
        self.commands.insert(id, Confirmed { phone, order, wish, taken_back: TakenBack::No });
    }

    /// Whether a buyer or a colleague did something with the order of this number.
    pub fn is_touched(&self, number: &str) -> bool {
        self.touched.contains(number)
    }

    /// Whether anybody else, or another command, worked on the order of a command.
    pub fn has_rivals(&self, item: &OutboxItem) -> bool {
        let is_rival = |(id, other): (&CommandId, &Confirmed)| *id != item.id && other.order == item.order;
        self.is_touched(&item.number) || self.commands.iter().any(is_rival)
    }
}
