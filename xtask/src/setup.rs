//! Brings a fresh machine to where the checks can run, and says what it does. When all is there it asks three programs for
//! their version and is done.
//!
//! What it cannot install it reports as missing; the parts that need it are then skipped with that reason, which a strict
//! run does not accept.

use std::path::PathBuf;

use crate::{
    deny,
    shell::{Shell, XtaskError, answers},
};

/// Sentences about what is still missing; empty means ready.
pub(crate) fn run() -> Result<Vec<String>, XtaskError> {
    let mut missing = Vec::new();
    missing.extend(rust_components()?);
    missing.extend(tmux()?);
    missing.extend(deny::install()?);
    if missing.is_empty() {
        println!("setup: rustfmt, clippy, tmux and cargo-deny are there");
    }
    Ok(missing)
}

fn rust_components() -> Result<Option<String>, XtaskError> {
    let ready = || ["fmt", "clippy"].iter().all(|tool| answers("cargo", &[tool, "--version"]));
    if ready() {
        return Ok(None);
    }
    if !answers("rustup", &["--version"]) {
        return Ok(Some("rustfmt or clippy, and there is no rustup to add them".to_owned()));
    }
    println!("setup: adding rustfmt and clippy to this toolchain");
    let finished = Shell::new("rustup").args(["component", "add", "rustfmt", "clippy"]).stream(|_| false)?;
    if finished.ok() && ready() {
        return Ok(None);
    }
    Ok(Some(format!("rustfmt or clippy: rustup ended with {}", finished.describe_status())))
}

/// The terminal part drives the real binary inside a real terminal, and tmux is the smallest one that can be asked what it shows.
fn tmux() -> Result<Option<String>, XtaskError> {
    if answers("tmux", &["-V"]) {
        return Ok(None);
    }
    if !answers("apt-get", &["--version"]) {
        return Ok(Some("tmux: install it with this system's package manager".to_owned()));
    }
    let Some(prefix) = root_prefix() else {
        return Ok(Some(
            "tmux: installing it needs root, and sudo asks for a password; run `apt-get install tmux`".to_owned(),
        ));
    };
    println!("setup: installing tmux with apt-get");
    for step in [&["update", "-q"][..], &["install", "-q", "-y", "--no-install-recommends", "tmux"]] {
        let words = prefix.iter().copied().chain(["apt-get"]).chain(step.iter().copied());
        let (program, args) = split(words);
        let finished = Shell::new(program).args(args).env("DEBIAN_FRONTEND", "noninteractive").stream(|_| false)?;
        if !finished.ok() {
            return Ok(Some(format!("tmux: apt-get {} ended with {}", step[0], finished.describe_status())));
        }
    }
    Ok((!answers("tmux", &["-V"])).then(|| "tmux: installed, but it does not run".to_owned()))
}

fn split<'a>(mut words: impl Iterator<Item = &'a str>) -> (&'a str, Vec<&'a str>) {
    (words.next().unwrap_or_default(), words.collect())
}

/// What to put before a command that needs root: nothing, `sudo -n`, or `None` when neither helps.
fn root_prefix() -> Option<&'static [&'static str]> {
    let user = Shell::new("id").args(["-u"]).quiet().ok()?;
    if user.lines.first().map(String::as_str) == Some("0") {
        Some(&[])
    } else if answers("sudo", &["-n", "true"]) {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

/// Where tools that we build ourselves are kept: `<cache>/tools`.
pub(crate) fn tools_dir() -> Result<PathBuf, XtaskError> {
    Ok(crate::shell::cache_home()?.join("tools"))
}
