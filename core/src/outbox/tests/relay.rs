//! A relay in memory that takes commands, acts on them when the test says so, and keeps a feed; and a script of what goes wrong next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use shopkeeper_protocol::{
    Answer, CommandBody, CommandId, CommandState, CommandStatus, EntityKey, EntityKind, HEADER_FIRST_SENT_TO, HeldKind,
    Hello, How, Outcome, Refusal, Refused, Seq, Verdict, VersionRange, path,
};

use super::bench::START_MS;
use crate::observer::lock;
use crate::ports::{EventStream, Transport, TransportError, Trust};

/// Each way takes this long, so that a kill can fall into either.
const WAY: Duration = Duration::from_millis(20);

/// What happens to the next request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It never leaves the phone.
    NotConnected,
    /// It does not arrive.
    LostBefore,
    /// It arrives, and its answer does not.
    LostAfter,
    /// It arrives, and no answer ever comes.
    Silence,
    Refuse(Refusal),
    /// Somebody else answers.
    Stranger(&'static str),
}

/// A request as it arrived at the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) what: String,
    pub(crate) first_sent_to: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct State {
    life: u32,
    head: Seq,
    commands: BTreeMap<CommandId, (String, CommandState)>,
    /// Each effect at the platform, as often as it happened.
    effects: Vec<CommandId>,
    feed: Vec<(EntityKind, EntityKey, Seq, String)>,
    held: Vec<HeldKind>,
    faults: VecDeque<Fault>,
    asked: Vec<Asked>,
    at_once: u32,
    most_at_once: u32,
    acts_at_once: bool,
}

#[derive(Default)]
pub(crate) struct FakeRelay(Mutex<State>);

impl FakeRelay {
    pub(crate) fn go_wrong(&self, faults: impl IntoIterator<Item = Fault>) {
        lock(&self.0).faults.extend(faults);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        lock(&self.0).faults.clear();
    }

    pub(crate) fn faults_left(&self) -> usize {
        lock(&self.0).faults.len()
    }

    /// Acts on every command as soon as it is taken, and succeeds.
    pub(crate) fn act_at_once(&self) {
        lock(&self.0).acts_at_once = true;
    }

    /// Switches kinds of commands off.
    pub(crate) fn hold(&self, kinds: &[(&str, &str)]) {
        let held = |(kind, reason): &(&str, &str)| HeldKind { kind: (*kind).to_owned(), reason: (*reason).into() };
        lock(&self.0).held = kinds.iter().map(held).collect();
    }

    /// A new life, which has lost every command.
    pub(crate) fn forget_everything(&self) {
        let mut state = lock(&self.0);
        state.life += 1;
        state.commands.clear();
    }

    /// A new life of the same store.
    pub(crate) fn restart(&self) {
        lock(&self.0).life += 1;
    }

    /// Does what a command asks for: the order's new reading, then the outcome.
    pub(crate) fn succeed(&self, id: &CommandId) {
        lock(&self.0).succeed(id);
    }

    /// Ends a command otherwise.
    pub(crate) fn end(&self, id: &CommandId, verdict: Verdict) {
        lock(&self.0).end(id, verdict);
    }

    /// Whatever the relay has at the moment that has not ended.
    pub(crate) fn open_commands(&self) -> Vec<CommandId> {
        let state = lock(&self.0);
        let open = state.commands.iter().filter(|(_, (_, state))| !matches!(state, CommandState::Ended { .. }));
        open.map(|(id, _)| id.clone()).collect()
    }

    /// The feed's news since the last call.
    pub(crate) fn news(&self) -> Vec<(EntityKind, EntityKey, Seq, String)> {
        lock(&self.0).feed.drain(..).collect()
    }

    pub(crate) fn effects(&self) -> Vec<CommandId> {
        lock(&self.0).effects.clone()
    }

    /// The requests since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.0).asked.drain(..).collect()
    }

    /// The requests about commands since the last call: `POST` or `GET`.
    pub(crate) fn about_commands(&self) -> Vec<String> {
        let method =
            |asked: Asked| asked.what.split_once(' ').map(|(method, path)| (method.to_owned(), path.to_owned()));
        let about = self.asked().into_iter().filter_map(method);
        about.filter(|(_, path)| path.starts_with(path::COMMANDS)).map(|(method, _)| method).collect()
    }

    pub(crate) fn most_at_once(&self) -> u32 {
        lock(&self.0).most_at_once
    }
}

impl State {
    fn hello(&self) -> Hello {
        Hello {
            speaks: VersionRange::OURS,
            capabilities: Vec::new(),
            server_time: START_MS,
            incarnation: format!("life-{}", self.life).into(),
            role: None,
            shop: None,
            held: self.held.clone(),
        }
    }

