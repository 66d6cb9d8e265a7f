//! 搜索: the field, what was found, and what was not searched.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::ReasonCode;
use shopkeeper_core::orders::{SearchHit, SearchResults};

use super::found::Found;
use super::home::marked;
use super::list::{banner, gap};
use super::sheet::input;
use super::states::edged;
use super::{empty, row};
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{fit, part, spread, wrap};
use crate::tui::search::SearchFocus;
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut head = vec![input(&app.search.field, app.search.focus == SearchFocus::Text, theme, room)];
    let answer = app.search.answer.as_deref().filter(|_| app.search.text().is_some());
    head.extend(summary(app, answer.map(|answer| &answer.results), theme, room));
    if let Some(answer) = answer {
        head.extend(not_searched(app, &answer.results, theme, room));
    }
    let height = u16::try_from(head.len()).unwrap_or(u16::MAX);
    let [top, body] = Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Paragraph::new(head), top);
    match answer.map(|answer| &answer.results) {
        None if app.search.text().is_none() => frame.render_widget(Paragraph::new(hint(app, theme, room)), body),
        None => {}
        Some(results) if !results.hits.is_empty() => {
            frame.render_widget(Paragraph::new(hits(app, results, theme, body)), body);
        }
        // What is on the screen is of another text, and this one may well be found.
        Some(_) if app.search.current().is_none() => {}
        Some(results) if results.after.is_some() => {}
        Some(results) => empty::search(app, results, theme, frame, body),
    }
}

/// Why nothing is searched, or in which order what was found stands and how much it is.
fn summary(app: &App, results: Option<&SearchResults>, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    if let Some(error) = &app.search.refused {
        let why = match error {
            CoreError::BadInput { what, .. } => app.teller().reason(&ReasonCode::from(what.as_str()), None),
            other => app.teller().error(other),
        };
        return wrap(&format!("! {why}"), room).into_iter().map(|row| Line::styled(row, theme.verm())).collect();
    }
    if app.search.text().is_none() {
        return Vec::new();
    }
    let is_current = app.search.current().is_some();
    if is_current && app.search.hits().is_empty() {
        return vec![gap()];
    }
    let left = say!(words, if is_current { "search.order" } else { "search.waiting" });
    let right = results.filter(|_| is_current).map(|results| app.teller().count(results.count));
    let right = right.into_iter().map(|text| part(text, theme.strong(), 9)).collect();
    vec![spread(vec![part(left, theme.quiet(), 6)], right, " · ", room)]
}

/// What this phone does not have, and what it has and did not look at. Where nothing was found the page itself says so.
fn not_searched(app: &App, results: &SearchResults, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if results.not_indexed > 0 {
        let text = say!(app.words, "search.not_indexed", n = results.not_indexed);
        lines.push(Line::styled(fit(&format!("⋯ {text}"), room), theme.quiet()));
    }
    if !results.hits.is_empty() {
        lines.extend(banner(app, results.state, theme, room));
    }
    lines
}

/// Nothing typed yet: what can be typed.
fn hint(app: &App, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let mut lines = vec![gap(), Line::styled(fit(&say!(words, "search.hint"), room), theme.strong()), gap()];
    for key in ["search.hint.numbers", "search.hint.words", "search.hint.letters", "search.hint.several"] {
        lines.extend(wrap(&say!(words, key), room).into_iter().map(|row| Line::styled(row, theme.second())));
    }
    lines.push(gap());
    lines.extend(
        wrap(&say!(words, "search.hint.private"), room).into_iter().map(|row| Line::styled(row, theme.quiet())),
    );
    lines
}

fn hits(app: &App, results: &SearchResults, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let room = usize::from(area.width);
    let (cursor, has_keys) = (app.search.cursor, app.search.focus == SearchFocus::Hits);
    let lines_of = |at: usize| {
        let Some(hit) = results.hits.get(at) else { return Vec::new() };
        let chosen = has_keys && at == cursor;
        let lines = self::hit(app, hit, theme, room.saturating_sub(2)).into_iter().enumerate();
        let mut lines: Vec<Line<'static>> =
            lines.map(|(at, line)| edged(marked(line, chosen, at == 0, theme, room), hit.row.work, theme)).collect();
        lines.push(Line::styled("╌".repeat(room), theme.line()));
        lines
    };
    row::around(cursor, results.hits.len(), results.after.is_some(), usize::from(area.height), lines_of)
}

fn hit(app: &App, hit: &SearchHit, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let found = Found::new(&hit.highlights);
    let mut lines = row::lines(app, &hit.row, &found, theme, room);
    lines.extend(found.beside(&lines, app.words, theme, room));
    lines
}
