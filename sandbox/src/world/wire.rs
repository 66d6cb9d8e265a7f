//! An order as order/get shows it (wire reference §2.3), made from the row when somebody asks.
//!
//! Name, phone and street are masked, as the platform masks them; the world does not know them either. The sums follow
//! the documented formula: `order_price` = `original_order_price` minus every discount that stands in it.

use serde_json::{Map, Value, json};

use super::aftersale::whole_order_case;
use super::goods::{self, Promise};
use super::order::{Kind, Line, Order, OrderId, Scene, Status};
use super::random::{derived, derived_text};
use super::requests::{WrittenAddress, sku_state};
use super::{Refusal, Seen, World, people, sku_number};

const DAY: i64 = 86_400;

impl World {
    /// The order as reads show it at the world's present time.
    pub fn order_json(&self, id: OrderId) -> Result<Value, Refusal> {
        self.order_json_at(id, self.now)
    }

    /// The order as a read at `now_s` shows it.
    pub fn order_json_at(&self, id: OrderId, now_s: i64) -> Result<Value, Refusal> {
        let index = self.find(id)?;
        let seen = self.seen(index, now_s);
        let order = seen.order;
        let mut json = json!({
            "order_id": id.to_string(),
            "openid": self.openid(order.buyer),
            "unionid": "",
            "create_time": order.created,
            "update_time": order.updated,
            "status": order.status.code(),
            "order_detail": {
                "product_infos": self.product_infos(&seen),
                "pay_info": pay_info(order),
                "price_info": price_info(order, seen.lines, seen.extra.and_then(|extra| extra.first_freight)),
                "delivery_info": self.delivery_info(&seen),
                "ext_info": self.ext_info(&seen),
                "settle_info": settle_info(order, seen.lines),
                "source_infos": self.source_infos(&seen),
            },
            "aftersale_detail": self.aftersale_detail(&seen),
        });
        if order.kind == Kind::Gift
            && let Some(fields) = json.as_object_mut()
        {
            fields.insert("is_present".into(), true.into());
            fields.insert("present_order_id_str".into(), id.to_string().into());
            fields.insert("present_note".into(), "一点心意，请收下".into());
            fields.insert("present_giver_openid".into(), self.openid(order.buyer).into());
            fields.insert("present_send_type".into(), 0.into());
        }
        Ok(json)
    }

    fn product_infos(&self, seen: &Seen<'_>) -> Vec<Value> {
        seen.lines.iter().enumerate().map(|(position, line)| self.product_info(seen, line, position)).collect()
    }

    fn product_info(&self, seen: &Seen<'_>, line: &Line, position: usize) -> Value {
        let order = seen.order;
        let good = goods::of(line.product);
        let (attr_value, _) = good.skus[usize::from(line.sku)];
        let d = &line.discounts;
        let mut json = json!({
            "product_id": self.product_id(line),
            "sku_id": self.sku_id(line),
            "title": goods::title(line.product),
            "thumb_img": self.picture(line.product),
            "sku_cnt": line.bought,
            "sale_price": line.unit_price,
            "market_price": (line.unit_price / 100 * 6 / 5 + 1) * 100,
            "real_price": line.real_price(),
            "estimate_price": line.estimate(),
            "is_discounted": line.estimate() < line.list_price(),
            "is_change_price": d.change_down > 0,
            "on_aftersale_sku_cnt": line.on_aftersale,
            "finish_aftersale_sku_cnt": line.after_aftersale,
            "sku_code": goods::sku_code(line.product, line.sku),
            "sku_attrs": [{ "attr_key": good.attr, "attr_value": attr_value }],
            "sku_deliver_info": deliver_info_of(order, good.promise),
            "extra_service": { "seven_day_return": 1, "freight_insurance": u8::from(line.unit_price < 20_000) },
            "merchant_discounted_price": d.merchant,
            "finder_discounted_price": d.finder,
            "bulkbuy_discounted_price": d.bulkbuy,
            "cash_coupon_discounted_price": d.cash_coupon,
            "order_product_coupon_info_list": self.coupons(order, line),
            "is_free_gift": 0,
            "product_unique_id": format!("{}_{position}", order.id),
        });
        if let Some(fields) = json.as_object_mut() {
            if d.change_down > 0 {
                fields.insert("change_price".into(), line.real_price().into());
            }
            if order.tells_deadline && order.paid > 0 && order.status != Status::GroupWaiting {
                fields.insert("delivery_deadline".into(), (order.paid + i64::from(order.promise)).into());
            }
            let request = seen.extra.and_then(|extra| extra.sku_request.as_ref());
            if let Some(request) = request.filter(|request| usize::from(request.line) == position) {
                let mut info = json!({
                    "preshipment_change_sku_state": request.state,
                    "old_sku_id": sku_number(self.config.seed, line.product, request.old_sku).to_string(),
                    "new_sku_id": sku_number(self.config.seed, line.product, request.new_sku).to_string(),
                });
                if request.state == sku_state::WAITING {
                    info["ddl_time_stamp"] = (request.at + super::deadline::SKU_REFUSAL).into();
                }
                fields.insert("change_sku_info".into(), info);
            }
        }
        json
    }

