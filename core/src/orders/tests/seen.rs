//! What reads say of themselves, and what they refuse.

use shopkeeper_protocol::AddressRequest;

use super::desk::{Desk, START, all_in, order, shipped, tab};
use crate::error::CoreError;
use crate::orders::{
    Count, Covered, Extent, Flag, FlagFilter, Freshness, From, LinkState, OrderFilter, OrderSort, OrderTab, Window,
};
use crate::ports::Link;
use crate::time::{Instant, Span};

#[tokio::test(start_paused = true)]
async fn a_list_says_how_old_and_how_whole_it_is() {
    let desk = Desk::new();
    let list = desk.list(&tab(OrderTab::ToShip));
    assert_eq!((list.state.freshness, list.state.extent), (Freshness::LoadingFirst, Extent::UnknownEmpty));
    desk.put("wx:1", &order("1001"));
    let list = desk.list(&OrderFilter::default());
    assert_eq!(list.state.extent, Extent::Partial { since: None });
    assert_eq!(list.covered, Covered::default());
    desk.claims(START);
    let list = desk.list(&tab(OrderTab::Done));
    assert_eq!((list.rows.len(), list.state.extent), (0, Extent::UnknownEmpty));
    assert_eq!(list.covered, Covered { open: true, since: Some(START) }, "also where it is empty");
    desk.caught_up();
    let as_of = desk.now();
    let list = desk.list(&tab(OrderTab::Done));
    assert_eq!((list.state.freshness, list.state.extent), (Freshness::Fresh { as_of }, Extent::KnownEmpty));
    tokio::time::advance(tokio::time::Duration::from_secs(301)).await;
    desk.link.send_replace(Link::Offline);
    let state = desk.list(&OrderFilter::default()).state;
    assert_eq!(
        (state.freshness, state.link, state.extent),
        (Freshness::Stale { as_of }, LinkState::Offline, Extent::Complete)
    );
    let detail = desk.orders.detail(&"wx:1".into()).unwrap();
    assert_eq!(detail.state, state);
}

#[tokio::test(start_paused = true)]
async fn a_window_moves_by_anchors_of_its_own_list_only() {
    let desk = Desk::new();
    for n in 0..7 {
        let mut order = order(&format!("100{n}"));
        order.created_at += n;
        desk.put(&format!("wx:{n}"), &order);
    }
    let list = |window: &Window| desk.orders.list(&OrderFilter::default(), OrderSort::Newest, window);
    let mut seen = Vec::new();
    let mut window = Window::top(3);
    loop {
        let page = list(&window).unwrap();
        assert_eq!(page.count, Count::Exact(7));
        seen.extend(page.rows.into_iter().map(|row| row.number));
        let Some(after) = page.after else { break };
        window = Window { from: From::After(after), size: 3 };
    }
    assert_eq!(seen, ["1006", "1005", "1004", "1003", "1002", "1001", "1000"]);
    // The anchor of a detail's row is one of the list of everything.
    let anchor = desk.orders.detail(&"wx:5".into()).unwrap().row.anchor;
    let page = list(&Window { from: From::After(anchor.clone()), size: 1 }).unwrap();
    assert_eq!(page.rows[0].number, "1004");
    let window = Window { from: From::After(anchor), size: 1 };
    let other = desk.orders.list(&tab(OrderTab::ToShip), OrderSort::Newest, &window);
    assert!(matches!(other, Err(CoreError::BadInput { field: "anchor", .. })), "{other:?}");
    for size in [0, 201] {
        let refused = list(&Window::top(size));
        assert!(matches!(refused, Err(CoreError::BadInput { field: "size", .. })), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_badge_is_the_length_of_the_list_that_it_opens() {
    let desk = Desk::new();
    let mut urgent = order("1001");
    urgent.lines[0].ship_by = Some(START.plus(Span::hours(2)).ms());
    desk.put("wx:1", &urgent);
    desk.put("wx:2", &order("1002"));
    let mut unpaid = order("1003");
    (unpaid.status, unpaid.paid_at) = (10, None);
    let asked = |at: Instant| Some(AddressRequest { asked_at: at.ms(), ..AddressRequest::default() });
    unpaid.address_request = asked(START);
    desk.put("wx:3", &unpaid);
    let mut returned = shipped(&order("1004"), "SF0000000000", START);
    returned.open_after_sales = 1;
    // The platform granted it long ago.
    returned.address_request = asked(START.minus(Span::hours(72)));
    desk.put("wx:4", &returned);
    desk.tell("wx:2", "hurry", START);
    desk.orders.ship(&"wx:1".into(), &all_in("SF1234567890")).unwrap();
    desk.orders.set_flag(&"wx:1".into(), Some(Flag::Red)).unwrap();
    let home = desk.home.view().unwrap();
    let values: Vec<_> = home.counters.iter().map(|counter| (counter.value, counter.saved_not_delivered)).collect();
    assert_eq!(values, [(2, 1), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0)]);
    for counter in &home.counters {
        assert_eq!(desk.list(&counter.opens).count, Count::Exact(counter.value), "{:?}", counter.kind);
    }
    assert_eq!(home.work.pending, 1);
    let deadlines: Vec<_> = home.deadlines.iter().map(|deadline| deadline.number.as_str()).collect();
    assert_eq!(deadlines, ["1001", "1003", "1002"]);
    // A hurrying that was answered is told in the timeline and no more in the row.
    assert!(desk.row("wx:2").hurried_at.is_some());
    desk.put("wx:2", &shipped(&order("1002"), "SF5555555555", START.plus(Span::minutes(1))));
    assert_eq!(desk.row("wx:2").hurried_at, None);
    let filter = OrderFilter { flag: Some(FlagFilter::Is(Flag::Red)), ..tab(OrderTab::ToShip) };
    assert_eq!(desk.keys(&filter), ["wx:1"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_is_found_by_what_is_read_aloud() {
    let desk = Desk::new();
    desk.put("wx:1", &order("3705115058471208928"));
    for text in ["wx:1", "3705115058471208928", "8928", "471208928"[1..].as_ref()] {
        assert_eq!(desk.orders.find(text).unwrap(), ["wx:1".into()], "{text}");
    }
    assert!(desk.orders.find("0000").unwrap().is_empty());
}
