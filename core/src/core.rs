//! The facade that every shell shares.
//!
//! A [`Core`] is one device's app: device.db, at most one open [`Shop`], and the tasks that keep it going. All of them belong to one
//! owner, so that [`Core::crash`] and [`Core::suspend`] leave nothing running. Whatever the tasks know beyond the files may be lost at any await.

mod shop;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::MutexGuard as TurnGuard;
use tokio::task::JoinSet;

use crate::error::CoreError;
use crate::home::Home;
use crate::observer::{Dispatcher, lock};
use crate::orders::Orders;
use crate::outbox::Outbox;
use crate::pairing::{self, Pairing, ShopFacts};
use crate::ports::Ports;
use crate::sensitive::Sensitive;
use crate::store::{DeviceStore, PairingRow};
pub use crate::store::{Key, LostRecord, Recovery};
use crate::sync::Sync;
use crate::time::{Corrected, Instant, ShopZone};

pub(crate) use shop::Shop;

/// What a shell decides for a core.
#[derive(Debug, Clone)]
pub struct Config {
    /// The app's folder; everything is in it.
    pub root: PathBuf,
    /// For the relay's log.
    pub build: String,
    /// What the shop's owner sees in the list of devices.
    pub device_name: String,
    /// Encrypts the files. This build cannot: with a key, opening is refused.
    pub key: Option<Key>,
}

/// The app's logic on one device. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Core(Arc<Inner>);

struct Inner {
    config: Config,
    ports: Ports,
    clock: Corrected,
    device: DeviceStore,
    recovery: Mutex<Recovery>,
    dispatcher: Dispatcher,
    /// The dispatcher, from open to shutdown.
    delivery: Mutex<JoinSet<()>>,
    life: Mutex<Life>,
    /// One pairing or signing out at a time.
    turn: tokio::sync::Mutex<()>,
}

/// What is open and what runs.
#[derive(Default)]
struct Life {
    shop: Option<Shop>,
    tasks: JoinSet<()>,
    /// Tasks are wanted as soon as there is a shop.
    started: bool,
    suspended: bool,
    closed: bool,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Core {
    /// Opens the app's folder and the shop in use, if there is one. Goes to no network. Has to be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`CoreError::Storage`] for files of a newer build (they are left alone), for a key that this build cannot use, and where the
    /// file system refuses. Damaged files are no error: see [`Core::recovery`].
    pub fn open(config: Config, ports: Ports) -> Result<Self, CoreError> {
        let mut recovery = Recovery::default();
        let device = DeviceStore::open(&config.root, &mut recovery)?;
        let clock = Corrected::new(Arc::clone(&ports.clock), shop::kept_offset(&device)?);
        let (dispatcher, deliver) = Dispatcher::new();
        let mut delivery = JoinSet::new();
        delivery.spawn(deliver);
        let core = Self(Arc::new(Inner {
            config,
            ports,
            clock,
            device,
            recovery: Mutex::new(recovery),
            dispatcher,
            delivery: Mutex::new(delivery),
            life: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
        }));
        if let Some(row) = core.0.device.current()? {
            let token = core.0.ports.secrets.get(&pairing::secret_name(&row.shop.key))?.map(Sensitive::new);
            let shop = core.open_shop(row, token)?;
            lock(&core.0.life).shop = Some(shop);
        }
        Ok(core)
    }

    /// Begins to sync, to send and to watch; from then on also for a shop that is paired later. Has to be called inside a tokio runtime.
    pub fn start(&self) {
        let mut life = lock(&self.0.life);
        life.started = true;
        life.run(&self.0);
    }

    /// Ends every task where it stands and writes nothing: what a killed process leaves behind.
    pub fn crash(self) {
        let mut life = lock(&self.0.life);
        life.tasks = JoinSet::new();
        life.shop = None;
        life.closed = true;
        lock(&self.0.delivery).abort_all();
    }

    /// The shop in use.
    #[must_use]
    pub fn shop(&self) -> Option<ShopFacts> {
        lock(&self.0.life).shop.as_ref().map(Shop::facts)
    }

    /// The zone in which days are counted: the shop's, or the default while there is none.
    #[must_use]
    pub fn zone(&self) -> ShopZone {
        self.shop().and_then(|shop| ShopZone::from_minutes(shop.zone_offset_minutes)).unwrap_or_default()
    }

    /// Now, by the relay's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    #[must_use]
    pub fn clock(&self) -> &Corrected {
        &self.0.clock
    }

    /// What opening the files found and did.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        lock(&self.0.recovery).clone()
    }

