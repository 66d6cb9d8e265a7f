//! [`Outbox`]: what a merchant sees of the work that is under way, and what they can do about it.

use std::collections::BTreeMap;
use std::slice;
use std::sync::{Arc, Mutex};

use shopkeeper_protocol::CommandBody;
use tokio::sync::Notify;
use tokio::time;

use super::model::{OutboxSummary, OutboxView};
use super::rules::{CommandRules, NewCommand};
use super::{machine, reason};
use crate::error::CoreError;
use crate::ids::CommandId;
use crate::observer::{Dispatcher, Observer, Slot, Subscription, Watched, lock};
use crate::orders::{Receipt, Window};
use crate::ports::Random;
use crate::store::outbox::{CommandRow, CommandState};
use crate::store::{ActionsTx, Overlays, Store, StoreError};
use crate::time::{Corrected, Instant, Span};

/// How long 撤销 takes a fresh command back.
pub(crate) const UNDO: Span = Span::seconds(6);

/// The outbox of a shop. Cloning shares it.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    clock: Corrected,
    random: Arc<dyn Random>,
    dispatcher: Dispatcher,
    rules: Vec<Box<dyn CommandRules>>,
    /// Ends of undo windows on the runtime's clock: six seconds are six seconds, whatever happens to the phone's clock meanwhile.
    windows: Mutex<BTreeMap<CommandId, time::Instant>>,
    watchers: Mutex<Vec<Arc<Watcher>>>,
    /// Something is to be looked at: a tap, a wish to try now.
    pub(super) nudge: Notify,
    /// Somebody wants everything tried now, whatever wait is on.
    pub(super) hurry: std::sync::atomic::AtomicBool,
    /// The relay answers again.
    pub(super) road: Arc<Notify>,
    /// The relay has news that the feed should fetch.
    pub(super) wants_pull: Notify,
}

/// One watch, with what it was told last.
struct Watcher {
    slot: Arc<Slot<OutboxView>>,
    told: Mutex<Option<OutboxView>>,
}

impl Watched for Watcher {
    fn end(&self) {
        self.slot.end();
    }

    fn move_to(&self, _window: Window) {}
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox")
    }
}

impl Outbox {
    pub(crate) fn new(
        store: Store,
        clock: Corrected,
        random: Arc<dyn Random>,
        dispatcher: Dispatcher,
        rules: Vec<Box<dyn CommandRules>>,
    ) -> Self {
        let mut windows = BTreeMap::new();
        for row in store.overlays().rows() {
            // A clock that was set back must not hold a command longer than the window ever was.
            let left = row.not_before.since(clock.now()).min(row.not_before.since(row.created_at));
            if row.state == CommandState::Waiting && left > Span::ZERO {
                windows.insert(row.id.clone(), time::Instant::now() + left.as_wait());
            }
        }
        Self(Arc::new(Inner {
            store,
            clock,
            random,
            dispatcher,
            rules,
            windows: Mutex::new(windows),
            watchers: Mutex::default(),
            nudge: Notify::new(),
            hurry: std::sync::atomic::AtomicBool::new(false),
            road: Arc::new(Notify::new()),
            wants_pull: Notify::new(),
        }))
    }

    /// Everything that has not ended, the most urgent first.
    ///
    /// # Errors
    /// If the store is closed or broken.
    pub fn view(&self) -> Result<OutboxView, CoreError> {
        let (revision, overlays) = self.0.store.view(|view| Ok((view.revision, Arc::clone(&view.local.overlays))))?;
        Ok(OutboxView::of(revision, &overlays, |row| self.is_undoable(row)))
    }

    /// Tells the observer of the outbox now and after every change.
    #[must_use = "a dropped subscription is an ended watch"]
    pub fn watch(&self, observer: Arc<dyn Observer<OutboxView>>) -> Subscription {
        let watcher = Arc::new(Watcher { slot: Slot::new(observer), told: Mutex::default() });
        lock(&self.0.watchers).push(Arc::clone(&watcher));
        self.tell();
        Subscription::new(watcher)
    }

    /// Takes a command back inside its undo window.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] with `undo_over` after the window, [`CoreError::NotFound`].
    pub fn undo(&self, id: &CommandId) -> Result<(), CoreError> {
        let windows = &self.0.windows;
        let undoable = |row: &CommandRow| {
            row.state == CommandState::Waiting && lock(windows).get(id).is_some_and(|end| time::Instant::now() < *end)
        };
        self.take_back(id, undoable)
    }

