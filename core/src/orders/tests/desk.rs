//! A shop's services over a store of their own, with a clock that goes with the runtime's and no relay.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use shopkeeper_protocol::{
    Claim, Complete, EntityKey, EntityKind, Order, OrderEvent, OrderLine, Parcel, ParcelItem, Watermark,
};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time;

use crate::home::{Home, HomeParts};
use crate::live::Live;
use crate::observer::Dispatcher;
use crate::orders::around::Surroundings;
use crate::orders::command_rules::{NoteRules, ShipRules, Wishes};
use crate::orders::memo::Memo;
use crate::orders::service::OrdersParts;
use crate::orders::sinks::{OrderEventSink, OrderSink};
use crate::orders::{OrderFilter, OrderList, OrderRow, OrderSort, OrderTab, Orders, ParcelDraft, ShipDraft, Window};
use crate::outbox::Outbox;
use crate::ports::{Link, Random, StoreThreads, WallClock};
use crate::rulebook::Rulebook;
use crate::store::outbox::CommandState;
use crate::store::{CacheTx, Store, StoreError};
use crate::sync::Version;
use crate::sync::sink::{EntitySink, SinkError};
use crate::time::{Corrected, Instant, Span};

pub(crate) const START: Instant = Instant::from_ms(1_790_000_000_000);

struct Wall(time::Instant);

impl WallClock for Wall {
    fn now_ms(&self) -> i64 {
        START.ms() + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Never the same bytes twice, over all desks.
struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().rev().zip(next.iter().rev()).for_each(|(into, byte)| *into = *byte);
    }
}

pub(crate) struct Desk {
    pub(crate) folder: Arc<tempfile::TempDir>,
    pub(crate) store: Store,
    pub(crate) orders: Orders,
    pub(crate) home: Home,
    pub(crate) outbox: Outbox,
    pub(crate) live: Live,
    pub(crate) link: watch::Sender<Link>,
    /// Since when the sync fetches.
    pub(crate) fetching: watch::Sender<Option<Instant>>,
    /// Whether the role shows orders.
    pub(crate) permitted: Arc<AtomicBool>,
    wall: Arc<Wall>,
    seq: AtomicU64,
    _delivery: JoinSet<()>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::open(Arc::new(tempfile::tempdir().unwrap()), Arc::new(Wall(time::Instant::now())), 1)
    }

    /// The same folder after the process ended. `fresh_cache`: and cache.db is lost.
    pub(crate) fn again(self, fresh_cache: bool) -> Self {
        let (folder, wall, seq) = (Arc::clone(&self.folder), Arc::clone(&self.wall), self.seq.load(Ordering::Relaxed));
        drop(self);
        if fresh_cache {
            for name in ["cache.db", "cache.db-wal", "cache.db-shm"] {
                let _ = std::fs::remove_file(folder.path().join(name));
            }
        }
        Self::open(folder, wall, seq)
    }

    fn open(folder: Arc<tempfile::TempDir>, wall: Arc<Wall>, seq: u64) -> Self {
        let store = Store::open(folder.path(), None, StoreThreads::InPlace).unwrap();
        let clock = Corrected::new(Arc::clone(&wall) as Arc<dyn WallClock>, Span::ZERO);
        let (dispatcher, deliver) = Dispatcher::new();
        let mut delivery = JoinSet::new();
        delivery.spawn(deliver);
        let rulebook = Rulebook::builtin();
        let wishes = Wishes { store: store.clone(), clock: clock.clone(), rulebook };
        let outbox = Outbox::new(
            store.clone(),
            clock.clone(),
            Arc::new(Counting),
            dispatcher.clone(),
            vec![Box::new(ShipRules(wishes.clone())), Box::new(NoteRules(wishes.clone()))],
        );
        let live = Live::new(store.clone(), clock.clone(), dispatcher);
        let link = watch::Sender::new(Link::Online);
        let fetching = watch::Sender::new(None);
        let permitted = Arc::new(AtomicBool::new(true));
        let role = Arc::clone(&permitted);
        let surroundings = Surroundings {
            link: link.subscribe(),
            fetching_since: fetching.subscribe(),
            permitted: Arc::new(move || role.load(Ordering::Relaxed)),
        };
        let orders = Orders::new(OrdersParts {
            wishes,
            live: live.clone(),
            outbox: outbox.clone(),
            random: Arc::new(Counting),
            surroundings: surroundings.clone(),
            device: Arc::new(|| "counter".into()),
            memo: Memo::default(),
            deciding: std::sync::Mutex::default(),
        });
        let home = Home::new(HomeParts { store: store.clone(), clock, rulebook, live: live.clone(), surroundings });
        let seq = AtomicU64::new(seq);
        Self { folder, store, orders, home, outbox, live, link, fetching, permitted, wall, seq, _delivery: delivery }
    }

    /// The task of the live queries.
    pub(crate) fn run(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.live.run(self.link.subscribe()));
        tasks
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_ms(self.wall.now_ms())
    }

    /// The relay tells an order.
    pub(crate) fn put(&self, key: &str, order: &Order) -> Version {
        let body = serde_json::to_string(order).unwrap();
        let sink = OrderSink { rulebook: Rulebook::builtin() };
        self.take(|tx, version| sink.upsert(tx, &key.into(), version, &body).map(|_| ()))
    }

    /// The relay tells what it knows by a push only.
    pub(crate) fn tell(&self, order: &str, kind: &str, at: Instant) {
        let event = OrderEvent { order: order.into(), kind: kind.to_owned(), at: at.ms() };
        let body = serde_json::to_string(&event).unwrap();
        let sink = OrderEventSink { rulebook: Rulebook::builtin() };
        let key = EntityKey(format!("{order}:{kind}:{}", at.ms()));
        self.take(|tx, version| sink.upsert(tx, &key, version, &body).map(|_| ()));
    }

    /// The relay has seen the platform up to now, and everything that it has is here.
    pub(crate) fn caught_up(&self) {
        self.claims(Instant::EPOCH);
    }

    /// All open orders are here, and all that were created since.
    pub(crate) fn claims(&self, since: Instant) {
        let kind = EntityKind::Order;
        let as_of = Some(self.now().ms());
        let mark = Watermark {
            kind: kind.clone(),
            as_of,
            open_complete: true,
            created_since: Some(since.ms()),
            first_reading: None,
        };
        self.store
            .write_cache(|tx| {
                tx.claim(&Claim { kind, complete: Complete::Open })?;
                tx.put_watermark(&mark)
            })
            .unwrap();
    }

    /// Everything that a write does, in one commit of a new version.
    pub(crate) fn take(&self, write: impl FnOnce(&CacheTx<'_>, Version) -> Result<(), SinkError>) -> Version {
        let seq = i64::try_from(self.seq.fetch_add(1, Ordering::Relaxed)).unwrap();
        let version = Version { generation: 1, seq };
        let taken = self.store.write_cache(|tx| {
            write(tx, version).map_err(|error| match error {
                SinkError::Store(error) => error,
                SinkError::Bad(what) => panic!("{what}"),
            })
        });
        taken.unwrap();
        version
    }

    /// What became of the commands of an order, as the feed would have it.
    pub(crate) fn all_become(&self, order: &str, state: &CommandState) {
        let rows = self.store.overlays().of(&order.into()).to_vec();
        let moved = self.store.write_actions(|tx| {
            for row in rows {
                let mut row = (*row).clone();
                row.state = state.clone();
                tx.move_command(row)?;
            }
            Ok::<_, StoreError>(())
        });
        moved.unwrap();
    }

    pub(crate) fn list(&self, filter: &OrderFilter) -> OrderList {
        self.orders.list(filter, OrderSort::Newest, &Window::top(50)).unwrap()
    }

    /// The keys of a list.
    pub(crate) fn keys(&self, filter: &OrderFilter) -> Vec<String> {
        self.list(filter).rows.into_iter().map(|row| row.key.0).collect()
    }

    /// The order as a row of the list of everything.
    pub(crate) fn row(&self, key: &str) -> OrderRow {
        let list = self.list(&OrderFilter::default());
        list.rows.into_iter().find(|row| row.key.as_str() == key).unwrap()
    }
}

