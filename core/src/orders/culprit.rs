//! Which field of a body cannot be read, and what was expected there. Never the value: it may be a name or an address.
//!
//! serde says neither the path nor keeps the value out of its words. The path is found by trial: every record of the protocol reads
//! with any of its fields missing, so a body that is cut down to one field fails exactly if that field is what is wrong.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// How deep a path is followed.
const DEPTH: usize = 8;

/// `lines[2].quantity: expected u32`; without a field where none is to blame.
pub(crate) fn of<T: DeserializeOwned>(body: &str, error: &serde_json::Error) -> String {
    if error.classify() != serde_json::error::Category::Data {
        return format!("not JSON at column {}", error.column());
    }
    let expected = expectation(&error.to_string());
    let Ok(mut body) = serde_json::from_str::<Value>(body) else { return expected };
    let mut path = Vec::new();
    while path.len() < DEPTH {
        let Some((step, cut)) = narrower::<T>(&body, &path) else { break };
        path.push(step);
        body = cut;
    }
    let named = path.iter().fold(String::new(), |text, step| match step {
        Step::Field(name) if text.is_empty() => name.clone(),
        Step::Field(name) => format!("{text}.{name}"),
        Step::Item(at) => format!("{text}[{at}]"),
    });
    let expected = serde_json::from_value::<T>(body).err().map_or(expected, |error| expectation(&error.to_string()));
    if named.is_empty() { expected } else { format!("{named}: {expected}") }
}

enum Step {
    Field(String),
    /// Its place in the body as it came; the cut body holds nothing else, so it stands at 0 there.
    Item(usize),
}

/// The body with nothing but one part of what stands at the path, if that alone still fails.
fn narrower<T: DeserializeOwned>(body: &Value, path: &[Step]) -> Option<(Step, Value)> {
    let at = path.iter().try_fold(body, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Item(_) => value.get(0),
    })?;
    let fails = |part: Value| {
        let cut = path.iter().rev().fold(part, |inner, step| match step {
            Step::Field(name) => Value::Object(Map::from_iter([(name.clone(), inner)])),
            Step::Item(_) => Value::Array(vec![inner]),
        });
        serde_json::from_value::<T>(cut.clone()).is_err().then_some(cut)
    };
    // A part that fails even when it is empty misses something: none of its parts is to blame.
    match at {
        Value::Object(fields) if fails(Value::Object(Map::new())).is_none() => {
            fields.iter().find_map(|(name, value)| {
                let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
                Some((Step::Field(name.clone()), fails(alone)?))
            })
        }
        Value::Array(items) if fails(Value::Array(Vec::new())).is_none() => items
            .iter()
            .enumerate()
            .find_map(|(place, item)| Some((Step::Item(place), fails(Value::Array(vec![item.clone()]))?))),
        _ => None,
    }
}

/// What serde expected, without what it found.
fn expectation(words: &str) -> String {
    let words = words.rsplit_once(" at line ").map_or(words, |(words, _)| words);
    // Everything of ours stands after the last of these; a value that it quotes stands before.
    if let Some((_, expected)) = words.rsplit_once(", expected ") {
        return format!("expected {expected}");
    }
    // These two quote names of the protocol only.
    if words.starts_with("missing field") || words.starts_with("duplicate field") {
        return words.to_owned();
    }
    "cannot be read".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopkeeper_protocol::{Order, OrderEvent};

    fn told<T: DeserializeOwned>(body: &str) -> String {
        match serde_json::from_str::<T>(body) {
            Ok(_) => panic!("reads"),
            Err(error) => of::<T>(body, &error),
        }
    }

    #[test]
    fn the_field_and_the_expectation_are_named_and_the_value_is_not() {
        for (body, expected) in [
            (r#"{"number":"1","status":"13800002807"}"#, "status: expected i64"),
            (r#"{"status":1.5}"#, "status: expected i64"),
            (r#"{"buyer":{"name":7}}"#, "buyer.name: expected a string"),
            (r#"{"buyer":"林晓, expected"}"#, "buyer: expected struct Buyer"),
            (r#"{"lines":[{},{"quantity":2},{"title":"茶","quantity":-5}]}"#, "lines[2].quantity: expected u32"),
            (r#"{"lines":{}}"#, "lines: expected a sequence"),
            (r#"{"money":{"discounts":[{"kind":"x"}]}}"#, "money.discounts[0]: missing field `amount`"),
            (
                r#"{"parcels":[{"items":[{"product":"1","sku":"2","quantity":"x"}]}]}"#,
                "parcels[0].items[0]: expected u32",
            ),
            ("7", "expected struct Order"),
            ("{", "not JSON at column 1"),
        ] {
            assert_eq!(told::<Order>(body), expected, "{body}");
        }
        assert_eq!(told::<OrderEvent>(r#"{"order":"wx:1","kind":"hurry"}"#), "missing field `at`");
        assert_eq!(told::<OrderEvent>(r#"{"order":"wx:1","kind":"hurry","at":"13800002807"}"#), "expected i64");
    }
}
