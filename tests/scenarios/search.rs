//! Searching in a scenario.

use serde::Deserialize;
use shopkeeper_core::orders::{OrderDetail, SearchHit, SearchQuery, Window};

use super::compare::Comparison;
use super::sight::DataStateIs;
use super::{deeds, look};
use crate::support::town::Town;

/// What is found, from the top.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeSearch {
    #[serde(default)]
    pub phone: Option<String>,
    /// What is typed, with blanks between.
    pub words: Vec<Word>,
    /// The code of the error that is expected.
    pub refused: Option<String>,
    /// All that is found, in its order.
    pub orders: Option<Vec<String>>,
    /// The first of it.
    pub first: Option<Vec<String>>,
    /// What is marked in these, field by field.
    pub marks: Option<Vec<MarkIs>>,
    pub states: Option<Vec<DataStateIs>>,
    /// Orders that were not searched yet.
    pub not_indexed: Option<u64>,
}

/// A word, or what stands in a field of an order: a file does not know which numbers the platform draws.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Word {
    Typed(String),
    Part(PartOf),
}

/// The beginning or the end of a field, or the whole of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartOf {
    pub order: String,
    pub of: Named,
    /// So many characters.
    pub first: Option<usize>,
    /// So many characters.
    pub last: Option<usize>,
}

/// See [`PartOf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    Number,
    /// As the platform masks it.
    Phone,
    /// As the platform masks it.
    Buyer,
    City,
    Province,
    /// Of the first line.
    SkuCode,
    /// Of the first parcel.
    Waybill,
}

/// What is marked in a field of an order that was found; stretches that are apart stand with a comma between.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkIs {
    pub order: String,
    pub field: String,
    pub marked: String,
}

/// Searches, and compares.
///
/// # Errors
/// What could not be looked at.
pub fn see(town: &Town, see: &SeeSearch, all: &mut Comparison) -> Result<(), String> {
    let phone = see.phone.as_deref();
    let words = see.words.iter().map(|word| match word {
        Word::Typed(text) => Ok(text.clone()),
        Word::Part(part) => part.text(&town.detail(phone, &part.order)?),
    });
    let text = words.collect::<Result<Vec<_>, String>>()?.join(" ");
    let found = town.core(phone)?.orders().and_then(|orders| orders.search(&SearchQuery::new(text), &Window::top(200)));
    if see.refused.is_some() {
        all.fits();
        return deeds::told(found.map(|_| ()), see.refused.as_deref());
    }
    let found = found.map_err(|error| error.to_string())?;
    let names: Vec<String> = found.hits.iter().map(|hit| town.name_of(&hit.row.number)).collect();
    let first = see.first.as_ref().map_or(0, Vec::len).min(names.len());
    all.field("first", see.first.as_ref(), names[..first].to_vec());
    all.field("orders", see.orders.as_ref(), names);
    all.field("states", see.states.as_ref(), look::states(&found.state));
    all.field("not_indexed", see.not_indexed.as_ref(), found.not_indexed);
    for mark in see.marks.iter().flatten() {
        let hit = found.hits.iter().find(|hit| town.name_of(&hit.row.number) == mark.order);
        let hit = hit.ok_or_else(|| format!("marks: {} was not found", mark.order))?;
        all.field(&format!("marks.{}.{}", mark.order, mark.field), Some(&mark.marked), marked(hit, &mark.field));
    }
    Ok(())
}

fn marked(hit: &SearchHit, field: &str) -> String {
    let marked = hit.highlights.iter().filter(|highlight| name(&highlight.field) == field);
    let stretches = marked.flat_map(|highlight| {
        highlight.ranges.iter().map(|range| highlight.text.get(range.clone()).unwrap_or("(no characters)"))
    });
    stretches.collect::<Vec<_>>().join(",")
}

/// A field as its record names it.
fn name(field: &shopkeeper_core::orders::Field) -> String {
    serde_json::to_value(field).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl PartOf {
    fn text(&self, detail: &OrderDetail) -> Result<String, String> {
        let none = |what: &str| format!("words: {} has no {what}", self.order);
        let whole = match self.of {
            Named::Number => &detail.row.number,
            Named::Phone => &detail.phone,
            Named::Buyer => &detail.row.buyer,
            Named::City => &detail.row.city,
            Named::Province => &detail.row.province,
            Named::SkuCode => &detail.lines.first().ok_or_else(|| none("line"))?.sku_code,
            Named::Waybill => &detail.parcels.first().ok_or_else(|| none("parcel"))?.waybill,
        };
        let length = whole.chars().count();
        let from = self.last.map_or(0, |last| length.saturating_sub(last));
        let most = self.first.unwrap_or(length);
        let text: String = whole.chars().skip(from).take(most).collect();
        if text.trim().is_empty() { Err(none("such text")) } else { Ok(text) }
    }
}
