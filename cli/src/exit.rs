//! What the process ends with, so that a script knows what to do without reading a sentence.

use std::process::ExitCode;

use shopkeeper_core::error::CoreError;

/// The five endings; `--help` and the README name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Refused, or a person has to act: trying the same again changes nothing.
    Refused = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The network or the server is out of reach. Work is kept; the same again may do.
    OutOfReach = 3,
    /// The files cannot be used.
    Storage = 4,
}

impl Exit {
    /// How a core's error ends a verb.
    #[must_use]
    pub const fn of(error: &CoreError) -> Self {
        match error {
            CoreError::Offline(_) => Self::OutOfReach,
            CoreError::Storage { .. } | CoreError::StorageFull => Self::Storage,
            CoreError::BadInput { .. } => Self::Usage,
            CoreError::NotPaired
            | CoreError::BadAnswer { .. }
            | CoreError::UpgradeNeeded { .. }
            | CoreError::SignedOut
            | CoreError::Pairing(_)
            | CoreError::NotPossible(_)
            | CoreError::NotFound(_)
            | CoreError::Closed => Self::Refused,
        }
    }

    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
