//! What buyer and merchant ask of each other about an order that is not sent yet: another address, another SKU. Each holds
//! deliveries until it is answered, or falls by itself (module `deadline`).
//!
//! | who asks | what | holds | unanswered |
//! |---|---|---|---|
//! | buyer | another address | 10020115 | counts as agreed to after twelve hours |
//! | buyer | another SKU of the same price | 10020276 | counts as refused after a day |
//! | merchant | another address (`address/update`) | nothing | is void after a day, or once the order is shipped |

use serde::{Deserialize, Serialize};

use super::deadline::{ADDRESS_CONSENT, Class, Deadline, PROPOSED_ADDRESS, SKU_REFUSAL};
use super::event::{ExtInfo, Happening};
use super::order::{AddressRequest, Kind, OrderId, SkuRequest, Status};
use super::shelf::{FlowReason, Place};
use super::tape::Verb;
use super::{Actor, Effect, EffectKind, Refusal, World, people};

/// `addr.merchant_edit.max`
const ADDRESS_EDITS: u8 = 5;

/// `preshipment_change_sku_state`
pub(crate) mod sku_state {
    pub(crate) const WAITING: u8 = 3;
    pub(crate) const APPROVED: u8 = 4;
    pub(crate) const REFUSED: u8 = 5;
    pub(crate) const WITHDRAWN: u8 = 6;
    pub(crate) const LAPSED: u8 = 7;
}

/// An address in the merchant's words, as far as the world keeps it: whoever takes it in masks the person first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenAddress {
    /// The name as the platform shows it.
    pub masked_name: String,
    /// The phone number as the platform shows it.
    pub masked_phone: String,
    /// In clear, as in the platform's answers.
    pub province: String,
    /// Likewise.
    pub city: String,
    /// Likewise.
    pub county: String,
}

impl World {
    /// The buyer asks for another address, which holds deliveries (10020115) until the merchant or time answers.
    pub fn buyer_requests_address_change(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        self.ask_for_address(index, at)?;
        self.note_down(at, Verb::AskForAddress { order: id });
        Ok(())
    }

