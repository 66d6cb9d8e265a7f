//! Tests of the store: sequences, lives, tombstones, files that are no store.

mod lives;
mod versions;

use std::sync::atomic::{AtomicU64, Ordering};

use shopkeeper_protocol::{EntityKey, EntityKind, Seq};

use super::{FetchSpan, Put, PutResult, Store};
use crate::ports::{Random, RunStore};

/// Never the same bytes twice.
pub(crate) struct Counting(AtomicU64);

impl Counting {
    pub(crate) fn from(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // Spread, so that every byte of it differs from call to call.
            let next = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) fn open(dir: &std::path::Path, seed: u64) -> Store {
    Store::open(dir, RunStore::InPlace, 1_000, &Counting::from(seed)).unwrap()
}

pub(crate) async fn put(store: &Store, key: &str, body: &str) -> PutResult {
    put_fetched(store, key, body, None).await
}

async fn put_fetched(store: &Store, key: &str, body: &str, fetch: Option<FetchSpan>) -> PutResult {
    let (key, body) = (EntityKey::from(key), body.to_owned());
    let write = move |tx: &super::Tx<'_>| {
        tx.put(Put { kind: EntityKind::Order, key: &key, body, open: true, created_at: Some(5), fetch })
    };
    store.write(write).await.unwrap()
}

pub(crate) fn seq(result: PutResult) -> Seq {
    match result {
        PutResult::Stored { seq, .. } => seq,
        PutResult::Stale => panic!("the reading was stale"),
    }
}

impl super::Reader<'_> {
    /// Every value of every table, as text.
    pub(crate) fn dump(&self) -> Result<String, super::StoreError> {
        use std::fmt::Write as _;

        let mut tables = self.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let tables: Vec<String> = tables.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut dump = String::new();
        for table in tables {
            let mut all = self.db.prepare(&format!("SELECT * FROM {table}"))?;
            let columns = all.column_count();
            let mut rows = all.query(())?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    let value: rusqlite::types::Value = row.get(column)?;
                    let bytes = match &value {
                        rusqlite::types::Value::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                        _ => String::new(),
                    };
                    let _ = writeln!(dump, "{value:?} {bytes}");
                }
            }
        }
        Ok(dump)
    }
}

impl super::Tx<'_> {
    pub(crate) fn set_role_for_test(&self, role: &str) -> Result<(), super::StoreError> {
        self.db.execute("UPDATE device SET role = ?1", [role])?;
        Ok(())
    }

    /// As if this store had never lived before.
    pub(crate) fn forget_lives_for_test(&self) -> Result<(), super::StoreError> {
        self.db.execute("UPDATE incarnation SET nonce = 'another'", ())?;
        Ok(())
    }
}
