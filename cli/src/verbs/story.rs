//! `story`: a day without a network, compared with the platform's own books.

use std::io::Write;

use super::{Setting, VerbError};
use crate::args::WorldWish;
use crate::demo::DemoOptions;
use crate::exit::Exit;
use crate::story::{StoryOptions, play};

/// Plays it; ends well if nothing is lost and nothing is doubled.
pub(crate) async fn run(
    wish: WorldWish,
    setting: Setting<'_>,
    out: &mut (dyn Write + Send),
) -> Result<Exit, VerbError> {
    let DemoOptions { orders, seed, data, .. } = wish.options(setting.data);
    let tally = play(StoryOptions { orders, seed, data }, setting.words, out, setting.json).await?;
    Ok(if tally.is_clean() { Exit::Ok } else { Exit::Refused })
}
