//! Buyers and carriers of a whole life, behind [`Switches::lifelike`](super::Switches): what they do beyond ordering, paying
//! and confirming. All of it is drawn from a stream of its own, so that a world without this switch is what it always was.
//!
//! * Orders come by the hour of the day in China: few before dawn, most in the evening.
//! * A waiting buyer may change the address (himself within six hours, later by asking), ask for another SKU, or for the
//!   money back.
//! * A carrier collects a parcel within hours and delivers it within days. The platform shows a merchant neither.
//! * A buyer who has the goods confirms, forgets it (time does it then), or opens a case; in a case he answers, sends the
//!   goods back, gives in or goes to the platform, or does nothing, so that time decides.

use super::aftersale::{AftersaleId, AftersaleKind, AftersaleRequest, AftersaleStatus, BuyerStep};
use super::event::ExtInfo;
use super::living::Act;
use super::order::{Kind, Status};
use super::{World, goods, people};

use AftersaleStatus as S;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// `addr.change.needs_merchant_after`
const OWN_ADDRESS: i64 = 6 * HOUR;
/// Time confirms receipt so long after delivery. The rulebook does not know the platform's span.
const RECEIVED_BY_TIME: i64 = 10 * DAY;

/// How many orders of a hundred each hour gets, times ten; hours of China.
const HOURS: [i64; 24] = [14, 6, 3, 2, 2, 5, 14, 28, 42, 52, 56, 58, 56, 48, 44, 44, 46, 50, 62, 78, 92, 90, 70, 38];
const HOURS_MEAN: i64 = 42;

/// What a buyer does with a case, when the time comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CaseMove {
    Withdraw,
    SendBack,
    Agree,
    Disagree,
    Escalate,
    Receive,
}

impl World {
    pub(crate) fn is_lifelike(&self) -> bool {
        self.switches.living && self.switches.lifelike
    }

    /// Mean seconds between two new orders at this time of day.
    pub(crate) fn arrival_gap(&self, at: i64) -> i64 {
        let gap = i64::from(self.config.arrival_gap_s.max(1));
        if !self.switches.lifelike {
            return gap;
        }
        let hour = (at + 8 * HOUR).rem_euclid(DAY) / HOUR;
        (gap * HOURS_MEAN / HOURS[hour as usize]).max(1)
    }

    /// What else the buyer of an order that waits to be shipped may come upon.
    pub(crate) fn plan_second_thoughts(&mut self, index: u32, at: i64) {
        if !self.is_lifelike() {
            return;
        }
        if self.life.per_mille(25) {
            let asks = at + self.life.between(HOUR / 2, 20 * HOUR);
            self.agenda.put(asks, Act::AskForMoney(index));
        }
        if self.order(index).kind != Kind::Plain {
            return;
        }
        if self.life.per_mille(20) {
            let changes = at + self.life.between(300, OWN_ADDRESS - 300);
            self.agenda.put(changes, Act::ChangeOwnAddress(index));
        }
        if self.life.per_mille(25) {
            let asks = at + self.life.between(HOUR / 4, 16 * HOUR);
            self.agenda.put(asks, Act::AskForSku(index));
        }
    }

    /// The way of a parcel that just went out.
    pub(crate) fn plan_transport(&mut self, index: u32, at: i64) {
        let collected = at + self.life.between(HOUR, 10 * HOUR);
        let arrives = collected + self.life.between(DAY, 4 * DAY);
        self.agenda.put(arrives, Act::Arrived(index));
    }

    /// The parcel is at the buyer's door.
    pub(crate) fn arrived(&mut self, index: u32, at: i64) {
        if self.order(index).status != Status::Shipped {
            return;
        }
        self.extras.entry(index).or_default().delivered = at;
        match self.life.below(100) {
            0..62 => {
                let confirms = at + self.life.between(HOUR, 4 * DAY);
                self.agenda.put(confirms, Act::Confirm(index));
            }
            62..70 => {
                let complains = at + self.life.between(HOUR, 5 * DAY);
                self.agenda.put(complains, Act::Complain(index));
            }
            _ => {}
        }
        self.agenda.put(at + RECEIVED_BY_TIME, Act::ReceivedByTime(index));
    }

    /// Time confirms receipt, unless a case about the goods is still open.
    pub(crate) fn received_by_time(&mut self, index: u32, at: i64) {
        if self.order(index).status != Status::Shipped {
            return;
        }
        if self.lines_at(index).iter().any(|line| line.on_aftersale > 0) {
            self.agenda.put(at + DAY, Act::ReceivedByTime(index));
        } else {
            _ = self.confirm(index, at, false);
        }
    }

    /// A buyer who waits for a parcel wants the money instead.
    pub(crate) fn ask_for_money(&mut self, index: u32, at: i64) {
        if !matches!(self.order(index).status, Status::ToShip | Status::PartlyShipped) {
            return;
        }
        let reason = self.life.pick(&super::aftersale::BEFORE_RECEIPT);
        let line = self.life.below(self.lines_at(index).len() as u32) as u8;
        let request = AftersaleRequest { reason, ..AftersaleRequest::new(AftersaleKind::Refund) };
        _ = self.open_case(index, at, line, &request, S::MerchantProcessing);
    }

