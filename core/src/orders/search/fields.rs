//! What a search looks at: the table of fields, and the fields of one order.

use std::ops::Range;

use serde::Serialize;

use super::terms::Term;

/// A field of an order that a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Number,
    /// Of a parcel, also of one that is only typed.
    Waybill,
    /// As the source masks it.
    Phone,
    /// Title of a line.
    Product,
    /// Specification of a line.
    Sku,
    /// The shop's own code of a line.
    SkuCode,
    /// As the source masks it.
    Buyer,
    Province,
    City,
    BuyerNote,
    /// The note at the platform, or what is queued to replace it.
    PlatformNote,
    /// The note on this phone.
    PrivateNote,
    /// What the buyer pays for the whole order, as `1280.50`.
    Amount,
    /// What the query calls the flag that is on the order, on this phone.
    Flag,
}

/// How a word of a query can be in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Any part of the text that has no blank in it.
    Part,
    /// The whole number or its last 4 to 8 characters; only letters and digits count.
    Ending,
    /// The same, and the whole number also where the source hid the middle of it: a star is any digit.
    MaskedEnding,
    /// Two first letters or more, in the order of the text.
    Letters,
    /// The first letters from the beginning of the text, one or more: of a masked name nothing but the beginning is there.
    LeadingLetters,
    /// The whole yuan, the beginning of the amount up to a digit behind its point, or all its digits without the point; a sign of the
    /// currency on either side does not count.
    Amount,
}

/// THE table: which field matches how. The index is built by it, queries are, and what was found is checked by it; the tests compare all
/// of that with a plain walk over this same table.
pub(crate) const TABLE: &[(Field, &[How])] = &[
    (Field::Number, &[How::Ending]),
    (Field::Waybill, &[How::Ending]),
    (Field::Phone, &[How::MaskedEnding]),
    (Field::Product, &[How::Part, How::Letters]),
    (Field::Sku, &[How::Part]),
    (Field::SkuCode, &[How::Part]),
    (Field::Buyer, &[How::Part, How::LeadingLetters]),
    (Field::Province, &[How::Part]),
    (Field::City, &[How::Part]),
    (Field::BuyerNote, &[How::Part]),
    (Field::PlatformNote, &[How::Part]),
    (Field::PrivateNote, &[How::Part]),
    (Field::Amount, &[How::Amount]),
    (Field::Flag, &[How::Part, How::Letters]),
];

impl Field {
    pub(crate) fn ways(self) -> &'static [How] {
        TABLE.iter().find(|(field, _)| *field == self).map_or(&[], |(_, ways)| ways)
    }

    /// Whether a word of a query is in a folded text of it.
    pub(super) fn has(self, folded: &[char], term: &Term) -> bool {
        self.ways().iter().any(|how| term.first_in(*how, folded).is_some())
    }
}

/// One field of one order. Personal data: never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) field: Field,
    /// Which of several: the place of the line or of the parcel, else 0.
    pub(crate) at: u32,
    pub(crate) text: String,
    folded: Vec<char>,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:?})", self.field)
    }
}

impl Value {
    pub(crate) fn new(field: Field, at: u32, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { field, at, folded: super::fold::folded(&text), text }
    }

    pub(super) fn folded(&self) -> &[char] {
        &self.folded
    }

    /// Whether a word of a query is in it.
    pub(crate) fn has(&self, term: &Term) -> bool {
        self.field.has(&self.folded, term)
    }

    /// Where the words of a query are in it, in bytes of its text, ordered and apart from one another.
    fn ranges(&self, terms: &[Term]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for term in terms {
            for how in self.field.ways() {
                found.extend(term.every_in(*how, &self.folded));
            }
        }
        // Most fields of an order have no word of the query.
        if found.is_empty() {
            return found;
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in found {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        let ends: Vec<usize> = self.text.char_indices().map(|(at, _)| at).chain([self.text.len()]).collect();
        let byte = |at: usize| ends.get(at).copied().unwrap_or(self.text.len());
        apart.into_iter().map(|range| byte(range.start)..byte(range.end)).collect()
    }
}

/// Where the words of a query stand in a field.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Highlight {
    pub field: Field,
    /// Which of several: the place of the line or of the parcel, else 0.
    pub at: u32,
    /// The whole field.
    pub text: String,
    /// Bytes of `text`, on the borders of characters, ordered and apart from one another.
    pub ranges: Vec<Range<usize>>,
}

impl std::fmt::Debug for Highlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Highlight({:?}, {:?})", self.field, self.ranges)
    }
}

/// Whether each word of a query is in some field.
pub(crate) fn has_all(values: &[Value], terms: &[Term]) -> bool {
    terms.iter().all(|term| values.iter().any(|value| value.has(term)))
}

/// Where the words stand, field by field in the order of the table.
pub(crate) fn highlights(mut values: Vec<Value>, terms: &[Term]) -> Vec<Highlight> {
    values.sort_by_key(|value| (value.field, value.at));
    let shown = values.into_iter().map(|value| {
        let ranges = value.ranges(terms);
        Highlight { field: value.field, at: value.at, text: value.text, ranges }
    });
    shown.filter(|highlight| !highlight.ranges.is_empty()).collect()
}
