//! What is done with marked orders: the bar below the list, and the run that ships them.

use ratatui::text::{Line, Span};
use shopkeeper_core::orders::guess_carrier;

use super::list::gap;
use super::sheet::input;
use crate::phrase::{Urgency, grouped};
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{cells, fit, flow, pad, part, spread, tame, wrap};
use crate::tui::ship_run::{RunOrder, ShipRun, Standing};
use crate::tui::theme::Theme;

/// `☑ 已选 8 单                         ¥1,728.00`
pub(super) fn bar(app: &App, theme: &Theme, room: usize) -> Option<Line<'static>> {
    let marks = &app.orders.marks;
    if marks.is_empty() {
        return None;
    }
    let count = say!(app.words, "batch.marked", n = marks.rows().len());
    let left = vec![part(format!("☑ {count}"), theme.strong(), 9)];
    Some(spread(left, vec![part(marks.payable().to_string(), theme.ink(), 8)], "  ", room))
}

/// `连续发货 3 / 8`
pub(super) fn run_title(app: &App, run: &ShipRun) -> String {
    let words = app.words;
    match run.order() {
        Some(_) => say!(words, "run.title", at = run.at + 1, n = run.orders.len()),
        None => say!(words, "run.end", saved = run.saved(), left = run.orders.len() - run.saved()),
    }
}

/// The order whose turn it is, or what became of all, and the line on which the focus is.
pub(super) fn run(app: &App, run: &ShipRun, theme: &Theme, room: usize) -> (Vec<Line<'static>>, usize) {
    match run.order() {
        Some(order) => turn(app, run, order, theme, room),
        None => (end(app, run, theme, room), 0),
    }
}

fn turn(app: &App, run: &ShipRun, order: &RunOrder, theme: &Theme, room: usize) -> (Vec<Line<'static>>, usize) {
    let (words, teller, row) = (app.words, app.teller(), &order.row);
    let mut head = vec![part(teller.number(&row.number), theme.strong(), 9)];
    if let Some(due) = row.ship_by {
        let (urgency, left) = teller.countdown(due.at);
        if urgency != Urgency::Later {
            head.push(part(left, theme.urgency(urgency), 9));
        }
        head.push(part(teller.ship_by(due), theme.second(), 5));
    }
    let mut lines = flow(head, room);
    lines.push(Line::styled(fit(&tame(&format!("{} {}{}", row.buyer, row.province, row.city)), room), theme.ink()));
    for goods in order.goods.iter().flatten() {
        lines.push(Line::styled(fit(goods, room), theme.ink()));
    }
    if !row.buyer_note.is_empty() {
        let note = say!(words, "ship.buyer_note", text = tame(&row.buyer_note));
        lines.extend(wrap(&note, room).into_iter().map(|text| Line::styled(text, theme.well())));
    }
    if let Some(note) = &row.note {
        let note = say!(words, "order.note.private", text = tame(note));
        lines.extend(wrap(&note, room).into_iter().map(|text| Line::styled(text, theme.second())));
    }
    lines.push(gap());
    lines.push(Line::styled(format!("▸ {}", say!(words, "ship.waybill")), theme.second()));
    lines.push(input(&order.waybill, true, theme, room));
    let focus = lines.len();
    let guess =
        guess_carrier(order.waybill.text()).map(|code| app.carrier_name(code).unwrap_or_else(|| code.to_owned()));
    let guess = guess.map(|name| format!("  {name} · {}", say!(words, "ship.carrier_guess")));
    lines.push(Line::styled(fit(&guess.unwrap_or_default(), room), theme.second()));
    let (text, style) = match (run.trouble, &order.standing) {
        (Some(trouble), _) => (format!("! {}", say!(words, trouble)), theme.verm()),
        (None, Standing::Refused(error)) => {
            (format!("! {}", say!(words, "run.refused", reason = app.refusal(error))), theme.verm())
        }
        (None, _) => (say!(words, "ship.honest"), theme.quiet()),
    };
    lines.extend(wrap(&text, room).into_iter().map(|text| Line::styled(text, style)));
    lines.push(gap());
    // What was done last is what somebody wants to look at again.
    let done = run.orders.iter().take(run.at).rev().take(5);
    lines.extend(done.flat_map(|order| became(app, order, theme, room)));
    (lines, focus)
}

/// What became of each: first what still needs somebody.
fn end(app: &App, run: &ShipRun, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let (saved, left): (Vec<&RunOrder>, Vec<&RunOrder>) =
        run.orders.iter().partition(|order| order.standing == Standing::Saved);
    let due =
        saved.iter().filter_map(|order| order.row.ship_by).map(|due| due.at).filter(|at| *at > app.facts.now).min();
    let mut lines = Vec::new();
    if let Some(due) = due {
        let text = say!(app.words, "run.due", time = app.teller().time(due));
        lines.extend(wrap(&text, room).into_iter().map(|text| Line::styled(text, theme.second())));
    }
    lines.extend(left.into_iter().chain(saved).flat_map(|order| became(app, order, theme, room)));
    lines.into_iter().skip(run.scroll).collect()
}

fn became(app: &App, order: &RunOrder, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let waybill = grouped(order.waybill.text().trim());
    let (mark, text, style) = match &order.standing {
        Standing::Saved => ("▨", waybill, theme.indigo()),
        Standing::Open if order.waybill.is_empty() => ("—", say!(words, "run.left"), theme.quiet()),
        Standing::Open => ("—", say!(words, "run.left_typed", waybill = waybill), theme.quiet()),
        Standing::Refused(error) => ("◆!", app.refusal(error), theme.verm()),
        Standing::Impossible(reason) => ("—", app.teller().reason(reason, None), theme.second()),
    };
    let lead = format!("{}  {}  ", pad(mark, 2), app.teller().number(&order.row.number));
    let indent = cells(&lead);
    let rows = wrap(&text, room.saturating_sub(indent)).into_iter().enumerate();
    rows.map(|(at, row)| {
        let lead = if at == 0 { lead.clone() } else { " ".repeat(indent) };
        Line::from(vec![Span::styled(lead, theme.strong()), Span::styled(row, style)])
    })
    .collect()
}
