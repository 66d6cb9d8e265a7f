//! The store: the only place that names SQLite.
//!
//! Two files per shop. `cache.db` holds what the relay can send again and may be deleted at any time; `actions.db` holds what only
//! this phone knows (commands, flags, notes, settings) and is written with a full flush and a checksum per row. Each file has one
//! writer behind a mutex of its own, so a tap never waits for a sync transaction, and a pool of readers that cannot write.
//!
//! **A read** ([`Store::view`]) takes what actions.db says first, as [`Local`] from memory, and begins its cache transaction after
//! that. A command is pruned from actions.db only when the cached order already shows its effect, so no read can see neither. What it
//! saw has a number, the *revision*: the count of commits over both files. Two reads of one revision saw the same.
//!
//! **A write** runs a closure in a transaction. Rooms change base rows; the counters that follow from them are collected in memory
//! and written last, so a closure that fails leaves nothing behind, and no statement needs a savepoint. After the commit the revision
//! rises and a [`Commit`] tells every watcher which orders were touched. After a write to actions.db, [`Local`] is the new one before
//! the call returns.
//!
//! **Marks.** Lists filter by what actions.db owns. `order_mark` in cache.db mirrors it: a tap leaves the touched orders in a set of
//! debts ([`Store::mirror_due`]), and whoever comes first, the mirror's task or a read that filters by marks, writes them. The rows that a
//! read shows take flag, note and work from [`Local`], never from a mark.
//!
//! **Threads.** Statements run on the caller's thread: they take microseconds. What takes longer goes through [`Store::run`], which
//! uses a blocking thread in the app and runs in place in a simulation, where one thread decides everything. What nobody has to wait for
//! (reading a page ahead, copying the log back) goes beside the caller, onto another blocking thread.

mod changes;
mod checksum;
mod commands;
#[cfg(test)]
mod commands_tests;
mod device;
mod error;
mod files;
mod local;
pub(crate) mod marks;
mod migrations;
mod mirror;
pub(crate) mod orders;
pub(crate) mod outbox;
mod pool;
mod pragmas;
mod salvage;
mod sync;
mod tx;
mod views;

use std::path::Path;
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use rusqlite::Connection;
use tokio::sync::broadcast;

use crate::observer::lock;
use crate::ports::StoreThreads;

pub(crate) use changes::{Change, Commit, Touched};
pub(crate) use device::{DeviceStore, PairingRow};
pub(crate) use error::StoreError;
pub(crate) use files::FileKind;
pub(crate) use local::{Local, LocalMark};
pub(crate) use outbox::Overlays;
pub use salvage::{LostRecord, Recovery};
pub(crate) use tx::{ActionsReader, ActionsTx, CacheReader, CacheTx};

use pool::Pool;

/// Encrypts the files of a shop: 32 raw bytes, never a passphrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Commits that a slow watcher may fall behind before it has to look at everything again.
const COMMITS_KEPT: usize = 1_024;

/// How often a read that met a commit begins again before it asks commits to wait for it.
const STEADY_TRIES: u32 = 4;

/// The files of one shop. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

struct Inner {
    cache: File,
    actions: File,
    threads: StoreThreads,
    local: Mutex<Arc<Local>>,
    /// Orders whose mark has yet to follow actions.db.
    debts: Mutex<local::Debts>,
    /// Held while the mirror is written, by one at a time.
    mirroring: Mutex<()>,
    /// Commits begun and commits ended; a read between equal ones has seen all of exactly that many.
    begun: AtomicU64,
    ended: AtomicU64,
    /// Commits pass it side by side; a read that met too many of them closes it while it takes its snapshot.
    gate: RwLock<()>,
    /// The number of commits that were announced. Held while one is, so that they are heard in the order of their numbers.
    announced: Mutex<u64>,
    commits: broadcast::Sender<Commit>,
    recovery: Recovery,
}

struct File {
    path: std::path::PathBuf,
    kind: FileKind,
    /// `None`: closed.
    writer: Mutex<Option<Connection>>,
    /// Held by whoever is next for the writer. A sync stores batch after batch, and without this it would take the writer again and again
    /// before a tap's mark, which was woken for it, gets to run.
    turn: Mutex<()>,
    /// How many wait for the writer.
    waiting: AtomicUsize,
    readers: Pool,
    /// Pages in the log after the last commit of a cache.
    log: Arc<AtomicI32>,
    /// Held while the log is copied back.
    copying: Mutex<()>,
}

