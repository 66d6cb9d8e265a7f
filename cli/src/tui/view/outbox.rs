//! 待同步: everything that waits, hangs or needs a person, most urgent first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use shopkeeper_core::outbox::{ItemState, OutboxItem};

use super::home::marked;
use super::list::gap;
use crate::phrase::Urgency;
use crate::say;
use crate::tui::app::{App, OutboxPage};
use crate::tui::measure::{fit, part, spread};
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, page: OutboxPage, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(outbox) = &app.facts.outbox else { return };
    let words = app.words;
    let (room, height) = (usize::from(area.width), usize::from(area.height));
    let work = outbox.summary;
    let head =
        say!(words, "outbox.summary", pending = work.pending, needs_action = work.needs_action, unknown = work.unknown);
    let mut lines = vec![Line::styled(fit(&head, room), theme.second()), gap()];
    if outbox.items.is_empty() {
        lines.push(Line::styled(format!("● {}", say!(words, "outbox.empty")), theme.strong()));
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    // Every item takes the same four lines, so the one that is chosen can be kept in sight by counting.
    const EACH: usize = 4;
    let fits = (height.saturating_sub(lines.len()) / EACH).max(1);
    let first = page.cursor.saturating_sub(fits - 1);
    for (at, item) in outbox.items.iter().enumerate().skip(first).take(fits) {
        let chosen = at == page.cursor;
        for (row, line) in self::item(app, item, theme, room.saturating_sub(2)).into_iter().enumerate() {
            lines.push(marked(line, chosen, row == 0, theme, room));
        }
        lines.push(gap());
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// Three lines: what, where it stands, by when.
fn item(app: &App, item: &OutboxItem, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let words = app.words;
    let teller = app.teller();
    let (mark, style) = match &item.state {
        ItemState::NeedsAction { .. } => ("◆!", theme.verm()),
        ItemState::Unknown { .. } | ItemState::Checking => ("◇?", theme.indigo()),
        ItemState::Held { .. } => ("▨", theme.amber()),
        ItemState::Undoable { .. } | ItemState::Waiting | ItemState::Sending => ("▨", theme.indigo()),
    };
    let what = spread(
        vec![part(format!("{mark} {}", app.work_text(&item.work)), theme.strong(), 9)],
        vec![part(teller.number(&item.number), theme.quiet(), 9)],
        "  ",
        room,
    );
    let state = Line::styled(fit(&format!("   {}", teller.work_state(&item.state)), room), style);
    let mut facts = Vec::new();
    if let Some(due) = item.due {
        let (urgency, left) = teller.countdown(due);
        if urgency != Urgency::Later {
            facts.push(part(left, theme.urgency(urgency), 9));
        }
        facts.push(part(say!(words, "outbox.due", time = teller.time(due)), theme.second(), 8));
    }
    if item.attempts > 0 {
        facts.push(part(say!(words, "outbox.attempts", n = item.attempts), theme.quiet(), 3));
    }
    let mut third = spread(facts, Vec::new(), "  ", room.saturating_sub(3));
    third.spans.insert(0, "   ".into());
    vec![what, state, third]
}
