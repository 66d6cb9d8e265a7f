//! What to ask for next. Pure: where the sync stands and what time it is in, one request out.

use std::time::Duration;

use shopkeeper_protocol::{End, Incarnation};
use tokio::time::Instant;

use super::state::{First, Origin, SyncState};

/// The very first page, with the most urgent orders: small, so that a screen is not empty for longer than it must be.
const FIRST_LIMIT: usize = 200;
/// Every other page. Packed, 1,000 orders are some 200 KB; a lost page costs as much again.
const PAGE_LIMIT: usize = 1_000;
/// How old news may be while history is still arriving.
const INTERLEAVE: Duration = Duration::from_secs(2);

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Ask(Ask),
    /// What is here has no cursor: it becomes of an older generation before anything is asked.
    BeginAnew,
    /// Everything that the relay had when it was asked last is here.
    CaughtUp,
}

/// A request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) origin: Origin,
    /// Entities that it may have.
    pub(crate) limit: usize,
}

impl Ask {
    fn first(from: Option<&String>) -> Step {
        let limit = if from.is_some() { PAGE_LIMIT } else { FIRST_LIMIT };
        Step::Ask(Self { origin: Origin::First(from.cloned()), limit })
    }
}

/// One pull, from its beginning until it is caught up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Round {
    /// When changes were asked for last.
    asked: Option<Instant>,
    /// The last page of changes was not the last one there is.
    more: bool,
    /// The last step was a page of changes: the first sync takes its turn, so that busy changes cannot starve it.
    first_has_turn: bool,
    /// A page was not stored because another life of the relay told it.
    to_prove: bool,
    /// How often that was so.
    proofs: u32,
}

/// A page that arrived and is not stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foreseen<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) asked: Instant,
    pub(crate) life: &'a Incarnation,
    pub(crate) end: &'a End,
    /// The kinds that can be stored.
    pub(crate) kinds: &'a str,
}

/// Two lives of a relay that answer in turns are two relays, and one address cannot be both.
const PROOFS: u32 = 8;

impl Round {
    pub(crate) fn next(&self, state: &SyncState, now: Instant) -> Step {
        if state.is_adrift() {
            return Step::BeginAnew;
        }
        if let Some(seen) = state.seen.as_ref().filter(|_| self.to_prove) {
            // Whether there is a page is all that is asked.
            return Step::Ask(Ask { origin: Origin::Proof(seen.clone()), limit: 1 });
        }
        let Some(after) = state.cursor.clone() else {
            return Ask::first(None);
        };
        let changes = Step::Ask(Ask { origin: Origin::Changes(after), limit: PAGE_LIMIT });
        match &state.first {
            First::NotBegun => Ask::first(None),
            First::Running(from) => {
                let due = self.more || self.asked.is_none_or(|asked| now.duration_since(asked) >= INTERLEAVE);
                if due && !self.first_has_turn { changes } else { Ask::first(Some(from)) }
            }
            First::Done if self.asked.is_some() && !self.more => Step::CaughtUp,
            First::Done => changes,
        }
    }

    /// What will come next once a page is stored that has arrived and was asked for at `asked`, and where the sync will stand then. So it can
    /// be asked for meanwhile. `None` if there is nothing to ask for, or the page may not be stored.
    pub(crate) fn foresee(&self, state: &SyncState, page: &Foreseen<'_>, now: Instant) -> Option<(SyncState, Ask)> {
        if state.unproven(page.life).is_some() {
            return None;
        }
        let mut then = state.clone();
        let moved = then.take_end(page.origin, page.end, page.kinds);
        let mut round = self.clone();
        match page.origin {
            _ if !moved.moved => return None,
            Origin::First(_) => round.took_first(!moved.more),
            Origin::Changes(_) => round.took_changes(page.asked, moved.more),
            Origin::Proof(_) | Origin::Given => return None,
        }
        match round.next(&then, now) {
            Step::Ask(ask) => Some((then, ask)),
            Step::BeginAnew | Step::CaughtUp => None,
        }
    }

    /// A page has to wait for a proof. Says whether there is any sense in it.
    pub(crate) fn needs_proof(&mut self) -> bool {
        self.to_prove = true;
        self.proofs += 1;
        self.proofs <= PROOFS
    }

    pub(crate) fn proven(&mut self) {
        self.to_prove = false;
    }

    /// A page of the first sync is stored. Its last one leaves changes to be read, however recently they were.
    pub(crate) fn took_first(&mut self, ended: bool) {
        self.first_has_turn = false;
        if ended {
            self.asked = None;
        }
    }

    /// A page of changes that was asked for at `asked` is stored.
    pub(crate) fn took_changes(&mut self, asked: Instant, more: bool) {
        self.asked = Some(asked);
        self.more = more;
        self.first_has_turn = true;
    }
}

#[cfg(test)]
mod tests {
    use shopkeeper_protocol::{Cursor, Incarnation};

    use super::*;
    use crate::sync::state::Progress;

    fn state(first: First, cursor: bool) -> SyncState {
        let cursor = cursor.then(|| Cursor { incarnation: Incarnation::from("a"), seq: 7 });
        SyncState { generation: 1, cursor, seen: None, first, progress: Progress::default(), kinds: String::new() }
    }

    fn is_changes(step: &Step) -> bool {
        matches!(step, Step::Ask(Ask { origin: Origin::Changes(_), .. }))
    }

    #[tokio::test(start_paused = true)]
    async fn history_and_news_take_turns() {
        let start = Instant::now();
        let mut round = Round::default();
        assert_eq!(round.next(&state(First::NotBegun, false), start), Ask::first(None));
        round.took_first(false);
        let running = state(First::Running("x".to_owned()), true);
        let news = |round: &Round, at| is_changes(&round.next(&running, at));
        assert!(news(&round, start), "news of the time since the head was taken");
        round.took_changes(start, false);
        assert!(!news(&round, start + INTERLEAVE), "history has its turn");
        round.took_first(false);
        assert!(!news(&round, start + INTERLEAVE / 2));
        assert!(news(&round, start + INTERLEAVE));
        round.took_changes(start + INTERLEAVE, true);
        assert!(!news(&round, start + INTERLEAVE));
        round.took_first(false);
        assert!(news(&round, start + INTERLEAVE), "more news is waiting already");
        round.took_changes(start + INTERLEAVE, false);
        round.took_first(true);
        let done = state(First::Done, true);
        assert!(is_changes(&round.next(&done, start + INTERLEAVE)));
        round.took_changes(start + INTERLEAVE, false);
        assert_eq!(round.next(&done, start + INTERLEAVE), Step::CaughtUp);
    }
}
