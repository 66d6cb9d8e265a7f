//! The index of texts: which tokens an order has, and which a query asks for.
//!
//! **Parts.** Of a text the index has each character and each pair of neighbours; of a run of Latin letters and digits also each three and
//! each four of it, for of those there are so few different pairs that any two of them are in thousands of orders. A word of a query asks
//! for its own tokens, the longest that there are. So any part of a text is found, whatever its language.
//!
//! **Endings.** A number has one token, its last four characters. What is typed of it is longer and is checked after it was found.
//!
//! **Letters.** The pairs of first letters stand apart from the texts, with a mark in front; a query asks for its pairs.
//!
//! **Amounts.** Each way to type one is a token of its own.
//!
//! **Flags.** A flag is a token of its own, by its number and not by a name: names come with the query.
//!
//! **No positions.** The index knows that a token is in an order, not where: whether the pairs of a word stand in one row is seen when the
//! order is read, as everything is. A phrase would have FTS5 read the positions of every order that has a common pair before it can say
//! that none has them all in a row, which takes ten times as long as to ask for the pairs and to read what has them; and without
//! positions a token for each character costs no more room than the positions did, where to gather all pairs that begin with a character
//! took as long as half a second in a large shop.
//!
//! **Loosely first.** Each code of a shop has the same dash, so the pairs with it are in every other order, and FTS5 goes through all of those.
//! A word with other tokens asks without such pairs, and only where too much of what that finds is wrong with them.
//!
//! So the index finds whatever the table of fields matches, and sometimes more; [`has_all`](super::fields::has_all) has the last word.
//!
//! **Why no tokenizer of our own inside FTS5.** It would have to be registered through C, and this crate forbids `unsafe`. The tokens are
//! made here instead and handed over as words between blanks; FTS5's `ascii` takes everything beyond ASCII for a letter, so what it
//! would take for something else (punctuation) is moved out of ASCII first.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Field, How, Value};
use super::fold::BLANK;
use super::letters::Letters;
use super::terms::{Term, counts, ways_to_type};
use crate::orders::Flag;

/// In front of the last characters of a number.
const ENDING: char = '\u{E101}';
/// In front of a pair of first letters.
const LETTERS: char = '\u{E102}';
/// In front of the one or two letters that a text begins with.
const LEADING: char = '\u{E103}';
/// In front of a way to type an amount.
const AMOUNT: char = '\u{E104}';

/// In front of the number of a flag.
const FLAG: char = '\u{E105}';

/// How many characters of a number are its token.
const ENDING_LENGTH: usize = 4;

/// The lengths of the tokens of any text, and those of a run of Latin letters and digits.
const GRAMS: [usize; 2] = [1, 2];
const LATIN_GRAMS: [usize; 2] = [3, 4];

/// The text that is indexed for an order: tokens between blanks, some of them more than once.
pub(crate) fn indexed(values: &[Value], flag: Option<Flag>) -> String {
    let mut text = String::new();
    for value in values {
        for how in value.field.ways() {
            match how {
                How::Part => parts(value.folded(), &mut text),
                How::Ending | How::MaskedEnding => {
                    let number: Vec<char> =
                        value.folded().iter().copied().filter(|c| counts(*c) || *c == '*').collect();
                    if !number.is_empty() {
                        token([ENDING].iter().chain(end_of(&number)), &mut text);
                    }
                }
                How::Letters => pairs_of_letters(value.folded(), &mut text),
                How::LeadingLetters => leading_letters(value.folded(), &mut text),
                How::Amount => {
                    for (way, _) in ways_to_type(value.folded()) {
                        token([AMOUNT].iter().chain(&way), &mut text);
                    }
                }
            }
        }
    }
    if let Some(flag) = flag {
        token(&flag_token(flag), &mut text);
    }
    text
}

/// What FTS5 is asked for. Each finds whatever the table of fields matches.
pub(crate) struct Asked {
    /// Without the pairs that say next to nothing: what it finds is nearly always right.
    pub(crate) loosely: String,
    /// With them, where too much of that is wrong.
    pub(crate) firmly: String,
}

/// By words and by what the query calls flags.
pub(crate) fn asked(terms: &[Term], flag_names: &BTreeMap<Flag, String>) -> Asked {
    let named: Vec<(Flag, Value)> =
        flag_names.iter().map(|(flag, name)| (*flag, Value::new(Field::Flag, 0, name))).collect();
    let [loosely, firmly] = [Grip::Loose, Grip::Firm].map(|grip| {
        let each: Vec<String> = terms.iter().map(|term| asked_of(term, &named, grip)).collect();
        each.join(" AND ")
    });
    Asked { loosely, firmly }
}

