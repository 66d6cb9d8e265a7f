//! The outbox: what a merchant decided, on its way to the platform.
//!
//! **A command's life.** A tap becomes a row of actions.db ([`service`]): typed, with the facts it was decided upon, under an id of 128 random
//! bits, as the very bytes that will travel. It is durable when the tap returns. For six seconds 撤销 takes it back. Then the [`worker`] takes it
//! to the relay when the [`plan`] says it is its turn, and records every step by the table of the [`machine`] before and after
//! it is made. The relay does an id at most once and tells the outcome in the same feed that tells of orders, after the
//! reading of the order that shows the effect ([`sink`], [`reconcile`]). Once the cache holds that reading, the row is forgotten.
//!
//! **Overlays.** Until then every screen shows the cached order with the command on top, so what was typed is never out of sight: not
//! while it waits, not while it is refused, and not in the moment between its outcome and the order's new reading.
//!
//! **Doubt.** An answer that did not come says nothing about the effect. Such a command is `checking`: the relay is asked about the id, and only
//! its word that it does not know the id sends the same bytes again. A person is asked only where the relay itself could not find out
//! (`unknown`).
//!
//! **Crash.** Between any two awaits. What is on disk as `sending` and is not under way is `checking`; everything else goes on
//! as if nothing had been.

mod errand;
pub(crate) mod machine;
mod model;
mod plan;
pub mod reason;
mod reconcile;
pub(crate) mod rules;
mod service;
mod sink;
#[cfg(test)]
mod tests;
mod worker;

pub use model::*;
pub use service::Outbox;
pub(crate) use sink::OutcomeSink;
pub(crate) use worker::Worker;
