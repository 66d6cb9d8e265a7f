//! What the merchant does with a case, through the API or in the back office, and what the platform refuses.
//!
//! The reference lists the codes and not their precedence. Here the platform's own turn is looked at first (10021065,
//! 10021051), then whether the case is over (10020001) or waits for somebody else (10021041), then the arguments, and last
//! what keeps money from going out (10021059, 10021046).

use serde::{Deserialize, Serialize};

use super::life::refund_reason;
use super::reasons::{RejectScene, reject_reason};
use super::{AftersaleId, AftersaleKind, AftersaleRequest, AftersaleStatus, RefundWays};
use crate::world::order::{OrderId, Status};
use crate::world::tape::Verb;
use crate::world::{Actor, Effect, EffectKind, Refusal, World, people};

use AftersaleStatus as S;

/// The platform takes one refund of an order within so many seconds.
const REFUND_GAP: i64 = 60;
const TEXT_CHARS: usize = 500;
const MEDIA_MAX: usize = 9;

/// What a proposal is about (`merchant_update_type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// 1: withdraw, please
    Cancel,
    /// 2: show more evidence, please
    Evidence,
    /// 3: another type or amount
    Change,
}

impl ProposalKind {
    /// The number on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Self::Cancel => 1,
            Self::Evidence => 2,
            Self::Change => 3,
        }
    }
}

/// What the merchant proposes to the buyer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What it is about.
    pub kind: ProposalKind,
    /// Money, or goods against money.
    pub to: AftersaleKind,
    /// Fen.
    pub amount: i64,
    /// In the merchant's words.
    pub desc: String,
    /// `update_reason_type`
    pub reason: i64,
    /// Pictures that go with it.
    pub media: Vec<String>,
}

/// A step of the merchant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum MerchantStep {
    /// acceptapply
    Accept {
        /// Where the goods shall go.
        address: Option<u64>,
        /// 1 agree to a return, 2 agree to a refund; `None`: by the state.
        accept_type: Option<i64>,
    },
    /// rejectapply
    Reject {
        /// From rejectreason/get.
        reason_type: i64,
        /// In the merchant's words.
        reason: String,
    },
    /// uploadrefundcertificate
    Certify {
        /// Pictures.
        certificates: Vec<String>,
        /// In the merchant's words.
        desc: String,
    },
    /// merchantupdateaftersale
    Propose {
        /// What.
        proposal: Proposal,
    },
    /// acceptexchangereship
    ShipReplacement {
        /// Wire id.
        carrier: String,
        /// Tracking number.
        waybill: String,
    },
    /// rejectexchangereship
    RejectReplacement {
        /// From rejectreason/get.
        reason_type: i64,
        /// In the merchant's words.
        reason: String,
        /// Pictures.
        certificates: Vec<String>,
    },
}

fn not_now() -> Refusal {
    Refusal::new(10021041, "operation not allowed in this status")
}

fn bad(what: &str) -> Refusal {
    Refusal::new(10020000, format!("invalid args: {what}"))
}

impl World {
    /// The merchant takes a step with a case through the API.
    pub fn merchant_takes_step(&mut self, now_s: i64, id: AftersaleId, step: &MerchantStep) -> Result<(), Refusal> {
        self.merchant_step(now_s, id, step, Actor::Api)
    }

    /// A colleague takes it in the back office, by the same rules.
    pub fn colleague_takes_step(&mut self, now_s: i64, id: AftersaleId, step: &MerchantStep) -> Result<(), Refusal> {
        self.merchant_step(now_s, id, step, Actor::Colleague)
    }

    /// genaftersaleorder: the merchant opens a case for the buyer, who must agree. The same `request` again is the same case.
    pub fn merchant_opens_case(
        &mut self,
        now_s: i64,
        request_id: &str,
        id: OrderId,
        line: u8,
        request: &AftersaleRequest,
    ) -> Result<AftersaleId, Refusal> {
        if let Some(case) = self.cases.requests.get(request_id) {
            return Ok(*case);
        }
        let (index, at) = (self.find(id)?, now_s.max(self.now));
        if request.kind == AftersaleKind::Exchange {
            return Err(bad("type"));
        }
        if !matches!(self.order(index).status, Status::ToShip | Status::PartlyShipped | Status::Shipped) {
            return Err(not_now());
        }
        let case = self.open_case(index, at, line, request, S::UserWaitHandleMerchantCase)?;
        self.tick(at);
        if !request_id.is_empty() {
            self.cases.requests.insert(request_id.to_owned(), case);
        }
        let verb = Verb::OpenCase { request_id: request_id.to_owned(), order: id, line, request: request.clone() };
        self.note_down(at, verb);
        Ok(case)
    }

