//! Saved views: opening, saving, renaming and taking them away.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{Periods, SavedView, VIEW_NAME, VIEWS};

use crate::narrow::tell::{self, ProductNames};
use crate::say;
use crate::tui::app::{App, Notice, Sheet, Tone};
use crate::tui::event::Effect;
use crate::tui::field::Field;
use crate::tui::views_sheet::{ViewsMode, ViewsSheet};

impl App {
    /// Which of the views the list is now.
    #[must_use]
    pub fn shown_view(&self) -> Option<usize> {
        let (orders, facts) = (&self.orders, &self.facts);
        orders.views.iter().position(|view| {
            let moves = view.periods.due_hours.is_some() && orders.periods.due_hours == view.periods.due_hours;
            let mut filter = view.filter_at(facts.zone, facts.now);
            // These are as old as the list is open.
            if moves {
                filter.due_before = orders.filter.due_before;
            }
            if view.periods.address_request && orders.periods.address_request {
                filter.address_asked_after = orders.filter.address_asked_after;
            }
            filter == orders.filter && view.sort == orders.sort && view.periods == orders.periods
        })
    }

    fn open_view(&mut self, at: usize) -> Vec<Effect> {
        let Some(view) = self.orders.views.get(at).cloned() else { return Vec::new() };
        self.orders.periods = view.periods;
        let product = view.filter.product.as_ref();
        let nameless = product.is_some_and(|product| !self.orders.product_names.contains_key(&tell::product(product)));
        // Orders with it may have come since the views were asked for.
        let mut effects = if nameless { vec![Effect::AskViews] } else { Vec::new() };
        effects.extend(self.open_list(view.filter_at(self.facts.zone, self.facts.now), Some(view.sort)));
        effects
    }

