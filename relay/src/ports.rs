//! Ports: what the relay asks of the world around it, so that a simulation can be that world.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

/// The wall clock, UTC unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Randomness for codes, tokens and incarnations.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// Carries one request to the platform. It never retries and reads at most a capped body.
#[async_trait]
pub trait PlatformHttp: Send + Sync {
    /// The whole answer, whatever its status.
    ///
    /// # Errors
    /// If no whole answer arrived.
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, PlatformHttpError>;
}

/// Why no answer arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlatformHttpError {
    /// Nothing was sent.
    #[error("not connected")]
    NotConnected,
    /// The request may have arrived.
    #[error("the answer was lost")]
    Lost,
    #[error("the answer is too large")]
    TooLarge,
}

/// Where the store's work runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStore {
    /// On the runtime's blocking threads: the real relay.
    Threads,
    /// On the caller, at once: a simulation.
    InPlace,
}

/// All ports of a relay.
#[derive(Clone)]
pub struct Ports {
    pub clock: Clock,
    pub random: Arc<dyn Random>,
    pub http: Arc<dyn PlatformHttp>,
    pub run_store: RunStore,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").field("run_store", &self.run_store).finish_non_exhaustive()
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the port's real side")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness no code or token can be made; there is nothing to fall back to"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives randomness");
    }
}

/// The system's clock.
#[must_use]
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is the port's real side")]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
