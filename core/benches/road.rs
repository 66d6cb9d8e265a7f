//! What the road costs: orders from feed pages to a list, and what a screen waits for. Each figure is the median of several runs, and
//! beside the ingest stands A0, the physical limit of the same rows from the same run.
//!
//! `cargo bench -p shopkeeper-core --bench road`; `ORDERS=1000000` for more than 100,000 orders, `SEED` for another shop. It prints and
//! fails nothing: a number without its machine decides nothing.

#[path = "road/bare.rs"]
mod bare;
#[path = "road/busy.rs"]
mod busy;
#[path = "road/filters.rs"]
mod filters;
#[path = "road/live.rs"]
mod live;
#[path = "road/memory.rs"]
mod memory;
#[path = "road/pages.rs"]
mod pages;
#[path = "road/phone.rs"]
mod phone;
#[path = "road/screens.rs"]
mod screens;
#[path = "road/table.rs"]
mod table;

use std::time::Duration;

use phone::Phone;
use shopkeeper_core::orders::{OrderFilter, OrderSort, OrderTab, Window};
use table::{Row, median, timed};

/// Whole ingests; each is followed by an A0 of its own.
const INGESTS: usize = 5;
const OPENS: usize = 50;
const FIRST_PAGE: Duration = Duration::from_millis(50);

type Trouble = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a bench is a program whose answer is text")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Trouble> {
    if let Some(folder) = memory::child() {
        println!("{}", memory::sync_from(&folder).await?);
        return Ok(());
    }
    let orders = number("ORDERS", 100_000)?;
    let seed = number("SEED", 7)?;
    let pages = pages::pages(seed, orders)?;
    println!("{orders} orders of two lines, {} pages of {}, seed {seed}", pages.len(), pages::PAGE);
    let (mut phone, ingest) = ingests(&pages).await?;
    let a0 = ingest.limit;
    let mut rows = vec![
        Row::new("A0: the same rows in bare tables", a0, None, INGESTS),
        Row::new("listable", ingest.plain.listable, Some(a0 * 4), INGESTS),
        Row::new("everything ready", ingest.plain.ready, Some(a0 * 10), INGESTS),
        Row::new("everything ready, packed as it travels", ingest.packed.ready, None, INGESTS),
        Row::new("first page listable, from its first byte", ingest.packed.first, Some(FIRST_PAGE), INGESTS),
    ];
    rows.push(opens(&mut phone).await?);
    rows.extend(screens::all(phone.core()?, seed)?);
    rows.extend(filters::all(phone.core()?, seed)?);
    rows.push(live::row(&phone, seed, orders).await?);
    rows.extend(busy::rows(&pages).await?);
    print!("{}", table::show(&rows));
    println!("listable / A0 = {}, ready / A0 = {}", ratio(ingest.plain.listable, a0), ratio(ingest.plain.ready, a0));
    println!("cache.db: {} MiB", std::fs::metadata(phone.cache()?)?.len() / 1_048_576);
    println!("peak memory of a process that holds only the core: {} MiB", memory::peak(&pages)? / 1_024);
    Ok(())
}

/// With two places.
fn ratio(took: Duration, limit: Duration) -> String {
    let ratio = took.as_micros() * 100 / limit.as_micros().max(1);
    format!("{}.{:02}", ratio / 100, ratio % 100)
}

/// Medians of the ingests.
struct Ingest {
    limit: Duration,
    plain: Stored,
    packed: Stored,
}

/// How long it took until the first page, until every order, and until everything was there.
#[derive(Clone, Copy)]
struct Stored {
    first: Duration,
    listable: Duration,
    ready: Duration,
}

impl Stored {
    fn median(runs: &[Self]) -> Self {
        let middle = |of: fn(&Self) -> Duration| median(runs.iter().map(of).collect());
        Self { first: middle(|run| run.first), listable: middle(|run| run.listable), ready: middle(|run| run.ready) }
    }
}

async fn ingests(pages: &[Vec<u8>]) -> Result<(Phone, Ingest), Trouble> {
    let unpacked: Vec<Vec<u8>> = pages.iter().map(|page| pages::unpacked(page)).collect::<Result<_, _>>()?;
    let (mut plain, mut packed, mut limit) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..INGESTS {
        let phone = Phone::new().await?;
        plain.push(store(&phone, &unpacked)?);
        limit.push(bare::write(&phone.cache()?, &phone.beside("bare.db"))?);
        packed.push(store(&Phone::new().await?, pages)?);
        last = Some(phone);
    }
    let phone = last.ok_or("no ingest was run")?;
    Ok((phone, Ingest { limit: median(limit), plain: Stored::median(&plain), packed: Stored::median(&packed) }))
}

/// Stores the pages of a first sync: the first, the others, and the end, which has no rows.
fn store(phone: &Phone, pages: &[Vec<u8>]) -> Result<Stored, Trouble> {
    let (first, others) = pages.split_first().ok_or("the shop has no page")?;
    let (end, others) = others.split_last().ok_or("the shop has no end")?;
    let mut took = [Duration::ZERO; 3];
    for (took, pages) in took.iter_mut().zip([std::slice::from_ref(first), others, std::slice::from_ref(end)]) {
        let (time, done) = timed(|| phone.ingest(pages));
        done?;
        *took = time;
    }
    let [first, others, end] = took;
    Ok(Stored { first, listable: first + others, ready: first + others + end })
}

async fn opens(phone: &mut Phone) -> Result<Row, Trouble> {
    let mut times = Vec::new();
    for _ in 0..OPENS {
        phone.close().await?;
        let (took, done) = timed(|| -> Result<(), Trouble> {
            phone.open()?;
            let first = Window::top(50);
            let to_ship = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
            let page = phone.core()?.orders()?.list(&to_ship, OrderSort::MostUrgent, &first)?;
            if page.rows.is_empty() { Err("the first page is empty".into()) } else { Ok(()) }
        });
        done?;
        times.push(took);
    }
    Ok(Row::new("airplane mode: open to the to-ship list", median(times), Some(Duration::from_millis(5)), OPENS))
}

/// A number from the environment.
fn number(name: &str, otherwise: u64) -> Result<u64, Trouble> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}: expected a whole number").into()),
        Err(_) => Ok(otherwise),
    }
}
