//! 店铺: the order list.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::orders::{ListState, OrderList, OrderTab};

use super::found::Found;
use super::home::marked;
use super::{empty, first_sync, marks, row, states, views};
use crate::narrow::tell;
use crate::phrase::tab_key;
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{Part, fit, flow, part, spread};
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut head = first_sync(app, theme, room);
    head.extend(tabs(app, theme, room));
    head.extend(views::chips(app, theme, room));
    head.extend(summary(app, theme, room));
    if let Some(list) = app.orders.list.as_ref().filter(|list| !list.rows.is_empty()) {
        head.extend(banner(app, list.state, theme, room));
    }
    let bar = marks::bar(app, theme, room);
    let [top, body, below] = Layout::vertical([
        Constraint::Length(u16::try_from(head.len()).unwrap_or(u16::MAX)),
        Constraint::Fill(1),
        Constraint::Length(u16::from(bar.is_some())),
    ])
    .areas(area);
    if let Some(bar) = bar {
        frame.render_widget(Paragraph::new(bar).style(theme.selected()), below);
    }
    frame.render_widget(Paragraph::new(head), top);
    match &app.orders.list {
        None => {}
        Some(list) if list.rows.is_empty() && app.orders.walk.goes_on() => {
            let on = say!(app.words, "order.looking_on");
            frame.render_widget(Paragraph::new(Line::styled(on, theme.quiet())), body);
        }
        Some(list) if list.rows.is_empty() => empty::list(app, list, theme, frame, body),
        Some(list) => frame.render_widget(Paragraph::new(rows(app, list, theme, body)), body),
    }
}

/// The tabs of the product page, on as many lines as they need; the chosen one stands out by brackets too, not by colour alone.
fn tabs(app: &App, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let parts = OrderTab::EVERY
        .into_iter()
        .map(|tab| {
            let name = say!(app.words, tab_key(tab));
            if tab == app.orders.filter.tab {
                part(format!("[{name}]"), theme.chosen(), 9)
            } else {
                part(name, theme.second(), 9)
            }
        })
        .collect();
    flow(parts, room)
}

/// What narrows the list, on lines of its own; below that how it is sorted, and how long it is.
fn summary(app: &App, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let narrowed = tell::narrowed(&app.teller(), &app.orders.filter, &app.orders.periods, &app.orders.product_names);
    let mut lines = flow(narrowed.into_iter().map(|text| part(text, theme.indigo(), 9)).collect(), room);
    let sort = part(say!(app.words, tell::sort_key(app.orders.sort)), theme.quiet(), 8);
    lines.push(spread(vec![sort], count(app, theme), " · ", room));
    lines
}

/// How long the list is, and how much of it only waits to be delivered.
pub(super) fn count(app: &App, theme: &Theme) -> Vec<Part> {
    let words = app.words;
    let Some(list) = &app.orders.list else { return Vec::new() };
    let count = app.teller().count(list.count);
    let saved = list.saved_not_delivered;
    let saved = (saved > 0).then(|| part(say!(words, "order.saved_part", n = saved), theme.second(), 7));
    saved.into_iter().chain([part(count, theme.strong(), 9)]).collect()
}

/// What the list does not know. Nothing where it knows all.
pub(super) fn banner(app: &App, state: ListState, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let mut lines = states::banner(app, state, theme, room);
    if app.facts.sync.set_aside > 0 {
        let text = say!(words, "state.set_aside", n = app.facts.sync.set_aside);
        lines.push(Line::styled(fit(&format!("⋯ {text}"), room), theme.quiet()));
    }
    lines
}

/// The rows around the cursor that fit, the cursor's own among them.
fn rows(app: &App, list: &OrderList, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let (room, height) = (usize::from(area.width), usize::from(area.height));
    let marking = !app.orders.marks.is_empty();
    let lines_of = |at: usize| -> Vec<Line<'static>> {
        let Some(row) = list.rows.get(at) else { return Vec::new() };
        let chosen = at == app.orders.cursor;
        let boxed = if marking { 2 } else { 0 };
        let tick = if app.orders.marks.has(&row.key) { "☑ " } else { "☐ " };
        let mut lines: Vec<Line<'static>> = row::lines(app, row, &Found::NONE, theme, room.saturating_sub(2 + boxed))
            .into_iter()
            .enumerate()
            .map(|(line_at, mut line)| {
                if marking {
                    line.spans.insert(0, Span::styled(if line_at == 0 { tick } else { "  " }, theme.indigo()));
                }
                (line_at, line)
            })
            .map(|(line_at, line)| states::edged(marked(line, chosen, line_at == 0, theme, room), row.work, theme))
            .collect();
        lines.push(Line::styled("╌".repeat(room), theme.line()));
        lines
    };
    let Some(end) = end(app) else {
        return row::around(app.orders.cursor, list.rows.len(), list.after.is_some(), height, lines_of);
    };
    // It is looked at as a row behind the last one, and the blank below it goes as a divider would.
    let with_end = |at: usize| {
        if at < list.rows.len() { lines_of(at) } else { vec![Line::styled(fit(&end, room), theme.quiet()), gap()] }
    };
    row::around(app.orders.cursor, list.rows.len() + 1, false, height, with_end)
}

/// What stands below the last row while more is looked for.
fn end(app: &App) -> Option<String> {
    app.orders.walk.goes_on().then(|| say!(app.words, "order.looking_on"))
}

/// A blank between two parts of a page.
pub(super) fn gap() -> Line<'static> {
    Line::from(Span::raw(""))
}