    pub(crate) fn picture(&self, product: u16) -> String {
        let name = derived_text(self.config.seed, 0x1111_0000 | u64::from(product), 24);
        format!("https://mmecimage.cn/p/{}/H{name}", self.config.appid)
    }

    fn coupons(&self, order: &Order, line: &Line) -> Vec<Value> {
        let d = &line.discounts;
        let mut list = Vec::new();
        for (kind, amount) in [(1, d.merchant), (2, d.finder), (3, d.cash_coupon)] {
            if amount > 0 {
                list.push(json!({
                    "user_coupon_id": (100_000_000 + derived(self.config.seed, order.id.number() ^ kind) % 900_000_000).to_string(),
                    "coupon_id": (12_600_000 + kind).to_string(),
                    "coupon_type": kind,
                    "discounted_price": amount,
                }));
            }
        }
        list
    }

    fn delivery_info(&self, seen: &Seen<'_>) -> Value {
        let order = seen.order;
        let parcels: Vec<Value> = self
            .parcels(order, seen.lines, seen.extra)
            .iter()
            .map(|parcel| {
                let book = self.parcel_book(seen.lines, parcel);
                let products: Vec<Value> = book
                    .items
                    .iter()
                    .map(|item| {
                        json!({ "product_id": item.product_id, "sku_id": item.sku_id, "product_cnt": item.count })
                    })
                    .collect();
                json!({
                    "waybill_id": parcel.waybill,
                    "delivery_id": parcel.carrier,
                    "delivery_name": people::carrier_name(&parcel.carrier),
                    "delivery_time": parcel.at,
                    "deliver_type": parcel.deliver_type,
                    "product_infos": products,
                })
            })
            .collect();
        let mut fields = Map::new();
        fields.insert("deliver_method".into(), if order.kind == Kind::Virtual { 3 } else { 0 }.into());
        // A gift has no address before somebody has accepted it.
        let place = seen.extra.and_then(|extra| extra.moved_to).unwrap_or(self.buyers[order.buyer as usize].place);
        let has_address = order.kind != Kind::Virtual && order.status != Status::GiftWaiting;
        let written = seen.extra.and_then(|extra| extra.written_address.as_deref());
        let address = match written {
            _ if !has_address => json!({}),
            Some(written) => self.written_address(order.buyer, written),
            None => self.address_info(order.buyer, place),
        };
        fields.insert("address_info".into(), address);
        if !parcels.is_empty() {
            fields.insert("delivery_product_info".into(), parcels.into());
        }
        if order.shipped > 0 {
            fields.insert("ship_done_time".into(), order.shipped.into());
        }
        if let Some(request) = seen.extra.and_then(|extra| extra.address_request.as_ref()) {
            fields.insert("address_under_review".into(), self.address_info(order.buyer, request.place));
            fields.insert("address_apply_time".into(), request.at.into());
        }
        Value::Object(fields)
    }

