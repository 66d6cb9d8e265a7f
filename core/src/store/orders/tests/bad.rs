//! A body that cannot be read says which field, never what stood in it, and leaves what was there.

use shopkeeper_protocol::EntityKey;

use super::{Shop, events, order, orders, version};
use crate::orders::sinks::{CarrierSink, ShopSink};
use crate::sync::sink::{EntitySink, SinkError};

fn refused(shop: &Shop, sink: &dyn EntitySink, body: &str) -> String {
    let mut what = String::new();
    shop.store
        .write_cache(|tx| {
            match sink.upsert(tx, &EntityKey::from("wx:1"), version(9), body) {
                Err(SinkError::Bad(bad)) => what = bad.to_string(),
                other => panic!("{other:?}: {body}"),
            }
            Ok(())
        })
        .unwrap();
    what
}

#[test]
fn a_bad_order_names_its_field_and_the_good_one_stays() {
    let shop = Shop::new();
    let good = order("3705115058471208928", 5_000);
    shop.put(&EntityKey::from("wx:1"), version(1), &good);
    let broken = |field: &str, value: serde_json::Value| {
        let mut body = serde_json::to_value(&good).unwrap();
        body[field] = value;
        body.to_string()
    };
    let secret = "林晓 13800002807";
    for (body, what) in [
        ("{}".to_owned(), "number: expected a text that is not empty"),
        ("[]".to_owned(), "number: expected a text that is not empty"),
        ("null".to_owned(), "expected struct Order"),
        (broken("number", 7.into()), "number: expected a string"),
        (broken("number", "".into()), "number: expected a text that is not empty"),
        (broken("created_at", secret.into()), "created_at: expected i64"),
        (broken("created_at", 0.into()), "created_at: expected an instant in milliseconds"),
        (broken("status", secret.into()), "status: expected i64"),
        (broken("lines", secret.into()), "lines: expected a sequence"),
        (broken("lines", serde_json::json!([{}, {"quantity": secret}])), "lines[1].quantity: expected u32"),
        (broken("buyer", serde_json::json!({"phone": {"of": secret}})), "buyer.phone: expected a string"),
        (broken("paid_at", secret.into()), "paid_at: expected i64"),
    ] {
        assert_eq!(refused(&shop, &orders(), &body), what);
    }
    let here = shop.store.read(|reader| reader.detail(&EntityKey::from("wx:1"))).unwrap().unwrap();
    assert_eq!((here.version, here.order), (version(1), good));
}

#[test]
fn so_do_the_other_kinds() {
    let shop = Shop::new();
    for (sink, body, what) in [
        (&events() as &dyn EntitySink, r#"{"order":"wx:1","kind":"hurry"}"#, "missing field `at`"),
        (&CarrierSink, r#"{"code":"SF","name":7}"#, "expected a string"),
        (&ShopSink, r#"{"key":"tea","name":"茶"}"#, "missing field `zone_offset_minutes`"),
    ] {
        assert_eq!(refused(&shop, sink, body), what);
    }
}
