//! Search: orders by whatever a merchant remembers of them.
//!
//! A query is words between blanks; an order is found if each word is in some field of it, and [`fields::TABLE`] says which field can hold a
//! word how. Texts are compared folded ([`fold`]), so width, case and traditional forms make no difference.
//!
//! **Candidates and the last word.** Whatever finds candidates may find too much, and never too little: the index of texts in the cache,
//! which has the private notes and the flags of this phone too, the orders that it has yet to follow, and what is queued (notes of the
//! platform, typed waybills), which memory holds anyway. Each is a row of places in the order of display, and one walk ([`walk`]) takes the nearest of them, reads the order as the
//! screen shows it, with what is queued laid over it, and compares it with the words; the same comparison gives the highlights. It ends
//! as soon as the window is full. So an order is found exactly if a plain walk over all orders would find it; [`audit`] compares the two.
//!
//! **Within a list.** A query can name a filter; a candidate that is not on that list is passed over before it is read. Where hardly any
//! candidate passes, the walk ends after so many as take some ten milliseconds, and says from where it goes on.
//!
//! **Names of flags** are words, and the core has none: who asks says what flags are called ([`SearchQuery::flag_names`]).
//!
//! **Order.** Open orders first, then the latest: the order of places in the index, see [`Place`](crate::store::orders::Place).

mod audit;
mod draw;
mod fields;
mod fold;
mod letters;
mod model;
mod service;
mod terms;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;
mod watch;

pub use audit::SearchAudit;
pub use fields::{Field, Highlight};
pub use model::{SearchHit, SearchQuery, SearchResults};
pub use watch::{SearchAnswer, Searching};

pub(crate) use fields::Value;
pub(crate) use tokens::indexed;
