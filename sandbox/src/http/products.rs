//! Products and stock on the wire (wire reference §2.2).

use serde::Deserialize;
use serde_json::{Value, json};

use super::Platform;
use super::cursor::Cursor;
use super::dispatch::Call;
use crate::world::{Copies, FlowQuery, Position, ProductChange, Refusal, ShelfId, SkuPatch, StockChange};

const PAGE_MAX: i64 = 30;
const PAGE_DEFAULT: i64 = 10;
const BATCH_MAX: usize = 50;
const FLOW_PAGE_MAX: i64 = 100;

fn bad(name: &str) -> Refusal {
    Refusal::new(10020051, format!("invalid args: {name}"))
}

/// Sent as strings; a text that is no number belongs to no product.
fn product_id(text: Option<&str>) -> Result<ShelfId, Refusal> {
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| bad("product_id is required"))?;
    text.parse().map_err(|_| Refusal::new(10020052, "product not exist"))
}

fn sku_id(text: Option<&str>) -> Result<ShelfId, Refusal> {
    let wrong = || Refusal::new(10020055, "invalid args: sku_id");
    text.ok_or_else(wrong)?.parse().map_err(|_| wrong())
}

#[derive(Deserialize)]
struct ListBody {
    status: Option<u16>,
    page_size: Option<i64>,
    next_key: Option<String>,
}

pub(super) fn list(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: ListBody = call.body()?;
    let size = body.page_size.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&size) {
        return Err(bad("page_size must be 1 to 30"));
    }
    let cursor = Cursor::of(platform, "product/list", &(body.status, size));
    let from = cursor.open(body.next_key.as_deref())?.map_or(0, |at| at.index as usize);
    let (ids, next, total) = platform.world().with(|world| world.list_products(body.status, from, size as usize))?;
    let ids: Vec<String> = ids.iter().map(ShelfId::to_string).collect();
    // There is no has_more: whoever goes on after the last page gets an empty one.
    let next_key = cursor.seal(Position { time: 0, index: next as u32 });
    Ok(json!({ "product_ids": ids, "next_key": next_key, "total_num": total }))
}

#[derive(Deserialize)]
struct GetBody {
    product_id: Option<String>,
    data_type: Option<i64>,
}

pub(super) fn get(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: GetBody = call.body()?;
    let copies = match body.data_type {
        None | Some(1) => Copies::Online,
        Some(2) => Copies::Draft,
        Some(3) => Copies::Both,
        Some(_) => return Err(bad("data_type")),
    };
    let id = product_id(body.product_id.as_deref())?;
    platform.world().with(|world| world.product_json(id, copies))
}

