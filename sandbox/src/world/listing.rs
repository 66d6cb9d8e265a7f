//! order/list/get without its wire: which orders a window holds, page by page.
//!
//! The reference does not document an order of ids. Here they come by rising time (the update time if that window is
//! given, else the creation time) and then by id: an order that changes during a walk moves to the end and is met again,
//! instead of slipping out from under the cursor.

use super::order::Status;
use super::{OrderId, Refusal, World};

/// What to list. Ranges are inclusive, unix seconds; both together mean both.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListQuery {
    /// By creation.
    pub created: Option<(i64, i64)>,
    /// By last change.
    pub updated: Option<(i64, i64)>,
    /// A filter value of the reference (not every status is one).
    pub status: Option<u16>,
    /// One buyer.
    pub openid: Option<String>,
}

/// Where a page ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// The time that the list goes by, unix seconds.
    pub time: i64,
    /// Number of the order in the world.
    pub index: u32,
}

/// Some ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// At most as many as asked for.
    pub ids: Vec<OrderId>,
    /// Where the next page begins; none for an empty page.
    pub end: Option<Position>,
    /// There is a next page.
    pub has_more: bool,
}

impl World {
    /// One page of orders after `after`, as a read at `now_s` sees them.
    pub fn list_orders(
        &self,
        now_s: i64,
        query: &ListQuery,
        after: Option<Position>,
        page_size: usize,
    ) -> Result<Page, Refusal> {
        let limit = self.switches.max_orders_per_window as usize;
        if limit > 0 && self.matching(now_s, query, None, limit + 1).len() > limit {
            return Err(Refusal::new(31042, "too many orders, shorten the time range"));
        }
        let mut found = self.matching(now_s, query, after, page_size + 1);
        let has_more = found.len() > page_size;
        found.truncate(page_size);
        Ok(Page { ids: found.iter().map(|at| self.order(at.index).id).collect(), end: found.last().copied(), has_more })
    }

    /// The first `count` matches after `after`.
    fn matching(&self, now_s: i64, query: &ListQuery, after: Option<Position>, count: usize) -> Vec<Position> {
        let by_update = query.updated.is_some();
        let (start, end) = query.updated.or(query.created).unwrap_or((i64::MIN, i64::MAX));
        let after = after.map_or((start, None), |at| (at.time, Some(at)));
        let past = |at: &Position| after.1.is_none_or(|last| *at > last);
        let fits = |at: &Position| past(at) && self.matches(now_s, query, at.index);
        // Orders whose last change reads do not show yet stand elsewhere in the list than in the index.
        let lags =
            |index: u32| by_update && self.lagging.get(&index).is_some_and(|kept| kept.iter().any(|s| s.until > now_s));
        let mut found: Vec<Position> = if by_update {
            self.by_update
                .range((after.0, 0)..=(end.max(after.0), u32::MAX))
                .map(|(time, index)| Position { time: *time, index: *index })
                .filter(|at| !lags(at.index) && fits(at))
                .take(count)
                .collect()
        } else {
            let from = self.orders.partition_point(|order| order.created < after.0);
            (from..self.orders.len())
                .map(|index| Position { time: self.orders[index].created, index: index as u32 })
                .take_while(|at| at.time <= end)
                .filter(|at| fits(at))
                .take(count)
                .collect()
        };
        if by_update && !self.lagging.is_empty() {
            let held = self
                .lagging
                .keys()
                .filter(|index| lags(**index))
                .map(|index| Position { time: self.seen(*index, now_s).order.updated, index: *index });
            found.extend(held.filter(|at| at.time >= start && at.time <= end && fits(at)));
            found.sort_unstable();
            found.truncate(count);
        }
        found
    }

    pub(crate) fn matches(&self, now_s: i64, query: &ListQuery, index: u32) -> bool {
        let order = self.seen(index, now_s).order;
        let within =
            |range: Option<(i64, i64)>, time: i64| range.is_none_or(|(start, end)| time >= start && time <= end);
        within(query.created, order.created)
            && within(query.updated, order.updated)
            && query.status.is_none_or(|filter| filter_holds(filter, order.status))
            && query.openid.as_ref().is_none_or(|openid| self.openid(order.buyer) == *openid)
    }
}

/// The values that `status` of a list query may have.
pub(crate) const FILTERS: [u16; 8] = [10, 12, 13, 20, 21, 30, 100, 250];

fn filter_holds(filter: u16, status: Status) -> bool {
    match filter {
        20 | 30 => status.code() == filter || status == Status::PartlyShipped,
        250 => matches!(status, Status::Cancelled | Status::Refunded),
        _ => status.code() == filter,
    }
}
