//! A first sweep, compared order by order and field by field.

use std::collections::BTreeMap;

use serde_json::Value;
use shopkeeper_protocol::Order;

use super::shop::{Feed, Shop, TWO_YEARS, key};

#[tokio::test]
async fn the_relay_has_every_order_as_the_platform_has_it() {
    let shop = Shop::quiet(300, TWO_YEARS).await;
    let feed = shop.first_of_everything().await;
    assert_eq!(
        feed.end["claims"].as_array().map(Vec::len),
        Some(4),
        "what is open and the whole history, of orders and of after-sales: {}",
        feed.end
    );
    assert_same(&shop, feed);
    shop.close().await;
}

/// What the relay has is what the platform has: nothing set aside, nothing missing, nothing twice, every field equal.
pub(crate) fn assert_same(shop: &Shop, feed: Feed) {
    let books = shop.books();
    assert_eq!(feed.orders.len(), books.orders.len());
    let orders: BTreeMap<_, _> = feed.orders.into_iter().collect();
    for book in &books.orders {
        let order = orders.get(&key(book.id)).unwrap_or_else(|| panic!("{} is missing", book.id));
        let wire = shop.world(|world| world.order_json(book.id)).expect("the platform has it");
        assert_eq!(order.status, i64::from(book.status.code()));
        assert_eq!((order.created_at, order.updated_at), (book.create_time * 1_000, book.update_time * 1_000));
        assert_eq!(order.merchant_note, book.merchant_note);
        compare(order, &wire);
    }
}

