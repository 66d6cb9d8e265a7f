use rusqlite::Connection;
use shopkeeper_protocol::{Command, CommandBody, CommandId, Note};

use super::outbox::{CommandRow, CommandState};
use super::{Recovery, Store, StoreError};
use crate::ids::OrderKey;
use crate::ports::StoreThreads;
use crate::sync::Version;
use crate::time::Instant;

fn open(dir: &tempfile::TempDir) -> Store {
    Store::open(dir.path(), None, StoreThreads::InPlace).unwrap()
}

fn row(n: u8, state: CommandState) -> CommandRow {
    let id = CommandId::from_bytes([n; 16]);
    let order = OrderKey::from(format!("wx:{}", n % 3));
    let command = Command::Note(Note { order: order.clone(), text: format!("备注 {n}"), base: String::new() });
    CommandRow {
        id: id.clone(),
        order,
        number: format!("number {n}"),
        place: 0,
        body: serde_json::to_string(&CommandBody { id, command: command.clone() }).unwrap(),
        command,
        state,
        due: n.is_multiple_of(2).then(|| Instant::from_ms(i64::from(n))),
        not_before: Instant::from_ms(7),
        created_at: Instant::from_ms(5),
        attempts: u32::from(n),
        first_incarnation: format!("life {n}"),
    }
}

fn states() -> [CommandState; 9] {
    [
        CommandState::Waiting,
        CommandState::Sending,
        CommandState::Accepted,
        CommandState::Checking,
        CommandState::Held { reason: "switched_off".into() },
        CommandState::NeedsAction { reason: "closed".into(), platform_code: None },
        CommandState::NeedsAction { reason: "platform_refused".into(), platform_code: Some(0) },
        CommandState::Unknown { reason: "answer_lost".into() },
        CommandState::Done { seen: Version { generation: 3, seq: 77 } },
    ]
}

fn fill(store: &Store) -> Vec<CommandRow> {
    let mut rows = Vec::new();
    for (n, state) in (1..).zip(states()) {
        let stored = store.write_actions(|tx| {
            let row = CommandRow { place: tx.last_place()?, ..row(n, state) };
            tx.add_command(row.clone())?;
            Ok(row)
        });
        rows.push(stored.unwrap());
    }
    rows
}

fn all(store: &Store) -> Vec<CommandRow> {
    let mut rows: Vec<_> = store.overlays().rows().map(|row| (**row).clone()).collect();
    rows.sort_by_key(|row| row.place);
    rows
}

#[test]
fn every_state_comes_back_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let rows = fill(&store);
    assert_eq!(all(&store), rows, "memory follows each commit");
    drop(store);
    let store = open(&dir);
    assert_eq!(store.recovery(), &Recovery::default());
    assert_eq!(all(&store), rows, "and so does the file");
    for row in &rows {
        assert_eq!(store.read_actions(|reader| reader.command(&row.id)).unwrap().as_ref(), Some(row));
    }
}

#[test]
fn a_step_changes_where_it_stands_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let rows = fill(&store);
    for state in states() {
        let stepped = CommandRow { state, attempts: 9, first_incarnation: "life".to_owned(), ..rows[0].clone() };
        let otherwise = CommandRow { body: "other bytes".to_owned(), number: "other".to_owned(), ..stepped.clone() };
        store.write_actions(|tx| tx.move_command(otherwise)).unwrap();
        assert_eq!(store.read_actions(|reader| reader.command(&stepped.id)).unwrap(), Some(stepped));
    }
    store.write_actions(|tx| tx.remove_command(&rows[1])).unwrap();
    assert_eq!(all(&store).len(), rows.len() - 1);
    drop(store);
    assert_eq!(all(&open(&dir)).len(), rows.len() - 1);
}

#[test]
fn a_write_that_fails_leaves_file_and_memory_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let rows = fill(&store);
    let failed: Result<(), _> = store.write_actions(|tx| {
        tx.remove_command(&rows[0])?;
        Err(StoreError::Closed)
    });
    assert_eq!(failed, Err(StoreError::Closed));
    assert_eq!(all(&store), rows);
}

#[test]
fn a_flipped_digit_costs_one_command_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let rows = fill(&open(&dir));
    let file = Connection::open(dir.path().join("actions.db")).unwrap();
    // As a worn-out flash cell would do it: past every statement of ours.
    file.execute("UPDATE command SET body = replace(body, '备注 4', '备注 5') WHERE place = 4", []).unwrap();
    drop(file);
    let store = open(&dir);
    let recovery = store.recovery();
    assert_eq!(recovery.salvaged, 8);
    assert_eq!(recovery.kept_aside, ["actions.db.broken-1"]);
    let [lost] = recovery.lost.as_slice() else { panic!("{:?}", recovery.lost) };
    assert_eq!((lost.table.as_str(), lost.rowid, lost.what), ("command", Some(4), "checksum"));
    let kept: Vec<_> = rows.into_iter().filter(|row| row.place != 4).collect();
    assert_eq!(all(&store), kept, "each in its place");
    drop(store);
    assert!(open(&dir).recovery().is_empty(), "the new file is whole");
}

#[test]
fn an_outcome_is_kept_by_its_version_and_forgotten_with_its_generation() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let id = CommandId::from_bytes([1; 16]);
    let version = |generation, seq| Version { generation, seq };
    let put = |at: Version, body: &str| store.write_cache(|tx| tx.put_outcome(&id, at, body)).unwrap();
    let kept = || store.read(|cache| cache.outcome(&id)).unwrap();
    assert!(put(version(1, 5), "a"));
    assert!(!put(version(1, 5), "b"));
    assert!(!put(version(1, 4), "b"));
    assert!(put(version(2, 1), "c"));
    assert_eq!(kept(), Some((version(2, 1), "c".to_owned())));
    assert_eq!(store.write_cache(|tx| tx.forget_outcomes(2)), Ok(0));
    assert!(!store.write_cache(|tx| tx.remove_outcome(id.as_str(), version(1, 99))).unwrap());
    assert_eq!(store.write_cache(|tx| tx.forget_outcomes(3)), Ok(1));
    assert_eq!(kept(), None);
}
