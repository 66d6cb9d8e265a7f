//! What the screens of orders ask again and again, and what commits mean to it.

use std::sync::Mutex;

use super::memo::Length;
use super::service::{catch_up_for, row_on};
use super::{OrderDetail, OrderFilter, OrderList, OrderSort, Orders, Window};
use crate::error::CoreError;
use crate::ids::OrderKey;
use crate::live::{News, Query, Reading, Renewal, Snapshot};
use crate::observer::lock;
use crate::store::orders::{BuyerOrders, Concern, ListQuery, Sight};
use crate::store::{StoreError, Touched};

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

/// A window of a list.
pub(super) struct ListWatch {
    orders: Orders,
    filter: OrderFilter,
    sort: OrderSort,
    window: Mutex<Window>,
    /// Of the answer that was told last. The live queries read and renew one at a time, so it is never of another.
    sight: Mutex<Option<Sight>>,
}

impl ListWatch {
    pub(super) fn new(orders: Orders, filter: OrderFilter, sort: OrderSort, window: Window) -> Self {
        Self { orders, filter, sort, window: Mutex::new(window), sight: Mutex::default() }
    }

    /// Reads what commits concern, and nothing else. `None`: there were others meanwhile, or a row is not where it was.
    fn mend(
        &self,
        told: &OrderList,
        sight: &mut Sight,
        concern: &Concern,
        serial: u64,
    ) -> Result<Option<Reading<OrderList>>, StoreError> {
        self.orders.store().view(|view| {
            if view.serial != serial {
                return Ok(None);
            }
            let mut rows = told.rows.clone();
            for at in &concern.rows {
                let Some(row) = rows.get_mut(*at) else { return Ok(None) };
                let Some(stored) = view.cache.order_row(&row.key)? else { return Ok(None) };
                sight.took(*at, &stored);
                *row = row_on(view, stored, row.anchor.clone());
            }
            let length = if concern.header {
                self.orders.length(view, &self.filter)?
            } else {
                Length { count: told.count, saved_not_delivered: told.saved_not_delivered }
            };
            sight.counted(length.count);
            let ends = [told.before.clone(), told.after.clone()];
            self.orders.list_of(view, &self.filter, rows, length, ends).map(Some)
        })
    }
}

impl Query for ListWatch {
    type Snapshot = OrderList;

    fn read(&self, _told: Option<&OrderList>) -> Result<Reading<OrderList>, CoreError> {
        let Window { from, size } = lock(&self.window).clone();
        let query = ListQuery { filter: self.filter.clone(), sort: self.sort, from, size };
        let (reading, sight) = self.orders.read_list(&query, |page, count| Sight::of(&query, page, count))?;
        *lock(&self.sight) = Some(sight);
        Ok(reading)
    }

    fn is_about(&self, touched: &Touched) -> bool {
        touched.any_order() || touched.reach
    }

    fn renew(&self, told: &OrderList, news: &News) -> Result<Renewal<OrderList>, CoreError> {
        // What a tap owes is written now, and heard of next: a list that it concerns is never older than the tap.
        catch_up_for(self.orders.store(), &self.filter);
        let mut sight = lock(&self.sight);
        let Some(sight) = sight.as_mut() else { return Ok(Renewal::Read) };
        let mut concern = Concern::default();
        for commit in &news.commits {
            concern.add(sight.concern(&commit.touched));
        }
        if concern.page {
            return Ok(Renewal::Read);
        }
        if concern.is_none() {
            return Ok(Renewal::Same);
        }
        let mended = self.mend(told, sight, &concern, news.serial)?;
        Ok(mended.map_or(Renewal::Read, Renewal::Other))
    }

    fn move_to(&self, window: Window) -> bool {
        *lock(&self.window) = window;
        true
    }
}

/// An order in full.
pub(super) struct DetailWatch {
    orders: Orders,
    key: OrderKey,
    /// What the buyer's card was made of.
    buyer: Mutex<Option<BuyerOrders>>,
}

impl DetailWatch {
    pub(super) fn new(orders: Orders, key: OrderKey) -> Self {
        Self { orders, key, buyer: Mutex::default() }
    }
}

impl Query for DetailWatch {
    type Snapshot = OrderDetail;

    fn read(&self, _told: Option<&OrderDetail>) -> Result<Reading<OrderDetail>, CoreError> {
        let (reading, buyer) = self.orders.read_detail(&self.key)?;
        *lock(&self.buyer) = buyer;
        Ok(reading)
    }

    fn is_about(&self, touched: &Touched) -> bool {
        touched.any_order() || touched.reach || touched.shop
    }

    fn renew(&self, _told: &OrderDetail, news: &News) -> Result<Renewal<OrderDetail>, CoreError> {
        let buyer = lock(&self.buyer);
        // Any order may be of a buyer of whom nothing is known yet, and share the parcel.
        let concerns = |touched: &Touched| {
            let buyers = buyer.as_ref().map_or_else(|| touched.any_order(), |buyer| buyer.are_touched(touched));
            buyers || touched.touches(&self.key) || touched.reach || touched.shop
        };
        let any = news.commits.iter().any(|commit| concerns(&commit.touched));
        Ok(if any { Renewal::Read } else { Renewal::Same })
    }
}
