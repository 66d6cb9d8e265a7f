//! How a case moves: the one function through which it does, what its end does to the order, and what falls by itself.

use super::past::whole_order_case;
use super::{AftersaleBook, AftersaleId, AftersaleKind, AftersaleStatus, Case, RefundWays};
use crate::world::deadline::{BUYER_ANSWERS, CONFIRM_RECEIPT, Class, DISPUTE, Deadline, HANDLE, SEND_BACK};
use crate::world::event::{CancelType, Happening};
use crate::world::order::{Line, Order, Status};
use crate::world::random::derived;
use crate::world::shelf::{FlowReason, Place};
use crate::world::{OrderId, Refusal, World};

use AftersaleStatus as S;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// How long a parcel is looked for before it turns back.
const INTERCEPT: i64 = 6 * HOUR;

/// `refund_reason` on the wire.
pub(crate) mod refund_reason {
    pub(crate) const MERCHANT_API: u8 = 3;
    pub(crate) const DISPUTE: u8 = 5;
    pub(crate) const FORCED: u8 = 6;
    pub(crate) const ANSWERED_TOO_LATE: u8 = 9;
    pub(crate) const RECEIPT_TIMEOUT: u8 = 11;
    pub(crate) const PROPOSAL: u8 = 12;
    pub(crate) const MERCHANT_OPENED: u8 = 17;
    pub(crate) const INTERCEPTED: u8 = 22;
}

impl World {
    pub(crate) fn find_case(&self, id: AftersaleId) -> Result<u32, Refusal> {
        self.cases.place(id).ok_or_else(|| Refusal::new(10021057, "aftersale order not exist"))
    }

    /// Where this case stands.
    pub fn case_status(&self, id: AftersaleId) -> Option<AftersaleStatus> {
        self.cases.place(id).map(|place| self.cases.row(place).status)
    }

    /// The platform's truth about every case, in order of creation.
    pub fn case_books(&self) -> Vec<AftersaleBook> {
        self.cases.rows.iter().map(|case| self.case_book(case)).collect()
    }

    /// Whether some buyer showed a picture with this media id.
    pub fn is_evidence(&self, media_id: &str) -> bool {
        let case = media_id.strip_prefix("media_").and_then(|rest| rest.split_once('_'));
        let id = case.and_then(|(case, _)| case.parse().ok()).and_then(|id| self.cases.place(id));
        id.is_some_and(|place| self.cases.row(place).details.media.iter().any(|media| media == media_id))
    }

    /// The cases of one order, in order of creation.
    pub fn cases_of(&self, order: OrderId) -> Vec<AftersaleBook> {
        let Some(index) = self.index_of(order) else { return Vec::new() };
        self.cases_at(index).map(|case| self.case_book(case)).collect()
    }

    pub(crate) fn cases_at(&self, index: u32) -> impl Iterator<Item = &Case> {
        let own = self.extras.get(&index).map(|extra| extra.aftersales.as_slice()).unwrap_or_default();
        let order = self.order(index);
        let whole =
            (own.is_empty() && order.status == Status::Refunded).then(|| whole_order_case(self.config.seed, order));
        let ids = own.iter().map(|id| AftersaleId(*id)).chain(whole);
        ids.filter_map(|id| self.cases.place(id)).map(|place| self.cases.row(place))
    }

    fn case_book(&self, case: &Case) -> AftersaleBook {
        AftersaleBook {
            id: case.id,
            order: self.order(case.order).id,
            line: case.line,
            count: case.count,
            kind: case.kind,
            status: case.status,
            create_time: case.created,
            update_time: case.updated,
            deadline: (case.deadline > 0).then_some(case.deadline),
            amount: case.amount,
            refund_reason: case.refund_reason,
        }
    }

    /// What a buyer may still ask for: what was paid for the pieces, and together with all other claims on the order never
    /// more than what was paid for the order. Whoever asks last for an order of which nothing was sent gets the freight too.
    pub(crate) fn claimable(&self, index: u32, line: u8, count: u16, except: Option<AftersaleId>) -> i64 {
        let (order, lines) = (self.order(index), self.lines_at(index));
        let Some(row) = lines.get(usize::from(line)) else { return 0 };
        let lives = |case: &&Case| !case.status.is_closed() || case.status.gave_money();
        let (mut of_order, mut of_line) = (0, 0);
        for case in self.cases_at(index).filter(|case| Some(case.id) != except).filter(lives) {
            of_order += case.amount;
            if case.line == line {
                of_line += case.amount;
            }
        }
        let paid = order_price(order, lines);
        let spoken_for = |place: usize| {
            let own = if place == usize::from(line) { count } else { 0 };
            let row = &lines[place];
            // The pieces of the case itself count once.
            let open =
                if except.is_some() && own > 0 { row.on_aftersale.saturating_sub(own) } else { row.on_aftersale };
            open + row.after_aftersale + own >= row.bought
        };
        let last = (0..lines.len()).all(spoken_for);
        if last && lines.iter().all(|line| line.shipped == 0) {
            return (paid - of_order).max(0);
        }
        let last_of_line = spoken_for(usize::from(line));
        let share = if last_of_line {
            row.real_price() - of_line
        } else {
            row.real_price() * i64::from(count) / i64::from(row.bought)
        };
        share.min(row.real_price() - of_line).min(paid - of_order).max(0)
    }

