//! [`Orders::watch_search`]: a search that is typed.
//!
//! A person types faster than some searches run, so a text is only put down ([`Searching::ask`]) and the live task reads it. What it reads is
//! the text that stands there when it begins: those that were typed over meanwhile are never searched, and as a watch reads under a lock of
//! its own, no answer to an old text comes after one to a newer text. An answer that was on its way already still arrives; it names its
//! query, so that nobody takes it for the newer one's.

use std::sync::{Arc, Mutex};

use super::service::Asked;
use super::{SearchQuery, SearchResults};
use crate::error::CoreError;
use crate::live::{Query, Reading, Snapshot};
use crate::observer::{Observer, Subscription, lock};
use crate::orders::{Orders, Window};
use crate::store::Touched;
use crate::time::Span;

/// How often a search that had to leave orders out looks whether the index has reached them; indexing is no commit that a list hears of.
const INDEX_LOOK: Span = Span::seconds(1);

/// What a watcher of a search is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchAnswer {
    /// What this answers.
    pub query: SearchQuery,
    pub window: Window,
    pub results: SearchResults,
}

/// Keeps a search alive; dropping it ends it.
#[must_use = "a dropped search is an ended one"]
pub struct Searching {
    asked: Arc<Mutex<(SearchQuery, Window)>>,
    subscription: Subscription,
}

impl std::fmt::Debug for Searching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Searching")
    }
}

impl Searching {
    /// Searches for this from now on, from that place on; returns before anything is searched.
    ///
    /// # Errors
    /// What [`Orders::search`] refuses about the query and the window; the watch then goes on with what it had.
    pub fn ask(&self, query: SearchQuery, window: Window) -> Result<(), CoreError> {
        Asked::of(&query, &window)?;
        *lock(&self.asked) = (query, window);
        self.subscription.look_again();
        Ok(())
    }
}

impl Orders {
    /// Tells the observer what a search finds, now and whenever it is something else. Returns before anything is searched.
    ///
    /// # Errors
    /// What [`Orders::search`] refuses about the query and the window.
    pub fn watch_search(
        &self,
        query: SearchQuery,
        window: Window,
        observer: Arc<dyn Observer<SearchAnswer>>,
    ) -> Result<Searching, CoreError> {
        Asked::of(&query, &window)?;
        let asked = Arc::new(Mutex::new((query, window)));
        let watch = SearchWatch { orders: self.clone(), asked: Arc::clone(&asked) };
        Ok(Searching { asked, subscription: self.0.live.watch_aside(watch, observer) })
    }
}

impl Snapshot for SearchAnswer {
    fn revision_mut(&mut self) -> &mut u64 {
        &mut self.results.revision
    }
}

struct SearchWatch {
    orders: Orders,
    asked: Arc<Mutex<(SearchQuery, Window)>>,
}

impl Query for SearchWatch {
    type Snapshot = SearchAnswer;

    fn read(&self, _told: Option<&SearchAnswer>) -> Result<Reading<SearchAnswer>, CoreError> {
        let (query, window) = lock(&self.asked).clone();
        let Reading { snapshot: results, changes_at } = self.orders.read_search(&query, &window)?;
        let look = (results.not_indexed > 0).then(|| self.orders.now().plus(INDEX_LOOK));
        let changes_at = [changes_at, look].into_iter().flatten().min();
        Ok(Reading { snapshot: SearchAnswer { query, window, results }, changes_at })
    }

    fn is_about(&self, touched: &Touched) -> bool {
        // Which words are in an order that changed takes a look into the cache, and so does the search itself.
        touched.any_order() || touched.reach
    }
}
