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
    /// So many of the phones, the last ones, are new: nobody has paired them yet.
    #[serde(default)]
    pub unpaired: usize,
}

/// 阿芳's tea shop.
pub fn fang() -> Shop {
    Shop { shop: Persona::Fang, orders: Vec::new(), platform: PlatformSpec::default(), unpaired: 0 }
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

#[cfg(test)]
mod tests {
    use super::lin;
    use crate::simulation::in_one_thread;
    use crate::support::builders::order;

    #[test]
    fn everybody_in_a_shop_sees_the_same_orders() {
        in_one_thread(async |dir| {
            let shop = lin().has_order(order("tea").line("桂花乌龙", "礼盒", 2)).has_order(order("cup").unpaid());
            let town = shop.opens(dir).await.unwrap();
            for (_, phone) in town.phones() {
                town.core(Some(phone)).unwrap().sync().unwrap().now().await.unwrap();
                let detail = town.detail(Some(phone), "tea").unwrap();
                assert_eq!((detail.lines.len(), detail.lines[0].quantity), (1, 2), "{phone}");
                assert_eq!(town.detail(Some(phone), "cup").unwrap().row.paid_at, None, "{phone}");
            }
            assert!(town.detail(None, "milk").unwrap_err().contains("none is called milk"));
        });
    }

    #[test]
    fn an_order_that_cannot_be_is_named() {
        in_one_thread(async |dir| {
            let said = |error: Option<String>| error.unwrap_or_default();
            let milk = lin().has_order(order("milk").line("牛奶", "", 1)).opens(dir).await.err();
            assert!(said(milk).contains("order milk, line 0"));
            let old = lin().has_order(order("old").paid_hours_ago(24 * 90)).opens(dir).await.err();
            assert!(said(old).contains("order old"));
            let twice = lin().has_order(order("tea")).has_order(order("tea")).opens(dir).await.err();
            assert!(said(twice).contains("two orders are called tea"));
        });
    }
}
