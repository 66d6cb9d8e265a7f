//! From each schema to the next. The full current schema stands in `schema/*.sql`, and a test proves that both roads meet.
//!
//! A step changes tables of the cache as it likes. On actions.db it adds; it never rewrites or drops a row of the outbox or of a
//! note, and a whole copy of the file stands beside it before the first step runs.

use rusqlite::Connection;

use super::StoreError;
use super::files::FileKind;

/// `STEPS[n]` leads from version `n + 1` to `n + 2`. Version 1 is the first that was released, so there is no step to it.
const CACHE: &[&str] = &[];
const ACTIONS: &[&str] = &[];
const DEVICE: &[&str] = &[];

const fn steps(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Cache => CACHE,
        FileKind::Actions => ACTIONS,
        FileKind::Device => DEVICE,
    }
}

/// The version that this build writes.
pub(in crate::store) fn known(kind: FileKind) -> i64 {
    i64::try_from(steps(kind).len()).unwrap_or(i64::MAX).saturating_add(1)
}

/// Takes a file from `found` to the current version, all steps in one transaction: a file is never between two versions.
pub(in crate::store) fn run(connection: &mut Connection, kind: FileKind, found: i64) -> Result<(), StoreError> {
    let Some(done) = found.checked_sub(1).and_then(|done| usize::try_from(done).ok()) else {
        return Err(StoreError::Damaged { file: kind.name(), what: format!("impossible schema version {found}") });
    };
    let transaction = connection.transaction()?;
    for step in steps(kind).iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known(kind))?;
    transaction.commit()?;
    Ok(())
}
