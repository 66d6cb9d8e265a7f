//! `cargo xtask test`: the parts in order, then what they came to.

use std::path::PathBuf;

use crate::{
    args::{self, DEFAULT_SEEDS, TestOptions},
    budget::{self, Spent},
    cargo_test, deny, setup,
    shell::{Finished, Shell, XtaskError},
    skips::{self, AllowedSkips, Skip},
    stopwatch::Stopwatch,
    story,
    tally::Tally,
    terminal,
};

/// How many seeds the simulation tests run; they read it themselves.
const SEEDS_VARIABLE: &str = "SHOPKEEPER_SIM_SEEDS";

/// Every simulation test stands in a module of this name, so that the plain tests and the simulation can be told apart.
const SIMULATION: &str = "simulation::";

/// What one part came to.
#[derive(Debug, Default)]
struct Outcome {
    tally: Tally,
    skips: Vec<Skip>,
    /// Sentences about what is wrong.
    problems: Vec<String>,
    /// Result lines of test binaries.
    results: Vec<String>,
}

impl Outcome {
    fn check(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self { tally: Tally::PASSED, ..Self::default() },
            Err(problem) => Self { tally: Tally::FAILED, problems: vec![problem], ..Self::default() },
        }
    }

    fn command(finished: &Finished) -> Self {
        Self::check(if finished.ok() { Ok(()) } else { Err(format!("it ended with {}", finished.describe_status())) })
    }

    fn skip(name: &str, reason: impl Into<String>) -> Self {
        let skip = Skip { name: name.to_owned(), reason: reason.into() };
        Self { tally: Tally::SKIPPED, skips: vec![skip], ..Self::default() }
    }

    fn join(mut self, other: Self) -> Self {
        self.tally += other.tally;
        self.skips.extend(other.skips);
        self.problems.extend(other.problems);
        self.results.extend(other.results);
        self
    }
}

/// What the parts share.
#[derive(Debug)]
struct Context {
    seeds: u32,
    /// Where the `build` part put the binary; `None` before it ran, or after it failed.
    built: Option<Built>,
}

#[derive(Debug, Clone)]
struct Built {
    target: PathBuf,
    binary: PathBuf,
}

type Run = fn(&mut Context) -> Result<Outcome, XtaskError>;

#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    about: &'static str,
    run: Run,
}

/// Cheap ones first: whoever forgot to format should not wait for the compiler to hear it.
const PARTS: [Part; 10] = [
    Part { name: "setup", about: "what the checks need and this machine lacks", run: run_setup },
    Part { name: "format", about: "cargo fmt --check", run: format },
    Part { name: "deny", about: "licences, sources and bans against deny.toml", run: run_deny },
    Part { name: "advisories", about: "known vulnerabilities", run: advisories },
    Part { name: "lints", about: "clippy over everything, warnings are errors", run: lints },
    Part { name: "tests", about: "all tests but the simulation", run: tests },
    Part { name: "simulation", about: "two phones, relay and platform on one thread, many seeds", run: simulation },
    Part { name: "build", about: "the programs that the next parts run", run: build },
    Part { name: "story", about: "the binary's story: nothing lost, nothing doubled", run: run_story },
    Part { name: "terminal", about: "the binary in a terminal of 100×40 and 60×30", run: run_terminal },
];

/// Runs the parts that were asked for. `Ok(false)` when any check failed.
pub(crate) fn run(options: &TestOptions) -> Result<bool, XtaskError> {
    if options.list {
        for part in &PARTS {
            println!("{:<11} {}", part.name, part.about);
        }
        return Ok(true);
    }
    let parts = chosen(&options.only)?;
    let allowed = AllowedSkips::load()?;
    let mut context = Context { seeds: seeds(options)?, built: None };

    let mut spent = Vec::new();
    let mut sum = Outcome::default();
    for part in parts {
        println!("\n== {} ==", part.name);
        let watch = Stopwatch::start();
        // A part that could not even be run is a part that failed; the others still have something to say.
        let mut outcome = (part.run)(&mut context).unwrap_or_else(|error| Outcome::check(Err(error.to_string())));
        spent.push(Spent { part: part.name.to_owned(), time: watch.elapsed() });
        for skip in &outcome.skips {
            println!("skipped: {}: {}", skip.name, skip.reason);
        }
        for problem in &mut outcome.problems {
            *problem = format!("{}: {problem}", part.name);
            println!("FAILED: {problem}");
        }
        sum = sum.join(outcome);
    }

    if skips::strict(std::env::var("CI").ok().as_deref()) {
        for skip in allowed.forbidden(&sum.skips) {
            sum.tally += Tally::FAILED;
            let problem = "was skipped, which CI allows only to names in xtask/allowed-skips.toml";
            sum.problems.push(format!("{}: {problem}", skip.name));
        }
    }
    close(&spent, &sum);
    Ok(sum.tally.failed == 0)
}

