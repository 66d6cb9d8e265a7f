//! Folding: two characters that a person takes for one another become one. Character by character, so that a place in the folded text is
//! the same place in the text, and what was found can be shown where it stands.

use std::sync::OnceLock;

/// What fills a place that nothing typed can mean: white space and what cannot be seen.
pub(super) const BLANK: char = ' ';

/// The characters that the index needs for itself; in a text they are as good as unknown ones.
pub(super) const OURS: std::ops::RangeInclusive<char> = '\u{E000}'..='\u{E1FF}';
const UNKNOWN: char = '\u{FFFD}';

/// The block of the common Chinese characters.
const HAN: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';
const HAN_FIRST: u32 = 0x4E00;
const HAN_COUNT: usize = 0x5200;

/// One character, folded: width, case, traditional forms; each kind of blank is [`BLANK`].
pub(super) fn fold(c: char) -> char {
    match c {
        'a'..='z' | '0'..='9' => c,
        c if c.is_ascii_graphic() => c.to_ascii_lowercase(),
        c if HAN.contains(&c) => simplified(c),
        c if c.is_whitespace() || c.is_control() => BLANK,
        // The full-width forms of ASCII.
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - 0xFEE0).map_or(c, |narrow| narrow.to_ascii_lowercase())
        }
        c if OURS.contains(&c) => UNKNOWN,
        c => {
            // Where one letter becomes two there is no place for the second; such a letter stays.
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(lower), None) => lower,
                _ => c,
            }
        }
    }
}

pub(super) fn folded(text: &str) -> Vec<char> {
    text.chars().map(fold).collect()
}

/// The place of a character in a table of the block.
pub(super) fn han_place(c: char) -> Option<usize> {
    HAN.contains(&c).then(|| usize::try_from(u32::from(c) - HAN_FIRST).ok()).flatten()
}

/// A table with an entry for each character of the block.
pub(super) fn han_table<T>(entry: impl FnMut(char) -> T) -> Vec<T> {
    HAN.map(entry).collect()
}

/// As a table over the block, for this is asked for each character of each order.
fn simplified(c: char) -> char {
    static TABLE: OnceLock<Vec<char>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = han_table(|c| c);
        debug_assert_eq!(table.len(), HAN_COUNT);
        let lines = include_str!("traditional.txt").lines().filter(|line| !line.starts_with('#'));
        for pair in lines.flat_map(str::split_whitespace) {
            let mut pair = pair.chars();
            if let (Some(from), Some(to)) = (pair.next(), pair.next())
                && let Some(entry) = han_place(from).and_then(|at| table.get_mut(at))
            {
                *entry = to;
            }
        }
        table
    });
    han_place(c).and_then(|at| table.get(at)).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        folded(text).into_iter().collect()
    }

    #[test]
    fn what_looks_the_same_folds_to_the_same() {
        assert_eq!(show("桂花烏龍　ＡＢｃ１２，禮盒"), "桂花乌龙 abc12,礼盒");
        assert_eq!(show("ÉÀ Ωß"), "éà ωß");
        assert_eq!(show("a\u{0}b\tc\u{E005}"), "a b c\u{FFFD}");
        assert_eq!(show("İ"), "İ");
    }

    #[test]
    fn the_table_is_whole_and_a_fold_of_a_fold_is_itself() {
        let pairs = include_str!("traditional.txt").lines().filter(|line| !line.starts_with('#'));
        let pairs: Vec<&str> = pairs.flat_map(str::split_whitespace).collect();
        assert_eq!(pairs.len(), 2_800);
        for pair in pairs {
            let pair: Vec<char> = pair.chars().collect();
            assert_eq!(pair.len(), 2, "{pair:?}");
            assert_eq!(fold(pair[0]), pair[1]);
        }
        for code in 0..=u32::from(char::MAX) {
            if let Some(c) = char::from_u32(code) {
                assert_eq!(fold(fold(c)), fold(c), "{code:x}");
            }
        }
    }
}
