//! Which command may go next: pure, from the rows and what holds them back.
//!
//! A lane is an order's commands in the order of their taps. Only the first of a lane that has not ended may move, so a command never
//! overtakes one whose effect it was decided upon, and one that needs a person stops its own order and no other. Lanes go by the
//! earliest legal moment of *anything* in them: a note in front of a shipment that is due today is as urgent as the shipment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ids::{CommandId, ReasonCode};
use crate::store::Overlays;
use crate::store::outbox::{CommandRow, CommandState};
use crate::time::Instant;

/// Errands under way at once.
pub(crate) const PARALLEL: usize = 4;

/// A moment on the worker's own clock, which no change of the phone's clock moves.
pub(crate) type Tick = Duration;

/// What holds commands back, besides their states.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gates {
    pub(crate) now: Tick,
    /// Nothing goes before this: the relay is away.
    pub(crate) road: Tick,
    /// Not before this: an undo window, or the wait after a failure.
    pub(crate) ready: BTreeMap<CommandId, Tick>,
    /// Under way.
    pub(crate) flying: BTreeSet<CommandId>,
    /// Kinds that the relay has switched off; `None`: it has not said yet.
    pub(crate) held: Option<BTreeMap<String, ReasonCode>>,
}

/// What to go to the relay for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    Send,
    Ask,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// The most urgent first, no more than there is room for.
    pub(crate) errands: Vec<(CommandId, Errand)>,
    /// To be recorded as held.
    pub(crate) hold: Vec<(CommandId, ReasonCode)>,
    /// On record as under way, and not.
    pub(crate) lost_sight: Vec<CommandId>,
    /// When to look again if nothing happens before.
    pub(crate) wake: Option<Tick>,
}

/// What the first of a lane is waiting for.
enum Step {
    Go(Errand),
    Hold(ReasonCode),
    LostSight,
    /// Something will happen by itself, or by a person.
    Stay,
}

pub(crate) fn plan(overlays: &Overlays, gates: &Gates) -> Plan {
    let mut plan = Plan::default();
    let mut ready = Vec::new();
    for (_, lane) in overlays.orders() {
        let open = || lane.iter().filter(|row| !row.state.has_ended());
        let Some(first) = open().next() else { continue };
        if gates.flying.contains(&first.id) {
            continue;
        }
        let own = gates.ready.get(&first.id).copied().unwrap_or_default();
        let gate = match step(first, gates) {
            Step::Stay => continue,
            Step::LostSight | Step::Hold(_) => own,
            Step::Go(_) => own.max(gates.road),
        };
        if gate > gates.now {
            plan.wake = Some(plan.wake.map_or(gate, |wake| wake.min(gate)));
            continue;
        }
        match step(first, gates) {
            Step::Stay => {}
            Step::LostSight => plan.lost_sight.push(first.id.clone()),
            Step::Hold(reason) => plan.hold.push((first.id.clone(), reason)),
            Step::Go(errand) => {
                let due = open().filter_map(|row| row.due).min().unwrap_or(Instant::from_ms(i64::MAX));
                // Looking after what the relay has already is the feed's work first.
                let rope = first.state == CommandState::Accepted;
                ready.push((rope, due, first.created_at, first.id.clone(), errand));
            }
        }
    }
    ready.sort_by(|a, b| (a.0, a.1, a.2, &a.3).cmp(&(b.0, b.1, b.2, &b.3)));
    let room = PARALLEL.saturating_sub(gates.flying.len());
    plan.errands.extend(ready.into_iter().take(room).map(|(.., id, errand)| (id, errand)));
    plan
}

fn step(row: &CommandRow, gates: &Gates) -> Step {
    let off = gates.held.as_ref().map(|held| held.get(row.command.kind()));
    match (&row.state, off) {
        (CommandState::Waiting, Some(Some(reason))) => Step::Hold(reason.clone()),
        (CommandState::Waiting, _) | (CommandState::Held { .. }, Some(None)) => Step::Go(Errand::Send),
        (CommandState::Checking | CommandState::Accepted, _) => Step::Go(Errand::Ask),
        (CommandState::Sending, _) => Step::LostSight,
        _ => Step::Stay,
    }
}
