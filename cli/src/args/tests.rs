use super::*;

fn read(words: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::read(std::iter::once("shopkeeper").chain(words.split_whitespace()).map(OsString::from))
}

#[test]
fn the_definition_is_sound() {
    CommandLine::command().debug_assert();
}

#[test]
fn options_for_everything_stand_before_or_behind_a_verb() {
    for words in ["--data d --lang en --json orders list", "orders list --json --lang en --data d"] {
        let line = read(words).unwrap();
        assert_eq!((line.data.as_deref(), line.lang, line.json), (Some("d".as_ref()), Lang::En, true), "{words}");
    }
}

#[test]
fn a_shipment_is_one_parcel_or_several() {
    let parcels = |words: &str| match read(words).unwrap().verb {
        Some(Verb::Orders(OrdersVerb::Ship(wish))) => wish.parcels(),
        other => panic!("{other:?}"),
    };
    let one = parcels("orders ship 1234 --waybill SF1 --carrier SF --lines 1:2");
    assert_eq!(one, ["SF1,SF:1:2".parse().unwrap()]);
    let two = parcels("orders ship 1234 --parcel SF1:1:1 --parcel SF2:1:1");
    assert_eq!(two, ["SF1:1:1".parse().unwrap(), "SF2:1:1".parse().unwrap()]);
}

#[test]
fn bad_words_name_the_argument() {
    for (words, kind, named) in [
        ("fly", ErrorKind::InvalidSubcommand, "fly"),
        ("--lang fr", ErrorKind::InvalidValue, "--lang"),
        ("orders list --limit 0", ErrorKind::ValueValidation, "--limit"),
        ("orders list --limit 201", ErrorKind::ValueValidation, "--limit"),
        ("orders list --tab mine", ErrorKind::InvalidValue, "--tab"),
        ("orders list --created 13/1", ErrorKind::ValueValidation, "13/1"),
        ("orders list --paid 2026-09-14..2026-09-01", ErrorKind::ValueValidation, "end lies before"),
        ("orders list --amount abc", ErrorKind::ValueValidation, "abc"),
        ("orders list --amount 100..50", ErrorKind::ValueValidation, "below the least"),
        ("orders list --view a --gift", ErrorKind::ArgumentConflict, "--view"),
        ("orders list --due-hours 0", ErrorKind::ValueValidation, "--due-hours"),
        ("orders flag 1234 pink", ErrorKind::InvalidValue, "pink"),
        ("orders search", ErrorKind::MissingRequiredArgument, "TEXT"),
        ("orders search 红 --limit 0", ErrorKind::ValueValidation, "--limit"),
        ("orders show", ErrorKind::MissingRequiredArgument, "ORDER"),
        ("orders ship 1234", ErrorKind::MissingRequiredArgument, "--waybill"),
        ("orders ship 1234 --waybill SF1 --parcel SF2", ErrorKind::ArgumentConflict, "--parcel"),
        ("orders ship 1234 --parcel SF1 --lines 1:1", ErrorKind::ArgumentConflict, "--lines"),
        ("orders ship 1234 --carrier SF", ErrorKind::MissingRequiredArgument, "--waybill"),
        ("orders ship 1234 --waybill SF1 --lines 0:1", ErrorKind::ValueValidation, "--lines"),
        ("orders ship 1234 --parcel SF1:x", ErrorKind::ValueValidation, "--parcel"),
        ("--orders 50 sync", ErrorKind::ArgumentConflict, "--orders"),
        ("story --orders 0", ErrorKind::ValueValidation, "--orders"),
        ("sync --wait soon", ErrorKind::ValueValidation, "--wait"),
        ("outbox undo", ErrorKind::MissingRequiredArgument, "ID"),
    ] {
        let error = read(words).unwrap_err();
        assert_eq!(error.kind(), kind, "{words}: {error}");
        assert!(error.to_string().contains(named), "{words}: {error}");
    }
}

#[test]
fn what_follows_relay_is_the_relays() {
    for words in ["relay --help", "relay invite --url http://127.0.0.1:1", "--lang en relay serve --config x --json"] {
        match read(words).unwrap().verb {
            Some(Verb::Relay { words: passed }) => assert!(!passed.is_empty(), "{words}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn a_world_is_wished_for_alone_or_behind_story() {
    let alone = read("--orders 50 --seed 7").unwrap().world().options(None);
    assert_eq!((alone.orders, alone.seed, alone.data), (50, Some(7), None));
    match read("story --seed 8 --data d").unwrap() {
        CommandLine { verb: Some(Verb::Story(wish)), data, .. } => {
            let story = wish.options(data.as_deref());
            assert_eq!((story.orders, story.seed, story.data), (2_000, Some(8), Some("d".into())));
        }
        other => panic!("{other:?}"),
    }
}
