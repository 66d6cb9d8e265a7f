//! The store: what the relay knows, in one SQLite file, and the only place that names the database.
//!
//! # One writer, one sequence
//!
//! Everything is written by [`Store::write`], one transaction at a time, and a new version of an entity takes its sequence inside that
//! transaction. Sequences therefore become visible in their order: a reader that saw 17 can never find a 16 later, and a phone's cursor
//! skips nothing. After the commit the *head* is published to whoever watches ([`Store::heads`]).
//!
//! # Lives
//!
//! Each opening appends an *incarnation*. A cursor names the incarnation and the sequence, and an incarnation ends where the next began; so
//! a store that was restored from a backup recognises the cursors that it never reached ([`Reader::place`]).
//!
//! # Where the work runs
//!
//! A real relay hands it to the runtime's blocking threads; a simulation runs it on the caller ([`RunStore`]). A write that has begun is
//! finished even if nobody waits for it any more.
//!
//! # Files of this room
//!
//! A statement stands in the file of its subject, and a subject's tables in a file of `schema/`.

mod clean;
mod commands;
mod devices;
mod entities;
mod error;
mod feeds;
mod heads;
mod incarnations;
mod open;
mod pushes;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;
mod watermarks;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use shopkeeper_protocol::Incarnation;
use tokio::sync::Semaphore;

pub(crate) use commands::{NewCommand, OpenCommand, body_hash};
pub use devices::DeviceInfo;
pub(crate) use devices::{CodeRow, Known};
pub(crate) use entities::{FetchSpan, Put, PutResult};
pub use error::StoreError;
pub(crate) use feeds::{After, Among, FeedRow};
pub(crate) use heads::HeadWatch;
pub(crate) use incarnations::Place;
pub(crate) use open::make_folder;
pub(crate) use sweep::{FillRow, ToRead};

use crate::ports::{Random, RunStore};
use heads::Heads;

/// Reads at the same time; one more waits.
const READERS: usize = 4;

/// See the module. Cloning shares everything.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

struct Inner {
    run: RunStore,
    file: std::path::PathBuf,
    incarnation: Incarnation,
    /// Held across a whole transaction, also by one that nobody waits for any more.
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    read_permits: Arc<Semaphore>,
    heads: Arc<Heads>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("incarnation", &self.0.incarnation).finish_non_exhaustive()
    }
}

/// A read transaction: everything it reads is of one instant.
pub(crate) struct Reader<'a> {
    pub(in crate::store) db: &'a Connection,
}

/// A write transaction. It reads as a [`Reader`] does.
pub(crate) struct Tx<'a> {
    pub(in crate::store) reader: Reader<'a>,
}

impl<'a> std::ops::Deref for Tx<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl Store {
    /// Opens the store of a folder, making both if they are not there, and begins a new incarnation.
    ///
    /// # Errors
    /// If the folder cannot be used, or the file is no database or of a newer relay.
    pub(crate) fn open(dir: &Path, run: RunStore, now: i64, random: &dyn Random) -> Result<Self, StoreError> {
        let (file, mut db) = open::writer(dir)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let incarnation = incarnations::append(&tx, now, random)?;
        tx.commit()?;
        Self::over(file, db, run, incarnation)
    }

    /// Opens the store beside a running relay, as the command line does: in the newest incarnation, whoever began it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) fn attach(dir: &Path, run: RunStore) -> Result<Self, StoreError> {
        let (file, db) = open::writer(dir)?;
        let incarnation = Reader { db: &db }.newest_incarnation()?.unwrap_or_else(|| Incarnation(String::new()));
        Self::over(file, db, run, incarnation)
    }

    fn over(
        file: std::path::PathBuf,
        db: Connection,
        run: RunStore,
        incarnation: Incarnation,
    ) -> Result<Self, StoreError> {
        let head = Reader { db: &db }.head()?;
        Ok(Self(Arc::new(Inner {
            run,
            file,
            incarnation,
            writer: Arc::new(tokio::sync::Mutex::new(db)),
            readers: Mutex::new(Vec::new()),
            read_permits: Arc::new(Semaphore::new(READERS)),
            heads: Arc::new(Heads::new(head)),
        })))
    }

    /// Ties a store that was just opened to a shop; false if it is another one's already.
    ///
    /// # Errors
    /// If the database fails, or somebody writes already.
    pub(crate) fn claim_for(&self, owner: &str) -> Result<bool, StoreError> {
        let db = self.0.writer.try_lock().map_err(|_| StoreError::Interrupted)?;
        Tx { reader: Reader { db: &db } }.claim_for(owner)
    }

    /// The life that this opening began.
    pub(crate) fn incarnation(&self) -> Incarnation {
        self.0.incarnation.clone()
    }

    /// The newest sequence, told after each commit that raised it.
    pub(crate) fn heads(&self) -> HeadWatch {
        HeadWatch::of(Arc::clone(&self.0.heads))
    }

    /// Reads in one transaction.
    ///
    /// # Errors
    /// Those of the closure and of the database.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let permits = Arc::clone(&self.0.read_permits);
        let permit = permits.acquire_owned().await.map_err(|_| StoreError::Interrupted)?;
        let inner = Arc::clone(&self.0);
        self.run(move || {
            let _permit = permit;
            let pooled = lock(&inner.readers).pop();
            let mut db = pooled.map_or_else(|| open::reader(&inner.file), Ok)?;
            let answer = {
                let tx = db.transaction()?;
                read(&Reader { db: &tx })?
            };
            lock(&inner.readers).push(db);
            Ok(answer)
        })
        .await
    }

    /// Writes in one transaction; an error undoes all of it.
    ///
    /// # Errors
    /// Those of the closure and of the database.
    pub(crate) async fn write<T, F>(&self, write: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let mut db = Arc::clone(&self.0.writer).lock_owned().await;
        let inner = Arc::clone(&self.0);
        self.run(move || {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let (answer, head) = {
                let write_in = Tx { reader: Reader { db: &tx } };
                let answer = write(&write_in)?;
                (answer, write_in.head()?)
            };
            tx.commit()?;
            inner.heads.tell(head);
            Ok(answer)
        })
        .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, StoreError> + Send + 'static,
    {
        match self.0.run {
            RunStore::InPlace => work(),
            RunStore::Threads => tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Interrupted)?,
        }
    }
}

/// A panic of another holder left whole connections in the pool: it pushes and pops, nothing else.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sequence or a count as SQLite holds it.
pub(in crate::store) fn to_db(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A sequence or a count from SQLite, where none is negative.
pub(in crate::store) fn from_db(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
