//! Which of two readings stays, what is silent, and what the other reads find.

use std::collections::BTreeMap;

use shopkeeper_protocol::{
    AddressRequest, Carrier, CarrierCode, Discount, EntityKey, EntityKind, Order, OrderEvent, ShopFacts, ShopKey,
};

use super::{Shop, events, order, parcel, version};
use crate::orders::{OrderFilter, OrderTab, Phase};
use crate::rulebook::Rulebook;
use crate::store::local::Mirror;
use crate::store::orders::DeadlineKind;
use crate::sync::Version;
use crate::sync::sink::{EntitySink as _, Stored};
use crate::time::{Instant, Span};

fn key() -> EntityKey {
    EntityKey::from("wx:3705115058471208928")
}

/// An order with something in every field.
fn full() -> Order {
    let mut order = order("3705115058471208928", 1_789_000_000_000);
    order.shipped_at = Some(7);
    order.received_at = Some(8);
    order.settled_at = Some(9);
    order.payment_method = 1;
    order.scene = 4;
    order.live_id = Some("live".to_owned());
    order.finder_id = Some("finder".to_owned());
    order.buyer.key = "b1".to_owned();
    order.buyer.name = "林**".to_owned();
    order.buyer.phone = "138****2807".to_owned();
    order.buyer.province = "浙江".to_owned();
    order.buyer.city = "杭州".to_owned();
    order.buyer.county = "西湖".to_owned();
    order.buyer.street = "文三***".to_owned();
    order.buyer.address_hash = "hash".to_owned();
    order.lines[0].ship_by = Some(1_789_100_000_000);
    order.lines[0].sku_code = "A-02".to_owned();
    order.lines[0].thumb = "thumb".to_owned();
    order.lines[1].after_sale_open = 1;
    order.parcels = vec![parcel(&order, "SF1234567890", 7)];
    order.money.goods = 10_500;
    order.money.freight = 500;
    order.money.discounts = vec![Discount { kind: "merchant".to_owned(), amount: 400 }];
    order.money.payable = 10_600;
    order.money.receives = 10_000;
    order.buyer_note = "要红盒".to_owned();
    order.merchant_note = "已换红".to_owned();
    order.address_request =
        Some(AddressRequest { asked_at: 5, province: "浙江".to_owned(), ..AddressRequest::default() });
    order.open_after_sales = 1;
    order.after_sales = vec!["as1".to_owned()];
    order.deliver_method = 1;
    order.gift = true;
    order.presale = true;
    order.extra = BTreeMap::from([("odd".to_owned(), serde_json::json!({"a": [1, null]}))]);
    order
}

#[test]
fn an_order_comes_back_exactly_as_it_went() {
    let shop = Shop::new();
    for (seq, order) in (1..).zip([full(), order("1", 5), Order { parcels: Vec::new(), ..full() }]) {
        assert_eq!(shop.put(&key(), version(seq), &order), Stored::Changed);
        let here = shop.store.read(|reader| reader.detail(&key())).unwrap().unwrap();
        assert_eq!((here.version, here.order), (version(seq), order));
    }
}

#[test]
fn the_later_reading_stays_and_an_equal_one_is_silent() {
    let shop = Shop::new();
    let mut commits = shop.store.commits();
    let mut heard = || commits.try_recv().ok().map(|commit| commit.touched.touches(&key()));
    let first = order("3705115058471208928", 5_000);
    let second = Order { buyer_note: "要红盒".to_owned(), ..first.clone() };
    assert_eq!(shop.put(&key(), version(5), &first), Stored::Changed);
    assert_eq!(heard(), Some(true));
    for older in [4, 5] {
        assert_eq!(shop.put(&key(), version(older), &second), Stored::Same);
    }
    assert_eq!(shop.put(&key(), version(6), &first), Stored::Same);
    assert_eq!(heard(), None);
    let reading = || shop.store.read(|reader| reader.order_version(&key())).unwrap();
    assert_eq!(reading(), Some(version(6)));
    // A new generation begins below, and wins.
    let reset = Version { generation: 2, seq: 1 };
    assert_eq!(shop.put(&key(), reset, &second), Stored::Changed);
    assert_eq!((heard(), reading()), (Some(true), Some(reset)));
}

