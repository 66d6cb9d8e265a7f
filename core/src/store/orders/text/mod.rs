//! The index of texts in cache.db: what of it is owed, how it is paid, and how it is read.
//!
//! **Places.** An order's row in the index has a number made of whether the order is open, when it was created and its id ([`Place`]). So the
//! index is in the order in which a search shows what it found, and the first fifty of thirty thousand are the first fifty that are read.
//! When an order closes it moves to another place, once in its life.
//!
//! **Owing.** A transaction that writes orders writes last that it owes their places (`order_text_owed`), and [`Store::follow_text`] pays them
//! in steps: at once where a phone has everything, and of a first sync once nothing more arrives. A quarter of the time until lists are
//! right after a small commit was indexing, and none has to wait for that.
//!
//! **Truth.** Nothing that the index says is believed: whatever it finds is read from the orders and compared with the query. An order
//! that stands elsewhere by now is skipped, for it is owed at its new place, and what is owed is searched by reading. So the index
//! may be behind at any moment, and a search is right all the same; only of more owed orders than it can read does it leave some
//! out, and says of how many.
//!
//! **What this phone alone knows** of an order (its private note and its flag) stands in the same row, so that one reading of the index
//! finds an order by a word of the shop and a word of a note, in the order of display. Actions.db owns both: a transaction takes them from
//! memory, and the mirror owes the order's place whenever either is another one. What the mirror has yet to write is known
//! ([`Local::ahead`](crate::store::Local::ahead)) and is searched by reading.
//!
//! **No positions.** The index knows which tokens an order has and not where they stand; see the tokens for why.

mod paying;
mod place;
mod reading;
mod sieve;

pub(in crate::store) use paying::{hash, settle};
pub(crate) use place::Place;
pub(crate) use reading::{Found, Searchables};
pub(crate) use sieve::{Sieve, Sifting};
