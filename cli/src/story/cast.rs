//! Whom the story is about: ten orders that can be shipped, which living buyers leave alone.

use std::collections::BTreeSet;

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{From, OrderDetail, OrderFilter, OrderSort, OrderTab, Window, Work};
use shopkeeper_core::outbox::ItemState;
use shopkeeper_sandbox::world::{Basket, Books, OrderId, Pick, World};

use super::{At, Kept, StoryError};
use crate::demo::Demo;
use crate::phone::Phone;

/// How many are reviewed.
pub(super) const ORDERS: usize = 10;
/// How many are reserved to find them: a buyer may change his mind between the choice and the reservation.
const RESERVED: usize = 2 * ORDERS;
/// Rows that are looked at together.
const PAGE: u16 = 200;

/// The orders of a story. The first has at least two pieces to ship, for two parcels.
#[derive(Debug)]
pub(super) struct Cast(pub(super) Vec<Part>);

/// One of them, under both its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// On the phone.
    pub(super) key: OrderKey,
    /// At the platform.
    pub(super) id: OrderId,
}

/// Picks orders on the phone that nobody has worked on yet, reserves them, and makes sure of them. Where the shop has too few, as many buyers
/// come in and order.
pub(super) async fn choose(demo: &Demo) -> Result<Cast, StoryError> {
    let mut picked = pick(demo.phone())?;
    let missing = ORDERS.saturating_sub(picked.len()).max(usize::from(!begins_with_two_pieces(&picked)));
    if missing > 0 {
        let now_s = demo.phone().core().now().ms().div_euclid(1_000);
        demo.world().with(|world| buy(world, now_s, missing))?;
        demo.phone().core().sync().at("chosen")?.now().await.at("chosen")?;
        picked = pick(demo.phone())?;
    }
    picked.truncate(RESERVED);
    let reserved = picked.iter().map(part).collect::<Result<BTreeSet<_>, _>>()?;
    let ids: Vec<OrderId> = reserved.iter().map(|part| part.id).collect();
    demo.world().with(|world| world.reserve(&ids));
    // Whatever a buyer did before that is on the phone after this.
    demo.phone().core().sync().at("chosen")?.now().await.at("chosen")?;
    let mut sure = pick(demo.phone())?;
    sure.retain(|order| reserved.iter().any(|part| part.key == order.row.key));
    lead(&mut sure);
    if sure.len() < ORDERS || !begins_with_two_pieces(&sure) {
        return Err(StoryError::Platform(format!("{} of {ORDERS} orders stayed as they were chosen", sure.len())));
    }
    Ok(Cast(sure.iter().take(ORDERS).map(part).collect::<Result<_, _>>()?))
}

/// Enough orders that can be shipped and have nothing of this phone's on them, the most urgent first but for the one that leads.
fn pick(phone: &Phone) -> Result<Vec<OrderDetail>, StoryError> {
    let orders = phone.core().orders().at("chosen")?;
    let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let mut window = Window::top(PAGE);
    let mut fit = Vec::new();
    loop {
        let list = orders.list(&filter, OrderSort::MostUrgent, &window).at("chosen")?;
        for row in list.rows {
            if row.flag.is_none() && row.note.is_none() && row.work == Work::default() {
                let detail = orders.detail(&row.key).at("chosen")?;
                if detail.cannot_ship.is_none() && detail.parcels.is_empty() {
                    fit.push(detail);
                }
            }
        }
        let enough = fit.len() >= RESERVED && fit.iter().any(|order| pieces(order) >= 2);
        if let Some(after) = list.after.filter(|_| !enough) {
            window = Window { from: From::After(after), size: PAGE };
            continue;
        }
        lead(&mut fit);
        return Ok(fit);
    }
}

/// Puts the first order with two pieces or more before the others.
fn lead(fit: &mut [OrderDetail]) {
    if let Some(at) = fit.iter().position(|order| pieces(order) >= 2) {
        fit[..=at].rotate_right(1);
    }
}

fn begins_with_two_pieces(picked: &[OrderDetail]) -> bool {
    picked.first().is_some_and(|order| pieces(order) >= 2)
}

fn pieces(order: &OrderDetail) -> u32 {
    order.lines.iter().fold(0, |sum, line| sum.saturating_add(line.remaining))
}

fn buy(world: &mut World, now_s: i64, count: usize) -> Result<(), StoryError> {
    let pick = Pick { product: 0, sku: 0, count: 2 };
    let basket = Basket { picks: vec![pick], plain: true, ..Basket::default() };
    for _ in 0..count {
        let id = world.buyer_orders(now_s, &basket);
        world.buyer_pays(now_s, id).map_err(|refusal| StoryError::Platform(refusal.to_string()))?;
    }
    Ok(())
}

fn part(order: &OrderDetail) -> Result<Part, StoryError> {
    let number = &order.row.number;
    let id = number.parse().map_err(|_| StoryError::Platform(format!("{number} is no order number")))?;
    Ok(Part { key: order.row.key.clone(), id })
}

impl Cast {
    /// What the platform has on record of them.
    pub(super) fn books(&self, demo: &Demo) -> Books {
        let ids: Vec<OrderId> = self.0.iter().map(|part| part.id).collect();
        demo.world().with(|world| world.books_of(&ids))
    }

    /// What the phone has of them.
    pub(super) fn kept(&self, phone: &Phone) -> Result<Kept, StoryError> {
        let orders = phone.core().orders().at("compared")?;
        let mut kept = Kept::default();
        for Part { key, id } in &self.0 {
            let detail = orders.detail(key).at("compared")?;
            kept.flags.extend(detail.row.flag.map(|flag| (*id, flag)));
            kept.notes.insert(*id, detail.notes.into_iter().map(|note| note.text).collect());
        }
        let outbox = phone.core().outbox().at("compared")?.view().at("compared")?;
        let waits = outbox
            .items
            .into_iter()
            .filter(|item| matches!(item.state, ItemState::NeedsAction { .. } | ItemState::Unknown { .. }));
        kept.needs_action = waits.map(|item| item.id).collect();
        Ok(kept)
    }
}
