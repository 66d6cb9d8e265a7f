//! [`Screen`]: this process's terminal, taken over and given back.
//!
//! Taken over, the terminal is raw (keys arrive as they are pressed), shows its other screen, and marks what is pasted as pasted. All of
//! that is undone when the [`Screen`] is dropped, and before a panic's message is printed, so that the message can be read. A panic in
//! some task does not end the loop by itself; [`Health`] tells it.

use std::io::{Stdout, stdout};
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::{DriverError, refused};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// See the module.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    health: Health,
    /// What panics called before.
    hook_before: Arc<Hook>,
}

/// Whether any part of the program panicked since the screen was taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Health(Arc<AtomicBool>);

impl Health {
    pub(super) fn is_well(&self) -> bool {
        !self.0.load(Ordering::Acquire)
    }
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn take() -> Result<Self, DriverError> {
        let terminal =
            Terminal::new(CrosstermBackend::new(stdout())).map_err(|error| refused("asking its size", error))?;
        let health = Health::default();
        let hook_before: Arc<Hook> = Arc::new(std::panic::take_hook());
        // From here on dropping gives back whatever was taken.
        let screen = Self { terminal, health: health.clone(), hook_before: Arc::clone(&hook_before) };
        std::panic::set_hook(Box::new(move |info| {
            health.0.store(true, Ordering::Release);
            give_back();
            hook_before(info);
        }));
        enable_raw_mode().map_err(|error| refused("raw mode", error))?;
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)
            .map_err(|error| refused("the other screen", error))?;
        Ok(screen)
    }

    pub(super) fn terminal(&mut self) -> &mut Terminal<CrosstermBackend<Stdout>> {
        &mut self.terminal
    }

    pub(super) fn health(&self) -> Health {
        self.health.clone()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // After a panic the hook has done it, and the message stands on the terminal.
        if self.health.is_well() {
            give_back();
        }
        // A thread that is panicking may not touch the hook.
        if !std::thread::panicking() {
            let before = Arc::clone(&self.hook_before);
            std::panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}

/// As far as it goes: there is nobody left to tell of an error.
fn give_back() {
    let _ = disable_raw_mode();
    let _ = execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
}