    fn address_info(&self, buyer: u32, place: u16) -> Value {
        let person = &self.buyers[buyer as usize];
        let (province, city, county) = people::PLACES[usize::from(place) % people::PLACES.len()];
        let hash = derived(self.config.seed, 0xadd0_0000_0000 | u64::from(buyer) << 8 | u64::from(place));
        json!({
            "user_name": format!("{}**", people::SURNAMES[usize::from(person.surname)]),
            "postal_code": "",
            "province_name": province,
            "city_name": city,
            "county_name": county,
            "detail_info": "******",
            "tel_number": format!("{}****{:04}", person.phone_head, person.phone_tail),
            "house_number": "",
            "national_code": "",
            "use_tel_number": 1,
            "hash_code": format!("{hash:016x}"),
        })
    }

    /// An address that the merchant wrote and the buyer accepted.
    fn written_address(&self, buyer: u32, written: &WrittenAddress) -> Value {
        let mut info = self.address_info(buyer, 0);
        let text = format!("{written:?}");
        let hash = text.bytes().fold(u64::from(buyer), |hash, byte| derived(hash, u64::from(byte)));
        info["user_name"] = written.masked_name.clone().into();
        info["tel_number"] = written.masked_phone.clone().into();
        info["province_name"] = written.province.clone().into();
        info["city_name"] = written.city.clone().into();
        info["county_name"] = written.county.clone().into();
        info["hash_code"] = format!("{hash:016x}").into();
        info
    }

    fn ext_info(&self, seen: &Seen<'_>) -> Value {
        let order = seen.order;
        let remark = seen
            .extra
            .and_then(|extra| extra.remark.as_deref())
            .unwrap_or(people::REMARKS[usize::from(order.remark) % people::REMARKS.len()]);
        let mut json = json!({
            "customer_notes": remark,
            "merchant_notes": self.note_text(order, seen.extra),
            "order_scene": order.scene as u8,
        });
        if let Some(fields) = json.as_object_mut() {
            let (finder, _) = people::FINDERS[usize::from(order.finder) % people::FINDERS.len()];
            match order.scene {
                Scene::Live => {
                    fields.insert("finder_id".into(), finder.into());
                    fields.insert("live_id".into(), self.live_id(order).into());
                }
                Scene::ShortVideo => _ = fields.insert("finder_id".into(), finder.into()),
                Scene::Other | Scene::Share | Scene::Window | Scene::Article => {}
            }
            if order.status == Status::Completed {
                fields.insert("confirm_receipt_time".into(), order.closed.into());
            }
        }
        json
    }

    /// One live session a day and account.
    fn live_id(&self, order: &Order) -> String {
        let session = (order.created / DAY) as u64 * 64 + u64::from(order.finder);
        format!("export/{}", derived_text(self.config.seed, 0x11fe_0000_0000 ^ session, 32))
    }

    fn source_infos(&self, seen: &Seen<'_>) -> Vec<Value> {
        let order = seen.order;
        let (finder, nickname) = people::FINDERS[usize::from(order.finder) % people::FINDERS.len()];
        let content = match order.scene {
            Scene::Live => Some((1, self.live_id(order))),
            Scene::ShortVideo => Some((2, derived_text(self.config.seed, order.id.number(), 32))),
            Scene::Other | Scene::Share | Scene::Window | Scene::Article => None,
        };
        let Some((content_type, content_id)) = content else { return Vec::new() };
        seen.lines
            .iter()
            .map(|line| {
                json!({
                    "sku_id": self.sku_id(line),
                    "account_type": 1,
                    "account_id": finder,
                    "account_nickname": nickname,
                    "sale_channel": 0,
                    "content_type": content_type,
                    "content_id": content_id,
                })
            })
            .collect()
    }

