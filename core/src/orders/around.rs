//! What a reading says of itself and the store does not know: whether there is a network, since when the first load goes on, and whether the
//! role shows the reading at all.

use std::sync::Arc;

use tokio::sync::watch;

use super::reach::Reach;
use super::{Access, Extent, FirstLoad, LinkState, ListState, Work};
use crate::ports::Link;
use crate::rulebook::Rulebook;
use crate::time::{Instant, Span};

/// Where to ask for it. Cloning shares the sources.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) link: watch::Receiver<Link>,
    /// Since when something is being fetched; `None`: nothing is.
    pub(crate) fetching_since: watch::Receiver<Option<Instant>>,
    /// Whether this device's role shows orders.
    pub(crate) permitted: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What they said at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Around {
    pub(crate) now: Instant,
    pub(crate) link: LinkState,
    pub(crate) fetching_since: Option<Instant>,
    pub(crate) access: Access,
}

/// From here on a first load says that it still goes on, and offers to try again.
const SLOW: Span = Span::seconds(8);
/// That a fetch began writes nothing of which a watch could hear. So where nothing was ever here, it is looked at anew this often.
const LOOK_AGAIN: Span = Span::seconds(1);

impl Surroundings {
    pub(crate) fn at(&self, now: Instant) -> Around {
        Around {
            now,
            link: match *self.link.borrow() {
                Link::Online | Link::Weak => LinkState::Online,
                Link::Offline => LinkState::Offline,
            },
            fetching_since: *self.fetching_since.borrow(),
            access: if (self.permitted)() { Access::Granted } else { Access::NotPermitted },
        }
    }
}

impl Around {
    /// What a reading says of itself: how far it reaches, how much of it is here, and the unsent work that it shows.
    pub(crate) fn state(&self, rulebook: &Rulebook, reach: Reach, extent: Extent, work: Work) -> ListState {
        let freshness = reach.freshness(rulebook, self.now);
        ListState { freshness, link: self.link, extent, work, first_load: self.first_load(reach), access: self.access }
    }

    /// The next instant at which that is another one though nothing arrived.
    pub(crate) fn changes_at(&self, rulebook: &Rulebook, reach: Reach) -> Option<Instant> {
        if reach.as_of.is_some() {
            return reach.changes_at(rulebook, self.now);
        }
        match (self.link, self.first_load(reach), self.fetching_since) {
            (LinkState::Offline, ..) | (_, FirstLoad::Slow, _) => None,
            (LinkState::Online, _, Some(since)) => Some(since.plus(SLOW)),
            (LinkState::Online, _, None) => Some(self.now.plus(LOOK_AGAIN)),
        }
    }

    fn first_load(&self, reach: Reach) -> FirstLoad {
        match self.fetching_since.filter(|_| reach.as_of.is_none()) {
            None => FirstLoad::None,
            Some(since) if self.now.since(since) >= SLOW => FirstLoad::Slow,
            Some(_) => FirstLoad::Running,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_load_becomes_slow_exactly_when_it_says() {
        let book = Rulebook::builtin();
        let began = Instant::from_ms(50_000);
        let around = |now: Instant, fetching_since| Around {
            now,
            link: LinkState::Online,
            fetching_since,
            access: Access::Granted,
        };
        let load =
            |around: Around| around.state(book, Reach::default(), Extent::UnknownEmpty, Work::default()).first_load;
        let idle = around(began, None);
        assert_eq!(
            (load(idle), idle.changes_at(book, Reach::default())),
            (FirstLoad::None, Some(began.plus(LOOK_AGAIN)))
        );
        let at = around(began, Some(began)).changes_at(book, Reach::default()).unwrap();
        assert_eq!(load(around(at.minus(Span::ms(1)), Some(began))), FirstLoad::Running);
        let slow = around(at, Some(began));
        assert_eq!((load(slow), slow.changes_at(book, Reach::default())), (FirstLoad::Slow, None));
        // Whatever was complete once is not loaded for the first time.
        let reach = Reach { as_of: Some(began), ..Reach::default() };
        assert_eq!(slow.state(book, reach, Extent::Complete, Work::default()).first_load, FirstLoad::None);
        assert_eq!(slow.changes_at(book, reach), reach.changes_at(book, at));
        let offline = Around { link: LinkState::Offline, ..idle };
        assert_eq!(offline.changes_at(book, Reach::default()), None);
    }
}
