//! How a fact reads: times in the shop's zone, spans, deadlines, states, reasons and errors, as sentences of `design/words`.
//!
//! Pure functions of facts, shared by the terminal app, the verbs and the story, so that all three say the same of the same.

mod order;
mod provision;
mod row;
mod search;
mod states;

use shopkeeper_core::error::CoreError;
use shopkeeper_core::home::Deadline;
use shopkeeper_core::ids::{ReasonCode, tail};
use shopkeeper_core::orders::{Flag, OrderTab, ParcelStanding, Phase, ShipBy, TimelineEntry};
use shopkeeper_core::outbox::{ItemState, WorkKind};
use shopkeeper_core::time::{Instant, ShopZone, Span};

use crate::say;
use crate::words::{Lang, Words};

pub use order::Shade;
pub use row::goods_name;
pub use search::{search_field_key, searched};
pub use states::Said;

/// The moment at which a sentence is said: language, the shop's zone, and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Teller {
    pub words: Words,
    pub zone: ShopZone,
    pub now: Instant,
}

/// How close a deadline is, by the limits of the product page: vermilion up to 4 hours, amber up to 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    Overdue,
    Soon,
    Today,
    Later,
}

impl Urgency {
    /// Of a deadline `at`, seen `now`. A deadline that is this very moment is not missed yet.
    #[must_use]
    pub fn of(at: Instant, now: Instant) -> Self {
        let left = at.since(now);
        if left < Span::ZERO {
            Self::Overdue
        } else if left <= Span::hours(4) {
            Self::Soon
        } else if left <= Span::hours(12) {
            Self::Today
        } else {
            Self::Later
        }
    }

    /// A mark in front of the words, so that colour is never the only signal.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Overdue => "!!",
            Self::Soon => "!",
            Self::Today => "◔",
            Self::Later => "",
        }
    }
}

impl Teller {
    /// `14:02`, `昨天 14:02`, `9/14 16:05`, `2025/9/14 16:05`: as short as it can be without being two moments.
    #[must_use]
    pub fn time(&self, at: Instant) -> String {
        let (then, today) = (self.zone.calendar(at), self.zone.calendar(self.now).date());
        let clock = then.format("%H:%M");
        let days = then.date().signed_duration_since(today).num_days();
        match days {
            0 => clock.to_string(),
            -1 => say!(self.words, "time.yesterday", time = clock),
            1 => say!(self.words, "time.tomorrow", time = clock),
            _ => format!("{} {clock}", self.date(at)),
        }
    }

    /// `14:02`: the shop's clock.
    #[must_use]
    pub fn clock(&self, at: Instant) -> String {
        self.zone.calendar(at).format("%H:%M").to_string()
    }

    /// `9/14`, or `2025/9/14` when it is another year.
    #[must_use]
    pub fn date(&self, at: Instant) -> String {
        use chrono::Datelike as _;
        let (then, today) = (self.zone.calendar(at), self.zone.calendar(self.now));
        if then.year() == today.year() {
            then.format("%-m/%-d").to_string()
        } else {
            then.format("%Y/%-m/%-d").to_string()
        }
    }

    /// `48分`, `2时50分`, `3天4时`. The sign is dropped: the words around it say which way.
    #[must_use]
    pub fn span(&self, span: Span) -> String {
        let minutes = span.as_ms().unsigned_abs() / 60_000;
        let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        if days > 0 {
            say!(self.words, "duration.days", days = days, hours = hours)
        } else if hours > 0 {
            say!(self.words, "duration.hours", hours = hours, minutes = format!("{minutes:02}"))
        } else {
            say!(self.words, "duration.minutes", minutes = minutes)
        }
    }

    /// `约还要 2分`, rounded up: nobody is told less than it takes.
    #[must_use]
    pub fn time_left(&self, left: Span) -> String {
        if left < Span::minutes(1) {
            return say!(self.words, "sync.time_left_soon");
        }
        let up = Span::ms(left.as_ms().saturating_add(59_999) / 60_000 * 60_000);
        say!(self.words, "sync.time_left", duration = self.span(up))
    }

    /// The countdown with its mark: `!! 超 19分`, `! 2时50分`, `◔ 9时25分`, and far ones as their absolute time.
    #[must_use]
    pub fn countdown(&self, at: Instant) -> (Urgency, String) {
        let urgency = Urgency::of(at, self.now);
        let left = self.span(at.since(self.now));
        let text = match urgency {
            Urgency::Overdue => {
                format!("{} {}", urgency.mark(), say!(self.words, "deadline.overdue", duration = left))
            }
            Urgency::Soon | Urgency::Today => format!("{} {left}", urgency.mark()),
            Urgency::Later => self.time(at),
        };
        (urgency, text)
    }

