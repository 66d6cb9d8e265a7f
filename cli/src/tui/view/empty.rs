//! Nothing to show, and why. "The platform has none" and "this device knows of none" differ in frame, beads and words, so that
//! neither can be taken for the other.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use shopkeeper_core::orders::{Covered, DataState, Extent, ListState, OrderList, OrderTab, SearchResults};
use shopkeeper_core::sync::Activity;

use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{cells, fit, part, spread, wrap};
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

/// What a page without rows says: where it is known that there are none (`sentence` takes the `{time}` up to which that is known), and what
/// can be done where it is not.
#[derive(Debug, Clone)]
struct Empty {
    title: &'static str,
    sentence: &'static str,
    next: &'static str,
    fill: String,
    /// What is here without a gap.
    covered: Covered,
}

/// The order list without rows.
pub(super) fn list(app: &App, list: &OrderList, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let (title, sentence) = if app.orders.filter.tab == OrderTab::ToShip {
        ("state.empty_done_title", "state.empty_known_to_ship")
    } else {
        ("cli.orders.none", "state.empty_known")
    };
    let fill = format!("r {}", say!(app.words, "state.empty_unknown_next"));
    let empty = Empty { title, sentence, next: "state.empty_known_next", fill, covered: list.covered };
    rows(app, list.state, empty, theme, frame, area);
}

/// Nothing was found: because there is no such order, or because this phone does not know them all.
pub(super) fn search(app: &App, results: &SearchResults, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let fill = say!(app.words, "search.none_fill");
    let complete = matches!(results.state.extent, Extent::Complete | Extent::KnownEmpty);
    if complete && results.not_indexed > 0 {
        unknown(app, results.covered, fill, theme, frame, area);
        return;
    }
    let empty = Empty {
        title: "search.none",
        sentence: "search.none_known",
        next: "search.none_next",
        fill,
        covered: results.covered,
    };
    rows(app, results.state, empty, theme, frame, area);
}

/// A page without rows: why there are none, by its state. Exactly one of four pictures.
fn rows(app: &App, state: ListState, empty: Empty, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let teller = app.teller();
    let why = state.states().into_iter().find(|state| {
        use DataState::{EmptyKnown, EmptyUnknown, LoadingFirst, NoPermission, Partial};
        matches!(state, NoPermission | LoadingFirst { .. } | EmptyKnown | EmptyUnknown | Partial { .. })
    });
    match why {
        Some(DataState::NoPermission) => no_permission(app, theme, frame, area),
        Some(DataState::LoadingFirst { slow }) => loading(app, slow, theme, frame, area),
        Some(DataState::EmptyUnknown | DataState::Partial { .. }) => {
            unknown(app, empty.covered, empty.fill, theme, frame, area);
        }
        _ => {
            let as_of = state.freshness.as_of().map_or_else(|| "—".to_owned(), |as_of| teller.time(as_of));
            let texts = [
                (say!(words, empty.title), theme.strong()),
                (say!(words, empty.sentence, time = as_of), theme.second()),
                (say!(words, empty.next), theme.quiet()),
            ];
            picture(&WHOLE, theme.indigo(), &texts, frame, area);
        }
    }
}

/// 店主未开放此项, and that nothing is broken.
pub(super) fn no_permission(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let texts = [
        (format!("⊘ {}", say!(words, "state.no_permission")), theme.strong()),
        (say!(words, "state.no_permission_next"), theme.second()),
    ];
    picture(&HALF, theme.line(), &texts, frame, area);
}

fn unknown(app: &App, covered: Covered, next: String, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let texts = [
        (say!(words, "state.empty_unknown"), theme.strong()),
        (app.teller().covered(covered), theme.second()),
        (next, theme.indigo()),
    ];
    picture(&HALF, theme.line(), &texts, frame, area);
}

/// Nothing was ever complete, and the first data are on their way: the place where rows will stand, and what is being done.
pub(super) fn loading(app: &App, slow: bool, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let words = app.words;
    let room = usize::from(area.width);
    let mut lines = Vec::new();
    if matches!(app.facts.sync.activity, Activity::Idle | Activity::Pulling) {
        let key = if slow { "state.loading_slow" } else { "state.loading_first" };
        let mut parts = vec![part(format!("⋯ {}", say!(words, key)), theme.second(), 9)];
        if slow {
            parts.push(part(format!("r {}", say!(words, "state.retry")), theme.indigo(), 9));
        }
        lines.push(spread(parts, Vec::new(), "  ", room));
        lines.push(Line::default());
    } else if slow {
        // The progress with its counts stands above.
        let text = format!("⋯ {}  r {}", say!(words, "state.loading_slow"), say!(words, "state.retry"));
        lines.extend([Line::styled(fit(&text, room), theme.quiet()), Line::default()]);
    }
    while lines.len() + 4 <= usize::from(area.height) {
        lines.extend(skeleton(room).map(|row| Line::styled(row, theme.line())));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// A row that is not here yet, as wide as rows are.
fn skeleton(room: usize) -> [String; 3] {
    let bars = |left: usize, right: usize| {
        let gap = room.saturating_sub(2 + left + right);
        format!("  {}{}{}", "▁".repeat(left), " ".repeat(gap), "▁".repeat(right))
    };
    let most = room.saturating_sub(2);
    [
        bars(most.min(28), most.saturating_sub(28).min(8)),
        bars(most.min(36), most.saturating_sub(36).min(14)),
        "╌".repeat(room),
    ]
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
