//! Every schema that was ever released, and the proof that a file of it ends up as a new one.
//!
//! `vNNNN_<file>.sql` is the full schema of one version of one file. Until the first release the files of version 1 follow the schema;
//! from then on none is ever edited: a change of the schema is a migration step in the crate and a file with the next number here. (A
//! step may be written wrongly in ways that only show on a file of an older build, and nothing else in the tree has such a file.)
//!
//! The test goes the way a phone or a relay goes. It makes the files of an old version, opens them as the program does, and compares
//! what SQLite says about them with what it says about files that the program made itself. Names, columns, types, defaults, keys,
//! indices, checks and strictness have to agree; comments and white space need not.

mod roads;
mod shape;

use std::path::Path;

use roads::{Made, phone, relay};
use shape::Shape;

/// The released schemas of one file, oldest first.
struct Released {
    file: &'static str,
    versions: &'static [&'static str],
}

const CACHE: Released = Released {
    file: "cache.db",
    versions: &[
        include_str!("v0001_cache.sql"),
        include_str!("v0002_cache.sql"),
        include_str!("v0003_cache.sql"),
        include_str!("v0004_cache.sql"),
        include_str!("v0005_cache.sql"),
    ],
};
const ACTIONS: Released =
    Released { file: "actions.db", versions: &[include_str!("v0001_actions.sql"), include_str!("v0002_actions.sql")] };
const DEVICE: Released = Released { file: "device.db", versions: &[include_str!("v0001_device.sql")] };
const RELAY: Released = Released {
    file: "relay.db",
    versions: &[include_str!("v0001_relay.sql"), include_str!("v0002_relay.sql"), include_str!("v0003_relay.sql")],
};

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

/// Compares the old file, opened by the program, with the new one.
fn same(released: &Released, number: usize, upgraded: &Path, fresh: &Path) {
    let (upgraded, fresh) = (Shape::of(upgraded), Shape::of(fresh));
    let differences = fresh.differences(&upgraded);
    assert!(
        differences.is_empty(),
        "{} of version {number}, upgraded, is not what a new one is:\n{}\n(released: a migration step is missing or wrong; never \
         released: the file in tests/schema follows)",
        released.file,
        differences.join("\n")
    );
}

#[tokio::test]
async fn a_phone_of_every_release_ends_with_the_schema_of_a_new_one() {
    let new = scratch();
    let fresh = phone(new.path(), &[]);
    let releases = [&CACHE, &ACTIONS, &DEVICE];
    for released in releases {
        for (index, schema) in released.versions.iter().enumerate() {
            let old = scratch();
            let upgraded = phone(old.path(), &[Made { file: released.file, schema }]);
            same(released, index + 1, &upgraded.path_of(released.file), &fresh.path_of(released.file));
        }
    }
}

#[tokio::test]
async fn a_relay_of_every_release_ends_with_the_schema_of_a_new_one() {
    let new = scratch();
    let fresh = relay(new.path(), None);
    for (index, schema) in RELAY.versions.iter().enumerate() {
        let old = scratch();
        let upgraded = relay(old.path(), Some(schema));
        same(&RELAY, index + 1, &upgraded, &fresh);
    }
}

#[tokio::test]
async fn the_newest_released_file_has_the_number_that_the_program_writes() {
    let (phone_dir, relay_dir) = (scratch(), scratch());
    let phone = phone(phone_dir.path(), &[]);
    let relay = relay(relay_dir.path(), None);
    for released in [&CACHE, &ACTIONS, &DEVICE, &RELAY] {
        let path = if released.file == RELAY.file { relay.clone() } else { phone.path_of(released.file) };
        let written = Shape::of(&path).version;
        assert_eq!(usize::try_from(written).ok(), Some(released.versions.len()), "{}", released.file);
    }
}

#[tokio::test]
async fn every_table_is_strict() {
    let (phone_dir, relay_dir) = (scratch(), scratch());
    let phone = phone(phone_dir.path(), &[]);
    let relay = relay(relay_dir.path(), None);
    for path in [phone.path_of("cache.db"), phone.path_of("actions.db"), phone.path_of("device.db"), relay] {
        let shape = Shape::of(&path);
        assert!(!shape.tables.is_empty(), "{} has tables", path.display());
        let lax: Vec<_> = shape.tables.iter().filter(|table| !table.strict).map(|table| &table.name).collect();
        assert!(lax.is_empty(), "{}: not STRICT: {lax:?}", path.display());
    }
}

#[test]
fn what_differs_is_named() {
    let dir = scratch();
    let of = |name: &str, sql: &str| {
        let path = dir.path().join(name);
        rusqlite::Connection::open(&path).expect("a file").execute_batch(sql).expect("its tables");
        Shape::of(&path)
    };
    let one = of("one", "CREATE TABLE a (x INTEGER NOT NULL DEFAULT 0, y TEXT) STRICT; CREATE INDEX a_x ON a (x);");
    let same = of(
        "same",
        "CREATE TABLE a (\n -- said differently\n x INTEGER NOT NULL DEFAULT 0,y TEXT ) STRICT; CREATE INDEX a_x ON a (x);",
    );
    assert_eq!(one.differences(&same), Vec::<String>::new());
    let default =
        of("default", "CREATE TABLE a (x INTEGER NOT NULL DEFAULT 1, y TEXT) STRICT; CREATE INDEX a_x ON a (x);");
    let index = of(
        "index",
        "CREATE TABLE a (x INTEGER NOT NULL DEFAULT 0, y TEXT) STRICT; CREATE INDEX a_x ON a (x) WHERE x > 0;",
    );
    let lax = of("lax", "CREATE TABLE a (x INTEGER NOT NULL DEFAULT 0, y TEXT); CREATE INDEX a_x ON a (x);");
    let more = of(
        "more",
        "CREATE TABLE a (x INTEGER NOT NULL DEFAULT 0, y TEXT) STRICT; CREATE INDEX a_x ON a (x); CREATE TABLE b (z TEXT) STRICT;",
    );
    for (what, other, names) in
        [("default", default, "a.x"), ("index", index, "a_x"), ("lax", lax, "strict"), ("more", more, "b")]
    {
        let differences = one.differences(&other);
        assert!(differences.iter().any(|line| line.contains(names)), "{what}: {differences:?}");
    }
}
