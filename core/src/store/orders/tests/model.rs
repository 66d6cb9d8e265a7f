//! The same history in plain memory: rows in a map, lists by looking at every row and sorting. What the cache says must be this.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use shopkeeper_protocol::{EntityKey, Order, OrderEvent};

use super::super::ranks;
use crate::orders::rules::{self, OrderFacts};
use crate::orders::{FlagFilter, OrderFilter, OrderSort, OrderTab, Phase, TimeRange};
use crate::rulebook::Rulebook;
use crate::store::local::Mirror;
use crate::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Model {
    rows: BTreeMap<EntityKey, Row>,
    pub(super) marks: BTreeMap<EntityKey, Mirror>,
    pub(super) events: BTreeMap<EntityKey, Vec<OrderEvent>>,
    arrivals: u64,
}

#[derive(Debug)]
struct Row {
    arrival: u64,
    order: Order,
}

impl Model {
    pub(super) fn put(&mut self, key: &EntityKey, order: &Order) {
        self.arrivals += 1;
        let arrival = self.rows.get(key).map_or(self.arrivals, |row| row.arrival);
        self.rows.insert(key.clone(), Row { arrival, order: order.clone() });
    }

    pub(super) fn remove(&mut self, key: &EntityKey) {
        self.rows.remove(key);
    }

    /// A list as somebody would make it who has never heard of an index.
    pub(super) fn list(&self, filter: &OrderFilter, sort: OrderSort) -> Vec<EntityKey> {
        let mut rows: Vec<_> = self
            .rows
            .iter()
            .map(|(key, row)| (key, row, rules::facts(Rulebook::builtin(), key, &row.order)))
            .filter(|(key, _, facts)| self.passes(key, facts, filter))
            .collect();
        match sort {
            OrderSort::Newest => rows.sort_by_key(|(_, row, _)| (Reverse(row.order.created_at), row.arrival)),
            OrderSort::MostUrgent => rows.sort_by_key(|(_, row, facts)| {
                let due = facts.ship_by.map(|ship_by| ship_by.at);
                let paid = facts.to_ship.then(|| row.order.paid_at.unwrap_or(row.order.created_at));
                let created = (!facts.to_ship).then_some(Reverse(row.order.created_at));
                (!facts.to_ship, due.is_none(), due, paid, created, row.arrival)
            }),
            OrderSort::NewestPaid => rows.sort_by_key(|(_, row, _)| {
                let paid = row.order.paid_at.filter(|paid| *paid > 0);
                (paid.is_none(), Reverse(paid), Reverse(row.order.created_at), row.arrival)
            }),
            OrderSort::Amount => rows.sort_by_key(|(_, row, _)| {
                (Reverse(row.order.money.payable), Reverse(row.order.created_at), row.arrival)
            }),
            OrderSort::Region => rows.sort_by_key(|(_, row, _)| {
                let (province, city) = (row.order.buyer.province.clone(), row.order.buyer.city.clone());
                (province, city, Reverse(row.order.created_at), row.arrival)
            }),
            OrderSort::SameBuyer => rows.sort_by_key(|(_, row, _)| {
                (ranks::buyer(&row.order.buyer), Reverse(row.order.created_at), row.arrival)
            }),
        }
        rows.into_iter().map(|(key, ..)| key.clone()).collect()
    }

    pub(super) fn saved(&self, filter: &OrderFilter) -> usize {
        let saved = |key: &EntityKey| self.marks.get(key).is_some_and(|mark| mark.saved);
        self.list(filter, OrderSort::Newest).iter().filter(|key| saved(key)).count()
    }

    fn passes(&self, key: &EntityKey, facts: &OrderFacts, filter: &OrderFilter) -> bool {
        let mark = self.marks.get(key).copied().unwrap_or_default();
        let tab = match filter.tab {
            OrderTab::All => true,
            OrderTab::Unpaid => facts.phase == Phase::Unpaid,
            OrderTab::ToShip => facts.to_ship,
            OrderTab::PartShipped => facts.phase == Phase::PartShipped,
            OrderTab::ToReceive => facts.phase == Phase::ToReceive,
            OrderTab::AfterSale => facts.after_sale_open,
            OrderTab::Done => facts.phase == Phase::Done,
            OrderTab::Closed => facts.phase == Phase::Closed,
        };
        let flag = match filter.flag {
            None => true,
            Some(FlagFilter::Any) => mark.flag.is_some(),
            Some(FlagFilter::Is(flag)) => mark.flag == Some(flag),
        };
        let hurried_at = self.events.get(key).and_then(|events| {
            events.iter().filter(|event| event.kind == "hurry").map(|event| Instant::from_ms(event.at)).max()
        });
        let order = &self.rows[key].order;
        let pushed = self.events.get(key).and_then(|events| {
            let asked = events.iter().filter(|event| event.kind == "address_request").map(|event| event.at);
            asked.max().filter(|at| *at > order.updated_at)
        });
        let asked_at = order.address_request.as_ref().map(|wish| wish.asked_at).filter(|at| *at > 0).or(pushed);
        let within = |range: Option<TimeRange>, at: Option<i64>| {
            range.is_none_or(|range| {
                at.filter(|at| *at > 0).is_some_and(|at| {
                    range.from.is_none_or(|from| from.ms() <= at) && range.until.is_none_or(|until| at < until.ms())
                })
            })
        };
        let product = filter.product.as_ref().is_none_or(|wanted| {
            let line = |line: &shopkeeper_protocol::OrderLine| {
                line.product == wanted.product && wanted.sku.as_ref().is_none_or(|sku| *sku == line.sku)
            };
            order.lines.iter().any(line)
        });
        let region = filter.region.as_ref().is_none_or(|region| {
            order.buyer.province == region.province && region.city.as_ref().is_none_or(|city| *city == order.buyer.city)
        });
        let amount = filter.amount.is_none_or(|amount| {
            let payable = order.money.payable;
            amount.least.is_none_or(|least| least.fen() <= payable)
                && amount.most.is_none_or(|most| payable <= most.fen())
        });
        within(filter.created, Some(order.created_at))
            && within(filter.paid, order.paid_at)
            && within(filter.shipped, order.shipped_at)
            && product
            && region
            && amount
            && filter.scene.is_none_or(|scene| scene == order.scene)
            && (!filter.after_sale || facts.after_sale_open)
            && (!filter.buyer_message || !order.buyer_note.trim().is_empty())
            && (!filter.gift || order.gift)
            && (!filter.presale || order.presale)
            && tab
            && flag
            && (!filter.has_note || mark.note.is_some())
            && (!filter.pending || mark.pending)
            && (!filter.hurried || rules::is_hurried(facts, hurried_at))
            && filter.address_asked_after.is_none_or(|after| asked_at.is_some_and(|at| at > after.ms()))
            && filter.due_before.is_none_or(|due| facts.ship_by.is_some_and(|ship_by| ship_by.at <= due))
    }
}
