//! A whole world in one thread: platform, relay and phones, and the hand that crashes and heals them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use shopkeeper_core::ports::{Connectivity, Link, Ports, Random, SecretError, SecretStore, StoreThreads, WallClock};
use shopkeeper_core::{Config, Core};
use shopkeeper_relay::{PlatformHttp, PlatformHttpError, Relay, RelayConfig};
use shopkeeper_sandbox::http::{Platform, PlatformConfig, router};
use shopkeeper_sandbox::push::{Courier, PushReply, PushSink, PushTarget, SinkError};
use shopkeeper_sandbox::world::{World, WorldConfig};
use shopkeeper_sandbox::SharedWorld;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::dice::{Dice, Trace};
use super::net::{Failed, Net, PhoneTransport, Server, Weather};

/// When every simulated world begins, unix milliseconds.
pub const BEGIN_MS: i64 = 1_790_000_000_000;

const APPID: &str = "wx00112233445566aa";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const TO_PLATFORM: &str = "relay-platform";
const TO_RELAY: &str = "platform-relay";

/// Simulated time: the start plus what tokio's paused clock says, plus one owner's error.
#[derive(Debug, Clone)]
pub struct SimClock {
    start: tokio::time::Instant,
    skew_ms: i64,
}

impl WallClock for SimClock {
    fn now_ms(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        BEGIN_MS.saturating_add(elapsed).saturating_add(self.skew_ms)
    }
}

struct SimRandom(Dice);

impl Random for SimRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

impl shopkeeper_relay::Random for SimRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// A secret store that survives a crash of the phone, as a key chain does.
#[derive(Debug, Clone, Default)]
struct Secrets(Arc<Mutex<std::collections::BTreeMap<String, String>>>);

impl SecretStore for Secrets {
    fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

struct Aerial(watch::Sender<Link>);

impl Connectivity for Aerial {
    fn watch(&self) -> watch::Receiver<Link> {
        self.0.subscribe()
    }
}

struct RelayHttp {
    net: Net,
    platform: Server,
}

#[async_trait]
impl PlatformHttp for RelayHttp {
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, PlatformHttpError> {
        let answer = self.net.call(TO_PLATFORM, &self.platform, request).await;
        answer.map_err(|failed| match failed {
            Failed::NotConnected => PlatformHttpError::NotConnected,
            Failed::Lost => PlatformHttpError::Lost,
        })
    }
}

struct Pushes {
    net: Net,
    relay: Server,
}

impl Pushes {
    async fn carry(&self, request: http::request::Builder, body: String) -> Result<PushReply, SinkError> {
        let request = request.body(Bytes::from(body)).map_err(|error| SinkError(error.to_string()))?;
        let answer = self.net.call(TO_RELAY, &self.relay, request).await;
        let answer = answer.map_err(|failed| SinkError(format!("{failed:?}")))?;
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        Ok(PushReply { status: answer.status().as_u16(), body })
    }
}

#[async_trait]
impl PushSink for Pushes {
    async fn post(&self, url: &str, query: &str, body: String) -> Result<PushReply, SinkError> {
        let request = http::Request::post(format!("{url}?{query}")).header("content-type", "application/json");
        self.carry(request, body).await
    }

