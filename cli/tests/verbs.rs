//! Each verb of the real program on a demo world, in both forms, and what it does with bad input.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod shop;

use serde_json::{Value, json};
use shop::{Ended, Shop, nowhere, program};
use shopkeeper_cli::demo::phone_folder;
use shopkeeper_cli::phone::Phone;

#[test]
fn orders_are_listed_filtered_and_paged() {
    let shop = Shop::open(60);
    let all = shop.json(&["orders", "list", "--limit", "200"]);
    let count = all["count"]["exact"].as_u64().unwrap();
    assert_eq!(all["orders"].as_array().unwrap().len() as u64, count);
    // The demo shop is older than what a relay reads of a shop's past.
    assert!(count > 20 && all.get("after").is_none(), "{count}");

    let mut paged = Vec::new();
    let mut after = None::<String>;
    loop {
        let mut words = vec!["orders", "list", "--limit", "7", "--sort", "most-urgent"];
        words.extend(after.iter().flat_map(|after| ["--after", after]));
        let page = shop.json(&words);
        paged.extend(page["orders"].as_array().unwrap().iter().map(|row| row["number"].clone()));
        match page.get("after") {
            Some(next) => after = Some(next.as_str().unwrap().to_owned()),
            None => break,
        }
    }
    paged.sort_by_key(Value::to_string);
    paged.dedup();
    assert_eq!(paged.len() as u64, count, "pages neither overlap nor leave gaps");

    let text = shop.ends(&["orders", "list", "--limit", "3", "--lang", "en"]);
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.out.contains("Data as of") && text.out.contains("--after "), "{text:?}");
    assert!(!text.out.contains('⟦') && !text.out.contains('{'), "{text:?}");
    let chinese = shop.ends(&["orders", "list", "--limit", "3"]);
    assert!(chinese.out.contains("数据截至"), "{chinese:?}");
}

#[test]
fn orders_are_searched_and_every_place_is_named() {
    let shop = Shop::open(60);
    let number = shop.numbers("to-ship").remove(0);
    let ending = &number[number.len() - 6..];
    let found = shop.json(&["orders", "search", ending]);
    assert_eq!(found["count"], json!({"exact": 1}));
    assert_eq!(found["hits"][0]["row"]["number"], json!(number));
    let (start, end) = (number.len() - 6, number.len());
    let place = json!({"field": "number", "at": 0, "text": number, "ranges": [{"start": start, "end": end}]});
    assert!(found["hits"][0]["highlights"].as_array().unwrap().contains(&place), "{found}");

    let title = shop.json(&["orders", "show", &number])["order"]["lines"][0]["title"].as_str().unwrap().to_owned();
    let word: String = title.chars().take(2).collect();
    let mut places = Vec::new();
    let mut after = None::<String>;
    loop {
        let mut words = vec!["orders", "search", &word, "--limit", "3"];
        words.extend(after.iter().flat_map(|after| ["--after", after]));
        let page = shop.json(&words);
        places.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["row"]["number"].clone()));
        match page.get("after") {
            Some(next) => after = Some(next.as_str().unwrap().to_owned()),
            None => break,
        }
    }
    let all = shop.json(&["orders", "search", &word, "--limit", "200"]);
    let numbers = all["hits"].as_array().unwrap().iter().map(|hit| hit["row"]["number"].clone());
    assert_eq!(places, numbers.collect::<Vec<_>>(), "pages are the whole");
    assert!(places.contains(&json!(number)));

    // Flags are found by what they are called, which only the words know.
    shop.json(&["orders", "flag", &number, "red"]);
    let flagged = shop.ends(&["orders", "search", "红旗", "--lang", "zh", "--json"]).document();
    let (hit, places) = (&flagged["hits"][0]["row"]["number"], &flagged["hits"][0]["highlights"]);
    assert_eq!((hit, &places[0]["field"]), (&json!(number), &json!("flag")), "{flagged}");

    // Several words are one query, and the text says where each stands.
    let text = shop.ends(&["orders", "search", &word, ending, "--lang", "en"]);
    let bracketed = format!("[{word}]");
    let shown = [format!("↳ Order number  {}[{ending}]", &number[..start]), bracketed, "1 orders".to_owned()];
    assert!(shown.iter().all(|part| text.out.contains(part.as_str())), "{text:?}");
    assert!(!text.out.contains('⟦'), "{text:?}");
}

