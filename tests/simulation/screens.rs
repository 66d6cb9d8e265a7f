//! A merchant's open screens: what the core told them last has to be what a look of one's own shows.

use std::sync::{Arc, Mutex, PoisonError};

use shopkeeper_core::core::Core;
use shopkeeper_core::home::HomeView;
use shopkeeper_core::observer::{Observer, Subscription};
use shopkeeper_core::orders::{OrderFilter, OrderList, OrderSort, OrderTab, Window};
use shopkeeper_core::outbox::OutboxView;

/// The screens of one phone. Dropping them closes them.
pub struct Screens {
    home: Screen<HomeView>,
    to_ship: Screen<OrderList>,
    outbox: Screen<OutboxView>,
}

struct Screen<T> {
    shown: Arc<Shown<T>>,
    _watch: Subscription,
}

struct Shown<T>(Mutex<Option<T>>);

impl<T: Send> Observer<T> for Shown<T> {
    fn on_change(&self, snapshot: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
    }
}

impl<T: Clone> Screen<T> {
    fn open(watch: impl FnOnce(Arc<Shown<T>>) -> Subscription) -> Self {
        let shown = Arc::new(Shown(Mutex::new(None)));
        Self { _watch: watch(Arc::clone(&shown)), shown }
    }

    fn shown(&self) -> Option<T> {
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn to_ship() -> (OrderFilter, OrderSort, Window) {
    (OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() }, OrderSort::MostUrgent, Window::top(20))
}

impl Screens {
    /// Opens the screens of a paired phone.
    pub fn open(core: &Core) -> Self {
        let (orders, home, outbox) =
            (core.orders().expect("paired"), core.home().expect("paired"), core.outbox().expect("paired"));
        let (filter, sort, window) = to_ship();
        Self {
            home: Screen::open(|shown| home.watch(shown)),
            to_ship: Screen::open(|shown| orders.watch(filter, sort, window, shown)),
            outbox: Screen::open(|shown| outbox.watch(shown)),
        }
    }

    /// Which screens show something else than what there is, in words.
    pub fn stale(&self, core: &Core) -> Vec<String> {
        let mut stale = Vec::new();
        // Not what a counter opens: that names the moment of the look.
        let told = |home: HomeView| {
            let counters: Vec<_> = home.counters.iter().map(|counter| (counter.kind, counter.value)).collect();
            (counters, home.deadlines, home.more_deadlines, home.work)
        };
        let home = told(core.home().expect("paired").view().expect("home reads"));
        let shown = self.home.shown().map(told);
        if shown.as_ref() != Some(&home) {
            stale.push(format!("home shows {shown:?}, there is {home:?}"));
        }
        let (filter, sort, window) = to_ship();
        let list = core.orders().expect("paired").list(&filter, sort, &window).expect("a list reads");
        let shown = self.to_ship.shown();
        if !shown.as_ref().is_some_and(|shown| shown.rows == list.rows && shown.count == list.count) {
            stale.push(format!("a list shows {shown:?}, there is {list:?}"));
        }
        let outbox = core.outbox().expect("paired").view().expect("the outbox reads");
        let shown = self.outbox.shown();
        if !shown.as_ref().is_some_and(|shown| shown.items == outbox.items) {
            stale.push(format!("the outbox shows {shown:?}, there is {outbox:?}"));
        }
        stale
    }
}
