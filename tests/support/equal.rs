//! Does a phone show what the platform has? Every fact that a screen shows of an order, compared with the platform's own answer and with its
//! books, for every order of the shop.
//!
//! What is expected is written down here once more, from the wire reference, and shares no code with the relay or the core: two that agree on
//! the same mistake would otherwise pass.

use serde_json::Value;
use shopkeeper_core::orders::{Basis, OrderDetail, OrderFilter, ParcelStanding, Phase};
use shopkeeper_sandbox::world::{OrderBook, OrderId};

use super::live::{Phone, Town, key};

/// The whole shop: no order is missing, none is there that is not, and each is equal.
pub(crate) fn the_phone_equals_the_books(phone: &Phone, town: &Town) {
    let books = town.books();
    let rows = phone.rows(&OrderFilter::default());
    let mut on_phone: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    on_phone.sort_unstable();
    let mut at_platform: Vec<String> = books.orders.iter().map(|book| key(book.id).0).collect();
    at_platform.sort_unstable();
    assert_eq!(on_phone, at_platform, "the orders themselves");
    for book in &books.orders {
        let wire = town.world(|world, now| world.order_json_at(book.id, now)).expect("the platform has it");
        the_order_equals(&phone.detail(book.id), book, &wire);
    }
}

/// One order.
pub(crate) fn the_order_equals_the_books(phone: &Phone, town: &Town, id: OrderId) {
    let books = town.books();
    let wire = town.world(|world, now| world.order_json_at(id, now)).expect("the platform has it");
    the_order_equals(&phone.detail(id), books.order(id).expect("the platform has it"), &wire);
}

fn the_order_equals(detail: &OrderDetail, book: &OrderBook, wire: &Value) {
    let (row, id) = (&detail.row, book.id);
    let order = &wire["order_detail"];
    assert_eq!(row.number, id.to_string());
    assert_eq!(row.status, i64::from(book.status.code()), "{id}: status");
    assert_eq!(row.phase, phase(row.status), "{id}: phase");
    assert_eq!(row.created_at.ms(), book.create_time * 1_000, "{id}: created");
    assert_eq!(row.paid_at.map(|at| at.ms()), at(&order["pay_info"]["pay_time"]), "{id}: paid");
    assert_eq!(row.merchant_note, book.merchant_note, "{id}: the merchant's note");
    assert_eq!(row.buyer_note, text(&order["ext_info"]["customer_notes"]), "{id}: the buyer's remark");
    assert_eq!(row.gift, wire["is_present"] == true, "{id}: a gift");
    assert_eq!(detail.scene, number(&order["ext_info"]["order_scene"]), "{id}: scene");
    assert_eq!(detail.live_id.as_deref().unwrap_or_default(), text(&order["ext_info"]["live_id"]), "{id}: live");
    assert_eq!(detail.finder_id.as_deref().unwrap_or_default(), text(&order["ext_info"]["finder_id"]), "{id}: finder");
    buyer_equals(detail, &order["delivery_info"], id);
    lines_equal(detail, book, &order["product_infos"], is_waiting(row.phase), id);
    parcels_equal(detail, book, order, id);
    money_equals(detail, &order["price_info"], id);
    let open_after_sales = number(&wire["aftersale_detail"]["on_aftersale_order_cnt"]);
    assert_eq!(row.after_sale_open, open_after_sales > 0, "{id}: after-sale");
}

fn buyer_equals(detail: &OrderDetail, delivery: &Value, id: OrderId) {
    let address = &delivery["address_info"];
    let row = &detail.row;
    let shown = [&row.buyer, &detail.phone, &row.province, &row.city, &detail.county];
    let told =
        ["user_name", "tel_number", "province_name", "city_name", "county_name"].map(|name| text(&address[name]));
    assert_eq!(shown.map(String::as_str), told, "{id}: the receiver");
    let street = format!("{}{}", text(&address["detail_info"]), text(&address["house_number"]));
    assert_eq!(detail.street, street, "{id}: the street");
    let asked = &delivery["address_under_review"];
    assert_eq!(row.address_requested, asked.is_object(), "{id}: another address");
    if let Some(wish) = &detail.address_request {
        assert_eq!(Some(wish.asked_at.ms()), at(&delivery["address_apply_time"]), "{id}: asked for another address");
        let told = ["province_name", "city_name", "county_name"].map(|name| text(&asked[name]));
        assert_eq!([&wish.province, &wish.city, &wish.county].map(String::as_str), told, "{id}: the other address");
    }
}

