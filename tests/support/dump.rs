//! Records as a person reads them: a plain, stable text, for golden files.
//!
//! Instants are shown to the minute on the shop's calendar and orders by the names that the test gave them, so that a text changes only
//! when what a merchant sees changes. Codes stay codes: sentences have their own tests.

use std::fmt::Write as _;

use shopkeeper_core::deadlines::ShipBy;
use shopkeeper_core::home::HomeView;
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{
    Basis, Count, Extent, Freshness, LinkState, ListState, OrderDetail, OrderList, OrderRow, ParcelStanding, Shipping,
    Work,
};
use shopkeeper_core::outbox::{ItemState, OutboxSummary, OutboxView, WorkKind};
use shopkeeper_core::time::{Instant, ShopZone};

/// What a reader of records has to know.
pub struct Reader<'a> {
    pub zone: ShopZone,
    /// What the test calls the order with a number.
    pub name: &'a dyn Fn(&str) -> String,
}

impl Reader<'_> {
    /// A window of a list.
    pub fn list(&self, list: &OrderList) -> String {
        let (Count::Exact(count) | Count::AtLeast(count)) = list.count;
        let exact = if matches!(list.count, Count::Exact(_)) { "" } else { "at least " };
        let mut text = format!("{exact}{count} orders, {} of them saved and not delivered\n", list.saved_not_delivered);
        text += &format!("{}\n", self.state(&list.state));
        for row in &list.rows {
            text += "\n";
            self.row(&mut text, row);
        }
        text
    }

    fn row(&self, text: &mut String, row: &OrderRow) {
        let due = row.ship_by.as_ref().map_or_else(|| "no deadline".to_owned(), |due| self.due(due));
        line(
            text,
            0,
            format!("{}  {:?} ({})  {}  {due}", (self.name)(&row.number), row.phase, row.status, yuan(row.payable)),
        );
        let place = if row.province == row.city { row.city.clone() } else { format!("{}{}", row.province, row.city) };
        line(text, 1, format!("buyer {}, {place}", row.buyer));
        for glance in &row.lines {
            line(text, 1, format!("{} · {} ×{}", glance.title, glance.sku_text, glance.quantity));
        }
        if row.more_lines > 0 {
            line(text, 1, format!("and {} more", row.more_lines));
        }
        let mut marks = Vec::new();
        marks.extend(row.flag.map(|flag| format!("flag {}", flag.name())));
        marks.extend(row.note.as_ref().map(|note| format!("private note “{note}”")));
        marks.extend(some(&row.merchant_note).map(|note| format!("platform note “{note}”")));
        marks.extend(some(&row.buyer_note).map(|note| format!("buyer wrote “{note}”")));
        marks.extend(row.hurried_at.map(|at| format!("hurried {}", self.at(at))));
        let set = [
            (row.address_requested, "wants another address"),
            (row.after_sale_open, "after-sale open"),
            (row.gift, "gift"),
            (row.presale, "presale"),
        ];
        marks.extend(set.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()));
        if !marks.is_empty() {
            line(text, 1, marks.join(" · "));
        }
        line(text, 1, format!("shipping: {}{}", shipping(&row.shipping), work(row.work)));
    }

    /// An order in full.
    pub fn detail(&self, detail: &OrderDetail) -> String {
        let mut text = String::new();
        self.row(&mut text, &detail.row);
        line(&mut text, 1, self.state(&detail.state));
        if let Some(reason) = &detail.cannot_ship {
            line(&mut text, 1, format!("cannot ship now: {reason}"));
        }
        text += "lines\n";
        for one in &detail.lines {
            let due = one.ship_by.as_ref().map(|due| format!(", {}", self.due(due))).unwrap_or_default();
            line(
                &mut text,
                1,
                format!("{} · {} ×{} at {}", one.title, one.sku_text, one.quantity, yuan(one.unit_price)),
            );
            line(
                &mut text,
                2,
                format!(
                    "shipped {}, saved {}, remaining {}, after-sale {} open {} done{due}",
                    one.shipped, one.saved, one.remaining, one.after_sale_open, one.after_sale_done
                ),
            );
        }
        text += "parcels\n";
        for parcel in &detail.parcels {
            line(
                &mut text,
                1,
                format!("{} {}: {}", parcel.carrier_name, parcel.waybill, self.standing(&parcel.standing)),
            );
            for piece in &parcel.items {
                line(&mut text, 2, format!("{} · {} ×{}", piece.title, piece.sku_text, piece.quantity));
            }
        }
        text += "money\n";
        line(&mut text, 1, format!("goods {} + freight {}", yuan(detail.money.goods), yuan(detail.money.freight)));
        for (kind, amount) in &detail.money.discounts {
            line(&mut text, 1, format!("- {kind} {}", yuan(*amount)));
        }
        line(
            &mut text,
            1,
            format!("payable {}, the shop receives {}", yuan(detail.money.payable), yuan(detail.money.receives)),
        );
        text += "private notes, newest first\n";
        for version in &detail.notes {
            line(&mut text, 1, format!("{} “{}”", self.at(version.at), version.text));
        }
        text += "timeline\n";
        for entry in &detail.timeline {
            let here = if entry.local { " (this phone)" } else { "" };
            let what = if entry.detail.is_empty() { String::new() } else { format!(" {}", entry.detail) };
            let late = entry.late.map(|heard| format!(" (heard late, {})", self.at(heard))).unwrap_or_default();
            line(&mut text, 1, format!("{} {}{what}{here}{late}", self.at(entry.at), entry.kind));
        }
        text
    }

    /// The outbox.
    pub fn outbox(&self, view: &OutboxView) -> String {
        let mut text = format!("{}\n", summary(view.summary));
        for item in &view.items {
            let due = item.due.map_or_else(|| "no deadline".to_owned(), |due| format!("due {}", self.at(due)));
            line(&mut text, 0, format!("{}  {due}  {}", (self.name)(&item.number), self.item_state(&item.state)));
            match &item.work {
                WorkKind::Ship { parcels } => {
                    for parcel in parcels {
                        line(
                            &mut text,
                            1,
                            format!("ship {} {}, {} pieces", parcel.carrier, parcel.waybill, parcel.pieces),
                        );
                    }
                }
                WorkKind::Note { text: note } => line(&mut text, 1, format!("platform note “{note}”")),
            }
        }
        text
    }

    /// The Home tab.
    pub fn home(&self, view: &HomeView) -> String {
        let as_of = view.as_of.map_or_else(|| "never complete".to_owned(), |at| format!("as of {}", self.at(at)));
        let mut text = format!("{as_of}\n{}\ncounters\n", summary(view.work));
        for counter in &view.counters {
            let saved = counter.saved_not_delivered;
            let saved = if saved > 0 { format!(", {saved} saved and not delivered") } else { String::new() };
            line(&mut text, 1, format!("{:?} {}{saved}", counter.kind, counter.value));
        }
        text += "next deadlines\n";
        for deadline in &view.deadlines {
            let basis = basis(deadline.basis);
            line(
                &mut text,
                1,
                format!("{} {} {}{basis}", self.at(deadline.at), deadline.kind, (self.name)(&deadline.number)),
            );
        }
        if view.more_deadlines > 0 {
            line(&mut text, 1, format!("and {} more", view.more_deadlines));
        }
        text
    }

    fn at(&self, at: Instant) -> String {
        self.zone.calendar(at).format("%m-%d %H:%M").to_string()
    }

    fn due(&self, due: &ShipBy) -> String {
        format!("due {}{}", self.at(due.at), basis(due.basis))
    }

    fn state(&self, state: &ListState) -> String {
        let freshness = match state.freshness {
            Freshness::LoadingFirst => "loading for the first time".to_owned(),
            Freshness::Fresh { as_of } => format!("fresh, as of {}", self.at(as_of)),
            Freshness::Stale { as_of } => format!("stale, as of {}", self.at(as_of)),
            Freshness::VeryStale { as_of } => format!("very stale, as of {}", self.at(as_of)),
        };
        let link = match state.link {
            LinkState::Online => "online",
            LinkState::Offline => "offline",
        };
        let extent = match state.extent {
            Extent::Complete => "complete".to_owned(),
            Extent::KnownEmpty => "known to be empty".to_owned(),
            Extent::Partial { since: Some(since) } => format!("complete since {}", self.zone.calendar(since).date()),
            Extent::Partial { since: None } => "in part".to_owned(),
            Extent::UnknownEmpty => "none here, perhaps some there".to_owned(),
        };
        format!("{freshness} · {link} · {extent}")
    }

    fn standing(&self, standing: &ParcelStanding) -> String {
        match standing {
            ParcelStanding::Saved { .. } => "saved, not delivered".to_owned(),
            ParcelStanding::Checking { .. } => "outcome unknown, being checked".to_owned(),
            ParcelStanding::NeedsAction { reason, .. } => format!("needs a person: {reason}"),
            ParcelStanding::Recorded { at } => format!("at the platform {}", self.at(*at)),
        }
    }

    fn item_state(&self, state: &ItemState) -> String {
        match state {
            ItemState::Undoable { .. } => "can be undone".to_owned(),
            ItemState::Waiting => "waits".to_owned(),
            ItemState::Sending => "on its way".to_owned(),
            ItemState::Checking => "being checked".to_owned(),
            ItemState::Held { reason } => format!("held: {reason}"),
            ItemState::NeedsAction { reason, platform_code: None } => format!("needs a person: {reason}"),
            ItemState::NeedsAction { reason, platform_code: Some(code) } => {
                format!("needs a person: {reason} ({code})")
            }
            ItemState::Unknown { reason } => format!("nobody knows: {reason}"),
        }
    }
}

