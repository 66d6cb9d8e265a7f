//! `relay`: the same program as `shopkeeper-relay`, so that one binary is enough for real use.

use std::ffi::OsString;
use std::io::Write;

use super::VerbError;
use crate::exit::Exit;

pub(super) async fn run(words: Vec<OsString>, out: &mut (dyn Write + Send)) -> Result<Exit, VerbError> {
    // What is no text cannot be a value of the configuration.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let words = std::iter::once("shopkeeper relay".into()).chain(words);
    shopkeeper_relay::run_cli(words, environment, out).await?;
    Ok(Exit::Ok)
}
