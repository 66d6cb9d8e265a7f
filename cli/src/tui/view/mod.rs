//! Paints an [`App`]: a pure function from state to frame, for any size from 40 × 16 up.
//!
//! ```text
//!   小满茶铺                     飞行模式 13:15     top bar
//!   ○ 离线可继续处理 · 数据截至 13:02   3 项待同步   truth line: am I connected? is everything delivered?
//!   ▨─▨─▨──────────────────┤  ├────────────────     the wire with its beads
//!   …                                               page, or sheet over it
//!   已填单号 · 未送达平台            u 撤销 4s       what floats
//!   回车 打开  f 插旗  s 发货  …                     keys
//!   1 首页 ●   2 消息   3 成长   4 店铺 12           tabs
//! ```

mod deadline;
mod detail;
mod empty;
mod filter;
mod found;
mod home;
mod list;
mod marks;
mod outbox;
mod provision;
mod row;
mod search;
mod sheet;
mod states;
mod truth;
mod views;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use shopkeeper_core::sync::Activity;

use super::app::{App, Page, Sheet, Tab, Tone};
use super::filter_sheet::Mode;
use super::measure::{Part, cells, fit, pad, part, spread};
use super::search::SearchFocus;
use super::theme::Theme;
use super::views_sheet::ViewsMode;
use crate::say;

/// Below this nothing readable can be shown.
const LEAST: (u16, u16) = (40, 16);

/// Text does not run wider than this, however wide the terminal is.
const MEASURE: u16 = 110;

/// How far the detail on top can be scrolled at the present size.
pub(super) fn detail_scroll_limit(app: &App) -> usize {
    let Some(Page::Detail(page)) = app.page() else { return 0 };
    let Some(detail) = &page.detail else { return 0 };
    let area = areas(app, Rect::new(0, 0, app.size.0, app.size.1)).page;
    let theme = Theme::of_terminal(|_| None);
    detail::lines(app, detail, &theme, usize::from(area.width)).len().saturating_sub(usize::from(area.height))
}

struct Areas {
    top: Rect,
    truth: Rect,
    page: Rect,
    float: Rect,
    keys: Rect,
    tabs: Rect,
}

fn areas(app: &App, whole: Rect) -> Areas {
    let width = whole.width.min(MEASURE);
    let whole = Rect { x: whole.x + (whole.width - width) / 2, width, ..whole };
    let float = u16::from(floating(app, usize::from(width)).is_some());
    let [top, truth, page, float, keys, tabs] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(truth::height(app.words, usize::from(width)) + 1),
        Constraint::Fill(1),
        Constraint::Length(float),
        Constraint::Length(1),
        Constraint::Length(2),
    ])
    .areas(whole);
    // One cell of margin on both sides, except where the wire runs from edge to edge.
    let inset = |area: Rect| Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    Areas { top: inset(top), truth, page: inset(page), float: inset(float), keys: inset(keys), tabs: inset(tabs) }
}

/// Paints the whole screen.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>) {
    let whole = frame.area();
    frame.buffer_mut().set_style(whole, theme.paper());
    if whole.width < LEAST.0 || whole.height < LEAST.1 {
        let text = say!(app.words, "app.too_small", width = LEAST.0, height = LEAST.1);
        frame.render_widget(Paragraph::new(fit(&text, usize::from(whole.width))), whole);
        return;
    }
    let areas = areas(app, whole);
    frame.render_widget(top_bar(app, theme, usize::from(areas.top.width)), areas.top);
    truth::draw(app, theme, frame, areas.truth);
    page(app, theme, frame, areas.page);
    if let Some((text, style)) = floating(app, usize::from(areas.float.width)) {
        let style = match style {
            Float::Undo => theme.toast(),
            Float::Said(Tone::Plain) => theme.indigo(),
            Float::Said(Tone::NeedsAction) => theme.verm(),
        };
        frame.render_widget(Paragraph::new(pad(&text, usize::from(areas.float.width))).style(style), areas.float);
    }
    frame.render_widget(key_line(app, theme, usize::from(areas.keys.width)), areas.keys);
    frame.render_widget(Paragraph::new(tab_bar(app, theme, usize::from(areas.tabs.width))), areas.tabs);
    if let Some(open) = &app.sheet {
        let over = Rect { y: areas.page.y, height: areas.float.y.saturating_sub(areas.page.y), ..areas.page };
        sheet::draw(app, open, theme, frame, over);
    }
}

