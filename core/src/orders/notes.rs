//! What may stand in a note.

use super::reason;
use crate::error::CoreError;
use crate::ids::ReasonCode;
use crate::rulebook::Rulebook;

/// A note for the platform, which every seat of the shop sees. `shown` is the one on the screen, queued changes included.
///
/// # Errors
/// [`CoreError::NotPossible`]: `note_too_long`, `note_characters` or `note_same`.
pub(crate) fn platform_note(rulebook: &Rulebook, typed: &str, shown: &str) -> Result<String, CoreError> {
    checked(typed, shown, rulebook.platform_note_max())
}

/// A note for nobody else. An empty one takes the note away, and is a version like any other.
///
/// # Errors
/// As [`platform_note`].
pub(crate) fn private_note(rulebook: &Rulebook, typed: &str, shown: &str) -> Result<String, CoreError> {
    checked(typed, shown, rulebook.private_note_max())
}

fn checked(typed: &str, shown: &str, most: usize) -> Result<String, CoreError> {
    let text = typed.replace("\r\n", "\n");
    let text = text.trim();
    let not_possible = |code: &str| Err(CoreError::NotPossible(ReasonCode::from(code)));
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return not_possible(reason::NOTE_CHARACTERS);
    }
    if text.chars().count() > most {
        return not_possible(reason::NOTE_TOO_LONG);
    }
    if text == shown.trim() {
        return not_possible(reason::NOTE_SAME);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(typed: &str, shown: &str) -> String {
        match platform_note(Rulebook::builtin(), typed, shown) {
            Err(CoreError::NotPossible(reason)) => reason.0,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_note_is_trimmed_and_may_have_lines() {
        let book = Rulebook::builtin();
        assert_eq!(platform_note(book, " 要红盒\r\n多检查 \n", "").unwrap(), "要红盒\n多检查");
        assert_eq!(private_note(book, "", "旧").unwrap(), "");
    }

    #[test]
    fn what_cannot_be_a_note_says_why() {
        assert_eq!(refused("好\u{0}", ""), "note_characters");
        assert_eq!(refused("好\u{1b}[31m", ""), "note_characters");
        assert_eq!(refused(" 已换红 ", "已换红"), "note_same");
        assert_eq!(refused("", ""), "note_same");
        // Counted as a person counts, not in bytes.
        assert!(platform_note(Rulebook::builtin(), &"字".repeat(1_000), "").is_ok());
        assert_eq!(refused(&"字".repeat(1_001), ""), "note_too_long");
    }
}
