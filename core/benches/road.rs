//! What the road costs: orders from feed pages to a list, and what a screen waits for. Each figure is the median of several runs, and
//! beside the ingest stands A0, the physical limit of the same rows from the same run.
//!
//! `cargo bench -p shopkeeper-core --bench road`; `ORDERS=1000000` for more than 10,000 orders, `SEED` for another shop. It prints and
//! fails nothing: a number without its machine decides nothing.

#[path = "road/bare.rs"]
mod bare;
#[path = "road/pages.rs"]
mod pages;
#[path = "road/phone.rs"]
mod phone;
#[path = "road/table.rs"]
mod table;

use std::time::Duration;

use phone::Phone;
use shopkeeper_core::orders::{Anchor, Flag, From, OrderFilter, OrderSort, OrderTab, Window};
use table::{Row, median, timed};

/// Whole ingests; each is followed by an A0 of its own.
const INGESTS: usize = 5;
const READS: usize = 200;
const OPENS: usize = 50;

type Trouble = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a bench is a program whose answer is text")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Trouble> {
    let orders = number("ORDERS", 10_000)?;
    let seed = number("SEED", 7)?;
    let pages = pages::pages(seed, orders)?;
    println!("{orders} orders of two lines, {} pages of {}, seed {seed}", pages.len(), pages::PAGE);
    let (mut phone, ingest) = ingests(&pages).await?;
    let mut rows = vec![
        Row::new("A0: the same rows in bare tables", ingest.limit, None, INGESTS),
        Row::new("ingest until listable", ingest.plain, Some(ingest.limit * 5), INGESTS),
        Row::new("the same, packed as it travels", ingest.packed, None, INGESTS),
    ];
    rows.extend(lists(&phone, seed)?);
    rows.push(taps(&phone)?);
    rows.push(opens(&mut phone).await?);
    print!("{}", table::show(&rows));
    let ratio = ingest.plain.as_micros() * 100 / ingest.limit.as_micros().max(1);
    println!("ingest / A0 = {}.{:02}", ratio / 100, ratio % 100);
    Ok(())
}

/// Medians of the ingests.
struct Ingest {
    limit: Duration,
    plain: Duration,
    packed: Duration,
}

async fn ingests(pages: &[Vec<u8>]) -> Result<(Phone, Ingest), Trouble> {
    let unpacked: Vec<Vec<u8>> = pages.iter().map(|page| pages::unpacked(page)).collect::<Result<_, _>>()?;
    let (mut plain, mut packed, mut limit) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..INGESTS {
        let phone = Phone::new().await?;
        let (took, done) = timed(|| phone.ingest(&unpacked));
        done?;
        plain.push(took);
        limit.push(bare::write(&phone.cache()?, &phone.beside("bare.db"))?);
        let other = Phone::new().await?;
        let (took, done) = timed(|| other.ingest(pages));
        done?;
        packed.push(took);
        last = Some(phone);
    }
    let phone = last.ok_or("no ingest was run")?;
    Ok((phone, Ingest { limit: median(limit), plain: median(plain), packed: median(packed) }))
}

/// What a screen shows first, and what it shows after a long scroll.
fn lists(phone: &Phone, seed: u64) -> Result<Vec<Row>, Trouble> {
    let goal = Some(Duration::from_micros(200));
    let (all, to_ship) = (OrderFilter::default(), OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() });
    let (newest, urgent) = (OrderSort::Newest, OrderSort::MostUrgent);
    let top = Window::top(50);
    let deep = places(phone, seed)?;
    let mut deep = deep.iter().cycle();
    let mut at_random = || {
        let from = deep.next().cloned().map_or(From::Top, From::After);
        phone.list(&all, newest, &Window { from, size: 50 })
    };
    Ok(vec![
        Row::new("page of 50, newest", reads(|| phone.list(&all, newest, &top))?, goal, READS),
        Row::new("page of 50, to ship, most urgent", reads(|| phone.list(&to_ship, urgent, &top))?, goal, READS),
        Row::new("page of 50, newest, at a random depth", reads(&mut at_random)?, goal, READS),
        Row::new("badges of the home page", reads(|| phone.home())?, Some(Duration::from_micros(50)), READS),
    ])
}

/// Anchors of rows all over the list.
fn places(phone: &Phone, seed: u64) -> Result<Vec<Anchor>, Trouble> {
    let mut dice = pages::Dice::new(seed);
    let mut anchors = Vec::new();
    let mut window = Window::top(200);
    loop {
        let list = phone.list(&OrderFilter::default(), OrderSort::Newest, &window)?;
        let row = usize::try_from(dice.below(200))?;
        anchors.extend(list.rows.into_iter().nth(row).map(|row| row.anchor));
        let Some(after) = list.after else { break };
        window.from = From::After(after);
    }
    // In an order that has nothing to do with the list's.
    for at in (1..anchors.len()).rev() {
        anchors.swap(at, usize::try_from(dice.below(at as u64 + 1))?);
    }
    Ok(anchors)
}

fn taps(phone: &Phone) -> Result<Row, Trouble> {
    let list = phone.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(50))?;
    let mut times = Vec::new();
    for (row, flag) in list.rows.iter().zip(Flag::EVERY.into_iter().cycle()) {
        let (took, done) = timed(|| phone.flag(&row.key, flag));
        done?;
        times.push(took);
    }
    let runs = times.len();
    Ok(Row::new("a flag, durable", median(times), None, runs))
}

async fn opens(phone: &mut Phone) -> Result<Row, Trouble> {
    let to_ship = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let mut times = Vec::new();
    for _ in 0..OPENS {
        phone.close().await?;
        let (took, done) = timed(|| {
            phone.open()?;
            phone.list(&to_ship, OrderSort::MostUrgent, &Window::top(50))
        });
        done?;
        times.push(took);
    }
    Ok(Row::new("airplane mode: open to first page", median(times), Some(Duration::from_millis(10)), OPENS))
}

fn reads<T>(mut read: impl FnMut() -> Result<T, Trouble>) -> Result<Duration, Trouble> {
    let mut times = Vec::new();
    for _ in 0..READS {
        let (took, done) = timed(&mut read);
        done?;
        times.push(took);
    }
    Ok(median(times))
}

/// A number from the environment.
fn number(name: &str, otherwise: u64) -> Result<u64, Trouble> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}: expected a whole number").into()),
        Err(_) => Ok(otherwise),
    }
}
