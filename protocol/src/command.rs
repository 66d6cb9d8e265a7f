//! Commands: what a merchant wants done at the platform, and what became of it.
//!
//! A command is named by its id for ever, and its body never changes: the relay keeps ids and body hashes for good and answers a
//! repetition with what it knows. It does each command at most once. Where the platform can be read back it is exactly once;
//! otherwise the outcome is [`Verdict::Unknown`] and stays visible.

use serde::{Deserialize, Serialize};

use crate::{CarrierCode, CommandId, EntityKey, ReasonCode, Seq};

/// Body of `POST /v1/commands`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandBody {
    pub id: CommandId,
    pub command: Command,
}

/// What is wanted, together with the snapshot of facts on which the merchant decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Command {
    /// Record parcels of an order.
    Ship(Ship),
    /// Overwrite the merchant note of an order at the platform.
    Note(Note),
}

impl Command {
    /// The tag by which a kind can be held and is registered.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ship(_) => "ship",
            Self::Note(_) => "note",
        }
    }

    /// The entity the command acts on.
    #[must_use]
    pub fn target(&self) -> &EntityKey {
        match self {
            Self::Ship(ship) => &ship.order,
            Self::Note(note) => &note.order,
        }
    }
}

/// See [`Command::Ship`]. All parcels go in one call to the platform, so they take effect together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ship {
    pub order: EntityKey,
    pub parcels: Vec<ShipParcel>,
    pub expected: ShipPrecondition,
}

/// A parcel to record; of virtual goods the delivery, which has neither carrier nor waybill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipParcel {
    pub carrier: CarrierCode,
    pub waybill: String,
    pub items: Vec<ParcelItem>,
}

/// How many pieces of which line are in a parcel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ParcelItem {
    pub product: String,
    pub sku: String,
    pub quantity: u32,
}

/// What the merchant saw when shipping; the relay reads the order again and refuses if one of these no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShipPrecondition {
    /// Raw status code.
    pub status: i64,
    /// Pieces of each line that were still to ship, parcels waiting on the phone already taken off.
    pub remaining: Vec<ParcelItem>,
    /// The platform's hash of the receiver's address.
    #[serde(default)]
    pub address_hash: String,
}

/// See [`Command::Note`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub order: EntityKey,
    pub text: String,
    /// The platform's note that the merchant saw. If it is another one by now, the command is refused as `note_changed`.
    pub base: String,
}

/// Where a command stands at the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandStatus {
    pub id: CommandId,
    #[serde(flatten)]
    pub state: CommandState,
}

/// See [`CommandStatus`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CommandState {
    /// Stored durably; the relay will act and put the outcome into the change feed.
    Accepted,
    /// The relay is acting, or was when it died, and is reading back.
    Sending,
    Ended {
        outcome: Outcome,
    },
}

/// What became of a command. In the change feed it is an entity of kind `command_outcome` whose key is the command id, and it
/// comes after the entity version that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub command: CommandId,
    pub target: EntityKey,
    /// Relay time.
    pub at: i64,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// See [`Outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The platform has it.
    Done {
        /// The version of the target that shows the effect; the phone keeps its overlay until it holds this one.
        seen: Seq,
        how: How,
    },
    /// The platform does not have it, and will not get it by this command.
    Refused {
        reason: ReasonCode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        platform_code: Option<i64>,
        /// The version of the target on which the refusal rests, if one was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Seq>,
    },
    /// It could not be established, and the relay will not try again by itself.
    Unknown { reason: ReasonCode },
}

/// How a done command came to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The platform acknowledged our call.
    Acknowledged,
    /// The answer was lost; reading back showed the effect.
    ReadBack,
    /// It was there before we acted (a colleague did the same).
    AlreadyThere,
}

/// The reason codes that this version uses. Others may come: codes are data.
pub mod reason {
    /// No such order at the platform.
    pub const ORDER_NOT_FOUND: &str = "order_not_found";
    /// The order's state does not allow it (any more).
    pub const STATE_CHANGED: &str = "state_changed";
    /// Fewer pieces remain than the command ships.
    pub const LINES_CHANGED: &str = "lines_changed";
    /// The receiver's address is not the one that the merchant saw.
    pub const ADDRESS_CHANGED: &str = "address_changed";
    /// The buyer asks for another address and waits for an answer.
    pub const ADDRESS_REQUEST_PENDING: &str = "address_request_pending";
    /// The buyer asks for another SKU and waits for an answer.
    pub const SKU_REQUEST_PENDING: &str = "sku_request_pending";
    /// An after-sale of the order is unfinished.
    pub const AFTER_SALE_OPEN: &str = "after_sale_open";
    /// Everything is shipped already, with other parcels.
    pub const ALREADY_SHIPPED: &str = "already_shipped";
    /// The shop has no default return address.
    pub const NO_RETURN_ADDRESS: &str = "no_return_address";
    /// The platform does not know the carrier.
    pub const BAD_CARRIER: &str = "bad_carrier";
    /// The platform does not accept the waybill number.
    pub const BAD_WAYBILL: &str = "bad_waybill";
    /// The platform calls it a repeated shipment.
    pub const REPEATED_SHIPMENT: &str = "repeated_shipment";
    /// Virtual goods are delivered without a parcel, and goods that are not never are.
    pub const VIRTUAL: &str = "virtual";
    /// Risk control holds the order.
    pub const RISK_HOLD: &str = "risk_hold";
    /// Somebody changed the note at the platform meanwhile.
    pub const NOTE_CHANGED: &str = "note_changed";
    /// The platform refused with a code that this build has no word for; the code stands beside it.
    pub const PLATFORM_REFUSED: &str = "platform_refused";
    /// The shop is closing or closed.
    pub const SHOP_CLOSED: &str = "shop_closed";
    /// The relay may not use this interface of the platform.
    pub const NOT_PERMITTED: &str = "not_permitted";
    /// The answer was lost and reading back could not settle it.
    pub const ANSWER_LOST: &str = "answer_lost";
    /// The command is known only to an incarnation that the relay lost, and reading back shows no effect.
    pub const RELAY_RESTORED: &str = "relay_restored";
    /// The owner of the relay switched this kind off.
    pub const SWITCHED_OFF: &str = "switched_off";
    /// No such after-sale at the platform. Since 1.1, as what follows.
    pub const AFTER_SALE_NOT_FOUND: &str = "after_sale_not_found";
    /// The after-sale is not the one that the merchant saw: another type or amount, or the buyer added to it.
    pub const AFTER_SALE_CHANGED: &str = "after_sale_changed";
    /// The after-sale moved on: somebody decided it, the buyer withdrew, or its time was up.
    pub const AFTER_SALE_MOVED_ON: &str = "after_sale_moved_on";
    /// The platform is dealing with the after-sale itself.
    pub const DISPUTE_OPEN: &str = "dispute_open";
    /// The return address is missing, or the platform does not take it.
    pub const BAD_RETURN_ADDRESS: &str = "bad_return_address";
    /// There is not enough money in the shop's account.
    pub const ACCOUNT_EMPTY: &str = "account_empty";
    /// The platform wants a proposal to the buyer before a refusal.
    pub const NEGOTIATE_FIRST: &str = "negotiate_first";
}
