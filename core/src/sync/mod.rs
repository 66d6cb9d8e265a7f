//! Sync: how what the relay knows comes to this phone.
//!
//! **Two feeds, one rule.** The first sync walks everything by importance; changes follow from the head at which that walk began,
//! and the two take turns while history is still arriving ([`plan`]). They overlap in any order, because every row carries the
//! version of the reading that it holds ([`Version`]) and the greater version wins. Nothing depends on pages arriving once, in
//! order, or at all: a page is stored batch by batch and the cursor moves with the last one ([`apply`]).
//!
//! **Another history.** A relay that lost its store, or went back to a copy of it, answers *reset*. The generation rises, so that
//! every reading from now on is later than every one before; everything is read again, and at the end of that what only the older
//! generation knew is removed. Until then it is shown. What the phone itself owns (flags, notes, queued work) is in another file
//! and not touched.
//!
//! **What can be said.** Coverage and watermarks are the relay's own claims. A claim of the first sync is taken with the page
//! after which it holds; what the relay says of itself is taken when everything that it has is here ([`state`]).
//!
//! **What cannot be read** costs itself: a bad body is kept aside with its raw text, and a later version, or a later build, heals it. A
//! kind that this build does not know is passed over; a build that knows it walks the first sync again.
//!
//! **Who runs it.** [`engine`] is the task, [`pull`] one round of it, which [`Sync::now`] runs as well, in turn.

mod ahead;
mod apply;
mod aside;
mod board;
mod engine;
mod model;
mod pace;
mod plan;
mod provision;
mod pull;
mod service;
pub(crate) mod sink;
pub(crate) mod state;
mod version;

pub(crate) use aside::SetAside;
pub(crate) use engine::SyncParts;
pub use model::*;
pub use provision::{Missing, Part, PartKind, ProvisionStep, Provisions};
pub use service::Sync;
pub(crate) use version::Version;

#[cfg(test)]
mod tests;
