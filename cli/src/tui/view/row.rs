//! An order in a list: two or three lines, most important first: how long is left, which order, what is in it, what somebody wrote, and
//! where its parcels stand. What a search found stands out where it is shown.

use ratatui::text::Line;
use shopkeeper_core::orders::{Field, OrderRow, OrderSort, Phase, Shipping};

use super::found::Found;
use crate::phrase::{flag_key, goods_name};
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{Part, cells, part, spread, tame};
use crate::tui::theme::Theme;

pub(super) fn lines(app: &App, row: &OrderRow, found: &Found<'_>, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let teller = app.teller();
    let mut lead = Vec::new();
    let to_ship = matches!(row.phase, Phase::ToShip | Phase::PartShipped);
    if let (true, Some(due)) = (to_ship, row.ship_by) {
        let (urgency, text) = teller.countdown(due.at);
        lead.push(part(text, theme.urgency(urgency), 9));
    }
    lead.push(found.mark_end(part(teller.number(&row.number), theme.strong(), 9), Field::Number, theme));
    // A status that nobody here knows is a sentence: rather a part of it than nothing.
    let weight = if row.phase == Phase::Unknown { 9 } else { 8 };
    lead.push(part(teller.phase(row.phase, row.status), theme.second(), weight));
    lead.extend(tags(app, row, theme));
    lead.push(part(say!(words, "order.created_at", time = teller.time(row.created_at)), theme.quiet(), 1));
    let mut tail = Vec::new();
    if let Some(flag) = row.flag {
        tail.push(part(format!("⚑{}", say!(words, &format!("{}.short", flag_key(flag)))), theme.flag(flag), 9));
    }
    tail.push(part(row.payable.to_string(), theme.ink(), 9));
    let goods = found.mark_lines(part(goods(row), theme.ink(), 9), theme);
    let place = part(tame(&format!("{} {}{}", row.buyer, row.province, row.city)), theme.quiet(), 9);
    let place = found.mark(place, &[Field::Buyer, Field::Province, Field::City], theme);
    let mut lines = vec![spread(lead, tail, " ", room), spread(vec![goods], vec![place], " ", room)];
    let said = written(app, row, found, theme);
    let standing = shipping(app, row, theme).map(|standing| beside(standing, &said, room));
    if !said.is_empty() || standing.is_some() {
        lines.push(spread(said, standing.into_iter().collect(), "  ", room));
    }
    lines
}

/// What somebody wrote has the right of way: where parcels stand gets the room that is left, and never less than a third, in which its
/// mark and its first words can be read. The whole of it is in the detail.
fn beside(standing: Part, said: &[Part], room: usize) -> Part {
    let taken: usize = said.iter().map(|part| cells(&part.text) + 2).sum();
    standing.fit(room.saturating_sub(taken).max(room / 3))
}

/// What is special about the order, as words.
fn tags(app: &App, row: &OrderRow, theme: &Theme) -> Vec<Part> {
    let words = app.words;
    let mut tags = Vec::new();
    if row.hurried_at.is_some() {
        tags.push(part(say!(words, "home.hurried"), theme.amber(), 7));
    }
    if row.address_requested {
        tags.push(part(say!(words, "timeline.address_request"), theme.amber(), 7));
    }
    if row.after_sale_open {
        tags.push(part(say!(words, "home.after_sale"), theme.amber(), 7));
    }
    if row.one_parcel > 1 {
        // Where the buyers stand together it is what somebody is looking for.
        let weight = if app.orders.sort == OrderSort::SameBuyer { 9 } else { 5 };
        tags.push(part(say!(words, "order.one_parcel", n = row.one_parcel), theme.indigo(), weight));
    }
    if row.gift {
        tags.push(part(say!(words, "order.gift"), theme.second(), 4));
    }
    if row.presale {
        tags.push(part(say!(words, "order.presale"), theme.second(), 4));
    }
    tags
}

/// `桂花乌龙 红盒 ×2、茉莉银针 ×1 …+2`
fn goods(row: &OrderRow) -> String {
    let mut text = row
        .lines
        .iter()
        .map(|line| format!("{} ×{}", goods_name(&line.title, &line.sku_text), line.quantity))
        .collect::<Vec<_>>()
        .join("、");
    if row.more_lines > 0 {
        text.push_str(&format!(" …+{}", row.more_lines));
    }
    text
}

fn written(app: &App, row: &OrderRow, found: &Found<'_>, theme: &Theme) -> Vec<Part> {
    let words = app.words;
    let mut said = Vec::new();
    if !row.buyer_note.is_empty() {
        let text = part(say!(words, "order.note.buyer", text = tame(&row.buyer_note)), theme.ink(), 9);
        said.push(found.mark(text, &[Field::BuyerNote], theme));
    }
    if let Some(note) = &row.note {
        let text = part(say!(words, "order.note.private", text = tame(note)), theme.second(), 8);
        said.push(found.mark(text, &[Field::PrivateNote], theme));
    }
    if !row.merchant_note.is_empty() {
        let text = part(say!(words, "order.note.platform", text = tame(&row.merchant_note)), theme.second(), 7);
        said.push(found.mark(text, &[Field::PlatformNote], theme));
    }
    // Each takes its share; the one that is too long is shortened, none goes without a trace.
    let share = 60 / said.len().max(1);
    said.into_iter().map(|part| part.fit(share)).collect()
}

/// Where its parcels stand, or that other work waits, behind the mark of that state.
pub(super) fn shipping(app: &App, row: &OrderRow, theme: &Theme) -> Option<Part> {
    let (mark, style) = match &row.shipping {
        Shipping::Recorded { all: true } => ("●", theme.second()),
        Shipping::Recorded { all: false } => ("◐", theme.second()),
        Shipping::NeedsAction { .. } => ("◆!", theme.verm()),
        Shipping::None if row.work.needs_action > 0 => ("◆!", theme.verm()),
        Shipping::Checking => ("◇?", theme.indigo()),
        Shipping::None if row.work.unknown > 0 => ("◇?", theme.indigo()),
        Shipping::Saved | Shipping::None => ("▨", theme.indigo()),
    };
    let text = app.teller().standing(row)?;
    Some(part(format!("{mark} {text}"), style, 9))
}

/// The rows around the cursor that fit, the cursor's own among them. `lines_of` draws a row with the line that parts it from the next one.
pub(super) fn around(
    cursor: usize,
    count: usize,
    goes_on: bool,
    height: usize,
    lines_of: impl Fn(usize) -> Vec<Line<'static>>,
) -> Vec<Line<'static>> {
    // As many rows above the cursor as leave it in the upper two thirds: one sees what comes next.
    let mut first = cursor;
    let mut above = 0;
    while first > 0 {
        let next = lines_of(first - 1).len();
        if above + next > height / 2 {
            break;
        }
        above += next;
        first -= 1;
    }
    let mut lines = Vec::new();
    let mut at = first;
    while lines.len() < height && at < count {
        lines.extend(lines_of(at));
        at += 1;
    }
    if at >= count && !goes_on && lines.len() < height {
        lines.pop();
    }
    // At the end of the list there is room above.
    while first > 0 {
        let before = lines_of(first - 1);
        if before.len() + lines.len() > height {
            break;
        }
        lines.splice(0..0, before);
        first -= 1;
    }
    lines
}
