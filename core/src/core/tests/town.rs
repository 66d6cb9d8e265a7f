//! A device in a town with one relay.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};
use shopkeeper_protocol::{
    Answer, Command, CommandBody, CommandState, CommandStatus, Cursor, End, Hello, Invite, Line, Note, PairAnswer,
    Refusal, Refused, Role, ShopFacts, SweepAnswer, VersionRange, path,
};
use tokio::sync::watch;
use tokio::time;

use crate::core::{Config, Core};
use crate::ids::CommandId;
use crate::observer::lock;
use crate::outbox::rules::NewCommand;
use crate::ports::{
    Connectivity, EventStream, Link, Ports, Random, SecretError, SecretStore, StoreThreads, Transport, TransportError,
    Trust, WallClock,
};

pub(super) const START_MS: i64 = 1_790_000_000_000;
/// The relay's clock is ahead of the phone's.
pub(super) const AHEAD_MS: i64 = 90_000;

/// What a request meets.
#[derive(Debug, Clone, Default)]
pub(super) enum Mood {
    #[default]
    Kind,
    Fails(TransportError),
    /// Takes the request and never answers.
    Hangs,
    Refuses(Refusal),
}

struct State {
    mood: Mood,
    shop: ShopFacts,
    paired: u32,
    /// Path and token of each request, in order.
    asked: Vec<(String, String)>,
    trusted: Vec<Trust>,
    commands: Vec<CommandId>,
}

pub(super) struct Town {
    state: Mutex<State>,
    began: time::Instant,
    secrets: Mutex<BTreeMap<String, String>>,
    link: watch::Sender<Link>,
    random: Mutex<u64>,
    pub(super) dir: tempfile::TempDir,
}

pub(super) fn shop(key: &str) -> ShopFacts {
    ShopFacts { key: key.into(), name: "林记茶铺".to_owned(), zone_offset_minutes: 480, status: String::new() }
}

pub(super) fn invite() -> String {
    let url = "https://relay.example:8443/".to_owned();
    Invite { code: "ABCDE-FGHJK".to_owned(), key_hash: Some("ab".repeat(32)), url }.to_string()
}

impl Town {
    pub(super) fn new() -> Arc<Self> {
        let state = State {
            mood: Mood::Kind,
            shop: shop("shop-1"),
            paired: 0,
            asked: Vec::new(),
            trusted: Vec::new(),
            commands: Vec::new(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            began: time::Instant::now(),
            secrets: Mutex::default(),
            link: watch::Sender::new(Link::Online),
            random: Mutex::new(0),
            dir: tempfile::tempdir().unwrap(),
        })
    }

    pub(super) fn config(&self) -> Config {
        Config { root: self.dir.path().to_owned(), build: "test".into(), device_name: "柜台".into(), key: None }
    }

    pub(super) fn ports(self: &Arc<Self>) -> Ports {
        Ports {
            clock: Arc::clone(self) as Arc<dyn WallClock>,
            random: Arc::clone(self) as Arc<dyn Random>,
            secrets: Arc::clone(self) as Arc<dyn SecretStore>,
            connectivity: Arc::clone(self) as Arc<dyn Connectivity>,
            transport: Arc::clone(self) as Arc<dyn Transport>,
            store_threads: StoreThreads::InPlace,
        }
    }

    pub(super) fn open(self: &Arc<Self>) -> Core {
        Core::open(self.config(), self.ports()).unwrap()
    }

    /// A started core that is paired.
    pub(super) async fn paired(self: &Arc<Self>) -> Core {
        let core = self.open();
        core.start();
        core.pairing().pair(&invite()).await.unwrap();
        core
    }

