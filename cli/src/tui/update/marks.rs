//! Many orders at once: marking them, one flag or one note for all, and a run that ships them.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{BATCH, Batch, Flag};

use super::sheet::{Choice, choose};
use crate::phrase::flag_key;
use crate::say;
use crate::tui::app::{App, Notice, Sheet, Tone, Why, flag_choice};
use crate::tui::event::Effect;
use crate::tui::field::Field;
use crate::tui::marks::TooMany;
use crate::tui::ship_run::{RunStep, ShipRun, Standing};

impl App {
    /// Keys that mean another thing while orders are marked; `None`: this one does not.
    pub(super) fn marks_key(&mut self, code: KeyCode) -> Option<Vec<Effect>> {
        match code {
            KeyCode::Char(' ') => {
                if let Some(row) = self.selected_row().cloned() {
                    let turned = self.orders.marks.turn(&row);
                    self.marked(turned);
                }
                return Some(self.move_cursor(1));
            }
            KeyCode::Char('A') => {
                let rows = self.orders.list.as_ref().map(|list| list.rows.clone()).unwrap_or_default();
                let turned = self.orders.marks.turn_all(&rows);
                self.marked(turned);
                return Some(Vec::new());
            }
            _ if self.orders.marks.is_empty() => return None,
            KeyCode::Esc => self.orders.marks.clear(),
            KeyCode::Char('f') => self.sheet = Some(Sheet::FlagMany { cursor: 0 }),
            KeyCode::Char('n') => self.sheet = Some(Sheet::NoteMany { field: self.many_note.clone() }),
            KeyCode::Char('s') => {
                let run = ShipRun::over(self.orders.marks.rows(), &self.waybill_drafts);
                self.sheet = Some(Sheet::ShipRun(Box::new(run)));
                return Some(self.look_up_run());
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn marked(&mut self, turned: Result<(), TooMany>) {
        if turned.is_err() {
            self.notice = Some(Notice { text: say!(self.words, "batch.too_many", n = BATCH), tone: Tone::NeedsAction });
        }
    }

    pub(super) fn flag_many_key(&mut self, code: KeyCode, cursor: usize) -> Vec<Effect> {
        match choose(code, cursor, 7) {
            Choice::Moved(cursor) => {
                self.sheet = Some(Sheet::FlagMany { cursor });
                Vec::new()
            }
            Choice::Taken(at) => vec![Effect::FlagMany(self.orders.marks.keys(), flag_choice(at))],
            Choice::Closed => Vec::new(),
        }
    }

    pub(super) fn note_many_key(&mut self, key: KeyEvent, mut field: Field) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => {
                self.many_note = field;
                Vec::new()
            }
            KeyCode::Enter => {
                let text = field.text().trim().to_owned();
                // Until the core took it.
                self.many_note = field;
                vec![Effect::NoteMany(self.orders.marks.keys(), text)]
            }
            _ => {
                field.key(key);
                self.sheet = Some(Sheet::NoteMany { field });
                Vec::new()
            }
        }
    }

    /// What came of a flag or a note for many.
    pub(super) fn batch_answered(&mut self, effect: &Effect, batch: &Batch<()>) {
        let what = match effect {
            Effect::FlagMany(_, flag) => flag_done(*flag),
            _ => "batch.noted",
        };
        let name = match effect {
            Effect::FlagMany(_, Some(flag)) => say!(self.words, flag_key(*flag)),
            _ => String::new(),
        };
        let refused: Vec<&(OrderKey, Result<(), CoreError>)> = batch.iter().filter(|(_, it)| it.is_err()).collect();
        let done = say!(self.words, what, n = batch.len() - refused.len(), flag = name);
        if refused.is_empty() {
            self.orders.marks.clear();
            self.many_note = Field::default();
            self.notice = Some(Notice { text: done, tone: Tone::Plain });
            return;
        }
        let lines = refused.iter().filter_map(|(key, answer)| {
            let error = answer.as_ref().err()?;
            Some(self.named_refusal(key, error))
        });
        let mut lines: Vec<String> = lines.collect();
        lines.push(say!(self.words, "batch.still_marked"));
        let title = say!(self.words, "batch.some_refused", done = done, n = refused.len());
        // What was done is done; the marks stay on what is left to decide.
        let left: Vec<OrderKey> = refused.iter().map(|(key, _)| key.clone()).collect();
        self.orders.marks.keep(|key| left.contains(key));
        self.sheet = Some(Sheet::Why(Why { title, lines }));
    }

    fn named_refusal(&self, key: &OrderKey, error: &CoreError) -> String {
        let number = self.orders.marks.find(key).map_or_else(|| key.as_str().to_owned(), |row| row.number.clone());
        format!("{}  {}", self.teller().number(&number), self.refusal(error))
    }

    /// Why an order was refused, short where the reason says it all.
    pub(in crate::tui) fn refusal(&self, error: &CoreError) -> String {
        match error {
            CoreError::NotPossible(reason) => self.teller().reason(reason, None),
            other => self.teller().error(other),
        }
    }

    pub(super) fn run_key(&mut self, mut run: Box<ShipRun>, key: KeyEvent) -> Vec<Effect> {
        let step = run.key(key);
        if step == RunStep::Close {
            self.close_run(*run);
            return Vec::new();
        }
        self.sheet = Some(Sheet::ShipRun(run));
        match step {
            RunStep::Save(order, draft) => vec![Effect::Ship(order, draft)],
            RunStep::Stay | RunStep::Close => self.look_up_run(),
        }
    }

    /// The core did not take a number: it stays in its field. Says whether it was one of a run.
    pub(super) fn run_refused(&mut self, order: &OrderKey, error: &CoreError) -> bool {
        let Some(Sheet::ShipRun(run)) = &mut self.sheet else { return false };
        run.take_answer(order, Err(error))
    }

    /// Asks for the order whose turn it is.
    pub(super) fn look_up_run(&mut self) -> Vec<Effect> {
        let Some(Sheet::ShipRun(run)) = &mut self.sheet else { return Vec::new() };
        run.wants().map(Effect::LookAt).into_iter().collect()
    }

    /// What was typed and not saved is there when the order's turn comes again; what was saved is marked no more.
    fn close_run(&mut self, run: ShipRun) {
        for order in run.orders {
            let key = order.row.key;
            if order.standing == Standing::Saved {
                self.waybill_drafts.remove(&key);
                self.orders.marks.keep(|marked| *marked != key);
            } else if order.waybill.is_empty() {
                self.waybill_drafts.remove(&key);
            } else {
                self.waybill_drafts.insert(key, order.waybill);
            }
        }
    }
}

const fn flag_done(flag: Option<Flag>) -> &'static str {
    match flag {
        Some(_) => "batch.flagged",
        None => "batch.unflagged",
    }
}