#[test]
fn what_is_gone_stays_gone_until_it_is_told_anew() {
    let shop = Shop::new();
    let first = order("3705115058471208928", 5_000);
    shop.put(&key(), version(5), &first);
    assert_eq!(shop.gone(&key(), version(4)), Stored::Same);
    assert_eq!(shop.gone(&key(), version(7)), Stored::Changed);
    assert_eq!(shop.gone(&key(), version(7)), Stored::Same);
    assert_eq!(shop.put(&key(), version(6), &first), Stored::Same);
    assert!(shop.store.read(|reader| reader.detail(&key())).unwrap().is_none());
    assert_eq!(shop.put(&key(), version(8), &first), Stored::Changed);
    // The tombstone of an order that never came counts too.
    let other = EntityKey::from("wx:2");
    assert_eq!(shop.gone(&other, version(9)), Stored::Same);
    assert_eq!(shop.put(&other, version(8), &first), Stored::Same);
}

#[test]
fn a_pull_never_writes_marks_and_an_order_that_comes_later_finds_its_own() {
    let shop = Shop::new();
    let noted = Mirror { note: Some(1), ..Mirror::default() };
    shop.store.write_cache(|tx| tx.mirror(&key(), noted)).unwrap();
    let filter = OrderFilter { has_note: true, ..OrderFilter::default() };
    let count = || shop.store.read(|reader| reader.count(&filter)).unwrap();
    assert_eq!(count(), crate::orders::Count::Exact(0));
    shop.put(&key(), version(1), &order("1", 5_000));
    assert_eq!(count(), crate::orders::Count::Exact(1));
    shop.gone(&key(), version(2));
    shop.put(&key(), version(3), &order("1", 6_000));
    assert_eq!(shop.store.read(|reader| reader.mirror_of(&key())).unwrap(), noted);
    assert_eq!(count(), crate::orders::Count::Exact(1));
}

#[test]
fn a_hurrying_counts_until_the_shop_acts() {
    let shop = Shop::new();
    let event = OrderEvent { order: key(), kind: "hurry".to_owned(), at: 9_000 };
    let name = EntityKey::from("hurry-1");
    // It may come before its order.
    assert_eq!(shop.tell(&name, version(1), &event), Stored::Changed);
    assert_eq!(shop.tell(&name, version(2), &event), Stored::Same);
    let mut told = order("3705115058471208928", 5_000);
    shop.put(&key(), version(3), &told);
    let row = || shop.store.read(|reader| reader.order_row(&key())).unwrap().unwrap();
    assert_eq!((row().hurried, row().hurried_at), (true, Some(Instant::from_ms(9_000))));
    assert_eq!(shop.store.read(|reader| reader.detail(&key())).unwrap().unwrap().events, [event]);
    let mut part = parcel(&told, "SF1234567890", 9_500);
    part.items.truncate(1);
    told.parcels.push(part);
    told.status = 21;
    shop.put(&key(), version(4), &told);
    assert!(!row().hurried);
    assert_eq!(shop.take(|tx| Ok(events().gone(tx, &name, version(5))?)), Stored::Changed);
    assert_eq!(row().hurried_at, None);
}

#[test]
fn a_pushed_wish_for_another_address_counts_until_the_order_is_read_again() {
    let shop = Shop::new();
    let first = order("3705115058471208928", 5_000);
    shop.put(&key(), version(1), &first);
    let event = OrderEvent { order: key(), kind: "address_request".to_owned(), at: 9_000 };
    shop.tell(&EntityKey::from("e"), version(2), &event);
    let asked = || shop.store.read(|reader| reader.order_row(&key())).unwrap().unwrap().address_asked_at;
    assert_eq!(asked(), Some(Instant::from_ms(9_000)));
    shop.put(&key(), version(3), &Order { updated_at: 9_500, ..first });
    assert_eq!(asked(), None);
}

