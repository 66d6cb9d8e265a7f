//! Whose shop it is: who has which phone.
//!
//! * 阿芳 sells tea alone, with one phone.
//! * 林姐 owns a busier shop: her phone, her tablet, and 小周 who packs with a phone of his own.

use std::path::Path;

use serde::Deserialize;

use super::builders::{OrderSpec, PlatformSpec};
use super::town::Town;

/// Whose shop it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Persona {
    #[serde(rename = "阿芳")]
    Fang,
    #[serde(rename = "林姐")]
    Lin,
}

impl Persona {
    /// Phones by name; the first is the owner's.
    pub const fn phones(self) -> &'static [&'static str] {
        match self {
            Self::Fang => &["阿芳"],
            Self::Lin => &["林姐", "小周", "林姐的平板"],
        }
    }
}

/// A shop before its day begins. Scenario files hold the same under `given`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    pub shop: Persona,
    #[serde(default)]
    pub orders: Vec<OrderSpec>,
    #[serde(default)]
    pub platform: PlatformSpec,
}

/// 阿芳's tea shop.
pub fn fang() -> Shop {
    Shop { shop: Persona::Fang, orders: Vec::new(), platform: PlatformSpec::default() }
}

/// 林姐's shop with three phones.
pub fn lin() -> Shop {
    Shop { shop: Persona::Lin, ..fang() }
}

impl Shop {
    /// A buyer has ordered this before the day begins.
    #[must_use]
    pub fn has_order(mut self, order: OrderSpec) -> Self {
        self.orders.push(order);
        self
    }

    /// The day begins: the shop at the platform, its relay, and every phone paired and online.
    ///
    /// # Errors
    /// A sentence that names the order that cannot be.
    pub async fn opens(&self, dir: &Path) -> Result<Town, String> {
        Town::open(self, dir).await
    }
}