    /// Takes back a command that waits, is held, was refused, or whose outcome nobody could establish.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] with `undo_over` while it is under way, [`CoreError::NotFound`].
    pub fn withdraw(&self, id: &CommandId) -> Result<(), CoreError> {
        self.take_back(id, |row| machine::may_withdraw(&row.state))
    }

    fn take_back(&self, id: &CommandId, allowed: impl Fn(&CommandRow) -> bool) -> Result<(), CoreError> {
        let taken = self.0.store.write_actions(|tx| {
            let Some(row) = tx.reader().command(id)?.filter(|row| !row.state.has_ended()) else { return Ok(None) };
            let allowed = allowed(&row);
            if allowed {
                tx.remove_command(&row)?;
            }
            Ok(Some(allowed))
        })?;
        match taken {
            Some(true) => {
                lock(&self.0.windows).remove(id);
                self.0.nudge.notify_one();
                Ok(())
            }
            Some(false) => Err(CoreError::NotPossible(reason::UNDO_OVER.into())),
            None => Err(CoreError::NotFound("command")),
        }
    }

    /// The same wish again on today's facts, under a new id and in the same place. A command that is still on its way is only
    /// hurried, and keeps its id.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] if today's facts do not allow it: the command stays as it is. [`CoreError::NotFound`].
    pub fn retry(&self, id: &CommandId) -> Result<CommandId, CoreError> {
        let row = self.0.store.overlays().get(id).cloned().filter(|row| !row.state.has_ended());
        let row = row.ok_or(CoreError::NotFound("command"))?;
        if !machine::may_renew(&row.state) {
            self.hurry();
            return Ok(row.id.clone());
        }
        let kind = row.command.kind();
        let rules = self.0.rules.iter().find(|rules| rules.kind() == kind);
        let fresh = rules.ok_or(CoreError::NotFound("command"))?.renew(&row.command)?;
        let fresh = self.row(fresh, row.place)?;
        let renewed = self.0.store.write_actions(|tx| {
            // What the rules decided upon may have moved since.
            let Some(old) = tx.reader().command(id)?.filter(|old| old.state == row.state) else { return Ok(false) };
            tx.remove_command(&old)?;
            tx.add_command(fresh.clone())?;
            Ok(true)
        })?;
        if !renewed {
            return Err(CoreError::NotFound("command"));
        }
        self.0.nudge.notify_one();
        Ok(fresh.id)
    }

