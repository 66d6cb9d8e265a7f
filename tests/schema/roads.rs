//! How a phone and a relay come to their files: by the public way, from nothing or from what an older build left.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::Connection;
use shopkeeper_core::core::{Config, Core};
use shopkeeper_core::ports::{
    Connectivity, EventStream, Link, Ports, SecretError, SecretStore, StoreThreads, SystemRandom, Transport,
    TransportError, Trust, WallClock,
};
use shopkeeper_relay::{PlatformHttp, PlatformHttpError, Relay, RelayConfig, RunStore};
use tokio::sync::watch;

const SHOP: &str = "shop-of-an-older-build";
const NOW_MS: i64 = 1_790_000_000_000;

/// A file as another build left it.
pub struct Made<'a> {
    pub file: &'a str,
    pub schema: &'a str,
}

impl Made<'_> {
    fn make(&self, path: &Path) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        Connection::open(path).expect("a file").execute_batch(self.schema).expect("a released schema is SQL");
    }
}

/// The folder of an app that was opened.
pub struct PhoneFiles(PathBuf);

impl PhoneFiles {
    pub fn path_of(&self, file: &str) -> PathBuf {
        if file == "device.db" { self.0.join(file) } else { self.0.join(SHOP).join(file) }
    }
}

/// Opens a paired phone on the files that `left` names, the others being new, and closes it again.
pub fn phone(root: &Path, left: &[Made<'_>]) -> PhoneFiles {
    let files = PhoneFiles(root.to_owned());
    for made in left {
        made.make(&files.path_of(made.file));
    }
    // Brings device.db up to date, or makes it; then the pairing tells the app which shop to open.
    open(root);
    let device = Connection::open(files.path_of("device.db")).expect("device.db");
    let sql = format!(
        "INSERT INTO pairing (shop, url, device, name, zone_minutes, paired_at) VALUES ('{SHOP}', 'http://127.0.0.1:1', 'd1', '茶铺', \
         480, {NOW_MS}); INSERT INTO setting (name, value) VALUES ('shop', '{SHOP}');"
    );
    device.execute_batch(&sql).expect("a pairing");
    drop(device);
    let core = open(root);
    assert!(core.shop().is_some(), "the shop is open");
    let recovery = core.recovery();
    assert!(!recovery.cache_rebuilt && recovery.kept_aside.is_empty(), "nothing was damaged: {recovery:?}");
    files
}

fn open(root: &Path) -> Core {
    let config = Config { root: root.to_owned(), build: "test".into(), device_name: "店里".into(), key: None };
    let ports = Ports {
        clock: Arc::new(Still),
        random: Arc::new(SystemRandom),
        secrets: Arc::new(Nothing),
        connectivity: Arc::new(Nothing),
        transport: Arc::new(Nothing),
        store_threads: StoreThreads::InPlace,
    };
    Core::open(config, ports).expect("files of an older build open")
}

/// Opens a relay on an older file or on nothing, and returns where its file is.
pub fn relay(dir: &Path, left: Option<&str>) -> PathBuf {
    let file = dir.join("relay.db");
    if let Some(schema) = left {
        Made { file: "relay.db", schema }.make(&file);
    }
    let ports = shopkeeper_relay::Ports {
        clock: Arc::new(|| NOW_MS),
        random: Arc::new(shopkeeper_relay::SystemRandom),
        http: Arc::new(Nothing),
        run_store: RunStore::InPlace,
    };
    let config = RelayConfig::for_platform("http://127.0.0.1:1", "wx00112233445566aa", "no secret", dir);
    Relay::open(config, ports).expect("a relay of an older build opens");
    file
}

struct Still;

impl WallClock for Still {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
}

/// No secrets, no link, nobody to talk to: opening needs none of them.
struct Nothing;

impl SecretStore for Nothing {
    fn get(&self, _: &str) -> Result<Option<String>, SecretError> {
        Ok(None)
    }

    fn set(&self, _: &str, _: &str) -> Result<(), SecretError> {
        Err(SecretError("opening stores no secret".into()))
    }

    fn remove(&self, _: &str) -> Result<(), SecretError> {
        Err(SecretError("opening removes no secret".into()))
    }
}

impl Connectivity for Nothing {
    fn watch(&self) -> watch::Receiver<Link> {
        watch::channel(Link::Offline).1
    }
}

#[async_trait]
impl Transport for Nothing {
    async fn send(&self, _: &Trust, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        Err(TransportError::NotConnected)
    }

    async fn listen(&self, _: &Trust, _: http::Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        Err(TransportError::NotConnected)
    }
}

#[async_trait]
impl PlatformHttp for Nothing {
    async fn call(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, PlatformHttpError> {
        Err(PlatformHttpError::NotConnected)
    }
}
