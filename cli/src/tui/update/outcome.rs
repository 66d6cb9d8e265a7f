//! What came of an effect, as a person is told it.

use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::Receipt;

use crate::phrase::flag_key;
use crate::say;
use crate::tui::app::{App, Notice, Sheet, Tone, UndoBar};
use crate::tui::event::{Answer, Effect};
use crate::tui::field::Field;

impl App {
    pub(super) fn outcome(&mut self, effect: Effect, result: Result<Answer, CoreError>) {
        let words = self.words;
        let answer = match result {
            Ok(answer) => answer,
            Err(error) => return self.failed(effect, &error),
        };
        let said = match (effect, answer) {
            (_, Answer::Carriers(carriers)) => {
                if let Some(Sheet::Ship(form)) = &mut self.sheet
                    && form.carriers.is_empty()
                {
                    form.carriers.clone_from(&carriers);
                }
                self.facts.carriers = carriers;
                return;
            }
            (_, Answer::Order(detail)) => return self.looked_at(&detail),
            (effect, Answer::Batch(batch)) => return self.batch_answered(&effect, &batch),
            (effect, Answer::Views(views, names)) => return self.take_views(&effect, views, names),
            (effect, Answer::Provisions(found)) => {
                self.take_provisions(&found, effect == Effect::Provision);
                return;
            }
            (effect, Answer::Receipt(Receipt { command, undo_until })) => {
                match effect {
                    Effect::Ship(order, _) => {
                        self.ship_drafts.remove(&order);
                        if let Some(Sheet::ShipRun(run)) = &mut self.sheet {
                            run.take_answer(&order, Ok(()));
                        }
                    }
                    Effect::WritePlatformNote(order, _) => drop(self.note_drafts.remove(&(order, true))),
                    _ => {}
                }
                self.undo = Some(UndoBar { command, until: undo_until });
                return;
            }
            (_, Answer::Pulled(report)) => {
                let key = if report.reset {
                    "sync.rereading"
                } else if report.changed == 0 {
                    "sync.caught_up"
                } else {
                    "sync.changes"
                };
                say!(words, key, n = report.changed)
            }
            (Effect::SetFlag(_, flag), _) => say!(words, flag.map_or("flag.none", flag_key)),
            (Effect::AddNote(order, _), _) => {
                self.note_drafts.remove(&(order, false));
                say!(words, "note.saved_private")
            }
            (Effect::Undo(_), _) => {
                self.undo = None;
                say!(words, "ship.undone")
            }
            (Effect::Withdraw(_), _) => say!(words, "outbox.withdrawn"),
            (Effect::Retry(_) | Effect::RetryAll, _) => say!(words, "outbox.retried"),
            _ => return,
        };
        self.notice = Some(Notice { text: said, tone: Tone::Plain });
    }

    /// Says why, and opens again what was typed: a refused number is mended, not typed anew.
    pub(super) fn failed(&mut self, effect: Effect, error: &CoreError) {
        // That there is no network is the truth line's to say, in its own tone.
        let tone = if matches!(error, CoreError::Offline(_)) { Tone::Plain } else { Tone::NeedsAction };
        match effect {
            // No carriers before the first sync: the form then asks for none.
            Effect::AskCarriers | Effect::LeaveDetail => return,
            Effect::LookAt(order) => {
                if let Some(Sheet::ShipRun(run)) = &mut self.sheet {
                    run.take_trouble(&order, error);
                }
                return;
            }
            Effect::SaveView(_) | Effect::RenameView { .. } if self.view_refused(error) => return,
            Effect::Ship(order, _) if self.run_refused(&order, error) => return,
            Effect::NoteMany(..) => self.sheet = Some(Sheet::NoteMany { field: self.many_note.clone() }),
            // Said at the field.
            Effect::Search { .. } => return self.search_refused(error.clone()),
            Effect::Ship(order, _) if self.sheet.is_none() => {
                self.sheet = self.ship_drafts.get(&order).cloned().map(|form| Sheet::Ship(Box::new(form)));
            }
            Effect::AddNote(order, text) => drop(self.note_drafts.insert((order, false), Field::of(&text))),
            Effect::WritePlatformNote(order, text) => {
                self.note_drafts.insert((order, true), Field::of(&text));
            }
            Effect::Provision => self.provision_failed(),
            _ => {}
        }
        self.notice = Some(Notice { text: self.teller().error(error), tone });
    }
}