    fn merchant_step(&mut self, now_s: i64, id: AftersaleId, step: &MerchantStep, by: Actor) -> Result<(), Refusal> {
        let (place, at) = (self.find_case(id)?, now_s.max(self.now));
        match self.cases.row(place).status {
            S::PlatformProcessing if matches!(step, MerchantStep::Reject { .. }) => {
                return Err(Refusal::new(10021051, "a dispute is open"));
            }
            S::PlatformProcessing | S::PlatformRefunding | S::WaitPackageIntercept => {
                return Err(Refusal::new(10021065, "the platform is handling this aftersale order"));
            }
            status if status.is_closed() => return Err(Refusal::new(10020001, "aftersale order is closed")),
            _ => {}
        }
        match step {
            MerchantStep::Accept { address, accept_type } => self.accept(place, at, *address, *accept_type)?,
            MerchantStep::Reject { reason_type, reason } => self.reject(place, at, *reason_type, reason)?,
            MerchantStep::Certify { certificates, desc } => self.certify(place, at, certificates, desc)?,
            MerchantStep::Propose { proposal } => self.propose(place, at, proposal)?,
            MerchantStep::ShipReplacement { carrier, waybill } => self.ship_replacement(place, at, carrier, waybill)?,
            MerchantStep::RejectReplacement { reason_type, reason, certificates } => {
                self.reject_replacement(place, at, *reason_type, reason, certificates)?;
            }
        }
        self.tick(at);
        let order = self.order(self.cases.row(place).order).id;
        self.effects.push(Effect { at, order, by, kind: EffectKind::Aftersale { case: id, step: step.clone() } });
        self.note_down(at, Verb::MerchantStep { by, case: id, step: step.clone() });
        Ok(())
    }

    fn accept(&mut self, place: u32, at: i64, address: Option<u64>, accept_type: Option<i64>) -> Result<(), Refusal> {
        let case = self.cases.row(place);
        if accept_type.is_some_and(|kind| kind != 1 && kind != 2) {
            return Err(bad("accept_type"));
        }
        let returns = match (case.status, case.kind) {
            (S::MerchantProcessing, AftersaleKind::Refund) => false,
            (S::MerchantProcessing, AftersaleKind::Return | AftersaleKind::Exchange) => true,
            (S::MerchantWaitReceipt, AftersaleKind::Refund | AftersaleKind::Return) => false,
            (S::MerchantOverdueRefund | S::PlatformRefundFail, _) => false,
            _ => return Err(not_now()),
        };
        if accept_type.is_some_and(|kind| (kind == 1) != returns) {
            return Err(not_now());
        }
        if returns {
            let address = address.ok_or_else(|| Refusal::new(10021060, "address_id is required"))?;
            if !self.addresses().contains(&address) {
                return Err(Refusal::new(10021062, "invalid address_id"));
            }
            self.agree_to_return(place, at, address);
            return Ok(());
        }
        let order = case.order;
        let on_its_way = self.switches.intercepts
            && case.status == S::MerchantProcessing
            && self.order(order).status == Status::Shipped
            && self.extras.get(&order).is_none_or(|extra| extra.delivered == 0)
            && !case.details.received;
        let last = self.extras.get(&order).map_or(0, |extra| extra.refund_asked);
        if last > 0 && at - last < REFUND_GAP {
            return Err(Refusal::new(10021059, "refund of one order at most once a minute"));
        }
        if self.switches.refunds == RefundWays::NoMoney {
            return Err(Refusal::new(10021046, "account balance not enough"));
        }
        if on_its_way {
            self.move_case(place, at, S::WaitPackageIntercept);
        } else {
            self.start_refund(place, at, refund_reason::MERCHANT_API);
        }
        Ok(())
    }

    fn reject(&mut self, place: u32, at: i64, reason_type: i64, reason: &str) -> Result<(), Refusal> {
        let case = self.cases.row(place);
        let (next, scene) = match (case.status, case.kind) {
            (S::MerchantProcessing, AftersaleKind::Refund) => (S::MerchantRejectRefund, RejectScene::Refund),
            (S::MerchantProcessing, AftersaleKind::Return) => (S::MerchantRejectReturn, RejectScene::Return),
            (S::MerchantProcessing, AftersaleKind::Exchange) => (S::MerchantRejectExchange, RejectScene::Exchange),
            (S::MerchantWaitReceipt, AftersaleKind::Return) => (S::MerchantRejectReturn, RejectScene::Return),
            _ => return Err(not_now()),
        };
        if self.switches.must_negotiate && !case.details.negotiated {
            return Err(Refusal::new(10021068, "negotiate with the buyer first"));
        }
        self.refuse(place, at, next, scene, reason_type, reason)
    }

