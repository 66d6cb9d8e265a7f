//! Orders as a test says them. The same records are what scenario files hold under `orders`.

use serde::Deserialize;
use shopkeeper_sandbox::world::{Basket, OrderId, ParcelRequest, ParcelRequestItem, Pick, Switches};

/// An order of a plain kind: no gift, no group, nothing but what stands here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderSpec {
    /// What the test calls it.
    pub name: String,
    /// What was bought. Empty: one of the shop's teas.
    #[serde(default)]
    pub lines: Vec<LineSpec>,
    /// How long ago the buyer paid, hours and minutes added up; neither: a moment ago.
    #[serde(default)]
    pub paid_hours_ago: u32,
    #[serde(default)]
    pub paid_minutes_ago: u32,
    /// The buyer has not paid; the time is that of the order.
    #[serde(default)]
    pub unpaid: bool,
    /// What the buyer wrote.
    #[serde(default)]
    pub remark: String,
    /// The platform keeps the ship-by time to itself, so that it has to be estimated.
    #[serde(default)]
    pub hides_deadline: bool,
    /// So many orders of this kind, named `<name>-1`, `<name>-2` …
    #[serde(default)]
    pub repeat: Option<u32>,
    /// An older order that the same buyer gave, to the same address.
    #[serde(default)]
    pub buyer_of: Option<String>,
}

/// Pieces of one SKU.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSpec {
    /// Part of the product's title.
    pub product: String,
    /// Part of the SKU's text.
    #[serde(default)]
    pub sku: String,
    /// How many.
    #[serde(default = "one")]
    pub pieces: u16,
}

fn one() -> u16 {
    1
}

/// An order that a buyer paid a moment ago.
pub fn order(name: &str) -> OrderSpec {
    OrderSpec {
        name: name.to_owned(),
        lines: Vec::new(),
        paid_hours_ago: 0,
        paid_minutes_ago: 0,
        unpaid: false,
        remark: String::new(),
        hides_deadline: false,
        repeat: None,
        buyer_of: None,
    }
}

impl OrderSpec {
    /// Adds pieces of the first product whose title has `product`, in the SKU that has `sku`.
    #[must_use]
    pub fn line(mut self, product: &str, sku: &str, pieces: u16) -> Self {
        self.lines.push(LineSpec { product: product.to_owned(), sku: sku.to_owned(), pieces });
        self
    }

    #[must_use]
    pub fn paid_hours_ago(mut self, hours: u32) -> Self {
        self.paid_hours_ago = hours;
        self
    }

    #[must_use]
    pub fn unpaid(mut self) -> Self {
        self.unpaid = true;
        self
    }

    #[must_use]
    pub fn remark(mut self, text: &str) -> Self {
        text.clone_into(&mut self.remark);
        self
    }

    #[must_use]
    pub fn hides_deadline(mut self) -> Self {
        self.hides_deadline = true;
        self
    }

    /// Seconds since the buyer paid.
    pub fn age_s(&self) -> i64 {
        i64::from(self.paid_hours_ago) * 3_600 + i64::from(self.paid_minutes_ago) * 60
    }

    /// What the buyer puts into the basket. `again` is the order that [`OrderSpec::buyer_of`] names.
    ///
    /// # Errors
    /// A sentence that names the line of which the shop has no such product.
    pub fn basket(&self, again: Option<OrderId>) -> Result<Basket, String> {
        let picks = self.lines.iter().enumerate().map(|(place, line)| {
            let missing = || {
                format!(
                    "lines: order {}, line {place}: the shop has no {:?} in {:?}",
                    self.name, line.product, line.sku
                )
            };
            Pick::named(&line.product, &line.sku, line.pieces).ok_or_else(missing)
        });
        let mut picks = picks.collect::<Result<Vec<_>, _>>()?;
        if picks.is_empty() {
            picks.extend(Pick::named("铁观音", "250克", 1));
        }
        let tells_deadline = Some(!self.hides_deadline);
        Ok(Basket { picks, remark: self.remark.clone(), plain: true, tells_deadline, again })
    }
}

/// How the platform behaves in a test; what is not said is as it is everywhere.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformSpec {
    /// The shop has no default return address: shipments are refused with 606003.
    pub no_return_address: bool,
    /// The same product in two parcels is refused as a repeated shipment.
    pub refuses_repeated_shipment: bool,
    /// Reads show what a write did only so many seconds later.
    pub read_lag_seconds: u32,
}

impl PlatformSpec {
    pub fn switches(&self) -> Switches {
        Switches {
            living: false,
            default_return_address: !self.no_return_address,
            refuse_repeated_shipment: self.refuses_repeated_shipment,
            read_lag_s: self.read_lag_seconds,
            ..Switches::default()
        }
    }
}

/// A parcel as a colleague types it at the platform: everything that remains, or pieces by line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColleagueParcel {
    pub waybill: String,
    #[serde(default = "sf")]
    pub carrier: String,
    /// (line, pieces).
    #[serde(default)]
    pub pieces: Option<Vec<(usize, u16)>>,
}

fn sf() -> String {
    "SF".to_owned()
}

impl ColleagueParcel {
    /// The call that the back office makes of it. `lines` are the order's: product, SKU, bought, shipped.
    ///
    /// # Errors
    /// A sentence that names the line which the order does not have.
    pub fn request(&self, lines: &[(String, String, u16, u16)]) -> Result<ParcelRequest, String> {
        let all = || lines.iter().enumerate().map(|(place, line)| (place, line.2 - line.3)).collect();
        let pieces: Vec<(usize, u16)> = self.pieces.clone().unwrap_or_else(all);
        let items = pieces.iter().filter(|(_, count)| *count > 0).map(|(place, count)| {
            let line = lines.get(*place).ok_or_else(|| format!("pieces: the order has no line {place}"))?;
            let (product_id, sku_id) = (line.0.clone(), line.1.clone());
            Ok(ParcelRequestItem { product_id, sku_id, product_cnt: i64::from(*count) })
        });
        Ok(ParcelRequest {
            delivery_id: self.carrier.clone(),
            waybill_id: self.waybill.clone(),
            deliver_type: 1,
            product_infos: items.collect::<Result<_, String>>()?,
        })
    }
}
