//! After-sales: what a buyer wants back, and how shop, buyer and platform come to an end with it.
//!
//! # Life of a case
//!
//! A buyer asks for money ([`AftersaleKind::Refund`]), for money against the goods ([`AftersaleKind::Return`]) or for another
//! SKU ([`AftersaleKind::Exchange`]). The merchant agrees, refuses or proposes something else. Agreed to, money goes out at
//! once, or the goods come back first and the merchant pays or ships the replacement when they are there. Refused, the buyer
//! lets it be or takes it to the platform, which decides. The buyer may withdraw until money is on its way. Whoever does not
//! answer in time has answered: see module `deadline`.
//!
//! [`AftersaleStatus::may_become`] is the graph. It is drawn from the meanings of the statuses, for the reference names
//! them, whose turn it is, and no edges. All movement goes through one function, which refuses to leave the graph.
//!
//! # What a case does to its order
//!
//! While it is open its pieces count as in after-sales, and hold every delivery of the order. When it ends with money they
//! count as finished; pieces that were not shipped yet need not be shipped any more. An order whose pieces all went that way
//! is over (200), and one whose other pieces are all on their way is shipped (30). Refunds never exceed what the buyer paid.
//!
//! # Odd choices
//!
//! * A case is about pieces of one line. Only the cases of the seeded past, of which an order shows one, cover a whole order.
//! * `WAIT_PACKAGE_INTERCEPT` and a refund that fails or finds the account empty come by switch. `RESHIP` cases do not occur.
//! * Reads of cases do not lag behind writes, as reads of orders may.

mod buyer;
mod life;
mod listing;
mod merchant;
mod past;
mod reasons;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use buyer::{AftersaleRequest, BuyerStep};
pub use listing::CaseQuery;
pub use merchant::{MerchantStep, Proposal, ProposalKind};
pub(crate) use past::{Tables, past_cases, whole_order_case};
pub(crate) use reasons::{AFTER_RECEIPT, BEFORE_RECEIPT, reasons_json, reject_reasons_json};

use super::OrderId;

/// A case's number: 16 digits, a string on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AftersaleId(pub(crate) u64);

impl AftersaleId {
    /// The number itself.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AftersaleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AftersaleId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for AftersaleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AftersaleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("an after-sale id is a string of digits"))
    }
}

/// What the buyer wants (`type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AftersaleKind {
    /// Money only.
    Refund,
    /// Goods back, money back.
    Return,
    /// Goods back, another SKU.
    Exchange,
}

impl AftersaleKind {
    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refund => "REFUND",
            Self::Return => "RETURN",
            Self::Exchange => "EXCHANGE",
        }
    }
}

/// Where a case stands (wire reference §3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AftersaleStatus {
    /// MERCHANT_PROCESSING
    MerchantProcessing,
    /// USER_WAIT_CONFIRM: the buyer must say that an offline refund arrived
    UserWaitConfirm,
    /// USER_WAIT_CONFIRM_UPDATE
    UserWaitConfirmUpdate,
    /// USER_WAIT_HANDLE_MERCHANT_AFTER_SALE
    UserWaitHandleMerchantCase,
    /// USER_WAIT_RETURN
    UserWaitReturn,
    /// MERCHANT_WAIT_RECEIPT
    MerchantWaitReceipt,
    /// MERCHANT_OVERDUE_REFUND
    MerchantOverdueRefund,
    /// MERCHANT_REJECT_REFUND
    MerchantRejectRefund,
    /// MERCHANT_REJECT_RETURN
    MerchantRejectReturn,
    /// MERCHANT_REJECT_EXCHANGE
    MerchantRejectExchange,
    /// MERCHANT_REJECT_RESHIP
    MerchantRejectReship,
    /// USER_WAIT_RECEIPT
    UserWaitReceipt,
    /// WAIT_PACKAGE_INTERCEPT
    WaitPackageIntercept,
    /// PLATFORM_PROCESSING
    PlatformProcessing,
    /// PLATFORM_REFUNDING
    PlatformRefunding,
    /// PLATFORM_REFUND_FAIL
    PlatformRefundFail,
    /// MERCHANT_REFUND_RETRY_FAIL
    MerchantRefundRetryFail,
    /// MERCHANT_REFUND_SUCCESS
    MerchantRefundSuccess,
    /// MERCHANT_RETURN_SUCCESS
    MerchantReturnSuccess,
    /// MERCHANT_EXCHANGE_SUCCESS
    MerchantExchangeSuccess,
    /// USER_CANCELD, as the wire spells it
    UserCancelled,
    /// RETURN_CLOSED
    ReturnClosed,
    /// MERCHANT_FAIL
    MerchantFail,
}

use AftersaleStatus as S;