#[test]
fn orders_are_found_by_key_number_or_ending() {
    let shop = Shop::new();
    for (at, number) in (1..).zip(["3705115058471208928", "3705115058471108928", "3705115058479208928"]) {
        shop.put(&EntityKey(format!("wx:{number}")), version(at), &order(number, at));
    }
    let find = |text: &str| shop.store.read(|reader| reader.find(text)).unwrap();
    let wx = |number: &str| EntityKey(format!("wx:{number}"));
    assert_eq!(find("wx:3705115058471208928"), [wx("3705115058471208928")]);
    assert_eq!(find(" 3705115058471208928 "), [wx("3705115058471208928")]);
    assert_eq!(find("1108928"), [wx("3705115058471108928")]);
    assert_eq!(find("71208928"), [wx("3705115058471208928")]);
    assert_eq!(find("8928").len(), 3);
    for nothing in ["", "928", "18928000", "471208928", "%", "wx:1", "单号一二三四"] {
        assert!(find(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn waybills_are_found_in_any_writing() {
    let shop = Shop::new();
    let mut shipped = order("3705115058471208928", 5_000);
    shipped.parcels = vec![parcel(&shipped, "sf１234567890", 9_000)];
    shop.put(&key(), version(1), &shipped);
    let with = |waybill: &str, since: i64| {
        shop.store.read(|reader| reader.orders_with_waybill(waybill, Instant::from_ms(since))).unwrap()
    };
    assert_eq!(with("SF1234567890", 9_000), [key()]);
    assert!(with("SF1234567890", 9_001).is_empty());
    assert!(with("SF1234567891", 0).is_empty());
}

#[test]
fn the_next_deadlines_are_of_both_kinds_and_by_time() {
    let shop = Shop::new();
    let hour = Span::hours(1).as_ms();
    for at in 1..5_i64 {
        let mut order = order("3705115058471208928", 1_000);
        order.lines[0].ship_by = Some(at * 10 * hour);
        order.lines[1].ship_by = Some(at * 10 * hour + 1);
        if at == 4 {
            order.address_request = Some(AddressRequest { asked_at: 3 * hour, ..AddressRequest::default() });
            order.lines[0].ship_by = Some(16 * hour);
        }
        shop.put(&EntityKey(format!("wx:{at}")), version(at), &order);
    }
    let next = |now: i64, n: u16| {
        let deadlines =
            shop.store.read(|reader| reader.next_deadlines(Instant::from_ms(now), Span::hours(12), n)).unwrap();
        let shown: Vec<_> =
            deadlines.deadlines.into_iter().map(|it| (it.order.0, it.kind, it.at.ms() / hour)).collect();
        (shown, deadlines.more)
    };
    let ship = |at: i64| (format!("wx:{at}"), DeadlineKind::ShipBy, at * 10);
    let (shown, more) = next(10 * hour, 2);
    assert_eq!(shown, [ship(1), ("wx:4".to_owned(), DeadlineKind::AddressRequest, 15)]);
    assert_eq!(more, 3);
    // What was missed comes first, and takes half of the room at most. The wish was granted meanwhile.
    let missed = ("wx:4".to_owned(), DeadlineKind::ShipBy, 16);
    assert_eq!(next(25 * hour, 9), (vec![ship(1), missed.clone(), ship(2), ship(3)], 0));
    assert_eq!(next(25 * hour, 3), (vec![ship(1), ship(3)], 2));
    assert_eq!(next(30 * hour, 9), (vec![ship(1), missed, ship(2), ship(3)], 0));
}

#[test]
fn carriers_and_the_shop_are_kept() {
    let shop = Shop::new();
    let carrier = |code: &str| Carrier { code: CarrierCode::from(code), name: format!("{code} 快递") };
    let put = |code: &str, seq: i64| {
        let kind = EntityKind::Carrier;
        shop.take(|tx| Ok(tx.put_fact(&kind, &EntityKey::from(code), version(seq), &carrier(code))?))
    };
    assert_eq!((put("ZTO", 2), put("SF", 1), put("SF", 3)), (Stored::Changed, Stored::Changed, Stored::Same));
    assert_eq!(shop.store.read(|reader| reader.carriers()).unwrap(), [carrier("SF"), carrier("ZTO")]);
    assert_eq!(shop.store.read(|reader| reader.shop()).unwrap(), None);
    let facts =
        ShopFacts {
            key: ShopKey::from("tea"), name: "茶".to_owned(), zone_offset_minutes: 480, status: String::new()
        };
    shop.take(|tx| Ok(tx.put_fact(&EntityKind::Shop, &EntityKey::from("wx:tea"), version(1), &facts)?));
    assert_eq!(shop.store.read(|reader| reader.shop()).unwrap(), Some(facts));
}

#[test]
fn other_rules_are_laid_over_what_is_here_once() {
    let shop = Shop::new();
    shop.put(&key(), version(1), &order("3705115058471208928", 5_000));
    // As an older build with other rules would have left it.
    shop.store
        .write_cache(|tx| {
            tx.derive_orders("older", |key, order| {
                let mut order = order.clone();
                order.status = 10;
                crate::orders::rules::facts(Rulebook::builtin(), key, &order)
            })
        })
        .unwrap();
    let phase = || shop.store.read(|reader| reader.order_row(&key())).unwrap().unwrap().phase;
    let to_ship = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let count = || shop.store.read(|reader| reader.count(&to_ship)).unwrap();
    assert_eq!((phase(), count()), (Phase::Unpaid, crate::orders::Count::Exact(0)));
    let again = || crate::orders::sinks::derive_again(&shop.store, Rulebook::builtin()).unwrap();
    assert_eq!((again(), again()), (true, false));
    assert_eq!((phase(), count()), (Phase::ToShip, crate::orders::Count::Exact(1)));
}
