//! The app's logic. It knows SQLite and the relay, and nothing of UniFFI or of the platform.

pub mod deadlines;
pub mod error;
pub mod ids;
pub mod money;
pub mod net;
pub mod observer;
pub mod orders;
pub mod outbox;
pub mod ports;
pub mod rulebook;
pub mod sensitive;
pub mod store;
pub mod sync;
pub mod time;

pub mod home {
    mod model;
    pub use model::*;
}
