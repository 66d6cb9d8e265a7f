//! A whole shop on this machine: the pretend platform and the relay each behind a loopback port, and phones that talk with the relay over
//! real HTTP and keep their files on a real disk.
//!
//! # Time
//!
//! Platform, relay and phones share one clock, which begins at [`BEGAN_S`] and goes on as fast as real time; [`Town::jump`] puts it forward
//! for all of them at once. Timers run in real time. No test says how long something may take: [`until`] waits for a condition, and gives up
//! only after so long that something must hang.
//!
//! # Lives
//!
//! A relay that is restarted comes back at its old address, as a phone must find it. Everything lies in one folder, which goes with the town.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use shopkeeper_core::core::{Config, Core};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Extent, From, OrderDetail, OrderFilter, OrderList, OrderRow, OrderSort, Window};
use shopkeeper_core::outbox::OutboxView;
use shopkeeper_core::pairing::FileSecrets;
use shopkeeper_core::ports::{Ports, StoreThreads, WallClock};
use shopkeeper_relay::{HttpPlatform, Relay, RelayConfig, RunStore, RunningRelay, serve};
use shopkeeper_sandbox::faults::Fault;
use shopkeeper_sandbox::world::{Basket, Books, OrderId, Pick, World, WorldConfig};
use shopkeeper_sandbox::{PushTarget, RunningSandbox, Sandbox, SandboxConfig};
use tempfile::TempDir;

use super::wire::Wire;

pub(crate) const APPID: &str = "wx0123456789abcdef";
pub(crate) const SECRET: &str = "fedcba98765432100123456789abcdef";
/// When every town begins, unix seconds.
pub(crate) const BEGAN_S: i64 = 1_790_000_000;

/// A condition that does not hold by then will not hold at all.
const HANGS: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// Waits until `look` finds something.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            match look() {
                Some(found) => return found,
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    };
    match tokio::time::timeout(HANGS, looking).await {
        Ok(found) => found,
        Err(_) => panic!("waited in vain: {what}"),
    }
}

/// As [`until`], for something that holds or does not.
pub(crate) async fn until_true(what: &str, mut holds: impl FnMut() -> bool) {
    until(what, || holds().then_some(())).await;
}

/// The time that everybody in a town shares.
#[derive(Clone)]
pub(crate) struct TownClock {
    began: tokio::time::Instant,
    ahead_ms: Arc<AtomicI64>,
}

impl TownClock {
    fn new() -> Self {
        Self { began: tokio::time::Instant::now(), ahead_ms: Arc::default() }
    }

    fn as_fn(&self) -> Arc<dyn Fn() -> i64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }
}

impl WallClock for TownClock {
    fn now_ms(&self) -> i64 {
        let passed = i64::try_from(self.began.elapsed().as_millis()).expect("a test ends before that");
        BEGAN_S * 1_000 + passed + self.ahead_ms.load(Ordering::Relaxed)
    }
}

/// See the module.
pub(crate) struct Town {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) clock: TownClock,
    relay: Option<RunningRelay>,
    /// Where the relay is, in this life and every later one.
    address: SocketAddr,
    tls: bool,
    dir: TempDir,
}

impl Town {
    /// A shop of `orders` past orders in which nothing happens but by a call, and a relay beside it.
    pub(crate) async fn quiet(seed: u64, orders: u32) -> Self {
        Self::open(seed, orders, false).await
    }

    /// The same with a relay that speaks TLS with a key of its own. The platform's pushes do not reach it.
    pub(crate) async fn with_tls(seed: u64, orders: u32) -> Self {
        Self::open(seed, orders, true).await
    }

