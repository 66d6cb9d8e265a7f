//! First letters of readings: 桂花乌龙 is found by `ghwl`.
//!
//! The readings are those of the crate `pinyin` (MIT). A character with several readings has several letters, and any of them will do:
//! nobody can tell which one was meant.

use std::sync::OnceLock;

use pinyin::ToPinyinMulti as _;

use super::fold::{han_place, han_table};

/// A set of the letters a to z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Letters(u32);

impl Letters {
    /// The letters that a folded character can be typed by: its readings', or a Latin letter itself.
    pub(super) fn of(c: char) -> Self {
        match han_place(c) {
            Some(at) => readings().get(at).copied().unwrap_or_default(),
            None => Self::letter(c),
        }
    }

    pub(super) fn contains(self, letter: char) -> bool {
        self.0 & Self::letter(letter).0 != 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = char> {
        ('a'..='z').filter(move |letter| self.contains(*letter))
    }

    fn letter(c: char) -> Self {
        Self(if c.is_ascii_lowercase() { 1 << (u32::from(c) - u32::from('a')) } else { 0 })
    }
}

/// As a table, for this is asked for each character of each order.
fn readings() -> &'static [Letters] {
    static TABLE: OnceLock<Vec<Letters>> = OnceLock::new();
    TABLE.get_or_init(|| {
        han_table(|c| {
            let letters =
                c.to_pinyin_multi().into_iter().flatten().filter_map(|reading| reading.plain().chars().next());
            Letters(letters.fold(0, |all, letter| all | Letters::letter(letter).0))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_counts() {
        let show = |c: char| Letters::of(c).iter().collect::<String>();
        assert_eq!(show('桂'), "g");
        assert_eq!(show('长'), "cz");
        assert_eq!(show('乐'), "ly");
        assert_eq!(show('q'), "q");
        assert_eq!(show('7'), "");
        assert_eq!(show('，'), "");
    }
}
