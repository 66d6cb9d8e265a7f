//! Talking with the relay.
//!
//! A request's life: [`Relay`] gives it the headers that every request has (protocol version, build, the device's token), a
//! [`Transport`](crate::ports::Transport) carries it, and the answer is read tolerantly. Whatever the answer is, its
//! [`Hello`](shopkeeper_protocol::Hello) is taken first: the relay's clock corrects ours, and which command kinds are switched
//! off, who we are and what the shop is called is news to everybody who listens ([`Relay::hello`]).
//!
//! Errors say what is known about the *effect* ([`NetError`]): nothing was sent, or nobody knows, or the relay itself said no.
//! The outbox lives by that difference. Nothing here retries; when to try again is decided where it is known what for, with the
//! waits of [`Backoff`].
//!
//! Time limits are tokio timers here and not in the transport, so that a simulation can let an answer be late.

mod backoff;
mod client;
mod error;
mod feed;
pub mod http;
mod trust;

pub(crate) use backoff::Backoff;
pub(crate) use client::{Peer, Relay};
pub(crate) use error::NetError;
pub(crate) use feed::{AtSight, Lines, Read, unpack};
pub(crate) use trust::{BadAddress, trust_of};
