//! Keys of 出门前备齐. Opening it asks what is here; its own key begins to fetch, which the same key or Esc stops. What was fetched stays.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::sync::{ProvisionStep, Provisions};

use crate::tui::app::{App, Page, ProvisionPage};
use crate::tui::event::Effect;

impl App {
    /// Opens the page; with a network it begins at once, because that is why somebody came here.
    pub(super) fn open_provision(&mut self) -> Vec<Effect> {
        let mut effects = self.push(Page::Provision(ProvisionPage::default()));
        effects.push(Effect::LookProvisions);
        if !self.offline() {
            effects.extend(self.begin_provision());
        }
        effects
    }

    pub(super) fn provision_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(Page::Provision(page)) = self.page() else { return Vec::new() };
        let running = page.step.is_some();
        let chosen = page.found.as_ref().and_then(|found| found.before_leaving.get(page.cursor));
        match key.code {
            KeyCode::Esc | KeyCode::Backspace | KeyCode::Char('g') if running => self.stop_provision(),
            KeyCode::Esc | KeyCode::Backspace => self.pop(),
            KeyCode::Char('g' | 'r') if !running => self.begin_provision(),
            KeyCode::Down | KeyCode::Char('j') => self.move_provision(1),
            KeyCode::Up | KeyCode::Char('k') => self.move_provision(-1),
            KeyCode::Enter => match chosen.map(|deadline| deadline.order.clone()) {
                Some(order) => self.open_detail(order, false),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn begin_provision(&mut self) -> Vec<Effect> {
        for page in self.provision_pages() {
            page.step = Some(ProvisionStep::Asking);
            page.stopped = false;
        }
        vec![Effect::Provision]
    }

    fn stop_provision(&mut self) -> Vec<Effect> {
        for page in self.provision_pages() {
            page.step = None;
            page.stopped = true;
        }
        vec![Effect::StopProvision, Effect::LookProvisions]
    }

    fn move_provision(&mut self, by: isize) -> Vec<Effect> {
        for page in self.provision_pages() {
            let last = page.found.as_ref().map_or(0, |found| found.before_leaving.len().saturating_sub(1));
            page.cursor = page.cursor.saturating_add_signed(by).min(last);
        }
        Vec::new()
    }

    /// A step of the run; one that was stopped meanwhile tells nobody.
    pub(super) fn take_step(&mut self, step: ProvisionStep) {
        for page in self.provision_pages().filter(|page| page.step.is_some()) {
            page.step = Some(step);
        }
    }

    /// What is here now; with `ended` the run is over.
    pub(super) fn take_provisions(&mut self, found: &Provisions, ended: bool) {
        for page in self.provision_pages() {
            if ended {
                page.step = None;
            }
            page.cursor = page.cursor.min(found.before_leaving.len().saturating_sub(1));
            page.found = Some(Box::new(found.clone()));
        }
    }

    /// The run could not even look: nothing runs any more.
    pub(super) fn provision_failed(&mut self) {
        self.provision_pages().for_each(|page| page.step = None);
    }

    /// Whether the page is in sight and nothing runs that will tell by itself.
    pub(super) fn looks_at_provisions(&self) -> bool {
        matches!(self.page(), Some(Page::Provision(page)) if page.step.is_none())
    }

    fn provision_pages(&mut self) -> impl Iterator<Item = &mut ProvisionPage> {
        self.stacks.iter_mut().flatten().filter_map(|page| match page {
            Page::Provision(page) => Some(page),
            _ => None,
        })
    }
}
