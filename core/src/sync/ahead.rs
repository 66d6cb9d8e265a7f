//! Reading a page ahead of storing it.
//!
//! Reading a line takes a third as long as storing it, needs no file, and does not depend on what is stored. So while one thread has the
//! cache's writer, another reads on, a bounded stretch ahead.
//!
//! Neither ever waits for the other to be given a thread. Lines are read in stretches, one stretch at a time: whoever stores and finds none
//! that is read waits for the one that is being read, or reads the next one itself. In a simulation there is no other thread, so it
//! always reads itself, and everything else is the same. So it is while somebody is looking: of a phone's cores one is for the screen then, and
//! three threads that work without a pause would make it wait.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use shopkeeper_protocol::{End, EntityKey, EntityKind, GoneLine, Reset, Seq};

use super::sink::{Reading, Sinks};
use crate::net::{AtSight, Lines, Read};
use crate::observer::lock;
use crate::store::Store;

/// Lines read at a time: some 0.5 ms.
const STRETCH: usize = 64;
/// Stretches that wait to be stored: some 1.5 MB of orders.
const AHEAD: usize = 6;
/// A page of fewer bytes is read before another thread would have begun.
const WORTHWHILE: usize = 64 * 1024;

/// A line, read as far as it can be without the cache.
pub(super) enum Ready {
    Entity(EntityReady),
    Gone(GoneLine),
    Unreadable(Unreadable),
    /// Of a kind that this build does not store, or a line of a later protocol, which has no sequence that could be told.
    PassedOver(Option<Seq>),
    Reset(Reset),
    End(End),
}

/// See [`Ready::Entity`].
pub(super) struct EntityReady {
    pub(super) kind: EntityKind,
    pub(super) key: EntityKey,
    pub(super) seq: Seq,
    pub(super) reading: Box<dyn Reading>,
}

/// A body, or a whole line, that this build cannot read.
pub(super) struct Unreadable {
    pub(super) kind: EntityKind,
    pub(super) key: EntityKey,
    pub(super) seq: Seq,
    pub(super) whole_line: bool,
    pub(super) text: String,
    /// What is wrong, without values.
    pub(super) what: String,
}

/// The lines of a page, one after the other.
pub(super) struct Ahead {
    store: Store,
    shared: Arc<Shared>,
    /// The stretch that is being stored, last line first.
    taken: Vec<Ready>,
}

struct Shared {
    sinks: Sinks,
    text: Bytes,
    /// Where the next stretch begins. Held while one is read and handed over, so that they are handed over in their order.
    at: Mutex<usize>,
    read: Mutex<VecDeque<Vec<Ready>>>,
    /// Another thread reads, is about to, or may not.
    somebody_reads: AtomicBool,
}

impl Ahead {
    /// Begins to read; on another thread if it may.
    pub(super) fn new(store: &Store, sinks: &Sinks, text: &Bytes, beside: bool) -> Self {
        let shared = Shared {
            sinks: sinks.clone(),
            text: text.clone(),
            at: Mutex::new(0),
            read: Mutex::default(),
            somebody_reads: AtomicBool::new(!beside || text.len() < WORTHWHILE),
        };
        let ahead = Self { store: store.clone(), shared: Arc::new(shared), taken: Vec::new() };
        ahead.read_on();
        ahead
    }

    /// The next line, left where it is; `None` at the end of the text.
    pub(super) fn peek(&mut self) -> Option<&Ready> {
        if self.taken.is_empty() {
            self.taken = self.shared.next_stretch();
            self.taken.reverse();
            self.read_on();
        }
        self.taken.last()
    }

    /// The line that was looked at.
    pub(super) fn take(&mut self) -> Option<Ready> {
        self.peek()?;
        self.taken.pop()
    }

    /// Has another thread read, if there is one and it does not already.
    fn read_on(&self) {
        let shared = &self.shared;
        if lock(&shared.read).len() > AHEAD / 2 || shared.somebody_reads.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(shared);
        self.store.beside(move || {
            while shared.read_one_ahead() {}
            shared.somebody_reads.store(false, Ordering::Release);
        });
    }
}

impl Shared {
    /// Empty at the end of the text.
    fn next_stretch(&self) -> Vec<Ready> {
        if let Some(stretch) = self.first_read() {
            return stretch;
        }
        let mut at = lock(&self.at);
        // Whoever had the place may have read one meanwhile.
        self.first_read().unwrap_or_else(|| self.read_stretch(&mut at))
    }

    fn first_read(&self) -> Option<Vec<Ready>> {
        lock(&self.read).pop_front()
    }

    /// False if that is far enough, or everything.
    fn read_one_ahead(&self) -> bool {
        let mut at = lock(&self.at);
        if lock(&self.read).len() >= AHEAD {
            return false;
        }
        let stretch = self.read_stretch(&mut at);
        if stretch.is_empty() {
            return false;
        }
        lock(&self.read).push_back(stretch);
        true
    }

    fn read_stretch(&self, at: &mut usize) -> Vec<Ready> {
        let mut lines = Lines::from(&self.text, *at);
        let mut stretch = Vec::new();
        while stretch.len() < STRETCH {
            if let Some(entity) = lines.next_at_sight(|line| self.ready_at_sight(&line)) {
                stretch.push(Ready::Entity(entity));
            } else if let Some(line) = lines.next() {
                stretch.extend(self.ready(line));
            } else {
                break;
            }
            *at = lines.at();
        }
        if stretch.len() < STRETCH {
            // A line that was cut stays unread, whoever asks again.
            *at = self.text.len();
        }
        stretch
    }

    /// `None` if there is anything special about it, which only the whole line tells.
    fn ready_at_sight(&self, line: &AtSight<'_>) -> Option<EntityReady> {
        let (kind, key) = (EntityKind::from(line.kind), EntityKey::from(line.key));
        let reading = self.sinks.of(&kind)?.read(&key, line.body).ok()?;
        Some(EntityReady { kind, key, seq: line.seq, reading })
    }

    /// `None`: the first line, whose news the network's side has taken.
    fn ready(&self, line: Read<'_>) -> Option<Ready> {
        Some(match line {
            Read::Hello(_) => return None,
            Read::Entity(entity) => {
                let (kind, key, seq) = (entity.kind, entity.key, entity.seq);
                let body = entity.body.get();
                match self.sinks.of(&kind).map(|sink| sink.read(&key, body)) {
                    None => Ready::PassedOver(Some(seq)),
                    Some(Ok(reading)) => Ready::Entity(EntityReady { kind, key, seq, reading }),
                    Some(Err(bad)) => {
                        let (text, what) = (body.to_owned(), bad.to_string());
                        Ready::Unreadable(Unreadable { kind, key, seq, whole_line: false, text, what })
                    }
                }
            }
            Read::Gone(gone) => Ready::Gone(gone),
            Read::Broken(broken) => {
                let (kind, key, seq, what) = (broken.kind, broken.key, broken.seq, broken.what);
                let text = String::from_utf8_lossy(broken.text).into_owned();
                Ready::Unreadable(Unreadable { kind, key, seq, whole_line: true, text, what })
            }
            Read::Unknown => Ready::PassedOver(None),
            Read::Reset(why) => Ready::Reset(why),
            Read::End(end) => Ready::End(end),
        })
    }
}
