//! The ports of a simulated world: what relay, phones and the platform's courier see of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use shopkeeper_core::ports::{Connectivity, Link, Random, SecretError, SecretStore, WallClock};
use shopkeeper_relay::{PlatformHttp, PlatformHttpError};
use shopkeeper_sandbox::push::{PushReply, PushSink, SinkError};
use tokio::sync::watch;

use super::dice::Dice;
use super::net::{Failed, Net, Server};

/// When every simulated world begins, unix milliseconds.
pub const BEGIN_MS: i64 = 1_790_000_000_000;

/// The link over which the relay asks the platform.
pub const TO_PLATFORM: &str = "relay-platform";
/// The link over which the platform pushes to the relay.
pub const TO_RELAY: &str = "platform-relay";

/// Simulated time: the start plus what tokio's paused clock says, plus one owner's error.
#[derive(Debug, Clone)]
pub struct SimClock {
    start: tokio::time::Instant,
    skew_ms: Arc<AtomicI64>,
}

impl SimClock {
    /// A right clock that says [`BEGIN_MS`] now.
    pub fn from_now() -> Self {
        Self { start: tokio::time::Instant::now(), skew_ms: Arc::default() }
    }

    /// One that is wrong by so much.
    pub fn skewed(&self, skew_ms: i64) -> Self {
        Self { start: self.start, skew_ms: Arc::new(AtomicI64::new(skew_ms)) }
    }

    /// Sets this clock, and every clone of it, wrong by so much.
    pub fn set_skew(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
    }

    /// The same as a plain function, which is what relay and sandbox take.
    pub fn plain(&self) -> Arc<dyn Fn() -> i64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }
}

impl WallClock for SimClock {
    fn now_ms(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        BEGIN_MS.saturating_add(elapsed).saturating_add(self.skew_ms.load(Ordering::Relaxed))
    }
}

/// Chance for ids, codes and jitter, from the world's one stream.
pub struct SimRandom(pub Dice);

impl Random for SimRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

impl shopkeeper_relay::Random for SimRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// A secret store that survives a crash of the phone, as a key chain does.
#[derive(Debug, Clone, Default)]
pub struct Secrets(Arc<Mutex<BTreeMap<String, String>>>);

impl SecretStore for Secrets {
    fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

/// What the phone's system says of the link. Each listener has a channel of its own, because one channel wakes its listeners in an
/// order that no seed decides.
pub struct Aerial(Mutex<(Link, Vec<watch::Sender<Link>>)>);

impl Aerial {
    pub fn online() -> Self {
        Self(Mutex::new((Link::Online, Vec::new())))
    }

    pub fn say(&self, link: Link) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.0 = link;
        told.1.retain(|listener| !listener.is_closed());
        for listener in &told.1 {
            listener.send_replace(link);
        }
    }
}

impl Connectivity for Aerial {
    fn watch(&self) -> watch::Receiver<Link> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, receiver) = watch::channel(told.0);
        told.1.push(sender);
        receiver
    }
}

/// The relay's way to the platform.
pub struct RelayHttp {
    pub net: Net,
    pub platform: Server,
}

#[async_trait]
impl PlatformHttp for RelayHttp {
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, PlatformHttpError> {
        let answer = self.net.call(TO_PLATFORM, &self.platform, request).await;
        answer.map_err(|failed| match failed {
            Failed::NotConnected => PlatformHttpError::NotConnected,
            Failed::Lost => PlatformHttpError::Lost,
        })
    }
}

/// The platform's way to the relay.
pub struct Pushes {
    pub net: Net,
    pub relay: Server,
}

impl Pushes {
    async fn carry(&self, request: http::request::Builder, body: String) -> Result<PushReply, SinkError> {
        let request = request.body(Bytes::from(body)).map_err(|error| SinkError(error.to_string()))?;
        let answer = self.net.call(TO_RELAY, &self.relay, request).await;
        let answer = answer.map_err(|failed| SinkError(format!("{failed:?}")))?;
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        Ok(PushReply { status: answer.status().as_u16(), body })
    }
}

#[async_trait]
impl PushSink for Pushes {
    async fn post(&self, url: &str, query: &str, body: String) -> Result<PushReply, SinkError> {
        let request = http::Request::post(format!("{url}?{query}")).header("content-type", "application/json");
        self.carry(request, body).await
    }

    async fn get(&self, url: &str, query: &str) -> Result<PushReply, SinkError> {
        self.carry(http::Request::get(format!("{url}?{query}")), String::new()).await
    }
}
