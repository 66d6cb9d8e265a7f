//! A relay in memory: entities with sequences, incarnations, tombstones; and a script of what goes wrong next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::json;
use shopkeeper_protocol::{
    Answer, Claim, Complete, Cursor, End, EntityKey, EntityKind, EntityLine, FirstReading, GoneLine, Hello, Hint,
    Incarnation, Line, Order, OrderLine, Progress, Refusal, Refused, Reset, Seq, SweepAnswer, VersionRange, Watermark,
};
use tokio::sync::mpsc;

use crate::observer::lock;
use crate::ports::{EventStream, Transport, TransportError, Trust};

/// What happens to the next request instead of an answer, or to its answer.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    Lost,
    NotConnected,
    Refuse(Refusal),
    /// The answer is this, as if from a stranger.
    Stranger(&'static str),
    /// The last lines are missing.
    Cut(usize),
}

/// An entity, and what is told of it last; `None` if it is gone.
type Row<'a> = (&'a (EntityKind, EntityKey), &'a (Seq, Option<String>));

#[derive(Debug, Clone, Default)]
struct Books {
    entities: BTreeMap<(EntityKind, EntityKey), (Seq, Option<String>)>,
    head: Seq,
    /// Each life of the store, with the head at which it began.
    lives: Vec<(Incarnation, Seq)>,
}

#[derive(Default)]
struct State {
    books: Books,
    lives: u32,
    backup: Option<Books>,
    faults: VecDeque<Fault>,
    asked: Vec<String>,
    /// Sent instead of whatever comes next of this kind.
    extra_lines: Vec<String>,
    listeners: Vec<mpsc::UnboundedSender<String>>,
    speaks: Option<VersionRange>,
    first_limit: Option<usize>,
    ahead_ms: i64,
    /// It has not read all of the platform yet: since when what it has is whole, and how much further back it gets between two requests for
    /// changes, in ms.
    reads_back: Option<(i64, i64)>,
    /// What it says of that reading.
    first_reading: Option<FirstReading>,
    /// Orders that each request for changes finds read.
    reads_orders: u32,
}

pub(super) struct FakeRelay(Mutex<State>);

pub(super) fn order_key(n: u32) -> EntityKey {
    EntityKey(format!("wx:{n:04}"))
}

/// An order in one of a few states.
pub(super) fn order(n: u32, state: u32) -> Order {
    let created_at = 1_780_000_000_000 + i64::from(n) * 60_000;
    let line = OrderLine {
        product: "100".to_owned(),
        sku: "100-1".to_owned(),
        title: "桂花乌龙茶".to_owned(),
        quantity: 1 + state % 3,
        unit_price: 3_500,
        ..OrderLine::default()
    };
    Order {
        number: format!("37051150584{n:08}"),
        status: [20, 30, 100, 10][state as usize % 4],
        created_at,
        updated_at: created_at + i64::from(state),
        paid_at: Some(created_at + 1_000),
        lines: vec![line],
        merchant_note: format!("state {state}"),
        ..Order::default()
    }
}

impl FakeRelay {
    pub(super) fn new() -> Self {
        let relay = Self(Mutex::default());
        relay.restart();
        relay
    }

    /// A new life of the same store.
    pub(super) fn restart(&self) {
        let mut state = lock(&self.0);
        state.lives += 1;
        let life = Incarnation(format!("life-{}", state.lives));
        let head = state.books.head;
        state.books.lives.push((life, head));
        state.listeners.clear();
    }

    pub(super) fn back_up(&self) {
        let mut state = lock(&self.0);
        state.backup = Some(state.books.clone());
    }

    /// Goes back to the copy, if there is one.
    pub(super) fn restore(&self) {
        let mut state = lock(&self.0);
        let Some(backup) = state.backup.clone() else { return };
        state.books = backup;
        drop(state);
        self.restart();
    }

    pub(super) fn put(&self, kind: EntityKind, key: EntityKey, body: Option<String>) -> Seq {
        let mut state = lock(&self.0);
        state.books.head += 1;
        let head = state.books.head;
        state.books.entities.insert((kind, key), (head, body));
        let hint = Hint { incarnation: state.books.lives.last().unwrap().0.clone(), head };
        let hint = serde_json::to_string(&hint).unwrap();
        state.listeners.retain(|listener| listener.send(hint.clone()).is_ok());
        head
    }

    pub(super) fn put_order(&self, n: u32, state: u32) -> Seq {
        self.put(EntityKind::Order, order_key(n), Some(serde_json::to_string(&order(n, state)).unwrap()))
    }

    pub(super) fn remove_order(&self, n: u32) {
        self.put(EntityKind::Order, order_key(n), None);
    }

    pub(super) fn go_wrong(&self, fault: Fault) {
        lock(&self.0).faults.push_back(fault);
    }

    /// Puts a line into the next page.
    pub(super) fn add_line(&self, line: &str) {
        lock(&self.0).extra_lines.push(line.to_owned());
    }

