//! Commands: each is done at most once, whatever is lost on the way.
//!
//! # Life of a command
//!
//! *Accepted* — stored durably before the phone hears so; from here on a repetition of its id is answered from the store and acts on nothing.
//! *Sending* — marked durably before the platform is called, so that after a crash the relay knows that the call may have been made.
//! *Ended* — the outcome and its place in the change feed are written together, after the order version on which the outcome rests.
//!
//! # One attempt ([`attempt`])
//!
//! The order, or the after-sale, is read again and judged by [`rules`]. Shows it the effect already, the command is done. Does it no longer
//! allow the command, the command is refused. Otherwise it is marked, the platform is called once, and what it acts on is read until that
//! shows the effect.
//!
//! # Doubt
//!
//! A command is in doubt if the platform may have been called for it and no answer is known: the answer was lost, the relay died while it was
//! marked, or the phone had sent it to another life of the relay, whose store this one may not have (a restored backup). In doubt nothing is
//! done before reading back established that the effect is not there, and because reads may lag behind writes, that takes some time
//! (see `attempt`). What cannot be established ends as *unknown*.
//!
//! # Order
//!
//! Commands of one order, or of one after-sale, run one after another as they arrived; the others run side by side. A command that waits
//! (for the network, for a quota) keeps only those behind it waiting.

mod attempt;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use shopkeeper_protocol::{
    Agreement, CommandId, CommandState, CommandStatus, EntityKey, HeldKind, ReasonCode, Refusal,
};
use tokio::sync::Notify;

use crate::platform::{Followed, Platform};
use crate::ports::Clock;
use crate::store::{NewCommand, Store, StoreError, Tx, body_hash};
use crate::sweep::reader::EntityReader;
use crate::wanted::{Wanted, WantedBody};

/// Longest wait of the worker, in ms. Clocks are put forward, laptops sleep, and the clock of a demonstration runs ahead of the timers.
const LONGEST_WAIT: i64 = 5_000;
/// Longest note and waybill, in characters; the platform's bounds are lower.
const TEXT: usize = 4_096;

/// See the module. Cloning shares everything.
#[derive(Clone)]
pub(crate) struct Commands(Arc<Inner>);

struct Inner {
    store: Store,
    platform: Arc<dyn Platform>,
    reader: EntityReader,
    clock: Clock,
    held: Vec<HeldKind>,
    parallel: usize,
    wake: Notify,
}

/// What became of storing a command.
enum Taken {
    Known(CommandState),
    Other,
    Held(ReasonCode),
    Bad(String),
    New,
}

impl Commands {
    pub(crate) fn new(
        store: Store,
        platform: Arc<dyn Platform>,
        reader: EntityReader,
        clock: Clock,
        held: Vec<HeldKind>,
        parallel: usize,
    ) -> Self {
        let parallel = parallel.max(1);
        Self(Arc::new(Inner { store, platform, reader, clock, held, parallel, wake: Notify::new() }))
    }

