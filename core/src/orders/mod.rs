//! Orders: what a shop sees of them, and the rules by which it acts on them.
//!
//! The rules are pure: facts in, facts out, with no store, no clock and no network. What the source said is [`rules::facts`]; what
//! this phone has queued lies on top of it (from [`rules::lies`] on) and never changes it. So a list counts an order whose parcels are only
//! typed as still to ship, and shows beside it that they are typed.

mod actions;
mod after_sales;
pub(crate) mod around;
mod batch;
pub(crate) mod buyer;
pub(crate) mod command_rules;
pub(crate) mod compose;
pub(crate) mod culprit;
pub(crate) mod draft;
mod filter;
pub(crate) mod lines;
pub(crate) mod memo;
mod model;
pub(crate) mod money;
pub(crate) mod notes;
mod period;
pub(crate) mod reach;
pub mod reason;
pub(crate) mod registers;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod service;
pub(crate) mod sinks;
mod states;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod timeline;
mod views;
mod watches;

pub use actions::{Impossible, OrderAction};
pub use after_sales::{AfterSaleLink, AfterSaleStanding};
pub use batch::{BATCH, Batch};
pub use buyer::{BuyerCard, BuyerNote, OrderLink};
pub use draft::guess_carrier;
pub use filter::{AmountRange, ProductFilter, ProductName, RegionFilter, TimeRange};
pub use lines::LineState;
pub use model::*;
pub use period::{Period, Periods};
pub use search::{Field, Highlight, SearchAnswer, SearchAudit, SearchHit, SearchQuery, SearchResults, Searching};
pub use service::Orders;
pub use states::DataState;
pub use views::{SavedView, VIEW_NAME, VIEWS};

pub use crate::deadlines::{Basis, ShipBy};
pub use crate::rulebook::Phase;