    pub(super) fn speak(&self, speaks: VersionRange) {
        lock(&self.0).speaks = Some(speaks);
    }

    /// The relay's clock is ahead of the phone's.
    pub(super) fn be_ahead(&self, ms: i64) {
        lock(&self.0).ahead_ms = ms;
    }

    /// Pages of the first sync are no larger than this, whatever is asked for.
    pub(super) fn limit_first(&self, limit: usize) {
        lock(&self.0).first_limit = Some(limit);
    }

    /// Has it read the platform no further back than `since`, and get `step` ms further between two requests for changes. It has all open
    /// orders once it has everything.
    pub(super) fn read_back(&self, since: i64, step: i64) {
        lock(&self.0).reads_back = Some((since, step));
    }

    /// Has it say how its first reading of the platform fares, from now on.
    pub(super) fn say(&self, first_reading: Option<FirstReading>) {
        lock(&self.0).first_reading = first_reading;
    }

    /// Has each of the next `n` requests for changes find another order read.
    pub(super) fn read_orders(&self, n: u32) {
        lock(&self.0).reads_orders = n;
    }

    /// The paths of the requests since the last call, without their queries.
    pub(super) fn asked(&self) -> Vec<String> {
        lock(&self.0).asked.drain(..).collect()
    }

    pub(super) fn close_streams(&self) {
        lock(&self.0).listeners.clear();
    }

    pub(super) fn first(&self, from: Option<&str>, limit: usize) -> String {
        lock(&self.0).first(from, limit)
    }

    pub(super) fn changes(&self, after: &Cursor, limit: usize) -> String {
        lock(&self.0).changes(after, limit)
    }
}

impl State {
    fn hello(&self) -> Hello {
        Hello {
            speaks: self.speaks.clone().unwrap_or(VersionRange::OURS),
            capabilities: vec!["sweep".to_owned(), "hints".to_owned()],
            server_time: super::phone::START_MS + self.ahead_ms,
            incarnation: self.books.lives.last().unwrap().0.clone(),
            role: None,
            shop: None,
            held: Vec::new(),
        }
    }

    fn cursor(&self, seq: Seq) -> Cursor {
        Cursor { incarnation: self.books.lives.last().unwrap().0.clone(), seq }
    }

    fn watermarks(&self) -> Vec<Watermark> {
        let as_of = Some(super::phone::START_MS + i64::try_from(self.books.head).unwrap());
        let since = self.since();
        let first_reading = self.first_reading.clone();
        let (open_complete, created_since) = (since == 0, Some(since));
        vec![Watermark { kind: EntityKind::Order, as_of, open_complete, created_since, first_reading }]
    }

    fn since(&self) -> i64 {
        self.reads_back.map_or(0, |(since, _)| since)
    }