    pub(crate) fn ask_for_address(&mut self, index: u32, at: i64) -> Result<(), Refusal> {
        self.check_unsent(index)?;
        if self.extras.get(&index).is_some_and(|extra| extra.address_request.is_some()) {
            return Err(Refusal::new(611031, "address request pending"));
        }
        let place = self.draw.below(people::PLACES.len() as u32) as u16;
        let buyer = self.order(index).buyer;
        self.change(index, at, |_, _, extra| extra.address_request = Some(AddressRequest { place, at }));
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::AddressRequest));
        self.deadlines.put(at + ADDRESS_CONSENT, Class::Buyers, Deadline::Address(index));
        Ok(())
    }

    /// The buyer of a young order changes the address without asking.
    pub(crate) fn change_own_address(&mut self, index: u32, at: i64, place: u16) -> Result<(), Refusal> {
        self.check_unsent(index)?;
        let buyer = self.order(index).buyer;
        self.change(index, at, |_, _, extra| (extra.moved_to, extra.written_address) = (Some(place), None));
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::AddressChangedByBuyer));
        Ok(())
    }

    fn check_unsent(&self, index: u32) -> Result<(), Refusal> {
        if self.order(index).status != Status::ToShip || self.order(index).kind == Kind::Virtual {
            return Err(Refusal::wrong_state("nothing is waiting to be sent whole"));
        }
        Ok(())
    }

    /// The merchant accepts or rejects the buyer's pending request (10020116 when there is none).
    pub fn answer_address_request(&mut self, now_s: i64, id: OrderId, accept: bool) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        let Some(request) = self.extras.get(&index).and_then(|extra| extra.address_request.clone()) else {
            return Err(Refusal::new(10020116, "no address request is pending"));
        };
        self.change(index, at, |_, _, extra| {
            extra.address_request = None;
            if accept {
                (extra.moved_to, extra.written_address) = (Some(request.place), None);
            }
        });
        self.effects.push(Effect { at, order: id, by: Actor::Api, kind: EffectKind::AddressAnswer { accept } });
        if accept {
            self.announce(index, None, at, Happening::ExtInfo(ExtInfo::AddressChanged));
        }
        self.note_down(at, Verb::AnswerAddress { order: id, accept });
        Ok(())
    }

    pub(crate) fn consent_by_time(&mut self, index: u32, at: i64) {
        let Some(request) = self.extras.get(&index).and_then(|extra| extra.address_request.clone()) else { return };
        if at - request.at < ADDRESS_CONSENT {
            return;
        }
        let buyer = self.order(index).buyer;
        self.change(index, at, |_, _, extra| {
            (extra.moved_to, extra.written_address) = (Some(request.place), None);
            extra.address_request = None;
        });
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::AddressChanged));
    }

    /// address/update: the merchant proposes another address, which the buyer must accept.
    pub fn propose_address(&mut self, now_s: i64, id: OrderId, address: &WrittenAddress) -> Result<(), Refusal> {
        let index = self.find(id).map_err(|_| Refusal::new(611016, "order not exist"))?;
        if self.check_unsent(index).is_err() {
            return Err(Refusal::new(606000, "order status not allowed"));
        }
        let extra = self.extras.get(&index);
        if extra.is_some_and(|extra| extra.address_request.is_some()) {
            return Err(Refusal::new(611031, "buyer's address request pending"));
        }
        if extra.is_some_and(|extra| extra.proposed_address.is_some()) {
            return Err(Refusal::new(611030, "an address negotiation is running"));
        }
        if extra.map_or(0, |extra| extra.address_edits) >= ADDRESS_EDITS {
            return Err(Refusal::new(606001, "address was changed five times"));
        }
        let at = self.tick(now_s);
        self.change(index, at, |_, _, extra| {
            extra.address_edits += 1;
            extra.proposed_address = Some(Box::new((at, address.clone())));
        });
        self.deadlines.put(at + PROPOSED_ADDRESS, Class::Rules, Deadline::Proposal { order: index, asked: at });
        self.effects.push(Effect { at, order: id, by: Actor::Api, kind: EffectKind::AddressProposal });
        self.plan_proposal(index, at);
        self.note_down(at, Verb::ProposeAddress { order: id, address: address.clone() });
        Ok(())
    }

    /// The buyer answers the merchant's proposal.
    pub fn buyer_answers_address(&mut self, now_s: i64, id: OrderId, accept: bool) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        let how = if accept { ExtInfo::NewAddressAccepted } else { ExtInfo::NewAddressRefused };
        self.end_proposal(index, at, how)?;
        self.note_down(at, Verb::AnswerProposedAddress { order: id, accept });
        Ok(())
    }

    pub(crate) fn end_proposal(&mut self, index: u32, at: i64, how: ExtInfo) -> Result<(), Refusal> {
        if self.extras.get(&index).is_none_or(|extra| extra.proposed_address.is_none()) {
            return Err(Refusal::wrong_state("no address is proposed"));
        }
        let buyer = self.order(index).buyer;
        self.change(index, at, |_, _, extra| {
            let proposed = extra.proposed_address.take();
            if how == ExtInfo::NewAddressAccepted {
                extra.written_address = proposed.map(|proposed| Box::new(proposed.1));
            }
        });
        self.announce(index, Some(buyer), at, Happening::ExtInfo(how));
        Ok(())
    }

    /// Ends the proposal that was made at `asked`; another one, made since, goes on.
    pub(crate) fn end_proposal_of(&mut self, index: u32, at: i64, asked: i64, how: ExtInfo) {
        let running = self.extras.get(&index).and_then(|extra| extra.proposed_address.as_deref());
        if running.is_some_and(|(since, _)| *since == asked) {
            _ = self.end_proposal(index, at, how);
        }
    }

    /// The buyer asks for another SKU of one line's product, which must cost the same.
    pub fn buyer_requests_sku(&mut self, now_s: i64, id: OrderId, line: u8, new_sku: u8) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        self.ask_for_sku(index, at, line, new_sku)?;
        self.note_down(at, Verb::AskForSku { order: id, line, new_sku });
        Ok(())
    }

    pub(crate) fn ask_for_sku(&mut self, index: u32, at: i64, line: u8, new_sku: u8) -> Result<(), Refusal> {
        self.check_unsent(index)?;
        let lines = self.lines_at(index);
        let Some(row) = lines.get(usize::from(line)) else { return Err(Refusal::wrong_state("no such line")) };
        let taken = lines.iter().any(|other| other.product == row.product && other.sku == new_sku);
        if taken || row.on_aftersale > 0 || !self.may_take_sku(row.product, row.sku, new_sku, row.bought) {
            return Err(Refusal::wrong_state("not another sku of the same price on the shelf"));
        }
        let old_sku = row.sku;
        if self.pending_sku(index).is_some() {
            return Err(Refusal::wrong_state("a request is pending"));
        }
        let buyer = self.order(index).buyer;
        let request = SkuRequest { line, old_sku, new_sku, at, state: sku_state::WAITING };
        self.change(index, at, |_, _, extra| extra.sku_request = Some(request));
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::SkuRequest));
        self.deadlines.put(at + SKU_REFUSAL, Class::Rules, Deadline::Sku { order: index, asked: at });
        Ok(())
    }

    /// The request that waits for the merchant.
    pub(crate) fn pending_sku(&self, index: u32) -> Option<&SkuRequest> {
        let request = self.extras.get(&index)?.sku_request.as_ref()?;
        (request.state == sku_state::WAITING).then_some(request)
    }

    /// The merchant answers (10020277 when nothing is pending).
    pub fn answer_sku_request(&mut self, now_s: i64, id: OrderId, accept: bool) -> Result<(), Refusal> {
        let index = self.find(id)?;
        let nothing = || Refusal::new(10020277, "no sku request is pending");
        let request = self.pending_sku(index).cloned().ok_or_else(nothing)?;
        let row = &self.lines_at(index)[usize::from(request.line)];
        if accept && !self.may_take_sku(row.product, row.sku, request.new_sku, row.bought) {
            return Err(Refusal::new(10020219, "stock not enough"));
        }
        let at = self.tick(now_s);
        self.end_sku_request(index, at, if accept { sku_state::APPROVED } else { sku_state::REFUSED });
        self.effects.push(Effect { at, order: id, by: Actor::Api, kind: EffectKind::SkuAnswer { accept } });
        self.note_down(at, Verb::AnswerSku { order: id, accept });
        Ok(())
    }

    /// The buyer thinks better of it.
    pub fn buyer_withdraws_sku_request(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        if self.pending_sku(index).is_none() {
            return Err(Refusal::wrong_state("no sku request is pending"));
        }
        self.end_sku_request(index, at, sku_state::WITHDRAWN);
        self.note_down(at, Verb::WithdrawSku { order: id });
        Ok(())
    }

    pub(crate) fn sku_request_lapses(&mut self, index: u32, at: i64, asked: i64) {
        if self.pending_sku(index).is_some_and(|request| request.at == asked) {
            self.end_sku_request(index, at, sku_state::LAPSED);
        }
    }

    fn end_sku_request(&mut self, index: u32, at: i64, state: u8) {
        let Some(request) = self.pending_sku(index).cloned() else { return };
        let row = &self.lines_at(index)[usize::from(request.line)];
        let (product, pieces, id) = (row.product, row.bought, self.order(index).id);
        if state == sku_state::APPROVED {
            self.take_off(at, Place { product, sku: request.new_sku }, pieces, id, FlowReason::Exchanged);
            self.put_back(at, Place { product, sku: request.old_sku }, pieces, id, FlowReason::ExchangeCancelled);
        }
        self.change(index, at, |_, lines, extra| {
            if state == sku_state::APPROVED
                && let Some(line) = lines.get_mut(usize::from(request.line))
            {
                line.sku = request.new_sku;
            }
            if let Some(request) = &mut extra.sku_request {
                request.state = state;
            }
        });
        if state == sku_state::APPROVED {
            self.announce(index, None, at, Happening::ExtInfo(ExtInfo::SkuApproved));
        }
    }

    /// Orders whose buyers wait for an answer about a SKU, oldest first: a page counted from 1.
    pub fn sku_requests(&self, page: usize, size: usize) -> Vec<OrderId> {
        let waiting = self.extras.keys().filter(|index| self.pending_sku(**index).is_some());
        waiting
            .skip(page.saturating_sub(1).saturating_mul(size))
            .take(size)
            .map(|index| self.order(*index).id)
            .collect()
    }
}
