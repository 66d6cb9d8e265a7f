//! Text in cells: a Chinese character is two wide, and nothing is ever cut through the middle of one.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cells that a text takes.
#[must_use]
pub fn cells(text: &str) -> usize {
    text.width()
}

/// Text from outside (a buyer's words, a product's title) on one line: control characters, line ends included, become spaces, so that
/// no remark can move the cursor or forge a line.
#[must_use]
pub fn tame(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}') { ' ' } else { c })
        .collect()
}

/// At most `room` cells; what is cut ends in `…`.
#[must_use]
pub fn fit(text: &str, room: usize) -> String {
    if cells(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        out.push(c);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

/// Filled up with spaces to `room` cells.
#[must_use]
pub fn pad(text: &str, room: usize) -> String {
    let mut text = fit(text, room);
    let missing = room.saturating_sub(cells(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// Lines of at most `room` cells. Latin words, numbers and times stay whole; Chinese breaks anywhere except before closing marks.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let width = cells(&piece);
        if cells(&line) + width > room && !line.is_empty() {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        if line.is_empty() && piece.trim().is_empty() {
            continue;
        }
        if width <= room {
            line.push_str(&piece);
            continue;
        }
        // One word longer than a line: it has to break somewhere.
        for c in piece.chars() {
            if cells(&line) + c.width().unwrap_or(0) > room {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.trim().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// What may not be parted.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for c in text.chars() {
        let wide = c.width().unwrap_or(0) > 1;
        let closing = matches!(c, '，' | '。' | '；' | '：' | '、' | '！' | '？' | '）' | '」' | '”' | '…');
        let joins = pieces.last().and_then(|piece| piece.chars().last()).is_some_and(|before| {
            closing
                || (!wide && c != ' ' && before != ' ' && before.width().unwrap_or(0) <= 1)
                || matches!(before, '（' | '「' | '“')
        });
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// A part of a line that can go when room is short: the lowest weight goes first, weight 9 never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    pub style: Style,
    pub weight: u8,
    /// Stretches of the text, in bytes, that stand out; ordered and apart from one another.
    marks: Vec<Range<usize>>,
    mark_style: Style,
}

/// A part of a line.
#[must_use]
pub fn part(text: impl Into<String>, style: Style, weight: u8) -> Part {
    Part { text: text.into(), style, weight, marks: Vec::new(), mark_style: Style::new() }
}

impl Part {
    /// Has stretches stand out: bytes of the text, on the borders of characters, ordered and apart from one another.
    #[must_use]
    pub fn marked(mut self, marks: Vec<Range<usize>>, style: Style) -> Self {
        self.marks = marks;
        self.mark_style = style;
        self
    }

    /// At most `room` cells; a mark that is cut stands out as far as it is there.
    #[must_use]
    pub fn fit(mut self, room: usize) -> Self {
        let fitting = fit(&self.text, room);
        if fitting != self.text {
            let kept = fitting.strip_suffix('…').map_or(0, str::len);
            self.marks.retain_mut(|mark| {
                mark.end = mark.end.min(kept);
                mark.start < mark.end
            });
            self.text = fitting;
        }
        self
    }

    /// As spans of a line, for what places its parts itself.
    #[must_use]
    pub fn spans(self) -> Vec<Span<'static>> {
        let mut spans = Vec::with_capacity(self.marks.len() * 2 + 1);
        let mut from = 0;
        let mut take = |range: Range<usize>, style: Style| {
            if let Some(text) = self.text.get(range).filter(|text| !text.is_empty()) {
                spans.push(Span::styled(text.to_owned(), style));
            }
        };
        for mark in &self.marks {
            take(from..mark.start, self.style);
            take(mark.clone(), self.style.patch(self.mark_style));
            from = mark.end;
        }
        take(from..self.text.len(), self.style);
        spans
    }
}

/// Parts with `between` among those of the left, and those of the right at the right end; the least important are left out until
/// the rest fits. When nothing more may go, the longest of the left is shortened, and the longest of the right by what is still too much.
#[must_use]
pub fn spread(mut left: Vec<Part>, mut right: Vec<Part>, between: &str, room: usize) -> Line<'static> {
    left.retain(|part| !part.text.is_empty());
    right.retain(|part| !part.text.is_empty());
    let side = |parts: &[Part]| {
        parts.iter().map(|part| cells(&part.text)).sum::<usize>() + parts.len().saturating_sub(1) * cells(between)
    };
    let gap = |left: &[Part], right: &[Part]| usize::from(!left.is_empty() && !right.is_empty());
    while side(&left) + gap(&left, &right) + side(&right) > room {
        let lightest = left.iter().chain(&right).map(|part| part.weight).min().unwrap_or(9);
        if lightest < 9 {
            // Of equals the last goes: what stands first was put first for a reason.
            match right.iter().rposition(|part| part.weight == lightest) {
                Some(at) => drop(right.remove(at)),
                None => {
                    if let Some(at) = left.iter().rposition(|part| part.weight == lightest) {
                        left.remove(at);
                    }
                }
            }
            continue;
        }
        let excess = |left: &[Part], right: &[Part]| (side(left) + gap(left, right) + side(right)).saturating_sub(room);
        let too_much = excess(&left, &right);
        shorten(&mut left, too_much);
        let too_much = excess(&left, &right);
        shorten(&mut right, too_much);
        break;
    }
    let space = room.saturating_sub(side(&left) + side(&right));
    let mut spans = joined(left, between);
    if !right.is_empty() {
        spans.push(Span::raw(" ".repeat(space)));
        spans.extend(joined(right, between));
    }
    Line::from(spans)
}

/// Takes `excess` cells from the longest part, as far as it has them; a part of which nothing is left goes.
fn shorten(parts: &mut Vec<Part>, excess: usize) {
    if let Some(longest) = parts.iter_mut().max_by_key(|part| cells(&part.text)).filter(|_| excess > 0) {
        let width = cells(&longest.text);
        *longest = longest.clone().fit(width.saturating_sub(excess));
    }
    parts.retain(|part| !part.text.is_empty());
}

fn joined(parts: Vec<Part>, between: &str) -> Vec<Span<'static>> {
    let mut spans = Vec::with_capacity(parts.len() * 2);
    for part in parts {
        if !spans.is_empty() {
            spans.push(Span::raw(between.to_owned()));
        }
        spans.extend(part.spans());
    }
    spans
}

/// Parts in reading order with two spaces between them, on as many lines as they need.
#[must_use]
pub fn flow(parts: Vec<Part>, room: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Vec<Span<'static>>> = Vec::new();
    let mut used = 0;
    for part in parts.into_iter().filter(|part| !part.text.is_empty()) {
        let part = part.fit(room);
        let width = cells(&part.text);
        match lines.last_mut() {
            Some(line) if used + 2 + width <= room => {
                line.push(Span::raw("  "));
                line.extend(part.spans());
                used += 2 + width;
            }
            _ => {
                lines.push(part.spans());
                used = width;
            }
        }
    }
    lines.into_iter().map(Line::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_cut_through_a_wide_character() {
        assert_eq!(fit("桂花乌龙", 8), "桂花乌龙");
        assert_eq!(fit("桂花乌龙", 7), "桂花乌…");
        assert_eq!(fit("桂花乌龙", 6), "桂花…");
        assert_eq!(fit("桂", 1), "…");
        assert_eq!(fit("桂", 0), "");
        assert_eq!(pad("桂…", 5), "桂…  ");
    }

    #[test]
    fn wrapped_lines_fit_and_keep_numbers_whole() {
        let text = "最晚 2026/9/14 16:05 前送达平台，不处理可能判延迟发货（按规则估算）。";
        for room in [6, 11, 20, 60] {
            let lines = wrap(text, room);
            assert!(lines.iter().all(|line| cells(line) <= room), "{room}: {lines:?}");
            if room >= 11 {
                assert!(lines.iter().any(|line| line.contains("2026/9/14")), "{room}: {lines:?}");
            }
            assert!(!lines.iter().any(|line| line.starts_with(['，', '。', '）'])) || room < 11, "{room}: {lines:?}");
        }
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn the_least_important_part_goes_first() {
        let parts = || {
            let plain = Style::new();
            (
                vec![part("! 2时50分", plain, 9), part("#…4821", plain, 9), part("付款 昨天 16:20", plain, 1)],
                vec![part("红", plain, 9)],
            )
        };
        let text = |room| {
            let (left, right) = parts();
            spread(left, right, " ", room).to_string()
        };
        assert_eq!(text(40), "! 2时50分 #…4821 付款 昨天 16:20      红");
        assert_eq!(text(24), "! 2时50分 #…4821      红");
        assert!(cells(&text(10)) <= 10);
    }

    #[test]
    fn what_may_not_go_is_cut_with_a_sign_at_either_end() {
        let line = |said: &str, standing: &str, room| {
            let side = |text| vec![part(text, Style::new(), 9)];
            spread(side(said), side(standing), "  ", room).to_string()
        };
        assert_eq!(line("Buyer: red box", "! Not delivered", 24), "Buyer: … ! Not delivered");
        assert_eq!(line("Buyer: red box", "! Not delivered", 10), "! Not del…");
        assert_eq!(line("", "! Not delivered", 8), "! Not d…");
        assert_eq!(line("", "没送达：地址", 8), " 没送达…");
    }

    #[test]
    fn a_mark_stands_out_as_far_as_it_fits() {
        let loud = Style::new().bold();
        let marked = |room| {
            let part = part("要红盒装", Style::new(), 9).marked(std::iter::once(3..9).collect(), loud).fit(room);
            part.spans().into_iter().map(|span| (span.content.into_owned(), span.style == loud)).collect::<Vec<_>>()
        };
        let piece = |text: &str, is_loud| (text.to_owned(), is_loud);
        assert_eq!(marked(8), [piece("要", false), piece("红盒", true), piece("装", false)]);
        assert_eq!(marked(5), [piece("要", false), piece("红", true), piece("…", false)]);
        assert_eq!(marked(3), [piece("要…", false)]);
    }

    #[test]
    fn a_buyers_words_cannot_steer_the_terminal() {
        assert_eq!(tame("a\u{1b}[2Jb\nc\u{202e}d"), "a [2Jb c d");
    }
}
