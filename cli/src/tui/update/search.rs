//! The search page: each key in its field is a new question, and an answer to an older one is dropped.
//!
//! The field has the keys first; ↓ goes to what was found, where letters mean what they mean in a list, and `/` goes back.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{From, SearchAnswer, Window};

use super::list::follow;
use crate::phrase::searched;
use crate::tui::app::{App, Page, WINDOW};
use crate::tui::event::Effect;
use crate::tui::search::SearchFocus;

impl App {
    /// Opens the page, or goes back to it where it lies below; the text is as it was left.
    pub(super) fn open_search(&mut self) -> Vec<Effect> {
        self.search.focus = SearchFocus::Text;
        match self.stack().iter().position(|page| *page == Page::Search) {
            Some(at) => self.stack_mut().truncate(at + 1),
            None => self.stack_mut().push(Page::Search),
        }
        self.watch_top()
    }

    /// The page is on top and letters are typed.
    pub(super) fn is_typing_search(&self) -> bool {
        self.page() == Some(&Page::Search) && self.search.focus == SearchFocus::Text
    }

    pub(super) fn search_text_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        self.search.open_when_here = false;
        match key.code {
            KeyCode::Esc => self.pop(),
            KeyCode::Enter if self.search.current().is_some() => self.open_hit(false),
            KeyCode::Enter => {
                self.search.open_when_here = self.search.text().is_some() && self.search.refused.is_none();
                Vec::new()
            }
            KeyCode::Down | KeyCode::PageDown => {
                if !self.search.hits().is_empty() {
                    self.search.focus = SearchFocus::Hits;
                }
                Vec::new()
            }
            _ => {
                let before = self.search.field.text().to_owned();
                self.search.field.key(key);
                if self.search.field.text() == before { Vec::new() } else { self.search_typed() }
            }
        }
    }

    pub(super) fn search_paste(&mut self, text: &str) -> Vec<Effect> {
        self.search.focus = SearchFocus::Text;
        self.search.field.insert(text);
        self.search_typed()
    }

    pub(super) fn search_hit_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => return self.pop(),
            KeyCode::Char('/') | KeyCode::Backspace => self.search.focus = SearchFocus::Text,
            KeyCode::Down | KeyCode::Char('j') => return self.move_hit(1),
            KeyCode::Up | KeyCode::Char('k') => {
                let before = self.search.answer.as_ref().and_then(|answer| answer.results.before.as_ref());
                if self.search.cursor == 0 && before.is_none() {
                    self.search.focus = SearchFocus::Text;
                    return Vec::new();
                }
                return self.move_hit(-1);
            }
            KeyCode::PageDown => return self.move_hit(8),
            KeyCode::PageUp => return self.move_hit(-8),
            KeyCode::Home | KeyCode::Char('g') => {
                self.search.cursor = 0;
                return self.move_search(From::Top);
            }
            KeyCode::Char('r') => return vec![Effect::SyncNow],
            KeyCode::Enter => return self.open_hit(false),
            KeyCode::Char('s') => return self.open_hit(true),
            KeyCode::Char(letter @ ('f' | 'n' | 'p')) => {
                if let Some(row) = self.search.selected().cloned() {
                    self.open_small_sheet(letter, row.key, row.number, row.flag, row.note, &row.merchant_note);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn take_answer(&mut self, answer: Box<SearchAnswer>) -> Vec<Effect> {
        let search = &mut self.search;
        let is_current = search.text() == Some(answer.query.text.as_str()) && search.window == answer.window;
        if !is_current {
            return Vec::new();
        }
        let selected = search.selected().map(|row| row.key.clone());
        let place = selected.and_then(|key| answer.results.hits.iter().position(|hit| hit.row.key == key));
        search.cursor = place.unwrap_or(search.cursor).min(answer.results.hits.len().saturating_sub(1));
        let opens = std::mem::take(&mut search.open_when_here) && !answer.results.hits.is_empty();
        if answer.results.hits.is_empty() {
            search.focus = SearchFocus::Text;
        }
        search.answer = Some(answer);
        if opens { self.open_hit(false) } else { self.follow_hit() }
    }

    pub(super) fn search_refused(&mut self, error: CoreError) {
        self.search.answer = None;
        self.search.is_watched = false;
        self.search.refused = Some(error);
    }

    /// The effect that has the core search for what stands in the field.
    pub(super) fn ask_search(&mut self) -> Option<Effect> {
        let text = self.search.text().filter(|_| self.search.refused.is_none())?;
        let query = Box::new(searched(self.words, text));
        self.search.is_watched = true;
        Some(Effect::Search { query, window: self.search.window.clone() })
    }

    pub(super) fn leave_search(&mut self) -> Option<Effect> {
        self.search.open_when_here = false;
        std::mem::take(&mut self.search.is_watched).then_some(Effect::LeaveSearch)
    }

    /// Another text: from its top, and nothing is known of it yet.
    fn search_typed(&mut self) -> Vec<Effect> {
        self.search.window = Window::top(WINDOW);
        self.search.cursor = 0;
        self.search.refused = None;
        if self.search.text().is_some() {
            return self.ask_search().into_iter().collect();
        }
        self.search.answer = None;
        self.leave_search().into_iter().collect()
    }

    fn open_hit(&mut self, ship: bool) -> Vec<Effect> {
        let hit = self.search.hits().get(self.search.cursor).map(|hit| hit.row.key.clone());
        hit.map_or_else(Vec::new, |order| self.open_detail(order, ship))
    }

    fn move_hit(&mut self, by: isize) -> Vec<Effect> {
        let last = self.search.hits().len().saturating_sub(1);
        self.search.cursor = self.search.cursor.saturating_add_signed(by).min(last);
        self.follow_hit()
    }

    /// Near the window's edge the window follows the cursor. A page that the core ended early goes on from its own end.
    fn follow_hit(&mut self) -> Vec<Effect> {
        let Some(answer) = self.search.current() else { return Vec::new() };
        let (results, cursor) = (&answer.results, self.search.cursor);
        let hits = &results.hits;
        let is_short = hits.len() < usize::from(WINDOW) && cursor + 1 >= hits.len();
        let from = match &results.after {
            Some(after) if is_short => Some(From::After(after.clone())),
            after => {
                let anchor = |at: usize| hits.get(at).map(|hit| hit.row.anchor.clone());
                follow(cursor, hits.len(), results.before.is_some(), after.is_some(), anchor)
            }
        };
        from.map_or_else(Vec::new, |from| self.move_search(from))
    }

    fn move_search(&mut self, from: From) -> Vec<Effect> {
        if from == self.search.window.from {
            return Vec::new();
        }
        self.search.window = Window { from, size: WINDOW };
        self.ask_search().into_iter().collect()
    }
}
