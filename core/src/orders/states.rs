//! The data states of a screen: which of the ten that every list, tile and detail can be in hold now. [`ListState`] holds the facts, this
//! says what follows from them, and the words of each stand in `design/words` under `state.`. Pure.
//!
//! Several hold at once (offline, partial and pending is a usual morning in a basement), so the answer is a list in the order in which a screen
//! gives them room: what needs a person first. Two never do: of the first load, the three ages and no truth at all one holds at most,
//! and of the two kinds of empty one.

use serde::Serialize;

use super::{Access, Count, Extent, FirstLoad, Freshness, LinkState, ListState, Work};
use crate::time::Instant;

/// One of the ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DataState {
    /// 无权限: the role does not show this. Alone, always.
    NoPermission,
    /// 需处理: somebody has to decide about work that was refused, or of which nobody knows what became.
    NeedsAction { works: u32 },
    /// 待同步: saved here, not acknowledged by the platform; what is being looked up counts.
    Pending { works: u32 },
    /// 离线. `as_of`: 数据截至, if there ever was complete truth.
    Offline { as_of: Option<Instant> },
    /// 首次加载: nothing here yet, and it is being fetched. `slow`: for longer than eight seconds.
    LoadingFirst { slow: bool },
    /// 有数据·新鲜.
    Fresh { as_of: Instant },
    /// 陈旧; `very`: beyond four thresholds.
    Stale { as_of: Instant, very: bool },
    /// 部分: rows are missing; everything created since then is here.
    Partial { since: Option<Instant> },
    /// 确知为空.
    EmptyKnown,
    /// 未知为空.
    EmptyUnknown,
}

impl ListState {
    /// The states that hold, in the order of their importance. Never empty, but for a list that has rows while its first load goes on and
    /// nothing more can be said of it than that it is partial.
    #[must_use]
    pub fn states(&self) -> Vec<DataState> {
        if self.access == Access::NotPermitted {
            return vec![DataState::NoPermission];
        }
        let Work { pending, unknown, needs_action } = self.work;
        let mut states = Vec::new();
        if needs_action > 0 {
            states.push(DataState::NeedsAction { works: needs_action });
        }
        if pending.saturating_add(unknown) > 0 {
            states.push(DataState::Pending { works: pending.saturating_add(unknown) });
        }
        if self.link == LinkState::Offline {
            states.push(DataState::Offline { as_of: self.freshness.as_of() });
        }
        let loads = self.loads_first();
        match self.freshness {
            Freshness::LoadingFirst if loads => {
                states.push(DataState::LoadingFirst { slow: self.first_load == FirstLoad::Slow });
            }
            Freshness::LoadingFirst => {}
            Freshness::Fresh { as_of } => states.push(DataState::Fresh { as_of }),
            Freshness::Stale { as_of } => states.push(DataState::Stale { as_of, very: false }),
            Freshness::VeryStale { as_of } => states.push(DataState::Stale { as_of, very: true }),
        }
        match self.extent {
            Extent::Complete => {}
            Extent::KnownEmpty => states.push(DataState::EmptyKnown),
            Extent::Partial { since } => states.push(DataState::Partial { since }),
            // What is being fetched for the first time is not empty yet.
            Extent::UnknownEmpty if loads => {}
            Extent::UnknownEmpty => states.push(DataState::EmptyUnknown),
        }
        states
    }

    /// Nothing is here, nothing was ever complete, and there is a network over which it can come.
    fn loads_first(&self) -> bool {
        self.freshness == Freshness::LoadingFirst
            && self.extent == Extent::UnknownEmpty
            && self.link == LinkState::Online
    }
}

impl Freshness {
    /// 数据截至; `None` before anything was complete.
    #[must_use]
    pub const fn as_of(self) -> Option<Instant> {
        match self {
            Self::LoadingFirst => None,
            Self::Fresh { as_of } | Self::Stale { as_of } | Self::VeryStale { as_of } => Some(as_of),
        }
    }
}

