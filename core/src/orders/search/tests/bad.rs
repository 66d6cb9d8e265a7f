//! Queries that nobody should type.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::SearchQuery;
use super::super::fields::{Field, Value};
use super::super::terms::terms;
use super::super::tokens::{Asked, asked, indexed};
use super::{pay, shop};
use crate::error::CoreError;
use crate::orders::{Anchor, From, Window};

#[tokio::test(start_paused = true)]
async fn every_query_is_answered_or_refused_by_name() {
    let (desk, _) = shop(20, 4);
    pay(&desk);
    let search = |text: &str| desk.orders.search(&SearchQuery::new(text), &Window::top(10));
    let fine = [
        "\"",
        "\"\"\"",
        "*",
        "AND",
        "a OR",
        "NEAR(",
        "text:x",
        "^a",
        "-",
        "🍵",
        "🙏🙏",
        "\u{E101}0012",
        "%",
        "'; DROP",
    ];
    for text in fine {
        assert!(search(text).is_ok(), "{text:?}");
    }
    let long = "茶".repeat(10_000);
    let many = "a b c d e f g h i";
    for text in ["", "   ", "\u{0}\u{1b}\n", long.as_str(), many] {
        let refused = search(text);
        assert!(matches!(refused, Err(CoreError::BadInput { field: "text", .. })), "{refused:?}");
    }
    assert!(search(&"茶".repeat(100)).is_ok());
    for size in [0, 201] {
        let refused = desk.orders.search(&SearchQuery::new("茶"), &Window::top(size));
        assert!(matches!(refused, Err(CoreError::BadInput { field: "size", .. })), "{refused:?}");
    }
    let page = desk.orders.search(&SearchQuery::new("杯"), &Window::top(1)).unwrap();
    let other = page.hits[0].row.anchor.clone();
    let list = desk.orders.list(&Default::default(), Default::default(), &Window::top(1)).unwrap();
    for anchor in [other, list.rows[0].anchor.clone(), Anchor("search.".to_owned()), Anchor(String::new())] {
        let refused = desk.orders.search(&SearchQuery::new("茶"), &Window { from: From::After(anchor), size: 5 });
        assert!(matches!(refused, Err(CoreError::BadInput { field: "anchor", .. })), "{refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in a note and whatever is typed: if the words are in it, the index finds it.
    #[test]
    fn the_index_finds_whatever_the_table_matches(text in any::<String>(), typed in any::<String>(), at in 0_usize..40, length in 1_usize..9) {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../../../store/schema/cache/text.sql")).unwrap();
        let fields = [Field::BuyerNote, Field::Product, Field::Number, Field::Phone, Field::Buyer];
        let part: String = text.chars().skip(at % (text.chars().count() + 1)).take(length).collect();
        for field in fields {
            let values = [Value::new(field, 0, text.clone())];
            connection.execute("DELETE FROM order_text WHERE rowid = 7", []).unwrap();
            connection.execute("INSERT INTO order_text (rowid, text) VALUES (7, ?1)", [indexed(&values, None)]).unwrap();
            for query in [&part, &typed, &text] {
                let Ok(terms) = terms(query) else { continue };
                let sql = "SELECT COUNT(*) FROM order_text WHERE order_text MATCH ?1";
                let Asked { loosely, firmly } = asked(&terms, &BTreeMap::new());
                let [loosely, firmly] = [loosely, firmly]
                    .map(|asked| connection.query_row(sql, [asked], |row| row.get::<_, i64>(0)).unwrap());
                let has_all = super::super::fields::has_all(&values, &terms);
                prop_assert!(i64::from(has_all) <= firmly, "{:?} in {:?} of {:?}", query, field, text);
                prop_assert!(firmly <= loosely && loosely <= 1, "{:?} in {:?} of {:?}", query, field, text);
            }
        }
    }
}
