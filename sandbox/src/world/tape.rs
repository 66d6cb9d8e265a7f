//! Every verb that changed the world, with its time: enough to make the same world again from the same seed.

use serde::{Deserialize, Serialize};

use super::aftersale::{AftersaleId, AftersaleRequest, BuyerStep, MerchantStep};
use super::correction::Correction;
use super::delivery::ParcelRequest;
use super::order::OrderId;
use super::repricing::NewPrice;
use super::requests::WrittenAddress;
use super::shelf::{ProductChange, ShelfId};
use super::{Actor, Basket, Refusal, Switches, World};

/// Something that changed the world.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verb {
    /// Living buyers acted.
    Advance,
    /// Orders were reserved.
    Reserve {
        /// These.
        orders: Vec<OrderId>,
    },
    /// Behaviour was switched.
    Switch {
        /// To this.
        switches: Switches,
    },
    /// A buyer ordered.
    Order {
        /// What.
        basket: Basket,
    },
    /// A buyer paid.
    Pay {
        /// Which.
        order: OrderId,
    },
    /// A buyer cancelled before paying.
    Cancel {
        /// Which.
        order: OrderId,
    },
    /// A buyer urged shipping.
    Hurry {
        /// Which.
        order: OrderId,
    },
    /// A buyer asked for another address.
    AskForAddress {
        /// Which.
        order: OrderId,
    },
    /// The merchant answered that.
    AnswerAddress {
        /// Which.
        order: OrderId,
        /// Agreed.
        accept: bool,
    },
    /// A buyer opened an after-sale for one line.
    OpenAftersale {
        /// Which.
        order: OrderId,
        /// The line's number.
        line: u8,
    },
    /// A buyer withdrew all open after-sales.
    WithdrawAftersales {
        /// Which.
        order: OrderId,
    },
    /// A buyer confirmed receipt.
    Confirm {
        /// Which.
        order: OrderId,
    },
    /// Parcels went out.
    Deliver {
        /// Who sent them.
        by: Actor,
        /// Which.
        order: OrderId,
        /// The parcels.
        parcels: Vec<ParcelRequest>,
    },
    /// The merchant's note was overwritten.
    Note {
        /// Who wrote.
        by: Actor,
        /// Which.
        order: OrderId,
        /// The new text.
        text: String,
    },
    /// A buyer opened a case.
    Ask {
        /// Which order.
        order: OrderId,
        /// The line's number.
        line: u8,
        /// What for.
        request: AftersaleRequest,
    },
    /// The merchant opened one for the buyer.
    OpenCase {
        /// The caller's own number of it.
        request_id: String,
        /// Which order.
        order: OrderId,
        /// The line's number.
        line: u8,
        /// What for.
        request: AftersaleRequest,
    },
    /// A buyer took a step with a case.
    BuyerStep {
        /// Which.
        case: AftersaleId,
        /// What step.
        step: BuyerStep,
    },
    /// The shop took one.
    MerchantStep {
        /// Who.
        by: Actor,
        /// Which.
        case: AftersaleId,
        /// What step.
        step: MerchantStep,
    },
    /// The merchant proposed another address.
    ProposeAddress {
        /// Which order.
        order: OrderId,
        /// Masked.
        address: WrittenAddress,
    },
    /// The buyer answered that.
    AnswerProposedAddress {
        /// Which order.
        order: OrderId,
        /// Agreed.
        accept: bool,
    },
    /// A buyer asked for another SKU.
    AskForSku {
        /// Which order.
        order: OrderId,
        /// The line's number.
        line: u8,
        /// Number within the product.
        new_sku: u8,
    },
    /// The merchant answered that.
    AnswerSku {
        /// Which order.
        order: OrderId,
        /// Agreed.
        accept: bool,
    },
    /// The buyer withdrew it.
    WithdrawSku {
        /// Which order.
        order: OrderId,
    },
    /// The merchant lowered the price of an unpaid order.
    Reprice {
        /// Which.
        order: OrderId,
        /// Fen.
        freight: Option<i64>,
        /// New totals.
        prices: Vec<NewPrice>,
    },
    /// Parcels got other carriers or numbers.
    Correct {
        /// Which order.
        order: OrderId,
        /// How.
        correction: Correction,
    },
    /// Something was done to a product.
    Product {
        /// Who did it.
        by: Actor,
        /// Which.
        product: ShelfId,
        /// What.
        change: ProductChange,
    },
    /// A scripted bad day began.
    BadDay,
    /// The platform is to be out.
    Outage {
        /// Unix seconds.
        from: i64,
        /// Unix seconds.
        until: i64,
    },
}

