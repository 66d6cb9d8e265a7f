//! The platform's words in the protocol's.

use std::collections::BTreeMap;

use serde_json::Value;
use shopkeeper_protocol::{
    AddressRequest, Buyer, Carrier, CarrierCode, Discount, EntityKey, Order, OrderLine, OrderMoney, Parcel, ParcelItem,
};

use super::wire::{Address, Companies, Detail, Line, WireOrder, WireParcel};

/// The source's prefix of keys.
pub(super) const SOURCE: &str = "wx";

/// Statuses of which nothing more comes: completed, all products refunded, oversold, cancelled unpaid.
const FINISHED: [i64; 4] = [100, 190, 200, 250];

/// Statuses that can be asked for and are not finished, most urgent first.
pub(super) const OPEN: [i64; 6] = [20, 21, 10, 12, 13, 30];

/// Statuses in which something is waiting to be shipped.
pub(super) const SHIPPABLE: [i64; 2] = [20, 21];

/// Fields that take part in `order_price`, with the protocol's word for each.
const DISCOUNTS: [(&str, &str); 9] = [
    ("merchant_discounted_price", "merchant"),
    ("finder_discounted_price", "finder"),
    ("deduction_price", "deduction"),
    ("change_down_price", "price_change"),
    ("bulkbuy_discounted_price", "bulk_buy"),
    ("national_subsidy_discounted_price", "national_subsidy"),
    ("cash_coupon_discounted_price", "cash_coupon"),
    ("national_subsidy_merchant_discounted_price", "national_subsidy_merchant"),
    ("platform_activity_merchant_discounted_price", "platform_activity_merchant"),
];

/// What is documented and not kept: it names people (also those who only passed the goods on), is free text of theirs, or is what the
/// platform pays to others. Everything else that has no place in the protocol travels as it came.
const LEFT_OUT: [&str; 17] = [
    "unionid",
    "present_note",
    "present_giver_openid",
    "present_giver_unionid",
    "order_present_info",
    "intra_city_order_info",
    "coupon_info",
    "commission_infos",
    "source_infos",
    "agent_info",
    "sharer_info",
    "sku_sharer_infos",
    "greeting_card_info",
    "custom_info",
    "custom_infos",
    // An older name of an object that is read, and the envelope.
    "payment_info",
    "errmsg",
];

pub(super) fn key(id: &str) -> EntityKey {
    EntityKey(format!("{SOURCE}:{id}"))
}

/// The platform's id in a key of this source.
pub(super) fn id(key: &EntityKey) -> Option<&str> {
    key.as_str().strip_prefix(SOURCE)?.strip_prefix(':').filter(|id| is_id(id))
}

pub(super) fn is_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok_and(|id| id != 0)
}

pub(super) fn is_open(order: &Order) -> bool {
    order.open_after_sales > 0 || !FINISHED.contains(&order.status)
}

/// Seconds to milliseconds; 0 stands for nothing.
fn at(seconds: i64) -> Option<i64> {
    (seconds > 0).then(|| seconds.saturating_mul(1_000))
}

