//! The merchant's own server: keeps the platform's secret, caches the shop, does each command at most once.

mod api;
mod hints;
mod pairing;
pub mod platform;
mod ports;
mod store;

pub use ports::{Clock, PlatformHttp, PlatformHttpError, Ports, Random, RunStore, SystemRandom, system_clock};
pub use store::{DeviceInfo, StoreError};
