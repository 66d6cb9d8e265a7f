//! What screens see of orders: plain records with stable ids, no methods that read anything.

use serde::{Deserialize, Serialize};

use super::filter::{AmountRange, ProductFilter, RegionFilter, TimeRange};
use super::{AfterSaleLink, BuyerCard, Impossible, LineState};
use crate::deadlines::ShipBy;
use crate::error::CoreError;
use crate::ids::{CommandId, OrderKey, ReasonCode};
use crate::money::Money;
use crate::rulebook::Phase;
use crate::time::Instant;

/// The tabs of the order list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderTab {
    #[default]
    All,
    Unpaid,
    /// At least one line to ship and no hold; an order whose parcels wait on the phone is still here.
    ToShip,
    PartShipped,
    ToReceive,
    /// An unfinished after-sale.
    AfterSale,
    Done,
    Closed,
}

impl OrderTab {
    pub const EVERY: [Self; 8] = [
        Self::All,
        Self::Unpaid,
        Self::ToShip,
        Self::PartShipped,
        Self::ToReceive,
        Self::AfterSale,
        Self::Done,
        Self::Closed,
    ];
}

/// The six colours; their names stand in the words file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
}

impl Flag {
    pub const EVERY: [Self; 6] = [Self::Red, Self::Orange, Self::Yellow, Self::Green, Self::Blue, Self::Purple];

    /// Key of the words: `flag.<name>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Purple => "purple",
        }
    }
}

/// A subset of a tab. All that is set must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderFilter {
    pub tab: OrderTab,
    /// Has a private note on this phone.
    pub has_note: bool,
    pub flag: Option<FlagFilter>,
    /// Has work that the platform has not acknowledged, or that needs a person.
    pub pending: bool,
    /// Unshipped at the platform and due at or before this instant (overdue ones included).
    pub due_before: Option<Instant>,
    /// The buyer hurried after the shop's last action, and it is still unshipped.
    pub hurried: bool,
    /// 改地址申请: a wish for another address waits that was asked for after this instant. What was asked for earlier than the rulebook's
    /// span, the platform has granted by itself.
    pub address_asked_after: Option<Instant>,
    /// An after-sale is unfinished; also under the other tabs.
    pub after_sale: bool,
    /// The buyer left a message.
    pub buyer_message: bool,
    pub gift: bool,
    pub presale: bool,
    /// When it was created, paid, and shipped (the last line of it). A range without ends asks only that it happened.
    pub created: Option<TimeRange>,
    pub paid: Option<TimeRange>,
    pub shipped: Option<TimeRange>,
    pub product: Option<ProductFilter>,
    pub region: Option<RegionFilter>,
    /// Raw code of the scene in which the buyer ordered.
    pub scene: Option<i64>,
    /// What the buyer pays for the whole order.
    pub amount: Option<AmountRange>,
}

/// See [`OrderFilter::flag`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagFilter {
    Any,
    Is(Flag),
}

/// Order of a list. Ties fall to the order of arrival, so that every list has exactly one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSort {
    /// Newest created first.
    #[default]
    Newest,
    /// 最急优先: earliest ship-by of any unshipped line first, overdue ones leading; ties by payment. Then the orders without
    /// one, newest first.
    MostUrgent,
    /// The latest payment first; what is not paid last, newest first.
    NewestPaid,
    /// The greatest amount first; of one amount the newest.
    Amount,
    /// By province and city as texts; of one city the newest first.
    Region,
    /// The orders of one buyer side by side, the newest first; see [`OrderRow::one_parcel`].
    SameBuyer,
}

impl OrderSort {
    pub const EVERY: [Self; 6] =
        [Self::Newest, Self::MostUrgent, Self::NewestPaid, Self::Amount, Self::Region, Self::SameBuyer];
}

/// Where a window begins, opaque to the shell. It belongs to one filter and sort; in another list it is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Anchor(pub(crate) String);

/// A stretch of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: From,
    /// At most 200.
    pub size: u16,
}

/// See [`Window`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    Top,
    /// The rows that follow this one.
    After(Anchor),
    /// The rows that stand before this one, the nearest last.
    Before(Anchor),
}

impl Window {
    /// The most rows that one may have.
    const MOST: u16 = 200;

    #[must_use]
    pub const fn top(size: u16) -> Self {
        Self { from: From::Top, size }
    }

