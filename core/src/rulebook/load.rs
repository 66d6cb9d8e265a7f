//! Reading and checking a rulebook.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::carrier::WaybillPattern;
use super::{Needed, Rule, Rulebook, StatusRule};
use crate::time::Span;

/// The format that this build reads.
const FORMAT: u64 = 1;

/// Why a rulebook is not taken. Names the entry, so that whoever edited the file finds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulebookError {
    #[error("the rulebook is no JSON object of the expected shape: {0}")]
    Shape(String),
    #[error("the rulebook has format {found}, this build reads {FORMAT}")]
    Format { found: u64 },
    /// An entry cannot be read or contradicts itself. `key` is the rule's key, `order_status.wx.20`, or `waybill_patterns[3]`.
    #[error("{key}: {what}")]
    Entry { key: String, what: String },
    #[error("{key}: stands there twice")]
    Twice { key: String },
    #[error("{key}: is missing, and this build needs it")]
    Missing { key: &'static str },
}

/// The file's outermost level; entries are read one by one, so that an error can say which.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u64,
    rules: Vec<Value>,
    order_status: Vec<Value>,
    waybill_patterns: Vec<Value>,
}

impl Rulebook {
    /// Reads and checks a rulebook.
    ///
    /// # Errors
    /// [`RulebookError`], naming the first entry that is wrong.
    pub fn parse(text: &str) -> Result<Self, RulebookError> {
        let file: File = serde_json::from_str(text).map_err(|error| RulebookError::Shape(error.to_string()))?;
        if file.format != FORMAT {
            return Err(RulebookError::Format { found: file.format });
        }
        let rules = read_rules(file.rules)?;
        let statuses = read_statuses(file.order_status)?;
        let patterns = read_patterns(file.waybill_patterns)?;
        let needed = Needed::from(&rules)?;
        Ok(Self { rules, statuses, patterns, needed })
    }
}

fn read_rules(entries: Vec<Value>) -> Result<BTreeMap<String, Rule>, RulebookError> {
    let mut rules = BTreeMap::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let key = match entry.get("key").and_then(Value::as_str) {
            Some(key) if is_key(key) => key.to_owned(),
            _ => return Err(wrong(format!("rules[{at}]"), "needs a key of lower-case words between dots")),
        };
        let rule: Rule = read(&key, entry)?;
        if rule.source_tag.is_empty() {
            return Err(wrong(key, "needs a source_tag"));
        }
        if rules.insert(key.clone(), rule).is_some() {
            return Err(RulebookError::Twice { key });
        }
    }
    Ok(rules)
}

fn read_statuses(entries: Vec<Value>) -> Result<BTreeMap<(String, i64), StatusRule>, RulebookError> {
    let mut statuses = BTreeMap::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let channel = entry.get("channel").and_then(Value::as_str).filter(|channel| is_key(channel)).map(str::to_owned);
        let code = entry.get("code").and_then(Value::as_i64);
        let (Some(channel), Some(code)) = (channel, code) else {
            return Err(wrong(format!("order_status[{at}]"), "needs a channel and a whole number as code"));
        };
        let key = format!("order_status.{channel}.{code}");
        let status: StatusRule = read(&key, entry)?;
        if status.name_zh.is_empty() || status.source_tag.is_empty() {
            return Err(wrong(key, "needs name_zh and source_tag"));
        }
        if statuses.insert((channel, code), status).is_some() {
            return Err(RulebookError::Twice { key });
        }
    }
    Ok(statuses)
}

fn read_patterns(entries: Vec<Value>) -> Result<Vec<WaybillPattern>, RulebookError> {
    let read_one = |(at, entry)| {
        let key = format!("waybill_patterns[{at}]");
        let pattern: WaybillPattern = read(&key, entry)?;
        match pattern.fault() {
            Some(fault) => Err(wrong(key, fault)),
            None => Ok(pattern),
        }
    };
    entries.into_iter().enumerate().map(read_one).collect()
}

impl Needed {
    fn from(rules: &BTreeMap<String, Rule>) -> Result<Self, RulebookError> {
        let needed = Self {
            promise: span(rules, "ship.promise_hours")?,
            address_accepted_after: span(rules, "addr.change.auto_approve")?,
            due_soon: span(rules, "deadline.due_soon")?,
            orders_fresh: span(rules, "orders.fresh")?,
            orders_very_stale: span(rules, "orders.very_stale")?,
            waybill_min: characters(rules, "waybill.min")?,
            waybill_max: characters(rules, "waybill.max")?,
            duplicate_window: span(rules, "waybill.duplicate_window")?,
            platform_note_max: characters(rules, "note.platform.max")?,
            private_note_max: characters(rules, "note.private.max")?,
        };
        if needed.waybill_min > needed.waybill_max {
            return Err(wrong("waybill.min".to_owned(), "is more than waybill.max"));
        }
        if needed.orders_fresh > needed.orders_very_stale {
            return Err(wrong("orders.fresh".to_owned(), "is more than orders.very_stale"));
        }
        Ok(needed)
    }
}

fn needed<'a>(rules: &'a BTreeMap<String, Rule>, key: &'static str) -> Result<&'a Rule, RulebookError> {
    rules.get(key).ok_or(RulebookError::Missing { key })
}

/// Beyond ten years a length of time is a slip, and sums with it would leave the calendar.
const LONGEST: Span = Span::hours(10 * 366 * 24);

fn span(rules: &BTreeMap<String, Rule>, key: &'static str) -> Result<Span, RulebookError> {
    let rule = needed(rules, key)?;
    match rule.unit.span(rule.value) {
        None => Err(wrong(key.to_owned(), "needs a unit of time")),
        Some(span) if span <= Span::ZERO || span > LONGEST => {
            Err(wrong(key.to_owned(), "is a time above 0, of ten years at most"))
        }
        Some(span) => Ok(span),
    }
}

fn characters(rules: &BTreeMap<String, Rule>, key: &'static str) -> Result<usize, RulebookError> {
    let rule = needed(rules, key)?;
    let count = usize::try_from(rule.value).ok().filter(|count| (1..=100_000).contains(count));
    match (rule.unit, count) {
        (super::Unit::Characters, Some(count)) => Ok(count),
        (super::Unit::Characters, None) => Err(wrong(key.to_owned(), "is between 1 and 100000 characters")),
        _ => Err(wrong(key.to_owned(), "needs the unit characters")),
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte))
}

fn read<T: DeserializeOwned>(key: &str, entry: Value) -> Result<T, RulebookError> {
    serde_json::from_value(entry).map_err(|error| wrong(key.to_owned(), &error.to_string()))
}

fn wrong(key: String, what: &str) -> RulebookError {
    RulebookError::Entry { key, what: what.to_owned() }
}