fn lines_equal(detail: &OrderDetail, book: &OrderBook, wire: &Value, waiting: bool, id: OrderId) {
    let wire = list(wire);
    assert_eq!(detail.lines.len(), wire.len(), "{id}: lines");
    for (line, told) in detail.lines.iter().zip(wire) {
        let (product, sku) = (text(&told["product_id"]), text(&told["sku_id"]));
        assert_eq!([line.product.as_str(), &line.sku], [product, sku], "{id}");
        assert_eq!([line.title.as_str(), &line.sku_code], [text(&told["title"]), text(&told["sku_code"])], "{id}");
        let attributes: Vec<&str> = list(&told["sku_attrs"]).iter().map(|attr| text(&attr["attr_value"])).collect();
        assert_eq!(line.sku_text, attributes.join(" · "), "{id}");
        assert_eq!(i64::from(line.quantity), number(&told["sku_cnt"]), "{id}: pieces of {sku}");
        assert_eq!(line.unit_price.fen(), number(&told["sale_price"]), "{id}: price of {sku}");
        assert_eq!(line.paid.fen(), number(&told["real_price"]), "{id}: paid for {sku}");
        let after_sales = (number(&told["on_aftersale_sku_cnt"]), number(&told["finish_aftersale_sku_cnt"]));
        let shown = (i64::from(line.after_sale_open), i64::from(line.after_sale_done));
        assert_eq!(shown, after_sales, "{id}: after-sales of {sku}");
        let in_parcels = book.parcels.iter().flat_map(|parcel| &parcel.items);
        let shipped: u32 = in_parcels
            .filter(|item| item.product_id == product && item.sku_id == sku)
            .map(|item| u32::from(item.count))
            .sum();
        assert_eq!(line.shipped, shipped, "{id}: shipped of {sku}");
        assert_eq!(line.saved, 0, "{id}: nothing waits on the phone");
        let ship_by = at(&told["delivery_deadline"]).filter(|_| waiting && line.shipped < line.quantity);
        let shown = line.ship_by.filter(|ship_by| ship_by.basis == Basis::Source).map(|ship_by| ship_by.at.ms());
        assert_eq!(shown, ship_by, "{id}: ship {sku} by");
    }
}

fn parcels_equal(detail: &OrderDetail, book: &OrderBook, order: &Value, id: OrderId) {
    let mut shown: Vec<_> = detail.parcels.iter().collect();
    shown.sort_by(|a, b| a.waybill.cmp(&b.waybill));
    let mut booked: Vec<_> = book.parcels.iter().collect();
    booked.sort_by(|a, b| a.waybill.cmp(&b.waybill));
    assert_eq!(shown.len(), booked.len(), "{id}: parcels");
    let products = list(&order["product_infos"]);
    for (parcel, booked) in shown.into_iter().zip(booked) {
        assert_eq!([&parcel.carrier, &parcel.waybill], [&booked.carrier, &booked.waybill], "{id}");
        assert!(
            matches!(parcel.standing, ParcelStanding::Recorded { at } if at.ms() == booked.at * 1_000),
            "{id}: {:?} is not on record at {}",
            parcel.standing,
            booked.at
        );
        let title = |sku: &str| {
            let product = products.iter().find(|product| product["sku_id"] == sku);
            product.map(|product| text(&product["title"]).to_owned()).unwrap_or_default()
        };
        let mut shown: Vec<_> = parcel.items.iter().map(|item| (item.title.clone(), item.quantity)).collect();
        shown.sort();
        let mut inside: Vec<_> = booked.items.iter().map(|item| (title(&item.sku_id), u32::from(item.count))).collect();
        inside.sort();
        assert_eq!(shown, inside, "{id}: what is in {}", parcel.waybill);
    }
}

fn money_equals(detail: &OrderDetail, price: &Value, id: OrderId) {
    let money = &detail.money;
    assert_eq!(detail.row.payable, money.payable, "{id}: list and detail");
    assert_eq!(money.goods.fen(), number(&price["product_price"]), "{id}: goods");
    assert_eq!(money.freight.fen(), number(&price["freight"]), "{id}: freight");
    assert_eq!(money.payable.fen(), number(&price["order_price"]), "{id}: payable");
    assert_eq!(money.receives.fen(), number(&price["merchant_receieve_price"]), "{id}: receives");
    let mut shown: Vec<(&str, i64)> =
        money.discounts.iter().map(|(kind, amount)| (kind.as_str(), amount.fen())).collect();
    shown.sort_unstable();
    let mut told: Vec<(&str, i64)> = [
        ("merchant_discounted_price", "merchant"),
        ("finder_discounted_price", "finder"),
        ("deduction_price", "deduction"),
        ("change_down_price", "price_change"),
        ("bulkbuy_discounted_price", "bulk_buy"),
        ("cash_coupon_discounted_price", "cash_coupon"),
    ]
    .into_iter()
    .map(|(field, kind)| (kind, number(&price[field])))
    .filter(|(_, amount)| *amount != 0)
    .collect();
    told.sort_unstable();
    assert_eq!(shown, told, "{id}: discounts");
    let taken: i64 = shown.iter().map(|(_, amount)| amount).sum();
    assert_eq!(money.goods.fen() + money.freight.fen() - taken, money.payable.fen(), "{id}: the sum");
}

fn phase(status: i64) -> Phase {
    match status {
        10 => Phase::Unpaid,
        12 | 13 => Phase::Waiting,
        20 => Phase::ToShip,
        21 => Phase::PartShipped,
        30 => Phase::ToReceive,
        100 => Phase::Done,
        190 | 200 | 250 => Phase::Closed,
        _ => Phase::Unknown,
    }
}

fn is_waiting(phase: Phase) -> bool {
    matches!(phase, Phase::ToShip | Phase::PartShipped)
}

/// Seconds of the platform in milliseconds; 0 and nothing are nothing.
fn at(value: &Value) -> Option<i64> {
    value.as_i64().filter(|seconds| *seconds > 0).map(|seconds| seconds * 1_000)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
