//! What is done to a product: by calls of the API, by a colleague in the back office, and by whoever looks at drafts.

use serde::{Deserialize, Serialize};

use super::flow::FlowReason;
use super::{EditStatus, Place, ProductStatus, ShelfId, Shelves};
use crate::world::deadline::{Class, Deadline};
use crate::world::event::Happening;
use crate::world::tape::Verb;
use crate::world::{Actor, Refusal, World, derived, product_number};

/// Fen; the platform takes no higher price.
const PRICE_MAX: i64 = 1_000_000_000;
/// `total_quota` of getauditquota, and what is taken within an hour. The platform publishes no numbers.
pub(super) const AUDITS_A_DAY: u32 = 500;
const AUDITS_AN_HOUR: u32 = 100;

/// How a number of pieces is to change (`diff_type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockChange {
    /// 1
    Add(i64),
    /// 2
    Subtract(i64),
    /// 3
    Set(i64),
}

/// What is to change about one SKU without a look.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkuPatch {
    /// Wire id.
    pub sku_id: ShelfId,
    /// Fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// Pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<StockChange>,
    /// Put on sale (5) or taken off (11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_sale: Option<bool>,
}

/// What is done to a product.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProductChange {
    /// product/listing: the draft is to be looked at and listed.
    List,
    /// product/delisting
    Delist,
    /// product/delete: into the recycle bin.
    Delete,
    /// product/audit/cancel
    CancelAudit,
    /// product/stock/update
    Stock {
        /// Wire id.
        sku_id: ShelfId,
        /// How.
        stock: StockChange,
    },
    /// product/auditfree: at once, without a look.
    Patch {
        /// Those that change.
        skus: Vec<SkuPatch>,
    },
    /// The draft gets these prices (fen, one for each SKU in order).
    Draft {
        /// Fen.
        prices: Vec<i64>,
    },
    /// The platform takes it off for a violation. Nobody of the shop can do that.
    TakeDown,
}

/// A patch that was looked at.
struct Step {
    place: Place,
    price: Option<i32>,
    stock: Option<(i32, FlowReason)>,
    on_sale: Option<bool>,
}

impl World {
    /// Does this to a product through the API.
    pub fn change_product(&mut self, now_s: i64, id: ShelfId, change: &ProductChange) -> Result<(), Refusal> {
        self.change_shelf(now_s, id, change, Actor::Api)
    }

    /// Somebody else does it: a colleague in the back office, or the platform itself.
    pub fn colleague_changes_product(
        &mut self,
        now_s: i64,
        id: ShelfId,
        change: &ProductChange,
    ) -> Result<(), Refusal> {
        self.change_shelf(now_s, id, change, Actor::Colleague)
    }

    fn change_shelf(&mut self, now_s: i64, id: ShelfId, change: &ProductChange, by: Actor) -> Result<(), Refusal> {
        let product = self.shelves.product_of(id)?;
        let at = now_s.max(self.now);
        match change {
            ProductChange::List => self.ask_for_audit(at, product)?,
            ProductChange::Delist => self.delist(at, product, ProductStatus::Delisted)?,
            ProductChange::TakeDown => self.delist(at, product, ProductStatus::Violation)?,
            ProductChange::Delete => self.delete(at, product)?,
            ProductChange::CancelAudit => self.cancel_audit(at, product)?,
            ProductChange::Stock { sku_id, stock } => {
                let place = self.shelves.place_of(product, *sku_id)?;
                let minute = (by == Actor::Api).then(|| at.div_euclid(60));
                self.check_frequency(place, minute)?;
                self.shelves.check_open(product, 10020217)?;
                let (change, why) = self.shelves.stock_step(place, *stock)?;
                self.shelves.move_stock(at, place, change, why, None, by);
                if let Some(minute) = minute {
                    let calls = &mut self.shelves.sku_mut(place).calls;
                    *calls = (minute, if calls.0 == minute { calls.1 + 1 } else { 1 });
                }
            }
            ProductChange::Patch { skus } => self.patch(at, product, skus, by)?,
            ProductChange::Draft { prices } => self.edit_draft(at, product, prices)?,
        }
        self.tick(at);
        self.note_down(at, Verb::Product { by, product: id, change: change.clone() });
        Ok(())
    }

    fn ask_for_audit(&mut self, at: i64, product: u16) -> Result<(), Refusal> {
        let row = self.shelves.product(product);
        if row.edit == EditStatus::InAudit {
            return Err(Refusal::new(10020049, "product is under audit"));
        }
        match row.status {
            ProductStatus::Banned | ProductStatus::Violation => {
                return Err(Refusal::new(10020053, "product is banned"));
            }
            ProductStatus::RecycleBin => return Err(Refusal::new(10020052, "product not exist")),
            ProductStatus::Initial | ProductStatus::Listed | ProductStatus::Delisted => {}
        }
        self.shelves.spend_audit(at)?;
        let takes = 300 + (derived(self.config.seed, at.unsigned_abs() ^ u64::from(product) << 40) % 3_300) as i64;
        let row = self.shelves.product_mut(product);
        (row.edit, row.edited) = (EditStatus::InAudit, at);
        self.deadlines.put(at + takes, Class::Platform, Deadline::Audit { product, asked: at });
        Ok(())
    }

