use shopkeeper_protocol::{EntityKey, EntityKind, Watermark};
use tempfile::tempdir;

use super::{open, put, put_fetched, seq};
use crate::ports::RunStore;
use crate::store::sweep::WalkRow;
use crate::store::{FetchSpan, FillRow, Put, PutResult, Store, StoreError, ToRead};

#[tokio::test]
async fn sequence_rises_only_with_content() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    assert_eq!(put(&store, "wx:1", "{\"a\":1}").await, PutResult::Stored { seq: 1, changed: true });
    assert_eq!(put(&store, "wx:1", "{\"a\":1}").await, PutResult::Stored { seq: 1, changed: false });
    assert_eq!(put(&store, "wx:2", "{\"a\":1}").await, PutResult::Stored { seq: 2, changed: true });
    assert_eq!(put(&store, "wx:1", "{\"a\":2}").await, PutResult::Stored { seq: 3, changed: true });
    let rows = store.read(|reader| reader.changes(&EntityKind::OF_1_0.into(), 0, 10)).await.unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.seq)).collect();
    assert_eq!(seen, [("wx:2", 2), ("wx:1", 3)], "one row for each entity, where its newest version is");
}

#[tokio::test]
async fn open_and_time_of_creation_are_content() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let put = |open, created_at| {
        store.write(move |tx| {
            let key = EntityKey::from("wx:1");
            tx.put(Put { kind: EntityKind::Order, key: &key, body: "{}".into(), open, created_at, fetch: None })
        })
    };
    assert_eq!(put(true, Some(1)).await.unwrap(), PutResult::Stored { seq: 1, changed: true });
    assert_eq!(put(false, Some(1)).await.unwrap(), PutResult::Stored { seq: 2, changed: true });
    assert_eq!(put(false, Some(2)).await.unwrap(), PutResult::Stored { seq: 3, changed: true });
    assert_eq!(put(false, Some(2)).await.unwrap(), PutResult::Stored { seq: 3, changed: false });
}

#[tokio::test]
async fn a_fetch_that_began_before_the_last_one_ended_is_stale() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let span = |began, ended| Some(FetchSpan { began, ended });
    assert_eq!(seq(put_fetched(&store, "wx:1", "{\"new\":true}", span(10, 30)).await), 1);
    assert_eq!(put_fetched(&store, "wx:1", "{\"new\":false}", span(5, 40)).await, PutResult::Stale);
    let kept = store.read(|reader| reader.entity(&EntityKind::Order, &EntityKey::from("wx:1"))).await.unwrap();
    assert_eq!(kept.unwrap().body, "{\"new\":true}");
    // An unchanged reading counts as a fetch, too.
    assert_eq!(seq(put_fetched(&store, "wx:1", "{\"new\":true}", span(30, 50)).await), 1);
    assert_eq!(put_fetched(&store, "wx:1", "{\"new\":false}", span(49, 60)).await, PutResult::Stale);
    assert_eq!(seq(put_fetched(&store, "wx:1", "{\"new\":false}", span(50, 60)).await), 2);
}

#[tokio::test]
async fn a_tombstone_is_a_change_and_can_be_undone() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    put(&store, "wx:1", "{}").await;
    let bury = || store.write(|tx| tx.bury(&EntityKind::Order, &EntityKey::from("wx:1"), 7));
    bury().await.unwrap();
    bury().await.unwrap();
    let rows = store.read(|reader| reader.changes(&EntityKind::OF_1_0.into(), 1, 10)).await.unwrap();
    assert_eq!(rows.iter().map(|row| (row.seq, row.body.is_none())).collect::<Vec<_>>(), [(2, true)]);
    let gone = store.read(|reader| reader.entity(&EntityKind::Order, &EntityKey::from("wx:1"))).await.unwrap();
    assert_eq!(gone, None);
    // The same content as before, but a new version all the same.
    assert_eq!(put(&store, "wx:1", "{}").await, PutResult::Stored { seq: 3, changed: true });
}

