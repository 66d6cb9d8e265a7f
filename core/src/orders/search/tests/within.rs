//! Words among the orders of a list, amounts, flags, and how far a window goes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Field, SearchQuery};
use super::{Desk, Dice, key, order, pay, shop};
use crate::error::CoreError;
use crate::ids::OrderKey;
use crate::orders::{
    Anchor, Count, Flag, FlagFilter, From, OrderFilter, OrderSort, OrderTab, RegionFilter, TimeRange, Window,
};
use crate::time::Instant;

fn flags() -> BTreeMap<Flag, String> {
    [(Flag::Red, "红旗"), (Flag::Blue, "蓝旗")].map(|(flag, name)| (flag, name.to_owned())).into()
}

fn keys(desk: &Desk, query: &SearchQuery) -> Vec<OrderKey> {
    let results = desk.orders.search(query, &Window::top(50)).unwrap();
    results.hits.into_iter().map(|hit| hit.row.key).collect()
}

fn lists() -> Vec<OrderFilter> {
    let plain = OrderFilter::default();
    let from = Some(TimeRange { from: Some(Instant::from_ms(super::START.ms() - 40_000_000)), until: None });
    let region = Some(RegionFilter { province: "浙江省".to_owned(), city: None });
    vec![
        plain.clone(),
        OrderFilter { tab: OrderTab::ToShip, ..plain.clone() },
        OrderFilter { tab: OrderTab::Closed, ..plain.clone() },
        OrderFilter { buyer_message: true, ..plain.clone() },
        OrderFilter { has_note: true, ..plain.clone() },
        OrderFilter { flag: Some(FlagFilter::Is(Flag::Red)), ..plain.clone() },
        OrderFilter { created: from, region, ..plain },
    ]
}

