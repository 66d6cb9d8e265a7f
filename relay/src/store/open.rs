//! Opening the file: folder, pragmas, schema.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::StoreError;

const FILE: &str = "relay.db";

/// Marks the file as ours: "skrl".
const APPLICATION_ID: i64 = 0x736b_726c;

/// One file for each subject; together they are version 1.
pub(super) const SCHEMA: &[&str] =
    &[include_str!("schema/entities.sql"), include_str!("schema/devices.sql"), include_str!("schema/work.sql")];

/// The steps from one version to the next; the first makes version 1 out of nothing.
const MIGRATIONS: &[&[&str]] =
    &[SCHEMA, &[include_str!("schema/first_reading.sql")], &[include_str!("schema/walks.sql")]];

/// Opens the file to read and write, and brings it to the newest schema.
pub(super) fn writer(dir: &Path) -> Result<(PathBuf, Connection), StoreError> {
    make_folder(dir).map_err(|source| StoreError::Folder { path: dir.to_owned(), source })?;
    let file = dir.join(FILE);
    let named = |error| name(error, &file);
    let mut db = Connection::open(&file).map_err(named)?;
    prepare(&db).map_err(named)?;
    // FULL, because what was answered must survive a power cut: a command accepted, a push taken, a device paired.
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").map_err(named)?;
    migrate(&mut db, &file)?;
    Ok((file, db))
}

/// Opens the file to read, once a writer has opened it.
pub(super) fn reader(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    prepare(&db)?;
    db.execute_batch("PRAGMA query_only = ON;")?;
    Ok(db)
}

fn prepare(db: &Connection) -> rusqlite::Result<()> {
    // The command line writes beside a running relay, briefly.
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(64);
    db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;")
}

fn migrate(db: &mut Connection, file: &Path) -> Result<(), StoreError> {
    let named = |error| name(error, file);
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(named)?;
    let found: i64 = tx.query_row("PRAGMA user_version", (), |row| row.get(0)).map_err(named)?;
    let ours = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > ours {
        return Err(StoreError::Newer { path: file.to_owned(), found, ours });
    }
    let application: i64 = tx.query_row("PRAGMA application_id", (), |row| row.get(0)).map_err(named)?;
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0)).map_err(named)?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(StoreError::NotADatabase { path: file.to_owned() });
    }
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        for part in *step {
            tx.execute_batch(part).map_err(named)?;
        }
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(named)?;
    tx.pragma_update(None, "user_version", ours).map_err(named)?;
    tx.commit().map_err(named)
}

/// The folder holds buyers' data and device hashes: nobody else of this machine may look in.
pub(crate) fn make_folder(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn name(error: rusqlite::Error, file: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            StoreError::NotADatabase { path: file.to_owned() }
        }
        _ => StoreError::Sqlite(error),
    }
}