    /// Orders: to look at, and to act on.
    ///
    /// # Errors
    /// [`CoreError::NotPaired`] while there is no shop, [`CoreError::Closed`] after the end.
    pub fn orders(&self) -> Result<Orders, CoreError> {
        self.with_shop(|shop| shop.orders.clone())
    }

    /// The Home tab.
    ///
    /// # Errors
    /// [`CoreError::NotPaired`] while there is no shop, [`CoreError::Closed`] after the end.
    pub fn home(&self) -> Result<Home, CoreError> {
        self.with_shop(|shop| shop.home.clone())
    }

    /// Work under way.
    ///
    /// # Errors
    /// [`CoreError::NotPaired`] while there is no shop, [`CoreError::Closed`] after the end.
    pub fn outbox(&self) -> Result<Outbox, CoreError> {
        self.with_shop(|shop| shop.outbox.clone())
    }

    /// How up to date the phone is.
    ///
    /// # Errors
    /// [`CoreError::NotPaired`] while there is no shop, [`CoreError::Closed`] after the end.
    pub fn sync(&self) -> Result<Sync, CoreError> {
        self.with_shop(|shop| shop.sync.clone())
    }

    /// Pairs this phone, and signs it out.
    #[must_use]
    pub fn pairing(&self) -> Pairing {
        Pairing::new(self.clone())
    }

    /// Ends every task and closes every file of the shop, with nothing left to be written: the system may freeze the process now. Reads and
    /// taps are refused with [`CoreError::Closed`] until [`Core::resume`].
    ///
    /// # Errors
    /// If a file could not be closed in order; it is closed all the same, and nothing that was confirmed is lost.
    pub async fn suspend(&self) -> Result<(), CoreError> {
        let _turn = self.0.turn.lock().await;
        self.halt().await
    }

    /// Opens the files again and goes on. Everything that fell due meanwhile is looked at now.
    ///
    /// # Errors
    /// As [`Core::open`].
    pub async fn resume(&self) -> Result<(), CoreError> {
        let _turn = self.0.turn.lock().await;
        let mut life = lock(&self.0.life);
        if life.closed {
            return Err(CoreError::Closed);
        }
        if std::mem::take(&mut life.suspended)
            && let Some(shop) = &life.shop
        {
            shop.store.reopen()?;
        }
        life.run(&self.0);
        Ok(())
    }

    /// As [`Core::suspend`], for good.
    ///
    /// # Errors
    /// As [`Core::suspend`].
    pub async fn shutdown(self) -> Result<(), CoreError> {
        let _turn = self.0.turn.lock().await;
        let halted = self.halt().await;
        let mut life = lock(&self.0.life);
        life.shop = None;
        life.closed = true;
        lock(&self.0.delivery).abort_all();
        halted
    }

    /// Ends the tasks, waits until they are gone, and closes the files.
    async fn halt(&self) -> Result<(), CoreError> {
        let (mut tasks, store) = {
            let mut life = lock(&self.0.life);
            life.suspended = true;
            (std::mem::take(&mut life.tasks), life.shop.as_ref().map(|shop| shop.store.clone()))
        };
        tasks.shutdown().await;
        match store {
            Some(store) => Ok(store.run(|store| store.close()).await?),
            None => Ok(()),
        }
    }

    fn with_shop<T>(&self, take: impl FnOnce(&Shop) -> T) -> Result<T, CoreError> {
        let life = lock(&self.0.life);
        if life.closed {
            return Err(CoreError::Closed);
        }
        life.shop.as_ref().map(take).ok_or(CoreError::NotPaired)
    }

