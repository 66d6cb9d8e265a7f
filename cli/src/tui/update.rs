//! Decides what a key or a piece of news changes, and what is to be done about it. Pure: no clock, no core, no terminal.

mod filter;
mod home;
mod list;
mod marks;
mod order;
mod outbox;
mod outcome;
mod provision;
mod search;
mod sheet;
mod views;
mod walk;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::ports::Link;
use shopkeeper_core::sync::Activity;

use super::app::{App, DetailPage, OutboxPage, Page, Sheet, Tab};
use super::event::{Effect, Event};
use crate::words::Words;
pub use walk::Walk;

impl App {
    /// What to ask for first.
    #[must_use]
    pub fn start(&self) -> Vec<Effect> {
        vec![self.watch_list(), Effect::AskCarriers, Effect::AskViews]
    }

    /// Takes an event; gives what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
            Event::Key(key) => self.key(key),
            Event::Paste(text) if self.sheet.is_none() && self.page() == Some(&Page::Search) => {
                self.search_paste(&text)
            }
            Event::Paste(text) => {
                match &mut self.sheet {
                    Some(Sheet::Note { field, .. }) => field.insert(&text),
                    Some(Sheet::Ship(form)) => form.paste(&text),
                    Some(Sheet::Filter(sheet)) => sheet.paste(&text),
                    Some(Sheet::ShipRun(run)) => run.paste(&text),
                    Some(Sheet::NoteMany { field }) => field.insert(&text),
                    Some(Sheet::Views(sheet)) => sheet.paste(&text),
                    _ => {}
                }
                Vec::new()
            }
            Event::Resize { width, height } => {
                self.size = (width, height);
                self.home_cursor = self.home_cursor.min(self.home_items().len().saturating_sub(1));
                Vec::new()
            }
            Event::Tick(now) => {
                self.facts.now = now;
                if self.undo.as_ref().is_some_and(|bar| bar.until <= now) {
                    self.undo = None;
                }
                self.turn_of_the_day()
            }
            Event::Home(home) => {
                self.take_home(home);
                if self.looks_at_provisions() { vec![Effect::LookProvisions] } else { Vec::new() }
            }
            Event::List(list) => self.take_list(list),
            Event::Detail(detail) => {
                self.take_detail(detail);
                Vec::new()
            }
            Event::Search(answer) => self.take_answer(answer),
            Event::Outbox(outbox) => {
                let last = outbox.items.len().saturating_sub(1);
                self.facts.outbox = Some(outbox);
                for page in self.stacks.iter_mut().flatten() {
                    if let Page::Outbox(page) = page {
                        page.cursor = page.cursor.min(last);
                    }
                }
                Vec::new()
            }
            Event::Sync(status) => {
                let pulls = status.activity == Activity::Pulling;
                let now = self.facts.now;
                self.facts.pulling_since = pulls.then(|| self.facts.pulling_since.unwrap_or(now));
                self.facts.sync = status;
                // The carriers came with the first pull; before that there were none to ask for.
                if self.facts.carriers.is_empty() && self.facts.sync.as_of.is_some() {
                    return vec![Effect::AskCarriers];
                }
                Vec::new()
            }
            Event::Link(link) => {
                self.facts.link = link;
                Vec::new()
            }
            Event::Provision(step) => {
                self.take_step(step);
                Vec::new()
            }
            Event::Outcome(effect, result) => {
                self.outcome(effect, result);
                self.look_up_run()
            }
        }
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return vec![Effect::Quit];
        }
        self.notice = None;
        if self.sheet.is_some() {
            return self.sheet_key(key);
        }
        if self.is_typing_search() && !matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
            return self.search_text_key(key);
        }
        // No page knows them, and Ctrl+S that came too late for a form is not 发货.
        if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
            return Vec::new();
        }
        match key.code {
            KeyCode::Char(digit @ '1'..='4') => self.go_to_tab(Tab::EVERY[digit as usize - '1' as usize]),
            KeyCode::Tab => self.go_to_tab(Tab::EVERY[(self.tab as usize + 1) % 4]),
            KeyCode::BackTab => self.go_to_tab(Tab::EVERY[(self.tab as usize + 3) % 4]),
            KeyCode::Char('q') => vec![Effect::Quit],
            KeyCode::Char('?') => {
                self.sheet = Some(Sheet::Help);
                Vec::new()
            }
            KeyCode::Char('L') => {
                self.words = Words::of(self.words.lang().other());
                Vec::new()
            }
            KeyCode::Char('a') if self.demo => {
                self.facts.airplane = !self.facts.airplane;
                self.facts.link = if self.facts.airplane { Link::Offline } else { Link::Online };
                vec![Effect::SetAirplane(self.facts.airplane)]
            }
            KeyCode::Char('u') => match self.undoable() {
                Some(bar) => vec![Effect::Undo(bar.command.clone())],
                None => Vec::new(),
            },
            KeyCode::Char('o') if !matches!(self.page(), Some(Page::Outbox(_))) => {
                self.push(Page::Outbox(OutboxPage::default()))
            }
            KeyCode::Char('/') if self.page() != Some(&Page::Search) => self.open_search(),
            _ => self.page_key(key),
        }
    }

    fn page_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        match (self.page(), self.tab) {
            (Some(Page::Detail(_)), _) => self.detail_key(key),
            (Some(Page::Outbox(_)), _) => self.outbox_key(key),
            (Some(Page::Provision(_)), _) => self.provision_key(key),
            (Some(Page::Search), _) => self.search_hit_key(key),
            (None, Tab::Home) => self.home_key(key),
            (None, Tab::Shop) => self.list_key(key),
            (None, Tab::Messages | Tab::Growth) => Vec::new(),
        }
    }

    /// A tab keeps its place; its active key goes back to the tab's own screen.
    fn go_to_tab(&mut self, tab: Tab) -> Vec<Effect> {
        if self.tab == tab {
            self.stack_mut().clear();
        }
        self.tab = tab;
        self.watch_top()
    }

    /// Only what is on top is watched.
    fn watch_top(&mut self) -> Vec<Effect> {
        let detail = match self.page() {
            Some(Page::Detail(page)) => Effect::WatchDetail(page.key.clone()),
            _ => Effect::LeaveDetail,
        };
        let is_search = self.page() == Some(&Page::Search);
        let search = if is_search { self.ask_search() } else { self.leave_search() };
        [Some(detail), search].into_iter().flatten().collect()
    }

    fn push(&mut self, page: Page) -> Vec<Effect> {
        self.stack_mut().push(page);
        self.watch_top()
    }

    fn pop(&mut self) -> Vec<Effect> {
        self.stack_mut().pop();
        self.watch_top()
    }

    fn open_detail(&mut self, key: OrderKey, ship: bool) -> Vec<Effect> {
        self.push(Page::Detail(DetailPage { key, detail: None, scroll: 0, ship_when_here: ship }))
    }
}
