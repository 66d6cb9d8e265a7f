//! Commands: what was taken, how far each is, what became of it.

use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use shopkeeper_protocol::{CommandId, CommandState, EntityKey, EntityKind, Outcome};

use super::{Put, Reader, StoreError, Tx};
use crate::wanted::Wanted;

/// How long the body of an ended command is kept, in ms: 90 days. Id and hash are kept for ever.
const BODIES: i64 = 90 * 24 * 3_600 * 1_000;

/// A command that is not at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenCommand {
    pub(crate) id: CommandId,
    pub(crate) command: Wanted,
    /// It was marked before a call to the platform, and nothing was noted after it.
    pub(crate) sending: bool,
    /// Another life of the relay may have acted on it.
    pub(crate) doubtful: bool,
    pub(crate) accepted_at: i64,
    pub(crate) sent_at: Option<i64>,
    /// Attempts in a row that came to nothing.
    pub(crate) failures: u32,
    pub(crate) not_before: i64,
}

/// A command to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewCommand {
    pub(crate) id: CommandId,
    pub(crate) command: Wanted,
    pub(crate) body_hash: [u8; 32],
    pub(crate) doubtful: bool,
    pub(crate) accepted_at: i64,
}

/// The hash by which a repetition is told from another command.
pub(crate) fn body_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Reader<'_> {
    /// Body hash and state of a command, if it was ever taken.
    pub(crate) fn command(&self, id: &CommandId) -> Result<Option<(Vec<u8>, CommandState)>, StoreError> {
        let mut find = self.db.prepare_cached("SELECT body_hash, state, outcome FROM command WHERE id = ?1")?;
        let found: Option<(Vec<u8>, String, Option<String>)> =
            find.query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        let Some((hash, state, outcome)) = found else { return Ok(None) };
        let state = match (state.as_str(), outcome) {
            ("accepted", _) => CommandState::Accepted,
            ("sending", _) => CommandState::Sending,
            (_, Some(outcome)) => CommandState::Ended {
                outcome: serde_json::from_str(&outcome).map_err(|_| StoreError::Corrupt("command.outcome"))?,
            },
            (_, None) => return Err(StoreError::Corrupt("command.state")),
        };
        Ok(Some((hash, state)))
    }

    /// The earliest open command of every order, in order of arrival. The later ones of an order wait for it. One that cannot be read is
    /// left out.
    pub(crate) fn lanes(&self) -> Result<Vec<OpenCommand>, StoreError> {
        let mut lanes = self.db.prepare_cached(
            "SELECT id, body, state, doubtful, accepted_at, sent_at, failures, not_before FROM command
             WHERE ordinal IN (SELECT min(ordinal) FROM command WHERE state <> 'ended' GROUP BY target)
             ORDER BY ordinal",
        )?;
        let mut open = Vec::new();
        for row in lanes.query_map((), open_command)? {
            match row? {
                Ok(command) => open.push(command),
                // It keeps its order waiting, and no other.
                Err(error) => tracing::error!(%error, "a command cannot be read; it is left alone"),
            }
        }
        Ok(open)
    }
}

impl Tx<'_> {
    /// Stores a command that is not known yet.
    pub(crate) fn take(&self, new: &NewCommand) -> Result<(), StoreError> {
        let body = serde_json::to_string(&new.command).map_err(|_| StoreError::Corrupt("a command"))?;
        let mut take = self.db.prepare_cached(
            "INSERT INTO command (id, body_hash, body, target, state, doubtful, accepted_at)
             VALUES (?1, ?2, ?3, ?4, 'accepted', ?5, ?6)",
        )?;
        let target = new.command.target();
        take.execute(params![new.id.as_str(), new.body_hash, body, target.as_str(), new.doubtful, new.accepted_at])?;
        Ok(())
    }

    /// Marks a command before the platform is called. From here on only reading back tells what became of it.
    pub(crate) fn mark_sending(&self, id: &CommandId, now: i64) -> Result<(), StoreError> {
        self.db
            .prepare_cached("UPDATE command SET state = 'sending', sent_at = ?2 WHERE id = ?1 AND state <> 'ended'")?
            .execute(params![id.as_str(), now])?;
        Ok(())
    }

    /// The call never left: the command stands where it stood before, and what was in doubt before the call is settled.
    pub(crate) fn unmark_sending(&self, id: &CommandId) -> Result<(), StoreError> {
        self.db
            .prepare_cached("UPDATE command SET state = 'accepted', doubtful = 0, sent_at = NULL WHERE id = ?1 AND state = 'sending'")?
            .execute([id.as_str()])?;
        Ok(())
    }

    /// Leaves a command as it is until an instant.
    pub(crate) fn put_off(&self, id: &CommandId, not_before: i64, failures: u32) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE command SET not_before = ?2, failures = ?3 WHERE id = ?1")?.execute(params![
            id.as_str(),
            not_before,
            failures
        ])?;
        Ok(())
    }

    /// Ends a command and tells the phones. The version that the outcome names is stored already, so its sequence is the smaller one.
    pub(crate) fn end(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let body = serde_json::to_string(outcome).map_err(|_| StoreError::Corrupt("an outcome"))?;
        let mut end = self.db.prepare_cached(
            "UPDATE command SET state = 'ended', outcome = ?2, ended_at = ?3 WHERE id = ?1 AND state <> 'ended'",
        )?;
        if end.execute(params![outcome.command.as_str(), body, outcome.at])? == 0 {
            return Ok(());
        }
        let key = EntityKey::from(outcome.command.as_str());
        let kind = EntityKind::CommandOutcome;
        self.put(Put { kind, key: &key, body, open: false, created_at: Some(outcome.at), fetch: None })?;
        Ok(())
    }

    /// Forgets the bodies of commands that ended long ago: they hold waybills and notes.
    pub(crate) fn clear_bodies(&self, now: i64) -> Result<(), StoreError> {
        let before = now.saturating_sub(BODIES);
        self.db.execute("UPDATE command SET body = NULL WHERE body IS NOT NULL AND ended_at < ?1", [before])?;
        Ok(())
    }
}

fn open_command(row: &Row<'_>) -> rusqlite::Result<Result<OpenCommand, StoreError>> {
    let (id, body): (String, Option<String>) = (row.get(0)?, row.get(1)?);
    let state: String = row.get(2)?;
    let (doubtful, accepted_at, sent_at) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let (failures, not_before) = (row.get(6)?, row.get(7)?);
    let Ok(id) = CommandId::try_from(id) else { return Ok(Err(StoreError::Corrupt("command.id"))) };
    let Some(command) = body.and_then(|body| serde_json::from_str(&body).ok()) else {
        return Ok(Err(StoreError::Corrupt("command.body")));
    };
    let sending = state == "sending";
    Ok(Ok(OpenCommand { id, command, sending, doubtful, accepted_at, sent_at, failures, not_before }))
}
