//! After any history, every list is the plain sort of what passes its filter, walked down or up, and every count is its length.

use proptest::prelude::*;
use shopkeeper_protocol::{AddressRequest, EntityKey, Order, OrderEvent};

use super::super::anchors::Anchors;
use super::model::Model;
use super::{Shop, order, parcel, version};
use crate::orders::{Count, Flag, FlagFilter, From, OrderFilter, OrderSort, OrderTab};
use crate::store::local::Mirror;
use crate::store::orders::ListQuery;
use crate::store::{CacheTx, StoreError};
use crate::sync::Version;
use crate::sync::sink::EntitySink as _;
use crate::time::Instant;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Put {
        at: u8,
        order: Box<Order>,
    },
    Gone {
        at: u8,
    },
    Tell {
        at: u8,
        kind: &'static str,
        when: i64,
    },
    Mark {
        at: u8,
        mirror: Mirror,
    },
    /// A reset: everything that the new generation has not told is forgotten.
    Forget,
}

pub(crate) fn key(at: u8) -> EntityKey {
    EntityKey(format!("wx:{at}"))
}

fn an_order() -> impl Strategy<Value = Order> {
    let status = prop::sample::select(vec![10_i64, 12, 20, 20, 20, 21, 30, 100, 250, 77]);
    // Few moments, so that many orders fall on one.
    (status, 1..4_i64, 0..4_i64, 0..3_i64, 0..2_u32, prop::bool::ANY).prop_map(
        |(status, created, paid, due, after_sale, shipped)| {
            let mut order = order("3705115058471208928", created * 1_000);
            order.status = status;
            order.paid_at = (paid > 0).then_some(paid * 1_000);
            order.lines[0].ship_by = (due > 0).then_some(due * 1_000);
            order.lines[1].after_sale_open = after_sale;
            if shipped {
                let mut part = parcel(&order, "SF1234567890", 2_000);
                part.items.truncate(1);
                order.parcels.push(part);
            }
            order
        },
    )
}

/// The same, with few of everything else that filters ask for.
pub(super) fn a_various_order() -> impl Strategy<Value = Order> {
    let place = prop::sample::select(vec![("浙江省", "杭州市"), ("浙江省", "宁波市"), ("广东省", "深圳市"), ("", "")]);
    let what = (place, 0..3_i64, 0..4_i64, 0..3_u8, 1..4_i64);
    let asked = prop::option::weighted(0.3, 1..4_i64);
    let is = (prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::option::of(1..4_i64), prop::bool::ANY, asked);
    (an_order(), what, is).prop_map(|(mut order, what, is)| {
        let ((province, city), scene, payable, buyer, product) = what;
        let (gift, presale, message, shipped, home, asked) = is;
        (order.buyer.province, order.buyer.city) = (province.to_owned(), city.to_owned());
        (order.scene, order.money.payable) = (scene, payable * 100);
        (order.gift, order.presale) = (gift, presale);
        order.shipped_at = shipped.map(|at| at * 1_000);
        order.address_request = asked.map(|at| AddressRequest { asked_at: at * 1_000, ..AddressRequest::default() });
        if buyer > 0 {
            order.buyer.key = format!("o{buyer}");
            order.buyer.address_hash = if home { "home" } else { "work" }.to_owned();
        }
        if message {
            order.buyer_note = "要红盒".to_owned();
        }
        order.lines[0].product = product.to_string();
        order.lines[1].product = "2".to_owned();
        order.lines[1].sku = format!("2-{scene}");
        order
    })
}

pub(crate) fn a_various_step() -> impl Strategy<Value = Step> {
    let put = (0..12_u8, a_various_order()).prop_map(|(at, order)| Step::Put { at, order: Box::new(order) });
    prop_oneof![3 => put, 1 => a_step()]
}

fn a_mirror() -> impl Strategy<Value = Mirror> {
    let flag = prop::option::of(prop::sample::select(vec![Flag::Red, Flag::Green, Flag::Purple]));
    (flag, prop::option::of(1..3_i64), prop::bool::ANY, prop::bool::ANY)
        .prop_map(|(flag, note, pending, saved)| Mirror { flag, note, pending, saved })
}