/// A verb at its time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TapeEntry {
    /// Unix seconds.
    pub at: i64,
    /// What was done.
    #[serde(flatten)]
    pub verb: Verb,
}

impl World {
    /// Keeps every verb from now on, until [`World::take_tape`] takes them.
    pub fn record(&mut self) {
        self.tape.get_or_insert_default();
    }

    /// The verbs since they were last taken. Empty unless recording.
    pub fn take_tape(&mut self) -> Vec<TapeEntry> {
        self.tape.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn note_down(&mut self, at: i64, verb: Verb) {
        if let Some(tape) = &mut self.tape {
            tape.push(TapeEntry { at, verb });
        }
    }

    /// Does again what the tape says. A refusal means that the tape belongs to another world.
    pub fn play(&mut self, entry: &TapeEntry) -> Result<(), Refusal> {
        let at = entry.at;
        match &entry.verb {
            Verb::Advance => {
                self.advance(at);
            }
            Verb::Reserve { orders } => self.reserve(orders),
            Verb::Switch { switches } => self.set_switches(at, switches.clone()),
            Verb::Order { basket } => {
                self.buyer_orders(at, basket);
            }
            Verb::Pay { order } => self.buyer_pays(at, *order)?,
            Verb::Cancel { order } => self.buyer_cancels(at, *order)?,
            Verb::Hurry { order } => self.buyer_hurries(at, *order)?,
            Verb::AskForAddress { order } => self.buyer_requests_address_change(at, *order)?,
            Verb::AnswerAddress { order, accept } => self.answer_address_request(at, *order, *accept)?,
            Verb::OpenAftersale { order, line } => self.buyer_opens_aftersale(at, *order, *line)?,
            Verb::WithdrawAftersales { order } => self.buyer_withdraws_aftersales(at, *order)?,
            Verb::Confirm { order } => self.buyer_confirms(at, *order)?,
            Verb::Deliver { by: Actor::Api, order, parcels } => self.deliver(at, *order, parcels)?,
            Verb::Deliver { by: Actor::Colleague, order, parcels } => self.colleague_ships(at, *order, parcels)?,
            Verb::Note { by: Actor::Api, order, text } => self.update_note(at, *order, text)?,
            Verb::Note { by: Actor::Colleague, order, text } => self.colleague_notes(at, *order, text)?,
            Verb::Ask { order, line, request } => _ = self.buyer_asks(at, *order, *line, request)?,
            Verb::OpenCase { request_id, order, line, request } => {
                _ = self.merchant_opens_case(at, request_id, *order, *line, request)?;
            }
            Verb::BuyerStep { case, step } => self.buyer_takes_step(at, *case, step)?,
            Verb::MerchantStep { by: Actor::Api, case, step } => self.merchant_takes_step(at, *case, step)?,
            Verb::MerchantStep { by: Actor::Colleague, case, step } => self.colleague_takes_step(at, *case, step)?,
            Verb::ProposeAddress { order, address } => self.propose_address(at, *order, address)?,
            Verb::AnswerProposedAddress { order, accept } => self.buyer_answers_address(at, *order, *accept)?,
            Verb::AskForSku { order, line, new_sku } => self.buyer_requests_sku(at, *order, *line, *new_sku)?,
            Verb::AnswerSku { order, accept } => self.answer_sku_request(at, *order, *accept)?,
            Verb::WithdrawSku { order } => self.buyer_withdraws_sku_request(at, *order)?,
            Verb::Reprice { order, freight, prices } => self.reprice(at, *order, *freight, prices)?,
            Verb::Correct { order, correction } => self.correct_parcels(at, *order, correction)?,
            Verb::Product { by: Actor::Api, product, change } => self.change_product(at, *product, change)?,
            Verb::Product { by: Actor::Colleague, product, change } => {
                self.colleague_changes_product(at, *product, change)?;
            }
            Verb::BadDay => self.bad_day(at),
            Verb::Outage { from, until } => self.plan_outage(at, *from, *until),
        }
        Ok(())
    }
}
