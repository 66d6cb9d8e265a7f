//! What the platform tells the registered address. Numbers and texts are mixed as the reference says: the same id is a bare
//! number in one event and a string in another, and receivers must bear it.

use serde_json::{Value, json};

use super::aftersale::{AftersaleId, AftersaleStatus};
use super::order::OrderId;
use super::shelf::{ProductStatus, ShelfId};

/// Why an order ended unpaid (`cancel_type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CancelType {
    /// 1
    Buyer,
    /// 2
    Timeout,
    /// 3: every product was refunded
    AllRefunded,
}

/// What changed in the order's additional information (`type` of channels_ec_order_ext_info_update).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExtInfo {
    /// 2
    AddressChanged,
    /// 3
    MerchantNote,
    /// 4
    AddressRequest,
    /// 7
    Hurry,
    /// 9
    SkuRequest,
    /// 10
    SkuApproved,
    /// 12
    PriceChanged,
    /// 16: the buyer accepted the address that the merchant proposed
    NewAddressAccepted,
    /// 17
    NewAddressRefused,
    /// 18
    NewAddressUnanswered,
    /// 19
    AddressChangedByBuyer,
    /// 20: already shipped, the request is void
    RequestVoid,
}

impl ExtInfo {
    const fn code(self) -> u8 {
        match self {
            Self::AddressChanged => 2,
            Self::MerchantNote => 3,
            Self::AddressRequest => 4,
            Self::Hurry => 7,
            Self::SkuRequest => 9,
            Self::SkuApproved => 10,
            Self::PriceChanged => 12,
            Self::NewAddressAccepted => 16,
            Self::NewAddressRefused => 17,
            Self::NewAddressUnanswered => 18,
            Self::AddressChangedByBuyer => 19,
            Self::RequestVoid => 20,
        }
    }
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Happening {
    /// channels_ec_order_new
    New,
    /// channels_ec_order_pay
    Paid {
        /// unix seconds
        pay_time: i64,
    },
    /// channels_ec_order_wait_shipping
    WaitShipping,
    /// channels_ec_order_cancel
    Cancelled(CancelType),
    /// channels_ec_order_deliver
    Delivered {
        /// everything has been sent
        all: bool,
    },
    /// channels_ec_order_confirm
    Confirmed {
        /// by the buyer, not by time running out
        by_buyer: bool,
    },
    /// channels_ec_order_ext_info_update
    ExtInfo(ExtInfo),
    /// channels_ec_aftersale_update
    Aftersale {
        /// which
        id: AftersaleId,
        /// where it stands now
        status: AftersaleStatus,
    },
    /// product_spu_audit
    ProductAudit {
        /// which
        product: ShelfId,
        /// 2 rejected, 3 passed, 4 withdrawn
        result: u8,
        /// why it was rejected
        reason: &'static str,
    },
    /// product_spu_listing
    ProductListing {
        /// which
        product: ShelfId,
        /// of the online copy
        status: ProductStatus,
    },
    /// product_spu_update
    ProductUpdated {
        /// which
        product: ShelfId,
        /// 0 update, 1 add, 2 delete
        operation: u8,
    },
}

/// An event on its way to the registered address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushEvent {
    /// The order it is about; none for what happens to a product.
    pub order: Option<OrderId>,
    /// The buyer, or a fixed openid of the platform for what the merchant did.
    pub from: String,
    /// Unix seconds.
    pub at: i64,
    /// What happened.
    pub what: Happening,
}

impl PushEvent {
    /// `Event` on the wire.
    pub fn name(&self) -> &'static str {
        match self.what {
            Happening::New => "channels_ec_order_new",
            Happening::Paid { .. } => "channels_ec_order_pay",
            Happening::WaitShipping => "channels_ec_order_wait_shipping",
            Happening::Cancelled(_) => "channels_ec_order_cancel",
            Happening::Delivered { .. } => "channels_ec_order_deliver",
            Happening::Confirmed { .. } => "channels_ec_order_confirm",
            Happening::ExtInfo(_) => "channels_ec_order_ext_info_update",
            Happening::Aftersale { .. } => "channels_ec_aftersale_update",
            Happening::ProductAudit { .. } => "product_spu_audit",
            Happening::ProductListing { .. } => "product_spu_listing",
            Happening::ProductUpdated { .. } => "product_spu_update",
        }
    }

    /// The text that is encrypted and sent.
    pub fn plaintext(&self, to_user_name: &str) -> String {
        let (field, info) = self.payload();
        let mut text = json!({
            "ToUserName": to_user_name,
            "FromUserName": self.from,
            "CreateTime": self.at,
            "MsgType": "event",
            "Event": self.name(),
        });
        text[field] = info;
        text.to_string()
    }

    /// The event's own field and what stands in it.
    fn payload(&self) -> (&'static str, Value) {
        let order = self.order.unwrap_or(OrderId::new(0));
        let (number, text) = (order.number(), order.to_string());
        let order_info = match &self.what {
            Happening::New => json!({ "order_id": number }),
            Happening::Paid { pay_time } => json!({ "order_id": text, "pay_time": pay_time.to_string() }),
            Happening::WaitShipping => json!({ "order_id": text }),
            Happening::Cancelled(kind) => {
                let kind = match kind {
                    CancelType::Buyer => 1,
                    CancelType::Timeout => 2,
                    CancelType::AllRefunded => 3,
                };
                json!({ "order_id": number, "cancel_type": kind })
            }
            Happening::Delivered { all } => json!({ "order_id": number, "finish_delivery": u8::from(*all) }),
            Happening::Confirmed { by_buyer } => {
                json!({ "order_id": text, "confirm_type": if *by_buyer { 1 } else { 2 } })
            }
            Happening::ExtInfo(kind) => json!({ "order_id": number, "type": kind.code() }),
            Happening::Aftersale { id, status } => {
                return (
                    "finder_shop_aftersale_status_update",
                    json!({ "status": status.name(), "after_sale_order_id": id.to_string(), "order_id": text }),
                );
            }
            Happening::ProductAudit { product, result, reason } => {
                return (
                    "ProductSpuAudit",
                    json!({ "product_id": product.to_string(), "status": result, "reason": reason, "product_type": 1 }),
                );
            }
            Happening::ProductListing { product, status } => {
                return (
                    "ProductSpuListing",
                    json!({ "product_id": product.to_string(), "status": status.code(), "reason": "" }),
                );
            }
            Happening::ProductUpdated { product, operation } => {
                return ("ProductSpuUpdate", json!({ "product_id": product.to_string(), "status": operation }));
            }
        };
        ("order_info", order_info)
    }
}
