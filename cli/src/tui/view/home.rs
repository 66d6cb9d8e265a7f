//! 首页: what decides itself without you, then what there is to do. Every number opens the list it counts.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::home::{Counter, CounterKind, HomeView};
use shopkeeper_core::orders::{Access, Extent, Freshness};

use super::{deadline, empty, first_sync, states};
use crate::say;
use crate::tui::app::{App, HomeItem};
use crate::tui::measure::{Part, cells, fit, pad, part, spread};
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut lines = first_sync(app, theme, room);
    let Some(home) = &app.facts.home else {
        frame.render_widget(Paragraph::new(lines), area);
        return;
    };
    if home.state.access == Access::NotPermitted {
        empty::no_permission(app, theme, frame, area);
        return;
    }
    // The first sync says it with its counts.
    if lines.is_empty() {
        lines.extend(incomplete(app, home, theme, room));
    }
    let selected = app.home_items().get(app.home_cursor).copied();
    deadlines(app, home, selected, theme, room, &mut lines);
    lines.push(Line::default());
    to_do(app, home, selected, theme, room, &mut lines);
    lines.push(Line::default());
    outbox(app, selected, theme, room, &mut lines);
    frame.render_widget(Paragraph::new(lines), area);
}

/// That the numbers below are not the whole ones, and why.
fn incomplete(app: &App, home: &HomeView, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let mut lines = if home.complete {
        Vec::new()
    } else if home.as_of.is_some() {
        vec![Line::styled(fit(&format!("⋯ {}", say!(app.words, "home.incomplete")), room), theme.quiet())]
    } else if app.offline() {
        vec![Line::styled(fit(&format!("○ {}", say!(app.words, "state.loading_offline")), room), theme.second())]
    } else {
        states::banner(app, home.state, theme, room)
    };
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

fn heading(text: String, right: Vec<Part>, theme: &Theme, room: usize) -> Line<'static> {
    spread(vec![part(text, theme.strong(), 9)], right, "  ", room)
}

fn deadlines(
    app: &App,
    home: &HomeView,
    selected: Option<HomeItem>,
    theme: &Theme,
    room: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let words = app.words;
    let places = app.home_deadlines();
    let shown = places.len();
    let all = u64::try_from(home.deadlines.len()).unwrap_or(u64::MAX).saturating_add(home.more_deadlines);
    let right = if all > u64::try_from(shown).unwrap_or(0) {
        vec![part(say!(words, "deadline.all", n = all), theme.indigo(), 9)]
    } else {
        Vec::new()
    };
    lines.push(heading(say!(words, "deadline.title"), right, theme, room));
    if shown == 0 {
        let known = home.as_of.is_some();
        let key = if known { "deadline.none" } else { "truth.as_of_unknown" };
        lines.push(Line::styled(fit(&say!(words, key), room), theme.second()));
        return;
    }
    for (at, item) in places.into_iter().filter_map(|at| Some((at, home.deadlines.get(at)?))) {
        let chosen = selected == Some(HomeItem::Deadline(at));
        for (row, line) in deadline::lines(app, item, theme, room.saturating_sub(2)).into_iter().enumerate() {
            lines.push(marked(line, chosen, row == 0, theme, room));
        }
    }
}

/// A line with its selection mark, filled to the edge so that the ground of a selected row is one block.
pub(super) fn marked(line: Line<'static>, chosen: bool, first: bool, theme: &Theme, room: usize) -> Line<'static> {
    let mark = if chosen && first { "▸ " } else { "  " };
    let mut spans = vec![Span::styled(mark, theme.indigo())];
    spans.extend(line.spans);
    let used: usize = spans.iter().map(|span| cells(&span.content)).sum();
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
    let mut line = Line::from(spans).style(line.style);
    if chosen {
        line = line.patch_style(theme.selected());
    }
    line
}

/// Cells of the longest name of a counter, with its mark.
const COUNTER: usize = 14;

fn name(kind: CounterKind) -> &'static str {
    match kind {
        CounterKind::ToShip => "home.to_ship",
        CounterKind::AfterSale => "home.after_sale",
        CounterKind::DueSoon => "home.due_soon",
        CounterKind::Hurried => "home.hurried",
        CounterKind::AddressRequest => "home.address_request",
        CounterKind::Unpaid => "home.unpaid",
        CounterKind::Pending => "home.pending",
    }
}

