//! 店铺: the order list.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::orders::{Count, Extent, FlagFilter, Freshness, ListState, OrderList, OrderSort, OrderTab};

use super::found::Found;
use super::home::marked;
use super::{empty, first_sync, row};
use crate::phrase::{flag_key, tab_key};
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{fit, part, spread};
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut head = first_sync(app, theme, room);
    head.extend(tabs(app, theme, room));
    head.push(summary(app, theme, room));
    if let Some(list) = app.orders.list.as_ref().filter(|list| !list.rows.is_empty()) {
        head.extend(banner(app, list.state, theme, room));
    }
    let [top, body] =
        Layout::vertical([Constraint::Length(u16::try_from(head.len()).unwrap_or(u16::MAX)), Constraint::Fill(1)])
            .areas(area);
    frame.render_widget(Paragraph::new(head), top);
    match &app.orders.list {
        None => {}
        Some(list) if list.rows.is_empty() && list.state.freshness == Freshness::LoadingFirst => {
            empty::loading(app, theme, frame, body);
        }
        Some(list) if list.rows.is_empty() => empty::list(app, list.state, theme, frame, body),
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
    crate::tui::measure::flow(parts, room)
}

/// What narrows the list, how it is sorted, and how long it is.
fn summary(app: &App, theme: &Theme, room: usize) -> Line<'static> {
    let words = app.words;
    let filter = &app.orders.filter;
    let mut narrowed = Vec::new();
    if filter.due_before.is_some() {
        narrowed.push(say!(words, "home.due_soon"));
    }
    if filter.hurried {
        narrowed.push(say!(words, "home.hurried"));
    }
    if filter.has_note {
        narrowed.push(say!(words, "order.filter.has_note"));
    }
    match filter.flag {
        Some(FlagFilter::Any) => narrowed.push(say!(words, "order.filter.flag")),
        Some(FlagFilter::Is(flag)) => narrowed.push(say!(words, flag_key(flag))),
        None => {}
    }
    if filter.pending {
        narrowed.push(say!(words, "order.filter.pending"));
    }
    let sort = match app.orders.sort {
        OrderSort::Newest => "order.sort.newest",
        OrderSort::MostUrgent => "order.sort.most_urgent",
        OrderSort::NewestPaid => "order.sort.newest_paid",
        OrderSort::Amount => "order.sort.amount",
        OrderSort::Region => "order.sort.region",
        OrderSort::SameBuyer => "order.sort.same_buyer",
    };
    let mut left = Vec::new();
    if !narrowed.is_empty() {
        left.push(part(narrowed.join(" + "), theme.indigo(), 9));
    }
    left.push(part(say!(words, sort), theme.quiet(), 6));
    let right = app.orders.list.as_ref().map(|list| part(count(app, list), theme.strong(), 9));
    spread(left, right.into_iter().collect(), " · ", room)
}

fn count(app: &App, list: &OrderList) -> String {
    let words = app.words;
    match list.count {
        Count::Exact(n) if list.saved_not_delivered > 0 => {
            say!(words, "order.count_saved", n = n, saved = list.saved_not_delivered)
        }
        Count::Exact(n) => say!(words, "order.count", n = n),
        Count::AtLeast(n) => say!(words, "order.count_at_least", n = n),
    }
}

/// What the list does not know. Nothing where it knows all.
pub(super) fn banner(app: &App, state: ListState, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let mut lines = Vec::new();
    if let Extent::Partial { since } = state.extent {
        let text = match since {
            Some(since) => say!(words, "state.partial", date = app.teller().date(since)),
            None => say!(words, "state.covered_nothing"),
        };
        let fill = say!(words, if app.offline() { "state.partial_fill" } else { "state.partial_older" });
        lines.push(Line::styled(fit(&format!("⋯ {text} · {fill}"), room), theme.quiet()));
    }
    if app.facts.sync.set_aside > 0 {
        let text = say!(words, "state.set_aside", n = app.facts.sync.set_aside);
        lines.push(Line::styled(fit(&format!("⋯ {text}"), room), theme.quiet()));
    }
    lines
}

/// The rows around the cursor that fit, the cursor's own among them.
fn rows(app: &App, list: &OrderList, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let (room, height) = (usize::from(area.width), usize::from(area.height));
    let lines_of = |at: usize| -> Vec<Line<'static>> {
        let Some(row) = list.rows.get(at) else { return Vec::new() };
        let chosen = at == app.orders.cursor;
        let mut lines: Vec<Line<'static>> = row::lines(app, row, &Found::NONE, theme, room.saturating_sub(2))
            .into_iter()
            .enumerate()
            .map(|(line_at, line)| marked(line, chosen, line_at == 0, theme, room))
            .collect();
        lines.push(Line::styled("╌".repeat(room), theme.line()));
        lines
    };
    row::around(app.orders.cursor, list.rows.len(), list.after.is_some(), height, lines_of)
}

/// A blank between two parts of a page.
pub(super) fn gap() -> Line<'static> {
    Line::from(Span::raw(""))
}