    /// Moves a case. Leaving the graph is a mistake of this program, which shows in tests; a merchant's shop stays as it was.
    pub(crate) fn move_case(&mut self, place: u32, at: i64, next: AftersaleStatus) {
        let case = self.cases.row(place);
        let (id, order, from) = (case.id, case.order, case.status);
        if !from.may_become(next) {
            debug_assert!(false, "{from:?} does not become {next:?}");
            return;
        }
        let (span, class) = self.clock_of(case, next, at);
        self.cases.change(place, at, |case| {
            if next == S::UserWaitConfirmUpdate {
                case.details.left = (case.deadline - at).max(0);
            }
            case.status = next;
            case.step += 1;
            case.deadline = span.map_or(0, |span| at + span);
            if next.is_closed() {
                case.completed = at;
            }
        });
        let step = self.cases.row(place).step;
        if let Some(span) = span {
            self.deadlines.put(at + span, class, Deadline::Case { case: id, order, step });
        }
        if next.is_closed() {
            self.settle_case(place, at, next.gave_money());
        }
        let buyer = self.order(order).buyer;
        self.announce(order, Some(buyer), at, Happening::Aftersale { id, status: next });
        if next.gave_money() {
            self.announce_if_over(order, at);
        }
        self.plan_case(place, at);
    }

    /// How long a case may stay in `next`, and who lets it fall.
    pub(crate) fn clock_of(&self, case: &Case, next: AftersaleStatus, at: i64) -> (Option<i64>, Class) {
        let chance = derived(self.config.seed, case.id.0 ^ at.unsigned_abs() << 20);
        let span = match next {
            // The negotiation stopped the merchant's clock; it goes on with what was left, but never with nothing.
            S::MerchantProcessing if case.details.negotiated => case.details.left.max(HOUR),
            S::MerchantProcessing | S::MerchantOverdueRefund => HANDLE,
            S::UserWaitReturn => SEND_BACK,
            S::MerchantWaitReceipt | S::UserWaitReceipt => CONFIRM_RECEIPT,
            S::UserWaitConfirm | S::UserWaitConfirmUpdate | S::UserWaitHandleMerchantCase => BUYER_ANSWERS,
            S::MerchantRejectRefund | S::MerchantRejectReturn | S::MerchantRejectExchange | S::MerchantRejectReship => {
                DISPUTE
            }
            S::PlatformRefundFail => DISPUTE,
            S::PlatformRefunding => return (Some(60 + (chance % 60) as i64), Class::Platform),
            S::PlatformProcessing => return (Some(DAY + (chance % 48) as i64 * HOUR), Class::Platform),
            S::WaitPackageIntercept => return (Some(INTERCEPT), Class::Platform),
            _ => return (None, Class::Rules),
        };
        (Some(span), Class::Rules)
    }

    /// Starts the clock of a case of the past, and its buyer.
    pub(crate) fn plan_open_case(&mut self, place: u32, now: i64) {
        let case = self.cases.row(place);
        let (id, order, step, deadline) = (case.id, case.order, case.step, case.deadline);
        if deadline > 0 {
            self.deadlines.put(deadline, Class::Rules, Deadline::Case { case: id, order, step });
            self.plan_case(place, now);
        }
    }

    /// A clock has run out. It is void if the case has moved since.
    pub(crate) fn case_falls(&mut self, at: i64, id: AftersaleId, step: u32) {
        let Some(place) = self.cases.place(id) else { return };
        let case = self.cases.row(place);
        if case.step != step {
            return;
        }
        match (case.status, case.kind) {
            (S::MerchantProcessing, AftersaleKind::Refund) => {
                self.pay_by_itself(place, at, refund_reason::ANSWERED_TOO_LATE);
            }
            (S::MerchantProcessing, AftersaleKind::Return | AftersaleKind::Exchange) => {
                self.agree_to_return(place, at, 0)
            }
            (S::MerchantWaitReceipt, _) => self.pay_by_itself(place, at, refund_reason::RECEIPT_TIMEOUT),
            (S::MerchantOverdueRefund, _) => self.start_refund(place, at, refund_reason::FORCED),
            (S::WaitPackageIntercept, _) => self.pay_by_itself(place, at, refund_reason::INTERCEPTED),
            (S::UserWaitReturn, _) => self.move_case(place, at, S::ReturnClosed),
            (S::UserWaitConfirmUpdate, _) => self.move_case(place, at, S::MerchantProcessing),
            (S::UserWaitHandleMerchantCase, _) => self.move_case(place, at, S::MerchantFail),
            (S::UserWaitReceipt, _) => self.move_case(place, at, S::MerchantExchangeSuccess),
            (S::UserWaitConfirm, kind) => self.move_case(place, at, paid_status(kind)),
            (status, _) if status.is_refused() => self.move_case(place, at, S::MerchantFail),
            (S::PlatformProcessing, _) => {
                if derived(self.config.seed, id.0).is_multiple_of(2) {
                    self.pay_by_itself(place, at, refund_reason::DISPUTE);
                } else {
                    self.move_case(place, at, S::MerchantFail);
                }
            }
            (S::PlatformRefunding, kind) => {
                let fails = self.switches.refunds == RefundWays::Fail;
                self.cases.change(place, at, |case| case.details.refund_failed = fails);
                self.move_case(place, at, if fails { S::PlatformRefundFail } else { paid_status(kind) });
            }
            (S::PlatformRefundFail, _) => self.move_case(place, at, S::MerchantRefundRetryFail),
            _ => {}
        }
    }

