//! [`Shop`]: one paired shop, with its files open and its rooms put together.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use shopkeeper_protocol::{DeviceId, Role};
use tokio::task::JoinSet;

use super::Config;
use crate::error::CoreError;
use crate::home::{Home, HomeParts};
use crate::live::Live;
use crate::net::Relay;
use crate::observer::{Dispatcher, lock};
use crate::orders::Orders;
use crate::orders::around::Surroundings;
use crate::orders::command_rules::{NoteRules, ShipRules, Wishes};
use crate::orders::memo::Memo;
use crate::orders::service::OrdersParts;
use crate::outbox::rules::CommandRules;
use crate::outbox::{Outbox, OutcomeSink, Worker};
use crate::pairing::{self, ShopFacts};
use crate::ports::Ports;
use crate::rulebook::Rulebook;
use crate::sensitive::Sensitive;
use crate::store::{DeviceStore, PairingRow, Store, StoreError};
use crate::sync::{Sync, SyncParts};
use crate::time::{Corrected, Span};

/// Name of the setting that keeps the relay's clock minus ours, for the next start without a network.
const CLOCK: &str = "clock_offset_ms";
/// How often a difference is looked for, and which one is worth writing.
const CLOCK_EVERY: Duration = Duration::from_secs(60);
const CLOCK_STEP: Span = Span::seconds(1);

/// See the module. Dropping it closes nothing by itself: services that a screen still holds keep the files.
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) orders: Orders,
    pub(crate) home: Home,
    pub(crate) outbox: Outbox,
    pub(crate) sync: Sync,
    live: Live,
    relay: Relay,
    clock: Corrected,
    device: DeviceStore,
    me: Arc<Mutex<Me>>,
}

/// The shop and this device, as the relay names them.
struct Me {
    facts: ShopFacts,
    device: DeviceId,
}

impl Shop {
    pub(crate) fn open(
        config: &Config,
        ports: &Ports,
        clock: &Corrected,
        device: &DeviceStore,
        dispatcher: &Dispatcher,
        row: PairingRow,
        token: Option<Sensitive<String>>,
    ) -> Result<Self, CoreError> {
        let folder = config.root.join(row.shop.key.as_str());
        let store = Store::open(&folder, config.key.as_ref(), ports.store_threads)?;
        let peer = pairing::peer_of(&row)?;
        let relay = Relay::new(Arc::clone(&ports.transport), clock.clone(), config.build.clone(), peer, token);
        let rulebook = Rulebook::builtin();
        let wishes = Wishes { store: store.clone(), clock: clock.clone(), rulebook };
        let rules: Vec<Box<dyn CommandRules>> =
            vec![Box::new(ShipRules(wishes.clone())), Box::new(NoteRules(wishes.clone()))];
        let outbox = Outbox::new(store.clone(), clock.clone(), Arc::clone(&ports.random), dispatcher.clone(), rules);
        // After an upgrade, what other rules worked out is worked out again before anybody sees it.
        crate::orders::sinks::derive_again(&store, rulebook)?;
        let mut sinks = crate::orders::sinks::sinks(rulebook);
        sinks.push(Arc::new(OutcomeSink(store.clone())));
        let live = Live::new(store.clone(), clock.clone(), dispatcher.clone());
        let looking = live.clone();
        let sync = Sync::new(SyncParts {
            store: store.clone(),
            relay: relay.clone(),
            sinks,
            clock: clock.clone(),
            random: Arc::clone(&ports.random),
            link: ports.connectivity.watch(),
            dispatcher: dispatcher.clone(),
            outbox: outbox.road(),
            looking: Arc::new(move || looking.is_watched()),
        })?;
        let me = Arc::new(Mutex::new(Me { facts: row.shop, device: row.device }));
        let whose = Arc::clone(&me);
        let role = relay.clone();
        let surroundings = Surroundings {
            link: ports.connectivity.watch(),
            fetching_since: sync.fetching_since(),
            // A relay that was never heard gave nothing that would have to be hidden.
            permitted: Arc::new(move || role.last_hello().is_none_or(|hello| shows_orders(hello.role.as_ref()))),
        };
        let orders = Orders::new(OrdersParts {
            wishes,
            live: live.clone(),
            outbox: outbox.clone(),
            random: Arc::clone(&ports.random),
            surroundings: surroundings.clone(),
            device: Arc::new(move || lock(&whose).device.clone()),
            memo: Memo::default(),
            deciding: Mutex::default(),
        });
        let home = Home::new(HomeParts {
            store: store.clone(),
            clock: clock.clone(),
            rulebook,
            live: live.clone(),
            surroundings,
        });
        Ok(Self { store, orders, home, outbox, sync, live, relay, clock: clock.clone(), device: device.clone(), me })
    }

