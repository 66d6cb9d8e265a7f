//! [`Found`]: where the words of a search stand in one order, brought to what the screen shows of it.
//!
//! The core names places in whole fields; a row shows a field among others, tamed, cut, or only by its end. So a field is looked for in the
//! text that shows it, and its marks go with it. What the row could not show, wholly and marked, is told in lines of its own: nobody has to
//! guess why an order was found.

use std::ops::Range;

use ratatui::text::{Line, Span};
use shopkeeper_core::orders::{Field, Highlight};

use crate::phrase::search_field_key;
use crate::say;
use crate::tui::measure::{Part, cells, fit, part, tame};
use crate::tui::theme::Theme;
use crate::words::Words;

/// Lines that one order takes for what its row does not show.
const BESIDE: usize = 2;

/// See the module.
pub(super) struct Found<'a> {
    highlights: &'a [Highlight],
}

impl Found<'static> {
    /// Nothing was searched for.
    pub(super) const NONE: Self = Self { highlights: &[] };
}

impl<'a> Found<'a> {
    pub(super) fn new(highlights: &'a [Highlight]) -> Self {
        Self { highlights }
    }

    /// Marks a part that shows these fields, one after the other and whole.
    pub(super) fn mark(&self, part: Part, fields: &[Field], theme: &Theme) -> Part {
        self.mark_in_order(part, fields.iter().flat_map(|field| self.of(*field)), theme)
    }

    /// Marks a part that shows the lines of an order, each with its title and its specification.
    pub(super) fn mark_lines(&self, part: Part, theme: &Theme) -> Part {
        let mut lines: Vec<&Highlight> = self.of(Field::Product).chain(self.of(Field::Sku)).collect();
        lines.sort_by_key(|highlight| (highlight.at, highlight.field));
        self.mark_in_order(part, lines.into_iter(), theme)
    }

    /// Marks a part that shows the end of a field.
    pub(super) fn mark_end(&self, part: Part, field: Field, theme: &Theme) -> Part {
        let Some((text, ranges)) = self.of(field).next().map(tamed) else { return part };
        let shown: usize = part
            .text
            .chars()
            .rev()
            .zip(text.chars().rev())
            .take_while(|(a, b)| a == b)
            .map(|(c, _)| c.len_utf8())
            .sum();
        let (hidden, begins) = (text.len() - shown, part.text.len() - shown);
        let marks = ranges.into_iter().filter(|range| range.end > hidden);
        let marks =
            marks.map(|range| begins + range.start.saturating_sub(hidden)..begins + range.end - hidden).collect();
        part.marked(marks, theme.found())
    }

    /// What the lines of a row do not show, each with the name of its field.
    pub(super) fn beside(&self, row: &[Line<'_>], words: Words, theme: &Theme, room: usize) -> Vec<Line<'static>> {
        let loud = theme.found();
        let marked: Vec<&str> = row
            .iter()
            .flat_map(|line| &line.spans)
            .filter(|span| span.style.add_modifier.contains(loud.add_modifier))
            .map(|span| span.content.as_ref())
            .collect();
        let is_shown = |(text, ranges): &(String, Vec<Range<usize>>)| {
            ranges.iter().filter_map(|range| text.get(range.clone())).all(|fragment| marked.contains(&fragment))
        };
        let hidden = self.highlights.iter().map(|highlight| (highlight.field, tamed(highlight)));
        let hidden = hidden.filter(|(field, shown)| is_never_shown(*field) || !is_shown(shown)).take(BESIDE);
        hidden
            .map(|(field, (text, ranges))| {
                let name = say!(words, "search.found_in", field = say!(words, search_field_key(field)));
                let name = fit(&name, room / 2);
                let left = room.saturating_sub(cells(&name) + 2);
                let mut spans = vec![Span::styled(name, theme.quiet()), Span::raw("  ")];
                spans.extend(excerpt(&text, &ranges, left, theme).spans());
                Line::from(spans)
            })
            .collect()
    }

    fn of(&self, field: Field) -> impl Iterator<Item = &'a Highlight> + use<'a> {
        self.highlights.iter().filter(move |highlight| highlight.field == field)
    }

    fn mark_in_order(&self, part: Part, fields: impl Iterator<Item = &'a Highlight>, theme: &Theme) -> Part {
        let mut marks = Vec::new();
        let mut from = 0;
        for (text, ranges) in fields.map(tamed) {
            if let Some(at) = part.text.get(from..).and_then(|rest| rest.find(&text)).map(|at| from + at) {
                marks.extend(ranges.into_iter().map(|range| at + range.start..at + range.end));
                from = at + text.len();
            }
        }
        part.marked(marks, theme.found())
    }
}

/// Whether no row shows the field; of the others one looks whether it had room.
const fn is_never_shown(field: Field) -> bool {
    matches!(field, Field::Waybill | Field::Phone | Field::SkuCode)
}

/// A field as a screen may show it, and the places in that.
fn tamed(highlight: &Highlight) -> (String, Vec<Range<usize>>) {
    let length = |until: usize| highlight.text.get(..until).map_or(0, |text| tame(text).len());
    let ranges = highlight.ranges.iter().map(|range| length(range.start)..length(range.end)).collect();
    (tame(&highlight.text), ranges)
}

/// The stretch of a long text in which the first mark stands, with a third of the room before it.
fn excerpt(text: &str, ranges: &[Range<usize>], room: usize, theme: &Theme) -> Part {
    let first = ranges.first().map_or(0, |range| range.start);
    let mut begin = 0;
    if cells(text) > room {
        let mut used = 0;
        for (at, c) in text.get(..first).unwrap_or_default().char_indices().rev() {
            used += cells(c.encode_utf8(&mut [0; 4]));
            if used > room / 3 {
                break;
            }
            begin = at;
        }
        if used <= room / 3 {
            begin = 0;
        }
    }
    let ahead = if begin > 0 { "…" } else { "" };
    let shift = |at: usize| at.saturating_sub(begin) + ahead.len();
    let marks = ranges.iter().map(|range| shift(range.start)..shift(range.end)).collect();
    let shown = format!("{ahead}{}", text.get(begin..).unwrap_or_default());
    part(shown, theme.ink(), 9).marked(marks, theme.found()).fit(room)
}
