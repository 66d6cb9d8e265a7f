//! Queries drawn from the orders themselves, as many of each field, each way of matching and each length.

use super::audit::Texts;
use super::fields::{Field, How, TABLE, Value};
use super::fold::BLANK;
use super::letters::Letters;
use super::terms::{counts, ways_to_type};

/// The longest word that is drawn, and so the number of strata of a way.
const LONGEST: usize = 8;
/// Orders that are looked at for one that has the field.
const TRIES: usize = 64;

/// SplitMix64: small, specified, and the same in every build, so that a difference that was found once is found again.
pub(super) struct Draw(u64);

impl Draw {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The text of the query at a place of the round of strata; none where the orders have nothing to draw it from.
    pub(super) fn query(&mut self, at: usize, orders: &Texts) -> Option<String> {
        let word = self.word(at, orders)?;
        match at % 12 {
            // Two words, mostly of two orders.
            5 => Some(format!("{word} {}", self.word(at / 12, orders)?)),
            // A word that is hardly anywhere.
            11 => Some(word.chars().rev().collect()),
            _ => Some(word),
        }
    }

    fn word(&mut self, at: usize, orders: &Texts) -> Option<String> {
        let strata: Vec<(Field, How)> =
            TABLE.iter().flat_map(|(field, ways)| ways.iter().map(|how| (*field, *how))).collect();
        let (field, how) = strata.get(at % strata.len())?.to_owned();
        let length = at / strata.len() % LONGEST + 1;
        for _ in 0..TRIES {
            let order = orders.of(self.below(orders.orders()));
            let values: Vec<&Value> = order.filter(|value| value.field == field).collect();
            if let Some(value) = values.get(self.below(values.len()))
                && let Some(word) = self.part(how, value.folded(), length)
            {
                return Some(word);
            }
        }
        None
    }

    fn part(&mut self, how: How, text: &[char], length: usize) -> Option<String> {
        match how {
            How::Part => {
                let at = self.below(text.len().saturating_sub(length) + 1);
                let part = text.get(at..at + length)?;
                (!part.contains(&BLANK)).then(|| part.iter().collect())
            }
            How::Ending | How::MaskedEnding => {
                let number: Vec<char> = text.iter().copied().filter(|c| counts(*c)).collect();
                let end = number.get(number.len().checked_sub(length.max(4))?..)?;
                Some(end.iter().collect())
            }
            How::Letters => {
                let at = self.below(text.len());
                self.letters(text.get(at..at + length.max(2))?)
            }
            How::LeadingLetters => self.letters(text.get(..length.min(3))?),
            How::Amount => {
                let ways = ways_to_type(text);
                ways.get(self.below(ways.len())).map(|(way, _)| way.iter().collect())
            }
        }
    }

    /// Each character by one of the letters that its readings begin with.
    fn letters(&mut self, text: &[char]) -> Option<String> {
        text.iter()
            .map(|c| {
                let letters: Vec<char> = Letters::of(*c).iter().collect();
                letters.get(self.below(letters.len())).copied()
            })
            .collect()
    }

    /// Less than `end`; 0 if there is no such number.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from((z ^ (z >> 31)) % end).unwrap_or(0)
    }
}
