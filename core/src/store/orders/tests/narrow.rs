//! Any filter in any order is the plain sort of what passes it, page by page, both ways, while rows change under the reader.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shopkeeper_protocol::EntityKey;

use super::super::anchors::Anchors;
use super::history::{Step, a_various_step, key, play, play_next, walk};
use super::model::Model;
use super::{Shop, order, version};
use crate::money::Money;
use crate::orders::{
    AmountRange, Count, Flag, FlagFilter, From, OrderFilter, OrderSort, OrderTab, ProductFilter, RegionFilter,
    TimeRange,
};
use crate::store::orders::ListQuery;
use crate::time::Instant;

fn a_range() -> impl Strategy<Value = Option<TimeRange>> {
    let end = || prop::option::of((0..5_i64).prop_map(|second| Instant::from_ms(second * 1_000)));
    prop_oneof![3 => Just(None), 1 => (end(), end()).prop_map(|(from, until)| Some(TimeRange { from, until }))]
}

fn maybe() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

pub(crate) fn a_filter() -> impl Strategy<Value = OrderFilter> {
    let tab = prop_oneof![2 => Just(OrderTab::All), 2 => prop::sample::select(OrderTab::EVERY.to_vec())];
    let flag = prop::option::weighted(0.15, prop::sample::select(vec![FlagFilter::Any, FlagFilter::Is(Flag::Red)]));
    let second = || prop::option::weighted(0.15, (0..4_i64).prop_map(|second| Instant::from_ms(second * 1_000)));
    let product = prop::option::weighted(
        0.25,
        (1..4_i64, prop::option::of(0..3_i64)).prop_map(|(product, sku)| ProductFilter {
            product: product.to_string(),
            sku: sku.map(|sku| format!("{product}-{sku}")),
        }),
    );
    let province = prop::sample::select(vec!["浙江省", "广东省", "海南省"]);
    let region = prop::option::weighted(
        0.25,
        (province, prop::option::of(prop::sample::select(vec!["杭州市", "深圳市"])))
            .prop_map(|(province, city)| RegionFilter { province: province.to_owned(), city: city.map(str::to_owned) }),
    );
    let fen = || prop::option::of((0..4_i64).prop_map(|yuan| Money::from_fen(yuan * 100)));
    let amount = prop::option::weighted(0.25, (fen(), fen()).prop_map(|(least, most)| AmountRange { least, most }));
    (
        (tab, flag, second(), maybe(), maybe(), maybe()),
        (maybe(), maybe(), maybe(), maybe(), second()),
        (a_range(), a_range(), a_range()),
        (product, region, prop::option::weighted(0.25, 0..3_i64), amount),
    )
        .prop_map(|(marks, is, times, others)| OrderFilter {
            tab: marks.0,
            flag: marks.1,
            due_before: marks.2,
            has_note: marks.3,
            pending: marks.4,
            hurried: marks.5,
            after_sale: is.0,
            buyer_message: is.1,
            gift: is.2,
            presale: is.3,
            address_asked_after: is.4,
            created: times.0,
            paid: times.1,
            shipped: times.2,
            product: others.0,
            region: others.1,
            scene: others.2,
            amount: others.3,
        })
}

pub(crate) fn a_sort() -> impl Strategy<Value = OrderSort> {
    prop::sample::select(OrderSort::EVERY.to_vec())
}

