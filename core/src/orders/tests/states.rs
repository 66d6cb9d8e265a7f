//! Each of the ten data states, reached on a real store.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::desk::{Desk, all_in, frames, order, tab};
use crate::home::HomeView;
use crate::ids::ReasonCode;
use crate::observer::lock;
use crate::orders::{DataState, OrderFilter, OrderSort, OrderTab, Window};
use crate::ports::Link;
use crate::store::outbox::CommandState;

async fn pass(seconds: u64) {
    tokio::time::advance(tokio::time::Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_shop_goes_through_all_ten() {
    let desk = Desk::new();
    let states = |filter: &OrderFilter| desk.list(filter).state.states();
    let (all, to_ship, done) = (OrderFilter::default(), tab(OrderTab::ToShip), tab(OrderTab::Done));

    desk.fetching.send_replace(Some(desk.now()));
    assert_eq!(states(&to_ship), [DataState::LoadingFirst { slow: false }]);
    assert_eq!(desk.home.view().unwrap().state.states(), [DataState::LoadingFirst { slow: false }]);
    pass(8).await;
    assert_eq!(states(&to_ship), [DataState::LoadingFirst { slow: true }]);
    desk.put("wx:1", &order("1001"));
    assert_eq!(states(&all), [DataState::Partial { since: None }]);
    desk.link.send_replace(Link::Offline);
    assert_eq!(states(&done), [DataState::Offline { as_of: None }, DataState::EmptyUnknown]);
    desk.link.send_replace(Link::Online);
    desk.fetching.send_replace(None);

    desk.caught_up();
    let as_of = desk.now();
    let fresh = DataState::Fresh { as_of };
    assert_eq!(states(&all), [fresh]);
    assert_eq!(states(&done), [fresh, DataState::EmptyKnown]);
    desk.orders.ship(&"wx:1".into(), &all_in("SF1234567890")).unwrap();
    let pending = DataState::Pending { works: 1 };
    assert_eq!(states(&to_ship), [pending, fresh]);
    let key = "wx:1".into();
    let detail = || desk.orders.detail(&key).unwrap().state.states();
    assert_eq!(detail(), [pending, fresh]);
    let home = desk.home.view().unwrap();
    let counters: Vec<_> = home.counters.iter().map(|counter| (counter.value, counter.state.states())).collect();
    assert_eq!(counters[0], (1, vec![pending, fresh]));
    assert_eq!(counters[1], (0, vec![fresh, DataState::EmptyKnown]));
    assert_eq!(home.state.states(), [pending, fresh]);
    assert!(!home.badges.home_dot);

    let reason = ReasonCode::from("bad_waybill");
    desk.all_become("wx:1", &CommandState::NeedsAction { reason, platform_code: None });
    let needs_action = DataState::NeedsAction { works: 1 };
    assert_eq!(states(&to_ship), [needs_action, fresh]);
    assert_eq!(detail(), [needs_action, fresh]);
    assert!(desk.home.view().unwrap().badges.home_dot);

    pass(301).await;
    assert_eq!(detail(), [needs_action, DataState::Stale { as_of, very: false }]);
    pass(900).await;
    assert_eq!(states(&all), [needs_action, DataState::Stale { as_of, very: true }]);
    desk.link.send_replace(Link::Offline);
    let offline = DataState::Offline { as_of: Some(as_of) };
    assert_eq!(states(&all), [needs_action, offline, DataState::Stale { as_of, very: true }]);

    desk.permitted.store(false, Ordering::Relaxed);
    assert_eq!((states(&all), detail()), (vec![DataState::NoPermission], vec![DataState::NoPermission]));
    assert_eq!(desk.home.view().unwrap().counters[0].state.states(), [DataState::NoPermission]);
}

#[tokio::test(start_paused = true)]
async fn a_first_load_is_told_to_who_watches() {
    let desk = Desk::new();
    let _tasks = desk.run();
    let lists: Arc<Mutex<Vec<Vec<DataState>>>> = Arc::default();
    let homes = Arc::clone(&lists);
    let into = Arc::clone(&lists);
    let _list = desk.orders.watch(
        OrderFilter::default(),
        OrderSort::Newest,
        Window::top(20),
        Arc::new(move |list: crate::orders::OrderList| lock(&into).push(list.state.states())),
    );
    frames().await;
    desk.fetching.send_replace(Some(desk.now()));
    tokio::time::sleep(tokio::time::Duration::from_secs(10)).await;
    let loading = |slow| vec![DataState::LoadingFirst { slow }];
    assert_eq!(lock(&lists).drain(..).collect::<Vec<_>>(), [loading(false), loading(false), loading(true)]);
    let _home = desk.home.watch(Arc::new(move |home: HomeView| lock(&homes).push(home.state.states())));
    desk.caught_up();
    let as_of = desk.now();
    tokio::time::sleep(tokio::time::Duration::from_secs(400)).await;
    let told = lock(&lists).drain(..).collect::<Vec<_>>();
    let (fresh, stale) = (DataState::Fresh { as_of }, DataState::Stale { as_of, very: false });
    assert_eq!(told.iter().filter(|states| **states == [fresh, DataState::EmptyKnown]).count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|states| **states == [stale, DataState::EmptyKnown]).count(), 2, "{told:?}");
}
