//! What a detail says cannot be done, on a real store and by the clock.

use std::sync::{Arc, Mutex};

use super::desk::{Desk, all_in, frames, order};
use crate::observer::lock;
use crate::orders::{Impossible, LineState, OrderAction, OrderDetail};

fn whys(impossible: &[Impossible]) -> Vec<(OrderAction, &str)> {
    impossible.iter().map(|it| (it.action, it.reason.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn undo_ends_by_the_clock_and_who_watches_is_told() {
    let desk = Desk::new();
    let _tasks = desk.run();
    desk.put("wx:1", &order("1001"));
    let key = "wx:1".into();
    use OrderAction::{Retry, Ship, Undo, Withdraw};
    let nothing = [(Undo, "nothing_waits"), (Withdraw, "nothing_waits"), (Retry, "nothing_waits")];
    assert_eq!(whys(&desk.orders.detail(&key).unwrap().impossible), nothing);
    let receipt = desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
    let told: Arc<Mutex<Vec<OrderDetail>>> = Arc::default();
    let into = Arc::clone(&told);
    let _watch = desk.orders.watch_detail(key.clone(), Arc::new(move |detail| lock(&into).push(detail)));
    frames().await;
    let detail = lock(&told).pop().unwrap();
    assert_eq!(whys(&detail.impossible), [(Ship, "already_saved"), (Retry, "nothing_refused")]);
    assert!(detail.lines.iter().all(|line| line.state == LineState::Saved));
    tokio::time::sleep(receipt.undo_until.since(desk.now()).as_wait()).await;
    frames().await;
    let detail = lock(&told).pop().unwrap();
    assert_eq!(whys(&detail.impossible), [(Ship, "already_saved"), (Undo, "undo_over"), (Retry, "nothing_refused")]);
    desk.outbox.withdraw(&receipt.command).unwrap();
    let detail = desk.orders.detail(&key).unwrap();
    assert_eq!(whys(&detail.impossible), nothing);
    assert!(detail.lines.iter().all(|line| line.state == LineState::ToShip));
}
