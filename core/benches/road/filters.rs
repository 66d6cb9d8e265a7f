//! Pages of narrowed lists, at any depth: the middle and the slow end of each, and the first page after something was written.

use std::time::Duration;

use shopkeeper_core::core::Core;
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{
    AmountRange, Anchor, Flag, FlagFilter, From, OrderFilter, OrderSort, OrderTab, Orders, ProductFilter, RegionFilter,
    TimeRange, Window,
};
use shopkeeper_core::time::Instant;

use super::Trouble;
use super::pages::{Dice, NOW_MS};
use super::table::{Row, median, timed};

const RUNS: usize = 300;
/// Even, so that no flag is left.
const TAPS: usize = 40;
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
        let slowest = Some(Duration::from_micros(500));
        rows.push(Row::new(&format!("{what}: p99"), slow, slowest, RUNS));
        let first = after_taps(core, || orders.list(&filter, sort, &Window::top(PAGE)).map(|_| ()))?;
        rows.push(Row::new(&format!("{what}: first after a tap"), median(first), slowest, TAPS));
    }
    Ok(rows)
}

/// How long something takes that nobody has asked since the cache was written: what is remembered of lists is forgotten then, and so are the
/// pages of the file that a connection keeps.
pub(crate) fn after_taps<E: Into<Trouble>>(
    core: &Core,
    mut work: impl FnMut() -> Result<(), E>,
) -> Result<Vec<Duration>, Trouble> {
    let orders = core.orders()?;
    let top = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(1))?;
    let key = top.rows.first().map(|row| row.key.clone()).ok_or("the phone has no orders")?;
    let flagged = OrderFilter { flag: Some(FlagFilter::Any), ..OrderFilter::default() };
    let mut times = Vec::with_capacity(TAPS);
    for tap in 0..TAPS {
        orders.set_flag(&key, (tap % 2 == 0).then_some(Flag::Red))?;
        // A list by flag has the cache follow the tap.
        orders.count(&flagged)?;
        let (took, done) = timed(&mut work);
        done.map_err(Into::into)?;
        times.push(took);
    }
    Ok(times)
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
