//! What SQLite says about a file, in a form that two files can be compared in.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

/// Everything that makes up a schema.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// `PRAGMA user_version`.
    pub version: i64,
    /// `PRAGMA application_id`.
    pub application: i64,
    /// By name.
    pub tables: Vec<Table>,
    /// Rows of `sqlite_schema`: what stands there, the text without comments and surplus white space.
    objects: BTreeSet<String>,
}

/// A table as `table_list` and `table_xinfo` have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub strict: bool,
    without_rowid: bool,
    /// In their order, which `INSERT` without names would depend on.
    columns: Vec<String>,
}

impl Shape {
    /// Reads the shape of a file.
    pub fn of(path: &Path) -> Self {
        assert!(path.is_file(), "{} is there", path.display());
        let db = Connection::open(path).expect("the file opens");
        let number = |pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).expect("a number");
        Self {
            version: number("user_version"),
            application: number("application_id"),
            tables: tables(&db),
            objects: objects(&db),
        }
    }

    /// What `other` lacks or has more than this one, one difference a line.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (here, there) = (self.facts(), other.facts());
        let missing = here.difference(&there).map(|fact| format!("  lacks {fact}"));
        let surplus = there.difference(&here).map(|fact| format!("  has   {fact}"));
        missing.chain(surplus).collect()
    }

    fn facts(&self) -> BTreeSet<String> {
        let mut facts = self.objects.clone();
        facts.insert(format!("user_version {}", self.version));
        facts.insert(format!("application_id {}", self.application));
        for table in &self.tables {
            facts.insert(format!("{}: strict {}, without rowid {}", table.name, table.strict, table.without_rowid));
            for (place, column) in table.columns.iter().enumerate() {
                facts.insert(format!("column {place} {}.{column}", table.name));
            }
        }
        facts
    }
}

fn tables(db: &Connection) -> Vec<Table> {
    let sql = "SELECT name, strict, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE \
               'sqlite_%' ORDER BY name";
    let mut statement = db.prepare(sql).expect("a pragma");
    let rows = statement.query_map([], |row| {
        let name: String = row.get(0)?;
        let columns = columns(db, &name);
        Ok(Table { name, strict: row.get(1)?, without_rowid: row.get(2)?, columns })
    });
    rows.expect("a list").collect::<Result<_, _>>().expect("tables")
}

fn columns(db: &Connection, table: &str) -> Vec<String> {
    let sql = "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid";
    let mut statement = db.prepare(sql).expect("a pragma");
    let rows = statement.query_map([table], |row| {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let (not_null, default): (bool, Option<String>) = (row.get(2)?, row.get(3)?);
        let (key, hidden): (i64, i64) = (row.get(4)?, row.get(5)?);
        let default = default.as_deref().unwrap_or("none");
        Ok(format!("{name}: {kind}, not null {not_null}, default {default}, key {key}, hidden {hidden}"))
    });
    rows.expect("a list").collect::<Result<_, _>>().expect("columns")
}

fn objects(db: &Connection) -> BTreeSet<String> {
    let mut statement = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema").expect("the schema");
    let rows = statement.query_map([], |row| {
        let (kind, name, table): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql: Option<String> = row.get(3)?;
        Ok(format!("{kind} {name} on {table}: {}", plain(sql.as_deref().unwrap_or_default())))
    });
    rows.expect("a list").collect::<Result<_, _>>().expect("objects")
}

/// The statement without its comments, in single spaces. None of our texts has `--` inside a literal.
fn plain(sql: &str) -> String {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let spaced = code.join(" ").replace('(', " ( ").replace(')', " ) ").replace(',', " , ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
