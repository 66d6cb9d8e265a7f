//! What can happen to the app, and what it asks the world to do.

use crossterm::event::KeyEvent;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::home::HomeView;
use shopkeeper_core::ids::{CommandId, OrderKey};
use shopkeeper_core::orders::{
    Batch, Flag, OrderDetail, OrderFilter, OrderList, OrderSort, Receipt, SavedView, SearchAnswer, SearchQuery,
    ShipDraft, Window,
};
use shopkeeper_core::outbox::OutboxView;
use shopkeeper_core::ports::Link;
use shopkeeper_core::sync::{ProvisionStep, Provisions, PullReport, SyncStatus};
use shopkeeper_core::time::Instant;
use shopkeeper_protocol::Carrier;

use crate::narrow::tell::ProductNames;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    Key(KeyEvent),
    /// Pasted text, for fields.
    Paste(String),
    Resize {
        width: u16,
        height: u16,
    },
    /// Corrected time passed; countdowns go on.
    Tick(Instant),
    Home(Box<HomeView>),
    List(Box<OrderList>),
    Detail(Box<OrderDetail>),
    Search(Box<SearchAnswer>),
    Outbox(Box<OutboxView>),
    Sync(SyncStatus),
    Link(Link),
    /// How far 出门前备齐 is.
    Provision(ProvisionStep),
    /// What came of an effect.
    Outcome(Effect, Result<Answer, CoreError>),
}

/// What an effect gave, if it worked.
#[derive(Debug, Clone)]
pub enum Answer {
    Nothing,
    /// Durable on this device, waits for the platform.
    Receipt(Receipt),
    Pulled(PullReport),
    Carriers(Vec<Carrier>),
    Provisions(Box<Provisions>),
    Order(Box<OrderDetail>),
    /// What became of each order of a tap on many.
    Batch(Batch<()>),
    /// The saved views, and what the products in them are called as far as this phone knows.
    Views(Vec<SavedView>, ProductNames),
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Shows this list from now on.
    WatchList {
        filter: Box<OrderFilter>,
        sort: OrderSort,
        window: Window,
    },
    /// Shows another stretch of the same list.
    MoveList(Window),
    WatchDetail(OrderKey),
    /// Reads an order once.
    LookAt(OrderKey),
    LeaveDetail,
    /// Searches for this from now on.
    Search {
        query: Box<SearchQuery>,
        window: Window,
    },
    LeaveSearch,
    SetFlag(OrderKey, Option<Flag>),
    AddNote(OrderKey, String),
    WritePlatformNote(OrderKey, String),
    FlagMany(Vec<OrderKey>, Option<Flag>),
    NoteMany(Vec<OrderKey>, String),
    AskViews,
    SaveView(Box<SavedView>),
    RenameView {
        from: String,
        to: String,
    },
    RemoveView(String),
    AskCarriers,
    Ship(OrderKey, ShipDraft),
    Undo(CommandId),
    Withdraw(CommandId),
    Retry(CommandId),
    RetryAll,
    /// How complete is everything, without asking anybody?
    LookProvisions,
    Provision,
    StopProvision,
    SetAirplane(bool),
    SyncNow,
    Quit,
}