    /// The platform pays in the merchant's place, or finds the account empty. An exchange that ends in money is a return
    /// from then on, for what was paid.
    pub(crate) fn pay_by_itself(&mut self, place: u32, at: i64, reason: u8) {
        let case = self.cases.row(place);
        if case.kind == AftersaleKind::Exchange {
            let amount = self.claimable(case.order, case.line, case.count, Some(case.id));
            self.cases.change(place, at, |case| (case.kind, case.amount) = (AftersaleKind::Return, amount));
        }
        if self.switches.refunds == RefundWays::NoMoney {
            self.cases.change(place, at, |case| case.refund_reason = reason);
            self.move_case(place, at, S::MerchantOverdueRefund);
        } else {
            self.start_refund(place, at, reason);
        }
    }

    pub(crate) fn start_refund(&mut self, place: u32, at: i64, reason: u8) {
        let order = self.cases.row(place).order;
        self.cases.change(place, at, |case| case.refund_reason = reason);
        self.extras.entry(order).or_default().refund_asked = at;
        self.move_case(place, at, S::PlatformRefunding);
    }

    /// The buyer may send the goods back. Pieces of the other SKU are set aside for an exchange.
    pub(crate) fn agree_to_return(&mut self, place: u32, at: i64, address: u64) {
        let case = self.cases.row(place);
        let (order, line, count, new_sku) = (case.order, case.line, case.count, case.details.new_sku);
        let address = if address == 0 { self.return_address() } else { address };
        let takes = new_sku.filter(|_| case.kind == AftersaleKind::Exchange && !case.details.new_sku_taken);
        if let Some(sku) = takes {
            let shelf = Place { product: self.lines_at(order)[usize::from(line)].product, sku };
            self.take_off(at, shelf, count, self.order(order).id, FlowReason::Exchanged);
        }
        self.cases.change(place, at, |case| {
            case.details.return_address = address;
            case.details.new_sku_taken |= takes.is_some();
        });
        self.move_case(place, at, S::UserWaitReturn);
    }

    /// A case is over: its pieces are free again, or finished.
    fn settle_case(&mut self, place: u32, at: i64, money: bool) {
        let case = self.cases.row(place);
        let (index, line, count, status) = (case.order, usize::from(case.line), case.count, case.status);
        let releases =
            (case.details.new_sku_taken && status != S::MerchantExchangeSuccess).then_some(case.details.new_sku);
        if let Some(Some(sku)) = releases {
            let shelf = Place { product: self.lines_at(index)[line].product, sku };
            self.put_back(at, shelf, count, self.order(index).id, FlowReason::ExchangeCancelled);
        }
        self.change(index, at, |_, lines, _| {
            let Some(line) = lines.get_mut(line) else { return };
            line.on_aftersale = line.on_aftersale.saturating_sub(count);
            if money {
                line.after_aftersale += count;
                line.dropped += count.min(line.left_to_ship());
            }
        });
    }

    /// What the refund leaves of the order.
    fn announce_if_over(&mut self, index: u32, at: i64) {
        let (status, lines) = (self.order(index).status, self.lines_at(index));
        if !(status.is_shippable() || status == Status::Shipped) {
            return;
        }
        if lines.iter().all(|line| line.after_aftersale >= line.bought) {
            self.change(index, at, |order, _, _| {
                order.status = Status::Refunded;
                order.closed = at;
            });
            self.announce(index, None, at, Happening::Cancelled(CancelType::AllRefunded));
        } else if status.is_shippable() && lines.iter().all(|line| line.left_to_ship() == 0) {
            self.change(index, at, |order, _, _| {
                order.status = Status::Shipped;
                order.shipped = at;
            });
            self.announce(index, None, at, Happening::Delivered { all: true });
            self.plan_receipt(index, at);
        }
    }
}

pub(crate) const fn paid_status(kind: AftersaleKind) -> AftersaleStatus {
    match kind {
        AftersaleKind::Refund => S::MerchantRefundSuccess,
        AftersaleKind::Return | AftersaleKind::Exchange => S::MerchantReturnSuccess,
    }
}

/// What the buyer paid, fen: `order_price` on the wire.
fn order_price(order: &Order, lines: &[Line]) -> i64 {
    lines.iter().map(Line::real_price).sum::<i64>() + i64::from(order.freight) - i64::from(order.deduction)
}
