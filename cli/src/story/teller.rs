//! How a story is told: sentences for people, or the same sentences with their numbers as JSON lines.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::Tally;
use crate::say;
use crate::words::Words;

/// Writes one story down.
pub(super) struct Teller<'a> {
    pub(super) words: Words,
    json: bool,
    out: &'a mut dyn Write,
}

impl<'a> Teller<'a> {
    pub(super) fn new(words: Words, json: bool, out: &'a mut dyn Write) -> Self {
        Self { words, json, out }
    }

    /// A step under its name: `text` for a person, `facts` for a program. Flushed, since the next step may take seconds.
    pub(super) fn step(&mut self, name: &str, text: &str, facts: &[(&str, u64)]) -> io::Result<()> {
        if self.json {
            let mut line = Map::new();
            line.insert("step".to_owned(), name.into());
            line.insert("text".to_owned(), text.into());
            line.extend(facts.iter().map(|(fact, number)| ((*fact).to_owned(), Value::from(*number))));
            serde_json::to_writer(&mut *self.out, &line)?;
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
