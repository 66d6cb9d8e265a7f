//! What buyers, colleagues and the merchant's notes do to one order. Each public verb takes the time, refuses what does
//! not fit the order's state, and is kept on the tape if it changed something.

use super::event::{CancelType, ExtInfo, Happening};
use super::order::{Kind, OrderId, Status};
use super::seed::{new_buyer, new_order, order_id};
use super::shelf::{FlowReason, Place};
use super::shopping::{Look, fill_cart};
use super::tape::Verb;
use super::{Actor, Basket, Effect, EffectKind, ParcelRequest, Refusal, Switches, World};

/// The longest note that the sandbox takes. The reference names no limit; a phone must not be able to send a book.
const NOTE_CHARS: usize = 500;

impl World {
    /// Takes the caller's time, never going back.
    pub(crate) fn tick(&mut self, now_s: i64) -> i64 {
        self.now = self.now.max(now_s);
        self.now
    }

    pub(crate) fn find(&self, id: OrderId) -> Result<u32, Refusal> {
        self.index_of(id).ok_or_else(Refusal::no_such_order)
    }

    /// Switches behaviour from `now_s` on.
    pub fn set_switches(&mut self, now_s: i64, switches: Switches) {
        let at = self.tick(now_s);
        self.switches = switches.clone();
        self.note_down(at, Verb::Switch { switches });
    }

    /// A buyer orders; the order is unpaid.
    pub fn buyer_orders(&mut self, now_s: i64, basket: &Basket) -> OrderId {
        let at = self.tick(now_s);
        // One who orders by hand takes whatever was on sale once, and a colleague fills up what is short.
        let index = self.place_order_as(at, basket, Look::Past);
        #[expect(clippy::expect_used, reason = "one who does not look at the shelves always finds something")]
        let index = index.expect("an order");
        self.note_down(at, Verb::Order { basket: basket.clone() });
        self.order(index).id
    }

    /// A living buyer orders, if there is anything to buy.
    pub(crate) fn place_order(&mut self, at: i64, basket: &Basket) -> Option<u32> {
        let look = if self.switches.finite_stock { Look::OnShelf } else { Look::OnSale };
        self.place_order_as(at, basket, look)
    }

    fn place_order_as(&mut self, at: i64, basket: &Basket, look: Look) -> Option<u32> {
        let known = basket.again.and_then(|id| self.index_of(id)).map(|index| self.order(index).buyer);
        let buyer = known.unwrap_or_else(|| self.whoever_comes());
        let kind = basket.plain.then_some(Kind::Plain);
        let place = self.buyers[buyer as usize].place;
        let mut cart = fill_cart(&mut self.draw, &self.shelves, look, place, &basket.picks, kind)?;
        if basket.plain {
            (cart.remark, cart.payment_method) = (0, 1);
        }
        cart.tells_deadline = basket.tells_deadline.unwrap_or(cart.tells_deadline);
        let index = self.orders.len() as u32;
        // Ids must rise with the table; two orders of one second are told apart by their serial.
        let created = at.max(self.orders.last().map_or(at, |order| order.created));
        let mut order = new_order(buyer, Status::AwaitingPayment, &cart);
        order.id = order_id(self.config.seed, created, u64::from(index));
        order.created = created;
        order.updated = created;
        order.first_line = self.lines.len() as u32;
        let id = order.id;
        for line in &cart.lines {
            let shelf = Place { product: line.product, sku: line.sku };
            self.take_off(at, shelf, line.bought, id, FlowReason::Ordered);
        }
        self.lines.extend(cart.lines);
        self.orders.push(order);
        self.by_update.insert((created, index));
        if !basket.remark.is_empty() {
            self.extras.entry(index).or_default().remark = Some(basket.remark.clone());
        }
        self.announce(index, Some(buyer), at, Happening::New);
        self.plan_unpaid(index, at);
        Some(index)
    }

    /// One who ordered before, or a newcomer.
    fn whoever_comes(&mut self) -> u32 {
        if self.draw.per_mille(300) {
            return self.draw.below(self.buyers.len() as u32);
        }
        let newcomer = new_buyer(&mut self.draw);
        self.buyers.push(newcomer);
        self.buyers.len() as u32 - 1
    }

    /// The buyer pays.
    pub fn buyer_pays(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        self.pay(index, at)?;
        self.note_down(at, Verb::Pay { order: id });
        Ok(())
    }

