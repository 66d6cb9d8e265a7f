//! What a buyer puts into an order, and what it costs: the same for the seeded past, for living buyers and for tests.

use serde::{Deserialize, Serialize};

use super::goods::{self, GOODS, Promise, VIRTUAL_GOOD};
use super::order::{Kind, Line, LineDiscounts, OrderId, Scene};
use super::people;
use super::random::Draw;
use super::shelf::{Place, Shelves};

/// A product of the shop, by its place in the shop's table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pick {
    /// Number of the product, taken modulo the number of products.
    pub product: u16,
    /// Number of the SKU, taken modulo the number of the product's SKUs.
    pub sku: u8,
    /// Pieces, at least one.
    pub count: u16,
}

/// What a buyer orders by hand.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Basket {
    /// At most 50. Empty: whatever the buyer fancies.
    pub picks: Vec<Pick>,
    /// The buyer's remark.
    pub remark: String,
    /// An ordinary order: no gift, no group, paid at once, and no remark but the one above.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
    /// Whether the platform names the ship-by time; `None`: as it falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tells_deadline: Option<bool>,
    /// Whoever gave this order orders again, to the same place; `None`, or no such order: whoever comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<OrderId>,
}

impl Pick {
    /// The first product whose title contains `title`, in the SKU whose value contains `sku`.
    pub fn named(title: &str, sku: &str, count: u16) -> Option<Self> {
        GOODS.iter().enumerate().filter(|(_, good)| good.title.contains(title)).find_map(|(product, good)| {
            let place = good.skus.iter().position(|(value, _)| value.contains(sku))?;
            Some(Self { product: product as u16, sku: place as u8, count })
        })
    }
}

/// An order before it has an id and times.
pub(crate) struct Cart {
    pub(crate) lines: Vec<Line>,
    pub(crate) kind: Kind,
    pub(crate) scene: Scene,
    pub(crate) finder: u8,
    pub(crate) remark: u8,
    pub(crate) payment_method: u8,
    pub(crate) freight: i32,
    pub(crate) deduction: i32,
    pub(crate) promise: u32,
    pub(crate) tells_deadline: bool,
}

/// How a buyer looks at the shelves.
#[derive(Clone, Copy)]
pub(crate) enum Look {
    /// In the past, when everything was on sale.
    Past,
    /// At what is on sale now.
    OnSale,
    /// At what is on sale and there.
    OnShelf,
}

/// Fills a cart. `wanted` leads, chance does the rest; `kind` forces a gift or a group order where the goods allow it. None
/// when a buyer who looks found nothing to buy.
pub(crate) fn fill_cart(
    draw: &mut Draw,
    shelves: &Shelves,
    look: Look,
    place: u16,
    wanted: &[Pick],
    kind: Option<Kind>,
) -> Option<Cart> {
    let mut lines = if wanted.is_empty() { fancy(draw, shelves, look) } else { picked(shelves, wanted) };
    let promises: Vec<Promise> = lines.iter().map(|line| goods::of(line.product).promise).collect();
    let kind = match (*promises.first()?, kind) {
        (Promise::Virtual, _) => Kind::Virtual,
        (Promise::Presale(_), _) => Kind::Presale,
        (Promise::Hours(_), Some(kind)) => kind,
        (Promise::Hours(_), None) => match draw.below(100) {
            0..2 => Kind::Gift,
            2..4 => Kind::Group,
            _ => Kind::Plain,
        },
    };
    // The strictest promise of the lines binds the order.
    let promise = promises
        .iter()
        .filter_map(|promise| match promise {
            Promise::Hours(hours) => Some(u32::from(*hours) * 3600),
            Promise::Presale(days) => Some(u32::from(*days) * 86_400),
            Promise::Virtual => None,
        })
        .min()
        .unwrap_or(3600);
    let total: i64 = lines.iter().map(Line::list_price).sum();
    discount(draw, &mut lines, total, kind);
    let remote = usize::from(place) + 8 >= people::PLACES.len();
    let freight = if kind == Kind::Virtual || total >= 5900 {
        0
    } else if remote {
        1500
    } else {
        600
    };
    Some(Cart {
        kind,
        scene: Scene::ALL[draw.weighted(&[15, 30, 20, 15, 15, 5])],
        finder: draw.below(people::FINDERS.len() as u32) as u8,
        remark: if draw.per_mille(180) { draw.between(1, people::REMARKS.len() as i64 - 1) as u8 } else { 0 },
        payment_method: if draw.per_mille(70) { 2 } else { 1 },
        freight,
        deduction: if draw.per_mille(40) { draw.between(50, 300) as i32 } else { 0 },
        promise,
        tells_deadline: kind != Kind::Virtual && !draw.per_mille(150),
        lines,
    })
}

