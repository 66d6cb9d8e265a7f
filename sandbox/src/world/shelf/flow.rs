//! The flow: every change of a SKU's number, oldest first.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Place, ShelfId, Shelves};
use crate::world::{Actor, OrderId, Refusal, World, product_number, sku_number};

/// The platform shows no older flow.
const SHOWN: i64 = 180 * 86_400;

/// Why a number changed (`op_type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowReason {
    /// 0
    Set,
    /// 2
    Added,
    /// 3
    Subtracted,
    /// 4
    Ordered,
    /// 5
    Cancelled,
    /// 8
    Exchanged,
    /// 9
    ExchangeCancelled,
}

impl FlowReason {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Set => 0,
            Self::Added => 2,
            Self::Subtracted => 3,
            Self::Ordered => 4,
            Self::Cancelled => 5,
            Self::Exchanged => 8,
            Self::ExchangeCancelled => 9,
        }
    }
}

#[derive(Debug)]
pub(super) struct Entry {
    at: i64,
    place: Place,
    why: FlowReason,
    /// Above zero: more.
    change: i32,
    after: i32,
    order: Option<OrderId>,
    by: Actor,
}

/// One change of a SKU's number in truth.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FlowBook {
    /// Unix seconds.
    pub at: i64,
    /// Wire id of the product.
    pub product_id: String,
    /// Wire id of the SKU.
    pub sku_id: String,
    /// Why.
    pub why: FlowReason,
    /// Pieces; above zero: more.
    pub change: i64,
    /// Pieces afterwards.
    pub after: i64,
    /// The order that took or gave them.
    pub order: Option<OrderId>,
    /// Whether a call of the API did it. What buyers cause counts as not the API's.
    pub by: Actor,
}

/// What stock/getflow asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowQuery {
    /// Wire id of the product.
    pub product_id: ShelfId,
    /// Wire id of the SKU.
    pub sku_id: ShelfId,
    /// Unix seconds, both inclusive.
    pub range: (i64, i64),
    /// `op_type`s; empty means all.
    pub reasons: Vec<u16>,
}

impl Shelves {
    /// Changes a number, which never falls below zero: every caller has looked.
    pub(super) fn move_stock(
        &mut self,
        at: i64,
        place: Place,
        change: i32,
        why: FlowReason,
        order: Option<OrderId>,
        by: Actor,
    ) {
        let sku = self.sku_mut(place);
        sku.stock = sku.stock.saturating_add(change);
        let after = sku.stock;
        self.flow.push(Entry { at, place, why, change, after, order, by });
    }
}

impl World {
    /// Every change of a number since the world began.
    pub fn flow_books(&self) -> Vec<FlowBook> {
        let seed = self.config.seed;
        self.shelves
            .flow
            .iter()
            .map(|entry| FlowBook {
                at: entry.at,
                product_id: product_number(seed, entry.place.product).to_string(),
                sku_id: sku_number(seed, entry.place.product, entry.place.sku).to_string(),
                why: entry.why,
                change: i64::from(entry.change),
                after: i64::from(entry.after),
                order: entry.order,
                by: entry.by,
            })
            .collect()
    }

    /// A page of `stock_flow_info_list`, oldest first, from the `from`th entry of the whole flow on; and where the next
    /// page begins.
    pub fn flow_page(
        &self,
        now_s: i64,
        query: &FlowQuery,
        from: usize,
        size: usize,
    ) -> Result<(Vec<Value>, Option<usize>), Refusal> {
        let product = self.shelves.product_of(query.product_id)?;
        let place = self.shelves.place_of(product, query.sku_id)?;
        let (begin, end) = (query.range.0.max(now_s - SHOWN), query.range.1);
        let mut found = self.shelves.flow.iter().enumerate().skip(from).filter(|(_, entry)| {
            entry.place == place
                && (begin..=end).contains(&entry.at)
                && (query.reasons.is_empty() || query.reasons.contains(&entry.why.code()))
        });
        let page: Vec<Value> = found.by_ref().take(size).map(|(_, entry)| info(entry)).collect();
        Ok((page, found.next().map(|(number, _)| number)))
    }
}

fn info(entry: &Entry) -> Value {
    let order = entry.order.map_or_else(|| "0".to_owned(), |order| order.to_string());
    json!({
        "amount": entry.change.unsigned_abs(),
        "beginning_amount": entry.after - entry.change,
        "ending_amount": entry.after,
        "stock_sub_type": 0,
        "op_type": entry.why.code(),
        "update_time": entry.at,
        "ext_info": { "order_id": order },
    })
}