#[tokio::test]
async fn an_error_undoes_the_whole_write_and_tells_no_head() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let mut heads = store.heads();
    let failed = store
        .write(|tx| {
            let key = EntityKey::from("wx:1");
            tx.put(Put {
                kind: EntityKind::Order,
                key: &key,
                body: "{}".into(),
                open: true,
                created_at: None,
                fetch: None,
            })?;
            Err::<(), _>(StoreError::Corrupt("a test"))
        })
        .await;
    assert!(failed.is_err());
    assert!(!heads.has_risen());
    assert_eq!(store.read(|reader| reader.head()).await.unwrap(), 0);
    assert_eq!(seq(put(&store, "wx:1", "{}").await), 1);
    assert!(heads.has_risen());
    assert_eq!(heads.take(), 1);
}

#[tokio::test]
async fn reads_and_writes_on_threads_are_whole() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path(), RunStore::Threads, 1, &super::Counting::from(1)).unwrap();
    let writes = (0..40).map(|n| {
        let store = store.clone();
        async move {
            let body = format!("{{\"n\":{n}}}");
            put(&store, &format!("wx:{n}"), &body).await;
            let rows = store
                .read(|reader| Ok((reader.changes(&EntityKind::OF_1_0.into(), 0, 1_000)?, reader.head()?)))
                .await
                .unwrap();
            let last = rows.0.last().map(|row| row.seq);
            assert_eq!(last, Some(rows.1), "rows and head are of one instant");
            assert_eq!(rows.0.len() as u64, rows.1, "no sequence becomes visible out of order");
        }
    });
    futures_util::future::join_all(writes).await;
    assert_eq!(store.heads().take(), 40);
}

#[tokio::test]
async fn watermarks_are_replaced() {
    let dir = tempdir().unwrap();
    let store = open(dir.path(), 1);
    let mark = |as_of| Watermark {
        kind: EntityKind::Order,
        as_of,
        open_complete: true,
        created_since: Some(0),
        first_reading: None,
    };
    store.write(move |tx| tx.set_watermark(&mark(None))).await.unwrap();
    store.write(move |tx| tx.set_watermark(&mark(Some(9)))).await.unwrap();
    assert_eq!(store.read(|reader| reader.watermarks()).await.unwrap(), [mark(Some(9))]);
    assert_eq!(store.read(|reader| reader.watermark(&EntityKind::Shop)).await.unwrap(), None);
}

#[tokio::test]
async fn a_store_of_version_1_goes_on_where_it_stood() {
    let dir = tempdir().unwrap();
    let db = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    for part in crate::store::open::SCHEMA {
        db.execute_batch(part).unwrap();
    }
    db.execute_batch(
        "PRAGMA application_id = 1936421484; PRAGMA user_version = 1;
         UPDATE sweep SET swept_to = 70, fill_began = 50, open_below = 40, history_below = 45, facts_at = 9000;
         INSERT INTO to_read (key, asked, not_before, failures) VALUES ('wx:7', 3, 60, 2);
         INSERT INTO watermark (kind, as_of, open_complete, created_since) VALUES ('order', 70000, 1, 45000);",
    )
    .unwrap();
    drop(db);
    let store = open(dir.path(), 1);
    let (orders, cases, facts, due, lacks) = store
        .read(|reader| {
            let due = reader.due_reads(&EntityKind::Order, 100, 10)?;
            let (orders, cases) = (reader.walk(&EntityKind::Order)?, reader.walk(&EntityKind::AfterSale)?);
            Ok((orders, cases, reader.facts_at()?, due, reader.lacks_one(&EntityKind::Order)?))
        })
        .await
        .unwrap();
    let fill = FillRow { began: 50, open_below: 40, history_below: 45 };
    assert_eq!(orders, WalkRow { swept_to: Some(70), fill: Some(fill), fill_failures: 0 });
    assert_eq!((cases, facts, lacks), (WalkRow::default(), Some(9_000), true));
    assert_eq!(due, [ToRead { key: EntityKey::from("wx:7"), asked: 3, failures: 2 }]);
    store.write(|tx| tx.set_swept_to(&EntityKind::AfterSale, 80)).await.unwrap();
    let reopened = store.read(|reader| reader.walk(&EntityKind::Order)).await.unwrap();
    assert_eq!(reopened.swept_to, Some(70), "each kind has marks of its own");
}