impl File {
    fn new(path: std::path::PathBuf, kind: FileKind, mut writer: Connection) -> Result<Self, StoreError> {
        let log = Arc::new(AtomicI32::new(0));
        pragmas::tell_log(&mut writer, kind, &log)?;
        Ok(Self {
            readers: Pool::new(path.clone(), kind),
            path,
            kind,
            writer: Mutex::new(Some(writer)),
            turn: Mutex::default(),
            waiting: AtomicUsize::new(0),
            log,
            copying: Mutex::default(),
        })
    }

    /// Names the file in an error, and has its pages looked at on the next open if they seem damaged.
    fn blame(&self, error: StoreError) -> StoreError {
        let error = error.in_file(self.kind.name());
        if let StoreError::Damaged { file, .. } = &error
            && *file == self.kind.name()
        {
            files::suspect(&self.path);
        }
        error
    }
}

/// What one read sees: what actions.db said, then the cache, and the number of that state.
pub(crate) struct View<'a> {
    pub(crate) revision: u64,
    /// The number of the last commit that was announced: it sees all of those, and no other.
    pub(crate) serial: u64,
    pub(crate) local: Arc<Local>,
    pub(crate) cache: CacheReader<'a>,
}

impl Store {
    /// Opens the files of a shop in its folder, and makes what is missing.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a newer build's file. A damaged file is no error: see [`Store::recovery`].
    pub(crate) fn open(folder: &Path, key: Option<&Key>, threads: StoreThreads) -> Result<Self, StoreError> {
        if key.is_some() {
            return Err(StoreError::NoEncryption);
        }
        std::fs::create_dir_all(folder).map_err(|error| StoreError::io("folder", &error))?;
        let mut recovery = Recovery::default();
        let actions_path = folder.join(FileKind::Actions.name());
        let actions = salvage::open_actions(&actions_path, &mut recovery)?;
        let cache_path = folder.join(FileKind::Cache.name());
        let cache = open_cache(&cache_path, &mut recovery)?;
        let local = Local::load(&ActionsReader::new(&actions))?;
        let (commits, _) = broadcast::channel(COMMITS_KEPT);
        Ok(Self(Arc::new(Inner {
            cache: File::new(cache_path, FileKind::Cache, cache)?,
            actions: File::new(actions_path, FileKind::Actions, actions)?,
            threads,
            local: Mutex::new(Arc::new(local)),
            debts: Mutex::new(local::Debts::of_everything()),
            mirroring: Mutex::default(),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            gate: RwLock::new(()),
            announced: Mutex::default(),
            commits,
            recovery,
        })))
    }

    /// What opening found and did.
    pub(crate) fn recovery(&self) -> &Recovery {
        &self.0.recovery
    }

    /// The number of commits over both files since the store was opened.
    #[cfg(test)]
    pub(crate) fn revision(&self) -> u64 {
        self.0.ended.load(Ordering::Acquire)
    }

    /// The revision that a [`Store::view`] of this moment would have; `None` while something is committed, or the files are closed.
    pub(crate) fn settled(&self) -> Option<u64> {
        let revision = self.0.ended.load(Ordering::Acquire);
        (self.0.cache.readers.is_open() && self.0.begun.load(Ordering::Acquire) == revision).then_some(revision)
    }

    /// Every later commit.
    pub(crate) fn commits(&self) -> broadcast::Receiver<Commit> {
        self.0.commits.subscribe()
    }

    /// What actions.db says now.
    pub(crate) fn local(&self) -> Arc<Local> {
        Arc::clone(&lock(&self.0.local))
    }

    /// The commands that are not pruned.
    pub(crate) fn overlays(&self) -> Arc<Overlays> {
        Arc::clone(&self.local().overlays)
    }

