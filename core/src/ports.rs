//! Ports: everything that the core asks of the world around it, so that a test can be that world.
//!
//! The real ones stand in `net::http` (transport), here (randomness of the system, a file for secrets) and in each shell.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

/// The device's wall clock, uncorrected.
pub trait WallClock: Send + Sync {
    /// UTC unix milliseconds.
    fn now_ms(&self) -> i64;
}

/// Randomness for ids and jitter.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// Where a device token lives: Keychain, Keystore, a 0600 file.
pub trait SecretStore: Send + Sync {
    /// # Errors
    /// If the store cannot be read; not if the name is absent.
    fn get(&self, name: &str) -> Result<Option<String>, SecretError>;
    /// # Errors
    /// If the secret was not stored durably.
    fn set(&self, name: &str, secret: &str) -> Result<(), SecretError>;
    /// # Errors
    /// If the secret may still be there.
    fn remove(&self, name: &str) -> Result<(), SecretError>;
}

/// The secret store did not work. Says what was tried, never the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secret store: {0}")]
pub struct SecretError(pub String);

/// What the device knows about its link. `Weak` is shown as 弱网 and changes no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Online,
    Weak,
    Offline,
}

/// The device's link and its changes.
pub trait Connectivity: Send + Sync {
    fn watch(&self) -> tokio::sync::watch::Receiver<Link>;
}

/// Whom a connection trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Exactly the key with this SHA-256 (hex) over its SubjectPublicKeyInfo.
    PairedKey(String),
    /// The public roots, for `https`; plain `http` only to loopback.
    PublicRoots,
}

/// Carries one request to the relay. It never retries, never follows a redirect, and reads at most a capped body.
#[async_trait]
pub trait Transport: Send + Sync {
    /// The whole answer.
    ///
    /// # Errors
    /// If no whole answer arrived; whether the request had an effect is then unknown, unless the variant says otherwise.
    async fn send(&self, trust: &Trust, request: http::Request<Bytes>)
    -> Result<http::Response<Bytes>, TransportError>;

    /// Opens a stream of server-sent events.
    ///
    /// # Errors
    /// As [`Transport::send`].
    async fn listen(
        &self,
        trust: &Trust,
        request: http::Request<Bytes>,
    ) -> Result<Box<dyn EventStream>, TransportError>;
}

/// An open stream of server-sent events.
#[async_trait]
pub trait EventStream: Send {
    /// The next `data:` payload; `None` when the relay closed the stream.
    async fn next(&mut self) -> Option<Result<String, TransportError>>;
}

/// Why no answer arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nothing was sent: no network, no such host, refused.
    #[error("not connected")]
    NotConnected,
    /// The key or certificate is not the trusted one. Nothing was sent.
    #[error("the server's key is not trusted")]
    Untrusted,
    /// The connection broke or time ran out after the request may have been sent.
    #[error("the answer was lost")]
    Lost,
    /// The answer is larger than the cap.
    #[error("the answer is too large")]
    TooLarge,
}

/// Where the store's blocking work runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreThreads {
    /// On the runtime's blocking threads: the app.
    Own,
    /// On the caller, at once: simulation, where one thread and one seed decide everything.
    InPlace,
}

/// All ports of a core.
#[derive(Clone)]
pub struct Ports {
    pub clock: Arc<dyn WallClock>,
    pub random: Arc<dyn Random>,
    pub secrets: Arc<dyn SecretStore>,
    pub connectivity: Arc<dyn Connectivity>,
    pub transport: Arc<dyn Transport>,
    pub store_threads: StoreThreads,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").field("store_threads", &self.store_threads).finish_non_exhaustive()
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the port's real side")]
    #[expect(
        clippy::expect_used,
        reason = "a system without randomness can make no command id; there is nothing to fall back to"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives randomness");
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl WallClock for SystemClock {
    #[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is the port's real side")]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
