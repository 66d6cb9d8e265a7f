//! The shop and its buyers, pure: no HTTP, no clock, no task. Time is an argument of every verb, chance comes from a seed,
//! so that the same seed and the same calls give the same world on any machine, and a simulation can own it whole.
//!
//! # Life of an order
//!
//! A buyer orders (10) and pays or lets it lapse (250). Paid, it waits to be shipped (20), unless it is a gift that must be
//! accepted first (12) or belongs to a group that is not complete (13). The merchant sends parcels: some pieces (21), all
//! (30). The buyer confirms, or time does (100). Orders whose every product went through after-sales are 200.
//!
//! Beside it stand cases (module `aftersale`), products with their stock (`shelf`), and what buyer and merchant ask of each
//! other before anything is sent (`requests`).
//!
//! # Who acts
//!
//! * The merchant, through [`World::deliver`], [`World::update_note`], [`World::merchant_takes_step`],
//!   [`World::change_product`] and their sisters: what the open API offers, with its refusals.
//! * A colleague in the platform's back office: the same effects without a call of the API, which any sync must notice.
//! * Buyers: by hand ([`World::buyer_pays`] and its sisters) or by themselves. Living buyers work off an agenda of acts
//!   (module `living`) whenever [`World::advance`] is called; orders that are reserved are left alone by them. Much of what
//!   they do, and all that carriers do, comes by [`Switches::lifelike`] only (`lifelike`), and a bad day by script (`script`).
//! * The platform and time: decisions that nobody makes fall when they are due (`deadline`), in worlds that ask for it.
//!
//! Every verb that changed something is kept on a tape when somebody records ([`World::record`]); the journal writes it
//! down, and a resumed sandbox plays it to a fresh world of the same seed.
//!
//! # Memory
//!
//! A million orders must fit, so an order is a row of numbers (module `order`), lines stand in one table, what few orders have
//! stands in a map beside it, and JSON is made when asked for. Orders are appended in order of time and their ids rise
//! with it, so that finding one by id or by creation time is a binary search; only update times need an index.

mod aftersale;
mod books;
mod config;
mod correction;
mod deadline;
mod delivery;
mod event;
mod goods;
mod lifelike;
mod listing;
mod living;
mod order;
mod people;
pub(crate) mod random;
mod refusal;
mod repricing;
mod requests;
mod script;
mod search;
mod seed;
mod shelf;
mod shopping;
mod tape;
mod verbs;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

pub use aftersale::{
    AftersaleBook, AftersaleId, AftersaleKind, AftersaleRequest, AftersaleStatus, BuyerStep, CaseQuery, MerchantStep,
    Proposal, ProposalKind, RefundWays,
};
pub(crate) use aftersale::{reasons_json, reject_reasons_json};
pub use books::{Actor, Books, Effect, EffectKind, OrderBook, ParcelBook, ParcelItem};
pub use config::{Switches, WorldConfig};
pub use correction::Correction;
pub use delivery::{ParcelRequest, ParcelRequestItem};
pub use event::{CancelType, ExtInfo, Happening, PushEvent};
pub use listing::{ListQuery, Page, Position};
pub use order::{OrderId, Status};
pub use refusal::Refusal;
pub use repricing::NewPrice;
pub use requests::WrittenAddress;
pub use search::SearchQuery;
pub use shelf::{
    Copies, EditStatus, FlowBook, FlowQuery, FlowReason, ProductChange, ProductStatus, ShelfId, SkuBook, SkuPatch,
    StockChange,
};
pub use shopping::{Basket, Pick};
pub use tape::{TapeEntry, Verb};

use order::{Buyer, Extra, Kind, Line, Order, Parcel};
use random::{Draw, Stream, derived, derived_text};

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// The shop, its buyers and their orders. See the module's essay.
#[derive(Debug)]
pub struct World {
    config: WorldConfig,
    switches: Switches,
    buyers: Vec<Buyer>,
    /// By (creation time, id), both rising.
    orders: Vec<Order>,
    lines: Vec<Line>,
    extras: BTreeMap<u32, Extra>,
    by_update: BTreeSet<(i64, u32)>,
    reserved: BTreeSet<u32>,
    agenda: living::Agenda,
    deadlines: deadline::Deadlines,
    cases: aftersale::Cases,
    shelves: shelf::Shelves,
    /// (from, until) in unix seconds, when no call is answered.
    outages: Vec<(i64, i64)>,
    draw: Draw,
    life: Draw,
    now: i64,
    events: Vec<PushEvent>,
    effects: Vec<Effect>,
    /// What reads still show of orders that a write changed a moment ago, oldest first.
    lagging: BTreeMap<u32, Vec<Snapshot>>,
    tape: Option<Vec<TapeEntry>>,
}

/// An order as reads show it until `until` (unix seconds).
#[derive(Debug)]
struct Snapshot {
    until: i64,
    order: Order,
    lines: Vec<Line>,
    extra: Extra,
}

/// An order as a read sees it.
struct Seen<'a> {
    order: &'a Order,
    lines: &'a [Line],
    extra: Option<&'a Extra>,
}

