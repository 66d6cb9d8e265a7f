//! Verbs: the shop for scripts, and for a person who would rather type.
//!
//! A verb opens the phone that lives in `--data DIR`, says one thing and ends. Two kinds of folder hold a phone: a demo world's, and one
//! that `pair` made; they differ only in who runs platform and relay ([`place`]).
//!
//! Reading and tapping are what they are in the app: they need no network and wait for none. The receipt of a tap is printed once the
//! core has it on disk, and has left this process before anything else happens; a kill after that loses nothing. Only `sync` (and `--sync`
//! after a tap) goes to the network, and it waits until the outbox is empty, because the process ends with it.
//!
//! What a verb says is a value with two forms, sentences and JSON ([`speaker`]). What goes wrong is one too ([`VerbError`]).

mod failure;
mod orders;
mod outbox;
mod pair;
mod place;
mod provision;
mod relay;
mod speaker;
pub(crate) mod story;
mod sync;

use std::io::Write;
use std::path::Path;

pub use failure::{VerbError, usage_json};
pub(crate) use place::DEVICE;

use crate::args::Verb;
use crate::exit::Exit;
use crate::words::Words;
use place::{Open, Place};
use speaker::Speaker;

/// What was said beside the verb.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub data: Option<&'a Path>,
    pub words: Words,
    pub json: bool,
}

/// Does what a verb says, and writes to `out` what there is to answer. Has to run inside a tokio runtime.
///
/// # Errors
/// [`VerbError`]; the caller says it. What was answered before it holds.
pub async fn run(verb: Verb, setting: Setting<'_>, out: &mut (dyn Write + Send)) -> Result<Exit, VerbError> {
    let mut speaker = Speaker::new(out, setting.json, setting.words);
    match verb {
        Verb::Relay { words } => return relay::run(words, speaker.out()).await,
        Verb::Pair { invite, device } => {
            return pair::run(&invite, &device, &Place::to_pair(setting.data)?, &mut speaker).await;
        }
        Verb::Story(wish) => return story::run(wish, setting, speaker.out()).await,
        _ => {}
    }
    let place = Place::of(setting.data)?;
    let open = if wants_network(&verb) { place.online().await? } else { place.offline()? };
    let done = in_shop(verb, &open, &mut speaker).await;
    let closed = open.close().await;
    let exit = done?;
    closed.map(|()| exit)
}

fn wants_network(verb: &Verb) -> bool {
    match verb {
        Verb::Sync(_) => true,
        Verb::Provision { look } => !look,
        Verb::Orders(verb) => verb.then_sync(),
        _ => false,
    }
}

async fn in_shop(verb: Verb, open: &Open, speaker: &mut Speaker<'_>) -> Result<Exit, VerbError> {
    let core = open.phone().core();
    match verb {
        Verb::Orders(verb) => {
            let then_sync = verb.then_sync();
            orders::run(verb, core, speaker)?;
            if then_sync { sync::run(crate::args::SyncWish::default(), core, speaker).await } else { Ok(Exit::Ok) }
        }
        Verb::Sync(wish) => sync::run(wish, core, speaker).await,
        Verb::Provision { look } => provision::run(look, core, speaker).await,
        Verb::Outbox { verb } => outbox::run(verb, core, speaker),
        // None of them is about a shop that is here, and all have been done above.
        Verb::Pair { .. } | Verb::Relay { .. } | Verb::Story(_) => Ok(Exit::Ok),
    }
}
