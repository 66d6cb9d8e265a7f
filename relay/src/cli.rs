//! The command line of the relay: serve, and what the owner does beside it.
//!
//! `serve` ends when it is killed. There is no gentler way, on purpose: whatever a kill interrupts is found out at the next start, as it has
//! to be after a power cut anyway, so that this path is the one that is always taken.

mod show;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use shopkeeper_protocol::DeviceId;

use crate::config::{ConfigError, RelayConfig};
use crate::desk::Desk;
use crate::http::{HttpPlatform, NoHttp};
use crate::ports::{Ports, RunStore, SystemRandom, system_clock};
use crate::relay::{PushTarget, Relay, RelayError};
use crate::serve::serve;
use crate::store::StoreError;

/// The relay of a shop: keeps the platform's secret, caches the shop, does each command at most once.
#[derive(Debug, Parser)]
#[command(name = "shopkeeper-relay", version)]
struct Args {
    /// The configuration, a TOML file; SHOPKEEPER_RELAY_… in the environment stands above it.
    #[arg(long, short, global = true, env = "SHOPKEEPER_RELAY_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Answers phones and talks with the platform, until it is ended.
    Serve,
    /// Makes a code for one phone, good for five minutes, and shows it as text and as a QR code.
    Invite {
        /// Where the phone will find the relay, if that is not `public_url`.
        #[arg(long)]
        url: Option<String>,
    },
    /// Lists the phones that were paired.
    Devices,
    /// Turns a phone away for good.
    Revoke {
        /// The device's id, as `devices` shows it.
        device: String,
    },
    /// Shows what to enter at the platform so that it sends pushes. This is a secret.
    Push,
}

/// Why a command of the relay failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The words cannot be understood, or ask for help or the version; [`CliError::exit_code`] tells these apart.
    #[error("{0}")]
    Usage(clap::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Relay(#[from] RelayError),
    #[error(transparent)]
    Http(#[from] NoHttp),
    #[error("{dir}: no relay has served this folder yet")]
    NeverServed { dir: PathBuf },
    #[error("where will the phone find the relay? say --url, or public_url in the configuration")]
    NoUrl,
    #[error("{url}: {expected}")]
    BadUrl { url: String, expected: &'static str },
    #[error("no such device: {0}")]
    NoDevice(String),
    #[error("the answer cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Relay(error.into())
    }
}

impl CliError {
    /// What the process ends with: 0 if only help was asked for, 2 if it was called wrongly, otherwise 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(error) if error.use_stderr() => 2,
            Self::Usage(_) => 0,
            _ => 1,
        }
    }
}

/// Does what the words say (the first is the program's name), with a configuration from the environment given; writes what it has to say
/// to `out`.
///
/// # Errors
/// [`CliError`].
pub async fn run_cli(
    words: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (String, String)>,
    out: &mut (dyn Write + Send),
) -> Result<(), CliError> {
    let args = Args::try_parse_from(words).map_err(CliError::Usage)?;
    let config = RelayConfig::load(args.config.as_deref(), environment)?;
    let ports = Ports {
        clock: system_clock(),
        random: Arc::new(SystemRandom),
        http: Arc::new(HttpPlatform::new()?),
        run_store: RunStore::Threads,
    };
    match args.task {
        Task::Serve => {
            let bind = config.bind;
            let tls = config.tls;
            let running = serve(Relay::open(config, ports)?, bind).await?;
            writeln!(out, "serving on {}://{}", if tls { "https" } else { "http" }, running.addr)?;
            out.flush()?;
            std::future::pending().await
        }
        Task::Invite { url } => {
            let url = invite_url(url, &config)?;
            let invite = desk(&config, &ports)?.invite(&url).await?;
            show::invite(&invite, out)?;
            Ok(())
        }
        Task::Devices => {
            show::devices(&desk(&config, &ports)?.devices().await?, out)?;
            Ok(())
        }
        Task::Revoke { device } => {
            if !desk(&config, &ports)?.revoke(&DeviceId(device.clone())).await? {
                return Err(CliError::NoDevice(device));
            }
            writeln!(out, "revoked")?;
            Ok(())
        }
        Task::Push => {
            // Not made here: a folder with nothing but secrets in it would be a mistyped name.
            served(&config)?;
            show::push(&PushTarget::of(&config, &ports)?, config.public_url.as_deref(), out)?;
            Ok(())
        }
    }
}

fn desk(config: &RelayConfig, ports: &Ports) -> Result<Desk, CliError> {
    served(config)?;
    Ok(Desk::open(config, ports)?)
}

/// A mistyped folder must not become a new store, whose codes no relay takes.
fn served(config: &RelayConfig) -> Result<(), CliError> {
    if config.data_dir.is_dir() { Ok(()) } else { Err(CliError::NeverServed { dir: config.data_dir.clone() }) }
}

/// Where a phone will find the relay: what was said, else what is configured, else this machine.
fn invite_url(said: Option<String>, config: &RelayConfig) -> Result<String, CliError> {
    let local = || {
        let reachable = config.bind.ip().is_loopback() && config.bind.port() != 0;
        let scheme = if config.tls { "https" } else { "http" };
        reachable.then(|| format!("{scheme}://{}", config.bind))
    };
    let url = said.or_else(|| config.public_url.clone()).or_else(local).ok_or(CliError::NoUrl)?;
    let uri: Option<http::Uri> = url.parse().ok();
    let https = match uri.as_ref().and_then(http::Uri::scheme_str) {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(CliError::BadUrl { url, expected: "an address that begins with http:// or https://" }),
    };
    if config.tls && !https {
        return Err(CliError::BadUrl { url, expected: "this relay speaks TLS, so its address begins with https://" });
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
