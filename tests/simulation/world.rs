//! A whole world in one thread: platform, relay and phones, and the hand that crashes, heals and sets back.
//!
//! It has to live in a runtime of one thread whose clock is paused. Nothing in it waits for real: [`SimWorld::pass`] lets simulated
//! time go by, and everything that falls due meanwhile happens at its moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use shopkeeper_core::core::{Config, Core};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ports::{Connectivity, Link, Ports, StoreThreads, WallClock};
use shopkeeper_relay::{Relay, RelayConfig};
use shopkeeper_sandbox::SharedWorld;
use shopkeeper_sandbox::http::{Platform, PlatformConfig, router};
use shopkeeper_sandbox::push::{Courier, PushTarget};
use shopkeeper_sandbox::world::{World, WorldConfig};
use tokio::task::JoinSet;

use super::dice::{Dice, Trace};
use super::net::{Net, PhoneTransport, Server, Weather};
use super::ports::{Aerial, BEGIN_MS, Pushes, RelayHttp, Secrets, SimClock, SimRandom, TO_PLATFORM, TO_RELAY};
use super::screens::Screens;

pub const APPID: &str = "wx00112233445566aa";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Loopback, because the phones speak plain HTTP in here; nothing listens there.
const RELAY_URL: &str = "http://127.0.0.1:1";

/// A phone: what survives a crash, and the core while it lives.
pub struct Phone {
    pub name: String,
    core: Option<Core>,
    screens: Option<Screens>,
    dir: PathBuf,
    clock: SimClock,
    secrets: Secrets,
    aerial: Arc<Aerial>,
}

impl Phone {
    /// The core of a phone that is on.
    pub fn core(&self) -> &Core {
        self.core.as_ref().expect("the phone is on")
    }

    pub fn is_on(&self) -> bool {
        self.core.is_some()
    }

    /// What the merchant has open.
    pub fn screens(&self) -> Option<&Screens> {
        self.screens.as_ref()
    }

    /// Opens the screens if they are closed, and closes them if they are open; says whether they are open now.
    pub fn turn_screens(&mut self) -> bool {
        self.screens = match self.screens {
            Some(_) => None,
            None => Some(Screens::open(self.core())),
        };
        self.screens.is_some()
    }
}

/// See the module.
pub struct SimWorld {
    pub dice: Dice,
    pub trace: Trace,
    pub net: Net,
    pub shop: SharedWorld,
    pub platform: Platform,
    pub phones: Vec<Phone>,
    clock: SimClock,
    dir: PathBuf,
    relay: Option<Relay>,
    relay_server: Server,
    platform_server: Server,
    courier: Courier,
    /// The platform's own tasks: they never crash here.
    _tasks: JoinSet<()>,
}

impl SimWorld {
    /// Platform, relay and `phones` paired phones, everything connected and nothing synced yet.
    pub async fn new(seed: u64, dir: &Path, orders: u32, phones: usize) -> Self {
        let shop =
            World::new(WorldConfig { appid: APPID.into(), ..WorldConfig::new(seed, orders, BEGIN_MS / 1000).quiet() });
        Self::around(shop, dir, phones, phones).await
    }

    /// The same around a shop that is there already; everything in it happened before [`BEGIN_MS`]. Of the phones only the first `paired`
    /// are.
    pub async fn around(shop: World, dir: &Path, phones: usize, paired: usize) -> Self {
        let seed = shop.config().seed;
        let dice = Dice::new(seed);
        let trace = Trace::begin();
        let net = Net::new(dice.clone(), trace.clone());
        let clock = SimClock::from_now();

        let shop = SharedWorld::new(shop);
        let platform = Platform::new(shop.clone(), clock.plain(), PlatformConfig::new(APPID, SECRET));
        let (platform_server, relay_server) = (Server::down(), Server::down());
        platform_server.up(router(platform.clone()));

        let sink = Arc::new(Pushes { net: net.clone(), relay: relay_server.clone() });
        let username = shop.with(|world| world.username());
        let courier = Courier::new(sink, clock.plain(), platform.faults().clone(), APPID, username, seed);
        let (outlet, events) = tokio::sync::mpsc::unbounded_channel();
        shop.set_outlet(outlet);
        let mut tasks = JoinSet::new();
        tasks.spawn(courier.clone().run(events));

        let mut world = Self {
            dice,
            trace,
            net,
            shop,
            platform,
            phones: Vec::new(),
            clock,
            dir: dir.to_owned(),
            relay: None,
            relay_server,
            platform_server,
            courier,
            _tasks: tasks,
        };
        world.start_relay();
        for index in 0..phones {
            world.add_phone(index);
            if index < paired {
                world.pair_phone(index).await.expect("a fresh code pairs");
            }
        }
        world
    }

    /// Opens the relay on the store it left, as a restart does.
    pub fn start_relay(&mut self) {
        if self.relay.is_some() {
            return;
        }
        let http = Arc::new(RelayHttp { net: self.net.clone(), platform: self.platform_server.clone() });
        let ports = shopkeeper_relay::Ports {
            clock: self.clock.plain(),
            random: Arc::new(SimRandom(self.dice.clone())),
            http,
            run_store: shopkeeper_relay::RunStore::InPlace,
        };
        let config = RelayConfig::for_platform("http://platform.invalid", APPID, SECRET, &self.relay_dir());
        let relay = Relay::open(config, ports).expect("the relay opens on what it left");
        relay.start();
        self.relay_server.up(relay.router());
        let target = relay.push_target();
        let url = format!("http://relay.invalid{}", target.path);
        let target = PushTarget { url, token: target.token, aes_key: target.aes_key };
        self.courier.register(Some(target)).expect("the relay's key is a key");
        self.relay = Some(relay);
        self.trace.note("relay up");
    }