    /// Takes a command durably, or tells where it stands. `bytes` is its body as it came, `first_sent_to` the incarnation that it was first
    /// sent to.
    ///
    /// # Errors
    /// If the id is taken by another command, its kind is switched off, or it makes no sense.
    pub(crate) async fn accept(
        &self,
        body: WantedBody,
        bytes: &[u8],
        first_sent_to: &str,
    ) -> Result<CommandStatus, Refusal> {
        let id = body.id.clone();
        let (held, bad) = (self.held(&body.command), self.unfit(&body.command));
        let new = NewCommand {
            id: body.id,
            command: body.command,
            body_hash: body_hash(bytes),
            // Only this life began after the store was as it is now: whatever reached another one may be missing in it.
            doubtful: first_sent_to != self.0.store.incarnation().as_str(),
            accepted_at: (self.0.clock)(),
        };
        let take = move |tx: &Tx<'_>| {
            Ok(match (tx.command(&new.id)?, held, bad) {
                (Some((hash, state)), ..) if hash == new.body_hash => Taken::Known(state),
                (Some(_), ..) => Taken::Other,
                (None, Some(reason), _) => Taken::Held(reason),
                (None, None, Some(what)) => Taken::Bad(what),
                (None, None, None) => {
                    tx.take(&new)?;
                    Taken::New
                }
            })
        };
        match self.0.store.write(take).await.map_err(|error| internal(&error))? {
            Taken::Known(state) => Ok(CommandStatus { id, state }),
            Taken::Other => Err(Refusal::IdReused),
            Taken::Held(reason) => Err(Refusal::Held { reason }),
            Taken::Bad(what) => Err(Refusal::BadRequest { what }),
            Taken::New => {
                self.0.wake.notify_one();
                Ok(CommandStatus { id, state: CommandState::Accepted })
            }
        }
    }

    /// Where a command stands.
    ///
    /// # Errors
    /// If the relay has never had it.
    pub(crate) async fn status(&self, id: &CommandId) -> Result<CommandStatus, Refusal> {
        let wanted = id.clone();
        let found = self.0.store.read(move |reader| reader.command(&wanted)).await.map_err(|error| internal(&error))?;
        let (_, state) = found.ok_or(Refusal::UnknownCommand)?;
        Ok(CommandStatus { id: id.clone(), state })
    }

    /// Carries commands out for as long as it is polled.
    pub(crate) async fn run(self) {
        let mut lanes: FuturesUnordered<BoxFuture<'_, EntityKey>> = FuturesUnordered::new();
        let mut busy = BTreeSet::new();
        loop {
            let now = (self.0.clock)();
            let next = match self.fill_lanes(&mut lanes, &mut busy).await {
                Ok(next) => next.unwrap_or(i64::MAX),
                Err(error) => {
                    tracing::error!(%error, "commands cannot be read; trying again");
                    now.saturating_add(1_000)
                }
            };
            let wait = next.saturating_sub(now).clamp(0, LONGEST_WAIT).unsigned_abs();
            tokio::select! {
                biased;
                Some(target) = lanes.next(), if !lanes.is_empty() => { busy.remove(&target); }
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            }
        }
    }

    /// Begins what may begin. Gives when the next of those that wait is due; what waits for a free lane is looked for when one gets free.
    async fn fill_lanes<'a>(
        &'a self,
        lanes: &mut FuturesUnordered<BoxFuture<'a, EntityKey>>,
        busy: &mut BTreeSet<EntityKey>,
    ) -> Result<Option<i64>, StoreError> {
        if lanes.len() >= self.0.parallel {
            return Ok(None);
        }
        let now = (self.0.clock)();
        let mut next = None::<i64>;
        for open in self.0.store.read(|reader| reader.lanes()).await? {
            let target = open.command.target().clone();
            if busy.contains(&target) {
                continue;
            }
            if open.not_before > now {
                next = Some(next.map_or(open.not_before, |next| next.min(open.not_before)));
            } else if lanes.len() < self.0.parallel {
                busy.insert(target.clone());
                lanes.push(Box::pin(async move {
                    self.attempt(open).await;
                    target
                }));
            }
        }
        Ok(next)
    }

    fn held(&self, command: &Wanted) -> Option<ReasonCode> {
        self.0.held.iter().find(|held| held.kind == command.kind()).map(|held| held.reason.clone())
    }

    /// What makes no sense in a command, if anything does: names the place, never the value.
    fn unfit(&self, command: &Wanted) -> Option<String> {
        let source = self.0.platform.source();
        let of_source = |key: &EntityKey| key.as_str().strip_prefix(source).is_some_and(|rest| rest.starts_with(':'));
        if !of_source(command.target()) {
            let place = match command.of() {
                Followed::Orders => "order",
                Followed::AfterSales => "after_sale",
            };
            return Some(format!("{place}: expected a key of source {source}"));
        }
        match command {
            Wanted::Note(note) => {
                (note.text.chars().count() > TEXT).then(|| format!("text: expected at most {TEXT} characters"))
            }
            Wanted::AcceptAfterSale(accept) => {
                let address = accept.return_address.as_deref().is_some_and(|address| !address.is_empty());
                (address != (accept.agree == Agreement::Return))
                    .then(|| "return_address: expected one for a return and none for a refund".to_owned())
            }
            Wanted::RejectAfterSale(reject) => {
                let certificates = &reject.certificates;
                if reject.text.chars().count() > TEXT {
                    Some(format!("text: expected at most {TEXT} characters"))
                } else if !certificates.is_empty() && !self.0.platform.takes_certificates(&reject.expected) {
                    Some("certificates: expected none at this step of an after-sale".to_owned())
                } else {
                    let bad = certificates.iter().position(|id| id.is_empty() || id.len() > TEXT);
                    bad.map(|at| format!("certificates[{at}]: expected a media id"))
                }
            }
            Wanted::Ship(ship) => {
                if ship.parcels.is_empty() {
                    return Some("parcels: expected at least one".to_owned());
                }
                ship.parcels.iter().enumerate().find_map(|(at, parcel)| {
                    let waybill = parcel.waybill.trim();
                    // Virtual goods have neither carrier nor waybill; whether these are such, the order says.
                    let virtual_goods = waybill.is_empty() && parcel.carrier.as_str().is_empty();
                    if (waybill.is_empty() && !virtual_goods) || waybill.len() > TEXT {
                        return Some(format!("parcels[{at}].waybill: expected a number"));
                    }
                    let empty = parcel.items.is_empty() || parcel.items.iter().any(|item| item.quantity == 0);
                    empty.then(|| format!("parcels[{at}].items: expected at least one, each of at least one piece"))
                })
            }
        }
    }
}

fn internal(error: &StoreError) -> Refusal {
    tracing::error!(%error, "the store failed");
    Refusal::Internal
}
