//! Screens on a core that is started, suspended, killed and signed out.

use std::sync::{Arc, Mutex};

use shopkeeper_protocol::{EntityKind, EntityLine, Line};

use super::town::{Town, pass};
use crate::core::Core;
use crate::error::CoreError;
use crate::observer::lock;
use crate::orders::tests::desk;
use crate::orders::{Flag, FlagFilter, OrderFilter, OrderList, OrderSort, Window};

/// The relay tells an order.
fn tell(town: &Town, core: &Core, number: &str, seq: u64) {
    let body = serde_json::value::to_raw_value(&desk::order(number)).unwrap();
    let key = format!("wx:{number}").as_str().into();
    let entity = Line::Entity(EntityLine { kind: EntityKind::Order, key, seq, body: &body });
    let report = core.sync().unwrap().ingest(town.page(&[entity], seq).as_bytes()).unwrap();
    assert_eq!(report.changed, 1);
}

fn flagged() -> OrderFilter {
    OrderFilter { flag: Some(FlagFilter::Any), ..OrderFilter::default() }
}

#[tokio::test(start_paused = true)]
async fn without_a_shop_there_is_nothing_to_look_at() {
    let core = Town::new().open();
    assert_eq!(core.orders().err(), Some(CoreError::NotPaired));
    assert_eq!(core.home().err(), Some(CoreError::NotPaired));
}

#[tokio::test(start_paused = true)]
async fn a_watched_list_goes_on_after_a_suspension() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    let told: Arc<Mutex<Vec<OrderList>>> = Arc::default();
    let into = Arc::clone(&told);
    let orders = core.orders().unwrap();
    let watch = orders.watch(
        OrderFilter::default(),
        OrderSort::Newest,
        Window::top(20),
        Arc::new(move |list| lock(&into).push(list)),
    );
    pass(100).await;
    assert_eq!(lock(&told).drain(..).next_back().unwrap().rows.len(), 0);
    tell(&town, &core, "1001", 1);
    pass(100).await;
    assert_eq!(lock(&told).drain(..).next_back().unwrap().rows[0].number, "1001");

    core.suspend().await.unwrap();
    assert_eq!(orders.set_flag(&"wx:1001".into(), Some(Flag::Red)), Err(CoreError::Closed));
    pass(3_600_000).await;
    assert!(lock(&told).is_empty(), "nothing runs");
    core.resume().await.unwrap();
    orders.set_flag(&"wx:1001".into(), Some(Flag::Red)).unwrap();
    pass(100).await;
    assert_eq!(lock(&told).drain(..).next_back().unwrap().rows[0].flag, Some(Flag::Red));
    drop(watch);
    orders.set_flag(&"wx:1001".into(), None).unwrap();
    pass(100).await;
    assert!(lock(&told).is_empty());
}

#[tokio::test(start_paused = true)]
async fn killed_right_after_a_tap_nothing_of_it_is_lost() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    tell(&town, &core, "1001", 1);
    let key = "wx:1001".into();
    let orders = core.orders().unwrap();
    orders.set_flag(&key, Some(Flag::Blue)).unwrap();
    orders.add_note(&key, "问过了").unwrap();
    let receipt = orders.ship(&key, &desk::all_in("SF1234567890")).unwrap();
    drop(orders);
    core.crash();
    let core = town.open();
    let detail = core.orders().unwrap().detail(&key).unwrap();
    assert_eq!((detail.row.flag, detail.row.note.as_deref()), (Some(Flag::Blue), Some("问过了")));
    assert_eq!(detail.parcels[0].waybill, "SF1234567890");
    assert_eq!(detail.notes[0].device, "d1", "as the relay names this device");
    let list = core.orders().unwrap().list(&flagged(), OrderSort::Newest, &Window::top(5)).unwrap();
    assert_eq!(list.rows.len(), 1);
    core.start();
    // The undo window of the tap is still open; after it the command leaves, once.
    pass(20_000).await;
    assert_eq!(town.commands(), [receipt.command]);
}

#[tokio::test(start_paused = true)]
async fn the_mirror_follows_a_tap_even_if_nobody_reads() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    tell(&town, &core, "1001", 1);
    core.orders().unwrap().set_flag(&"wx:1001".into(), Some(Flag::Blue)).unwrap();
    pass(10).await;
    let file = rusqlite::Connection::open(town.folder("shop-1").join("cache.db")).unwrap();
    let mirrored: i64 =
        file.query_row("SELECT flag FROM order_mark WHERE key = 'wx:1001'", [], |row| row.get(0)).unwrap();
    assert_eq!(mirrored, 5);
}