    /// The look that was asked for at `asked` comes to an end.
    pub(crate) fn end_audit(&mut self, at: i64, product: u16, asked: i64) {
        let row = self.shelves.product(product);
        if row.edit != EditStatus::InAudit || row.edited != asked {
            return;
        }
        let rejected = self.switches.audits_rejected > 0 && self.life.per_mille(self.switches.audits_rejected);
        let row = self.shelves.product_mut(product);
        row.edit = if rejected { EditStatus::Failed } else { EditStatus::Passed };
        if rejected {
            self.tell_product(at, product, |product| Happening::ProductAudit {
                product,
                result: 2,
                reason: "价格与商品描述不符",
            });
            return;
        }
        row.status = ProductStatus::Listed;
        let prices = std::mem::take(&mut row.draft);
        for (sku, price) in prices.into_iter().enumerate() {
            self.shelves.sku_mut(Place { product, sku: sku as u8 }).price = price;
        }
        self.tell_product(at, product, |product| Happening::ProductAudit { product, result: 3, reason: "" });
        self.tell_product(at, product, |product| Happening::ProductListing { product, status: ProductStatus::Listed });
    }

    fn delist(&mut self, at: i64, product: u16, to: ProductStatus) -> Result<(), Refusal> {
        self.shelves.check_not_in_audit(product, 10020047)?;
        let row = self.shelves.product_mut(product);
        if row.status != ProductStatus::Listed {
            return Err(Refusal::new(10020065, "product is not listed"));
        }
        row.status = to;
        self.tell_product(at, product, |product| Happening::ProductListing { product, status: to });
        Ok(())
    }

    fn delete(&mut self, at: i64, product: u16) -> Result<(), Refusal> {
        self.shelves.check_not_in_audit(product, 10020049)?;
        let row = self.shelves.product_mut(product);
        if row.status == ProductStatus::RecycleBin {
            return Err(Refusal::new(10020052, "product not exist"));
        }
        row.status = ProductStatus::RecycleBin;
        self.tell_product(at, product, |product| Happening::ProductUpdated { product, operation: 2 });
        Ok(())
    }

    fn cancel_audit(&mut self, at: i64, product: u16) -> Result<(), Refusal> {
        let row = self.shelves.product_mut(product);
        if row.edit != EditStatus::InAudit {
            return Err(Refusal::new(10020044, "product is not under audit"));
        }
        row.edit = EditStatus::Editing;
        self.tell_product(at, product, |product| Happening::ProductAudit { product, result: 4, reason: "" });
        Ok(())
    }

    fn check_frequency(&self, place: Place, minute: Option<i64>) -> Result<(), Refusal> {
        let (limit, calls) = (self.switches.stock_calls_per_minute, self.shelves.sku(place).calls);
        if limit > 0 && Some(calls.0) == minute && calls.1 >= limit {
            return Err(Refusal::new(10020112, "stock of this sku is updated too frequently"));
        }
        Ok(())
    }

    fn patch(&mut self, at: i64, product: u16, skus: &[SkuPatch], by: Actor) -> Result<(), Refusal> {
        if skus.is_empty() {
            return Err(Refusal::new(10020051, "skus is required"));
        }
        self.shelves.check_not_in_audit(product, 10020049)?;
        if self.shelves.product(product).status != ProductStatus::Listed {
            return Err(Refusal::new(10020065, "product is not listed"));
        }
        // All are looked at before one changes.
        let mut steps: Vec<Step> = Vec::with_capacity(skus.len());
        for patch in skus {
            let place = self.shelves.place_of(product, patch.sku_id).map_err(|_| Refusal::new(10020051, "sku_id"))?;
            if steps.iter().any(|step| step.place == place) {
                return Err(Refusal::new(10020051, "sku_id appears twice"));
            }
            let price = patch.price.map(checked_price).transpose()?;
            let stock = patch.stock.map(|stock| self.shelves.stock_step(place, stock)).transpose()?;
            steps.push(Step { place, price, stock, on_sale: patch.on_sale });
        }
        for Step { place, price, stock, on_sale } in steps {
            if let Some((change, why)) = stock {
                self.shelves.move_stock(at, place, change, why, None, by);
            }
            let sku = self.shelves.sku_mut(place);
            sku.price = price.unwrap_or(sku.price);
            sku.on_sale = on_sale.unwrap_or(sku.on_sale);
        }
        self.tell_product(at, product, |product| Happening::ProductUpdated { product, operation: 0 });
        self.tell_product(at, product, |product| Happening::ProductListing { product, status: ProductStatus::Listed });
        Ok(())
    }

