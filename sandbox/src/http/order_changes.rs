//! What a merchant changes about an order besides sending it, and the search (wire reference §2.3).

use serde::Deserialize;
use serde_json::{Value, json};

use super::Platform;
use super::cursor::Cursor;
use super::dispatch::Call;
use super::orders::{OrderBody, order_id};
use crate::world::{
    Correction, NewPrice, OrderId, ParcelRequest, Position, Refusal, SearchQuery, WrittenAddress, is_list_filter,
};

const PAGE_MAX: i64 = 100;

#[derive(Deserialize)]
struct PriceBody {
    order_id: Option<String>,
    #[serde(default)]
    change_express: bool,
    express_fee: Option<i64>,
    #[serde(default)]
    change_order_infos: Vec<NewPrice>,
}

pub(super) fn reprice(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: PriceBody = call.body()?;
    let id = order_id(body.order_id.as_deref())?;
    let freight = match (body.change_express, body.express_fee) {
        (false, _) => None,
        (true, Some(fee)) => Some(fee),
        (true, None) => return Err(Refusal::bad_argument("express_fee is required with change_express")),
    };
    if freight.is_none() && body.change_order_infos.is_empty() {
        return Err(Refusal::bad_argument("nothing to change"));
    }
    let now_s = platform.now_s();
    platform.world().with(|world| world.reprice(now_s, id, freight, &body.change_order_infos))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
struct AddressBody {
    order_id: Option<String>,
    user_address: Option<UserAddress>,
}

#[derive(Deserialize)]
struct UserAddress {
    user_name: Option<String>,
    province_name: Option<String>,
    city_name: Option<String>,
    #[serde(default)]
    county_name: String,
    detail_info: Option<String>,
    tel_number: Option<String>,
}

pub(super) fn propose_address(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: AddressBody = call.body()?;
    let id = order_id(body.order_id.as_deref())?;
    let address = body.user_address.ok_or_else(|| Refusal::new(611015, "user_address is required"))?;
    let address = masked(address)?;
    let now_s = platform.now_s();
    platform.world().with(|world| world.propose_address(now_s, id, &address))?;
    Ok(json!({}))
}

/// The person's name, number and street end here: the world gets what the platform would show.
fn masked(address: UserAddress) -> Result<WrittenAddress, Refusal> {
    let needed = |text: Option<String>, name: &str| {
        text.filter(|text| !text.is_empty()).ok_or_else(|| Refusal::new(606002, format!("{name} is missing")))
    };
    let name = needed(address.user_name, "user_name")?;
    let phone = needed(address.tel_number, "tel_number")?;
    needed(address.detail_info, "detail_info")?;
    let (province, city) = (needed(address.province_name, "province_name")?, needed(address.city_name, "city_name")?);
    let digits: Vec<char> = phone.chars().collect();
    if digits.len() != 11 || digits[0] != '1' || !digits.iter().all(char::is_ascii_digit) {
        return Err(Refusal::new(6060451, "invalid tel_number"));
    }
    let text = |digits: &[char]| digits.iter().collect::<String>();
    Ok(WrittenAddress {
        masked_name: format!("{}**", name.chars().take(1).collect::<String>()),
        masked_phone: format!("{}****{}", text(&digits[..3]), text(&digits[7..])),
        province,
        city,
        county: address.county_name,
    })
}

#[derive(Deserialize)]
struct ChangeInfo {
    old: ParcelRequest,
    new: ParcelRequest,
}

#[derive(Deserialize)]
struct CorrectionBody {
    order_id: Option<String>,
    #[serde(default)]
    delivery_list: Vec<ParcelRequest>,
    #[serde(default)]
    change_infos: Vec<ChangeInfo>,
}

pub(super) fn correct(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: CorrectionBody = call.body()?;
    let id = order_id(body.order_id.as_deref())?;
    let correction = match (body.delivery_list.is_empty(), body.change_infos.is_empty()) {
        (false, true) => Correction::All(body.delivery_list),
        (true, false) => Correction::Each(body.change_infos.into_iter().map(|info| (info.old, info.new)).collect()),
        _ => return Err(Refusal::bad_argument("either delivery_list or change_infos")),
    };
    let now_s = platform.now_s();
    platform.world().with(|world| world.correct_parcels(now_s, id, &correction))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
struct PageBody {
    page: Option<i64>,
    page_size: Option<i64>,
}

pub(super) fn sku_requests(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: PageBody = call.body()?;
    let (Some(page), Some(size)) = (body.page, body.page_size) else {
        return Err(Refusal::bad_argument("page and page_size are required"));
    };
    if page < 1 || !(1..=PAGE_MAX).contains(&size) {
        return Err(Refusal::bad_argument("page from 1, page_size 1 to 100"));
    }
    let ids = platform.world().with(|world| world.sku_requests(page as usize, size as usize));
    Ok(json!({ "order_ids": ids.iter().map(OrderId::to_string).collect::<Vec<_>>() }))
}

pub(super) fn answer_sku(platform: &Platform, call: &Call, accept: bool) -> Result<Value, Refusal> {
    let id = order_id(call.body::<OrderBody>()?.order_id.as_deref())?;
    let now_s = platform.now_s();
    platform.world().with(|world| world.answer_sku_request(now_s, id, accept))?;
    Ok(json!({}))
}

#[derive(Deserialize, Default)]
struct Condition {
    title: Option<String>,
    sku_code: Option<String>,
    user_name: Option<String>,
    tel_number_last4: Option<String>,
    /// The old field, which works with four digits only.
    tel_number: Option<String>,
    order_id: Option<String>,
    merchant_notes: Option<String>,
    customer_notes: Option<String>,
    address_under_review: Option<bool>,
    present_order_id: Option<String>,
}

#[derive(Deserialize)]
struct SearchBody {
    #[serde(default)]
    search_condition: Condition,
    on_aftersale_order_exist: Option<i64>,
    status: Option<i64>,
    page_size: Option<i64>,
    next_key: Option<String>,
}

pub(super) fn search(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: SearchBody = call.body()?;
    let size = body.page_size.ok_or_else(|| Refusal::bad_argument("page_size is required"))?;
    if !(1..=PAGE_MAX).contains(&size) {
        return Err(Refusal::bad_argument("page_size must be 1 to 100"));
    }
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let condition = body.search_condition;
    let status = match body.status {
        None => None,
        Some(filter) => match u16::try_from(filter) {
            Ok(filter) if is_list_filter(filter) => Some(filter),
            _ => return Err(Refusal::bad_argument("status")),
        },
    };
    let on_aftersale = match body.on_aftersale_order_exist {
        None => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(_) => return Err(Refusal::bad_argument("on_aftersale_order_exist")),
    };
    let phone_tail = given(condition.tel_number_last4).or(given(condition.tel_number));
    if phone_tail.as_ref().is_some_and(|tail| tail.len() != 4) {
        return Err(Refusal::bad_argument("tel_number_last4"));
    }
    let query = SearchQuery {
        title: given(condition.title),
        sku_code: given(condition.sku_code),
        user_name: given(condition.user_name),
        phone_tail,
        // An order is a gift's own order here.
        order_id: given(condition.order_id).or(given(condition.present_order_id)),
        merchant_notes: given(condition.merchant_notes),
        customer_notes: given(condition.customer_notes),
        address_under_review: condition.address_under_review,
        on_aftersale: None,
        status: None,
    };
    if query == SearchQuery::default() {
        return Err(Refusal::bad_argument("search_condition needs a field"));
    }
    let query = SearchQuery { on_aftersale, status, ..query };
    let cursor = Cursor::of(platform, "order/search", &(&query, size));
    let before = cursor.open(body.next_key.as_deref())?.map(|at| at.index);
    let now_s = platform.now_s();
    let (ids, next) = platform.world().with(|world| world.search_orders(now_s, &query, before, size as usize))?;
    let ids: Vec<String> = ids.iter().map(OrderId::to_string).collect();
    let next_key = next.map(|index| cursor.seal(Position { time: 0, index })).unwrap_or_default();
    // The table and the example name the ids differently; the platform's answer may have either.
    Ok(json!({ "order_id_list": ids, "orders": ids, "has_more": next.is_some(), "next_key": next_key }))
}
