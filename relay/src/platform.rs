//! What the rest of the relay knows of a platform: readings in the protocol's words, a few writes, and pushes as facts.
//!
//! An adapter turns this into calls and codes of one platform, and is the only place that knows them. The rules that must hold for every
//! platform stay outside: when to read, what to store, when to act, when to read back.

use async_trait::async_trait;
use shopkeeper_protocol::{
    AcceptAfterSale, AfterSale, AfterSalePrecondition, Carrier, EntityKey, EntityKind, Note, Order, OrderEvent,
    ReasonCode, RejectAfterSale, Ship, ShopFacts,
};

/// One shop at a platform.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The source's prefix of every entity key (`wx`).
    fn source(&self) -> &'static str;

    /// Status filters that together list all orders that are not finished, for the first fill by importance.
    fn open_statuses(&self) -> &'static [i64];

    /// The longest window that is listed at once, in seconds between its two ends.
    fn longest_window(&self, of: Followed) -> i64;

    /// Raw status codes of orders of which something can be shipped.
    fn shippable_statuses(&self) -> &'static [i64];

    /// Whether anything about an entity may still need the shop: an open or unknown status, or an unfinished after-sale of an order.
    fn is_open(&self, entity: &Entity) -> bool;

    /// What an after-sale's status means for acting on it.
    fn standing(&self, case: &AfterSale) -> Standing;

    /// The key of an after-sale of which an order tells only the number.
    fn after_sale_key(&self, number: &str) -> Option<EntityKey>;

    /// # Errors
    /// See [`PlatformError`].
    async fn shop(&self) -> Result<ShopFacts, PlatformError>;

    /// # Errors
    /// See [`PlatformError`].
    async fn carriers(&self) -> Result<Vec<Carrier>, PlatformError>;

    /// A page of keys of one window. The next page is asked for with the same listing and the page's `next`.
    ///
    /// # Errors
    /// See [`PlatformError`]; [`PlatformError::WindowSpoiled`] if the paging has to begin again, [`PlatformError::WindowTooFull`] if the
    /// window has to be split.
    async fn list(&self, listing: &Listing, next: Option<&str>) -> Result<KeyPage, PlatformError>;

    /// One entity as the platform has it now.
    ///
    /// # Errors
    /// See [`PlatformError`]; [`PlatformError::NotFound`] if there is none.
    async fn read(&self, of: Followed, key: &EntityKey) -> Result<Entity, PlatformError>;

    /// Records the parcels of a command, all in one call.
    ///
    /// # Errors
    /// [`PlatformError::Refused`] and [`PlatformError::NotConnected`] mean that nothing happened; after anything else the effect may be there.
    async fn ship(&self, ship: &Ship) -> Result<(), PlatformError>;

    /// Overwrites the merchant note of an order.
    ///
    /// # Errors
    /// As [`Platform::ship`].
    async fn write_note(&self, note: &Note) -> Result<(), PlatformError>;

    /// Agrees to what an after-sale asks for.
    ///
    /// # Errors
    /// As [`Platform::ship`].
    async fn accept_after_sale(&self, accept: &AcceptAfterSale) -> Result<(), PlatformError>;

    /// Refuses it.
    ///
    /// # Errors
    /// As [`Platform::ship`].
    async fn reject_after_sale(&self, reject: &RejectAfterSale) -> Result<(), PlatformError>;

    /// Whether a refusal of an after-sale that stands so can show pictures.
    fn takes_certificates(&self, seen: &AfterSalePrecondition) -> bool;

    /// What a push says, once its signature, its key and its addressee are established.
    ///
    /// # Errors
    /// If any of these does not hold, or it cannot be read.
    fn read_push(&self, query: &str, body: &[u8]) -> Result<Push, PushError>;

    /// Answers the platform's question whether this address wants pushes: the text to answer with.
    ///
    /// # Errors
    /// If the question is not signed.
    fn answer_push_check(&self, query: &str) -> Result<String, PushError>;
}

/// A kind of entity that the relay follows: the platform lists it by time and gives it one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Followed {
    Orders,
    AfterSales,
}

impl Followed {
    /// In order of importance.
    pub const ALL: [Self; 2] = [Self::Orders, Self::AfterSales];

    /// As it stands in the store and in feeds.
    #[must_use]
    pub fn kind(self) -> EntityKind {
        match self {
            Self::Orders => EntityKind::Order,
            Self::AfterSales => EntityKind::AfterSale,
        }
    }
}

