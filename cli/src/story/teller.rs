//! How a story is told: sentences for people, or the same sentences with their numbers as JSON lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Tally;
use crate::say;
use crate::words::Words;

/// Writes one story down.
pub(super) struct Teller<'a> {
    pub(super) words: Words,
    json: bool,
    out: &'a mut dyn Write,
}

/// A step for a program.
#[derive(Debug, Serialize)]
struct Line<'a> {
    step: &'a str,
    text: &'a str,
    #[serde(flatten)]
    facts: BTreeMap<&'a str, u64>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(words: Words, json: bool, out: &'a mut dyn Write) -> Self {
        Self { words, json, out }
    }

    /// A step under its name: `text` for a person, `facts` for a program. Flushed, since the next step may take seconds.
    pub(super) fn step(&mut self, name: &str, text: &str, facts: &[(&str, u64)]) -> io::Result<()> {
        if self.json {
            let facts = facts.iter().copied().collect();
            serde_json::to_writer(&mut *self.out, &Line { step: name, text, facts })?;
            writeln!(self.out)?;
        } else {
            writeln!(self.out, "{text}")?;
        }
        self.out.flush()
    }

    /// The last line.
    pub(super) fn end(&mut self, tally: &Tally) -> io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut *self.out, tally)?;
            writeln!(self.out)?;
        } else {
            let Tally { confirmed, delivered, needs_action, lost, doubled } = *tally;
            let text = say!(
                self.words,
                "cli.story.result",
                confirmed = confirmed,
                delivered = delivered,
                needs_action = needs_action,
                lost = lost,
                doubled = doubled
            );
            writeln!(self.out, "{text}")?;
        }
        self.out.flush()
    }
}
