//! What a list says about itself: how old its truth is, and how much of it is on the phone.

use shopkeeper_protocol::EntityKind;

use super::{Count, Covered, Extent, Freshness, OrderFilter, OrderTab};
use crate::rulebook::Rulebook;
use crate::store::{CacheReader, StoreError};
use crate::sync::state::Coverage;
use crate::time::{Instant, Span};

/// How far the orders on this phone reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reach {
    /// Up to when the relay had seen the platform, at the last time that everything it had was here.
    pub(crate) as_of: Option<Instant>,
    pub(crate) coverage: Coverage,
}

impl Reach {
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn read(cache: &CacheReader<'_>) -> Result<Self, StoreError> {
        let kind = EntityKind::Order;
        Ok(Self { as_of: cache.watermark(&kind)?, coverage: cache.coverage(&kind)? })
    }

    pub(crate) fn freshness(self, rulebook: &Rulebook, now: Instant) -> Freshness {
        let Some(as_of) = self.as_of else { return Freshness::LoadingFirst };
        let age = now.since(as_of);
        if age <= rulebook.orders_fresh() {
            Freshness::Fresh { as_of }
        } else if age <= rulebook.orders_very_stale() {
            Freshness::Stale { as_of }
        } else {
            Freshness::VeryStale { as_of }
        }
    }

    /// The next instant at which the freshness is another one though nothing arrived.
    pub(crate) fn changes_at(self, rulebook: &Rulebook, now: Instant) -> Option<Instant> {
        let as_of = self.as_of?;
        let ends = [rulebook.orders_fresh(), rulebook.orders_very_stale()].map(|age| as_of.plus(age));
        // A limit itself still belongs to what it limits.
        ends.into_iter().map(|end| end.plus(Span::ms(1))).find(|change| *change > now)
    }

    /// Whether every order that ever was is here.
    pub(crate) fn holds_everything(self) -> bool {
        self.holds_since(Instant::EPOCH)
    }

    /// Whether every open order is here, in the sense of [`shopkeeper_protocol::Complete::Open`].
    pub(crate) fn holds_all_open(self) -> bool {
        self.coverage.open_complete || self.holds_everything()
    }

    /// Whether every order that was created since then is here.
    pub(crate) fn holds_since(self, since: Instant) -> bool {
        self.coverage.created_since.is_some_and(|known| known <= since)
    }

    /// What is here without a gap.
    pub(crate) fn covered(self) -> Covered {
        Covered { open: self.holds_all_open(), since: self.coverage.created_since }
    }

    /// How much of a list is here, if `count` of it are.
    pub(crate) fn extent(self, filter: &OrderFilter, count: Count) -> Extent {
        let Coverage { created_since, .. } = self.coverage;
        let from = filter.created.and_then(|range| range.from);
        let recent = from.zip(created_since).is_some_and(|(from, since)| since <= from);
        let complete = self.holds_everything() || (self.holds_all_open() && is_open(filter)) || recent;
        match (complete, count == Count::Exact(0)) {
            (true, true) => Extent::KnownEmpty,
            (true, false) => Extent::Complete,
            (false, true) => Extent::UnknownEmpty,
            (false, false) => Extent::Partial { since: created_since },
        }
    }
}

/// Whether whatever passes a filter is open, in the sense of [`shopkeeper_protocol::Complete::Open`]: more may follow, or an after-sale is
/// unfinished.
fn is_open(filter: &OrderFilter) -> bool {
    let tab = match filter.tab {
        OrderTab::Unpaid | OrderTab::ToShip | OrderTab::PartShipped | OrderTab::ToReceive | OrderTab::AfterSale => true,
        OrderTab::All | OrderTab::Done | OrderTab::Closed => false,
    };
    tab || filter.hurried || filter.after_sale || filter.due_before.is_some() || filter.address_asked_after.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::TimeRange;

    fn reach(open_complete: bool, created_since: Option<i64>) -> Reach {
        let created_since = created_since.map(Instant::from_ms);
        Reach { as_of: None, coverage: Coverage { open_complete, created_since } }
    }

    #[test]
    fn empty_is_known_only_where_everything_would_be_here() {
        let (all, to_ship) = (OrderFilter::default(), OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() });
        let hurried = OrderFilter { hurried: true, ..OrderFilter::default() };
        let since = Some(Instant::from_ms(7));
        let created = |from: i64| {
            let range = TimeRange { from: Some(Instant::from_ms(from)), until: None };
            OrderFilter { created: Some(range), ..OrderFilter::default() }
        };
        let paid = OrderFilter { paid: created(7).created, ..OrderFilter::default() };
        let (none, some) = (Count::Exact(0), Count::Exact(3));
        for (reach, filter, count, extent) in [
            (reach(false, None), &all, none, Extent::UnknownEmpty),
            (reach(false, None), &to_ship, some, Extent::Partial { since: None }),
            (reach(true, None), &to_ship, none, Extent::KnownEmpty),
            (reach(true, None), &to_ship, some, Extent::Complete),
            (reach(true, None), &hurried, none, Extent::KnownEmpty),
            (reach(true, Some(7)), &all, none, Extent::UnknownEmpty),
            (reach(true, Some(7)), &all, some, Extent::Partial { since }),
            (reach(false, Some(7)), &created(7), none, Extent::KnownEmpty),
            (reach(false, Some(7)), &created(7), some, Extent::Complete),
            (reach(false, Some(7)), &created(6), none, Extent::UnknownEmpty),
            (reach(false, None), &created(7), none, Extent::UnknownEmpty),
            // It may have been created before, and paid since.
            (reach(true, Some(7)), &paid, none, Extent::UnknownEmpty),
            (reach(false, Some(0)), &all, none, Extent::KnownEmpty),
            (reach(false, Some(0)), &to_ship, Count::AtLeast(0), Extent::Complete),
        ] {
            assert_eq!(reach.extent(filter, count), extent, "{reach:?} {filter:?} {count:?}");
        }
    }

    #[test]
    fn freshness_changes_exactly_when_it_says() {
        let book = Rulebook::builtin();
        let as_of = Instant::from_ms(1_000_000);
        let reach = Reach { as_of: Some(as_of), ..Reach::default() };
        let mut now = as_of;
        let mut seen = vec![reach.freshness(book, now)];
        while let Some(change) = reach.changes_at(book, now) {
            assert_eq!(reach.freshness(book, change.minus(Span::ms(1))), seen[seen.len() - 1]);
            seen.push(reach.freshness(book, change));
            now = change;
        }
        assert_eq!(seen, [Freshness::Fresh { as_of }, Freshness::Stale { as_of }, Freshness::VeryStale { as_of }]);
        assert_eq!(Reach::default().freshness(book, now), Freshness::LoadingFirst);
        assert_eq!(Reach::default().changes_at(book, now), None);
    }
}
