//! [`CoreError`]: about ten variants, each something different that a screen does. Details are codes and numbers for the log;
//! the words stand in `design/words` under `error.<code>`, and no variant carries personal data.

use crate::ids::ReasonCode;

/// What went wrong, by what the user can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// No shop is paired: show pairing.
    #[error("no shop is paired")]
    NotPaired,
    /// The relay could not be reached: say offline, keep everything, try again by itself.
    #[error("the relay could not be reached: {0}")]
    Offline(&'static str),
    /// The relay answered something that is not the protocol: offer the connection check.
    #[error("the relay's answer could not be read: {what}")]
    BadAnswer { what: String },
    /// One side has to be upgraded; work stays queued.
    #[error("the {side} has to be upgraded")]
    UpgradeNeeded { side: &'static str },
    /// The device is not known to the relay (any more): pair again; reading goes on and work is kept.
    #[error("this device is not paired any more")]
    SignedOut,
    /// Pairing did not work: `wrong_code`, `expired_code`, `used_code`, `burnt_code`, `bad_invite`, `version`, `insecure`,
    /// `untrusted_key`. Words under `pair.error.<code>`.
    #[error("pairing failed: {0}")]
    Pairing(&'static str),
    /// The action is not possible in this state; the reason says why (「为什么」).
    #[error("not possible: {0}")]
    NotPossible(ReasonCode),
    /// The input is malformed; `field` names which, `what` says what was expected.
    #[error("bad {field}: {what}")]
    BadInput { field: &'static str, what: String },
    /// No such order, command or view.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The phone's storage is full: free some room; nothing that was confirmed is lost.
    #[error("storage is full")]
    StorageFull,
    /// A file cannot be used: `file` is its name inside the shop's folder, `what` says how (`newer schema 7, this build knows 3`).
    #[error("{file}: {what}")]
    Storage { file: &'static str, what: String },
    /// The core was shut down.
    #[error("the core is shut down")]
    Closed,
}

impl CoreError {
    /// Key of the words: `error.<code>`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotPaired => "not_paired",
            Self::Offline(_) => "offline",
            Self::BadAnswer { .. } => "bad_answer",
            Self::UpgradeNeeded { .. } => "upgrade_needed",
            Self::SignedOut => "signed_out",
            Self::Pairing(_) => "pairing",
            Self::NotPossible(_) => "not_possible",
            Self::BadInput { .. } => "bad_input",
            Self::NotFound(_) => "not_found",
            Self::StorageFull => "storage_full",
            Self::Storage { .. } => "storage",
            Self::Closed => "closed",
        }
    }
}
