//! What a search is asked for in words, and what its fields are called.

use shopkeeper_core::orders::{Field, Flag, SearchQuery};

use super::flag_key;
use crate::say;
use crate::words::Words;

/// A typed text, with what flags are called in the language in which it was typed.
#[must_use]
pub fn searched(words: Words, text: impl Into<String>) -> SearchQuery {
    let flag_names = Flag::EVERY.into_iter().map(|flag| (flag, say!(words, flag_key(flag)))).collect();
    SearchQuery { flag_names, ..SearchQuery::new(text) }
}

/// The key of the name of a field that a search looks at.
#[must_use]
pub const fn search_field_key(field: Field) -> &'static str {
    match field {
        Field::Number => "search.field.number",
        Field::Waybill => "search.field.waybill",
        Field::Phone => "search.field.phone",
        Field::Product => "search.field.product",
        Field::Sku => "search.field.sku",
        Field::SkuCode => "search.field.sku_code",
        Field::Buyer => "search.field.buyer",
        Field::Province => "search.field.province",
        Field::City => "search.field.city",
        Field::BuyerNote => "search.field.buyer_note",
        Field::PlatformNote => "search.field.platform_note",
        Field::PrivateNote => "search.field.private_note",
        Field::Amount => "search.field.amount",
        Field::Flag => "search.field.flag",
    }
}
