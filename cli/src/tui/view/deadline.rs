//! A deadline as people read it: the time left first, then what has to be done, then what happens otherwise.

use ratatui::text::{Line, Span};
use shopkeeper_core::home::Deadline;

use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{cells, fit, pad, part, spread};
use crate::tui::theme::Theme;

/// Cells of the countdown column.
const PILL: usize = 15;

/// Cells below which a consequence is left out.
const LEAST: usize = 24;

/// As many lines as [`App::deadline_lines`] says: what and what otherwise side by side, or one below the other.
pub(super) fn lines(app: &App, deadline: &Deadline, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let teller = app.teller();
    let (urgency, pill) = teller.countdown(deadline.at);
    let what = teller.deadline(deadline);
    let consequence = words
        .find(&format!("deadline.consequence.{}", deadline.kind))
        .map(|what| say!(words, "deadline.consequence", what = what))
        .unwrap_or_default();
    let room = room.saturating_sub(PILL + 1);
    let number = part(teller.number(&deadline.number), theme.quiet(), 9);
    let pill = Span::styled(pad(&pill, PILL), theme.urgency(urgency));
    let lines = if app.deadline_lines() == 1 {
        let what = fit(&what, room);
        let left = room.saturating_sub(cells(&what) + cells(&number.text) + 4);
        let mut parts = vec![part(what, theme.strong(), 9)];
        // A few words of a consequence say less than none.
        if left >= cells(&consequence).min(LEAST) {
            parts.push(part(fit(&consequence, left), theme.second(), 5));
        }
        vec![spread(parts, vec![number], "  ", room)]
    } else {
        let left = room.saturating_sub(cells(&number.text) + 2);
        let below = part(fit(&consequence, left), theme.second(), 9);
        vec![Line::styled(fit(&what, room), theme.strong()), spread(vec![number, below], Vec::new(), "  ", room)]
    };
    let ahead = [pill, Span::raw(pad("", PILL))];
    let ahead = ahead.into_iter().map(|span| [span, Span::raw(" ")]);
    let join = |(ahead, mut line): ([Span<'static>; 2], Line<'static>)| {
        line.spans.splice(0..0, ahead);
        line
    };
    ahead.zip(lines).map(join).collect()
}
