//! The bench: a platform, a relay that follows it, and a device paired with the relay.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::{Value, json};
use shopkeeper_protocol::{
    AfterSale, Command, CommandBody, CommandId, HEADER_FIRST_SENT_TO, HEADER_PROTOCOL, Hint, Order, OrderEvent,
    VERSION, path,
};
use shopkeeper_relay::{
    HttpPlatform, PlatformHttp, PlatformHttpError, Ports, Relay, RelayConfig, RunStore, RunningRelay, SystemRandom,
    serve,
};
use shopkeeper_sandbox::world::{AftersaleId, Books, OrderId, World, WorldConfig};
use shopkeeper_sandbox::{PushTarget, RunningSandbox, Sandbox, SandboxConfig};
use tempfile::TempDir;
use tower::ServiceExt;

const APPID: &str = "wx0123456789abcdef";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// When every shop here begins, unix seconds.
pub(crate) const BEGAN: i64 = 1_790_000_000;
/// A test that waits this long waits for something that will not come.
const HANGS: Duration = Duration::from_secs(120);

/// All of the past of a pretend shop, in days.
pub(crate) const TWO_YEARS: u32 = 730;
/// All that is unfinished in a quiet one, in days: most tests need no more.
pub(crate) const A_MONTH: u32 = 30;

pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A clock of which `speed` seconds pass in each real one.
pub(crate) fn clock(speed: i64) -> Clock {
    let began = tokio::time::Instant::now();
    Arc::new(move || {
        let passed = i64::try_from(began.elapsed().as_micros()).expect("a test ends before that");
        BEGAN * 1_000 + passed * speed / 1_000
    })
}

pub(crate) struct Shop {
    pub(crate) sandbox: RunningSandbox,
    relay: RunningRelay,
    line: Arc<Line>,
    token: String,
    incarnation: String,
    commands: AtomicU64,
    _dir: TempDir,
}

/// The way to the platform, which counts what goes over it.
struct Line {
    http: HttpPlatform,
    calls: Mutex<BTreeMap<String, usize>>,
}

#[async_trait]
impl PlatformHttp for Line {
    async fn call(&self, request: Request<Bytes>) -> Result<http::Response<Bytes>, PlatformHttpError> {
        *self.calls.lock().expect("nobody panicked").entry(request.uri().path().to_owned()).or_default() += 1;
        self.http.call(request).await
    }
}

/// What the device stores.
const KINDS: &str = "kinds=shop,carrier,order,order_event,command_outcome,after_sale";

/// What a first sync brought.
#[derive(Default)]
pub(crate) struct Feed {
    /// In the order in which it came.
    pub(crate) orders: Vec<(String, Order)>,
    /// Likewise.
    pub(crate) after_sales: Vec<(String, AfterSale)>,
    /// Facts that only pushes told.
    pub(crate) events: Vec<OrderEvent>,
    /// The last line of the last page.
    pub(crate) end: Value,
}

impl Shop {
    /// A shop of `orders` past orders, where nothing happens but by a call, and a minute passes in each real second.
    pub(crate) async fn quiet(orders: u32, history_days: u32) -> Self {
        Self::open(WorldConfig::new(7, orders, BEGAN).quiet(), clock(60), history_days).await
    }