fn fancy(draw: &mut Draw, shelves: &Shelves, look: Look) -> Vec<Line> {
    let sells = |pick: &Pick| {
        let place = Place { product: pick.product, sku: pick.sku };
        match look {
            Look::Past => true,
            Look::OnSale => shelves.sells(place, pick.count, false),
            Look::OnShelf => shelves.sells(place, pick.count, true),
        }
    };
    if draw.per_mille(5) {
        let card = Pick { product: VIRTUAL_GOOD as u16, sku: draw.below(2) as u8, count: 1 };
        return if sells(&card) { vec![line_of(shelves, &card)] } else { Vec::new() };
    }
    // A shop with no further batches sells its one virtual good by the draw above alone.
    let choice = if shelves.len() > GOODS.len() { shelves.len() } else { VIRTUAL_GOOD } as u32;
    let mut lines: Vec<Line> = Vec::with_capacity(2);
    for _ in 0..=draw.weighted(&[68, 21, 8, 3]) {
        // The smaller of two draws: what stands first in the shop sells best.
        let product = draw.below(choice).min(draw.below(choice)) as u16;
        let alone = !matches!(goods::of(product).promise, Promise::Hours(_));
        let pick = Pick {
            product,
            sku: draw.below(goods::of(product).skus.len() as u32) as u8,
            count: [1, 2, 3, 5][draw.weighted(&[75, 17, 5, 3])],
        };
        if !sells(&pick)
            || alone && !lines.is_empty()
            || lines.iter().any(|line| line.product == product && line.sku == pick.sku)
        {
            continue;
        }
        lines.push(line_of(shelves, &pick));
        if alone {
            break;
        }
    }
    lines
}

/// A basket holds no more lines than this; what is too much is left out.
const LINES_MAX: usize = 50;

/// One line for each SKU, as the platform makes it.
fn picked(shelves: &Shelves, wanted: &[Pick]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(wanted.len());
    for pick in wanted.iter().take(LINES_MAX) {
        let line = line_of(shelves, pick);
        match lines.iter_mut().find(|other| other.product == line.product && other.sku == line.sku) {
            Some(other) => other.bought = other.bought.saturating_add(line.bought),
            None => lines.push(line),
        }
    }
    lines
}

fn line_of(shelves: &Shelves, pick: &Pick) -> Line {
    let product = (usize::from(pick.product) % shelves.len()) as u16;
    let sku = (usize::from(pick.sku) % goods::of(product).skus.len()) as u8;
    Line {
        product,
        sku,
        bought: pick.count.max(1),
        shipped: 0,
        on_aftersale: 0,
        after_aftersale: 0,
        dropped: 0,
        unit_price: shelves.price(Place { product, sku }),
        discounts: LineDiscounts::default(),
    }
}

/// Takes discounts off. None is more than a tenth of the total, so that together they never reach it.
fn discount(draw: &mut Draw, lines: &mut [Line], total: i64, kind: Kind) {
    let cap = total / 10;
    let within = |amount: i64| amount.min(cap);
    let merchant = if draw.per_mille(300) { within(draw.pick(&[300, 500, 1000, 2000])) } else { 0 };
    let finder = if draw.per_mille(60) { within(draw.pick(&[200, 300])) } else { 0 };
    let cash = if draw.per_mille(80) { within(draw.pick(&[200, 500])) } else { 0 };
    let change_down = if draw.per_mille(20) { within(draw.between(100, 500)) } else { 0 };
    let bulkbuy = if kind == Kind::Group { cap } else { 0 };
    spread(lines, total, merchant, |d| &mut d.merchant);
    spread(lines, total, finder, |d| &mut d.finder);
    spread(lines, total, cash, |d| &mut d.cash_coupon);
    spread(lines, total, change_down, |d| &mut d.change_down);
    spread(lines, total, bulkbuy, |d| &mut d.bulkbuy);
}

/// Divides `amount` among the lines in proportion to their price. Each share is rounded against what is still left of both,
/// so that no line gets more than its part of the price and the shares add up to the fen.
fn spread(lines: &mut [Line], total: i64, amount: i64, field: impl Fn(&mut LineDiscounts) -> &mut i32) {
    let (mut amount_left, mut total_left) = (amount, total);
    for line in lines {
        let price = line.list_price();
        let share = if total_left > 0 { amount_left * price / total_left } else { 0 };
        *field(&mut line.discounts) = share as i32;
        amount_left -= share;
        total_left -= price;
    }
}