    fn edit_draft(&mut self, at: i64, product: u16, prices: &[i64]) -> Result<(), Refusal> {
        self.shelves.check_not_in_audit(product, 10020049)?;
        if prices.len() != usize::from(self.shelves.product(product).sku_count) {
            return Err(Refusal::new(10020051, "one price for each sku"));
        }
        let draft = prices.iter().map(|price| checked_price(*price)).collect::<Result<Vec<_>, _>>()?;
        let row = self.shelves.product_mut(product);
        (row.edit, row.edited, row.draft) = (EditStatus::Editing, at, draft);
        self.tell_product(at, product, |product| Happening::ProductUpdated { product, operation: 0 });
        Ok(())
    }

    fn tell_product(&mut self, at: i64, product: u16, what: impl FnOnce(ShelfId) -> Happening) {
        let product = ShelfId(product_number(self.config.seed, product));
        self.tell(None, None, at, what(product));
    }

    /// Wire id of the `place`th product of the shop.
    pub fn product_at(&self, place: u16) -> Option<ShelfId> {
        (usize::from(place) < self.shelves.len()).then(|| ShelfId(product_number(self.config.seed, place)))
    }
}

fn checked_price(fen: i64) -> Result<i32, Refusal> {
    i32::try_from(fen)
        .ok()
        .filter(|fen| *fen > 0 && i64::from(*fen) <= PRICE_MAX)
        .ok_or_else(|| Refusal::new(10020051, "sale_price out of range"))
}

impl Shelves {
    fn check_not_in_audit(&self, product: u16, code: i64) -> Result<(), Refusal> {
        if self.product(product).edit == EditStatus::InAudit {
            return Err(Refusal::new(code, "product is under audit"));
        }
        Ok(())
    }

    /// Stock of what was never listed, is being looked at, or is gone does not change.
    fn check_open(&self, product: u16, code: i64) -> Result<(), Refusal> {
        match self.product(product).status {
            ProductStatus::Initial => return Err(Refusal::new(10020289, "product was never listed")),
            ProductStatus::RecycleBin | ProductStatus::Banned => {
                return Err(Refusal::new(code, "product status not allowed"));
            }
            ProductStatus::Listed | ProductStatus::Delisted | ProductStatus::Violation => {}
        }
        self.check_not_in_audit(product, code)
    }

    /// By how much a number changes, and as what it stands in the flow.
    fn stock_step(&self, place: Place, change: StockChange) -> Result<(i32, FlowReason), Refusal> {
        let stock = self.sku(place).stock;
        let number = |num: i64| {
            i32::try_from(num).ok().filter(|num| *num >= 0).ok_or_else(|| Refusal::new(10020055, "num out of range"))
        };
        let zero = || Refusal::new(10020218, "num must not be 0");
        match change {
            StockChange::Add(0) | StockChange::Subtract(0) => Err(zero()),
            StockChange::Add(num) => {
                let num = number(num)?;
                stock.checked_add(num).ok_or_else(|| Refusal::new(10020055, "num out of range"))?;
                Ok((num, FlowReason::Added))
            }
            StockChange::Subtract(num) => {
                let num = number(num)?;
                if num > stock {
                    return Err(Refusal::new(10020219, "stock not enough"));
                }
                Ok((-num, FlowReason::Subtracted))
            }
            StockChange::Set(num) => Ok((number(num)? - stock, FlowReason::Set)),
        }
    }

    fn spend_audit(&mut self, at: i64) -> Result<(), Refusal> {
        self.turn_audits(at);
        let (_, today, _, hour) = &mut self.audits;
        if *today >= AUDITS_A_DAY {
            return Err(Refusal::new(10020111, "daily audit quota used up"));
        }
        if *hour >= AUDITS_AN_HOUR {
            return Err(Refusal::new(10020066, "hourly audit quota used up"));
        }
        *today += 1;
        *hour += 1;
        Ok(())
    }

    fn turn_audits(&mut self, at: i64) {
        let (day, hour) = ((at + 8 * 3_600).div_euclid(86_400), at.div_euclid(3_600));
        if self.audits.0 != day {
            (self.audits.0, self.audits.1) = (day, 0);
        }
        if self.audits.2 != hour {
            (self.audits.2, self.audits.3) = (hour, 0);
        }
    }

    /// How many more may be asked for today.
    pub(super) fn audits_left(&self, now: i64) -> u32 {
        let day = (now + 8 * 3_600).div_euclid(86_400);
        AUDITS_A_DAY - if self.audits.0 == day { self.audits.1.min(AUDITS_A_DAY) } else { 0 }
    }
}