pub(crate) fn tab(tab: OrderTab) -> OrderFilter {
    OrderFilter { tab, ..OrderFilter::default() }
}

/// An order that waits to be shipped: two pieces of one thing and one of another, paid an hour ago.
pub(crate) fn order(number: &str) -> Order {
    let line = |product: &str, quantity: u32| OrderLine {
        product: product.to_owned(),
        sku: format!("{product}-1"),
        title: "桂花乌龙茶".to_owned(),
        sku_text: "红盒".to_owned(),
        quantity,
        unit_price: 3_500,
        paid: 3_500 * i64::from(quantity),
        ..OrderLine::default()
    };
    let paid = START.minus(Span::hours(1)).ms();
    let mut order = Order {
        number: number.to_owned(),
        status: 20,
        created_at: paid - 60_000,
        updated_at: paid,
        paid_at: Some(paid),
        lines: vec![line("100", 2), line("200", 1)],
        ..Order::default()
    };
    order.buyer.address_hash = format!("address of {number}");
    order
}

/// The same order with everything in one parcel, as the platform tells it afterwards.
pub(crate) fn shipped(order: &Order, waybill: &str, at: Instant) -> Order {
    let item =
        |line: &OrderLine| ParcelItem { product: line.product.clone(), sku: line.sku.clone(), quantity: line.quantity };
    let parcel = Parcel {
        carrier: "SF".to_owned(),
        waybill: waybill.to_owned(),
        shipped_at: at.ms(),
        items: order.lines.iter().map(item).collect(),
        ..Parcel::default()
    };
    Order { status: 30, shipped_at: Some(at.ms()), updated_at: at.ms(), parcels: vec![parcel], ..order.clone() }
}

/// Everything in one parcel.
pub(crate) fn all_in(waybill: &str) -> ShipDraft {
    ShipDraft { parcels: vec![ParcelDraft { carrier: None, waybill: waybill.to_owned(), items: None }] }
}

/// Lets the tasks go on for a few frames.
pub(crate) async fn frames() {
    time::sleep(crate::live::FRAME * 3).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
