//! The words of a query, and where each of them is in a text.

use std::ops::Range;

use super::fields::How;
use super::fold::{BLANK, folded};
use super::letters::Letters;
use crate::error::CoreError;

/// Characters that a query may have: as long as an address, and far longer than anybody types.
const LONGEST: usize = 100;
/// Words that a query may have.
const MOST: usize = 8;

/// How much of a number's end finds it.
const ENDING: std::ops::RangeInclusive<usize> = 4..=8;

/// A word of a query, folded; never empty, without blanks.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Term {
    chars: Vec<char>,
    /// What counts of it in a number.
    number: Vec<char>,
    /// It as an amount of money, without the sign of the currency; empty if it is none.
    amount: Vec<char>,
}

impl std::fmt::Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Term({} characters)", self.chars.len())
    }
}

/// The words of a query.
///
/// # Errors
/// [`CoreError::BadInput`] for a query without a word, of more than 100 characters, or of more than 8 words.
pub(crate) fn terms(query: &str) -> Result<Vec<Term>, CoreError> {
    let bad = |what: &str| Err(CoreError::BadInput { field: "text", what: what.to_owned() });
    if query.chars().nth(LONGEST).is_some() {
        return bad("search_too_long");
    }
    let folded = folded(query);
    let mut terms: Vec<Term> = Vec::new();
    for word in folded.split(|c| *c == BLANK).filter(|word| !word.is_empty()) {
        let number = word.iter().copied().filter(|c| counts(*c)).collect();
        let term = Term { chars: word.to_vec(), number, amount: amount(word).to_vec() };
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    match terms.len() {
        0 => bad("search_no_word"),
        n if n > MOST => bad("search_too_many_words"),
        _ => Ok(terms),
    }
}

/// The part of a word that is an amount: digits, at most one point among them, and at most two digits behind it.
fn amount(word: &[char]) -> &[char] {
    let word = word.strip_prefix(&['¥']).or_else(|| word.strip_prefix(&['￥'])).unwrap_or(word);
    let word = word.strip_suffix(&['元']).unwrap_or(word);
    let mut halves = word.splitn(2, |c| *c == '.');
    let (yuan, fen) = (halves.next().unwrap_or_default(), halves.next());
    let digits = |part: &[char]| part.iter().all(char::is_ascii_digit);
    let is_amount = !yuan.is_empty() && digits(yuan) && fen.is_none_or(|fen| matches!(fen.len(), 1 | 2) && digits(fen));
    if is_amount { word } else { &[] }
}

/// How an amount can be typed: each way with how much of the text it covers. Empty for a text that is no amount.
pub(super) fn ways_to_type(text: &[char]) -> Vec<(Vec<char>, Range<usize>)> {
    let Some(point) = text.iter().position(|c| *c == '.') else { return Vec::new() };
    let ends = point..text.len();
    // The point itself ends no amount: `12.` is not typed by anybody who stops there.
    let beginnings = ends.clone().filter(|end| *end != point + 1).chain([ends.end]);
    let mut ways: Vec<(Vec<char>, Range<usize>)> =
        beginnings.map(|end| (text.get(..end).unwrap_or_default().to_vec(), 0..end)).collect();
    ways.push((text.iter().copied().filter(char::is_ascii_digit).collect(), 0..text.len()));
    ways
}

/// Whether a folded character counts in a number.
pub(super) fn counts(c: char) -> bool {
    c.is_alphanumeric()
}

impl Term {
    pub(super) fn chars(&self) -> &[char] {
        &self.chars
    }

    pub(super) fn number(&self) -> &[char] {
        &self.number
    }

    pub(super) fn amount(&self) -> &[char] {
        &self.amount
    }

    /// It may be first letters.
    pub(super) fn is_letters(&self) -> bool {
        self.chars.iter().all(char::is_ascii_lowercase)
    }

    /// The first place in a folded text, in characters.
    pub(super) fn first_in(&self, how: How, text: &[char]) -> Option<Range<usize>> {
        self.every_in(how, text).next()
    }

    /// Every place in a folded text, in characters.
    pub(super) fn every_in(&self, how: How, text: &[char]) -> impl Iterator<Item = Range<usize>> {
        let found: Vec<Range<usize>> = match how {
            How::Part => places(text, self.chars.len(), |part| part == self.chars).collect(),
            How::Letters if self.is_letters() && self.chars.len() > 1 => {
                places(text, self.chars.len(), |part| self.reads(part)).collect()
            }
            How::LeadingLetters if self.is_letters() => text
                .get(..self.chars.len())
                .filter(|part| self.reads(part))
                .map(|part| 0..part.len())
                .into_iter()
                .collect(),
            How::Letters | How::LeadingLetters => Vec::new(),
            How::Ending => self.ending(text, false).into_iter().collect(),
            How::MaskedEnding => self.ending(text, true).into_iter().collect(),
            How::Amount if self.amount.is_empty() => Vec::new(),
            How::Amount => {
                ways_to_type(text).into_iter().filter(|(way, _)| *way == self.amount).map(|(_, range)| range).collect()
            }
        };
        found.into_iter()
    }

    fn reads(&self, part: &[char]) -> bool {
        part.iter().zip(&self.chars).all(|(c, letter)| Letters::of(*c).contains(*letter))
    }

    fn ending(&self, text: &[char], masked: bool) -> Option<Range<usize>> {
        // Most numbers end otherwise, and this is asked of every number that is looked at.
        if text.iter().rev().find(|c| counts(**c) || **c == '*') != self.number.last() {
            return None;
        }
        let numbered = text.iter().enumerate().filter(|(_, c)| counts(**c) || **c == '*');
        let (places, number): (Vec<usize>, Vec<char>) = numbered.unzip();
        let typed = &self.number;
        if typed.is_empty() {
            return None;
        }
        let from = number.len().checked_sub(typed.len())?;
        let end = number.get(from..)?;
        let last = |n: usize| end.len().saturating_sub(n);
        // Of a masked number the end at least has to be known, or stars alone would be anybody's number.
        let may_hide = masked && from == 0 && typed.len() > *ENDING.end();
        let known = last(*ENDING.start());
        let same = end
            .iter()
            .zip(typed)
            .enumerate()
            .all(|(at, (c, typed))| c == typed || (*c == '*' && may_hide && at < known && typed.is_ascii_digit()));
        let long_enough = from == 0 || ENDING.contains(&typed.len());
        (same && long_enough).then(|| places.get(from).copied().unwrap_or(0)..text.len())
    }
}

/// The places of a text at which a part of this length is right.
fn places(text: &[char], length: usize, right: impl Fn(&[char]) -> bool) -> impl Iterator<Item = Range<usize>> {
    text.windows(length).enumerate().filter(move |(_, part)| right(part)).map(move |(at, _)| at..at + length)
}
