//! Buyers who act by themselves. What each will do, and when, stands in an agenda; [`World::advance`] works off what is
//! due, in order. An act looks at the order when its time comes, so whatever the merchant, a colleague or a test did in
//! between is respected, and an act that no longer fits does nothing. Reserved orders are passed over in the same way.
//!
//! All chance of living buyers comes from one stream in agenda order. A caller that advances in one step and one that
//! advances in a hundred see the same buyers, as long as nothing else happens in between.

use std::collections::BTreeMap;

use super::event::{CancelType, ExtInfo, Happening};
use super::order::{AddressRequest, Kind, OrderId, Status};
use super::seed::PAY_WITHIN;
use super::tape::Verb;
use super::{Basket, PushEvent, World, people};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// After a pause longer than this (a sandbox that was switched off) buyers go on from now instead of catching up.
const CATCH_UP: i64 = DAY;

#[derive(Debug, Default)]
pub(crate) struct Agenda {
    /// By (time, number of the entry).
    acts: BTreeMap<(i64, u64), Act>,
    next: u64,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Arrive,
    Pay(u32),
    GiveUp(u32),
    LetLapse(u32),
    AcceptGift(u32),
    CompleteGroup(u32),
    Hurry(u32),
    AskForAddress(u32),
    AddressConsent(u32),
    Confirm(u32),
}

impl Act {
    fn order(self) -> Option<u32> {
        match self {
            Self::Arrive => None,
            Self::Pay(index)
            | Self::GiveUp(index)
            | Self::LetLapse(index)
            | Self::AcceptGift(index)
            | Self::CompleteGroup(index)
            | Self::Hurry(index)
            | Self::AskForAddress(index)
            | Self::AddressConsent(index)
            | Self::Confirm(index) => Some(index),
        }
    }
}

impl Agenda {
    fn put(&mut self, at: i64, act: Act) {
        self.acts.insert((at, self.next), act);
        self.next += 1;
    }

    fn due(&mut self, now: i64) -> Option<(i64, Act)> {
        let entry = self.acts.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), act) = entry.remove_entry();
        Some((at, act))
    }
}

impl World {
    /// Lets living buyers act up to `now_s` (unix seconds) and gives back every event that arose since they were last
    /// taken, those of other verbs included. Without living buyers it only moves the time.
    pub fn advance(&mut self, now_s: i64) -> Vec<PushEvent> {
        if self.switches.living {
            self.live_until(now_s);
        }
        self.now = self.now.max(now_s);
        self.take_events()
    }

    fn live_until(&mut self, now_s: i64) {
        let paused = now_s - self.now > CATCH_UP;
        let mut acted = false;
        let began = self.now;
        while let Some((planned, act)) = self.agenda.due(now_s) {
            if !acted {
                acted = true;
                // Noted before it happens: a verb is replayed at the time of the call, not at the times of the acts.
                self.note_down(now_s, Verb::Advance);
            }
            if paused && matches!(act, Act::Arrive) && planned < now_s - CATCH_UP {
                self.agenda.put(now_s - CATCH_UP, Act::Arrive);
                continue;
            }
            let at = planned.max(began);
            self.now = self.now.max(at);
            if act.order().is_some_and(|index| self.reserved.contains(&index)) {
                continue;
            }
            self.act(at, act);
        }
    }

    fn act(&mut self, at: i64, act: Act) {
        // A refusal only means that the act no longer fits.
        match act {
            Act::Arrive => {
                let gap = i64::from(self.config.arrival_gap_s.max(1));
                let next = at + self.draw.between(1, gap * 2);
                self.agenda.put(next, Act::Arrive);
                self.place_order(at, &Basket::default());
            }
            Act::Pay(index) => _ = self.pay(index, at),
            Act::GiveUp(index) => _ = self.cancel(index, at, CancelType::Buyer),
            Act::LetLapse(index) => _ = self.cancel(index, at, CancelType::Timeout),
            Act::AcceptGift(index) => self.become_shippable(index, at, Status::GiftWaiting),
            Act::CompleteGroup(index) => self.become_shippable(index, at, Status::GroupWaiting),
            Act::Hurry(index) => _ = self.hurry(index, at),
            Act::AskForAddress(index) => _ = self.ask_for_address(index, at),
            Act::AddressConsent(index) => self.consent_by_time(index, at),
            Act::Confirm(index) => _ = self.confirm(index, at, !self.order(index).id.number().is_multiple_of(3)),
        }
    }

