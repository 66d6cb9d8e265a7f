//! What phone and relay say to each other.
//!
//! Two shapes travel. A *feed* is JSON lines, gzip-compressed: a [`Line::Hello`], then entities and tombstones in the order in
//! which the phone may store them, then a [`Line::End`] (or a [`Line::Reset`]). Everything else is one JSON [`Answer`] or
//! [`Refused`]. Both begin with [`Hello`], so that no exchange goes by without each side knowing which protocol, which
//! incarnation of the relay's store and which role it speaks with, and what the relay's clock says.
//!
//! The crate holds serde types and the few constants both sides must spell alike. It decides nothing: no clock, no I/O, no rules.
//!
//! Reading is tolerant. Unknown fields are ignored, absent ones have defaults, a code that this build does not know keeps its raw
//! value. An entity's body stays raw inside its line, so one body that cannot be read never costs its neighbours.
//!
//! All times are UTC unix *milliseconds*; all money is integer fen (1/100 yuan).

mod after_sale;
mod after_sale_command;
mod command;
mod entity;
mod feed;
mod ids;
mod pairing;
mod refusal;

pub use after_sale::*;
pub use after_sale_command::*;
pub use command::*;
pub use entity::*;
pub use feed::*;
pub use ids::*;
pub use pairing::*;
pub use refusal::*;

use serde::{Deserialize, Serialize};

/// The version this build speaks. Additions raise `minor`; only a break raises `major`.
pub const VERSION: Version = Version { major: 1, minor: 1 };

/// Header of every request: [`Version`] as `major.minor`.
pub const HEADER_PROTOCOL: &str = "x-shopkeeper-protocol";
/// Header of every request: the client's build, for the relay's log only.
pub const HEADER_BUILD: &str = "x-shopkeeper-build";
/// Header of a command: the [`Incarnation`] that this command was *first* sent to. It is no part of the body, because the body of
/// a command never changes once the merchant has tapped.
pub const HEADER_FIRST_SENT_TO: &str = "x-shopkeeper-first-sent-to";

/// The relay's addresses.
pub mod path {
    /// `POST` [`PairRequest`](crate::PairRequest) → [`PairAnswer`](crate::PairAnswer). The only one without a device token.
    pub const PAIR: &str = "/v1/pair";
    /// `GET` → empty body; the answer is its [`Hello`](crate::Hello).
    pub const HELLO: &str = "/v1/hello";
    /// `GET ?limit=&from=&kinds=` → feed: the first sync, by importance. `from` is the `continue_from` of the page before. `kinds` names the
    /// entity kinds that the phone stores, with commas between; without it, [those of 1.0](crate::EntityKind::OF_1_0). The kinds of the first
    /// page hold for all pages.
    pub const FIRST: &str = "/v1/first";
    /// `GET ?incarnation=&seq=&limit=&kinds=` → feed: everything after a [`Cursor`](crate::Cursor), of the kinds named as with `FIRST`. A
    /// phone that learns another kind begins a first sync, because its cursor has gone past what it did not ask for.
    pub const CHANGES: &str = "/v1/changes";
    /// `POST ?kinds=` with empty body → [`SweepAnswer`](crate::SweepAnswer), once the relay has compared itself with the platform.
    pub const SWEEP: &str = "/v1/sweep";
    /// `POST` [`CommandBody`](crate::CommandBody) → [`CommandStatus`](crate::CommandStatus).
    pub const COMMANDS: &str = "/v1/commands";
    /// `GET /v1/commands/{id}` → [`CommandStatus`](crate::CommandStatus), or the refusal `unknown_command`.
    pub const COMMAND: &str = "/v1/commands/{id}";
    /// `GET` → server-sent events; each `data:` is a [`Hint`](crate::Hint).
    pub const HINTS: &str = "/v1/hints";
}

/// A protocol version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl std::str::FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let (major, minor) = text.split_once('.').ok_or(BadVersion)?;
        Ok(Self { major: major.parse().map_err(|_| BadVersion)?, minor: minor.parse().map_err(|_| BadVersion)? })
    }
}

/// A version that is not `major.minor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a protocol version: expected major.minor")]
pub struct BadVersion;

/// The majors a side can speak, each up to its minor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    pub min: Version,
    pub max: Version,
}

impl VersionRange {
    /// What this build speaks.
    pub const OURS: Self = Self { min: Version { major: 1, minor: 0 }, max: VERSION };

    /// Whether a peer of this version can be answered.
    #[must_use]
    pub fn speaks(&self, version: Version) -> bool {
        (self.min.major..=self.max.major).contains(&version.major)
    }
}

/// What every answer of the relay begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub speaks: VersionRange,
    /// Names of optional abilities: `sweep`, `hints`, `command:ship`, `command:note`, `kind:after_sale` …
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The relay's clock, from which the phone corrects its own.
    pub server_time: i64,
    /// The newest incarnation of the relay's store.
    pub incarnation: Incarnation,
    /// Absent where no device is known yet (pairing, 401).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<ShopFacts>,
    /// Command kinds that the relay does not take at the moment; a phone holds such commands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldKind>,
}

/// A command kind switched off at the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldKind {
    /// The `kind` tag of [`Command`].
    pub kind: String,
    pub reason: ReasonCode,
}

/// What a device may see and do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    /// A role that a newer relay gave; treated as one that may do nothing new.
    #[serde(untagged)]
    Other(String),
}

/// The shop as the phone needs it before its first entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopFacts {
    /// Names the shop's folder on the phone: lower-case ASCII letters, digits, `-` and `_` only.
    pub key: ShopKey,
    pub name: String,
    /// The shop's zone as minutes east of UTC.
    pub zone_offset_minutes: i32,
    /// Raw status word of the platform.
    #[serde(default)]
    pub status: String,
}

/// A single JSON answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer<T> {
    pub hello: Hello,
    pub body: T,
}

/// Answer to a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepAnswer {
    /// False if the platform could not be reached or refused; the watermarks then say how old the truth is.
    pub complete: bool,
    #[serde(default)]
    pub watermarks: Vec<Watermark>,
}

/// One server-sent event: something with a sequence up to `head` is there to pull. Only a hint; losing it loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    pub incarnation: Incarnation,
    pub head: Seq,
}
