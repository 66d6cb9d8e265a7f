//! The outbox.

pub(crate) mod machine;
mod model;
mod plan;
pub(crate) mod rules;

pub use model::*;