/// The order that a step is about.
fn about(step: &Step) -> Option<EntityKey> {
    match step {
        Step::Put { at, .. } | Step::Gone { at } | Step::Tell { at, .. } | Step::Mark { at, .. } => Some(key(*at)),
        Step::Forget => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_filter_in_any_order_is_a_plain_sort_and_its_count_is_never_wrong(
        steps in prop::collection::vec(a_various_step(), 1..40),
        wishes in prop::collection::vec((a_filter(), a_sort()), 24),
        size in 1..6_u16,
        first_sync in prop::bool::weighted(0.3),
    ) {
        let (shop, mut model) = (Shop::new(), Model::default());
        if first_sync {
            shop.store.write_cache(|tx| tx.drop_deferred_indexes()).unwrap();
        }
        play(&shop, &mut model, &steps, 7);
        for (filter, sort) in wishes {
            let sort = super::super::anchors::walked(&filter, sort);
            let expected = Some(model.list(&filter, sort));
            prop_assert_eq!(walk(&shop, &filter, sort, size, false), expected.clone(), "down {:?} {:?}", filter, sort);
            prop_assert_eq!(walk(&shop, &filter, sort, size, true), expected.clone(), "up {:?} {:?}", filter, sort);
            let length = expected.map_or(0, |keys| keys.len() as u64);
            match shop.store.read(|reader| reader.count(&filter)).unwrap() {
                Count::Exact(count) => prop_assert_eq!(count, length, "{:?}", filter),
                Count::AtLeast(count) => prop_assert!(count <= length, "{:?}", filter),
            }
        }
    }

    #[test]
    fn what_does_not_move_is_seen_once_while_others_change(
        steps in prop::collection::vec(a_various_step(), 8..40),
        changes in prop::collection::vec(a_various_step(), 1..8),
        filter in a_filter(),
        sort in a_sort(),
        up in prop::bool::ANY,
    ) {
        let (shop, mut model) = (Shop::new(), Model::default());
        let steps: Vec<Step> = steps.into_iter().filter(|step| about(step).is_some()).collect();
        let changes: Vec<Step> = changes.into_iter().filter(|step| about(step).is_some()).collect();
        play(&shop, &mut model, &steps, 7);
        let sort = super::super::anchors::walked(&filter, sort);
        let moved: Vec<_> = changes.iter().filter_map(about).collect();
        let mut still = model.list(&filter, sort);
        still.retain(|key| !moved.contains(key));
        let mut changes = (1 + steps.len() as i64..).zip(&changes);
        let mut from = if up { From::Before(Anchors::of(&filter, sort).end()) } else { From::Top };
        let mut seen = Vec::new();
        for _ in 0..64 {
            let query = ListQuery { filter: filter.clone(), sort, from, size: 2 };
            let page = shop.store.read(|reader| reader.list(&query)).unwrap();
            let here = page.rows.iter().map(|row| row.key.clone());
            if up { seen.extend(here.rev()) } else { seen.extend(here) }
            if let Some((seq, change)) = changes.next() {
                play_next(&shop, &mut model, change, seq);
            }
            match if up { page.before } else { page.after } {
                Some(anchor) => from = if up { From::Before(anchor) } else { From::After(anchor) },
                None => break,
            }
        }
        let mut times = BTreeMap::<&EntityKey, u32>::new();
        for key in &seen {
            *times.entry(key).or_default() += 1;
        }
        prop_assert!(times.iter().all(|(key, times)| *times == 1 || moved.contains(key)), "{:?}", seen);
        if up {
            still.reverse();
        }
        let seen: Vec<_> = seen.iter().filter(|key| !moved.contains(key)).collect();
        prop_assert_eq!(seen, still.iter().collect::<Vec<_>>());
    }
}

#[test]
fn orders_of_one_buyer_and_address_say_that_they_fit_one_parcel() {
    let shop = Shop::new();
    let put = |at: u8, buyer: &str, address: &str, status: i64| {
        let mut order = order("3705115058471208928", i64::from(at) * 1_000);
        (order.buyer.key, order.buyer.address_hash) = (buyer.to_owned(), address.to_owned());
        order.status = status;
        shop.put(&key(at), version(i64::from(at)), &order);
    };
    put(1, "a", "home", 20);
    put(2, "b", "home", 20);
    put(3, "a", "work", 20);
    put(4, "a", "home", 20);
    // Shipped, and without an address: neither fits anything.
    put(5, "a", "home", 100);
    put(6, "a", "", 20);
    put(7, "a", "", 20);
    let query = ListQuery {
        filter: OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() },
        sort: OrderSort::SameBuyer,
        from: From::Top,
        size: 50,
    };
    let rows = shop.store.read(|reader| reader.list(&query)).unwrap().rows;
    let hints: BTreeMap<_, _> = rows.iter().map(|row| (row.key.clone(), row.one_parcel)).collect();
    let expected = [(1, 2), (2, 0), (3, 0), (4, 2), (6, 0), (7, 0)].map(|(at, hint)| (key(at), hint));
    assert_eq!(hints, BTreeMap::from(expected));
    // One buyer's stand side by side.
    let at_b = rows.iter().position(|row| row.key == key(2)).unwrap();
    assert!(at_b == 0 || at_b == rows.len() - 1, "{at_b}");
}
