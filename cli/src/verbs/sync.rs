//! `sync`: what changed comes here, and what waits goes there.
//!
//! In the app both happen by themselves. A process that ends with its verb has to stay for them: it pulls until it is caught up (a whole
//! first sync, if there was none), waits until the outbox holds nothing that could still move, and pulls once more, because what was
//! delivered has changed orders. The undo time of fresh work is waited for like everything else.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use shopkeeper_core::core::Core;
use shopkeeper_core::home::Repairs;
use shopkeeper_core::orders::{Count, OrderFilter};
use shopkeeper_core::outbox::{ItemState, Outbox, OutboxItem, OutboxSummary, OutboxView};
use shopkeeper_core::time::Instant;
use tokio::sync::watch;

use super::VerbError;
use super::outbox;
use super::speaker::{Answer, Speaker};
use crate::args::SyncWish;
use crate::exit::Exit;
use crate::phrase::Teller;
use crate::say;

/// `{"orders":{"exact":…},"as_of":…,"set_aside":…,"repairs":…,"delivered":…,"outbox":{…},"left":[…]}`. What a pull changed is not in it: the phone
/// pulls by itself as soon as it is open, so which of its pulls brought what is chance.
#[derive(Debug, Serialize)]
struct Synced {
    /// On this phone.
    orders: Count,
    /// How far the relay had seen the platform.
    as_of: Option<Instant>,
    /// What stands aside because it could not be read.
    set_aside: u64,
    /// Numbers that this phone found wrong at idle and set right.
    repairs: Option<Repairs>,
    /// Work that waited when this began, or came meanwhile, and is at the platform now.
    delivered: usize,
    outbox: OutboxSummary,
    /// What is still in the outbox.
    left: Vec<OutboxItem>,
}

pub(super) async fn run(wish: SyncWish, core: &Core, speaker: &mut Speaker<'_>) -> Result<Exit, VerbError> {
    let (sync, outbox) = (core.sync()?, core.outbox()?);
    let waited = outbox.view()?;
    sync.now().await?;
    // What could not settle in time is told as what is left.
    let _ = tokio::time::timeout(Duration::from_secs(wish.wait.into()), settled(&outbox)).await;
    let left = outbox.view()?;
    let delivered = waited.items.iter().filter(|item| left.items.iter().all(|other| other.id != item.id)).count();
    if delivered > 0 {
        sync.now().await?;
    }
    let status = sync.status();
    let exit = exit(&left);
    let synced = Synced {
        orders: core.orders()?.count(&OrderFilter::default())?,
        as_of: status.as_of,
        set_aside: status.set_aside,
        repairs: core.home()?.repairs()?,
        delivered,
        outbox: left.summary,
        left: left.items,
    };
    speaker.say(&synced, core)?;
    Ok(exit)
}

/// Returns once nothing in the outbox moves by itself any more.
async fn settled(outbox: &Outbox) {
    let (changed, mut changes) = watch::channel(false);
    let observer = move |view: OutboxView| {
        changed.send_replace(view.items.iter().all(|item| rests(&item.state)));
    };
    let _watching = outbox.watch(Arc::new(observer));
    // The observer, and with it the sender, lives as long as the subscription.
    let _ = changes.wait_for(|settled| *settled).await;
}

/// Whether work stays where it is until somebody does something.
const fn rests(state: &ItemState) -> bool {
    match state {
        ItemState::Held { .. } | ItemState::NeedsAction { .. } | ItemState::Unknown { .. } => true,
        ItemState::Undoable { .. } | ItemState::Waiting | ItemState::Sending | ItemState::Checking => false,
    }
}

fn exit(left: &OutboxView) -> Exit {
    let asks = |item: &OutboxItem| matches!(item.state, ItemState::NeedsAction { .. } | ItemState::Unknown { .. });
    match () {
        () if left.items.iter().any(asks) => Exit::Refused,
        () if !left.items.is_empty() => Exit::OutOfReach,
        () => Exit::Ok,
    }
}

impl Answer for Synced {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let words = teller.words;
        let as_of = self.as_of.map_or_else(|| say!(words, "state.covered_nothing"), |as_of| teller.time(as_of));
        let (Count::Exact(orders) | Count::AtLeast(orders)) = self.orders;
        let mut lines = vec![say!(words, "cli.synced", n = orders, time = as_of)];
        if self.set_aside > 0 {
            lines.push(say!(words, "state.set_aside", n = self.set_aside));
        }
        if let Some(Repairs { counters, last }) = self.repairs {
            lines.push(say!(words, "state.repaired", n = counters, time = teller.time(last)));
        }
        if self.delivered > 0 {
            lines.push(say!(words, "cli.sync.delivered", n = self.delivered));
        }
        lines.extend(self.left.iter().flat_map(|item| outbox::item(item, teller)));
        if self.left.is_empty() {
            lines.push(say!(words, "truth.all_delivered"));
        }
        lines
    }
}
