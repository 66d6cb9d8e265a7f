//! A0, the physical limit that everything is measured against: the same rows in the same columns, each order with its parts as they
//! arrived, in tables with no index at all, synchronous off, one transaction, prepared inserts. Tables and rows are taken from a filled
//! cache.db, so A0 follows the schema by itself.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use super::table::timed;

/// The table of orders; its first column is the order's id.
const ORDERS: &str = "orders";
/// The tables of their parts; the first column is the id of the order.
const PARTS: [&str; 2] = ["order_line", "order_parcel"];

/// A table without its keys, and its rows by order.
struct Bare {
    create: String,
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// How long it takes to write the rows of `cache` into bare tables of the new file `into`.
///
/// # Errors
/// If either file cannot be read or written.
pub(crate) fn write(cache: &Path, into: &Path) -> Result<Duration, rusqlite::Error> {
    let source = Connection::open_with_flags(cache, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let orders = read(&source, ORDERS)?;
    let parts: Vec<Bare> = PARTS.iter().map(|table| read(&source, table)).collect::<Result<_, _>>()?;
    let connection = Connection::open(into)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.execute_batch(&orders.create)?;
    for part in &parts {
        connection.execute_batch(&part.create)?;
    }
    let (took, written) = timed(|| insert(&connection, &orders, &parts));
    written?;
    Ok(took)
}

fn insert(connection: &Connection, orders: &Bare, parts: &[Bare]) -> Result<(), rusqlite::Error> {
    let transaction = connection.unchecked_transaction()?;
    {
        let mut order = transaction.prepare(&orders.insert)?;
        let mut parts: Vec<_> = parts
            .iter()
            .map(|part| Ok((transaction.prepare(&part.insert)?, part.rows.iter().peekable())))
            .collect::<Result<_, rusqlite::Error>>()?;
        for row in &orders.rows {
            order.execute(rusqlite::params_from_iter(row))?;
            for (insert, rows) in &mut parts {
                while let Some(part) = rows.next_if(|part| part.first() == row.first()) {
                    insert.execute(rusqlite::params_from_iter(part))?;
                }
            }
        }
    }
    transaction.commit()
}

fn read(source: &Connection, table: &str) -> Result<Bare, rusqlite::Error> {
    let mut columns = source.prepare("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns: Vec<(String, String)> =
        columns.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let typed: Vec<String> = columns.iter().map(|(name, of)| format!("{name} {of}")).collect();
    let marks: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
    let mut rows = source.prepare(&format!("SELECT {} FROM {table} ORDER BY 1, 2", names.join(", ")))?;
    let rows = rows.query_map([], |row| (0..names.len()).map(|at| row.get(at)).collect())?.collect::<Result<_, _>>()?;
    Ok(Bare {
        create: format!("CREATE TABLE {table} ({}) STRICT", typed.join(", ")),
        insert: format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), marks.join(", ")),
        rows,
    })
}
