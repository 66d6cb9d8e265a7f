//! The ten data states in the fixed words of the product page, for every screen and verb that shows data.

use shopkeeper_core::orders::{Covered, DataState, ListState};

use super::Teller;
use crate::say;

/// A state as it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Stands before the words on a screen, so that colour is never the only signal.
    pub mark: &'static str,
    pub text: String,
    /// What can be done about it, or what will happen by itself.
    pub next: Option<String>,
}

impl Said {
    /// `本机只存了 9/1 之后的订单 · 联网后补齐`
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.next {
            Some(next) => format!("{} · {next}", self.text),
            None => self.text.clone(),
        }
    }
}

impl Teller {
    /// A state in words; `None` of fresh data, of which nothing has to be said.
    #[must_use]
    pub fn state(&self, state: DataState) -> Option<Said> {
        let words = self.words;
        let said = |mark, text, next: Option<&str>| Some(Said { mark, text, next: next.map(|key| say!(words, key)) });
        match state {
            DataState::NoPermission => said("⊘", say!(words, "state.no_permission"), None),
            DataState::NeedsAction { works } => said("◆!", say!(words, "truth.needs_action", n = works), None),
            DataState::Pending { works } => {
                let text =
                    format!("{} · {}", say!(words, "state.queued.saved"), say!(words, "truth.pending", n = works));
                said("▨", text, None)
            }
            DataState::Offline { as_of: Some(as_of) } => {
                said("○", say!(words, "state.offline", time = self.time(as_of)), None)
            }
            DataState::Offline { as_of: None } => said("○", say!(words, "state.loading_offline"), None),
            DataState::LoadingFirst { slow: false } => said("⋯", say!(words, "state.loading_first"), None),
            DataState::LoadingFirst { slow: true } => said("⋯", say!(words, "state.loading_slow"), Some("state.retry")),
            DataState::Fresh { .. } => None,
            DataState::Stale { as_of, .. } => said("", say!(words, "state.stale", time = self.time(as_of)), None),
            DataState::Partial { since: Some(since) } => {
                said("⋯", say!(words, "state.partial", date = self.date(since)), Some("state.partial_fill"))
            }
            DataState::Partial { since: None } => {
                said("⋯", say!(words, "state.covered_nothing"), Some("state.partial_fill"))
            }
            DataState::EmptyKnown => said("", say!(words, "cli.orders.none"), None),
            DataState::EmptyUnknown => said("⋯", say!(words, "state.empty_unknown"), Some("state.empty_unknown_next")),
        }
    }

    /// What is here without a gap: `本机完整的部分：所有未完结订单，和9/1 之后创建的订单`.
    #[must_use]
    pub fn covered(&self, covered: Covered) -> String {
        let words = self.words;
        let since = covered.since.map(|since| say!(words, "state.covered_since", date = self.date(since)));
        let open = covered.open.then(|| say!(words, "state.covered_open"));
        let covered = match (open, since) {
            (Some(open), Some(since)) => say!(words, "state.covered_both", open = open, since = since),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => say!(words, "state.covered_nothing"),
        };
        say!(words, "state.empty_unknown_covered", covered = covered)
    }

    /// Everything that a reading says of itself, a sentence each, for where there is no truth line: how old it is belongs to it even if it is
    /// fresh, and that there is no network does not, because nobody asked one.
    #[must_use]
    pub fn states(&self, state: ListState) -> Vec<String> {
        let as_of = state.freshness.as_of();
        let sentence = |state: DataState| match state {
            DataState::Offline { as_of: Some(_) } => None,
            DataState::Fresh { as_of } | DataState::Stale { as_of, .. } => {
                Some(say!(self.words, "truth.as_of", time = self.time(as_of)))
            }
            DataState::EmptyKnown => {
                let as_of = as_of.map_or_else(|| "—".to_owned(), |as_of| self.time(as_of));
                Some(say!(self.words, "state.empty_known", time = as_of))
            }
            state => self.state(state).map(|said| said.sentence()),
        };
        state.states().into_iter().filter_map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use shopkeeper_core::orders::{Access, Extent, FirstLoad, Freshness, LinkState, Work};
    use shopkeeper_core::time::{Instant, ShopZone, Span};

    use super::*;
    use crate::words::{Lang, Words};

    /// 2026-09-14 13:15 in Shanghai.
    const NOW: Instant = Instant::from_ms(1_789_362_900_000);

    fn teller() -> Teller {
        Teller { words: Words::of(Lang::Zh), zone: ShopZone::default(), now: NOW }
    }

    fn ago(minutes: i64) -> Instant {
        NOW.minus(Span::minutes(minutes))
    }

    #[test]
    fn each_of_the_ten_has_its_fixed_words() {
        let as_of = ago(73);
        let since = Some(ago(13 * 1_440));
        for (state, sentence) in [
            (DataState::NoPermission, Some("店主未开放此项")),
            (DataState::NeedsAction { works: 1 }, Some("1 项需处理")),
            (DataState::Pending { works: 3 }, Some("已记在本机 · 3 项待同步")),
            (DataState::Offline { as_of: Some(as_of) }, Some("离线可继续处理 · 数据截至 12:02")),
            (DataState::Offline { as_of: None }, Some("还没取到第一批数据，联网后自动开始")),
            (DataState::LoadingFirst { slow: false }, Some("正在取第一批数据")),
            (DataState::LoadingFirst { slow: true }, Some("还在加载… · 再试")),
            (DataState::Fresh { as_of }, None),
            (DataState::Stale { as_of, very: false }, Some("数据截至 12:02")),
            (DataState::Partial { since }, Some("本机只存了 9/1 之后的订单 · 联网后补齐")),
            (DataState::Partial { since: None }, Some("还没有哪一段是完整的 · 联网后补齐")),
            (DataState::EmptyUnknown, Some("本机没有，不代表平台没有 · 排队查询")),
        ] {
            assert_eq!(teller().state(state).map(|said| said.sentence()).as_deref(), sentence, "{state:?}");
        }
    }

    #[test]
    fn a_reading_says_how_old_it_is_once() {
        let fresh = ListState {
            freshness: Freshness::Fresh { as_of: ago(2) },
            link: LinkState::Online,
            extent: Extent::KnownEmpty,
            work: Work::default(),
            first_load: FirstLoad::None,
            access: Access::Granted,
        };
        let said = |state: ListState| teller().states(state);
        assert_eq!(said(fresh), ["数据截至 13:13", "截至 13:13，平台上没有这样的订单"]);
        let offline = ListState { link: LinkState::Offline, extent: Extent::UnknownEmpty, ..fresh };
        assert_eq!(said(offline), ["数据截至 13:13", "本机没有，不代表平台没有 · 排队查询"]);
        let locked = ListState { access: Access::NotPermitted, ..fresh };
        assert_eq!(said(locked), ["店主未开放此项"]);
    }
}
