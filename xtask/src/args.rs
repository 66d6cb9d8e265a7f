//! What was typed after `cargo xtask`. Written by hand: three verbs do not pay for an argument parser in the first
//! crate that a fresh clone compiles.

use thiserror::Error;

/// How many seeds the simulation part runs when nobody says otherwise; CI uses this number.
pub(crate) const DEFAULT_SEEDS: u32 = 200;

pub(crate) const USAGE: &str = "\
usage: cargo xtask <verb>

  setup                      install what the checks need (rustup components, tmux, cargo-deny); quick when all is there
  test [options]             run every check; the last line is `N passed, N failed, N skipped`
      --seeds N              simulation seeds (default 200, or the environment's SHOPKEEPER_SIM_SEEDS)
      --only PART            only this part; may be repeated
      --list                 name the parts and stop
  bench                      run the benches in release and print the machine they ran on";

/// One line of intent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    Setup,
    Test(TestOptions),
    Bench,
}

/// What `test` was asked to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestOptions {
    /// `None` leaves it to the environment, then to [`DEFAULT_SEEDS`].
    pub(crate) seeds: Option<u32>,
    /// Part names; empty means all.
    pub(crate) only: Vec<String>,
    pub(crate) list: bool,
}

/// Why a command line was not understood; always names the word.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ArgsError {
    #[error("a verb is missing")]
    NoVerb,
    #[error("unknown verb `{0}`")]
    UnknownVerb(String),
    #[error("unknown option `{0}`")]
    UnknownOption(String),
    #[error("`{0}` needs a value")]
    NoValue(&'static str),
    #[error("the number of seeds is a whole number, at least 1, not `{0}`")]
    BadSeeds(String),
}

pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Verb, ArgsError> {
    let mut words = words.into_iter();
    let verb = match words.next().as_deref() {
        None => return Err(ArgsError::NoVerb),
        Some("help" | "--help" | "-h") => Verb::Help,
        Some("setup") => Verb::Setup,
        Some("bench") => Verb::Bench,
        Some("test") => return parse_test(words).map(Verb::Test),
        Some(other) => return Err(ArgsError::UnknownVerb(other.to_owned())),
    };
    match words.next() {
        None => Ok(verb),
        Some(extra) => Err(ArgsError::UnknownOption(extra)),
    }
}

fn parse_test(mut words: impl Iterator<Item = String>) -> Result<TestOptions, ArgsError> {
    let mut options = TestOptions::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => {
                let value = words.next().ok_or(ArgsError::NoValue("--seeds"))?;
                options.seeds = Some(parse_seeds(&value)?);
            }
            "--only" => options.only.push(words.next().ok_or(ArgsError::NoValue("--only"))?),
            "--list" => options.list = true,
            _ => return Err(ArgsError::UnknownOption(word)),
        }
    }
    Ok(options)
}

/// A seed count: a whole number of at least 1, since a simulation of no seeds would pass without having run.
pub(crate) fn parse_seeds(text: &str) -> Result<u32, ArgsError> {
    text.parse().ok().filter(|&n| n >= 1).ok_or_else(|| ArgsError::BadSeeds(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Verb, ArgsError> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn understands_each_verb() {
        let cases = [
            ("setup", Verb::Setup),
            ("bench", Verb::Bench),
            ("--help", Verb::Help),
            ("test", Verb::Test(TestOptions::default())),
            (
                "test --seeds 7 --only story --only terminal",
                Verb::Test(TestOptions {
                    seeds: Some(7),
                    only: vec!["story".to_owned(), "terminal".to_owned()],
                    list: false,
                }),
            ),
            ("test --list", Verb::Test(TestOptions { list: true, ..TestOptions::default() })),
        ];
        for (line, want) in cases {
            assert_eq!(parsed(line), Ok(want), "{line}");
        }
    }

    #[test]
    fn names_the_word_that_is_wrong() {
        let cases = [
            ("", ArgsError::NoVerb),
            ("tset", ArgsError::UnknownVerb("tset".to_owned())),
            ("setup now", ArgsError::UnknownOption("now".to_owned())),
            ("test --seed 3", ArgsError::UnknownOption("--seed".to_owned())),
            ("test --seeds", ArgsError::NoValue("--seeds")),
            ("test --seeds 0", ArgsError::BadSeeds("0".to_owned())),
            ("test --seeds -1", ArgsError::BadSeeds("-1".to_owned())),
            ("test --only", ArgsError::NoValue("--only")),
        ];
        for (line, want) in cases {
            assert_eq!(parsed(line), Err(want), "{line}");
        }
    }
}
