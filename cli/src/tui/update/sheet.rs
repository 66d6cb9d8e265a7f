//! Keys while something lies over the page.

use crossterm::event::{KeyCode, KeyEvent};

use crate::tui::app::{App, Sheet, flag_choice};
use crate::tui::event::Effect;
use crate::tui::ship_form::Step;

impl App {
    pub(super) fn sheet_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(sheet) = self.sheet.take() else { return Vec::new() };
        match sheet {
            Sheet::Help | Sheet::Why(_) => Vec::new(),
            Sheet::PickFlag { order, number, cursor } => match choose(key.code, cursor, 7) {
                Choice::Moved(cursor) => {
                    self.sheet = Some(Sheet::PickFlag { order, number, cursor });
                    Vec::new()
                }
                Choice::Taken(at) => vec![Effect::SetFlag(order, flag_choice(at))],
                Choice::Closed => Vec::new(),
            },
            Sheet::Filter(sheet) => self.filter_key(sheet, key),
            Sheet::Sort { cursor } => self.sort_key(key.code, cursor),
            Sheet::Views(sheet) => self.views_key(sheet, key),
            Sheet::FlagMany { cursor } => self.flag_many_key(key.code, cursor),
            Sheet::NoteMany { field } => self.note_many_key(key, field),
            Sheet::ShipRun(run) => self.run_key(run, key),
            Sheet::Note { order, number, platform, mut field } => match key.code {
                KeyCode::Esc => {
                    self.note_drafts.insert((order, platform), field);
                    Vec::new()
                }
                KeyCode::Enter => {
                    self.note_drafts.remove(&(order.clone(), platform));
                    let text = field.text().trim().to_owned();
                    vec![if platform { Effect::WritePlatformNote(order, text) } else { Effect::AddNote(order, text) }]
                }
                _ => {
                    field.key(key);
                    self.sheet = Some(Sheet::Note { order, number, platform, field });
                    Vec::new()
                }
            },
            Sheet::Ship(mut form) => {
                if key.code == KeyCode::Esc {
                    self.ship_drafts.insert(form.key.clone(), *form);
                    return Vec::new();
                }
                match form.key(key) {
                    Step::Stay => {
                        self.sheet = Some(Sheet::Ship(form));
                        Vec::new()
                    }
                    Step::Save(draft) => {
                        let order = form.key.clone();
                        // Kept until the core took it: a refused number is still there to be mended.
                        self.ship_drafts.insert(order.clone(), *form);
                        vec![Effect::Ship(order, draft)]
                    }
                }
            }
        }
    }
}

/// What a key does in a list of choices.
pub(super) enum Choice {
    Moved(usize),
    Taken(usize),
    Closed,
}

/// Digits choose from 1, `0` the last one (none).
pub(super) fn choose(code: KeyCode, cursor: usize, count: usize) -> Choice {
    match code {
        KeyCode::Down | KeyCode::Right | KeyCode::Char('j') => Choice::Moved((cursor + 1) % count),
        KeyCode::Up | KeyCode::Left | KeyCode::Char('k') => Choice::Moved((cursor + count - 1) % count),
        KeyCode::Enter => Choice::Taken(cursor),
        KeyCode::Char('0') => Choice::Taken(count - 1),
        KeyCode::Char(digit @ '1'..='9') => {
            let at = digit as usize - '1' as usize;
            if at < count { Choice::Taken(at) } else { Choice::Moved(cursor) }
        }
        KeyCode::Esc => Choice::Closed,
        _ => Choice::Moved(cursor),
    }
}
