//! [`Relay`]: everything put together, and the owner of all tasks.
//!
//! # Life
//!
//! *Opened*: the store is open, a new incarnation has begun, requests can be answered ([`Relay::router`]). *Started*: the sweeper, the command
//! worker and the upkeep run. *Shut down*: the tasks are at an end, and so are the streams of hints. *Dropped*: the same, at whatever await
//! they stood; this is what a crash looks like, and opening the same folder again must recover from it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use futures_util::future::BoxFuture;
use shopkeeper_protocol::{DeviceId, EntityKind, HeldKind, Invite, SweepAnswer};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::alone::{Alone, NotAlone};
use crate::api::{Api, Shared, Work};
use crate::desk::Desk;
use crate::platform::Followed;
use crate::ports::{Clock, Ports};
use crate::push_secrets::PushSecretsError;
use crate::store::{DeviceInfo, Store, StoreError, Tx};

/// How often what is too old is cleared away.
const UPKEEP: Duration = Duration::from_secs(6 * 3_600);

/// A relay for one shop.
pub struct Relay {
    api: Api,
    work: Arc<dyn Work>,
    desk: Desk,
    loops: Vec<Loop>,
    push: PushTarget,
    tls: Option<Arc<rustls::ServerConfig>>,
    behind_proxy: bool,
    tasks: Mutex<JoinSet<()>>,
    /// Whoever listens for its end listens for the end of the relay.
    alive: Mutex<Option<watch::Sender<()>>>,
    /// Given up last.
    _alone: Alone,
}

/// A task that runs as long as the relay does; made anew at each start.
pub(crate) type Loop = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// What [`Relay`] needs besides store and ports.
pub(crate) struct Parts {
    pub(crate) held: Vec<HeldKind>,
    pub(crate) push: PushTarget,
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    /// Of the key in `tls`.
    pub(crate) key_hash: Option<String>,
    pub(crate) behind_proxy: bool,
    pub(crate) work: Arc<dyn Work>,
    pub(crate) loops: Vec<Loop>,
}

/// Where the platform shall send pushes, and with which secrets: what the owner enters at the platform.
#[derive(Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// The path, to be appended to the relay's public address.
    pub path: String,
    /// Signs.
    pub token: String,
    /// Encrypts; 43 characters of base64.
    pub aes_key: String,
}

impl std::fmt::Debug for PushTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTarget").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Why a relay could not be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NotAlone(#[from] NotAlone),
    #[error(transparent)]
    PushSecrets(#[from] PushSecretsError),
    #[error("{bind} cannot be served: {source}")]
    Bind { bind: SocketAddr, source: std::io::Error },
    #[error("{bind}: plain HTTP is for loopback or behind a proxy; switch TLS on, or say behind_proxy")]
    PlainHttp { bind: SocketAddr },
    #[error("the store in {dir} belongs to another shop than the one configured")]
    OtherShop { dir: PathBuf },
    #[error("the relay's own key cannot be used: {0}")]
    Tls(String),
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("push", &self.push).finish_non_exhaustive()
    }
}

impl Relay {
    /// Puts a relay together over a store that nobody else serves.
    pub(crate) fn over(alone: Alone, store: Store, ports: &Ports, parts: Parts) -> Self {
        let (alive, lives) = watch::channel(());
        let push_name = parts.push.path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut loops = parts.loops;
        loops.push(upkeep(store.clone(), Arc::clone(&ports.clock)));
        let desk = Desk::over(store.clone(), ports, parts.key_hash);
        let api = Api::new(Shared {
            store,
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            work: Arc::clone(&parts.work),
            held: parts.held,
            push_name,
            alive: lives,
        });
        Self {
            api,
            work: parts.work,
            desk,
            loops,
            push: parts.push,
            tls: parts.tls,
            behind_proxy: parts.behind_proxy,
            tasks: Mutex::new(JoinSet::new()),
            alive: Mutex::new(Some(alive)),
            _alone: alone,
        }
    }

    /// The phones' API and the door for pushes. It can be called in process.
    pub fn router(&self) -> Router {
        self.api.clone().router()
    }

    /// Starts what runs by itself: the sweeper, the command worker, the upkeep. A second call does nothing.
    pub fn start(&self) {
        let mut tasks = lock(&self.tasks);
        if tasks.is_empty() {
            for task in &self.loops {
                tasks.spawn(task());
            }
        }
    }

    /// Compares the relay with the platform now.
    pub async fn sweep_now(&self) -> SweepAnswer {
        let kinds = EntityKind::OF_1_0.into_iter().chain(Followed::ALL.map(Followed::kind)).collect();
        self.work.sweep(&kinds).await
    }

    /// See [`Desk::invite`].
    ///
    /// # Errors
    /// If the store fails.
    pub async fn invite(&self, url: &str) -> Result<Invite, StoreError> {
        self.desk.invite(url).await
    }

    /// Where pushes are taken.
    #[must_use]
    pub fn push_target(&self) -> PushTarget {
        self.push.clone()
    }

    /// See [`Desk::devices`].
    ///
    /// # Errors
    /// If the store fails.
    pub async fn devices(&self) -> Result<Vec<DeviceInfo>, StoreError> {
        self.desk.devices().await
    }

    /// See [`Desk::revoke`].
    ///
    /// # Errors
    /// If the store fails.
    pub async fn revoke(&self, device: &DeviceId) -> Result<bool, StoreError> {
        self.desk.revoke(device).await
    }

    /// Ends all tasks and all streams of hints. What a task was doing at the platform is found out by reading back at the next start.
    pub async fn shutdown(&self) {
        *lock(&self.alive) = None;
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.shutdown().await;
    }

    pub(crate) fn tls(&self) -> Option<Arc<rustls::ServerConfig>> {
        self.tls.clone()
    }

    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.behind_proxy
    }
}

fn upkeep(store: Store, clock: Clock) -> Loop {
    Box::new(move || {
        let (store, clock) = (store.clone(), Arc::clone(&clock));
        Box::pin(async move {
            loop {
                let now = clock();
                if let Err(error) = store.write(move |tx| clear(tx, now)).await {
                    tracing::error!(%error, "upkeep failed; it is tried again later");
                }
                tokio::time::sleep(UPKEEP).await;
            }
        })
    })
}

fn clear(tx: &Tx<'_>, now: i64) -> Result<(), StoreError> {
    tx.clear_tombstones(now)?;
    tx.clear_bodies(now)?;
    tx.clear_pushes(now)
}

/// What is locked is replaced as a whole, so a panic of another holder left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
