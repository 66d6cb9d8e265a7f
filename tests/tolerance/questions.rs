//! Questions that nobody should ask: absurd filters and windows, queries of anything, anchors of other lists, of another shop and of an older
//! schema, taps on orders that are not there. Each is answered rightly or refused by the name of what is wrong, and no refusal repeats what was
//! typed, for that may be a person's name.
//!
//! Right is what a plain walk over everything that the phone shows says: the same as in the simulation.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{
    AmountRange, Anchor, Count, Flag, FlagFilter, From, OrderFilter, OrderList, OrderRow, OrderSort, OrderTab, Orders,
    ParcelDraft, Periods, ProductFilter, RegionFilter, SavedView, SearchQuery, ShipDraft, TimeRange, Window,
};
use shopkeeper_core::time::Instant;

use crate::simulation::finding::fits;
use crate::simulation::in_one_thread;
use crate::simulation::ports::BEGIN_MS;
use crate::simulation::world::SimWorld;

const CASES: u32 = 300;
const ORDERS: u32 = 30;

/// Asks on a phone that has a small shop, with flags, notes and work on some of its orders.
fn ask<S: Strategy>(of: S, question: impl Fn(&Orders, S::Value) -> Result<(), TestCaseError>) {
    in_one_thread(async |dir| {
        let world = SimWorld::new(43, dir, ORDERS, 1).await;
        let core = world.phones[0].core();
        core.sync().expect("paired").now().await.expect("a first sync");
        let orders = core.orders().expect("paired");
        for (place, row) in
            every(&orders, &OrderFilter::default()).iter().enumerate().filter(|(place, _)| place % 3 == 0)
        {
            orders.set_flag(&row.key, Flag::EVERY.get(place % 6).copied()).expect("a flag");
            orders.add_note(&row.key, "等客户补差价").expect("a note");
        }
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(CASES) });
        if let Err(found) = runner.run(&of, |value| question(&orders, value)) {
            panic!("{found}");
        }
    });
}

/// All rows of a list, in its order.
fn every(orders: &Orders, filter: &OrderFilter) -> Vec<OrderRow> {
    orders.list(filter, OrderSort::Newest, &Window::top(200)).expect("a list").rows
}

/// What a refusal may be, and that it names what is wrong without the text that was typed.
fn is_refused(error: &CoreError, typed: &[&str]) -> Result<(), TestCaseError> {
    let named = match error {
        CoreError::BadInput { field, what } => !field.is_empty() && !what.is_empty(),
        CoreError::NotPossible(reason) => !reason.as_str().is_empty(),
        CoreError::NotFound(what) => !what.is_empty(),
        _ => false,
    };
    prop_assert!(named, "{error:?}");
    let (said, shown) = (error.to_string(), format!("{error:?}"));
    for text in typed.iter().filter(|text| text.chars().count() > 5) {
        prop_assert!(!said.contains(text) && !shown.contains(text), "{said}");
    }
    Ok(())
}

/// Texts that a keyboard, a clipboard or an enemy has.
fn any_text() -> impl Strategy<Value = String> {
    let seldom = prop::sample::select(vec![
        "",
        " ",
        "\u{0}",
        "\u{1b}[31m",
        "\"",
        "'; DROP TABLE orders; --",
        "*",
        "%",
        "_",
        "NEAR(a b)",
        "a OR b",
        "🍵",
        "👨‍👩‍👧‍👦",
        "\u{202e}林",
        "浙江省",
        "杭州市",
        "林**",
        "茶",
        "x",
    ]);
    prop_oneof![
        4 => any::<String>(),
        3 => seldom.prop_map(str::to_owned),
        2 => "[0-9a-z*]{1,12}",
        1 => Just("长".repeat(10_000)),
    ]
}

fn any_time() -> impl Strategy<Value = Option<Instant>> {
    let times = prop_oneof![
        any::<i64>(),
        prop::sample::select(vec![i64::MIN, i64::MAX, 0, -1, BEGIN_MS]),
        (0..i64::from(90 * 86_400_i32)).prop_map(|ago| BEGIN_MS - ago * 1_000),
    ];
    prop::option::of(times.prop_map(Instant::from_ms))
}

fn any_range() -> impl Strategy<Value = Option<TimeRange>> {
    prop::option::weighted(0.3, (any_time(), any_time()).prop_map(|(from, until)| TimeRange { from, until }))
}

