//! 出门前备齐: what tomorrow needs, as far as it is here; until when no network is needed; and what had better be done before leaving.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::sync::{Part, ProvisionStep, Provisions};

use super::home::marked;
use super::list::gap;
use super::{bar, deadline};
use crate::say;
use crate::tui::app::{App, ProvisionPage};
use crate::tui::measure::{fit, pad, part, spread, wrap};
use crate::tui::theme::Theme;

/// Cells of a part's name.
const NAME: usize = 24;
/// Cells of how many are here.
const COUNT: usize = 8;

pub(super) fn draw(app: &App, page: &ProvisionPage, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut lines = Vec::new();
    if let Some(step) = page.step {
        lines.extend(running(app, step, theme, room));
    }
    let Some(found) = &page.found else {
        frame.render_widget(Paragraph::new(lines), area);
        return;
    };
    if page.step.is_none() {
        lines.extend(verdict(app, page, found, theme, room));
    }
    for kind in &found.parts {
        lines.push(part_line(app, kind, theme, room));
    }
    let work = found.unsent;
    if !work.all_delivered() {
        let waiting = say!(app.words, "provision.unsent", n = work.pending + work.unknown + work.needs_action);
        lines.push(Line::styled(fit(&format!("▨ {waiting}"), room), theme.indigo()));
    }
    lines.push(gap());
    lines.extend(until(app, found, theme, room));
    lines.push(gap());
    lines.extend(before_leaving(app, page, found, theme, room, usize::from(area.height).saturating_sub(lines.len())));
    frame.render_widget(Paragraph::new(lines), area);
}

/// What the run is doing, with a bar as soon as the whole is known.
fn running(app: &App, step: ProvisionStep, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(fit(&app.teller().step(step), room), theme.strong())];
    if let ProvisionStep::Fetching { done, total, .. } = step
        && total > 0
    {
        lines.push(bar(done, total, theme, room));
    }
    lines.push(Line::styled(fit(&say!(app.words, "provision.stop_hint"), room), theme.quiet()));
    lines.push(gap());
    lines
}

/// What it came to.
fn verdict(app: &App, page: &ProvisionPage, found: &Provisions, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let (mark, style) = if found.is_complete() { ("●", theme.indigo()) } else { ("◐", theme.strong()) };
    let mut lines = Vec::new();
    for (at, text) in app.teller().provisioned(found).into_iter().enumerate() {
        let (text, style) = if at == 0 { (format!("{mark} {text}"), style) } else { (text, theme.second()) };
        lines.extend(wrap(&text, room).into_iter().map(|row| Line::styled(row, style)));
    }
    let hint = if page.stopped { "provision.stopped" } else { "provision.again" };
    lines.extend(wrap(&say!(app.words, hint), room).into_iter().map(|row| Line::styled(row, theme.quiet())));
    lines.push(gap());
    lines
}

fn part_line(app: &App, kind: &Part, theme: &Theme, room: usize) -> Line<'static> {
    let teller = app.teller();
    let (mark, style) = if kind.missing.is_none() { ("✓", theme.indigo()) } else { ("✗", theme.amber()) };
    let why = kind.missing.map(|missing| teller.missing(missing)).unwrap_or_default();
    let left = room.saturating_sub(2 + NAME + COUNT + 2);
    Line::from(vec![
        Span::styled(format!("{mark} "), style),
        Span::styled(pad(&teller.part(kind.kind), NAME), theme.ink()),
        Span::styled(format!("{:>COUNT$}  ", kind.here), theme.strong()),
        Span::styled(fit(&why, left), theme.second()),
    ])
}

/// 「可离线到 …」, and what it is that then needs a network.
fn until(app: &App, found: &Provisions, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(fit(&app.teller().offline_until(found), room), theme.strong())];
    if let Some(first) = &found.offline_until {
        let what = app.teller().deadline(first);
        let number = part(app.teller().number(&first.number), theme.quiet(), 9);
        lines.push(spread(vec![part(what, theme.second(), 9)], vec![number], "  ", room));
    }
    if !found.is_complete() {
        lines.push(Line::styled(fit(&say!(app.words, "provision.until_unsure"), room), theme.quiet()));
    }
    lines
}

/// 「出门前先处理这 n 件」: as many as there is room for, the chosen one in sight.
fn before_leaving(
    app: &App,
    page: &ProvisionPage,
    found: &Provisions,
    theme: &Theme,
    room: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let words = app.words;
    let all = &found.before_leaving;
    if all.is_empty() {
        return vec![Line::styled(fit(&say!(words, "provision.before_none"), room), theme.second())];
    }
    let mut lines = vec![Line::styled(fit(&say!(words, "provision.before", n = all.len()), room), theme.strong())];
    let fits = (height.saturating_sub(1) / app.deadline_lines()).max(1);
    let first = page.cursor.saturating_sub(fits - 1);
    for (at, item) in all.iter().enumerate().skip(first).take(fits) {
        let rows = deadline::lines(app, item, theme, room.saturating_sub(2));
        let chosen = at == page.cursor;
        lines.extend(rows.into_iter().enumerate().map(|(row, line)| marked(line, chosen, row == 0, theme, room)));
    }
    lines
}
