//! The app's logic. It knows SQLite and the relay, and nothing of UniFFI or of the platform.

pub mod core;
pub mod deadlines;
pub mod error;
pub mod home;
pub mod ids;
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
