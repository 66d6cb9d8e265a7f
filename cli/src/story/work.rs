//! What the merchant does, and how it gets to the platform.

use std::sync::Arc;

use shopkeeper_core::ids::tail;
use shopkeeper_core::orders::{Flag, OrderDetail, Orders, ParcelDraft, ShipDraft};
use shopkeeper_core::outbox::{ItemState, OutboxItem, OutboxView};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use tokio::sync::watch;
use tokio::time::timeout;

use super::cast::{Cast, ORDERS, Part};
use super::teller::Teller;
use super::{At, Confirmed, Deed, PATIENCE, StoryError};
use crate::demo::Demo;
use crate::say;

/// The call of the platform whose answer is lost.
const DELIVER: &str = "/channels/ec/order/delivery/send";

/// Everything that is done without a network, and what of it the phone confirmed.
pub(super) fn offline(demo: &Demo, cast: &Cast, teller: &mut Teller<'_>) -> Result<Vec<Confirmed>, StoryError> {
    let words = teller.words;
    let orders = demo.phone().core().orders().at("reviewed")?;
    let mut day = Day { orders, confirmed: Vec::new() };

    let reviewed =
        cast.0.iter().map(|part| day.orders.detail(&part.key)).collect::<Result<Vec<_>, _>>().at("reviewed")?;
    let lines: usize = reviewed.iter().map(|order| order.lines.len()).sum();
    let text = say!(words, "cli.story.reviewed", n = reviewed.len());
    teller.step("reviewed", &text, &[("orders", reviewed.len() as u64), ("lines", lines as u64)])?;

    for (part, flag) in cast.0.iter().zip([Flag::Red, Flag::Yellow, Flag::Blue]) {
        day.flags(part, flag)?;
    }
    teller.step("flagged", &say!(words, "cli.story.flagged", n = 3), &[("flags", 3)])?;

    for part in cast.0.iter().rev().take(2) {
        day.notes(part, &say!(words, "cli.story.private_note"))?;
    }
    // One that is shipped as well: its note must overtake nothing and be overtaken by nothing.
    let noted = cast.0.get(1).into_iter().chain(cast.0.get(ORDERS / 2));
    for part in noted {
        day.notes_at_the_platform(part, &say!(words, "cli.story.platform_note"))?;
    }
    teller.step("noted", &say!(words, "cli.story.noted", n = 4), &[("private", 2), ("platform", 2)])?;

    let mut parcels = 0;
    for (place, (part, order)) in cast.0.iter().zip(&reviewed).take(3).enumerate() {
        parcels += day.ships(part, order, place == 0)?;
    }
    let text = say!(words, "cli.story.shipped", orders = 3, parcels = parcels);
    teller.step("shipped", &text, &[("orders", 3), ("parcels", parcels as u64)])?;
    Ok(day.confirmed)
}

/// A day's work. Whatever returned is confirmed.
struct Day {
    orders: Orders,
    confirmed: Vec<Confirmed>,
}

impl Day {
    fn confirm(&mut self, part: &Part, deed: Deed) {
        self.confirmed.push(Confirmed { order: part.id, deed });
    }

    fn flags(&mut self, part: &Part, flag: Flag) -> Result<(), StoryError> {
        self.orders.set_flag(&part.key, Some(flag)).at("flagged")?;
        self.confirm(part, Deed::Flag(flag));
        Ok(())
    }

    fn notes(&mut self, part: &Part, text: &str) -> Result<(), StoryError> {
        self.orders.add_note(&part.key, text).at("noted")?;
        self.confirm(part, Deed::PrivateNote(text.to_owned()));
        Ok(())
    }

    fn notes_at_the_platform(&mut self, part: &Part, text: &str) -> Result<(), StoryError> {
        let receipt = self.orders.write_platform_note(&part.key, text).at("noted")?;
        self.confirm(part, Deed::PlatformNote { command: receipt.command, text: text.to_owned() });
        Ok(())
    }

