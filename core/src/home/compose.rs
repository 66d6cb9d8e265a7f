//! The Home tab put together. Every badge is a filter; its value is what the store counts for that filter, and that filter is what it opens.

use super::{Badges, Counter, CounterKind, Deadline, HomeView};
use crate::deadlines::{Nearness, nearness};
use crate::orders::around::Around;
use crate::orders::reach::Reach;
use crate::orders::{Count, Extent, OrderFilter, OrderTab, Work};
use crate::outbox::OutboxSummary;
use crate::rulebook::Rulebook;
use crate::store::orders::{NextDeadlines, StoredDeadline};
use crate::time::Instant;

/// What the tab is made of, all of one revision of the store.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) revision: u64,
    pub(crate) rulebook: &'static Rulebook,
    pub(crate) around: Around,
    pub(crate) reach: Reach,
    /// Orders that are here, of whatever kind.
    pub(crate) orders: u64,
    pub(crate) deadlines: NextDeadlines,
    pub(crate) work: OutboxSummary,
}

/// How long a list is, and how many of it have parcels that are typed and not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counted {
    pub(crate) value: u64,
    pub(crate) saved_not_delivered: u32,
}

/// The instants in the lists that badges open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moments {
    /// Up to which a deadline is about to pass.
    pub(crate) due_before: Instant,
    /// Since which a wish for another address can still be answered.
    pub(crate) address_asked_after: Instant,
}

/// Each badge and the list that it opens, in the order of the screen.
pub(crate) fn badges(moments: Moments) -> [(CounterKind, OrderFilter); 7] {
    let tab = |tab| OrderFilter { tab, ..OrderFilter::default() };
    let (due_before, address_asked_after) = (Some(moments.due_before), Some(moments.address_asked_after));
    [
        (CounterKind::ToShip, tab(OrderTab::ToShip)),
        (CounterKind::AfterSale, tab(OrderTab::AfterSale)),
        (CounterKind::DueSoon, OrderFilter { due_before, ..OrderFilter::default() }),
        (CounterKind::Hurried, OrderFilter { hurried: true, ..OrderFilter::default() }),
        (CounterKind::AddressRequest, OrderFilter { address_asked_after, ..OrderFilter::default() }),
        (CounterKind::Unpaid, tab(OrderTab::Unpaid)),
        (CounterKind::Pending, OrderFilter { pending: true, ..OrderFilter::default() }),
    ]
}

/// The tab at these moments. `count` counts a list at the revision of the sources.
///
/// # Errors
/// Those of `count`.
pub(crate) fn compose<E>(
    moments: Moments,
    sources: Sources,
    mut count: impl FnMut(CounterKind, &OrderFilter) -> Result<Counted, E>,
) -> Result<HomeView, E> {
    let Sources { revision, rulebook, around, reach, orders, deadlines, work } = sources;
    let whole = Work { pending: work.pending, unknown: work.unknown, needs_action: work.needs_action };
    let mut counters = Vec::new();
    for (kind, opens) in badges(moments) {
        let Counted { value, saved_not_delivered } = count(kind, &opens)?;
        // Elsewhere nobody shows it.
        let saved_not_delivered = if kind == CounterKind::ToShip { saved_not_delivered } else { 0 };
        let work = match kind {
            CounterKind::Pending => whole,
            _ => Work { pending: saved_not_delivered, ..Work::default() },
        };
        let state = around.state(rulebook, reach, reach.extent(&opens, Count::Exact(value)), work);
        counters.push(Counter { kind, value, saved_not_delivered, opens, state });
    }
    let value = |kind| counters.iter().find(|counter| counter.kind == kind).map_or(0, |counter| counter.value);
    let shop = [CounterKind::ToShip, CounterKind::AfterSale, CounterKind::AddressRequest];
    let shop = shop.into_iter().map(value).fold(0, u64::saturating_add);
    // The missed ones stand first and the nearest of those to come next, so that none of either kind is cut off whole.
    let alarm = |stored: &StoredDeadline| nearness(rulebook, stored.at, around.now) >= Nearness::Urgent;
    let home_dot = work.needs_action > 0 || deadlines.deadlines.iter().any(alarm);
    let NextDeadlines { deadlines, more } = deadlines;
    Ok(HomeView {
        revision,
        as_of: reach.as_of,
        complete: reach.holds_all_open(),
        counters,
        badges: Badges { home_dot, shop, app_icon: shop },
        deadlines: deadlines.into_iter().map(Deadline::from).collect(),
        more_deadlines: more,
        work,
        state: around.state(rulebook, reach, extent(reach, orders), whole),
    })
}

