//! Search: orders by whatever a merchant remembers of them.
//!
//! A query is words between blanks; an order is found if each word is in some field of it, and [`fields::TABLE`] says which field can hold a
//! word how. Texts are compared folded ([`fold`]), so width, case and traditional forms make no difference.
//!
//! **Candidates and the last word.** Whatever finds candidates may find too much, and never too little: the index of texts in the cache,
//! the orders that it has yet to follow, and what this phone alone knows (private notes, queued notes, typed waybills), which memory
//! holds anyway. Each candidate is read as the screen shows it, with what is queued laid over it, and compared with the words; the same
//! comparison gives the highlights. So an order is found exactly if a plain walk over all orders would find it.
//!
//! **Private notes** have no index. They are the notes that one merchant typed on one phone, they are in memory as soon as the shop is
//! open, and the walk over them is the cost of a few pages; see the figure in the benchmark before an index is added.
//!
//! **Order.** Open orders first, then the latest: the order of places in the index, see [`Place`](crate::store::orders::Place).

mod fields;
mod fold;
mod letters;
mod model;
mod service;
mod terms;
#[cfg(test)]
mod tests;
mod tokens;
mod watch;

pub use fields::{Field, Highlight};
pub use model::{SearchHit, SearchQuery, SearchResults};
pub use watch::{SearchAnswer, Searching};

pub(crate) use fields::Value;
pub(crate) use tokens::indexed;