#[test]
fn a_search_that_cannot_be_done_ends_with_2_and_one_that_finds_nothing_with_0() {
    let shop = Shop::open(60);
    let long = "长".repeat(10_000);
    for (bad, said) in
        [(long.as_str(), "Too long"), ("\u{1b}\u{7}", "nothing to search"), ("a b c d e f g h i", "Too many")]
    {
        let ended = shop.ends(&["orders", "search", bad, "--json"]);
        assert_eq!((ended.code, ended.error_code().as_str()), (2, "bad_input"), "{ended:?}");
        let text = shop.ends(&["orders", "search", bad, "--lang", "en"]);
        assert!(text.err.contains(said) && !text.err.contains(bad), "{text:?}");
    }
    let after = shop.json(&["orders", "search", "1", "--limit", "1"]);
    if let Some(after) = after["after"].as_str() {
        let ended = shop.ends(&["orders", "search", "2", "--after", after, "--json"]);
        assert_eq!((ended.code, ended.error_code().as_str()), (2, "bad_input"), "{ended:?}");
    }
    for odd in ["\"AND\" OR NOT*", "🙏🙏🙏", "'; DROP TABLE", "%"] {
        let ended = shop.ends(&["orders", "search", odd, "--json"]);
        assert_eq!(ended.code, 0, "{odd}: {ended:?}");
        assert_eq!(ended.document()["hits"], json!([]), "{odd}: {ended:?}");
    }
}

#[test]
fn an_order_is_shown_and_found_by_its_ending() {
    let shop = Shop::open(60);
    let number = shop.numbers("to-ship").remove(0);
    let whole = shop.json(&["orders", "show", &number]);
    assert_eq!(whole["order"]["row"]["number"], json!(number));
    let ending = &number[number.len() - 8..];
    assert_eq!(shop.json(&["orders", "show", ending]), whole);
    let text = shop.ends(&["orders", "show", &number, "--lang", "en"]);
    assert!(text.out.contains(&number) && text.out.contains("Money") && text.out.contains("1. "), "{text:?}");
    assert!(!text.out.contains('⟦') && !text.out.contains('{'), "{text:?}");
}

