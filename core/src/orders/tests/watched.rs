//! What watchers of lists, details and the Home tab are told.

use std::sync::{Arc, Mutex};

use tokio::time::Duration;

use super::desk::{Desk, START, all_in, frames, order, shipped, tab};
use crate::home::{CounterKind, HomeView};
use crate::observer::lock;
use crate::orders::{Flag, Freshness, LinkState, OrderDetail, OrderList, OrderSort, OrderTab, Shipping, Window};
use crate::ports::Link;
use crate::time::Span;

type Told<T> = Arc<Mutex<Vec<T>>>;

fn drain<T>(told: &Told<T>) -> Vec<T> {
    lock(told).drain(..).collect()
}

fn into<T: Send + 'static>(told: &Told<T>) -> Arc<impl Fn(T) + Send + Sync + use<T>> {
    let told = Arc::clone(told);
    Arc::new(move |snapshot| lock(&told).push(snapshot))
}

#[tokio::test(start_paused = true)]
async fn a_list_is_told_what_changes_it_and_nothing_else() {
    let desk = Desk::new();
    let _tasks = desk.run();
    desk.put("wx:1", &order("1001"));
    let told: Told<OrderList> = Arc::default();
    let _watch = desk.orders.watch(tab(OrderTab::ToShip), OrderSort::MostUrgent, Window::top(20), into(&told));
    frames().await;
    assert_eq!(drain(&told)[0].rows.len(), 1);
    desk.orders.set_flag(&"wx:1".into(), Some(Flag::Red)).unwrap();
    desk.orders.ship(&"wx:1".into(), &all_in("SF1234567890")).unwrap();
    frames().await;
    let [list] = drain(&told).try_into().unwrap();
    assert_eq!((list.rows[0].flag, list.rows[0].shipping.clone()), (Some(Flag::Red), Shipping::Saved));
    assert_eq!(list.saved_not_delivered, 1);
    // An order that is on another list.
    desk.put("wx:2", &shipped(&order("1002"), "SF0000000000", START));
    frames().await;
    assert_eq!(drain(&told), []);
    desk.put("wx:1", &shipped(&order("1001"), "SF1234567890", START));
    frames().await;
    let [list] = drain(&told).try_into().unwrap();
    assert!(list.rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn truth_grows_old_and_links_break_before_the_watchers_eyes() {
    let desk = Desk::new();
    let _tasks = desk.run();
    desk.put("wx:1", &order("1001"));
    desk.caught_up();
    let as_of = desk.now();
    let told: Told<OrderList> = Arc::default();
    let _watch = desk.orders.watch(tab(OrderTab::ToShip), OrderSort::Newest, Window::top(20), into(&told));
    frames().await;
    desk.link.send_replace(Link::Offline);
    frames().await;
    tokio::time::sleep(Duration::from_secs(30 * 60)).await;
    frames().await;
    let states: Vec<_> = drain(&told).into_iter().map(|list| (list.state.freshness, list.state.link)).collect();
    assert_eq!(
        states,
        [
            (Freshness::Fresh { as_of }, LinkState::Online),
            (Freshness::Fresh { as_of }, LinkState::Offline),
            (Freshness::Stale { as_of }, LinkState::Offline),
            (Freshness::VeryStale { as_of }, LinkState::Offline),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_detail_is_told_from_the_moment_that_the_order_is_there() {
    let desk = Desk::new();
    let _tasks = desk.run();
    let told: Told<OrderDetail> = Arc::default();
    let _watch = desk.orders.watch_detail("wx:1".into(), into(&told));
    frames().await;
    assert!(drain(&told).is_empty());
    desk.put("wx:2", &order("1002"));
    desk.put("wx:1", &order("1001"));
    frames().await;
    assert_eq!(drain(&told)[0].row.number, "1001");
    desk.orders.add_note(&"wx:2".into(), "别的").unwrap();
    frames().await;
    assert!(drain(&told).is_empty());
    desk.orders.add_note(&"wx:1".into(), "问过了").unwrap();
    frames().await;
    assert_eq!(drain(&told)[0].notes[0].text, "问过了");
}

#[tokio::test(start_paused = true)]
async fn home_is_told_when_a_deadline_comes_near_and_not_because_time_passes() {
    let desk = Desk::new();
    let _tasks = desk.run();
    for (key, hours) in [("wx:1", 13), ("wx:2", 30)] {
        let mut order = order(key);
        order.lines[0].ship_by = Some(START.plus(Span::hours(hours)).ms());
        order.lines[1].ship_by = order.lines[0].ship_by;
        desk.put(key, &order);
    }
    let told: Told<HomeView> = Arc::default();
    let _watch = desk.home.watch(into(&told));
    frames().await;
    let soon = |home: &HomeView| {
        let due = home.counters.iter().find(|counter| counter.kind == CounterKind::DueSoon).unwrap();
        (due.value, due.opens.due_before)
    };
    let [home] = drain(&told).try_into().unwrap();
    assert_eq!(soon(&home).0, 0);
    // Something that changes no number of the tab.
    tokio::time::sleep(Duration::from_secs(600)).await;
    desk.orders.set_flag(&"wx:1".into(), Some(Flag::Red)).unwrap();
    frames().await;
    assert_eq!(drain(&told), []);
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    frames().await;
    let [home] = drain(&told).try_into().unwrap();
    let (value, due_before) = soon(&home);
    assert_eq!(value, 1);
    assert!(due_before >= Some(START.plus(Span::hours(13))));
    assert_eq!(desk.keys(&crate::orders::OrderFilter { due_before, ..Default::default() }), ["wx:1"]);
    assert!(!home.badges.home_dot);
    // Four hours before it passes the dot says so.
    tokio::time::sleep(Duration::from_secs(8 * 3_600)).await;
    frames().await;
    let [home] = drain(&told).try_into().unwrap();
    assert!(home.badges.home_dot);
    // It passes, and nothing changes by that: it is still counted, and still the first to act on.
    let before = desk.home.view().unwrap();
    tokio::time::sleep(Duration::from_secs(5 * 3_600)).await;
    frames().await;
    assert_eq!(drain(&told), []);
    let after = desk.home.view().unwrap();
    assert_eq!(soon(&after).0, 1);
    let orders = |home: &HomeView| home.deadlines.iter().map(|it| it.order.clone()).collect::<Vec<_>>();
    assert_eq!(
        (orders(&before), orders(&after)),
        (vec!["wx:1".into(), "wx:2".into()], vec!["wx:1".into(), "wx:2".into()])
    );
}