    /// `最晚 16:05 送达平台`, and that it is an estimate if it is one.
    #[must_use]
    pub fn ship_by(&self, due: ShipBy) -> String {
        let text = say!(self.words, "deadline.kind.ship_by", time = self.time(due.at));
        match due.basis {
            shopkeeper_core::orders::Basis::Source => text,
            shopkeeper_core::orders::Basis::Rulebook => {
                format!("{text}{}", bracketed(self.words, &say!(self.words, "deadline.estimated")))
            }
        }
    }

    /// What decides itself, and when; a kind that is new is shown with its code.
    #[must_use]
    pub fn deadline(&self, deadline: &Deadline) -> String {
        let key = format!("deadline.kind.{}", deadline.kind);
        match deadline.kind.as_str() {
            "ship_by" => self.ship_by(ShipBy { at: deadline.at, basis: deadline.basis }),
            _ if self.words.find(&key).is_some() => say!(self.words, &key, time = self.time(deadline.at)),
            kind => say!(self.words, "timeline.unknown", code = kind),
        }
    }

    /// `待发货`; a code that nobody here knows is shown with its number.
    #[must_use]
    pub fn phase(&self, phase: Phase, status: i64) -> String {
        say!(self.words, phase_key(phase), code = status)
    }

    /// Why something is not possible or was refused. Codes are data: an unknown one is shown as it is.
    #[must_use]
    pub fn reason(&self, reason: &ReasonCode, platform_code: Option<i64>) -> String {
        let key = format!("reason.{reason}");
        match (self.words.find(&key), platform_code) {
            (Some(_), Some(code)) => say!(self.words, &key, code = code),
            (Some(sentence), None) if sentence.contains("{code}") => say!(self.words, &key, code = "?"),
            (Some(sentence), None) => sentence.to_owned(),
            (None, _) => say!(self.words, "reason.unknown_code", code = reason),
        }
    }

    /// What happened, what was kept, what to do.
    #[must_use]
    pub fn error(&self, error: &CoreError) -> String {
        match error {
            CoreError::UpgradeNeeded { side } => {
                let key = format!("error.upgrade_needed.{side}");
                say!(self.words, if self.words.find(&key).is_some() { &key } else { "error.upgrade_needed" })
            }
            CoreError::Pairing(why) => {
                let reason = say!(self.words, &format!("pair.error.{why}"));
                say!(self.words, "error.pairing", reason = reason)
            }
            CoreError::NotPossible(reason) => {
                say!(self.words, "error.not_possible", reason = self.reason(reason, None))
            }
            CoreError::BadInput { field, what } => {
                // A reason code says it in the reader's language; anything else is for whoever typed a command line.
                let code = ReasonCode::from(what.as_str());
                let what = if self.words.find(&format!("reason.{what}")).is_some() {
                    self.reason(&code, None)
                } else {
                    what.clone()
                };
                say!(self.words, "error.bad_input", field = self.field(field), what = what)
            }
            CoreError::NotFound(what) => say!(self.words, "error.not_found", what = self.field(what)),
            CoreError::Storage { file, what } => say!(self.words, "error.storage", file = file, what = what),
            CoreError::NotPaired
            | CoreError::Offline(_)
            | CoreError::BadAnswer { .. }
            | CoreError::SignedOut
            | CoreError::StorageFull
            | CoreError::Closed => say!(self.words, &format!("error.{}", error.code())),
        }
    }

    /// The name of an input field, as a person calls it; the program's own name where there is no other.
    fn field(&self, field: &str) -> String {
        self.words.find(&format!("error.field.{field}")).unwrap_or(field).to_owned()
    }

    /// What a command does: `发货 SF1409 2283 6617`.
    #[must_use]
    pub fn work(&self, work: &WorkKind) -> String {
        match work {
            WorkKind::Ship { parcels } => {
                let waybills: Vec<String> =
                    parcels.iter().map(|parcel| format!("{} {}", parcel.carrier, grouped(&parcel.waybill))).collect();
                say!(self.words, "outbox.kind.ship", waybill = waybills.join(" + "))
            }
            WorkKind::Note { .. } => say!(self.words, "outbox.kind.note"),
        }
    }

