//! 出门前备齐 in words: what is here, why something is not, how far a run is, and what it comes to.

use shopkeeper_core::sync::{Missing, Part, PartKind, ProvisionStep, Provisions};

use super::Teller;
use crate::say;

impl Teller {
    /// `未完结订单`
    #[must_use]
    pub fn part(&self, kind: PartKind) -> String {
        let key = match kind {
            PartKind::OpenOrders => "provision.part.open_orders",
            PartKind::RecentOrders => "provision.part.recent_orders",
            PartKind::Carriers => "provision.part.carriers",
            PartKind::Rulebook => "provision.part.rulebook",
        };
        say!(self.words, key)
    }

    /// Why a part is not complete.
    #[must_use]
    pub fn missing(&self, missing: Missing) -> String {
        let words = self.words;
        match missing {
            Missing::NeverFetched => say!(words, "provision.missing.never_fetched"),
            Missing::OnItsWay { left: 0 } => say!(words, "provision.missing.on_its_way_unknown"),
            Missing::OnItsWay { left } => say!(words, "provision.missing.on_its_way", left = left),
            Missing::RelayHasNotAll { since: Some(since) } => {
                say!(words, "provision.missing.relay_since", date = self.date(since))
            }
            Missing::RelayHasNotAll { since: None } => say!(words, "provision.missing.relay"),
            Missing::Unreadable { entities } => say!(words, "provision.missing.unreadable", n = entities),
        }
    }

    /// What a run is doing, with counts and the time that is left as far as they are known.
    #[must_use]
    pub fn step(&self, step: ProvisionStep) -> String {
        let words = self.words;
        match step {
            ProvisionStep::Asking => say!(words, "provision.step.asking"),
            ProvisionStep::Fetching { done, total: 0, .. } => say!(words, "sync.first_unknown_total", done = done),
            ProvisionStep::Fetching { done, total, left } => {
                let text = say!(words, "provision.step.fetching", done = done, total = total);
                match left {
                    Some(left) => format!("{text} · {}", self.time_left(left)),
                    None => text,
                }
            }
            ProvisionStep::FetchingChanges => say!(words, "provision.step.changes"),
            ProvisionStep::Looking => say!(words, "provision.step.looking"),
        }
    }

    /// What it comes to: everything is here, or how much is not; and what went wrong on the way.
    #[must_use]
    pub fn provisioned(&self, found: &Provisions) -> Vec<String> {
        let words = self.words;
        let lacking = found.parts.iter().filter(|part: &&Part| part.missing.is_some()).count();
        let mut lines = vec![if lacking == 0 {
            say!(words, "provision.complete")
        } else {
            say!(words, "provision.incomplete", n = lacking)
        }];
        if let Some(code) = found.trouble {
            let key = format!("error.{code}");
            // Whatever the words do not have yet is said by its code.
            let known = words.find(&key).filter(|sentence| !sentence.contains('{'));
            lines.push(known.map_or_else(|| say!(words, "reason.unknown_code", code = code), str::to_owned));
        }
        lines
    }

    /// 「可离线到 …」: until when nothing needs a network, as far as it is known.
    #[must_use]
    pub fn offline_until(&self, found: &Provisions) -> String {
        let words = self.words;
        match &found.offline_until {
            Some(deadline) => say!(words, "provision.offline_until", time = self.time(deadline.at)),
            None => say!(words, "provision.offline_until_none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use shopkeeper_core::time::{Instant, ShopZone, Span};

    use super::*;
    use crate::words::{Lang, Words};

    #[test]
    fn every_reason_and_every_step_has_words_in_both_languages() {
        let since = Some(Instant::from_ms(1_789_000_000_000));
        let left = Some(Span::seconds(90));
        for lang in [Lang::Zh, Lang::En] {
            let teller =
                Teller { words: Words::of(lang), zone: ShopZone::default(), now: Instant::from_ms(1_789_362_900_000) };
            let kinds = [PartKind::OpenOrders, PartKind::RecentOrders, PartKind::Carriers, PartKind::Rulebook];
            let missing = [
                Missing::NeverFetched,
                Missing::OnItsWay { left: 0 },
                Missing::OnItsWay { left: 7 },
                Missing::RelayHasNotAll { since },
                Missing::RelayHasNotAll { since: None },
                Missing::Unreadable { entities: 7 },
            ];
            let steps = [
                ProvisionStep::Asking,
                ProvisionStep::Fetching { done: 1, total: 7, left },
                ProvisionStep::Fetching { done: 7, total: 0, left: None },
                ProvisionStep::FetchingChanges,
                ProvisionStep::Looking,
            ];
            let said = kinds.map(|kind| teller.part(kind)).into_iter();
            let said = said.chain(missing.map(|it| teller.missing(it))).chain(steps.map(|step| teller.step(step)));
            for text in said {
                assert!(!text.contains(['⟦', '{']), "{text}");
            }
            assert!(teller.step(steps[1]).contains('7'));
        }
    }
}
