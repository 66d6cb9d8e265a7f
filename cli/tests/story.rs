//! The story, played to its end in process: over real loopback HTTP, with its lost replies, compared with the platform's books.

use serde_json::Value;
use shopkeeper_cli::story::{StoryError, StoryOptions, Tally, play};
use shopkeeper_cli::words::{Lang, Words};

/// A shop that is not too small to have orders of every kind.
fn options() -> StoryOptions {
    StoryOptions { orders: 200, seed: Some(11), data: None }
}

async fn told(options: StoryOptions, lang: Lang, json: bool) -> Result<(Tally, String), StoryError> {
    let mut out = Vec::new();
    let tally = Box::pin(play(options, Words::of(lang), &mut out, json)).await?;
    Ok((tally, String::from_utf8_lossy(&out).into_owned()))
}

fn step<'a>(lines: &'a [Value], name: &str) -> &'a Value {
    lines.iter().find(|line| line["step"] == name).unwrap_or_else(|| panic!("no step {name}"))
}

#[tokio::test]
async fn told_to_a_program_nothing_is_lost_or_doubled_though_two_replies_were() {
    let (tally, text) = told(options(), Lang::En, true).await.unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    let synced = step(&lines, "synced");
    assert!(synced["orders"].as_u64() >= Some(200) && synced["set_aside"] == 0, "the whole shop: {synced}");
    assert_eq!(step(&lines, "reviewed")["orders"], 10);
    assert_eq!(step(&lines, "shipped")["orders"], 3);
    assert_eq!(step(&lines, "shipped")["parcels"], 4);
    assert_eq!(step(&lines, "drained")["platform_replies_lost"], 1);
    assert_eq!(step(&lines, "drained")["relay_replies_lost"], 1);
    assert_eq!(step(&lines, "compared")["effects"], 5, "three deliveries and two notes at the platform");

    // Three flags, two private notes, two notes at the platform, three shipments.
    assert_eq!(tally, Tally { confirmed: 10, delivered: 10, ..Tally::default() });
    assert_eq!(
        text.lines().last().unwrap(),
        r#"{"confirmed":10,"delivered":10,"needs_action":0,"lost":0,"doubled":0}"#
    );
}

#[tokio::test]
async fn told_to_a_person_twice_in_one_kept_world() {
    let dir = tempfile::tempdir().unwrap();
    // So few orders that buyers have to come in before there is a story.
    let options = StoryOptions { orders: 12, data: Some(dir.path().to_owned()), ..options() };
    for lang in [Lang::Zh, Lang::En] {
        let (tally, text) = told(options.clone(), lang, false).await.unwrap();
        assert_eq!(tally, Tally { confirmed: 10, delivered: 10, ..Tally::default() }, "{text}");
        assert!(text.lines().count() >= 10, "{text}");
        assert!(!text.contains(['⟦', '{', '}']), "{text}");
    }
}
