//! The phones' API, and the door for the platform's pushes.
//!
//! Handlers are plain functions: read the request, ask store or [`Work`], answer. What every exchange has in common stands in
//! [`handshake`] (who calls, and do we speak the same protocol) and [`answer`] (how an answer and a refusal look).

mod answer;
mod commands;
mod feed;
mod first;
mod handshake;
mod pair;
mod push;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::routing::{MethodRouter, get, post};
use shopkeeper_protocol::{
    CommandId, CommandStatus, EntityKind, HeldKind, Hello, Refusal, ShopFacts, SweepAnswer, VersionRange, path,
};
use tokio::sync::watch;

pub(crate) use handshake::{Caller, shop_facts};

use crate::ports::{Clock, Random};
use crate::store::Store;
use crate::wanted::{Wanted, WantedBody};

/// What stands behind the API: everything that talks with the platform.
#[async_trait]
pub(crate) trait Work: Send + Sync {
    /// Compares the relay with the platform, and tells how that went for some kinds.
    async fn sweep(&self, kinds: &BTreeSet<EntityKind>) -> SweepAnswer;

    /// The shop, from the platform if the store has it not; `None` if that cannot be reached either.
    async fn shop(&self) -> Option<ShopFacts>;

    /// Takes a command durably. `bytes` is its body as it came, `first_sent_to` the incarnation that it was first sent to.
    async fn accept(&self, body: WantedBody, bytes: &[u8], first_sent_to: &str) -> Result<CommandStatus, Refusal>;

    async fn status(&self, id: &CommandId) -> Result<CommandStatus, Refusal>;

    /// Takes a push durably.
    async fn push(&self, query: &str, body: &[u8]) -> PushTaken;

    /// Answers the platform's question whether this address is the right one.
    fn push_check(&self, query: &str) -> Result<String, PushTaken>;
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushTaken {
    Taken,
    /// It cannot be read.
    Malformed,
    /// Its signature does not fit, or it is another shop's.
    NotGenuine,
    /// It could not be stored: the platform shall send it again.
    Later,
}

/// All that the handlers share.
#[derive(Clone)]
pub(crate) struct Api(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) work: Arc<dyn Work>,
    /// Command kinds that the owner switched off.
    pub(crate) held: Vec<HeldKind>,
    /// The last part of the push address.
    pub(crate) push_name: String,
    /// Closes when the relay ends, and with it every stream of hints.
    pub(crate) alive: watch::Receiver<()>,
}

impl std::ops::Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Api {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    pub(crate) fn router(self) -> Router {
        let phones = |method: MethodRouter<Self>| method.fallback(answer::unknown_path);
        Router::new()
            .route(path::PAIR, phones(post(pair::pair)))
            .route(path::HELLO, phones(get(handshake::hello)))
            .route(path::FIRST, phones(get(first::first)))
            .route(path::CHANGES, phones(get(feed::changes)))
            .route(path::SWEEP, phones(post(commands::sweep)))
            .route(path::COMMANDS, phones(post(commands::accept)))
            .route(path::COMMAND, phones(get(commands::status)))
            .route(path::HINTS, phones(get(crate::hints::hints)))
            .route("/push/{shop}", get(push::check).post(push::take))
            .fallback(answer::unknown_path)
            .with_state(self)
    }

    /// What an answer to nobody in particular begins with.
    pub(crate) fn hello(&self) -> Hello {
        let commands = Wanted::KINDS.iter().map(|kind| format!("command:{kind}"));
        let abilities = ["sweep", "hints", "kind:after_sale"].map(str::to_owned);
        Hello {
            speaks: VersionRange::OURS,
            capabilities: abilities.into_iter().chain(commands).collect(),
            server_time: (self.clock)(),
            incarnation: self.store.incarnation(),
            role: None,
            shop: None,
            held: self.held.clone(),
        }
    }
}
