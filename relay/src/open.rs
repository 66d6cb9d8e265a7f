//! Opening a relay: its folder, its store, its key, its platform.

use std::sync::Arc;

use crate::alone::Alone;
use crate::config::{PushSecrets, RelayConfig};
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
        let secrets = PushSecrets::of(&config, &*ports.random)?;
        let own = if config.tls {
            Some(OwnKey::open(&config.data_dir).map_err(|error| RelayError::Tls(error.to_string()))?)
        } else {
            None
        };
        let platform: Arc<dyn Platform> = Arc::new(WeChat::new(&config, &secrets, ports.clone()));
        let engine = Arc::new(Engine::new(
            store.clone(),
            platform,
            Arc::clone(&ports.clock),
            EngineConfig {
                sweep: SweepConfig { history_days: config.history_days, ..SweepConfig::default() },
                parallel_reads: config.parallel_reads,
                held: config.held.clone(),
                ..EngineConfig::default()
            },
        ));
        let push = PushTarget {
            path: format!("/push/{}", config.appid),
            token: secrets.token.expose().to_owned(),
            aes_key: secrets.aes_key.expose().to_owned(),
        };
        let (tls, key_hash) = own.map(|own| (own.config, own.hash)).unzip();
        let loops = engine.loops();
        let parts = Parts {
            owner: config.appid,
            held: config.held,
            push,
            tls,
            key_hash,
            behind_proxy: config.behind_proxy,
            work: engine,
            loops,
        };
        Ok(Self::over(alone, store, &ports, parts))
    }
}
