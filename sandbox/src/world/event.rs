//! What the platform tells the registered address. Numbers and texts are mixed as the reference says: the same id is a bare
//! number in one event and a string in another, and receivers must bear it.

use serde_json::{Value, json};

use super::order::OrderId;

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
}

/// An event on its way to the registered address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushEvent {
    /// The order it is about.
    pub order: OrderId,
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
        }
    }

    /// The text that is encrypted and sent.
    pub fn plaintext(&self, to_user_name: &str) -> String {
        let number = self.order.number();
        let text = self.order.to_string();
        let order_info: Value = match &self.what {
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
            Happening::ExtInfo(kind) => {
                let kind = match kind {
                    ExtInfo::AddressChanged => 2,
                    ExtInfo::MerchantNote => 3,
                    ExtInfo::AddressRequest => 4,
                    ExtInfo::Hurry => 7,
                };
                json!({ "order_id": number, "type": kind })
            }
        };
        json!({
            "ToUserName": to_user_name,
            "FromUserName": self.from,
            "CreateTime": self.at,
            "MsgType": "event",
            "Event": self.name(),
            "order_info": order_info,
        })
        .to_string()
    }
}
