//! What a merchant decides about an after-sale. Since 1.1.
//!
//! These travel as commands do (`{"id": …, "command": {"kind": …}}`), with the tags `accept_after_sale` and `reject_after_sale`. They are no
//! part of [`crate::Command`] yet, which is what a phone keeps in its outbox: a relay takes them before the first phone sends them.

use serde::{Deserialize, Serialize};

use crate::EntityKey;

/// Agree to what the buyer asks for, at the step at which the after-sale stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptAfterSale {
    pub after_sale: EntityKey,
    pub agree: Agreement,
    /// Where the goods shall go, as the source names its addresses; wanted for a return and for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_address: Option<String>,
    pub expected: AfterSalePrecondition,
}

/// To what the merchant agrees. It is said, and not left to the state: an agreement that arrives late must not become one to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// The buyer may send the goods back.
    Return,
    /// The money goes out.
    Refund,
}

/// Refuse what the buyer asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectAfterSale {
    pub after_sale: EntityKey,
    /// Code of the reason, from the source's list.
    pub reason: i64,
    /// What the buyer reads; empty for the reason's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Media ids of pictures. The source takes them where returned goods are refused a replacement, and nowhere else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    pub expected: AfterSalePrecondition,
}

impl std::fmt::Debug for RejectAfterSale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RejectAfterSale {{ after_sale: {}, reason: {}, … }}", self.after_sale, self.reason)
    }
}

/// What the merchant saw when deciding. The relay reads the after-sale again just before acting and refuses if one of these is another by
/// now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AfterSalePrecondition {
    /// Raw status.
    pub status: String,
    /// Raw type.
    #[serde(rename = "type")]
    pub wanted: String,
    /// Fen.
    pub amount: i64,
    pub updated_at: i64,
}
