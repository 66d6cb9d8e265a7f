//! Files that are not what they should be: rubbish, of a newer build, or no file at all. Whoever opens them says which and how, and touches
//! nothing that it cannot make again.

use std::path::Path;

use rusqlite::Connection;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::Flag;
use shopkeeper_relay::{HttpPlatform, Relay, RelayError, RunStore, SystemRandom, system_clock};
use shopkeeper_sandbox::world::{OrderId, WorldConfig};
use shopkeeper_sandbox::{Sandbox, SandboxConfig, StartError};

use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{APPID, BEGAN_S, Phone, SECRET, Town, key};

const RUBBISH: &[u8] =
    b"not a database, not even an old one; long enough to have a header of a hundred bytes, and that is all it is.";

/// A phone with a flag and a private note on one order, switched off, and the folder of its shop.
async fn phone_with_marks(town: &Town, id: OrderId) -> (Phone, std::path::PathBuf) {
    let mut phone = town.ready_phone("counter").await;
    let orders = phone.core().orders().expect("a paired phone");
    orders.set_flag(&key(id), Some(Flag::Green)).expect("a flag");
    orders.add_note(&key(id), "等货").expect("a private note");
    let folder = phone.shop_dir();
    // In order, or a connection that is still closing would write over what the test puts in its file's place.
    phone.switch_off().await;
    (phone, folder)
}

