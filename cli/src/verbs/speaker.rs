//! Where answers go: sentences for a person, or one JSON document a line for a program.

use std::io::{self, Write};

use serde::Serialize;
use shopkeeper_core::core::Core;
use shopkeeper_core::orders::SearchQuery;

use crate::phrase::{Teller, searched};
use crate::words::Words;

/// Something that a verb has to say, in both forms. The JSON form is a promise to scripts: fields are added and never change their meaning.
/// Money is in fen, instants are UTC unix milliseconds, codes are those of the words files.
pub(super) trait Answer: Serialize {
    /// As lines of text.
    fn lines(&self, teller: &Teller) -> Vec<String>;
}

/// Says answers to a writer, each as a whole: what was said has left this process when [`Speaker::say`] returns.
pub(super) struct Speaker<'a> {
    out: &'a mut (dyn Write + Send),
    json: bool,
    words: Words,
}

impl<'a> Speaker<'a> {
    pub(super) fn new(out: &'a mut (dyn Write + Send), json: bool, words: Words) -> Self {
        Self { out, json, words }
    }

    /// Says it on the way to the answer, to people only: a program waits for the answer.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn mention(&mut self, answer: &impl Answer, core: &Core) -> io::Result<()> {
        if self.json { Ok(()) } else { self.say(answer, core) }
    }

    /// For what speaks for itself.
    pub(super) fn out(&mut self) -> &mut (dyn Write + Send) {
        self.out
    }

    /// A text to search for, in the language in which answers are given.
    pub(super) fn searched(&self, text: String) -> SearchQuery {
        searched(self.words, text)
    }

    /// Says it by the core's clock, in its shop's zone.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn say(&mut self, answer: &impl Answer, core: &Core) -> io::Result<()> {
        let mut text = if self.json {
            serde_json::to_string(answer)?
        } else {
            let lines = answer.lines(&Teller { words: self.words, zone: core.zone(), now: core.now() });
            lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
        };
        text.push('\n');
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}
