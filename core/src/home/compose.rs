//! The Home tab put together. Every badge is a filter; its value is what the store counts for that filter, and that filter is what it opens.

use super::{Counter, CounterKind, Deadline, HomeView};
use crate::orders::{OrderFilter, OrderTab};
use crate::outbox::OutboxSummary;
use crate::store::orders::{NextDeadlines, StoredDeadline};
use crate::time::Instant;

/// What the tab is made of, all of one revision of the store.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) revision: u64,
    /// Up to when the relay had seen the platform's orders.
    pub(crate) as_of: Option<Instant>,
    /// Whether every open order is here.
    pub(crate) complete: bool,
    pub(crate) deadlines: NextDeadlines,
    pub(crate) work: OutboxSummary,
}

/// How long a list is, and how many of it have parcels that are typed and not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counted {
    pub(crate) value: u64,
    pub(crate) saved_not_delivered: u32,
}

/// Each badge and the list that it opens, in the order of the screen.
pub(crate) fn badges(due_before: Instant) -> [(CounterKind, OrderFilter); 6] {
    let tab = |tab| OrderFilter { tab, ..OrderFilter::default() };
    let due_before = Some(due_before);
    [
        (CounterKind::ToShip, tab(OrderTab::ToShip)),
        (CounterKind::AfterSale, tab(OrderTab::AfterSale)),
        (CounterKind::DueSoon, OrderFilter { due_before, ..OrderFilter::default() }),
        (CounterKind::Hurried, OrderFilter { hurried: true, ..OrderFilter::default() }),
        (CounterKind::Unpaid, tab(OrderTab::Unpaid)),
        (CounterKind::Pending, OrderFilter { pending: true, ..OrderFilter::default() }),
    ]
}

/// The tab, where what is due before an instant is about to pass. `count` counts a list at the revision of the sources.
///
/// # Errors
/// Those of `count`.
pub(crate) fn compose<E>(
    due_before: Instant,
    sources: Sources,
    mut count: impl FnMut(CounterKind, &OrderFilter) -> Result<Counted, E>,
) -> Result<HomeView, E> {
    let mut counters = Vec::new();
    for (kind, opens) in badges(due_before) {
        let Counted { value, saved_not_delivered } = count(kind, &opens)?;
        // Elsewhere nobody shows it.
        let saved_not_delivered = if kind == CounterKind::ToShip { saved_not_delivered } else { 0 };
        counters.push(Counter { kind, value, saved_not_delivered, opens });
    }
    let Sources { revision, as_of, complete, deadlines, work } = sources;
    let NextDeadlines { deadlines, more } = deadlines;
    let deadlines = deadlines.into_iter().map(deadline).collect();
    Ok(HomeView { revision, as_of, complete, counters, deadlines, more_deadlines: more, work })
}

fn deadline(stored: StoredDeadline) -> Deadline {
    Deadline {
        order: stored.order,
        number: stored.number,
        kind: stored.kind.code().to_owned(),
        at: stored.at,
        basis: stored.basis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadlines;
    use crate::orders::Basis;
    use crate::rulebook::Rulebook;
    use crate::store::orders::DeadlineKind;
    use crate::time::Span;

    #[test]
    fn every_badge_opens_the_list_that_was_counted() {
        let now = Instant::from_ms(1_000);
        let deadline = StoredDeadline {
            order: "wx:1".into(),
            number: "1".into(),
            kind: DeadlineKind::AddressRequest,
            at: now,
            basis: Basis::Rulebook,
        };
        let deadlines = NextDeadlines { deadlines: vec![deadline], more: 4 };
        let work = OutboxSummary { pending: 1, unknown: 0, needs_action: 2 };
        let sources = Sources { revision: 7, as_of: Some(now), complete: true, deadlines, work };
        let mut asked = Vec::new();
        let due_before = deadlines::due_before(Rulebook::builtin(), now);
        let view = compose(due_before, sources, |_, filter| {
            asked.push(filter.clone());
            Ok::<_, ()>(Counted { value: asked.len() as u64, saved_not_delivered: 9 })
        });
        let view = view.unwrap();
        assert_eq!(view.counters.iter().map(|counter| counter.opens.clone()).collect::<Vec<_>>(), asked);
        assert_eq!(view.counters.iter().map(|counter| counter.value).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(view.counters.iter().map(|counter| counter.saved_not_delivered).sum::<u32>(), 9);
        assert_eq!((view.deadlines[0].kind.as_str(), view.more_deadlines, view.work), ("address_request", 4, work));
        let due = view.counters.iter().find(|counter| counter.kind == CounterKind::DueSoon).unwrap();
        assert_eq!(due.opens.due_before, Some(now.plus(Span::hours(12))));
    }
}
