//! One line of typed text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::measure;

/// A text with a cursor, in characters. Control characters never get in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    text: String,
    /// Characters before the cursor.
    cursor: usize,
}

impl Field {
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = measure::tame(text);
        Self { cursor: text.chars().count(), text }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What stands before the cursor and after it.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.byte(self.cursor))
    }

    fn byte(&self, characters: usize) -> usize {
        self.text.char_indices().nth(characters).map_or(self.text.len(), |(at, _)| at)
    }

    pub fn insert(&mut self, text: &str) {
        let tame = measure::tame(text);
        let at = self.byte(self.cursor);
        self.text.insert_str(at, &tame);
        self.cursor += tame.chars().count();
    }

    /// Whether a key puts a character in.
    pub(super) fn types(key: KeyEvent) -> bool {
        let command = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        matches!(key.code, KeyCode::Char(_)) && !command
    }

    /// Takes an editing key; false if it is none.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let length = self.text.chars().count();
        match key.code {
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.text.clear();
                self.cursor = 0;
            }
            KeyCode::Char(c) if Self::types(key) => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.byte(self.cursor));
            }
            KeyCode::Delete if self.cursor < length => {
                self.text.remove(self.byte(self.cursor));
            }
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = length.min(self.cursor + 1),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = length,
            KeyCode::Backspace | KeyCode::Delete => {}
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_never_splits_a_character() {
        let mut field = Field::of("红盒");
        let press = |field: &mut Field, code| field.key(KeyEvent::new(code, KeyModifiers::NONE));
        press(&mut field, KeyCode::Left);
        field.insert("木\n");
        assert_eq!(field.parts(), ("红木 ", "盒"));
        press(&mut field, KeyCode::Backspace);
        press(&mut field, KeyCode::Backspace);
        press(&mut field, KeyCode::Delete);
        press(&mut field, KeyCode::Delete);
        assert_eq!(field.text(), "红");
        assert!(!press(&mut field, KeyCode::Enter));
        field.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert!(field.is_empty());
    }
}
