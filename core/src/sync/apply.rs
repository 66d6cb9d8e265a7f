//! Storing a page of a feed, batch by batch.
//!
//! Every batch is one transaction of the cache, and the cursor moves in the transaction of the last one. So a crash between two
//! batches leaves rows that are good by themselves (each has its version) and a cursor that brings the page again. A page that broke
//! off has no end line and moves nothing.
//!
//! Each transaction looks at the sync's state itself. A page that was asked for before the history turned out to be another one is
//! recognised by its generation and goes no further.
//!
//! A cursor proves itself: the relay answers *reset* if its history does not have it. What was read beyond the cursor does not. After a
//! relay went back to a copy of its store, rows of the lost time could stay for ever, and what a page had left out, because it had changed
//! again by then, would never come. So each transaction notes how far the relay had been read, and a page of another life of the relay is
//! not stored before that life was asked whether it knows that place ([`Origin::Proof`]).

use bytes::Bytes;
use shopkeeper_protocol::{Cursor, End, EntityKey, EntityKind, GoneLine, Incarnation, Seq};

use super::ahead::{Ahead, EntityReady, Ready, Unreadable};
use super::sink::{SinkError, Sinks, Stored};
use super::state::{First, Origin, SyncState};
use super::{PullReport, RelayReading, SetAside, Version};
use crate::net::{Lines, Read};
use crate::store::{CacheTx, Store, StoreError};
use crate::time::Instant;

/// How a page is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Rows in one transaction.
    pub(crate) rows: usize,
    /// Whether another thread may read ahead.
    pub(crate) reads_beside: bool,
}

impl Pace {
    /// While somebody is looking: what arrived shows soon, and a core is left for the screen.
    const SEEN: Self = Self { rows: 150, reads_beside: false };
    const UNSEEN: Self = Self { rows: 1_000, reads_beside: true };

    pub(crate) const fn of(somebody_looks: bool) -> Self {
        if somebody_looks { Self::SEEN } else { Self::UNSEEN }
    }
}

/// After each of so many rows a transaction ends early if somebody waits for the writer.
const GIVES_WAY: usize = 16;

/// A page that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    text: Bytes,
    origin: Origin,
    /// The generation in which it was asked for.
    generation: i64,
    /// The life of the relay that tells it.
    life: Incarnation,
}

impl Page {
    /// `None` if it does not begin as a feed does.
    pub(crate) fn new(text: Bytes, origin: Origin, generation: i64) -> Option<Self> {
        match Lines::from(&text, 0).next() {
            Some(Read::Hello(hello)) => Some(Self { life: hello.incarnation, text, origin, generation }),
            _ => None,
        }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn life(&self) -> &Incarnation {
        &self.life
    }

    /// Its end line, if its last line is one.
    pub(crate) fn end(&self) -> Option<End> {
        let text = self.text.strip_suffix(b"\n")?;
        let last = text.iter().rposition(|byte| *byte == b'\n')?;
        match Lines::from(&self.text, last + 1).next() {
            Some(Read::End(end)) => Some(end),
            _ => None,
        }
    }
}

/// What came of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) report: PullReport,
    pub(crate) ended: Ended,
}

/// How a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With its end line. `moved` says whether the sync is further than before, `more` whether the relay has more already.
    Whole { moved: bool, more: bool },
    /// With the news that the relay's history is another one.
    Reset,
    /// In the middle.
    BrokenOff,
    /// It was for a generation that is no more.
    Stale,
    /// At its beginning: it is of a life of the relay that has yet to prove that it knows what is here.
    Unproven,
}

/// Stores a page. Yields between batches, so that whoever waits for the cache's writer gets it.
///
/// # Errors
/// If the cache cannot be written; the batches before are stored.
pub(crate) async fn apply_page(
    store: &Store,
    sinks: &Sinks,
    page: Page,
    pace: Pace,
    now: Instant,
) -> Result<Applied, StoreError> {
    let mut storing = Storing::new(store, sinks, page, pace);
    loop {
        let (ended, stored) = store
            .run(move |store| {
                let ended = storing.store_batch(store, now)?;
                Ok((ended, storing))
            })
            .await?;
        storing = stored;
        if let Some(ended) = ended {
            return Ok(Applied { report: storing.report, ended });
        }
        tokio::task::yield_now().await;
    }
}

