//! The sheet of saved views: choose one, save what the list shows now under a name, give another name, take one away.
//!
//! Names are the core's to judge; what it refuses stays in the field with the reason. Taking a view away asks for a second key, because
//! nothing brings it back.

use super::field::Field;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewsSheet {
    /// Place among the views; behind the last one: save what is shown.
    pub cursor: usize,
    pub mode: ViewsMode,
    /// The sentence that says why a name was not taken.
    pub trouble: Option<String>,
}

/// What the keys do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ViewsMode {
    #[default]
    Choosing,
    /// A name for what is shown.
    Saving(Field),
    /// Another name for the view under the cursor.
    Renaming(Field),
    /// The next `x` takes the view under the cursor away.
    Removing,
}

impl ViewsSheet {
    /// Pasted text, for the field.
    pub fn paste(&mut self, text: &str) {
        if let ViewsMode::Saving(field) | ViewsMode::Renaming(field) = &mut self.mode {
            field.insert(text.trim());
        }
    }
}
