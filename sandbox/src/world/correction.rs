//! deliveryinfo/update: other carriers or tracking numbers for parcels that are on their way. What is inside does not change.

use serde::{Deserialize, Serialize};

use super::delivery::{ParcelRequest, check_parcel};
use super::event::Happening;
use super::order::{Kind, OrderId, Parcel, Status};
use super::tape::Verb;
use super::{Actor, Effect, EffectKind, Refusal, World};

/// The page says both "three" and "one" before the order is completed; the larger bears more.
const CORRECTIONS: u8 = 3;

/// How parcels are to be corrected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// `delivery_list`: all parcels of the order, each with the goods of one that is there.
    All(Vec<ParcelRequest>),
    /// `change_infos`: (old, new) parcel by parcel.
    Each(Vec<(ParcelRequest, ParcelRequest)>),
}

impl World {
    /// Corrects what was said about the parcels of an order.
    pub fn correct_parcels(&mut self, now_s: i64, id: OrderId, correction: &Correction) -> Result<(), Refusal> {
        let index = self.find(id)?;
        let order = self.order(index);
        if !matches!(order.status, Status::PartlyShipped | Status::Shipped) || order.kind == Kind::Virtual {
            return Err(Refusal::wrong_state("no parcel is on its way"));
        }
        if self.extras.get(&index).map_or(0, |extra| extra.parcel_edits) >= CORRECTIONS {
            return Err(Refusal::new(606041, "delivery info was changed too often"));
        }
        let mut parcels = self.parcels(order, self.lines_at(index), self.extras.get(&index));
        match correction {
            Correction::All(requests) => self.replace_all(index, &mut parcels, requests)?,
            Correction::Each(pairs) => {
                if pairs.is_empty() {
                    return Err(Refusal::new(109002, "no parcels to change"));
                }
                for (old, new) in pairs {
                    check_parcel(new, false)?;
                    let parcel = parcels
                        .iter_mut()
                        .find(|parcel| parcel.carrier == old.delivery_id && parcel.waybill == old.waybill_id)
                        .ok_or_else(|| Refusal::new(606042, "no such parcel"))?;
                    rename(parcel, new);
                }
            }
        }
        let at = self.tick(now_s);
        let lines = self.lines_at(index);
        let books = parcels.iter().map(|parcel| self.parcel_book(lines, parcel)).collect();
        let all = self.order(index).status == Status::Shipped;
        self.change(index, at, |order, _, extra| {
            order.old_parcel = None;
            extra.parcel_edits += 1;
            extra.parcels = parcels;
        });
        self.effects.push(Effect { at, order: id, by: Actor::Api, kind: EffectKind::Correction { parcels: books } });
        self.announce(index, None, at, Happening::Delivered { all });
        self.note_down(at, Verb::Correct { order: id, correction: correction.clone() });
        Ok(())
    }

    /// Each request takes over the parcel with the same goods.
    fn replace_all(&self, index: u32, parcels: &mut [Parcel], requests: &[ParcelRequest]) -> Result<(), Refusal> {
        if requests.is_empty() {
            return Err(Refusal::new(109002, "no parcels to change"));
        }
        if requests.len() > parcels.len() {
            return Err(Refusal::new(606040, "a parcel cannot be split"));
        }
        let mut open: Vec<usize> = (0..parcels.len()).collect();
        for request in requests {
            check_parcel(request, false)?;
            let wanted = goods_of_request(request);
            let lines = self.lines_at(index);
            let place = open.iter().position(|place| {
                let mut goods: Vec<(String, String, i64)> = self
                    .parcel_book(lines, &parcels[*place])
                    .items
                    .into_iter()
                    .map(|item| (item.product_id, item.sku_id, i64::from(item.count)))
                    .collect();
                goods.sort_unstable();
                goods == wanted
            });
            let place = place.ok_or_else(|| Refusal::new(606042, "products differ from those of the parcels"))?;
            rename(&mut parcels[open.remove(place)], request);
        }
        if open.is_empty() { Ok(()) } else { Err(Refusal::new(606042, "a parcel of the order is missing")) }
    }
}

fn goods_of_request(request: &ParcelRequest) -> Vec<(String, String, i64)> {
    let mut goods: Vec<(String, String, i64)> = request
        .product_infos
        .iter()
        .map(|item| (item.product_id.clone(), item.sku_id.clone(), item.product_cnt))
        .collect();
    goods.sort_unstable();
    goods
}

fn rename(parcel: &mut Parcel, request: &ParcelRequest) {
    parcel.carrier.clone_from(&request.delivery_id);
    parcel.waybill.clone_from(&request.waybill_id);
}