fn line(text: &mut String, depth: usize, what: String) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{:indent$}{what}", "", indent = depth * 2);
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Source => "",
        Basis::Rulebook => " (estimated)",
    }
}

fn yuan(amount: Money) -> String {
    let fen = amount.fen();
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}¥{}.{:02}", fen.abs() / 100, fen.abs() % 100)
}

fn shipping(shipping: &Shipping) -> String {
    match shipping {
        Shipping::None => "nothing".to_owned(),
        Shipping::Saved => "waybill typed, not delivered".to_owned(),
        Shipping::Checking => "outcome unknown, being checked".to_owned(),
        Shipping::NeedsAction { reason } => format!("needs a person: {reason}"),
        Shipping::Recorded { all: true } => "at the platform".to_owned(),
        Shipping::Recorded { all: false } => "in part at the platform".to_owned(),
    }
}

fn work(work: Work) -> String {
    if work == Work::default() {
        return String::new();
    }
    format!(" · work: {} pending, {} unknown, {} for a person", work.pending, work.unknown, work.needs_action)
}

fn summary(summary: OutboxSummary) -> String {
    if summary.all_delivered() {
        return "everything delivered".to_owned();
    }
    format!("{} pending, {} unknown, {} for a person", summary.pending, summary.unknown, summary.needs_action)
}
