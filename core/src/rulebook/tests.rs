use serde_json::{Value, json};

use super::*;

fn file() -> Value {
    serde_json::from_str(include_str!("../../data/rulebook.json")).unwrap()
}

fn parse(file: &Value) -> Result<Rulebook, RulebookError> {
    Rulebook::parse(&file.to_string())
}

fn rule<'a>(file: &'a mut Value, key: &str) -> &'a mut Value {
    file["rules"].as_array_mut().unwrap().iter_mut().find(|rule| rule["key"] == key).unwrap()
}

#[test]
fn the_builtin_rulebook_knows_the_platforms_codes() {
    let book = Rulebook::builtin();
    let order = OrderKey::from("wx:1");
    for (code, phase, terminal) in [
        (10, Phase::Unpaid, false),
        (12, Phase::Waiting, false),
        (13, Phase::Waiting, false),
        (20, Phase::ToShip, false),
        (21, Phase::PartShipped, false),
        (30, Phase::ToReceive, false),
        (100, Phase::Done, true),
        (190, Phase::Closed, true),
        (200, Phase::Closed, true),
        (250, Phase::Closed, true),
    ] {
        let status = book.status(&order, code).unwrap();
        assert_eq!((status.phase, status.terminal), (phase, terminal), "{code}");
    }
    assert_eq!(book.promise(), Span::hours(48));
    assert_eq!(book.rule("ship.promise_hours").unwrap().confidence, Confidence::Likely);
}

#[test]
fn a_code_means_something_at_its_own_source_only() {
    let book = Rulebook::builtin();
    for (order, code) in [("wx:1", 60), ("wx:1", -1), ("woo:1", 20), ("20", 20), ("", 20)] {
        assert_eq!(book.phase(&OrderKey::from(order), code), Phase::Unknown, "{order} {code}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil); 14] = [
        ("ship.promise_hours", |file| rule(file, "ship.promise_hours")["value"] = json!("48")),
        ("ship.promise_hours", |file| rule(file, "ship.promise_hours")["value"] = json!(0)),
        ("ship.promise_hours", |file| rule(file, "ship.promise_hours")["value"] = json!(i64::MAX)),
        ("ship.promise_hours", |file| rule(file, "ship.promise_hours")["unit"] = json!("characters")),
        ("deadline.due_soon", |file| rule(file, "deadline.due_soon")["confidence"] = json!("certain")),
        ("deadline.due_soon", |file| rule(file, "deadline.due_soon")["source_tag"] = json!("")),
        ("waybill.min", |file| rule(file, "waybill.min")["value"] = json!(33)),
        ("waybill.max", |file| rule(file, "waybill.max")["unit"] = json!("hours")),
        ("orders.fresh", |file| rule(file, "orders.fresh")["value"] = json!(21)),
        ("rules[0]", |file| file["rules"][0]["key"] = json!("")),
        ("order_status.wx.10", |file| file["order_status"][0]["phase"] = json!("paid")),
        ("order_status[1]", |file| file["order_status"][1]["code"] = json!("12")),
        ("waybill_patterns[0]", |file| file["waybill_patterns"][0]["digits"] = json!([9, 3])),
        ("waybill_patterns[2]", |file| file["waybill_patterns"][2]["prefix"] = json!("")),
    ];
    for (key, spoil) in cases {
        let mut file = file();
        spoil(&mut file);
        match parse(&file) {
            Err(RulebookError::Entry { key: named, .. }) => assert_eq!(named, key),
            other => panic!("{key}: {other:?}"),
        }
    }
}

#[test]
fn an_entry_stands_once_and_what_is_needed_is_there() {
    let mut twice = file();
    let again = twice["rules"][0].clone();
    twice["rules"].as_array_mut().unwrap().push(again);
    assert_eq!(parse(&twice), Err(RulebookError::Twice { key: "ship.promise_hours".into() }));

    let mut twice = file();
    let again = twice["order_status"][3].clone();
    twice["order_status"].as_array_mut().unwrap().push(again);
    assert_eq!(parse(&twice), Err(RulebookError::Twice { key: "order_status.wx.20".into() }));

    let keys: Vec<String> = Rulebook::builtin().rules().map(|rule| rule.key.clone()).collect();
    for key in keys {
        let mut missing = file();
        missing["rules"].as_array_mut().unwrap().retain(|rule| rule["key"] != key.as_str());
        match parse(&missing) {
            Err(RulebookError::Missing { key: named }) => assert_eq!(named, key),
            other => panic!("{key}: {other:?}"),
        }
    }
}

#[test]
fn another_format_or_no_rulebook_at_all_is_refused() {
    let mut newer = file();
    newer["format"] = json!(2);
    assert_eq!(parse(&newer), Err(RulebookError::Format { found: 2 }));
    for text in ["", "[]", "{}", "null", "{\"format\":1}"] {
        assert!(matches!(Rulebook::parse(text), Err(RulebookError::Shape(_))), "{text}");
    }
}

#[test]
fn a_rule_that_this_build_does_not_use_is_kept_for_show() {
    let mut file = file();
    let entry =
        json!({ "key": "ship.resend.max", "value": 10, "unit": "times", "source_tag": "T31", "confidence": "sure" });
    file["rules"].as_array_mut().unwrap().push(entry);
    assert_eq!(parse(&file).unwrap().rule("ship.resend.max").unwrap().value, 10);
}

#[test]
fn a_waybill_looks_like_its_carriers() {
    let book = Rulebook::builtin();
    for (waybill, carrier) in [
        ("SF1234567890123", Some("SF")),
        ("YT1234567890123", Some("YTO")),
        ("ZTO71234567890", Some("ZTO")),
        ("ZTOKY71234567890", Some("ZTOKY")),
        ("78123456789012", Some("ZTO")),
        ("JT1234567890123", Some("JTSD")),
        ("JDVA12345678901", Some("JD")),
        ("JDV123456789012", Some("JD")),
        ("EA123456789CN", Some("EMS")),
        ("773123456789012", Some("STO")),
        ("DPK123456789012", Some("DBKD")),
        ("SF12", None),
        ("SF123456789012A", None),
        ("ABCDEF", None),
        ("", None),
        ("E字123456789CN", None),
    ] {
        assert_eq!(book.guess_carrier(waybill), carrier, "{waybill}");
    }
}
