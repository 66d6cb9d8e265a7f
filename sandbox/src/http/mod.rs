//! The platform's face: an axum router that can be served over a socket or called in process. It reads no clock of its
//! own, spawns nothing, and waits only for a fault's latency on tokio's timer, so a simulation under paused time may own it.
//!
//! # Life of a call
//!
//! While the world is in an outage, nothing but a gateway's page comes back. Else faults are drawn first: latency, a reply lost before the effect, a gateway error, a refusal. Then the platform's own
//! order of looking: the path (40066), the method (43001/43002), the token (41001, 40001, 42001), the quotas of day and minute
//! (45009, 45011), the body (44002, 45002, 47001), the arguments. What the world did is in the journal before the answer exists. At last,
//! faults may garble the answer or lose it after the effect.

mod admin;
mod aftersales;
mod cursor;
mod dispatch;
mod envelope;
mod media;
mod order_changes;
mod orders;
mod products;
mod quota;
mod shop;
mod tokens;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::{get, post};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::shared::SharedWorld;
use crate::world::random::derived;
use media::Album;
use quota::Quotas;
use tokens::TokenDesk;

/// What the HTTP side needs to know besides the world.
#[derive(Clone)]
pub struct PlatformConfig {
    /// AppID that callers must name.
    pub appid: String,
    /// AppSecret that callers must know.
    pub secret: String,
    /// Lifetime of tokens in seconds; the platform's is 7200.
    pub token_lifetime_s: u32,
    /// Seconds for which a token of family A goes on working after its successor was minted.
    pub token_overlap_s: u32,
    /// Calls of one path a day; the platform publishes no number.
    pub daily_quota: u32,
    /// Calls of one path a minute, above which they are refused with 45011; likewise.
    pub minute_quota: u32,
}

impl std::fmt::Debug for PlatformConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlatformConfig").field("appid", &self.appid).finish_non_exhaustive()
    }
}

impl PlatformConfig {
    /// The platform's usual behaviour for this shop.
    pub fn new(appid: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            appid: appid.into(),
            secret: secret.into(),
            token_lifetime_s: 7200,
            token_overlap_s: 0,
            daily_quota: 50_000_000,
            minute_quota: 1_000_000,
        }
    }
}

/// Everything that handlers share. Clones share it.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    world: SharedWorld,
    clock: Clock,
    faults: Faults,
    config: PlatformConfig,
    tokens: Mutex<TokenDesk>,
    quotas: Mutex<Quotas>,
    album: Mutex<Album>,
    calls: AtomicU64,
    seed: u64,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform").field("appid", &self.0.config.appid).finish_non_exhaustive()
    }
}

impl Platform {
    /// A platform around `world`. `clock` tells it the time.
    pub fn new(world: SharedWorld, clock: Clock, config: PlatformConfig) -> Self {
        let seed = world.with(|world| world.config().seed);
        Self(Arc::new(Inner {
            world,
            clock,
            faults: Faults::new(seed),
            tokens: Mutex::new(TokenDesk::new(seed, config.token_lifetime_s, config.token_overlap_s)),
            quotas: Mutex::new(Quotas::new(config.daily_quota, config.minute_quota)),
            album: Mutex::default(),
            config,
            calls: AtomicU64::new(0),
            seed,
        }))
    }

    /// The world behind it.
    pub fn world(&self) -> &SharedWorld {
        &self.0.world
    }

    /// The faults that strike its calls.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Now, unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        (self.0.clock)()
    }

    fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    fn tokens<R>(&self, f: impl FnOnce(&mut TokenDesk) -> R) -> R {
        f(&mut self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn quotas<R>(&self, f: impl FnOnce(&mut Quotas) -> R) -> R {
        f(&mut self.0.quotas.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn album<R>(&self, f: impl FnOnce(&mut Album) -> R) -> R {
        f(&mut self.0.album.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A trace id as the platform appends to its refusals.
    fn rid(&self) -> String {
        let call = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let word = derived(self.0.seed, call);
        format!("{:08x}-{:08x}-{:08x}", self.now_s() & 0xffff_ffff, word >> 32, word & 0xffff_ffff)
    }
}

/// The whole platform, the pretend part (`/_admin/…`) included.
pub fn router(platform: Platform) -> Router {
    Router::new()
        .route("/_admin/faults", get(admin::list_faults).post(admin::add_faults).delete(admin::clear_faults))
        .route("/_admin/switches", get(admin::switches).post(admin::set_switches))
        .route("/_admin/books", get(admin::books))
        .route("/_admin/aftersales", get(admin::aftersales))
        .route("/_admin/shelf", get(admin::shelf))
        .route("/_admin/shelf/flow", get(admin::flow))
        .route("/_admin/script/{name}", post(admin::script))
        .route("/_admin/buyer/{verb}", post(admin::buyer))
        .route("/_admin/colleague/{verb}", post(admin::colleague))
        .fallback(dispatch::dispatch)
        .with_state(platform)
}
