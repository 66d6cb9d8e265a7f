//! A0, the physical limit that everything is measured against: the same rows in the same columns, each order with its parts as they
//! arrived, in tables with no index at all, synchronous off, one transaction, prepared inserts. Tables and rows are taken from a filled
//! cache.db, so A0 follows the schema by itself.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Rows};

use super::table::timed;

/// The table of orders; its first column is the order's id.
const ORDERS: &str = "orders";
/// The tables of their parts; the first column is the id of the order.
const PARTS: [&str; 2] = ["order_line", "order_parcel"];

/// Orders that stand in memory at a time.
const STEP: usize = 5_000;

/// A table without its keys.
struct Bare {
    create: String,
    insert: String,
    select: String,
    columns: usize,
}

/// How long it takes to write the rows of `cache` into bare tables of the new file `into`. Reading them is not counted.
///
/// # Errors
/// If either file cannot be read or written.
pub(crate) fn write(cache: &Path, into: &Path) -> Result<Duration, rusqlite::Error> {
    let source = Connection::open_with_flags(cache, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let tables: Vec<Bare> =
        std::iter::once(ORDERS).chain(PARTS).map(|table| bare(&source, table)).collect::<Result<_, _>>()?;
    let connection = Connection::open(into)?;
    connection.pragma_update(None, "synchronous", "off")?;
    for table in &tables {
        connection.execute_batch(&table.create)?;
    }
    let mut selects = tables.iter().map(|table| source.prepare(&table.select)).collect::<Result<Vec<_>, _>>()?;
    let mut streams = Vec::new();
    for (select, table) in selects.iter_mut().zip(&tables) {
        streams.push(Stream { rows: select.query([])?, columns: table.columns, ahead: None });
    }
    let (orders, parts) = streams.split_first_mut().ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let transaction = connection.unchecked_transaction()?;
    let mut inserts = tables.iter().map(|table| transaction.prepare(&table.insert)).collect::<Result<Vec<_>, _>>()?;
    let mut sum = Duration::ZERO;
    loop {
        // Each row with the place of its table.
        let mut step = Vec::new();
        for _ in 0..STEP {
            let Some(order) = orders.next()? else { break };
            let id = order.first().cloned();
            step.push((0, order));
            for (table, part) in (1..).zip(parts.iter_mut()) {
                while let Some(row) = part.next_of(id.as_ref())? {
                    step.push((table, row));
                }
            }
        }
        if step.is_empty() {
            break;
        }
        let (took, written) = timed(|| {
            step.iter()
                .try_for_each(|(table, row)| inserts[*table].execute(rusqlite::params_from_iter(row)).map(|_| ()))
        });
        written?;
        sum += took;
    }
    drop(inserts);
    let (took, committed) = timed(|| transaction.commit());
    committed?;
    Ok(sum + took)
}

/// The rows of a table.
struct Stream<'a> {
    rows: Rows<'a>,
    columns: usize,
    /// Was read one too far.
    ahead: Option<Vec<Value>>,
}

impl Stream<'_> {
    fn next(&mut self) -> Result<Option<Vec<Value>>, rusqlite::Error> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        let Some(row) = self.rows.next()? else { return Ok(None) };
        (0..self.columns).map(|column| row.get(column)).collect::<Result<_, _>>().map(Some)
    }

    /// The next row, if it begins with this id.
    fn next_of(&mut self, id: Option<&Value>) -> Result<Option<Vec<Value>>, rusqlite::Error> {
        match self.next()? {
            Some(row) if row.first() == id => Ok(Some(row)),
            other => {
                self.ahead = other;
                Ok(None)
            }
        }
    }
}

fn bare(source: &Connection, table: &str) -> Result<Bare, rusqlite::Error> {
    let mut columns = source.prepare("SELECT name, type FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns: Vec<(String, String)> =
        columns.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let typed: Vec<String> = columns.iter().map(|(name, of)| format!("{name} {of}")).collect();
    let marks: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
    Ok(Bare {
        create: format!("CREATE TABLE {table} ({}) STRICT", typed.join(", ")),
        insert: format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), marks.join(", ")),
        select: format!("SELECT {} FROM {table} ORDER BY 1, 2", names.join(", ")),
        columns: columns.len(),
    })
}