/// An entity as a platform gave it.
#[derive(Debug, Clone, PartialEq)]
pub enum Entity {
    Order(Box<Order>),
    AfterSale(Box<AfterSale>),
}

impl Entity {
    #[must_use]
    pub fn kind(&self) -> EntityKind {
        match self {
            Self::Order(_) => EntityKind::Order,
            Self::AfterSale(_) => EntityKind::AfterSale,
        }
    }

    /// Unix ms.
    #[must_use]
    pub fn created_at(&self) -> i64 {
        match self {
            Self::Order(order) => order.created_at,
            Self::AfterSale(case) => case.created_at,
        }
    }

    /// As it stands in the store and in feeds.
    ///
    /// # Errors
    /// If a number in it has no place in JSON.
    pub fn body(&self) -> serde_json::Result<String> {
        match self {
            Self::Order(order) => serde_json::to_string(order),
            Self::AfterSale(case) => serde_json::to_string(case),
        }
    }
}

/// What an after-sale's status means for acting on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The buyer asks, and the shop has not answered.
    Asked,
    /// The shop agreed: the buyer sends the goods back, or did not in time.
    ReturnAgreed,
    /// The goods are on their way back or there, and the shop has not said what it makes of them.
    GoodsBack,
    /// A replacement is on its way or arrived.
    Replaced,
    /// The money is on its way or arrived.
    Refunding,
    /// The money set out and did not arrive.
    RefundFailed,
    /// The money ought to have set out.
    RefundOverdue,
    /// The shop refused.
    Rejected,
    /// The platform decides what the shop refused.
    Disputed,
    /// Withdrawn, or closed without anything.
    Over,
    /// Somebody else's turn, or a status that is not known.
    Elsewhere,
}

/// A window of one kind, not longer than [`Platform::longest_window`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub of: Followed,
    pub by: ListedBy,
    /// Unix seconds, inclusive.
    pub from: i64,
    /// Unix seconds, inclusive.
    pub to: i64,
    /// Only what this filter brings; one of [`Platform::open_statuses`], and of orders only.
    pub status: Option<i64>,
}

/// See [`Listing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedBy {
    Created,
    Updated,
}

/// A page of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPage {
    pub keys: Vec<EntityKey>,
    /// `None`: the window ends here.
    pub next: Option<String>,
}

/// Why a call to the platform did not give what was asked. Carries codes, never content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// Nothing was sent.
    #[error("the platform could not be reached")]
    NotConnected,
    /// The request may have arrived; no readable answer came (connection lost, time-out, 5xx, not JSON, too large).
    #[error("the platform's answer was lost: {0}")]
    Lost(String),
    /// The platform says it is busy; the effect of a write may be there.
    #[error("the platform is busy ({code})")]
    Busy { code: i64 },
    /// A quota is used up: no call of this kind before the given instant (unix ms).
    #[error("a quota is used up ({code})")]
    Limited { code: i64, until: i64 },
    /// The paging of a window has to begin again.
    #[error("the window has to be read again ({code})")]
    WindowSpoiled { code: i64 },
    /// The window holds more than the platform lists: ask for shorter ones.
    #[error("the window is too full ({code})")]
    WindowTooFull { code: i64 },
    #[error("no such entity ({code})")]
    NotFound { code: i64 },
    /// Refused, and nothing happened. `reason` is a code of the protocol.
    #[error("refused: {reason} ({code})")]
    Refused { reason: ReasonCode, code: i64 },
    /// One entity cannot be read; says what and where, never the value. The platform does have it.
    #[error("an entity cannot be read: {0}")]
    Unreadable(String),
    /// The credentials do not work: nothing can be done before the owner corrects them.
    #[error("the platform does not accept the credentials ({code})")]
    BadCredentials { code: i64 },
}

/// A push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Names the plaintext, so that a push that comes again is one push.
    pub fingerprint: [u8; 32],
    /// What it is about, to be read again; nothing, if that is nothing that the relay follows.
    pub about: Vec<(Followed, EntityKey)>,
    /// A fact that only pushes tell, with its entity key.
    pub event: Option<(EntityKey, OrderEvent)>,
}

/// Why a push is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("malformed push")]
    Malformed,
    #[error("the push's signature does not fit")]
    BadSignature,
    #[error("the push is for another shop")]
    WrongAddressee,
}