/// Which of its tokens are asked of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grip {
    Loose,
    Firm,
}

fn asked_of(term: &Term, named: &[(Flag, Value)], grip: Grip) -> String {
    let chars = term.chars();
    let mut ways = vec![all(parts_of(chars, grip))];
    if !term.number().is_empty() {
        ways.push(all([quoted([ENDING].iter().chain(end_of(term.number())))]));
    }
    if !term.amount().is_empty() {
        ways.push(all([quoted([AMOUNT].iter().chain(term.amount()))]));
    }
    if term.is_letters() {
        if chars.len() > 1 {
            ways.push(all(chars.windows(2).map(|pair| quoted([LETTERS].iter().chain(pair)))));
        }
        ways.push(all([quoted([LEADING].iter().chain(chars.iter().take(2)))]));
    }
    let flags = named.iter().filter(|(_, name)| name.has(term));
    ways.extend(flags.map(|(flag, _)| quoted(&flag_token(*flag))));
    format!("({})", ways.join(" OR "))
}

/// A flag, by its place among all.
fn flag_token(flag: Flag) -> [char; 2] {
    let place = Flag::EVERY.iter().position(|other| *other == flag).unwrap_or_default();
    [FLAG, u32::try_from(place).ok().and_then(|place| char::from_digit(place, 10)).unwrap_or('0')]
}

/// The tokens of a word that is part of a text; never none.
fn parts_of(word: &[char], grip: Grip) -> Vec<String> {
    let [single, pair] = GRAMS;
    let [least, most] = LATIN_GRAMS;
    if word.len() == single {
        return vec![quoted(word)];
    }
    let mut tokens = Vec::new();
    for run in word.split(|c| !is_latin(*c)).filter(|run| run.len() >= least) {
        tokens.extend(run.windows(run.len().min(most)).map(quoted));
    }
    // Within a run its longer tokens say more, and the pairs are in every other order.
    let in_run = |at: usize| word.get(at..at + least).is_some_and(|gram| gram.iter().all(|c| is_latin(*c)));
    let covered = |at: usize| in_run(at) || at.checked_sub(1).is_some_and(in_run);
    let pairs = || word.windows(pair).enumerate().filter(|(at, _)| !covered(*at)).map(|(_, pair)| pair);
    let says_much = |pair: &&[char]| grip == Grip::Firm || pair.iter().all(|c| c.is_alphanumeric());
    tokens.extend(pairs().filter(says_much).map(quoted));
    if tokens.is_empty() {
        tokens.extend(pairs().map(quoted));
    }
    tokens
}

fn all(tokens: impl IntoIterator<Item = String>) -> String {
    let tokens: BTreeSet<String> = tokens.into_iter().collect();
    format!("({})", tokens.into_iter().collect::<Vec<_>>().join(" AND "))
}

fn quoted<'a>(chars: impl IntoIterator<Item = &'a char>) -> String {
    let chars: String = chars.into_iter().copied().map(encoded).collect();
    format!("\"{chars}\"")
}

fn token<'a>(chars: impl IntoIterator<Item = &'a char>, into: &mut String) {
    into.extend(chars.into_iter().copied().map(encoded));
    into.push(' ');
}

fn parts(text: &[char], into: &mut String) {
    for piece in text.split(|c| *c == BLANK) {
        for length in GRAMS {
            piece.windows(length).for_each(|gram| token(gram, into));
        }
        for run in piece.split(|c| !is_latin(*c)) {
            for length in LATIN_GRAMS {
                run.windows(length).for_each(|gram| token(gram, into));
            }
        }
    }
}

const fn is_latin(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// The characters of a number that are its token.
fn end_of(number: &[char]) -> &[char] {
    number.get(number.len().saturating_sub(ENDING_LENGTH)..).unwrap_or_default()
}

fn pairs_of_letters(text: &[char], into: &mut String) {
    for pair in text.windows(2) {
        let [first, second] = [pair.first(), pair.last()].map(|c| c.map_or_else(Letters::default, |c| Letters::of(*c)));
        for (a, b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))) {
            token(&[LETTERS, a, b], into);
        }
    }
}

fn leading_letters(text: &[char], into: &mut String) {
    let letters = |at: usize| text.get(at).map_or_else(Letters::default, |c| Letters::of(*c));
    for a in letters(0).iter() {
        token(&[LEADING, a], into);
        for b in letters(1).iter() {
            token(&[LEADING, a, b], into);
        }
    }
}

/// A folded character as FTS5 takes it for part of a word.
fn encoded(c: char) -> char {
    if c.is_ascii() && !c.is_ascii_alphanumeric() { char::from_u32(0xE000 + u32::from(c)).unwrap_or(c) } else { c }
}
