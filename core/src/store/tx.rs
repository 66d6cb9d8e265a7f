//! What a closure of the store is given: the right to read or to change one file, and nothing else of SQLite.
//!
//! The connection inside is visible to the store only, so every statement of the crate stands in this folder.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::changes::Written;
use super::local::{Local, LocalChange};
use super::orders::{Batch, Beside, Hearing, Place, queries, text};
use super::{StoreError, Touched};
use crate::ids::OrderKey;

/// Reads cache.db in one snapshot.
#[derive(Clone, Copy)]
pub(crate) struct CacheReader<'a> {
    pub(in crate::store) connection: &'a Connection,
}

impl<'a> CacheReader<'a> {
    pub(in crate::store) const fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Takes the snapshot, which a deferred transaction does with its first read.
    pub(in crate::store) fn pin(&self) -> Result<(), StoreError> {
        self.connection.prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")?.query_row([], |_| Ok(()))?;
        Ok(())
    }

    /// Gives the snapshot back and begins anew.
    pub(in crate::store) fn unpin(&self) -> Result<(), StoreError> {
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(())
    }
}

/// Reads actions.db in one snapshot.
#[derive(Clone, Copy)]
pub(crate) struct ActionsReader<'a> {
    pub(in crate::store) connection: &'a Connection,
}

impl<'a> ActionsReader<'a> {
    pub(in crate::store) const fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }
}

/// Changes cache.db.
pub(crate) struct CacheTx<'a> {
    pub(in crate::store) connection: Transaction<'a>,
    /// What actions.db said when it began, of which the index of texts has the notes and flags.
    pub(in crate::store) local: Arc<Local>,
    /// The statements of a batch of orders, at hand from the first to the last.
    pub(in crate::store) batch: RefCell<Batch<'a>>,
    touched: RefCell<Touched>,
    /// What this transaction adds to counters; written last, by name.
    counts: RefCell<BTreeMap<&'static str, i64>>,
    /// Places of orders whose text the index has to follow; written after everything else.
    texts: RefCell<BTreeSet<Place>>,
    /// What stands beside the orders, once it was looked up.
    pub(in crate::store) beside: Cell<Option<Beside>>,
    /// By what to tell that what is stored came late; `None`: nobody asks, or nothing can be.
    pub(in crate::store) hearing: Cell<Option<Hearing>>,
}

impl<'a> CacheTx<'a> {
    pub(in crate::store) fn begin(connection: &'a Connection, local: Arc<Local>) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?,
            local,
            batch: RefCell::new(Batch::new(connection)),
            touched: RefCell::default(),
            counts: RefCell::default(),
            texts: RefCell::default(),
            beside: Cell::default(),
            hearing: Cell::default(),
        })
    }

    /// The same file, with what this transaction has changed so far.
    pub(crate) fn reader(&self) -> CacheReader<'_> {
        CacheReader::new(&self.connection)
    }

    /// Somebody who watches this order has to look again.
    pub(crate) fn touch_order(&self, key: &OrderKey) {
        self.touched.borrow_mut().order(key);
    }

    /// Whether lists want to know how they saw an order before it is written.
    pub(in crate::store) fn compares(&self) -> bool {
        self.touched.borrow().compares()
    }

    /// An order was written, and lists may see it in another place.
    pub(in crate::store) fn touch_written(&self, key: &OrderKey, written: Option<Written>) {
        self.touched.borrow_mut().written(key, written);
    }

    /// Coverage or a watermark changed.
    pub(crate) fn touch_reach(&self) {
        self.touched.borrow_mut().reach = true;
    }

    /// The shop's facts or the carriers changed.
    pub(crate) fn touch_shop(&self) {
        self.touched.borrow_mut().shop = true;
    }

    /// An outcome of a command arrived.
    pub(crate) fn touch_commands(&self) {
        self.touched.borrow_mut().commands = true;
    }

    /// Everything about orders may have changed.
    pub(crate) fn touch_every_order(&self) {
        self.touched.borrow_mut().every_order = true;
    }

    /// Adds to a counter once the transaction ends.
    pub(in crate::store) fn count(&self, counter: &'static str, by: i64) {
        *self.counts.borrow_mut().entry(counter).or_default() += by;
    }

    /// The text of the order at this place may be another one.
    pub(in crate::store) fn owe_text(&self, place: Place) {
        self.texts.borrow_mut().insert(place);
    }

    /// Writes the orders that are gathered, the counters and then the texts, and hands over what is left: to commit, and to tell.
    pub(in crate::store) fn finish(self) -> Result<(Transaction<'a>, Touched), StoreError> {
        self.settle_orders()?;
        for (counter, by) in self.counts.take() {
            if by != 0 {
                self.connection.prepare_cached(queries::COUNT.sql)?.execute((counter, by))?;
            }
        }
        text::settle(&self, &self.texts.borrow())?;
        Ok((self.connection, self.touched.into_inner()))
    }
}

/// Changes actions.db.
pub(crate) struct ActionsTx<'a> {
    pub(in crate::store) connection: Transaction<'a>,
    touched: RefCell<Touched>,
    change: RefCell<LocalChange>,
}

impl<'a> ActionsTx<'a> {
    pub(in crate::store) fn begin(connection: &'a Connection) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?,
            touched: RefCell::default(),
            change: RefCell::default(),
        })
    }

    /// The same file, with what this transaction has changed so far.
    pub(crate) fn reader(&self) -> ActionsReader<'_> {
        ActionsReader::new(&self.connection)
    }

    /// What memory has to take in after the commit. Touches what it is about.
    pub(in crate::store) fn remember(&self, change: impl FnOnce(&mut LocalChange)) {
        let mut all = self.change.borrow_mut();
        change(&mut all);
        let mut touched = self.touched.borrow_mut();
        touched.commands |= !all.commands.is_empty();
        for order in all.orders() {
            touched.order(order);
        }
    }

    pub(in crate::store) fn finish(self) -> (Transaction<'a>, Touched, LocalChange) {
        (self.connection, self.touched.into_inner(), self.change.into_inner())
    }
}
