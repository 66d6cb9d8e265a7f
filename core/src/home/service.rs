//! [`Home`]: the Home tab, now and from now on.

use std::sync::Arc;

use super::compose::{self, Counted, Sources};
use super::{CounterKind, HomeView};
use crate::deadlines;
use crate::error::CoreError;
use crate::live::{Live, Query, Reading, Snapshot};
use crate::observer::{Observer, Subscription};
use crate::orders::around::Surroundings;
use crate::orders::reach::Reach;
use crate::orders::service::catch_up;
use crate::orders::{Count, OrderFilter};
use crate::outbox::OutboxSummary;
use crate::rulebook::Rulebook;
use crate::store::{CacheReader, Store, StoreError, Touched};
use crate::time::{Corrected, Instant};

/// Deadlines that the tab lists.
const LISTED: u16 = 20;

/// The Home tab of a shop. Cloning shares it.
#[derive(Clone)]
pub struct Home(Arc<HomeParts>);

/// Everything that the tab needs of the others.
pub(crate) struct HomeParts {
    pub(crate) store: Store,
    pub(crate) clock: Corrected,
    pub(crate) rulebook: &'static Rulebook,
    pub(crate) live: Live,
    pub(crate) surroundings: Surroundings,
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Home")
    }
}

impl Home {
    pub(crate) fn new(parts: HomeParts) -> Self {
        Self(Arc::new(parts))
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The tab now. Each badge is the length of the list that it opens, at this revision.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn view(&self) -> Result<HomeView, CoreError> {
        Ok(self.0.read(None)?.snapshot)
    }

    /// Tells the observer of the tab now and whenever it is another one, be it by time alone.
    pub fn watch(&self, observer: Arc<dyn Observer<HomeView>>) -> Subscription {
        self.0.live.watch(HomeWatch(Arc::clone(&self.0)), observer)
    }
}

impl HomeParts {
    fn read(&self, told: Option<&HomeView>) -> Result<Reading<HomeView>, CoreError> {
        catch_up(&self.store);
        let (rulebook, around) = (self.rulebook, self.surroundings.at(self.clock.now()));
        let (now, address) = (around.now, rulebook.address_accepted_after());
        let home = self.store.view(|view| {
            let cache = &view.cache;
            let due_before = due_before(cache, deadlines::due_before(rulebook, now), told)?;
            let reach = Reach::read(cache)?;
            let (Count::Exact(orders) | Count::AtLeast(orders)) = cache.count(&OrderFilter::default())?;
            let sources = Sources {
                revision: view.revision,
                rulebook,
                around,
                reach,
                orders,
                deadlines: cache.next_deadlines(now, address, LISTED)?,
                address_requests: cache.address_requests(now, address)?,
                work: OutboxSummary::of(&view.local.overlays),
            };
            let snapshot = compose::compose(due_before, sources, |kind, filter| counted(cache, kind, filter))?;
            let deadline = deadlines::next_change(rulebook, now, |after| cache.first_deadline(after, address))?;
            let changes_at = [deadline, around.changes_at(rulebook, reach)].into_iter().flatten().min();
            Ok(Reading { snapshot, changes_at })
        });
        Ok(home?)
    }
}

/// Up to which instant a deadline is about to pass. It goes with the clock; but as long as no deadline lies between the one that was told
/// and that of this moment, both mean the same list, and the told one is no news.
fn due_before(cache: &CacheReader<'_>, now: Instant, told: Option<&HomeView>) -> Result<Instant, StoreError> {
    let told = told.and_then(|told| told.counters.iter().find(|counter| counter.kind == CounterKind::DueSoon));
    let Some(told) = told.and_then(|counter| counter.opens.due_before) else { return Ok(now) };
    let due = |due_before| cache.count(&OrderFilter { due_before: Some(due_before), ..OrderFilter::default() });
    Ok(if due(told)? == due(now)? { told } else { now })
}

fn counted(cache: &CacheReader<'_>, kind: CounterKind, filter: &OrderFilter) -> Result<Counted, StoreError> {
    let (Count::Exact(value) | Count::AtLeast(value)) = cache.count(filter)?;
    let saved = if kind == CounterKind::ToShip { cache.saved_not_delivered(filter)? } else { 0 };
    Ok(Counted { value, saved_not_delivered: saved })
}

impl Snapshot for HomeView {
    fn revision_mut(&mut self) -> &mut u64 {
        &mut self.revision
    }
}

struct HomeWatch(Arc<HomeParts>);

impl Query for HomeWatch {
    type Snapshot = HomeView;

    fn read(&self, told: Option<&HomeView>) -> Result<Reading<HomeView>, CoreError> {
        self.0.read(told)
    }

    fn is_about(&self, touched: &Touched) -> bool {
        touched.any_order() || touched.commands || touched.reach
    }
}
