//! Somebody who presses keys and waits until the screen shows what it should.

use std::convert::Infallible;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::{ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use tokio::sync::{mpsc, watch};

use super::super::*;

/// How long a screen may take before it counts as never coming; nothing is said about how fast it is.
const PATIENCE: Duration = Duration::from_secs(60);

/// See the module.
pub(super) struct Person {
    keys: mpsc::UnboundedSender<std::io::Result<TerminalEvent>>,
    screen: watch::Receiver<String>,
}

impl Person {
    /// Presses a key for each character: `\n` is Enter, `\u{1b}` Esc, a control character the letter with Ctrl.
    pub(super) fn presses(&mut self, keys: &str) {
        for c in keys.chars() {
            let (code, modifiers) = match c {
                '\n' => (KeyCode::Enter, KeyModifiers::NONE),
                '\u{1b}' => (KeyCode::Esc, KeyModifiers::NONE),
                '\u{1}'..='\u{1a}' => (KeyCode::Char(char::from(c as u8 + b'a' - 1)), KeyModifiers::CONTROL),
                c => (KeyCode::Char(c), KeyModifiers::NONE),
            };
            self.keys.send(Ok(TerminalEvent::Key(KeyEvent::new(code, modifiers)))).unwrap();
        }
    }

    pub(super) fn backspaces(&mut self, times: usize) {
        for _ in 0..times {
            self.key(KeyCode::Backspace);
        }
    }

    pub(super) fn goes_down(&mut self) {
        self.key(KeyCode::Down);
    }

    pub(super) fn pastes(&mut self, text: &str) {
        self.keys.send(Ok(TerminalEvent::Paste(text.to_owned()))).unwrap();
    }

    fn key(&mut self, code: KeyCode) {
        self.keys.send(Ok(TerminalEvent::Key(KeyEvent::new(code, KeyModifiers::NONE)))).unwrap();
    }

    /// Waits until the text is on the screen.
    pub(super) async fn sees(&mut self, text: &str) {
        self.waits(&format!("{text:?}"), |screen| screen.contains(text)).await;
    }

    /// Waits until the text is gone from the screen.
    pub(super) async fn sees_no_more(&mut self, text: &str) {
        self.waits(&format!("that {text:?} is gone"), |screen| !screen.contains(text)).await;
    }

    async fn waits(&mut self, what: &str, is_there: impl FnMut(&String) -> bool) {
        match tokio::time::timeout(PATIENCE, self.screen.wait_for(is_there)).await {
            Ok(Ok(_)) => return,
            Ok(Err(_)) => panic!("the app ended and never showed {what}"),
            Err(_) => {}
        }
        panic!("the screen never showed {what}:\n{}", *self.screen.borrow());
    }
}

/// Lets a person use the phone, in Chinese on a small terminal, until the app ends. The keys end with the script.
pub(super) async fn with_person(phone: &Phone, script: impl AsyncFnOnce(&mut Person)) -> Result<(), DriverError> {
    let (keys, mut pressed) = mpsc::unbounded_channel();
    let (shown, screen) = watch::channel(String::new());
    let mut terminal = Terminal::new(Shown { backend: TestBackend::new(72, 40), shown }).unwrap();
    let app = open(phone, Lang::Zh, true).unwrap();
    let theme = Theme::of_terminal(|_| None);
    let source = futures_util::stream::poll_fn(move |context| pressed.poll_recv(context));
    let app = drive(&mut terminal, source, phone, app, &theme, || true);
    let person = async move { script(&mut Person { keys, screen }).await };
    let (ended, ()) = tokio::join!(app, person);
    ended
}

fn never(never: Infallible) -> std::io::Error {
    match never {}
}

/// A test backend that shows its screen to somebody else.
struct Shown {
    backend: TestBackend,
    shown: watch::Sender<String>,
}

impl Backend for Shown {
    type Error = std::io::Error;

    fn draw<'a, I>(&mut self, content: I) -> std::io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        // A wide character covers the cell behind it on every terminal; the test backend leaves there what was there.
        let blank = Cell::default();
        let covered = content.flat_map(|(x, y, cell)| {
            let behind = (crate::tui::measure::cells(cell.symbol()) > 1).then_some((x + 1, y, &blank));
            std::iter::once((x, y, cell)).chain(behind)
        });
        self.backend.draw(covered).map_err(never)
    }

    fn hide_cursor(&mut self) -> std::io::Result<()> {
        self.backend.hide_cursor().map_err(never)
    }

    fn show_cursor(&mut self) -> std::io::Result<()> {
        self.backend.show_cursor().map_err(never)
    }

    fn get_cursor_position(&mut self) -> std::io::Result<Position> {
        self.backend.get_cursor_position().map_err(never)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> std::io::Result<()> {
        self.backend.set_cursor_position(position).map_err(never)
    }

    fn clear(&mut self) -> std::io::Result<()> {
        self.backend.clear().map_err(never)
    }

    fn clear_region(&mut self, region: ClearType) -> std::io::Result<()> {
        self.backend.clear_region(region).map_err(never)
    }

    fn size(&self) -> std::io::Result<Size> {
        self.backend.size().map_err(never)
    }

    fn window_size(&mut self) -> std::io::Result<WindowSize> {
        self.backend.window_size().map_err(never)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let buffer = self.backend.buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                // A wide character takes the cell behind it too.
                x += u16::try_from(crate::tui::measure::cells(symbol).max(1)).unwrap();
            }
            text.push('\n');
        }
        self.shown.send_replace(text);
        self.backend.flush().map_err(never)
    }
}
