//! Sync.

mod model;
pub(crate) mod sink;
mod version;

pub use model::*;
pub(crate) use version::Version;
