//! Orders in cache.db.
//!
//! **Rows.** Whatever is listed, filtered or sorted has a column of `orders`; lines and parcels have tables; the rest of the detail is
//! one JSON text. Together they are exactly what the relay sent, and [`CacheReader::detail`] puts it together again.
//!
//! **Lists.** An order stands on lists, one bit each in the column `lists` ([`Lists`]): the tabs, and what filters narrow by. A
//! filter is the set of bits that a row must have. Of those, the list with the fewest rows is walked along the index of its sort,
//! and the other bits are checked on the way ([`Walk`]). So any tab, sort and filter is one walk that begins at its place, with no scan
//! and nothing to sort. The cost is an index entry per list and sort; an order stands on two or three.
//!
//! What bits cannot say (times, amounts, places, products) and what a list has no index for is narrowed: see [`narrow`].
//!
//! **Counters** count rows by bit, kept in the transaction that changes a row, from its bits before and after. A combination of bits is
//! counted by a walk of bounded length; deadlines by the range of their index, since the clock decides them and not a row.
//!
//! **Sorts.** *Newest*: creation, latest first. *Most urgent*: the deadline, then the payment, earliest first; then what is to ship and
//! nobody said by when; then the rest, newest first. Ties fall to arrival. Only what is to ship has a deadline, so a list that no such
//! order can stand on has one order and one index, and the most urgent of everything are two stretches: what is to ship, and the rest.
//! *Newest paid*, *amount*, *region* and *same buyer* have an index over everything and one over what is to ship, the list in which somebody
//! works; other lists in these orders are narrowed. Those of everything that grow by chance values wait for the end of a first sync.
//!
//! **Order of the tables' truth.** `orders` and its parts are the relay's; `order_event` is what only pushes told; `late_fact` says
//! of either what came late ([`late`]); `order_mark` is a mirror of actions.db. Columns that follow from more than one of them (`lists`,
//! `hurried_at`, `address_asked_at`) are worked out again whenever one of them changes, and by nobody else.

mod anchors;
mod audit;
mod batch;
mod beside;
mod buyer;
mod course;
mod deadlines;
mod deferred;
mod detail;
mod driver;
mod entry;
mod extra;
mod face;
mod facts;
mod find;
mod gone;
mod here;
mod late;
mod list;
mod lists;
mod narrow;
mod prepared;
pub(in crate::store) mod queries;
mod ranks;
mod record;
mod rows;
mod run;
mod sight;
mod terms;
#[cfg(test)]
pub(crate) mod tests;
pub(in crate::store) mod text;
mod told;
mod write;

#[cfg(test)]
pub(crate) use audit::Difference;
pub use audit::Repairs;
pub(in crate::store) use batch::Batch;
pub(in crate::store) use beside::Beside;
pub(crate) use buyer::{BuyerOrders, OtherOrder};
pub(crate) use course::Course;
#[cfg(test)]
pub(crate) use deadlines::DeadlineKind;
pub(crate) use deadlines::{NextDeadlines, StoredDeadline};
pub(crate) use detail::StoredOrder;
pub(crate) use entry::Entry;
pub(in crate::store) use late::Hearing;
pub(crate) use late::LateFact;
pub(crate) use list::{ListPage, ListQuery};
use lists::List;
pub(in crate::store) use lists::Lists;
pub(crate) use prepared::PreparedOrder;
pub(crate) use queries::Direction;
pub(crate) use rows::StoredRow;
pub(crate) use sight::{Concern, Sight};
pub(crate) use text::{Found, Place, Searchables, Sieve, Sifting};