fn any_filter() -> impl Strategy<Value = OrderFilter> {
    let flag = prop::option::weighted(
        0.3,
        prop_oneof![Just(FlagFilter::Any), prop::sample::select(Flag::EVERY.to_vec()).prop_map(FlagFilter::Is)],
    );
    let marks = (
        prop::sample::select(OrderTab::EVERY.to_vec()),
        flag,
        prop::bits::u8::ANY,
        prop::option::weighted(0.2, prop_oneof![any::<i64>(), 0..20_i64]),
        any_time(),
    );
    let fen = || prop::option::of(prop_oneof![any::<i64>(), 0..50_000_i64].prop_map(Money::from_fen));
    let amount = prop::option::weighted(0.3, (fen(), fen()).prop_map(|(least, most)| AmountRange { least, most }));
    let product = (any_text(), prop::option::of(any_text()));
    let product = prop::option::weighted(0.2, product.prop_map(|(product, sku)| ProductFilter { product, sku }));
    let region = (any_text(), prop::option::of(any_text()));
    let region = prop::option::weighted(0.2, region.prop_map(|(province, city)| RegionFilter { province, city }));
    (marks, any_range(), any_range(), any_range(), any_time(), amount, product, region).prop_map(
        |((tab, flag, bits, scene, asked_after), created, paid, shipped, due_before, amount, product, region)| {
            // Each by itself a fourth of the time at most, or no order would ever fit.
            let set = |bit: u8| bits & (1 << bit) != 0 && bits.count_ones() < 4;
            OrderFilter {
                tab,
                has_note: set(0),
                flag,
                pending: set(1),
                due_before: due_before.filter(|_| set(2)),
                hurried: set(3),
                address_asked_after: asked_after.filter(|_| set(2)),
                after_sale: set(4),
                buyer_message: set(5),
                gift: set(6),
                presale: set(7),
                created,
                paid,
                shipped,
                product,
                region,
                scene,
                amount,
            }
        },
    )
}

fn any_sort() -> impl Strategy<Value = OrderSort> {
    prop::sample::select(OrderSort::EVERY.to_vec())
}

/// The texts in a filter.
fn texts(filter: &OrderFilter) -> Vec<&str> {
    let product = filter.product.iter().flat_map(|it| [Some(it.product.as_str()), it.sku.as_deref()]);
    let region = filter.region.iter().flat_map(|it| [Some(it.province.as_str()), it.city.as_deref()]);
    product.chain(region).flatten().collect()
}

#[test]
fn an_absurd_filter_is_answered_rightly_or_refused_by_name() {
    ask((any_filter(), any_sort(), any::<u16>()), |orders, (filter, sort, size)| {
        let counted = orders.count(&filter);
        let window = Window::top(size);
        let list = match orders.list(&filter, sort, &window) {
            Ok(list) => list,
            Err(error) => {
                is_refused(&error, &texts(&filter))?;
                prop_assert!(!(1..=200).contains(&size) || counted == Err(error));
                return Ok(());
            }
        };
        prop_assert!((1..=200).contains(&size));
        prop_assert_eq!(counted, Ok(list.count));
        let rest = OrderFilter { shipped: None, due_before: None, address_asked_after: None, ..filter.clone() };
        let tab = OrderFilter { tab: filter.tab, ..OrderFilter::default() };
        let wanted: BTreeSet<OrderKey> =
            every(orders, &tab).into_iter().filter(|row| fits(&rest, row, orders)).map(|row| row.key).collect();
        let listed: BTreeSet<OrderKey> = orders
            .list(&filter, sort, &Window::top(200))
            .expect("it was just listed")
            .rows
            .into_iter()
            .map(|row| row.key)
            .collect();
        prop_assert_eq!(list.count, Count::Exact(listed.len() as u64));
        prop_assert!(listed.is_subset(&wanted), "{:?}", listed.difference(&wanted));
        prop_assert!(rest != filter || listed == wanted, "{:?}", wanted.difference(&listed));
        // Whoever watches it is told the same, or nothing; neither ends the app.
        drop(orders.watch(filter, sort, window, Arc::new(|_: OrderList| {})));
        Ok(())
    });
}

#[test]
fn any_query_is_answered_rightly_or_refused_without_being_repeated() {
    ask((any_text(), any_text(), 0_u16..300, any::<bool>()), |orders, (text, more, size, both)| {
        let typed = if both { format!("{text} {more}") } else { text };
        let window = Window::top(size);
        match orders.search(&SearchQuery::new(typed.clone()), &window) {
            Err(error) => is_refused(&error, &[&typed])?,
            Ok(results) => {
                prop_assert!(results.hits.len() <= usize::from(size));
                for hit in &results.hits {
                    prop_assert!(!hit.highlights.is_empty(), "{:?} is found and nothing is marked", hit.row.number);
                    for highlight in &hit.highlights {
                        for range in &highlight.ranges {
                            prop_assert!(highlight.text.get(range.clone()).is_some_and(|part| !part.is_empty()));
                        }
                    }
                }
                if results.after.is_none() {
                    prop_assert_eq!(results.count, Count::Exact(results.hits.len() as u64));
                }
            }
        }
        if let Err(error) = orders.find(&typed) {
            is_refused(&error, &[&typed])?;
        }
        let view = SavedView {
            name: typed.clone(),
            filter: OrderFilter::default(),
            sort: OrderSort::Newest,
            periods: Periods::default(),
        };
        match orders.save_view(&view) {
            Ok(()) => prop_assert_eq!(orders.remove_view(&typed), Ok(())),
            Err(error) => is_refused(&error, &[&typed])?,
        }
        Ok(())
    });
}

