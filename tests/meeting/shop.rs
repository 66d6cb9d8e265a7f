//! The bench: a platform, a relay that follows it, and a device paired with the relay.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use shopkeeper_protocol::{
    Command, CommandBody, CommandId, HEADER_FIRST_SENT_TO, HEADER_PROTOCOL, Order, VERSION, path,
};
use shopkeeper_relay::{HttpPlatform, Ports, Relay, RelayConfig, RunStore, RunningRelay, SystemRandom, serve};
use shopkeeper_sandbox::world::{Books, OrderId, World, WorldConfig};
use shopkeeper_sandbox::{RunningSandbox, Sandbox, SandboxConfig};
use tempfile::TempDir;
use tower::ServiceExt;

const APPID: &str = "wx0123456789abcdef";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// When every shop here begins, unix seconds.
pub(crate) const BEGAN: i64 = 1_790_000_000;
/// A test that waits this long waits for something that will not come.
const HANGS: Duration = Duration::from_secs(120);

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
    token: String,
    incarnation: String,
    commands: AtomicU64,
    _dir: TempDir,
}

/// What a first sync brought.
pub(crate) struct Feed {
    /// In the order in which it came.
    pub(crate) orders: Vec<(String, Order)>,
    /// The last line of the last page.
    pub(crate) end: Value,
}

impl Shop {
    /// A shop of `orders` past orders, where nothing happens but by a call, and a minute passes in each real second.
    pub(crate) async fn quiet(orders: u32) -> Self {
        Self::open(WorldConfig::new(7, orders, BEGAN).quiet(), clock(60)).await
    }

    pub(crate) async fn open(world: WorldConfig, clock: Clock) -> Self {
        let config = SandboxConfig::new(world, Arc::clone(&clock), APPID, SECRET);
        let sandbox = Sandbox::start(config).await.expect("a sandbox");
        let dir = tempfile::tempdir().expect("a folder");
        let config = RelayConfig::for_platform(&sandbox.base_url(), APPID, SECRET, dir.path());
        let ports = Ports {
            clock,
            random: Arc::new(SystemRandom),
            http: Arc::new(HttpPlatform::new().expect("a client")),
            run_store: RunStore::Threads,
        };
        let relay = Relay::open(config, ports).expect("a relay");
        let relay = serve(relay, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("a port");
        let mut shop = Self {
            sandbox,
            relay,
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

    /// Where the relay answers.
    pub(crate) fn relay_url(&self) -> String {
        format!("http://{}", self.relay.addr)
    }

    pub(crate) fn books(&self) -> Books {
        self.sandbox.world().with(|world| world.books())
    }

    pub(crate) fn world<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        self.sandbox.world().with(work)
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
        let (mut orders, mut from) = (Vec::new(), String::new());
        loop {
            let address = format!("{}?limit=200{from}", path::FIRST);
            let (status, text) = self.text(Method::GET, &address, &[], None).await;
            assert_eq!(status, StatusCode::OK, "{text}");
            let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            for line in lines.iter().filter(|line| line["entity"]["kind"] == "order") {
                let order = serde_json::from_value(line["entity"]["body"].clone()).expect("an order");
                orders.push((line["entity"]["key"].as_str().expect("a key").to_owned(), order));
            }
            let end = lines.last().expect("an end")["end"].clone();
            match end["continue_from"].as_str() {
                Some(next) => from = format!("&from={next}"),
                None => return Feed { orders, end },
            }
        }
    }

    /// A first sync once the relay says that it has the whole history.
    pub(crate) async fn first_of_everything(&self) -> Feed {
        let horizon = (BEGAN - 730 * 86_400) * 1_000;
        until("the relay has the whole history", || async {
            let answer = self.ask(Method::POST, path::SWEEP, &[], None).await;
            let marks = answer["body"]["watermarks"].as_array().expect("a list");
            let Some(mark) = marks.iter().find(|mark| mark["kind"] == "order") else { return false };
            mark["open_complete"] == true
                && mark["created_since"].as_i64().is_some_and(|since| since <= horizon + 120_000)
        })
        .await;
        self.first().await
    }

    /// Compares the relay with the platform, as a merchant who pulls does; whether all was read.
    pub(crate) async fn sweep(&self) -> bool {
        self.ask(Method::POST, path::SWEEP, &[], None).await["body"]["complete"].as_bool().expect("a flag")
    }

    /// The order as the relay has it.
    pub(crate) async fn order(&self, id: OrderId) -> Option<Order> {
        let key = key(id);
        self.first().await.orders.into_iter().find(|(of, _)| *of == key).map(|(_, order)| order)
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

    /// Waits until a command ended.
    pub(crate) async fn outcome(&self, id: &CommandId) -> Value {
        let address = path::COMMAND.replace("{id}", id.as_str());
        let mut outcome = Value::Null;
        let ended = || async { self.ask(Method::GET, &address, &[], None).await["body"].clone() };
        let found = std::sync::Mutex::new(&mut outcome);
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

/// Looks again and again until something holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(HANGS, looking).await.is_ok(), "waited in vain: {what}");
}
