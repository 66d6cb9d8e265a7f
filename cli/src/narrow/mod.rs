//! What a list is narrowed to, as a person writes it and as a person is told it.
//!
//! The terminal app and the verbs read the same words ([`read`]) and say the same ([`tell`]). What is written says days and places; what the
//! core takes says instants and the source's names. A day without a year is the latest one that has begun, since orders are of the past.

pub mod read;
pub mod tell;

use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{OrderFilter, Orders, SavedView, TimeRange};

pub use read::{Misread, When};

use crate::phrase::goods_name;
use tell::ProductNames;

/// What the products in the views are called, as far as an order that is here tells.
///
/// # Errors
/// The core's.
pub fn product_names(orders: &Orders, views: &[SavedView]) -> Result<ProductNames, CoreError> {
    let mut names = ProductNames::new();
    for product in views.iter().filter_map(|view| view.filter.product.as_ref()) {
        if let Some(name) = orders.product_name(product)? {
            names.insert(tell::product(product), goods_name(&name.title, &name.sku_text));
        }
    }
    Ok(names)
}

/// The three moments of an order that a list can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    Created,
    Paid,
    Shipped,
}

impl Moment {
    pub const EVERY: [Self; 3] = [Self::Created, Self::Paid, Self::Shipped];

    /// The core's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
        }
    }

    /// Where a filter keeps it.
    pub const fn range_mut(self, filter: &mut OrderFilter) -> &mut Option<TimeRange> {
        match self {
            Self::Created => &mut filter.created,
            Self::Paid => &mut filter.paid,
            Self::Shipped => &mut filter.shipped,
        }
    }

    #[must_use]
    pub const fn range(self, filter: &OrderFilter) -> Option<TimeRange> {
        match self {
            Self::Created => filter.created,
            Self::Paid => filter.paid,
            Self::Shipped => filter.shipped,
        }
    }
}