fn spoil(file: &Path) {
    for end in ["-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(name);
    }
    std::fs::write(file, RUBBISH.repeat(64)).expect("a file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ruined_cache_is_made_again_and_loses_nothing_that_was_typed() {
    let town = Town::quiet(31, 20).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let (mut phone, folder) = phone_with_marks(&town, id).await;
    spoil(&folder.join("cache.db"));
    phone.open();
    let recovery = phone.core().recovery();
    assert!(recovery.cache_rebuilt && recovery.lost.is_empty(), "{recovery:?}");
    assert_eq!(std::fs::read(folder.join("cache.db.broken-1")).expect("kept aside"), RUBBISH.repeat(64));
    phone.has_everything(&town).await;
    the_phone_equals_the_books(&phone, &town);
    let row = phone.detail(id).row;
    assert_eq!((row.flag, row.note.as_deref()), (Some(Flag::Green), Some("等货")));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ruined_actions_are_kept_aside_and_reported_and_the_orders_are_here() {
    let town = Town::quiet(31, 20).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let (mut phone, folder) = phone_with_marks(&town, id).await;
    spoil(&folder.join("actions.db"));
    phone.open();
    let recovery = phone.core().recovery();
    assert!(recovery.kept_aside.iter().any(|name| name.starts_with("actions.db.broken")), "{recovery:?}");
    assert_eq!(std::fs::read(folder.join(&recovery.kept_aside[0])).expect("kept aside"), RUBBISH.repeat(64));
    phone.has_everything(&town).await;
    the_phone_equals_the_books(&phone, &town);
    // Work goes on.
    phone.core().orders().expect("a paired phone").set_flag(&key(id), Some(Flag::Red)).expect("a flag");
    assert_eq!(phone.detail(id).row.flag, Some(Flag::Red));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_builds_files_are_refused_by_name_and_left_alone() {
    let town = Town::quiet(31, 10).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let (mut phone, folder) = phone_with_marks(&town, id).await;
    for name in ["cache.db", "actions.db"] {
        let file = folder.join(name);
        let before = set_version(&file, 1_000);
        let bytes = std::fs::read(&file).expect("the file");
        match phone.try_open() {
            Err(CoreError::Storage { file, what }) => assert!(file == name && what.contains("1000"), "{file}: {what}"),
            other => panic!("{name}: {:?}", other.map(|_| "opened")),
        }
        assert_eq!(std::fs::read(&file).expect("the file"), bytes, "{name}: not a byte was written");
        set_version(&file, before);
    }
    phone.open();
    assert!(phone.core().recovery().is_empty());
    assert_eq!(phone.detail(id).row.flag, Some(Flag::Green), "back under the build that wrote them, all is there");
    town.close().await;
}

/// Sets a file's schema version; gives the one before.
fn set_version(file: &Path, version: i64) -> i64 {
    let db = Connection::open(file).expect("the file");
    let before = db.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version");
    db.pragma_update(None, "user_version", version).expect("a version");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
    before
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_in_the_place_of_a_file_is_named() {
    let town = Town::quiet(31, 10).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let (phone, folder) = phone_with_marks(&town, id).await;
    for name in ["actions.db", "cache.db"] {
        let file = folder.join(name);
        let aside = folder.join("aside");
        std::fs::rename(&file, &aside).expect("the file");
        std::fs::create_dir(&file).expect("a folder");
        match phone.try_open() {
            Err(CoreError::Storage { file, what }) => assert!(file == name && !what.is_empty(), "{file}: {what}"),
            other => panic!("{name}: {:?}", other.map(|_| "opened")),
        }
        assert!(file.is_dir(), "{name}: it was left alone");
        std::fs::remove_dir(&file).expect("the folder");
        std::fs::rename(&aside, &file).expect("the file");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ruined_secrets_are_named_and_never_quoted() {
    let town = Town::quiet(31, 10).await;
    let mut phone = town.ready_phone("counter").await;
    let secrets = phone.dir().join("secrets.json");
    phone.switch_off().await;
    std::fs::write(&secrets, "hunter2, and no JSON").expect("a file");
    match phone.try_open() {
        Err(error @ CoreError::Storage { file: "secrets", .. }) => {
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        other => panic!("{:?}", other.map(|_| "opened")),
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_says_what_is_wrong_with_its_folder() {
    let mut town = Town::quiet(31, 10).await;
    town.stop_relay().await;
    let file = town.relay_dir().join("relay.db");
    let error = |town: &Town| {
        let ports = shopkeeper_relay::Ports {
            clock: system_clock(),
            random: std::sync::Arc::new(SystemRandom),
            http: std::sync::Arc::new(HttpPlatform::new().expect("a client")),
            run_store: RunStore::Threads,
        };
        match Relay::open(town.relay_config(), ports) {
            Err(RelayError::Store(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let before = set_version(&file, 1_000);
    let bytes = std::fs::read(&file).expect("the file");
    let newer = error(&town);
    assert!(newer.contains("relay.db") && newer.contains("1000"), "{newer}");
    assert_eq!(std::fs::read(&file).expect("the file"), bytes, "not a byte was written");
    set_version(&file, before);

    let aside = town.dir().join("relay.db.aside");
    std::fs::rename(&file, &aside).expect("the file");
    std::fs::write(&file, RUBBISH.repeat(64)).expect("a file");
    let rubbish = error(&town);
    assert!(rubbish.contains("relay.db") && rubbish.contains("no database"), "{rubbish}");
    assert_eq!(std::fs::read(&file).expect("the file"), RUBBISH.repeat(64), "it was left alone");

    std::fs::remove_file(&file).expect("the file");
    std::fs::create_dir(&file).expect("a folder");
    let folder = error(&town);
    assert!(folder.contains("relay.db"), "{folder}");

    std::fs::remove_dir(&file).expect("the folder");
    std::fs::rename(&aside, &file).expect("the file");
    town.start_relay().await;
    let phone = town.ready_phone("counter").await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sandbox_with_a_ruined_journal_says_where() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = || {
        let world = WorldConfig::new(1, 10, BEGAN_S).quiet();
        let clock = std::sync::Arc::new(|| BEGAN_S * 1_000);
        SandboxConfig { data_dir: Some(dir.path().to_owned()), ..SandboxConfig::new(world, clock, APPID, SECRET) }
    };
    Sandbox::start(config()).await.expect("a new one").shutdown().await;
    let file = std::fs::read_dir(dir.path()).expect("the folder").next().expect("a journal").expect("an entry").path();
    let text = std::fs::read_to_string(&file).expect("the journal");
    std::fs::write(&file, format!("{text}{{\"no\":\"verb\"}}\n{{\"after\":1}}\n")).expect("the journal");
    match Sandbox::start(config()).await {
        Err(StartError::Journal(error)) => assert!(error.to_string().contains('2'), "the second line: {error}"),
        other => panic!("{:?}", other.map(|_| "started")),
    }
}
