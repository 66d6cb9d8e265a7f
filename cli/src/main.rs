//! `shopkeeper`: says, in the language asked for, how far the program is.

use std::io::Write as _;

use clap::Parser;
use shopkeeper_cli::words::{Lang, Words};

/// 掌柜: a shop assistant that works without a network.
#[derive(Debug, Parser)]
#[command(name = "shopkeeper", version)]
struct Args {
    /// Language of the sentences.
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

fn main() -> std::io::Result<()> {
    let words = Words::of(Args::parse().lang);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", words.say("cli.about", &[]))?;
    writeln!(out, "{}", words.say("coming.road", &[]))
}
