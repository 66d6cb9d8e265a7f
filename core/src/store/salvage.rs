//! Saving what can be saved from a damaged actions.db, record by record, and naming what cannot.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use serde::Serialize;

use super::files::FileKind;
use super::{StoreError, checksum, files};

/// What opening the files found and did. Empty in all but the worst of days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Recovery {
    /// cache.db was damaged and began anew; the relay sends everything again.
    pub cache_rebuilt: bool,
    /// Records of a damaged actions.db that are in the new one.
    pub salvaged: u64,
    /// Records of it that could not be read, one by one.
    pub lost: Vec<LostRecord>,
    /// Names of the damaged files, kept beside the new ones.
    pub kept_aside: Vec<String>,
}

impl Recovery {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A record that could not be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostRecord {
    /// `command`, `flag_register`, `note_version`, `setting`; or `file` if nothing of it can be read.
    pub table: String,
    /// Place in the damaged file; `None` where not even that is known.
    pub rowid: Option<i64>,
    /// `checksum` (some bit is wrong), `unreadable`, or `unknown` (the new schema has no such table).
    pub what: &'static str,
}

/// Opens actions.db; a damaged one is kept aside, and its whole records go into a new one.
pub(in crate::store) fn open_actions(path: &Path, recovery: &mut Recovery) -> Result<Connection, StoreError> {
    const KIND: FileKind = FileKind::Actions;
    match files::open_writer(path, KIND).and_then(whole) {
        Ok(connection) => return Ok(connection),
        Err(StoreError::Damaged { .. }) => {}
        Err(other) => return Err(other),
    }
    let aside = files::move_aside(path, KIND)?;
    recovery.kept_aside.extend(aside.file_name().map(|name| name.to_string_lossy().into_owned()));
    let connection = files::open_writer(path, KIND)?;
    match copy_records(&aside, &connection, recovery) {
        Err(StoreError::Damaged { .. }) => {
            recovery.lost.push(LostRecord { table: "file".to_owned(), rowid: None, what: "unreadable" });
        }
        other => other?,
    }
    Ok(connection)
}

/// The connection back, if every sealed row fits its checksum. The file is small, so every open looks at all of it.
fn whole(connection: Connection) -> Result<Connection, StoreError> {
    for table in checksum::sealed_tables(&connection)? {
        if checksum::any_unfit(&connection, &table)? {
            return Err(StoreError::Damaged { file: FileKind::Actions.name(), what: format!("checksum in {table}") });
        }
    }
    Ok(connection)
}

fn copy_records(aside: &Path, into: &Connection, recovery: &mut Recovery) -> Result<(), StoreError> {
    let from = Connection::open_with_flags(aside, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    checksum::install(&from)?;
    let transaction = into.unchecked_transaction()?;
    for table in checksum::sealed_tables(into)? {
        let columns = checksum::covered(&from, &table)?;
        if columns != checksum::covered(into, &table)? {
            recovery.lost.push(LostRecord { table, rowid: None, what: "unknown" });
            continue;
        }
        // From both ends: a damaged page in the middle then costs only itself.
        let ended_well = copy_table(&from, into, &table, &columns, "ASC", recovery)?;
        if !ended_well {
            recovery.lost.push(LostRecord { table: table.clone(), rowid: None, what: "unreadable" });
            copy_table(&from, into, &table, &columns, "DESC", recovery)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Copies whole records in rowid order until the end or an unreadable page; says whether it reached the end.
fn copy_table(
    from: &Connection,
    into: &Connection,
    table: &str,
    columns: &[String],
    direction: &str,
    recovery: &mut Recovery,
) -> Result<bool, StoreError> {
    let list = columns.join(", ");
    let fits = format!("{} = row_checksum({list})", checksum::COLUMN);
    let column = checksum::COLUMN;
    let select = format!("SELECT rowid, {fits}, {list}, {column} FROM {table} ORDER BY rowid {direction}");
    let marks = vec!["?"; columns.len() + 2].join(", ");
    let insert = format!("INSERT OR IGNORE INTO {table} (rowid, {list}, {column}) VALUES ({marks})");
    let (Ok(mut read), mut write) = (from.prepare(&select), into.prepare(&insert)?) else {
        return Ok(false);
    };
    let Ok(mut rows) = read.query([]) else { return Ok(false) };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        };
        let rowid: i64 = row.get(0)?;
        if !row.get::<_, bool>(1).unwrap_or(false) {
            let lost = LostRecord { table: table.to_owned(), rowid: Some(rowid), what: "checksum" };
            if !recovery.lost.contains(&lost) {
                recovery.lost.push(lost);
            }
            continue;
        }
        let mut values = vec![Value::Integer(rowid)];
        for at in 0..=columns.len() {
            values.push(row.get(at + 2)?);
        }
        recovery.salvaged += u64::try_from(write.execute(params_from_iter(values))?).unwrap_or(0);
    }
}
