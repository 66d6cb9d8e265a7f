//! [`Orders`]: what a screen sees of orders, and what a merchant does to them.
//!
//! **Reads** compose what the cache has with what lies on top from this phone, as one revision of the store. A list is read through the
//! mirror of the marks, so what a tap still owes it is written first: a filter follows a tap in the very next read.
//!
//! **Taps** return once actions.db has them on disk. A flag or a private note is nobody else's and done with that; a platform note and a
//! shipment become commands. Whether a command is allowed depends on those before it, so they are decided one at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use shopkeeper_protocol::Carrier;

use super::around::{Around, Surroundings};
use super::command_rules::Wishes;
use super::compose::{self, DetailSources};
use super::reach::Reach;
use super::{
    Count, Extent, Flag, OrderDetail, OrderFilter, OrderList, OrderSort, Receipt, ShipDraft, Window, buyer, notes,
};
use crate::error::CoreError;
use crate::ids::{CommandId, DeviceId, OrderKey};
use crate::live::{Live, Query, Reading, Snapshot};
use crate::observer::{Observer, Subscription, lock};
use crate::outbox::Outbox;
use crate::ports::Random;
use crate::rulebook::Rulebook;
use crate::store::marks::Hand;
use crate::store::orders::ListQuery;
use crate::store::outbox::{CommandRow, CommandState};
use crate::store::{LocalMark, Store, Touched};
use crate::time::{Corrected, Instant};

/// The orders of a shop. Cloning shares them.
#[derive(Clone)]
pub struct Orders(pub(super) Arc<OrdersParts>);

/// Everything that the room needs of the others.
pub(crate) struct OrdersParts {
    pub(crate) wishes: Wishes,
    pub(crate) live: Live,
    pub(crate) outbox: Outbox,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) surroundings: Surroundings,
    /// This device, as the relay names it.
    pub(crate) device: Arc<dyn Fn() -> DeviceId + Send + Sync>,
    /// Held from looking until the command is stored.
    pub(crate) deciding: Mutex<()>,
}

impl std::fmt::Debug for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Orders")
    }
}

impl Orders {
    pub(crate) fn new(parts: OrdersParts) -> Self {
        Self(Arc::new(parts))
    }

    /// A window of a list, now.
    ///
    /// # Errors
    /// [`CoreError::BadInput`] for a window of no rows or of more than 200, for an anchor of another list, and for what
    /// [`OrderFilter::check`] refuses; [`CoreError::Closed`], and the store's.
    pub fn list(&self, filter: &OrderFilter, sort: OrderSort, window: &Window) -> Result<OrderList, CoreError> {
        Ok(self.read_list(filter, sort, window)?.snapshot)
    }

    /// How long a list is, now.
    ///
    /// # Errors
    /// What [`OrderFilter::check`] refuses; [`CoreError::Closed`], and the store's.
    pub fn count(&self, filter: &OrderFilter) -> Result<Count, CoreError> {
        filter.check()?;
        catch_up(self.store());
        Ok(self.store().read(|cache| cache.count(filter))?)
    }

    /// Tells the observer of a window now and whenever it is another one. A window that [`Orders::list`] would refuse tells nothing.
    pub fn watch(
        &self,
        filter: OrderFilter,
        sort: OrderSort,
        window: Window,
        observer: Arc<dyn Observer<OrderList>>,
    ) -> Subscription {
        let query = ListWatch { orders: self.clone(), filter, sort, window: Mutex::new(window) };
        self.0.live.watch(query, observer)
    }

    /// An order in full, now.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] for an order that is not on this phone; [`CoreError::Closed`], and the store's.
    pub fn detail(&self, key: &OrderKey) -> Result<OrderDetail, CoreError> {
        Ok(self.read_detail(key)?.snapshot)
    }

    /// Tells the observer of an order now and whenever it is another one. While there is no such order, it tells nothing.
    pub fn watch_detail(&self, key: OrderKey, observer: Arc<dyn Observer<OrderDetail>>) -> Subscription {
        self.0.live.watch(DetailWatch { orders: self.clone(), key, has_card: AtomicBool::new(false) }, observer)
    }

