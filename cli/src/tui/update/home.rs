//! Keys of the home tab, and where its cursor stays while the numbers change.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::home::{CounterKind, HomeView};
use shopkeeper_core::ids::OrderKey;

use crate::tui::app::{App, HomeItem, OutboxPage, Page, Tab};
use crate::tui::event::Effect;

/// What the cursor is on, whatever its place.
enum Chosen {
    Deadline(OrderKey, String),
    Counter(CounterKind),
    Outbox,
}

impl App {
    /// Takes the tab's news. The cursor stays on what it was on: a deadline that passes must not put another one under a finger.
    pub(super) fn take_home(&mut self, home: Box<HomeView>) {
        let chosen = self.home_items().get(self.home_cursor).and_then(|item| self.chosen(*item));
        // On the first item it stays on the first: that is where what matters most comes.
        let chosen = chosen.filter(|_| self.home_cursor > 0);
        self.facts.home = Some(home);
        let items = self.home_items();
        let place = chosen.and_then(|chosen| items.iter().position(|item| self.is_on(*item, &chosen)));
        self.home_cursor = place.unwrap_or(self.home_cursor).min(items.len().saturating_sub(1));
    }

    fn chosen(&self, item: HomeItem) -> Option<Chosen> {
        let home = self.facts.home.as_ref()?;
        match item {
            HomeItem::Deadline(at) => {
                home.deadlines.get(at).map(|it| Chosen::Deadline(it.order.clone(), it.kind.clone()))
            }
            HomeItem::Counter(at) => home.counters.get(at).map(|it| Chosen::Counter(it.kind)),
            HomeItem::Outbox => Some(Chosen::Outbox),
        }
    }

    fn is_on(&self, item: HomeItem, chosen: &Chosen) -> bool {
        match (self.chosen(item), chosen) {
            (Some(Chosen::Deadline(order, kind)), Chosen::Deadline(of, like)) => order == *of && kind == *like,
            (Some(Chosen::Counter(kind)), Chosen::Counter(like)) => kind == *like,
            (Some(Chosen::Outbox), Chosen::Outbox) => true,
            _ => false,
        }
    }

    pub(super) fn home_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let items = self.home_items();
        match key.code {
            KeyCode::Down | KeyCode::Right | KeyCode::Char('j') => {
                self.home_cursor = (self.home_cursor + 1).min(items.len().saturating_sub(1));
            }
            KeyCode::Up | KeyCode::Left | KeyCode::Char('k') => self.home_cursor = self.home_cursor.saturating_sub(1),
            KeyCode::Char('r') => return vec![Effect::SyncNow],
            KeyCode::Char('g') => return self.open_provision(),
            KeyCode::Enter => {
                let home = self.facts.home.as_ref();
                return match (items.get(self.home_cursor), home) {
                    (Some(HomeItem::Deadline(at)), Some(home)) => match home.deadlines.get(*at) {
                        Some(deadline) => {
                            let order = deadline.order.clone();
                            self.open_detail(order, false)
                        }
                        None => Vec::new(),
                    },
                    (Some(HomeItem::Counter(at)), Some(home)) => match home.counters.get(*at) {
                        Some(counter) => {
                            let filter = counter.opens.clone();
                            self.tab = Tab::Shop;
                            self.stack_mut().clear();
                            let opened = self.open_list(filter, None);
                            self.periods_of_counter();
                            opened
                        }
                        None => Vec::new(),
                    },
                    (Some(HomeItem::Outbox), _) => self.push(Page::Outbox(OutboxPage::default())),
                    _ => Vec::new(),
                };
            }
            _ => {}
        }
        Vec::new()
    }
}
