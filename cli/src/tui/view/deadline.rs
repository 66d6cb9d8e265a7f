//! A deadline as people read it: the time left first, then what has to be done, then what happens otherwise.

use ratatui::text::Line;
use shopkeeper_core::home::Deadline;
use shopkeeper_core::orders::ShipBy;

use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{fit, pad, part, spread};
use crate::tui::theme::Theme;

/// Cells of the countdown column.
const PILL: usize = 15;

/// Two lines.
pub(super) fn lines(app: &App, deadline: &Deadline, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let teller = app.teller();
    let (urgency, pill) = teller.countdown(deadline.at);
    let what = match deadline.kind.as_str() {
        "ship_by" => teller.ship_by(ShipBy { at: deadline.at, basis: deadline.basis }),
        kind => {
            let key = format!("deadline.kind.{kind}");
            match words.find(&key) {
                Some(_) => say!(words, &key, time = teller.time(deadline.at)),
                None => say!(words, "timeline.unknown", code = kind),
            }
        }
    };
    let consequence = words
        .find(&format!("deadline.consequence.{}", deadline.kind))
        .map(|what| say!(words, "deadline.consequence", what = what))
        .unwrap_or_default();
    let pill_style = theme.urgency(urgency);
    let number = teller.number(&deadline.number);
    let mut first = spread(
        vec![part(what, theme.strong(), 9)],
        vec![part(number, theme.quiet(), 9)],
        "  ",
        room.saturating_sub(PILL + 1),
    );
    let gap = " ".repeat(PILL.saturating_sub(crate::tui::measure::cells(&pill)) + 1);
    first.spans.insert(0, gap.into());
    first.spans.insert(0, ratatui::text::Span::styled(fit(&pill, PILL), pill_style));
    let second = format!("{}{}", pad("", PILL + 1), fit(&consequence, room.saturating_sub(PILL + 1)));
    vec![first, Line::styled(second, theme.second())]
}
