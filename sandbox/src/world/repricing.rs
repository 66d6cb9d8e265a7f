//! price/update: the merchant lowers the price of an unpaid order. Each call replaces the former: what it does not name
//! costs again what it did.

use serde::{Deserialize, Serialize};

use super::event::{ExtInfo, Happening};
use super::order::{Line, OrderId, Status};
use super::tape::Verb;
use super::{Actor, Effect, EffectKind, Refusal, World};

const EDITS: u8 = 50;

/// A line's new total.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPrice {
    /// Wire id.
    pub product_id: String,
    /// Wire id.
    pub sku_id: String,
    /// Fen for the whole line.
    pub change_price: i64,
}

impl World {
    /// Lowers the price of an unpaid order. `freight`: fen; `None` leaves what the buyer was asked for at first.
    pub fn reprice(
        &mut self,
        now_s: i64,
        id: OrderId,
        freight: Option<i64>,
        prices: &[NewPrice],
    ) -> Result<(), Refusal> {
        let index = self.find(id)?;
        let order = self.order(index);
        if order.status != Status::AwaitingPayment {
            return Err(Refusal::wrong_state("not waiting for payment"));
        }
        let extra = self.extras.get(&index);
        if extra.map_or(0, |extra| extra.price_edits) >= EDITS {
            return Err(Refusal::new(108022, "price was changed fifty times"));
        }
        let lines = self.lines_at(index);
        if lines.iter().any(|line| line.discounts.cash_coupon > 0) {
            return Err(Refusal::new(6060481, "a cross-shop coupon is used"));
        }
        let first_freight = extra.and_then(|extra| extra.first_freight).unwrap_or(order.freight);
        let above = || Refusal::new(108021, "price above the original");
        let freight = match freight {
            None => first_freight,
            Some(fen) => i32::try_from(fen).ok().filter(|fen| (0..=first_freight).contains(fen)).ok_or_else(above)?,
        };
        let mut downs = vec![0; lines.len()];
        for price in prices {
            let place = self.line_named(lines, &price.product_id, &price.sku_id)?;
            let down = lines[place].estimate() - price.change_price;
            if price.change_price < 0 || down < 0 {
                return Err(above());
            }
            downs[place] = i32::try_from(down).map_err(|_| above())?;
        }
        let left: i64 = lines.iter().zip(&downs).map(|(line, down)| line.estimate() - i64::from(*down)).sum();
        let each_costs = lines.iter().zip(&downs).all(|(line, down)| line.estimate() > i64::from(*down));
        if !each_costs || left + i64::from(freight) - i64::from(order.deduction) <= 0 {
            return Err(Refusal::new(108023, "the price would be 0"));
        }
        let at = self.tick(now_s);
        self.change(index, at, |order, lines, extra| {
            extra.price_edits += 1;
            extra.first_freight = Some(first_freight);
            order.freight = freight;
            for (line, down) in lines.iter_mut().zip(&downs) {
                line.discounts.change_down = *down;
            }
        });
        let total = left + i64::from(freight) - i64::from(self.order(index).deduction);
        self.effects.push(Effect { at, order: id, by: Actor::Api, kind: EffectKind::Price { order_price: total } });
        self.announce(index, None, at, Happening::ExtInfo(ExtInfo::PriceChanged));
        let freight = (freight != first_freight).then_some(i64::from(freight));
        self.note_down(at, Verb::Reprice { order: id, freight, prices: prices.to_vec() });
        Ok(())
    }

    fn line_named(&self, lines: &[Line], product: &str, sku: &str) -> Result<usize, Refusal> {
        lines
            .iter()
            .position(|line| self.product_id(line) == product && self.sku_id(line) == sku)
            .ok_or_else(|| Refusal::bad_argument("product_id or sku_id not in this order"))
    }
}
