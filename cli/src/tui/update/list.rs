//! Keys of the order list: its lists, filters and order, and the window that follows the cursor.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::orders::{Anchor, From, OrderFilter, OrderList, OrderSort, OrderTab, Periods, Window};

use crate::tui::app::{App, Tab, WINDOW};
use crate::tui::event::Effect;

use super::walk::{Gone, Walk};

/// How near to the edge of the window the cursor may come before the window follows.
const MARGIN: usize = 15;

impl App {
    /// Shows another list from its top, in the order that fits it unless one is asked for.
    pub(super) fn open_list(&mut self, filter: OrderFilter, sort: Option<OrderSort>) -> Vec<Effect> {
        let urgent = matches!(filter.tab, OrderTab::ToShip | OrderTab::PartShipped)
            || filter.due_before.is_some()
            || filter.hurried;
        let fitting = if urgent { OrderSort::MostUrgent } else { OrderSort::Newest };
        if filter != self.orders.filter {
            // What is out of sight must not be acted on.
            self.orders.marks.clear();
        }
        self.orders.filter = filter;
        self.orders.sort = sort.unwrap_or(fitting);
        self.orders.window = Window::top(WINDOW);
        self.orders.walk = Walk::default();
        self.orders.list = None;
        self.orders.cursor = 0;
        vec![self.watch_list()]
    }

    pub(super) fn list_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if let Some(effects) = self.marks_key(key.code) {
            return effects;
        }
        let sort = self.orders.sort;
        let filter = self.orders.filter.clone();
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.move_cursor(1),
            KeyCode::Up | KeyCode::Char('k') => self.move_cursor(-1),
            KeyCode::PageDown => self.move_cursor(8),
            KeyCode::PageUp => self.move_cursor(-8),
            KeyCode::Home | KeyCode::Char('g') => self.open_list(filter, Some(sort)),
            KeyCode::Right | KeyCode::Left => {
                let tabs = OrderTab::EVERY;
                let now = tabs.iter().position(|tab| *tab == filter.tab).unwrap_or(0);
                let step = if key.code == KeyCode::Right { 1 } else { tabs.len() - 1 };
                let tab = tabs[(now + step) % tabs.len()];
                // What narrows a list stays; what a counter opened belongs to its tab.
                self.orders.periods.due_hours = None;
                self.orders.periods.address_request = false;
                self.open_list(
                    OrderFilter { tab, due_before: None, hurried: false, address_asked_after: None, ..filter },
                    None,
                )
            }
            KeyCode::Char('t') => {
                self.open_sorts();
                Vec::new()
            }
            KeyCode::Char('F') => self.open_filter(),
            KeyCode::Char('v') => {
                self.open_views();
                Vec::new()
            }
            KeyCode::Char(bracket @ ('[' | ']')) => self.step_view(bracket == ']'),
            KeyCode::Esc => {
                self.orders.periods = Periods::default();
                self.open_list(OrderFilter { tab: filter.tab, ..OrderFilter::default() }, None)
            }
            KeyCode::Char('r') => vec![Effect::SyncNow],
            KeyCode::Enter => match self.selected_row().map(|row| row.key.clone()) {
                Some(order) => self.open_detail(order, false),
                None => Vec::new(),
            },
            KeyCode::Char('s') => match self.selected_row().map(|row| row.key.clone()) {
                Some(order) => self.open_detail(order, true),
                None => Vec::new(),
            },
            KeyCode::Char(letter @ ('f' | 'n' | 'p')) => {
                if let Some(row) = self.selected_row().cloned() {
                    self.open_small_sheet(letter, row.key, row.number, row.flag, row.note, &row.merchant_note);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn move_cursor(&mut self, by: isize) -> Vec<Effect> {
        let Some(list) = &self.orders.list else { return Vec::new() };
        let last = list.rows.len().saturating_sub(1);
        self.orders.cursor = self.orders.cursor.saturating_add_signed(by).min(last);
        self.follow_cursor()
    }

    /// Near the window's edge the window follows the cursor, by a row of it, never by an offset.
    fn follow_cursor(&mut self) -> Vec<Effect> {
        if self.orders.walk.goes_on() {
            return Vec::new();
        }
        let Some(list) = &self.orders.list else { return Vec::new() };
        let anchor = |at: usize| list.rows.get(at).map(|row| row.anchor.clone());
        match follow(self.orders.cursor, list.rows.len(), list.before.is_some(), list.after.is_some(), anchor) {
            Some(from) if from != self.orders.window.from => {
                self.orders.walk = Walk::default();
                self.orders.window = Window { from, size: WINDOW };
                vec![Effect::MoveList(self.orders.window.clone())]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn watch_list(&self) -> Effect {
        Effect::WatchList {
            filter: Box::new(self.orders.filter.clone()),
            sort: self.orders.sort,
            window: self.orders.window.clone(),
        }
    }

    pub(super) fn take_list(&mut self, page: Box<OrderList>) -> Vec<Effect> {
        match self.orders.walk.take(&self.orders.window, page) {
            Gone::Anew => vec![Effect::MoveList(self.orders.window.clone())],
            Gone::Further(list, window) => {
                // A look that begins anew leaves what is shown until it has found as much.
                if self.orders.list.as_ref().is_none_or(|shown| shown.rows.len() <= list.rows.len()) {
                    self.show_list(list);
                }
                vec![Effect::MoveList(window)]
            }
            Gone::Arrived(list) => {
                self.show_list(list);
                self.follow_cursor()
            }
        }
    }

    fn show_list(&mut self, list: Box<OrderList>) {
        // A row that somebody looks at keeps the cursor. Before that the cursor stays at the top, where what matters most comes.
        let looked_at = self.orders.cursor > 0 || self.tab == Tab::Shop && self.facts.sync.as_of.is_some();
        let selected = self.selected_row().filter(|_| looked_at).map(|row| row.key.clone());
        let place = selected.and_then(|key| list.rows.iter().position(|row| row.key == key));
        self.orders.cursor = place.unwrap_or(self.orders.cursor).min(list.rows.len().saturating_sub(1));
        self.orders.marks.renew(&list.rows);
        self.orders.list = Some(list);
    }
}

/// From where a window should show its list so that the cursor is not near its edge; `None`: it may stay where it is.
pub(super) fn follow(
    cursor: usize,
    rows: usize,
    has_before: bool,
    has_after: bool,
    anchor: impl Fn(usize) -> Option<Anchor>,
) -> Option<From> {
    let half = usize::from(WINDOW) / 2;
    if has_after && cursor + MARGIN >= rows {
        anchor(cursor.saturating_sub(half)).map(From::After)
    } else if has_before && cursor < MARGIN {
        anchor((cursor + half).min(rows.saturating_sub(1))).map(From::Before)
    } else {
        None
    }
}
