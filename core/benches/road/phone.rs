//! A phone to measure: a core in a folder of its own, paired with a relay that answers pairing and nothing else, and offline.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use shopkeeper_core::core::{Config, Core};
use shopkeeper_core::ports::{
    Connectivity, EventStream, Link, Ports, SecretError, SecretStore, StoreThreads, SystemRandom, Transport,
    TransportError, Trust, WallClock,
};
use shopkeeper_protocol::{Answer, DeviceId, PairAnswer, Role, path};

use super::Trouble;
use super::pages;

/// See the module.
pub(crate) struct Phone {
    /// `None`: closed.
    core: Option<Core>,
    folder: tempfile::TempDir,
    secrets: Arc<Drawer>,
}

impl Phone {
    /// A new phone, paired.
    pub(crate) async fn new() -> Result<Self, Trouble> {
        let mut phone = Self { core: None, folder: tempfile::tempdir()?, secrets: Arc::default() };
        phone.open()?;
        let invite = "shopkeeper://pair?v=1&code=ABCDE-FGHJK&key=-&url=http://127.0.0.1:9";
        phone.core()?.pairing().pair(invite).await?;
        Ok(phone)
    }

    /// Opens the core again after [`Phone::close`].
    pub(crate) fn open(&mut self) -> Result<(), Trouble> {
        let config = Config {
            root: self.folder.path().to_owned(),
            build: "bench".to_owned(),
            device_name: "bench".to_owned(),
            key: None,
        };
        let ports = Ports {
            clock: Arc::new(Still),
            random: Arc::new(SystemRandom),
            secrets: Arc::clone(&self.secrets) as Arc<dyn SecretStore>,
            connectivity: Arc::new(Airplane),
            transport: Arc::new(PairsOnly),
            store_threads: StoreThreads::Own,
        };
        self.core = Some(Core::open(config, ports)?);
        Ok(())
    }

    pub(crate) async fn close(&mut self) -> Result<(), Trouble> {
        if let Some(core) = self.core.take() {
            core.shutdown().await?;
        }
        Ok(())
    }

    /// Stores a page of a first sync.
    pub(crate) fn ingest(&self, page: &[u8]) -> Result<(), Trouble> {
        let report = self.core()?.sync()?.ingest(page)?;
        if report.set_aside > 0 || report.passed_over > 0 {
            return Err("the pages of the bench are not what the core reads".into());
        }
        Ok(())
    }

    /// Returns when the index of texts has followed all that is stored; the core's tasks are started for it.
    pub(crate) async fn indexed(&self) -> Result<(), Trouble> {
        self.core()?.start();
        let cache = rusqlite::Connection::open_with_flags(self.cache()?, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let owed = "SELECT EXISTS (SELECT 1 FROM order_text_owed)";
        while cache.query_row(owed, [], |row| row.get::<_, bool>(0))? {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// The file into which orders went.
    pub(crate) fn cache(&self) -> Result<PathBuf, Trouble> {
        find(self.folder.path(), "cache.db")?.ok_or_else(|| "the phone has no cache.db".into())
    }

    /// A new file on the same disk.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn core(&self) -> Result<&Core, Trouble> {
        self.core.as_ref().ok_or_else(|| "the phone is closed".into())
    }
}

fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>, Trouble> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name)? {
                return Ok(Some(found));
            }
        } else if path.ends_with(name) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// A clock that stands at the moment for which the shop was made.
struct Still;

impl WallClock for Still {
    fn now_ms(&self) -> i64 {
        pages::NOW_MS
    }
}

/// Never a link.
struct Airplane;

impl Connectivity for Airplane {
    fn watch(&self) -> tokio::sync::watch::Receiver<Link> {
        tokio::sync::watch::channel(Link::Offline).1
    }
}

/// Secrets in memory.
#[derive(Default)]
struct Drawer(std::sync::Mutex<std::collections::BTreeMap<String, String>>);

impl Drawer {
    fn with<T>(
        &self,
        work: impl FnOnce(&mut std::collections::BTreeMap<String, String>) -> T,
    ) -> Result<T, SecretError> {
        self.0.lock().map(|mut drawer| work(&mut drawer)).map_err(|_| SecretError("poisoned".to_owned()))
    }
}

impl SecretStore for Drawer {
    fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        self.with(|drawer| drawer.get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), SecretError> {
        self.with(|drawer| drawer.insert(name.to_owned(), secret.to_owned())).map(|_| ())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.with(|drawer| drawer.remove(name)).map(|_| ())
    }
}

/// A relay that pairs, and is gone.
struct PairsOnly;

#[async_trait]
impl Transport for PairsOnly {
    async fn send(&self, _: &Trust, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        if request.uri().path() != path::PAIR {
            return Err(TransportError::NotConnected);
        }
        let body = PairAnswer {
            device: DeviceId::from("bench"),
            token: "00".repeat(32),
            role: Role::Owner,
            shop: pages::shop(),
        };
        let answer = serde_json::to_vec(&Answer { hello: pages::hello(), body }).map_err(|_| TransportError::Lost)?;
        Ok(http::Response::new(answer.into()))
    }

    async fn listen(&self, _: &Trust, _: http::Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        Err(TransportError::NotConnected)
    }
}
