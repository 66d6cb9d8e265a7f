//! `outbox`: what the platform does not have yet, and what can be done about it.

use serde::Serialize;
use shopkeeper_core::core::Core;
use shopkeeper_core::ids::CommandId;
use shopkeeper_core::outbox::{OutboxItem, OutboxSummary, OutboxView};

use super::VerbError;
use super::speaker::{Answer, Speaker};
use crate::args::OutboxVerb;
use crate::exit::Exit;
use crate::phrase::Teller;
use crate::say;

/// `{"items":[…],"summary":{"pending":…,"unknown":…,"needs_action":…}}`; each item is the core's.
#[derive(Debug, Serialize)]
struct Waiting<'a> {
    items: &'a [OutboxItem],
    summary: OutboxSummary,
}

/// What was done: `{"done":"undo","command":…}`; after `retry` the command may be a fresh one, `retry_all` has their number.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "done")]
enum Done {
    Undo { command: CommandId },
    Withdraw { command: CommandId },
    Retry { command: CommandId },
    RetryAll { retried: u32 },
}

pub(super) fn run(verb: Option<OutboxVerb>, core: &Core, speaker: &mut Speaker<'_>) -> Result<Exit, VerbError> {
    let outbox = core.outbox()?;
    let done = match verb.unwrap_or(OutboxVerb::List) {
        OutboxVerb::List => {
            let view = outbox.view()?;
            speaker.say(&Waiting { items: &view.items, summary: view.summary }, core)?;
            return Ok(Exit::Ok);
        }
        OutboxVerb::Undo { id } => {
            let command = find(&outbox.view()?, &id)?;
            outbox.undo(&command)?;
            Done::Undo { command }
        }
        OutboxVerb::Withdraw { id } => {
            let command = find(&outbox.view()?, &id)?;
            outbox.withdraw(&command)?;
            Done::Withdraw { command }
        }
        OutboxVerb::Retry { id } => Done::Retry { command: outbox.retry(&find(&outbox.view()?, &id)?)? },
        OutboxVerb::RetryAll => Done::RetryAll { retried: outbox.retry_all()? },
    };
    speaker.say(&done, core)?;
    Ok(Exit::Ok)
}

/// The one piece of work whose id is that, or begins like that.
fn find(view: &OutboxView, text: &str) -> Result<CommandId, VerbError> {
    let mut like =
        view.items.iter().map(|item| &item.id).filter(|id| !text.is_empty() && id.as_str().starts_with(text));
    match (like.next(), like.count()) {
        (None, _) => Err(VerbError::NoWork(text.to_owned())),
        (Some(id), 0) => Ok(id.clone()),
        (Some(_), others) => Err(VerbError::ManyWork { text: text.to_owned(), count: others + 1 }),
    }
}

impl Answer for Waiting<'_> {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let words = teller.words;
        if self.items.is_empty() {
            return vec![say!(words, "outbox.empty")];
        }
        let OutboxSummary { pending, unknown, needs_action } = self.summary;
        let summary = say!(words, "outbox.summary", pending = pending, needs_action = needs_action, unknown = unknown);
        self.items.iter().flat_map(|item| self::item(item, teller)).chain([summary]).collect()
    }
}

/// Which work on which order, and where it stands.
pub(super) fn item(item: &OutboxItem, teller: &Teller) -> [String; 2] {
    let mut facts = vec![teller.work_state(&item.state)];
    if let Some(due) = item.due {
        facts.push(say!(teller.words, "outbox.due", time = teller.time(due)));
    }
    if item.attempts > 0 {
        facts.push(say!(teller.words, "outbox.attempts", n = item.attempts));
    }
    [format!("{}  {}  {}", item.id, item.number, teller.work(&item.work)), format!("    {}", facts.join(" · "))]
}

impl Answer for Done {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let words = teller.words;
        vec![match self {
            Self::Undo { .. } => say!(words, "ship.undone"),
            Self::Withdraw { .. } => say!(words, "outbox.withdrawn"),
            Self::Retry { command } => format!("{} {command}", say!(words, "outbox.retried")),
            Self::RetryAll { retried } => say!(words, "cli.outbox.retried", n = retried),
        }]
    }
}
