//! Real use, as far as it goes without the real platform: a relay and a phone as programs of their own, joined by an invite.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod shop;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use shop::{Ended, as_text, program};
use shopkeeper_core::ports::{SystemClock, WallClock as _};
use shopkeeper_protocol::Invite;
use shopkeeper_sandbox::world::WorldConfig;
use shopkeeper_sandbox::{Sandbox, SandboxConfig};
use tempfile::TempDir;

/// The relay's program with a shop configured, ended when dropped.
struct Server {
    environment: Vec<(String, String)>,
    process: Child,
    address: String,
    _dir: TempDir,
}

impl Server {
    fn start(platform: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = dir.path().join("relay");
        let environment = [
            ("APPID", "wx5e11e4"),
            ("SECRET", "geheim"),
            ("DATA_DIR", as_text(&files)),
            ("PLATFORM_URL", platform),
            ("BIND", "127.0.0.1:0"),
        ];
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| (format!("SHOPKEEPER_RELAY_{name}"), (*value).to_owned())).collect();
        let mut process = with(&environment, &["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on ").unwrap().to_owned();
        Self { environment, process, address, _dir: dir }
    }

    /// Another process of the same relay.
    fn relay(&self, words: &[&str]) -> Ended {
        Ended::of(&mut with(&self.environment, words))
    }

    fn invite(&self) -> String {
        let shown = self.relay(&["invite", "--url", &self.address]);
        assert_eq!(shown.code, 0, "{shown:?}");
        shown.out.lines().find_map(|line| line.parse::<Invite>().ok()).unwrap().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn with(environment: &[(String, String)], words: &[&str]) -> Command {
    let mut command = program(&[&["relay"], words].concat());
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

#[tokio::test]
async fn a_phone_is_paired_syncs_is_turned_away_and_finds_nobody() {
    let clock: shopkeeper_sandbox::Clock = Arc::new(|| SystemClock.now_ms());
    let world = WorldConfig::new(7, 60, clock().div_euclid(1_000)).quiet();
    let sandbox = Sandbox::start(SandboxConfig::new(world, clock, "wx5e11e4", "geheim")).await.unwrap();
    let platform = sandbox.base_url();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_owned();
    // The platform answers on this thread while the programs are waited for on another.
    let server = tokio::task::spawn_blocking(move || with_platform(&platform, &data)).await.unwrap();
    sandbox.shutdown().await;
    without_platform(server, dir.path());
}

/// A verb on the phone in this folder.
fn on(dir: &Path, words: &[&str]) -> Ended {
    Ended::of(program(words).arg("--json").arg("--data").arg(dir))
}

fn with_platform(platform: &str, dir: &Path) -> Server {
    let server = Server::start(platform);
    let shelf = |words: &[&str]| on(dir, words);

    let refused = shelf(&["pair", "nonsense"]);
    assert_eq!((refused.code, refused.error_code().as_str()), (1, "pairing"), "{refused:?}");

    let invite = server.invite();
    let paired = shelf(&["pair", &invite, "--device", "shelf"]);
    assert_eq!(paired.code, 0, "{paired:?}");
    assert!(!paired.document()["shop"]["name"].as_str().unwrap().is_empty());
    let again = shelf(&["pair", &invite]);
    assert_eq!(again.code, 1, "{again:?}");
    let told: Value = serde_json::from_str(&again.err).unwrap();
    assert_eq!(told["error"]["reason"], json!("used_code"));

    let synced = shelf(&["sync"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    assert!(synced.document()["orders"]["exact"].as_u64().unwrap() > 20, "{synced:?}");
    let order = shelf(&["orders", "list", "--tab", "to-ship", "--limit", "1"]).document()["orders"][0].take();
    let number = order["number"].as_str().unwrap();
    assert_eq!(shelf(&["orders", "note", number, "over the relay", "--platform"]).code, 0);
    let synced = shelf(&["sync"]);
    assert_eq!(synced.document()["delivered"], json!(1), "{synced:?}");

    let devices = server.relay(&["devices"]);
    let device = devices.out.lines().find(|line| line.contains("shelf")).unwrap();
    let id = device.split_whitespace().next().unwrap();
    assert_eq!(server.relay(&["revoke", id]).code, 0);
    let away = shelf(&["sync"]);
    assert_eq!((away.code, away.error_code().as_str()), (1, "signed_out"), "{away:?}");
    assert_eq!(shelf(&["orders", "show", number]).code, 0, "what is here can still be read");

    let invite = server.invite();
    assert_eq!(shelf(&["pair", &invite]).code, 0);
    assert_eq!(shelf(&["sync"]).code, 0);
    server
}

/// First the platform is gone, then the relay too. Work is kept, and the exit status says that it waits.
fn without_platform(server: Server, dir: &Path) {
    let shelf = |words: &[&str]| on(dir, words);
    let order = shelf(&["orders", "list", "--tab", "to-ship", "--limit", "1"]).document()["orders"][0].take();
    let number = order["number"].as_str().unwrap();
    assert_eq!(shelf(&["orders", "note", number, "platform is gone", "--platform"]).code, 0);
    let waits = shelf(&["sync", "--wait", "2"]);
    assert_eq!((waits.code, &waits.document()["outbox"]["pending"]), (3, &json!(1)), "{waits:?}");

    drop(server);
    assert_eq!(shelf(&["orders", "note", number, "nobody there", "--platform"]).code, 0);
    let alone = shelf(&["sync"]);
    assert_eq!((alone.code, alone.error_code().as_str()), (3, "offline"), "{alone:?}");
    assert_eq!(shelf(&["outbox"]).document()["summary"]["pending"], json!(2));
}
