//! Why a verb did not do what was asked, how the process ends then, and what it says.

use std::path::PathBuf;

use serde::Serialize;
use shopkeeper_core::error::CoreError;

use crate::demo::{DemoError, FolderError};
use crate::exit::Exit;
use crate::phrase::Teller;
use crate::say;
use crate::story::StoryError;
use crate::tui::driver::DriverError;

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum VerbError {
    /// Which shop? Nothing was said, and a verb never makes one up.
    #[error("no --data")]
    NoData,
    /// There is no shop in the folder: no demo world was kept there and nothing was paired.
    #[error("no shop in {0}")]
    NoShop(PathBuf),
    /// A demo world has its relay in it; another one would leave its work behind.
    #[error("{0} is a demo world")]
    IsDemo(PathBuf),
    /// No order here is called that.
    #[error("no order {0}")]
    NoOrder(String),
    /// Several orders end like that.
    #[error("{count} orders end in {text}")]
    ManyOrders { text: String, count: usize },
    /// No work in the outbox is called that.
    #[error("no work {0} in the outbox")]
    NoWork(String),
    /// Several pieces of work begin like that.
    #[error("{count} pieces of work begin with {text}")]
    ManyWork { text: String, count: usize },
    #[error(transparent)]
    Core(#[from] CoreError),
    #[error(transparent)]
    Demo(DemoError),
    #[error(transparent)]
    Relay(#[from] shopkeeper_relay::CliError),
    #[error(transparent)]
    Story(StoryError),
    /// The terminal app ended without being asked to.
    #[error(transparent)]
    Terminal(DriverError),
    /// Nobody reads the answer any more, or it cannot be written.
    #[error("the answer cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl From<DemoError> for VerbError {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Phone(error) => Self::Core(error),
            other => Self::Demo(other),
        }
    }
}

impl From<StoryError> for VerbError {
    fn from(error: StoryError) -> Self {
        match error {
            StoryError::Demo(error) => error.into(),
            StoryError::Output(error) => Self::Output(error),
            other => Self::Story(other),
        }
    }
}

impl From<DriverError> for VerbError {
    fn from(error: DriverError) -> Self {
        match error {
            DriverError::Core(error) => Self::Core(error),
            other => Self::Terminal(other),
        }
    }
}

/// An error as JSON: `{"error":{"code":…,"message":…}}`, and what else belongs to the code.
#[derive(Debug, Serialize)]
struct Document<'a> {
    error: Body<'a>,
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    code: &'a str,
    /// Why, where the code alone is a family: `unpaid`, `wrong_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How many there were where one was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    message: String,
}

impl VerbError {
    /// What the process ends with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoData => Exit::Usage,
            Self::NoShop(_)
            | Self::IsDemo(_)
            | Self::NoOrder(_)
            | Self::ManyOrders { .. }
            | Self::NoWork(_)
            | Self::ManyWork { .. } => Exit::Refused,
            Self::Core(error) => Exit::of(error),
            Self::Demo(DemoError::Folder(FolderError::NotADemo { .. })) => Exit::Refused,
            Self::Demo(_) => Exit::Storage,
            Self::Story(StoryError::Phone { source, .. }) => Exit::of(source),
            Self::Story(StoryError::StillUnderWay { .. }) => Exit::OutOfReach,
            Self::Story(_) | Self::Terminal(_) => Exit::Refused,
            Self::Relay(error) => match error.exit_code() {
                0 => Exit::Ok,
                2 => Exit::Usage,
                _ => Exit::Refused,
            },
            // A reader that has seen enough is no failure of ours.
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Ok,
            Self::Output(_) => Exit::Storage,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::NoShop(_) => "no_shop",
            Self::IsDemo(_) => "is_demo",
            Self::NoOrder(_) | Self::NoWork(_) => "not_found",
            Self::ManyOrders { .. } | Self::ManyWork { .. } => "ambiguous",
            Self::Core(error) => error.code(),
            Self::Demo(_) => "demo",
            Self::Relay(_) => "relay",
            Self::Story(_) => "story",
            Self::Terminal(_) => "terminal",
            Self::Output(_) => "output",
        }
    }

    /// What happened, what was kept, what to do.
    #[must_use]
    pub fn sentence(&self, teller: &Teller) -> String {
        let words = teller.words;
        match self {
            Self::NoData => say!(words, "cli.error.no_data"),
            Self::NoShop(dir) => say!(words, "cli.error.no_shop", dir = dir.display()),
            Self::IsDemo(dir) => say!(words, "cli.error.is_demo", dir = dir.display()),
            Self::NoOrder(text) => say!(words, "order.not_found", id = text),
            Self::ManyOrders { text, count } => say!(words, "cli.error.many_orders", text = text, n = count),
            Self::NoWork(text) => say!(words, "cli.error.no_work", id = text),
            Self::ManyWork { text, count } => say!(words, "cli.error.many_work", text = text, n = count),
            Self::Core(error) => teller.error(error),
            Self::Demo(error) => say!(words, "cli.error.demo", what = error),
            Self::Relay(error) => error.to_string(),
            Self::Story(error) => say!(words, "cli.error.story", what = error),
            Self::Terminal(error) => say!(words, "cli.error.terminal", what = error),
            Self::Output(error) => say!(words, "cli.error.output", what = error),
        }
    }

    /// One line of JSON.
    #[must_use]
    pub fn json(&self, teller: &Teller) -> String {
        let reason = match self {
            Self::Core(CoreError::NotPossible(reason)) => Some(reason.to_string()),
            Self::Core(CoreError::Pairing(why)) => Some((*why).to_owned()),
            Self::Core(CoreError::BadInput { field, .. }) => Some((*field).to_owned()),
            _ => None,
        };
        let count = match self {
            Self::ManyOrders { count, .. } | Self::ManyWork { count, .. } => Some(*count),
            _ => None,
        };
        document(Body { code: self.code(), reason, count, message: self.sentence(teller) })
    }
}

/// What the command line's own reader says about bad words, as JSON.
#[must_use]
pub fn usage_json(error: &clap::Error) -> String {
    let message = error.to_string();
    document(Body { code: "usage", reason: None, count: None, message: message.trim_end().to_owned() })
}

fn document(error: Body<'_>) -> String {
    // Three strings and a number always fit into JSON; were it otherwise, the exit status still says it.
    serde_json::to_string(&Document { error }).unwrap_or_default()
}