    /// A buyer who has the goods is not content.
    pub(crate) fn complain(&mut self, index: u32, at: i64) {
        let line = self.life.below(self.lines_at(index).len() as u32) as u8;
        let row = &self.lines_at(index)[usize::from(line)];
        let (product, sku, pieces) = (row.product, row.sku, row.bought - row.after_aftersale);
        let kind =
            [AftersaleKind::Refund, AftersaleKind::Return, AftersaleKind::Exchange][self.life.weighted(&[35, 50, 15])];
        let skus = goods::of(product).skus.len() as u8;
        let new_sku = (0..skus).find(|other| self.may_take_sku(product, sku, *other, pieces));
        let kind = if kind == AftersaleKind::Exchange && new_sku.is_none() { AftersaleKind::Return } else { kind };
        let request = AftersaleRequest {
            reason: self.life.pick(&super::aftersale::AFTER_RECEIPT),
            desc: self.life.pick(&["", "和图片不一样", "收到时有破损", "味道不对，想退"]).to_owned(),
            received: true,
            new_sku: new_sku.filter(|_| kind == AftersaleKind::Exchange),
            ..AftersaleRequest::new(kind)
        };
        _ = self.open_case(index, at, line, &request, S::MerchantProcessing);
    }

    pub(crate) fn change_address_alone(&mut self, index: u32, at: i64) {
        let place = self.life.below(people::PLACES.len() as u32) as u16;
        if at - self.order(index).created < OWN_ADDRESS {
            _ = self.change_own_address(index, at, place);
        }
    }

    pub(crate) fn ask_for_some_sku(&mut self, index: u32, at: i64) {
        let found = self.lines_at(index).iter().enumerate().find_map(|(place, line)| {
            let skus = goods::of(line.product).skus.len() as u8;
            let new = (0..skus).find(|sku| self.may_take_sku(line.product, line.sku, *sku, line.bought))?;
            Some((place as u8, new))
        });
        if let Some((line, new_sku)) = found {
            _ = self.ask_for_sku(index, at, line, new_sku);
        }
    }

    /// The buyer's answer to the merchant's proposal of an address.
    pub(crate) fn plan_proposal(&mut self, index: u32, at: i64) {
        if !self.is_lifelike() {
            return;
        }
        let answers = at + self.life.between(300, 20 * HOUR);
        match self.life.below(10) {
            0..7 => self.agenda.put(answers, Act::AnswerAddress(index, at, true)),
            7..9 => self.agenda.put(answers, Act::AnswerAddress(index, at, false)),
            _ => {}
        }
    }

    pub(crate) fn answer_proposal(&mut self, index: u32, at: i64, asked: i64, accept: bool) {
        let how = if accept { ExtInfo::NewAddressAccepted } else { ExtInfo::NewAddressRefused };
        self.end_proposal_of(index, at, asked, how);
    }

    /// What the buyer will do with a case that just moved.
    pub(crate) fn plan_case(&mut self, place: u32, at: i64) {
        if !self.is_lifelike() {
            return;
        }
        let case = self.cases.row(place);
        let (id, order, step) = (case.id, case.order, case.step);
        let chance = self.life.below(100);
        let (within, what) = match (case.status, chance) {
            (S::MerchantProcessing, 0..12) => (HOUR..30 * HOUR, CaseMove::Withdraw),
            (S::UserWaitReturn, 0..85) => (4 * HOUR..4 * DAY, CaseMove::SendBack),
            (S::UserWaitConfirmUpdate | S::UserWaitHandleMerchantCase, 0..60) => (HOUR..40 * HOUR, CaseMove::Agree),
            (S::UserWaitConfirmUpdate | S::UserWaitHandleMerchantCase, 60..85) => (HOUR..40 * HOUR, CaseMove::Disagree),
            (S::UserWaitConfirm, 0..80) => (HOUR..40 * HOUR, CaseMove::Agree),
            (S::UserWaitReceipt, 0..90) => (2 * DAY..5 * DAY, CaseMove::Receive),
            (status, 0..35) if status.is_refused() => (2 * HOUR..72 * HOUR, CaseMove::Escalate),
            (status, 35..65) if status.is_refused() => (2 * HOUR..72 * HOUR, CaseMove::Withdraw),
            _ => return,
        };
        let moves = at + self.life.between(within.start, within.end);
        self.agenda.put(moves, Act::Case { order, case: id, step, what });
    }

    pub(crate) fn move_in_case(&mut self, at: i64, id: AftersaleId, step: u32, what: CaseMove) {
        if self.cases.place(id).is_none_or(|place| self.cases.row(place).step != step) {
            return;
        }
        let step = match what {
            CaseMove::Withdraw => BuyerStep::Withdraw,
            CaseMove::SendBack => BuyerStep::SendBack {
                carrier: self.life.pick(&["YTO", "ZTO", "SF"]).to_owned(),
                waybill: format!("TH{}", 1_000_000_000 + self.life.below(900_000_000)),
            },
            CaseMove::Agree => BuyerStep::Answer { agree: true },
            CaseMove::Disagree => BuyerStep::Answer { agree: false },
            CaseMove::Escalate => BuyerStep::Escalate,
            CaseMove::Receive => BuyerStep::Receive,
        };
        _ = self.buyer_step(id, at, &step);
    }
}
