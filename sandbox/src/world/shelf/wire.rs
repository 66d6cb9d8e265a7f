//! Products and stock as the platform shows them (wire reference §2.2).

use serde_json::{Value, json};

use super::change::AUDITS_A_DAY;
use super::{EditStatus, Place, Product, ProductStatus, ShelfId};
use crate::world::goods::{self, GOODS, Promise};
use crate::world::{Refusal, World, product_number, sku_number};

/// What `data_type` of product/get asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copies {
    /// 1
    Online,
    /// 2
    Draft,
    /// 3
    Both,
}

/// The values that `status` of product/list/get may have.
const FILTERS: [u16; 9] = [0, 5, 6, 9, 11, 13, 14, 15, 20];

impl World {
    /// One page of product ids after the `from`th product: (ids, where the next page begins, how many match in all).
    pub fn list_products(
        &self,
        status: Option<u16>,
        from: usize,
        size: usize,
    ) -> Result<(Vec<ShelfId>, usize, usize), Refusal> {
        if status.is_some_and(|status| !FILTERS.contains(&status)) {
            return Err(Refusal::new(10020051, "invalid status"));
        }
        let fits = |row: &Product| match status {
            Some(status) => row.status.code() == status,
            None => !matches!(row.status, ProductStatus::Initial | ProductStatus::RecycleBin),
        };
        let matching = || self.shelves.products.iter().enumerate().filter(|(_, row)| fits(row));
        let page: Vec<usize> = matching().map(|(place, _)| place).filter(|place| *place >= from).take(size).collect();
        let next = page.last().map_or(from, |last| last + 1);
        let id = |place: usize| ShelfId(product_number(self.config.seed, place as u16));
        Ok((page.into_iter().map(id).collect(), next, matching().count()))
    }

    /// `product` and `edit_product`, as far as they are asked for and there.
    pub fn product_json(&self, id: ShelfId, copies: Copies) -> Result<Value, Refusal> {
        let product = self.shelves.product_of(id)?;
        let row = self.shelves.product(product);
        let online = row.status != ProductStatus::Initial;
        if !online && copies == Copies::Online {
            return Err(Refusal::new(10020065, "product is not listed"));
        }
        let mut fields = serde_json::Map::new();
        if online && copies != Copies::Draft {
            fields.insert("product".into(), self.copy(product, false));
        }
        if copies != Copies::Online {
            fields.insert("edit_product".into(), self.copy(product, true));
        }
        Ok(Value::Object(fields))
    }

