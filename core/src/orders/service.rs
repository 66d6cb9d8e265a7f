//! [`Orders`]: what a screen sees of orders, and what a merchant does to them.
//!
//! **Reads** compose what the cache has with what lies on top from this phone, as one revision of the store. A list that asks
//! for marks is read through their mirror, so what a tap still owes it is written first: a filter follows a tap in the very next read.
//!
//! **Taps** return once actions.db has them on disk. A flag or a private note is nobody else's and done with that; a platform note and a
//! shipment become commands. Whether a command is allowed depends on those before it, so they are decided one at a time.

use std::sync::{Arc, Mutex};

use shopkeeper_protocol::Carrier;

use super::around::{Around, Surroundings};
use super::command_rules::Wishes;
use super::compose::{self, DetailSources};
use super::memo::{Length, Memo};
use super::reach::Reach;
use super::watches::{DetailWatch, ListWatch};
use super::{
    Anchor, Count, Extent, Flag, OrderDetail, OrderFilter, OrderList, OrderRow, OrderSort, ProductFilter, ProductName,
    Receipt, ShipDraft, Window, buyer, notes,
};
use crate::error::CoreError;
use crate::ids::{CommandId, DeviceId, OrderKey};
use crate::live::{Live, Reading};
use crate::observer::{Observer, Subscription, lock};
use crate::outbox::Outbox;
use crate::ports::Random;
use crate::rulebook::Rulebook;
use crate::store::marks::Hand;
use crate::store::orders::{BuyerOrders, ListPage, ListQuery, StoredRow};
use crate::store::outbox::{CommandRow, CommandState};
use crate::store::{LocalMark, Store, StoreError, View};
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
    pub(crate) memo: Memo,
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
        window.check()?;
        filter.check()?;
        let query = ListQuery { filter: filter.clone(), sort, from: window.from.clone(), size: window.size };
        Ok(self.read_list(&query, |_, _| Ok(()))?.0.snapshot)
    }

    /// How long a list is, now.
    ///
    /// # Errors
    /// What [`OrderFilter::check`] refuses; [`CoreError::Closed`], and the store's.
    pub fn count(&self, filter: &OrderFilter) -> Result<Count, CoreError> {
        filter.check()?;
        catch_up_for(self.store(), filter);
        // The badges of a screen are asked for again and again; a transaction takes longer than a look into memory.
        if let Some(length) = self.store().settled().and_then(|revision| self.0.memo.known_length(revision, filter)) {
            return Ok(length.count);
        }
        Ok(self.store().view(|view| Ok(self.length(view, filter)?.count))?)
    }

    /// Tells the observer of a window now and whenever it is another one. A window that [`Orders::list`] would refuse tells nothing.
    pub fn watch(
        &self,
        filter: OrderFilter,
        sort: OrderSort,
        window: Window,
        observer: Arc<dyn Observer<OrderList>>,
    ) -> Subscription {
        self.0.live.watch(ListWatch::new(self.clone(), filter, sort, window), observer)
    }

    /// An order in full, now.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] for an order that is not on this phone; [`CoreError::Closed`], and the store's.
    pub fn detail(&self, key: &OrderKey) -> Result<OrderDetail, CoreError> {
        Ok(self.read_detail(key)?.0.snapshot)
    }

    /// Tells the observer of an order now and whenever it is another one. While there is no such order, it tells nothing.
    pub fn watch_detail(&self, key: OrderKey, observer: Arc<dyn Observer<OrderDetail>>) -> Subscription {
        self.0.live.watch(DetailWatch::new(self.clone(), key), observer)
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

    /// What a product of a filter is called, as the newest order with it says; `None`: no order that is here has it.
    ///
    /// # Errors
    /// [`CoreError::Closed`], and the store's.
    pub fn product_name(&self, product: &ProductFilter) -> Result<Option<ProductName>, CoreError> {
        Ok(self.store().read(|cache| cache.product_name(product))?)
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

    /// A window of a list, and what is to be remembered of its page.
    pub(super) fn read_list<T>(
        &self,
        query: &ListQuery,
        remember: impl FnOnce(&ListPage, Count) -> Result<T, StoreError>,
    ) -> Result<(Reading<OrderList>, T), CoreError> {
        catch_up_for(self.store(), &query.filter);
        let list = self.store().view(|view| {
            let page = self.0.memo.page(view, query)?;
            let length = self.length(view, &query.filter)?;
            let remembered = remember(&page, length.count)?;
            let rows = page.rows.into_iter().zip(page.anchors);
            let rows = rows.map(|(stored, anchor)| row_on(view, stored, anchor)).collect();
            let (before, after) = (page.before, page.after);
            Ok((self.list_of(view, &query.filter, rows, length, [before, after])?, remembered))
        });
        Ok(list?)
    }

    pub(super) fn length(&self, view: &View<'_>, filter: &OrderFilter) -> Result<Length, StoreError> {
        self.0.memo.length(view, filter)
    }

    /// The list around rows that were read.
    pub(super) fn list_of(
        &self,
        view: &View<'_>,
        filter: &OrderFilter,
        rows: Vec<OrderRow>,
        length: Length,
        [before, after]: [Option<Anchor>; 2],
    ) -> Result<Reading<OrderList>, StoreError> {
        let (rulebook, around) = (self.rulebook(), self.around());
        let reach = Reach::read(&view.cache)?;
        let work = rows.iter().map(|row| row.work).sum();
        let Length { count, saved_not_delivered } = length;
        let state = around.state(rulebook, reach, reach.extent(filter, count), work);
        let (revision, covered) = (view.revision, reach.covered());
        let snapshot = OrderList { revision, rows, count, saved_not_delivered, before, after, state, covered };
        Ok(Reading { snapshot, changes_at: around.changes_at(rulebook, reach) })
    }

    /// An order in full, and what else its buyer ordered.
    pub(super) fn read_detail(&self, key: &OrderKey) -> Result<(Reading<OrderDetail>, Option<BuyerOrders>), CoreError> {
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
            let card = buyer.as_ref().map(|orders| buyer::card(orders, &view.local, reach));
            let sources = DetailSources {
                rulebook,
                stored: &stored,
                flags: &flags,
                notes: &notes,
                rows: commands,
                carriers: &carriers,
                buyer: card.as_ref(),
            };
            let undoable = |row: &CommandRow| row.state == CommandState::Waiting && self.0.outbox.is_undoable(row);
            let undo_ends = commands.iter().filter(|row| undoable(row)).map(|row| row.not_before).min();
            let detail = compose::detail(view.revision, row, state, &sources, undoable);
            let changes_at = [undo_ends, around.changes_at(rulebook, reach)].into_iter().flatten().min();
            Ok(Some((Reading { snapshot: detail, changes_at }, buyer)))
        });
        detail?.ok_or(CoreError::NotFound("order"))
    }

    /// What is on an order that is here.
    pub(super) fn mark(&self, key: &OrderKey) -> Result<LocalMark, CoreError> {
        self.store().view(|view| mark_in(view, key))?.ok_or(CoreError::NotFound("order"))
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

/// What is on an order; none if it is not here.
pub(super) fn mark_in(view: &View<'_>, key: &OrderKey) -> Result<Option<LocalMark>, StoreError> {
    let here = view.cache.order_version(key)?.is_some();
    Ok(here.then(|| view.local.mark(key).cloned().unwrap_or_default()))
}

/// A row with what lies on top of it from this phone.
pub(super) fn row_on(view: &View<'_>, stored: StoredRow, anchor: Anchor) -> OrderRow {
    let (mark, commands) = (view.local.mark(&stored.key).cloned(), view.local.overlays.of(&stored.key).to_vec());
    compose::row(stored, anchor, mark.as_ref(), &commands)
}

/// As [`catch_up`], where this filter would tell the difference.
pub(super) fn catch_up_for(store: &Store, filter: &OrderFilter) {
    if filter.asks_for_marks() || store.owes_work() {
        catch_up(store);
    }
}

/// Writes what the mirror owes, so that filters and counts follow the taps before this. Where the cache cannot be written, what is in it can
/// still be read, and the rows themselves show every tap.
pub(crate) fn catch_up(store: &Store) {
    if let Err(error) = store.mirror_due() {
        tracing::warn!(%error, "lists filter by what was tapped before");
    }
}
