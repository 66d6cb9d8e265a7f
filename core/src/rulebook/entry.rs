//! The entries of the file, as they stand in it.

use serde::{Deserialize, Serialize};

use super::Phase;
use crate::time::Span;

/// One rule of a platform, or a threshold of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub key: String,
    pub value: i64,
    pub unit: Unit,
    /// What it rests on: a tag of the list of sources, or `own` for a choice of ours.
    pub source_tag: String,
    pub confidence: Confidence,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a [`Rule::value`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Minutes,
    Hours,
    Days,
    Characters,
    Times,
}

impl Unit {
    /// A length of time, if this unit measures one.
    #[must_use]
    pub const fn span(self, value: i64) -> Option<Span> {
        match self {
            Self::Minutes => Some(Span::minutes(value)),
            Self::Hours => Some(Span::hours(value)),
            Self::Days => Some(Span::hours(value.saturating_mul(24))),
            Self::Characters | Self::Times => None,
        }
    }
}

/// How well something is known. Whatever is less than sure is shown as an estimate (按规则估算).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Seen in use, stated nowhere.
    Guess,
    /// Stated by second hand, or in an old document.
    Likely,
    /// Stated by the platform, or ours to choose.
    Sure,
}

/// What is known of one raw status code of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRule {
    /// The source's prefix of entity keys.
    pub channel: String,
    pub code: i64,
    /// The platform's own name for it.
    pub name_zh: String,
    pub phase: Phase,
    /// Nothing follows it.
    pub terminal: bool,
    pub source_tag: String,
}