    async fn open(seed: u64, orders: u32, tls: bool) -> Self {
        let clock = TownClock::new();
        let world = WorldConfig::new(seed, orders, BEGAN_S).quiet();
        let config = SandboxConfig::new(world, clock.as_fn(), APPID, SECRET);
        let sandbox = Sandbox::start(config).await.expect("the platform opens");
        let dir = tempfile::tempdir().expect("a folder");
        let mut town =
            Self { sandbox, clock, relay: None, address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), tls, dir };
        town.start_relay().await;
        town
    }

    /// Opens the relay on what it left, at its old address, and registers it for pushes.
    pub(crate) async fn start_relay(&mut self) {
        assert!(self.relay.is_none(), "one relay at a time");
        let ports = shopkeeper_relay::Ports {
            clock: self.clock.as_fn(),
            random: Arc::new(shopkeeper_relay::SystemRandom),
            http: Arc::new(HttpPlatform::new().expect("a client")),
            run_store: RunStore::Threads,
        };
        // The life before may still be letting go of its folder and its port.
        let mut served = None;
        for _ in 0..400 {
            let relay = match Relay::open(self.relay_config(), ports.clone()) {
                Ok(relay) => relay,
                Err(shopkeeper_relay::RelayError::NotAlone(_)) => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
                Err(error) => panic!("the relay does not open on what it left: {error}"),
            };
            match serve(relay, self.address).await {
                Ok(running) => {
                    served = Some(running);
                    break;
                }
                Err(shopkeeper_relay::RelayError::Bind { .. }) => tokio::time::sleep(LOOK_EVERY).await,
                Err(error) => panic!("the relay is not served: {error}"),
            }
        }
        let running = served.expect("the relay comes back at its address");
        self.address = running.addr;
        let target = running.relay().push_target();
        let target = PushTarget {
            url: format!("{}{}", self.relay_url(), target.path),
            token: target.token,
            aes_key: target.aes_key,
        };
        self.sandbox.register_push(Some(target)).expect("the relay's key is a key");
        self.relay = Some(running);
    }

    /// Ends the relay in order, and waits until its file is closed: the last connection takes the write-ahead log with it. Whoever copies
    /// the folder before that copies a file that is being written.
    pub(crate) async fn stop_relay(&mut self) {
        self.relay.take().expect("the relay runs").shutdown().await;
        let log = self.relay_dir().join("relay.db-wal");
        until_true("the relay has closed its file", || !log.exists()).await;
    }

    /// Ends the relay at whatever await its tasks stand.
    pub(crate) fn crash_relay(&mut self) {
        drop(self.relay.take().expect("the relay runs"));
    }

    pub(crate) fn relay(&self) -> &Relay {
        self.relay.as_ref().expect("the relay runs").relay()
    }

    pub(crate) fn relay_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub(crate) fn relay_config(&self) -> RelayConfig {
        let config = RelayConfig::for_platform(&self.sandbox.base_url(), APPID, SECRET, &self.relay_dir());
        RelayConfig { tls: self.tls, ..config }
    }

    pub(crate) fn relay_dir(&self) -> PathBuf {
        self.dir.path().join("relay")
    }

    /// The folder of everything that this town keeps.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Puts everybody's clock forward.
    pub(crate) fn jump(&self, span: Duration) {
        let ms = i64::try_from(span.as_millis()).expect("a span of a test");
        self.clock.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn now_s(&self) -> i64 {
        self.clock.now_ms().div_euclid(1_000)
    }

    /// Does something in the shop, now.
    pub(crate) fn world<R>(&self, deed: impl FnOnce(&mut World, i64) -> R) -> R {
        let now = self.now_s();
        self.sandbox.world().with(|world| deed(world, now))
    }

    pub(crate) fn books(&self) -> Books {
        self.world(|world, _| world.books())
    }

    /// A new, paid, ordinary order of these products (part of the title, part of the SKU, pieces).
    pub(crate) fn paid_order(&self, picks: &[(&str, &str, u16)]) -> OrderId {
        let picks =
            picks.iter().map(|(title, sku, count)| Pick::named(title, sku, *count).expect("a product")).collect();
        let basket = Basket { picks, plain: true, tells_deadline: Some(true), ..Basket::default() };
        self.world(|world, now| {
            let id = world.buyer_orders(now, &basket);
            world.buyer_pays(now, id).expect("a fresh order is unpaid");
            id
        })
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.sandbox.faults().add(fault).expect("a fault that can be");
    }

    /// A text that pairs one phone.
    pub(crate) async fn invite(&self) -> String {
        self.relay().invite(&self.relay_url()).await.expect("the relay gives an invite").to_string()
    }

    /// A phone that nobody has paired yet.
    pub(crate) fn phone(&self, name: &str) -> Phone {
        let dir = self.dir.path().join(name);
        std::fs::create_dir_all(&dir).expect("a folder");
        let mut phone = Phone { core: None, name: name.to_owned(), dir, clock: self.clock.clone(), wire: Wire::new() };
        phone.open();
        phone
    }

    /// A phone of this shop that has begun to sync.
    pub(crate) async fn paired_phone(&self, name: &str) -> Phone {
        // The relay knows its shop's name once it has asked for it.
        self.relay().sweep_now().await;
        let phone = self.phone(name);
        phone.core().pairing().pair(&self.invite().await).await.expect("a fresh code pairs");
        phone
    }

    /// A phone of this shop that has everything.
    pub(crate) async fn ready_phone(&self, name: &str) -> Phone {
        let phone = self.paired_phone(name).await;
        phone.has_everything(self).await;
        phone
    }

    pub(crate) async fn close(mut self) {
        if let Some(relay) = self.relay.take() {
            relay.shutdown().await;
        }
        self.sandbox.shutdown().await;
    }
}

/// A phone: its core, its files, its connection.
pub(crate) struct Phone {
    core: Option<Core>,
    name: String,
    dir: PathBuf,
    clock: TownClock,
    pub(crate) wire: Arc<Wire>,
}

impl Phone {
    /// Switches it on, on what it left.
    pub(crate) fn open(&mut self) {
        let core = self.try_open().expect("the phone opens on what it left");
        core.start();
        self.core = Some(core);
    }