/// The end of the output, in the order in which it is read from below: the verdict last.
fn close(spent: &[Spent], sum: &Outcome) {
    println!("\n{}", budget::table(spent));
    println!();
    for skip in &sum.skips {
        println!("skipped: {}: {}", skip.name, skip.reason);
    }
    for problem in &sum.problems {
        // The whole story stands with its part, above.
        println!("FAILED: {}", problem.lines().next().unwrap_or_default());
    }
    for result in &sum.results {
        println!("{result}");
    }
    println!("{}", sum.tally);
}

/// All parts, or the named ones in their usual order, and with them the build that they need.
fn chosen(only: &[String]) -> Result<Vec<Part>, XtaskError> {
    if only.is_empty() {
        return Ok(PARTS.to_vec());
    }
    if let Some(unknown) = only.iter().find(|name| PARTS.iter().all(|part| part.name != **name)) {
        return Err(XtaskError::UnknownPart(unknown.clone()));
    }
    let named = |name: &str| only.iter().any(|chosen| chosen == name);
    let needs_build = named("story") || named("terminal");
    Ok(PARTS.into_iter().filter(|part| named(part.name) || (part.name == "build" && needs_build)).collect())
}

fn seeds(options: &TestOptions) -> Result<u32, XtaskError> {
    match (options.seeds, std::env::var(SEEDS_VARIABLE)) {
        (Some(seeds), _) => Ok(seeds),
        (None, Ok(text)) => Ok(args::parse_seeds(&text)?),
        (None, Err(_)) => Ok(DEFAULT_SEEDS),
    }
}

fn run_setup(_: &mut Context) -> Result<Outcome, XtaskError> {
    // What is missing is no failure yet: the part that needs it says so.
    for lack in setup::run()? {
        println!("missing: {lack}");
    }
    Ok(Outcome::default())
}

fn format(_: &mut Context) -> Result<Outcome, XtaskError> {
    Ok(Outcome::command(&Shell::cargo().args(["fmt", "--all", "--check"]).stream(|_| false)?))
}

fn run_deny(_: &mut Context) -> Result<Outcome, XtaskError> {
    Ok(match deny::check()? {
        Some(finished) => Outcome::command(&finished),
        None => Outcome::skip("deny", "cargo-deny is not installed; `cargo xtask setup` builds it"),
    })
}

fn advisories(_: &mut Context) -> Result<Outcome, XtaskError> {
    Ok(Outcome::skip(
        "advisories",
        "the advisory database comes from the network: `cargo deny check advisories` at a desk",
    ))
}

fn lints(_: &mut Context) -> Result<Outcome, XtaskError> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    Ok(Outcome::command(&Shell::cargo().args(args).stream(|_| false)?))
}

fn tests(_: &mut Context) -> Result<Outcome, XtaskError> {
    let args = ["test", "--workspace", "--locked", "--no-fail-fast", "--", "--skip", SIMULATION];
    run_tests(Shell::cargo().args(args))
}

fn simulation(context: &mut Context) -> Result<Outcome, XtaskError> {
    println!("{SEEDS_VARIABLE}={}", context.seeds);
    // The whole workspace again, although one crate holds these tests: a smaller selection would have other features,
    // and the dependencies would be compiled a second time.
    let args = ["test", "--workspace", "--locked", "--no-fail-fast", "--tests", "--", SIMULATION];
    let outcome = run_tests(Shell::cargo().args(args).env(SEEDS_VARIABLE, context.seeds.to_string()))?;
    if outcome.tally == Tally::default() {
        return Ok(Outcome::skip("simulation", format!("there is no test under `{SIMULATION}`")));
    }
    Ok(outcome)
}

fn run_tests(shell: Shell) -> Result<Outcome, XtaskError> {
    let (finished, report) = cargo_test::run(shell)?;
    let skips = report.ignored.into_iter().map(|name| Skip { name, reason: "marked #[ignore]".to_owned() }).collect();
    let mut outcome = Outcome { tally: report.tally, skips, results: report.results, ..Outcome::default() };
    if !finished.ok() {
        outcome.problems.push(format!("cargo test ended with {}", finished.describe_status()));
        // Nothing compiled, or a test binary died without a result line: that is a failure which no line has counted.
        if outcome.tally.failed == 0 {
            outcome.tally += Tally::FAILED;
        }
    }
    Ok(outcome)
}

