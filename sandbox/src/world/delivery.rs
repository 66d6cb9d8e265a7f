//! delivery/send: which parcels the platform takes, in which order it refuses, and what a parcel changes.
//!
//! The reference lists the codes and not their precedence. Here the state of the order is looked at first, then what holds
//! it, then each parcel, then the goods; nothing takes effect unless every parcel of the call is good.

use serde::{Deserialize, Serialize};

use super::event::{ExtInfo, Happening};
use super::order::{Kind, Line, OrderId, Parcel, Status};
use super::tape::Verb;
use super::{Actor, Effect, EffectKind, Refusal, World, people};

const WAYBILL_CHARS: usize = 64;

/// One entry of `delivery_list`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParcelRequest {
    /// Carrier; may be absent for what is not sent by parcel.
    #[serde(default)]
    pub delivery_id: String,
    /// Tracking number; likewise.
    #[serde(default)]
    pub waybill_id: String,
    /// 1 own express, 3 virtual.
    pub deliver_type: i64,
    /// What is inside.
    #[serde(default)]
    pub product_infos: Vec<ParcelRequestItem>,
}

/// Pieces of one SKU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParcelRequestItem {
    /// A string, as every id that is sent.
    pub product_id: String,
    /// Likewise.
    pub sku_id: String,
    /// How many.
    pub product_cnt: i64,
}

impl World {
    /// Sends parcels of an order through the API: all lines, some, or one line in several parcels.
    pub fn deliver(&mut self, now_s: i64, id: OrderId, parcels: &[ParcelRequest]) -> Result<(), Refusal> {
        self.ship(now_s, id, parcels, Actor::Api)
    }

    pub(crate) fn ship(
        &mut self,
        now_s: i64,
        id: OrderId,
        requests: &[ParcelRequest],
        by: Actor,
    ) -> Result<(), Refusal> {
        let index = self.find(id)?;
        if requests.is_empty() || requests.iter().any(|request| request.product_infos.is_empty()) {
            return Err(Refusal::new(109002, "no products to deliver"));
        }
        self.check_state(index)?;
        let is_virtual = self.order(index).kind == Kind::Virtual;
        for request in requests {
            check_parcel(request, is_virtual)?;
        }
        if self.switches.refuse_repeated_shipment {
            self.check_repeated(index, requests)?;
        }
        let at = self.tick(now_s);
        let (parcels, shipped) = self.pack(index, requests, at)?;
        let all =
            self.lines_at(index).iter().zip(&shipped).all(|(line, shipped)| line.bought == shipped + line.dropped);
        if is_virtual && !all {
            return Err(Refusal::new(606051, "virtual products must be delivered whole"));
        }

        let books = parcels.iter().map(|parcel| self.parcel_book(self.lines_at(index), parcel)).collect();
        self.change(index, at, |order, lines, extra| {
            for (line, shipped) in lines.iter_mut().zip(&shipped) {
                line.shipped = *shipped;
            }
            extra.parcels.extend(parcels);
            if all {
                order.status = Status::Shipped;
                order.shipped = at;
            } else {
                order.status = Status::PartlyShipped;
            }
        });
        self.effects.push(Effect { at, order: id, by, kind: EffectKind::Delivery { parcels: books } });
        self.announce(index, None, at, Happening::Delivered { all });
        // A proposed address comes too late now; most orders have none.
        _ = self.end_proposal(index, at, ExtInfo::RequestVoid);
        if all {
            self.plan_receipt(index, at);
        }
        self.note_down(at, Verb::Deliver { by, order: id, parcels: requests.to_vec() });
        Ok(())
    }

    fn check_state(&self, index: u32) -> Result<(), Refusal> {
        let status = self.order(index).status;
        if matches!(status, Status::Shipped | Status::Completed) {
            return Err(Refusal::new(109001, "all products have been delivered"));
        }
        if !status.is_shippable() {
            return Err(Refusal::wrong_state("not waiting to be shipped"));
        }
        if self.lines_at(index).iter().any(|line| line.on_aftersale > 0) {
            return Err(Refusal::new(108009, "order has unfinished aftersale"));
        }
        if self.extras.get(&index).is_some_and(|extra| extra.address_request.is_some()) {
            return Err(Refusal::new(10020115, "buyer's address request is pending"));
        }
        if self.pending_sku(index).is_some() {
            return Err(Refusal::new(10020276, "buyer's sku request is pending"));
        }
        if !self.switches.default_return_address {
            return Err(Refusal::new(606003, "default return address not set"));
        }
        Ok(())
    }

