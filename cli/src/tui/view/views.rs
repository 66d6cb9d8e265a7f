//! Saved views: the chips above the list, and their sheet.

use ratatui::text::{Line, Span};
use shopkeeper_core::orders::SavedView;

use super::list::gap;
use super::sheet::{choice, input};
use crate::narrow::tell;
use crate::phrase::tab_key;
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{cells, fit, tame, wrap};
use crate::tui::theme::Theme;
use crate::tui::views_sheet::{ViewsMode, ViewsSheet};

/// The views by name on one line, the one that is shown in brackets and always among them; nothing while there are none.
pub(super) fn chips(app: &App, theme: &Theme, room: usize) -> Option<Line<'static>> {
    let views = &app.orders.views;
    if views.is_empty() {
        return None;
    }
    let shown = app.shown_view();
    let name = |at: usize, view: &SavedView| {
        let name = tame(&view.name);
        if shown == Some(at) { format!("[{name}]") } else { name }
    };
    let names: Vec<String> = views.iter().enumerate().map(|(at, view)| name(at, view)).collect();
    // Room for `…+20` is kept, so that what is left out is counted.
    let fitting = |from: usize| {
        let mut used = 2;
        let fits = |name: &&String| {
            used += cells(name) + 2;
            used + 4 <= room
        };
        names.iter().skip(from).take_while(fits).count()
    };
    let here = shown.unwrap_or(0);
    let from = (0..=here).find(|from| from + fitting(*from) > here).unwrap_or(here);
    let drawn = fitting(from);
    let mut spans = vec![Span::styled("▤ ", theme.quiet())];
    for (at, text) in names.iter().enumerate().skip(from).take(drawn) {
        let style = if shown == Some(at) { theme.chosen() } else { theme.second() };
        spans.extend([Span::styled(text.clone(), style), Span::raw("  ")]);
    }
    if drawn < names.len() {
        spans.push(Span::styled(format!("…+{}", names.len() - drawn), theme.quiet()));
    }
    Some(Line::from(spans))
}

/// The sheet, and the line on which its focus is.
pub(super) fn lines(app: &App, sheet: &ViewsSheet, theme: &Theme, room: usize) -> (Vec<Line<'static>>, usize) {
    let words = app.words;
    let mut lines = Vec::new();
    let mut focus = 0;
    let choosing = matches!(sheet.mode, ViewsMode::Choosing | ViewsMode::Removing);
    let shown = app.shown_view();
    for (at, view) in app.orders.views.iter().enumerate() {
        let here = at == sheet.cursor;
        let digit = Some(at + 1).filter(|digit| *digit < 10);
        let mark = if shown == Some(at) { " ●" } else { "" };
        lines.push(choice(
            digit,
            &format!("{}{mark}", tame(&view.name)),
            theme.strong(),
            here && choosing,
            theme,
            room,
        ));
        lines.extend(wrap(&about(app, view), room.saturating_sub(4)).into_iter().map(|row| under(row, theme.second())));
        if here {
            focus = lines.len();
            match &sheet.mode {
                ViewsMode::Renaming(field) => {
                    lines.push(input(field, true, theme, room));
                    focus += hint(app, sheet, "view.rename_hint", theme, room, &mut lines);
                }
                ViewsMode::Removing => {
                    let ask = say!(words, "view.remove_ask", name = tame(&view.name));
                    lines.extend(wrap(&ask, room.saturating_sub(4)).into_iter().map(|row| under(row, theme.verm())));
                }
                _ => {}
            }
        }
    }
    if !app.orders.views.is_empty() {
        lines.push(gap());
    }
    let last = sheet.cursor >= app.orders.views.len();
    let digit = Some(app.orders.views.len() + 1).filter(|digit| *digit < 10);
    let saving = matches!(sheet.mode, ViewsMode::Saving(_));
    lines.push(choice(digit, &say!(words, "view.save_as"), theme.indigo(), last && choosing, theme, room));
    lines.extend(wrap(&now(app), room.saturating_sub(4)).into_iter().map(|row| under(row, theme.second())));
    if last || saving {
        focus = lines.len();
    }
    if let ViewsMode::Saving(field) = &sheet.mode {
        lines.push(input(field, true, theme, room));
        let name = field.text().trim();
        let key =
            if app.orders.views.iter().any(|view| view.name == name) { "view.replaces" } else { "view.name_hint" };
        focus += hint(app, sheet, key, theme, room, &mut lines);
    }
    (lines, focus)
}

fn under(row: String, style: ratatui::style::Style) -> Line<'static> {
    Line::styled(format!("    {row}"), style)
}

/// Below a field: why it was not taken, or what it takes. Says how many lines.
fn hint(app: &App, sheet: &ViewsSheet, key: &str, theme: &Theme, room: usize, lines: &mut Vec<Line<'static>>) -> usize {
    let (text, style) = match &sheet.trouble {
        Some(trouble) => (trouble.clone(), theme.verm()),
        None => (say!(app.words, key), theme.quiet()),
    };
    let rows = wrap(&text, room.saturating_sub(2));
    let count = rows.len();
    lines.extend(rows.into_iter().map(|row| Line::styled(format!("  {}", fit(&row, room.saturating_sub(2))), style)));
    count
}

/// `待发 · 今天付款 · 红旗 · 最急优先`
fn about(app: &App, view: &SavedView) -> String {
    let filter = view.filter_at(app.facts.zone, app.facts.now);
    let tab = say!(app.words, tab_key(filter.tab));
    let narrowed = tell::narrowed(&app.teller(), &filter, &view.periods, &app.orders.product_names);
    let sort = say!(app.words, tell::sort_key(view.sort));
    [tab].into_iter().chain(narrowed).chain([sort]).collect::<Vec<_>>().join(" · ")
}

/// The list as it is now, in the same words.
fn now(app: &App) -> String {
    let orders = &app.orders;
    let filter = orders.filter.clone();
    about(app, &SavedView { name: String::new(), filter, sort: orders.sort, periods: orders.periods })
}
