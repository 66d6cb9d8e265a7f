//! The shop's past: two years of orders that end at the moment the world begins.
//!
//! The newest orders are the ones somebody has to work on, and a merchant's day must look alike in a shop of a hundred
//! orders and of a million: so the past has two parts. The *recent* part holds the last six days and every open order; its
//! size follows from how many orders shall wait to be shipped ([`open_target`]). The *history* spreads what is left over
//! two years, denser towards the present. Ship-by times fall where they fall: a few are overdue, some are due within
//! hours, most are due tomorrow.

use std::collections::BTreeMap;

use super::order::{Buyer, Extra, Kind, Line, Order, OrderId, Parcel, Scene, Status};
use super::random::{Draw, Stream, derived};
use super::shelf::Shelves;
use super::shopping::{Cart, Look, fill_cart};
use super::{WorldConfig, people};

const DAY: i64 = 86_400;
const RECENT: i64 = 6 * DAY;
const HISTORY: i64 = 730 * DAY;
/// Seconds from payment to the ship-by time of urgent orders.
const URGENT_PROMISE: i64 = 48 * 3_600;
/// The platform cancels what has not been paid for so long.
pub(crate) const PAY_WITHIN: i64 = 30 * 60;
/// Order numbers count from 2020-01-01.
const FIRST_SECOND: i64 = 1_577_836_800;

pub(crate) struct Past {
    pub(crate) buyers: Vec<Buyer>,
    pub(crate) orders: Vec<Order>,
    pub(crate) lines: Vec<Line>,
    pub(crate) extras: BTreeMap<u32, Extra>,
}

/// The number of the `serial`th order of the shop when it is created at `created`. It rises with both.
pub(crate) fn order_id(seed: u64, created: i64, serial: u64) -> OrderId {
    let second = (created - FIRST_SECOND).clamp(0, 5_000_000_000) as u64;
    OrderId::new(
        3_600_000_000_000_000_000 + second * 1_000_000_000 + serial % 10_000_000 * 100 + derived(seed, serial) % 100,
    )
}

pub(crate) fn past(config: &WorldConfig, shelves: &Shelves) -> Past {
    let mut draw = Draw::new(config.seed, Stream::Buyers);
    let buyers: Vec<Buyer> = (0..config.orders / 5 * 3 + 8).map(|_| new_buyer(&mut draw)).collect();
    let mut past = Past { buyers, orders: Vec::new(), lines: Vec::new(), extras: BTreeMap::new() };
    let mut draw = Draw::new(config.seed, Stream::History);
    let plan = Plan::of(config.orders);
    let mut slots = plan.slots(&mut draw, config.now_s);
    slots.sort_by_key(|slot| slot.created);
    past.orders.reserve_exact(slots.len());
    past.lines.reserve(slots.len() * 3 / 2);
    for (serial, slot) in slots.into_iter().enumerate() {
        past.add(config, shelves, &mut draw, serial as u64, &slot);
    }
    past
}

pub(crate) fn new_buyer(draw: &mut Draw) -> Buyer {
    Buyer {
        surname: draw.below(people::SURNAMES.len() as u32) as u8,
        phone_head: draw.pick(people::PHONE_HEADS),
        phone_tail: draw.below(10_000) as u16,
        // The smaller of two draws: more buyers live in the large cities, which stand first.
        place: draw.below(people::PLACES.len() as u32).min(draw.below(people::PLACES.len() as u32)) as u16,
    }
}

/// How many orders wait to be shipped in a shop with so many orders: 4 of 10, 40 of 100, 250 of 10,000, 5,000 of a million.
fn open_target(orders: u32) -> u32 {
    const CURVE: [(u32, u32); 6] =
        [(0, 0), (100, 40), (1_000, 90), (10_000, 250), (100_000, 1_200), (1_000_000, 5_000)];
    for pair in CURVE.windows(2) {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        if orders <= x1 {
            let part = u64::from(orders - x0) * u64::from(y1 - y0) / u64::from(x1 - x0);
            return y0 + part as u32;
        }
    }
    5_000
}

/// Where one order of the past shall stand.
struct Slot {
    created: i64,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unpaid,
    Gift,
    Group,
    ToShip,
    /// To be shipped today, or too late already.
    Urgent,
    PartlyShipped,
    Shipped,
    Completed,
    Refunded,
    Cancelled,
    /// By age and chance.
    Any,
}

struct Plan {
    orders: u32,
    target: u32,
    recent: u32,
    waiting: u32,
    unpaid: u32,
}

impl Plan {
    fn of(orders: u32) -> Self {
        let target = open_target(orders);
        Self {
            orders,
            target,
            recent: (target * 4).min(orders * 6 / 10),
            waiting: (target / 25).max(1).min(orders / 8),
            unpaid: (target / 12).max(1).min(orders / 8),
        }
    }

