//! Pushes: whose they are and what they are about. Nothing in them is believed but that something happened to an order or an after-sale.

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use shopkeeper_protocol::{EntityKey, OrderEvent};

use super::crypto::PushKeys;
use super::{after_sale, mapping, wire};
use crate::platform::{Followed, Push, PushError};

/// A duplicate without documents, sent beside the event proper.
const IGNORED: &str = "product_order_status_update";

/// Facts that cannot be asked for afterwards, by the type of an `ext_info` event.
const FACTS: [(i64, &str); 3] = [(4, "address_request"), (7, "hurry"), (9, "sku_request")];

#[derive(Deserialize)]
struct Sealed {
    #[serde(rename = "Encrypt")]
    encrypt: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Opened {
    #[serde(rename = "CreateTime", deserialize_with = "wire::int")]
    at: i64,
    #[serde(rename = "Event", deserialize_with = "wire::text")]
    event: String,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, Value>,
}

pub(super) fn check(keys: &PushKeys, query: &str) -> Result<String, PushError> {
    if !signed(keys, query, "signature", None)? {
        return Err(PushError::BadSignature);
    }
    field(query, "echostr")
}

pub(super) fn read(keys: &PushKeys, query: &str, body: &[u8]) -> Result<Push, PushError> {
    let sealed: Sealed = serde_json::from_slice(body).map_err(|_| PushError::Malformed)?;
    if !signed(keys, query, "msg_signature", Some(&sealed.encrypt))? {
        return Err(PushError::BadSignature);
    }
    of_text(&keys.open(&sealed.encrypt)?)
}

/// What a push says, once it is established whose it is.
pub(super) fn of_text(text: &[u8]) -> Result<Push, PushError> {
    let opened: Opened = serde_json::from_slice(text).map_err(|_| PushError::Malformed)?;
    let named = (opened.event != IGNORED).then(|| named(&opened.rest)).flatten();
    let Some(facts) = named else {
        return Ok(Push { fingerprint: Sha256::digest(text).into(), about: Vec::new(), event: None });
    };
    let (order, case) = (id(facts, "order_id"), id(facts, "after_sale_order_id"));
    let order = order.map(|id| mapping::key(&id));
    let event = order.as_ref().and_then(|order| fact(&opened, order, facts));
    let mut about = Vec::new();
    about.extend(order.map(|key| (Followed::Orders, key)));
    about.extend(case.map(|id| (Followed::AfterSales, after_sale::key(&id))));
    Ok(Push { fingerprint: Sha256::digest(text).into(), about, event })
}

/// What cannot be asked for afterwards.
fn fact(opened: &Opened, order: &EntityKey, facts: &Facts) -> Option<(EntityKey, OrderEvent)> {
    if opened.event != "channels_ec_order_ext_info_update" {
        return None;
    }
    let code = wire::int(facts.get("type")?.clone()).ok()?;
    let (_, kind) = FACTS.iter().find(|(known, _)| *known == code)?;
    let at = opened.at.saturating_mul(1_000);
    let key = EntityKey(format!("{order}|{kind}|{at}"));
    Some((key, OrderEvent { order: order.clone(), kind: (*kind).to_owned(), at }))
}

type Facts = serde_json::Map<String, Value>;

/// The event's own object, if it names an order or an after-sale.
fn named(rest: &std::collections::BTreeMap<String, Value>) -> Option<&Facts> {
    let names = |facts: &&Facts| id(facts, "order_id").or_else(|| id(facts, "after_sale_order_id")).is_some();
    rest.values().filter_map(Value::as_object).find(names)
}

fn id(facts: &Facts, name: &str) -> Option<String> {
    wire::text(facts.get(name)?.clone()).ok().filter(|id| mapping::is_id(id))
}

fn signed(keys: &PushKeys, query: &str, name: &str, sealed: Option<&str>) -> Result<bool, PushError> {
    let (timestamp, nonce, signature) = (field(query, "timestamp")?, field(query, "nonce")?, field(query, name)?);
    let mut parts = vec![timestamp.as_str(), nonce.as_str()];
    parts.extend(sealed);
    Ok(keys.signed(&parts, &signature))
}

/// A field of a query.
fn field(query: &str, name: &str) -> Result<String, PushError> {
    let raw = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .ok_or(PushError::Malformed)?
        .1;
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().ok_or(PushError::Malformed)?, rest.next().ok_or(PushError::Malformed)?];
                let mut byte = [0];
                hex::decode_to_slice(digits, &mut byte).map_err(|_| PushError::Malformed)?;
                byte[0]
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| PushError::Malformed)
}
