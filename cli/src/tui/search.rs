//! What the search page holds: the text, what it found last, and who has the keys.
//!
//! There is one search, whichever tab it was opened on, and it lives as long as the app: opened again it shows the text that was typed. It
//! is never written to disk: what somebody searched for is nobody's business.

use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{OrderRow, SearchAnswer, SearchHit, Window};

use super::Field;
use super::app::WINDOW;

/// Who has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchFocus {
    /// Letters are typed.
    #[default]
    Text,
    /// Letters act on the order under the cursor.
    Hits,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchScreen {
    pub field: Field,
    pub window: Window,
    /// What was found last; of another text than the field's until the answer to that is here.
    pub answer: Option<Box<SearchAnswer>>,
    /// Place among the hits.
    pub cursor: usize,
    pub focus: SearchFocus,
    /// Why the field's text was not searched.
    pub refused: Option<CoreError>,
    /// Enter was pressed before the answer was here.
    pub open_when_here: bool,
    /// The core was asked and still watches.
    pub is_watched: bool,
}

impl Default for SearchScreen {
    fn default() -> Self {
        Self {
            field: Field::default(),
            window: Window::top(WINDOW),
            answer: None,
            cursor: 0,
            focus: SearchFocus::default(),
            refused: None,
            open_when_here: false,
            is_watched: false,
        }
    }
}

impl SearchScreen {
    /// What was typed; `None` while there is nothing but blanks in it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = self.field.text();
        (!text.trim().is_empty()).then_some(text)
    }

    /// The answer to what stands in the field.
    #[must_use]
    pub fn current(&self) -> Option<&SearchAnswer> {
        let text = self.text()?;
        self.answer.as_deref().filter(|answer| answer.query.text == text)
    }

    /// What is on the screen: while an answer is on its way, the one before it.
    #[must_use]
    pub fn hits(&self) -> &[SearchHit] {
        self.answer.as_ref().map_or(&[], |answer| &answer.results.hits)
    }

    /// The order that keys act on.
    #[must_use]
    pub fn selected(&self) -> Option<&OrderRow> {
        self.hits().get(self.cursor).map(|hit| &hit.row).filter(|_| self.focus == SearchFocus::Hits)
    }
}