fn a_step() -> impl Strategy<Value = Step> {
    let at = 0..12_u8;
    prop_oneof![
        8 => (at.clone(), an_order()).prop_map(|(at, order)| Step::Put { at, order: Box::new(order) }),
        1 => at.clone().prop_map(|at| Step::Gone { at }),
        2 => (at.clone(), prop::sample::select(vec!["hurry", "hurry", "address_request"]), 1..4_i64)
            .prop_map(|(at, kind, when)| Step::Tell { at, kind, when: when * 1_000 }),
        4 => (at, a_mirror()).prop_map(|(at, mirror)| Step::Mark { at, mirror }),
        1 => Just(Step::Forget),
    ]
}

/// Every filter of one condition under every tab, and some of several.
fn filters() -> Vec<OrderFilter> {
    let plain = OrderFilter::default();
    let due = |ms: i64| OrderFilter { due_before: Some(Instant::from_ms(ms)), ..OrderFilter::default() };
    let conditions = [
        plain.clone(),
        OrderFilter { has_note: true, ..plain.clone() },
        OrderFilter { pending: true, ..plain.clone() },
        OrderFilter { hurried: true, ..plain.clone() },
        OrderFilter { flag: Some(FlagFilter::Any), ..plain.clone() },
        OrderFilter { flag: Some(FlagFilter::Is(Flag::Red)), ..plain.clone() },
        due(1_000),
        due(i64::MAX),
        OrderFilter { has_note: true, flag: Some(FlagFilter::Is(Flag::Green)), ..due(2_000) },
        OrderFilter { pending: true, hurried: true, ..plain },
    ];
    OrderTab::EVERY
        .into_iter()
        .flat_map(|tab| conditions.iter().map(move |filter| OrderFilter { tab, ..filter.clone() }))
        .collect()
}

/// A whole list in pages, down from the top or up from the end; `None` if it does not end.
pub(super) fn walk(shop: &Shop, filter: &OrderFilter, sort: OrderSort, size: u16, up: bool) -> Option<Vec<EntityKey>> {
    let page = |from: From| {
        let query = ListQuery { filter: filter.clone(), sort, from, size };
        shop.store.read(|reader| reader.list(&query)).unwrap()
    };
    let mut keys = Vec::new();
    let mut from = if up { From::Before(Anchors::of(filter, sort).end()) } else { From::Top };
    for _ in 0..64 {
        let page = page(from);
        let here: Vec<_> = page.rows.iter().map(|row| row.key.clone()).collect();
        assert_eq!(page.anchors.len(), here.len());
        if up {
            keys.splice(0..0, here);
        } else {
            keys.extend(here);
        }
        match if up { page.before } else { page.after } {
            Some(anchor) => from = if up { From::Before(anchor) } else { From::After(anchor) },
            None => return Some(keys),
        }
    }
    None
}

/// Plays a history, so many steps to a transaction.
pub(super) fn play(shop: &Shop, model: &mut Model, steps: &[Step], together: usize) {
    let (mut generation, mut told) = (1, Vec::new());
    let mut steps = (1_i64..).zip(steps).peekable();
    while steps.peek().is_some() {
        let run = steps.by_ref().take(together);
        let write = |tx: &CacheTx<'_>| {
            for (seq, step) in run {
                take(tx, model, step, seq, &mut generation, &mut told);
            }
            Ok(())
        };
        shop.store.write_cache(write).unwrap();
    }
}

/// One more step of a history of one generation.
pub(super) fn play_next(shop: &Shop, model: &mut Model, step: &Step, seq: i64) {
    let write = |tx: &CacheTx<'_>| {
        take(tx, model, step, seq, &mut 1, &mut Vec::new());
        Ok(())
    };
    shop.store.write_cache(write).unwrap();
}