    /// What merchants report: one product in two parcels, or the same waybill again, is taken for a repeated shipment.
    fn check_repeated(&self, index: u32, requests: &[ParcelRequest]) -> Result<(), Refusal> {
        let sent = self.extras.get(&index).map(|extra| extra.parcels.as_slice()).unwrap_or_default();
        let mut waybills: Vec<&str> = sent.iter().map(|parcel| parcel.waybill.as_str()).collect();
        let mut goods: Vec<(String, String)> = sent
            .iter()
            .flat_map(|parcel| &parcel.items)
            .filter_map(|(line, _)| self.lines_at(index).get(usize::from(*line)))
            .map(|line| (self.product_id(line), self.sku_id(line)))
            .collect();
        for request in requests {
            if waybills.contains(&request.waybill_id.as_str()) {
                return Err(Refusal::new(109001, "repeated shipment: waybill already used for this order"));
            }
            waybills.push(&request.waybill_id);
            for item in &request.product_infos {
                let sku = (item.product_id.clone(), item.sku_id.clone());
                if goods.contains(&sku) {
                    return Err(Refusal::new(109001, "repeated shipment: product already in another parcel"));
                }
                goods.push(sku);
            }
        }
        Ok(())
    }

    /// The parcels, and how many pieces of each line will have been shipped with them.
    fn pack(&self, index: u32, requests: &[ParcelRequest], at: i64) -> Result<(Vec<Parcel>, Vec<u16>), Refusal> {
        let lines = self.lines_at(index);
        let mut shipped: Vec<u16> = lines.iter().map(|line| line.shipped).collect();
        let mut parcels = Vec::with_capacity(requests.len());
        for request in requests {
            let mut items = Vec::with_capacity(request.product_infos.len());
            for item in &request.product_infos {
                let line = self.line_of_item(lines, item)?;
                let left = lines[line].bought - lines[line].dropped - shipped[line];
                if lines[line].left_to_ship() == 0 {
                    return Err(Refusal::new(109001, "product has been delivered completely"));
                }
                let count = u16::try_from(item.product_cnt).ok().filter(|count| *count > 0 && *count <= left);
                let Some(count) = count else {
                    return Err(Refusal::new(109000, "product_cnt does not match the order"));
                };
                shipped[line] += count;
                items.push((line as u8, count));
            }
            parcels.push(Parcel {
                carrier: request.delivery_id.clone(),
                waybill: request.waybill_id.clone(),
                at,
                deliver_type: request.deliver_type as u8,
                items,
            });
        }
        Ok((parcels, shipped))
    }

    fn line_of_item(&self, lines: &[Line], item: &ParcelRequestItem) -> Result<usize, Refusal> {
        lines
            .iter()
            .position(|line| self.product_id(line) == item.product_id && self.sku_id(line) == item.sku_id)
            .ok_or_else(|| Refusal::new(606031, "product_id or sku_id not in this order"))
    }
}

pub(crate) fn check_parcel(request: &ParcelRequest, is_virtual: bool) -> Result<(), Refusal> {
    let expected = if is_virtual { 3 } else { 1 };
    if request.deliver_type != expected {
        return Err(Refusal::new(606008, "wrong deliver_type"));
    }
    if is_virtual {
        return Ok(());
    }
    if !people::is_carrier(&request.delivery_id) {
        return Err(Refusal::new(606004, "invalid delivery_id"));
    }
    if request.waybill_id.is_empty() || request.waybill_id.chars().count() > WAYBILL_CHARS {
        return Err(Refusal::new(606005, "invalid waybill_id"));
    }
    if !is_waybill(&request.waybill_id) {
        return Err(Refusal::new(6060479, "invalid waybill_id format"));
    }
    Ok(())
}

/// Letters, digits and hyphens, with at least six digits or letters.
fn is_waybill(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && text.chars().filter(|c| *c != '-').count() >= 6
}
