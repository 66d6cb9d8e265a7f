//! Cases of the seeded past: one for every order that was refunded whole, and as many more as the configuration asks for.
//! The latter come from a stream of their own and leave a world without them as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::{AftersaleId, AftersaleKind, AftersaleStatus, Case, Details};
use crate::world::WorldConfig;
use crate::world::deadline::{CONFIRM_RECEIPT, DISPUTE, HANDLE, SEND_BACK};
use crate::world::order::{Extra, Kind, Line, Order, Status};
use crate::world::random::{Draw, Stream, derived};

use AftersaleStatus as S;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Open cases are about the newest orders; no more of them than these are looked at.
const NEWEST: u32 = 4_000;
/// One case in so many is still open, where there are orders for it.
const OPEN_SHARE: u32 = 12;
/// Numbers of the cases that the configuration asks for: above those of refunded orders, below those of a running world.
const FIRST_NUMBER: u64 = 2_000_001_000_000_000;

/// The number of the case that covers an order which was refunded before the world began.
pub(crate) fn whole_order_case(seed: u64, order: &Order) -> AftersaleId {
    AftersaleId(2_000_000_000_000_000 + derived(seed, order.id.number()) % 1_000_000_000)
}

/// The tables of the past that cases are written into.
pub(crate) struct Tables<'a> {
    pub(crate) orders: &'a mut [Order],
    pub(crate) lines: &'a mut [Line],
    pub(crate) extras: &'a mut BTreeMap<u32, Extra>,
}

pub(crate) fn past_cases(config: &WorldConfig, mut tables: Tables<'_>) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, order) in tables.orders.iter().enumerate() {
        if order.status == Status::Refunded {
            cases.push(whole(config.seed, index as u32, order, tables.lines));
        }
    }
    let mut draw = Draw::new(config.seed, Stream::Cases);
    for serial in 0..config.aftersales {
        let open = serial % OPEN_SHARE == 0;
        if let Some(case) = tables.case(config, &mut draw, u64::from(serial), open) {
            cases.push(case);
        }
    }
    cases.sort_by_key(|case| (case.created, case.id));
    // Two of a million refunded orders may share a number; the platform knows the older one.
    let mut seen = BTreeSet::new();
    cases.retain(|case| seen.insert(case.id));
    cases
}

fn whole(seed: u64, index: u32, order: &Order, lines: &[Line]) -> Case {
    let first = order.first_line as usize;
    let lines = &lines[first..first + usize::from(order.line_count)];
    let paid: i64 = lines.iter().map(Line::real_price).sum();
    Case {
        count: lines.first().map_or(1, |line| line.bought),
        created: order.paid + (order.closed - order.paid) / 2,
        updated: order.closed,
        completed: order.closed,
        amount: paid + i64::from(order.freight) - i64::from(order.deduction),
        refund_reason: 3,
        reason: (derived(seed, order.id.number() ^ 0xca5e) % 4) as u8,
        ..blank(whole_order_case(seed, order), index, S::MerchantRefundSuccess, AftersaleKind::Refund)
    }
}

fn blank(id: AftersaleId, order: u32, status: AftersaleStatus, kind: AftersaleKind) -> Case {
    Case {
        id,
        order,
        line: 0,
        count: 1,
        kind,
        status,
        step: 0,
        reason: 0,
        created: 0,
        updated: 0,
        completed: 0,
        deadline: 0,
        amount: 0,
        refund_reason: 0,
        details: Box::default(),
    }
}