    /// Opens its files without starting anything.
    pub(crate) fn try_open(&self) -> Result<Core, CoreError> {
        assert!(self.core.is_none(), "one app at a time");
        let ports = Ports {
            clock: Arc::new(self.clock.clone()),
            random: Arc::new(shopkeeper_core::ports::SystemRandom),
            secrets: Arc::new(FileSecrets::new(self.dir.join("secrets.json"))),
            connectivity: Arc::clone(&self.wire) as _,
            transport: Arc::clone(&self.wire) as _,
            store_threads: StoreThreads::Own,
        };
        let config =
            Config { root: self.dir.clone(), build: "test".to_owned(), device_name: self.name.clone(), key: None };
        Core::open(config, ports)
    }

    /// Ends it at whatever await its tasks stand.
    pub(crate) fn kill(&mut self) {
        self.core.take().expect("the phone is on").crash();
    }

    pub(crate) fn core(&self) -> &Core {
        self.core.as_ref().expect("the phone is on")
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of its shop.
    pub(crate) fn shop_dir(&self) -> PathBuf {
        self.dir.join(self.core().shop().expect("a paired phone").key.as_str())
    }

    /// Syncs until it has all orders of the shop's history, and says so itself.
    pub(crate) async fn has_everything(&self, town: &Town) {
        let wanted = town.world(|world, _| world.len() as u64);
        let syncing = async {
            loop {
                self.sync().await;
                let list = self.list(&OrderFilter::default());
                if holds_history(list.state.extent) && count(&list) == wanted {
                    return;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(HANGS, syncing).await.is_err() {
            let list = self.list(&OrderFilter::default());
            panic!("waited in vain for {wanted} orders: there are {:?}, {:?}", list.count, list.state);
        }
    }

    /// Lets the undo windows of what was tapped pass without waiting: the clock goes on, and whoever opens the app again after that has none.
    pub(crate) fn after_the_undo_window(&mut self, town: &Town) {
        self.kill();
        town.jump(Duration::from_secs(10));
        self.open();
    }

    /// Syncs by hand, as pulling down the list does.
    pub(crate) async fn sync(&self) {
        self.core().sync().expect("a paired phone").now().await.expect("the relay answers");
    }

    /// The beginning of a list.
    pub(crate) fn list(&self, filter: &OrderFilter) -> OrderList {
        let orders = self.core().orders().expect("a paired phone");
        orders.list(filter, OrderSort::Newest, &Window::top(1)).expect("a list")
    }

    /// All rows of a list.
    pub(crate) fn rows(&self, filter: &OrderFilter) -> Vec<OrderRow> {
        let orders = self.core().orders().expect("a paired phone");
        let mut rows: Vec<OrderRow> = Vec::new();
        let mut window = Window::top(200);
        loop {
            let list = orders.list(filter, OrderSort::Newest, &window).expect("a list");
            rows.extend(list.rows);
            match list.after {
                Some(anchor) => window.from = From::After(anchor),
                None => return rows,
            }
        }
    }

    pub(crate) fn detail(&self, id: OrderId) -> OrderDetail {
        self.core().orders().expect("a paired phone").detail(&key(id)).expect("an order on the phone")
    }

    pub(crate) fn knows(&self, id: OrderId) -> bool {
        self.core().orders().expect("a paired phone").detail(&key(id)).is_ok()
    }

    pub(crate) fn outbox(&self) -> OutboxView {
        self.core().outbox().expect("a paired phone").view().expect("the outbox")
    }

    /// Waits until everything that was tapped is at the platform.
    pub(crate) async fn all_delivered(&self) {
        let emptying = async {
            while !self.outbox().items.is_empty() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(HANGS, emptying).await.is_err() {
            let status = self.core().sync().expect("a paired phone").status();
            panic!("not everything was delivered: {:#?} {status:?}", self.outbox());
        }
    }

    /// Switches it off in order: every file is closed when this returns.
    pub(crate) async fn switch_off(&mut self) {
        self.core.take().expect("the phone is on").shutdown().await.expect("the phone closes in order");
    }
}

/// How long the whole list is.
pub(crate) fn count(list: &OrderList) -> u64 {
    match list.count {
        shopkeeper_core::orders::Count::Exact(count) | shopkeeper_core::orders::Count::AtLeast(count) => count,
    }
}

/// Whether a list of everything says that it has what the relay keeps: two years.
pub(crate) fn holds_history(extent: Extent) -> bool {
    let horizon_ms = (BEGAN_S - 729 * 86_400) * 1_000;
    match extent {
        Extent::Complete => true,
        Extent::Partial { since } => since.is_some_and(|since| since.ms() <= horizon_ms),
        Extent::KnownEmpty | Extent::UnknownEmpty => false,
    }
}

/// The phone's name of a platform's order.
pub(crate) fn key(id: OrderId) -> OrderKey {
    OrderKey(format!("wx:{id}"))
}