fn pieces(count: i64, what: &str) -> Result<u32, String> {
    u32::try_from(count).map_err(|_| format!("{what}: not a number of pieces"))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// An order; the error names the field and never its value.
pub(super) fn order(wire: WireOrder) -> Result<Order, String> {
    if !is_id(&wire.order_id) {
        return Err("order.order_id: not an id".to_owned());
    }
    if wire.status == 0 {
        return Err("order.status: missing".to_owned());
    }
    let extra = kept(wire.order_detail.rest).chain(kept(wire.rest)).collect();
    let Detail { product_infos, pay_info, price_info, delivery_info, ext_info, settle_info, .. } = wire.order_detail;
    let presale = product_infos.iter().any(|line| {
        line.sku_deliver_info.stock_type == 1 || line.sku_deliver_info.full_payment_presale_delivery_type > 0
    });
    let address_request =
        delivery_info.address_under_review.filter(|asked| !asked.is_empty()).map(|asked| AddressRequest {
            asked_at: at(delivery_info.address_apply_time).unwrap_or_default(),
            street: asked.street(),
            province: asked.province_name,
            city: asked.city_name,
            county: asked.county_name,
        });
    let address = delivery_info.address_info;
    Ok(Order {
        number: wire.order_id,
        status: wire.status,
        created_at: at(wire.create_time).unwrap_or_default(),
        updated_at: at(wire.update_time).unwrap_or_default(),
        paid_at: at(pay_info.pay_time),
        shipped_at: at(delivery_info.ship_done_time),
        received_at: at(ext_info.confirm_receipt_time),
        settled_at: at(settle_info.settle_time),
        payment_method: pay_info.payment_method,
        scene: ext_info.order_scene,
        live_id: some(ext_info.live_id),
        finder_id: some(ext_info.finder_id),
        buyer: Buyer {
            key: wire.openid,
            street: address.street(),
            name: address.user_name,
            phone: address.tel_number,
            province: address.province_name,
            city: address.city_name,
            county: address.county_name,
            address_hash: address.hash_code,
        },
        lines: product_infos.into_iter().map(line).collect::<Result<_, _>>()?,
        parcels: delivery_info.delivery_product_info.into_iter().map(parcel).collect::<Result<_, _>>()?,
        money: money(&price_info)?,
        buyer_note: ext_info.customer_notes,
        merchant_note: ext_info.merchant_notes,
        address_request,
        open_after_sales: wire.aftersale_detail.on_aftersale_order_cnt,
        after_sales: wire
            .aftersale_detail
            .aftersale_order_list
            .into_iter()
            .map(|after_sale| after_sale.aftersale_order_id)
            .collect(),
        deliver_method: delivery_info.deliver_method,
        gift: wire.is_present,
        presale,
        extra,
    })
}

/// Fields without a place, but for those that say nothing: the platform leaves them out or sends them empty as it likes, and an order whose
/// emptiness is spelled in another way is not another order.
fn kept(rest: BTreeMap<String, Value>) -> impl Iterator<Item = (String, Value)> {
    rest.into_iter().filter(|(name, value)| !LEFT_OUT.contains(&name.as_str()) && !says_nothing(value))
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Address {
    fn street(&self) -> String {
        format!("{}{}", self.detail_info, self.house_number)
    }

    fn is_empty(&self) -> bool {
        self.province_name.is_empty()
            && self.city_name.is_empty()
            && self.county_name.is_empty()
            && self.detail_info.is_empty()
    }
}

fn line(wire: Line) -> Result<OrderLine, String> {
    let sku_text = wire
        .sku_attrs
        .iter()
        .map(|attr| attr.attr_value.as_str())
        .filter(|value| !value.is_empty())
        .collect::<Vec<_>>();
    Ok(OrderLine {
        sku_text: sku_text.join(" · "),
        product: wire.product_id,
        sku: wire.sku_id,
        title: wire.title,
        sku_code: wire.sku_code,
        thumb: wire.thumb_img,
        quantity: pieces(wire.sku_cnt, "product_infos.sku_cnt")?,
        unit_price: wire.sale_price,
        paid: wire.real_price,
        after_sale_open: pieces(wire.on_aftersale_sku_cnt, "product_infos.on_aftersale_sku_cnt")?,
        after_sale_done: pieces(wire.finish_aftersale_sku_cnt, "product_infos.finish_aftersale_sku_cnt")?,
        ship_by: at(wire.delivery_deadline),
    })
}

fn parcel(wire: WireParcel) -> Result<Parcel, String> {
    let items = wire.product_infos.into_iter().map(|item| {
        let quantity = pieces(item.product_cnt, "delivery_product_info.product_cnt")?;
        Ok::<_, String>(ParcelItem { product: item.product_id, sku: item.sku_id, quantity })
    });
    Ok(Parcel {
        items: items.collect::<Result<_, _>>()?,
        carrier: wire.delivery_id,
        carrier_name: wire.delivery_name,
        waybill: wire.waybill_id,
        shipped_at: at(wire.delivery_time).unwrap_or_default(),
    })
}

/// The protocol's sum holds for every order: what the known reductions do not explain is named `other`.
fn money(wire: &BTreeMap<String, Value>) -> Result<OrderMoney, String> {
    let fen = |name: &str| {
        let value = wire.get(name).cloned().unwrap_or_default();
        super::wire::int(value).map_err(|_| format!("price_info.{name}: not an amount"))
    };
    let (goods, freight, payable) = (fen("product_price")?, fen("freight")?, fen("order_price")?);
    let mut discounts = Vec::new();
    let mut left = i128::from(goods) + i128::from(freight) - i128::from(payable);
    for (field, kind) in DISCOUNTS {
        let amount = fen(field)?;
        if amount != 0 {
            left -= i128::from(amount);
            discounts.push(Discount { kind: kind.to_owned(), amount });
        }
    }
    if left != 0 {
        let amount = i64::try_from(left).map_err(|_| "price_info: amounts out of range".to_owned())?;
        discounts.push(Discount { kind: "other".to_owned(), amount });
    }
    Ok(OrderMoney { goods, freight, discounts, payable, receives: fen("merchant_receieve_price")? })
}

/// Carriers as listed, and the one that the platform takes for every other and does not list.
pub(super) fn carriers(wire: Companies) -> Vec<Carrier> {
    let mut carriers: Vec<Carrier> = wire
        .company_list
        .into_iter()
        .filter(|company| !company.delivery_id.is_empty())
        .map(|company| Carrier { code: CarrierCode(company.delivery_id), name: company.delivery_name })
        .collect();
    if !carriers.iter().any(|carrier| carrier.code.as_str() == "OTHER") {
        carriers.push(Carrier { code: CarrierCode("OTHER".to_owned()), name: "其他".to_owned() });
    }
    carriers
}

#[cfg(test)]
mod tests {
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
        assert!(is_open(&order));
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
        assert!(!is_open(&order));
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
        assert!(is_open(&order), "a status without a word may need the shop");
        let kept = serde_json::to_string(&order.extra).unwrap();
        let expected = r#"{"brand_new":{"id":3705115058471208928},"is_flash_sale_order":false,"refund_info":{"refund_freight":1}}"#;
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
        assert!(is_open(&order), "an unfinished after-sale keeps a completed order open");
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
}
