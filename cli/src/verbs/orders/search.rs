//! `orders search`: what was found, with the places in which the words stand.

use serde::Serialize;
use shopkeeper_core::orders::{Anchor, Count, Covered, Highlight, ListState, SearchHit, SearchResults};

use super::list::{anchor_text, row, whole};
use crate::phrase::{Teller, search_field_key};
use crate::say;
use crate::tui::measure::tame;
use crate::verbs::speaker::Answer;

/// `{"hits":[{"row":{…},"highlights":[{"field":"product","at":0,"text":"…","ranges":[{"start":0,"end":6}]}]}],"count":{"exact":1},
/// "not_indexed":0,"after":…,"state":{…},"covered":{…}}`: the core's hits; ranges are bytes of `text`.
#[derive(Debug, Serialize)]
pub(super) struct Hits<'a> {
    hits: &'a [SearchHit],
    count: Count,
    /// Orders here that were not looked at, because the index has yet to reach them.
    not_indexed: u64,
    /// For `--after`; absent where everything is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Anchor>,
    state: ListState,
    covered: Covered,
}

impl<'a> From<&'a SearchResults> for Hits<'a> {
    fn from(results: &'a SearchResults) -> Self {
        Self {
            hits: &results.hits,
            count: results.count,
            not_indexed: results.not_indexed,
            after: results.after.as_ref(),
            state: results.state,
            covered: results.covered,
        }
    }
}

impl Answer for Hits<'_> {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let words = teller.words;
        let mut lines = Vec::new();
        for hit in self.hits {
            lines.extend(row(&hit.row, teller));
            for highlight in &hit.highlights {
                let field = say!(words, search_field_key(highlight.field));
                lines.push(format!("    {}  {}", say!(words, "search.found_in", field = field), bracketed(highlight)));
            }
        }
        lines.push(teller.count(self.count));
        if self.not_indexed > 0 {
            lines.push(say!(words, "search.not_indexed", n = self.not_indexed));
        }
        lines.extend(teller.states(self.state));
        lines.extend(whole(self.state, self.covered, teller));
        if let Some(after) = self.after.and_then(anchor_text) {
            lines.push(say!(words, "cli.orders.more", after = after));
        }
        lines
    }
}

/// `桂花[乌龙]茶`
fn bracketed(highlight: &Highlight) -> String {
    let text = &highlight.text;
    let mut shown = String::new();
    let mut from = 0;
    for range in &highlight.ranges {
        let (plain, found) = (text.get(from..range.start), text.get(range.clone()));
        shown.extend([plain.unwrap_or_default(), "[", found.unwrap_or_default(), "]"]);
        from = range.end;
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    tame(&shown)
}
