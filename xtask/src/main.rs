//! The check list as a program, shared by people and CI.
//!
//! ```text
//! cargo xtask setup                     what the checks need and a fresh machine lacks
//! cargo xtask test [--seeds N] [--only PART]…   every check, a time budget, one closing line
//! cargo xtask bench                     the road's speed in release, beside the machine it ran on
//! ```
//!
//! `test` is a list of named parts. A part passes, fails, or is skipped with a reason, and a part that fails does not stop
//! the next one: one run shows everything that is wrong. With `CI=true` a skip counts as a failure unless its name stands
//! with a reason in `xtask/allowed-skips.toml`, so that a check cannot quietly stop being made. The last line of the
//! output is always `N passed, N failed, N skipped`, and the process ends with 0 only if nothing failed.
//!
//! Nothing here is clever on purpose: each part runs a command that a person could type, and prints it first.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its user on these streams"
)]

mod args;
mod bench;
mod budget;
mod cargo_test;
mod check_list;
mod deny;
mod setup;
mod shell;
mod skips;
mod stopwatch;
mod story;
mod tally;
mod terminal;
#[cfg(test)]
mod words;

use std::process::ExitCode;

use args::Verb;

fn main() -> ExitCode {
    let verb = match args::parse(std::env::args().skip(1)) {
        Ok(verb) => verb,
        Err(error) => {
            eprintln!("xtask: {error}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let outcome = match verb {
        Verb::Help => {
            println!("{}", args::USAGE);
            Ok(true)
        }
        Verb::Setup => setup::run().map(|missing| {
            for lack in &missing {
                println!("missing: {lack}");
            }
            missing.is_empty()
        }),
        Verb::Test(options) => check_list::run(&options),
        Verb::Bench => bench::run(),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
