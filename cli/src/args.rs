//! The command line: what can be asked for, and how each word of it is read.
//!
//! Everything that can be said wrongly is found out here, before a file is opened; what is left after that depends on the shop. Names are
//! the core's own (`to_ship` is written `to-ship`), lines are counted from 1 as `orders show` counts them.

mod list;
mod parcel;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use shopkeeper_core::orders::{Flag, FlagFilter};

pub use list::{ListWish, NarrowWish, Sort, Tab, ViewsVerb, next_full_hour};
pub use parcel::{BadParcel, Parcel, Pieces};

use crate::demo::DemoOptions;
use crate::words::Lang;

/// How the process ends; [`crate::exit::Exit`] says it in code.
const ENDINGS: &str = "Exit status: 0 done; 1 refused, or a person has to act; 2 the command line is wrong; 3 the network or the \
                       server is out of reach, and work waits; 4 the files cannot be used.";

/// 掌柜: a shop assistant that works without a network.
///
/// Without a verb: the demo world and the app in this terminal.
#[derive(Debug, Parser)]
#[command(name = "shopkeeper", version, after_help = ENDINGS)]
pub struct CommandLine {
    /// Where the files live: a demo world's folder, or one that `pair` made.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Language of the sentences.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub lang: Lang,
    /// Answers in JSON, one document a line; errors too, on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    world: WorldWish,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

impl CommandLine {
    /// Reads a command line; the first word is the program's name.
    ///
    /// # Errors
    /// What is wrong and where; asking for help or the version is told as an error too.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let line = Self::try_parse_from(words)?;
        if line.verb.is_some() && line.world != WorldWish::default() {
            let what = "--orders and --seed make a demo world: they stand alone, or behind `story`";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, what));
        }
        Ok(line)
    }

    /// The world that is to be made where no verb was said.
    #[must_use]
    pub fn world(&self) -> WorldWish {
        self.world
    }
}

/// What a demo world is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Args)]
pub struct WorldWish {
    /// Orders of a demo shop's past two years, 2000 if not said; a kept world keeps its own.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    orders: Option<u32>,
    /// The same seed makes the same demo shop; a kept world keeps its own.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl WorldWish {
    /// The world, kept in `data` if that is a folder.
    #[must_use]
    pub fn options(self, data: Option<&Path>) -> DemoOptions {
        let usual = DemoOptions::default();
        DemoOptions {
            orders: self.orders.unwrap_or(usual.orders),
            seed: self.seed,
            data: data.map(Path::to_owned),
            ..usual
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look at orders and work on them; needs no network.
    #[command(subcommand)]
    Orders(OrdersVerb),
    /// Pull what changed, and deliver what waits.
    Sync(SyncWish),
    /// Before leaving the network: fetch what tomorrow needs, and say how complete it is. Exit status 0 only if nothing is missing.
    Provision {
        /// Only look at what is here; needs no network.
        #[arg(long)]
        look: bool,
    },
    /// What is not at the platform yet, and why.
    Outbox {
        #[command(subcommand)]
        verb: Option<OutboxVerb>,
    },
    /// Play a day without a network in a demo world, and compare it with the platform's own books.
    Story(WorldWish),
    /// Make this device known to a relay: --data is the folder it will live in.
    Pair {
        /// What the relay's `invite` shows.
        invite: String,
        /// How the shop's owner will see this device.
        #[arg(long, default_value = "shopkeeper")]
        device: String,
    },
    /// The server for real use; `relay --help` knows more.
    #[command(disable_help_flag = true)]
    Relay {
        /// Everything after `relay` is the relay's.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
        words: Vec<OsString>,
    },
}

#[derive(Debug, Subcommand)]
pub enum OrdersVerb {
    /// A stretch of the list.
    /// A stretch of the list.
    List(Box<ListWish>),
    /// Orders by whatever is remembered of them: number, waybill or phone by the end, goods, buyer, region, notes, first letters of pinyin.
    Search(SearchWish),
    /// Lists that were given a name.
    Views {
        #[command(subcommand)]
        verb: Option<ViewsVerb>,
    },
    /// An order in full.
    Show {
        #[command(flatten)]
        order: Which,
    },
    /// Save the waybill of one parcel or of several; on its way after six seconds, in which `outbox undo` takes it back.
    Ship(ShipWish),
    /// Put a flag on an order, or take it off.
    Flag {
        #[command(flatten)]
        order: Which,
        #[arg(value_enum)]
        flag: FlagChoice,
        #[command(flatten)]
        then: Then,
    },
    /// Write a private note; with --platform the one that every seat of the shop sees.
    Note {
        #[command(flatten)]
        order: Which,
        /// An empty text takes the note away.
        text: String,
        /// The note at the platform.
        #[arg(long)]
        platform: bool,
        #[command(flatten)]
        then: Then,
    },
}

impl OrdersVerb {
    /// Whether a sync follows.
    #[must_use]
    pub fn then_sync(&self) -> bool {
        match self {
            Self::List(_) | Self::Search(_) | Self::Views { .. } | Self::Show { .. } => false,
            Self::Ship(wish) => wish.then.sync,
            Self::Flag { then, .. } | Self::Note { then, .. } => then.sync,
        }
    }
}

/// Which order is meant.
#[derive(Debug, Args)]
pub struct Which {
    /// The order's key, its number, or the last 4 to 8 digits of that.
    #[arg(value_name = "ORDER")]
    pub order: String,
}

/// What follows a tap.
#[derive(Debug, Clone, Copy, Args)]
pub struct Then {
    /// Print the receipt, then do what `sync` does.
    #[arg(long = "sync")]
    pub sync: bool,
}

#[derive(Debug, Args)]
pub struct SearchWish {
    /// Words, each of which has to be somewhere in an order.
    #[arg(required = true, value_name = "TEXT")]
    pub text: Vec<String>,
    /// How many orders at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    /// Go on where an earlier answer ended: its `after`, with the same words.
    #[arg(long, value_name = "ANCHOR")]
    pub after: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["waybill", "parcel"]))]