    pub(crate) fn facts(&self) -> ShopFacts {
        lock(&self.me).facts.clone()
    }

    /// The same shop under a new token, perhaps at another address.
    pub(crate) fn paired_again(&self, row: PairingRow, token: Sensitive<String>) -> Result<(), CoreError> {
        self.relay.moved(pairing::peer_of(&row)?, token);
        *lock(&self.me) = Me { facts: row.shop, device: row.device };
        self.outbox.hurry();
        self.sync.wake();
        Ok(())
    }

    /// The tasks of a shop.
    pub(crate) fn spawn(&self, tasks: &mut JoinSet<()>, ports: &Ports) {
        // Screens hear of a commit before those who tidy up behind it.
        tasks.spawn(self.live.run(ports.connectivity.watch()));
        let link = ports.connectivity.watch();
        let worker = Worker::new(self.outbox.clone(), self.relay.clone(), Arc::clone(&ports.random), link);
        tasks.spawn(worker.run());
        tasks.spawn(self.sync.run());
        tasks.spawn(self.store.clone().follow_taps());
        tasks.spawn(self.home.audit_at_idle());
        tasks.spawn(self.store.clone().follow_text());
        let (outbox, sync) = (self.outbox.clone(), self.sync.clone());
        tasks.spawn(async move {
            loop {
                outbox.pull_wanted().await;
                sync.wake();
            }
        });
        tasks.spawn(follow(self.relay.clone(), Arc::clone(&self.me), self.device.clone()));
        tasks.spawn(keep_clock(self.relay.clone(), self.clock.clone(), self.device.clone()));
    }
}

/// The owner sees everything; what a role of a later relay may see is not known here, and nobody's orders are shown by guess.
fn shows_orders(role: Option<&Role>) -> bool {
    !matches!(role, Some(Role::Other(_)))
}

/// Takes over what the relay says of the shop.
async fn follow(relay: Relay, me: Arc<Mutex<Me>>, device: DeviceStore) {
    let mut hello = relay.hello();
    while hello.changed().await.is_ok() {
        let news = relay.last_hello().and_then(|hello| hello.shop.clone());
        let Some(news) = news else { continue };
        let is_news = {
            let mut me = lock(&me);
            let is_news = news.key == me.facts.key && news != me.facts;
            if is_news {
                me.facts = news.clone();
            }
            is_news
        };
        if is_news && let Err(error) = device.rename(&news) {
            tracing::warn!(%error, "what the relay says of the shop could not be kept");
        }
    }
}

/// Writes down how the relay's clock differs from ours, so that deadlines are right on the next start even without a network.
async fn keep_clock(relay: Relay, clock: Corrected, device: DeviceStore) {
    let mut hello = relay.hello();
    let mut kept = kept_offset(&device).unwrap_or(Span::ZERO);
    loop {
        let offset = clock.offset();
        if offset.as_ms().abs_diff(kept.as_ms()) >= CLOCK_STEP.as_ms().unsigned_abs() {
            match device.set(CLOCK, &offset.as_ms().to_string()) {
                Ok(()) => kept = offset,
                Err(error) => tracing::warn!(%error, "the clock's offset could not be kept"),
            }
        }
        tokio::select! {
            biased;
            Ok(()) = hello.changed() => {}
            () = tokio::time::sleep(CLOCK_EVERY) => {}
        }
    }
}

/// The offset that was kept last.
pub(super) fn kept_offset(device: &DeviceStore) -> Result<Span, StoreError> {
    Ok(device.setting(CLOCK)?.and_then(|ms| ms.parse().ok()).map_or(Span::ZERO, Span::ms))
}
