//! The outbox.

mod model;
pub(crate) mod rules;

pub use model::*;
