//! The index of texts: which tokens an order has, and which a query asks for.
//!
//! **Parts.** A text is its overlapping pairs of characters and then the last character alone: 桂花茶 is `桂花 花茶 茶`. A word of a
//! query is a phrase of pairs; a single character is the beginning of a pair. So any part of a text is found, whatever its language,
//! and no phrase goes from one field into the next, because the single last character stands in between.
//!
//! **Endings.** A number has one token, its last four characters. What is typed of it is longer and is checked after it was found.
//!
//! **Letters.** The pairs of first letters stand apart from the texts, each once, with a mark in front; a query asks for all of its pairs,
//! and their order is checked after it was found.
//!
//! So the index finds whatever the table of fields matches, and sometimes more; [`has_all`](super::fields::has_all) has the last word.
//!
//! **Why no tokenizer of our own inside FTS5.** It would have to be registered through C, and this crate forbids `unsafe`. The tokens are
//! made here instead and handed over as words between blanks; FTS5's `ascii` takes everything beyond ASCII for a letter, so what it
//! would take for something else (punctuation) is moved out of ASCII first.

use std::collections::BTreeSet;

use super::fields::{How, Value};
use super::fold::BLANK;
use super::letters::Letters;
use super::terms::{Term, counts};

/// In front of the last characters of a number.
const ENDING: char = '\u{E101}';
/// In front of a pair of first letters.
const LETTERS: char = '\u{E102}';
/// In front of the one or two letters that a text begins with.
const LEADING: char = '\u{E103}';

/// How many characters of a number are its token.
const ENDING_LENGTH: usize = 4;

/// The text that is indexed for an order.
pub(crate) fn indexed(values: &[Value]) -> String {
    let mut text = String::new();
    let mut marked = BTreeSet::new();
    for value in values {
        for how in value.field.ways() {
            match how {
                How::Part => parts(value.folded(), &mut text),
                How::Ending | How::MaskedEnding => {
                    let number: Vec<char> =
                        value.folded().iter().copied().filter(|c| counts(*c) || *c == '*').collect();
                    if !number.is_empty() {
                        marked.insert(ending(&number));
                    }
                }
                How::Letters => pairs_of_letters(value.folded(), &mut marked),
                How::LeadingLetters => leading_letters(value.folded(), &mut marked),
            }
        }
    }
    for token in marked {
        text.push_str(&token);
        text.push(' ');
    }
    text
}

/// What FTS5 is asked for.
pub(crate) fn asked(terms: &[Term]) -> String {
    let each: Vec<String> = terms.iter().map(asked_of).collect();
    each.join(" AND ")
}

fn asked_of(term: &Term) -> String {
    let chars = term.chars();
    let mut ways = Vec::new();
    ways.push(match chars {
        [one] => format!("\"{}\" *", encoded(*one)),
        many => {
            let pairs: Vec<String> = many.windows(2).map(|pair| pair.iter().copied().map(encoded).collect()).collect();
            format!("\"{}\"", pairs.join(" "))
        }
    });
    if !term.number().is_empty() {
        ways.push(format!("\"{}\"", ending(term.number())));
    }
    if term.is_letters() {
        if chars.len() > 1 {
            let pairs: BTreeSet<String> =
                chars.windows(2).map(|pair| format!("\"{LETTERS}{}\"", pair.iter().collect::<String>())).collect();
            ways.push(format!("({})", pairs.into_iter().collect::<Vec<_>>().join(" AND ")));
        }
        let leading: String = chars.iter().take(2).collect();
        ways.push(format!("\"{LEADING}{leading}\""));
    }
    format!("({})", ways.join(" OR "))
}

fn parts(text: &[char], into: &mut String) {
    for piece in text.split(|c| *c == BLANK) {
        for (at, c) in piece.iter().enumerate() {
            into.push(encoded(*c));
            if let Some(next) = piece.get(at + 1) {
                into.push(encoded(*next));
            }
            into.push(' ');
        }
    }
}

fn ending(number: &[char]) -> String {
    let from = number.len().saturating_sub(ENDING_LENGTH);
    let end = number.get(from..).unwrap_or_default();
    std::iter::once(ENDING).chain(end.iter().copied().map(encoded)).collect()
}

fn pairs_of_letters(text: &[char], into: &mut BTreeSet<String>) {
    for pair in text.windows(2) {
        let [first, second] = [pair.first(), pair.last()].map(|c| c.map_or_else(Letters::default, |c| Letters::of(*c)));
        for (a, b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))) {
            into.insert([LETTERS, a, b].into_iter().collect());
        }
    }
}

fn leading_letters(text: &[char], into: &mut BTreeSet<String>) {
    let letters = |at: usize| text.get(at).map_or_else(Letters::default, |c| Letters::of(*c));
    for a in letters(0).iter() {
        into.insert([LEADING, a].into_iter().collect());
        for b in letters(1).iter() {
            into.insert([LEADING, a, b].into_iter().collect());
        }
    }
}

/// A folded character as FTS5 takes it for part of a word.
fn encoded(c: char) -> char {
    if c.is_ascii() && !c.is_ascii_alphanumeric() { char::from_u32(0xE000 + u32::from(c)).unwrap_or(c) } else { c }
}
