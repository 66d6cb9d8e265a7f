//! How a connection is set up: one function, with the reason beside each line.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::StoreError;
use super::files::FileKind;

/// Pages of the write-ahead log before they are copied back into the file. Four times the default: fewer random writes while a first
/// sync runs (measured 10–30 % less time), 16 MB of log, and at most twice that while they are copied.
pub(in crate::store) const CHECKPOINT_PAGES: i32 = 4_000;

/// What the log may keep on disk after a checkpoint.
const LOG_LIMIT_BYTES: i64 = 16 * 1024 * 1024;

/// Prepared statements that a connection keeps. More than the distinct statements of this crate, so none is ever prepared twice.
pub(in crate::store) const STATEMENTS: usize = 128;

/// Sets up a connection that writes.
pub(in crate::store) fn for_writing(connection: &Connection, kind: FileKind) -> Result<(), StoreError> {
    // Has no effect once the file has a page; 4096 is the block of every phone's file system.
    connection.pragma_update(None, "page_size", 4_096)?;
    // Readers see the last commit while a writer works, and a commit appends instead of rewriting.
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A power cut may take the newest commits of a NORMAL file. The relay sends the cache again; a tap exists nowhere else.
    let synchronous = if kind == FileKind::Cache { "normal" } else { "full" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Apple's fsync does not reach the platter without this; elsewhere both are ignored.
    if kind != FileKind::Cache {
        connection.pragma_update(None, "fullfsync", true)?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT_BYTES)?;
    // Every reference between our tables is by key across two files; SQLite could not check them.
    connection.pragma_update(None, "foreign_keys", false)?;
    for_everybody(connection)
}

/// Has a cache's commits say how long the log is, instead of copying it back themselves: see [`super::File`]. The log of the other files
/// is never long, and SQLite looks after it.
pub(in crate::store) fn tell_log(
    writer: &mut Connection,
    kind: FileKind,
    log: &Arc<AtomicI32>,
) -> Result<(), StoreError> {
    if kind == FileKind::Cache {
        let log = Arc::clone(log);
        writer.wal_hook(Some(move |_: &mut Wal, pages| {
            log.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
    }
    Ok(())
}

/// Sets up a connection that only reads: a wrong write is an error in a test, not a lock in the field.
pub(in crate::store) fn for_reading(connection: &Connection) -> Result<(), StoreError> {
    for_everybody(connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(())
}

fn for_everybody(connection: &Connection) -> Result<(), StoreError> {
    // Also where it only reads: the log is copied back on whichever connection is idle.
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // 8 MB, as KiB with a minus: holds the upper levels of every index of 100,000 orders.
    connection.pragma_update(None, "cache_size", -8_192)?;
    // Sorts of ours are small; a file for each would cost more than they do.
    connection.pragma_update(None, "temp_store", "memory")?;
    // Two processes on one folder (a widget beside the app) wait for each other instead of failing.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    // Double-quoted text is a typing error in SQL, never a string.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // A plan is chosen by the statement and never by the values of one run. Without this, SQLite compares every value with the
    // conditions of the partial indexes, and prepares the statement anew each time a value changes.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A file from elsewhere must not run functions of ours through views or triggers that somebody put into it.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}
