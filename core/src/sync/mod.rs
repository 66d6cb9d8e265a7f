//! Sync.

mod model;
mod version;

pub use model::*;
pub(crate) use version::Version;
