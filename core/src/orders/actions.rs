//! 为什么: what cannot be done with an order now, each with its reason. What is not named here can be done, offline as well.
//!
//! A note at the platform is never refused beforehand: the platform takes one in every state, and what is wrong with a text is said when it is
//! typed. Flags and private notes are this phone's own and always possible.

use serde::Serialize;

use super::reason;
use crate::ids::ReasonCode;
use crate::outbox::machine::{may_renew, may_withdraw};
use crate::outbox::reason::UNDO_OVER;
use crate::store::outbox::CommandRow;

/// Something that a merchant does with an order and that is not always possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderAction {
    Ship,
    /// 撤销, within the seconds after a tap.
    Undo,
    /// Takes back work that has not left, or that was refused.
    Withdraw,
    /// Tries work again that was refused, or of which nobody knows what became.
    Retry,
}

/// An action that is not possible now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Impossible {
    pub action: OrderAction,
    /// Words under `reason.<code>`.
    pub reason: ReasonCode,
}

/// See the module, in the order of the actions. `rows` are the order's commands; `undoable` knows the clock.
pub(crate) fn impossible<'a>(
    cannot_ship: Option<&ReasonCode>,
    rows: impl Iterator<Item = &'a CommandRow>,
    undoable: impl Fn(&CommandRow) -> bool,
) -> Vec<Impossible> {
    let open: Vec<_> = rows.filter(|row| !row.state.has_ended()).collect();
    let late = |otherwise: &'static str| if open.is_empty() { reason::NOTHING_WAITS } else { otherwise };
    let can = |which: &dyn Fn(&CommandRow) -> bool| open.iter().any(|row| which(row));
    let mut impossible = Vec::new();
    if let Some(reason) = cannot_ship {
        impossible.push(Impossible { action: OrderAction::Ship, reason: reason.clone() });
    }
    for (action, possible, code) in [
        (OrderAction::Undo, can(&undoable), late(UNDO_OVER)),
        (OrderAction::Withdraw, can(&|row| may_withdraw(&row.state)), late(UNDO_OVER)),
        (OrderAction::Retry, can(&|row| may_renew(&row.state)), late(reason::NOTHING_REFUSED)),
    ] {
        if !possible {
            impossible.push(Impossible { action, reason: ReasonCode::from(code) });
        }
    }
    impossible
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::{item, refused, ship};
    use super::*;
    use crate::store::outbox::CommandState;

    fn reasons(rows: &[CommandRow], undoable: bool) -> Vec<(OrderAction, String)> {
        let cannot_ship = ReasonCode::from(reason::UNPAID);
        let found = impossible(Some(&cannot_ship), rows.iter(), |_| undoable);
        found.into_iter().map(|it| (it.action, it.reason.0)).collect()
    }

    #[test]
    fn every_action_that_is_not_possible_says_why() {
        use OrderAction::{Retry, Ship, Undo, Withdraw};
        let why = |action, code: &str| (action, code.to_owned());
        let unpaid = why(Ship, "unpaid");
        let at = |state| vec![ship(1, "SF1", &[item("a", 1)], state)];
        let nothing = [Undo, Withdraw, Retry].map(|action| why(action, "nothing_waits"));
        let [undo, withdraw, retry] = nothing;
        assert_eq!(reasons(&[], false), [unpaid.clone(), undo.clone(), withdraw.clone(), retry.clone()]);
        // What was withdrawn waits no more.
        assert_eq!(reasons(&at(CommandState::Withdrawn), false), [unpaid.clone(), undo, withdraw, retry]);
        let no_retry = why(Retry, "nothing_refused");
        assert_eq!(reasons(&at(CommandState::Waiting), true), [unpaid.clone(), no_retry.clone()]);
        let late = why(Undo, "undo_over");
        assert_eq!(reasons(&at(CommandState::Waiting), false), [unpaid.clone(), late.clone(), no_retry.clone()]);
        assert_eq!(
            reasons(&at(CommandState::Sending), false),
            [unpaid.clone(), late.clone(), why(Withdraw, "undo_over"), no_retry]
        );
        assert_eq!(reasons(&at(refused("bad_waybill")), false), [unpaid, late]);
        assert_eq!(impossible(None, at(refused("x")).iter(), |_| true), []);
    }
}