impl World {
    /// Makes the shop and its past. Pure: the same configuration gives the same world. A beginning outside 1970 to 9999 is
    /// moved inside.
    pub fn new(mut config: WorldConfig) -> Self {
        config.now_s = config.now_s.clamp(0, LAST_SECOND);
        let shelves = shelf::Shelves::new(config.seed, config.products, config.switches.finite_stock, config.now_s);
        let mut past = seed::past(&config, &shelves);
        let tables = aftersale::Tables { orders: &mut past.orders, lines: &mut past.lines, extras: &mut past.extras };
        let cases = aftersale::Cases::of(aftersale::past_cases(&config, tables));
        let mut by_update: Vec<(i64, u32)> =
            past.orders.iter().enumerate().map(|(index, order)| (order.updated, index as u32)).collect();
        by_update.sort_unstable();
        let mut world = Self {
            now: config.now_s,
            switches: config.switches.clone(),
            draw: Draw::new(config.seed, Stream::Living),
            buyers: past.buyers,
            orders: past.orders,
            lines: past.lines,
            extras: past.extras,
            by_update: by_update.into_iter().collect(),
            reserved: BTreeSet::new(),
            agenda: living::Agenda::default(),
            deadlines: deadline::Deadlines::default(),
            cases,
            shelves,
            outages: Vec::new(),
            life: Draw::new(config.seed, Stream::Life),
            events: Vec::new(),
            effects: Vec::new(),
            lagging: BTreeMap::new(),
            tape: None,
            config,
        };
        world.plan_open_orders();
        world
    }

    /// What the world was made from.
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// How it behaves now.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// The latest time that any verb named, unix seconds.
    pub fn now_s(&self) -> i64 {
        self.now
    }

    /// How many orders there are.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether there is no order at all.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The shop's original id, `ToUserName` of its events.
    pub fn username(&self) -> String {
        format!("gh_{:012x}", derived(self.config.seed, 0x5e11e4) >> 16)
    }

    /// Ids of the orders in this status, oldest first.
    pub fn orders_in(&self, status: Status) -> Vec<OrderId> {
        self.orders.iter().filter(|order| order.status == status).map(|order| order.id).collect()
    }

    /// Where this order stands in truth, whatever lagging reads show.
    pub fn status(&self, id: OrderId) -> Option<Status> {
        self.index_of(id).map(|index| self.order(index).status)
    }

    /// Wire ids and pieces of each line: (product id, sku id, bought, shipped).
    pub fn lines_of(&self, id: OrderId) -> Vec<(String, String, u16, u16)> {
        let Some(index) = self.index_of(id) else { return Vec::new() };
        self.lines_at(index)
            .iter()
            .map(|line| (self.product_id(line), self.sku_id(line), line.bought, line.shipped))
            .collect()
    }

    /// The events that arose since they were last taken.
    pub fn take_events(&mut self) -> Vec<PushEvent> {
        std::mem::take(&mut self.events)
    }

    /// The platform's truth about every order.
    pub fn books(&self) -> Books {
        Books {
            now_s: self.now,
            orders: (0..self.orders.len() as u32).map(|index| self.book(index)).collect(),
            effects: self.effects.clone(),
        }
    }

    /// The platform's truth about some orders; unknown ones are left out. Cheap in a large world.
    pub fn books_of(&self, ids: &[OrderId]) -> Books {
        let mut indices: Vec<u32> = ids.iter().filter_map(|id| self.index_of(*id)).collect();
        indices.sort_unstable();
        indices.dedup();
        let wanted: BTreeSet<OrderId> = ids.iter().copied().collect();
        Books {
            now_s: self.now,
            orders: indices.into_iter().map(|index| self.book(index)).collect(),
            effects: self.effects.iter().filter(|effect| wanted.contains(&effect.order)).cloned().collect(),
        }
    }

    fn book(&self, index: u32) -> OrderBook {
        let order = self.order(index);
        let lines = self.lines_at(index);
        OrderBook {
            id: order.id,
            status: order.status,
            create_time: order.created,
            update_time: order.updated,
            merchant_note: self.note_text(order, self.extras.get(&index)).to_owned(),
            parcels: self
                .parcels(order, lines, self.extras.get(&index))
                .iter()
                .map(|parcel| self.parcel_book(lines, parcel))
                .collect(),
        }
    }

    fn parcel_book(&self, lines: &[Line], parcel: &Parcel) -> ParcelBook {
        let items = parcel.items.iter().filter_map(|(line, count)| {
            let line = lines.get(usize::from(*line))?;
            Some(ParcelItem { product_id: self.product_id(line), sku_id: self.sku_id(line), count: *count })
        });
        ParcelBook {
            carrier: parcel.carrier.clone(),
            waybill: parcel.waybill.clone(),
            at: parcel.at,
            items: items.collect(),
        }
    }

    fn index_of(&self, id: OrderId) -> Option<u32> {
        self.orders.binary_search_by_key(&id, |order| order.id).ok().map(|index| index as u32)
    }

    /// `index` comes from `index_of`, the agenda or a table of the world, and orders are never removed.
    fn order(&self, index: u32) -> &Order {
        &self.orders[index as usize]
    }

