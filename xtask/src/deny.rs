//! cargo-deny: licences, sources and bans of the dependency tree, against `deny.toml`.
//!
//! One version is pinned, built once into a cache outside the tree (about 2½ minutes on two cores) and found there by
//! later clones; a check takes under a second. The fourth check, advisories, needs a database from the network and is a
//! skip with a reason.

use std::path::PathBuf;

use crate::{
    setup::tools_dir,
    shell::{Finished, Shell, XtaskError},
};

/// Raise it together with a look at its change log: its verdicts are part of ours.
const VERSION: &str = "0.20.2";

/// Installs the pinned version where it is not yet. `Some` says why there is none now.
pub(crate) fn install() -> Result<Option<String>, XtaskError> {
    if found()?.is_some() {
        return Ok(None);
    }
    let root = tools_dir()?;
    println!("setup: building cargo-deny {VERSION} once (some minutes; kept for later runs)");
    let build = root.join("build");
    let finished = Shell::cargo()
        .args(["install", "cargo-deny", "--locked", "--quiet", "--version", VERSION, "--root"])
        .args([&root])
        .env("CARGO_TARGET_DIR", &build)
        .stream(|_| false)?;
    if !finished.ok() {
        return Ok(Some(format!("cargo-deny {VERSION}: cargo install ended with {}", finished.describe_status())));
    }
    // What is left of the build is 300 MB that nobody needs again; a failure to remove it costs only space.
    if let Err(error) = std::fs::remove_dir_all(&build) {
        println!("setup: the build folder of cargo-deny could not be removed: {error}");
    }
    Ok(found()?.is_none().then(|| format!("cargo-deny {VERSION}: installed, but it does not run")))
}

/// Checks licences, bans and sources; `None` where cargo-deny is not there.
pub(crate) fn check() -> Result<Option<Finished>, XtaskError> {
    let Some(program) = found()? else { return Ok(None) };
    let args = ["--locked", "--log-level", "error", "check", "licenses", "bans", "sources"];
    Shell::new(program).args(args).stream(|_| false).map(Some)
}

/// The pinned version, in our cache or on the path.
fn found() -> Result<Option<PathBuf>, XtaskError> {
    let ours = tools_dir()?.join("bin").join("cargo-deny");
    Ok([ours, PathBuf::from("cargo-deny")].into_iter().find(|program| {
        let version = Shell::new(program).args(["--version"]).quiet();
        version.is_ok_and(|finished| finished.ok() && is_pinned(&finished.lines))
    }))
}

fn is_pinned(lines: &[String]) -> bool {
    lines.iter().any(|line| line.split_whitespace().eq(["cargo-deny", VERSION]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_counts() {
        let cases = [
            (format!("cargo-deny {VERSION}"), true),
            ("cargo-deny 0.1.0".to_owned(), false),
            (format!("cargo-denial {VERSION}"), false),
            (String::new(), false),
        ];
        for (line, want) in cases {
            assert_eq!(is_pinned(std::slice::from_ref(&line)), want, "{line}");
        }
    }
}
