//! What the road costs: orders from feed pages to a list, and what a screen waits for. Each figure is the median of several runs, and
//! beside the ingest stands A0, the physical limit of the same rows from the same run.
//!
//! `cargo bench -p shopkeeper-core --bench road`; `ORDERS=100000,1000000` for shops of other sizes, each beside the one before,
//! `PART=ingest,busy` for a part of it (see `parts`), `SEED` for another shop. It prints and fails nothing: a number without its machine
//! decides nothing.

#[path = "road/bare.rs"]
mod bare;
#[path = "road/busy.rs"]
mod busy;
#[path = "road/filters.rs"]
mod filters;
#[path = "road/ingest.rs"]
mod ingest;
#[path = "road/live.rs"]
mod live;
#[path = "road/memory.rs"]
mod memory;
#[path = "road/pages.rs"]
mod pages;
#[path = "road/parts.rs"]
mod parts;
#[path = "road/phone.rs"]
mod phone;
#[path = "road/screens.rs"]
mod screens;
#[path = "road/search.rs"]
mod search;
#[path = "road/shop.rs"]
mod shop;
#[path = "road/table.rs"]
mod table;

use std::time::Duration;

use parts::Part;
use phone::Phone;
use shop::Shop;
use shopkeeper_core::orders::{OrderFilter, OrderSort, OrderTab, Window};
use table::{Row, median, timed};

const OPENS: usize = 50;

type Trouble = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a bench is a program whose answer is text")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Trouble> {
    if let Some(folder) = memory::child() {
        println!("{}", memory::sync_from(&folder).await?);
        return Ok(());
    }
    let parts = parts::wanted()?;
    let seed = parts::seed()?;
    let mut smaller: Option<Vec<Row>> = None;
    for orders in parts::sizes()? {
        let shop = Shop::new(seed, orders)?;
        println!("{orders} orders of two lines, {} pages of {}, seed {seed}", shop.pages()?.len(), pages::PAGE);
        let rows = measure(&shop, &parts).await?;
        println!("{}", table::show(&rows, smaller.as_deref()));
        smaller = Some(rows);
    }
    Ok(())
}

async fn measure(shop: &Shop, parts: &[Part]) -> Result<Vec<Row>, Trouble> {
    let wants = |part| parts.contains(&part);
    let mut rows = Vec::new();
    let mut phone = if wants(Part::Ingest) {
        let (phone, ingested) = ingest::rows(shop).await?;
        rows.extend(ingested);
        Some(phone)
    } else if [Part::Reads, Part::Search, Part::Oracle, Part::Live].into_iter().any(wants) {
        Some(ingest::filled(shop).await?)
    } else {
        None
    };
    if let Some(phone) = &mut phone {
        if wants(Part::Reads) {
            rows.push(opens(phone).await?);
            rows.extend(screens::all(phone.core()?, shop.seed)?);
            rows.extend(filters::all(phone.core()?, shop.seed)?);
        }
        if wants(Part::Search) {
            phone.indexed().await?;
            rows.extend(search::rows(phone.core()?)?);
        }
        if wants(Part::Search) || wants(Part::Oracle) {
            search::note(phone.core()?)?;
            phone.indexed().await?;
        }
        if wants(Part::Search) {
            rows.extend(search::noted(phone.core()?)?);
        }
        if wants(Part::Oracle) {
            search::oracle(phone.core()?, shop.seed)?;
        }
        if wants(Part::Live) {
            rows.push(live::row(phone, shop.seed, shop.orders).await?);
        }
    }
    drop(phone);
    if wants(Part::Busy) {
        rows.extend(busy::rows(shop).await?);
    }
    if wants(Part::Memory) {
        rows.push(memory::row(shop)?);
    }
    Ok(rows)
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