    /// Reads the cache in one read transaction.
    ///
    /// # Errors
    /// The closure's, or [`StoreError::Closed`].
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&CacheReader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let file = &self.0.cache;
        file.readers.with(|connection| read(&CacheReader::new(connection))).map_err(|error| file.blame(error))
    }

    /// Reads actions.db in one read transaction.
    ///
    /// # Errors
    /// The closure's, or [`StoreError::Closed`].
    pub(crate) fn read_actions<T>(
        &self,
        read: impl FnOnce(&ActionsReader<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let file = &self.0.actions;
        file.readers.with(|connection| read(&ActionsReader::new(connection))).map_err(|error| file.blame(error))
    }

    /// Reads both files as one state: actions.db first, from memory, then the cache, with no commit between the two. A read that meets
    /// commits begins again; one that keeps meeting them lets the next ones wait for the few microseconds that a snapshot takes.
    ///
    /// # Errors
    /// The closure's, or [`StoreError::Closed`].
    pub(crate) fn view<T>(&self, read: impl FnOnce(&View<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let inner = &self.0;
        let file = &inner.cache;
        file.readers
            .with(|connection| {
                let cache = CacheReader::new(connection);
                let mut tries = 0;
                let (revision, serial, local) = loop {
                    tries += 1;
                    let closed = (tries > STEADY_TRIES)
                        .then(|| inner.gate.write().unwrap_or_else(std::sync::PoisonError::into_inner));
                    let revision = inner.ended.load(Ordering::Acquire);
                    let local = self.local();
                    let serial = *lock(&inner.announced);
                    // The first read of a transaction is where its snapshot is taken.
                    cache.pin()?;
                    if closed.is_some() || inner.begun.load(Ordering::Acquire) == revision {
                        break (revision, serial, local);
                    }
                    cache.unpin()?;
                };
                read(&View { revision, serial, local, cache })
            })
            .map_err(|error| file.blame(error))
    }

    /// Changes the cache in one transaction, and announces what it touched.
    ///
    /// # Errors
    /// The closure's; then nothing was changed.
    pub(crate) fn write_cache<T>(
        &self,
        write: impl FnOnce(&CacheTx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let file = &self.0.cache;
        file.write(|connection| {
            let tx = CacheTx::begin(connection, self.local())?;
            let value = write(&tx)?;
            let (commit, touched) = tx.finish()?;
            self.0.commit(touched, || Ok(commit.commit()?))?;
            Ok(value)
        })
        .inspect(|_| self.copy_back_long_log())
    }

    /// Copies a long log of the cache back into the file. SQLite would do it within a commit, on the connection that writes; here nobody else
    /// waits for the disk, and the next commit does not either. Meanwhile the log grows; if it gets twice as long, whoever wrote last waits
    /// for the copying.
    fn copy_back_long_log(&self) {
        let file = &self.0.cache;
        let pages = file.log.load(Ordering::Relaxed);
        if pages < pragmas::CHECKPOINT_PAGES {
            return;
        }
        let short = pages < 2 * pragmas::CHECKPOINT_PAGES;
        if short && matches!(file.copying.try_lock(), Err(std::sync::TryLockError::WouldBlock)) {
            return;
        }
        let store = self.clone();
        if !short || !self.beside(move || store.0.cache.copy_back()) {
            file.copy_back();
        }
    }

    /// Whether somebody waits for the cache's writer: whoever has it and could go on later should.
    pub(crate) fn is_cache_awaited(&self) -> bool {
        self.0.cache.waiting.load(Ordering::Relaxed) > 0
    }

    /// Changes actions.db in one transaction that is on disk when this returns, takes the change into memory, and announces it.
    ///
    /// # Errors
    /// The closure's; then nothing was changed.
    pub(crate) fn write_actions<T>(
        &self,
        write: impl FnOnce(&ActionsTx<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let inner = &self.0;
        inner.actions.write(|connection| {
            let tx = ActionsTx::begin(connection)?;
            let value = write(&tx)?;
            let (commit, touched, change) = tx.finish();
            inner.commit(touched, || {
                commit.commit()?;
                let owing = Arc::make_mut(&mut lock(&inner.local)).apply(change);
                lock(&inner.debts).add(owing);
                Ok(())
            })?;
            Ok(value)
        })
    }

    /// Runs what may take longer than a frame: on a blocking thread in the app, at once in a simulation.
    ///
    /// # Errors
    /// The closure's; [`StoreError::Closed`] if the runtime is going down.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self.0.threads {
            StoreThreads::InPlace => work(self),
            StoreThreads::Own => {
                let store = self.clone();
                match tokio::task::spawn_blocking(move || work(&store)).await {
                    Ok(result) => result,
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_) => Err(StoreError::Closed),
                }
            }
        }
    }

    /// Starts work beside the caller, who does not wait for it: on a blocking thread in the app. False if there is none, in a simulation or
    /// outside a runtime; then nothing was done.
    pub(crate) fn beside(&self, work: impl FnOnce() + Send + 'static) -> bool {
        if self.0.threads == StoreThreads::InPlace {
            return false;
        }
        let runtime = tokio::runtime::Handle::try_current();
        runtime.map(|runtime| runtime.spawn_blocking(work)).is_ok()
    }

    /// Closes both files, with their logs copied back: nothing of the shop is open or locked afterwards, and every call until
    /// [`Store::reopen`] is refused with [`StoreError::Closed`]. Waits for the transactions that run.
    ///
    /// # Errors
    /// The first trouble; the files are closed all the same.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        let actions = self.0.actions.close();
        self.0.cache.close().and(actions)
    }

    /// Opens both files again after [`Store::close`].
    ///
    /// # Errors
    /// As [`Store::open`], but a damaged file is an error here: the next start recovers it.
    pub(crate) fn reopen(&self) -> Result<(), StoreError> {
        self.0.actions.reopen()?;
        self.0.cache.reopen()
    }
}

