//! The feed: entities in storing order, and how far they reach.
//!
//! A phone keeps two places. Its *cursor* in the sequence of changes, and, while the first sync runs, a *continuation* of the
//! importance-ordered feed. The first page of that feed names the head `S0` at which it was taken; the phone reads changes from
//! there, interleaved with the pages, so that a new order appears while history is still arriving. Both feeds carry every
//! entity's own sequence, so the two may overlap in any order: the greater sequence wins.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{EntityKey, EntityKind, Hello, Incarnation, Seq};

/// One line of a feed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line<'a> {
    /// Always first.
    Hello(Hello),
    #[serde(borrow)]
    Entity(EntityLine<'a>),
    /// A tombstone; the relay keeps them for 90 days.
    Gone(GoneLine),
    /// Instead of everything else: the cursor means nothing here any more. Raise the generation and begin a first sync.
    Reset(Reset),
    /// Always last, unless there was a reset. A feed without it broke off, and nothing of it may move a cursor.
    End(Box<End>),
}

/// An entity version.
#[derive(Debug, Serialize, Deserialize)]
pub struct EntityLine<'a> {
    pub kind: EntityKind,
    pub key: EntityKey,
    pub seq: Seq,
    /// The entity as JSON, kept raw here so that a body that cannot be read is one row set aside and not a lost page.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

/// An entity that no longer exists at the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneLine {
    pub kind: EntityKind,
    pub key: EntityKey,
    pub seq: Seq,
}

/// Why a cursor is void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// The relay's store has never had this incarnation.
    UnknownIncarnation,
    /// The incarnation is known, but ended before this sequence: the store was restored from a backup.
    BeyondEnd,
    /// Older than the oldest tombstone kept.
    TooOld,
    /// A reason that a newer relay gave; handled like the others.
    #[serde(untagged)]
    Other(String),
}

/// A place in the sequence of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub incarnation: Incarnation,
    pub seq: Seq,
}

/// The last line of a feed page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// `/changes`: the place after this page. `/first`: the head `S0` from which changes are to be read, the same on every page.
    pub cursor: Cursor,
    /// The newest sequence at the relay when this page was read, 0 from a relay that does not tell it. A page leaves out what has a later
    /// sequence by then, so a relay that goes back behind this one owes more than the cursor asks for; a phone that is told makes sure
    /// (by asking for changes after it) before it believes another life of the relay.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub head: Seq,
    /// `/first` only: hand this back for the next page; absent when the first sync is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_from: Option<String>,
    /// `/changes`: more is waiting already.
    #[serde(default)]
    pub more: bool,
    /// How far the relay itself has seen the platform, per kind, read in the same snapshot as the page.
    #[serde(default)]
    pub watermarks: Vec<Watermark>,
    /// `/first` only: what is complete once this page is stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// `/first` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// The relay's own completeness for one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    pub kind: EntityKind,
    /// The sweep has seen every change up to this instant. 数据截至 shows this. Absent before the first sweep ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<i64>,
    /// Every open entity of this kind is stored at the relay.
    #[serde(default)]
    pub open_complete: bool,
    /// Every entity created at or after this instant is stored at the relay; `i64::MIN` never travels, "everything" is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_since: Option<i64>,
    /// How the relay's first reading of the platform fares; absent from a relay that does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_reading: Option<FirstReading>,
}

/// The relay's first reading of everything of one kind that the platform has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstReading {
    /// It goes on: whoever waits gets more.
    Running,
    /// The platform keeps failing; the relay tries again ever more seldom.
    Stuck,
    /// Its end was reached. What is incomplete all the same does not become complete by waiting.
    Ended,
    /// What a newer relay says; to be taken as if nothing was said.
    #[serde(untagged)]
    Other(String),
}

impl FirstReading {
    /// The word as it travels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Stuck => "stuck",
            Self::Ended => "ended",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for FirstReading {
    fn from(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "stuck" => Self::Stuck,
            "ended" => Self::Ended,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One of the only two claims about completeness that exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub kind: EntityKind,
    pub complete: Complete,
}

/// See [`Claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Complete {
    /// All open ones.
    Open,
    /// All created at or after this instant.
    CreatedSince(i64),
}

/// Where a first sync stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// `open_orders`, `history` …; a name for the words file.
    pub stage: String,
    /// Entities sent up to and including this page.
    pub sent: u64,
    /// Entities the relay holds for this feed, as far as it knows by now.
    pub total: u64,
}

fn is_zero(seq: &Seq) -> bool {
    *seq == 0
}
