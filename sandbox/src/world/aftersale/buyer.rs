//! What a buyer does with a case.

use serde::{Deserialize, Serialize};

use super::life::{paid_status, refund_reason};
use super::merchant::ProposalKind;
use super::reasons::REASONS;
use super::{AftersaleId, AftersaleKind, AftersaleStatus, Case, Details};
use crate::world::deadline::Deadline;
use crate::world::event::Happening;
use crate::world::order::{Kind, OrderId, Status};
use crate::world::random::derived;
use crate::world::shelf::Place;
use crate::world::tape::Verb;
use crate::world::{Refusal, World};

use AftersaleStatus as S;

/// `aftersale.max_per_item`
const CASES_PER_LINE: usize = 5;
/// Seconds after receipt within which a case may still be opened. The platform's own span depends on the goods.
const AFTER_RECEIPT: i64 = 15 * 86_400;
/// Case numbers of a running world begin above those of the seeded past.
const FIRST_NUMBER: u64 = 2_000_002_000_000_000;

/// What a buyer asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AftersaleRequest {
    /// Money, goods against money, or another SKU.
    pub kind: AftersaleKind,
    /// Pieces; `None`: as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u16>,
    /// Fen; `None`: as much as was paid for them. Never more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Place in the table of reasons, taken modulo its length.
    #[serde(default)]
    pub reason: u8,
    /// In the buyer's words.
    #[serde(default)]
    pub desc: String,
    /// The buyer has the goods.
    #[serde(default)]
    pub received: bool,
    /// For an exchange: the SKU's number within the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_sku: Option<u8>,
}

impl AftersaleRequest {
    /// A request for all pieces and all money of a line.
    pub const fn new(kind: AftersaleKind) -> Self {
        Self { kind, count: None, amount: None, reason: 0, desc: String::new(), received: false, new_sku: None }
    }
}

/// What a buyer does with a case that is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum BuyerStep {
    /// Lets it be.
    Withdraw,
    /// The goods are on their way back.
    SendBack {
        /// Wire id.
        carrier: String,
        /// Tracking number.
        waybill: String,
    },
    /// Answers a proposal, a case that the merchant opened, or whether an offline refund arrived.
    Answer {
        /// Yes.
        agree: bool,
    },
    /// Goes to the platform with what the merchant refused.
    Escalate,
    /// The replacement arrived.
    Receive,
}

