//! The real program, told to end in the middle of a world that is kept nowhere: it takes the world's folder with it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How often what another process does is looked at, and how many times before it is given up.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 6_000;

#[test]
fn a_process_that_is_told_to_end_leaves_no_world_behind() {
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let temporary = tempfile::tempdir().unwrap();
        let mut process = story(temporary.path());
        until("the world has begun", || has_a_phone(temporary.path()));
        let told = Command::new("kill").args([&format!("-{signal}"), &process.id().to_string()]).status().unwrap();
        assert!(told.success(), "{signal}");
        let mut status: Option<ExitStatus> = None;
        until("it has ended", || {
            status = process.try_wait().unwrap();
            status.is_some()
        });
        assert_eq!(status.unwrap().code(), Some(code), "{signal}");
        assert_eq!(names(temporary.path()), [""; 0], "{signal}");
    }
}

/// The story of a world in a temporary folder, since nobody sits at a terminal.
fn story(temporary: &Path) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_shopkeeper"));
    program.args(["story", "--orders", "40", "--seed", "7"]).env("TMPDIR", temporary);
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A world in the folder has come as far as its phone.
fn has_a_phone(temporary: &Path) -> bool {
    let worlds = names(temporary);
    worlds.iter().any(|world| world.starts_with("shopkeeper-demo-") && temporary.join(world).join("phone").is_dir())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[expect(clippy::disallowed_methods, reason = "what is waited for is another process, on the system's own clock")]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if is_so() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("{what}: it never came");
}
