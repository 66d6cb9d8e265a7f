//! The journal of a sandbox with a data folder: JSON lines, the first with what the world was made from, each other with
//! one verb and its time. Resuming makes the same world again and plays the verbs to it.
//!
//! A line is written before the answer goes out, so killing the process loses nothing that anybody was told. It is not
//! forced to the disk: a power cut may cost the last moments of a pretend shop. A last line without its end is what a kill
//! in the middle of a write leaves behind; it was never answered, so it is cut off. Anything else that does not read is an
//! error that names the line: guessing would make a different world than the one that somebody has seen.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::world::{TapeEntry, World, WorldConfig};

const FILE_NAME: &str = "sandbox.jsonl";
const FORMAT: u32 = 1;

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("{file}: {source}")]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{file}, line {line}: {reason}")]
    Line {
        /// Which file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    sandbox_journal: u32,
    world: WorldConfig,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal of `folder`. If there is one, its world is made again, whatever `config` says; else a new world is
    /// made from `config` and a new journal begun.
    pub fn open(folder: &Path, config: WorldConfig) -> Result<(World, Self), JournalError> {
        let path = folder.join(FILE_NAME);
        let failed = |source| JournalError::Io { file: path.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let text = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        if whole < text.len() {
            tracing::warn!(bytes = text.len() - whole, "the journal ends in the middle of a line, which is cut off");
            file.set_len(whole as u64).map_err(failed)?;
        }
        let world = if whole == 0 {
            let opening = Opening { sandbox_journal: FORMAT, world: config };
            let mut line = serde_json::to_vec(&opening).map_err(|error| failed(error.into()))?;
            line.push(b'\n');
            file.write_all(&line).map_err(failed)?;
            World::new(opening.world)
        } else {
            replay(&path, &text[..whole])?
        };
        Ok((world, Self { file, path }))
    }

    /// Writes verbs down, in one write.
    pub(crate) fn append(&mut self, tape: &[TapeEntry]) -> Result<(), JournalError> {
        let failed = |source| JournalError::Io { file: self.path.clone(), source };
        let mut lines = Vec::new();
        for entry in tape {
            serde_json::to_writer(&mut lines, entry).map_err(|error| failed(error.into()))?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines).map_err(failed)
    }
}

fn replay(path: &Path, text: &[u8]) -> Result<World, JournalError> {
    let wrong = |line: usize, reason: String| JournalError::Line { file: path.to_owned(), line, reason };
    let mut lines = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').enumerate();
    let opening = lines.next().map(|(_, line)| line).unwrap_or_default();
    let opening: Opening = serde_json::from_slice(opening).map_err(|error| wrong(1, unread(&error)))?;
    if opening.sandbox_journal != FORMAT {
        return Err(wrong(1, format!("format {} is not known here", opening.sandbox_journal)));
    }
    let mut world = World::new(opening.world);
    for (number, line) in lines {
        let entry: TapeEntry = serde_json::from_slice(line).map_err(|error| wrong(number + 1, unread(&error)))?;
        world.play(&entry).map_err(|refusal| wrong(number + 1, format!("cannot be done again: {refusal}")))?;
    }
    world.take_events();
    Ok(world)
}

/// What is wrong, without repeating what stands there: notes are somebody's words.
fn unread(error: &serde_json::Error) -> String {
    format!("is no entry of a journal ({:?} error at column {})", error.classify(), error.column())
}
