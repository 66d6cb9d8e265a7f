//! A counter that went wrong is found, told and set right.

use crate::orders::tests::desk::{Desk, all_in, order, shipped, tab};
use crate::orders::{Count, Flag, OrderTab};
use crate::store::orders::{Difference, Repairs};

fn shop() -> Desk {
    let desk = Desk::new();
    for n in 0..5 {
        desk.put(&format!("wx:{n}"), &order(&format!("100{n}")));
    }
    desk.put("wx:4", &shipped(&order("1004"), "SF0000000000", desk.now()));
    desk.orders.set_flag(&"wx:1".into(), Some(Flag::Red)).unwrap();
    desk.orders.ship(&"wx:2".into(), &all_in("SF1234567890")).unwrap();
    desk.store.mirror_due().unwrap();
    desk
}

#[tokio::test(start_paused = true)]
async fn counters_that_are_right_are_left_alone() {
    let desk = shop();
    let revision = desk.store.revision();
    assert_eq!(desk.store.audit_counters(desk.now()).unwrap(), []);
    assert_eq!(desk.store.revision(), revision);
    assert_eq!(desk.store.read(|cache| cache.repairs()).unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_counter_that_went_wrong_is_told_and_set_right() {
    let desk = shop();
    desk.store
        .write_cache(|tx| {
            tx.count("to_ship", -9);
            tx.count("red", 3);
            Ok(())
        })
        .unwrap();
    // Below zero a badge is no number at all.
    assert!(desk.orders.count(&tab(OrderTab::ToShip)).is_err());
    let mut commits = desk.store.commits();
    let differences = desk.store.audit_counters(desk.now()).unwrap();
    assert_eq!(
        differences,
        [Difference { list: "red", held: 4, counted: 1 }, Difference { list: "to_ship", held: -5, counted: 4 },]
    );
    assert!(commits.try_recv().unwrap().touched.any_order(), "whoever shows one looks again");
    assert_eq!(desk.orders.count(&tab(OrderTab::ToShip)).unwrap(), Count::Exact(4));
    assert_eq!(desk.store.audit_counters(desk.now()).unwrap(), []);
    let repairs = || desk.store.read(|cache| cache.repairs()).unwrap();
    assert_eq!(repairs(), Some(Repairs { counters: 2, last: desk.now() }));
    desk.store
        .write_cache(|tx| {
            tx.count("red", 1);
            Ok(())
        })
        .unwrap();
    desk.store.audit_counters(desk.now()).unwrap();
    assert_eq!(repairs(), Some(Repairs { counters: 3, last: desk.now() }));
}
