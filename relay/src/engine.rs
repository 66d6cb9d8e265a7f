//! Everything that talks with the platform, put together: what stands behind the API, and the loops that a relay keeps running.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use shopkeeper_protocol::{CommandId, CommandStatus, EntityKind, HeldKind, Refusal, ShopFacts, SweepAnswer};

use crate::api::{PushTaken, Work, shop_facts};
use crate::commands::Commands;
use crate::platform::Platform;
use crate::ports::Clock;
use crate::pushes::Pushes;
use crate::relay::Loop;
use crate::store::Store;
use crate::sweep::reader::EntityReader;
use crate::sweep::{SweepConfig, Sweeper};
use crate::wanted::WantedBody;

/// How the engine goes about its work.
#[derive(Debug, Clone)]
pub(crate) struct EngineConfig {
    pub(crate) sweep: SweepConfig,
    /// Orders read from the platform at the same time.
    pub(crate) parallel_reads: usize,
    /// Commands carried out at the same time, of different orders.
    pub(crate) parallel_commands: usize,
    /// Command kinds that the owner switched off.
    pub(crate) held: Vec<HeldKind>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { sweep: SweepConfig::default(), parallel_reads: 8, parallel_commands: 4, held: Vec::new() }
    }
}

/// See the module.
pub(crate) struct Engine {
    store: Store,
    sweeper: Sweeper,
    commands: Commands,
    pushes: Pushes,
}

impl Engine {
    pub(crate) fn new(store: Store, platform: Arc<dyn Platform>, clock: Clock, config: EngineConfig) -> Self {
        let reader = EntityReader::new(store.clone(), Arc::clone(&platform), Arc::clone(&clock), config.parallel_reads);
        let sweeper =
            Sweeper::new(store.clone(), Arc::clone(&platform), Arc::clone(&clock), reader.clone(), config.sweep);
        let commands = Commands::new(
            store.clone(),
            Arc::clone(&platform),
            reader,
            Arc::clone(&clock),
            config.held,
            config.parallel_commands,
        );
        let pushes = Pushes::new(store.clone(), platform, clock, sweeper.clone());
        Self { store, sweeper, commands, pushes }
    }

    /// What a started relay keeps running.
    pub(crate) fn loops(&self) -> Vec<Loop> {
        let (sweeper, commands) = (self.sweeper.clone(), self.commands.clone());
        vec![Box::new(move || Box::pin(sweeper.clone().run())), Box::new(move || Box::pin(commands.clone().run()))]
    }
}

#[async_trait]
impl Work for Engine {
    async fn sweep(&self, kinds: &BTreeSet<EntityKind>) -> SweepAnswer {
        let mut report = self.sweeper.sweep_now().await;
        report.watermarks.retain(|mark| kinds.contains(&mark.kind));
        SweepAnswer { complete: report.is_complete(kinds), watermarks: report.watermarks }
    }

    async fn shop(&self) -> Option<ShopFacts> {
        let stored = self.store.read(shop_facts).await;
        match stored {
            Ok(Some(shop)) => return Some(shop),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the shop cannot be read from the store"),
        }
        self.sweeper.ask_shop().await.inspect_err(|error| tracing::warn!(%error, "the shop is not known yet")).ok()
    }

    async fn accept(&self, body: WantedBody, bytes: &[u8], first_sent_to: &str) -> Result<CommandStatus, Refusal> {
        self.commands.accept(body, bytes, first_sent_to).await
    }

    async fn status(&self, id: &CommandId) -> Result<CommandStatus, Refusal> {
        self.commands.status(id).await
    }

    async fn push(&self, query: &str, body: &[u8]) -> PushTaken {
        self.pushes.take(query, body).await
    }

    fn push_check(&self, query: &str) -> Result<String, PushTaken> {
        self.pushes.check(query)
    }
}
