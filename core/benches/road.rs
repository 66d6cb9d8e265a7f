//! What the road costs: orders from feed pages to a list, and what a screen waits for. Each figure is the median of several runs, and
//! beside the ingest stands A0, the physical limit of the same rows from the same run.
//!
//! `cargo bench -p shopkeeper-core --bench road`; `ORDERS=1000000` for more than 10,000 orders, `SEED` for another shop. It prints and
//! fails nothing: a number without its machine decides nothing.

#[path = "road/bare.rs"]
mod bare;
#[path = "road/filters.rs"]
mod filters;
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
use shopkeeper_core::orders::{OrderFilter, OrderSort, Window};
use table::{Row, median, timed};

/// Whole ingests; each is followed by an A0 of its own.
const INGESTS: usize = 5;
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
    rows.push(opens(&mut phone).await?);
    rows.extend(screens::all(phone.core()?, seed)?);
    rows.extend(filters::all(phone.core()?, seed)?);
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

async fn opens(phone: &mut Phone) -> Result<Row, Trouble> {
    let mut times = Vec::new();
    for _ in 0..OPENS {
        phone.close().await?;
        let (took, done) = timed(|| -> Result<(), Trouble> {
            phone.open()?;
            let first = Window::top(50);
            let page = phone.core()?.orders()?.list(&OrderFilter::default(), OrderSort::Newest, &first)?;
            if page.rows.is_empty() { Err("the first page is empty".into()) } else { Ok(()) }
        });
        done?;
        times.push(took);
    }
    Ok(Row::new("airplane mode: open to the first page", median(times), Some(Duration::from_millis(10)), OPENS))
}

/// A number from the environment.
fn number(name: &str, otherwise: u64) -> Result<u64, Trouble> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}: expected a whole number").into()),
        Err(_) => Ok(otherwise),
    }
}
