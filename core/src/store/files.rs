//! The files: how each is made, opened, brought up to date, and put aside when it is damaged.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, checksum, migrations, pragmas};

/// Written into every file of ours, so that a stranger's database is never taken for one: `SHPK`.
const APPLICATION_ID: i64 = 0x5348_504B;

/// What a file is for, and with that how it is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// What the relay can send again.
    Cache,
    /// What only this phone knows.
    Actions,
    /// Pairings and what belongs to no shop.
    Device,
}

impl FileKind {
    pub(in crate::store) const fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache.db",
            Self::Actions => "actions.db",
            Self::Device => "device.db",
        }
    }

    /// The full current schema.
    pub(in crate::store) const fn schema(self) -> &'static str {
        match self {
            Self::Cache => concat!(
                include_str!("schema/cache/orders.sql"),
                include_str!("schema/cache/text.sql"),
                include_str!("schema/cache/marks.sql"),
                include_str!("schema/cache/outcomes.sql"),
                include_str!("schema/cache/sync.sql"),
            ),
            Self::Actions => {
                concat!(
                    include_str!("schema/actions/commands.sql"),
                    include_str!("schema/actions/marks.sql"),
                    include_str!("schema/actions/views.sql"),
                )
            }
            Self::Device => include_str!("schema/device.sql"),
        }
    }
}

/// Opens the connection that writes; makes the file if there is none, and brings an older one up to date.
///
/// # Errors
/// [`StoreError::Newer`] for a newer build's file, which is left alone; [`StoreError::Damaged`] for what is no database of ours.
pub(in crate::store) fn open_writer(path: &Path, kind: FileKind) -> Result<Connection, StoreError> {
    writer(path, kind).map_err(|error| error.in_file(kind.name()))
}

fn writer(path: &Path, kind: FileKind) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // Before anything that could write: a newer or a foreign file must not be touched.
    let found = version(&connection)?;
    let known = migrations::known(kind);
    if found > known {
        return Err(StoreError::Newer { file: kind.name(), found, known });
    }
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(StoreError::Damaged { file: kind.name(), what: "not a database of this program".to_owned() });
    }
    pragmas::for_writing(&connection, kind)?;
    checksum::install(&connection)?;
    if tables == 0 {
        let made = connection.transaction()?;
        made.execute_batch(kind.schema())?;
        made.pragma_update(None, "application_id", APPLICATION_ID)?;
        made.pragma_update(None, "user_version", known)?;
        made.commit()?;
    } else if found < known {
        if kind != FileKind::Cache {
            copy_before_migration(&connection, path, found)?;
        }
        migrations::run(&mut connection, kind, found)?;
    }
    Ok(connection)
}

/// Opens a connection that only reads.
pub(in crate::store) fn open_reader(path: &Path, kind: FileKind) -> Result<Connection, StoreError> {
    let open = || -> Result<Connection, StoreError> {
        // Not read-only: a reader may have to make the shared-memory file of the log. `query_only` forbids the rest.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        pragmas::for_reading(&connection)?;
        checksum::install(&connection)?;
        Ok(connection)
    };
    open().map_err(|error| error.in_file(kind.name()))
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// A whole copy beside the file, so that a migration that went wrong costs nothing that only this phone knows.
fn copy_before_migration(connection: &Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let copy = beside(path, &format!(".before-{version}"));
    if copy.exists() {
        // From an attempt that did not get further than this; the original is still what it was.
        std::fs::remove_file(&copy).map_err(|error| StoreError::io(file_name_of(path), &error))?;
    }
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    Ok(())
}

fn file_name_of(path: &Path) -> &'static str {
    let kinds = [FileKind::Cache, FileKind::Actions, FileKind::Device];
    kinds.iter().map(|kind| kind.name()).find(|name| path.ends_with(name)).unwrap_or("database")
}

/// `path` with something appended to its last part.
pub(in crate::store) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Renames a damaged file, with its log, to the first free `<name>.broken-N`, and says which.
pub(in crate::store) fn move_aside(path: &Path, kind: FileKind) -> Result<PathBuf, StoreError> {
    let free = (1..10_000).map(|n| beside(path, &format!(".broken-{n}"))).find(|aside| !aside.exists());
    let Some(aside) = free else {
        return Err(StoreError::Io { file: kind.name(), what: "too many broken copies beside it".to_owned() });
    };
    let rename = |from: &Path, to: &Path| match std::fs::rename(from, to) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(|error| StoreError::io(kind.name(), &error)),
    };
    // The log first: should this stop half way, the next open still finds the damaged file and no log of another one.
    rename(&beside(path, "-wal"), &beside(&aside, "-wal"))?;
    rename(path, &aside)?;
    rename(&beside(path, "-shm"), &beside(&aside, "-shm"))?;
    Ok(aside)
}

/// Marks a file as one that failed while it was in use, so that the next open looks at every page.
pub(in crate::store) fn suspect(path: &Path) {
    // If even this cannot be written, the next open fails or works as it may; there is nobody to tell.
    let _ = std::fs::write(beside(path, ".suspect"), b"");
}

/// Whether a file that was marked suspect is indeed damaged. The mark is taken away.
pub(in crate::store) fn fails_check(path: &Path, connection: &Connection) -> Result<bool, StoreError> {
    let mark = beside(path, ".suspect");
    if !mark.exists() {
        return Ok(false);
    }
    let verdict: Result<String, _> = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    let _ = std::fs::remove_file(mark);
    match verdict.map_err(StoreError::from) {
        Ok(text) => Ok(text != "ok"),
        Err(StoreError::Damaged { .. }) => Ok(true),
        Err(other) => Err(other),
    }
}
