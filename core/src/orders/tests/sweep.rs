//! Whatever is committed, every live list and every live detail is what a fresh read says, though most commits make few of them read.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use shopkeeper_protocol::{EntityKey, OrderEvent};
use tokio::runtime::Builder;

use super::desk::{Desk, all_in, frames};
use crate::observer::{Subscription, lock};
use crate::orders::sinks::{OrderEventSink, OrderSink};
use crate::orders::{Anchor, Count, Flag, From, OrderDetail, OrderFilter, OrderList, OrderSort, OrderTab, Window};
use crate::ports::Link;
use crate::rulebook::Rulebook;
use crate::store::CacheTx;
use crate::store::orders::ListQuery;
use crate::store::orders::tests::history::{Step, a_various_step, key};
use crate::store::orders::tests::narrow::{a_filter, a_sort};
use crate::sync::Version;
use crate::sync::sink::{EntitySink as _, SinkError};

/// Something that happens.
#[derive(Debug, Clone)]
enum Act {
    /// One commit of the relay's.
    Feed(Vec<Step>),
    Flag(u8, Option<Flag>),
    Note(u8, &'static str),
    Ship(u8),
    CaughtUp,
    Link(Link),
}

/// A window of a list: how far down the first row of it stands, and whether it is read up to there.
#[derive(Debug, Clone)]
struct Place {
    filter: OrderFilter,
    sort: OrderSort,
    size: u16,
    down: usize,
    up: bool,
}

fn an_act() -> impl Strategy<Value = Act> {
    let at = || 0..12_u8;
    prop_oneof![
        8 => prop::collection::vec(a_various_step(), 1..4).prop_map(Act::Feed),
        1 => prop::collection::vec(a_various_step(), 4..12).prop_map(Act::Feed),
        2 => (at(), prop::option::of(prop::sample::select(vec![Flag::Red, Flag::Green])))
            .prop_map(|(at, flag)| Act::Flag(at, flag)),
        2 => (at(), prop::sample::select(vec!["", "甲", "乙"])).prop_map(|(at, text)| Act::Note(at, text)),
        2 => at().prop_map(Act::Ship),
        1 => Just(Act::CaughtUp),
        1 => prop::sample::select(vec![Link::Online, Link::Offline]).prop_map(Act::Link),
    ]
}

fn a_place() -> impl Strategy<Value = Place> {
    let filter = prop_oneof![
        2 => prop::sample::select(OrderTab::EVERY.to_vec()).prop_map(|tab| OrderFilter { tab, ..OrderFilter::default() }),
        1 => a_filter().prop_filter("a filter that makes sense", |filter| filter.check().is_ok()),
    ];
    (filter, a_sort(), 1..6_u16, 0..6_usize, prop::bool::weighted(0.3))
        .prop_map(|(filter, sort, size, down, up)| Place { filter, sort, size, down, up })
}

impl Place {
    fn window(&self, desk: &Desk) -> Window {
        let all = desk.orders.list(&self.filter, self.sort, &Window::top(200)).unwrap();
        let anchor: Option<Anchor> =
            self.down.checked_sub(1).and_then(|at| all.rows.get(at)).map(|row| row.anchor.clone());
        let from = match anchor {
            None => From::Top,
            Some(anchor) if self.up => From::Before(anchor),
            Some(anchor) => From::After(anchor),
        };
        Window { from, size: self.size }
    }
}

fn happen(desk: &Desk, act: &Act) {
    // Whether the order is there, and lets itself be shipped, is not what this is about.
    match act {
        Act::Feed(steps) => feed(desk, steps),
        Act::Flag(at, flag) => drop(desk.orders.set_flag(&key(*at), *flag)),
        Act::Note(at, text) => drop(desk.orders.add_note(&key(*at), text)),
        Act::Ship(at) => drop(desk.orders.ship(&key(*at), &all_in(&format!("SF12345678{at:02}")))),
        Act::CaughtUp => desk.caught_up(),
        Act::Link(link) => drop(desk.link.send_replace(*link)),
    }
}

fn feed(desk: &Desk, steps: &[Step]) {
    desk.take(|tx, version| steps.iter().try_for_each(|step| told(tx, version, step)));
}

fn told(tx: &CacheTx<'_>, version: Version, step: &Step) -> Result<(), SinkError> {
    let (orders, events) =
        (OrderSink { rulebook: Rulebook::builtin() }, OrderEventSink { rulebook: Rulebook::builtin() });
    match step {
        Step::Put { at, order } => {
            orders.upsert(tx, &key(*at), version, &serde_json::to_string(order).unwrap()).map(|_| ())
        }
        Step::Gone { at } => Ok(orders.gone(tx, &key(*at), version).map(|_| ())?),
        Step::Tell { at, kind, when } => {
            let event = OrderEvent { order: key(*at), kind: (*kind).to_owned(), at: *when };
            let name = EntityKey(format!("{}|{kind}|{when}", key(*at)));
            events.upsert(tx, &name, version, &serde_json::to_string(&event).unwrap()).map(|_| ())
        }
        // Marks come from taps here, and nothing is of an older generation.
        Step::Mark { .. } | Step::Forget => Ok(()),
    }
}

struct Watched<T> {
    told: Arc<Mutex<Option<T>>>,
    _watch: Subscription,
}

impl<T: Send + 'static> Watched<T> {
    fn new(watch: impl FnOnce(Arc<dyn crate::observer::Observer<T>>) -> Subscription) -> Self {
        let told: Arc<Mutex<Option<T>>> = Arc::default();
        let into = Arc::clone(&told);
        let watch = watch(Arc::new(move |snapshot: T| *lock(&into) = Some(snapshot)));
        Self { told, _watch: watch }
    }
}

