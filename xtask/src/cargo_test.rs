//! Reads what `cargo test` prints: which binary ran, what came of each, which tests were ignored.
//!
//! Cargo has no stable machine format for this, so these are the human lines, and a run that ends badly without a line
//! that says so (a test binary that was killed, a compile error) is counted as one failure by the caller.

use crate::{
    shell::{Finished, Shell, XtaskError},
    tally::Tally,
};

/// Where cargo's own `Running …` or `Doc-tests …` line said the following results come from.
const NO_TARGET: &str = "(no target named)";

/// What a `cargo test` run amounted to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    /// `test result: …` lines, each with the target it belongs to; those without a single test are left out.
    pub(crate) results: Vec<String>,
    /// Names of tests marked `#[ignore]`, in order.
    pub(crate) ignored: Vec<String>,
}

/// Runs cargo with these arguments and reads its lines. Result lines are held back: the check list prints them once, at its end.
pub(crate) fn run(shell: Shell) -> Result<(Finished, Report), XtaskError> {
    let finished = shell.stream(|line| result_line(line).is_some())?;
    let report = read(&finished.lines);
    Ok((finished, report))
}

pub(crate) fn read(lines: &[String]) -> Report {
    let mut report = Report::default();
    let mut target = NO_TARGET;
    for line in lines {
        if let Some(named) = target_line(line) {
            target = named;
        } else if let Some(tally) = result_line(line) {
            if tally != Tally::default() {
                report.results.push(format!("{line} [{target}]"));
            }
            report.tally += tally;
        } else if let Some(name) = ignored_line(line) {
            report.ignored.push(name.to_owned());
        }
    }
    report
}

/// `Running unittests src/lib.rs (…/deps/shopkeeper_core-1f2e)` → `unittests src/lib.rs · shopkeeper_core`.
fn target_line(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("Running ").or_else(|| line.starts_with("Doc-tests ").then_some(line))?;
    // Only the file name of the binary: the folder is this machine's business.
    match rest.split_once(" (") {
        None => Some(rest),
        Some((what, path)) => {
            let file = path.trim_end_matches(')').rsplit(['/', '\\']).next().unwrap_or(what);
            Some(file.rsplit_once('-').map_or(file, |(name, _hash)| name))
        }
    }
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s`
fn result_line(line: &str) -> Option<Tally> {
    let rest = line.strip_prefix("test result: ")?;
    let (_verdict, counts) = rest.split_once(". ")?;
    let mut tally = Tally::default();
    let mut seen = 0;
    for count in counts.split("; ") {
        let mut words = count.split(' ');
        let (Some(number), Some(what)) = (words.next().and_then(|n| n.parse().ok()), words.next()) else { continue };
        match what {
            "passed" => tally.passed = number,
            "failed" => tally.failed = number,
            "ignored" => tally.skipped = number,
            _ => continue,
        }
        seen += 1;
    }
    (seen == 3).then_some(tally)
}

/// `test module::name ... ignored, reason` → `module::name`.
fn ignored_line(line: &str) -> Option<&str> {
    let (name, verdict) = line.strip_prefix("test ")?.split_once(" ... ")?;
    (verdict == "ignored" || verdict.starts_with("ignored,")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn sums_results_and_names_their_targets() {
        let report = read(&lines(
            "\
   Compiling shopkeeper-core v0.1.0
     Running unittests src/lib.rs (target/debug/deps/shopkeeper_core-0a1b2c3d4e5f)
running 3 tests
test money::fen_are_whole ... ok
test net::slow ... ignored, needs a network
test net::slower ... ignored
test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s
     Running tests/main.rs (target/debug/deps/end_to_end-99aa)
test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.50s
   Doc-tests shopkeeper_core
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
",
        ));
        assert_eq!(report.tally, Tally { passed: 5, failed: 2, skipped: 2 });
        assert_eq!(report.ignored, ["net::slow", "net::slower"]);
        assert_eq!(report.results.len(), 2, "a target without tests is noise");
        assert!(report.results[0].ends_with("finished in 0.01s [shopkeeper_core]"), "{}", report.results[0]);
        assert!(report.results[1].ends_with("[end_to_end]"), "{}", report.results[1]);
    }

    #[test]
    fn takes_no_other_line_for_a_result() {
        let cases = [
            "test result: something else entirely",
            "test result: ok. 3 passed",
            "the test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured",
            "test result: ok. x passed; 0 failed; 0 ignored",
            "test says ... ignored things",
            "test a ... ignoredish",
            "",
        ];
        for line in cases {
            assert_eq!(result_line(line), None, "{line}");
        }
        assert_eq!(ignored_line("test a ... ignoredish"), None);
        assert_eq!(ignored_line("test a ... ok"), None);
    }

    #[test]
    fn a_result_before_any_target_is_still_counted() {
        let report = read(&lines(
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ));
        assert_eq!(report.tally.passed, 2);
        assert!(report.results[0].ends_with(NO_TARGET_IN_BRACKETS), "{}", report.results[0]);
    }

    const NO_TARGET_IN_BRACKETS: &str = "[(no target named)]";
}
