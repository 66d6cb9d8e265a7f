//! [`Home`]: the Home tab, now and from now on.

use std::sync::Arc;

use super::compose::{self, Counted, Moments, Sources};
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

    pub(super) fn clock(&self) -> &Corrected {
        &self.0.clock
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
            let moments = Moments {
                due_before: deadlines::due_before(rulebook, now),
                address_asked_after: deadlines::address_asked_after(rulebook, now),
            };
            let moments = unless_told(cache, moments, told)?;
            let reach = Reach::read(cache)?;
            let (Count::Exact(orders) | Count::AtLeast(orders)) = cache.count(&OrderFilter::default())?;
            let sources = Sources {
                revision: view.revision,
                rulebook,
                around,
                reach,
                orders,
                deadlines: cache.next_deadlines(now, address, LISTED)?,
                work: OutboxSummary::of(&view.local.overlays),
            };
            let snapshot = compose::compose(moments, sources, |kind, filter| counted(cache, kind, filter))?;
            let deadline = deadlines::next_change(rulebook, now, |after| cache.first_deadline(after, address))?;
            let changes_at = [deadline, around.changes_at(rulebook, reach)].into_iter().flatten().min();
            Ok(Reading { snapshot, changes_at })
        });
        Ok(home?)
    }
}

/// The moments of the lists that badges open. They go with the clock; but as long as nothing lies between the one that was told and that of
/// this moment, both mean the same list, and the told one is no news.
fn unless_told(cache: &CacheReader<'_>, now: Moments, told: Option<&HomeView>) -> Result<Moments, StoreError> {
    let told = |kind: CounterKind| told.and_then(|told| told.counters.iter().find(|counter| counter.kind == kind));
    let due = |due_before| OrderFilter { due_before, ..OrderFilter::default() };
    let asked = |address_asked_after| OrderFilter { address_asked_after, ..OrderFilter::default() };
    let told_due = told(CounterKind::DueSoon).and_then(|counter| counter.opens.due_before);
    let told_asked = told(CounterKind::AddressRequest).and_then(|counter| counter.opens.address_asked_after);
    Ok(Moments {
        due_before: same_list(cache, told_due, now.due_before, due)?,
        address_asked_after: same_list(cache, told_asked, now.address_asked_after, asked)?,
    })
}

/// The told moment if it still means the list of this one: of two such lists one is a part of the other.
fn same_list(
    cache: &CacheReader<'_>,
    told: Option<Instant>,
    now: Instant,
    list: impl Fn(Option<Instant>) -> OrderFilter,
) -> Result<Instant, StoreError> {
    let Some(told) = told else { return Ok(now) };
    let is_same = cache.count(&list(Some(told)))? == cache.count(&list(Some(now)))?;
    Ok(if is_same { told } else { now })
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
