//! The truth line: two facts that are never mixed. The dot and the wire say whether this device is connected, the beads and the
//! words at the right whether everything is delivered.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::ports::Link;

use super::states;
use crate::say;
use crate::tui::app::App;
use crate::tui::measure::{cells, part, spread};
use crate::tui::theme::Theme;
use crate::words::{Lang, Words};

/// Beads that are drawn; the rest is `+n`.
const MOST_BEADS: u32 = 5;

/// Lines of text above the wire. The same in all states of one width and language, so that nothing jumps.
pub(super) fn height(words: Words, room: usize) -> u16 {
    let longest = match words.lang() {
        Lang::Zh => 56,
        Lang::En => 84,
    };
    if room < longest { 2 } else { 1 }
}

pub(super) fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    let (left, right) = (connection(app, theme), delivery(app, theme));
    let mut lines: Vec<Line<'static>> = Vec::new();
    if height(app.words, usize::from(area.width)) == 1 {
        lines.push(spread(left, right, " · ", room));
    } else {
        lines.push(spread(left, Vec::new(), " · ", room));
        lines.push(spread(Vec::new(), right, " · ", room));
    }
    for line in &mut lines {
        line.spans.insert(0, Span::raw(" "));
    }
    lines.push(wire(app, theme, usize::from(area.width)));
    frame.render_widget(Paragraph::new(lines), area);
}

fn connection(app: &App, theme: &Theme) -> Vec<crate::tui::measure::Part> {
    let words = app.words;
    let sync = &app.facts.sync;
    let (dot, text) = if app.facts.link == Link::Offline {
        ("○", say!(words, "truth.offline_work"))
    } else if sync.trouble == Some("signed_out") {
        ("○", say!(words, "truth.signed_out"))
    } else if app.offline() {
        ("○", say!(words, "truth.relay_unreachable"))
    } else if app.facts.link == Link::Weak {
        ("◐", say!(words, "truth.weak"))
    } else if app.pulls() {
        ("●", format!("{} · {}", say!(words, "truth.online"), say!(words, "truth.syncing")))
    } else {
        ("●", say!(words, "truth.online"))
    };
    let dot_style = if dot == "○" { theme.second() } else { theme.indigo() };
    let mut parts = vec![part(format!("{dot} {text}"), dot_style, 9)];
    parts.extend(states::age(app, theme));
    parts
}

fn delivery(app: &App, theme: &Theme) -> Vec<crate::tui::measure::Part> {
    let words = app.words;
    let work = app.work();
    if work.all_delivered() {
        return vec![part(say!(words, "truth.all_delivered"), theme.second(), 9)];
    }
    let mut parts = Vec::new();
    if work.needs_action > 0 {
        parts.push(part(say!(words, "truth.needs_action", n = work.needs_action), theme.verm(), 9));
    }
    if work.unknown > 0 {
        parts.push(part(say!(words, "truth.unknown", n = work.unknown), theme.second(), 6));
    }
    if work.pending > 0 {
        let weight = if parts.is_empty() { 9 } else { 7 };
        parts.push(part(say!(words, "truth.pending", n = work.pending), theme.second(), weight));
    }
    parts
}

/// `▨─▨─────┤  ├─────`: beads from the left in the order need, unknown, saved; one solid bead at the right end when nothing waits.
fn wire(app: &App, theme: &Theme, width: usize) -> Line<'static> {
    let offline = app.offline();
    let (thread, style) = match app.facts.link {
        Link::Weak if !offline => ("╌", theme.line()),
        _ if offline => ("─", theme.line()),
        _ => ("─", theme.indigo()),
    };
    let mut beads: Vec<Span<'static>> = Vec::new();
    let work = app.work();
    let total = work.needs_action.saturating_add(work.unknown).saturating_add(work.pending);
    let kinds: [(u32, &str, Style); 3] = [
        (work.needs_action, "◆!", theme.verm()),
        (work.unknown, "◇?", theme.indigo()),
        (work.pending, "▨", theme.indigo()),
    ];
    let mut drawn = 0;
    for (count, bead, bead_style) in kinds {
        for _ in 0..count {
            if drawn == MOST_BEADS {
                break;
            }
            drawn += 1;
            beads.push(Span::styled(thread, style));
            beads.push(Span::styled(bead, bead_style));
        }
    }
    if total > drawn {
        beads.push(Span::styled(format!("{thread}+{}", total - drawn), theme.indigo()));
    }
    let used: usize = beads.iter().map(|span| cells(&span.content)).sum();
    let rest = width.saturating_sub(used);
    if offline {
        // Cut at 56 % of the width: 4 cells, two posts and the gap.
        let left = (width * 56 / 100).saturating_sub(used);
        let right = rest.saturating_sub(left + 4);
        beads.push(Span::styled(thread.repeat(left), style));
        beads.push(Span::styled("┤  ├", style));
        beads.push(Span::styled(thread.repeat(right), style));
    } else if total == 0 {
        beads.push(Span::styled(thread.repeat(rest.saturating_sub(3)), style));
        beads.push(Span::styled("●", theme.indigo()));
        beads.push(Span::styled(thread.repeat(2), style));
    } else {
        beads.push(Span::styled(thread.repeat(rest), style));
    }
    Line::from(beads)
}
