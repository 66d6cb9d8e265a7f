//! Who does what in a simulated world: merchants at their phones, buyers and a colleague at the platform, and the weather.

use std::collections::BTreeMap;
use std::time::Duration;

use shopkeeper_core::ids::{CommandId, OrderKey};
use shopkeeper_core::orders::{Flag, OrderFilter, OrderSort, OrderTab, ParcelDraft, ShipDraft, Window};
use shopkeeper_core::outbox::ItemState;
use shopkeeper_sandbox::world::{Basket, OrderId, ParcelRequest, ParcelRequestItem, Status};

use super::net::Weather;
use super::world::SimWorld;

/// Something that a phone confirmed to its merchant.
#[derive(Debug, Clone)]
pub struct Confirmed {
    pub phone: usize,
    pub order: OrderKey,
    pub wish: Wish,
    /// The merchant took it back, and the phone confirmed that too.
    pub withdrawn: bool,
}

/// What was confirmed. Waybills and note texts are unique in a world, so that an effect names its command.
#[derive(Debug, Clone)]
pub enum Wish {
    Ship { waybills: Vec<String> },
    Note { text: String },
}

/// What the merchants were told, to hold the world to it.
#[derive(Debug, Default)]
pub struct Ledger {
    pub commands: BTreeMap<CommandId, Confirmed>,
    /// (phone, order) → the flag last set there.
    pub flags: BTreeMap<(usize, OrderKey), Option<Flag>>,
    /// (phone, order) → private notes in the order in which they were written.
    pub notes: BTreeMap<(usize, OrderKey), Vec<String>>,
    serial: u64,
}

impl Ledger {
    fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

/// One step of the schedule.
pub async fn step(world: &mut SimWorld, ledger: &mut Ledger) {
    let dice = world.dice.clone();
    let phone = usize::try_from(dice.below(world.phones.len() as u64)).unwrap_or(0);
    match dice.below(100) {
        0..=19 => ship(world, ledger, phone),
        20..=27 => platform_note(world, ledger, phone),
        28..=33 => flag(world, ledger, phone),
        34..=39 => private_note(world, ledger, phone),
        40..=44 => take_back(world, ledger, phone),
        45..=47 => retry(world, ledger, phone),
        48..=60 => buyer(world),
        61..=64 => colleague(world, ledger),
        65..=74 => weather(world, phone),
        75..=78 => {
            world.crash_phone(phone);
            world.pass(Duration::from_millis(dice.below(5_000))).await;
            world.start_phone(phone);
        }
        79..=81 => {
            world.crash_relay();
            world.pass(Duration::from_millis(dice.below(20_000))).await;
            world.start_relay();
        }
        _ => world.pass(Duration::from_millis(dice.between(50, 40_000))).await,
    }
    world.pass(Duration::from_millis(dice.between(1, 1_500))).await;
}

fn some_order(world: &SimWorld, phone: usize, tab: OrderTab) -> Option<OrderKey> {
    let orders = world.phones[phone].core().orders().expect("paired");
    let filter = OrderFilter { tab, ..OrderFilter::default() };
    let list = orders.list(&filter, OrderSort::MostUrgent, &Window::top(20)).expect("a list reads");
    world.dice.pick(&list.rows).map(|row| row.key.clone())
}

fn ship(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::ToShip) else { return };
    let orders = world.phones[phone].core().orders().expect("paired");
    let detail = orders.detail(&key).expect("a listed order reads");
    let open: Vec<(usize, u32)> = detail
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.remaining > 0)
        .map(|(place, line)| (place, line.remaining))
        .collect();
    if open.is_empty() {
        return;
    }
    let mut waybill = || {
        let serial = ledger.serial();
        format!("SF{:013}", serial)
    };
    let dice = &world.dice;
    let parcels = match dice.below(3) {
        // Everything that remains.
        0 => vec![ParcelDraft { carrier: Some("SF".into()), waybill: waybill(), items: None }],
        // One line, some pieces.
        1 => {
            let (place, remaining) = dice.pick(&open).copied().expect("not empty");
            let pieces = u32::try_from(dice.between(1, u64::from(remaining))).unwrap_or(1);
            vec![ParcelDraft { carrier: None, waybill: waybill(), items: Some(vec![(place, pieces)]) }]
        }
        // A parcel per line.
        _ => open
            .iter()
            .map(|item| ParcelDraft { carrier: Some("ZTO".into()), waybill: waybill(), items: Some(vec![*item]) })
            .collect(),
    };
    let waybills = parcels.iter().map(|parcel| parcel.waybill.clone()).collect();
    match orders.ship(&key, &ShipDraft { parcels }) {
        Ok(receipt) => {
            world.trace.note(format!("phone{phone} ships {key}: {}", receipt.command));
            let wish = Wish::Ship { waybills };
            ledger.commands.insert(receipt.command, Confirmed { phone, order: key, wish, withdrawn: false });
        }
        Err(error) => world.trace.note(format!("phone{phone} may not ship {key}: {error}")),
    }
}

fn platform_note(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return };
    let text = format!("平台备注{}", ledger.serial());
    let orders = world.phones[phone].core().orders().expect("paired");
    match orders.write_platform_note(&key, &text) {
        Ok(receipt) => {
            world.trace.note(format!("phone{phone} notes {key}: {}", receipt.command));
            let wish = Wish::Note { text };
            ledger.commands.insert(receipt.command, Confirmed { phone, order: key, wish, withdrawn: false });
        }
        Err(error) => world.trace.note(format!("phone{phone} may not note {key}: {error}")),
    }
}