fn build(context: &mut Context) -> Result<Outcome, XtaskError> {
    let finished = Shell::cargo().args(["build", "--workspace", "--locked", "--bins"]).stream(|_| false)?;
    if finished.ok() {
        let target = target_directory()?;
        let binary = target.join("debug").join("shopkeeper");
        context.built = Some(Built { target, binary });
        return Ok(Outcome::default());
    }
    Ok(Outcome::command(&finished))
}

/// Where cargo puts what it builds, by its own word: the variable, a config file and the default all count.
fn target_directory() -> Result<PathBuf, XtaskError> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let finished = Shell::cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]).quiet()?;
    let malformed = |what: String| XtaskError::Malformed { path: PathBuf::from("cargo metadata"), what };
    let line =
        finished.lines.iter().find(|line| line.starts_with('{')).ok_or_else(|| malformed("no JSON".to_owned()))?;
    let metadata: Metadata = serde_json::from_str(line).map_err(|error| malformed(error.to_string()))?;
    Ok(metadata.target_directory)
}

/// Whether the program offers a verb, by its own help. A part that plays what the program cannot do yet is a skip, which CI allows
/// only while `allowed-skips.toml` names it.
fn offers(built: &Built, verb: &str) -> Result<bool, XtaskError> {
    let help = Shell::new(&built.binary).args(["--help"]).quiet()?;
    Ok(help.ok() && help.lines.iter().any(|line| line.split_whitespace().next() == Some(verb)))
}

const NO_STORY: &str = "the program offers no `story` yet";

const NOT_BUILT: &str = "there is no binary, since the build failed";

fn run_story(context: &mut Context) -> Result<Outcome, XtaskError> {
    let Some(built) = &context.built else { return Ok(Outcome::check(Err(NOT_BUILT.to_owned()))) };
    if !offers(built, "story")? {
        return Ok(Outcome::skip("story", NO_STORY));
    }
    let json = story::as_json(&built.binary)?.map_err(|problem| format!("story --json: {problem}"));
    let text = story::as_text(&built.binary)?.map_err(|problem| format!("without a terminal: {problem}"));
    Ok(Outcome::check(json).join(Outcome::check(text)))
}

fn run_terminal(context: &mut Context) -> Result<Outcome, XtaskError> {
    let Some(built) = &context.built else { return Ok(Outcome::check(Err(NOT_BUILT.to_owned()))) };
    if !offers(built, "story")? {
        return Ok(Outcome::skip("terminal", NO_STORY));
    }
    if !crate::shell::answers("tmux", &["-V"]) {
        return Ok(Outcome::skip("terminal", "tmux is not installed; `cargo xtask setup` says why"));
    }
    let mut sum = Outcome::default();
    for window in terminal::WINDOWS {
        let name = window.name();
        println!("{name}");
        let result = terminal::play(&built.binary, &built.target, window)?;
        sum = sum.join(Outcome::check(result.map_err(|problem| format!("{name}: {problem}"))));
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Result<Vec<&'static str>, String> {
        let only: Vec<String> = only.iter().map(|&name| name.to_owned()).collect();
        chosen(&only).map(|parts| parts.iter().map(|part| part.name).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn chooses_parts_in_their_order_with_what_they_need() {
        assert_eq!(names(&[]).unwrap().len(), PARTS.len());
        assert_eq!(names(&["tests", "format"]).unwrap(), ["format", "tests"]);
        assert_eq!(names(&["terminal"]).unwrap(), ["build", "terminal"]);
        assert!(names(&["format", "formt"]).unwrap_err().contains("`formt`"));
    }

    #[test]
    fn outcomes_add_up() {
        let sum = Outcome::check(Ok(()))
            .join(Outcome::check(Err("no".to_owned())))
            .join(Outcome::skip("advisories", "network"));
        assert_eq!(sum.tally, Tally { passed: 1, failed: 1, skipped: 1 });
        assert_eq!(sum.problems, ["no"]);
        assert_eq!(sum.skips.len(), 1);
    }

    #[test]
    fn an_asked_number_of_seeds_wins() {
        let options = TestOptions { seeds: Some(3), ..TestOptions::default() };
        assert_eq!(seeds(&options).unwrap(), 3);
    }
}
