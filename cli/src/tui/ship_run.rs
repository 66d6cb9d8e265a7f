//! 连续发货: one marked order after another, a waybill for each.
//!
//! Every waybill is a shipment of its own, durable when the next order appears, so whatever ends the run loses none. An order is looked up
//! when its turn comes: one that cannot be shipped is passed over with its reason, and one that the core refuses stays until it is mended or
//! left. As in the form, the buyer's remark has to be read first; here the first Enter says so. At the end stands what became of each.
//!
//! Somebody who scans parcel after parcel does not look at the screen. So a number that was entered is finished: what is typed or scanned next
//! begins another one and never grows onto it, and the remark counts as read only by an Enter with nothing typed before it. Editing keys
//! mend the number that stands.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::{OrderKey, ReasonCode};
use shopkeeper_core::orders::{OrderDetail, OrderRow, ParcelDraft, ShipDraft};

use super::field::Field;
use crate::phrase::goods_name;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipRun {
    pub orders: Vec<RunOrder>,
    /// Place of the order whose turn it is; behind the last one the run has ended.
    pub at: usize,
    /// First line shown of the end.
    pub scroll: usize,
    /// Key of the sentence that says why Enter did not save.
    pub trouble: Option<&'static str>,
}

/// An order of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOrder {
    /// As it was last seen.
    pub row: OrderRow,
    /// What is left to ship, once it was looked up.
    pub goods: Option<Vec<String>>,
    pub waybill: Field,
    /// The buyer's remark was read.
    pub understood: bool,
    pub standing: Standing,
    asked: bool,
    /// The number was entered, now or in an earlier run.
    entered: bool,
    /// It was said that the remark has to be read, and nothing was typed since.
    warned: bool,
}

impl RunOrder {
    /// Somebody begins to type behind a number that is finished.
    fn begin_anew(&mut self) {
        if std::mem::take(&mut self.entered) {
            self.waybill = Field::default();
        }
        self.warned = false;
    }
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// On this device, waits for the platform.
    Saved,
    Refused(CoreError),
    /// It cannot be shipped now, whatever is typed.
    Impossible(ReasonCode),
}

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RunStep {
    Stay,
    Save(OrderKey, ShipDraft),
    Close,
}

impl ShipRun {
    /// A run over orders, with what was typed for them earlier.
    #[must_use]
    pub fn over(rows: &[OrderRow], typed: &BTreeMap<OrderKey, Field>) -> Self {
        let orders = rows.iter().map(|row| RunOrder {
            row: row.clone(),
            goods: None,
            waybill: typed.get(&row.key).cloned().unwrap_or_default(),
            understood: row.buyer_note.is_empty(),
            standing: Standing::Open,
            asked: false,
            entered: typed.contains_key(&row.key),
            warned: false,
        });
        Self { orders: orders.collect(), at: 0, scroll: 0, trouble: None }
    }

    #[must_use]
    pub fn order(&self) -> Option<&RunOrder> {
        self.orders.get(self.at)
    }

    #[must_use]
    pub fn saved(&self) -> usize {
        self.orders.iter().filter(|order| order.standing == Standing::Saved).count()
    }

    /// The order to look up next, if its turn has come and nobody has asked yet.
    pub(super) fn wants(&mut self) -> Option<OrderKey> {
        let order = self.orders.get_mut(self.at).filter(|order| !order.asked)?;
        order.asked = true;
        Some(order.row.key.clone())
    }

    /// Takes what was looked up.
    pub(super) fn take_order(&mut self, detail: &OrderDetail) {
        let Some(at) = self.place(&detail.row.key) else { return };
        let Some(order) = self.orders.get_mut(at) else { return };
        order.row = detail.row.clone();
        order.understood |= detail.row.buyer_note.is_empty();
        let left = detail.lines.iter().filter(|line| line.remaining > 0);
        let named = left.map(|line| format!("{} ×{}", goods_name(&line.title, &line.sku_text), line.remaining));
        order.goods = Some(named.collect());
        if let (Standing::Open, Some(reason)) = (&order.standing, &detail.cannot_ship) {
            order.standing = Standing::Impossible(reason.clone());
            if at == self.at {
                self.go(true);
            }
        }
    }