type Lists = Vec<(Place, Window, Watched<OrderList>)>;
type Details = Vec<(EntityKey, Watched<OrderDetail>)>;

/// A fresh read that looked at enough before it knew all may say less than an answer that is kept, and never anything else.
fn compare_list(desk: &Desk, place: &Place, window: &Window, told: &OrderList) -> Result<(), TestCaseError> {
    let mut fresh = desk.orders.list(&place.filter, place.sort, window).unwrap();
    prop_assert!(told.revision <= fresh.revision);
    fresh.revision = told.revision;
    if let (Count::AtLeast(some), Count::Exact(all)) = (fresh.count, told.count) {
        prop_assert!(some <= all);
        (fresh.count, fresh.state.extent) = (told.count, told.state.extent);
    }
    let (filter, from) = (place.filter.clone(), window.from.clone());
    let query = ListQuery { filter, sort: place.sort, from, size: window.size };
    if desk.store.read(|cache| cache.list(&query)).unwrap().cut {
        let mut rows = (told.rows.clone(), fresh.rows.clone());
        if matches!(window.from, From::Before(_)) {
            rows.0.reverse();
            rows.1.reverse();
        }
        prop_assert!(rows.0.starts_with(&rows.1), "{:?} {:?}", place, window);
        prop_assert_eq!(told.count, fresh.count);
        return Ok(());
    }
    prop_assert_eq!(told, &fresh, "{:?} {:?}", place, window);
    Ok(())
}

fn compare(desk: &Desk, lists: &Lists, details: &Details) -> Result<(), TestCaseError> {
    for (place, window, watched) in lists {
        compare_list(desk, place, window, &lock(&watched.told).clone().unwrap())?;
    }
    for (key, watched) in details {
        let Ok(mut fresh) = desk.orders.detail(key) else { continue };
        let told = lock(&watched.told).clone().unwrap();
        fresh.revision = told.revision;
        prop_assert_eq!(told, fresh);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn every_live_list_is_a_fresh_read(
        before in prop::collection::vec(a_various_step(), 0..24),
        places in prop::collection::vec(a_place(), 12),
        acts in prop::collection::vec((an_act(), prop::bool::weighted(0.7)), 1..16),
    ) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let desk = Desk::new();
            let _tasks = desk.run();
            before.chunks(5).for_each(|steps| feed(&desk, steps));
            let lists: Lists = places
                .into_iter()
                .map(|place| {
                    let window = place.window(&desk);
                    let watch = |into| desk.orders.watch(place.filter.clone(), place.sort, window.clone(), into);
                    let watched = Watched::new(watch);
                    (place, window, watched)
                })
                .collect();
            let details: Details = (0..4)
                .map(|at| (key(at), Watched::new(|into| desk.orders.watch_detail(key(at), into))))
                .collect();
            frames().await;
            compare(&desk, &lists, &details)?;
            for (act, looks) in acts {
                happen(&desk, &act);
                // Without a look, the next commit comes before anybody has heard of this one.
                if looks {
                    frames().await;
                    compare(&desk, &lists, &details)?;
                }
            }
            frames().await;
            compare(&desk, &lists, &details)
        })?;
    }
}