    fn become_shippable(&mut self, index: u32, at: i64, from: Status) {
        if self.order(index).status != from {
            return;
        }
        let buyer = self.order(index).buyer;
        self.change(index, at, |order, _, _| {
            order.status = Status::ToShip;
            // The promise counts from now on, not from payment.
            order.promise = order.promise.saturating_add((at - order.paid).clamp(0, 90 * DAY) as u32);
        });
        self.announce(index, Some(buyer), at, Happening::WaitShipping);
        self.plan_waiting(index, at);
    }

    fn consent_by_time(&mut self, index: u32, at: i64) {
        let Some(request) = self.extras.get(&index).and_then(|extra| extra.address_request.clone()) else { return };
        if at - request.at < 12 * HOUR {
            return;
        }
        let buyer = self.order(index).buyer;
        self.change(index, at, |_, _, extra| {
            extra.moved_to = Some(request.place);
            extra.address_request = None;
        });
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::AddressChanged));
    }

    pub(crate) fn open_address_request(&mut self, index: u32, at: i64) {
        let place = self.draw.below(people::PLACES.len() as u32) as u16;
        let buyer = self.order(index).buyer;
        self.change(index, at, |_, _, extra| extra.address_request = Some(AddressRequest { place, at }));
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::AddressRequest));
        self.agenda.put(at + 12 * HOUR, Act::AddressConsent(index));
    }

    /// What a buyer will do with an order that was just made.
    pub(crate) fn plan_unpaid(&mut self, index: u32, at: i64) {
        match self.draw.below(100) {
            0..80 => {
                let pays = at + self.draw.between(15, 600);
                self.agenda.put(pays, Act::Pay(index));
            }
            80..90 => {
                let leaves = at + self.draw.between(60, 1_200);
                self.agenda.put(leaves, Act::GiveUp(index));
            }
            _ => {}
        }
        self.agenda.put(self.order(index).created + PAY_WITHIN, Act::LetLapse(index));
    }

    /// What a buyer will do once the order is paid.
    pub(crate) fn plan_paid(&mut self, index: u32, at: i64) {
        match self.order(index).status {
            Status::GiftWaiting => {
                let accepts = at + self.draw.between(HOUR / 6, 12 * HOUR);
                self.agenda.put(accepts, Act::AcceptGift(index));
            }
            Status::GroupWaiting => {
                let complete = at + self.draw.between(HOUR / 12, 6 * HOUR);
                self.agenda.put(complete, Act::CompleteGroup(index));
            }
            _ => self.plan_waiting(index, at),
        }
    }

    fn plan_waiting(&mut self, index: u32, at: i64) {
        let deadline = self.order(index).paid + i64::from(self.order(index).promise);
        if self.draw.per_mille(150) {
            let from = at + 60;
            let hurries = self.draw.between(from, from.max(deadline - 4 * HOUR));
            self.agenda.put(hurries, Act::Hurry(index));
        }
        if self.order(index).kind == Kind::Plain && self.draw.per_mille(20) {
            let asks = at + self.draw.between(HOUR / 2, 6 * HOUR);
            self.agenda.put(asks, Act::AskForAddress(index));
        }
    }

    pub(crate) fn plan_receipt(&mut self, index: u32, at: i64) {
        let receives = at + self.draw.between(3 * DAY, 10 * DAY);
        self.agenda.put(receives, Act::Confirm(index));
    }

    /// The agenda of a fresh world: everybody whose order is still open, and the next new buyer.
    pub(crate) fn plan_open_orders(&mut self) {
        let now = self.now;
        self.agenda.put(now + i64::from(self.config.arrival_gap_s.max(1)) / 2, Act::Arrive);
        for index in 0..self.orders.len() as u32 {
            match self.order(index).status {
                Status::AwaitingPayment => self.plan_unpaid(index, now),
                Status::GiftWaiting | Status::GroupWaiting => self.plan_paid(index, now),
                Status::ToShip | Status::PartlyShipped => self.plan_waiting(index, now),
                Status::Shipped => self.plan_receipt(index, now.max(self.order(index).shipped)),
                Status::Completed | Status::Refunded | Status::Cancelled => {}
            }
        }
    }

    /// Leaves these orders to others: living buyers pass them over from now on. Unknown ids are ignored.
    pub fn reserve(&mut self, ids: &[OrderId]) {
        let indices: Vec<u32> = ids.iter().filter_map(|id| self.index_of(*id)).collect();
        self.reserved.extend(indices);
        self.note_down(self.now, Verb::Reserve { orders: ids.to_vec() });
    }
}
