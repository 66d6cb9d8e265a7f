//! What a world looks like at one moment, as plain data: taken from live phones and from the platform's books, judged by
//! [`super::promises`]. Because it is data, a test can falsify it and see that the judgement notices.

use std::collections::BTreeMap;

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Count, Flag, From, OrderFilter, OrderSort, Orders, ParcelStanding, Window};
use shopkeeper_core::outbox::OutboxItem;
use shopkeeper_sandbox::world::{Books, OrderId};

use super::world::{Phone, SimWorld};

/// See the module.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub books: Books,
    /// Order number → its lines in truth.
    pub lines: BTreeMap<String, Vec<LineSight>>,
    /// Phones that are on.
    pub phones: Vec<PhoneSight>,
}

/// How much of a phone is looked at. Reading an order in full is what costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// No order.
    Glance,
    /// One order of each `step` in the list, from place `first` on.
    Sample {
        step: usize,
        first: usize,
    },
    Whole,
}

/// What one phone shows.
#[derive(Debug, Clone)]
pub struct PhoneSight {
    pub index: usize,
    pub outbox: Vec<OutboxItem>,
    pub badges: Vec<Badge>,
    /// Order number → what the phone shows of it; empty in a glance.
    pub orders: BTreeMap<String, OrderSight>,
    /// Orders that stand in the list of all more than once.
    pub listed_twice: Vec<String>,
    /// Counters that did not count their lists, in words: an audit set them right.
    pub miscounted: Vec<String>,
    /// What an open screen shows wrongly, in words.
    pub stale_screens: Vec<String>,
}

/// A badge and the list that it opens.
#[derive(Debug, Clone)]
pub struct Badge {
    pub kind: String,
    pub value: u64,
    pub listed: Count,
    /// Rows of the list, read window by window; `None` in a glance.
    pub rows: Option<u64>,
}

/// What a phone shows of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSight {
    pub key: OrderKey,
    pub status: i64,
    pub merchant_note: String,
    pub lines: Vec<LineSight>,
    /// Waybill and pieces of what is recorded at the platform, in the order of the waybills.
    pub parcels: Vec<(String, u32)>,
    pub flag: Option<Flag>,
    /// Oldest first.
    pub private_notes: Vec<String>,
}

/// A line, as both sides tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineSight {
    pub product: String,
    pub sku: String,
    pub bought: u32,
    pub shipped: u32,
}

impl Evidence {
    /// What can be looked at often: badges, the outbox, the platform's log.
    pub fn glance(world: &SimWorld) -> Self {
        Self::take(world, false)
    }

    /// Everything.
    pub fn whole(world: &SimWorld) -> Self {
        Self::take(world, true)
    }

    fn take(world: &SimWorld, whole: bool) -> Self {
        let (books, lines) = world.shop.with(|shop| {
            // The log is what is wanted in a glance; the orders of no id come without the other orders.
            let books = if whole { shop.books() } else { Books { effects: shop.books().effects, ..Books::default() } };
            let lines = books.orders.iter().map(|book| (book.id.number().to_string(), lines_of(shop, book.id)));
            let lines = lines.collect();
            (books, lines)
        });
        let on = world.phones.iter().enumerate().filter(|(_, phone)| phone.is_on());
        let depth = if whole { Depth::Whole } else { Depth::Glance };
        Self { books, lines, phones: on.map(|(index, phone)| PhoneSight::of(index, phone, depth)).collect() }
    }
}

fn lines_of(shop: &shopkeeper_sandbox::world::World, id: OrderId) -> Vec<LineSight> {
    let lines = shop.lines_of(id).into_iter();
    let mut lines: Vec<_> = lines
        .map(|(product, sku, bought, shipped)| LineSight {
            product,
            sku,
            bought: bought.into(),
            shipped: shipped.into(),
        })
        .collect();
    lines.sort();
    lines
}

impl PhoneSight {
    pub fn of(index: usize, phone: &Phone, depth: Depth) -> Self {
        let core = phone.core();
        let orders = core.orders().expect("paired");
        let home = core.home().expect("paired");
        let audit = home.audit().expect("the counters read");
        let miscounted = audit.repaired.iter().map(|repair| format!("{repair:?}")).collect();
        let counters = home.view().expect("home reads").counters;
        let badges = counters.into_iter().map(|counter| Badge {
            kind: format!("{:?}", counter.kind),
            value: counter.value,
            listed: orders.list(&counter.opens, OrderSort::Newest, &Window::top(1)).expect("a list reads").count,
            rows: (depth != Depth::Glance).then(|| scroll(&orders, &counter.opens).len() as u64),
        });
        let badges = badges.collect();
        let mut sights = BTreeMap::new();
        let mut listed_twice = Vec::new();
        let (step, first) = match depth {
            Depth::Glance => (0, 0),
            Depth::Sample { step, first } => (step, first),
            Depth::Whole => (1, 0),
        };
        if step > 0 {
            for (number, key) in scroll(&orders, &OrderFilter::default()).into_iter().skip(first).step_by(step) {
                if sights.insert(number.clone(), OrderSight::of(&orders, key)).is_some() {
                    listed_twice.push(number);
                }
            }
        }
        let outbox = core.outbox().expect("paired").view().expect("the outbox reads").items;
        let stale_screens = phone.screens().map(|screens| screens.stale(core)).unwrap_or_default();
        Self { index, outbox, badges, orders: sights, listed_twice, miscounted, stale_screens }
    }
}

impl OrderSight {
    fn of(orders: &Orders, key: OrderKey) -> Self {
        let detail = orders.detail(&key).expect("a listed order reads");
        let recorded =
            detail.parcels.iter().filter(|parcel| matches!(parcel.standing, ParcelStanding::Recorded { .. }));
        let mut parcels: Vec<_> = recorded
            .map(|parcel| (parcel.waybill.clone(), parcel.items.iter().map(|item| item.quantity).sum()))
            .collect();
        parcels.sort();
        let lines = detail.lines.iter().map(|line| LineSight {
            product: line.product.clone(),
            sku: line.sku.clone(),
            bought: line.quantity,
            shipped: line.shipped,
        });
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        Self {
            key,
            status: detail.row.status,
            merchant_note: detail.row.merchant_note,
            lines,
            parcels,
            flag: detail.row.flag,
            private_notes: detail.notes.into_iter().rev().map(|note| note.text).collect(),
        }
    }
}

/// Number and key of every row of a list, read window by window as a person scrolls.
fn scroll(orders: &Orders, filter: &OrderFilter) -> Vec<(String, OrderKey)> {
    let mut rows = Vec::new();
    let mut window = Window::top(50);
    loop {
        let list = orders.list(filter, OrderSort::Newest, &window).expect("a list reads");
        rows.extend(list.rows.into_iter().map(|row| (row.number, row.key)));
        match list.after {
            Some(anchor) => window.from = From::After(anchor),
            None => return rows,
        }
    }
}
