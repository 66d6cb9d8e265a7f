//! Everybody and everything besides the merchants: buyers and a colleague at the platform, the weather, and what kills.

use std::time::Duration;

use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{Basket, OrderId, ParcelRequest, ParcelRequestItem, Refusal, Status, World};

use super::dice::Dice;
use super::evidence::{Depth, PhoneSight};
use super::ledger::Ledger;
use super::net::Weather;
use super::promises::{self, Broken};
use super::world::SimWorld;

/// A buyer orders, or does something with an order.
pub fn buyer(world: &SimWorld, ledger: &mut Ledger) {
    let now = world.now_s();
    let dice = &world.dice;
    type Act = fn(&mut World, i64, OrderId) -> Result<(), Refusal>;
    let (what, status, act): (_, _, Act) = match dice.below(12) {
        0..=2 => {
            let id = world.shop.with(|shop| shop.buyer_orders(now, &Basket::default()));
            return world.trace.note(format!("buyer orders {}", id.number()));
        }
        3..=5 => ("pays", Status::AwaitingPayment, World::buyer_pays),
        6 => ("cancels", Status::AwaitingPayment, World::buyer_cancels),
        7 => ("hurries", Status::ToShip, World::buyer_hurries),
        8 => ("asks for another address", Status::ToShip, World::buyer_requests_address_change),
        9 => ("opens an after-sale", Status::ToShip, |shop, now, id| shop.buyer_opens_aftersale(now, id, 0)),
        10 => ("withdraws after-sales", Status::ToShip, World::buyer_withdraws_aftersales),
        _ => ("confirms", Status::Shipped, World::buyer_confirms),
    };
    let ids = world.shop.with(|shop| shop.orders_in(status));
    let Some(id) = dice.pick(&ids).copied() else { return };
    let done = world.shop.with(|shop| act(shop, now, id));
    ledger.touched.insert(id.number().to_string());
    world.trace.note(format!("buyer {what} {}: {}", id.number(), done.is_ok()));
}

/// A colleague in the platform's back office ships, notes, or answers a buyer's wish for another address: half the time where a phone
/// is at work too.
pub fn colleague(world: &SimWorld, ledger: &mut Ledger) {
    let now = world.now_s();
    let open: Vec<OrderId> = match world.dice.below(10) {
        0..=4 => at_work(world),
        5 | 6 => world.shop.with(|shop| shop.orders_in(Status::PartlyShipped)),
        _ => world.shop.with(|shop| shop.orders_in(Status::ToShip)),
    };
    let Some(id) = world.dice.pick(&open).copied() else { return };
    let (what, done) = match world.dice.below(5) {
        0 | 1 => {
            let text = format!("同事备注{}", ledger.serial());
            ("notes", world.shop.with(|shop| shop.colleague_notes(now, id, &text)))
        }
        2 => {
            let accept = world.dice.chance(500);
            ("answers an address wish of", world.shop.with(|shop| shop.answer_address_request(now, id, accept)))
        }
        _ => {
            let parcel = rest_of(world, ledger, id);
            ("ships", world.shop.with(|shop| shop.colleague_ships(now, id, &[parcel])))
        }
    };
    ledger.touched.insert(id.number().to_string());
    world.trace.note(format!("colleague {what} {}: {}", id.number(), done.is_ok()));
}

/// Orders with work that waits on a phone.
fn at_work(world: &SimWorld) -> Vec<OrderId> {
    let on = world.phones.iter().filter(|phone| phone.is_on());
    let items = on.flat_map(|phone| phone.core().outbox().expect("paired").view().expect("the outbox reads").items);
    items.filter_map(|item| item.number.parse().ok()).map(OrderId::new).collect()
}

