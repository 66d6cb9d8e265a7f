//! A whole first sync, page by page: how long until the first page, every order, and everything is there (all indexes, that of texts among
//! them, and the counters), beside A0.

use std::time::Duration;

use super::phone::Phone;
use super::shop::Shop;
use super::table::{Figure, Row, median, timed, timed_async};
use super::{Trouble, bare, pages, parts};

/// A shop as large as this is stored once.
const LARGE: u64 = 500_000;
const FIRST_PAGE: Duration = Duration::from_millis(50);

/// How long it took until the first page, until every order, until everything but the texts, and until all was there.
#[derive(Clone, Copy)]
struct Stored {
    first: Duration,
    listable: Duration,
    built: Duration,
    ready: Duration,
}

/// The rows, and a phone that has everything.
pub(crate) async fn rows(shop: &Shop) -> Result<(Phone, Vec<Row>), Trouble> {
    let runs = if shop.orders >= LARGE { 1 } else { usize::try_from(parts::ingests()?)?.max(1) };
    let (mut plain, mut packed, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..runs {
        let phone = Phone::new().await?;
        plain.push(all(&phone, shop, pages::unpacked).await?);
        limits.push(bare::write(&phone.cache()?, &phone.beside("bare.db"))?);
        std::fs::remove_file(phone.beside("bare.db"))?;
        packed.push(all(&Phone::new().await?, shop, |page| Ok(page.to_vec())).await?);
        last = Some(phone);
    }
    let phone = last.ok_or("no ingest was run")?;
    let middle = |runs: &[Stored], of: fn(&Stored) -> Duration| median(runs.iter().map(of).collect());
    let a0 = median(limits);
    let of_a0 = |took: Duration| Figure::OfA0(took.as_micros() * 100 / a0.as_micros().max(1));
    let (listable, ready) = (middle(&plain, |run| run.listable), middle(&plain, |run| run.ready));
    let built = middle(&plain, |run| run.built);
    let cache = std::fs::metadata(phone.cache()?)?.len().div_ceil(1_048_576);
    let rows = vec![
        Row::new("A0: the same rows in bare tables", a0, None, runs),
        Row::new("listable", listable, None, runs),
        Row::of("listable, of A0", of_a0(listable), Some(Figure::OfA0(400)), runs),
        Row::new("everything but the index of texts", built, None, runs),
        Row::new("everything ready", ready, None, runs),
        Row::of("everything ready, of A0", of_a0(ready), Some(Figure::OfA0(1_000)), runs),
        Row::new("everything ready, packed as it travels", middle(&packed, |run| run.ready), None, runs),
        Row::new("first page listable, from its first byte", middle(&packed, |run| run.first), Some(FIRST_PAGE), runs),
        Row::of("cache.db", Figure::MiB(cache), None, 1),
    ];
    Ok((phone, rows))
}

/// A phone that has everything.
pub(crate) async fn filled(shop: &Shop) -> Result<Phone, Trouble> {
    let phone = Phone::new().await?;
    store(&phone, shop, |page| Ok(page.to_vec()))?;
    Ok(phone)
}

/// Stores a first sync, and waits for the index of texts to follow.
async fn all(
    phone: &Phone,
    shop: &Shop,
    fetched: impl Fn(&[u8]) -> Result<Vec<u8>, std::io::Error>,
) -> Result<Stored, Trouble> {
    let stored = store(phone, shop, fetched)?;
    let (texts, done) = timed_async(phone.indexed()).await;
    done?;
    Ok(Stored { ready: stored.built + texts, ..stored })
}

/// Stores the pages of a first sync: the first, the others, and the end, which has no rows. Fetching them is not counted.
fn store(
    phone: &Phone,
    shop: &Shop,
    fetched: impl Fn(&[u8]) -> Result<Vec<u8>, std::io::Error>,
) -> Result<Stored, Trouble> {
    let files = shop.pages()?;
    let mut took = Vec::with_capacity(files.len());
    for file in files {
        let page = fetched(&std::fs::read(file)?)?;
        let (time, done) = timed(|| phone.ingest(&page));
        done?;
        took.push(time);
    }
    let (end, orders) = took.split_last().ok_or("the shop has no end")?;
    let first = orders.first().copied().unwrap_or_default();
    let listable: Duration = orders.iter().sum();
    Ok(Stored { first, listable, built: listable + *end, ready: listable + *end })
}
