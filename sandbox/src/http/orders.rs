//! Orders on the wire: windows and cursors, one order, and what a merchant does to it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Platform;
use super::cursor::Cursor;
use super::dispatch::Call;
use crate::world::{ListQuery, OrderId, ParcelRequest, Refusal, is_list_filter};

const WINDOW_S: i64 = 7 * 86_400;
const PAGE_MAX: i64 = 100;
/// `page_size` is optional; the reference names no default.
const PAGE_DEFAULT: i64 = 10;

#[derive(Deserialize)]
struct Range {
    start_time: Option<i64>,
    end_time: Option<i64>,
}

#[derive(Deserialize)]
struct ListBody {
    create_time_range: Option<Range>,
    update_time_range: Option<Range>,
    status: Option<i64>,
    openid: Option<String>,
    page_size: Option<i64>,
    next_key: Option<String>,
}

fn window(name: &str, range: Option<Range>) -> Result<Option<(i64, i64)>, Refusal> {
    let Some(range) = range else { return Ok(None) };
    let (Some(start), Some(end)) = (range.start_time, range.end_time) else {
        return Err(Refusal::bad_argument(format!("{name} needs start_time and end_time")));
    };
    let width = end.checked_sub(start).filter(|width| (0..=WINDOW_S).contains(width));
    if width.is_none() {
        return Err(Refusal::bad_argument(format!("{name} must be at most 7 days")));
    }
    Ok(Some((start, end)))
}

pub(super) fn list(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: ListBody = call.body()?;
    let created = window("create_time_range", body.create_time_range)?;
    let updated = window("update_time_range", body.update_time_range)?;
    if created.is_none() && updated.is_none() {
        return Err(Refusal::bad_argument("create_time_range or update_time_range is required"));
    }
    let page_size = body.page_size.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&page_size) {
        return Err(Refusal::bad_argument("page_size must be 1 to 100"));
    }
    let status = match body.status {
        None => None,
        Some(filter) => match u16::try_from(filter) {
            Ok(filter) if is_list_filter(filter) => Some(filter),
            _ => return Err(Refusal::bad_argument("status")),
        },
    };
    let query = ListQuery { created, updated, status, openid: body.openid.filter(|openid| !openid.is_empty()) };
    let cursor = Cursor::of(platform, "order/list", &(&query, page_size));
    let after = cursor.open(body.next_key.as_deref())?;
    let now_s = platform.now_s();
    let page = platform.world().with(|world| world.list_orders(now_s, &query, after, page_size as usize))?;
    let ids: Vec<String> = page.ids.iter().map(OrderId::to_string).collect();
    let next_key = page.end.map(|end| cursor.seal(end)).unwrap_or_default();
    Ok(json!({ "order_id_list": ids, "next_key": next_key, "has_more": page.has_more }))
}

/// An id that must be sent as a string: a number is 47001, a text that is no number belongs to no order.
pub(super) fn order_id(text: Option<&str>) -> Result<OrderId, Refusal> {
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| Refusal::bad_argument("order_id is required"))?;
    text.parse().map_err(|_| Refusal::new(100002, "order not exist"))
}

#[derive(Deserialize)]
pub(super) struct OrderBody {
    pub(super) order_id: Option<String>,
}

pub(super) fn get(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let id = order_id(call.body::<OrderBody>()?.order_id.as_deref())?;
    let now_s = platform.now_s();
    let order = platform.world().with(|world| world.order_json_at(id, now_s))?;
    Ok(json!({ "order": order }))
}

#[derive(Deserialize)]
struct NoteBody {
    order_id: Option<String>,
    merchant_notes: Option<String>,
}

pub(super) fn update_note(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: NoteBody = call.body()?;
    let id = order_id(body.order_id.as_deref())?;
    let text = body.merchant_notes.ok_or_else(|| Refusal::bad_argument("merchant_notes is required"))?;
    let now_s = platform.now_s();
    platform.world().with(|world| world.update_note(now_s, id, &text))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
struct DeliverBody {
    order_id: Option<String>,
    #[serde(default)]
    delivery_list: Vec<ParcelRequest>,
}

pub(super) fn deliver(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: DeliverBody = call.body()?;
    let id = order_id(body.order_id.as_deref())?;
    let now_s = platform.now_s();
    platform.world().with(|world| world.deliver(now_s, id, &body.delivery_list))?;
    Ok(json!({}))
}

pub(super) fn answer_address(platform: &Platform, call: &Call, accept: bool) -> Result<Value, Refusal> {
    let id = order_id(call.body::<OrderBody>()?.order_id.as_deref())?;
    let now_s = platform.now_s();
    platform.world().with(|world| world.answer_address_request(now_s, id, accept))?;
    Ok(json!({}))
}
