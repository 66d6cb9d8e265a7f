//! Which orders are meant: a filter and a sort, as a scenario file says them.
//!
//! A file cannot name what the pretend platform draws (ids, places, amounts), so it narrows by likeness to an order that it knows by name;
//! and it says times as hours before now.

use serde::Deserialize;
use shopkeeper_core::orders::{
    AmountRange, FlagFilter, OrderDetail, OrderFilter, OrderSort, OrderTab, ProductFilter, RegionFilter, TimeRange,
};
use shopkeeper_core::time::Instant;

use crate::support::town::Town;

/// See the module. All that is said must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Which {
    /// A saved view: its filter and its sort. Alone.
    pub view: Option<String>,
    pub tab: OrderTab,
    pub sort: OrderSort,
    pub has_note: bool,
    pub flag: Option<FlagFilter>,
    pub pending: bool,
    pub hurried: bool,
    pub after_sale: bool,
    pub buyer_message: bool,
    pub created: Option<HoursAgo>,
    pub paid: Option<HoursAgo>,
    pub shipped: Option<HoursAgo>,
    /// In hours from now.
    pub due_within: Option<i64>,
    pub like: Option<Like>,
}

/// A stretch of time in hours before now. The later end does not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoursAgo {
    pub from: Option<i64>,
    pub until: Option<i64>,
}

/// As that order is, in these respects.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Like {
    pub order: String,
    #[serde(rename = "in")]
    pub respects: Vec<Respect>,
}

/// See [`Like`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Respect {
    /// Of its first line.
    Product,
    Sku,
    Province,
    City,
    Scene,
    /// To the fen.
    Amount,
    AtLeastAmount,
    AtMostAmount,
}

impl Which {
    /// The filter and the sort, on a phone and now.
    ///
    /// # Errors
    /// A sentence that names what is not there.
    pub fn resolve(&self, town: &Town, phone: Option<&str>) -> Result<(OrderFilter, OrderSort), String> {
        if let Some(name) = &self.view {
            if *self != (Self { view: self.view.clone(), ..Self::default() }) {
                return Err("view: with a view nothing else can be said".to_owned());
            }
            let orders = town.core(phone)?.orders().map_err(|error| error.to_string())?;
            let views = orders.views().map_err(|error| error.to_string())?;
            let view = views.into_iter().find(|view| view.name == *name);
            return view.map(|view| (view.filter, view.sort)).ok_or_else(|| format!("view: none is called {name}"));
        }
        let now_s = town.world.now_s();
        let hours = |hours: i64| Instant::from_ms((now_s - hours * 3_600) * 1_000);
        let range =
            |ago: Option<HoursAgo>| ago.map(|ago| TimeRange { from: ago.from.map(hours), until: ago.until.map(hours) });
        let mut filter = OrderFilter {
            tab: self.tab,
            has_note: self.has_note,
            flag: self.flag,
            pending: self.pending,
            hurried: self.hurried,
            after_sale: self.after_sale,
            buyer_message: self.buyer_message,
            created: range(self.created),
            paid: range(self.paid),
            shipped: range(self.shipped),
            due_before: self.due_within.map(|within| hours(-within)),
            ..OrderFilter::default()
        };
        if let Some(Like { order, respects }) = &self.like {
            let detail = town.detail(phone, order)?;
            for respect in respects {
                liken(&mut filter, *respect, &detail)?;
            }
        }
        Ok((filter, self.sort))
    }
}

fn liken(filter: &mut OrderFilter, respect: Respect, of: &OrderDetail) -> Result<(), String> {
    let line = of.lines.first().ok_or("like: the order has no line")?;
    let amount = filter.amount.unwrap_or_default();
    match respect {
        Respect::Product => filter.product = Some(ProductFilter { product: line.product.clone(), sku: None }),
        Respect::Sku => {
            filter.product = Some(ProductFilter { product: line.product.clone(), sku: Some(line.sku.clone()) });
        }
        Respect::Province => {
            filter.region = Some(RegionFilter { province: of.row.province.clone(), city: None });
        }
        Respect::City => {
            filter.region = Some(RegionFilter { province: of.row.province.clone(), city: Some(of.row.city.clone()) });
        }
        Respect::Scene => filter.scene = Some(of.scene),
        Respect::Amount => {
            filter.amount = Some(AmountRange { least: Some(of.row.payable), most: Some(of.row.payable) });
        }
        Respect::AtLeastAmount => filter.amount = Some(AmountRange { least: Some(of.row.payable), ..amount }),
        Respect::AtMostAmount => filter.amount = Some(AmountRange { most: Some(of.row.payable), ..amount }),
    }
    Ok(())
}
