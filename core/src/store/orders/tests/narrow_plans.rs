//! The plans of narrowed lists: every condition alone, under the tab that is used most, and within a time, in every order.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::anchors::walked;
use super::super::driver;
use super::super::lists::Lists;
use super::super::terms::{Term, terms};
use super::super::text::Sieve;
use super::plans::{cache, plan};
use crate::money::Money;
use crate::orders::{
    AmountRange, FlagFilter, OrderFilter, OrderSort, OrderTab, ProductFilter, RegionFilter, TimeRange,
};
use crate::time::Instant;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/golden/narrow_plans.txt");

fn alone() -> Vec<(&'static str, OrderFilter)> {
    let plain = OrderFilter::default();
    let range = Some(TimeRange { from: Some(Instant::from_ms(1)), until: Some(Instant::from_ms(2)) });
    let amount = Some(AmountRange { least: Some(Money::from_fen(1)), most: Some(Money::from_fen(2)) });
    let region =
        |city: Option<&str>| Some(RegionFilter { province: "浙江省".into(), city: city.map(str::to_owned) });
    let product = |sku: Option<&str>| Some(ProductFilter { product: "1".into(), sku: sku.map(str::to_owned) });
    vec![
        ("created", OrderFilter { created: range, ..plain.clone() }),
        ("paid", OrderFilter { paid: range, ..plain.clone() }),
        ("shipped", OrderFilter { shipped: range, ..plain.clone() }),
        ("product", OrderFilter { product: product(None), ..plain.clone() }),
        ("sku", OrderFilter { product: product(Some("1")), ..plain.clone() }),
        ("province", OrderFilter { region: region(None), ..plain.clone() }),
        ("city", OrderFilter { region: region(Some("杭州市")), ..plain.clone() }),
        ("scene", OrderFilter { scene: Some(1), ..plain.clone() }),
        ("amount", OrderFilter { amount, ..plain.clone() }),
        ("address", OrderFilter { address_asked_after: Some(Instant::from_ms(1)), ..plain.clone() }),
        ("flagged", OrderFilter { flag: Some(FlagFilter::Any), ..plain.clone() }),
        ("noted", OrderFilter { has_note: true, ..plain.clone() }),
        ("message", OrderFilter { buyer_message: true, ..plain.clone() }),
        ("after-sale", OrderFilter { after_sale: true, ..plain.clone() }),
        ("gift", OrderFilter { gift: true, ..plain.clone() }),
        ("presale", OrderFilter { presale: true, ..plain.clone() }),
        ("pending", OrderFilter { pending: true, ..plain }),
    ]
}

/// Statements by their text, each with the first list that it stands behind.
fn every() -> BTreeMap<String, String> {
    let mut statements = BTreeMap::new();
    let range = Some(TimeRange { from: Some(Instant::from_ms(1)), until: None });
    for (name, filter) in alone() {
        let of_time = if filter.created.is_some() { filter.created } else { range };
        for (with, filter) in [
            ("", filter.clone()),
            (" to ship", OrderFilter { tab: OrderTab::ToShip, ..filter.clone() }),
            (" done", OrderFilter { tab: OrderTab::Done, ..filter.clone() }),
            (" of a time", OrderFilter { created: of_time, ..filter }),
        ] {
            for sort in OrderSort::EVERY {
                let sort = walked(&filter, sort);
                let needed = Lists::needed(&filter);
                for (what, sql) in driver::statements(&filter, needed, &terms(&filter, needed), sort) {
                    statements.entry(sql).or_insert_with(|| format!("{name}{with}, {sort:?}: {what}"));
                }
            }
        }
    }
    statements.into_iter().map(|(sql, name)| (name, sql)).collect()
}

#[test]
fn no_narrowed_list_scans_a_table_and_only_what_is_gathered_is_sorted() {
    let connection = cache();
    for (name, sql) in every() {
        for step in plan(&connection, &sql) {
            let of_all = step.strip_prefix("SCAN ").unwrap_or_default();
            // A walk of everything goes along its index from its place, or is bounded by its limit.
            // What is gathered along a list is as short as its counter says.
            let short = name.ends_with("gather") && of_all.contains("USING INDEX orders_");
            let bounded = of_all.is_empty() || of_all.contains("subquery") || sql.ends_with("LIMIT ?)") || short;
            assert!(bounded, "{name}: {step}");
            assert!(!step.contains("TEMP B-TREE") || name.ends_with("gather"), "{name}: {step}");
        }
        if name.contains(": walk") {
            let bounds = [">(?", "<(?", "newest>?", "newest<?"];
            let from_place = plan(&connection, &sql).iter().any(|step| bounds.iter().any(|bound| step.contains(bound)));
            assert!(from_place, "{name}: {:?} does not begin at its place", plan(&connection, &sql));
        }
    }
}

#[test]
fn a_search_looks_at_one_entry_or_one_row_for_each_candidate() {
    let connection = cache();
    for (name, filter) in alone() {
        let sieve = Sieve::of(&filter);
        let sql = sieve.sql().unwrap();
        let steps = plan(&connection, sql);
        let by_entry = terms(&filter, Lists::needed(&filter)).iter().all(Term::is_in_entries);
        let wanted = if by_entry {
            "SEARCH o USING COVERING INDEX orders_all_newest (newest>? AND newest<?)"
        } else {
            "SEARCH o USING INTEGER PRIMARY KEY (rowid=?)"
        };
        assert!(steps.iter().any(|step| step == wanted), "{name}: {steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN") && step != "SCAN CONSTANT ROW"), "{name}: {steps:?}");
    }
    assert_eq!(Sieve::of(&OrderFilter::default()).sql(), None);
}

#[test]
fn plans_of_narrowed_lists_are_the_golden_ones() {
    let connection = cache();
    let mut text = String::new();
    // The pairs are held to the rules above; to read, each alone is enough.
    let alone = |name: &str| name.split_once(',').is_some_and(|(list, _)| !list.contains(' '));
    for (name, sql) in every().into_iter().filter(|(name, _)| alone(name)) {
        writeln!(text, "{name}: {}", plan(&connection, &sql).join(" | ")).unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &text).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    for (is, was) in text.lines().zip(golden.lines()) {
        assert_eq!(is, was, "UPDATE_GOLDEN=1 takes the plans as they are");
    }
    assert_eq!(text.lines().count(), golden.lines().count(), "UPDATE_GOLDEN=1 takes the plans as they are");
}