    fn copy(&self, product: u16, draft: bool) -> Value {
        let row = self.shelves.product(product);
        let good = goods::of(product);
        let price = |sku: usize| -> i32 {
            let place = Place { product, sku: sku as u8 };
            row.draft.get(sku).copied().filter(|_| draft).unwrap_or_else(|| self.shelves.price(place))
        };
        let skus: Vec<Value> = self
            .shelves
            .skus(product)
            .iter()
            .enumerate()
            .map(|(place, sku)| {
                let (value, _) = good.skus[place];
                json!({
                    "sku_id": sku_number(self.config.seed, product, place as u8).to_string(),
                    "out_sku_id": "",
                    "thumb_img": self.picture(product),
                    "sale_price": price(place),
                    "stock_num": sku.stock,
                    "sku_code": goods::sku_code(product, place as u8),
                    "bar_code": format!("69{:011}", sku_number(self.config.seed, product, place as u8) % 100_000_000_000),
                    "sku_attrs": [{ "attr_key": good.attr, "attr_value": value }],
                    "status": if sku.on_sale { 5 } else { 11 },
                    "sku_deliver_info": deliver_info(good.promise),
                })
            })
            .collect();
        let lowest = (0..skus.len()).map(price).min().unwrap_or_default();
        let mut json = json!({
            "product_id": product_number(self.config.seed, product).to_string(),
            "out_product_id": "",
            "title": goods::title(product),
            "short_title": good.title.split(' ').next().unwrap_or_default(),
            "sub_title": "",
            "head_imgs": [self.picture(product)],
            "desc_info": { "imgs": [self.picture(product)], "desc": "" },
            "deliver_method": if good.promise == Promise::Virtual { 3 } else { 0 },
            "express_info": { "template_id": "47428464001", "weight": 500 },
            "aftersale_desc": "",
            "limited_info": { "period_type": 0, "limited_buy_num": 0 },
            "extra_service": { "seven_day_return": 1, "pay_after_use": 1, "freight_insurance": 1, "damage_guarantee": 0, "fake_one_pay_three": 0, "exchange_support": 1 },
            "status": row.status.code(),
            "min_price": lowest,
            "cats": [],
            "cats_v2": [{ "cat_id": "1001" }, { "cat_id": (2_000 + usize::from(product) % GOODS.len() / 25).to_string() }],
            "attrs": [{ "attr_key": "产地", "attr_value": "福建" }],
            "spu_code": good.code,
            "brand_id": "2100000000",
            "skus": skus,
            "product_type": 1,
            "after_sale_info": { "after_sale_address_id": self.return_address().to_string() },
            "total_sold_num": row.sold,
            "release_mode": 0,
        });
        if draft && let Some(fields) = json.as_object_mut() {
            fields.insert("edit_status".into(), row.edit.code().into());
            fields.insert("edit_time".into(), row.edited.into());
        }
        json
    }

    /// Where the draft of this product stands.
    pub fn edit_status(&self, id: ShelfId) -> Result<EditStatus, Refusal> {
        Ok(self.shelves.product(self.shelves.product_of(id)?).edit)
    }

    /// Where this product stands.
    pub fn product_status(&self, id: ShelfId) -> Result<ProductStatus, Refusal> {
        Ok(self.shelves.product(self.shelves.product_of(id)?).status)
    }

    /// `data` of stock/get.
    pub fn stock_json(&self, id: ShelfId, sku: ShelfId) -> Result<Value, Refusal> {
        let product = self.shelves.product_of(id)?;
        let place = self.shelves.place_of(product, sku)?;
        let stock = self.shelves.sku(place).stock;
        Ok(json!({
            "normal_stock_num": stock,
            "limited_discount_stock_num": 0,
            "warehouse_stocks": [],
            "total_stock_num": stock,
        }))
    }

    /// `spu_stock_list` of stock/batchget. Products that do not exist are left out.
    pub fn stock_list(&self, ids: &[ShelfId]) -> Vec<Value> {
        ids.iter()
            .filter_map(|id| self.shelves.product_of(*id).ok())
            .map(|product| {
                let skus: Vec<Value> = self
                    .shelves
                    .skus(product)
                    .iter()
                    .enumerate()
                    .map(|(place, sku)| {
                        json!({
                            "sku_id": sku_number(self.config.seed, product, place as u8).to_string(),
                            "normal_stock_num": sku.stock,
                            "limited_discount_stock_num": 0,
                            "warehouse_stocks": [],
                            "finder_total_num": 0,
                            "total_stock_num": sku.stock,
                        })
                    })
                    .collect();
                json!({ "product_id": product_number(self.config.seed, product).to_string(), "sku_stock": skus })
            })
            .collect()
    }

    /// `audit_quota` of getauditquota.
    pub fn audit_quota(&self, now_s: i64) -> Value {
        let left = self.shelves.audits_left(now_s);
        json!({ "block_status": false, "avail_quota": left, "total_quota": AUDITS_A_DAY })
    }
}

fn deliver_info(promise: Promise) -> Value {
    match promise {
        Promise::Presale(days) => json!({
            "stock_type": 1,
            "full_payment_presale_delivery_type": 1,
            "full_payment_presale_delivery_time": days,
        }),
        Promise::Hours(_) | Promise::Virtual => json!({ "stock_type": 0 }),
    }
}
