//! What lies over a page and has the keys: help, flags, a note, the ship form, an explanation.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::orders::{Flag, OrderSort, guess_carrier};

use super::list::gap;
use super::{clear, filter, marks, views};
use crate::narrow::tell;
use crate::phrase::{Urgency, flag_key};
use crate::say;
use crate::tui::app::{App, Sheet};
use crate::tui::field::Field;
use crate::tui::measure::{cells, fit, flow, pad, part, spread, tame, wrap};
use crate::tui::ship_form::{Focus, FormParcel, ShipForm};
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, sheet: &Sheet, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    clear(frame, theme, area);
    let room = usize::from(area.width);
    let words = app.words;
    let number = |number: &str| app.teller().number(number);
    let (title, body, focus) = match sheet {
        Sheet::Help => (say!(words, "key.help"), help(app, theme, room), 0),
        Sheet::Why(why) => {
            let lines = why.lines.iter().flat_map(|text| wrap(text, room)).map(|row| Line::styled(row, theme.ink()));
            (why.title.clone(), lines.collect(), 0)
        }
        Sheet::PickFlag { number: order, cursor, .. } => {
            let title = format!("{} {}", say!(words, "flag.pick"), number(order));
            (title, flags(app, *cursor, theme, room), *cursor)
        }
        Sheet::Filter(sheet) => {
            let (lines, focus) = filter::lines(app, sheet, theme, room);
            (String::new(), lines, focus)
        }
        Sheet::Views(sheet) => {
            let (lines, focus) = views::lines(app, sheet, theme, room);
            (say!(words, "view.title"), lines, focus)
        }
        Sheet::FlagMany { cursor } => {
            let title = say!(words, "batch.flag_title", n = app.orders.marks.rows().len());
            (title, flags(app, *cursor, theme, room), *cursor)
        }
        Sheet::NoteMany { field } => {
            let title = say!(words, "batch.note_title", n = app.orders.marks.rows().len());
            let hint =
                wrap(&say!(words, "batch.note_hint"), room).into_iter().map(|row| Line::styled(row, theme.quiet()));
            (title, [input(field, true, theme, room)].into_iter().chain(hint).collect(), 0)
        }
        Sheet::ShipRun(run) => {
            let (lines, focus) = marks::run(app, run, theme, room);
            (marks::run_title(app, run), lines, focus)
        }
        Sheet::Sort { cursor } => {
            let sorts = OrderSort::EVERY.into_iter().enumerate().map(|(at, sort)| {
                choice(Some(at + 1), &say!(words, tell::sort_key(sort)), theme.ink(), at == *cursor, theme, room)
            });
            (say!(words, "order.sort.title"), sorts.collect(), *cursor)
        }
        Sheet::Note { number: order, platform, field, .. } => {
            let key = if *platform { "order.note.edit_platform" } else { "order.note.edit_private" };
            (format!("{} {}", say!(words, key), number(order)), vec![input(field, true, theme, room)], 0)
        }
        Sheet::Ship(form) => {
            let (lines, focus) = ship(app, form, theme, room);
            (format!("{} {}", say!(words, "ship.title"), number(&form.number)), lines, focus)
        }
    };
    let title = match sheet {
        Sheet::Filter(_) => filter::title(app, theme, room),
        _ => Line::styled(fit(&title, room), theme.strong()),
    };
    let head = [title, Line::styled("─".repeat(room), theme.line())];
    let space = usize::from(area.height).saturating_sub(head.len());
    // What has the focus stays in sight, with two lines below it.
    let skip = (focus + 3).saturating_sub(space);
    let lines: Vec<Line<'static>> = head.into_iter().chain(body.into_iter().skip(skip).take(space)).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn help(app: &App, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    const KEYS: [&str; 26] = [
        "key.tabs",
        "key.up_down",
        "key.open",
        "key.back",
        "key.search",
        "key.ship",
        "key.flag",
        "key.note",
        "key.platform_note",
        "key.why",
        "key.buyer",
        "key.undo",
        "key.outbox",
        "key.retry",
        "key.withdraw",
        "key.side_tabs",
        "key.filter",
        "key.sort",
        "key.views",
        "key.view_step",
        "key.mark",
        "key.mark_all",
        "key.provision",
        "key.pull",
        "key.language",
        "key.quit",
    ];
    let mut lines: Vec<Line<'static>> = Vec::new();
    let keys = KEYS.iter().chain(app.demo.then_some(&"key.airplane"));
    let texts: Vec<String> = keys.map(|key| say!(app.words, key)).collect();
    let columns = if room >= 80 { 3 } else { 2 };
    for row in texts.chunks(columns) {
        let cells: String = row.iter().map(|text| pad(text, room / columns)).collect();
        lines.push(Line::styled(cells, theme.ink()));
    }
    lines.push(gap());
    if app.demo {
        let about = say!(app.words, "app.demo");
        lines.extend(wrap(&about, room).into_iter().map(|row| Line::styled(row, theme.second())));
    }
    lines
}

/// The six colours, each with its name, and none.
fn flags(app: &App, cursor: usize, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let six = Flag::EVERY.iter().map(|flag| (format!("⚑ {}", say!(words, flag_key(*flag))), theme.flag(*flag)));
    six.chain([(say!(words, "flag.clear"), theme.second())])
        .enumerate()
        .map(|(at, (name, style))| {
            let digit = if at == Flag::EVERY.len() { 0 } else { at + 1 };
            choice(Some(digit), &name, style, at == cursor, theme, room)
        })
        .collect()
}

