//! After-sales: what a buyer wants back, and where that stands.
//!
//! An after-sale (a *case*) hangs on one order and is about one product of it. Whose turn it is, its raw status says; which statuses there
//! are is the source's affair and the rulebook's. Codes stay raw: a phone that does not know one shows it as unknown and loses nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::EntityKey;

/// A case, as the source tells it now. Earlier rounds of a negotiation are not told: the source keeps only the proposal that waits for an
/// answer.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AfterSale {
    /// The number that merchant and buyer know.
    pub number: String,
    /// `None` only if the source does not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<EntityKey>,
    /// Raw type: `REFUND` money only, `RETURN` goods against money, `EXCHANGE`, `RESHIP`.
    #[serde(rename = "type")]
    pub wanted: String,
    /// Raw finer type, empty for an ordinary case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sub_type: String,
    /// Raw status of the source.
    pub status: String,
    pub created_at: i64,
    pub updated_at: i64,
    /// When the case ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<i64>,
    /// When the present step decides itself, where the source tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// Raw code of the buyer's reason; opaque. The text is for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason_text: String,
    /// Who asks; the key of [`crate::Buyer`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer: String,
    /// The buyer's own words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The buyer says that the goods arrived.
    #[serde(skip_serializing_if = "is_false")]
    pub received: bool,
    /// When the buyer withdrew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<i64>,
    /// What the case is about; gifts that have to come back with it follow.
    pub lines: Vec<AfterSaleLine>,
    pub refund: Refund,
    /// Pictures and films that the buyer shows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The goods on their way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_parcel: Option<AfterSaleParcel>,
    /// What the merchant wrote when refusing; empty if nobody refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rejection: String,
    /// Media ids of what the merchant showed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    /// The merchant's proposal, while the buyer has not answered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<AfterSaleProposal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    /// The number of the dispute, once there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub complaint: String,
    /// What the source said and this protocol has no place for, as it came.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Value>,
}

impl std::fmt::Debug for AfterSale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, wanted, status) = (&self.number, &self.wanted, &self.status);
        write!(f, "AfterSale {{ number: {number}, type: {wanted}, status: {status}, … }}")
    }
}

/// Pieces of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AfterSaleLine {
    pub product: String,
    pub sku: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sku_code: String,
    pub quantity: u32,
    #[serde(skip_serializing_if = "is_false")]
    pub gift: bool,
}

/// The money of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Refund {
    /// What the buyer gets or wants, fen.
    pub amount: i64,
    /// Raw code of what set the refund off, 0 before there is one.
    #[serde(skip_serializing_if = "is_zero")]
    pub cause: i64,
    /// What the payment side says of a refund that failed; empty if none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub failure: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub failure_text: String,
    /// The money has to go another way, because the source cannot send it.
    #[serde(skip_serializing_if = "is_false")]
    pub offline: bool,
}

/// A picture or a film, by its media id at the source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Of the picture, or of the still of a film.
    pub picture: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub film: String,
    /// Length of the film.
    #[serde(skip_serializing_if = "is_zero")]
    pub seconds: i64,
}

/// Goods on their way back, or a replacement on its way to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AfterSaleParcel {
    pub carrier: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carrier_name: String,
    pub waybill: String,
    /// Raw way of returning: 0 none, 1 sent by the buyer, 2 picked up.
    #[serde(skip_serializing_if = "is_zero")]
    pub way: i64,
}

/// What the merchant proposes instead of what the buyer asked for.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AfterSaleProposal {
    /// Raw: 1 withdraw, 2 show more, 3 another type or amount.
    pub kind: i64,
    /// Raw code of the merchant's reason.
    #[serde(skip_serializing_if = "is_zero")]
    pub reason: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Raw types: 1 refund, 2 return, 3 exchange.
    pub from_type: i64,
    pub to_type: i64,
    /// Fen.
    pub from_amount: i64,
    pub to_amount: i64,
    /// Media ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
}

impl std::fmt::Debug for AfterSaleProposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AfterSaleProposal {{ kind: {}, … }}", self.kind)
    }
}

/// Another SKU instead of the one that was bought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Exchange {
    pub product: String,
    pub from_sku: String,
    pub to_sku: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to_code: String,
    pub quantity: u32,
    /// Per piece, fen.
    pub from_price: i64,
    pub to_price: i64,
    /// The replacement on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcel: Option<AfterSaleParcel>,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

fn is_false(b: &bool) -> bool {
    !*b
}