fn take(tx: &CacheTx<'_>, model: &mut Model, step: &Step, seq: i64, generation: &mut i64, told: &mut Vec<EntityKey>) {
    let version = Version { generation: *generation, seq };
    match step {
        Step::Put { at, order } => {
            let body = serde_json::to_string(order).unwrap();
            super::orders().upsert(tx, &key(*at), version, &body).unwrap();
            model.put(&key(*at), order);
            told.push(key(*at));
        }
        Step::Gone { at } => {
            super::orders().gone(tx, &key(*at), version).unwrap();
            model.remove(&key(*at));
        }
        Step::Tell { at, kind, when } => {
            let event = OrderEvent { order: key(*at), kind: (*kind).to_owned(), at: *when };
            let name = EntityKey(format!("{}|{kind}|{when}", key(*at)));
            super::events().upsert(tx, &name, version, &serde_json::to_string(&event).unwrap()).unwrap();
            model.events.entry(key(*at)).or_default().push(event);
        }
        Step::Mark { at, mirror } => {
            tx.mirror(&key(*at), *mirror).unwrap();
            model.marks.insert(key(*at), *mirror);
        }
        Step::Forget => {
            *generation += 1;
            super::orders().forget_older(tx, *generation).unwrap();
            for key in told.drain(..) {
                model.remove(&key);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn lists_are_plain_sorts_and_counts_are_their_lengths(
        steps in prop::collection::vec(a_step(), 1..40),
        size in 1..6_u16,
        together in 1..9_usize,
    ) {
        let (shop, mut model) = (Shop::new(), Model::default());
        play(&shop, &mut model, &steps, together);
        for filter in filters() {
            for sort in [OrderSort::Newest, OrderSort::MostUrgent] {
                let expected = Some(model.list(&filter, sort));
                prop_assert_eq!(walk(&shop, &filter, sort, size, false), expected.clone(), "down {:?} {:?}", filter, sort);
                prop_assert_eq!(walk(&shop, &filter, sort, size, true), expected, "up {:?} {:?}", filter, sort);
            }
            let length = model.list(&filter, OrderSort::Newest).len() as u64;
            let count = shop.store.read(|reader| reader.count(&filter)).unwrap();
            prop_assert_eq!(count, Count::Exact(length), "{:?}", filter);
            let saved = shop.store.read(|reader| reader.saved_not_delivered(&filter)).unwrap();
            prop_assert_eq!(saved as usize, model.saved(&filter), "saved of {:?}", filter);
        }
    }
}

#[test]
fn an_anchor_of_another_list_is_refused() {
    let shop = Shop::new();
    for at in 1..4 {
        shop.put(&key(at), version(i64::from(at)), &order("3705115058471208928", i64::from(at)));
    }
    let query = ListQuery { filter: OrderFilter::default(), sort: OrderSort::Newest, from: From::Top, size: 2 };
    let page = shop.store.read(|reader| reader.list(&query)).unwrap();
    let after = From::After(page.after.unwrap());
    let other = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    for query in [
        ListQuery { filter: other, from: after.clone(), ..query.clone() },
        ListQuery { sort: OrderSort::MostUrgent, from: after, ..query },
    ] {
        let refused = shop.store.read(|reader| reader.list(&query));
        assert!(matches!(refused, Err(StoreError::BadInput { field: "anchor", .. })), "{refused:?}");
    }
}

#[test]
fn a_window_whose_rows_went_away_can_still_go_back() {
    let shop = Shop::new();
    let list = |from: From| {
        let query = ListQuery { filter: OrderFilter::default(), sort: OrderSort::Newest, from, size: 2 };
        shop.store.read(|reader| reader.list(&query)).unwrap()
    };
    for at in 1..5 {
        shop.put(&key(at), version(i64::from(at)), &order("3705115058471208928", i64::from(at)));
    }
    let after = list(From::Top).after.unwrap();
    shop.gone(&key(1), version(9));
    shop.gone(&key(2), version(9));
    let page = list(From::After(after));
    assert!(page.rows.is_empty() && page.after.is_none());
    let back = list(From::Before(page.before.unwrap()));
    let keys: Vec<_> = back.rows.iter().map(|row| row.key.clone()).collect();
    assert_eq!(keys, [key(4), key(3)]);
    assert!(back.before.is_none() && back.after.is_none());
}

#[test]
fn a_long_combination_says_at_least() {
    let shop = Shop::new();
    let red = Mirror { flag: Some(Flag::Red), ..Mirror::default() };
    shop.store
        .write_cache(|tx| {
            for at in 0..2_500_i64 {
                let key = EntityKey(format!("wx:{at}"));
                let body = serde_json::to_string(&order("3705115058471208928", at + 1)).unwrap();
                super::orders().upsert(tx, &key, version(at), &body).unwrap();
                tx.mirror(&key, red)?;
            }
            Ok(())
        })
        .unwrap();
    let count = |filter: &OrderFilter| shop.store.read(|reader| reader.count(filter)).unwrap();
    let to_ship = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    assert_eq!(count(&to_ship), Count::Exact(2_500));
    assert_eq!(count(&OrderFilter { flag: Some(FlagFilter::Any), ..OrderFilter::default() }), Count::Exact(2_500));
    assert_eq!(count(&OrderFilter { flag: Some(FlagFilter::Any), ..to_ship }), Count::AtLeast(2_000));
    let due = OrderFilter { due_before: Some(Instant::from_ms(i64::MAX)), ..OrderFilter::default() };
    assert_eq!(count(&due), Count::Exact(2_500));
}
