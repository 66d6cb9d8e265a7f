//! Faults on order: what a merchant's system must bear, switched on by an admin call or in process.
//!
//! A fault has a *scope* (the beginning of a path, or of an event's name for pushes), a measure of *how often* (the next n
//! times, or a chance in a thousand drawn from the seed), and a *kind*. Several may strike one call; they are looked at in
//! the order in which they were added.
//!
//! A lost reply is not a status: the connection closes without a byte. In process there is no connection, so the answer
//! carries [`ReplyLost`] among its extensions and a network model drops it; its body fails when read, which is also what
//! makes a real server close the connection.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::world::random::{Draw, Stream};

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// The answer comes later.
    Latency {
        /// By so many milliseconds.
        ms: u64,
    },
    /// The connection closes before the platform did anything.
    ReplyLostBefore,
    /// The connection closes after the platform did everything.
    ReplyLostAfter,
    /// An HTTP status with a page instead of JSON: a broken gateway, or the 403 that some blocked callers report.
    ServerError {
        /// 400 to 599.
        status: u16,
    },
    /// HTTP 200 with nothing in it.
    EmptyAnswer {
        /// Whether the platform did its work first.
        after_effect: bool,
    },
    /// A refusal with this code before anything is looked at.
    Errcode {
        /// -1 is "busy"; 100003 "updated too often"; 45009 the day's quota.
        code: i64,
    },
    /// Every token of both families dies at once.
    DeadTokens,
    /// Orders, cases and products show statuses and types that nobody knows.
    UnknownEnums,
    /// They have fields that nobody knows.
    ExtraFields,
    /// They have a text where a number belongs, or the like.
    BadShape,
    /// An event is never sent.
    PushLost,
    /// An event is sent twice.
    PushDoubled,
    /// An event waits until the one after it has been sent.
    PushReordered,
}

impl FaultKind {
    /// Strikes events, not calls.
    fn is_push(&self) -> bool {
        matches!(self, Self::PushLost | Self::PushDoubled | Self::PushReordered)
    }
}

/// A fault with its scope and measure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Beginning of the path (or of the event's name). Empty: everything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// How many times it strikes; none means for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How likely it strikes, in a thousand; none means surely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_mille: Option<u32>,
}

impl Fault {
    /// Strikes the next call within `scope` once.
    pub fn once(kind: FaultKind, scope: &str) -> Self {
        Self { kind, scope: scope.to_owned(), times: Some(1), per_mille: None }
    }

    /// Strikes every call within `scope`.
    pub fn always(kind: FaultKind, scope: &str) -> Self {
        Self { kind, scope: scope.to_owned(), times: None, per_mille: None }
    }

    /// Strikes calls within `scope` with a chance in a thousand.
    pub fn sometimes(kind: FaultKind, scope: &str, per_mille: u32) -> Self {
        Self { kind, scope: scope.to_owned(), times: None, per_mille: Some(per_mille) }
    }
}

/// Why a fault cannot be added.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FaultError {
    /// A status that is no error.
    #[error("status {0} is not between 400 and 599")]
    Status(u16),
    /// A chance above certainty.
    #[error("per_mille {0} is above 1000")]
    Chance(u32),
    /// An errcode that means success.
    #[error("errcode 0 is no fault")]
    Success,
}

/// The answer must not reach the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReplyLost {
    /// Whether the platform had done its work.
    pub after_effect: bool,
}

/// The faults of one sandbox; clones share them.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    draw: Draw,
    active: Vec<Fault>,
}

impl Faults {
    /// No faults; chance is drawn from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State { draw: Draw::new(seed, Stream::Faults), active: Vec::new() })))
    }

    /// Adds a fault behind those that are active.
    pub fn add(&self, fault: Fault) -> Result<(), FaultError> {
        match fault.kind {
            FaultKind::ServerError { status } if !(400..600).contains(&status) => {
                return Err(FaultError::Status(status));
            }
            FaultKind::Errcode { code: 0 } => return Err(FaultError::Success),
            _ => {}
        }
        if let Some(chance) = fault.per_mille.filter(|chance| *chance > 1000) {
            return Err(FaultError::Chance(chance));
        }
        self.with(|state| state.active.push(fault));
        Ok(())
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.with(|state| state.active.clear());
    }

    /// Those that may still strike.
    pub fn active(&self) -> Vec<Fault> {
        self.with(|state| state.active.clone())
    }

    /// What strikes this call.
    pub(crate) fn strike_call(&self, path: &str) -> Vec<FaultKind> {
        self.strike(path, false)
    }

    /// What strikes this event.
    pub(crate) fn strike_push(&self, event: &str) -> Vec<FaultKind> {
        self.strike(event, true)
    }

    fn strike(&self, subject: &str, push: bool) -> Vec<FaultKind> {
        self.with(|State { draw, active }| {
            let mut struck = Vec::new();
            for fault in active.iter_mut() {
                if fault.kind.is_push() != push || !subject.starts_with(&fault.scope) || fault.times == Some(0) {
                    continue;
                }
                if fault.per_mille.is_some_and(|chance| !draw.per_mille(chance)) {
                    continue;
                }
                if let Some(times) = &mut fault.times {
                    *times -= 1;
                }
                struck.push(fault.kind.clone());
            }
            active.retain(|fault| fault.times != Some(0));
            struck
        })
    }

    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