    fn slots(&self, draw: &mut Draw, now: i64) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.orders as usize);
        // Newest first: the unpaid, gifts and groups; then the rest of the last days; then two years.
        let lately = |draw: &mut Draw, upto: i64| now - draw.between(30, upto);
        for _ in 0..self.unpaid {
            slots.push(Slot { created: lately(draw, PAY_WITHIN - 120), fate: Fate::Unpaid });
        }
        for _ in 0..self.waiting {
            slots.push(Slot { created: lately(draw, DAY), fate: Fate::Gift });
            slots.push(Slot { created: lately(draw, DAY), fate: Fate::Group });
        }
        let each = if self.orders < 20 { 0 } else { self.target / 25 + 1 };
        // Overdue, red and amber: hours left for the merchant.
        for (from, to) in [(-10, -1), (0, 4), (4, 12)] {
            for _ in 0..each {
                let left = draw.between(from * 3_600 + 900, to * 3_600 - 300);
                slots.push(Slot { created: now - URGENT_PROMISE + left - 240, fate: Fate::Urgent });
            }
        }
        let recent = self.recent.saturating_sub(slots.len() as u32);
        for rank in 0..recent {
            let x = i64::from(rank) * 1_000 / i64::from(recent.max(1));
            let age = RECENT * (x + x * x / 1_000) / 2_000;
            let created = (now - age - draw.between(60, 60 + RECENT / i64::from(recent.max(1)))).max(now - HISTORY);
            slots.push(Slot { created, fate: self.recent_fate(draw, rank, x) });
        }
        let old = self.orders.saturating_sub(slots.len() as u32);
        for rank in 0..old {
            let x = i64::from(rank) * 1_000_000 / i64::from(old.max(1));
            let age =
                i64::try_from(i128::from(HISTORY) * i128::from(x) * i128::from(x) / 1_000_000_000_000).unwrap_or(0);
            // A shop that keeps two years of history has them all.
            let created =
                (now - RECENT - age - draw.between(0, DAY / 2)).max(now - HISTORY + i64::from(rank).rem_euclid(DAY));
            let fate = match old - rank {
                1 => Fate::Completed,
                2 => Fate::Refunded,
                3 => Fate::Cancelled,
                _ => Fate::Any,
            };
            slots.push(Slot { created, fate });
        }
        slots
    }

    /// `x`: how far back in the recent part, per mille. The newest orders are mostly not shipped yet; further back ever
    /// fewer are.
    fn recent_fate(&self, draw: &mut Draw, rank: u32, x: i64) -> Fate {
        match rank {
            0 | 2 => return Fate::ToShip,
            1 => return Fate::PartlyShipped,
            3 => return Fate::Shipped,
            _ => {}
        }
        let chance = if self.recent < self.target * 2 {
            // A tiny shop: nearly all of the recent part is open.
            750
        } else if x < 125 {
            900
        } else {
            330 * (1_000 - x) / 875
        };
        if draw.per_mille(chance as u32) {
            if draw.per_mille(80) { Fate::PartlyShipped } else { Fate::ToShip }
        } else {
            Fate::Any
        }
    }
}

impl Past {
    fn add(&mut self, config: &WorldConfig, shelves: &Shelves, draw: &mut Draw, serial: u64, slot: &Slot) {
        let now = config.now_s;
        let buyer = draw.below(self.buyers.len() as u32);
        let kind = match slot.fate {
            Fate::Gift => Some(Kind::Gift),
            Fate::Group => Some(Kind::Group),
            Fate::ToShip | Fate::Urgent | Fate::PartlyShipped | Fate::Unpaid => Some(Kind::Plain),
            _ => None,
        };
        let place = self.buyers[buyer as usize].place;
        let Some(mut cart) = fill_cart(draw, shelves, Look::Past, place, &[], kind) else { return };
        let age = now - slot.created;
        let mut fate = slot.fate;
        if cart.kind == Kind::Virtual || (cart.kind == Kind::Presale && matches!(fate, Fate::Gift | Fate::Group)) {
            // Neither waits for a parcel, a friend or a group.
            fate = if age < PAY_WITHIN { Fate::Unpaid } else { Fate::Completed };
        }
        if fate == Fate::PartlyShipped && cart.lines.iter().map(|line| line.bought).sum::<u16>() < 2 {
            cart.lines[0].bought += 1;
        }
        if fate == Fate::ToShip && age > i64::from(cart.promise) && draw.per_mille(600) {
            // Most merchants are in time.
            fate = Fate::Shipped;
        }
        if fate == Fate::Urgent {
            // Whatever is in it: somebody must be in a hurry in every shop.
            cart.promise = URGENT_PROMISE as u32;
            cart.tells_deadline = true;
        }
        if fate == Fate::Any {
            fate = match draw.below(1_000) {
                0..60 => Fate::Cancelled,
                60..90 if age > 3 * DAY => Fate::Refunded,
                _ if age < 9 * DAY => Fate::Shipped,
                _ => Fate::Completed,
            };
        }
        let index = self.orders.len() as u32;
        let mut order = self.live(config, draw, serial, slot.created, fate, buyer, cart);
        if fate == Fate::PartlyShipped {
            let sent = self.ship_a_part(config, draw, index, &order);
            order.updated = order.updated.max(sent);
        }
        self.orders.push(order);
    }