    fn page(&mut self, rows: &[Row<'_>], last: Line<'_>) -> String {
        let mut lines = vec![serde_json::to_string(&Line::Hello(self.hello())).unwrap()];
        for ((kind, key), (seq, body)) in rows {
            let (kind, key, seq) = (kind.clone(), key.clone(), *seq);
            let line = match body {
                Some(body) => json!({"entity": {"kind": kind, "key": key, "seq": seq, "body": null}})
                    .to_string()
                    .replace("\"body\":null", &format!("\"body\":{body}")),
                None => serde_json::to_string(&Line::Gone(GoneLine { kind, key, seq })).unwrap(),
            };
            lines.push(line);
        }
        lines.append(&mut self.extra_lines);
        lines.push(serde_json::to_string(&last).unwrap());
        lines.join("\n") + "\n"
    }

    /// By key; `from` is the head at which the walk began, and the last key of the page before.
    fn first(&mut self, from: Option<&str>, limit: usize) -> String {
        let limit = self.first_limit.unwrap_or(limit).min(limit);
        let from: Option<(Cursor, EntityKind, EntityKey)> = from.map(|from| serde_json::from_str(from).unwrap());
        let cursor = from.as_ref().map_or_else(|| self.cursor(self.books.head), |(cursor, ..)| cursor.clone());
        let after = from.map(|(_, kind, key)| (kind, key));
        let books = self.books.clone();
        let present: Vec<_> = books.entities.iter().filter(|(_, (_, body))| body.is_some()).collect();
        let before = present.iter().filter(|(id, _)| after.as_ref().is_some_and(|after| *id <= after)).count();
        let rows: Vec<_> = present.iter().skip(before).take(limit).copied().collect();
        let sent = before + rows.len();
        let continue_from = (sent < present.len())
            .then(|| rows.last())
            .flatten()
            .map(|((kind, key), _)| serde_json::to_string(&(&cursor, kind, key)).unwrap());
        let claims = match &continue_from {
            Some(_) => Vec::new(),
            None => {
                let open = (self.since() == 0).then_some(Complete::Open);
                let whole = open.into_iter().chain([Complete::CreatedSince(self.since())]);
                whole.map(|complete| Claim { kind: EntityKind::Order, complete }).collect()
            }
        };
        let progress = Progress {
            stage: "history".to_owned(),
            sent: u64::try_from(sent).unwrap(),
            total: u64::try_from(present.len()).unwrap(),
        };
        let end = End {
            cursor,
            head: books.head,
            continue_from,
            more: false,
            watermarks: self.watermarks(),
            claims,
            progress: Some(progress),
        };
        self.page(&rows, Line::End(Box::new(end)))
    }

    fn changes(&mut self, after: &Cursor, limit: usize) -> String {
        if let Some((since, step)) = &mut self.reads_back {
            *since = (*since - *step).max(0);
        }
        if self.reads_orders > 0 {
            self.reads_orders -= 1;
            self.books.head += 1;
            let body = serde_json::to_string(&order(1_000 + self.reads_orders, 2)).unwrap();
            let id = (EntityKind::Order, order_key(1_000 + self.reads_orders));
            self.books.entities.insert(id, (self.books.head, Some(body)));
        }
        let books = self.books.clone();
        let life = books.lives.iter().position(|(life, _)| *life == after.incarnation);
        let Some(life) = life else { return self.page(&[], Line::Reset(Reset::UnknownIncarnation)) };
        let end = books.lives.get(life + 1).map_or(books.head, |(_, began)| *began);
        if after.seq > end {
            return self.page(&[], Line::Reset(Reset::BeyondEnd));
        }
        let mut rows: Vec<_> = books.entities.iter().filter(|(_, (seq, _))| *seq > after.seq).collect();
        rows.sort_by_key(|(_, (seq, _))| *seq);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let seq = if more { rows.last().map_or(after.seq, |(_, (seq, _))| *seq) } else { books.head };
        let end = End {
            cursor: self.cursor(seq),
            head: books.head,
            continue_from: None,
            more,
            watermarks: self.watermarks(),
            claims: Vec::new(),
            progress: None,
        };
        self.page(&rows, Line::End(Box::new(end)))
    }

    fn answer(&mut self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path().to_owned();
        self.asked.push(path.clone());
        let mut cut = 0;
        match self.faults.pop_front() {
            None => {}
            Some(Fault::Lost) => return Err(TransportError::Lost),
            Some(Fault::NotConnected) => return Err(TransportError::NotConnected),
            Some(Fault::Stranger(text)) => return Ok(Response::new(Bytes::from(text))),
            Some(Fault::Refuse(refusal)) => {
                let status = StatusCode::from_u16(refusal.status()).unwrap();
                let body = serde_json::to_vec(&Refused { hello: self.hello(), refusal }).unwrap();
                return Ok(Response::builder().status(status).body(body.into()).unwrap());
            }
            Some(Fault::Cut(lines)) => cut = lines,
        }
        let query = |name: &str| {
            let query = request.uri().query().unwrap_or_default();
            query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(unescape)
        };
        let limit = query("limit").map_or(0, |limit| limit.parse().unwrap());
        let text = match path.as_str() {
            "/v1/first" => self.first(query("from").as_deref(), limit),
            "/v1/changes" => {
                let incarnation = Incarnation(query("incarnation").unwrap());
                self.changes(&Cursor { incarnation, seq: query("seq").unwrap().parse().unwrap() }, limit)
            }
            "/v1/sweep" => {
                let body = SweepAnswer { complete: true, watermarks: self.watermarks() };
                serde_json::to_string(&Answer { hello: self.hello(), body }).unwrap()
            }
            other => panic!("the sync asks {other}"),
        };
        let lines: Vec<&str> = text.lines().collect();
        let kept = lines.len() - cut;
        Ok(Response::new((lines[..kept].join("\n") + "\n").into()))
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[async_trait]
impl Transport for FakeRelay {
    async fn send(&self, _trust: &Trust, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        // On the way there and on the way back, a crash can happen.
        tokio::task::yield_now().await;
        let answer = lock(&self.0).answer(&request);
        tokio::task::yield_now().await;
        answer
    }

    async fn listen(&self, _trust: &Trust, _request: Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        let mut state = lock(&self.0);
        state.asked.push("/v1/hints".to_owned());
        let (sender, receiver) = mpsc::unbounded_channel();
        state.listeners.push(sender);
        Ok(Box::new(Hints(receiver)))
    }
}

struct Hints(mpsc::UnboundedReceiver<String>);

#[async_trait]
impl EventStream for Hints {
    async fn next(&mut self) -> Option<Result<String, TransportError>> {
        self.0.recv().await.map(Ok)
    }
}

/// Also used to make a line by hand.
pub(super) fn entity_line(kind: &str, key: &str, seq: Seq, body: &str) -> String {
    let body = serde_json::value::RawValue::from_string(body.to_owned()).unwrap();
    let line = EntityLine { kind: EntityKind::from(kind), key: EntityKey::from(key), seq, body: &body };
    serde_json::to_string(&Line::Entity(line)).unwrap()
}
