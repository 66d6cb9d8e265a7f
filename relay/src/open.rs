//! Opening a relay: its folder, its store, its key, its platform.

use std::sync::Arc;

use crate::alone::Alone;
use crate::config::{PushSecrets, RelayConfig};
use crate::desk::Desk;
use crate::engine::{Engine, EngineConfig};
use crate::platform::Platform;
use crate::ports::Ports;
use crate::relay::{Parts, PushTarget, Relay, RelayError};
use crate::store::Store;
use crate::sweep::SweepConfig;
use crate::tls::OwnKey;
use crate::wechat::WeChat;

impl Relay {
    /// Opens the relay of a folder, making what is not there. It answers requests at once, and works by itself once it is started.
    ///
    /// # Errors
    /// If the folder is served already, belongs to another shop, or holds something that cannot be used. Whether the platform can be reached
    /// plays no part.
    pub fn open(config: RelayConfig, ports: Ports) -> Result<Self, RelayError> {
        let alone = Alone::take(&config.data_dir)?;
        let store = Store::open(&config.data_dir, ports.run_store, (ports.clock)(), &*ports.random)?;
        if !store.claim_for(&config.appid)? {
            return Err(RelayError::OtherShop { dir: config.data_dir });
        }
        let key = own_key(&config)?;
        let push = PushSecrets::of(&config, &*ports.random)?;
        let platform: Arc<dyn Platform> = Arc::new(WeChat::new(&config, &push, ports.clone()));
        let engine = Engine::new(store.clone(), platform, Arc::clone(&ports.clock), engine_config(&config));
        let (tls, key_hash) = key.map(|key| (key.config, key.hash)).unzip();
        let parts = Parts {
            push: target(&push, &config.appid),
            held: config.held,
            tls,
            key_hash,
            behind_proxy: config.behind_proxy,
            loops: engine.loops(),
            work: Arc::new(engine),
        };
        Ok(Self::over(alone, store, &ports, parts))
    }
}

impl Desk {
    /// The desk of a folder, beside the relay that serves it.
    ///
    /// # Errors
    /// If the folder holds no store that this build reads, or the relay's key is damaged.
    pub fn open(config: &RelayConfig, ports: &Ports) -> Result<Self, RelayError> {
        let store = Store::attach(&config.data_dir, ports.run_store)?;
        Ok(Self::over(store, ports, own_key(config)?.map(|key| key.hash)))
    }
}

impl PushTarget {
    /// What the owner enters at the platform for a relay of this configuration; the secrets are made if there are none.
    ///
    /// # Errors
    /// If the kept secrets are damaged or cannot be kept.
    pub fn of(config: &RelayConfig, ports: &Ports) -> Result<Self, RelayError> {
        Ok(target(&PushSecrets::of(config, &*ports.random)?, &config.appid))
    }
}

fn target(push: &PushSecrets, appid: &str) -> PushTarget {
    PushTarget {
        path: format!("/push/{appid}"),
        token: push.token.expose().to_owned(),
        aes_key: push.aes_key.expose().to_owned(),
    }
}

fn own_key(config: &RelayConfig) -> Result<Option<OwnKey>, RelayError> {
    config.tls.then(|| OwnKey::open(&config.data_dir)).transpose().map_err(|error| RelayError::Tls(error.to_string()))
}

fn engine_config(config: &RelayConfig) -> EngineConfig {
    EngineConfig {
        sweep: SweepConfig { history_days: config.history_days, ..SweepConfig::default() },
        parallel_reads: config.parallel_reads,
        held: config.held.clone(),
        ..EngineConfig::default()
    }
}

#[cfg(test)]
mod tests;