fn rest_of(world: &SimWorld, ledger: &mut Ledger, id: OrderId) -> ParcelRequest {
    let lines = world.shop.with(|shop| shop.lines_of(id)).into_iter();
    let rest = lines.map(|(product_id, sku_id, bought, shipped)| ParcelRequestItem {
        product_id,
        sku_id,
        product_cnt: i64::from(bought - shipped),
    });
    ParcelRequest {
        delivery_id: "SF".into(),
        waybill_id: format!("SF9{:012}", ledger.serial()),
        deliver_type: 1,
        product_infos: rest.filter(|item| item.product_cnt > 0).collect(),
    }
}

/// The weather of a link changes: a phone's, or those between relay and platform. What the relay was told is lost may reach the platform
/// all the same, at most `late` milliseconds later.
pub fn weather(world: &SimWorld, ledger: &mut Ledger, phone: usize, late: u64) {
    let any = |dice: &Dice| match dice.below(4) {
        0 => Weather { cut: true, ..Weather::CLEAR },
        1 => Weather { lose_there: 150, lose_back: 150, slow: 3_000, ..Weather::CLEAR },
        _ => Weather::CLEAR,
    };
    let dice = &world.dice;
    if dice.chance(600) {
        world.set_link(phone, any(dice));
    } else {
        ledger.answers_may_be_lost = true;
        let (there, here) = (any(dice), any(dice));
        let late = if there.lose_there > 0 { late } else { 0 };
        world.set_backbone(Weather { late, ..there }, here);
    }
}

/// The platform itself fails for the next few calls or pushes.
pub fn trouble_at_the_platform(world: &SimWorld, ledger: &mut Ledger) {
    let dice = &world.dice;
    let kind = match dice.below(9) {
        0 => FaultKind::ServerError { status: 502 },
        1 => FaultKind::Errcode { code: -1 },
        2 => FaultKind::DeadTokens,
        3 => FaultKind::ReplyLostBefore,
        4 => FaultKind::ReplyLostAfter,
        5 => FaultKind::EmptyAnswer { after_effect: dice.chance(500) },
        6 => FaultKind::PushLost,
        7 => FaultKind::PushDoubled,
        _ => FaultKind::PushReordered,
    };
    ledger.answers_may_be_lost = true;
    let times = u32::try_from(dice.between(1, 4)).unwrap_or(1);
    world.trace.note(format!("trouble at the platform: {kind:?}, {times} times"));
    let fault = Fault { times: Some(times), ..Fault::always(kind, "") };
    world.platform.faults().add(fault).expect("a fault in range");
}

/// Lets a few steps of the network happen and stops everything between two of them, so that a crash that follows strikes in
/// the middle of a call.
async fn into_the_middle(world: &SimWorld) {
    if world.dice.chance(700) {
        let fuse = world.net.light_fuse(world.dice.below(16));
        // Where nobody calls anybody, the crash comes in the quiet.
        if tokio::time::timeout(Duration::from_secs(20), fuse).await.is_ok_and(|end| end.is_ok()) {
            world.trace.note("in the middle of a call");
        }
    }
}

/// A phone dies, and is switched on again.
pub async fn kill_phone(world: &mut SimWorld, phone: usize) -> Result<(), Broken> {
    into_the_middle(world).await;
    let depth = Depth::Sample { step: 4, first: usize::try_from(world.dice.below(4)).unwrap_or(0) };
    let before = PhoneSight::of(phone, &world.phones[phone], depth);
    world.crash_phone(phone);
    world.pass(Duration::from_millis(world.dice.below(5_000))).await;
    world.start_phone(phone);
    promises::opens_on_what_it_showed(&before, &PhoneSight::of(phone, &world.phones[phone], depth))
}

/// The relay dies, and comes back: as it was, or as it was at its last backup.
pub async fn kill_relay(world: &mut SimWorld, ledger: &mut Ledger) {
    ledger.answers_may_be_lost = true;
    ledger.relay_was_killed = true;
    into_the_middle(world).await;
    match world.dice.below(6) {
        0 => world.back_relay_up(),
        1 | 2 if world.set_relay_back() => ledger.set_relay_back(),
        _ => world.crash_relay(),
    }
    world.pass(Duration::from_millis(world.dice.below(20_000))).await;
    world.start_relay();
}