    /// Ships all that remains, split if it shall go in two parcels; says how many parcels there are.
    fn ships(&mut self, part: &Part, order: &OrderDetail, split: bool) -> Result<usize, StoryError> {
        let all: Vec<(usize, u32)> = order
            .lines
            .iter()
            .enumerate()
            .map(|(at, line)| (at, line.remaining))
            .filter(|(_, left)| *left > 0)
            .collect();
        let contents = if split { halves(all) } else { vec![all] };
        let number = &order.row.number;
        let drafts = contents.into_iter().enumerate().map(|(place, items)| ParcelDraft {
            carrier: None,
            // The order's own digits make a number that no other order has.
            waybill: format!("SF{}{}", last_digits(number, 12), place + 1),
            items: Some(items),
        });
        let draft = ShipDraft { parcels: drafts.collect() };
        let receipt = self.orders.ship(&part.key, &draft).at("shipped")?;
        let pieces = |parcel: ParcelDraft| {
            let pieces = parcel.items.iter().flatten().map(|(_, pieces)| pieces).sum();
            (parcel.waybill, pieces)
        };
        let parcels: Vec<_> = draft.parcels.into_iter().map(pieces).collect();
        let count = parcels.len();
        self.confirm(part, Deed::Shipment { command: receipt.command, parcels });
        Ok(count)
    }
}

/// One piece in the first parcel, the rest in the second.
fn halves(all: Vec<(usize, u32)>) -> Vec<Vec<(usize, u32)>> {
    let Some(&(first, _)) = all.first() else { return vec![all] };
    let rest = all.into_iter().map(|(at, left)| if at == first { (at, left.saturating_sub(1)) } else { (at, left) });
    let rest: Vec<_> = rest.filter(|(_, left)| *left > 0).collect();
    vec![vec![(first, 1)], rest]
}

fn last_digits(number: &str, count: usize) -> &str {
    number.get(number.len().saturating_sub(count)..).unwrap_or_else(|| tail(number))
}

/// The network is there again, and two answers are lost on it.
pub(super) async fn come_back(demo: &Demo, teller: &mut Teller<'_>) -> Result<(), StoryError> {
    demo.faults().add(Fault::once(FaultKind::ReplyLostAfter, DELIVER))?;
    demo.phone().lose_next_reply();
    demo.phone().set_airplane(false);
    teller.step("back", &say!(teller.words, "cli.story.back"), &[])?;
    Ok(teller.step("asked", &say!(teller.words, "cli.story.asked"), &[])?)
}

/// Waits until nothing is under way any more. What needs a person may stay.
pub(super) async fn drain(demo: &Demo, teller: &mut Teller<'_>) -> Result<(), StoryError> {
    let (tell, mut told) = watch::channel(None);
    let outbox = demo.phone().core().outbox().at("drained")?;
    let watching = outbox.watch(Arc::new(move |view: OutboxView| {
        tell.send_replace(Some(under_way(&view)));
    }));
    let drained = timeout(PATIENCE, told.wait_for(|left| *left == Some(0))).await.is_ok_and(|told| told.is_ok());
    drop(watching);
    if !drained {
        let left = under_way(&outbox.view().at("drained")?);
        return Err(StoryError::StillUnderWay { left, seconds: PATIENCE.as_secs() });
    }
    let by_platform = u64::from(demo.faults().active().iter().all(|fault| fault.scope != DELIVER));
    let by_relay = demo.phone().network().replies_lost();
    let text = say!(teller.words, "cli.story.drained", n = by_platform + by_relay);
    Ok(teller.step("drained", &text, &[("platform_replies_lost", by_platform), ("relay_replies_lost", by_relay)])?)
}

/// How much goes on by itself.
fn under_way(view: &OutboxView) -> usize {
    let stays = |item: &&OutboxItem| matches!(item.state, ItemState::NeedsAction { .. } | ItemState::Unknown { .. });
    view.items.len() - view.items.iter().filter(stays).count()
}
