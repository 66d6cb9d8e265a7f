//! The readers of a file: last in, first out, so that one warm connection does nearly all the work of a phone.

use std::path::PathBuf;
use std::sync::Mutex;

use rusqlite::Connection;

use super::StoreError;
use super::files::{self, FileKind};
use crate::observer::lock;

/// Idle connections kept. A phone has a list, a detail and a badge on screen; the rest is opened for a moment and closed.
const KEPT: usize = 4;

pub(in crate::store) struct Pool {
    path: PathBuf,
    kind: FileKind,
    /// `None`: closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Pool {
    pub(in crate::store) fn new(path: PathBuf, kind: FileKind) -> Self {
        Self { path, kind, idle: Mutex::new(Some(Vec::new())) }
    }

    /// Runs one read transaction on a connection that nobody else uses meanwhile.
    pub(in crate::store) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.outside_transaction(|connection| in_transaction(connection, read))
    }

    /// Runs what cannot stand in a transaction.
    pub(in crate::store) fn outside_transaction<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let taken = lock(&self.idle).as_mut().ok_or(StoreError::Closed)?.pop();
        let connection = match taken {
            Some(connection) => connection,
            None => files::open_reader(&self.path, self.kind)?,
        };
        let result = work(&connection).map_err(|error| error.in_file(self.kind.name()));
        // A connection that could not end its transaction is not given to the next reader.
        if connection.is_autocommit()
            && let Some(idle) = lock(&self.idle).as_mut()
            && idle.len() < KEPT
        {
            idle.push(connection);
        }
        result
    }

    pub(in crate::store) fn is_open(&self) -> bool {
        lock(&self.idle).is_some()
    }

    /// Closes the idle ones; those in use close when they come back.
    pub(in crate::store) fn close(&self) -> Vec<Connection> {
        lock(&self.idle).take().unwrap_or_default()
    }

    pub(in crate::store) fn reopen(&self) {
        lock(&self.idle).get_or_insert_default();
    }
}

fn in_transaction<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read(connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}
