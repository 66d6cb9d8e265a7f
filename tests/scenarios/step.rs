//! What can happen in a scenario, as its file says it. What can be looked at stands in [`super::sight`].

use serde::Deserialize;
use shopkeeper_core::orders::Flag;
use shopkeeper_sandbox::faults::FaultKind;

use super::batch::{FlagMany, NoteMany, ShipMany};
use super::provisions::{Provision, SeeProvisions};
use super::search::SeeSearch;
use super::sight::{
    SeeBooks, SeeEffects, SeeEqual, SeeHome, SeeList, SeeOrder, SeeOutbox, SeePhone, SeeTruth, SeeViews,
};
use super::which::Which;
use crate::support::builders::{ColleagueParcel, OrderSpec, PlatformSpec};

/// One step: an object with one key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    // Time.
    Advance(Advance),
    // A merchant at a phone.
    Sync(Sync),
    Flag(FlagOrder),
    Note(WriteNote),
    PlatformNote(WritePlatformNote),
    Ship(ShipOrder),
    ShipEach(ShipEach),
    FlagMany(FlagMany),
    NoteMany(NoteMany),
    ShipMany(ShipMany),
    SaveView(SaveView),
    RemoveView(RemoveView),
    Provision(Provision),
    Pair(Pair),
    Undo(OnWork),
    Withdraw(OnWork),
    Retry(Retry),
    // What becomes of phone and relay.
    Offline(Who),
    Online(Who),
    Clock(Clock),
    Slow(Slow),
    Role(RoleOf),
    CrashPhone(CrashPhone),
    CrashRelay(CrashRelay),
    BackRelayUp(Nothing),
    SetRelayBack(Nothing),
    // Trouble on the way.
    LoseReply(LoseReply),
    Fault(FaultOn),
    EndFaults(Nothing),
    // Others.
    Platform(PlatformSpec),
    BuyerOrders(OrderSpec),
    BuyerPays(OnOrder),
    BuyerCancels(OnOrder),
    BuyerHurries(OnOrder),
    BuyerAsksAddress(OnOrder),
    BuyerOpensAftersale(OnLine),
    BuyerWithdrawsAftersales(OnOrder),
    BuyerConfirms(OnOrder),
    ColleagueShips(ColleagueShips),
    ColleagueNotes(ColleagueNotes),
    ColleagueAnswersAddress(AnswerAddress),
    // Looks.
    SeePhone(SeePhone),
    SeeList(Box<SeeList>),
    SeeSearch(SeeSearch),
    SeeViews(SeeViews),
    SeeProvisions(SeeProvisions),
    SeeOrder(Box<SeeOrder>),
    SeeOutbox(SeeOutbox),
    SeeHome(SeeHome),
    SeeTruth(SeeTruth),
    SeeBooks(SeeBooks),
    SeeEffects(SeeEffects),
    SeeEqual(SeeEqual),
}

/// Nothing more to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Everything added up.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Advance {
    pub seconds: u64,
    pub minutes: u64,
    pub hours: u64,
}

/// A phone; none: the owner's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    #[serde(default)]
    pub phone: Option<String>,
}

/// The merchant pulls to refresh.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    #[serde(default)]
    pub phone: Option<String>,
    /// The code of the error that is expected.
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagOrder {
    #[serde(default)]
    pub phone: Option<String>,
    pub order: String,
    /// Absent: the flag is taken off.
    #[serde(default)]
    pub colour: Option<Flag>,
}

/// A private note.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteNote {
    #[serde(default)]
    pub phone: Option<String>,
    pub order: String,
    pub text: String,
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WritePlatformNote {
    #[serde(default)]
    pub phone: Option<String>,
    pub order: String,
    pub text: String,
    /// What later steps call this piece of work.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipOrder {
    #[serde(default)]
    pub phone: Option<String>,
    pub order: String,
    pub parcels: Vec<TypedParcel>,
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedParcel {
    pub waybill: String,
    /// Absent: guessed.
    #[serde(default)]
    pub carrier: Option<String>,
    /// (line, pieces); absent: everything that remains.
    #[serde(default)]
    pub pieces: Option<Vec<(usize, u32)>>,
}

/// Ships `<orders>-<from>` and on whole, one after the other, with waybills `<waybill>0001` … by the numbers of the orders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipEach {
    #[serde(default)]
    pub phone: Option<String>,
    pub orders: String,
    #[serde(default = "once")]
    pub from: u32,
    pub count: u32,
    pub waybill: String,
}

/// Saves a view, or changes the one of that name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaveView {
    #[serde(default)]
    pub phone: Option<String>,
    pub name: String,
    pub of: Which,
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveView {
    #[serde(default)]
    pub phone: Option<String>,
    pub name: String,
    #[serde(default)]
    pub refused: Option<String>,
}

/// Pairs a new phone with a fresh code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub refused: Option<String>,
}

/// Whatever the phone and the relay say to each other is under way for up to so many seconds; 0: as fast as ever.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    #[serde(default)]
    pub phone: Option<String>,
    pub seconds: u64,
}

/// The owner gives a phone another role; `owner` sees everything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleOf {
    #[serde(default)]
    pub phone: Option<String>,
    pub role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnWork {
    #[serde(default)]
    pub phone: Option<String>,
    pub work: String,
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    #[serde(default)]
    pub phone: Option<String>,
    pub work: String,
    /// What later steps call the work that stands in for it.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    #[serde(default)]
    pub refused: Option<String>,
}

/// The phone's clock is wrong from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    #[serde(default)]
    pub phone: Option<String>,
    /// Fast if positive.
    pub wrong_by_minutes: i64,
}

/// Killed where it stands, and opened again on what it left.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashPhone {
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub off_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashRelay {
    #[serde(default)]
    pub off_seconds: u64,
}

/// The next calls of one kind lose their request or their answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoseReply {
    /// On which way.
    #[serde(rename = "where")]
    pub way: Way,
    pub when: Moment,
    /// Part of the path.
    pub call: String,
    #[serde(default = "once")]
    pub times: u32,
    /// Whose way to the relay.
    #[serde(default)]
    pub phone: Option<String>,
}

fn once() -> u32 {
    1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    PhoneToRelay,
    RelayToPlatform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    BeforeEffect,
    AfterEffect,
}

/// A fault of the platform.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOn {
    /// Beginning of the path, or of the event's name; empty: everything.
    #[serde(default)]
    pub on: String,
    pub is: FaultKind,
    /// Absent: until faults end.
    #[serde(default)]
    pub times: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnOrder {
    pub order: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnLine {
    pub order: String,
    #[serde(default)]
    pub line: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColleagueShips {
    pub order: String,
    pub parcel: ColleagueParcel,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColleagueNotes {
    pub order: String,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerAddress {
    pub order: String,
    pub accept: bool,
}