    fn open_shop(&self, row: PairingRow, token: Option<Sensitive<String>>) -> Result<Shop, CoreError> {
        let inner = &self.0;
        let shop = Shop::open(&inner.config, &inner.ports, &inner.clock, &inner.device, &inner.dispatcher, row, token)?;
        let found = shop.store.recovery();
        let mut recovery = lock(&inner.recovery);
        recovery.cache_rebuilt |= found.cache_rebuilt;
        recovery.salvaged += found.salvaged;
        recovery.lost.extend_from_slice(&found.lost);
        recovery.kept_aside.extend_from_slice(&found.kept_aside);
        drop(recovery);
        Ok(shop)
    }
}

/// For [`Pairing`].
impl Core {
    pub(crate) fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub(crate) fn build(&self) -> &str {
        &self.0.config.build
    }

    pub(crate) fn device_name(&self) -> &str {
        &self.0.config.device_name
    }

    pub(crate) async fn pairing_turn(&self) -> TurnGuard<'_, ()> {
        self.0.turn.lock().await
    }

    /// Records a pairing and opens its shop, or tells the open one that it is known under a new token.
    pub(crate) async fn paired(&self, row: PairingRow, token: Sensitive<String>) -> Result<ShopFacts, CoreError> {
        let facts = row.shop.clone();
        self.0.device.pair(&row)?;
        let before = {
            let mut life = lock(&self.0.life);
            if life.closed {
                return Err(CoreError::Closed);
            }
            if let Some(shop) = life.shop.as_ref().filter(|shop| shop.facts().key == facts.key) {
                shop.paired_again(row, token)?;
                return Ok(facts);
            }
            life.shop.take().map(|shop| (shop, std::mem::take(&mut life.tasks)))
        };
        if let Some((shop, mut tasks)) = before {
            tasks.shutdown().await;
            // Its work stays in its folder until it is paired again.
            if let Err(error) = shop.store.run(|store| store.close()).await {
                tracing::warn!(%error, "the shop in use before could not be closed in order");
            }
        }
        let shop = self.open_shop(row, Some(token))?;
        let mut life = lock(&self.0.life);
        life.shop = Some(shop);
        life.run(&self.0);
        Ok(facts)
    }

    /// Forgets the shop, unless work is unsent.
    pub(crate) async fn sign_out(&self) -> Result<(), CoreError> {
        let (facts, outbox) = self.with_shop(|shop| (shop.facts(), shop.outbox.clone()))?;
        if outbox.has_unsent() {
            return Err(pairing::unsent_work());
        }
        let was_suspended = lock(&self.0.life).suspended;
        let halted = self.halt().await;
        // Closed, nothing can be added any more: what a tap did since the first look is known now.
        if outbox.has_unsent() || halted.is_err() {
            let mut life = lock(&self.0.life);
            if let Some(shop) = life.shop.as_ref().filter(|_| !was_suspended) {
                shop.store.reopen()?;
            }
            life.suspended = was_suspended;
            life.run(&self.0);
            return halted.and(Err(pairing::unsent_work()));
        }
        // The pairing first: whatever is interrupted after this leaves a folder that the next pairing of the shop takes up.
        self.0.device.forget(&facts.key)?;
        let mut life = lock(&self.0.life);
        life.shop = None;
        life.suspended = was_suspended;
        drop(life);
        self.0.ports.secrets.remove(&pairing::secret_name(&facts.key))?;
        std::fs::remove_dir_all(self.0.config.root.join(facts.key.as_str()))
            .map_err(|error| CoreError::Storage { file: "folder", what: error.kind().to_string() })
    }
}

impl Life {
    /// Has the tasks of the open shop run, if they are wanted and do not.
    fn run(&mut self, inner: &Inner) {
        let wanted = self.started && !self.suspended && !self.closed;
        if let Some(shop) = self.shop.as_ref().filter(|_| wanted && self.tasks.is_empty()) {
            shop.spawn(&mut self.tasks, &inner.ports);
        }
    }
}