    /// The order is gone, or cannot be read.
    pub(super) fn take_trouble(&mut self, key: &OrderKey, error: &CoreError) {
        let Some(at) = self.place(key) else { return };
        if let Some(order) = self.orders.get_mut(at) {
            order.standing = Standing::Refused(error.clone());
        }
        if at == self.at {
            self.go(true);
        }
    }

    /// What came of [`RunStep::Save`]: on to the next order, or the number stays to be mended. Says whether it was of this run.
    pub(super) fn take_answer(&mut self, key: &OrderKey, answer: Result<(), &CoreError>) -> bool {
        let Some(order) = self.place(key).and_then(|at| self.orders.get_mut(at)) else { return false };
        match answer {
            Ok(()) => {
                order.standing = Standing::Saved;
                self.go(true);
            }
            Err(error) => order.standing = Standing::Refused(error.clone()),
        }
        true
    }

    fn place(&self, key: &OrderKey) -> Option<usize> {
        self.orders.iter().position(|order| order.row.key == *key)
    }

    /// To the next order that is still open, or back to the one before; behind the last one is the end.
    fn go(&mut self, forward: bool) {
        let open = |order: &RunOrder| matches!(order.standing, Standing::Open | Standing::Refused(_));
        self.trouble = None;
        if forward {
            let ahead = self.orders.iter().enumerate().skip(self.at + 1);
            let next = ahead.filter(|(_, order)| open(order)).map(|(at, _)| at).next();
            self.at = next.unwrap_or(self.orders.len());
        } else {
            let behind = self.orders.iter().take(self.at).rposition(open);
            self.at = behind.unwrap_or(self.at);
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> RunStep {
        self.trouble = None;
        if self.order().is_none() {
            return self.end_key(key.code);
        }
        match key.code {
            KeyCode::Esc => self.at = self.orders.len(),
            KeyCode::Tab | KeyCode::Down => self.go(true),
            KeyCode::BackTab | KeyCode::Up => self.go(false),
            KeyCode::Enter => return self.enter(),
            _ => {
                if let Some(order) = self.orders.get_mut(self.at) {
                    if Field::types(key) {
                        order.begin_anew();
                    }
                    if order.waybill.key(key) {
                        (order.entered, order.warned) = (false, false);
                        order.standing = Standing::Open;
                    }
                }
            }
        }
        RunStep::Stay
    }

    fn enter(&mut self) -> RunStep {
        let Some(order) = self.orders.get_mut(self.at) else { return RunStep::Stay };
        let waybill = order.waybill.text().trim().to_owned();
        if waybill.is_empty() {
            self.trouble = Some("reason.waybill_empty");
            return RunStep::Stay;
        }
        order.entered = true;
        if !order.understood && !order.warned {
            order.warned = true;
            self.trouble = Some("run.read_first");
            return RunStep::Stay;
        }
        order.understood = true;
        let parcel = ParcelDraft { carrier: None, waybill, items: None };
        RunStep::Save(order.row.key.clone(), ShipDraft { parcels: vec![parcel] })
    }

    fn end_key(&mut self, code: KeyCode) -> RunStep {
        match code {
            KeyCode::Down | KeyCode::Char('j') => {
                self.scroll = (self.scroll + 1).min(self.orders.len().saturating_sub(1));
            }
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::BackTab => self.go(false),
            KeyCode::Esc | KeyCode::Enter => return RunStep::Close,
            _ => {}
        }
        RunStep::Stay
    }

    /// A scanner types or pastes.
    pub fn paste(&mut self, text: &str) {
        if let Some(order) = self.orders.get_mut(self.at) {
            order.begin_anew();
            order.waybill.insert(text.trim());
            order.standing = Standing::Open;
        }
    }
}
