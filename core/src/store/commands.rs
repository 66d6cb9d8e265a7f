//! The SQL of commands: actions.db's `command`, and `command_outcome` in cache.db.

use rusqlite::{OptionalExtension as _, Row, named_params};

use super::outbox::{CommandRow, CommandState, Overlays, read_body};
use super::{ActionsReader, ActionsTx, CacheReader, CacheTx, StoreError, checksum};
use crate::ids::{CommandId, OrderKey, ReasonCode};
use crate::sync::Version;
use crate::time::Instant;

const TABLE: &str = "command";

/// The greatest integer stands for "no deadline", so that the earliest is simply the smallest.
const NO_DUE: i64 = i64::MAX;

const COLUMNS: &str = "place, id, order_key, number, body, state, reason, platform_code, seen_generation, seen_seq, due_at, \
                       not_before, created_at, attempts, first_incarnation";

/// Every command on record.
pub(in crate::store) fn load(reader: &ActionsReader<'_>) -> Result<Overlays, StoreError> {
    let mut overlays = Overlays::default();
    let sql = format!("SELECT {COLUMNS} FROM command ORDER BY place");
    let mut statement = reader.connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let command = read(row)?;
        overlays.put(&command.order.clone(), &command.id.clone(), Some(command));
    }
    Ok(overlays)
}

impl ActionsReader<'_> {
    /// A command by its id.
    pub(crate) fn command(&self, id: &CommandId) -> Result<Option<CommandRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM command WHERE id = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id.as_str()])?;
        rows.next()?.map(read).transpose()
    }
}

impl ActionsTx<'_> {
    /// The place behind every command.
    pub(crate) fn last_place(&self) -> Result<i64, StoreError> {
        let sql = "SELECT COALESCE(MAX(place), 0) + 1 FROM command";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Stores a fresh command in a free place.
    pub(crate) fn add_command(&self, command: CommandRow) -> Result<(), StoreError> {
        let stored = Stored::of(&command.state);
        self.connection
            .prepare_cached(
                "INSERT INTO command (place, id, order_key, number, body, state, reason, platform_code, seen_generation, \
                 seen_seq, due_at, not_before, created_at, attempts, first_incarnation) VALUES (:place, :id, :order, \
                 :number, :body, :state, :reason, :platform_code, :seen_generation, :seen_seq, :due_at, :not_before, \
                 :created_at, :attempts, :first_incarnation)",
            )?
            .execute(named_params! {
                ":place": command.place,
                ":id": command.id.as_str(),
                ":order": command.order.as_str(),
                ":number": command.number,
                ":body": command.body,
                ":state": stored.word,
                ":reason": stored.reason,
                ":platform_code": stored.platform_code,
                ":seen_generation": stored.seen.generation,
                ":seen_seq": stored.seen.seq,
                ":due_at": command.due.map_or(NO_DUE, Instant::ms),
                ":not_before": command.not_before.ms(),
                ":created_at": command.created_at.ms(),
                ":attempts": command.attempts,
                ":first_incarnation": command.first_incarnation,
            })?;
        checksum::seal(&self.connection, TABLE, command.place)?;
        self.remember(|change| {
            change.commands.push((command.order.clone(), command.id.clone(), Some(command)));
        });
        Ok(())
    }

    /// Records where a command stands. What it is never changes.
    pub(crate) fn move_command(&self, command: CommandRow) -> Result<(), StoreError> {
        let stored = Stored::of(&command.state);
        self.connection
            .prepare_cached(
                "UPDATE command SET state = :state, reason = :reason, platform_code = :platform_code, seen_generation = \
                 :seen_generation, seen_seq = :seen_seq, attempts = :attempts, first_incarnation = :first_incarnation \
                 WHERE place = :place",
            )?
            .execute(named_params! {
                ":place": command.place,
                ":state": stored.word,
                ":reason": stored.reason,
                ":platform_code": stored.platform_code,
                ":seen_generation": stored.seen.generation,
                ":seen_seq": stored.seen.seq,
                ":attempts": command.attempts,
                ":first_incarnation": command.first_incarnation,
            })?;
        checksum::seal(&self.connection, TABLE, command.place)?;
        self.remember(|change| {
            change.commands.push((command.order.clone(), command.id.clone(), Some(command)));
        });
        Ok(())
    }

    /// Forgets a command: withdrawn, or its effect is in the cache.
    pub(crate) fn remove_command(&self, command: &CommandRow) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM command WHERE place = ?1")?.execute([command.place])?;
        self.remember(|change| change.commands.push((command.order.clone(), command.id.clone(), None)));
        Ok(())
    }
}

