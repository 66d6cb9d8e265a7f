//! Every released minor, byte for byte: what a phone or a relay of that version sends must be read by this build, and as long as
//! nothing was added, written again as the same bytes. Files of a released version are never edited; a new minor gets a folder.

#![allow(clippy::unwrap_used, reason = "helper functions of a test are tests")]

use serde::Serialize;
use serde::de::DeserializeOwned;
use shopkeeper_protocol::*;

fn lines(name: &str) -> Vec<String> {
    let path = format!("{}/tests/released/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().map(str::to_owned).collect()
}

fn round_trip<T: Serialize + DeserializeOwned>(name: &str) -> Vec<T> {
    lines(name)
        .iter()
        .map(|line| {
            let value: T = serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}\n{line}"));
            assert_eq!(&serde_json::to_string(&value).unwrap(), line, "{name}");
            value
        })
        .collect()
}

fn feed(name: &str) -> usize {
    let lines = lines(name);
    for line in &lines {
        let value: Line<'_> = serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}\n{line}"));
        assert_eq!(&serde_json::to_string(&value).unwrap(), line, "{name}");
    }
    lines.len()
}

#[test]
fn feeds_of_1_0() {
    assert_eq!(feed("1.0/first.jsonl"), 6);
    assert_eq!(feed("1.0/changes.jsonl"), 4);
    assert_eq!(feed("1.0/reset.jsonl"), 2);
}

#[test]
fn entities_of_1_0() {
    let orders: Vec<Order> = round_trip("1.0/orders.jsonl");
    assert_eq!(orders.len(), 2);
    let money = &orders[0].money;
    assert_eq!(money.goods + money.freight - money.discounts.iter().map(|d| d.amount).sum::<i64>(), money.payable);
    assert!(orders[1].extra.contains_key("is_moon_order"));
    round_trip::<OrderEvent>("1.0/order_events.jsonl");
    round_trip::<Carrier>("1.0/carriers.jsonl");
}

#[test]
fn commands_of_1_0() {
    let bodies: Vec<CommandBody> = round_trip("1.0/commands.jsonl");
    assert_eq!(bodies.iter().map(|body| body.command.kind()).collect::<Vec<_>>(), ["ship", "note"]);
    let states: Vec<CommandStatus> = round_trip("1.0/command_states.jsonl");
    assert_eq!(states.len(), 7);
}

#[test]
fn answers_and_refusals_of_1_0() {
    round_trip::<Answer<PairAnswer>>("1.0/paired.jsonl");
    round_trip::<Answer<SweepAnswer>>("1.0/swept.jsonl");
    round_trip::<Hint>("1.0/hints.jsonl");
    let refused: Vec<Refused> = round_trip("1.0/refused.jsonl");
    assert_eq!(refused.len(), 16, "every refusal; upgrade_needed for both sides, bad_request twice");
}

#[test]
fn what_1_1_added() {
    assert_eq!(feed("1.1/changes.jsonl"), 4);
    assert_eq!(round_trip::<AcceptAfterSale>("1.1/after_sale_commands.jsonl").len(), 2);
    assert_eq!(round_trip::<RejectAfterSale>("1.1/after_sale_refusals.jsonl").len(), 2);
    let cases: Vec<AfterSale> = round_trip("1.1/after_sales.jsonl");
    assert_eq!((cases[0].wanted.as_str(), cases[0].refund.amount), ("RETURN", 4_400));
    assert_eq!(cases[0].order, Some("wx:3705115058471208928".into()));
    assert!(cases[1].order.is_none() && cases[1].extra.contains_key("gen_scene"));
    assert_eq!(cases[1].exchange.as_ref().and_then(|exchange| exchange.parcel.as_ref()).unwrap().waybill, "YT9");
}
