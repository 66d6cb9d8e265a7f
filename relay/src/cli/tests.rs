use std::path::Path;

use shopkeeper_protocol::Invite;
use tempfile::tempdir;

use super::*;
use crate::store::Store;

/// What the command line says, with a shop configured by the environment alone.
async fn run(dir: &Path, more: &[(&str, &str)], words: &[&str]) -> Result<String, CliError> {
    let dir = dir.display().to_string();
    let mut environment = vec![("APPID", "wx01"), ("SECRET", "geheim"), ("DATA_DIR", dir.as_str())];
    environment.extend_from_slice(more);
    let environment =
        environment.into_iter().map(|(name, value)| (format!("SHOPKEEPER_RELAY_{name}"), value.to_owned()));
    let words = std::iter::once("shopkeeper-relay").chain(words.iter().copied()).map(OsString::from);
    let mut out = Vec::new();
    run_cli(words, environment, &mut out).await.map(|()| String::from_utf8(out).unwrap())
}

/// A folder that a relay has served.
fn served_folder() -> tempfile::TempDir {
    let dir = tempdir().unwrap();
    Store::open(dir.path(), RunStore::Threads, 1, &SystemRandom).unwrap();
    dir
}

const AT: (&str, &str) = ("BIND", "127.0.0.1:8443");

fn text_of(shown: &str) -> Invite {
    shown.lines().find_map(|line| line.parse().ok()).unwrap()
}

#[tokio::test]
async fn an_invite_is_shown_as_text_and_as_a_picture() {
    let dir = served_folder();
    let shown = run(dir.path(), &[AT], &["invite"]).await.unwrap();
    let invite = text_of(&shown);
    assert_eq!((invite.url.as_str(), invite.key_hash.as_deref()), ("http://127.0.0.1:8443", None));
    assert!(shown.contains('█') && shown.contains(&format!("code: {}", invite.code)));

    let again = text_of(&run(dir.path(), &[AT, ("TLS", "true")], &["invite"]).await.unwrap());
    assert_eq!((again.url.as_str(), again.key_hash.unwrap().len()), ("https://127.0.0.1:8443", 64));
    assert_ne!(again.code, invite.code);
}

#[tokio::test]
async fn where_the_phone_finds_the_relay_has_to_be_known_and_fit() {
    let dir = served_folder();
    let everywhere = ("BIND", "0.0.0.0:8443");
    assert!(matches!(run(dir.path(), &[everywhere], &["invite"]).await, Err(CliError::NoUrl)));
    let public = ("PUBLIC_URL", "https://shop.example:8443");
    let shown = run(dir.path(), &[everywhere, public], &["invite"]).await.unwrap();
    assert_eq!(text_of(&shown).url, "https://shop.example:8443");
    let shown = run(dir.path(), &[everywhere, public], &["invite", "--url", "https://10.0.0.2:8443"]).await.unwrap();
    assert_eq!(text_of(&shown).url, "https://10.0.0.2:8443");
    for url in ["shop.example", "http://10.0.0.2:8443", ""] {
        let error = run(dir.path(), &[everywhere], &["invite", "--url", url]).await.unwrap_err();
        assert!(matches!(error, CliError::BadUrl { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_mistyped_folder_does_not_become_a_store() {
    let dir = tempdir().unwrap();
    let gone = dir.path().join("gone");
    for words in [&["invite"][..], &["devices"], &["revoke", "x"], &["push"]] {
        assert!(matches!(run(&gone, &[AT], words).await, Err(CliError::NeverServed { .. })), "{words:?}");
    }
    assert!(!gone.exists());
}

#[tokio::test]
async fn devices_are_listed_and_unknown_ones_cannot_be_revoked() {
    let dir = served_folder();
    assert_eq!(run(dir.path(), &[AT], &["devices"]).await.unwrap(), "no phone is paired\n");
    let error = run(dir.path(), &[AT], &["revoke", "d1"]).await.unwrap_err();
    assert!(matches!(&error, CliError::NoDevice(id) if id == "d1"));
    assert_eq!(error.exit_code(), 1);
}

#[tokio::test]
async fn what_the_owner_enters_at_the_platform_stays_the_same() {
    let dir = served_folder();
    let shown = run(dir.path(), &[AT, ("PUBLIC_URL", "https://shop.example")], &["push"]).await.unwrap();
    assert!(shown.contains("https://shop.example/push/wx01"), "{shown}");
    assert_eq!(run(dir.path(), &[AT, ("PUBLIC_URL", "https://shop.example")], &["push"]).await.unwrap(), shown);
}

#[tokio::test]
async fn wrong_words_and_a_question_for_help_end_differently() {
    let dir = tempdir().unwrap();
    for (words, code) in [(&["--help"][..], 0), (&["--version"], 0), (&["fly"], 2), (&[], 2), (&["revoke"], 2)] {
        assert_eq!(run(dir.path(), &[], words).await.unwrap_err().exit_code(), code, "{words:?}");
    }
    let error = run(dir.path(), &[("BIMD", "geheim")], &["devices"]).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.exit_code()), ("the configuration knows no `bimd`", 1));
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let device = crate::store::DeviceInfo {
        id: DeviceId("d1".to_owned()),
        name: "\u{1b}[2J柜台\r\n".to_owned(),
        role: shopkeeper_protocol::Role::Owner,
        paired_at: 1_790_000_000_000,
        seen_at: None,
        revoked_at: Some(1_790_003_600_000),
    };
    let mut out = Vec::new();
    show::devices(&[device], &mut out).unwrap();
    let shown = String::from_utf8(out).unwrap();
    assert!(shown.ends_with("\u{fffd}[2J柜台\u{fffd}\u{fffd}\n"), "{shown:?}");
    assert!(shown.starts_with("d1  owner  paired 2026-09-21 14:13Z  revoked 2026-09-21 15:13Z  "), "{shown:?}");
}
