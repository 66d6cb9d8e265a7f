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

/// Filters of a list that bring all that is not finished, most urgent first. Of 21, partly shipped, both 20 and 30 bring all.
pub(super) const OPEN: [i64; 5] = [20, 10, 12, 13, 30];

/// The `stock_type` of what is sold before it is there. How its days are counted (`full_payment_presale_delivery_type`) says nothing about
/// whether it is; the day itself comes as the line's deadline.
const PRESALE: i64 = 1;

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

pub(super) fn is_open_order(order: &Order) -> bool {
    order.open_after_sales > 0 || !FINISHED.contains(&order.status)
}

/// Seconds to milliseconds; 0 stands for nothing.
pub(super) fn at(seconds: i64) -> Option<i64> {
    (seconds > 0).then(|| seconds.saturating_mul(1_000))
}

pub(super) fn pieces(count: i64, what: &str) -> Result<u32, String> {
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
    let presale = product_infos.iter().any(|line| line.sku_deliver_info.stock_type == PRESALE);
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

/// Longest text of a field without a place, in bytes: an order stays a few kilobytes whatever the platform invents.
const LONGEST: usize = 4_096;

/// Fields without a place, but for those that say nothing: the platform leaves them out or sends them empty as it likes, and an order whose
/// emptiness is spelled in another way is not another order.
pub(super) fn kept(rest: BTreeMap<String, Value>) -> impl Iterator<Item = (String, Value)> {
    rest.into_iter().filter(|(name, value)| {
        !LEFT_OUT.contains(&name.as_str()) && !says_nothing(value) && value.to_string().len() <= LONGEST
    })
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
mod tests;
