//! One command as a state machine: pure, with no clock, no store and no network.
//!
//! ```text
//!                    ┌──────────── certainly not there ───────────┐
//!                    ▼                                            │
//!  tap ─► waiting ─► sending ─► accepted ─► done                  │
//!            │ ▲        │ │         │  └───► needs_action          │
//!            ▼ │        │ │         │  └───► unknown               │
//!           held ◄──────┘ │         │                             │
//!                         └► checking ── asked, never before sent again
//! ```
//!
//! The one rule behind the table: a command that *may* be at the relay goes back to `waiting` only on proof that it is not there:
//! nothing left the phone, or the relay, asked, does not know the id. Everything else that went wrong is `checking`. Sending the
//! same bytes under the same id twice is harmless, since the relay does an id at most once; the rule is there so that no person takes a
//! command back that was already done.

use shopkeeper_protocol::{Refusal, Verdict};

use super::reason::{BAD_COMMAND, ID_TAKEN};
use crate::ids::ReasonCode;
use crate::net::NetError;
use crate::store::outbox::{CommandRow, CommandState};
use crate::sync::Version;

/// What happened to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An attempt begins, meant for this incarnation of the relay.
    SetOff { incarnation: String },
    /// The process ended or the writing failed while it was on its way.
    LostSight,
    /// The attempt ended, and nothing left the phone or the relay took nothing.
    NotTaken,
    /// The attempt ended, and nobody knows whether it arrived.
    AnswerLost,
    /// Asked, the relay does not know the id.
    UnknownThere,
    /// The relay has it durably.
    AtRelay,
    /// The relay has this kind switched off.
    SwitchedOff { reason: ReasonCode },
    /// The relay will never take it.
    Rejected { reason: ReasonCode },
    /// The id stands for another command there.
    IdTaken,
    /// The platform has it, and the order's reading of this version shows it.
    Done { seen: Version },
    /// The platform does not have it and will not get it by this command.
    Refused { reason: ReasonCode, platform_code: Option<i64> },
    /// It could not be established.
    NotEstablished { reason: ReasonCode },
}

/// The state after an event; `None`: the event means nothing in this state.
pub(crate) fn next(state: &CommandState, event: &Event) -> Option<CommandState> {
    use CommandState as S;
    use Event as E;
    let next = match (state, event) {
        (S::Done { .. } | S::Withdrawn, _) => return None,

        // An outcome is the truth whatever the phone believed; it arrives by the feed at any time.
        (_, E::Done { seen }) => S::Done { seen: *seen },
        (S::NeedsAction { .. }, _) => return None,
        (_, E::Refused { reason, platform_code }) => {
            S::NeedsAction { reason: reason.clone(), platform_code: *platform_code }
        }
        (S::Unknown { .. }, _) => return None,
        (_, E::NotEstablished { reason }) => S::Unknown { reason: reason.clone() },

        (S::Waiting | S::Held { .. }, E::SetOff { .. }) => S::Sending,
        (S::Waiting, E::SwitchedOff { reason }) => S::Held { reason: reason.clone() },

        (S::Sending, E::NotTaken) => S::Waiting,
        (S::Sending, E::LostSight | E::AnswerLost) => S::Checking,
        (S::Sending, E::SwitchedOff { reason }) => S::Held { reason: reason.clone() },
        (S::Sending, E::Rejected { reason }) => S::NeedsAction { reason: reason.clone(), platform_code: None },

        (S::Sending | S::Checking, E::AtRelay) => S::Accepted,
        (S::Sending | S::Checking, E::IdTaken) => S::Unknown { reason: ID_TAKEN.into() },
        // From `accepted` too: the relay lost its store, and reads back by the incarnation that the repetition names.
        (S::Checking | S::Accepted, E::UnknownThere) => S::Waiting,
        _ => return None,
    };
    (next != *state).then_some(next)
}

/// The row after an event. An attempt is counted, and the incarnation it is meant for recorded, before it is made.
pub(crate) fn after(row: &CommandRow, event: &Event) -> Option<CommandRow> {
    let mut row = CommandRow { state: next(&row.state, event)?, ..row.clone() };
    if let Event::SetOff { incarnation } = event {
        row.attempts = row.attempts.saturating_add(1);
        if row.first_incarnation.is_empty() {
            row.first_incarnation.clone_from(incarnation);
        }
    }
    Some(row)
}

/// Whether a person may take it back: only what is certainly not under way.
pub(crate) fn may_withdraw(state: &CommandState) -> bool {
    use CommandState as S;
    match state {
        S::Waiting | S::Held { .. } | S::NeedsAction { .. } | S::Unknown { .. } => true,
        S::Sending | S::Accepted | S::Checking | S::Done { .. } | S::Withdrawn => false,
    }
}

/// Whether a fresh command may take its place.
pub(crate) fn may_renew(state: &CommandState) -> bool {
    matches!(state, CommandState::NeedsAction { .. } | CommandState::Unknown { .. })
}

/// What an outcome means here. `generation` is the one in which the relay's sequence is counted.
pub(crate) fn of_verdict(verdict: &Verdict, generation: i64) -> Event {
    match verdict {
        Verdict::Done { seen, .. } => Event::Done { seen: Version::new(generation, *seen) },
        Verdict::Refused { reason, platform_code, .. } => {
            Event::Refused { reason: reason.clone(), platform_code: *platform_code }
        }
        Verdict::Unknown { reason } => Event::NotEstablished { reason: reason.clone() },
    }
}

/// What a failed attempt means for the command.
pub(crate) fn of_failed_send(error: &NetError) -> Event {
    match error {
        NetError::NotSent(_) | NetError::NoToken => Event::NotTaken,
        NetError::Lost(_) | NetError::Unreadable(_) => Event::AnswerLost,
        NetError::Refused(refusal) => match refusal {
            Refusal::Held { reason } => Event::SwitchedOff { reason: reason.clone() },
            Refusal::IdReused => Event::IdTaken,
            Refusal::Forbidden => Event::Rejected { reason: shopkeeper_protocol::reason::NOT_PERMITTED.into() },
            Refusal::BadRequest { .. } => Event::Rejected { reason: BAD_COMMAND.into() },
            Refusal::Unauthorized | Refusal::Busy | Refusal::UnknownPath => Event::NotTaken,
            // An internal error may have come after the storing; the need to upgrade is also concluded from an answer that may
            // have been a good one; the others are no answers to a command.
            Refusal::Internal
            | Refusal::UpgradeNeeded { .. }
            | Refusal::UnknownCommand
            | Refusal::WrongCode
            | Refusal::ExpiredCode
            | Refusal::UsedCode
            | Refusal::BurntCode => Event::AnswerLost,
        },
    }
}

/// What a failed question means for the command; `None`: nothing, ask again later.
pub(crate) fn of_failed_question(error: &NetError) -> Option<Event> {
    matches!(error, NetError::Refused(Refusal::UnknownCommand)).then_some(Event::UnknownThere)
}

/// Whether a failure is about the way to the relay and not about one command, so that no other need be tried either.
pub(crate) fn closes_the_road(error: &NetError) -> bool {
    match error {
        NetError::NotSent(_) | NetError::Lost(_) | NetError::Unreadable(_) | NetError::NoToken => true,
        NetError::Refused(refusal) => {
            matches!(
                refusal,
                Refusal::Unauthorized | Refusal::Busy | Refusal::UpgradeNeeded { .. } | Refusal::UnknownPath
            )
        }
    }
}
