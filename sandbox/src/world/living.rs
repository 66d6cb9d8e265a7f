//! Buyers who act by themselves. What each will do, and when, stands in an agenda; [`World::advance`] works off what is
//! due, in order. An act looks at the order when its time comes, so whatever the merchant, a colleague or a test did in
//! between is respected, and an act that no longer fits does nothing. Reserved orders are passed over in the same way.
//!
//! All chance of living buyers comes from one stream in agenda order. A caller that advances in one step and one that
//! advances in a hundred see the same buyers, as long as nothing else happens in between.

use std::collections::BTreeMap;

use super::aftersale::AftersaleId;
use super::deadline::{Class, Deadline};
use super::event::{CancelType, Happening};
use super::lifelike::CaseMove;
use super::order::{Kind, OrderId, Status};
use super::script::Somebody;
use super::seed::PAY_WITHIN;
use super::tape::Verb;
use super::{Basket, PushEvent, World};

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
pub(crate) enum Act {
    Arrive,
    Pay(u32),
    GiveUp(u32),
    AcceptGift(u32),
    CompleteGroup(u32),
    Hurry(u32),
    AskForAddress(u32),
    Confirm(u32),
    ChangeOwnAddress(u32),
    AskForSku(u32),
    AskForMoney(u32),
    Arrived(u32),
    Complain(u32),
    ReceivedByTime(u32),
    /// (order, when the address was proposed, whether the buyer accepts)
    AnswerAddress(u32, i64, bool),
    Case {
        order: u32,
        case: AftersaleId,
        step: u32,
        what: CaseMove,
    },
    /// One order of the scripted bad day.
    Rush,
    Somebody(Somebody),
}

impl Act {
    fn order(self) -> Option<u32> {
        match self {
            Self::Arrive | Self::Rush | Self::Somebody(_) => None,
            Self::Case { order, .. } => Some(order),
            Self::Pay(index)
            | Self::GiveUp(index)
            | Self::AcceptGift(index)
            | Self::CompleteGroup(index)
            | Self::Hurry(index)
            | Self::AskForAddress(index)
            | Self::Confirm(index)
            | Self::ChangeOwnAddress(index)
            | Self::AskForSku(index)
            | Self::AskForMoney(index)
            | Self::Arrived(index)
            | Self::Complain(index)
            | Self::ReceivedByTime(index)
            | Self::AnswerAddress(index, ..) => Some(index),
        }
    }
}

impl Agenda {
    pub(crate) fn put(&mut self, at: i64, act: Act) {
        self.acts.insert((at, self.next), act);
        self.next += 1;
    }

    /// When the next act is planned.
    fn next(&self) -> Option<i64> {
        self.acts.first_key_value().map(|((at, _), _)| *at)
    }

    fn due(&mut self, now: i64) -> Option<(i64, Act)> {
        let entry = self.acts.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), act) = entry.remove_entry();
        Some((at, act))
    }
}

impl World {
    /// Lets living buyers act and decisions fall up to `now_s` (unix seconds), and gives back every event that arose since
    /// they were last taken, those of other verbs included. In a quiet world without open decisions it only moves the time.
    pub fn advance(&mut self, now_s: i64) -> Vec<PushEvent> {
        self.live_until(now_s);
        self.now = self.now.max(now_s);
        self.take_events()
    }

    fn live_until(&mut self, now_s: i64) {
        let paused = now_s - self.now > CATCH_UP;
        let mut acted = false;
        let began = self.now;
        loop {
            let act = self.agenda.next().filter(|at| self.switches.living && *at <= now_s);
            let decision = self.next_deadline().filter(|at| *at <= now_s);
            let Some(planned) = act.into_iter().chain(decision).min() else { break };
            if !acted {
                acted = true;
                // Noted before it happens: a verb is replayed at the time of the call, not at the times of the acts.
                self.note_down(now_s, Verb::Advance);
            }
            // Of one second, buyers come first: who pays in the last one has paid.
            if act == Some(planned) {
                self.act_planned(now_s, began, paused);
            } else if let Some((_, deadline)) = self.take_deadline() {
                let at = planned.max(began);
                self.now = self.now.max(at);
                self.fall(at, deadline);
            }
        }
    }

    fn act_planned(&mut self, now_s: i64, began: i64, paused: bool) {
        let Some((planned, act)) = self.agenda.due(now_s) else { return };
        if paused && matches!(act, Act::Arrive) && planned < now_s - CATCH_UP {
            self.agenda.put(now_s - CATCH_UP, Act::Arrive);
            return;
        }
        let at = planned.max(began);
        self.now = self.now.max(at);
        if act.order().is_some_and(|index| self.reserved.contains(&index)) {
            return;
        }
        self.act(at, act);
    }

    fn act(&mut self, at: i64, act: Act) {
        // A refusal only means that the act no longer fits.
        match act {
            Act::Arrive => {
                let gap = self.arrival_gap(at);
                let next = at + self.draw.between(1, gap * 2);
                self.agenda.put(next, Act::Arrive);
                _ = self.place_order(at, &Basket::default());
            }
            Act::Pay(index) => _ = self.pay(index, at),
            Act::GiveUp(index) => _ = self.cancel(index, at, CancelType::Buyer),
            Act::AcceptGift(index) => self.become_shippable(index, at, Status::GiftWaiting),
            Act::CompleteGroup(index) => self.become_shippable(index, at, Status::GroupWaiting),
            Act::Hurry(index) => _ = self.hurry(index, at),
            Act::AskForAddress(index) => _ = self.ask_for_address(index, at),
            Act::Confirm(index) => {
                // In a whole life time has an act of its own.
                let by_buyer = self.is_lifelike() || !self.order(index).id.number().is_multiple_of(3);
                _ = self.confirm(index, at, by_buyer);
            }
            Act::ChangeOwnAddress(index) => self.change_address_alone(index, at),
            Act::AskForSku(index) => self.ask_for_some_sku(index, at),
            Act::AskForMoney(index) => self.ask_for_money(index, at),
            Act::Arrived(index) => self.arrived(index, at),
            Act::Complain(index) => self.complain(index, at),
            Act::ReceivedByTime(index) => self.received_by_time(index, at),
            Act::AnswerAddress(index, asked, accept) => self.answer_proposal(index, at, asked, accept),
            Act::Case { case, step, what, .. } => self.move_in_case(at, case, step, what),
            Act::Rush => self.rush(at),
            Act::Somebody(what) => self.somebody(at, what),
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
        self.deadlines.put(self.order(index).created + PAY_WITHIN, Class::Buyers, Deadline::Lapse(index));
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
        self.plan_second_thoughts(index, at);
    }

    pub(crate) fn plan_receipt(&mut self, index: u32, at: i64) {
        if self.is_lifelike() {
            self.plan_transport(index, at);
            return;
        }
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
        for place in 0..self.cases.len() as u32 {
            self.plan_open_case(place, now);
        }
    }

    /// Leaves these orders to others: living buyers pass them over from now on. Unknown ids are ignored.
    pub fn reserve(&mut self, ids: &[OrderId]) {
        let indices: Vec<u32> = ids.iter().filter_map(|id| self.index_of(*id)).collect();
        self.reserved.extend(indices);
        self.note_down(self.now, Verb::Reserve { orders: ids.to_vec() });
    }
}