    pub(super) fn set_mood(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    pub(super) fn set_shop(&self, shop: ShopFacts) {
        lock(&self.state).shop = shop;
    }

    pub(super) fn asked(&self) -> Vec<(String, String)> {
        lock(&self.state).asked.drain(..).collect()
    }

    pub(super) fn trusted(&self) -> Vec<Trust> {
        lock(&self.state).trusted.drain(..).collect()
    }

    pub(super) fn commands(&self) -> Vec<CommandId> {
        lock(&self.state).commands.clone()
    }

    pub(super) fn secrets(&self) -> BTreeMap<String, String> {
        lock(&self.secrets).clone()
    }

    pub(super) fn folder(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// What the relay tells, as a page for [`crate::sync::Sync::ingest`].
    pub(super) fn page(&self, entities: &[Line<'_>], seq: u64) -> String {
        page(lock(&self.state).hello(self.now_ms()), entities, seq)
    }

    pub(super) fn root(&self) -> &Path {
        self.dir.path()
    }
}

impl State {
    fn hello(&self, now: i64) -> Hello {
        Hello {
            speaks: VersionRange::OURS,
            capabilities: Vec::new(),
            server_time: now + AHEAD_MS,
            incarnation: "life".into(),
            role: Some(Role::Owner),
            shop: Some(self.shop.clone()),
            held: Vec::new(),
        }
    }

    fn answer(&mut self, request: &Request<Bytes>, now: i64) -> Response<Bytes> {
        let hello = self.hello(now);
        if let Mood::Refuses(refusal) = &self.mood {
            let body = serde_json::to_vec(&Refused { hello, refusal: refusal.clone() }).unwrap();
            let status = StatusCode::from_u16(refusal.status()).unwrap();
            return Response::builder().status(status).body(body.into()).unwrap();
        }
        let json = match request.uri().path() {
            path::PAIR => {
                self.paired += 1;
                let token = format!("token-{}", self.paired);
                let body = PairAnswer { device: "d1".into(), token, role: Role::Owner, shop: self.shop.clone() };
                serde_json::to_vec(&Answer { hello, body })
            }
            path::HELLO => serde_json::to_vec(&Answer { hello, body: serde_json::json!({}) }),
            path::SWEEP => {
                serde_json::to_vec(&Answer { hello, body: SweepAnswer { complete: true, watermarks: Vec::new() } })
            }
            path::COMMANDS => {
                let body: CommandBody = serde_json::from_slice(request.body()).unwrap();
                if !self.commands.contains(&body.id) {
                    self.commands.push(body.id.clone());
                }
                let body = CommandStatus { id: body.id, state: CommandState::Accepted };
                serde_json::to_vec(&Answer { hello, body })
            }
            path if path.starts_with(path::COMMANDS) => {
                let id: CommandId = path.rsplit('/').next().unwrap().parse().unwrap();
                if !self.commands.contains(&id) {
                    let body = serde_json::to_vec(&Refused { hello, refusal: Refusal::UnknownCommand }).unwrap();
                    return Response::builder().status(404).body(body.into()).unwrap();
                }
                let body = CommandStatus { id, state: CommandState::Accepted };
                serde_json::to_vec(&Answer { hello, body })
            }
            _ => Ok(page(hello, &[], 0).into_bytes()),
        };
        Response::new(json.unwrap().into())
    }
}

/// A page of a feed that ends at this sequence.
fn page(hello: Hello, entities: &[Line<'_>], seq: u64) -> String {
    let end = End {
        cursor: Cursor { incarnation: "life".into(), seq },
        head: seq,
        continue_from: None,
        more: false,
        watermarks: Vec::new(),
        claims: Vec::new(),
        progress: None,
    };
    let (hello, end) = (Line::Hello(hello), Line::End(Box::new(end)));
    let lines = std::iter::once(&hello).chain(entities).chain(std::iter::once(&end));
    lines.map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
}

#[async_trait]
impl Transport for Town {
    async fn send(&self, trust: &Trust, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        time::sleep(time::Duration::from_millis(20)).await;
        let now = self.now_ms();
        let answer = {
            let mut state = lock(&self.state);
            let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let token = token.trim_start_matches("Bearer ").to_owned();
            state.asked.push((request.uri().path().to_owned(), token));
            state.trusted.push(trust.clone());
            match state.mood {
                Mood::Fails(error) => return Err(error),
                Mood::Hangs => None,
                Mood::Kind | Mood::Refuses(_) => Some(state.answer(&request, now)),
            }
        };
        let Some(answer) = answer else { return std::future::pending().await };
        time::sleep(time::Duration::from_millis(20)).await;
        Ok(answer)
    }

    async fn listen(&self, _trust: &Trust, _request: Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        Err(TransportError::NotConnected)
    }
}

impl WallClock for Town {
    fn now_ms(&self) -> i64 {
        START_MS + i64::try_from(self.began.elapsed().as_millis()).unwrap()
    }
}

impl Random for Town {
    fn fill(&self, bytes: &mut [u8]) {
        let mut random = lock(&self.random);
        *random += 1;
        bytes.fill(7);
        bytes.iter_mut().zip(random.to_be_bytes()).for_each(|(into, byte)| *into = byte);
    }
}

impl Connectivity for Town {
    fn watch(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }
}

impl SecretStore for Town {
    fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        Ok(lock(&self.secrets).get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), SecretError> {
        lock(&self.secrets).insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        lock(&self.secrets).remove(name);
        Ok(())
    }
}

/// A tap.
pub(super) fn tap(core: &Core) -> CommandId {
    let command = Command::Note(Note { order: "wx:1".into(), text: "a".to_owned(), base: String::new() });
    let new = NewCommand { command, number: "1".to_owned(), due: None, undoable: false };
    core.outbox().unwrap().enqueue(new).unwrap().command
}

/// Lets this much time pass.
pub(super) async fn pass(ms: u64) {
    time::sleep(time::Duration::from_millis(ms)).await;
}