impl World {
    /// The buyer opens a case about one line of the order.
    pub fn buyer_asks(
        &mut self,
        now_s: i64,
        id: OrderId,
        line: u8,
        request: &AftersaleRequest,
    ) -> Result<AftersaleId, Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        let case = self.open_case(index, at, line, request, S::MerchantProcessing)?;
        self.note_down(at, Verb::Ask { order: id, line, request: request.clone() });
        Ok(case)
    }

    /// The buyer opens a case for all the money of one line, which holds deliveries of the order (108009).
    pub fn buyer_opens_aftersale(&mut self, now_s: i64, id: OrderId, line: u8) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        let request = AftersaleRequest::new(AftersaleKind::Refund);
        self.open_case(index, at, line, &request, S::MerchantProcessing)?;
        self.note_down(at, Verb::OpenAftersale { order: id, line });
        Ok(())
    }

    /// The buyer withdraws every open case of the order that still can be withdrawn.
    pub fn buyer_withdraws_aftersales(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        let open: Vec<AftersaleId> =
            self.cases_at(index).filter(|case| case.status.may_become(S::UserCancelled)).map(|case| case.id).collect();
        for case in open {
            self.buyer_step(case, at, &BuyerStep::Withdraw)?;
        }
        self.note_down(at, Verb::WithdrawAftersales { order: id });
        Ok(())
    }

    /// The buyer takes a step with a case.
    pub fn buyer_takes_step(&mut self, now_s: i64, id: AftersaleId, step: &BuyerStep) -> Result<(), Refusal> {
        self.find_case(id)?;
        let at = self.tick(now_s);
        self.buyer_step(id, at, step)?;
        self.note_down(at, Verb::BuyerStep { case: id, step: step.clone() });
        Ok(())
    }

    /// Opens a case in `status`: the buyer's own, or one that the merchant opens and the buyer must agree to.
    pub(crate) fn open_case(
        &mut self,
        index: u32,
        at: i64,
        line: u8,
        request: &AftersaleRequest,
        status: AftersaleStatus,
    ) -> Result<AftersaleId, Refusal> {
        let count = self.check_case(index, at, line, request)?;
        let most = self.claimable(index, line, count, None);
        let amount = request.amount.unwrap_or(most);
        if request.kind != AftersaleKind::Exchange && !(1..=most).contains(&amount) {
            return Err(Refusal::new(10020000, "invalid amount"));
        }
        let serial = self.cases.rows.len() as u64;
        let number = FIRST_NUMBER + serial * 1_000 + derived(self.config.seed, 0xa57e_0000_0000 | serial) % 1_000;
        let mut case = Case {
            id: AftersaleId(number),
            order: index,
            line,
            count,
            kind: request.kind,
            status,
            step: 0,
            reason: request.reason % REASONS.len() as u8,
            created: at,
            updated: at,
            completed: 0,
            deadline: 0,
            amount: if request.kind == AftersaleKind::Exchange { 0 } else { amount },
            refund_reason: 0,
            details: Box::new(Details {
                desc: request.desc.clone(),
                received: request.received,
                media: if request.received { vec![format!("media_{number}_1")] } else { Vec::new() },
                new_sku: request.new_sku,
                ..Details::default()
            }),
        };
        let (span, class) = self.clock_of(&case, status, at);
        if let Some(span) = span {
            case.deadline = at + span;
            self.deadlines.put(at + span, class, Deadline::Case { case: case.id, order: index, step: 0 });
        }
        let (id, place) = (case.id, self.cases.rows.len() as u32);
        self.cases.add(case);
        self.change(index, at, |_, lines, extra| {
            if let Some(line) = lines.get_mut(usize::from(line)) {
                line.on_aftersale += count;
            }
            extra.aftersales.push(number);
        });
        let buyer = self.order(index).buyer;
        self.announce(index, Some(buyer), at, Happening::Aftersale { id, status });
        self.plan_case(place, at);
        Ok(id)
    }

    /// Whether such a case may be opened, and about how many pieces.
    fn check_case(&self, index: u32, at: i64, line: u8, request: &AftersaleRequest) -> Result<u16, Refusal> {
        let (order, lines) = (self.order(index), self.lines_at(index));
        let refused = |why: &str| Err(Refusal::wrong_state(format!("no after-sale possible: {why}")));
        let Some(row) = lines.get(usize::from(line)) else { return refused("no such line") };
        let unsent = order.status.is_shippable();
        let sent =
            order.status == Status::Shipped || order.status == Status::Completed && at - order.closed <= AFTER_RECEIPT;
        if !unsent && !sent {
            return refused("the order's status");
        }
        if row.on_aftersale > 0 {
            return refused("the line is in one already");
        }
        if self.cases_at(index).filter(|case| case.line == line).count() >= CASES_PER_LINE {
            return refused("there were five for this line");
        }
        let goods_come_back = request.kind != AftersaleKind::Refund;
        if goods_come_back && (!sent || order.kind == Kind::Virtual) {
            return refused("nothing was received");
        }
        if request.kind == AftersaleKind::Exchange {
            let count = request.count.unwrap_or(row.bought - row.after_aftersale);
            let fits = request.new_sku.is_some_and(|sku| self.may_take_sku(row.product, row.sku, sku, count));
            if !fits {
                return refused("not another sku of the same price on the shelf");
            }
        }
        let free = row.bought - row.after_aftersale;
        let count = request.count.unwrap_or(free);
        if count == 0 || count > free {
            return refused("more pieces than there are");
        }
        Ok(count)
    }

    /// A buyer may change to another SKU of the product that costs the same and is there.
    pub(crate) fn may_take_sku(&self, product: u16, from: u8, to: u8, count: u16) -> bool {
        let skus = crate::world::goods::of(product).skus.len();
        let place = Place { product, sku: to };
        from != to
            && usize::from(to) < skus
            && self.shelves.price(Place { product, sku: from }) == self.shelves.price(place)
            && self.shelves.sells(place, count, true)
    }

    pub(crate) fn buyer_step(&mut self, id: AftersaleId, at: i64, step: &BuyerStep) -> Result<(), Refusal> {
        let place = self.find_case(id)?;
        let case = self.cases.row(place);
        let (status, kind) = (case.status, case.kind);
        let refused = Err(Refusal::new(10020001, "aftersale status not allowed"));
        match step {
            BuyerStep::Withdraw if status.may_become(S::UserCancelled) => {
                self.cases.change(place, at, |case| case.details.withdrawn = at);
                self.move_case(place, at, S::UserCancelled);
            }
            BuyerStep::SendBack { carrier, waybill } if status == S::UserWaitReturn => {
                let parcel = (carrier.clone(), waybill.clone());
                self.cases.change(place, at, |case| case.details.return_parcel = Some(parcel));
                self.move_case(place, at, S::MerchantWaitReceipt);
            }
            BuyerStep::Escalate if status.is_refused() => self.move_case(place, at, S::PlatformProcessing),
            BuyerStep::Receive if status == S::UserWaitReceipt => {
                self.move_case(place, at, S::MerchantExchangeSuccess);
            }
            BuyerStep::Answer { agree } => match (status, *agree) {
                (S::UserWaitConfirmUpdate, true) => self.take_proposal(place, at),
                (S::UserWaitConfirmUpdate, false) => self.move_case(place, at, S::MerchantProcessing),
                (S::UserWaitHandleMerchantCase, true) if kind == AftersaleKind::Refund => {
                    self.pay_by_itself(place, at, refund_reason::MERCHANT_OPENED);
                }
                (S::UserWaitHandleMerchantCase, true) => self.agree_to_return(place, at, 0),
                (S::UserWaitHandleMerchantCase, false) => self.move_case(place, at, S::UserCancelled),
                (S::UserWaitConfirm, true) => self.move_case(place, at, paid_status(kind)),
                (S::UserWaitConfirm, false) => self.move_case(place, at, S::PlatformRefundFail),
                _ => return refused,
            },
            _ => return refused,
        }
        Ok(())
    }

    fn take_proposal(&mut self, place: u32, at: i64) {
        let Some(proposal) = self.cases.row(place).details.proposal.clone() else { return };
        match proposal.kind {
            ProposalKind::Cancel => self.move_case(place, at, S::UserCancelled),
            ProposalKind::Evidence => {
                self.cases.change(place, at, |case| {
                    let media = format!("media_{}_{}", case.id, case.details.media.len() + 1);
                    case.details.media.push(media);
                });
                self.move_case(place, at, S::MerchantProcessing);
            }
            ProposalKind::Change => {
                self.cases.change(place, at, |case| {
                    case.kind = proposal.to;
                    case.amount = proposal.amount;
                });
                if proposal.to == AftersaleKind::Refund {
                    self.pay_by_itself(place, at, refund_reason::PROPOSAL);
                } else {
                    self.agree_to_return(place, at, 0);
                }
            }
        }
    }
}