fn top_bar(app: &App, theme: &Theme, room: usize) -> Line<'static> {
    let teller = app.teller();
    let title = match app.page() {
        Some(Page::Detail(page)) => {
            page.detail.as_ref().map_or_else(String::new, |detail| teller.number(&detail.row.number))
        }
        Some(Page::Outbox(_)) => say!(app.words, "outbox.title"),
        Some(Page::Search) => say!(app.words, "search.title"),
        Some(Page::Provision(_)) => say!(app.words, "provision.title"),
        None if app.tab == Tab::Shop => say!(app.words, "shop.orders"),
        None => String::new(),
    };
    let back = if app.page().is_some() { "‹ " } else { "" };
    let mut right = Vec::new();
    if app.facts.airplane {
        right.push(part(say!(app.words, "truth.airplane"), theme.second(), 2));
    } else if app.demo {
        right.push(part(say!(app.words, "app.demo_short"), theme.quiet(), 1));
    }
    right.push(part(teller.clock(app.facts.now), theme.second(), 9));
    spread(
        vec![part(format!("{back}{}", app.facts.shop), theme.strong(), 9), part(title, theme.strong(), 9)],
        right,
        "  ",
        room,
    )
}

enum Float {
    Undo,
    Said(Tone),
}

/// What floats over the keys: 撤销 first, else the last thing said.
fn floating(app: &App, room: usize) -> Option<(String, Float)> {
    if let Some(notice) = &app.notice {
        return Some((fit(&notice.text, room), Float::Said(notice.tone)));
    }
    // A letter goes into the run's field; afterwards there is still time.
    let bar = app.undoable().filter(|_| !matches!(app.sheet, Some(Sheet::ShipRun(_))))?;
    // Rounded up: at "1 s" there is still time.
    let seconds = (bar.until.since(app.facts.now).as_ms() + 999) / 1_000;
    let action = format!(" u {} ", say!(app.words, "ship.undo", seconds = seconds));
    let key = if app.offline() { "state.queued.saved_offline" } else { "state.queued.saved_hold" };
    let text = say!(app.words, key);
    let text = format!(" {}", fit(&text, room.saturating_sub(cells(&action) + 2)));
    let gap = room.saturating_sub(cells(&text) + cells(&action));
    Some((format!("{text}{}{action}", " ".repeat(gap)), Float::Undo))
}

fn page(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    match (app.page(), app.tab) {
        (Some(Page::Detail(page)), _) => detail::draw(app, page, theme, frame, area),
        (Some(Page::Outbox(page)), _) => outbox::draw(app, *page, theme, frame, area),
        (Some(Page::Search), _) => search::draw(app, theme, frame, area),
        (Some(Page::Provision(page)), _) => provision::draw(app, page, theme, frame, area),
        (None, Tab::Home) => home::draw(app, theme, frame, area),
        (None, Tab::Messages) => empty::coming(app, "coming.messages", theme, frame, area),
        (None, Tab::Growth) => empty::coming(app, "coming.growth", theme, frame, area),
        (None, Tab::Shop) => list::draw(app, theme, frame, area),
    }
}

/// The first sync with counts, while it runs: one line that takes nothing away from what can be used already.
fn first_sync(app: &App, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let Activity::FirstSync { stage, done, total, left } = &app.facts.sync.activity else { return Vec::new() };
    let words = app.words;
    let key = format!("sync.stage.{stage}");
    let text = match words.find(&key) {
        Some(_) if *total > 0 => say!(words, &key, done = done, total = total),
        _ if *total > 0 => say!(words, "sync.first_progress", done = done, total = total),
        _ => say!(words, "sync.first_unknown_total", done = done),
    };
    let mut lines = vec![spread(
        vec![part(say!(words, "sync.first"), theme.strong(), 9), part(text, theme.ink(), 9)],
        first_sync_right(app, *done, *total, *left, theme),
        "  ",
        room,
    )];
    if *total > 0 {
        lines.push(bar(*done, *total, theme, room));
    }
    let hint = if stage == "history" { "sync.first_usable" } else { "sync.first_order" };
    lines.push(Line::styled(fit(&say!(words, hint), usize::from(MEASURE).min(room)), theme.quiet()));
    lines.push(Line::default());
    lines
}