impl AftersaleStatus {
    /// Every status.
    pub const ALL: [Self; 23] = [
        S::MerchantProcessing,
        S::UserWaitConfirm,
        S::UserWaitConfirmUpdate,
        S::UserWaitHandleMerchantCase,
        S::UserWaitReturn,
        S::MerchantWaitReceipt,
        S::MerchantOverdueRefund,
        S::MerchantRejectRefund,
        S::MerchantRejectReturn,
        S::MerchantRejectExchange,
        S::MerchantRejectReship,
        S::UserWaitReceipt,
        S::WaitPackageIntercept,
        S::PlatformProcessing,
        S::PlatformRefunding,
        S::PlatformRefundFail,
        S::MerchantRefundRetryFail,
        S::MerchantRefundSuccess,
        S::MerchantReturnSuccess,
        S::MerchantExchangeSuccess,
        S::UserCancelled,
        S::ReturnClosed,
        S::MerchantFail,
    ];

    /// The text on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            S::MerchantProcessing => "MERCHANT_PROCESSING",
            S::UserWaitConfirm => "USER_WAIT_CONFIRM",
            S::UserWaitConfirmUpdate => "USER_WAIT_CONFIRM_UPDATE",
            S::UserWaitHandleMerchantCase => "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE",
            S::UserWaitReturn => "USER_WAIT_RETURN",
            S::MerchantWaitReceipt => "MERCHANT_WAIT_RECEIPT",
            S::MerchantOverdueRefund => "MERCHANT_OVERDUE_REFUND",
            S::MerchantRejectRefund => "MERCHANT_REJECT_REFUND",
            S::MerchantRejectReturn => "MERCHANT_REJECT_RETURN",
            S::MerchantRejectExchange => "MERCHANT_REJECT_EXCHANGE",
            S::MerchantRejectReship => "MERCHANT_REJECT_RESHIP",
            S::UserWaitReceipt => "USER_WAIT_RECEIPT",
            S::WaitPackageIntercept => "WAIT_PACKAGE_INTERCEPT",
            S::PlatformProcessing => "PLATFORM_PROCESSING",
            S::PlatformRefunding => "PLATFORM_REFUNDING",
            S::PlatformRefundFail => "PLATFORM_REFUND_FAIL",
            S::MerchantRefundRetryFail => "MERCHANT_REFUND_RETRY_FAIL",
            S::MerchantRefundSuccess => "MERCHANT_REFUND_SUCCESS",
            S::MerchantReturnSuccess => "MERCHANT_RETURN_SUCCESS",
            S::MerchantExchangeSuccess => "MERCHANT_EXCHANGE_SUCCESS",
            S::UserCancelled => "USER_CANCELD",
            S::ReturnClosed => "RETURN_CLOSED",
            S::MerchantFail => "MERCHANT_FAIL",
        }
    }

    /// Nothing comes after it.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            S::MerchantRefundRetryFail
                | S::MerchantRefundSuccess
                | S::MerchantReturnSuccess
                | S::MerchantExchangeSuccess
                | S::UserCancelled
                | S::ReturnClosed
                | S::MerchantFail
        )
    }

    /// The buyer got money back.
    pub const fn gave_money(self) -> bool {
        matches!(self, S::MerchantRefundSuccess | S::MerchantReturnSuccess)
    }

    /// The merchant must do something.
    pub const fn is_merchants_turn(self) -> bool {
        matches!(
            self,
            S::MerchantProcessing | S::MerchantWaitReceipt | S::MerchantOverdueRefund | S::PlatformRefundFail
        )
    }

    /// The merchant has refused, and the buyer may go to the platform.
    pub const fn is_refused(self) -> bool {
        matches!(
            self,
            S::MerchantRejectRefund | S::MerchantRejectReturn | S::MerchantRejectExchange | S::MerchantRejectReship
        )
    }

    /// Whether a case may go from here to `next`.
    pub fn may_become(self, next: Self) -> bool {
        let to: &[Self] = match self {
            S::MerchantProcessing => &[
                S::PlatformRefunding,
                S::MerchantOverdueRefund,
                S::WaitPackageIntercept,
                S::UserWaitReturn,
                S::UserWaitConfirmUpdate,
                S::MerchantRejectRefund,
                S::MerchantRejectReturn,
                S::MerchantRejectExchange,
                S::UserCancelled,
            ],
            S::UserWaitConfirmUpdate => &[
                S::MerchantProcessing,
                S::PlatformRefunding,
                S::MerchantOverdueRefund,
                S::UserWaitReturn,
                S::UserCancelled,
            ],
            S::UserWaitHandleMerchantCase => {
                &[S::PlatformRefunding, S::MerchantOverdueRefund, S::UserWaitReturn, S::UserCancelled, S::MerchantFail]
            }
            S::UserWaitReturn => &[S::MerchantWaitReceipt, S::ReturnClosed, S::UserCancelled],
            S::MerchantWaitReceipt => &[
                S::PlatformRefunding,
                S::MerchantOverdueRefund,
                S::UserWaitReceipt,
                S::MerchantRejectReturn,
                S::MerchantRejectReship,
                S::UserCancelled,
            ],
            S::MerchantRejectRefund | S::MerchantRejectReturn | S::MerchantRejectExchange | S::MerchantRejectReship => {
                &[S::PlatformProcessing, S::MerchantFail, S::UserCancelled]
            }
            S::PlatformProcessing => {
                &[S::PlatformRefunding, S::MerchantOverdueRefund, S::MerchantFail, S::UserCancelled]
            }
            S::WaitPackageIntercept => &[S::PlatformRefunding, S::MerchantOverdueRefund],
            S::MerchantOverdueRefund => &[S::PlatformRefunding, S::UserCancelled],
            S::PlatformRefunding => &[S::MerchantRefundSuccess, S::MerchantReturnSuccess, S::PlatformRefundFail],
            S::PlatformRefundFail => &[S::PlatformRefunding, S::UserWaitConfirm, S::MerchantRefundRetryFail],
            S::UserWaitConfirm => &[S::MerchantRefundSuccess, S::MerchantReturnSuccess, S::PlatformRefundFail],
            S::UserWaitReceipt => &[S::MerchantExchangeSuccess],
            S::MerchantRefundRetryFail
            | S::MerchantRefundSuccess
            | S::MerchantReturnSuccess
            | S::MerchantExchangeSuccess
            | S::UserCancelled
            | S::ReturnClosed
            | S::MerchantFail => &[],
        };
        to.contains(&next)
    }
}