fn change(platform: &Platform, id: ShelfId, change: &ProductChange) -> Result<Value, Refusal> {
    let now_s = platform.now_s();
    platform.world().with(|world| world.change_product(now_s, id, change))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
struct ProductBody {
    product_id: Option<String>,
}

/// listing, delisting, delete and audit/cancel, which take nothing but the product.
pub(super) fn simply(platform: &Platform, call: &Call, what: &ProductChange) -> Result<Value, Refusal> {
    let id = product_id(call.body::<ProductBody>()?.product_id.as_deref())?;
    change(platform, id, what)
}

#[derive(Deserialize)]
struct Nothing {}

pub(super) fn audit_quota(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    call.body::<Nothing>()?;
    let now_s = platform.now_s();
    Ok(json!({ "audit_quota": platform.world().with(|world| world.audit_quota(now_s)) }))
}

#[derive(Deserialize)]
struct StockInfo {
    diff_type: Option<i64>,
    num: Option<i64>,
}

impl StockInfo {
    fn checked(&self) -> Result<StockChange, Refusal> {
        let num = self.num.ok_or_else(|| Refusal::new(10020055, "invalid args: num"))?;
        match self.diff_type {
            Some(1) => Ok(StockChange::Add(num)),
            Some(2) => Ok(StockChange::Subtract(num)),
            Some(3) => Ok(StockChange::Set(num)),
            _ => Err(Refusal::new(10020091, "invalid diff_type")),
        }
    }
}

#[derive(Deserialize)]
struct StockBody {
    product_id: Option<String>,
    sku_id: Option<String>,
    #[serde(flatten)]
    stock: StockInfo,
}

pub(super) fn get_stock(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: StockBody = call.body()?;
    let (product, sku) = (product_id(body.product_id.as_deref())?, sku_id(body.sku_id.as_deref())?);
    Ok(json!({ "data": platform.world().with(|world| world.stock_json(product, sku))? }))
}

pub(super) fn update_stock(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: StockBody = call.body()?;
    let id = product_id(body.product_id.as_deref())?;
    let stock = ProductChange::Stock { sku_id: sku_id(body.sku_id.as_deref())?, stock: body.stock.checked()? };
    change(platform, id, &stock)
}

#[derive(Deserialize)]
struct BatchBody {
    #[serde(default)]
    product_id: Vec<String>,
}

pub(super) fn batch_stock(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: BatchBody = call.body()?;
    if body.product_id.is_empty() {
        return Err(Refusal::new(10020055, "invalid args: product_id"));
    }
    if body.product_id.len() > BATCH_MAX {
        return Err(Refusal::new(10020114, "too many products"));
    }
    let ids: Vec<ShelfId> = body.product_id.iter().filter_map(|id| id.parse().ok()).collect();
    Ok(json!({ "data": { "spu_stock_list": platform.world().with(|world| world.stock_list(&ids)) } }))
}

#[derive(Deserialize)]
struct FlowBody {
    product_id: Option<String>,
    sku_id: Option<String>,
    begin_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(default)]
    op_type_list: Vec<u16>,
    page_size: Option<i64>,
    next_key: Option<String>,
}

pub(super) fn flow(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: FlowBody = call.body()?;
    let wrong = |name: &str| Refusal::new(10020055, format!("invalid args: {name}"));
    let begin = body.begin_time.ok_or_else(|| wrong("begin_time"))?;
    let end = body.end_time.filter(|end| *end >= begin).ok_or_else(|| wrong("end_time"))?;
    let size = body.page_size.filter(|size| (1..=FLOW_PAGE_MAX).contains(size)).ok_or_else(|| wrong("page_size"))?;
    let query = FlowQuery {
        product_id: product_id(body.product_id.as_deref())?,
        sku_id: sku_id(body.sku_id.as_deref())?,
        range: (begin, end),
        reasons: body.op_type_list,
    };
    let cursor = Cursor::of(platform, "stock/flow", &(&query, size));
    let from = cursor.open(body.next_key.as_deref())?.map_or(0, |at| at.index as usize);
    let now_s = platform.now_s();
    let (list, next) = platform.world().with(|world| world.flow_page(now_s, &query, from, size as usize))?;
    let next_key = next.map(|next| cursor.seal(Position { time: 0, index: next as u32 })).unwrap_or_default();
    Ok(json!({ "data": { "stock_flow_info_list": list, "next_key": next_key } }))
}

#[derive(Deserialize)]
struct PatchSku {
    sku_id: Option<String>,
    sale_price: Option<i64>,
    stock_info: Option<StockInfo>,
    status: Option<i64>,
}

#[derive(Deserialize)]
struct PatchBody {
    product_id: Option<String>,
    #[serde(default)]
    skus: Vec<PatchSku>,
}

pub(super) fn patch(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: PatchBody = call.body()?;
    let id = product_id(body.product_id.as_deref())?;
    let mut skus = Vec::with_capacity(body.skus.len());
    for sku in &body.skus {
        let on_sale = match sku.status {
            None | Some(0) => None,
            Some(5) => Some(true),
            Some(11) => Some(false),
            Some(_) => return Err(bad("status")),
        };
        skus.push(SkuPatch {
            sku_id: sku_id(sku.sku_id.as_deref()).map_err(|_| bad("sku_id"))?,
            price: sku.sale_price,
            stock: sku.stock_info.as_ref().map(StockInfo::checked).transpose()?,
            on_sale,
        });
    }
    change(platform, id, &ProductChange::Patch { skus })
}