    fn refuse(
        &mut self,
        place: u32,
        at: i64,
        next: AftersaleStatus,
        scene: RejectScene,
        reason_type: i64,
        reason: &str,
    ) -> Result<(), Refusal> {
        let known = reject_reason(reason_type, scene).ok_or_else(|| bad("reject_reason_type"))?;
        let text = if reason.is_empty() { known } else { checked_text(reason, "reject_reason")? };
        self.cases.change(place, at, |case| text.clone_into(&mut case.details.reject_reason));
        self.move_case(place, at, next);
        Ok(())
    }

    fn certify(&mut self, place: u32, at: i64, certificates: &[String], desc: &str) -> Result<(), Refusal> {
        if self.cases.row(place).status != S::PlatformRefundFail {
            return Err(not_now());
        }
        checked_media(certificates, "refund_certificates")?;
        if certificates.is_empty() {
            return Err(bad("refund_certificates"));
        }
        checked_text(desc, "desc")?;
        self.cases.change(place, at, |case| case.details.certificates = certificates.to_vec());
        self.move_case(place, at, S::UserWaitConfirm);
        Ok(())
    }

    fn propose(&mut self, place: u32, at: i64, proposal: &Proposal) -> Result<(), Refusal> {
        let case = self.cases.row(place);
        if case.status != S::MerchantProcessing {
            return Err(not_now());
        }
        if proposal.to == AftersaleKind::Exchange {
            return Err(bad("type"));
        }
        checked_text(&proposal.desc, "merchant_update_desc")?;
        checked_media(&proposal.media, "media_ids")?;
        let most = self.claimable(case.order, case.line, case.count, Some(case.id));
        if !(1..=most).contains(&proposal.amount) {
            return Err(bad("amount"));
        }
        let sent = matches!(self.order(case.order).status, Status::Shipped | Status::Completed);
        if proposal.to == AftersaleKind::Return && !sent {
            return Err(bad("type: nothing was sent"));
        }
        // The clock is read before the case counts as negotiated: what is left of it is what the buyer's answer gives back.
        self.move_case(place, at, S::UserWaitConfirmUpdate);
        self.cases.change(place, at, |case| {
            case.details.negotiated = true;
            case.details.proposal = Some(proposal.clone());
        });
        Ok(())
    }

    fn ship_replacement(&mut self, place: u32, at: i64, carrier: &str, waybill: &str) -> Result<(), Refusal> {
        let case = self.cases.row(place);
        if (case.status, case.kind) != (S::MerchantWaitReceipt, AftersaleKind::Exchange) {
            return Err(not_now());
        }
        if !people::is_carrier(carrier) {
            return Err(bad("delivery_id"));
        }
        if waybill.is_empty() || !waybill.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(bad("waybill_id"));
        }
        let parcel = (carrier.to_owned(), waybill.to_owned());
        self.cases.change(place, at, |case| case.details.new_parcel = Some(parcel));
        self.move_case(place, at, S::UserWaitReceipt);
        Ok(())
    }

    fn reject_replacement(
        &mut self,
        place: u32,
        at: i64,
        reason_type: i64,
        reason: &str,
        certificates: &[String],
    ) -> Result<(), Refusal> {
        let case = self.cases.row(place);
        if (case.status, case.kind) != (S::MerchantWaitReceipt, AftersaleKind::Exchange) {
            return Err(not_now());
        }
        checked_media(certificates, "reject_certificates")?;
        self.refuse(place, at, S::MerchantRejectReship, RejectScene::Reship, reason_type, reason)?;
        self.cases.change(place, at, |case| case.details.certificates = certificates.to_vec());
        Ok(())
    }
}

fn checked_text<'a>(text: &'a str, name: &str) -> Result<&'a str, Refusal> {
    if text.chars().count() > TEXT_CHARS { Err(bad(name)) } else { Ok(text) }
}

fn checked_media(media: &[String], name: &str) -> Result<(), Refusal> {
    let sound = media.len() <= MEDIA_MAX && media.iter().all(|id| !id.is_empty() && id.len() <= 256);
    if sound { Ok(()) } else { Err(bad(name)) }
}