#[tokio::test(start_paused = true)]
async fn drawn_queries_find_the_same_as_a_plain_walk_within_every_list_and_beside_what_is_only_here() {
    let (desk, orders) = shop(400, 11);
    let mut dice = Dice(12);
    for order in orders.iter().step_by(7) {
        let key = OrderKey(key(order));
        desk.orders.add_note(&key, dice.of(&["老客戶 要开票", "问过了", "12.80"])).unwrap();
        desk.orders.set_flag(&key, Some([Flag::Red, Flag::Blue][dice.below(2)])).unwrap();
    }
    // Owed, half owed, and indexed.
    for round in 0..3 {
        let audit = desk.orders.audit_search(round, 180, &lists()).unwrap();
        assert_eq!((audit.orders, audit.differences), (400, 0), "{audit:?}");
        assert!(audit.queries > 120 && audit.found > audit.queries && audit.empty < audit.queries, "{audit:?}");
        desk.store.pay_text().unwrap();
        if round == 1 {
            pay(&desk);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn windows_of_every_list_meet_and_say_truly_whether_there_is_more() {
    let (desk, orders) = shop(120, 13);
    for order in orders.iter().step_by(5) {
        desk.orders.set_flag(&OrderKey(key(order)), Some(Flag::Red)).unwrap();
    }
    pay(&desk);
    for filter in lists() {
        for text in ["茶", "杯", "ghwl", "省", "没有"] {
            let query = SearchQuery::new(text).within(filter.clone());
            let down = walk(&desk, &query, From::Top, 5);
            let mut again = down.clone();
            again.sort();
            again.dedup();
            assert_eq!(again.len(), down.len(), "{text} within {filter:?} finds an order twice");
            let listed = listed(&desk, &filter);
            let all = walk(&desk, &SearchQuery::new(text), From::Top, 200);
            assert_eq!(down, all.into_iter().filter(|key| listed.contains(key)).collect::<Vec<_>>());
        }
    }
}

/// What the list of a filter shows, all of it.
pub(super) fn listed(desk: &Desk, filter: &OrderFilter) -> BTreeSet<OrderKey> {
    let mut keys = BTreeSet::new();
    let mut from = From::Top;
    loop {
        let page = desk.orders.list(filter, OrderSort::Newest, &Window { from, size: 200 }).unwrap();
        keys.extend(page.rows.into_iter().map(|row| row.key));
        match page.after {
            Some(after) => from = From::After(after),
            None => return keys,
        }
    }
}

/// All that is found from a place on downwards; at each step the window before ends where this one begins.
fn walk(desk: &Desk, query: &SearchQuery, mut from: From, size: u16) -> Vec<OrderKey> {
    let mut found: Vec<OrderKey> = Vec::new();
    loop {
        let window = Window { from, size };
        let page = desk.orders.search(query, &window).unwrap();
        if window.from == From::Top {
            assert_eq!(page.before, None);
        }
        if !found.is_empty() {
            let before = Window { from: From::Before(page.before.clone().unwrap()), size: 200 };
            let mut back = Vec::new();
            let mut before = Some(before);
            while let Some(window) = before {
                let page = desk.orders.search(query, &window).unwrap();
                back.splice(0..0, page.hits.iter().map(|hit| hit.row.key.clone()));
                before = page.before.map(|anchor| Window { from: From::Before(anchor), size: 200 });
            }
            assert_eq!(back, found);
        }
        if page.after.is_none() && window.from == From::Top {
            assert_eq!(page.count, Count::Exact(u64::try_from(page.hits.len()).unwrap()));
        }
        found.extend(page.hits.into_iter().map(|hit| hit.row.key));
        match page.after {
            Some(after) => from = From::After(after),
            None => return found,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_amount_is_found_as_it_is_typed() {
    let desk = Desk::new();
    let mut order = order(&mut Dice(7), 1);
    order.number = "3705115058471208928".to_owned();
    order.lines.truncate(1);
    order.lines[0].sku_code = "A-77".to_owned();
    order.money.payable = 128_050;
    desk.put("wx:1", &order);
    for _ in 0..2 {
        for text in ["1280.50", "1280.5", "1280", "128050", "¥1280.50", "￥1280", "１２８０元"] {
            let results = desk.orders.search(&SearchQuery::new(text), &Window::top(5)).unwrap();
            let fields: Vec<Field> =
                results.hits.iter().flat_map(|hit| &hit.highlights).map(|highlight| highlight.field).collect();
            assert_eq!(fields, [Field::Amount], "{text}");
        }
        for text in ["128", "280.50", "1280.51", "12805", "1280.", "1280.5.0", "-1280.50", "1280.500"] {
            assert!(keys(&desk, &SearchQuery::new(text)).is_empty(), "{text}");
        }
        pay(&desk);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flag_is_found_by_what_the_query_calls_it() {
    let (desk, orders) = shop(6, 3);
    let (red, blue) = (OrderKey(key(&orders[1])), OrderKey(key(&orders[2])));
    desk.orders.set_flag(&red, Some(Flag::Red)).unwrap();
    desk.orders.set_flag(&blue, Some(Flag::Blue)).unwrap();
    let named = |text: &str| SearchQuery { flag_names: flags(), ..SearchQuery::new(text) };
    assert_eq!(keys(&desk, &named("红旗")), std::slice::from_ref(&red));
    assert_eq!(keys(&desk, &named("lq")), std::slice::from_ref(&blue));
    assert_eq!(keys(&desk, &named("旗")).len(), 2);
    assert!(keys(&desk, &SearchQuery::new("红旗")).is_empty());
    let results = desk.orders.search(&named("紅旗"), &Window::top(5)).unwrap();
    assert!(results.hits[0].highlights.iter().any(|light| light.field == Field::Flag && light.text == "红旗"));
    desk.orders.set_flag(&red, None).unwrap();
    assert!(keys(&desk, &named("红旗")).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_anchor_is_good_for_its_own_words_list_and_names_only() {
    let (desk, _) = shop(30, 4);
    pay(&desk);
    let query = SearchQuery::new("杯");
    let anchor = desk.orders.search(&query, &Window::top(1)).unwrap().hits[0].row.anchor.clone();
    let closed = OrderFilter { tab: OrderTab::Closed, ..OrderFilter::default() };
    let others = [query.clone().within(closed), SearchQuery { flag_names: flags(), ..query.clone() }];
    for other in others {
        let refused = desk.orders.search(&other, &Window { from: From::Before(anchor.clone()), size: 5 });
        assert!(matches!(refused, Err(CoreError::BadInput { field: "anchor", .. })), "{refused:?}");
    }
    let empty =
        OrderFilter { region: Some(RegionFilter { province: String::new(), city: None }), ..OrderFilter::default() };
    let refused = desk.orders.search(&query.within(empty), &Window::top(5));
    assert!(matches!(refused, Err(CoreError::BadInput { field: "province", .. })), "{refused:?}");
    // A place that no order ever had is a place all the same.
    let (mark, _) = anchor.0.split_once('.').unwrap();
    for number in ["0", "-1", "-9223372036854775808", "9223372036854775807"] {
        for from in [From::After, From::Before] {
            let window = Window { from: from(Anchor(format!("{mark}.{number}"))), size: 200 };
            desk.orders.search(&SearchQuery::new("杯"), &window).unwrap();
        }
    }
}