    async fn get(&self, url: &str, query: &str) -> Result<PushReply, SinkError> {
        self.carry(http::Request::get(format!("{url}?{query}")), String::new()).await
    }
}

/// A phone: what survives a crash, and the core while it lives.
pub struct Phone {
    pub name: String,
    pub core: Option<Core>,
    dir: PathBuf,
    clock: SimClock,
    secrets: Secrets,
    aerial: Arc<Aerial>,
}

impl Phone {
    pub fn core(&self) -> &Core {
        self.core.as_ref().expect("the phone is on")
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
    /// The platform's own tasks: they never crash here.
    _tasks: JoinSet<()>,
    courier: Courier,
}

impl SimWorld {
    /// Platform, relay and `phones` paired phones, everything connected and nothing synced yet.
    pub async fn new(seed: u64, dir: &Path, orders: u32, phones: usize) -> Self {
        let dice = Dice::new(seed);
        let trace = Trace::new(120);
        let net = Net::new(dice.clone(), trace.clone());
        let clock = SimClock { start: tokio::time::Instant::now(), skew_ms: 0 };

        let shop = SharedWorld::new(World::new(WorldConfig {
            appid: APPID.into(),
            ..WorldConfig::new(seed, orders, BEGIN_MS / 1000).quiet()
        }));
        let platform = Platform::new(shop.clone(), plain(&clock), PlatformConfig::new(APPID, SECRET));
        let (platform_server, relay_server) = (Server::down(), Server::down());
        platform_server.up(router(platform.clone()));

        let sink = Arc::new(Pushes { net: net.clone(), relay: relay_server.clone() });
        let username = shop.with(|world| world.username());
        let courier = Courier::new(sink, plain(&clock), platform.faults().clone(), APPID, username, seed);
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
            _tasks: tasks,
            courier,
        };
        world.start_relay();
        for index in 0..phones {
            world.add_phone(index).await;
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
            clock: plain(&self.clock),
            random: Arc::new(SimRandom(self.dice.clone())),
            http,
            run_store: shopkeeper_relay::RunStore::InPlace,
        };
        let relay = Relay::open(relay_config(&self.dir), ports).expect("the relay opens on what it left");
        relay.start();
        self.relay_server.up(relay.router());
        let (path, token, aes_key) = relay.push_target();
        let url = format!("http://relay.invalid{path}");
        self.courier.register(Some(PushTarget { url, token, aes_key })).expect("the relay's key is a key");
        self.relay = Some(relay);
        self.trace.note("relay up");
    }

    /// Drops the relay at whatever await its tasks and handlers stand.
    pub fn crash_relay(&mut self) {
        self.relay_server.crash();
        self.relay = None;
        self.trace.note("relay crashed");
    }

    pub fn relay_is_up(&self) -> bool {
        self.relay.is_some()
    }

    async fn add_phone(&mut self, index: usize) {
        let name = format!("phone{index}");
        let dir = self.dir.join(&name);
        let skew_ms = i64::try_from(self.dice.below(600_000)).unwrap_or(0) - 300_000;
        let phone = Phone {
            core: None,
            dir,
            clock: SimClock { start: self.clock.start, skew_ms },
            secrets: Secrets::default(),
            aerial: Arc::new(Aerial(watch::Sender::new(Link::Online))),
            name,
        };
        self.phones.push(phone);
        self.start_phone(index);
        let invite = self.relay.as_ref().expect("the relay is up").invite("http://127.0.0.1:1").expect("an invite");
        self.phones[index].core().pairing().pair(&invite.to_string()).await.expect("a fresh code pairs");
        self.phones[index].core().start();
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
        if core.shop().is_some() {
            core.start();
        }
        phone.core = Some(core);
        self.trace.note(format!("{} on", phone.name));
    }

    /// Kills a phone at whatever await its tasks stand.
    pub fn crash_phone(&mut self, index: usize) {
        if let Some(core) = self.phones[index].core.take() {
            core.crash();
            self.trace.note(format!("{} killed", self.phones[index].name));
        }
    }

    /// Sets a phone's link; the phone is told, as the system tells an app.
    pub fn set_link(&self, index: usize, weather: Weather) {
        let phone = &self.phones[index];
        self.net.set(&phone.name, weather);
        phone.aerial.0.send_replace(if weather.cut { Link::Offline } else { Link::Online });
    }

    pub fn set_backbone(&self, to_platform: Weather, to_relay: Weather) {
        self.net.set(TO_PLATFORM, to_platform);
        self.net.set(TO_RELAY, to_relay);
    }

    pub fn now_s(&self) -> i64 {
        self.clock.now_ms() / 1000
    }

    /// Lets simulated time pass.
    pub async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

fn plain(clock: &SimClock) -> Arc<dyn Fn() -> i64 + Send + Sync> {
    let clock = clock.clone();
    Arc::new(move || clock.now_ms())
}

fn relay_config(dir: &Path) -> RelayConfig {
    RelayConfig::for_platform("http://platform.invalid", APPID, SECRET, dir.join("relay"))
}
