//! The merchant's own server: keeps the platform's secret, caches the shop, does each command at most once.

mod alone;
mod api;
mod cli;
mod commands;
mod config;
mod desk;
mod engine;
mod hints;
mod http;
mod open;
mod pairing;
pub mod platform;
mod ports;
mod private_file;
mod push_secrets;
mod pushes;
mod relay;
mod serve;
mod store;
mod sweep;
mod tls;
mod wanted;
mod wechat;

pub use alone::NotAlone;
pub use cli::{CliError, run_cli};
pub use config::{ConfigError, PushSecrets, RelayConfig, Secret};
pub use desk::Desk;
pub use http::{HttpPlatform, NoHttp};
pub use ports::{Clock, PlatformHttp, PlatformHttpError, Ports, Random, RunStore, SystemRandom, system_clock};
pub use push_secrets::PushSecretsError;
pub use relay::{PushTarget, Relay, RelayError};
pub use serve::{RunningRelay, serve};
pub use store::{DeviceInfo, StoreError};
