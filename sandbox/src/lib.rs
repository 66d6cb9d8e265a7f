//! A pretend WeChat Shop: the platform's open API, its pushes and its buyers, on one machine and from one seed.
//!
//! It is written from the wire reference alone and shares no code with any client, so that it and the client's adapter test
//! each other. It answers as the platform answers (HTTP 200 and `errcode`, ids as strings in answers and as numbers in some
//! events) and refuses what the platform refuses.
//!
//! | module | is |
//! |---|---|
//! | [`world`] | the shop and its buyers, pure: time is an argument, chance is a seed |
//! | [`http`] | the face of the API, a router without socket, thread or clock |
//! | [`push`] | signed and encrypted events to a registered address, with the platform's patience |
//! | [`faults`] | what goes wrong, on order |
//!
//! [`Sandbox::start`] puts them together behind a loopback port, with a [`Journal`] if it has a data folder. A simulation
//! leaves that out, owns a [`SharedWorld`] and calls [`http::router`] and a [`push::Courier`] with its own
//! [`push::PushSink`] in process.

mod clock;
pub mod faults;
pub mod http;
mod journal;
pub mod push;
mod server;
mod shared;
pub mod world;

pub use clock::{Clock, ManualClock, ScaledClock};
pub use journal::{Journal, JournalError};
pub use push::PushTarget;
pub use server::{RunningSandbox, Sandbox, SandboxConfig, StartError};
pub use shared::SharedWorld;