impl Tables<'_> {
    /// One more case, if an order can be found that fits.
    fn case(&mut self, config: &WorldConfig, draw: &mut Draw, serial: u64, open: bool) -> Option<Case> {
        let now = config.now_s;
        let index = (0..40).find_map(|_| {
            let len = self.orders.len() as u32;
            let index = if open { len.checked_sub(1 + draw.below(len.min(NEWEST)))? } else { draw.below(len) };
            self.fits(index, now, open).then_some(index)
        })?;
        let order = &mut self.orders[index as usize];
        let line = &mut self.lines[order.first_line as usize];
        let count = 1;
        let amount = line.real_price() * i64::from(count) / i64::from(line.bought);
        let (status, kind) = if open { open_status(draw) } else { closed_status(draw) };
        let id = AftersaleId(FIRST_NUMBER + serial * 100 + derived(config.seed, 0xca5e_0000_0000 | serial) % 100);
        let mut case = Case {
            count,
            amount: if kind == AftersaleKind::Exchange { 0 } else { amount },
            reason: draw.below(super::reasons::REASONS.len() as u32) as u8,
            ..blank(id, index, status, kind)
        };
        case.details = Box::new(Details { received: kind != AftersaleKind::Refund, ..Details::default() });
        if open {
            let span = match status {
                S::MerchantProcessing => HANDLE,
                S::UserWaitReturn => SEND_BACK,
                S::MerchantWaitReceipt => CONFIRM_RECEIPT,
                _ => DISPUTE,
            };
            let since = draw.between(HOUR / 4, span - HOUR);
            case.updated = (now - since).max(order.shipped);
            case.created = (case.updated - draw.between(0, DAY)).max(order.shipped);
            if status == S::MerchantProcessing {
                case.created = case.updated;
            }
            case.deadline = case.updated + span;
            if status == S::MerchantWaitReceipt {
                case.details.return_parcel = Some(("YTO".to_owned(), format!("YT{}", 8_000_000_000_000 + serial)));
            }
            line.on_aftersale += count;
        } else {
            case.created = (order.shipped + draw.between(DAY, 9 * DAY)).min(now - HOUR).max(order.shipped);
            case.completed = (case.created + draw.between(HOUR, 6 * DAY)).min(now);
            case.updated = case.completed;
            if status.gave_money() {
                case.refund_reason = 3;
                line.after_aftersale += count;
            }
            if status == S::UserCancelled {
                case.details.withdrawn = case.completed;
            }
        }
        order.updated = order.updated.max(case.updated);
        self.extras.entry(index).or_default().aftersales.push(id.0);
        Some(case)
    }

    fn fits(&self, index: u32, now: i64, open: bool) -> bool {
        let order = &self.orders[index as usize];
        let line = &self.lines[order.first_line as usize];
        let sent = match order.status {
            Status::Shipped => true,
            Status::Completed => !open || now - order.closed < 10 * DAY,
            _ => false,
        };
        sent && order.kind != Kind::Virtual
            && order.shipped > 0
            && now - order.shipped > 2 * HOUR
            && line.on_aftersale == 0
            // An order whose every piece was refunded would have to be over.
            && (line.after_aftersale + 1 < line.bought || order.line_count > 1 && line.after_aftersale < line.bought)
            && self.extras.get(&index).is_none_or(|extra| extra.aftersales.len() < 5)
    }
}

fn open_status(draw: &mut Draw) -> (AftersaleStatus, AftersaleKind) {
    [
        (S::MerchantProcessing, AftersaleKind::Refund),
        (S::MerchantProcessing, AftersaleKind::Return),
        (S::UserWaitReturn, AftersaleKind::Return),
        (S::MerchantWaitReceipt, AftersaleKind::Return),
        (S::MerchantRejectRefund, AftersaleKind::Refund),
    ][draw.weighted(&[40, 25, 15, 15, 5])]
}

fn closed_status(draw: &mut Draw) -> (AftersaleStatus, AftersaleKind) {
    [
        (S::MerchantRefundSuccess, AftersaleKind::Refund),
        (S::MerchantReturnSuccess, AftersaleKind::Return),
        (S::UserCancelled, AftersaleKind::Refund),
        (S::ReturnClosed, AftersaleKind::Return),
        (S::MerchantFail, AftersaleKind::Refund),
        (S::MerchantExchangeSuccess, AftersaleKind::Exchange),
    ][draw.weighted(&[35, 30, 20, 6, 6, 3])]
}
