//! One world with many hands on it: HTTP handlers, the ticking task, tests. Whoever is done with it leaves its verbs in the
//! journal and its events in the outlet, before anybody else comes in and before an answer goes out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::journal::{Journal, JournalError};
use crate::world::{PushEvent, World};

/// The world behind a lock. Clones share it.
#[derive(Clone, Debug)]
pub struct SharedWorld(Arc<Mutex<Slot>>);

#[derive(Debug)]
struct Slot {
    world: World,
    journal: Option<Journal>,
    broken: Option<Arc<JournalError>>,
    outlet: Option<UnboundedSender<PushEvent>>,
}

impl SharedWorld {
    /// A world without journal and outlet.
    pub fn new(world: World) -> Self {
        Self::kept(world, None)
    }

    /// A world whose verbs are written to `journal`.
    pub(crate) fn kept(mut world: World, journal: Option<Journal>) -> Self {
        if journal.is_some() {
            world.record();
        }
        Self(Arc::new(Mutex::new(Slot { world, journal, broken: None, outlet: None })))
    }

    /// Sends events to `outlet` from now on, instead of keeping them for [`World::take_events`].
    pub fn set_outlet(&self, outlet: UnboundedSender<PushEvent>) {
        self.lock().outlet = Some(outlet);
    }

    /// Works on the world. Events that arise go to the outlet when the closure returns; a closure that takes them itself
    /// (by [`World::advance`]) keeps them.
    pub fn with<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        let mut slot = self.lock();
        let result = work(&mut slot.world);
        slot.settle();
        result
    }

    /// Lets living buyers act up to `now_s`, their events going to the outlet.
    pub fn advance(&self, now_s: i64) {
        let mut slot = self.lock();
        let events = slot.world.advance(now_s);
        slot.send(events);
        slot.settle();
    }

    /// Why the journal can no longer be written. The platform then answers every call with HTTP 500, for what it did could
    /// not be resumed.
    pub fn broken(&self) -> Option<Arc<JournalError>> {
        self.lock().broken.clone()
    }

    /// A panic in a closure of somebody else leaves a world that is still whole enough to be looked at.
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn settle(&mut self) {
        let tape = self.world.take_tape();
        if let Some(journal) = &mut self.journal
            && !tape.is_empty()
            && let Err(error) = journal.append(&tape)
        {
            tracing::error!(%error, "the journal cannot be written");
            self.broken = Some(Arc::new(error));
        }
        if self.outlet.is_some() {
            let events = self.world.take_events();
            self.send(events);
        }
    }

    fn send(&mut self, events: Vec<PushEvent>) {
        let Some(outlet) = &self.outlet else { return };
        for event in events {
            if outlet.send(event).is_err() {
                // Nobody pushes any more: events that cannot go out are lost, as the platform's are.
                self.outlet = None;
                return;
            }
        }
    }
}