    /// Retries whatever was refused. What cannot be tried on today's facts stays as it is; what is unknown waits for a person who looked.
    /// Says how many are on their way again.
    ///
    /// # Errors
    /// If the store fails.
    pub fn retry_all(&self) -> Result<u32, CoreError> {
        let overlays = self.0.store.overlays();
        let refused = overlays.rows().filter(|row| matches!(row.state, CommandState::NeedsAction { .. }));
        let mut retried = 0;
        for row in refused {
            match self.retry(&row.id) {
                Ok(_) => retried += 1,
                Err(CoreError::NotPossible(_) | CoreError::NotFound(_) | CoreError::BadInput { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        self.hurry();
        Ok(retried)
    }

    /// Stores a wish: durable when this returns.
    pub(crate) fn enqueue(&self, new: NewCommand) -> Result<Receipt, CoreError> {
        self.enqueue_with(new, |_| Ok(()))
    }

    /// As [`Outbox::enqueue`], together with what else belongs to the same tap.
    pub(crate) fn enqueue_with(
        &self,
        new: NewCommand,
        also: impl FnOnce(&ActionsTx<'_>) -> Result<(), StoreError>,
    ) -> Result<Receipt, CoreError> {
        let row = self.row(new, 0)?;
        let receipt = receipt(&row);
        self.put(vec![row], slice::from_ref(&receipt), also)?;
        Ok(receipt)
    }

    /// As [`Outbox::enqueue`], several wishes in one write: all of them or none. Receipts are in the order of the wishes.
    pub(crate) fn enqueue_many(&self, new: Vec<NewCommand>) -> Result<Vec<Receipt>, CoreError> {
        let rows: Vec<CommandRow> = new.into_iter().map(|new| self.row(new, 0)).collect::<Result<_, _>>()?;
        let receipts: Vec<Receipt> = rows.iter().map(receipt).collect();
        self.put(rows, &receipts, |_| Ok(()))?;
        Ok(receipts)
    }

    /// Stores rows in one write. Where that fails there is nothing to undo, so their windows close.
    fn put(
        &self,
        rows: Vec<CommandRow>,
        receipts: &[Receipt],
        also: impl FnOnce(&ActionsTx<'_>) -> Result<(), StoreError>,
    ) -> Result<(), CoreError> {
        let stored = self.0.store.write_actions(|tx| {
            for row in rows {
                tx.add_command(CommandRow { place: tx.last_place()?, ..row })?;
            }
            also(tx)
        });
        if let Err(error) = stored {
            let mut windows = lock(&self.0.windows);
            for receipt in receipts {
                windows.remove(&receipt.command);
            }
            return Err(error.into());
        }
        self.0.nudge.notify_one();
        Ok(())
    }

    /// A fresh row. Its undo window is open before it can be seen.
    fn row(&self, new: NewCommand, place: i64) -> Result<CommandRow, CoreError> {
        let mut random = [0; 16];
        self.0.random.fill(&mut random);
        let id = CommandId::from_bytes(random);
        let travels = CommandBody { id: id.clone(), command: new.command };
        let body = serde_json::to_string(&travels)
            .map_err(|_| CoreError::BadInput { field: "command", what: "it cannot be written as JSON".to_owned() })?;
        let now = self.0.clock.now();
        if new.undoable {
            lock(&self.0.windows).insert(id.clone(), time::Instant::now() + UNDO.as_wait());
        }
        Ok(CommandRow {
            id,
            order: travels.command.target().clone(),
            number: new.number,
            place,
            command: travels.command,
            body,
            state: CommandState::Waiting,
            due: new.due,
            not_before: if new.undoable { now.plus(UNDO) } else { now },
            created_at: now,
            attempts: 0,
            first_incarnation: String::new(),
        })
    }

    /// Has everything tried now, whatever wait is on.
    pub(crate) fn hurry(&self) {
        self.0.hurry.store(true, std::sync::atomic::Ordering::Release);
        self.0.nudge.notify_one();
    }

    /// To be notified when the relay answers again: every wait for want of it is over then.
    pub(crate) fn road(&self) -> Arc<Notify> {
        Arc::clone(&self.0.road)
    }

    /// Returns when the relay was heard to have news that the feed should fetch.
    pub(crate) async fn pull_wanted(&self) {
        self.0.wants_pull.notified().await;
    }

    /// Whether anything would be lost with this phone.
    pub(crate) fn has_unsent(&self) -> bool {
        self.0.store.overlays().rows().any(|row| !row.state.has_ended())
    }

    pub(super) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Open undo windows; those that are over are forgotten.
    pub(super) fn windows(&self) -> BTreeMap<CommandId, time::Instant> {
        let now = time::Instant::now();
        let mut windows = lock(&self.0.windows);
        windows.retain(|_, end| *end > now);
        windows.clone()
    }

    /// Whether 撤销 still takes a command back.
    pub(crate) fn is_undoable(&self, row: &CommandRow) -> bool {
        lock(&self.0.windows).get(&row.id).is_some_and(|end| time::Instant::now() < *end)
    }

    /// Tells the watchers what is new to them.
    pub(super) fn tell(&self) {
        let watchers: Vec<_> = {
            let mut watchers = lock(&self.0.watchers);
            watchers.retain(|watcher| !watcher.slot.is_ended());
            watchers.clone()
        };
        if watchers.is_empty() {
            return;
        }
        // Closed: the next start tells.
        let Ok(view) = self.view() else { return };
        for watcher in watchers {
            let mut told = lock(&watcher.told);
            let same = told.as_ref().is_some_and(|told| told.items == view.items && told.summary == view.summary);
            if !same {
                *told = Some(view.clone());
                watcher.slot.put(view.clone(), &self.0.dispatcher);
            }
        }
    }
}

fn receipt(row: &CommandRow) -> Receipt {
    Receipt { command: row.id.clone(), undo_until: row.not_before }
}

impl OutboxSummary {
    /// What is under way in all.
    pub(crate) fn of(overlays: &Overlays) -> Self {
        let mut summary = Self::default();
        for row in overlays.rows() {
            match row.state {
                CommandState::Waiting | CommandState::Sending | CommandState::Accepted | CommandState::Held { .. } => {
                    summary.pending += 1
                }
                CommandState::Checking | CommandState::Unknown { .. } => summary.unknown += 1,
                CommandState::NeedsAction { .. } => summary.needs_action += 1,
                CommandState::Done { .. } | CommandState::Withdrawn => {}
            }
        }
        summary
    }
}
