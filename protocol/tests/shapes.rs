//! What travels, spelled out: these texts are the protocol, and a change of one is a change for every phone in the field.

use shopkeeper_protocol::*;

#[test]
fn a_line_keeps_its_body_raw_so_that_one_bad_body_is_one_bad_row() {
    let text = r#"{"entity":{"kind":"order","key":"wx:1","seq":7,"body":{"status":"not a number"}}}"#;
    let Line::Entity(line) = serde_json::from_str(text).unwrap() else { panic!("not an entity") };
    assert_eq!((line.kind, line.key.as_str(), line.seq), (EntityKind::Order, "wx:1", 7));
    assert!(serde_json::from_str::<Order>(line.body.get()).is_err());
}

#[test]
fn unknown_kinds_reasons_and_roles_keep_their_text() {
    for kind in EntityKind::OF_1_0.into_iter().chain([EntityKind::AfterSale]) {
        assert_eq!(EntityKind::from(kind.as_str()), kind);
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
    }
    let line = r#"{"entity":{"kind":"coupon","key":"wx:9","seq":1,"body":{}}}"#;
    let Line::Entity(line) = serde_json::from_str(line).unwrap() else { panic!("not an entity") };
    assert_eq!(line.kind, EntityKind::Other("coupon".into()));
    assert_eq!(serde_json::from_str::<Reset>("\"moon_phase\"").unwrap(), Reset::Other("moon_phase".into()));
    assert_eq!(serde_json::from_str::<Role>("\"packer\"").unwrap(), Role::Other("packer".into()));
    assert_eq!(serde_json::to_string(&Role::Owner).unwrap(), "\"owner\"");
}

#[test]
fn command_and_outcome_have_these_bytes() {
    let id: CommandId = "00112233445566778899aabbccddeeff".parse().unwrap();
    let body = CommandBody {
        id: id.clone(),
        command: Command::Note(Note { order: "wx:1".into(), text: "已换红".into(), base: String::new() }),
    };
    let bytes = r#"{"id":"00112233445566778899aabbccddeeff","command":{"kind":"note","order":"wx:1","text":"已换红","base":""}}"#;
    assert_eq!(serde_json::to_string(&body).unwrap(), bytes);
    assert_eq!(serde_json::from_str::<CommandBody>(bytes).unwrap(), body);

    let status = CommandStatus {
        id: id.clone(),
        state: CommandState::Ended {
            outcome: Outcome {
                command: id,
                target: "wx:1".into(),
                at: 5,
                verdict: Verdict::Done { seen: 9, how: How::ReadBack },
            },
        },
    };
    let bytes = r#"{"id":"00112233445566778899aabbccddeeff","state":"ended","outcome":{"command":"00112233445566778899aabbccddeeff","target":"wx:1","at":5,"verdict":"done","seen":9,"how":"read_back"}}"#;
    assert_eq!(serde_json::to_string(&status).unwrap(), bytes);
    assert_eq!(serde_json::from_str::<CommandStatus>(bytes).unwrap(), status);
}

#[test]
fn a_bad_command_id_is_refused() {
    for text in ["", "0011", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeefg"] {
        assert!(text.parse::<CommandId>().is_err(), "{text}");
    }
}

#[test]
fn an_invite_survives_its_text_and_says_what_is_wrong() {
    let invite = Invite {
        code: "ABCDE-FGHJK".into(),
        key_hash: Some("ab".repeat(32)),
        url: "https://shop.example:8443/relay?x=1&y=2".into(),
    };
    assert_eq!(invite.to_string().parse::<Invite>().unwrap(), invite);
    let debugged = format!("{invite:?}");
    assert!(debugged.contains(&invite.url) && !debugged.contains(&invite.code), "{debugged}");
    for (text, wrong) in [
        ("hello", BadInvite::NotAnInvite),
        ("shopkeeper://pair?v=2&code=A&key=-&url=http://x", BadInvite::Version("2".into())),
        ("shopkeeper://pair?v=1&key=-&url=http://x", BadInvite::Missing("code")),
        ("shopkeeper://pair?v=1&code=A&key=-", BadInvite::Missing("url")),
        ("shopkeeper://pair?v=1&code=A&key=zz&url=http://x", BadInvite::KeyHash),
    ] {
        assert_eq!(text.parse::<Invite>(), Err(wrong));
    }
}

#[test]
fn personal_data_has_no_debug() {
    let buyer =
        Buyer {
            name: "林小满".into(), phone: "13800002807".into(), street: "文三路".into(), ..Default::default()
        };
    let order = Order { buyer, ..Default::default() };
    let proposal = AfterSaleProposal { text: "林小满".into(), ..Default::default() };
    let case = AfterSale {
        description: "打 13800002807".into(),
        rejection: "文三路".into(),
        proposal: Some(proposal.clone()),
        ..Default::default()
    };
    let text = format!("{order:?} {case:?} {proposal:?}");
    assert!(!text.contains("林小满") && !text.contains("13800002807") && !text.contains("文三路"));
}

#[test]
fn how_a_first_reading_fares_may_be_left_out_and_keeps_words_of_later_builds() {
    let text = r#"{"kind":"order","open_complete":false}"#;
    let mark: Watermark = serde_json::from_str(text).unwrap();
    assert_eq!(mark.first_reading, None);
    assert_eq!(serde_json::to_string(&mark).unwrap(), text);
    for (word, reading) in [
        ("running", FirstReading::Running),
        ("stuck", FirstReading::Stuck),
        ("ended", FirstReading::Ended),
        ("asleep", FirstReading::Other("asleep".into())),
    ] {
        let text = format!(r#"{{"kind":"order","open_complete":false,"first_reading":"{word}"}}"#);
        let mark: Watermark = serde_json::from_str(&text).unwrap();
        assert_eq!((reading.as_str(), FirstReading::from(word)), (word, reading.clone()));
        assert_eq!(mark.first_reading, Some(reading));
        assert_eq!(serde_json::to_string(&mark).unwrap(), text);
    }
}

#[test]
fn an_after_sale_of_another_build_is_read() {
    let text = r#"{"number":"7","type":"LOAN","status":"WAIT_FOR_THE_MOON","moon":1,"refund":{"amount":5,"tax":1},"lines":[{"sku":"2"}]}"#;
    let case: AfterSale = serde_json::from_str(text).unwrap();
    assert_eq!([&case.number, &case.wanted, &case.status], ["7", "LOAN", "WAIT_FOR_THE_MOON"]);
    assert_eq!((case.refund.amount, case.lines[0].quantity, case.created_at), (5, 0, 0));
    assert_eq!(serde_json::from_str::<AfterSale>("{}").unwrap(), AfterSale::default());
}
