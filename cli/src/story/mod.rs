//! The story: a morning without a network, and what became of the work.
//!
//! It plays in a [`Demo`] world and takes no short cut through it. A phone syncs, goes offline, and reviews, flags, notes and ships orders.
//! When it comes back, two answers are lost on purpose: the platform's to the relay, after the parcels were booked, and the
//! relay's to the phone, after the command was taken. Nobody who waits for either can know whether the work arrived. Then the
//! phone is closed and opened again, and what it confirmed is compared ([`Tally`]) with the platform's books and with its own files.
//!
//! Real time passes: a shipment can be taken back for six seconds, and leaves the phone no earlier.
//!
//! The orders of the story are reserved, so that no pretend buyer changes his mind in the middle of it; all others go on living.

mod cast;
mod tally;
mod teller;
mod work;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{Count, OrderFilter, OrderList, OrderSort, Window};
use shopkeeper_sandbox::faults::FaultError;
use tokio::sync::watch;
use tokio::time::timeout;

pub use tally::{Confirmed, Deed, Kept, Tally};

use crate::demo::{Demo, DemoError, DemoOptions};
use crate::say;
use crate::words::Words;
use teller::Teller;

/// How long anything may take before the story gives it up: far more than it needs.
const PATIENCE: Duration = Duration::from_secs(90);

/// In which world the story plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryOptions {
    /// As of [`DemoOptions`].
    pub orders: u32,
    /// As of [`DemoOptions`].
    pub seed: Option<u64>,
    /// As of [`DemoOptions`].
    pub data: Option<PathBuf>,
}

impl Default for StoryOptions {
    fn default() -> Self {
        let DemoOptions { orders, seed, data, .. } = DemoOptions::default();
        Self { orders, seed, data }
    }
}

/// Why a story could not be told to its end. What the phone confirmed until then is kept on it as ever.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// There is no world to play in.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The phone refused something that a merchant may do.
    #[error("the phone, at \"{step}\": {source}")]
    Phone {
        /// Name of the step.
        step: &'static str,
        /// What it said.
        source: CoreError,
    },
    /// The pretend platform lacks what the story needs.
    #[error("the pretend platform: {0}")]
    Platform(String),
    /// The lost replies could not be arranged.
    #[error("the pretend platform: {0}")]
    Fault(#[from] FaultError),
    /// Work was still under way when patience ended; it is neither lost nor delivered.
    #[error("{left} pieces of work are still under way after {seconds} seconds")]
    StillUnderWay {
        /// How many.
        left: usize,
        /// How long was waited.
        seconds: u64,
    },
    /// The story could not be written down.
    #[error("the story cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Names the step at which a phone refused.
trait At<T> {
    fn at(self, step: &'static str) -> Result<T, StoryError>;
}

impl<T> At<T> for Result<T, CoreError> {
    fn at(self, step: &'static str) -> Result<T, StoryError> {
        self.map_err(|source| StoryError::Phone { step, source })
    }
}

/// Plays the story and tells it to `out`, a line for each step; with `json` each is an object, and the last the [`Tally`] alone.
///
/// # Errors
/// [`StoryError`]. That something was lost or doubled is no error of the telling: see [`Tally::is_clean`].
pub async fn play(
    options: StoryOptions,
    words: Words,
    out: &mut (dyn Write + Send),
    json: bool,
) -> Result<Tally, StoryError> {
    let mut teller = Teller::new(words, json, out);
    teller.step("title", &say!(words, "cli.story.title"), &[])?;
    teller.step("world", &say!(words, "cli.demo.starting"), &[])?;
    let StoryOptions { orders, seed, data } = options;
    let mut demo = Box::pin(Demo::start(DemoOptions { orders, seed, data, living: true })).await?;
    let told = Box::pin(tell(&mut demo, &mut teller)).await;
    let ended = demo.shutdown().await;
    let tally = told?;
    ended?;
    teller.end(&tally)?;
    Ok(tally)
}

async fn tell(demo: &mut Demo, teller: &mut Teller<'_>) -> Result<Tally, StoryError> {
    let words = teller.words;
    sync(demo, teller).await?;
    let cast = cast::choose(demo).await?;
    let before = cast.books(demo).effects.len();

    demo.phone().set_airplane(true);
    teller.step("offline", &say!(words, "cli.story.offline"), &[])?;
    let confirmed = work::offline(demo, &cast, teller)?;
    work::come_back(demo, teller).await?;
    work::drain(demo, teller).await?;

    teller.step("reopened", &say!(words, "cli.story.reopened"), &[])?;
    demo.reopen_phone().await?;
    let kept = cast.kept(demo.phone())?;
    let mut books = cast.books(demo);
    books.effects.drain(..before);
    let tally = Tally::of(&confirmed, &books, &kept);
    let text = say!(words, "cli.story.compared", lost = tally.lost, doubled = tally.doubled);
    teller.step("compared", &text, &[("effects", books.effects.len() as u64)])?;
    Ok(tally)
}

/// The first sync. Open orders come first and can be worked on at once; the story waits for the history as well.
async fn sync(demo: &Demo, teller: &mut Teller<'_>) -> Result<(), StoryError> {
    let there = demo.world().with(|world| world.len()) as u64;
    let core = demo.phone().core();
    let (tell, mut told) = watch::channel(0);
    let observer = Arc::new(move |list: OrderList| match list.count {
        Count::Exact(count) | Count::AtLeast(count) => drop(tell.send_replace(count)),
    });
    let all = core.orders().at("synced")?.watch(OrderFilter::default(), OrderSort::Newest, Window::top(1), observer);
    let report = core.sync().at("synced")?.now().await.at("synced")?;
    let waited = timeout(PATIENCE, told.wait_for(|here| *here >= there)).await.is_ok_and(|told| told.is_ok());
    drop(all);
    let here = *told.borrow();
    if !waited {
        return Err(StoryError::Platform(format!(
            "of {there} orders {here} arrived in {} seconds",
            PATIENCE.as_secs()
        )));
    }
    let text = say!(teller.words, "cli.story.synced", n = here);
    Ok(teller.step("synced", &text, &[("orders", here), ("set_aside", report.set_aside)])?)
}
