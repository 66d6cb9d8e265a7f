//! A sandbox as a server: the platform on a loopback port, buyers who go on living, and events on their way.
//!
//! One owner holds everything. Three tasks belong to it: one accepts connections (and owns them), one lets the buyers live
//! up to the clock's present, one delivers pushes. Dropping the owner, or [`RunningSandbox::shutdown`], ends them all;
//! nothing is left behind on the runtime.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::http::{Platform, PlatformConfig, router};
use crate::journal::{Journal, JournalError};
use crate::push::{Courier, CryptoError, HttpSink, PushTarget, SinkError, VerifyError};
use crate::shared::SharedWorld;
use crate::world::{World, WorldConfig};

/// How to run a sandbox.
#[derive(Clone)]
pub struct SandboxConfig {
    /// What the world is made from, unless the data folder has a journal.
    pub world: WorldConfig,
    /// The shop's time, unix milliseconds.
    pub clock: Clock,
    /// AppID, secret and the ways of the tokens.
    pub platform: PlatformConfig,
    /// Where events go; may be registered later.
    pub push: Option<PushTarget>,
    /// Where the journal is; none means a new world each time.
    pub data_dir: Option<PathBuf>,
    /// Port 0 takes a free one.
    pub bind: SocketAddr,
    /// How often buyers get to act and decisions to fall, in real time. What was due in between happens at its own time.
    pub tick: Duration,
}

impl std::fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxConfig").field("world", &self.world).field("bind", &self.bind).finish_non_exhaustive()
    }
}

impl SandboxConfig {
    /// A sandbox on a free loopback port, without pushes and data folder.
    pub fn new(world: WorldConfig, clock: Clock, appid: impl Into<String>, secret: impl Into<String>) -> Self {
        let platform = PlatformConfig::new(appid, secret);
        Self {
            world: WorldConfig { appid: platform.appid.clone(), ..world },
            clock,
            platform,
            push: None,
            data_dir: None,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tick: Duration::from_millis(500),
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The journal cannot be resumed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The push key does not read.
    #[error(transparent)]
    PushKey(#[from] CryptoError),
    /// No client for pushes.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

/// A pretend WeChat Shop.
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Makes or resumes the world and opens the shop. A world of a million orders takes a while to make, during which
    /// the calling task is busy.
    pub async fn start(config: SandboxConfig) -> Result<RunningSandbox, StartError> {
        let (world, journal) = match &config.data_dir {
            Some(folder) => {
                let (world, journal) = Journal::open(folder, config.world)?;
                (world, Some(journal))
            }
            None => (World::new(config.world), None),
        };
        let (username, seed) = (world.username(), world.config().seed);
        let world = SharedWorld::kept(world, journal);
        let (outlet, events) = unbounded_channel();
        world.set_outlet(outlet);
        let clock = config.clock;
        let appid = config.platform.appid.clone();
        let platform = Platform::new(world, Arc::clone(&clock), config.platform);
        // Nonces must differ from those of an earlier run with the same seed.
        let nonce_seed = seed ^ clock().unsigned_abs().rotate_left(20);
        let faults = platform.faults().clone();
        let courier = Courier::new(Arc::new(HttpSink::new()?), clock, faults, appid, username, nonce_seed);
        courier.register(config.push)?;

        let listen_failed = |source| StartError::Listen { address: config.bind, source };
        let listener = TcpListener::bind(config.bind).await.map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, router(platform.clone())));
        tasks.spawn(live(platform.clone(), config.tick));
        tasks.spawn(courier.clone().run(events));
        Ok(RunningSandbox { address, platform, courier, tasks })
    }
}

async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: others must be closed before another try makes sense.
                tracing::warn!(%error, "a connection was not accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}

async fn live(platform: Platform, tick: Duration) {
    let mut ticks = interval(tick.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        platform.world().advance(platform.now_ms().div_euclid(1000));
    }
}

/// The owner of a running sandbox.
#[derive(Debug)]
pub struct RunningSandbox {
    address: SocketAddr,
    platform: Platform,
    courier: Courier,
    tasks: JoinSet<()>,
}

impl RunningSandbox {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What stands before the path of every call.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The world behind it.
    pub fn world(&self) -> SharedWorld {
        self.platform.world().clone()
    }

    /// The faults that strike its calls and pushes.
    pub fn faults(&self) -> Faults {
        self.platform.faults().clone()
    }

    /// The platform itself, for calls in process.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Registers where events go from now on.
    pub fn register_push(&self, target: Option<PushTarget>) -> Result<(), CryptoError> {
        self.courier.register(target)
    }

    /// Does the URL verification of the registered address.
    pub async fn verify_push(&self) -> Result<(), VerifyError> {
        self.courier.verify().await
    }

    /// Ends every task and waits until they are gone.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }
}