    pub(crate) fn pay(&mut self, index: u32, at: i64) -> Result<(), Refusal> {
        if self.order(index).status != Status::AwaitingPayment {
            return Err(Refusal::wrong_state("not waiting for payment"));
        }
        let next = match self.order(index).kind {
            Kind::Gift => Status::GiftWaiting,
            Kind::Group => Status::GroupWaiting,
            Kind::Plain | Kind::Presale | Kind::Virtual => Status::ToShip,
        };
        let buyer = self.order(index).buyer;
        self.change(index, at, |order, _, _| {
            order.status = next;
            order.paid = at;
        });
        self.announce(index, Some(buyer), at, Happening::Paid { pay_time: at });
        if next == Status::ToShip {
            self.announce(index, Some(buyer), at, Happening::WaitShipping);
        }
        self.plan_paid(index, at);
        Ok(())
    }

    /// The buyer cancels the unpaid order.
    pub fn buyer_cancels(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        self.cancel(index, at, CancelType::Buyer)?;
        self.note_down(at, Verb::Cancel { order: id });
        Ok(())
    }

    pub(crate) fn cancel(&mut self, index: u32, at: i64, why: CancelType) -> Result<(), Refusal> {
        if self.order(index).status != Status::AwaitingPayment {
            return Err(Refusal::wrong_state("not waiting for payment"));
        }
        let buyer = self.order(index).buyer;
        self.change(index, at, |order, _, _| {
            order.status = Status::Cancelled;
            order.closed = at;
        });
        let id = self.order(index).id;
        for line in self.lines_at(index).to_vec() {
            let shelf = Place { product: line.product, sku: line.sku };
            self.put_back(at, shelf, line.bought, id, FlowReason::Cancelled);
        }
        self.announce(index, Some(buyer), at, Happening::Cancelled(why));
        Ok(())
    }

    /// The buyer urges shipping. A push-only fact: the order itself shows nothing of it, not even a newer update time.
    pub fn buyer_hurries(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        self.hurry(index, at)?;
        self.note_down(at, Verb::Hurry { order: id });
        Ok(())
    }

    pub(crate) fn hurry(&mut self, index: u32, at: i64) -> Result<(), Refusal> {
        if !self.order(index).status.is_shippable() {
            return Err(Refusal::wrong_state("nothing to ship"));
        }
        let buyer = self.order(index).buyer;
        self.announce(index, Some(buyer), at, Happening::ExtInfo(ExtInfo::Hurry));
        Ok(())
    }

    /// The buyer confirms that everything arrived.
    pub fn buyer_confirms(&mut self, now_s: i64, id: OrderId) -> Result<(), Refusal> {
        let (index, at) = (self.find(id)?, self.tick(now_s));
        self.confirm(index, at, true)?;
        self.note_down(at, Verb::Confirm { order: id });
        Ok(())
    }

    pub(crate) fn confirm(&mut self, index: u32, at: i64, by_buyer: bool) -> Result<(), Refusal> {
        if self.order(index).status != Status::Shipped {
            return Err(Refusal::wrong_state("not shipped"));
        }
        let buyer = self.order(index).buyer;
        self.change(index, at, |order, _, _| {
            order.status = Status::Completed;
            order.closed = at;
        });
        self.announce(index, Some(buyer), at, Happening::Confirmed { by_buyer });
        Ok(())
    }

    /// Overwrites the merchant's note through the API.
    pub fn update_note(&mut self, now_s: i64, id: OrderId, text: &str) -> Result<(), Refusal> {
        self.write_note(now_s, id, text, Actor::Api)
    }

    /// A colleague overwrites it in the back office.
    pub fn colleague_notes(&mut self, now_s: i64, id: OrderId, text: &str) -> Result<(), Refusal> {
        self.write_note(now_s, id, text, Actor::Colleague)
    }

    fn write_note(&mut self, now_s: i64, id: OrderId, text: &str, by: Actor) -> Result<(), Refusal> {
        let index = self.find(id)?;
        if text.chars().count() > NOTE_CHARS {
            return Err(Refusal::bad_argument("merchant_notes too long"));
        }
        let at = self.tick(now_s);
        self.change(index, at, |_, _, extra| extra.note = Some(text.to_owned()));
        self.effects.push(Effect { at, order: id, by, kind: EffectKind::Note { text: text.to_owned() } });
        self.announce(index, None, at, Happening::ExtInfo(ExtInfo::MerchantNote));
        self.note_down(at, Verb::Note { by, order: id, text: text.to_owned() });
        Ok(())
    }

    /// A colleague ships in the back office, by the same rules as the API.
    pub fn colleague_ships(&mut self, now_s: i64, id: OrderId, parcels: &[ParcelRequest]) -> Result<(), Refusal> {
        self.ship(now_s, id, parcels, Actor::Colleague)
    }
}
