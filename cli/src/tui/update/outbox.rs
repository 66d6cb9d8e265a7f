//! Keys of 待同步: try again, take back, and why.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::outbox::{ItemState, OutboxItem};

use crate::say;
use crate::tui::app::{App, Page, Sheet, Why};
use crate::tui::event::Effect;

impl App {
    pub(super) fn outbox_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let last = self.facts.outbox.as_ref().map_or(0, |outbox| outbox.items.len().saturating_sub(1));
        let item = self.selected_item().cloned();
        let by = |app: &mut Self, step: isize| {
            if let Some(Page::Outbox(page)) = app.stack_mut().last_mut() {
                page.cursor = page.cursor.saturating_add_signed(step).min(last);
            }
        };
        match (key.code, item) {
            (KeyCode::Esc | KeyCode::Backspace, _) => return self.pop(),
            (KeyCode::Down | KeyCode::Char('j'), _) => by(self, 1),
            (KeyCode::Up | KeyCode::Char('k'), _) => by(self, -1),
            (KeyCode::Char('g'), _) => return self.open_provision(),
            (KeyCode::Char('R'), _) => return vec![Effect::RetryAll],
            (KeyCode::Char('r'), Some(item)) => {
                return match item.state {
                    ItemState::NeedsAction { .. } | ItemState::Unknown { .. } => vec![Effect::Retry(item.id)],
                    // It goes by itself; asking the relay now is the same wish.
                    _ => vec![Effect::SyncNow],
                };
            }
            (KeyCode::Char('x'), Some(item)) => {
                return match item.state {
                    ItemState::Undoable { .. } => vec![Effect::Undo(item.id)],
                    _ => vec![Effect::Withdraw(item.id)],
                };
            }
            (KeyCode::Char('w'), Some(item)) => self.explain_item(&item),
            (KeyCode::Enter, Some(item)) => return self.open_detail(item.order, false),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn explain_item(&mut self, item: &OutboxItem) {
        let teller = self.teller();
        let words = self.words;
        let title = format!("{} {}", self.work_text(&item.work), teller.number(&item.number));
        let mut lines = match &item.state {
            ItemState::NeedsAction { reason, platform_code } => vec![
                say!(words, "outbox.needs_action", reason = teller.reason(reason, *platform_code)),
                say!(words, "outbox.kept"),
            ],
            ItemState::Unknown { reason } => {
                vec![say!(words, "outbox.unknown", reason = teller.reason(reason, None)), say!(words, "outbox.kept")]
            }
            ItemState::Held { reason } => {
                vec![say!(words, "outbox.queued.held", reason = teller.reason(reason, None))]
            }
            ItemState::Checking => vec![say!(words, "outbox.queued.checking"), say!(words, "outbox.never_twice")],
            ItemState::Undoable { .. } | ItemState::Waiting | ItemState::Sending => {
                vec![say!(words, "outbox.queued.waiting"), say!(words, "ship.honest")]
            }
        };
        if item.attempts > 0 {
            lines.push(say!(words, "outbox.attempts", n = item.attempts));
        }
        self.sheet = Some(Sheet::Why(Why { title, lines }));
    }
}
