//! The front door: what `shopkeeper` without a verb does.
//!
//! In a terminal it opens the app: on the phone that `pair` made in `--data DIR`, or else on a demo world, which is set up first (in `DIR`,
//! or in a folder that goes with it). Where nobody could press a key, it plays the story instead.

use std::io::{IsTerminal as _, Write};

use crate::args::WorldWish;
use crate::demo::{Demo, is_demo, phone_folder};
use crate::exit::Exit;
use crate::phone::Phone;
use crate::say;
use crate::tui::driver;
use crate::verbs::{DEVICE, Setting, VerbError, story};

/// Does what is done without a verb.
///
/// # Errors
/// [`VerbError`].
pub async fn open(wish: WorldWish, setting: Setting<'_>, out: &mut (dyn Write + Send)) -> Result<Exit, VerbError> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        if !setting.json {
            writeln!(out, "{}", say!(setting.words, "cli.not_a_terminal"))?;
        }
        return story::run(wish, setting, out).await;
    }
    let lang = setting.words.lang();
    if let Some(dir) = setting.data.filter(|dir| !is_demo(dir) && phone_folder(dir).is_dir()) {
        let phone = Phone::open(&phone_folder(dir), DEVICE)?;
        let shown = driver::run(&phone, lang, false).await;
        let closed = phone.close().await;
        shown?;
        closed?;
        return Ok(Exit::Ok);
    }
    writeln!(out, "{}", say!(setting.words, "cli.demo.starting"))?;
    let demo = Demo::start(wish.options(setting.data)).await?;
    let shown = driver::run(demo.phone(), lang, true).await;
    let closed = demo.shutdown().await;
    shown?;
    closed?;
    Ok(Exit::Ok)
}