#[test]
fn a_tap_on_what_is_not_there_or_with_anything_typed_is_refused_by_name() {
    let items = prop::option::of(prop::collection::vec((any::<usize>(), any::<u32>()), 0..4));
    let parcel = (any_text(), prop::option::of(any_text()), items);
    let parcels = prop::collection::vec(parcel, 0..4);
    ask((any_text(), any_text(), parcels, any::<prop::sample::Index>()), |orders, (key, text, parcels, which)| {
        let nobody = OrderKey(format!("wx:{key}-"));
        let nothing = Err(CoreError::NotFound("order"));
        prop_assert_eq!(orders.detail(&nobody).map(|_| ()), nothing.clone());
        prop_assert_eq!(orders.set_flag(&nobody, Some(Flag::Red)), nothing.clone());
        prop_assert!(orders.add_note(&nobody, &text).is_err());
        let parcels = parcels.into_iter().map(|(waybill, carrier, items)| ParcelDraft { carrier, waybill, items });
        let draft = ShipDraft { parcels: parcels.collect() };
        prop_assert_eq!(orders.ship(&nobody, &draft).map(|_| ()), nothing.clone());
        let batch = orders.flag_many(std::slice::from_ref(&nobody), None).expect("a batch of one");
        prop_assert_eq!(batch, vec![(nobody.clone(), nothing)]);
        for error in [orders.flag_many(&[], None).err(), orders.flag_many(&vec![nobody.clone(); 2], None).err()] {
            is_refused(&error.expect("no batch"), &[&key])?;
        }

        let rows = every(orders, &OrderFilter::default());
        let row = which.get(&rows);
        if let Err(error) = orders.add_note(&row.key, &text) {
            is_refused(&error, &[&text])?;
        }
        let typed: Vec<String> = draft
            .parcels
            .iter()
            .flat_map(|parcel| [Some(parcel.waybill.clone()), parcel.carrier.clone()])
            .flatten()
            .collect();
        if let Err(error) = orders.ship(&row.key, &draft) {
            is_refused(&error, &typed.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        prop_assert!(orders.detail(&row.key).is_ok());
        Ok(())
    });
}

fn anchor(text: &str) -> Anchor {
    serde_json::from_value(json!(text)).expect("an anchor is a text")
}

fn text_of(anchor: &Anchor) -> String {
    serde_json::to_value(anchor).ok().and_then(|value: Value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What an older schema put before the values of an anchor.
fn mark(list: &impl serde::Serialize) -> String {
    let hash = Sha256::digest(serde_json::to_vec(list).expect("plain records"));
    hex::encode(&hash[..6])
}

#[test]
fn an_anchor_of_elsewhere_is_refused_and_any_other_is_a_place_of_the_list() {
    let mangled = (any::<prop::sample::Index>(), any_text(), any::<i64>(), 0_u8..7);
    ask((mangled, any_sort(), any_sort(), any::<bool>()), |orders, ((which, text, number, how), sort, other, down)| {
        let filter = OrderFilter::default();
        let all = orders.list(&filter, sort, &Window::top(200)).expect("a list").rows;
        let own = text_of(&which.get(&all).anchor);
        let values = own.split_once('.').map(|(_, values)| values.to_owned()).unwrap_or_default();
        let elsewhere = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let made = match how {
            0 => own,
            1 => text.clone(),
            2 => format!("{}.{}", mark(&(1_u8, &filter, sort)), values),
            3 => format!("{}.{}", mark(&(&filter, sort)), values),
            4 => {
                let rows = orders.list(&elsewhere, other, &Window::top(200)).expect("a list").rows;
                rows.first().map(|row| text_of(&row.anchor)).unwrap_or_default()
            }
            5 => format!("{own}.{number}"),
            // As another shop would give it in the same list: a place between others, or before or after all of them.
            _ => own.rsplit_once('.').map(|(values, _)| format!("{values}.{number}")).unwrap_or_default(),
        };
        let from = if down { From::After(anchor(&made)) } else { From::Before(anchor(&made)) };
        let answer = orders.list(&filter, sort, &Window { from, size: 200 });
        match answer {
            Err(error) => {
                is_refused(&error, &[&text])?;
                let named = matches!(error, CoreError::BadInput { field: "anchor", .. });
                prop_assert!(named, "{error:?}");
                prop_assert!(!matches!(how, 0 | 6), "an anchor of this list is refused: {made}");
            }
            Ok(list) => {
                prop_assert!(!matches!(how, 2..=5), "an anchor of elsewhere is taken: {made}");
                let (rows, all): (Vec<_>, Vec<_>) =
                    (list.rows.iter().map(|row| &row.key).collect(), all.iter().map(|row| &row.key).collect());
                let fits = if down { all.ends_with(&rows) } else { all.starts_with(&rows) };
                prop_assert!(fits, "the rows on that side of a place are an end of the list");
                prop_assert_eq!(list.count, Count::Exact(all.len() as u64));
            }
        }
        // Of a search, no list's anchor is one.
        let window = Window { from: From::After(anchor(&made)), size: 5 };
        let refused = orders.search(&SearchQuery::new("茶"), &window);
        let refused = matches!(refused, Err(CoreError::BadInput { field: "anchor", .. }));
        prop_assert!(refused);
        Ok(())
    });
}
