//! A relay's API without a platform, and a phone of few words.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use shopkeeper_protocol::{
    CommandId, CommandState, CommandStatus, EntityKey, EntityKind, HEADER_BUILD, HEADER_PROTOCOL, HeldKind, ReasonCode,
    Refusal, ShopFacts, ShopKey, SweepAnswer,
};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::api::{Api, PushTaken, Shared, Work};
use crate::desk::Desk;
use crate::ports::{PlatformHttp, PlatformHttpError, Ports, RunStore};
use crate::store::tests::Counting;
use crate::store::{Put, Store};
use crate::wanted::WantedBody;

pub(super) const NOW: i64 = 1_800_000_000_000;

pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) router: Router,
    pub(super) desk: Desk,
    pub(super) now: Arc<AtomicI64>,
    pub(super) work: Arc<Told>,
    /// Dropping it ends the relay.
    pub(super) alive: Option<watch::Sender<()>>,
    _dir: TempDir,
}

/// The platform side: answers as it was told, and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Told {
    pub(super) shop: Mutex<Option<ShopFacts>>,
    pub(super) accepted: Mutex<Vec<(CommandId, Vec<u8>, String)>>,
    pub(super) refusal: Mutex<Option<Refusal>>,
    pub(super) pushes: Mutex<Vec<(String, Vec<u8>)>>,
}

#[async_trait]
impl Work for Told {
    async fn sweep(&self, _: &BTreeSet<EntityKind>) -> SweepAnswer {
        SweepAnswer { complete: true, watermarks: Vec::new() }
    }

    async fn shop(&self) -> Option<ShopFacts> {
        self.shop.lock().unwrap().clone()
    }

    async fn accept(&self, body: WantedBody, bytes: &[u8], first_sent_to: &str) -> Result<CommandStatus, Refusal> {
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Err(refusal);
        }
        let id = body.id;
        self.accepted.lock().unwrap().push((id.clone(), bytes.to_vec(), first_sent_to.to_owned()));
        Ok(CommandStatus { id, state: CommandState::Accepted })
    }

    async fn status(&self, id: &CommandId) -> Result<CommandStatus, Refusal> {
        let known = self.accepted.lock().unwrap().iter().any(|(taken, ..)| taken == id);
        let status = CommandStatus { id: id.clone(), state: CommandState::Sending };
        if known { Ok(status) } else { Err(Refusal::UnknownCommand) }
    }

    async fn push(&self, query: &str, body: &[u8]) -> PushTaken {
        if query != "signed" {
            return PushTaken::NotGenuine;
        }
        self.pushes.lock().unwrap().push((query.to_owned(), body.to_vec()));
        PushTaken::Taken
    }

    fn push_check(&self, query: &str) -> Result<String, PushTaken> {
        if query == "signed" { Ok("echo".to_owned()) } else { Err(PushTaken::NotGenuine) }
    }
}

pub(crate) struct NoPlatform;

#[async_trait]
impl PlatformHttp for NoPlatform {
    async fn call(&self, _: Request<Bytes>) -> Result<Response<Bytes>, PlatformHttpError> {
        Err(PlatformHttpError::NotConnected)
    }
}

pub(crate) fn shop() -> ShopFacts {
    ShopFacts { key: ShopKey::from("wx1"), name: "茶铺".into(), zone_offset_minutes: 480, status: "open".into() }
}

impl Bench {
    /// A relay that knows its shop.
    pub(super) async fn new() -> Self {
        let bench = Self::without_shop();
        let body = serde_json::to_string(&shop()).unwrap();
        bench.put(EntityKind::Shop, "wx:shop", body, false, 0).await;
        bench
    }

    pub(super) fn without_shop() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(NOW));
        let random = Arc::new(Counting::from(77));
        let store = Store::open(dir.path(), RunStore::InPlace, NOW, &*random).unwrap();
        let clock: crate::Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || now.load(Ordering::Relaxed))
        };
        let ports =
            Ports { clock: Arc::clone(&clock), random, http: Arc::new(NoPlatform), run_store: RunStore::InPlace };
        let work = Arc::new(Told::default());
        let (alive, lives) = watch::channel(());
        let api = Api::new(Shared {
            store: store.clone(),
            clock,
            random: Arc::clone(&ports.random),
            work: Arc::clone(&work) as Arc<dyn Work>,
            held: vec![HeldKind { kind: "note".into(), reason: ReasonCode::from("switched_off") }],
            push_name: "wx1".into(),
            alive: lives,
        });
        let desk = Desk::over(store.clone(), &ports, None);
        Self { store, router: api.router(), desk, now, work, alive: Some(alive), _dir: dir }
    }

    pub(super) fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    pub(super) async fn put(&self, kind: EntityKind, key: &str, body: String, open: bool, created_at: i64) {
        let key = EntityKey::from(key);
        let put = move |tx: &crate::store::Tx<'_>| {
            tx.put(Put { kind, key: &key, body, open, created_at: Some(created_at), fetch: None })
        };
        self.store.write(put).await.unwrap();
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request and reads its answer as JSON.
    pub(super) async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.send(request).await;
        let status = response.status();
        let bytes = body(response).await;
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Pairs a phone and gives its token.
    pub(super) async fn pair(&self) -> String {
        let invite = self.desk.invite("http://127.0.0.1:1/").await.unwrap();
        let (status, answer) = self.try_code(&invite.code).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["body"]["token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn try_code(&self, code: &str) -> (StatusCode, Value) {
        let body = json!({ "code": code, "device_name": "柜台" });
        self.ask(request(Method::POST, "/v1/pair", None, body.to_string())).await
    }

    /// A page of a feed, line by line.
    pub(super) async fn feed(&self, token: &str, path: &str) -> Vec<Value> {
        let response = self.send(get(path, token)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let text = String::from_utf8(body(response).await.to_vec()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(super) async fn body(response: Response<Body>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

pub(super) fn unzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

pub(super) fn get(path: &str, token: &str) -> Request<Body> {
    request(Method::GET, path, Some(token), String::new())
}

pub(super) fn request(method: Method, path: &str, token: Option<&str>, body: String) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header(HEADER_PROTOCOL, "1.0").header(HEADER_BUILD, "test");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::from(body)).unwrap()
}
