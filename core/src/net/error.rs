//! Why the relay's answer is not there, and what that means for the request.

use shopkeeper_protocol::{Refusal, Side};

use crate::error::CoreError;
use crate::ids::ReasonCode;
use crate::ports::TransportError;

/// Why a request brought no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NetError {
    /// Certainly no effect: nothing left the phone.
    #[error("nothing was sent: {0}")]
    NotSent(TransportError),
    /// The effect is not known: the answer broke off, took too long, or is too large.
    #[error("the answer is not known: {0}")]
    Lost(TransportError),
    /// An answer that is not the protocol's: a captive portal, a proxy's error page, a broken relay. The effect is not known.
    #[error("not the protocol: {0}")]
    Unreadable(String),
    /// The relay says no.
    #[error("{0}")]
    Refused(Refusal),
    /// There is no device token to ask with. Nothing was sent.
    #[error("no device token")]
    NoToken,
}

impl From<TransportError> for NetError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::NotConnected | TransportError::Untrusted => Self::NotSent(error),
            TransportError::Lost | TransportError::TooLarge => Self::Lost(error),
        }
    }
}

impl From<NetError> for CoreError {
    /// The table from what the network did to what a screen does.
    fn from(error: NetError) -> Self {
        match error {
            NetError::NotSent(TransportError::Untrusted) => Self::Offline("the server's key is not the paired one"),
            NetError::NotSent(_) => Self::Offline("not connected"),
            NetError::Lost(TransportError::TooLarge) => Self::BadAnswer { what: "larger than the cap".to_owned() },
            NetError::Lost(_) => Self::Offline("the answer was lost"),
            NetError::Unreadable(what) => Self::BadAnswer { what },
            NetError::NoToken => Self::SignedOut,
            NetError::Refused(refusal) => match refusal {
                Refusal::Unauthorized => Self::SignedOut,
                Refusal::UpgradeNeeded { side } => Self::UpgradeNeeded { side: side_name(side) },
                Refusal::Forbidden => Self::NotPossible(ReasonCode::from("not_permitted")),
                Refusal::Held { reason } => Self::NotPossible(reason),
                Refusal::WrongCode => Self::Pairing("wrong_code"),
                Refusal::ExpiredCode => Self::Pairing("expired_code"),
                Refusal::UsedCode => Self::Pairing("used_code"),
                Refusal::BurntCode => Self::Pairing("burnt_code"),
                Refusal::Busy => Self::Offline("the server is busy"),
                Refusal::Internal => Self::Offline("the server reports an error of its own"),
                Refusal::BadRequest { what } => Self::BadAnswer { what },
                Refusal::UnknownPath => Self::BadAnswer { what: "the address is unknown there".to_owned() },
                Refusal::UnknownCommand => Self::NotFound("command"),
                Refusal::IdReused => Self::BadAnswer { what: "the command id is taken".to_owned() },
            },
        }
    }
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Phone => "phone",
        Side::Relay => "relay",
    }
}
