//! `orders list`: a block of lines for each order, as the app shows it.

use serde::Serialize;
use shopkeeper_core::orders::{Anchor, Count, Covered, Extent, ListState, OrderList, OrderRow, Phase};

use crate::phrase::{Teller, flag_key, goods_name};
use crate::say;
use crate::tui::measure::tame;
use crate::verbs::speaker::Answer;

/// `{"orders":[…],"count":{"exact":…},"saved_not_delivered":…,"after":…,"state":{…},"covered":{…}}`; each order is the core's row.
#[derive(Debug, Serialize)]
pub(super) struct Listed<'a> {
    orders: &'a [OrderRow],
    count: Count,
    /// Of the count, those whose parcels are typed and not at the platform.
    saved_not_delivered: u32,
    /// For `--after`; absent at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Anchor>,
    state: ListState,
    covered: Covered,
}

impl<'a> From<&'a OrderList> for Listed<'a> {
    fn from(list: &'a OrderList) -> Self {
        Self {
            orders: &list.rows,
            count: list.count,
            saved_not_delivered: list.saved_not_delivered,
            after: list.after.as_ref(),
            state: list.state,
            covered: list.covered,
        }
    }
}

impl Answer for Listed<'_> {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let words = teller.words;
        let mut lines: Vec<String> = self.orders.iter().flat_map(|row| self::row(row, teller)).collect();
        lines.push(match self.count {
            Count::Exact(n) if self.saved_not_delivered > 0 => {
                say!(words, "order.count_saved", n = n, saved = self.saved_not_delivered)
            }
            count => teller.count(count),
        });
        lines.extend(teller.states(self.state));
        lines.extend(whole(self.state, self.covered, teller));
        if let Some(after) = self.after.and_then(anchor_text) {
            lines.push(say!(words, "cli.orders.more", after = after));
        }
        lines
    }
}

/// What is here without a gap, where nothing was found and it is not known whether there is anything.
pub(super) fn whole(state: ListState, covered: Covered, teller: &Teller) -> Option<String> {
    (state.extent == Extent::UnknownEmpty).then(|| teller.covered(covered))
}

/// An anchor as its text.
pub(super) fn anchor_text(anchor: &Anchor) -> Option<String> {
    serde_json::to_value(anchor).ok()?.as_str().map(str::to_owned)
}

/// Which order and by when; what is in it and for whom; what was written and where its parcels stand.
pub(super) fn row(row: &OrderRow, teller: &Teller) -> Vec<String> {
    let words = teller.words;
    let mut head = vec![row.number.clone(), teller.phase(row.phase, row.status)];
    if let (Phase::ToShip | Phase::PartShipped, Some(due)) = (row.phase, row.ship_by) {
        head.push(teller.countdown(due.at).1);
    }
    if let Some(flag) = row.flag {
        head.push(say!(words, flag_key(flag)));
    }
    for (so, key) in [
        (row.hurried_at.is_some(), "home.hurried"),
        (row.address_requested, "timeline.address_request"),
        (row.after_sale_open, "home.after_sale"),
        (row.gift, "order.gift"),
        (row.presale, "order.presale"),
    ] {
        if so {
            head.push(say!(words, key));
        }
    }
    if row.one_parcel > 1 {
        head.push(say!(words, "order.one_parcel", n = row.one_parcel));
    }
    head.push(row.payable.to_string());
    let place = tame(&format!("{} {}{}", row.buyer, row.province, row.city));
    let mut lines = vec![head.join("  "), format!("    {}  {place}", goods(row))];
    let mut said = written(row, teller);
    said.extend(teller.standing(row));
    if !said.is_empty() {
        lines.push(format!("    {}", said.join("  ")));
    }
    lines
}

fn goods(row: &OrderRow) -> String {
    let mut goods: Vec<String> = row
        .lines
        .iter()
        .map(|line| format!("{} ×{}", goods_name(&line.title, &line.sku_text), line.quantity))
        .collect();
    if row.more_lines > 0 {
        goods.push(format!("…+{}", row.more_lines));
    }
    goods.join(", ")
}

/// What the buyer wrote, and what the shop did.
pub(super) fn written(row: &OrderRow, teller: &Teller) -> Vec<String> {
    let words = teller.words;
    let mut said = Vec::new();
    if !row.buyer_note.is_empty() {
        said.push(say!(words, "order.note.buyer", text = tame(&row.buyer_note)));
    }
    if let Some(note) = &row.note {
        said.push(say!(words, "order.note.private", text = tame(note)));
    }
    if !row.merchant_note.is_empty() {
        said.push(say!(words, "order.note.platform", text = tame(&row.merchant_note)));
    }
    said
}
