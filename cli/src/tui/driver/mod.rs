//! The part of the terminal app that touches the world: it holds the phone, the terminal and the keys, and joins them by one loop.
//!
//! ```text
//!   keys ───────────┐                       ┌──► terminal (drawn once for all that was ready)
//!   core's watches ─┼──► loop ──► App::update
//!   link, seconds ──┘       ▲               └──► effects ──► Hands ──┬─ taps: at once, on the core
//!                           └────────── outcomes ◄───────────────────┴─ network: a task that answers later
//! ```
//!
//! [`run`] takes the terminal over and gives it back, also after an error or a panic ([`screen`]). [`drive`] is the loop itself and knows
//! no terminal: it takes keys from any stream and paints on any backend, so a test can be the person in front of it.
//!
//! A tap is done at once, because it is: the core answers once it is durable, within milliseconds, and what the next key means may depend
//! on it. Whatever talks with the relay runs as a task; the loop never waits for a network. Whatever is ready is taken before the next
//! frame, so a burst of news (a first sync tells of every page) costs one frame and not a hundred.

mod hands;
mod screen;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::IsTerminal as _;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;
use shopkeeper_core::error::CoreError;

use super::theme::Theme;
use super::{App, Effect, Event, view};
use crate::phone::Phone;
use crate::words::{Lang, Words};
use hands::Hands;
use screen::Screen;

/// How often time alone changes the screen.
const SECOND: Duration = Duration::from_secs(1);
/// The same while 撤销 counts down, so that no second is shown twice as long as another.
const UNDO_FRAME: Duration = Duration::from_millis(200);

/// Why the terminal app ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// Standard input or output is a file or a pipe.
    #[error("there is no terminal to draw on")]
    NoTerminal,
    /// The terminal refused; `doing` says what was tried.
    #[error("terminal: {doing}: {error}")]
    Terminal { doing: &'static str, error: std::io::Error },
    /// A part of the program panicked; its message stands above on the terminal.
    #[error("a part of the program failed")]
    Panicked,
    /// The core has nothing to show: no shop is paired, or it is closed.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// Opens the app on this process's terminal and returns when the person quits. `demo`: the platform behind the phone is pretend, and
/// airplane mode is a key.
///
/// # Errors
/// [`DriverError::NoTerminal`] and [`CoreError::NotPaired`] before anything was drawn; the terminal's own.
pub async fn run(phone: &Phone, lang: Lang, demo: bool) -> Result<(), DriverError> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(DriverError::NoTerminal);
    }
    let app = open(phone, lang, demo)?;
    let theme = Theme::of_terminal(|name| std::env::var(name).ok());
    let mut screen = Screen::take()?;
    let health = screen.health();
    drive(screen.terminal(), EventStream::new(), phone, app, &theme, || health.is_well()).await
}

/// The app as it is before its first news.
fn open(phone: &Phone, lang: Lang, demo: bool) -> Result<App, CoreError> {
    let core = phone.core();
    let shop = core.shop().ok_or(CoreError::NotPaired)?;
    let mut app = App::new(Words::of(lang), &shop.name, core.zone(), core.now(), demo);
    app.facts.airplane = phone.airplane();
    app.facts.link = *phone.link().borrow();
    Ok(app)
}

/// The loop. Ends when the app asks to quit, when the keys end, or when `is_well` says no.
pub(crate) async fn drive<B>(
    terminal: &mut Terminal<B>,
    mut keys: impl Stream<Item = std::io::Result<TerminalEvent>> + Unpin,
    phone: &Phone,
    mut app: App,
    theme: &Theme,
    is_well: impl Fn() -> bool,
) -> Result<(), DriverError>
where
    B: Backend,
    B::Error: Into<std::io::Error>,
{
    let (mut hands, mut inbox) = Hands::on(phone)?;
    let mut link = phone.link();
    let mut ready = VecDeque::new();
    let size = terminal.size().map_err(|error| refused("asking its size", error))?;
    ready.push_back(Event::Resize { width: size.width, height: size.height });
    for effect in app.start() {
        ready.extend(hands.perform(effect));
    }
    loop {
        // What is pressed means what it means now: 撤销 may just have run out.
        ready.push_front(Event::Tick(phone.core().now()));
        while let Some(event) = ready.pop_front() {
            for effect in app.update(event) {
                if effect == Effect::Quit {
                    return Ok(());
                }
                // Before the next key, which was pressed by somebody who expects that this is done.
                if let Some(outcome) = hands.perform(effect) {
                    ready.push_front(outcome);
                }
            }
        }
        terminal.draw(|frame| view::draw(&app, theme, frame)).map_err(|error| refused("drawing", error))?;
        let until_tick = if app.undoable().is_some() { UNDO_FRAME } else { SECOND };
        tokio::select! {
            key = keys.next() => match key {
                Some(key) => ready.extend(heard(key)?),
                None => return Ok(()),
            },
            Some(news) = inbox.recv() => ready.extend(hands.open(news)),
            Ok(()) = link.changed() => ready.push_back(Event::Link(*link.borrow_and_update())),
            () = tokio::time::sleep(until_tick) => {}
        }
        if !is_well() {
            return Err(DriverError::Panicked);
        }
        // All that is ready besides, for the same frame. The keys are polled with this task's own waker: they keep the first they get.
        while let Poll::Ready(key) = poll_fn(|context| Poll::Ready(keys.poll_next_unpin(context))).await {
            match key {
                Some(key) => ready.extend(heard(key)?),
                None => return Ok(()),
            }
        }
        while let Ok(news) = inbox.try_recv() {
            ready.extend(hands.open(news));
        }
    }
}

/// What the terminal says, as far as the app cares.
fn heard(event: std::io::Result<TerminalEvent>) -> Result<Option<Event>, DriverError> {
    Ok(match event.map_err(|error| refused("reading keys", error))? {
        TerminalEvent::Key(key) => Some(Event::Key(key)),
        TerminalEvent::Paste(text) => Some(Event::Paste(text)),
        TerminalEvent::Resize(width, height) => Some(Event::Resize { width, height }),
        TerminalEvent::FocusGained | TerminalEvent::FocusLost | TerminalEvent::Mouse(_) => None,
    })
}

fn refused(doing: &'static str, error: impl Into<std::io::Error>) -> DriverError {
    DriverError::Terminal { doing, error: error.into() }
}