/// Seconds of the platform as the protocol has them.
pub(crate) fn at(value: &Value) -> Option<i64> {
    value.as_i64().map(|seconds| seconds * 1_000)
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn compare(order: &Order, wire: &Value) {
    let number = text(&wire["order_id"]);
    let detail = &wire["order_detail"];
    let (delivery, ext) = (&detail["delivery_info"], &detail["ext_info"]);
    assert_eq!(order.number, number);
    assert_eq!(order.paid_at, at(&detail["pay_info"]["pay_time"]), "{number}");
    assert_eq!(order.shipped_at, at(&delivery["ship_done_time"]), "{number}");
    assert_eq!(order.received_at, at(&ext["confirm_receipt_time"]), "{number}");
    assert_eq!(order.settled_at, at(&detail["settle_info"]["settle_time"]), "{number}");
    assert_eq!(Some(order.payment_method), detail["pay_info"]["payment_method"].as_i64(), "{number}");
    assert_eq!(Some(order.scene), ext["order_scene"].as_i64(), "{number}");
    assert_eq!(order.live_id.as_deref().unwrap_or_default(), text(&ext["live_id"]), "{number}");
    assert_eq!(order.finder_id.as_deref().unwrap_or_default(), text(&ext["finder_id"]), "{number}");
    assert_eq!(order.buyer_note, text(&ext["customer_notes"]), "{number}");
    assert_eq!(order.merchant_note, text(&ext["merchant_notes"]), "{number}");
    assert_eq!(Some(order.deliver_method), delivery["deliver_method"].as_i64(), "{number}");
    assert_eq!(order.gift, wire["is_present"] == true, "{number}");
    compare_buyer(order, wire);
    compare_lines(order, wire);
    compare_parcels(order, &delivery["delivery_product_info"]);
    compare_money(order, &detail["price_info"]);
    let after_sales = &wire["aftersale_detail"];
    assert_eq!(Some(order.open_after_sales), after_sales["on_aftersale_order_cnt"].as_i64(), "{number}");
    let ids: Vec<_> =
        list(&after_sales["aftersale_order_list"]).iter().map(|one| text(&one["aftersale_order_id"])).collect();
    assert_eq!(order.after_sales, ids, "{number}");
    let asked = &delivery["address_under_review"];
    assert_eq!(order.address_request.is_some(), asked.is_object(), "{number}");
    if let Some(request) = &order.address_request {
        assert_eq!(Some(request.asked_at), at(&delivery["address_apply_time"]), "{number}");
        let place = [&request.province, &request.city, &request.county, &request.street];
        assert_eq!(place, ["province_name", "city_name", "county_name", "detail_info"].map(|name| text(&asked[name])));
    }
}

fn compare_buyer(order: &Order, wire: &Value) {
    let (buyer, address) = (&order.buyer, &wire["order_detail"]["delivery_info"]["address_info"]);
    assert_eq!(buyer.key, text(&wire["openid"]), "{}", order.number);
    let told =
        [&buyer.name, &buyer.phone, &buyer.province, &buyer.city, &buyer.county, &buyer.street, &buyer.address_hash];
    let names = ["user_name", "tel_number", "province_name", "city_name", "county_name", "detail_info", "hash_code"];
    assert_eq!(told, names.map(|name| text(&address[name])), "{}", order.number);
    for masked in [&buyer.name, &buyer.phone, &buyer.street] {
        assert!(masked.is_empty() || masked.contains('*'), "{}: contact data travels masked", order.number);
    }
}

fn compare_lines(order: &Order, wire: &Value) {
    let lines = list(&wire["order_detail"]["product_infos"]);
    assert_eq!(order.lines.len(), lines.len(), "{}", order.number);
    let mut presale = false;
    for (line, wire) in order.lines.iter().zip(lines) {
        let told = [&line.product, &line.sku, &line.title, &line.sku_code, &line.thumb];
        assert_eq!(told, ["product_id", "sku_id", "title", "sku_code", "thumb_img"].map(|name| text(&wire[name])));
        let values: Vec<_> = list(&wire["sku_attrs"]).iter().map(|attr| text(&attr["attr_value"])).collect();
        assert_eq!(line.sku_text, values.join(" · "));
        let counts = [line.quantity, line.after_sale_open, line.after_sale_done].map(|count| Some(u64::from(count)));
        let names = ["sku_cnt", "on_aftersale_sku_cnt", "finish_aftersale_sku_cnt"];
        assert_eq!(counts, names.map(|name| wire[name].as_u64()), "{}", order.number);
        assert_eq!(
            [line.unit_price, line.paid].map(Some),
            ["sale_price", "real_price"].map(|name| wire[name].as_i64())
        );
        assert_eq!(line.ship_by, at(&wire["delivery_deadline"]), "{}", order.number);
        presale |= wire["sku_deliver_info"]["stock_type"] == 1;
    }
    assert_eq!(order.presale, presale, "{}", order.number);
}

fn compare_parcels(order: &Order, wire: &Value) {
    let parcels = list(wire);
    assert_eq!(order.parcels.len(), parcels.len(), "{}", order.number);
    for (parcel, wire) in order.parcels.iter().zip(parcels) {
        let told = [&parcel.carrier, &parcel.carrier_name, &parcel.waybill];
        assert_eq!(
            told,
            ["delivery_id", "delivery_name", "waybill_id"].map(|name| text(&wire[name])),
            "{}",
            order.number
        );
        assert_eq!(Some(parcel.shipped_at), at(&wire["delivery_time"]), "{}", order.number);
        let items: Vec<_> =
            parcel.items.iter().map(|item| (&*item.product, &*item.sku, Some(u64::from(item.quantity)))).collect();
        let wire = list(&wire["product_infos"]).iter();
        let wire: Vec<_> =
            wire.map(|item| (text(&item["product_id"]), text(&item["sku_id"]), item["product_cnt"].as_u64())).collect();
        assert_eq!(items, wire, "{}", order.number);
    }
}

fn compare_money(order: &Order, wire: &Value) {
    let money = &order.money;
    let told = [money.goods, money.freight, money.payable, money.receives].map(Some);
    let names = ["product_price", "freight", "order_price", "merchant_receieve_price"];
    assert_eq!(told, names.map(|name| wire[name].as_i64()), "{}", order.number);
    let off: i64 = money.discounts.iter().map(|discount| discount.amount).sum();
    assert_eq!(money.goods + money.freight - off, money.payable, "{}", order.number);
    assert!(money.discounts.iter().all(|discount| discount.kind != "other"), "{}: {:?}", order.number, money.discounts);
    for (kind, name) in [
        ("merchant", "merchant_discounted_price"),
        ("finder", "finder_discounted_price"),
        ("deduction", "deduction_price"),
        ("price_change", "change_down_price"),
        ("bulk_buy", "bulkbuy_discounted_price"),
        ("cash_coupon", "cash_coupon_discounted_price"),
    ] {
        let amount =
            money.discounts.iter().find(|discount| discount.kind == kind).map_or(0, |discount| discount.amount);
        assert_eq!(Some(amount), wire[name].as_i64(), "{}: {kind}", order.number);
    }
}