/// Stores a page on the caller's thread.
///
/// # Errors
/// As [`apply_page`].
pub(crate) fn apply_page_here(
    store: &Store,
    sinks: &Sinks,
    page: Page,
    pace: Pace,
    now: Instant,
) -> Result<Applied, StoreError> {
    let mut storing = Storing::new(store, sinks, page, pace);
    loop {
        if let Some(ended) = storing.store_batch(store, now)? {
            return Ok(Applied { report: storing.report, ended });
        }
    }
}

/// A page between its batches.
pub(super) struct Storing {
    sinks: Sinks,
    page: Page,
    lines: Ahead,
    /// Rows in one transaction.
    rows: usize,
    /// No batch is stored yet.
    first: bool,
    pub(super) report: PullReport,
}

impl Storing {
    pub(super) fn new(store: &Store, sinks: &Sinks, page: Page, pace: Pace) -> Self {
        let lines = Ahead::new(store, sinks, &page.text, pace.reads_beside);
        Self { sinks: sinks.clone(), page, lines, rows: pace.rows, first: true, report: PullReport::default() }
    }

    /// Stores the next batch. Says how the page ended, if it did.
    ///
    /// # Errors
    /// If the cache cannot be written; nothing of the page may be stored after that.
    pub(super) fn store_batch(&mut self, store: &Store, now: Instant) -> Result<Option<Ended>, StoreError> {
        // The first lines are read before anybody has to wait for the writer.
        self.lines.peek();
        let Self { sinks, page, lines, rows: limit, first, report } = self;
        let (ended, more) = store.write_cache(|tx| {
            let mut state = tx.reader().sync_state()?;
            if state.generation != page.generation {
                return Ok((Some(Ended::Stale), PullReport::default()));
            }
            if let Origin::Proof(of) = &page.origin {
                let ended = prove(tx, &mut state, page, of)?;
                return Ok((Some(ended), PullReport { reset: ended == Ended::Reset, ..PullReport::default() }));
            }
            if state.unproven(&page.life).is_some() {
                return Ok((Some(Ended::Unproven), PullReport::default()));
            }
            if *first && state.first == First::NotBegun {
                tx.defer_indexes()?;
            }
            if state.first == First::Done {
                tx.hear_at(now)?;
            }
            let anything_aside = tx.reader().set_aside_count()? > 0;
            let report = PullReport::default();
            let mut work = Work { tx, sinks, generation: page.generation, now, report, anything_aside, last: None };
            let may_go_on = |rows| rows < *limit && (rows == 0 || rows % GIVES_WAY != 0 || !store.is_cache_awaited());
            let ended = work.take_lines(&mut state, page, lines, may_go_on)?;
            work.settle()?;
            Ok((ended, work.report))
        })?;
        *first = false;
        *report += more;
        Ok(ended)
    }
}

/// Takes the answer to [`Origin::Proof`]: only whether it is a reset matters.
fn prove(tx: &CacheTx<'_>, state: &mut SyncState, page: &Page, of: &Cursor) -> Result<Ended, StoreError> {
    let last = Lines::from(&page.text, 0).find(|line| matches!(line, Read::Reset(_) | Read::End(_)));
    Ok(match last {
        Some(Read::Reset(why)) => {
            tracing::info!(?why, "the relay went back to a copy of its store");
            reset(tx, state)?;
            Ended::Reset
        }
        Some(_) => {
            if state.seen.as_ref() == Some(of) {
                state.saw(&page.life, of.seq);
                tx.put_sync_state(state)?;
            }
            Ended::Whole { moved: true, more: false }
        }
        None => Ended::BrokenOff,
    })
}

/// Everything that is here becomes of an older generation, and a walk begins.
///
/// # Errors
/// If the cache cannot be written.
pub(crate) fn begin_anew(store: &Store) -> Result<(), StoreError> {
    store.write_cache(|tx| reset(tx, &mut tx.reader().sync_state()?))
}

