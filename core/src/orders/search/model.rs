//! What a screen asks of a search, and what it gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Highlight;
use crate::orders::{Anchor, Count, Covered, Flag, ListState, OrderFilter, OrderRow};

/// What is searched for.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    /// Words between blanks, each of which has to be in some field of an order. At most 100 characters and 8 words.
    pub text: String,
    /// Only orders of this list.
    pub filter: OrderFilter,
    /// What flags are called where this was typed; a flag without a name is not found by a word. The core has no words.
    pub flag_names: BTreeMap<Flag, String>,
}

/// What was typed can be anybody's name or number.
impl std::fmt::Debug for SearchQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SearchQuery({} bytes)", self.text.len())
    }
}

impl SearchQuery {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same words among the orders of a list.
    #[must_use]
    pub fn within(self, filter: OrderFilter) -> Self {
        Self { filter, ..self }
    }
}

/// An order that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchHit {
    pub row: OrderRow,
    /// Where the words stand, also in fields that the row does not show. Never empty.
    pub highlights: Vec<Highlight>,
}

/// A window of what was found, at one commit of the store: open orders first, then the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchResults {
    pub revision: u64,
    pub hits: Vec<SearchHit>,
    /// Exact where the window shows all there is.
    pub count: Count,
    /// `None`: nothing is found before this window.
    pub before: Option<Anchor>,
    /// `None`: nothing is found after it. With few hits or none: so much was looked at in vain that the window ends here, and the search
    /// goes on from there.
    pub after: Option<Anchor>,
    /// How old and how complete the orders on this phone are: what is not here was not searched.
    pub state: ListState,
    /// Orders on this phone that were not searched because the index has yet to reach them; 0 but in a first sync.
    pub not_indexed: u64,
    /// What of the shop's orders is here without a gap, also where nothing was found.
    pub covered: Covered,
}
