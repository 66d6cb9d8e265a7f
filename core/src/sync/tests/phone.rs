//! A phone's store and sync over a relay in memory.

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, watch};

use super::relay::FakeRelay;
use crate::net::{Peer, Relay};
use crate::observer::{Dispatcher, lock};
use crate::orders::sinks::sinks;
use crate::ports::{Link, Random, StoreThreads, Trust, WallClock};
use crate::rulebook::Rulebook;
use crate::sensitive::Sensitive;
use crate::store::Store;
use crate::sync::sink::EntitySink;
use crate::sync::state::SyncState;
use crate::sync::{Sync, SyncParts, SyncStatus};
use crate::time::Corrected;

pub(super) const START_MS: i64 = 1_790_000_000_000;

struct Clock;

impl WallClock for Clock {
    fn now_ms(&self) -> i64 {
        START_MS
    }
}

struct Dice;

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x80);
    }
}

pub(super) struct Phone {
    pub(super) relay: Arc<FakeRelay>,
    pub(super) store: Store,
    pub(super) sync: Sync,
    pub(super) clock: Corrected,
    pub(super) link: watch::Sender<Link>,
    pub(super) outbox: Arc<Notify>,
    pub(super) seen: Arc<Mutex<Vec<SyncStatus>>>,
    folder: Arc<tempfile::TempDir>,
    _watch: crate::observer::Subscription,
    _dispatcher: tokio::task::JoinHandle<()>,
}

/// What a room's sinks are, as the sync takes them.
pub(super) fn all_sinks() -> Vec<Arc<dyn EntitySink>> {
    sinks(Rulebook::builtin())
}

impl Phone {
    pub(super) fn new(relay: &Arc<FakeRelay>) -> Self {
        Self::open(relay, Arc::new(tempfile::tempdir().unwrap()), all_sinks())
    }

    /// What a crash leaves, opened again.
    pub(super) fn reopen(self) -> Self {
        self.reopen_with(all_sinks())
    }

    pub(super) fn reopen_with(self, sinks: Vec<Arc<dyn EntitySink>>) -> Self {
        let (relay, folder) = (Arc::clone(&self.relay), Arc::clone(&self.folder));
        drop(self);
        Self::open(&relay, folder, sinks)
    }

    /// As after somebody cleared the App's cache.
    pub(super) fn without_cache(self) -> Self {
        self.store.close().unwrap();
        std::fs::remove_file(self.folder.path().join("cache.db")).unwrap();
        self.reopen()
    }

    fn open(relay: &Arc<FakeRelay>, folder: Arc<tempfile::TempDir>, sinks: Vec<Arc<dyn EntitySink>>) -> Self {
        let store = Store::open(folder.path(), None, StoreThreads::InPlace).unwrap();
        let clock = Corrected::new(Arc::new(Clock), crate::time::Span::ZERO);
        let peer = Peer { url: "http://127.0.0.1:1".to_owned(), trust: Trust::PublicRoots };
        let transport: Arc<dyn crate::ports::Transport> = Arc::<FakeRelay>::clone(relay);
        let token = Some(Sensitive::new("token".to_owned()));
        let (dispatcher, task) = Dispatcher::new();
        let (link, link_seen) = watch::channel(Link::Online);
        let outbox = Arc::new(Notify::new());
        let sync = Sync::new(SyncParts {
            store: store.clone(),
            relay: Relay::new(transport, clock.clone(), "test".to_owned(), peer, token),
            sinks,
            clock: clock.clone(),
            random: Arc::new(Dice),
            link: link_seen,
            dispatcher,
            outbox: Arc::clone(&outbox),
            looking: Arc::new(|| true),
        })
        .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let watch = sync.watch(Arc::new(move |status| lock(&into).push(status)));
        Self {
            relay: Arc::clone(relay),
            store,
            sync,
            clock,
            link,
            outbox,
            seen,
            folder,
            _watch: watch,
            _dispatcher: tokio::spawn(task),
        }
    }

    pub(super) fn state(&self) -> SyncState {
        self.store.read(|reader| reader.sync_state()).unwrap()
    }

    pub(super) fn dump(&self, sql: &str) -> Vec<String> {
        self.store.read(|reader| reader.dump(sql)).unwrap()
    }

    /// See [`content`].
    pub(super) fn content(&self) -> Vec<String> {
        content(&self.store)
    }

    /// Tables and indexes as they stand in the file.
    pub(super) fn schema(&self) -> Vec<String> {
        self.dump("SELECT name, sql FROM sqlite_schema ORDER BY name")
    }

    /// The notes of the orders, in the order of their keys: which state of each is here.
    pub(super) fn notes(&self) -> Vec<String> {
        self.dump("SELECT merchant_note FROM orders ORDER BY key")
    }
}

/// Everything that came from the relay, without the generation in which it came.
pub(super) fn content(store: &Store) -> Vec<String> {
    [
            "SELECT key, seq, number, status, lists, newest, due_at, hurried_at, merchant_note, hex(face), extra FROM orders ORDER BY key",
            "SELECT key, position, quantity FROM order_line JOIN orders ON id = order_id ORDER BY key, position",
            "SELECT key, seq, order_key, kind, at FROM order_event ORDER BY key",
            "SELECT kind, key, seq, body FROM fact ORDER BY kind, key",
            "SELECT name, value FROM counter WHERE value <> 0 ORDER BY name",
            "SELECT kind, open_complete, created_since FROM coverage ORDER BY kind",
            "SELECT kind, as_of FROM watermark ORDER BY kind",
            "SELECT kind, key, seq, body FROM set_aside ORDER BY kind, key",
        ]
        .into_iter()
        .flat_map(|sql| store.read(|reader| reader.dump(sql)).unwrap())
        .collect()
}
