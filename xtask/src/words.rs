//! The sentences of `design/words` are data that three shells read, so what the compiler cannot see about them is tested
//! here: both languages have the same keys and placeholders, and no sentence about work that is still on this device
//! sounds as if the platform had it.

use std::collections::{BTreeMap, BTreeSet};

use crate::shell::workspace_root;

type Words = BTreeMap<String, String>;

/// Where a key may stand; a new area of sentences is added here, so that a typo in the first part of a key is seen.
const AREAS: [&str; 33] = [
    "aftersale",
    "app",
    "batch",
    "buyer",
    "cli",
    "coming",
    "deadline",
    "discount",
    "duration",
    "error",
    "filter",
    "flag",
    "home",
    "key",
    "note",
    "order",
    "outbox",
    "pair",
    "provision",
    "reason",
    "run",
    "search",
    "ship",
    "shop",
    "state",
    "status",
    "sync",
    "tab",
    "time",
    "timeline",
    "truth",
    "view",
    "why",
];

/// Sentences under these say that something is *not* at the platform yet.
const NOT_YET: [&str; 7] = [
    "state.queued.",
    "outbox.queued.",
    "ship.saved",
    "order.line.saved",
    "timeline.ship_saved",
    "timeline.note_saved",
    "note.saved",
];

fn load(language: &str) -> Words {
    let path = workspace_root().join("design/words").join(format!("{language}.json"));
    let text = std::fs::read_to_string(path).unwrap();
    // Not straight into a map: that would let the second of two equal keys win in silence.
    let pairs: Pairs = serde_json::from_str(&text).unwrap();
    let mut words = Words::new();
    for (key, sentence) in pairs.0 {
        assert!(words.insert(key.clone(), sentence).is_none(), "{language}: `{key}` stands twice");
    }
    words
}

struct Pairs(Vec<(String, String)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("one flat object of sentences")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// `{name}` placeholders, or what is wrong with the braces.
fn placeholders(sentence: &str) -> Result<BTreeSet<&str>, String> {
    let mut found = BTreeSet::new();
    let mut rest = sentence;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = rest[at..].strip_prefix('{').ok_or_else(|| format!("a stray brace in `{sentence}`"))?;
        let (name, after) = inside.split_once('}').ok_or_else(|| format!("an open brace in `{sentence}`"))?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(format!("`{{{name}}}` is no placeholder in `{sentence}`"));
        }
        found.insert(name);
        rest = after;
    }
    Ok(found)
}

/// A word that claims success; `None` when the sentence is honest about work that is not done.
fn boast(sentence: &str) -> Option<&'static str> {
    // What says "not yet" is taken out first, so that only a claim is left to find.
    let mut left = sentence.to_lowercase();
    for denial in
        ["未送达", "没送达", "not delivered", "not yet delivered", "not shipped", "not yet shipped", "not sent"]
    {
        left = left.replace(denial, "");
    }
    const CHINESE: [&str; 7] = ["已发货", "已送达", "成功", "已完成", "已发出", "已提交", "已寄出"];
    const ENGLISH: [&str; 6] = ["shipped", "delivered", "sent", "success", "successfully", "done"];
    let words: Vec<&str> = left.split(|c: char| !c.is_alphanumeric()).collect();
    CHINESE
        .into_iter()
        .find(|claim| left.contains(claim))
        .or_else(|| ENGLISH.into_iter().find(|claim| words.contains(claim)))
}

#[test]
fn both_languages_have_the_same_keys() {
    let (zh, en) = (load("zh"), load("en"));
    let only = |a: &Words, b: &Words| a.keys().filter(|key| !b.contains_key(*key)).cloned().collect::<Vec<_>>();
    assert_eq!(only(&zh, &en), Vec::<String>::new(), "only in zh");
    assert_eq!(only(&en, &zh), Vec::<String>::new(), "only in en");
}

#[test]
fn both_languages_have_the_same_placeholders() {
    let (zh, en) = (load("zh"), load("en"));
    for (key, sentence) in &zh {
        let Some(other) = en.get(key) else { continue };
        assert_eq!(placeholders(sentence), placeholders(other), "{key}");
        assert!(placeholders(sentence).is_ok(), "{key}: {:?}", placeholders(sentence));
    }
}

#[test]
fn keys_are_well_formed_and_sentences_are_not_empty() {
    for language in ["zh", "en"] {
        for (key, sentence) in load(language) {
            let area = key.split('.').next().unwrap_or_default();
            assert!(AREAS.contains(&area), "{language}: no such area: {key}");
            assert!(key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c)), "{key}");
            assert!(!sentence.trim().is_empty(), "{language}: {key} is empty");
            assert!(!sentence.contains('\n'), "{language}: {key}: where a line breaks is for the screen to say");
        }
    }
}

#[test]
fn work_that_is_not_done_never_sounds_done() {
    for language in ["zh", "en"] {
        let words = load(language);
        let promised = words.iter().filter(|(key, _)| NOT_YET.iter().any(|prefix| key.starts_with(prefix)));
        let mut seen = 0;
        for (key, sentence) in promised {
            assert_eq!(boast(sentence), None, "{language}: {key}: {sentence}");
            seen += 1;
        }
        assert!(seen >= NOT_YET.len(), "{language}: the rule found only {seen} sentences to look at");
    }
}

#[test]
fn no_sentence_calls_an_order_shipped_before_the_platform_has_it() {
    // The word itself may not occur at all: the two honest ones are 已填单号 · 未送达平台 and 已送达平台.
    for (key, sentence) in load("zh") {
        assert!(!sentence.contains("已发货"), "{key}: {sentence}");
    }
}

#[test]
fn the_rules_themselves_can_fail() {
    assert_eq!(boast("已填单号 · 未送达平台"), None);
    assert_eq!(boast("已填单号 · 已送达平台"), Some("已送达"));
    assert_eq!(boast("Waybill saved · not yet delivered"), None);
    assert_eq!(boast("Delivered!"), Some("delivered"));
    assert_eq!(boast("Can be undone"), None);
    assert_eq!(placeholders("a {n} b {time}").unwrap().into_iter().collect::<Vec<_>>(), ["n", "time"]);
    for bad in ["{", "}", "{}", "{N}", "{a b}", "a } b {n}"] {
        assert!(placeholders(bad).is_err(), "{bad}");
    }
}

/// Codes travel from the core and the relay as plain text, and what a person reads is looked up here by that text.
#[test]
fn every_code_of_the_program_has_a_sentence() {
    let words = load("zh");
    // (where the codes stand, how many at least, what the line looks like before the code, where the sentence stands)
    let sources = [
        ("protocol/src/command.rs", 10, ": &str = ", "reason."),
        ("core/src/orders/reason.rs", 10, ": &str = ", "reason."),
        ("core/src/outbox/reason.rs", 4, ": &str = ", "reason."),
        ("core/src/error.rs", 10, " => ", "error."),
    ];
    for (file, least, before, area) in sources {
        let text = std::fs::read_to_string(workspace_root().join(file)).unwrap();
        let codes: Vec<&str> = text.lines().filter_map(|line| code_after(line, before)).collect();
        assert!(codes.len() >= least, "{file}: only {} codes were found; did they move?", codes.len());
        for code in codes {
            assert!(words.contains_key(&format!("{area}{code}")), "{file}: no sentence for {area}{code}");
        }
    }
}

/// `… = "some_code"` → `some_code`; text that is no code is passed over.
fn code_after<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    let (code, _) = rest.strip_prefix('"')?.split_once('"')?;
    (!code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '_')).then_some(code)
}
