//! The plan of every statement about orders, against a golden file. `UPDATE_GOLDEN=1` rewrites it.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::super::lists::List;
use super::super::queries::{self, Walk};
use crate::store::FileKind;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/golden/plans.txt");

/// Statements that look at every row because every row is what they are about, or at the first one only; and the two that stand in
/// for an index until the first sync has ended. No other stands behind a screen.
const WHOLE_TABLE: &[&str] = &[
    "OLDER",
    "KEYS",
    "OLDER_EVENTS",
    "MARK_KEYS",
    "BESIDE",
    "AUDIT",
    "BY_TAIL_SCAN",
    "BY_WAYBILL_SCAN",
    "HAS_INDEX",
    "ANY_ORDER",
    "PLACES",
];

pub(super) fn cache() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(FileKind::Cache.schema()).unwrap();
    connection
}

pub(super) fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters: Vec<i64> = vec![1; explain.parameter_count()];
    let rows = explain.query_map(rusqlite::params_from_iter(parameters), |row| row.get(3)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn every() -> Vec<(String, String)> {
    let fixed = queries::EVERY.iter().map(|query| (query.name.to_owned(), query.sql.to_owned()));
    let walks = Walk::every().map(|walk| (walk.name(), walk.sql()));
    let counts = List::EVERY.into_iter().map(|list| (format!("{} count", list.name()), Walk::count_sql(list)));
    fixed.chain(walks).chain(counts).collect()
}

#[test]
fn no_statement_scans_a_table_or_sorts() {
    let connection = cache();
    for (name, sql) in every() {
        if WHOLE_TABLE.contains(&name.as_str()) {
            continue;
        }
        for step in plan(&connection, &sql) {
            assert!(!step.contains("TEMP B-TREE"), "{name}: {step}");
            // The outer half of a bounded count reads what the inner one gives it.
            let is_scan = step.starts_with("SCAN") && step != "SCAN (subquery-1)" && !step.contains("ROW VALUES");
            // A virtual table is always said to be scanned; `M` is a match of the index of texts, `=` one row of it.
            let by_index = step.starts_with("SCAN order_text VIRTUAL TABLE") && step.contains([':', '=']);
            assert!(!is_scan || by_index, "{name}: {step}");
        }
    }
}

#[test]
fn plans_are_the_golden_ones() {
    let connection = cache();
    let mut text = String::new();
    for (name, sql) in every() {
        let steps = plan(&connection, &sql);
        writeln!(text, "{name}: {}", if steps.is_empty() { "-".to_owned() } else { steps.join(" | ") }).unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &text).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    for (is, was) in text.lines().zip(golden.lines()) {
        assert_eq!(is, was, "UPDATE_GOLDEN=1 takes the plans as they are");
    }
    assert_eq!(text.lines().count(), golden.lines().count(), "UPDATE_GOLDEN=1 takes the plans as they are");
}

#[test]
fn every_table_is_strict() {
    let connection = cache();
    let mut read = connection
        .prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        .unwrap();
    let tables: Vec<(String, bool)> =
        read.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(tables.len() > 5);
    for (table, strict) in tables {
        assert!(strict || table.starts_with("sqlite_"), "{table}");
    }
}

#[test]
fn a_phone_keeps_every_walk_prepared() {
    // Each of these is a statement that paging through the lists prepares once per connection.
    assert!(Walk::every().count() + List::EVERY.len() < crate::store::pragmas::STATEMENTS);
}