    /// Where a command stands, and why if it stands still.
    #[must_use]
    pub fn work_state(&self, state: &ItemState) -> String {
        match state {
            ItemState::Undoable { until } => {
                // Rounded up: the last second is still one in which it can be taken back.
                let seconds = (until.since(self.now).as_ms().max(0) + 999) / 1_000;
                say!(self.words, "outbox.queued.undoable", seconds = seconds)
            }
            ItemState::Waiting => say!(self.words, "outbox.queued.waiting"),
            ItemState::Sending => say!(self.words, "outbox.queued.sending"),
            ItemState::Checking => say!(self.words, "outbox.queued.checking"),
            ItemState::Held { reason } => {
                say!(self.words, "outbox.queued.held", reason = self.reason(reason, None))
            }
            ItemState::NeedsAction { reason, platform_code } => {
                say!(self.words, "outbox.needs_action", reason = self.reason(reason, *platform_code))
            }
            ItemState::Unknown { reason } => say!(self.words, "outbox.unknown", reason = self.reason(reason, None)),
        }
    }

    /// Where a parcel stands, and since when if the platform has it.
    #[must_use]
    pub fn parcel(&self, standing: &ParcelStanding) -> String {
        let words = self.words;
        match standing {
            ParcelStanding::Saved { .. } => say!(words, "ship.saved"),
            ParcelStanding::Checking { .. } => say!(words, "state.queued.unknown"),
            ParcelStanding::NeedsAction { reason, .. } => {
                say!(words, "outbox.needs_action", reason = self.reason(reason, None))
            }
            ParcelStanding::Recorded { at } => format!("{} {}", say!(words, "ship.delivered"), self.time(*at)),
        }
    }

    /// What happened to an order, with what a person recognises it by; a kind that is new is shown with its code.
    #[must_use]
    pub fn happened(&self, entry: &TimelineEntry) -> String {
        let words = self.words;
        let key = format!("timeline.{}", entry.kind);
        let detail = match entry.kind.as_str() {
            "flag" => say!(words, &format!("flag.{}", entry.detail)),
            "shipped" | "ship_saved" => grouped(&entry.detail),
            _ => entry.detail.clone(),
        };
        match words.find(&key) {
            Some(sentence) if sentence.contains("{detail}") => say!(words, &key, detail = detail),
            Some(sentence) if detail.is_empty() => sentence.to_owned(),
            Some(sentence) => format!("{sentence} {detail}"),
            None => say!(words, "timeline.unknown", code = entry.kind),
        }
    }

    /// `补到 16:02`: when this phone heard of what came late; `None`: it did not.
    #[must_use]
    pub fn late(&self, entry: &TimelineEntry) -> Option<String> {
        entry.late.map(|heard| say!(self.words, "timeline.late", time = self.time(heard)))
    }

    /// The name of a reduction; one that is new is shown with its code.
    #[must_use]
    pub fn discount(&self, kind: &str) -> String {
        let name = self.words.find(&format!("discount.{kind}")).map(str::to_owned);
        name.unwrap_or_else(|| say!(self.words, "discount.unknown", code = kind))
    }

    /// `#…4821`
    #[must_use]
    pub fn number(&self, number: &str) -> String {
        say!(self.words, "order.number_tail", tail = tail(number))
    }

    /// Where an order came from.
    #[must_use]
    pub fn scene(&self, scene: i64) -> String {
        let key = match scene {
            2 => "order.scene.live",
            3 => "order.scene.video",
            4 => "order.scene.share",
            5 => "order.scene.window",
            6 => "order.scene.article",
            1 => "order.scene.other",
            _ => "order.scene.unknown",
        };
        say!(self.words, key, code = scene)
    }
}

/// The key of a phase's name.
#[must_use]
pub const fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Unknown => "status.unknown",
        Phase::Unpaid => "status.unpaid",
        Phase::Waiting => "status.waiting",
        Phase::ToShip => "status.to_ship",
        Phase::PartShipped => "status.part_shipped",
        Phase::ToReceive => "status.to_receive",
        Phase::Done => "status.done",
        Phase::Closed => "status.closed",
    }
}

/// The key of a tab's name.
#[must_use]
pub const fn tab_key(tab: OrderTab) -> &'static str {
    match tab {
        OrderTab::All => "order.tab.all",
        OrderTab::Unpaid => "order.tab.unpaid",
        OrderTab::ToShip => "order.tab.to_ship",
        OrderTab::PartShipped => "order.tab.part_shipped",
        OrderTab::ToReceive => "order.tab.to_receive",
        OrderTab::AfterSale => "order.tab.after_sale",
        OrderTab::Done => "order.tab.done",
        OrderTab::Closed => "order.tab.closed",
    }
}