    fn succeed(&mut self, id: &CommandId) {
        let Some((body, _)) = self.commands.get(id) else { return };
        let body: CommandBody = serde_json::from_str(body).unwrap();
        self.effects.push(id.clone());
        self.head += 1;
        let order = super::bench::order(body.command.target(), self.head);
        let seen = self.head;
        self.feed.push((
            EntityKind::Order,
            body.command.target().clone(),
            seen,
            serde_json::to_string(&order).unwrap(),
        ));
        self.end(id, Verdict::Done { seen, how: How::Acknowledged });
    }

    fn end(&mut self, id: &CommandId, verdict: Verdict) {
        let Some((body, state)) = self.commands.get_mut(id) else { return };
        let body: CommandBody = serde_json::from_str(body).unwrap();
        let outcome = Outcome { command: id.clone(), target: body.command.target().clone(), at: START_MS, verdict };
        *state = CommandState::Ended { outcome: outcome.clone() };
        self.head += 1;
        let key = EntityKey::from(id.as_str());
        self.feed.push((EntityKind::CommandOutcome, key, self.head, serde_json::to_string(&outcome).unwrap()));
    }

    fn answer(&mut self, request: &Request<Bytes>) -> Result<CommandStatus, Refusal> {
        let id = request.uri().path().rsplit('/').next().unwrap_or_default();
        if request.method() == Method::GET {
            let id: CommandId = id.parse().map_err(|_| Refusal::UnknownPath)?;
            let (_, state) = self.commands.get(&id).ok_or(Refusal::UnknownCommand)?;
            return Ok(CommandStatus { id, state: state.clone() });
        }
        let text = String::from_utf8(request.body().to_vec()).unwrap();
        let body: CommandBody = serde_json::from_str(&text).unwrap();
        if let Some(held) = self.held.iter().find(|held| held.kind == body.command.kind()) {
            return Err(Refusal::Held { reason: held.reason.clone() });
        }
        match self.commands.get(&body.id) {
            Some((known, _)) if *known != text => return Err(Refusal::IdReused),
            Some(_) => {}
            None => {
                self.commands.insert(body.id.clone(), (text, CommandState::Accepted));
                if self.acts_at_once {
                    self.succeed(&body.id);
                }
            }
        }
        Ok(CommandStatus { id: body.id.clone(), state: self.commands[&body.id].1.clone() })
    }

    fn arrive(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let header = request.headers().get(HEADER_FIRST_SENT_TO).and_then(|value| value.to_str().ok());
        self.asked.push(Asked {
            what: format!("{} {}", request.method(), request.uri().path()),
            first_sent_to: header.unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
        });
        if request.uri().path() == path::HELLO {
            let body = serde_json::json!({});
            return Response::new(serde_json::to_vec(&Answer { hello: self.hello(), body }).unwrap().into());
        }
        match self.answer(request) {
            Ok(body) => Response::new(serde_json::to_vec(&Answer { hello: self.hello(), body }).unwrap().into()),
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response<Bytes> {
        let status = StatusCode::from_u16(refusal.status()).unwrap();
        let body = serde_json::to_vec(&Refused { hello: self.hello(), refusal }).unwrap();
        Response::builder().status(status).body(body.into()).unwrap()
    }
}

/// Counts a request as under way until it is answered or dropped.
struct UnderWay<'a>(&'a FakeRelay);

impl<'a> UnderWay<'a> {
    fn new(relay: &'a FakeRelay) -> Self {
        let mut state = lock(&relay.0);
        state.at_once += 1;
        state.most_at_once = state.most_at_once.max(state.at_once);
        Self(relay)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).at_once -= 1;
    }
}

#[async_trait]
impl Transport for FakeRelay {
    async fn send(&self, _trust: &Trust, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let _under_way = UnderWay::new(self);
        let fault = lock(&self.0).faults.pop_front();
        tokio::time::sleep(WAY).await;
        let answer = match &fault {
            Some(Fault::NotConnected) => return Err(TransportError::NotConnected),
            Some(Fault::LostBefore) => return Err(TransportError::Lost),
            Some(Fault::Refuse(refusal)) => lock(&self.0).refuse(refusal.clone()),
            Some(Fault::Stranger(text)) => Response::new(Bytes::from_static(text.as_bytes())),
            Some(Fault::LostAfter | Fault::Silence) | None => lock(&self.0).arrive(&request),
        };
        tokio::time::sleep(WAY).await;
        match fault {
            Some(Fault::LostAfter) => Err(TransportError::Lost),
            Some(Fault::Silence) => std::future::pending().await,
            _ => Ok(answer),
        }
    }

    async fn listen(&self, _trust: &Trust, _request: Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        Err(TransportError::NotConnected)
    }
}