pub struct ShipWish {
    #[command(flatten)]
    pub order: Which,
    /// The only parcel's waybill.
    #[arg(long, value_name = "W")]
    pub waybill: Option<String>,
    /// Its carrier's code; without it the waybill's shape decides.
    #[arg(long, value_name = "C", requires = "waybill", conflicts_with = "parcel")]
    pub carrier: Option<String>,
    /// Its lines and pieces, `1:2,2:1`; without it everything that is left.
    #[arg(long, requires = "waybill", conflicts_with = "parcel")]
    pub lines: Option<Pieces>,
    /// One of several parcels: waybill, carrier if need be, lines and pieces.
    #[arg(long, value_name = "W[,C][:LINES]")]
    pub parcel: Vec<Parcel>,
    #[command(flatten)]
    pub then: Then,
}

impl ShipWish {
    /// The parcels, however they were said.
    #[must_use]
    pub fn parcels(&self) -> Vec<Parcel> {
        let only = self.waybill.as_ref().map(|waybill| Parcel {
            waybill: waybill.clone(),
            carrier: self.carrier.clone(),
            pieces: self.lines.clone(),
        });
        only.into_iter().chain(self.parcel.iter().cloned()).collect()
    }
}

#[derive(Debug, Clone, Copy, Args)]
pub struct SyncWish {
    /// How long queued work may take to be delivered; what is left then goes on waiting.
    #[arg(long, value_name = "SECONDS", default_value_t = SyncWish::WAIT)]
    pub wait: u32,
}

impl SyncWish {
    /// Enough for the undo time, a lost reply and a look-up.
    const WAIT: u32 = 60;
}

impl Default for SyncWish {
    fn default() -> Self {
        Self { wait: Self::WAIT }
    }
}

#[derive(Debug, Clone, Subcommand)]
pub enum OutboxVerb {
    /// Everything that has not ended, the most urgent first.
    List,
    /// Take fresh work back, as if it had never been typed.
    Undo { id: String },
    /// Take back work that waits or was refused.
    Withdraw { id: String },
    /// Send refused work again, on today's facts.
    Retry { id: String },
    /// Send again whatever was refused.
    RetryAll,
}

/// A flag to put on; `none` takes it off.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FlagChoice {
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    None,
}

impl From<FlagChoice> for Option<Flag> {
    fn from(choice: FlagChoice) -> Self {
        match choice {
            FlagChoice::Red => Some(Flag::Red),
            FlagChoice::Orange => Some(Flag::Orange),
            FlagChoice::Yellow => Some(Flag::Yellow),
            FlagChoice::Green => Some(Flag::Green),
            FlagChoice::Blue => Some(Flag::Blue),
            FlagChoice::Purple => Some(Flag::Purple),
            FlagChoice::None => None,
        }
    }
}

/// A flag to look for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FlagWanted {
    Any,
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
}

impl From<FlagWanted> for FlagFilter {
    fn from(wanted: FlagWanted) -> Self {
        match wanted {
            FlagWanted::Any => Self::Any,
            FlagWanted::Red => Self::Is(Flag::Red),
            FlagWanted::Orange => Self::Is(Flag::Orange),
            FlagWanted::Yellow => Self::Is(Flag::Yellow),
            FlagWanted::Green => Self::Is(Flag::Green),
            FlagWanted::Blue => Self::Is(Flag::Blue),
            FlagWanted::Purple => Self::Is(Flag::Purple),
        }
    }
}

#[cfg(test)]
mod tests;
