use std::fs;
use std::path::Path;

use shopkeeper_protocol::{Cursor, EntityKey, EntityKind, Incarnation, Reset, Seq};
use tempfile::tempdir;

use super::{open, put};
use crate::store::clean::TOMBSTONES;
use crate::store::{Place, Store, StoreError};

async fn place(store: &Store, incarnation: &Incarnation, seq: Seq) -> Place {
    let cursor = Cursor { incarnation: incarnation.clone(), seq };
    store.read(move |reader| reader.place(&cursor)).await.unwrap()
}

#[tokio::test]
async fn each_opening_is_a_life_and_cursors_of_earlier_ones_stay_good() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let first = store.incarnation();
    put(&store, "wx:1", "{}").await;
    put(&store, "wx:2", "{}").await;
    drop(store);
    let store = open(dir.path(), 2);
    assert_ne!(store.incarnation(), first);
    put(&store, "wx:3", "{}").await;
    assert_eq!(place(&store, &first, 0).await, Place::Here);
    assert_eq!(place(&store, &first, 2).await, Place::Here);
    assert_eq!(place(&store, &first, 3).await, Place::Void(Reset::BeyondEnd), "3 was given out in the second life");
    assert_eq!(place(&store, &store.incarnation(), 3).await, Place::Here);
    assert_eq!(place(&store, &store.incarnation(), 4).await, Place::Void(Reset::BeyondEnd));
    let nobody = Incarnation::from("00");
    assert_eq!(place(&store, &nobody, 0).await, Place::Void(Reset::UnknownIncarnation));
}

#[tokio::test]
async fn a_restored_backup_knows_which_cursors_it_never_reached() {
    let dir = tempdir().unwrap();
    let (live, backup) = (dir.path().join("live"), dir.path().join("backup"));
    let store = open(&live, 1);
    let first = store.incarnation();
    put(&store, "wx:1", "{}").await;
    drop(store);
    copy(&live, &backup);

    // The lost time: more in the same life would be "beyond its end", a later life is unknown.
    let store = open(&live, 2);
    let lost = store.incarnation();
    put(&store, "wx:2", "{\"lost\":true}").await;
    drop(store);

    let restored = open(&backup, 3);
    put(&restored, "wx:3", "{\"other\":true}").await;
    assert_eq!(place(&restored, &first, 1).await, Place::Here);
    assert_eq!(place(&restored, &first, 2).await, Place::Void(Reset::BeyondEnd));
    assert_eq!(place(&restored, &lost, 1).await, Place::Void(Reset::UnknownIncarnation));
    assert_eq!(place(&restored, &lost, 2).await, Place::Void(Reset::UnknownIncarnation));
}

#[tokio::test]
async fn cursors_older_than_the_tombstones_are_void() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let life = store.incarnation();
    put(&store, "wx:1", "{}").await;
    put(&store, "wx:2", "{}").await;
    let bury = |key: &'static str, at| store.write(move |tx| tx.bury(&EntityKind::Order, &EntityKey::from(key), at));
    bury("wx:1", 1_000).await.unwrap();
    bury("wx:2", 2_000).await.unwrap();
    store.write(|tx| tx.clear_tombstones(1_000 + TOMBSTONES)).await.unwrap();
    assert_eq!(place(&store, &life, 0).await, Place::Here, "exactly 90 days old is kept");
    store.write(|tx| tx.clear_tombstones(1_001 + TOMBSTONES)).await.unwrap();
    assert_eq!(place(&store, &life, 2).await, Place::Void(Reset::TooOld));
    assert_eq!(place(&store, &life, 3).await, Place::Here);
    let rows = store.read(|reader| reader.changes(&EntityKind::OF_1_0.into(), 0, 10)).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_crash() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    put(&store, "wx:1", "{}").await;
    // The process dies: nothing is closed, the log is not written back.
    std::mem::forget(store);
    let store = open(dir.path(), 2);
    assert_eq!(store.heads().take(), 1);
    assert_eq!(store.read(|reader| reader.changes(&EntityKind::OF_1_0.into(), 0, 10)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn beside_a_running_relay_no_life_begins() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let beside = Store::attach(dir.path(), crate::ports::RunStore::InPlace).unwrap();
    assert_eq!(beside.incarnation(), store.incarnation());
    put(&store, "wx:1", "{}").await;
    assert_eq!(place(&store, &store.incarnation(), 1).await, Place::Here);
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("relay.db");
    let text = "these are the minutes of the meeting\n".repeat(200);
    fs::write(&file, &text).unwrap();
    let error = refused(dir.path());
    assert!(matches!(&error, StoreError::NotADatabase { path } if *path == file), "{error}");
    assert!(error.to_string().contains("relay.db"));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_database_of_something_else_is_refused() {
    let dir = tempdir().unwrap();
    let db = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    db.execute_batch("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1;").unwrap();
    drop(db);
    assert!(matches!(refused(dir.path()), StoreError::NotADatabase { .. }));
}

#[test]
fn a_newer_schema_is_refused() {
    let dir = tempdir().unwrap();
    drop(open(dir.path(), 1));
    let db = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    db.execute_batch("PRAGMA user_version = 9000;").unwrap();
    drop(db);
    assert!(matches!(refused(dir.path()), StoreError::Newer { found: 9_000, .. }));
}

#[tokio::test]
async fn a_store_belongs_to_one_shop() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    assert!(store.write(|tx| tx.claim_for("wx1")).await.unwrap());
    assert!(store.write(|tx| tx.claim_for("wx1")).await.unwrap());
    assert!(!store.write(|tx| tx.claim_for("wx2")).await.unwrap());
}

fn refused(dir: &Path) -> StoreError {
    Store::open(dir, crate::ports::RunStore::InPlace, 1, &super::Counting::from(1)).unwrap_err()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