    /// Drops the relay at whatever await its tasks and handlers stand.
    pub fn crash_relay(&mut self) {
        self.relay_server.crash();
        if self.relay.take().is_some() {
            self.trace.note("relay crashed");
        }
    }

    /// Crashes the relay and keeps a copy of its folder as the backup, in place of the one before.
    pub fn back_relay_up(&mut self) {
        self.crash_relay();
        copy_folder(&self.relay_dir(), &self.backup_dir());
        self.trace.note("relay backed up");
    }

    /// Crashes the relay and puts the backup in place of its folder: whatever it learned and promised since is forgotten. False if
    /// there is no backup.
    pub fn set_relay_back(&mut self) -> bool {
        if !self.backup_dir().is_dir() {
            return false;
        }
        self.crash_relay();
        copy_folder(&self.backup_dir(), &self.relay_dir());
        self.trace.note("relay set back to its backup");
        true
    }

    fn relay_dir(&self) -> PathBuf {
        self.dir.join("relay")
    }

    fn backup_dir(&self) -> PathBuf {
        self.dir.join("relay-backup")
    }

    fn add_phone(&mut self, index: usize) {
        let name = format!("phone{index}");
        // Up to five minutes fast or slow, as phones are.
        let skew_ms = i64::try_from(self.dice.below(600_000)).unwrap_or(0) - 300_000;
        self.phones.push(Phone {
            core: None,
            screens: None,
            dir: self.dir.join(&name),
            clock: self.clock.skewed(skew_ms),
            secrets: Secrets::default(),
            aerial: Arc::new(Aerial::online()),
            name,
        });
        self.start_phone(index);
    }

    /// Pairs a phone that is on with a fresh code of the relay.
    pub async fn pair_phone(&self, index: usize) -> Result<(), CoreError> {
        let relay = self.relay.as_ref().expect("the relay is up");
        let invite = relay.invite(RELAY_URL).await.expect("an invite").to_string();
        self.phones[index].core().pairing().pair(&invite).await.map(|_| ())
    }

    /// Gives a phone another role, as a later relay's owner will; this one is restarted on the changed file.
    pub fn set_role(&mut self, index: usize, role: &str) {
        self.crash_relay();
        let file = rusqlite::Connection::open(self.relay_dir().join("relay.db")).expect("the relay's file");
        let changed = file.execute("UPDATE device SET role = ?1 WHERE name = ?2", (role, &self.phones[index].name));
        assert_eq!(changed, Ok(1), "the relay knows the phone");
        self.trace.note(format!("{} is a {role} now", self.phones[index].name));
        self.start_relay();
    }

    /// Switches a phone on, on what it left.
    pub fn start_phone(&mut self, index: usize) {
        let phone = &mut self.phones[index];
        if phone.core.is_some() {
            return;
        }
        let transport =
            PhoneTransport { net: self.net.clone(), link: phone.name.clone(), relay: self.relay_server.clone() };
        let ports = Ports {
            clock: Arc::new(phone.clock.clone()),
            random: Arc::new(SimRandom(self.dice.clone())),
            secrets: Arc::new(phone.secrets.clone()),
            connectivity: Arc::clone(&phone.aerial) as Arc<dyn Connectivity>,
            transport: Arc::new(transport),
            store_threads: StoreThreads::InPlace,
        };
        let config =
            Config { root: phone.dir.clone(), build: "simulation".into(), device_name: phone.name.clone(), key: None };
        let core = Core::open(config, ports).expect("the phone opens on what it left");
        core.start();
        phone.core = Some(core);
        self.trace.note(format!("{} on", phone.name));
    }

    /// Kills a phone at whatever await its tasks stand.
    pub fn crash_phone(&mut self, index: usize) {
        self.phones[index].screens = None;
        if let Some(core) = self.phones[index].core.take() {
            core.crash();
            self.trace.note(format!("{} killed", self.phones[index].name));
        }
    }

    /// Sets a phone's link; the phone is told, as the system tells an app.
    pub fn set_link(&self, index: usize, weather: Weather) {
        let phone = &self.phones[index];
        self.net.set(&phone.name, weather);
        phone.aerial.say(if weather.cut { Link::Offline } else { Link::Online });
    }

    /// Sets a phone's clock wrong by so much, from now on.
    pub fn set_clock(&self, index: usize, skew_ms: i64) {
        self.phones[index].clock.set_skew(skew_ms);
        self.trace.note(format!("{} clock wrong by {skew_ms} ms", self.phones[index].name));
    }

    /// Sets the two links between relay and platform, one for each direction of calling.
    pub fn set_backbone(&self, to_platform: Weather, to_relay: Weather) {
        self.net.set(TO_PLATFORM, to_platform);
        self.net.set(TO_RELAY, to_relay);
    }

    /// The world's true time, unix seconds.
    pub fn now_s(&self) -> i64 {
        self.clock.now_ms().div_euclid(1000)
    }

    /// Lets simulated time pass.
    pub async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

fn copy_folder(from: &Path, to: &Path) {
    if to.is_dir() {
        std::fs::remove_dir_all(to).expect("a scratch folder can be removed");
    }
    std::fs::create_dir_all(to).expect("a scratch folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
    }
}
