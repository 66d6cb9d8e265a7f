//! What a screen waits for, through the same services that every shell uses.

use std::time::Duration;

use shopkeeper_core::core::Core;
use shopkeeper_core::home::Home;
use shopkeeper_core::orders::{Anchor, Flag, From, OrderFilter, OrderSort, OrderTab, Orders, Window};

use super::Trouble;
use super::filters;
use super::pages::Dice;
use super::table::{Row, median, timed};

const RUNS: usize = 500;
const PAGE: u16 = 50;
/// Pages from which the random depths are drawn.
const DEPTHS: u64 = 200;

/// Everything of a filled phone.
pub(crate) fn all(core: &Core, seed: u64) -> Result<Vec<Row>, Trouble> {
    let (orders, home) = (core.orders()?, core.home()?);
    let mut rows = Vec::new();
    let page_goal = Some(Duration::from_micros(100));
    for (what, tab, sort) in [
        ("page of 50: everything, newest", OrderTab::All, OrderSort::Newest),
        ("page of 50: to ship, most urgent", OrderTab::ToShip, OrderSort::MostUrgent),
    ] {
        let filter = OrderFilter { tab, ..OrderFilter::default() };
        let took = middle(|| orders.list(&filter, sort, &Window::top(PAGE)).map(|_| ()))?;
        rows.push(Row::new(what, took, page_goal, RUNS));
    }
    let anchors = anchors(&orders)?;
    let mut dice = Dice::new(seed);
    let took = middle(|| {
        let at = usize::try_from(dice.below(anchors.len().max(1) as u64)).unwrap_or(0);
        let from = anchors.get(at).cloned().map_or(From::Top, From::After);
        orders.list(&OrderFilter::default(), OrderSort::Newest, &Window { from, size: PAGE }).map(|_| ())
    })?;
    rows.push(Row::new("page of 50: everything, any depth", took, page_goal, RUNS));
    rows.extend(badges(core, &orders, &home)?);
    let took = middle(|| home.view().map(|_| ()))?;
    rows.push(Row::new("the whole Home tab", took, None, RUNS));
    let top = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(1))?;
    let key = top.rows.first().map(|row| row.key.clone()).ok_or("the phone has no orders")?;
    let took = middle(|| orders.detail(&key).map(|_| ()))?;
    rows.push(Row::new("a detail", took, None, RUNS));
    let mut red = false;
    let took = middle(|| {
        red = !red;
        orders.set_flag(&key, red.then_some(Flag::Red))
    })?;
    rows.push(Row::new("a flag, on disk", took, None, RUNS));
    Ok(rows)
}

/// The counts behind the badges alone, and the first of them after something was written, when none is remembered.
fn badges(core: &Core, orders: &Orders, home: &Home) -> Result<[Row; 2], Trouble> {
    let counters = home.view()?.counters;
    let count = || counters.iter().try_for_each(|counter| orders.count(&counter.opens).map(|_| ()));
    let goal = Some(Duration::from_micros(20));
    let again = Row::new("all badges of the Home tab", middle(count)?, goal, RUNS);
    let first = filters::after_taps(core, count)?;
    let runs = first.len();
    Ok([again, Row::new("all badges: first after a tap", median(first), goal, runs)])
}

/// Ends of pages along the list of everything.
fn anchors(orders: &Orders) -> Result<Vec<Anchor>, Trouble> {
    let mut anchors = Vec::new();
    let mut from = From::Top;
    for _ in 0..DEPTHS {
        let page = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window { from, size: PAGE })?;
        let Some(after) = page.after else { break };
        anchors.push(after.clone());
        from = From::After(after);
    }
    Ok(anchors)
}

fn middle<E: Into<Trouble>>(mut work: impl FnMut() -> Result<(), E>) -> Result<Duration, Trouble> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let (took, done) = timed(&mut work);
        done.map_err(Into::into)?;
        times.push(took);
    }
    Ok(median(times))
}
