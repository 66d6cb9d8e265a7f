//! The push channel: events go, signed and encrypted, to one registered address, and again and again until it answers.
//!
//! # Life of an event
//!
//! The world announces it; the outlet hands it to the [`Courier`], which gives each event a task of its own: the platform
//! promises no order, and an address that hangs must not hold the others up. An attempt is good if the answer is 200 with
//! `success` or nothing in it, within five seconds. Otherwise the next follows after 0 s, 0 s, 10 s, 1 min, 5 min, 30 min
//! and three times 60 min: ten deliveries in all, then the event is gone for ever.
//!
//! Cases and products have events too; those of a product name no order.
//!
//! Waits are tokio timers and do not follow the shop's scaled clock: a receiver has its five seconds in real time.

mod courier;
mod crypto;
mod sink;

pub use courier::{Courier, Fate, PushTarget, RETRIES, VerifyError};
pub use crypto::{CryptoError, PushKey, signature};
pub use sink::{HttpSink, PushReply, PushSink, SinkError};
