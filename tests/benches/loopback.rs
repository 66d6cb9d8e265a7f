//! A first sync as a phone does it: a relay that has the whole shop, HTTP over loopback, and a core with its tasks and threads.
//!
//! `cargo bench -p shopkeeper-tests --bench loopback`; `ORDERS` and `SEED` as in the core's bench. The time
//! goes from the start of the core until everything is stored and every index is built. Relay and phone share the machine, so what it shows
//! is less than either could do alone.

#[path = "../../core/benches/road/pages.rs"]
#[expect(dead_code, reason = "the pages of the core's bench; this one needs no changes of orders")]
mod pages;
#[path = "../../core/benches/road/parts.rs"]
#[expect(dead_code, reason = "the sizes of the core's bench; this one has no parts")]
mod parts;
#[path = "../../core/benches/road/table.rs"]
#[expect(dead_code, reason = "the clock and the figures of the core's bench; this one has two figures")]
mod table;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shopkeeper_core::core::{Config, Core};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::net::http::HttpTransport;
use shopkeeper_core::orders::{Count, OrderFilter};
use shopkeeper_core::pairing::FileSecrets;
use shopkeeper_core::ports::{Connectivity, Link, Ports, StoreThreads, SystemRandom, WallClock};
use shopkeeper_core::sync::{Activity, SyncStatus};
use shopkeeper_protocol::{Line, Order};
use shopkeeper_relay::{HttpPlatform, Relay, RelayConfig, RelayError, RunStore, serve};
use table::timed_async;

type Trouble = Box<dyn std::error::Error>;

const GOAL_PER_SECOND: u128 = 15_000;
const APPID: &str = "wx0123456789abcdef";
/// Nobody answers there: the relay has everything already.
const PLATFORM: &str = "http://127.0.0.1:9";
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// A first sync that takes longer hangs.
const HANGS: Duration = Duration::from_secs(1_800);

#[expect(clippy::print_stdout, reason = "a bench is a program whose answer is text")]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Trouble> {
    let seed = parts::seed()?;
    for orders in parts::sizes()? {
        let (took, first) = measure(seed, orders).await?;
        let rate = u128::from(orders) * 1_000 / took.as_millis().max(1);
        let met = if rate >= GOAL_PER_SECOND { "yes" } else { "NO" };
        println!(
            "first sync of {orders} orders from a relay over loopback, to the last index: {} ms",
            took.as_millis()
        );
        println!("orders are listed after {} ms", first.as_millis());
        println!("{rate} orders/s, goal {GOAL_PER_SECOND} orders/s: {met}");
    }
    Ok(())
}

/// How long it took until everything was there, and until anything was.
async fn measure(seed: u64, orders: u64) -> Result<(Duration, Duration), Trouble> {
    let dir = tempfile::tempdir()?;
    let config = RelayConfig::for_platform(PLATFORM, APPID, &"0".repeat(32), &dir.path().join("relay"));
    open(&config).await?.shutdown().await;
    fill(&config.data_dir.join("relay.db"), seed, orders)?;
    let running = serve(open(&config).await?, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let core = phone(&dir.path().join("phone"))?;
    let invite = running.relay().invite(&format!("http://{}", running.addr)).await?;
    core.pairing().pair(&invite.to_string()).await?;
    let (took, first) = timed_async(tokio::time::timeout(HANGS, everything(&core, orders))).await;
    let first = first??;
    core.shutdown().await?;
    running.shutdown().await;
    Ok((took, first))
}

/// Starts the core and waits until it has everything; says after how long it listed anything.
async fn everything(core: &Core, orders: u64) -> Result<Duration, Trouble> {
    core.start();
    let count = || core.orders()?.count(&OrderFilter::default());
    let (first, listed) = timed_async(until(core, |_| Ok(count()? != Count::Exact(0)))).await;
    listed?;
    // A pull ends when it has caught up, and the one that ends a first sync builds the indexes.
    until(core, |status| Ok(status.activity == Activity::Idle && count()? == Count::Exact(orders))).await?;
    Ok(first)
}

/// Looks until something holds; the sync's first trouble ends it.
async fn until(core: &Core, holds: impl Fn(&SyncStatus) -> Result<bool, CoreError>) -> Result<(), Trouble> {
    loop {
        let status = core.sync()?.status();
        if let Some(trouble) = status.trouble {
            return Err(format!("the sync has trouble: {trouble}").into());
        }
        if holds(&status)? {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The relay of a folder. Its life before may still be letting go of it.
async fn open(config: &RelayConfig) -> Result<Relay, Trouble> {
    let ports = shopkeeper_relay::Ports {
        clock: Arc::new(|| pages::NOW_MS),
        random: Arc::new(shopkeeper_relay::SystemRandom),
        http: Arc::new(HttpPlatform::new()?),
        run_store: RunStore::Threads,
    };
    for _ in 0..1_000 {
        match Relay::open(config.clone(), ports.clone()) {
            Err(RelayError::NotAlone(_)) => tokio::time::sleep(LOOK_EVERY).await,
            opened => return Ok(opened?),
        }
    }
    Err("the relay's folder is not let go of".into())
}

/// Puts the shop of the pages into the store of a relay that is not running, as a sweep would have.
fn fill(store: &Path, seed: u64, orders: u64) -> Result<(), Trouble> {
    let mut connection = Connection::open(store)?;
    let transaction = connection.transaction()?;
    {
        let mut put = transaction.prepare(
            "INSERT INTO entity (kind, key, seq, hash, open, created_at, body) VALUES (?1, ?2, ?3, x'', ?4, ?5, ?6)",
        )?;
        for page in pages::pages(seed, orders) {
            let page = pages::unpacked(&page?)?;
            for line in page.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let Line::Entity(entity) = serde_json::from_slice::<Line<'_>>(line)? else { continue };
                let order: Order = serde_json::from_str(entity.body.get())?;
                let open = !matches!(order.status, 100 | 250);
                let (kind, key, seq) = (entity.kind.as_str(), entity.key.as_str(), i64::try_from(entity.seq)?);
                put.execute((kind, key, seq, open, order.created_at, entity.body.get()))?;
            }
        }
        let head = i64::try_from(orders)?.saturating_add(1);
        put.execute(("shop", "wx:shop", head, false, 0, serde_json::to_string(&pages::shop())?))?;
        transaction.execute("UPDATE about SET head = ?1", [head])?;
    }
    transaction.commit()?;
    Ok(())
}

fn phone(dir: &Path) -> Result<Core, Trouble> {
    std::fs::create_dir_all(dir)?;
    let ports = Ports {
        clock: Arc::new(Still),
        random: Arc::new(SystemRandom),
        secrets: Arc::new(FileSecrets::new(dir.join("secrets.json"))),
        connectivity: Arc::new(Online::new()),
        transport: Arc::new(HttpTransport::new()),
        store_threads: StoreThreads::Own,
    };
    let config = Config { root: dir.to_owned(), build: "bench".to_owned(), device_name: "bench".to_owned(), key: None };
    Ok(Core::open(config, ports)?)
}

/// A clock that stands at the moment for which the shop was made.
struct Still;

impl WallClock for Still {
    fn now_ms(&self) -> i64 {
        pages::NOW_MS
    }
}

/// Always a link.
struct Online(tokio::sync::watch::Sender<Link>);

impl Online {
    fn new() -> Self {
        Self(tokio::sync::watch::Sender::new(Link::Online))
    }
}

impl Connectivity for Online {
    fn watch(&self) -> tokio::sync::watch::Receiver<Link> {
        self.0.subscribe()
    }
}
