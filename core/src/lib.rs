//! The app's logic. It knows SQLite and the relay, and nothing of UniFFI or of the platform.
//!
//! A shell opens one [`core::Core`] with its [`ports`] and asks it for services: [`orders`] and [`home`] to look at and to tap on,
//! [`outbox`] for the work under way, [`sync`] for how up to date the phone is, [`pairing`] to come and go. What they hand out are plain
//! records with a revision; who wants to know of changes gives an [`observer`].
//!
//! Below the services nothing is public. [`store`] is the only place that knows SQLite: `cache.db` holds what the relay can send again,
//! `actions.db` what only this phone knows. [`net`] knows the relay's language. `sync` brings what is new into the cache, `outbox`
//! takes what was decided to the relay, and neither knows what an order is: rooms lend them sinks and rules.
//!
//! Pure parts take time as an argument: [`rulebook`] (what the platform's codes mean, as data), [`deadlines`], the `rules` of a room, the
//! outbox's state machine and plan. Small types that everything speaks in: [`ids`], [`money`], [`time`], [`sensitive`], [`error`].

pub mod core;
pub mod deadlines;
pub mod error;
pub mod home;
pub mod ids;
mod live;
pub mod money;
pub mod net;
pub mod observer;
pub mod orders;
pub mod outbox;
pub mod pairing;
pub mod ports;
pub mod rulebook;
pub mod sensitive;
pub mod store;
pub mod sync;
pub mod time;
