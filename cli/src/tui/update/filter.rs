//! Narrowing the list: the filter sheet and the sheet of orders.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::orders::{OrderDetail, OrderFilter, OrderSort, Periods};

use super::sheet::{Choice, choose};
use crate::narrow::tell;
use crate::tui::app::{App, Sheet};
use crate::tui::event::Effect;
use crate::tui::filter_sheet::{FilterSheet, Narrowed, Step};

impl App {
    /// Opens the filter sheet, and asks for the products of the order under the cursor.
    pub(super) fn open_filter(&mut self) -> Vec<Effect> {
        let row = self.selected_row();
        let look = row.map(|row| Effect::LookAt(row.key.clone()));
        self.sheet = Some(Sheet::Filter(Box::new(FilterSheet::over(row))));
        look.into_iter().collect()
    }

    pub(super) fn filter_key(&mut self, mut sheet: Box<FilterSheet>, key: KeyEvent) -> Vec<Effect> {
        let now = Narrowed {
            filter: &self.orders.filter,
            periods: &self.orders.periods,
            zone: self.facts.zone,
            now: self.facts.now,
        };
        let step = sheet.key(key, now);
        if step == Step::Close {
            return Vec::new();
        }
        self.sheet = Some(Sheet::Filter(sheet));
        match step {
            Step::Narrow(filter, periods) => self.narrow(*filter, periods),
            Step::Stay | Step::Close => Vec::new(),
        }
    }

    /// The same list in the same order, narrowed otherwise.
    pub(super) fn narrow(&mut self, filter: OrderFilter, periods: Periods) -> Vec<Effect> {
        if (&filter, &periods) == (&self.orders.filter, &self.orders.periods) {
            return Vec::new();
        }
        self.orders.periods = periods;
        self.open_list(filter, Some(self.orders.sort))
    }

    /// What was asked for by [`Effect::LookAt`].
    pub(super) fn looked_at(&mut self, detail: &OrderDetail) {
        match &mut self.sheet {
            Some(Sheet::Filter(sheet)) => {
                sheet.take_order(detail);
                let named = sheet.products.iter().map(|(product, name)| (tell::product(product), name.clone()));
                self.orders.product_names.extend(named);
            }
            Some(Sheet::ShipRun(run)) => run.take_order(detail),
            _ => {}
        }
    }

    /// At the shop's midnight 今天 is another day.
    pub(super) fn turn_of_the_day(&mut self) -> Vec<Effect> {
        let days = Periods { due_hours: None, address_request: false, ..self.orders.periods };
        if days == Periods::default() {
            return Vec::new();
        }
        let mut filter = self.orders.filter.clone();
        days.apply(&mut filter, self.facts.zone, self.facts.now);
        if filter == self.orders.filter { Vec::new() } else { self.open_list(filter, Some(self.orders.sort)) }
    }

    pub(super) fn open_sorts(&mut self) {
        let cursor = OrderSort::EVERY.iter().position(|sort| *sort == self.orders.sort).unwrap_or(0);
        self.sheet = Some(Sheet::Sort { cursor });
    }

    pub(super) fn sort_key(&mut self, code: KeyCode, cursor: usize) -> Vec<Effect> {
        match choose(code, cursor, OrderSort::EVERY.len()) {
            Choice::Moved(cursor) => {
                self.sheet = Some(Sheet::Sort { cursor });
                Vec::new()
            }
            Choice::Taken(at) => self.open_list(self.orders.filter.clone(), OrderSort::EVERY.get(at).copied()),
            Choice::Closed => Vec::new(),
        }
    }
}
