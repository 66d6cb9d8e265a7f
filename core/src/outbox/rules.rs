//! The one seam between the outbox and the rooms: a room knows how a wish becomes a command, the outbox knows how a command
//! becomes a fact.

use shopkeeper_protocol::Command;

use crate::error::CoreError;
use crate::time::Instant;

/// What a room hands over at a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewCommand {
    pub(crate) command: Command,
    /// For a person: the order's number.
    pub(crate) number: String,
    /// The legal moment by which the platform must have it.
    pub(crate) due: Option<Instant>,
    /// Held for the undo window before it may leave.
    pub(crate) undoable: bool,
}

/// The rules of one kind of command.
pub(crate) trait CommandRules: Send + Sync {
    /// The `kind` tag of [`Command`].
    fn kind(&self) -> &'static str;

    /// A fresh command in place of one that a person wants tried again: the same wish on today's facts. The old id is withdrawn in
    /// the transaction that stores the new one.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] if today's facts do not allow the wish; then the old command stays where it is.
    fn renew(&self, command: &Command) -> Result<NewCommand, CoreError>;
}