    /// Orders by their key, their whole number, or the last 4 to 8 characters of it.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn find(&self, text: &str) -> Result<Vec<OrderKey>, CoreError> {
        Ok(self.store().read(|cache| cache.find(text))?)
    }

    /// The delivery companies that the platform accepts.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn carriers(&self) -> Result<Vec<Carrier>, CoreError> {
        Ok(self.store().read(|cache| cache.carriers())?)
    }

    /// Puts a flag on an order, or takes it off. On disk when this returns.
    ///
    /// # Errors
    /// [`CoreError::NotFound`], [`CoreError::StorageFull`], [`CoreError::Closed`], and the store's.
    pub fn set_flag(&self, key: &OrderKey, flag: Option<Flag>) -> Result<(), CoreError> {
        let _turn = lock(&self.0.deciding);
        if self.mark(key)?.flag != flag {
            let device = (self.0.device)();
            self.store().write_actions(|tx| tx.write_flag(key, flag, self.hand(&device)))?;
        }
        Ok(())
    }

    /// Writes a version of an order's private note; an empty one takes it away. On disk when this returns.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] for a text that is too long, has control characters or is there already; and as [`Orders::set_flag`].
    pub fn add_note(&self, key: &OrderKey, text: &str) -> Result<(), CoreError> {
        let _turn = lock(&self.0.deciding);
        let shown = self.mark(key)?.note.unwrap_or_default();
        let text = notes::private_note(self.rulebook(), text, &shown)?;
        let device = (self.0.device)();
        self.store().write_actions(|tx| tx.write_note(key, &text, self.hand(&device)))?;
        Ok(())
    }

    /// Writes the note that every seat of the shop sees at the platform: durable when this returns, and then on its way.
    ///
    /// # Errors
    /// As [`Orders::add_note`].
    pub fn write_platform_note(&self, key: &OrderKey, text: &str) -> Result<Receipt, CoreError> {
        let _turn = lock(&self.0.deciding);
        self.0.outbox.enqueue(self.0.wishes.note(key, text)?)
    }

    /// Ships what was typed: durable when this returns, and then on its way.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] with the first reason found, the order's own before the draft's; and as [`Orders::set_flag`].
    pub fn ship(&self, key: &OrderKey, draft: &ShipDraft) -> Result<Receipt, CoreError> {
        let _turn = lock(&self.0.deciding);
        self.0.outbox.enqueue(self.0.wishes.ship(key, draft)?)
    }

    fn read_list(
        &self,
        filter: &OrderFilter,
        sort: OrderSort,
        window: &Window,
    ) -> Result<Reading<OrderList>, CoreError> {
        window.check()?;
        filter.check()?;
        let query = ListQuery { filter: filter.clone(), sort, from: window.from.clone(), size: window.size };
        catch_up(self.store());
        let (rulebook, around) = (self.rulebook(), self.around());
        let list = self.store().view(|view| {
            let page = view.cache.list(&query)?;
            let count = view.cache.count(filter)?;
            let reach = Reach::read(&view.cache)?;
            let local = &view.local;
            let rows = page.rows.into_iter().zip(page.anchors).map(|(stored, anchor)| {
                let (mark, commands) = (local.mark(&stored.key).cloned(), local.overlays.of(&stored.key).to_vec());
                compose::row(stored, anchor, mark.as_ref(), &commands)
            });
            let rows: Vec<_> = rows.collect();
            let work = rows.iter().map(|row| row.work).sum();
            let state = around.state(rulebook, reach, reach.extent(filter, count), work);
            let list = OrderList {
                revision: view.revision,
                rows,
                count,
                saved_not_delivered: view.cache.saved_not_delivered(filter)?,
                before: page.before,
                after: page.after,
                state,
            };
            Ok(Reading { snapshot: list, changes_at: around.changes_at(rulebook, reach) })
        });
        Ok(list?)
    }

    fn read_detail(&self, key: &OrderKey) -> Result<Reading<OrderDetail>, CoreError> {
        let (rulebook, around) = (self.rulebook(), self.around());
        let detail = self.store().view(|view| {
            let cache = &view.cache;
            let (Some(row), Some(stored)) = (cache.order_row(key)?, cache.detail(key)?) else { return Ok(None) };
            // Versions are only added, so those that came since the view was taken are news and no contradiction; flag and note of the row
            // are worked out from the very same ones.
            let (flags, notes) = self.store().read_actions(|actions| Ok((actions.flags(key)?, actions.notes(key)?)))?;
            let commands = view.local.overlays.of(key);
            let anchor = row.anchor(&OrderFilter::default(), OrderSort::default());
            let row = compose::row(row, anchor, Some(&LocalMark::of(&flags, &notes)), commands);
            let reach = Reach::read(cache)?;
            let state = around.state(rulebook, reach, Extent::Complete, row.work);
            let carriers = cache.carriers()?;
            let created_at = Instant::from_ms(stored.order.created_at);
            let buyer = cache.orders_of_buyer(&stored.order.buyer, key, created_at)?;
            let buyer = buyer.map(|orders| buyer::card(&orders, &view.local, reach));
            let sources = DetailSources {
                rulebook,
                stored: &stored,
                flags: &flags,
                notes: &notes,
                rows: commands,
                carriers: &carriers,
                buyer: buyer.as_ref(),
            };
            let undoable = |row: &CommandRow| row.state == CommandState::Waiting && self.0.outbox.is_undoable(row);
            let undo_ends = commands.iter().filter(|row| undoable(row)).map(|row| row.not_before).min();
            let detail = compose::detail(view.revision, row, state, &sources, undoable);
            let changes_at = [undo_ends, around.changes_at(rulebook, reach)].into_iter().flatten().min();
            Ok(Some(Reading { snapshot: detail, changes_at }))
        });
        detail?.ok_or(CoreError::NotFound("order"))
    }

    /// What is on an order that is here.
    pub(super) fn mark(&self, key: &OrderKey) -> Result<LocalMark, CoreError> {
        let mark = self.store().view(|view| {
            let here = view.cache.order_version(key)?.is_some();
            Ok(here.then(|| view.local.mark(key).cloned().unwrap_or_default()))
        });
        mark?.ok_or(CoreError::NotFound("order"))
    }

    pub(super) fn hand<'a>(&self, device: &'a DeviceId) -> Hand<'a> {
        let mut random = [0; 16];
        self.0.random.fill(&mut random);
        Hand { op: CommandId::from_bytes(random), device, now: self.now() }
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.wishes.store
    }

    pub(super) fn rulebook(&self) -> &'static Rulebook {
        self.0.wishes.rulebook
    }

    fn clock(&self) -> &Corrected {
        &self.0.wishes.clock
    }

    pub(super) fn now(&self) -> Instant {
        self.clock().now()
    }

    pub(super) fn around(&self) -> Around {
        self.0.surroundings.at(self.now())
    }
}

