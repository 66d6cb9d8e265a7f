//! Refusals: why the relay did not do what a request asked, as a code for programs and a detail for the log.

use serde::{Deserialize, Serialize};

use crate::{Hello, ReasonCode};

/// Body of every answer whose HTTP status is not 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub hello: Hello,
    pub refusal: Refusal,
}

/// See [`Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// 426. The majors do not meet; `side` has to be upgraded.
    #[error("the {side:?} has to be upgraded")]
    UpgradeNeeded { side: Side },
    /// 401. No token, or one that is not (any longer) of a device.
    #[error("this device is not paired, or was revoked")]
    Unauthorized,
    /// 403. The role does not allow it.
    #[error("this role may not do that")]
    Forbidden,
    /// 400. `what` names the field or line and what was expected; never the value.
    #[error("bad request: {what}")]
    BadRequest { what: String },
    /// 404.
    #[error("no such address")]
    UnknownPath,
    /// 404. The relay has never had this command id: it took no effect by this relay.
    #[error("the relay does not know this command")]
    UnknownCommand,
    /// 409. The id is taken by a command with another body.
    #[error("this command id belongs to another command")]
    IdReused,
    /// 423. This kind of command is switched off; hold it.
    #[error("this kind of command is switched off: {reason}")]
    Held { reason: ReasonCode },
    /// 403. No such code was given out.
    #[error("wrong pairing code")]
    WrongCode,
    /// 403. The code was good, but its five minutes are over.
    #[error("expired pairing code")]
    ExpiredCode,
    /// 403. A device has paired with it already.
    #[error("used pairing code")]
    UsedCode,
    /// 403. Five wrong tries: codes given out before are void.
    #[error("pairing code burnt after too many wrong tries")]
    BurntCode,
    /// 503. Try again later.
    #[error("the relay is busy")]
    Busy,
    /// 500. The relay's own fault; its log says more.
    #[error("internal error of the relay")]
    Internal,
}

impl Refusal {
    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::UpgradeNeeded { .. } => 426,
            Self::Unauthorized => 401,
            Self::Forbidden | Self::WrongCode | Self::ExpiredCode | Self::UsedCode | Self::BurntCode => 403,
            Self::BadRequest { .. } => 400,
            Self::UnknownPath | Self::UnknownCommand => 404,
            Self::IdReused => 409,
            Self::Held { .. } => 423,
            Self::Busy => 503,
            Self::Internal => 500,
        }
    }
}

/// Phone or relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Phone,
    Relay,
}
