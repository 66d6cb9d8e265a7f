//! Look-ups while an index waits for the end of a first sync, and the index after it.

use shopkeeper_protocol::EntityKey;

use super::super::deferred::Deferred;
use super::{Shop, order, parcel, version};
use crate::time::Instant;

impl Shop {
    /// What a number's end and a waybill find.
    fn found(&self) -> (Vec<EntityKey>, Vec<EntityKey>) {
        let by_tail = self.store.read(|reader| reader.find("0042")).unwrap();
        let by_waybill = self.store.read(|reader| reader.orders_with_waybill("sf7", Instant::EPOCH)).unwrap();
        (by_tail, by_waybill)
    }

    fn misses_index(&self) -> bool {
        self.store.read(|reader| reader.misses_index()).unwrap()
    }

    fn put_shipped(&self, n: i64) {
        let mut order = order(&format!("37051150{n:04}"), n);
        order.parcels = vec![parcel(&order, &format!("SF{}", n % 10), n)];
        self.put(&EntityKey(format!("wx:{n}")), version(n), &order);
    }

    fn schema(&self) -> Vec<String> {
        self.store.read(|reader| reader.dump("SELECT name, sql FROM sqlite_schema ORDER BY name")).unwrap()
    }
}

#[test]
fn look_ups_find_the_same_with_and_without_their_index() {
    let (shop, new) = (Shop::new(), Shop::new());
    // The statements that name an index are prepared on this connection before it goes.
    assert_eq!(shop.found(), (Vec::new(), Vec::new()));
    shop.store.write_cache(|tx| tx.defer_indexes()).unwrap();
    assert!(shop.misses_index());
    for n in 1..200 {
        shop.put_shipped(n);
    }
    let without = shop.found();
    assert_eq!(without.0, [EntityKey::from("wx:42")]);
    assert_eq!(without.1.len(), 20);
    let mut built = 0;
    while shop.misses_index() {
        shop.store.write_cache(|tx| tx.build_missing_index()).unwrap();
        built += 1;
    }
    assert_eq!(built, Deferred::EVERY.len(), "one in a transaction");
    assert_eq!(shop.found(), without);
    assert_eq!(shop.schema(), new.schema(), "as in a new file");
}

#[test]
fn orders_that_are_here_keep_their_indexes() {
    let shop = Shop::new();
    shop.put_shipped(42);
    shop.store.write_cache(|tx| tx.defer_indexes()).unwrap();
    assert!(!shop.misses_index());
}
