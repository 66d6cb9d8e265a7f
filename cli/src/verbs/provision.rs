//! `provision`: 出门前备齐. Fetches what tomorrow needs and says how complete it is; with `--look` only what is here, without a network.
//!
//! While it runs it tells each step in a line of text, on one and the same output, so that somebody can watch; JSON has the result alone.
//! Ending the process is how it is stopped: what was stored stays, and the next run goes on from there.

use std::sync::Arc;

use serde::Serialize;
use shopkeeper_core::core::Core;
use shopkeeper_core::sync::{Missing, ProvisionStep, Provisions};
use tokio::sync::mpsc;

use super::VerbError;
use super::speaker::{Answer, Speaker};
use crate::exit::Exit;
use crate::phrase::Teller;
use crate::say;

/// `{"complete":…,"provisions":{…}}`: the core's.
#[derive(Debug, Serialize)]
struct Provisioned {
    complete: bool,
    provisions: Provisions,
}

/// A step of the run, in text only.
#[derive(Debug, Serialize)]
struct Step(ProvisionStep);

pub(super) async fn run(look: bool, core: &Core, speaker: &mut Speaker<'_>) -> Result<Exit, VerbError> {
    let sync = core.sync()?;
    let found = if look {
        sync.provisions()?
    } else {
        let (told, mut steps) = mpsc::unbounded_channel();
        let run = sync.provision(Arc::new(move |step| {
            // After the run's end nobody listens, and that is fine.
            let _ = told.send(step);
        }));
        tokio::pin!(run);
        loop {
            tokio::select! {
                biased;
                Some(step) = steps.recv() => speaker.mention(&Step(step), core)?,
                found = &mut run => break found?,
            }
        }
    };
    let exit = exit(&found);
    speaker.say(&Provisioned { complete: found.is_complete(), provisions: found }, core)?;
    Ok(exit)
}

/// Complete, or not: then whether trying again can help.
fn exit(found: &Provisions) -> Exit {
    let unreadable = |missing: Missing| matches!(missing, Missing::Unreadable { .. });
    if found.is_complete() {
        Exit::Ok
    } else if found.parts.iter().filter_map(|part| part.missing).all(unreadable) {
        Exit::Refused
    } else {
        Exit::OutOfReach
    }
}

impl Answer for Step {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        vec![format!("… {}", teller.step(self.0))]
    }
}

impl Answer for Provisioned {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let (words, found) = (teller.words, &self.provisions);
        let mut lines = teller.provisioned(found);
        for part in &found.parts {
            let mark = if part.missing.is_none() { "✓" } else { "✗" };
            let why = part.missing.map(|missing| format!("  {}", teller.missing(missing))).unwrap_or_default();
            lines.push(format!("  {mark} {}  {}{why}", teller.part(part.kind), part.here));
        }
        if let Some(as_of) = found.freshness.as_of() {
            lines.push(say!(words, "truth.as_of", time = teller.time(as_of)));
        }
        lines.push(teller.offline_until(found));
        if !found.is_complete() {
            lines.push(say!(words, "provision.until_unsure"));
        }
        if !found.before_leaving.is_empty() {
            lines.push(say!(words, "provision.before", n = found.before_leaving.len()));
        }
        for deadline in &found.before_leaving {
            let (_, left) = teller.countdown(deadline.at);
            lines.push(format!("  {left}  {}  {}", teller.deadline(deadline), deadline.number));
        }
        let work = found.unsent;
        if !work.all_delivered() {
            lines.push(say!(words, "provision.unsent", n = work.pending + work.unknown + work.needs_action));
        }
        lines
    }
}