impl Count {
    /// The number, be it the whole one or not.
    #[must_use]
    pub const fn at_least(self) -> u64 {
        match self {
            Self::Exact(count) | Self::AtLeast(count) => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AS_OF: Instant = Instant::from_ms(7);

    fn fresh() -> ListState {
        ListState {
            freshness: Freshness::Fresh { as_of: AS_OF },
            link: LinkState::Online,
            extent: Extent::Complete,
            work: Work::default(),
            first_load: FirstLoad::None,
            access: Access::Granted,
        }
    }

    #[test]
    fn each_of_the_ten_is_reached() {
        let (offline, none) = (LinkState::Offline, Freshness::LoadingFirst);
        let unknown = Extent::UnknownEmpty;
        let as_of = AS_OF;
        let work = Work { pending: 2, unknown: 1, needs_action: 1 };
        let is_fresh = DataState::Fresh { as_of };
        for (state, holds) in [
            (fresh(), vec![is_fresh]),
            (ListState { freshness: none, extent: unknown, ..fresh() }, vec![DataState::LoadingFirst { slow: false }]),
            (
                ListState { freshness: none, extent: unknown, first_load: FirstLoad::Slow, ..fresh() },
                vec![DataState::LoadingFirst { slow: true }],
            ),
            (
                ListState { freshness: Freshness::Stale { as_of }, ..fresh() },
                vec![DataState::Stale { as_of, very: false }],
            ),
            (
                ListState { freshness: Freshness::VeryStale { as_of }, link: offline, ..fresh() },
                vec![DataState::Offline { as_of: Some(as_of) }, DataState::Stale { as_of, very: true }],
            ),
            (
                ListState { extent: Extent::Partial { since: Some(as_of) }, ..fresh() },
                vec![is_fresh, DataState::Partial { since: Some(as_of) }],
            ),
            (ListState { extent: Extent::KnownEmpty, ..fresh() }, vec![is_fresh, DataState::EmptyKnown]),
            (ListState { extent: unknown, ..fresh() }, vec![is_fresh, DataState::EmptyUnknown]),
            (
                ListState { freshness: none, extent: unknown, link: offline, ..fresh() },
                vec![DataState::Offline { as_of: None }, DataState::EmptyUnknown],
            ),
            (
                ListState { freshness: none, extent: Extent::Partial { since: None }, ..fresh() },
                vec![DataState::Partial { since: None }],
            ),
            (
                ListState { work, ..fresh() },
                vec![DataState::NeedsAction { works: 1 }, DataState::Pending { works: 3 }, is_fresh],
            ),
            (ListState { work, access: Access::NotPermitted, ..fresh() }, vec![DataState::NoPermission]),
        ] {
            assert_eq!(state.states(), holds, "{state:?}");
        }
    }

    fn any_state() -> impl Strategy<Value = ListState> {
        let as_of = AS_OF;
        let freshness = prop::sample::select(vec![
            Freshness::LoadingFirst,
            Freshness::Fresh { as_of },
            Freshness::Stale { as_of },
            Freshness::VeryStale { as_of },
        ]);
        let link = prop::sample::select(vec![LinkState::Online, LinkState::Offline]);
        let extent = prop::sample::select(vec![
            Extent::Complete,
            Extent::KnownEmpty,
            Extent::Partial { since: None },
            Extent::UnknownEmpty,
        ]);
        let work = (0..3_u32, 0..3_u32, 0..3_u32);
        let load = prop::sample::select(vec![FirstLoad::None, FirstLoad::Running, FirstLoad::Slow]);
        (freshness, link, extent, work, load).prop_map(|(freshness, link, extent, work, first_load)| ListState {
            freshness,
            link,
            extent,
            work: Work { pending: work.0, unknown: work.1, needs_action: work.2 },
            first_load,
            access: Access::Granted,
        })
    }

    proptest! {
        /// Empty is never said to be known where it is not, a gap never goes unsaid, and what waits is never hidden.
        #[test]
        fn nothing_is_hidden_and_nothing_claimed(state in any_state()) {
            let states = state.states();
            let has = |of: fn(&DataState) -> bool| states.iter().any(of);
            let loading = has(|state| matches!(state, DataState::LoadingFirst { .. }));
            prop_assert_eq!(has(|state| *state == DataState::EmptyKnown), state.extent == Extent::KnownEmpty);
            prop_assert_eq!(
                has(|state| *state == DataState::EmptyUnknown) || loading,
                state.extent == Extent::UnknownEmpty
            );
            prop_assert_eq!(
                has(|state| matches!(state, DataState::Partial { .. })),
                matches!(state.extent, Extent::Partial { .. })
            );
            prop_assert_eq!(
                has(|state| matches!(state, DataState::NeedsAction { .. })),
                state.work.needs_action > 0
            );
            prop_assert_eq!(
                has(|state| matches!(state, DataState::Pending { .. })),
                state.work.pending + state.work.unknown > 0
            );
            prop_assert_eq!(has(|state| matches!(state, DataState::Offline { .. })), state.link == LinkState::Offline);
            prop_assert!(states.is_sorted(), "the most important first: {:?}", states);
        }
    }
}