    pub(crate) async fn open(world: WorldConfig, clock: Clock, history_days: u32) -> Self {
        let config = SandboxConfig::new(world, Arc::clone(&clock), APPID, SECRET);
        let sandbox = Sandbox::start(config).await.expect("a sandbox");
        let line = Arc::new(Line { http: HttpPlatform::new().expect("a client"), calls: Mutex::default() });
        let dir = tempfile::tempdir().expect("a folder");
        let mut config = RelayConfig::for_platform(&sandbox.base_url(), APPID, SECRET, dir.path());
        config.history_days = history_days;
        let ports = Ports {
            clock,
            random: Arc::new(SystemRandom),
            http: Arc::clone(&line) as Arc<dyn PlatformHttp>,
            run_store: RunStore::Threads,
        };
        let relay = Relay::open(config, ports).expect("a relay");
        let relay = serve(relay, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("a port");
        let mut shop = Self {
            sandbox,
            relay,
            line,
            token: String::new(),
            incarnation: String::new(),
            commands: AtomicU64::new(0),
            _dir: dir,
        };
        shop.pair().await;
        shop
    }

    async fn pair(&mut self) {
        let invite = self.relay.relay().invite("http://127.0.0.1:1").await.expect("an invite");
        let body = json!({ "code": invite.code, "device_name": "柜台" });
        let answer = self.ask(Method::POST, path::PAIR, &[], Some(body)).await;
        self.token = answer["body"]["token"].as_str().expect("a token").to_owned();
        self.incarnation = answer["hello"]["incarnation"].as_str().expect("an incarnation").to_owned();
    }

    pub(crate) fn relay(&self) -> &Relay {
        self.relay.relay()
    }

    /// What the owner enters at the platform for pushes.
    pub(crate) fn push_target(&self) -> PushTarget {
        let target = self.relay().push_target();
        PushTarget {
            url: format!("http://{}{}", self.relay.addr, target.path),
            token: target.token,
            aes_key: target.aes_key,
        }
    }

    /// Hints of news, as a device listens to them: each is the newest sequence.
    pub(crate) async fn hints(&self) -> impl Stream<Item = u64> + Unpin + use<> {
        let request = Request::get(path::HINTS).header(HEADER_PROTOCOL, VERSION.to_string());
        let request = request.header("authorization", format!("Bearer {}", self.token)).body(Body::empty());
        let answer = self.relay().router().oneshot(request.expect("a request")).await.expect("a router never fails");
        assert_eq!(answer.status(), StatusCode::OK);
        let frames = answer.into_body().into_data_stream();
        Box::pin(frames.filter_map(|frame| async move {
            let text = String::from_utf8(frame.expect("a frame").to_vec()).expect("text");
            let hint = text.lines().find_map(|line| line.strip_prefix("data:"))?.to_owned();
            serde_json::from_str::<Hint>(&hint).ok().map(|hint| hint.head)
        }))
    }

    pub(crate) fn books(&self) -> Books {
        self.sandbox.world().with(|world| world.books())
    }

    pub(crate) fn world<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        self.sandbox.world().with(work)
    }