    /// # Errors
    /// [`CoreError::BadInput`] for a window of no rows or of more than 200.
    pub(crate) fn check(&self) -> Result<(), CoreError> {
        if (1..=Self::MOST).contains(&self.size) {
            Ok(())
        } else {
            Err(CoreError::BadInput { field: "size", what: format!("expected 1 to {}", Self::MOST) })
        }
    }
}

/// What a list knew at one commit of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderList {
    /// The store's commit number: two lists of one revision were seen together.
    pub revision: u64,
    pub rows: Vec<OrderRow>,
    pub count: Count,
    /// Of `count`, those whose parcels are typed but not at the platform yet (「其中 3 单已填单号」).
    pub saved_not_delivered: u32,
    pub before: Option<Anchor>,
    pub after: Option<Anchor>,
    pub state: ListState,
    /// What of the shop's orders is here without a gap, also where the list is empty.
    pub covered: Covered,
}

/// How many rows the whole list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    Exact(u64),
    AtLeast(u64),
}

/// What a list, a detail or a counter can say about itself, as facts; [`ListState::states`] says which of the ten data states follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ListState {
    pub freshness: Freshness,
    pub link: LinkState,
    pub extent: Extent,
    /// Unsent work of what is shown.
    pub work: Work,
    pub first_load: FirstLoad,
    pub access: Access,
}

/// Whether a first load is under way, in which nothing was complete yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstLoad {
    None,
    Running,
    /// For longer than eight seconds.
    Slow,
}

/// Whether this device's role shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Granted,
    /// 店主未开放此项.
    NotPermitted,
}

/// How old the truth of a list is. The instant is the moment up to which the relay had seen the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Nothing was ever complete: the first load is on its way.
    LoadingFirst,
    Fresh {
        as_of: Instant,
    },
    /// Older than the kind's threshold: grey 「数据截至」.
    Stale {
        as_of: Instant,
    },
    /// Older than four thresholds: amber.
    VeryStale {
        as_of: Instant,
    },
}

/// See [`ListState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    Online,
    Offline,
}

/// How much of the truth is on the phone for this very list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything that belongs to this list is here.
    Complete,
    /// 确知为空.
    KnownEmpty,
    /// Rows are missing, and these are the claims that hold: everything created since then, if anything.
    Partial { since: Option<Instant> },
    /// 未知为空: 本机没有，不代表平台没有.
    UnknownEmpty,
}

/// Which orders a phone has without a gap. What is neither open nor that young may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Covered {
    /// Every order that is not finished.
    pub open: bool,
    /// Every order that was created at or after this.
    pub since: Option<Instant>,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    pub key: OrderKey,
    pub number: String,
    pub phase: Phase,
    /// Raw status code, shown where the phase is unknown.
    pub status: i64,
    pub created_at: Instant,
    pub paid_at: Option<Instant>,
    pub ship_by: Option<ShipBy>,
    /// Masked by the platform.
    pub buyer: String,
    pub province: String,
    pub city: String,
    pub payable: Money,
    /// The first lines, at most three.
    pub lines: Vec<LineGlance>,
    /// Lines beyond those.
    pub more_lines: u32,
    pub buyer_note: String,
    /// The note at the platform, with a queued change on top.
    pub merchant_note: String,
    pub flag: Option<Flag>,
    /// The newest private note.
    pub note: Option<String>,
    pub hurried_at: Option<Instant>,
    /// 「同一买家 n 单，可合并」: orders to ship of this buyer to this address, this one among them; 0 unless there are several.
    pub one_parcel: u32,
    pub address_requested: bool,
    pub after_sale_open: bool,
    pub gift: bool,
    pub presale: bool,
    pub shipping: Shipping,
    pub work: Work,
    /// For a window that begins here.
    pub anchor: Anchor,
}

/// A line in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineGlance {
    pub title: String,
    pub sku_text: String,
    pub quantity: u32,
}

/// The three states of a shipment, and the two ways in which it can get stuck. Never "shipped" for what waits on the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shipping {
    /// Nothing typed, nothing recorded.
    None,
    /// 已填单号 · 未送达平台.
    Saved,
    /// 结果未知，正在核对.
    Checking,
    /// Refused, or nobody can establish what became of it: a person must decide. What the relay holds back for a while goes on by
    /// itself and is [`Shipping::Saved`].
    NeedsAction { reason: ReasonCode },
    /// 已送达平台, for at least one parcel; `all` if nothing is left to ship.
    Recorded { all: bool },
}

/// Unsent work of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Work {
    /// Saved here, not acknowledged by the platform.
    pub pending: u32,
    /// The outcome is being looked up.
    pub unknown: u32,
    /// A person must decide.
    pub needs_action: u32,
}