fn to_do(
    app: &App,
    home: &HomeView,
    selected: Option<HomeItem>,
    theme: &Theme,
    room: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let words = app.words;
    lines.push(heading(say!(words, "home.to_do"), sums(app, home, theme), theme, room));
    let places = app.home_counters();
    // In one row where their names have room, else in two.
    let columns = if room >= places.len() * COUNTER { places.len() } else { places.len().div_ceil(2) }.max(1);
    let width = (room / columns).max(2);
    for row in places.chunks(columns) {
        let counters: Vec<_> = row.iter().filter_map(|at| Some((*at, home.counters.get(*at)?))).collect();
        let mut numbers = Vec::new();
        let mut names = Vec::new();
        for (at, counter) in &counters {
            let chosen = selected == Some(HomeItem::Counter(*at));
            let ground = if chosen { theme.selected() } else { Style::new() };
            let mark = if chosen { "▸ " } else { "  " };
            let style = if counter.value == 0 || is_very_old(counter) { theme.quiet() } else { theme.strong() };
            numbers.push(Span::styled(mark, theme.indigo().patch(ground)));
            let value = number(home, counter);
            numbers.push(Span::styled(pad(&value, width - 2), style.patch(ground)));
            let label = format!("  {}", say!(words, name(counter.kind)));
            names.push(Span::styled(pad(&label, width), theme.second().patch(ground)));
        }
        lines.push(Line::from(numbers));
        lines.push(Line::from(names));
        if let Some(line) = saved_line(app, counters.iter().map(|(_, counter)| *counter), theme, room) {
            lines.push(line);
        }
        lines.push(Line::default());
    }
    lines.pop();
}

/// What stands on the icon of the app.
fn sums(app: &App, home: &HomeView, theme: &Theme) -> Vec<Part> {
    let app_icon = home.badges.app_icon;
    let sum = (app_icon > 0).then(|| part(say!(app.words, "home.app_icon", n = app_icon), theme.quiet(), 7));
    sum.into_iter().collect()
}

/// A number as far as it is known: `—` where a zero would claim something, `12+` where more may be at the platform. What waits to be
/// delivered is this phone's own, and always known.
fn number(home: &HomeView, counter: &Counter) -> String {
    let own = counter.kind == CounterKind::Pending;
    let unknown = home.as_of.is_none() || (counter.state.extent == Extent::UnknownEmpty && !own);
    match (counter.value, counter.state.extent) {
        (0, _) if unknown => "—".to_owned(),
        (value, Extent::Partial { .. }) if !own => format!("{value}+"),
        (value, _) => value.to_string(),
    }
}

fn is_very_old(counter: &Counter) -> bool {
    matches!(counter.state.freshness, Freshness::VeryStale { .. })
}

fn saved_line<'a>(
    app: &App,
    mut counters: impl Iterator<Item = &'a Counter>,
    theme: &Theme,
    room: usize,
) -> Option<Line<'static>> {
    let saved = counters.find(|counter| counter.saved_not_delivered > 0)?;
    let text = say!(app.words, "home.saved_line", n = saved.saved_not_delivered);
    Some(Line::styled(fit(&format!("  ▨ {text}"), room), theme.indigo()))
}

fn outbox(app: &App, selected: Option<HomeItem>, theme: &Theme, room: usize, lines: &mut Vec<Line<'static>>) {
    let words = app.words;
    let work = app.work();
    let title = part(say!(words, "outbox.title"), theme.strong(), 9);
    let mut said = Vec::new();
    if work.all_delivered() {
        said.push(part(format!("● {}", say!(words, "truth.all_delivered")), theme.second(), 9));
    }
    if work.needs_action > 0 {
        said.push(part(say!(words, "truth.needs_action", n = work.needs_action), theme.verm(), 9));
    }
    if work.unknown > 0 {
        said.push(part(say!(words, "truth.unknown", n = work.unknown), theme.ink(), 6));
    }
    if work.pending > 0 {
        said.push(part(say!(words, "truth.pending", n = work.pending), theme.ink(), 7));
    }
    let line = spread(vec![title], said, " · ", room.saturating_sub(2));
    lines.push(marked(line, selected == Some(HomeItem::Outbox), true, theme, room));
}