#[test]
fn taps_need_no_network_and_a_sync_delivers_them() {
    let shop = Shop::open(60);
    let orders = shop.can_ship();
    let [flagged, shipped, parted, undone] = &orders[..4] else { panic!("too few orders to ship: {orders:?}") };

    assert_eq!(shop.json(&["orders", "flag", flagged, "red"])["flag"], json!("red"));
    assert_eq!(shop.json(&["orders", "note", flagged, "ask about the box"])["saved"], json!("note"));
    let platform = shop.json(&["orders", "note", flagged, "gift wrap", "--platform"]);
    assert_eq!(platform["saved"], json!("platform_note"));
    let ship = shop.json(&["orders", "ship", shipped, "--waybill", "SF1409228366170"]);
    assert_eq!((&ship["saved"], &ship["number"]), (&json!("ship"), &json!(shipped)));
    let text = shop.ends(&["orders", "ship", parted, "--parcel", "YT8890123456780,YTO:1:1", "--lang", "en"]);
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.out.contains("not yet at the platform"), "{text:?}");

    let again = shop.ends(&["orders", "flag", flagged, "red", "--lang", "en"]);
    assert_eq!((again.code, again.out.as_str()), (0, format!("{flagged}: Red flag\n").as_str()), "{again:?}");
    let note = shop.ends(&["orders", "note", parted, "second shelf", "--lang", "en"]);
    assert!(note.out.contains("only for you"), "{note:?}");

    let taken = shop.json(&["orders", "ship", undone, "--waybill", "SF1409228366999"]);
    let id = taken["command"].as_str().unwrap();
    assert_eq!(shop.json(&["outbox", "undo", id])["done"], json!("undo"));

    for (verb, says) in [("undo", "Undone"), ("retry", "Queued again"), ("withdraw", "Withdrawn")] {
        let id = shop.json(&["orders", "ship", undone, "--waybill", "SF1409228366999"])["command"].take();
        let ended = shop.ends(&["outbox", verb, id.as_str().unwrap(), "--lang", "en"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(ended.out.contains(says), "{verb}: {ended:?}");
        if verb == "retry" {
            assert_eq!(shop.json(&["outbox", "withdraw", id.as_str().unwrap()])["done"], json!("withdraw"));
        }
    }
    assert_eq!(shop.json(&["outbox", "retry-all"]), json!({"done": "retry_all", "retried": 0}));

    let outbox = shop.json(&["outbox"]);
    assert_eq!(outbox["summary"], json!({"pending": 3, "unknown": 0, "needs_action": 0}));
    let withdrawn = outbox["items"][0]["id"].as_str().unwrap();
    let listed = shop.ends(&["outbox", "list", "--lang", "en"]);
    assert!(listed.out.contains(withdrawn), "{listed:?}");
    let pending = shop.json(&["orders", "list", "--pending"]);
    assert_eq!(pending["orders"].as_array().unwrap().len(), 3);

    let synced = shop.json(&["sync"]);
    assert_eq!((&synced["delivered"], &synced["left"]), (&json!(3), &json!([])), "{synced}");
    let detail = shop.json(&["orders", "show", flagged]);
    assert_eq!(detail["order"]["row"]["flag"], json!("red"));
    assert_eq!(detail["order"]["row"]["note"], json!("ask about the box"));
    assert_eq!(detail["order"]["row"]["merchant_note"], json!("gift wrap"));
    assert_eq!(shop.json(&["orders", "show", shipped])["order"]["row"]["shipping"], json!({"recorded": {"all": true}}));
    assert_eq!(shop.json(&["orders", "list", "--has-note", "--flag", "red"])["count"], json!({"exact": 1}));

    let empty = shop.ends(&["outbox", "--lang", "en"]);
    assert_eq!(empty.out.trim(), "All delivered");
    let again = shop.ends(&["sync", "--lang", "en"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.contains("Synced"), "{again:?}");
}

#[test]
fn what_is_refused_says_why_and_ends_with_1() {
    let shop = Shop::open(60);
    let orders = shop.numbers("to-ship");
    let order = &orders[0];
    for (words, code, reason) in [
        (&["orders", "show", "no-such-order"][..], "not_found", None),
        (&["orders", "ship", order, "--waybill", "*"], "not_possible", Some("waybill_format")),
        (
            &["orders", "ship", order, "--waybill", "SF1409228366170", "--lines", "9:1"],
            "not_possible",
            Some("line_unknown"),
        ),
        (&["orders", "note", order, ""], "not_possible", Some("note_same")),
        (&["outbox", "undo", "nothing"], "not_found", None),
        (&["outbox", "withdraw", "nothing"], "not_found", None),
        (&["outbox", "retry", "nothing"], "not_found", None),
    ] {
        let ended = shop.ends(&[words, &["--json"]].concat());
        assert_eq!((ended.code, ended.error_code().as_str()), (1, code), "{words:?}: {ended:?}");
        assert_eq!(ended.out, "", "{words:?}");
        let told: Value = serde_json::from_str(&ended.err).unwrap();
        assert_eq!(told["error"].get("reason").and_then(Value::as_str), reason, "{words:?}: {ended:?}");
        let text = shop.ends(&[words, &["--lang", "en"]].concat());
        assert_eq!(text.code, 1, "{words:?}");
        assert!(!text.err.is_empty() && !text.err.contains('⟦') && !text.err.contains('{'), "{words:?}: {text:?}");
    }
}

#[test]
fn an_ending_of_several_orders_does_nothing_and_says_how_many() {
    // Four digits of two thousand numbers: some two end alike.
    let shop = Shop::open(2_000);
    let mut endings = std::collections::BTreeMap::<String, usize>::new();
    let mut after = None::<String>;
    while endings.values().all(|count| *count < 2) {
        let mut words = vec!["orders", "list", "--limit", "200"];
        words.extend(after.iter().flat_map(|after| ["--after", after]));
        let page = shop.json(&words);
        for row in page["orders"].as_array().unwrap() {
            let number = row["number"].as_str().unwrap();
            *endings.entry(number[number.len() - 4..].to_owned()).or_default() += 1;
        }
        after = Some(page["after"].as_str().expect("no two orders end alike").to_owned());
    }
    let (ending, _) = endings.iter().find(|(_, count)| **count > 1).unwrap();
    let ended = shop.ends(&["orders", "flag", ending, "red", "--json"]);
    assert_eq!((ended.code, ended.error_code().as_str()), (1, "ambiguous"), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.err).unwrap();
    assert!(told["error"]["count"].as_u64().unwrap() >= 2, "{told}");
    assert_eq!(shop.json(&["orders", "list", "--flag", "any"])["count"], json!({"exact": 0}));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_names_the_argument() {
    let (_dir, nowhere) = nowhere();
    for (words, named) in [
        (&["fly"][..], "fly"),
        (&["--lang", "fr", "sync"], "--lang"),
        (&["orders", "list", "--limit", "0"], "--limit"),
        (&["orders", "ship", "1234"], "--waybill"),
        (&["orders", "ship", "1234", "--parcel", "SF1:1:x"], "--parcel"),
        (&["outbox", "undo"], "ID"),
    ] {
        let text = Ended::of(&mut program(words));
        assert_eq!(text.code, 2, "{words:?}: {text:?}");
        assert!(text.err.contains(named), "{words:?}: {text:?}");
        let told = Ended::of(&mut program(&[words, &["--json"]].concat()));
        assert_eq!((told.code, told.error_code().as_str()), (2, "usage"), "{words:?}: {told:?}");
    }
    let told = Ended::of(&mut program(&["orders", "list", "--json"]));
    assert_eq!((told.code, told.error_code().as_str()), (2, "no_data"));
    let told = Ended::of(&mut program(&["sync", "--data", &nowhere, "--json"]));
    assert_eq!((told.code, told.error_code().as_str()), (1, "no_shop"));
    assert_eq!(std::fs::read_dir(&nowhere).unwrap().count(), 0, "a mistyped folder stays as it was");
}

#[test]
fn a_place_of_another_list_is_refused() {
    let shop = Shop::open(60);
    let page = shop.json(&["orders", "list", "--limit", "1"]);
    let after = page["after"].as_str().unwrap();
    let ended = shop.ends(&["orders", "list", "--sort", "most-urgent", "--after", after, "--json"]);
    assert_eq!((ended.code, ended.error_code().as_str()), (2, "bad_input"), "{ended:?}");
}

#[test]
fn help_and_version_are_no_failure() {
    for words in
        [&["--help"][..], &["orders", "--help"], &["orders", "ship", "--help"], &["relay", "--help"], &["--version"]]
    {
        let ended = Ended::of(&mut program(words));
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{words:?}: {ended:?}");
        assert!(!ended.out.is_empty(), "{words:?}");
    }
    let help = Ended::of(&mut program(&["--help"])).out;
    for verb in ["orders", "sync", "outbox", "pair", "relay", "Exit status"] {
        assert!(help.contains(verb), "{verb}: {help}");
    }
}

#[tokio::test]
async fn a_phone_in_use_is_left_alone() {
    let (_dir, nowhere) = nowhere();
    let phone = Phone::open(&phone_folder(nowhere.as_ref()), "test").unwrap();
    for words in [&["orders", "list"][..], &["sync"], &["pair", "nonsense"]] {
        let ended = Ended::of(program(words).args(["--json", "--data", &nowhere]));
        assert_eq!((ended.code, ended.error_code().as_str()), (4, "storage"), "{words:?}: {ended:?}");
    }
    phone.close().await.unwrap();
    let ended = Ended::of(program(&["orders", "list"]).args(["--json", "--data", &nowhere]));
    assert_eq!((ended.code, ended.error_code().as_str()), (1, "not_paired"), "{ended:?}");
}

#[test]
fn files_that_cannot_be_used_end_with_4() {
    let shop = Shop::open(60);
    let phone = shop.dir().join("phone");
    std::fs::remove_dir_all(&phone).unwrap();
    std::fs::write(&phone, "a file where a folder belongs").unwrap();
    let ended = shop.ends(&["orders", "list", "--json"]);
    assert_eq!((ended.code, ended.error_code().as_str()), (4, "storage"), "{ended:?}");
}

#[test]
fn a_list_is_narrowed_by_everything_that_the_screen_can() {
    let shop = Shop::open(60);
    let all = shop.json(&["orders", "list", "--limit", "200"]);
    let rows = all["orders"].as_array().unwrap();
    let first = &rows[0];
    let numbers = |list: &Value| -> Vec<String> {
        list["orders"].as_array().unwrap().iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
    };
    let expect = |words: &[&str], holds: &dyn Fn(&Value) -> bool| {
        let list = shop.json(&[&["orders", "list", "--limit", "200"], words].concat());
        let expected: Vec<String> =
            rows.iter().filter(|row| holds(row)).map(|row| row["number"].as_str().unwrap().to_owned()).collect();
        assert_eq!(numbers(&list), expected, "{words:?}");
    };
    let fen = first["payable"].as_i64().unwrap();
    let yuan = format!("{}.{:02}..", fen / 100, fen % 100);
    expect(&["--amount", &yuan], &|row| row["payable"].as_i64().unwrap() >= fen);
    let place = format!("{}/{}", first["province"].as_str().unwrap(), first["city"].as_str().unwrap());
    expect(&["--region", &place], &|row| (&row["province"], &row["city"]) == (&first["province"], &first["city"]));
    expect(&["--buyer-message"], &|row| row["buyer_note"] != json!(""));
    expect(&["--gift"], &|row| row["gift"] == json!(true));
    expect(&["--presale"], &|row| row["presale"] == json!(true));
    expect(&["--after-sale"], &|row| row["after_sale_open"] == json!(true));
    expect(&["--paid", "any"], &|row| !row["paid_at"].is_null());
    expect(&["--created", "2001-01-01..2001-12-31"], &|_| false);
    expect(&["--created", "2001-01-01.."], &|_| true);
    let amounts = shop.json(&["orders", "list", "--limit", "200", "--sort", "amount"]);
    let amounts: Vec<i64> =
        amounts["orders"].as_array().unwrap().iter().map(|row| row["payable"].as_i64().unwrap()).collect();
    assert!(amounts.is_sorted_by(|one, other| one >= other), "{amounts:?}");
    let product =
        shop.json(&["orders", "show", first["number"].as_str().unwrap()])["order"]["lines"][0]["product"].take();
    let with_it = numbers(&shop.json(&["orders", "list", "--limit", "200", "--product", product.as_str().unwrap()]));
    assert!(with_it.contains(&first["number"].as_str().unwrap().to_owned()), "{with_it:?}");

    let backwards = shop.ends(&["orders", "list", "--created", "2027-01-01..9/1", "--json"]);
    assert_eq!((backwards.code, backwards.error_code().as_str()), (2, "bad_input"), "{backwards:?}");
}

#[test]
fn views_are_saved_used_renamed_and_removed() {
    let shop = Shop::open(60);
    let none = shop.ends(&["orders", "views", "--lang", "en"]);
    assert_eq!(none.out.trim(), "No saved views");
    let words = ["--tab", "to-ship", "--paid", "30d", "--sort", "newest-paid"];
    let saved = shop.json(&[&["orders", "views", "save", " 近期 "], &words[..]].concat());
    assert_eq!(saved, json!({"view": "近期", "done": "saved"}));
    let listed = shop.json(&["orders", "views", "list"]);
    assert_eq!(listed["views"][0]["periods"]["paid"], json!({"days": 30}));
    let text = shop.ends(&["orders", "views"]);
    assert_eq!(text.out.trim(), "近期  待发 · 近 30 天付款 · 最新付款");
    let through = shop.json(&["orders", "list", "--view", "近期"]);
    let direct = shop.json(&[&["orders", "list"], &words[..]].concat());
    assert_eq!(through["orders"], direct["orders"]);
    assert_eq!(shop.json(&["orders", "views", "rename", "近期", "三十天"])["done"], json!("renamed"));
    for (words, code, error) in [
        (&["orders", "list", "--view", "近期"][..], 1, "not_found"),
        (&["orders", "views", "remove", "近期"], 1, "not_found"),
        (&["orders", "views", "save", "一二三四五六七八九十一二三"], 2, "bad_input"),
        (&["orders", "list", "--view", "三十天", "--gift"], 2, "usage"),
    ] {
        let ended = shop.ends(&[words, &["--json"]].concat());
        assert_eq!((ended.code, ended.error_code().as_str()), (code, error), "{words:?}: {ended:?}");
    }
    assert_eq!(shop.json(&["orders", "views", "remove", "三十天"]), json!({"view": "三十天", "done": "removed"}));
    assert_eq!(shop.json(&["orders", "views", "list"]), json!({"views": []}));
}

#[test]
fn what_tomorrow_needs_is_fetched_and_said_to_be_complete_or_not() {
    let shop = Shop::open(60);
    let ended = shop.ends(&["provision", "--look", "--json"]);
    let looked: Value = serde_json::from_str(&ended.out).unwrap();
    let parts = looked["provisions"]["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 4, "{looked}");
    let lacking = parts.iter().any(|part| !part["missing"].is_null());
    assert_eq!(looked["complete"], json!(!lacking), "{looked}");

    let told = shop.ends(&["provision", "--lang", "en"]);
    assert!(told.out.starts_with("… Asking the server"), "{told:?}");
    for says in ["Open orders", "Carriers", "Data as of", "without a network"] {
        assert!(told.out.contains(says), "{says}: {told:?}");
    }
    assert!(!told.out.contains('⟦') && !told.out.contains('{'), "{told:?}");
    assert_eq!(told.code, 0, "the relay of a demo world reads all of its past, and is followed: {told:?}");
    let found = shop.ends(&["provision", "--json"]);
    let document: Value = serde_json::from_str(&found.out).unwrap();
    // A program hears one thing: what it came to.
    assert_eq!((found.code == 0, told.code), (document["complete"] == json!(true), found.code), "{found:?}");
    assert_eq!(document["provisions"]["trouble"], Value::Null, "{document}");
}