/// As much of the line as is done of the whole.
fn bar(done: u64, total: u64, theme: &Theme, room: usize) -> Line<'static> {
    let wide = u64::try_from(room).unwrap_or(0);
    let filled = usize::try_from(wide.saturating_mul(done.min(total)) / total.max(1)).unwrap_or(0);
    Line::from(vec![
        Span::styled("━".repeat(filled), theme.indigo()),
        Span::styled("─".repeat(room.saturating_sub(filled)), theme.line()),
    ])
}

/// How long it still takes, and how much of it is here.
fn first_sync_right(
    app: &App,
    done: u64,
    total: u64,
    left: Option<shopkeeper_core::time::Span>,
    theme: &Theme,
) -> Vec<Part> {
    let left = left.map(|left| part(app.teller().time_left(left), theme.second(), 7));
    let share = (total > 0).then(|| part(format!("{}%", done.saturating_mul(100) / total.max(1)), theme.strong(), 9));
    left.into_iter().chain(share).collect()
}

fn key_line(app: &App, theme: &Theme, room: usize) -> Line<'static> {
    let keys: &[(&str, u8)] = match (&app.sheet, app.page(), app.tab) {
        (Some(Sheet::Note { .. }), ..) => &[("key.save", 9), ("key.cancel_kept", 9)],
        (Some(Sheet::Ship(_)), ..) => &[
            ("key.form_next", 9),
            ("key.form_change", 8),
            ("key.form_save", 9),
            ("key.form_add", 7),
            ("key.cancel_kept", 6),
        ],
        (Some(Sheet::Views(sheet)), ..) => match sheet.mode {
            ViewsMode::Choosing => &[
                ("key.choose", 9),
                ("key.view_save", 9),
                ("key.view_replace", 6),
                ("key.view_rename", 7),
                ("key.view_remove", 8),
                ("key.back", 9),
            ],
            ViewsMode::Saving(_) | ViewsMode::Renaming(_) => &[("key.save", 9), ("key.cancel", 9)],
            ViewsMode::Removing => &[("key.view_remove_again", 9), ("key.any_keep", 9)],
        },
        (Some(Sheet::NoteMany { .. }), ..) => &[("key.save", 9), ("key.cancel_kept", 9)],
        (Some(Sheet::ShipRun(run)), ..) if run.order().is_some() => {
            &[("key.run_save", 9), ("key.run_next", 8), ("key.run_before", 6), ("key.run_end", 9)]
        }
        (Some(Sheet::ShipRun(_)), ..) => &[("key.up_down", 7), ("key.run_close", 9)],
        (Some(Sheet::PickFlag { .. } | Sheet::FlagMany { .. } | Sheet::Sort { .. }), ..) => {
            &[("key.up_down", 9), ("key.choose", 9), ("key.back", 9)]
        }
        (Some(Sheet::Filter(sheet)), ..) => match sheet.mode {
            Mode::Lines => {
                &[("key.up_down", 6), ("key.change", 9), ("key.clear_one", 8), ("key.clear_all", 7), ("key.back", 9)]
            }
            Mode::Choosing(_) => &[("key.up_down", 9), ("key.choose", 9), ("key.back", 9)],
            Mode::Typing(_) => &[("key.take", 9), ("key.cancel", 9)],
        },
        (Some(Sheet::Help | Sheet::Why(_)), ..) => &[("key.any_back", 9)],
        (None, Some(Page::Provision(page)), _) if page.step.is_some() => &[("key.stop", 9), ("key.help", 9)],
        (None, Some(Page::Provision(_)), _) => &[
            ("key.provision_again", 9),
            ("key.up_down", 7),
            ("key.open", 8),
            ("key.back", 9),
            ("key.airplane", 6),
            ("key.help", 9),
        ],
        (None, Some(Page::Detail(_)), _) => &[
            ("key.ship", 9),
            ("key.flag", 8),
            ("key.note", 8),
            ("key.platform_note", 7),
            ("key.why", 5),
            ("key.back", 9),
            ("key.airplane", 6),
            ("key.help", 9),
        ],
        (None, Some(Page::Outbox(_)), _) => &[
            ("key.retry", 9),
            ("key.withdraw", 9),
            ("key.why", 8),
            ("key.open", 7),
            ("key.back", 9),
            ("key.airplane", 6),
            ("key.help", 9),
        ],
        (None, Some(Page::Search), _) if app.search.hits().is_empty() => &[("key.search_clear", 6), ("key.back", 9)],
        (None, Some(Page::Search), _) if app.search.focus == SearchFocus::Text => {
            &[("key.search_open", 9), ("key.search_down", 9), ("key.search_clear", 6), ("key.back", 9)]
        }
        (None, Some(Page::Search), _) => &[
            ("key.search_text", 9),
            ("key.open", 9),
            ("key.ship", 9),
            ("key.flag", 7),
            ("key.note", 6),
            ("key.platform_note", 5),
            ("key.back", 9),
            ("key.help", 9),
        ],
        (None, None, Tab::Home) => &[
            ("key.up_down", 6),
            ("key.open", 9),
            ("key.search", 8),
            ("key.outbox", 8),
            ("key.provision", 8),
            ("key.pull", 5),
            ("key.airplane", 8),
            ("key.language", 4),
            ("key.quit", 7),
            ("key.help", 9),
        ],
        (None, None, Tab::Shop) if !app.orders.marks.is_empty() => &[
            ("key.mark", 9),
            ("key.mark_all", 7),
            ("key.batch_flag", 9),
            ("key.batch_note", 8),
            ("key.batch_ship", 9),
            ("key.unmark", 9),
        ],
        (None, None, Tab::Shop) => &[
            ("key.open", 9),
            ("key.ship", 9),
            ("key.flag", 7),
            ("key.note", 6),
            ("key.search", 8),
            ("key.side_tabs", 6),
            ("key.filter", 8),
            ("key.views", 5),
            ("key.mark", 7),
            ("key.sort", 4),
            ("key.airplane", 5),
            ("key.help", 9),
        ],
        (None, None, Tab::Messages | Tab::Growth) => {
            &[("key.tabs", 9), ("key.airplane", 8), ("key.language", 5), ("key.quit", 7), ("key.help", 9)]
        }
    };
    let parts: Vec<Part> = keys
        .iter()
        .filter(|(key, _)| app.demo || *key != "key.airplane")
        .map(|(key, weight)| part(say!(app.words, key), theme.quiet(), *weight))
        .collect();
    spread(parts, Vec::new(), "  ", room)
}

fn tab_bar(app: &App, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let mut spans = Vec::new();
    let badges = app.facts.home.as_ref().map(|home| home.badges).unwrap_or_default();
    // The outbox may know of refused work a moment before the home tab does.
    let dot = badges.home_dot || app.work().needs_action > 0;
    for (at, tab) in Tab::EVERY.into_iter().enumerate() {
        let active = tab == app.tab;
        let style: Style = if active { theme.chosen() } else { theme.second() };
        let name = say!(app.words, tab.key());
        spans.push(Span::styled(format!(" {} {name} ", at + 1), style));
        match tab {
            Tab::Home if dot => spans.push(Span::styled("●", theme.verm())),
            Tab::Shop if badges.shop > 0 => spans.push(Span::styled(format!(" {}", badges.shop), theme.indigo())),
            _ => {}
        }
        spans.push(Span::raw("  "));
    }
    vec![Line::styled("─".repeat(room), theme.line()), Line::from(spans)]
}

/// Clears the ground under a sheet and gives it back its colour.
fn clear(frame: &mut Frame<'_>, theme: &Theme, area: Rect) {
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, theme.paper());
}
