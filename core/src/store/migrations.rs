//! From each schema to the next. The full current schema stands in `schema/*.sql`, and a test proves that both roads meet.
//!
//! The cache has no steps: the relay can send all of it again, and rows of a new schema have to be worked out from the orders anyway. So
//! a cache of another version is emptied and made anew, and the next sync is a first one. On actions.db a step adds; it never rewrites or
//! drops a row of the outbox or of a note, and a whole copy of the file stands beside it before the first step runs.

use rusqlite::Connection;

use super::StoreError;
use super::files::FileKind;

/// `STEPS[n]` leads from version `n + 1` to `n + 2`. Version 1 is the first that was released, so there is no step to it.
const ACTIONS: &[&str] = &[include_str!("schema/actions/views.sql")];
const DEVICE: &[&str] = &[];

/// Rises with every change of the schema of cache.db.
const CACHE: i64 = 5;

const fn steps(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Cache => &[],
        FileKind::Actions => ACTIONS,
        FileKind::Device => DEVICE,
    }
}

/// The version that this build writes.
pub(in crate::store) fn known(kind: FileKind) -> i64 {
    if kind == FileKind::Cache {
        return CACHE;
    }
    i64::try_from(steps(kind).len()).unwrap_or(i64::MAX).saturating_add(1)
}

/// Takes a file from `found` to the current version, all steps in one transaction: a file is never between two versions.
pub(in crate::store) fn run(connection: &mut Connection, kind: FileKind, found: i64) -> Result<(), StoreError> {
    let Some(done) = found.checked_sub(1).and_then(|done| usize::try_from(done).ok()) else {
        return Err(StoreError::Damaged { file: kind.name(), what: format!("impossible schema version {found}") });
    };
    let transaction = connection.transaction()?;
    if kind == FileKind::Cache {
        empty(&transaction)?;
        transaction.execute_batch(kind.schema())?;
    }
    for step in steps(kind).iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known(kind))?;
    transaction.commit()?;
    Ok(())
}

/// Drops every table, those of an extension before the tables that it keeps for itself.
fn empty(connection: &Connection) -> Result<(), StoreError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
               ORDER BY sql LIKE 'CREATE VIRTUAL %' DESC";
    let tables: Vec<String> = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for table in tables {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS \"{table}\""))?;
    }
    Ok(())
}
