//! Where the sync stands, as plain values: read from the cache, changed by pages, written with the rows of the page.

use shopkeeper_protocol::{Claim, Complete, Cursor, End, Incarnation, Seq, Watermark};

use crate::time::Instant;

/// The row `sync_state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyncState {
    /// See [`Version`](super::Version).
    pub(crate) generation: i64,
    /// Changes after this have not been stored. `None` before the first page of the first sync.
    pub(crate) cursor: Option<Cursor>,
    /// How far the relay's sequence had come in the latest reading that is here, and in which life of the relay. It can be beyond the
    /// cursor: pages of the first sync are read later than the head of their walk, pages of changes may have more behind them, and
    /// pages break off.
    pub(crate) seen: Option<Cursor>,
    pub(crate) first: First,
    pub(crate) progress: Progress,
    /// The kinds that could be stored when the first sync began, separated by blanks.
    pub(crate) kinds: String,
}

/// Where the first sync stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum First {
    NotBegun,
    /// The continuation that brings the next page.
    Running(String),
    Done,
}

/// How much of the first sync is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub(crate) stage: String,
    pub(crate) done: u64,
    pub(crate) total: u64,
}

/// Which part of the sequence a page was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    First(Option<String>),
    Changes(Cursor),
    /// Changes after the furthest reading that is here, asked only to hear whether the relay still knows it. Nothing is stored.
    Proof(Cursor),
    /// Bytes from outside, taken as what would come next. Which feed they are of shows in their end line.
    Given,
}

/// What the end of a page changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moved {
    /// The sync is further than before.
    pub(crate) moved: bool,
    /// The relay has more of this feed already.
    pub(crate) more: bool,
    /// The page was of the first sync, and what it claims to be complete is so now.
    pub(crate) claims: bool,
    /// This was the last page of a first sync: what only older generations know is no longer at the relay.
    pub(crate) first_ended: bool,
    /// Everything that the relay has is here now, so what it says of itself holds here.
    pub(crate) caught_up: bool,
}

impl SyncState {
    /// Takes the end of a page whose rows are stored. A page that does not fit where the sync stands moves nothing: its rows are
    /// versioned and do no harm, and the right page will come.
    pub(crate) fn take_end(&mut self, origin: &Origin, end: &End, kinds: &str) -> Moved {
        let before = self.clone();
        let of_first = match origin {
            Origin::First(_) => true,
            Origin::Changes(_) | Origin::Proof(_) => false,
            Origin::Given => end.continue_from.is_some() || end.progress.is_some() || !end.claims.is_empty(),
        };
        let fits = match origin {
            Origin::First(None) => self.first == First::NotBegun,
            Origin::First(Some(from)) => self.first == First::Running(from.clone()),
            Origin::Changes(after) => self.cursor.as_ref() == Some(after),
            Origin::Proof(_) => false,
            Origin::Given if of_first => self.first != First::Done,
            Origin::Given => self.cursor.is_some(),
        };
        let more = end.more || end.continue_from.is_some();
        if !fits {
            return Moved { more, ..Moved::default() };
        }
        if of_first {
            self.take_first(end, kinds);
        } else if self.cursor.as_ref().is_some_and(|here| is_further(here, &end.cursor)) {
            self.cursor = Some(end.cursor.clone());
        }
        Moved {
            moved: self.cursor != before.cursor || self.first != before.first,
            more,
            claims: of_first,
            first_ended: self.first == First::Done && before.first != First::Done,
            caught_up: !of_first && !end.more && self.first == First::Done,
        }
    }

    fn take_first(&mut self, end: &End, kinds: &str) {
        if self.first == First::NotBegun {
            // The head at which the feed was taken: whatever changes later is among the changes after it. A walk that begins again
            // keeps the cursor that is here, or it would miss what went away between the two.
            self.cursor.get_or_insert_with(|| end.cursor.clone());
            kinds.clone_into(&mut self.kinds);
        }
        if let Some(progress) = &end.progress {
            self.progress = Progress {
                stage: progress.stage.clone(),
                done: progress.sent,
                total: progress.total.max(progress.sent),
            };
        }
        self.first = match &end.continue_from {
            Some(from) => First::Running(from.clone()),
            None => First::Done,
        };
    }

    /// The relay's history is another one: everything is read again, as a later generation.
    pub(crate) fn reset(&mut self) {
        self.generation = self.generation.saturating_add(1);
        self.cursor = None;
        self.seen = None;
        self.begin_first_again();
    }

    /// Rows of this generation are here and no cursor: its first page broke off. What became of those rows since, nobody would
    /// tell, so they have to belong to an older generation.
    pub(crate) fn is_adrift(&self) -> bool {
        self.cursor.is_none() && self.seen.is_some()
    }

    /// What has to be proven before a page of this life of the relay may be stored: that life may have begun from a copy which does
    /// not have what is here beyond the cursor. The cursor itself is proven by every page of changes after it.
    pub(crate) fn unproven(&self, life: &Incarnation) -> Option<&Cursor> {
        let (seen, cursor) = (self.seen.as_ref()?, self.cursor.as_ref()?);
        (seen.incarnation != *life && seen.seq > cursor.seq).then_some(seen)
    }

    /// A life of the relay was read up to a sequence.
    pub(crate) fn saw(&mut self, life: &Incarnation, seq: Seq) {
        let before = self.seen.as_ref().map_or(0, |seen| seen.seq);
        self.seen = Some(Cursor { incarnation: life.clone(), seq: seq.max(before) });
    }

    /// What would be asked for next is the same. How far the relay was read does not matter to that.
    pub(crate) fn is_where(&self, other: &Self) -> bool {
        (self.generation, &self.cursor, &self.first) == (other.generation, &other.cursor, &other.first)
    }

    /// The first sync begins again. The rows stay what they are, and the cursor stays good.
    pub(crate) fn begin_first_again(&mut self) {
        self.first = First::NotBegun;
        self.progress = Progress::default();
    }
}

/// Within one incarnation a cursor only rises. Between two, the relay has decided already: it resets a cursor that is void.
fn is_further(here: &Cursor, there: &Cursor) -> bool {
    here.incarnation != there.incarnation || there.seq > here.seq
}

/// What is known to be complete of a kind: the only two claims that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Coverage {
    /// Every open one is here.
    pub(crate) open_complete: bool,
    /// Every one that was created at or after this is here.
    pub(crate) created_since: Option<Instant>,
}

impl Coverage {
    /// With one more claim. Claims of one generation only add up.
    pub(crate) fn with(mut self, claim: &Claim) -> Self {
        match claim.complete {
            Complete::Open => self.open_complete = true,
            Complete::CreatedSince(ms) => {
                let since = Instant::from_ms(ms);
                self.created_since = Some(self.created_since.map_or(since, |before| before.min(since)));
            }
        }
        self
    }

    /// What the relay has is here: its own completeness, as it is now.
    pub(crate) fn of(watermark: &Watermark) -> Self {
        Self { open_complete: watermark.open_complete, created_since: watermark.created_since.map(Instant::from_ms) }
    }
}
