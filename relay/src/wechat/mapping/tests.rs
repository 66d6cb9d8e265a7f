use proptest::prelude::*;

use super::super::wire::OrderAnswer;
use super::*;

// The example of the wire reference.
const ORDER: &str = r#"{"errcode":0,"errmsg":"ok","order":{
 "order_id":"3705115058471208928","openid":"oX_buyer_1","create_time":1790000100,"update_time":1790003700,"status":20,
 "order_detail":{
  "product_infos":[{"product_id":"10000012345678","sku_id":"2345678901","title":"手工陶杯","thumb_img":"https://mmecimage.cn/p/wx0123/HAbc",
    "sku_cnt":2,"sale_price":4900,"market_price":4900,"real_price":8800,"estimate_price":8800,"is_discounted":true,
    "on_aftersale_sku_cnt":0,"finish_aftersale_sku_cnt":0,"sku_code":"CUP-B","sku_attrs":[{"attr_key":"颜色","attr_value":"蓝"}],
    "sku_deliver_info":{"stock_type":0},"delivery_deadline":1790172900,
    "order_product_coupon_info_list":[{"user_coupon_id":"109694341","coupon_id":"12639900","coupon_type":1,"discounted_price":1000}]}],
  "pay_info":{"payment_method":1,"pay_time":1790000160,"transaction_id":"4200000000202609220000000001"},
  "price_info":{"product_price":9800,"freight":600,"original_order_price":10400,"order_price":9400,"discounted_price":1000,
    "merchant_discounted_price":1000,"is_discounted":true,"merchant_receieve_price":9400},
  "delivery_info":{"deliver_method":0,"address_info":{"user_name":"张*","tel_number":"138****0000","province_name":"广东省","city_name":"广州市",
    "county_name":"海珠区","detail_info":"****","use_tel_number":1,"hash_code":"a1b2c3"}},
  "ext_info":{"customer_notes":"","merchant_notes":"","order_scene":3,"finder_id":"sphABCDEF"}},
 "aftersale_detail":{"aftersale_order_list":[],"on_aftersale_order_cnt":0}}}"#;

fn read(text: &str) -> Result<Order, String> {
    order(serde_json::from_str::<OrderAnswer>(text).map_err(|error| error.to_string())?.order)
}

#[test]
fn the_example_order() {
    let order = read(ORDER).unwrap();
    assert_eq!(order.number, "3705115058471208928");
    assert_eq!((order.status, order.created_at, order.paid_at), (20, 1_790_000_100_000, Some(1_790_000_160_000)));
    assert_eq!((order.buyer.name.as_str(), order.buyer.address_hash.as_str()), ("张*", "a1b2c3"));
    let line = &order.lines[0];
    assert_eq!((line.sku_text.as_str(), line.quantity, line.unit_price, line.paid), ("蓝", 2, 4_900, 8_800));
    assert_eq!(line.ship_by, Some(1_790_172_900_000));
    assert_eq!(order.money.discounts, [Discount { kind: "merchant".to_owned(), amount: 1_000 }]);
    assert_eq!((order.money.payable, order.money.receives), (9_400, 9_400));
    assert_eq!(
        (order.shipped_at, order.address_request.as_ref(), order.presale, order.gift),
        (None, None, false, false)
    );
    assert!(is_open_order(&order));
}