impl CacheReader<'_> {
    /// What the feed said became of a command: the version of that news, and its body.
    pub(crate) fn outcome(&self, id: &CommandId) -> Result<Option<(Version, String)>, StoreError> {
        let sql = "SELECT generation, seq, body FROM command_outcome WHERE id = ?1";
        let outcome = self
            .connection
            .prepare_cached(sql)?
            .query_row([id.as_str()], |row| Ok((Version { generation: row.get(0)?, seq: row.get(1)? }, row.get(2)?)));
        Ok(outcome.optional()?)
    }
}

impl CacheTx<'_> {
    /// Keeps an outcome, unless a reading at least as new is here. Says whether it was kept.
    pub(crate) fn put_outcome(&self, id: &CommandId, version: Version, body: &str) -> Result<bool, StoreError> {
        if self.reader().outcome(id)?.is_some_and(|(here, _)| here >= version) {
            return Ok(false);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO command_outcome (id, generation, seq, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO \
                 UPDATE SET generation = excluded.generation, seq = excluded.seq, body = excluded.body",
            )?
            .execute((id.as_str(), version.generation, version.seq, body))?;
        self.touch_commands();
        Ok(true)
    }

    /// Forgets an outcome that actions.db has taken over, or that the relay says is gone.
    pub(crate) fn remove_outcome(&self, id: &str, up_to: Version) -> Result<bool, StoreError> {
        let sql = "DELETE FROM command_outcome WHERE id = ?1 AND (generation, seq) <= (?2, ?3)";
        Ok(self.connection.prepare_cached(sql)?.execute((id, up_to.generation, up_to.seq))? > 0)
    }

    /// Forgets the outcomes that only older generations knew.
    pub(crate) fn forget_outcomes(&self, generation: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM command_outcome WHERE generation < ?1";
        let gone = self.connection.prepare_cached(sql)?.execute([generation])?;
        Ok(u64::try_from(gone).unwrap_or(u64::MAX))
    }
}

/// A state as columns.
struct Stored<'a> {
    word: &'static str,
    reason: &'a str,
    platform_code: Option<i64>,
    seen: Version,
}

impl<'a> Stored<'a> {
    fn of(state: &'a CommandState) -> Self {
        let word = |word| Self { word, reason: "", platform_code: None, seen: Version::default() };
        match state {
            CommandState::Waiting => word("waiting"),
            CommandState::Sending => word("sending"),
            CommandState::Accepted => word("accepted"),
            CommandState::Checking => word("checking"),
            CommandState::Held { reason } => Self { reason: reason.as_str(), ..word("held") },
            CommandState::NeedsAction { reason, platform_code } => {
                Self { reason: reason.as_str(), platform_code: *platform_code, ..word("needs_action") }
            }
            CommandState::Unknown { reason } => Self { reason: reason.as_str(), ..word("unknown") },
            CommandState::Done { seen } => Self { seen: *seen, ..word("done") },
            CommandState::Withdrawn => word("withdrawn"),
        }
    }
}

fn read(row: &Row<'_>) -> Result<CommandRow, StoreError> {
    let id: String = row.get("id")?;
    let body: String = row.get("body")?;
    let travels = read_body(&body).filter(|travels| travels.id.as_str() == id);
    let Some(travels) = travels else { return Err(StoreError::damaged("a command that cannot be read")) };
    let reason = || row.get("reason").map(|reason: String| ReasonCode::from(reason));
    let state = match row.get_ref("state")?.as_str().unwrap_or_default() {
        "waiting" => CommandState::Waiting,
        "sending" => CommandState::Sending,
        "accepted" => CommandState::Accepted,
        "checking" => CommandState::Checking,
        "held" => CommandState::Held { reason: reason()? },
        "needs_action" => CommandState::NeedsAction { reason: reason()?, platform_code: row.get("platform_code")? },
        "unknown" => CommandState::Unknown { reason: reason()? },
        "done" => {
            CommandState::Done { seen: Version { generation: row.get("seen_generation")?, seq: row.get("seen_seq")? } }
        }
        "withdrawn" => CommandState::Withdrawn,
        _ => return Err(StoreError::damaged("a command in no known state")),
    };
    let due: i64 = row.get("due_at")?;
    Ok(CommandRow {
        id: travels.id,
        order: OrderKey::from(row.get::<_, String>("order_key")?),
        number: row.get("number")?,
        place: row.get("place")?,
        command: travels.command,
        body,
        state,
        due: (due != NO_DUE).then(|| Instant::from_ms(due)),
        not_before: Instant::from_ms(row.get("not_before")?),
        created_at: Instant::from_ms(row.get("created_at")?),
        attempts: row.get("attempts")?,
        first_incarnation: row.get("first_incarnation")?,
    })
}