/// What happens to refunds on the payment side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWays {
    /// They arrive after a minute or two.
    #[default]
    Work,
    /// The shop's account is empty: the merchant's call is refused (10021046), the platform's own waits.
    NoMoney,
    /// They set out and fail, and money must go another way.
    Fail,
}

/// A case as the world keeps it. Times are unix seconds, 0 means "has not happened" or "no clock runs"; amounts are fen.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: AftersaleId,
    pub(crate) order: u32,
    pub(crate) line: u8,
    pub(crate) count: u16,
    pub(crate) kind: AftersaleKind,
    pub(crate) status: AftersaleStatus,
    /// How often it moved. A clock that was started before the last move is void.
    pub(crate) step: u32,
    /// Index into the table of reasons.
    pub(crate) reason: u8,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) completed: i64,
    pub(crate) deadline: i64,
    pub(crate) amount: i64,
    /// What triggered the refund; 0 before there is one.
    pub(crate) refund_reason: u8,
    pub(crate) details: Box<Details>,
}

/// What few cases have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    pub(crate) desc: String,
    pub(crate) received: bool,
    pub(crate) media: Vec<String>,
    pub(crate) withdrawn: i64,
    /// (carrier, waybill) of the goods on their way back.
    pub(crate) return_parcel: Option<(String, String)>,
    /// Likewise of the replacement.
    pub(crate) new_parcel: Option<(String, String)>,
    pub(crate) return_address: u64,
    pub(crate) reject_reason: String,
    pub(crate) certificates: Vec<String>,
    pub(crate) proposal: Option<Proposal>,
    /// Somebody has proposed something, whatever became of it.
    pub(crate) negotiated: bool,
    /// Seconds that were left on the merchant's clock when the negotiation stopped it.
    pub(crate) left: i64,
    pub(crate) new_sku: Option<u8>,
    /// Pieces of the new SKU were taken off the shelf.
    pub(crate) new_sku_taken: bool,
    pub(crate) refund_failed: bool,
}

/// All cases of the shop, in order of creation.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    rows: Vec<Case>,
    by_id: BTreeMap<AftersaleId, u32>,
    by_update: BTreeSet<(i64, u32)>,
    /// `request_id`s of cases that the merchant opened.
    requests: BTreeMap<String, AftersaleId>,
}

impl Cases {
    pub(crate) fn of(rows: Vec<Case>) -> Self {
        let mut cases = Self::default();
        for row in rows {
            cases.add(row);
        }
        cases
    }

    /// A new case is the latest.
    pub(crate) fn add(&mut self, row: Case) {
        let place = self.rows.len() as u32;
        self.by_id.insert(row.id, place);
        self.by_update.insert((row.updated, place));
        self.rows.push(row);
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn place(&self, id: AftersaleId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// `place` comes from `place` or `by_update`, and cases are never removed.
    pub(crate) fn row(&self, place: u32) -> &Case {
        &self.rows[place as usize]
    }

    /// Changes a case and stamps it.
    pub(crate) fn change(&mut self, place: u32, at: i64, edit: impl FnOnce(&mut Case)) {
        let row = &mut self.rows[place as usize];
        let before = row.updated;
        edit(row);
        row.updated = at.max(before);
        let after = row.updated;
        self.by_update.remove(&(before, place));
        self.by_update.insert((after, place));
    }
}

/// The platform's truth about one case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AftersaleBook {
    /// The case.
    pub id: AftersaleId,
    /// Its order.
    pub order: OrderId,
    /// Line of the order.
    pub line: u8,
    /// Pieces.
    pub count: u16,
    /// What is wanted.
    pub kind: AftersaleKind,
    /// Where it stands.
    pub status: AftersaleStatus,
    /// Unix seconds.
    pub create_time: i64,
    /// Unix seconds.
    pub update_time: i64,
    /// When it moves by itself, unix seconds; `None` when no clock runs.
    pub deadline: Option<i64>,
    /// Fen.
    pub amount: i64,
    /// What triggered the refund, as on the wire; 0 before there is one.
    pub refund_reason: u8,
}