/// One of several, with the digit that takes it.
pub(super) fn choice(
    digit: Option<usize>,
    name: &str,
    style: Style,
    chosen: bool,
    theme: &Theme,
    room: usize,
) -> Line<'static> {
    let mark = if chosen { "▸" } else { " " };
    let digit = digit.map_or_else(|| " ".to_owned(), |digit| digit.to_string());
    let line = Line::from(vec![
        Span::styled(format!("{mark} {digit} "), theme.indigo()),
        Span::styled(pad(name, room.saturating_sub(4)), style),
    ]);
    if chosen { line.patch_style(theme.selected()) } else { line }
}

/// A field with its cursor; a long text shows the part around it.
pub(super) fn input(field: &Field, active: bool, theme: &Theme, room: usize) -> Line<'static> {
    let (before, after) = field.parts();
    let room = room.saturating_sub(2);
    let mut shown: String = String::new();
    // From the cursor backwards, as much as fits.
    for c in before.chars().rev() {
        if cells(&shown) + cells(c.encode_utf8(&mut [0; 4])) + 1 > room {
            break;
        }
        shown.insert(0, c);
    }
    let caret = if active { "▏" } else { "" };
    let text = pad(&format!("{shown}{caret}{after}"), room);
    Line::from(vec![Span::raw("  "), Span::styled(text, theme.well())])
}

/// The form, and the line on which its focus is.
fn ship(app: &App, form: &ShipForm, theme: &Theme, room: usize) -> (Vec<Line<'static>>, usize) {
    let words = app.words;
    let teller = app.teller();
    let mut lines = vec![Line::styled(fit(&form.receiver, room), theme.ink())];
    if let Some(due) = form.due {
        let (urgency, left) = teller.countdown(due.at);
        let mut parts = vec![part(teller.ship_by(due), theme.second(), 8)];
        if urgency != Urgency::Later {
            parts.insert(0, part(left, theme.urgency(urgency), 9));
        }
        lines.extend(flow(parts, room));
    }
    if !form.buyer_note.is_empty() {
        let note = say!(words, "ship.buyer_note", text = form.buyer_note);
        lines.extend(wrap(&note, room).into_iter().map(|row| Line::styled(row, theme.well())));
    }
    let mut focus = 0;
    for (at, parcel) in form.parcels.iter().enumerate() {
        lines.push(gap());
        if form.parcels.len() > 1 {
            lines.push(Line::styled(say!(words, "ship.parcel", n = at + 1), theme.strong()));
        }
        parcel_lines(app, form, at, parcel, theme, room, &mut lines, &mut focus);
    }
    lines.push(gap());
    let mut button = |place: Focus, text: String| {
        let active = form.focus == place;
        if active {
            focus = lines.len();
        }
        let style = if active { theme.chosen() } else { theme.indigo() };
        let mark = if active { "▸ " } else { "  " };
        lines.push(Line::from(vec![Span::styled(mark, theme.indigo()), Span::styled(fit(&text, room - 2), style)]));
    };
    if form.can_add_parcel() {
        button(Focus::AddParcel, format!("+ {}", say!(words, "ship.add_parcel")));
    }
    if !form.buyer_note.is_empty() {
        let tick = if form.understood { "[✓]" } else { "[ ]" };
        button(Focus::Understood, format!("{tick} {}", say!(words, "ship.understood")));
    }
    button(Focus::Save, format!("[ {} ]", say!(words, "ship.save")));
    if let Some(trouble) = form.trouble {
        lines.push(Line::styled(fit(&format!("! {}", say!(words, trouble)), room), theme.verm()));
    } else {
        lines.push(Line::styled(fit(&say!(words, "ship.honest"), room), theme.quiet()));
    }
    (lines, focus)
}

#[expect(clippy::too_many_arguments, reason = "one part of one page: everything it draws with")]
fn parcel_lines(
    app: &App,
    form: &ShipForm,
    at: usize,
    parcel: &FormParcel,
    theme: &Theme,
    room: usize,
    lines: &mut Vec<Line<'static>>,
    focus: &mut usize,
) {
    let words = app.words;
    let waybill_here = form.focus == Focus::Waybill(at);
    if waybill_here {
        *focus = lines.len() + 1;
    }
    let mark = |here: bool| if here { "▸ " } else { "  " };
    lines.push(Line::styled(format!("{}{}", mark(waybill_here), say!(words, "ship.waybill")), theme.second()));
    lines.push(input(&parcel.waybill, waybill_here, theme, room));
    let carrier_here = form.focus == Focus::Carrier(at);
    if carrier_here {
        *focus = lines.len();
    }
    let name = |code: &str| form.carriers.iter().find(|carrier| carrier.code.as_str() == code).map(|it| tame(&it.name));
    let carrier = match &parcel.carrier {
        Some(code) => name(code).unwrap_or_else(|| code.clone()),
        None => {
            let guess = guess_carrier(parcel.waybill.text()).and_then(name);
            let by_waybill = say!(words, "ship.carrier_guess");
            guess.map_or_else(|| by_waybill.clone(), |guess| format!("{guess} · {by_waybill}"))
        }
    };
    let style = if carrier_here { theme.chosen() } else { theme.ink() };
    lines.push(spread(
        vec![
            part(format!("{}{}", mark(carrier_here), say!(words, "ship.carrier")), theme.second(), 9),
            part(format!("‹ {carrier} ›"), style, 9),
        ],
        Vec::new(),
        " ",
        room,
    ));
    for (place, line) in form.lines.iter().enumerate() {
        let here = form.focus == Focus::Piece(at, place);
        if here {
            *focus = lines.len();
        }
        let pieces = parcel.pieces.get(place).copied().unwrap_or(0);
        let style = if here { theme.chosen() } else { theme.ink() };
        lines.push(spread(
            vec![part(format!("{}{}", mark(here), line.name), theme.ink(), 9)],
            vec![part(format!("− {pieces}/{} +", line.remaining), style, 9)],
            "  ",
            room,
        ));
    }
}
