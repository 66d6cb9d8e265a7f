use super::town::{AHEAD_MS, Mood, START_MS, Town, pass, shop, tap};
use crate::core::{Config, Core, Key};
use crate::error::CoreError;
use crate::ports::TransportError;

#[tokio::test(start_paused = true)]
async fn suspended_nothing_runs_and_nothing_is_open_and_resumed_it_goes_on() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    town.set_mood(Mood::Fails(TransportError::NotConnected));
    let id = tap(&core);
    core.suspend().await.unwrap();
    town.asked();
    town.set_mood(Mood::Kind);
    pass(10 * 60_000).await;
    assert_eq!(town.asked(), []);
    assert_eq!(core.outbox().unwrap().view(), Err(CoreError::Closed));
    for name in ["cache.db-wal", "actions.db-wal"] {
        assert!(!town.folder("shop-1").join(name).exists(), "{name}");
    }
    core.resume().await.unwrap();
    pass(200).await;
    assert_eq!(town.commands(), [id], "what fell due meanwhile is looked at now");
}

#[tokio::test(start_paused = true)]
async fn suspended_on_its_way_a_command_is_asked_about_first() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    let id = tap(&core);
    // It has arrived, and the answer is on its way.
    pass(30).await;
    assert_eq!(town.commands(), std::slice::from_ref(&id));
    core.suspend().await.unwrap();
    town.asked();
    core.resume().await.unwrap();
    pass(1_000).await;
    let about: Vec<_> =
        town.asked().into_iter().map(|(path, _)| path).filter(|path| path.contains("commands")).collect();
    assert_eq!(about, [format!("/v1/commands/{id}")]);
}

#[tokio::test(start_paused = true)]
async fn killed_and_opened_again_work_is_there() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    town.set_mood(Mood::Fails(TransportError::NotConnected));
    let id = tap(&core);
    core.crash();
    pass(10).await;
    town.asked();
    pass(60_000).await;
    assert_eq!(town.asked(), [], "a killed core does nothing");
    town.set_mood(Mood::Kind);
    let core = town.open();
    assert_eq!(core.outbox().unwrap().view().unwrap().items[0].id, id);
    core.start();
    pass(1_000).await;
    assert_eq!(town.commands(), [id]);
}

#[tokio::test(start_paused = true)]
async fn after_the_shutdown_everything_says_so() {
    let town = Town::new();
    let core = town.paired().await;
    let (outbox, other) = (core.outbox().unwrap(), core.clone());
    core.shutdown().await.unwrap();
    assert_eq!(outbox.view(), Err(CoreError::Closed));
    assert_eq!(other.outbox().err(), Some(CoreError::Closed));
    assert_eq!(other.resume().await, Err(CoreError::Closed));
    assert_eq!(town.open().shop(), Some(shop("shop-1")));
}

#[tokio::test(start_paused = true)]
async fn the_relays_clock_is_kept_for_the_next_start() {
    let town = Town::new();
    let core = town.paired().await;
    pass(1_000).await;
    let close = |core: &Core, passed: i64| (core.now().ms() - START_MS - passed - AHEAD_MS).abs() < 200;
    assert!(close(&core, 1_000), "{:?}", core.clock().offset());
    core.crash();
    let core = town.open();
    assert!(close(&core, 1_000), "{:?}", core.clock().offset());
}

#[tokio::test(start_paused = true)]
async fn what_the_relay_says_of_the_shop_is_taken_over() {
    let town = Town::new();
    let core = town.paired().await;
    let renamed =
        shopkeeper_protocol::ShopFacts { name: "林记".to_owned(), zone_offset_minutes: 420, ..shop("shop-1") };
    town.set_shop(renamed.clone());
    pass(130_000).await;
    assert_eq!(core.shop(), Some(renamed.clone()));
    assert_eq!(core.zone().minutes(), 420);
    core.crash();
    assert_eq!(town.open().shop(), Some(renamed));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_refused_by_a_build_that_cannot_encrypt() {
    let town = Town::new();
    town.paired().await.crash();
    let config = Config { key: Some(Key::from_bytes([1; 32])), ..town.config() };
    assert!(matches!(Core::open(config, town.ports()), Err(CoreError::Storage { file: "key", .. })));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_device_file_is_put_aside_and_named() {
    let town = Town::new();
    std::fs::write(town.folder("device.db"), "x".repeat(5_000)).unwrap();
    let core = town.open();
    assert_eq!(core.recovery().kept_aside, ["device.db.broken-1"]);
    assert_eq!(core.shop(), None);
}

#[tokio::test(start_paused = true)]
async fn a_newer_device_file_is_left_alone() {
    let town = Town::new();
    town.open().crash();
    let path = town.folder("device.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(
        Core::open(town.config(), town.ports()),
        Err(CoreError::Storage { file: "device.db", what }) if what.contains("99")
    ));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
