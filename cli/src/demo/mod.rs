//! The demo world: a pretend platform, a relay and a phone in one process, with nothing between them that is not there in real use.
//!
//! # Life
//!
//! [`Demo::start`] opens the shop at the platform, serves a relay for it, has the platform push to the relay, and pairs the phone by an
//! invite of the relay's own. They talk over real HTTP on loopback. The first sync is not waited for: whoever shows the phone shows
//! its progress too. [`Demo::shutdown`] ends them in the order in which they lean on each other: phone, relay, platform.
//!
//! # The folder
//!
//! | path | holds |
//! |---|---|
//! | `demo.json` | what the world was made from, and at which port the phone knows the relay |
//! | `demo.lock` | held by the process that runs the world |
//! | `platform/` | the platform's journal |
//! | `relay/` | the relay's store and secrets |
//! | `phone/` | the phone's files |
//!
//! Without a folder of the user's all this is in a temporary one, which goes with the world.
//!
//! The phone remembers where its relay is, and the system gave the relay its port. So the port is kept and taken again at the next start. If
//! somebody else has it by then, the relay takes another and the phone is paired anew, as a merchant would who moves a relay to
//! another address; what waits on the phone goes on, because the relay knows commands by their own ids.

mod folder;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use shopkeeper_core::error::CoreError;
use shopkeeper_core::ports::{Random as _, SystemRandom as PhoneRandom};
use shopkeeper_relay::{HttpPlatform, Ports, RelayConfig, RelayError, RunStore, RunningRelay, SystemRandom, serve};
use shopkeeper_relay::{NoHttp, Relay, StoreError, system_clock};
use shopkeeper_sandbox::faults::Faults;
use shopkeeper_sandbox::world::{Switches, WorldConfig};
use shopkeeper_sandbox::{PushTarget, RunningSandbox, Sandbox, SandboxConfig, SharedWorld, StartError};

pub use folder::{FolderError, is_demo, phone_folder};

use crate::phone::Phone;
use folder::{Folder, Record};

/// Of a shop that is pretended on this machine, whose door stands open to this machine anyway.
const SECRET: &str = "the-pretend-platform-keeps-no-secret";
/// What the relay's list of devices shows.
const DEVICE: &str = "demo phone";
/// The pretend shop's past is a few days longer than what a relay keeps by itself, and the demo shows all of it.
const HISTORY_DAYS: u32 = 800;
/// How often the pretend buyers get to act.
const TICK: Duration = Duration::from_millis(500);

/// What a demo world is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoOptions {
    /// Orders of the past two years. A folder that holds a world already keeps its own.
    pub orders: u32,
    /// The same seed makes the same shop; `None`: drawn. A folder that holds a world already keeps its own.
    pub seed: Option<u64>,
    /// Where the world is kept; `None`: it goes when it is shut down.
    pub data: Option<PathBuf>,
    /// Whether pretend buyers order, pay, hurry and cancel meanwhile.
    pub living: bool,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { orders: 2_000, seed: None, data: None, living: true }
    }
}