/// Moves the cursor, and says what is complete.
fn take_end(
    tx: &CacheTx<'_>,
    sinks: &Sinks,
    mut state: SyncState,
    page: &Page,
    end: &End,
) -> Result<Ended, StoreError> {
    let moved = state.take_end(&page.origin, end, sinks.kinds());
    if state != tx.reader().sync_state()? {
        tx.put_sync_state(&state)?;
    }
    if moved.claims {
        for claim in &end.claims {
            tx.claim(claim)?;
        }
    }
    if moved.first_ended {
        for sink in sinks.iter() {
            sink.forget_older(tx, state.generation)?;
        }
        tx.forget_set_aside(state.generation)?;
    }
    if moved.caught_up {
        for watermark in &end.watermarks {
            tx.put_watermark(watermark)?;
        }
    }
    Ok(Ended::Whole { moved: moved.moved, more: moved.more })
}

/// Builds the indexes that a first sync left for its end, once it has ended.
///
/// # Errors
/// If the cache cannot be read or written; what is built stays.
pub(crate) fn build_missing_indexes(store: &Store) -> Result<(), StoreError> {
    while store.read(|reader| Ok(reader.misses_index()? && reader.sync_state()?.first == First::Done))? {
        store.write_cache(|tx| tx.build_missing_index())?;
    }
    Ok(())
}

/// The relay's history is another one. Rows stay and are shown until the new first sync is complete; only what was claimed to be
/// complete is so no longer.
fn reset(tx: &CacheTx<'_>, state: &mut SyncState) -> Result<(), StoreError> {
    state.reset();
    tx.put_sync_state(state)?;
    tx.forget_coverage()
}

/// The lines of one batch.
struct Work<'a, 'c> {
    tx: &'a CacheTx<'c>,
    sinks: &'a Sinks,
    generation: i64,
    now: Instant,
    report: PullReport,
    /// Nearly always false, and then nothing has to be looked for per row.
    anything_aside: bool,
    /// The greatest sequence so far.
    last: Option<Seq>,
}

impl Work<'_, '_> {
    /// Takes lines for as long as the number of rows so far allows, and always the end with the last of them. Says how the page ended, if
    /// it did.
    fn take_lines(
        &mut self,
        state: &mut SyncState,
        page: &Page,
        lines: &mut Ahead,
        may_go_on: impl Fn(usize) -> bool,
    ) -> Result<Option<Ended>, StoreError> {
        let mut rows = 0;
        let ended = loop {
            match lines.peek() {
                None => break Some(Ended::BrokenOff),
                Some(Ready::End(end)) => {
                    self.reaches(end.head);
                    self.note(state, page);
                    self.report.relay_reading = RelayReading::of_orders(&end.watermarks);
                    return take_end(self.tx, self.sinks, state.clone(), page, end).map(Some);
                }
                Some(Ready::Reset(why)) => {
                    tracing::info!(?why, "the relay's history is another one");
                    reset(self.tx, state)?;
                    self.report.reset = true;
                    return Ok(Some(Ended::Reset));
                }
                Some(_) if !may_go_on(rows) => break None,
                Some(_) => rows += 1,
            }
            if let Some(line) = lines.take() {
                self.take(line)?;
            }
        };
        if self.note(state, page) {
            self.tx.put_sync_state(state)?;
        }
        Ok(ended)
    }

    /// Writes down how far the rows reach; false if there were none.
    fn note(&self, state: &mut SyncState, page: &Page) -> bool {
        if let Some(last) = self.last {
            state.saw(&page.life, last);
        }
        self.last.is_some()
    }

    fn reaches(&mut self, seq: Seq) {
        self.last = self.last.max(Some(seq));
    }

    fn take(&mut self, line: Ready) -> Result<(), StoreError> {
        match line {
            Ready::Entity(EntityReady { kind, key, seq, reading }) => {
                self.reaches(seq);
                let version = Version::new(self.generation, seq);
                let stored = reading.store(self.tx, &key, version)?;
                self.count(stored);
                self.healed(&kind, &key, version)
            }
            Ready::Gone(gone) => self.remove(&gone),
            Ready::Unreadable(unreadable) => self.set_aside(unreadable),
            Ready::PassedOver(seq) => {
                self.last = self.last.max(seq);
                self.report.passed_over += 1;
                Ok(())
            }
            // They end a page and do not come here.
            Ready::Reset(_) | Ready::End(_) => Ok(()),
        }
    }

