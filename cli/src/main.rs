//! `shopkeeper`: reads the command line, has it done, and says how it ended.

use std::io::Write as _;
use std::process::ExitCode;

use shopkeeper_cli::args::{CommandLine, Verb};
use shopkeeper_cli::exit::Exit;
use shopkeeper_cli::front;
use shopkeeper_cli::phrase::Teller;
use shopkeeper_cli::told_to_end::told_to_end;
use shopkeeper_cli::verbs::{self, Setting, VerbError};
use shopkeeper_cli::words::Words;
use shopkeeper_core::ports::{SystemClock, WallClock as _};
use shopkeeper_core::time::{Instant, ShopZone};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let line = match CommandLine::read(std::env::args_os()) {
        Ok(line) => line,
        Err(error) => return not_understood(&error).into(),
    };
    let (words, json) = (Words::of(line.lang), line.json);
    log(line.verb.as_ref());
    match run(line, words) {
        Ok(exit) => exit,
        Err(error) => failed(&error, words, json).into(),
    }
}

fn run(line: CommandLine, words: Words) -> Result<ExitCode, VerbError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let setting = Setting { data: line.data.as_deref(), words, json: line.json };
    let mut out = std::io::stdout();
    let world = line.world();
    let work = async {
        match line.verb {
            Some(verb) => Box::pin(verbs::run(verb, setting, &mut out)).await,
            None => Box::pin(front::open(world, setting, &mut out)).await,
        }
    };
    runtime.block_on(async {
        tokio::select! {
            // Signals are heard before there is anything that one could leave behind.
            biased;
            told = told_to_end() => Ok(told.exit()),
            done = work => Ok(done?.into()),
        }
    })
}

/// A relay's owner reads its log; whoever uses a verb reads its answer, and the log only on request (`RUST_LOG`).
fn log(verb: Option<&Verb>) {
    let quiet = if matches!(verb, Some(Verb::Relay { .. })) { "shopkeeper_relay=info" } else { "off" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(quiet));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Help and the version go to standard output and are no failure.
fn not_understood(error: &clap::Error) -> Exit {
    let json = std::env::args_os().any(|word| word == "--json");
    // If even this cannot be written, the exit status still says it.
    if error.use_stderr() && json {
        let _ = writeln!(std::io::stderr(), "{}", verbs::usage_json(error));
    } else {
        let _ = error.print();
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Ok }
}

fn failed(error: &VerbError, words: Words, json: bool) -> Exit {
    let teller = Teller { words, zone: ShopZone::default(), now: Instant::from_ms(SystemClock.now_ms()) };
    let text = match error {
        // The relay's own help and usage come as they are.
        VerbError::Relay(inner) if inner.exit_code() == 0 => {
            let _ = write!(std::io::stdout(), "{inner}");
            return Exit::Ok;
        }
        _ if json => error.json(&teller),
        _ => error.sentence(&teller),
    };
    if error.exit() != Exit::Ok {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
    error.exit()
}