impl Inner {
    /// Commits, counts the commit and tells the watchers. While it runs, a read knows that its two files may not fit.
    fn commit(&self, touched: Touched, commit: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let _open = self.gate.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.begun.fetch_add(1, Ordering::AcqRel);
        if let Err(error) = commit() {
            self.begun.fetch_sub(1, Ordering::AcqRel);
            return Err(error);
        }
        if touched.is_empty() {
            self.ended.fetch_add(1, Ordering::AcqRel);
            return Ok(());
        }
        let mut announced = lock(&self.announced);
        *announced += 1;
        self.ended.fetch_add(1, Ordering::AcqRel);
        // Nobody watching is fine.
        let _ = self.commits.send(Commit { serial: *announced, touched: Arc::new(touched) });
        Ok(())
    }
}

impl File {
    fn write<T>(&self, write: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let writer = {
            let _turn = lock(&self.turn);
            lock(&self.writer)
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        write(writer.as_ref().ok_or(StoreError::Closed)?).map_err(|error| self.blame(error))
    }

    /// Copies the log back into the file, after whoever does already.
    fn copy_back(&self) {
        let _alone = lock(&self.copying);
        let copied = self.readers.outside_transaction(|connection| {
            Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
        });
        match copied {
            // Closing copies it back as well.
            Ok(()) | Err(StoreError::Closed) => {}
            // What could not be copied stays in the log, and the next commit tries again.
            Err(error) => tracing::warn!(file = self.kind.name(), %error, "the log could not be copied back"),
        }
    }

    fn close(&self) -> Result<(), StoreError> {
        drop(self.readers.close());
        // From now on nobody begins to copy; somebody may be about it.
        drop(lock(&self.copying));
        let Some(writer) = lock(&self.writer).take() else { return Ok(()) };
        let copied = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let closed = writer.close().map_err(|(_, error)| error);
        copied.and(closed).map_err(|error| self.blame(error.into()))
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut writer = lock(&self.writer);
        if writer.is_none() {
            let mut opened = files::open_writer(&self.path, self.kind)?;
            pragmas::tell_log(&mut opened, self.kind, &self.log)?;
            *writer = Some(opened);
        }
        self.readers.reopen();
        Ok(())
    }
}

/// Opens cache.db; a damaged one is moved aside and begins anew, for the relay can send it again.
fn open_cache(path: &Path, recovery: &mut Recovery) -> Result<Connection, StoreError> {
    const KIND: FileKind = FileKind::Cache;
    match files::open_writer(path, KIND) {
        Ok(connection) if !files::fails_check(path, &connection)? => return Ok(connection),
        Ok(_) | Err(StoreError::Damaged { .. }) => {}
        Err(other) => return Err(other),
    }
    let aside = files::move_aside(path, KIND)?;
    recovery.cache_rebuilt = true;
    recovery.kept_aside.extend(aside.file_name().map(|name| name.to_string_lossy().into_owned()));
    files::open_writer(path, KIND)
}