fn flag(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return };
    let colour = if world.dice.chance(200) { None } else { world.dice.pick(&Flag::EVERY).copied() };
    world.phones[phone].core().orders().expect("paired").set_flag(&key, colour).expect("a flag is set");
    world.trace.note(format!("phone{phone} flags {key} {colour:?}"));
    ledger.flags.insert((phone, key), colour);
}

fn private_note(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return };
    let text = format!("私密备注{}", ledger.serial());
    world.phones[phone].core().orders().expect("paired").add_note(&key, &text).expect("a note is added");
    world.trace.note(format!("phone{phone} writes a private note on {key}"));
    ledger.notes.entry((phone, key)).or_default().push(text);
}

fn take_back(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let outbox = world.phones[phone].core().outbox().expect("paired");
    let items = outbox.view().expect("the outbox reads").items;
    let Some(item) = world.dice.pick(&items) else { return };
    let result = match item.state {
        ItemState::Undoable { .. } => outbox.undo(&item.id),
        _ => outbox.withdraw(&item.id),
    };
    world.trace.note(format!("phone{phone} takes back {}: {result:?}", item.id));
    if result.is_ok()
        && let Some(confirmed) = ledger.commands.get_mut(&item.id)
    {
        confirmed.withdrawn = true;
    }
}

fn retry(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let outbox = world.phones[phone].core().outbox().expect("paired");
    let items = outbox.view().expect("the outbox reads").items;
    let stuck: Vec<_> = items
        .into_iter()
        .filter(|item| matches!(item.state, ItemState::NeedsAction { .. } | ItemState::Unknown { .. }))
        .collect();
    let Some(item) = world.dice.pick(&stuck) else { return };
    let result = outbox.retry(&item.id);
    world.trace.note(format!("phone{phone} retries {}: {result:?}", item.id));
    if let Ok(fresh) = result
        && let Some(confirmed) = ledger.commands.get_mut(&item.id)
    {
        // The wish lives on under a new id; the old id is withdrawn, and its effect must not come twice.
        let renewed = confirmed.clone();
        confirmed.withdrawn = true;
        ledger.commands.insert(fresh, renewed);
    }
}

fn buyer(world: &SimWorld) {
    let now = world.now_s();
    let dice = &world.dice;
    let any = |status: Status| {
        let ids: Vec<OrderId> = world.shop.with(|world| world.orders_in(status));
        dice.pick(&ids).copied()
    };
    let done = match dice.below(8) {
        0..=2 => {
            let id = world.shop.with(|world| world.buyer_orders(now, &Basket::default()));
            Some(("orders", id, Ok(())))
        }
        3 | 4 => any(Status::AwaitingPayment).map(|id| ("pays", id, world.shop.with(|w| w.buyer_pays(now, id)))),
        5 => any(Status::AwaitingPayment).map(|id| ("cancels", id, world.shop.with(|w| w.buyer_cancels(now, id)))),
        6 => any(Status::ToShip).map(|id| ("hurries", id, world.shop.with(|w| w.buyer_hurries(now, id)))),
        _ => match dice.below(3) {
            0 => any(Status::ToShip)
                .map(|id| ("asks for an address", id, world.shop.with(|w| w.buyer_requests_address_change(now, id)))),
            1 => any(Status::ToShip)
                .map(|id| ("opens an after-sale", id, world.shop.with(|w| w.buyer_opens_aftersale(now, id, 0)))),
            _ => any(Status::Shipped).map(|id| ("confirms", id, world.shop.with(|w| w.buyer_confirms(now, id)))),
        },
    };
    if let Some((what, id, result)) = done {
        world.trace.note(format!("buyer {what} {}: {}", id.number(), result.is_ok()));
    }
}

fn colleague(world: &SimWorld, ledger: &mut Ledger) {
    let now = world.now_s();
    let open: Vec<OrderId> = world.shop.with(|world| world.orders_in(Status::ToShip));
    let Some(id) = world.dice.pick(&open).copied() else { return };
    if world.dice.chance(500) {
        let text = format!("同事备注{}", ledger.serial());
        let result = world.shop.with(|world| world.colleague_notes(now, id, &text));
        world.trace.note(format!("colleague notes {}: {}", id.number(), result.is_ok()));
        return;
    }
    let items = world.shop.with(|world| world.lines_of(id)).into_iter().map(|(product_id, sku_id, bought, shipped)| {
        ParcelRequestItem { product_id, sku_id, product_cnt: i64::from(bought - shipped) }
    });
    let parcel = ParcelRequest {
        delivery_id: "SF".into(),
        waybill_id: format!("SF9{:012}", ledger.serial()),
        deliver_type: 1,
        product_infos: items.filter(|item| item.product_cnt > 0).collect(),
    };
    let result = world.shop.with(|world| world.colleague_ships(now, id, &[parcel]));
    world.trace.note(format!("colleague ships {}: {}", id.number(), result.is_ok()));
}

fn weather(world: &SimWorld, phone: usize) {
    let dice = &world.dice;
    let any = |dice: &super::dice::Dice| match dice.below(4) {
        0 => Weather { cut: true, ..Weather::CLEAR },
        1 => Weather { cut: false, lose_there: 150, lose_back: 150, slow: 3_000 },
        _ => Weather::CLEAR,
    };
    if dice.chance(700) {
        world.set_link(phone, any(dice));
    } else {
        let (there, here) = (any(dice), any(dice));
        world.set_backbone(there, here);
    }
}
