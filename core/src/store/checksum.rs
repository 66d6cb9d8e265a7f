//! A checksum per row of what only this phone knows.
//!
//! SQLite notices about a third of flipped bits. In the cache a wrong digit is corrected by the relay; in actions.db it would be a
//! wrong waybill, sent in good faith. So each of its rows carries the first 64 bits of a SHA-256 over its other columns in their
//! order, and a row that does not fit is not used. The function is known to SQL as `row_checksum(…)`, which lets one statement
//! seal a row after it was changed, and one statement find every row that does not fit.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::StoreError;

/// Name of the last column of every sealed table.
pub(in crate::store) const COLUMN: &str = "checksum";

/// Makes `row_checksum` known to a connection.
pub(in crate::store) fn install(connection: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("row_checksum", -1, flags, |context| {
        Ok(of((0..context.len()).map(|at| context.get_raw(at))))
    })?;
    Ok(())
}

/// The checksum of values in order. Type and length go in too, so that no two rows share one by moving a boundary.
fn of<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> i64 {
    let mut hash = Sha256::new();
    for value in values {
        let (kind, bytes): (u8, &[u8]) = match value {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(n) => {
                hash.update([1]);
                hash.update(n.to_le_bytes());
                continue;
            }
            ValueRef::Real(x) => {
                hash.update([2]);
                hash.update(x.to_bits().to_le_bytes());
                continue;
            }
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(blob) => (4, blob),
        };
        hash.update([kind]);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.iter_mut().zip(digest.iter()).for_each(|(into, byte)| *into = *byte);
    i64::from_le_bytes(first)
}

/// The columns of a table that its checksum covers, quoted and in order; empty if the table has no checksum.
pub(in crate::store) fn covered(connection: &Connection, table: &str) -> Result<Vec<String>, StoreError> {
    let mut columns: Vec<String> = connection
        .prepare_cached("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let sealed = columns.iter().any(|name| name == COLUMN);
    columns.retain(|name| name != COLUMN);
    Ok(if sealed { columns } else { Vec::new() })
}

/// Writes the checksum of a row that was inserted or changed.
pub(in crate::store) fn seal(connection: &Connection, table: &str, rowid: i64) -> Result<(), StoreError> {
    let columns = covered(connection, table)?.join(", ");
    let sql = format!("UPDATE {table} SET {COLUMN} = row_checksum({columns}) WHERE rowid = ?1");
    connection.prepare_cached(&sql)?.execute([rowid])?;
    Ok(())
}

/// Whether any row of a table does not fit its checksum.
pub(in crate::store) fn any_unfit(connection: &Connection, table: &str) -> Result<bool, StoreError> {
    let columns = covered(connection, table)?.join(", ");
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {COLUMN} <> row_checksum({columns}))");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}

/// The tables of a file that are sealed row by row.
pub(in crate::store) fn sealed_tables(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut sealed = Vec::new();
    for table in tables.drain(..) {
        if !covered(connection, &table)?.is_empty() {
            sealed.push(table);
        }
    }
    Ok(sealed)
}