/// The key of a flag's name; the short form adds `.short`.
#[must_use]
pub const fn flag_key(flag: Flag) -> &'static str {
    match flag {
        Flag::Red => "flag.red",
        Flag::Orange => "flag.orange",
        Flag::Yellow => "flag.yellow",
        Flag::Green => "flag.green",
        Flag::Blue => "flag.blue",
        Flag::Purple => "flag.purple",
    }
}

/// `SF1409 2283 6617`: letters in front stay with the first four digits.
#[must_use]
pub fn grouped(waybill: &str) -> String {
    let letters = waybill.chars().take_while(char::is_ascii_alphabetic).count();
    let mut text = String::with_capacity(waybill.len() + waybill.len() / 4);
    for (at, c) in waybill.chars().enumerate() {
        let digits = at.saturating_sub(letters);
        if digits > 0 && digits.is_multiple_of(4) {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

/// `（按规则估算）` or ` (estimated)`.
#[must_use]
pub fn bracketed(words: Words, inside: &str) -> String {
    match words.lang() {
        Lang::Zh => format!("（{inside}）"),
        Lang::En => format!(" ({inside})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teller(lang: Lang) -> Teller {
        // 2026-09-14 13:15 in Shanghai.
        Teller { words: Words::of(lang), zone: ShopZone::default(), now: Instant::from_ms(1_789_362_900_000) }
    }

    #[test]
    fn times_are_as_short_as_they_can_be() {
        let teller = teller(Lang::Zh);
        for (minutes, text) in [
            (0, "13:15"),
            (-1_440, "昨天 13:15"),
            (1_440, "明天 13:15"),
            (2_880, "9/16 13:15"),
            (-525_600, "2025/9/14 13:15"),
        ] {
            assert_eq!(teller.time(teller.now.plus(Span::minutes(minutes))), text);
        }
    }

    #[test]
    fn time_left_is_rounded_up() {
        for (seconds, text) in
            [(0, "不到 1 分钟"), (59, "不到 1 分钟"), (60, "约还要 1分"), (61, "约还要 2分"), (7_200, "约还要 2时00分")]
        {
            assert_eq!(teller(Lang::Zh).time_left(Span::seconds(seconds)), text);
        }
        assert!(!teller(Lang::Zh).time_left(Span::ms(i64::MAX)).is_empty());
    }

    #[test]
    fn urgency_changes_at_its_limits() {
        let teller = teller(Lang::Zh);
        for (seconds, urgency, text) in [
            (-1, Urgency::Overdue, "!! 超 0分"),
            (0, Urgency::Soon, "! 0分"),
            (4 * 3_600, Urgency::Soon, "! 4时00分"),
            (4 * 3_600 + 1, Urgency::Today, "◔ 4时00分"),
            (12 * 3_600, Urgency::Today, "◔ 12时00分"),
            (12 * 3_600 + 1, Urgency::Later, "明天 01:15"),
            (-100 * 3_600, Urgency::Overdue, "!! 超 4天4时"),
        ] {
            assert_eq!(teller.countdown(teller.now.plus(Span::seconds(seconds))), (urgency, text.to_owned()));
        }
    }

    #[test]
    fn unknown_codes_stay_readable() {
        let teller = teller(Lang::En);
        assert!(teller.reason(&"from_the_future".into(), None).contains("from_the_future"));
        assert!(teller.reason(&"platform_refused".into(), Some(9_999)).contains("9999"));
        assert!(teller.phase(Phase::Unknown, 60).contains("60"));
        assert!(teller.scene(0).contains('0'));
    }

    #[test]
    fn waybills_are_read_in_fours() {
        assert_eq!(grouped("SF140922836617"), "SF1409 2283 6617");
        assert_eq!(grouped("77552018"), "7755 2018");
        assert_eq!(grouped(""), "");
    }

    #[test]
    fn every_error_has_a_sentence_in_both_languages() {
        let errors = [
            CoreError::NotPaired,
            CoreError::Offline("x"),
            CoreError::BadAnswer { what: "x".into() },
            CoreError::UpgradeNeeded { side: "relay" },
            CoreError::UpgradeNeeded { side: "phone" },
            CoreError::SignedOut,
            CoreError::Pairing("wrong_code"),
            CoreError::NotPossible("unpaid".into()),
            CoreError::BadInput { field: "waybill", what: "x".into() },
            CoreError::NotFound("order"),
            CoreError::StorageFull,
            CoreError::Storage { file: "cache.db", what: "x".into() },
            CoreError::Closed,
        ];
        for lang in [Lang::Zh, Lang::En] {
            for error in &errors {
                let text = teller(lang).error(error);
                assert!(!text.contains('⟦') && !text.contains('{'), "{text}");
            }
        }
    }
}
