//! `shopkeeper-relay`.

use std::io::Write as _;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("shopkeeper_relay=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let error = match run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    // If even this cannot be written, the exit code still says it.
    let _ = match error.exit_code() {
        0 => writeln!(std::io::stdout(), "{error}"),
        _ => writeln!(std::io::stderr(), "{error}"),
    };
    ExitCode::from(error.exit_code())
}

fn run() -> Result<(), shopkeeper_relay::CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // What is no text cannot be a value of the configuration.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    runtime.block_on(shopkeeper_relay::run_cli(std::env::args_os(), environment, &mut std::io::stdout()))
}