    fn aftersale_detail(&self, seen: &Seen<'_>) -> Value {
        let mut list: Vec<Value> = Vec::new();
        let own = seen.extra.is_some_and(|extra| !extra.aftersales.is_empty());
        if seen.order.status == Status::Refunded && !own {
            let case = whole_order_case(self.config.seed, seen.order);
            list.push(json!({ "aftersale_order_id": case.to_string(), "status": 0 }));
        }
        if let Some(extra) = seen.extra {
            list.extend(extra.aftersales.iter().map(|id| json!({ "aftersale_order_id": id.to_string(), "status": 0 })));
        }
        let open = seen.lines.iter().filter(|line| line.on_aftersale > 0).count();
        json!({ "aftersale_order_list": list, "on_aftersale_order_cnt": open })
    }
}

fn deliver_info_of(order: &Order, promise: Promise) -> Value {
    match promise {
        Promise::Presale(days) => json!({
            "stock_type": 1,
            "predict_delivery_time": (order.created.max(order.paid) + i64::from(days) * DAY).to_string(),
            "full_payment_presale_delivery_type": 1,
        }),
        Promise::Hours(_) | Promise::Virtual => json!({ "stock_type": 0 }),
    }
}

fn pay_info(order: &Order) -> Value {
    if order.paid == 0 {
        return json!({ "payment_method": order.payment_method });
    }
    // Paid later: nothing has been charged before the goods are received.
    let charged = order.payment_method == 1 || order.status == Status::Completed;
    let transaction = if charged { format!("42000000{:020}", order.id.number()) } else { String::new() };
    json!({
        "payment_method": order.payment_method,
        "pay_time": order.paid,
        "transaction_id": transaction,
    })
}

/// `first_freight`: what the freight was before the merchant changed the price, fen.
fn price_info(order: &Order, lines: &[Line], first_freight: Option<i32>) -> Value {
    let freight_changed = first_freight.is_some_and(|first| first != order.freight);
    let sum = |part: fn(&Line) -> i64| -> i64 { lines.iter().map(part).sum() };
    let product = sum(Line::list_price);
    let merchant = sum(|line| i64::from(line.discounts.merchant));
    let finder = sum(|line| i64::from(line.discounts.finder));
    let bulkbuy = sum(|line| i64::from(line.discounts.bulkbuy));
    let cash = sum(|line| i64::from(line.discounts.cash_coupon));
    let change_down = sum(|line| i64::from(line.discounts.change_down));
    let deduction = i64::from(order.deduction);
    let freight = i64::from(order.freight);
    let original = product + freight;
    let order_price = original - merchant - finder - deduction - change_down - bulkbuy - cash;
    json!({
        "product_price": product,
        "order_price": order_price,
        "freight": freight,
        "discounted_price": merchant,
        "is_discounted": merchant + finder + bulkbuy + cash > 0,
        "original_order_price": original,
        "estimate_product_price": sum(Line::estimate),
        "change_down_price": change_down,
        "change_freight": if freight_changed { freight } else { 0 },
        "is_change_freight": freight_changed,
        "use_deduction": deduction > 0,
        "deduction_price": deduction,
        // Points and the platform's own coupons reach the merchant all the same.
        "merchant_receieve_price": order_price + deduction + cash,
        "merchant_discounted_price": merchant,
        "finder_discounted_price": finder,
        "vip_discounted_price": 0,
        "bulkbuy_discounted_price": bulkbuy,
        "national_subsidy_discounted_price": 0,
        "cash_coupon_discounted_price": cash,
        "national_subsidy_merchant_discounted_price": 0,
        "platform_activity_merchant_discounted_price": 0,
        "limited_discount_discounted_price": 0,
    })
}

fn settle_info(order: &Order, lines: &[Line]) -> Value {
    let paid: i64 = lines.iter().map(Line::real_price).sum();
    let fee = paid * 6 / 1_000;
    if order.status == Status::Completed {
        json!({ "predict_commission_fee": fee, "commission_fee": fee, "settle_time": order.closed })
    } else {
        json!({ "predict_commission_fee": fee })
    }
}
