//! The card of a buyer, over the orders that are here.

use std::sync::{Arc, Mutex};

use super::desk::{Desk, frames, order, shipped};
use crate::observer::lock;
use crate::orders::{BuyerCard, OrderDetail, OrderLink};
use crate::time::{Instant, Span};

fn of(number: &str, buyer: &str, days_ago: i64) -> shopkeeper_protocol::Order {
    let mut order = order(number);
    order.created_at -= Span::hours(24 * days_ago).as_ms();
    order.buyer.key = buyer.to_owned();
    order
}

fn card(desk: &Desk, key: &str) -> Option<BuyerCard> {
    desk.orders.detail(&key.into()).unwrap().buyer
}

#[tokio::test(start_paused = true)]
async fn a_buyer_is_known_by_the_orders_that_are_here() {
    let desk = Desk::new();
    desk.put("wx:1", &of("1001", "openid-a", 9));
    let mut returned = shipped(&of("1002", "openid-a", 6), "SF0000000000", desk.now());
    returned.lines[0].after_sale_done = 1;
    returned.merchant_note = "退过一次".to_owned();
    desk.put("wx:2", &returned);
    let mut unpaid = of("1003", "openid-a", 3);
    (unpaid.status, unpaid.paid_at) = (250, None);
    desk.put("wx:3", &unpaid);
    desk.put("wx:4", &of("1004", "openid-a", 0));
    desk.put("wx:5", &of("1005", "openid-b", 0));
    desk.put("wx:6", &of("1006", "", 0));
    desk.put("wx:7", &of("1007", "", 1));

    let known = card(&desk, "wx:4").unwrap();
    assert_eq!((known.nth, known.paid, known.exact), (3, 3, false));
    let note = known.last_note.unwrap();
    assert_eq!((note.text.as_str(), note.private, note.of.number.as_str()), ("退过一次", false, "1002"));
    let created_at = Instant::from_ms(returned.created_at);
    let second = OrderLink { order: "wx:2".into(), number: "1002".to_owned(), created_at };
    assert_eq!(known.last_after_sale, Some(second));
    // A private note of the same order comes before the platform's, and that of a newer order before both.
    desk.orders.add_note(&"wx:2".into(), "多检查").unwrap();
    let note = card(&desk, "wx:4").unwrap().last_note.unwrap();
    assert_eq!((note.text.as_str(), note.private), ("多检查", true));
    desk.orders.add_note(&"wx:3".into(), "没付款").unwrap();
    assert_eq!(card(&desk, "wx:4").unwrap().last_note.unwrap().of.number, "1003");

    // Their first; another's only one; and one of whom nobody says who it is.
    desk.caught_up();
    let first = card(&desk, "wx:1").unwrap();
    assert_eq!((first.nth, first.paid, first.exact), (1, 3, true));
    let other = card(&desk, "wx:5").unwrap();
    assert_eq!((other.nth, other.paid, other.last_note, other.last_after_sale), (1, 1, None, None));
    assert_eq!(card(&desk, "wx:6"), None);
}

#[tokio::test(start_paused = true)]
async fn while_a_first_sync_has_no_index_of_buyers_nothing_is_said_of_them() {
    let desk = Desk::new();
    desk.put("wx:1", &of("1001", "openid-a", 0));
    desk.store.write_cache(|tx| tx.drop_deferred_indexes()).unwrap();
    assert_eq!(card(&desk, "wx:1"), None);
}

#[tokio::test(start_paused = true)]
async fn who_watches_an_order_hears_of_the_buyers_next_one() {
    let desk = Desk::new();
    let _tasks = desk.run();
    desk.put("wx:1", &of("1001", "openid-a", 1));
    let told: Arc<Mutex<Vec<u64>>> = Arc::default();
    let into = Arc::clone(&told);
    let observer = move |detail: OrderDetail| lock(&into).push(detail.buyer.unwrap().paid);
    let _watch = desk.orders.watch_detail("wx:1".into(), Arc::new(observer));
    frames().await;
    desk.put("wx:2", &of("1002", "openid-b", 0));
    frames().await;
    desk.put("wx:3", &of("1003", "openid-a", 0));
    frames().await;
    assert_eq!(*lock(&told), [1, 2]);
}
