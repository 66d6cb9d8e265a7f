//! What a tap on an order says once it is on disk.

use serde::Serialize;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Flag, Receipt as Queued};
use shopkeeper_core::outbox::ItemState;

use crate::phrase::{Teller, flag_key};
use crate::say;
use crate::verbs::speaker::Answer;

/// `{"order":…,"number":…,"saved":"ship","command":…,"undo_until":…}`
#[derive(Debug, Serialize)]
pub(super) struct Receipt<'a> {
    pub(super) order: &'a OrderKey,
    pub(super) number: &'a str,
    #[serde(flatten)]
    pub(super) saved: Saved,
}

/// What was saved. The first two are this phone's own; the others are queued under an id, which `outbox` takes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "saved")]
pub(super) enum Saved {
    Flag { flag: Option<Flag> },
    Note,
    PlatformNote(Queued),
    Ship(Queued),
}

impl Answer for Receipt<'_> {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let words = teller.words;
        let what = match &self.saved {
            Saved::Flag { flag } => say!(words, flag.map_or("flag.none", flag_key)),
            Saved::Note => say!(words, "note.saved_private"),
            Saved::PlatformNote(_) => say!(words, "note.saved_platform"),
            Saved::Ship(_) => say!(words, "ship.saved"),
        };
        let mut lines = vec![say!(words, "cli.receipt", number = self.number, what = what)];
        if let Saved::PlatformNote(queued) | Saved::Ship(queued) = &self.saved {
            lines.push(say!(words, "cli.saved", id = queued.command));
            if queued.undo_until > teller.now {
                lines.push(teller.work_state(&ItemState::Undoable { until: queued.undo_until }));
            }
        }
        lines
    }
}