/// An order in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderDetail {
    pub revision: u64,
    pub row: OrderRow,
    pub lines: Vec<LineDetail>,
    pub parcels: Vec<ParcelDetail>,
    pub money: MoneyBreakdown,
    /// `None`: the source does not say who it is, or the orders that would tell are still arriving.
    pub buyer: Option<BuyerCard>,
    /// Masked by the platform.
    pub phone: String,
    pub county: String,
    /// Masked by the platform.
    pub street: String,
    /// The buyer's wish for another address, as one line of the masked parts.
    pub address_request: Option<AddressWish>,
    /// Every version of the private note, newest first.
    pub notes: Vec<NoteVersion>,
    pub timeline: Vec<TimelineEntry>,
    /// Raw scene code.
    pub scene: i64,
    pub live_id: Option<String>,
    pub finder_id: Option<String>,
    /// Why shipping is not possible now; `None`: it is.
    pub cannot_ship: Option<ReasonCode>,
    /// 为什么: every action that is not possible now, shipping among them, with its reason.
    pub impossible: Vec<Impossible>,
    pub after_sales: Vec<AfterSaleLink>,
    /// What the source said and nobody here understands, as JSON text; empty if nothing.
    pub more: String,
    pub state: ListState,
}

/// See [`OrderDetail::address_request`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressWish {
    pub asked_at: Instant,
    pub province: String,
    pub city: String,
    pub county: String,
}

/// A line with its own state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineDetail {
    pub product: String,
    pub sku: String,
    pub title: String,
    pub sku_text: String,
    pub sku_code: String,
    pub state: LineState,
    pub quantity: u32,
    /// Recorded at the platform.
    pub shipped: u32,
    /// In parcels that wait on the phone.
    pub saved: u32,
    /// Neither shipped nor in a waiting parcel nor refunded: what can still be put into a parcel.
    pub remaining: u32,
    /// Not shipped, and in an unfinished after-sale; and refunded before they left.
    pub held: u32,
    pub refunded: u32,
    pub after_sale_open: u32,
    pub after_sale_done: u32,
    pub unit_price: Money,
    pub paid: Money,
    pub ship_by: Option<ShipBy>,
}

/// A parcel, recorded or waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParcelDetail {
    pub carrier: String,
    pub carrier_name: String,
    pub waybill: String,
    pub items: Vec<ParcelPiece>,
    pub standing: ParcelStanding,
}

/// What is in a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParcelPiece {
    pub title: String,
    pub sku_text: String,
    pub quantity: u32,
}

/// Where a parcel stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelStanding {
    Saved { command: CommandId },
    Checking { command: CommandId },
    NeedsAction { command: CommandId, reason: ReasonCode },
    Recorded { at: Instant },
}

/// `goods + freight − Σ discounts = payable`, always; a source whose parts do not sum gets the rest as `other`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyBreakdown {
    pub goods: Money,
    pub freight: Money,
    /// Code for the words file, and amount taken off.
    pub discounts: Vec<(String, Money)>,
    pub payable: Money,
    pub receives: Money,
}

/// A version of a private note. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteVersion {
    pub text: String,
    pub at: Instant,
    /// Which device wrote it.
    pub device: String,
}

/// A fact in an order's life, in event-time order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    pub at: Instant,
    /// A code for the words file under `timeline.`: `created`, `paid`, `shipped`, `received`, `settled`, `hurry`, `flag`, `note`,
    /// `flag_cleared`, `ship_saved`, `note_saved` …
    pub kind: String,
    /// Waybill, note text, flag name: what a person recognises it by; may be empty.
    pub detail: String,
    /// Only on this phone so far.
    pub local: bool,
    /// 补到: when this phone heard of it, if it had said before that it knew everything up to a later moment.
    pub late: Option<Instant>,
}

/// What a merchant typed to ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipDraft {
    pub parcels: Vec<ParcelDraft>,
}

/// One parcel of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelDraft {
    /// Carrier code; `None`: guess by the waybill's pattern, else `OTHER`.
    pub carrier: Option<String>,
    pub waybill: String,
    /// Lines by their place in the detail, and pieces. `None`: everything that remains (only in a draft of one parcel).
    pub items: Option<Vec<(usize, u32)>>,
}

/// What a tap returns once it is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub command: CommandId,
    /// Until then 撤销 withdraws it; nothing is sent before.
    pub undo_until: Instant,
}
