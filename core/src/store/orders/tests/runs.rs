//! New orders are inserted several in one statement, and nobody can tell.

use super::super::run::TOGETHER;
use super::*;
use crate::sync::sink::Settled;
use crate::time::Instant;

fn put_all(shop: &Shop, orders_of: &[(String, i64, Order)]) -> (Vec<Stored>, Settled) {
    shop.store
        .write_cache(|tx| {
            let stored = orders_of.iter().map(|(key, seq, order)| {
                let body = serde_json::to_string(order).unwrap();
                orders().upsert(tx, &EntityKey::from(key.as_str()), version(*seq), &body).unwrap()
            });
            Ok((stored.collect(), tx.settle_orders()?))
        })
        .unwrap()
}

fn told(stored: &[Stored], settled: Settled) -> (u64, u64) {
    let mut all = settled;
    stored.iter().for_each(|stored| all.count(*stored));
    (all.changed, all.same)
}

fn numbered(n: i64) -> Order {
    order(&format!("{}", 3_705_115_058_471_000_000 + n), 1_700_000_000_000 - n)
}

#[test]
fn every_order_of_a_run_comes_whole_however_long_it_is() {
    for length in [1, TOGETHER, TOGETHER + 1, 3 * TOGETHER + 5] {
        let shop = Shop::new();
        let all: Vec<_> = (0_i64..).take(length).map(|n| (format!("wx:{n}"), n + 1, numbered(n))).collect();
        let (stored, settled) = put_all(&shop, &all);
        assert_eq!(told(&stored, settled), (u64::try_from(length).unwrap(), 0));
        for (key, seq, order) in &all {
            let here = shop.store.read(|reader| reader.detail(&key.as_str().into())).unwrap().unwrap();
            assert_eq!((here.version, &here.order), (version(*seq), order));
        }
        assert_eq!(shop.store.audit_counters(Instant::EPOCH).unwrap(), []);
    }
}

#[test]
fn what_is_here_and_what_comes_twice_is_replaced_within_a_run() {
    let shop = Shop::new();
    let noted = |n| Order { buyer_note: "要红盒".to_owned(), ..numbered(n) };
    put_all(&shop, &[("wx:4".to_owned(), 10, numbered(4)), ("wx:5".to_owned(), 90, numbered(5))]);
    let mut all: Vec<_> = (0_i64..8).map(|n| (format!("wx:{n}"), 20 + n, numbered(n))).collect();
    // A later one of the same key changes something, an earlier one does not; 4 is here and equal, 5 is here and later.
    all.insert(3, ("wx:1".to_owned(), 40, noted(1)));
    all.insert(4, ("wx:2".to_owned(), 1, noted(2)));
    let (stored, settled) = put_all(&shop, &all);
    assert_eq!(told(&stored, settled), (7, 3));
    let note = |n| {
        let here = shop.store.read(|reader| reader.detail(&format!("wx:{n}").as_str().into())).unwrap().unwrap();
        (here.version.seq, here.order.buyer_note, here.order.lines.len())
    };
    assert_eq!(note(1), (40, "要红盒".to_owned(), 2));
    assert_eq!(note(2), (22, String::new(), 2));
    assert_eq!(note(4), (24, String::new(), 2));
    assert_eq!(note(5), (90, String::new(), 2));
    assert_eq!(shop.store.audit_counters(Instant::EPOCH).unwrap(), []);
}

#[test]
fn an_order_that_is_only_gathered_is_seen_by_what_follows_in_its_transaction() {
    let shop = Shop::new();
    let event = OrderEvent { order: "wx:2".into(), kind: "hurry".to_owned(), at: 1_700_000_100_000 };
    shop.store
        .write_cache(|tx| {
            for n in 0..4 {
                let body = serde_json::to_string(&numbered(n)).unwrap();
                let stored = orders().upsert(tx, &format!("wx:{n}").as_str().into(), version(n + 1), &body).unwrap();
                assert_eq!(stored, if n == 0 { Stored::Changed } else { Stored::Gathered });
            }
            let told = serde_json::to_string(&event).unwrap();
            events().upsert(tx, &EntityKey::from("e:1"), version(8), &told).unwrap();
            assert_eq!(orders().gone(tx, &EntityKey::from("wx:3"), version(9))?, Stored::Changed);
            assert_eq!(tx.settle_orders()?, Settled { changed: 3, same: 0 });
            Ok(())
        })
        .unwrap();
    let row = |key: &str| shop.store.read(|reader| reader.order(&key.into())).unwrap();
    assert!(row("wx:2").is_some() && row("wx:3").is_none());
    assert_eq!(shop.store.audit_counters(Instant::EPOCH).unwrap(), []);
}
