//! `extra`: what only the detail of an order shows, as one JSON text. Whatever is listed, filtered or sorted has a column, lines and
//! parcels have tables; this is the rest of [`Order`], and together they are the whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shopkeeper_protocol::{AddressRequest, Discount, Order};

/// Borrowed where it is written, owned where it is read.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(in crate::store) struct Extra<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<i64>,
    #[serde(skip_serializing_if = "is_zero")]
    payment_method: i64,
    #[serde(skip_serializing_if = "is_zero")]
    scene: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finder_id: Option<Cow<'a, str>>,
    buyer_key: Cow<'a, str>,
    phone: Cow<'a, str>,
    county: Cow<'a, str>,
    street: Cow<'a, str>,
    address_hash: Cow<'a, str>,
    goods: i64,
    #[serde(skip_serializing_if = "is_zero")]
    freight: i64,
    #[serde(skip_serializing_if = "<[Discount]>::is_empty")]
    discounts: Cow<'a, [Discount]>,
    receives: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_request: Option<Cow<'a, AddressRequest>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    after_sales: Cow<'a, [String]>,
    #[serde(skip_serializing_if = "is_zero")]
    deliver_method: i64,
    #[serde(skip_serializing_if = "more_is_empty")]
    more: Cow<'a, BTreeMap<String, Value>>,
}

impl<'a> Extra<'a> {
    pub(in crate::store) fn of(order: &'a Order) -> Self {
        let Order { buyer, money, .. } = order;
        Self {
            received_at: order.received_at,
            settled_at: order.settled_at,
            payment_method: order.payment_method,
            scene: order.scene,
            live_id: order.live_id.as_deref().map(Cow::Borrowed),
            finder_id: order.finder_id.as_deref().map(Cow::Borrowed),
            buyer_key: Cow::Borrowed(&buyer.key),
            phone: Cow::Borrowed(&buyer.phone),
            county: Cow::Borrowed(&buyer.county),
            street: Cow::Borrowed(&buyer.street),
            address_hash: Cow::Borrowed(&buyer.address_hash),
            goods: money.goods,
            freight: money.freight,
            discounts: Cow::Borrowed(&money.discounts),
            receives: money.receives,
            address_request: order.address_request.as_ref().map(Cow::Borrowed),
            after_sales: Cow::Borrowed(&order.after_sales),
            deliver_method: order.deliver_method,
            more: Cow::Borrowed(&order.extra),
        }
    }

    /// Puts everything where it belongs in an order.
    pub(in crate::store) fn into_order(self, order: &mut Order) {
        order.received_at = self.received_at;
        order.settled_at = self.settled_at;
        order.payment_method = self.payment_method;
        order.scene = self.scene;
        order.live_id = self.live_id.map(Cow::into_owned);
        order.finder_id = self.finder_id.map(Cow::into_owned);
        order.buyer.key = self.buyer_key.into_owned();
        order.buyer.phone = self.phone.into_owned();
        order.buyer.county = self.county.into_owned();
        order.buyer.street = self.street.into_owned();
        order.buyer.address_hash = self.address_hash.into_owned();
        order.money.goods = self.goods;
        order.money.freight = self.freight;
        order.money.discounts = self.discounts.into_owned();
        order.money.receives = self.receives;
        order.address_request = self.address_request.map(Cow::into_owned);
        order.after_sales = self.after_sales.into_owned();
        order.deliver_method = self.deliver_method;
        order.extra = self.more.into_owned();
    }
}

/// The phone, as the source masks it: what a search reads of it, thousands of times, and none of the rest.
///
/// # Errors
/// If it is not what [`Extra`] is written as.
pub(in crate::store) fn phone_in(extra: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Phone<'a> {
        #[serde(borrow)]
        phone: Cow<'a, str>,
    }
    serde_json::from_str(extra).map(|Phone { phone }| phone)
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

fn more_is_empty(more: &BTreeMap<String, Value>) -> bool {
    more.is_empty()
}
