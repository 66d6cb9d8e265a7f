//! Pages of narrowed lists, at any depth: the middle and the slow end of each.

use std::time::Duration;

use shopkeeper_core::core::Core;
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{
    AmountRange, Anchor, From, OrderFilter, OrderSort, OrderTab, Orders, ProductFilter, RegionFilter, TimeRange, Window,
};
use shopkeeper_core::time::Instant;

use super::Trouble;
use super::pages::{Dice, NOW_MS};
use super::table::{Row, median, timed};

const RUNS: usize = 300;
const PAGE: u16 = 50;
/// Pages from which the random depths are drawn.
const DEPTHS: usize = 60;
const DAY_MS: i64 = 24 * 3_600_000;

fn lists() -> Vec<(&'static str, OrderFilter, OrderSort)> {
    use OrderSort::{Amount, MostUrgent, Newest, NewestPaid, Region, SameBuyer};
    let plain = OrderFilter::default();
    let days = |from: i64, until: i64| {
        let at = |days: i64| Some(Instant::from_ms(NOW_MS - days * DAY_MS));
        Some(TimeRange { from: at(from), until: at(until) })
    };
    let to_ship = OrderFilter { tab: OrderTab::ToShip, ..plain.clone() };
    let region =
        |city: Option<&str>| Some(RegionFilter { province: "浙江省".to_owned(), city: city.map(str::to_owned) });
    let fen = |fen| Some(Money::from_fen(fen));
    let product = Some(ProductFilter { product: "10000000007".to_owned(), sku: None });
    vec![
        ("newest paid", plain.clone(), NewestPaid),
        ("by amount", plain.clone(), Amount),
        ("by region", plain.clone(), Region),
        ("same buyer", plain.clone(), SameBuyer),
        ("to ship, same buyer", to_ship.clone(), SameBuyer),
        ("to ship, by amount", to_ship.clone(), Amount),
        ("created in a month", OrderFilter { created: days(400, 370), ..plain.clone() }, Newest),
        ("paid on a day, newest", OrderFilter { paid: days(301, 300), ..plain.clone() }, Newest),
        ("shipped on a day, newest", OrderFilter { shipped: days(301, 300), ..plain.clone() }, Newest),
        ("a product", OrderFilter { product, ..plain.clone() }, Newest),
        ("a province", OrderFilter { region: region(None), ..plain.clone() }, Newest),
        ("a city", OrderFilter { region: region(Some("杭州市")), ..plain.clone() }, Newest),
        ("a scene", OrderFilter { scene: Some(3), ..plain.clone() }, Newest),
        ("buyer's message", OrderFilter { buyer_message: true, ..plain.clone() }, Newest),
        (
            "an amount, newest",
            OrderFilter { amount: Some(AmountRange { least: fen(10_000), most: fen(12_000) }), ..plain.clone() },
            Newest,
        ),
        (
            "to ship, a city, message, urgent",
            OrderFilter { region: region(Some("杭州市")), buyer_message: true, ..to_ship },
            MostUrgent,
        ),
        (
            "a city, a scene, message, by amount",
            OrderFilter { region: region(Some("杭州市")), scene: Some(3), buyer_message: true, ..plain },
            Amount,
        ),
    ]
}

/// Everything of a filled phone.
pub(crate) fn all(core: &Core, seed: u64) -> Result<Vec<Row>, Trouble> {
    let orders = core.orders()?;
    let mut dice = Dice::new(seed);
    let mut rows = Vec::new();
    for (what, filter, sort) in lists() {
        let anchors = anchors(&orders, &filter, sort)?;
        let mut times = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let at = usize::try_from(dice.below(anchors.len().saturating_add(1) as u64)).unwrap_or(0);
            let from = anchors.get(at).cloned().map_or(From::Top, From::After);
            let window = Window { from, size: PAGE };
            let (took, page) = timed(|| orders.list(&filter, sort, &window));
            page?;
            times.push(took);
        }
        times.sort_unstable();
        let slow = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
        rows.push(Row::new(&format!("{what}: page of 50"), median(times), Some(Duration::from_micros(100)), RUNS));
        rows.push(Row::new(&format!("{what}: p99"), slow, Some(Duration::from_micros(500)), RUNS));
    }
    Ok(rows)
}

/// Ends of pages along a list.
fn anchors(orders: &Orders, filter: &OrderFilter, sort: OrderSort) -> Result<Vec<Anchor>, Trouble> {
    let mut anchors = Vec::new();
    let mut from = From::Top;
    for _ in 0..DEPTHS {
        let page = orders.list(filter, sort, &Window { from, size: PAGE })?;
        let Some(after) = page.after else { break };
        anchors.push(after.clone());
        from = From::After(after);
    }
    Ok(anchors)
}
