//! The filter sheet: what a list can be narrowed to, each line with its present value, and under the cursor its choices or its field.

use ratatui::text::{Line, Span};

use super::sheet::{choice, input};
use crate::narrow::tell;
use crate::say;
use crate::tui::app::App;
use crate::tui::filter_sheet::{Choice, FilterLine, FilterSheet, Mode};
use crate::tui::measure::{cells, fit, pad, part, spread, wrap};
use crate::tui::theme::Theme;

/// Room for the widest name of a line and a gap.
const NAME: usize = 20;

/// The sheet, and the line on which its focus is.
pub(super) fn lines(app: &App, sheet: &FilterSheet, theme: &Theme, room: usize) -> (Vec<Line<'static>>, usize) {
    let mut lines = Vec::new();
    let mut focus = 0;
    for (at, line) in FilterLine::EVERY.into_iter().enumerate() {
        let here = at == sheet.cursor;
        let mark = match (here, &sheet.mode) {
            (false, _) => "  ",
            (true, Mode::Lines) => "▸ ",
            (true, Mode::Choosing(_) | Mode::Typing(_)) => "▾ ",
        };
        lines.push(self::line(app, line, mark, theme, room));
        if here {
            focus = lines.len() - 1;
            focus += under(app, sheet, theme, room, &mut lines);
        }
    }
    (lines, focus)
}

/// `筛选                                              12 单`
pub(super) fn title(app: &App, theme: &Theme, room: usize) -> Line<'static> {
    let name = part(say!(app.words, "filter.title"), theme.strong(), 9);
    spread(vec![name], super::list::count(app, theme), " · ", room)
}

fn line(app: &App, line: FilterLine, mark: &'static str, theme: &Theme, room: usize) -> Line<'static> {
    let set = line.is_set(&app.orders.filter);
    let (value, style) = if set { (value(app, line), theme.indigo()) } else { ("—".to_owned(), theme.quiet()) };
    let name = pad(&say!(app.words, line.key()), NAME.min(room / 2));
    let space = room.saturating_sub(cells(&name) + 2);
    let drawn = Line::from(vec![
        Span::styled(mark, theme.indigo()),
        Span::styled(name, if set { theme.strong() } else { theme.ink() }),
        Span::styled(pad(&value, space), style),
    ]);
    if mark == "▸ " { drawn.patch_style(theme.selected()) } else { drawn }
}

fn value(app: &App, line: FilterLine) -> String {
    let (teller, filter) = (app.teller(), &app.orders.filter);
    let told = match line {
        FilterLine::Time(moment) => {
            moment.range(filter).map(|range| tell::moment(&teller, moment, range, moment.period(&app.orders.periods)))
        }
        FilterLine::Product => filter.product.as_ref().map(|product| {
            let id = tell::product(product);
            app.orders.product_names.get(&id).cloned().unwrap_or(id)
        }),
        FilterLine::Region => filter.region.as_ref().map(tell::region),
        FilterLine::Scene => filter.scene.map(|scene| teller.scene(scene)),
        FilterLine::Amount => filter.amount.map(|amount| tell::amount(&teller, amount)),
        FilterLine::Flag => filter.flag.map(|flag| format!("⚑ {}", tell::flag(&teller, flag))),
        _ => Some("✓".to_owned()),
    };
    told.unwrap_or_default()
}

/// What hangs under the line; says how far below the line the focus is.
fn under(app: &App, sheet: &FilterSheet, theme: &Theme, room: usize, lines: &mut Vec<Line<'static>>) -> usize {
    let words = app.words;
    match &sheet.mode {
        Mode::Lines => 0,
        Mode::Choosing(cursor) => {
            let choices = sheet.choices();
            let count = choices.len();
            lines.extend(choices.iter().enumerate().map(|(at, offered)| {
                let digit = if at + 1 == count { Some(0) } else { Some(at + 1).filter(|digit| *digit < 10) };
                choice(
                    digit,
                    &format!("  {}", self::offered(app, sheet.line(), offered)),
                    theme.ink(),
                    at == *cursor,
                    theme,
                    room,
                )
            }));
            cursor + 1
        }
        Mode::Typing(field) => {
            lines.push(input(field, true, theme, room));
            let (text, style) = match (&sheet.trouble, sheet.line().hint()) {
                (Some(trouble), _) => (say!(words, trouble.key(), text = trouble.text()), theme.verm()),
                (None, Some(hint)) => (say!(words, hint), theme.quiet()),
                (None, None) => (String::new(), theme.quiet()),
            };
            let rows = wrap(&text, room.saturating_sub(2));
            lines.extend(rows.into_iter().map(|row| Line::styled(format!("  {}", fit(&row, room - 2)), style)));
            2
        }
    }
}

fn offered(app: &App, line: FilterLine, choice: &Choice) -> String {
    let (words, teller) = (app.words, app.teller());
    match choice {
        Choice::When(when) => {
            let FilterLine::Time(moment) = line else { return String::new() };
            let range = when.range(app.facts.zone, app.facts.now).unwrap_or_default();
            tell::moment(&teller, moment, range, when.period())
        }
        Choice::Product(product, name) if product.sku.is_none() => say!(words, "filter.whole_product", name = name),
        Choice::Product(_, name) => name.clone(),
        Choice::Region(region) => tell::region(region),
        Choice::Scene(scene) => teller.scene(*scene),
        Choice::Flag(flag) => format!("⚑ {}", tell::flag(&teller, *flag)),
        Choice::Type => say!(words, "filter.type"),
        Choice::Clear => say!(words, "order.filter.none"),
    }
}