#[test]
fn presale_is_what_the_stock_says() {
    let with = |said: &str| read(&ORDER.replace(r#""sku_deliver_info":{"stock_type":0}"#, said)).unwrap().presale;
    assert!(with(r#""sku_deliver_info":{"stock_type":"1","full_payment_presale_delivery_type":0}"#));
    assert!(!with(r#""sku_deliver_info":{"stock_type":0,"full_payment_presale_delivery_type":1}"#));
    assert!(!with(r#""sku_deliver_info":null"#));
}

#[test]
fn numbers_as_text_nulls_and_missing_objects() {
    let order = read(
        r#"{"order":{"order_id":3705115058471208928,"create_time":"1790000100","status":"250","order_detail":{"product_infos":null,
            "pay_info":{},"price_info":{"product_price":"100","freight":null,"order_price":90},"delivery_info":null,"new":{"a":1.5}},
            "aftersale_detail":null,"is_present":1}}"#,
    )
    .unwrap();
    assert_eq!((order.number.as_str(), order.status, order.gift), ("3705115058471208928", 250, true));
    assert_eq!(order.paid_at, None);
    assert_eq!(order.money.discounts, [Discount { kind: "other".to_owned(), amount: 10 }]);
    assert!(!is_open_order(&order));
    assert_eq!(order.extra, BTreeMap::from([("new".to_owned(), serde_json::json!({ "a": 1.5 }))]));
}

#[test]
fn what_has_no_place_is_kept_unless_it_is_empty_or_of_people() {
    let order = read(
        r#"{"order":{"order_id":"7","status":77,"brand_new":{"id":3705115058471208928},"unionid":"o_1","present_note":"给妈妈","nothing":[],
            "is_flash_sale_order":false,"order_detail":{"refund_info":{"refund_freight":1},"agent_info":{"agent_finder_nickname":"某"},"empty":""}}}"#,
    )
    .unwrap();
    assert_eq!(order.status, 77);
    assert!(is_open_order(&order), "a status without a word may need the shop");
    let kept = serde_json::to_string(&order.extra).unwrap();
    let expected =
        r#"{"brand_new":{"id":3705115058471208928},"is_flash_sale_order":false,"refund_info":{"refund_freight":1}}"#;
    assert_eq!(kept, expected);
}

#[test]
fn parcels_and_what_the_buyer_asks() {
    let order = read(
        r#"{"order":{"order_id":"7","status":100,"order_detail":{"delivery_info":{"ship_done_time":1790003700,"address_apply_time":1790000200,
            "address_under_review":{"province_name":"浙江省","city_name":"宁波市","county_name":"鄞州区","detail_info":"****"},
            "delivery_product_info":[{"waybill_id":"SF1","delivery_id":"SF","delivery_time":1790003700,"deliver_type":1,
              "product_infos":[{"product_id":1,"sku_id":"2","product_cnt":1}]}]}},
            "aftersale_detail":{"aftersale_order_list":[{"aftersale_order_id":2000000012345678,"status":0}],"on_aftersale_order_cnt":1}}}"#,
    )
    .unwrap();
    assert_eq!(order.parcels[0].items, [ParcelItem { product: "1".to_owned(), sku: "2".to_owned(), quantity: 1 }]);
    assert_eq!(order.address_request.as_ref().unwrap().asked_at, 1_790_000_200_000);
    assert_eq!(order.after_sales, ["2000000012345678"]);
    assert!(is_open_order(&order), "an unfinished after-sale keeps a completed order open");
}

#[test]
fn what_cannot_be_read_is_named_without_its_value() {
    let bad = r#"{"order":{"order_id":"7","status":20,"order_detail":{"product_infos":[{"sku_cnt":-3}]}}}"#;
    assert_eq!(read(bad).unwrap_err(), "product_infos.sku_cnt: not a number of pieces");
    assert_eq!(read(r#"{"order":{}}"#).unwrap_err(), "order.order_id: not an id");
}

#[test]
fn keys_there_and_back() {
    assert_eq!(id(&key("3705115058471208928")), Some("3705115058471208928"));
    for other in ["3705115058471208928", "wx:", "wx:7a", "wx:0", "other:7", "wx:99999999999999999999"] {
        assert_eq!(id(&EntityKey::from(other)), None);
    }
}

/// What the platform might send instead of a value. The texts are marked, so that a leak is found.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9]{0,25}".prop_map(Value::from),
        "林[a-z]{0,3}".prop_map(Value::from),
        Just(serde_json::json!([])),
        Just(serde_json::json!({ "林": 1 })),
        Just(serde_json::json!([["林"], null])),
    ]
}

/// Puts `odd` where the walk ends: each step picks one of the children, until there is none or the walk is over.
fn put(at: &mut Value, walk: &[prop::sample::Index], odd: Value) {
    let Some((step, rest)) = walk.split_first() else { return *at = odd };
    match at {
        Value::Object(fields) if !fields.is_empty() => {
            let chosen = step.index(fields.len());
            put(fields.values_mut().nth(chosen).unwrap(), rest, odd);
        }
        Value::Array(items) if !items.is_empty() => {
            let chosen = step.index(items.len());
            put(&mut items[chosen], rest, odd);
        }
        _ => *at = odd,
    }
}

proptest! {
    #[test]
    fn whatever_stands_anywhere_is_read_or_named_and_never_quoted(
        changes in prop::collection::vec((prop::collection::vec(any::<prop::sample::Index>(), 0..7), odd()), 1..4),
    ) {
        let mut answer: Value = serde_json::from_str(ORDER).unwrap();
        for (walk, odd) in changes {
            put(&mut answer, &walk, odd);
        }
        // Of an answer that does not even parse, only its place is ever told.
        let Ok(answer) = serde_json::from_value::<OrderAnswer>(answer) else { return Ok(()) };
        match order(answer.order) {
            Ok(order) => {
                let discounts: i128 = order.money.discounts.iter().map(|discount| i128::from(discount.amount)).sum();
                let sum = i128::from(order.money.goods) + i128::from(order.money.freight) - discounts;
                prop_assert_eq!(sum, i128::from(order.money.payable));
                prop_assert!(id(&key(&order.number)).is_some());
            }
            Err(error) => prop_assert!(!error.contains('林'), "{}", error),
        }
    }
}
