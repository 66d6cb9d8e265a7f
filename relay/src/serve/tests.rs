use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Client, StatusCode};
use shopkeeper_protocol::{EntityKind, HEADER_PROTOCOL};
use tempfile::tempdir;

use crate::alone::{Alone, NotAlone};
use crate::api::tests::bench::{NoPlatform, Told, shop};
use crate::ports::{Ports, RunStore};
use crate::relay::{Loop, Parts, PushTarget, Relay, RelayError};
use crate::serve::{RunningRelay, serve};
use crate::store::tests::Counting;
use crate::store::{Put, Store};

async fn relay(dir: &Path, seed: u64, behind_proxy: bool, loops: Vec<Loop>) -> Relay {
    let ports = Ports {
        clock: Arc::new(|| 1_800_000_000_000),
        random: Arc::new(Counting::from(seed)),
        http: Arc::new(NoPlatform),
        run_store: RunStore::Threads,
    };
    let alone = Alone::take(dir).unwrap();
    let store = Store::open(dir, RunStore::Threads, 1, &*ports.random).unwrap();
    let put = |tx: &crate::store::Tx<'_>| {
        let (key, body) = ("wx:shop".into(), serde_json::to_string(&shop()).unwrap());
        tx.put(Put { kind: EntityKind::Shop, key: &key, body, open: false, created_at: None, fetch: None })
    };
    store.write(put).await.unwrap();
    let parts = Parts {
        held: Vec::new(),
        push: PushTarget { path: "/push/wx1".into(), token: "token".into(), aes_key: "key".into() },
        tls: None,
        key_hash: None,
        behind_proxy,
        work: Arc::new(Told::default()),
        loops,
    };
    Relay::over(alone, store, &ports, parts)
}

/// A phone's way in: pairs, and gives a client with its token.
struct Phone {
    http: Client,
    url: String,
    token: String,
}

impl Phone {
    async fn pair(running: &RunningRelay) -> Self {
        // Without this, reqwest looks for a provider of TLS although none is spoken here.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}", running.addr);
        let invite = running.relay().invite(&url).await.unwrap();
        let body = format!("{{\"code\":\"{}\",\"device_name\":\"柜台\"}}", invite.code);
        let answer =
            http.post(format!("{url}/v1/pair")).header(HEADER_PROTOCOL, "1.0").body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        Self { http, url, token: answer["body"]["token"].as_str().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        let request = self.http.get(format!("{}{path}", self.url));
        request.header(HEADER_PROTOCOL, "1.0").bearer_auth(&self.token).send().await
    }
}

#[tokio::test]
async fn a_phone_pairs_and_reads_over_loopback() {
    let dir = tempdir().unwrap();
    let running = serve(relay(dir.path(), 1, false, Vec::new()).await, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let phone = Phone::pair(&running).await;
    let feed = phone.get("/v1/first").await.unwrap();
    assert_eq!(feed.status(), StatusCode::OK);
    assert_eq!(feed.headers()["content-type"], "application/x-ndjson");
    assert!(feed.text().await.unwrap().contains("茶铺"));
    running.shutdown().await;
    assert!(phone.get("/v1/hello").await.is_err(), "nobody answers any more");
}

#[tokio::test]
async fn streams_of_hints_end_whole_when_the_relay_does() {
    let dir = tempdir().unwrap();
    let running = serve(relay(dir.path(), 1, false, Vec::new()).await, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let phone = Phone::pair(&running).await;
    let mut hints = phone.get("/v1/hints").await.unwrap();
    assert!(hints.chunk().await.unwrap().unwrap().starts_with(b"data: "));
    running.shutdown().await;
    assert_eq!(hints.chunk().await.unwrap(), None, "an end, not a break");
}

#[tokio::test]
async fn a_crash_ends_everything_and_the_folder_opens_again() {
    let dir = tempdir().unwrap();
    let lives = Arc::new(AtomicUsize::new(0));
    let ends: Loop = {
        let lives = Arc::clone(&lives);
        Box::new(move || {
            struct Life(Arc<AtomicUsize>);
            impl Drop for Life {
                fn drop(&mut self) {
                    self.0.fetch_sub(1, Ordering::SeqCst);
                }
            }
            let lives = Arc::clone(&lives);
            Box::pin(async move {
                lives.fetch_add(1, Ordering::SeqCst);
                let _life = Life(lives);
                std::future::pending::<()>().await;
            })
        })
    };
    let bind = "127.0.0.1:0".parse().unwrap();
    let running = serve(relay(dir.path(), 1, false, vec![ends]).await, bind).await.unwrap();
    let phone = Phone::pair(&running).await;
    let mut hints = phone.get("/v1/hints").await.unwrap();
    assert!(hints.chunk().await.unwrap().is_some());
    running.relay().start();
    assert_eq!(lives.load(Ordering::SeqCst), 1, "started once");
    assert!(matches!(Alone::take(dir.path()), Err(NotAlone::Taken { .. })), "nobody else serves it meanwhile");
    drop(running);

    let running = serve(relay(dir.path(), 2, false, Vec::new()).await, bind).await.unwrap();
    while hints.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
    assert_eq!(lives.load(Ordering::SeqCst), 0);
    // The device is known to the next life.
    let moved = Phone { url: format!("http://{}", running.addr), ..phone };
    assert_eq!(moved.get("/v1/hello").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn plain_http_stays_on_loopback_or_behind_a_proxy() {
    let dir = tempdir().unwrap();
    let bind = "0.0.0.0:0".parse().unwrap();
    let refused = serve(relay(dir.path(), 1, false, Vec::new()).await, bind).await.unwrap_err();
    assert!(matches!(refused, RelayError::PlainHttp { .. }), "{refused}");
    let running = serve(relay(dir.path(), 2, true, Vec::new()).await, bind).await.unwrap();
    running.shutdown().await;
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let dir = tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bind = taken.local_addr().unwrap();
    let refused = serve(relay(dir.path(), 1, false, Vec::new()).await, bind).await.unwrap_err();
    assert!(refused.to_string().contains(&bind.to_string()), "{refused}");
}
