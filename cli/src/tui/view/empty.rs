//! Nothing to show, and why. "The platform has none" and "this device knows of none" differ in frame, beads and words, so that
//! neither can be taken for the other.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use shopkeeper_core::orders::{Extent, Freshness, ListState, OrderTab, SearchResults};

use super::first_sync;
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{cells, wrap};
use crate::tui::theme::Theme;

/// A whole abacus: every bead at the right.
const WHOLE: [&str; 5] = [
    "╭───────────────────╮",
    "│────────────●──●──●│",
    "│───────────────●──●│",
    "│────────────●──●──●│",
    "╰───────────────────╯",
];

/// Half an abacus behind cut wires.
const HALF: [&str; 5] = [
    "╭╌╌╌╌╌╌╌╌╌╌╌         ",
    "╎────────┤    ╌ ╌ ╌  ",
    "╎──────┤      ╌ ? ╌  ",
    "╎────┤        ╌ ╌ ╌  ",
    "╰╌╌╌╌╌╌╌╌╌╌╌         ",
];

pub(super) fn list(app: &App, state: ListState, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let teller = app.teller();
    match state.extent {
        Extent::KnownEmpty | Extent::Complete => {
            let as_of = match state.freshness {
                Freshness::Fresh { as_of } | Freshness::Stale { as_of } | Freshness::VeryStale { as_of } => {
                    teller.time(as_of)
                }
                Freshness::LoadingFirst => "—".to_owned(),
            };
            let to_ship = app.orders.filter.tab == OrderTab::ToShip;
            let key = if to_ship { "state.empty_known_to_ship" } else { "state.empty_known" };
            let title = if to_ship { "state.empty_done_title" } else { "cli.orders.none" };
            picture(
                &WHOLE,
                theme.indigo(),
                &[
                    (say!(words, title), theme.strong()),
                    (say!(words, key, time = as_of), theme.second()),
                    (say!(words, "state.empty_known_next"), theme.quiet()),
                ],
                frame,
                area,
            );
        }
        Extent::Partial { since } => {
            let since = since.map(|since| teller.date(since));
            unknown(app, since, format!("r {}", say!(words, "state.empty_unknown_next")), theme, frame, area);
        }
        Extent::UnknownEmpty => {
            unknown(app, None, format!("r {}", say!(words, "state.empty_unknown_next")), theme, frame, area);
        }
    }
}

/// Nothing was found: because there is no such order, or because this phone does not know them all.
pub(super) fn search(app: &App, results: &SearchResults, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let teller = app.teller();
    match (results.state.extent, results.state.freshness) {
        (
            Extent::KnownEmpty | Extent::Complete,
            Freshness::Fresh { as_of } | Freshness::Stale { as_of } | Freshness::VeryStale { as_of },
        ) if results.not_indexed == 0 => picture(
            &WHOLE,
            theme.indigo(),
            &[
                (say!(words, "search.none"), theme.strong()),
                (say!(words, "search.none_known", time = teller.time(as_of)), theme.second()),
                (say!(words, "search.none_next"), theme.quiet()),
            ],
            frame,
            area,
        ),
        (extent, _) => {
            let since = match extent {
                Extent::Partial { since } => since.map(|since| teller.date(since)),
                Extent::KnownEmpty | Extent::Complete | Extent::UnknownEmpty => None,
            };
            unknown(app, since, say!(words, "search.none_fill"), theme, frame, area);
        }
    }
}

fn unknown(app: &App, since: Option<String>, next: String, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let covered = match since {
        Some(date) => say!(words, "state.covered_since", date = date),
        None => say!(words, "state.covered_nothing"),
    };
    picture(
        &HALF,
        theme.line(),
        &[
            (say!(words, "state.empty_unknown"), theme.strong()),
            (say!(words, "state.empty_unknown_covered", covered = covered), theme.second()),
            (next, theme.indigo()),
        ],
        frame,
        area,
    );
}

/// Nothing was ever complete, and the first data are on their way.
pub(super) fn loading(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let progress = first_sync(app, theme, usize::from(area.width));
    if !progress.is_empty() {
        frame.render_widget(Paragraph::new(progress), area);
        return;
    }
    let key = if app.offline() { "state.loading_offline" } else { "state.loading_first" };
    picture(&HALF, theme.line(), &[(say!(app.words, key), theme.strong())], frame, area);
}

/// A tab that is not there yet says so.
pub(super) fn coming(app: &App, key: &str, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    picture(
        &HALF,
        theme.line(),
        &[(say!(words, "coming.title"), theme.strong()), (say!(words, key), theme.second())],
        frame,
        area,
    );
}

fn picture(drawing: &[&str; 5], style: Style, texts: &[(String, Style)], frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    if area.height >= 16 {
        lines.push(Line::default());
        lines.push(Line::default());
    }
    if area.height >= 12 {
        lines.extend(drawing.iter().map(|row| centred(row, style, room)));
        lines.push(Line::default());
    }
    for (text, style) in texts {
        lines.extend(wrap(text, room.min(64)).iter().map(|row| centred(row, *style, room)));
        lines.push(Line::default());
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn centred(text: &str, style: Style, room: usize) -> Line<'static> {
    Line::styled(format!("{}{text}", " ".repeat(room.saturating_sub(cells(text)) / 2)), style)
}
