//! The data states of what is on the screen. What of them belongs to the whole app (is there a network, how old is this) stands in the truth
//! line; what belongs to a page (rows are missing, it still loads, it is not for this role) stands on top of the page or in its place.

use ratatui::text::{Line, Span};
use shopkeeper_core::orders::{DataState, ListState, Work};

use crate::say;
use crate::tui::app::{App, Page, Tab};
use crate::tui::measure::{Part, part, wrap};
use crate::tui::theme::Theme;

/// What the page in sight says of itself; `None` before anything was read.
pub(super) fn shown(app: &App) -> Option<ListState> {
    let home = app.facts.home.as_ref().map(|home| home.state);
    match (app.page(), app.tab) {
        (Some(Page::Detail(page)), _) => page.detail.as_ref().map(|detail| detail.state).or(home),
        (None, Tab::Shop) => app.orders.list.as_ref().map(|list| list.state).or(home),
        _ => home,
    }
}

/// 数据截至 of the page in sight: grey, amber beyond four thresholds; an age in words joins it as soon as it is stale.
pub(super) fn age(app: &App, theme: &Theme) -> Vec<Part> {
    let (words, teller) = (app.words, app.teller());
    let state = shown(app);
    // The sync knows of a pull before a page does.
    let as_of = app.facts.sync.as_of.max(state.and_then(|state| state.freshness.as_of()));
    let Some(as_of) = as_of else { return vec![part(say!(words, "truth.as_of_unknown"), theme.quiet(), 8)] };
    let stale = state.into_iter().flat_map(|state| state.states()).find_map(|state| match state {
        DataState::Stale { very, .. } => Some(very),
        _ => None,
    });
    let style = if stale == Some(true) { theme.amber() } else { theme.quiet() };
    let mut parts = vec![part(say!(words, "truth.as_of", time = teller.time(as_of)), style, 8)];
    if stale.is_some() {
        parts.push(part(say!(words, "truth.age", duration = teller.span(app.facts.now.since(as_of))), style, 5));
    }
    parts
}

/// What stands on top of a page that has something to show: what is missing from it, and that it still loads.
pub(super) fn banner(app: &App, state: ListState, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let on_top = |state: &DataState| {
        matches!(state, DataState::NoPermission | DataState::LoadingFirst { .. } | DataState::Partial { .. })
    };
    let sentence = |state: DataState| {
        let said = app.teller().state(state)?;
        // Trying again is a key; what is missing comes by itself.
        let key = if matches!(state, DataState::LoadingFirst { .. }) { "r " } else { "" };
        let next = said.next.map(|next| format!(" · {key}{next}")).unwrap_or_default();
        Some(format!("{} {}{next}", said.mark, said.text))
    };
    let said = state.states().into_iter().filter(on_top).filter_map(sentence);
    said.flat_map(|text| wrap(&text, room)).map(|row| Line::styled(row, theme.quiet())).collect()
}

/// A marked row with its edge in the second cell: red for what needs a person, hatched for what waits.
pub(super) fn edged(mut line: Line<'static>, work: Work, theme: &Theme) -> Line<'static> {
    let (edge, style) = if work.needs_action > 0 {
        ("┃", theme.verm())
    } else if work.pending > 0 || work.unknown > 0 {
        ("▒", theme.indigo())
    } else {
        return line;
    };
    if let Some(mark) = line.spans.first_mut() {
        let kept: String = mark.content.chars().take(1).collect();
        *mark = Span::styled(kept, mark.style);
        line.spans.insert(1, Span::styled(edge, style));
    }
    line
}