    /// The view after or before the one that is shown.
    pub(super) fn step_view(&mut self, forward: bool) -> Vec<Effect> {
        let count = self.orders.views.len();
        if count == 0 {
            return Vec::new();
        }
        let next = match (self.shown_view(), forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.open_view(next)
    }

    pub(super) fn open_views(&mut self) {
        let cursor = self.shown_view().unwrap_or(0);
        self.sheet = Some(Sheet::Views(ViewsSheet { cursor, ..ViewsSheet::default() }));
    }

    pub(super) fn views_key(&mut self, mut sheet: ViewsSheet, key: KeyEvent) -> Vec<Effect> {
        match std::mem::take(&mut sheet.mode) {
            ViewsMode::Choosing => self.choose_view(sheet, key.code),
            ViewsMode::Removing if key.code == KeyCode::Char('x') => {
                let view = self.orders.views.get(sheet.cursor).map(|view| Effect::RemoveView(view.name.clone()));
                self.sheet = Some(Sheet::Views(sheet));
                view.into_iter().collect()
            }
            ViewsMode::Removing => {
                self.sheet = Some(Sheet::Views(sheet));
                Vec::new()
            }
            ViewsMode::Saving(field) => self.name_view(sheet, field, key, true),
            ViewsMode::Renaming(field) => self.name_view(sheet, field, key, false),
        }
    }

    fn choose_view(&mut self, mut sheet: ViewsSheet, code: KeyCode) -> Vec<Effect> {
        // One line more than there are views.
        let count = self.orders.views.len();
        let here = self.orders.views.get(sheet.cursor).map(|view| view.name.clone());
        match (code, here) {
            (KeyCode::Esc, _) => return Vec::new(),
            (KeyCode::Down | KeyCode::Char('j'), _) => sheet.cursor = (sheet.cursor + 1) % (count + 1),
            (KeyCode::Up | KeyCode::Char('k'), _) => sheet.cursor = (sheet.cursor + count) % (count + 1),
            (KeyCode::Enter, Some(_)) => return self.open_view(sheet.cursor),
            (KeyCode::Char(digit @ '1'..='9'), _) if digit as usize - '1' as usize <= count => {
                let at = digit as usize - '1' as usize;
                if at < count {
                    return self.open_view(at);
                }
                sheet.mode = ViewsMode::Saving(Field::default());
            }
            (KeyCode::Enter, None) | (KeyCode::Char('+' | 'n'), _) => sheet.mode = ViewsMode::Saving(Field::default()),
            (KeyCode::Char('e'), Some(name)) => sheet.mode = ViewsMode::Renaming(Field::of(&name)),
            (KeyCode::Char('w'), Some(name)) => {
                self.sheet = Some(Sheet::Views(sheet));
                return vec![Effect::SaveView(Box::new(self.view_of_now(name)))];
            }
            (KeyCode::Char('x'), Some(_)) => sheet.mode = ViewsMode::Removing,
            _ => {}
        }
        self.sheet = Some(Sheet::Views(sheet));
        Vec::new()
    }

    fn name_view(&mut self, mut sheet: ViewsSheet, mut field: Field, key: KeyEvent, saves: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        match key.code {
            KeyCode::Esc => {
                sheet.trouble = None;
                self.sheet = Some(Sheet::Views(sheet));
                return effects;
            }
            KeyCode::Enter => {
                let to = field.text().trim().to_owned();
                sheet.trouble = None;
                let from = self.orders.views.get(sheet.cursor).map(|view| view.name.clone());
                match (saves, from) {
                    (true, _) => effects.push(Effect::SaveView(Box::new(self.view_of_now(to)))),
                    (false, Some(from)) => effects.push(Effect::RenameView { from, to }),
                    (false, None) => {}
                }
            }
            _ => {
                if field.key(key) {
                    sheet.trouble = None;
                }
            }
        }
        sheet.mode = if saves { ViewsMode::Saving(field) } else { ViewsMode::Renaming(field) };
        self.sheet = Some(Sheet::Views(sheet));
        effects
    }

    fn view_of_now(&self, name: String) -> SavedView {
        let orders = &self.orders;
        SavedView { name, filter: orders.filter.clone(), sort: orders.sort, periods: orders.periods }
    }

    /// What came of a change: the views as they are now.
    pub(super) fn take_views(&mut self, effect: &Effect, views: Vec<SavedView>, names: ProductNames) {
        self.orders.views = views;
        self.orders.product_names.extend(names);
        let said = match effect {
            Effect::SaveView(view) => say!(self.words, "view.saved", name = view.name.trim()),
            Effect::RenameView { to, .. } => say!(self.words, "view.saved", name = to.trim()),
            Effect::RemoveView(name) => say!(self.words, "view.removed", name = name),
            _ => return,
        };
        self.notice = Some(Notice { text: said, tone: Tone::Plain });
        if let Some(Sheet::Views(sheet)) = &mut self.sheet {
            sheet.mode = ViewsMode::Choosing;
            sheet.cursor = match effect {
                Effect::SaveView(view) => self.orders.views.iter().position(|it| it.name == view.name.trim()),
                _ => None,
            }
            .unwrap_or(sheet.cursor)
            .min(self.orders.views.len());
        }
    }

    /// Says at the field why a name was not taken. Says whether there was a field.
    pub(super) fn view_refused(&mut self, error: &CoreError) -> bool {
        let said = match error {
            CoreError::BadInput { field: "name", .. } => say!(self.words, "view.bad_name", n = VIEW_NAME),
            CoreError::BadInput { field: "taken", .. } => say!(self.words, "view.taken"),
            CoreError::BadInput { field: "views", .. } => say!(self.words, "view.too_many", n = VIEWS),
            other => self.teller().error(other),
        };
        let Some(Sheet::Views(sheet)) = &mut self.sheet else { return false };
        if !matches!(sheet.mode, ViewsMode::Saving(_) | ViewsMode::Renaming(_)) {
            return false;
        }
        sheet.trouble = Some(said);
        true
    }

    /// What moves with the clock in a list that a counter opened.
    pub(super) fn periods_of_counter(&mut self) {
        let due_hours = self.orders.filter.due_before.map(|_| Periods::due_soon());
        let address_request = self.orders.filter.address_asked_after.is_some();
        self.orders.periods = Periods { due_hours, address_request, ..Periods::default() };
    }
}
