//! Any words within any filter are the plain scan of that filter's rows, in windows of any size, whatever of the index is written yet; and an
//! anchor parts what is found into what stands before it and after it, also once its own order is gone.

use proptest::prelude::*;
use shopkeeper_protocol::Order;

use super::super::SearchQuery;
use super::super::audit::Texts;
use super::super::draw::Draw;
use super::super::fields::{Value, has_all};
use super::super::terms::terms;
use super::super::walk::shown;
use super::within::listed;
use super::{Desk, START, key, pay, shop};
use crate::ids::OrderKey;
use crate::money::Money;
use crate::orders::{
    AmountRange, Anchor, Flag, FlagFilter, From, OrderFilter, OrderTab, ProductFilter, RegionFilter, TimeRange, Window,
};
use crate::time::{Instant, Span};

/// What a search is compared by: the order, where it stands, and what a screen shows of it.
type Shown = (OrderKey, Vec<Value>);

/// Filters that some orders of [`shop`] pass and some do not.
fn a_filter() -> impl Strategy<Value = OrderFilter> {
    let some = |weight| prop::bool::weighted(weight);
    let flag = prop::sample::select(vec![FlagFilter::Any, FlagFilter::Is(Flag::Red)]);
    // The shop's orders were made one after the other in the last days.
    let moment = || prop::option::of((0..60_i64).prop_map(|back| Instant::from_ms(START.ms() - back * 977_000)));
    let range = (moment(), moment()).prop_map(|(one, other)| match (one, other) {
        // Nothing can be within a range that ends where it begins, and the filter would be refused.
        (Some(one), Some(other)) => {
            TimeRange { from: Some(one.min(other)), until: Some(one.max(other).plus(Span::ms(1))) }
        }
        (from, until) => TimeRange { from, until },
    });
    let region = (prop::sample::select(vec!["浙江省", "廣東省"]), prop::option::of(Just("杭州市".to_owned())))
        .prop_map(|(province, city)| RegionFilter { province: province.to_owned(), city });
    let product = prop::option::of(Just("s".to_owned())).prop_map(|sku| ProductFilter { product: "p".to_owned(), sku });
    let amount = prop::sample::select(vec![(None, Some(1_280)), (Some(1_000), None), (Some(5), Some(12_800))])
        .prop_map(|(least, most)| AmountRange { least: least.map(Money::from_fen), most: most.map(Money::from_fen) });
    (
        prop::sample::select(OrderTab::EVERY.to_vec()),
        prop::option::weighted(0.3, flag),
        (some(0.2), some(0.2), some(0.1)),
        prop::option::weighted(0.3, range),
        prop::option::weighted(0.3, region),
        (prop::option::weighted(0.2, product), prop::option::weighted(0.3, amount)),
    )
        .prop_map(|(tab, flag, (has_note, buyer_message, pending), created, region, (product, amount))| {
            OrderFilter {
                tab,
                flag,
                has_note,
                buyer_message,
                pending,
                created,
                region,
                product,
                amount,
                ..OrderFilter::default()
            }
        })
}

/// What a merchant did to the shop before the search.
fn taps(desk: &Desk, orders: &[Order], taps: &[(usize, u8)]) {
    for (n, (at, tap)) in taps.iter().enumerate() {
        let order = &orders[at % orders.len()];
        let key = OrderKey(key(order));
        match tap {
            0 => desk.orders.set_flag(&key, Some(Flag::Red)).unwrap(),
            1 => desk.orders.add_note(&key, &format!("老客戶 要开票 {n}")).unwrap(),
            // The same note twice would be refused.
            2 => drop(desk.orders.write_platform_note(&key, &format!("换红盒 {n}")).unwrap()),
            3 => {
                desk.put(key.as_str(), &Order { status: 250, ..order.clone() });
            }
            _ => {
                desk.store.pay_text().unwrap();
            }
        }
    }
}

/// Every order as a screen shows it, in the order of display.
fn every_order(desk: &Desk) -> Vec<Shown> {
    let read = desk.store.view(|view| {
        let (mut all, mut reading) = (Vec::new(), view.cache.searchables()?);
        for place in view.cache.places()? {
            let found = shown(view, &SearchQuery::default(), &mut reading, place)?.unwrap();
            all.push((found.key, found.values));
        }
        Ok(all)
    });
    read.unwrap()
}

/// Everything that is found from a place on downwards, in windows of a size.
fn down(desk: &Desk, query: &SearchQuery, mut from: From, size: u16) -> Vec<(OrderKey, Anchor)> {
    let mut found = Vec::new();
    loop {
        let page = desk.orders.search(query, &Window { from, size }).unwrap();
        found.extend(page.hits.into_iter().map(|hit| (hit.row.key, hit.row.anchor)));
        match page.after {
            Some(after) => from = From::After(after),
            None => return found,
        }
    }
}

/// Everything that is found before a place.
fn up(desk: &Desk, query: &SearchQuery, anchor: &Anchor, size: u16) -> Vec<OrderKey> {
    let (mut found, mut from) = (Vec::new(), From::Before(anchor.clone()));
    loop {
        let page = desk.orders.search(query, &Window { from, size }).unwrap();
        found.splice(0..0, page.hits.into_iter().map(|hit| hit.row.key));
        match page.before {
            Some(before) => from = From::Before(before),
            None => return found,
        }
    }
}

fn keys(found: &[(OrderKey, Anchor)]) -> Vec<OrderKey> {
    found.iter().map(|(key, _)| key.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn words_within_any_filter_are_the_plain_scan_of_its_rows(
        seed in any::<u64>(),
        count in 12..60_usize,
        tapped in prop::collection::vec((any::<usize>(), 0..5_u8), 0..14),
        indexed in any::<bool>(),
        wishes in prop::collection::vec((a_filter(), any::<u16>(), any::<usize>(), 1..8_u16), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let _inside = runtime.enter();
        let (desk, orders) = shop(count, seed);
        taps(&desk, &orders, &tapped);
        if indexed {
            pay(&desk);
        }
        let mut draw = Draw::new(seed);
        for (filter, at, picked, size) in wishes {
            let all = every_order(&desk);
            let texts = Texts::of_orders(all.iter().map(|(_, values)| values.as_slice()));
            let Some(text) = draw.query(at.into(), &texts) else { continue };
            let Ok(asked) = terms(&text) else { continue };
            let listed = listed(&desk, &filter);
            let scan = all.iter().filter(|(key, values)| listed.contains(key) && has_all(values, &asked));
            let scan: Vec<OrderKey> = scan.map(|(key, _)| key.clone()).collect();
            let query = SearchQuery::new(&text).within(filter);
            let found = down(&desk, &query, From::Top, size);
            prop_assert_eq!(&keys(&found), &scan, "{:?}", query);

            let Some((gone, anchor)) = found.get(picked % found.len().max(1)) else { continue };
            let at = scan.iter().position(|key| key == gone).unwrap();
            let parts = |desk: &Desk| {
                (up(desk, &query, anchor, size), keys(&down(desk, &query, From::After(anchor.clone()), size)))
            };
            let must = (scan[..at].to_vec(), scan[at + 1..].to_vec());
            prop_assert_eq!(parts(&desk), must.clone(), "{:?} around {:?}", query, anchor);
            desk.take(|tx, version| {
                tx.remove_order(gone, version)?;
                Ok(())
            });
            prop_assert_eq!(parts(&desk), must, "{:?} around {:?}, which is gone", query, anchor);
        }
    }
}