/// Why there is no demo world.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder cannot hold a world, or somebody is in it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The pretend platform did not open.
    #[error("the pretend platform: {0}")]
    Platform(#[from] StartError),
    /// The relay did not open, or cannot be served.
    #[error("the relay: {0}")]
    Relay(#[from] RelayError),
    /// The relay's store failed.
    #[error("the relay: {0}")]
    RelayStore(#[from] StoreError),
    /// TLS cannot be set up on this machine.
    #[error("the relay: {0}")]
    Http(#[from] NoHttp),
    /// The platform cannot tell the relay what happens.
    #[error("pushes from the pretend platform to the relay: {0}")]
    Pushes(String),
    /// The phone did not open or could not be paired.
    #[error("the phone: {0}")]
    Phone(#[from] CoreError),
}

/// A running demo world.
pub struct Demo {
    phone: Phone,
    relay: RunningRelay,
    platform: RunningSandbox,
    /// Given up last: a temporary one goes with everything in it.
    folder: Folder,
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demo")
            .field("relay", &self.relay.addr)
            .field("platform", &self.platform.addr())
            .finish_non_exhaustive()
    }
}

impl Demo {
    /// Opens or resumes a world. The phone is paired and works; its first sync is on its way.
    ///
    /// # Errors
    /// [`DemoError`]; nothing is left running then.
    pub async fn start(options: DemoOptions) -> Result<Self, DemoError> {
        let (folder, mut record) =
            Folder::open(options.data.as_deref(), || Record::new(seed(&options), options.orders))?;
        let platform = open_platform(&folder, &record, options.living).await?;
        let relay = open_relay(&folder, &record, &platform)?;
        let relay = serve_relay(&folder, &record, &platform, relay).await?;
        send_pushes(&platform, &relay).await?;
        let phone = Phone::open(&folder.phone(), DEVICE)?;
        let port = relay.addr.port();
        if phone.core().shop().is_none() || record.relay_port != Some(port) {
            pair(&phone, &relay).await?;
            record.relay_port = Some(port);
            folder.write(&record)?;
        }
        Ok(Self { phone, relay, platform, folder })
    }

    /// The phone.
    #[must_use]
    pub fn phone(&self) -> &Phone {
        &self.phone
    }

    /// The platform's world.
    #[must_use]
    pub fn world(&self) -> SharedWorld {
        self.platform.world()
    }

    /// What goes wrong at the platform, on order.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.platform.faults()
    }

    /// The relay.
    #[must_use]
    pub fn relay(&self) -> &Relay {
        self.relay.relay()
    }

    /// Where the world is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes the phone and opens it again on the same files: what it knows then is what it kept.
    ///
    /// # Errors
    /// As [`Demo::start`]; the world goes on without a usable phone then.
    pub async fn reopen_phone(&mut self) -> Result<(), DemoError> {
        self.phone.clone().close().await?;
        self.phone = Phone::open(&self.folder.phone(), DEVICE)?;
        Ok(())
    }

    /// Ends everything, and waits until it has ended.
    ///
    /// # Errors
    /// If the phone's files could not be closed in order; all the rest has ended nevertheless, and nothing that was confirmed is lost.
    pub async fn shutdown(self) -> Result<(), DemoError> {
        let closed = self.phone.close().await;
        self.relay.shutdown().await;
        self.platform.shutdown().await;
        Ok(closed?)
    }
}

fn seed(options: &DemoOptions) -> u64 {
    options.seed.unwrap_or_else(|| {
        let mut bytes = [0; 8];
        PhoneRandom.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    })
}

async fn open_platform(folder: &Folder, record: &Record, living: bool) -> Result<RunningSandbox, DemoError> {
    let clock = system_clock();
    let now_s = clock().div_euclid(1_000);
    let world = WorldConfig::new(record.seed, record.orders, now_s);
    let world = WorldConfig { switches: Switches { living, ..Switches::default() }, ..world };
    let config = SandboxConfig {
        data_dir: folder.is_kept().then(|| folder.platform()),
        tick: TICK,
        ..SandboxConfig::new(world, clock, record.appid(), SECRET)
    };
    let platform = Sandbox::start(config).await?;
    // A resumed world goes by its journal, and this start by its own wish.
    platform.world().with(|world| {
        if world.switches().living != living {
            let switches = Switches { living, ..world.switches().clone() };
            world.set_switches(now_s, switches);
        }
    });
    Ok(platform)
}

fn open_relay(folder: &Folder, record: &Record, platform: &RunningSandbox) -> Result<Relay, DemoError> {
    let config = RelayConfig {
        history_days: HISTORY_DAYS,
        ..RelayConfig::for_platform(&platform.base_url(), &record.appid(), SECRET, &folder.relay())
    };
    let ports = Ports {
        clock: system_clock(),
        random: Arc::new(SystemRandom),
        http: Arc::new(HttpPlatform::new()?),
        run_store: RunStore::Threads,
    };
    Ok(Relay::open(config, ports)?)
}

/// At the port that the phone knows, or at another one if that is taken.
async fn serve_relay(
    folder: &Folder,
    record: &Record,
    platform: &RunningSandbox,
    relay: Relay,
) -> Result<RunningRelay, DemoError> {
    match serve(relay, loopback(record.relay_port.unwrap_or(0))).await {
        Err(RelayError::Bind { bind, .. }) if bind.port() != 0 => {
            tracing::info!(%bind, "somebody else has the relay's port; it takes another");
            Ok(serve(open_relay(folder, record, platform)?, loopback(0)).await?)
        }
        served => Ok(served?),
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// What the owner of a shop enters in the platform's back office.
async fn send_pushes(platform: &RunningSandbox, relay: &RunningRelay) -> Result<(), DemoError> {
    let target = relay.relay().push_target();
    let url = format!("http://{}{}", relay.addr, target.path);
    let target = PushTarget { url, token: target.token, aes_key: target.aes_key };
    platform.register_push(Some(target)).map_err(|error| DemoError::Pushes(error.to_string()))?;
    platform.verify_push().await.map_err(|error| DemoError::Pushes(error.to_string()))
}

/// Makes the phone a device of the relay, and turns away whatever device it was before.
async fn pair(phone: &Phone, relay: &RunningRelay) -> Result<(), DemoError> {
    // A relay stands before its first phone comes: it has read what is open, so that the first sync knows how much there is.
    relay.relay().sweep_now().await;
    let before = relay.relay().devices().await?;
    let invite = relay.relay().invite(&format!("http://{}", relay.addr)).await?;
    phone.core().pairing().pair(&invite.to_string()).await?;
    for device in before {
        relay.relay().revoke(&device.id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