    /// Gives the order the times and marks of its fate.
    #[allow(clippy::too_many_arguments, reason = "the one place where the parts of an order meet")]
    fn live(
        &mut self,
        config: &WorldConfig,
        draw: &mut Draw,
        serial: u64,
        created: i64,
        fate: Fate,
        buyer: u32,
        cart: Cart,
    ) -> Order {
        let now = config.now_s;
        let not_later = |at: i64| at.min(now);
        let paid = not_later(created + draw.between(15, 240));
        let shipped = not_later(paid + draw.between(3_600, (i64::from(cart.promise) * 4 / 5).max(7_200)));
        let status = match fate {
            Fate::Unpaid => Status::AwaitingPayment,
            Fate::Gift => Status::GiftWaiting,
            Fate::Group => Status::GroupWaiting,
            Fate::ToShip | Fate::Urgent => Status::ToShip,
            Fate::PartlyShipped => Status::PartlyShipped,
            Fate::Shipped => Status::Shipped,
            Fate::Completed | Fate::Any => Status::Completed,
            Fate::Refunded => Status::Refunded,
            Fate::Cancelled => Status::Cancelled,
        };
        let (paid, shipped, closed) = match status {
            Status::AwaitingPayment => (0, 0, 0),
            Status::GiftWaiting | Status::GroupWaiting | Status::ToShip | Status::PartlyShipped => (paid, 0, 0),
            Status::Shipped => (paid, shipped, 0),
            Status::Completed => (paid, shipped, not_later(shipped + draw.between(2 * DAY, 10 * DAY))),
            Status::Refunded => (paid, 0, not_later(paid + draw.between(3_600, 3 * DAY))),
            Status::Cancelled => (0, 0, not_later(created + draw.between(120, PAY_WITHIN))),
        };
        let sent = matches!(status, Status::Shipped | Status::Completed);
        let mut order = Order {
            id: order_id(config.seed, created, serial),
            created,
            updated: created.max(paid).max(shipped).max(closed),
            paid,
            shipped,
            closed,
            old_parcel: sent.then(|| draw.weighted(&[30, 25, 15, 12, 8, 5, 4, 1]) as u8),
            old_note: if draw.per_mille(60) { draw.between(1, people::NOTES.len() as i64 - 1) as u8 } else { 0 },
            ..new_order(buyer, status, &cart)
        };
        order.first_line = self.lines.len() as u32;
        for mut line in cart.lines {
            if sent {
                line.shipped = line.bought;
            }
            if status == Status::Refunded {
                line.after_aftersale = line.bought;
            }
            self.lines.push(line);
        }
        order
    }

    /// Sends some pieces, and tells when.
    fn ship_a_part(&mut self, config: &WorldConfig, draw: &mut Draw, index: u32, order: &Order) -> i64 {
        let first = order.first_line as usize;
        let line = &mut self.lines[first];
        let count = if order.line_count > 1 { line.bought } else { line.bought - 1 };
        line.shipped = count;
        let (carrier, _) = people::CARRIERS[draw.below(4) as usize];
        let number = 10_000_000_000 + derived(config.seed, order.id.number()) % 80_000_000_000;
        let at = (order.paid + draw.between(1_800, 14_400)).min(config.now_s);
        let parcel = Parcel {
            carrier: carrier.to_owned(),
            waybill: format!("{carrier}{number}"),
            at,
            deliver_type: 1,
            items: vec![(0, count)],
        };
        self.extras.entry(index).or_default().parcels.push(parcel);
        at
    }
}

/// An order of this cart without id, times and lines.
pub(crate) fn new_order(buyer: u32, status: Status, cart: &Cart) -> Order {
    Order {
        id: OrderId::new(0),
        created: 0,
        updated: 0,
        paid: 0,
        shipped: 0,
        closed: 0,
        first_line: 0,
        buyer,
        promise: cart.promise,
        freight: cart.freight,
        deduction: cart.deduction,
        status,
        kind: cart.kind,
        scene: cart.scene,
        line_count: cart.lines.len() as u8,
        payment_method: cart.payment_method,
        remark: cart.remark,
        old_note: 0,
        old_parcel: None,
        finder: if matches!(cart.scene, Scene::Live | Scene::ShortVideo) { cart.finder } else { 0 },
        tells_deadline: cart.tells_deadline,
    }
}
