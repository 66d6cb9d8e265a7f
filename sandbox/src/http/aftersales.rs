//! After-sales on the wire (wire reference §2.4).

use serde::Deserialize;
use serde_json::{Value, json};

use super::Platform;
use super::cursor::Cursor;
use super::dispatch::Call;
use super::orders::order_id;
use crate::world::{
    AftersaleId, AftersaleKind, AftersaleRequest, CaseQuery, MerchantStep, Proposal, ProposalKind, Refusal,
    reasons_json, reject_reasons_json,
};

const WINDOW_S: i64 = 86_400;
/// The server chooses; the reference does not know the number.
const PAGE: usize = 50;

#[derive(Deserialize)]
struct ListBody {
    begin_create_time: Option<i64>,
    end_create_time: Option<i64>,
    begin_update_time: Option<i64>,
    end_update_time: Option<i64>,
    next_key: Option<String>,
}

fn window(begin: Option<i64>, end: Option<i64>) -> Result<Option<(i64, i64)>, Refusal> {
    let wrong = || Refusal::new(10020004, "invalid time range");
    match (begin, end) {
        (None, None) => Ok(None),
        (Some(begin), Some(end)) => {
            let width = end.checked_sub(begin).filter(|width| (0..=WINDOW_S).contains(width));
            width.map(|_| Some((begin, end))).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

pub(super) fn list(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: ListBody = call.body()?;
    let created = window(body.begin_create_time, body.end_create_time)?;
    let updated = window(body.begin_update_time, body.end_update_time)?;
    let query = match (created, updated) {
        (Some((begin, end)), None) => CaseQuery::Created(begin, end),
        (None, Some((begin, end))) => CaseQuery::Updated(begin, end),
        _ => return Err(Refusal::new(10020000, "invalid args: either create time or update time")),
    };
    let cursor = Cursor::of(platform, "aftersale/list", &query);
    let after = cursor.open(body.next_key.as_deref())?;
    let (ids, end, has_more) = platform.world().with(|world| world.list_cases(query, after, PAGE));
    let ids: Vec<String> = ids.iter().map(AftersaleId::to_string).collect();
    let next_key = end.map(|end| cursor.seal(end)).unwrap_or_default();
    Ok(json!({ "after_sale_order_id_list": ids, "has_more": has_more, "next_key": next_key }))
}

/// Sent as a string: a number is 47001.
fn case_id(text: Option<&str>) -> Result<AftersaleId, Refusal> {
    let text = text.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Refusal::new(10020000, "invalid args: after_sale_order_id is required"))?;
    text.parse().map_err(|_| Refusal::new(10021057, "aftersale order not exist"))
}

#[derive(Deserialize)]
struct CaseBody {
    after_sale_order_id: Option<String>,
}

pub(super) fn get(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let id = case_id(call.body::<CaseBody>()?.after_sale_order_id.as_deref())?;
    let case = platform.world().with(|world| world.case_json(id))?;
    Ok(json!({ "after_sale_order": case }))
}

#[derive(Deserialize)]
struct Nothing {}

pub(super) fn reasons(call: &Call) -> Result<Value, Refusal> {
    call.body::<Nothing>()?;
    Ok(json!({ "reason_list": reasons_json() }))
}

pub(super) fn reject_reasons(call: &Call) -> Result<Value, Refusal> {
    call.body::<Nothing>()?;
    Ok(json!({ "reason_list": reject_reasons_json() }))
}

fn step(platform: &Platform, id: Option<&str>, step: &MerchantStep) -> Result<Value, Refusal> {
    let id = case_id(id)?;
    let now_s = platform.now_s();
    platform.world().with(|world| world.merchant_takes_step(now_s, id, step))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
struct AcceptBody {
    after_sale_order_id: Option<String>,
    address_id: Option<String>,
    accept_type: Option<i64>,
}

pub(super) fn accept(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: AcceptBody = call.body()?;
    let address = body.address_id.filter(|address| !address.is_empty());
    let address = address.map(|address| address.parse()).transpose();
    let address = address.map_err(|_| Refusal::new(10021062, "invalid address_id"))?;
    let accept = MerchantStep::Accept { address, accept_type: body.accept_type };
    step(platform, body.after_sale_order_id.as_deref(), &accept)
}

#[derive(Deserialize)]
struct RejectBody {
    after_sale_order_id: Option<String>,
    reject_reason_type: Option<i64>,
    #[serde(default)]
    reject_reason: String,
    #[serde(default)]
    reject_certificates: Vec<String>,
}

impl RejectBody {
    fn reason_type(&self) -> Result<i64, Refusal> {
        self.reject_reason_type.ok_or_else(|| Refusal::new(10020000, "invalid args: reject_reason_type is required"))
    }
}

pub(super) fn reject(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: RejectBody = call.body()?;
    let reject = MerchantStep::Reject { reason_type: body.reason_type()?, reason: body.reject_reason };
    step(platform, body.after_sale_order_id.as_deref(), &reject)
}

pub(super) fn reject_replacement(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: RejectBody = call.body()?;
    let reject = MerchantStep::RejectReplacement {
        reason_type: body.reason_type()?,
        reason: body.reject_reason,
        certificates: body.reject_certificates,
    };
    step(platform, body.after_sale_order_id.as_deref(), &reject)
}

#[derive(Deserialize)]
struct CertifyBody {
    after_sale_order_id: Option<String>,
    #[serde(default)]
    refund_certificates: Vec<String>,
    #[serde(default)]
    desc: String,
}

pub(super) fn certify(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: CertifyBody = call.body()?;
    let certify = MerchantStep::Certify { certificates: body.refund_certificates, desc: body.desc };
    step(platform, body.after_sale_order_id.as_deref(), &certify)
}

#[derive(Deserialize)]
struct ProposeBody {
    after_sale_order_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<i64>,
    amount: Option<i64>,
    #[serde(default)]
    merchant_update_desc: String,
    update_reason_type: Option<i64>,
    merchant_update_type: Option<i64>,
    #[serde(default)]
    media_ids: Vec<String>,
}

pub(super) fn propose(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: ProposeBody = call.body()?;
    let bad = |name: &str| Refusal::new(10020000, format!("invalid args: {name}"));
    let to = match body.kind {
        Some(1) => AftersaleKind::Refund,
        Some(2) => AftersaleKind::Return,
        _ => return Err(bad("type")),
    };
    let kind = match body.merchant_update_type {
        Some(1) => ProposalKind::Cancel,
        Some(2) => ProposalKind::Evidence,
        Some(3) => ProposalKind::Change,
        _ => return Err(bad("merchant_update_type")),
    };
    let proposal = Proposal {
        kind,
        to,
        amount: body.amount.ok_or_else(|| bad("amount"))?,
        desc: body.merchant_update_desc,
        reason: body.update_reason_type.ok_or_else(|| bad("update_reason_type"))?,
        media: body.media_ids,
    };
    step(platform, body.after_sale_order_id.as_deref(), &MerchantStep::Propose { proposal })
}

#[derive(Deserialize)]
struct ShipBody {
    after_sale_order_id: Option<String>,
    #[serde(default)]
    delivery_id: String,
    #[serde(default)]
    waybill_id: String,
}

pub(super) fn ship_replacement(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: ShipBody = call.body()?;
    let ship = MerchantStep::ShipReplacement { carrier: body.delivery_id, waybill: body.waybill_id };
    step(platform, body.after_sale_order_id.as_deref(), &ship)
}

#[derive(Deserialize)]
struct OpenBody {
    #[serde(default)]
    request_id: String,
    order_id: Option<String>,
    product_id: Option<String>,
    sku_id: Option<String>,
    count: Option<u16>,
    amount: Option<i64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    desc: String,
}

/// The merchant opens a case for the buyer.
pub(super) fn open(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: OpenBody = call.body()?;
    let id = order_id(body.order_id.as_deref())?;
    let bad = |name: &str| Refusal::new(10020000, format!("invalid args: {name}"));
    let kind = match body.kind.as_deref() {
        Some("REFUND") => AftersaleKind::Refund,
        Some("RETURN") => AftersaleKind::Return,
        _ => return Err(bad("type")),
    };
    let count = body.count.ok_or_else(|| bad("count"))?;
    let amount = body.amount.ok_or_else(|| bad("amount"))?;
    let (product, sku) = (body.product_id.unwrap_or_default(), body.sku_id.unwrap_or_default());
    let now_s = platform.now_s();
    let case = platform.world().with(|world| {
        let lines = world.lines_of(id);
        let line = lines.iter().position(|line| line.0 == product && line.1 == sku);
        let line = line.ok_or_else(|| bad("product_id or sku_id not in this order"))?;
        let request = AftersaleRequest {
            count: Some(count),
            amount: Some(amount),
            desc: body.desc,
            ..AftersaleRequest::new(kind)
        };
        world.merchant_opens_case(now_s, &body.request_id, id, line as u8, &request)
    })?;
    Ok(json!({ "after_sale_order_id": case.to_string() }))
}