    fn lines_at(&self, index: u32) -> &[Line] {
        let order = self.order(index);
        let first = order.first_line as usize;
        &self.lines[first..first + usize::from(order.line_count)]
    }

    /// Changes an order: keeps what reads still show, stamps the update time and moves the index.
    fn change(&mut self, index: u32, now: i64, edit: impl FnOnce(&mut Order, &mut [Line], &mut Extra)) {
        if self.switches.read_lag_s > 0 {
            let snapshot = Snapshot {
                until: now + i64::from(self.switches.read_lag_s),
                order: self.order(index).clone(),
                lines: self.lines_at(index).to_vec(),
                extra: self.extras.get(&index).cloned().unwrap_or_default(),
            };
            self.lagging.retain(|_, kept| {
                kept.retain(|old| old.until > now);
                !kept.is_empty()
            });
            self.lagging.entry(index).or_default().push(snapshot);
        }
        let order = &mut self.orders[index as usize];
        let first = order.first_line as usize;
        let lines = &mut self.lines[first..first + usize::from(order.line_count)];
        let before = order.updated;
        edit(order, lines, self.extras.entry(index).or_default());
        order.updated = now.max(before);
        let after = order.updated;
        self.by_update.remove(&(before, index));
        self.by_update.insert((after, index));
    }

    /// The order as a read at `now` shows it.
    fn seen(&self, index: u32, now: i64) -> Seen<'_> {
        let held = self.lagging.get(&index).and_then(|kept| kept.iter().find(|old| old.until > now));
        match held {
            Some(old) => Seen { order: &old.order, lines: &old.lines, extra: Some(&old.extra) },
            None => Seen { order: self.order(index), lines: self.lines_at(index), extra: self.extras.get(&index) },
        }
    }

    fn note_text<'a>(&self, order: &Order, extra: Option<&'a Extra>) -> &'a str {
        match extra.and_then(|extra| extra.note.as_deref()) {
            Some(note) => note,
            None => people::NOTES.get(usize::from(order.old_note)).copied().unwrap_or_default(),
        }
    }

    /// The order's parcels, oldest first. The one of an order that was shipped before the world began is derived.
    fn parcels(&self, order: &Order, lines: &[Line], extra: Option<&Extra>) -> Vec<Parcel> {
        if let Some(carrier) = order.old_parcel {
            let is_virtual = order.kind == Kind::Virtual;
            let (carrier, _) = people::CARRIERS[usize::from(carrier) % people::CARRIERS.len()];
            let number = 10_000_000_000 + derived(self.config.seed, order.id.number()) % 80_000_000_000;
            return vec![Parcel {
                carrier: if is_virtual { String::new() } else { carrier.to_owned() },
                waybill: if is_virtual { String::new() } else { format!("{carrier}{number}") },
                at: order.shipped,
                deliver_type: if is_virtual { 3 } else { 1 },
                items: lines.iter().enumerate().map(|(i, line)| (i as u8, line.shipped)).collect(),
            }];
        }
        extra.map(|extra| extra.parcels.clone()).unwrap_or_default()
    }

    fn openid(&self, buyer: u32) -> String {
        format!("oX_{}", derived_text(self.config.seed, 0x0b00_0000_0000 | u64::from(buyer), 25))
    }

    fn product_id(&self, line: &Line) -> String {
        product_number(self.config.seed, line.product).to_string()
    }

    fn sku_id(&self, line: &Line) -> String {
        sku_number(self.config.seed, line.product, line.sku).to_string()
    }

    fn announce(&mut self, index: u32, from: Option<u32>, at: i64, what: Happening) {
        self.tell(Some(self.order(index).id), from, at, what);
    }

    fn tell(&mut self, order: Option<OrderId>, from: Option<u32>, at: i64, what: Happening) {
        // The platform sends what the merchant did in the name of one openid of its own.
        let from = from.map_or_else(|| "oplatform_weixin_team".to_owned(), |buyer| self.openid(buyer));
        self.events.push(PushEvent { order, from, at, what });
    }

    /// The shop's addresses for goods that come back; the first is the default.
    pub fn addresses(&self) -> [u64; 2] {
        [self.return_address(), self.return_address() + 1]
    }

    fn return_address(&self) -> u64 {
        900_000_000 + derived(self.config.seed, 0xadd2) % 90_000_000
    }
}

/// The carriers that the platform knows: (id on the wire, name).
pub(crate) fn carriers() -> impl Iterator<Item = (&'static str, &'static str)> {
    people::CARRIERS.iter().copied()
}

/// Whether order/list/get takes this value as `status`.
pub(crate) fn is_list_filter(value: u16) -> bool {
    listing::FILTERS.contains(&value)
}

fn product_number(seed: u64, product: u16) -> u64 {
    10_000_000_000_000 + derived(seed, 0x9000) % 80_000_000 * 1000 + u64::from(product)
}

fn sku_number(seed: u64, product: u16, sku: u8) -> u64 {
    2_000_000_000 + derived(seed, 0x5000) % 8_000 * 100_000 + u64::from(product) * 10 + u64::from(sku)
}