    /// Calls of the relay to a path of the platform so far.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.line.calls.lock().expect("nobody panicked").get(path).copied().unwrap_or_default()
    }

    /// The platform's time, unix seconds.
    pub(crate) fn now_s(&self) -> i64 {
        self.sandbox.platform().now_ms().div_euclid(1_000)
    }

    async fn text(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path).header(HEADER_PROTOCOL, VERSION.to_string());
        request = request.header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).expect("a request");
        let answer = self.relay().router().oneshot(request).await.expect("a router never fails");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a whole answer").to_bytes();
        (status, String::from_utf8(bytes.to_vec()).expect("text"))
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Value {
        let (status, text) = self.text(method, path, headers, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The first sync of a new device, all pages.
    pub(crate) async fn first(&self) -> Feed {
        let (mut feed, mut from) = (Feed::default(), String::new());
        loop {
            let page = self.page(&from).await;
            feed.orders.extend(page.orders);
            feed.after_sales.extend(page.after_sales);
            feed.events.extend(page.events);
            feed.end = page.end;
            match feed.end["continue_from"].as_str() {
                Some(next) => from = format!("&from={next}"),
                None => return feed,
            }
        }
    }

    async fn page(&self, from: &str) -> Feed {
        let address = format!("{}?limit=200&{KINDS}{from}", path::FIRST);
        let (status, text) = self.text(Method::GET, &address, &[], None).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        let mut page = Feed::default();
        for line in text.lines() {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            let body = line["entity"]["body"].take();
            let key = line["entity"]["key"].as_str().unwrap_or_default().to_owned();
            match line["entity"]["kind"].as_str() {
                Some("order") => page.orders.push((key, serde_json::from_value(body).expect("an order"))),
                Some("after_sale") => {
                    page.after_sales.push((key, serde_json::from_value(body).expect("an after-sale")));
                }
                Some("order_event") => page.events.push(serde_json::from_value(body).expect("an event")),
                _ => page.end = line["end"].take(),
            }
        }
        assert!(page.end.is_object(), "a page ends");
        page
    }

    /// A first sync once the relay says that it has the whole history.
    pub(crate) async fn first_of_everything(&self) -> Feed {
        assert!(self.sweep().await, "everything was read");
        let horizon = (BEGAN - i64::from(TWO_YEARS) * 86_400) * 1_000;
        until("the relay has the whole history", || async {
            let end = self.page("").await.end;
            let marks = end["watermarks"].as_array().expect("a list");
            ["order", "after_sale"].iter().all(|kind| {
                let Some(mark) = marks.iter().find(|mark| mark["kind"] == *kind) else { return false };
                mark["open_complete"] == true
                    && mark["created_since"].as_i64().is_some_and(|since| since <= horizon + 120_000)
            })
        })
        .await;
        self.first().await
    }

    /// Compares the relay with the platform, as a merchant who pulls does; whether all was read.
    pub(crate) async fn sweep(&self) -> bool {
        self.ask(Method::POST, &format!("{}?{KINDS}", path::SWEEP), &[], None).await["body"]["complete"]
            .as_bool()
            .expect("a flag")
    }

    /// The order as the relay has it.
    pub(crate) async fn order(&self, id: OrderId) -> Option<Order> {
        let key = key(id);
        self.first().await.orders.into_iter().find(|(of, _)| *of == key).map(|(_, order)| order)
    }

    /// The after-sale as the relay has it.
    pub(crate) async fn after_sale(&self, id: AftersaleId) -> Option<AfterSale> {
        let key = case_key(id);
        self.first().await.after_sales.into_iter().find(|(of, _)| *of == key).map(|(_, case)| case)
    }

    /// Gives a command, and waits for its outcome.
    pub(crate) async fn command(&self, command: Command) -> Value {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let id = CommandId::from_bytes(u128::from(number).to_be_bytes());
        self.send(&id, command).await;
        self.outcome(&id).await
    }

    /// Gives a command under an id.
    pub(crate) async fn send(&self, id: &CommandId, command: Command) {
        let body = serde_json::to_value(CommandBody { id: id.clone(), command }).expect("JSON");
        self.ask(Method::POST, path::COMMANDS, &[(HEADER_FIRST_SENT_TO, &self.incarnation)], Some(body)).await;
    }

    /// Gives a command that phones do not send yet, and waits for its outcome.
    pub(crate) async fn decide(&self, kind: &str, decision: &impl Serialize) -> Value {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let id = CommandId::from_bytes(u128::from(number).to_be_bytes());
        let mut command = serde_json::to_value(decision).expect("JSON");
        command["kind"] = kind.into();
        let body = json!({ "id": id, "command": command });
        self.ask(Method::POST, path::COMMANDS, &[(HEADER_FIRST_SENT_TO, &self.incarnation)], Some(body)).await;
        self.outcome(&id).await
    }

    /// Waits until a command ended.
    pub(crate) async fn outcome(&self, id: &CommandId) -> Value {
        let address = path::COMMAND.replace("{id}", id.as_str());
        let mut outcome = Value::Null;
        let ended = || async { self.ask(Method::GET, &address, &[], None).await["body"].clone() };
        let found = Mutex::new(&mut outcome);
        until("the command ends", || async {
            let status = ended().await;
            let is_over = status["state"] == "ended";
            if is_over {
                **found.lock().expect("nobody panicked") = status["outcome"].clone();
            }
            is_over
        })
        .await;
        outcome
    }

    pub(crate) async fn close(self) {
        self.relay.shutdown().await;
        self.sandbox.shutdown().await;
    }
}

/// The relay's key of an order.
pub(crate) fn key(id: OrderId) -> String {
    format!("wx:{id}")
}

/// The relay's key of an after-sale.
pub(crate) fn case_key(id: AftersaleId) -> String {
    format!("wx:aftersale:{id}")
}

/// Looks again and again until something holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(HANGS, looking).await.is_ok(), "waited in vain: {what}");
}
