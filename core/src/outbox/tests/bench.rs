//! A phone with an outbox, a store and a relay, whose process can be killed and started again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shopkeeper_protocol::{Command, EntityKey, EntityKind, Note, Order, OrderLine};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time;

use super::relay::FakeRelay;
use crate::error::CoreError;
use crate::ids::CommandId;
use crate::net::{Peer, Relay};
use crate::observer::Dispatcher;
use crate::outbox::rules::{CommandRules, NewCommand};
use crate::outbox::{ItemState, Outbox, OutcomeSink, Worker};
use crate::ports::{Link, Random, StoreThreads, Trust, WallClock};
use crate::rulebook::Rulebook;
use crate::sensitive::Sensitive;
use crate::store::Store;
use crate::sync::Version;
use crate::time::{Corrected, Instant, Span};

pub(crate) const START_MS: i64 = 1_790_000_000_000;

/// A wall clock that goes with the runtime's.
struct Wall(time::Instant);

impl WallClock for Wall {
    fn now_ms(&self) -> i64 {
        START_MS + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Never the same bytes twice.
#[derive(Default)]
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.fill(0x5a);
        let into = bytes.iter_mut().rev().zip(n.iter().rev());
        into.for_each(|(into, byte)| *into = *byte);
    }
}

/// The same wish again, unless it says that it cannot be.
struct NoteRules;

impl CommandRules for NoteRules {
    fn kind(&self) -> &'static str {
        "note"
    }

    fn renew(&self, command: &Command) -> Result<NewCommand, CoreError> {
        match command {
            Command::Note(note) if note.text == "hopeless" => Err(CoreError::NotPossible("closed".into())),
            other => Ok(NewCommand { command: other.clone(), number: String::new(), due: None, undoable: false }),
        }
    }
}

pub(crate) fn key(order: u32) -> EntityKey {
    EntityKey(format!("wx:{order:04}"))
}

/// A reading of an order.
pub(crate) fn order(key: &EntityKey, reading: u64) -> Order {
    Order {
        number: format!("number of {key}"),
        status: 20,
        created_at: START_MS,
        updated_at: START_MS + i64::try_from(reading).unwrap(),
        lines: vec![OrderLine {
            product: "1".to_owned(),
            sku: "1".to_owned(),
            title: "桂花乌龙茶".to_owned(),
            quantity: 1,
            ..OrderLine::default()
        }],
        merchant_note: format!("reading {reading}"),
        ..Order::default()
    }
}

/// A wish for an order's note.
pub(crate) fn note(order: u32, text: &str) -> NewCommand {
    let command = Command::Note(Note { order: key(order), text: text.to_owned(), base: String::new() });
    NewCommand { command, number: format!("number {order}"), due: None, undoable: false }
}

pub(crate) struct Bench {
    pub(crate) relay: Arc<FakeRelay>,
    dir: tempfile::TempDir,
    random: Arc<Counting>,
    wall: Arc<Wall>,
    link: watch::Sender<Link>,
    phone: Option<Phone>,
}

/// What dies with the process.
struct Phone {
    store: Store,
    outbox: Outbox,
    client: Relay,
    work: Option<JoinHandle<()>>,
    delivery: JoinHandle<()>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let mut bench = Self {
            relay: Arc::default(),
            dir: tempfile::tempdir().unwrap(),
            random: Arc::default(),
            wall: Arc::new(Wall(time::Instant::now())),
            link: watch::Sender::new(Link::Online),
            phone: None,
        };
        bench.open();
        bench
    }

    fn open(&mut self) {
        let store = Store::open(self.dir.path(), None, StoreThreads::InPlace).unwrap();
        let clock = Corrected::new(Arc::clone(&self.wall) as Arc<dyn WallClock>, Span::ZERO);
        let (dispatcher, deliver) = Dispatcher::new();
        let outbox = Outbox::new(
            store.clone(),
            clock.clone(),
            Arc::clone(&self.random) as Arc<dyn Random>,
            dispatcher,
            vec![Box::new(NoteRules)],
        );
        let peer = Peer { url: "https://relay.example".to_owned(), trust: Trust::PublicRoots };
        let token = Some(Sensitive::new("token".to_owned()));
        let transport = Arc::clone(&self.relay);
        let client = Relay::new(transport, clock, "test".to_owned(), peer, token);
        self.phone = Some(Phone { store, outbox, client, work: None, delivery: tokio::spawn(deliver) });
    }

    /// Begins to work.
    pub(crate) fn start(&mut self) {
        let link = self.link.subscribe();
        let random = Arc::clone(&self.random) as Arc<dyn Random>;
        let phone = self.phone.as_mut().unwrap();
        let worker = Worker::new(phone.outbox.clone(), phone.client.clone(), random, link);
        phone.work = Some(tokio::spawn(worker.run()));
    }

    pub(crate) fn started() -> Self {
        let mut bench = Self::new();
        bench.start();
        bench
    }

    /// Ends the process where it stands.
    pub(crate) async fn kill(&mut self) {
        let Phone { work, delivery, .. } = self.phone.take().unwrap();
        for task in work.into_iter().chain([delivery]) {
            task.abort();
            let _ = task.await;
        }
    }

    /// Ends the process where it stands, and starts another on the same files.
    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.reopen();
    }

    /// After a kill.
    pub(crate) fn reopen(&mut self) {
        self.open();
        self.start();
    }

    /// What any other request does beside its own errand.
    pub(crate) async fn say_hello(&self) {
        let client = self.phone.as_ref().unwrap().client.clone();
        let _ = client.say_hello().await;
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.phone.as_ref().unwrap().outbox
    }

    pub(crate) fn store(&self) -> &Store {
        &self.phone.as_ref().unwrap().store
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn set_link(&self, link: Link) {
        self.link.send_replace(link);
    }

    pub(crate) fn tap(&self, new: NewCommand) -> CommandId {
        self.outbox().enqueue(new).unwrap().command
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_ms(self.wall.now_ms())
    }

    /// Stores the relay's news in one transaction, as the sync does.
    pub(crate) fn feed(&self, generation: i64) {
        let news = self.relay.news();
        self.store_news(news, generation);
    }

    pub(crate) fn store_news(&self, news: Vec<(EntityKind, EntityKey, u64, String)>, generation: i64) {
        let mut sinks = crate::orders::sinks::sinks(Rulebook::builtin());
        sinks.push(Arc::new(OutcomeSink(self.store().clone())));
        let stored = self.store().write_cache(|tx| {
            for (kind, key, seq, body) in &news {
                let sink = sinks.iter().find(|sink| sink.kind() == *kind).unwrap();
                sink.upsert(tx, key, Version::new(generation, *seq), body).unwrap();
            }
            Ok(())
        });
        stored.unwrap();
    }

    /// State of a command as the outbox shows it; `None`: gone.
    pub(crate) fn state(&self, id: &CommandId) -> Option<ItemState> {
        let view = self.outbox().view().unwrap();
        view.items.into_iter().find(|item| item.id == *id).map(|item| item.state)
    }
}

/// Lets this much time pass.
pub(crate) async fn pass(ms: u64) {
    time::sleep(Duration::from_millis(ms)).await;
}
