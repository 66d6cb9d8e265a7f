//! The Home tab: badges and deadlines. It has no facts of its own, so that no number on it can differ from the list that it opens.

mod audit;
pub(crate) mod compose;
mod model;
mod service;

pub use crate::store::orders::Repairs;
pub use audit::{AuditReport, CounterRepair};
pub use model::*;
pub use service::Home;
pub(crate) use service::HomeParts;