/// How much is here of what the tab counts, which is what is open. That a shop has no order at all is known only where every order
/// would be here.
fn extent(reach: Reach, orders: u64) -> Extent {
    match reach.extent(&OrderFilter::default(), Count::Exact(orders)) {
        Extent::UnknownEmpty | Extent::Partial { .. } if reach.holds_all_open() => Extent::Complete,
        extent => extent,
    }
}

impl From<StoredDeadline> for Deadline {
    fn from(stored: StoredDeadline) -> Self {
        Self {
            order: stored.order,
            number: stored.number,
            kind: stored.kind.code().to_owned(),
            at: stored.at,
            basis: stored.basis,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadlines;
    use crate::orders::{Access, Basis, LinkState};
    use crate::store::orders::DeadlineKind;
    use crate::sync::state::Coverage;
    use crate::time::Span;

    const NOW: Instant = Instant::from_ms(1_000);

    fn deadline_at(at: Instant) -> StoredDeadline {
        let kind = DeadlineKind::AddressRequest;
        StoredDeadline { order: "wx:1".into(), number: "1".into(), kind, at, basis: Basis::Rulebook }
    }

    fn sources(deadlines: Vec<StoredDeadline>) -> Sources {
        let open_complete = Coverage { open_complete: true, created_since: None };
        Sources {
            revision: 7,
            rulebook: Rulebook::builtin(),
            around: Around { now: NOW, link: LinkState::Online, fetching_since: None, access: Access::Granted },
            reach: Reach { as_of: Some(NOW), coverage: open_complete },
            orders: 0,
            deadlines: NextDeadlines { deadlines, more: 4 },
            work: OutboxSummary::default(),
        }
    }

    fn composed(sources: Sources) -> (HomeView, Vec<OrderFilter>) {
        let mut asked = Vec::new();
        let moments = Moments { due_before: deadlines::due_before(Rulebook::builtin(), NOW), address_asked_after: NOW };
        let view = compose(moments, sources, |_, filter| {
            asked.push(filter.clone());
            Ok::<_, ()>(Counted { value: asked.len() as u64, saved_not_delivered: 9 })
        });
        (view.unwrap(), asked)
    }

    #[test]
    fn every_badge_opens_the_list_that_was_counted() {
        let work = OutboxSummary { pending: 1, unknown: 0, needs_action: 2 };
        let (view, asked) = composed(Sources { work, ..sources(vec![deadline_at(NOW)]) });
        assert_eq!(view.counters.iter().map(|counter| counter.opens.clone()).collect::<Vec<_>>(), asked);
        assert_eq!(view.counters.iter().map(|counter| counter.value).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(view.counters.iter().map(|counter| counter.saved_not_delivered).sum::<u32>(), 9);
        assert_eq!((view.deadlines[0].kind.as_str(), view.more_deadlines, view.work), ("address_request", 4, work));
        let due = view.counters.iter().find(|counter| counter.kind == CounterKind::DueSoon).unwrap();
        assert_eq!(due.opens.due_before, Some(NOW.plus(Span::hours(12))));
        let pending = view.counters.iter().find(|counter| counter.kind == CounterKind::Pending).unwrap();
        assert_eq!((pending.state.work.pending, pending.state.work.needs_action), (1, 2));
        // What is open is here; whether anything else waits somewhere is not known.
        assert_eq!((pending.state.extent, due.state.extent), (Extent::Partial { since: None }, Extent::Complete));
    }

    #[test]
    fn sums_are_of_the_badges_that_stand_beside_them() {
        let (view, _) = composed(sources(vec![]));
        let Badges { shop, app_icon, home_dot } = view.badges;
        let wishes = view.counters.iter().find(|counter| counter.kind == CounterKind::AddressRequest).unwrap();
        assert_eq!((wishes.value, wishes.opens.address_asked_after), (5, Some(NOW)));
        assert_eq!((shop, app_icon, home_dot), (1 + 2 + 5, 8, false));
        assert_eq!(view.state.extent, Extent::Complete);
        let empty = Reach { as_of: None, coverage: Coverage::default() };
        let (view, _) = composed(Sources { reach: empty, ..sources(vec![]) });
        assert_eq!(view.state.extent, Extent::UnknownEmpty);
    }

    #[test]
    fn the_dot_stands_for_alarm_and_for_work_that_needs_a_person() {
        let dot = |sources| composed(sources).0.badges.home_dot;
        let four = NOW.plus(Span::hours(4));
        assert!(!dot(sources(vec![deadline_at(four.plus(Span::ms(1)))])));
        assert!(dot(sources(vec![deadline_at(four)])));
        assert!(dot(sources(vec![deadline_at(NOW.minus(Span::hours(1)))])), "a missed one is still to be made up for");
        let work = |needs_action| OutboxSummary { pending: 3, unknown: 1, needs_action };
        assert!(!dot(Sources { work: work(0), ..sources(vec![]) }));
        assert!(dot(Sources { work: work(1), ..sources(vec![]) }));
    }
}