    fn remove(&mut self, gone: &GoneLine) -> Result<(), StoreError> {
        self.reaches(gone.seq);
        let version = Version::new(self.generation, gone.seq);
        let Some(sink) = self.sinks.of(&gone.kind) else {
            self.report.passed_over += 1;
            return Ok(());
        };
        match sink.gone(self.tx, &gone.key, version)? {
            Stored::Changed => self.report.gone += 1,
            Stored::Same => self.report.same += 1,
            Stored::Gathered => {}
        }
        self.healed(&gone.kind, &gone.key, version)
    }

    fn count(&mut self, stored: Stored) {
        match stored {
            Stored::Changed => self.report.changed += 1,
            Stored::Same => self.report.same += 1,
            Stored::Gathered => {}
        }
    }

    /// What was gathered is written, and counted.
    fn settle(&mut self) -> Result<(), StoreError> {
        let settled = self.tx.settle_orders()?;
        self.report.changed += settled.changed;
        self.report.same += settled.same;
        Ok(())
    }

    fn healed(&self, kind: &EntityKind, key: &EntityKey, version: Version) -> Result<(), StoreError> {
        if self.anything_aside { self.tx.healed(kind, key, version) } else { Ok(()) }
    }

    fn set_aside(&mut self, unreadable: Unreadable) -> Result<(), StoreError> {
        let Unreadable { kind, key, seq, whole_line, text: body, what } = unreadable;
        self.reaches(seq);
        let version = Version::new(self.generation, seq);
        tracing::warn!(kind = kind.as_str(), %key, seq = version.seq, %what, "an entity could not be read and was set aside");
        self.report.set_aside += 1;
        self.anything_aside = true;
        self.tx.set_aside(&SetAside { kind, key, version, whole_line, body, what, at: self.now })
    }
}

/// Rows read again in one transaction.
const AGAIN: u32 = 200;

/// Reads again what an earlier build could not. Says how many now could be.
///
/// # Errors
/// If the cache cannot be read or written.
pub(crate) fn read_set_aside_again(store: &Store, sinks: &Sinks) -> Result<u64, StoreError> {
    let mut last: Option<SetAside> = None;
    let mut healed = 0;
    loop {
        let after = last.as_ref().map(|row| (row.kind.as_str(), row.key.as_str()));
        let rows = store.read(|reader| reader.set_aside_rows(after, AGAIN))?;
        if rows.is_empty() {
            return Ok(healed);
        }
        healed += store.write_cache(|tx| {
            let mut healed = 0;
            for row in &rows {
                healed += u64::from(read_again(tx, sinks, row)?);
            }
            Ok(healed)
        })?;
        last = rows.into_iter().next_back();
    }
}

fn read_again(tx: &CacheTx<'_>, sinks: &Sinks, row: &SetAside) -> Result<bool, StoreError> {
    let line = if row.whole_line {
        // With the line break that it had, or it would count as one that broke off.
        let text = format!("{}\n", row.body);
        match Lines::from(text.as_bytes(), 0).next() {
            Some(Read::Entity(entity)) => Some((entity.kind, entity.key, entity.seq, entity.body.get().to_owned())),
            _ => None,
        }
    } else {
        let seq = u64::try_from(row.version.seq).unwrap_or(0);
        Some((row.kind.clone(), row.key.clone(), seq, row.body.clone()))
    };
    let Some((kind, key, seq, body)) = line else { return Ok(false) };
    let Some(sink) = sinks.of(&kind) else { return Ok(false) };
    match sink.upsert(tx, &key, Version::new(row.version.generation, seq), &body) {
        Ok(_) => {
            tx.healed(&row.kind, &row.key, row.version)?;
            Ok(true)
        }
        Err(SinkError::Bad(_)) => Ok(false),
        Err(SinkError::Store(error)) => Err(error),
    }
}

#[cfg(test)]
impl Page {
    /// The page up to a line.
    pub(crate) fn cut(mut self, lines: usize) -> Self {
        let text = String::from_utf8_lossy(&self.text).into_owned();
        self.text = text.split_inclusive('\n').take(lines).collect::<String>().into();
        self
    }
}