/// Writes what the mirror owes, so that filters and counts follow the taps before this. Where the cache cannot be written, what is in it can
/// still be read, and the rows themselves show every tap.
pub(crate) fn catch_up(store: &Store) {
    if let Err(error) = store.mirror_due() {
        tracing::warn!(%error, "lists filter by what was tapped before");
    }
}

impl Snapshot for OrderList {
    fn revision_mut(&mut self) -> &mut u64 {
        &mut self.revision
    }
}

impl Snapshot for OrderDetail {
    fn revision_mut(&mut self) -> &mut u64 {
        &mut self.revision
    }
}

struct ListWatch {
    orders: Orders,
    filter: OrderFilter,
    sort: OrderSort,
    window: Mutex<Window>,
}

impl Query for ListWatch {
    type Snapshot = OrderList;

    fn read(&self, _told: Option<&OrderList>) -> Result<Reading<OrderList>, CoreError> {
        let window = lock(&self.window).clone();
        self.orders.read_list(&self.filter, self.sort, &window)
    }

    fn is_about(&self, touched: &Touched) -> bool {
        // Whether an order belongs to this window takes a look into the cache, and so does the window itself.
        touched.any_order() || touched.reach
    }

    fn move_to(&self, window: Window) -> bool {
        *lock(&self.window) = window;
        true
    }
}

struct DetailWatch {
    orders: Orders,
    key: OrderKey,
    /// The buyer's card was shown.
    has_card: AtomicBool,
}

impl Query for DetailWatch {
    type Snapshot = OrderDetail;

    fn read(&self, _told: Option<&OrderDetail>) -> Result<Reading<OrderDetail>, CoreError> {
        let reading = self.orders.read_detail(&self.key)?;
        self.has_card.store(reading.snapshot.buyer.is_some(), Ordering::Relaxed);
        Ok(reading)
    }

    fn is_about(&self, touched: &Touched) -> bool {
        // Another order of the same buyer changes the card, and which orders those are takes a look into the cache.
        let others = self.has_card.load(Ordering::Relaxed) && touched.any_order();
        others || touched.touches(&self.key) || touched.reach || touched.shop
    }
}
