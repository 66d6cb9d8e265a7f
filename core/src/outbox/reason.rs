//! Why the outbox does not do what was asked, or asks a person, as codes; the words stand in `design/words` under `reason.<code>`.

/// The undo window is over, or the command is on its way.
pub const UNDO_OVER: &str = "undo_over";
/// Signing out would lose work.
pub const UNSENT_WORK: &str = "unsent_work";
/// The relay cannot read the command: one side is too old for the other, or wrong.
pub const BAD_COMMAND: &str = "bad_command";
/// The relay has another command under this id, so nobody knows what became of this one.
pub const ID_TAKEN: &str = "id_taken";
