//! What merchants do at their phones, each deed drawn from the seed and written into the ledger as the phone confirms it.

use std::time::Duration;

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{
    Flag, OrderDetail, OrderFilter, OrderSort, OrderTab, Orders, ParcelDraft, ShipDraft, Window,
};
use shopkeeper_core::outbox::{ItemState, Outbox, OutboxItem};

use super::dice::Dice;
use super::ledger::{Ledger, TakenBack, Wish};
use super::promises::Broken;
use super::world::SimWorld;

pub(super) fn orders(world: &SimWorld, phone: usize) -> Orders {
    world.phones[phone].core().orders().expect("paired")
}

fn outbox(world: &SimWorld, phone: usize) -> Outbox {
    world.phones[phone].core().outbox().expect("paired")
}

pub(super) fn some_order(world: &SimWorld, phone: usize, tab: OrderTab) -> Option<OrderKey> {
    let filter = OrderFilter { tab, ..OrderFilter::default() };
    let list = orders(world, phone).list(&filter, OrderSort::MostUrgent, &Window::top(20)).expect("a list reads");
    world.dice.pick(&list.rows).map(|row| row.key.clone())
}

/// Ships everything that remains, some pieces of one line, or a parcel for each line.
pub fn ship(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let tab = if world.dice.chance(250) { OrderTab::PartShipped } else { OrderTab::ToShip };
    let Some(key) = some_order(world, phone, tab) else { return };
    let orders = orders(world, phone);
    let detail = orders.detail(&key).expect("a listed order reads");
    let Some(parcels) = parcels(&world.dice, ledger, &detail) else { return };
    let waybills = parcels.iter().map(|parcel| parcel.waybill.clone()).collect();
    match orders.ship(&key, &ShipDraft { parcels }) {
        Ok(receipt) => {
            world.trace.note(format!("phone{phone} ships {key} as {waybills:?}: {}", receipt.command));
            ledger.confirm(receipt.command, phone, key, Wish::Ship { waybills });
        }
        Err(error) => world.trace.note(format!("phone{phone} may not ship {key}: {error}")),
    }
}

fn parcels(dice: &Dice, ledger: &mut Ledger, detail: &OrderDetail) -> Option<Vec<ParcelDraft>> {
    let lines = detail.lines.iter().enumerate();
    let open: Vec<(usize, u32)> =
        lines.filter(|(_, line)| line.remaining > 0).map(|(place, line)| (place, line.remaining)).collect();
    let mut parcel = |carrier: Option<&str>, items| ParcelDraft {
        carrier: carrier.map(Into::into),
        waybill: format!("SF{:013}", ledger.serial()),
        items,
    };
    let (place, remaining) = *dice.pick(&open)?;
    Some(match dice.below(3) {
        0 => vec![parcel(Some("SF"), None)],
        1 => {
            let pieces = u32::try_from(dice.between(1, u64::from(remaining))).unwrap_or(1);
            vec![parcel(None, Some(vec![(place, pieces)]))]
        }
        _ => open.iter().map(|item| parcel(Some("ZTO"), Some(vec![*item]))).collect(),
    })
}

pub fn write_platform_note(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return };
    let text = format!("平台备注{}", ledger.serial());
    match orders(world, phone).write_platform_note(&key, &text) {
        Ok(receipt) => {
            world.trace.note(format!("phone{phone} writes {text} on {key}: {}", receipt.command));
            ledger.confirm(receipt.command, phone, key, Wish::Note { text });
        }
        Err(error) => world.trace.note(format!("phone{phone} may not write on {key}: {error}")),
    }
}

pub fn set_flag(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return };
    let colour = if world.dice.chance(200) { None } else { world.dice.pick(&Flag::EVERY).copied() };
    orders(world, phone).set_flag(&key, colour).expect("a flag can always be set");
    world.trace.note(format!("phone{phone} flags {key} {colour:?}"));
    ledger.flags.insert((phone, key), colour);
}

pub fn add_private_note(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return };
    let text = format!("私密备注{}", ledger.serial());
    orders(world, phone).add_note(&key, &text).expect("a private note can always be added");
    world.trace.note(format!("phone{phone} adds {text} to {key}"));
    ledger.notes.entry((phone, key)).or_default().push(text);
}

/// One tap on several orders: flags, notes or ships them, each with an answer of its own.
pub fn tap_several(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let orders = orders(world, phone);
    let tab = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let size = u16::try_from(world.dice.between(1, 8)).unwrap_or(1);
    let rows = orders.list(&tab, OrderSort::SameBuyer, &Window::top(size)).expect("a list reads").rows;
    let keys: Vec<OrderKey> = rows.into_iter().map(|row| row.key).collect();
    if keys.is_empty() {
        return;
    }
    match world.dice.below(3) {
        0 => {
            let colour = world.dice.pick(&Flag::EVERY).copied();
            for (key, answer) in orders.flag_many(&keys, colour).expect("flags can always be set") {
                answer.expect("a listed order can be flagged");
                ledger.flags.insert((phone, key), colour);
            }
        }
        1 => {
            let text = format!("私密备注{}", ledger.serial());
            for (key, answer) in orders.note_many(&keys, &text).expect("private notes can always be added") {
                answer.expect("a text that is nowhere can be added");
                ledger.notes.entry((phone, key)).or_default().push(text.clone());
            }
        }
        _ => {
            let drafts = keys.iter().map(|key| {
                let waybill = format!("SF{:013}", ledger.serial());
                (key.clone(), ShipDraft { parcels: vec![ParcelDraft { carrier: None, waybill, items: None }] })
            });
            let drafts: Vec<_> = drafts.collect();
            let answers = orders.ship_many(&drafts).expect("a batch of orders that are listed");
            for ((key, answer), (_, draft)) in answers.into_iter().zip(drafts) {
                let Ok(receipt) = answer else { continue };
                let waybills = draft.parcels.into_iter().map(|parcel| parcel.waybill).collect();
                ledger.confirm(receipt.command, phone, key, Wish::Ship { waybills });
            }
        }
    }
    world.trace.note(format!("phone{phone} taps on {} orders at once", keys.len()));
}

/// Undoes what can still be undone, and withdraws anything else.
pub fn take_back(world: &SimWorld, ledger: &mut Ledger, phone: usize) -> Result<(), Broken> {
    let outbox = outbox(world, phone);
    let items = outbox.view().expect("the outbox reads").items;
    let Some(item) = world.dice.pick(&items) else { return Ok(()) };
    let result = match item.state {
        ItemState::Undoable { .. } => outbox.undo(&item.id),
        _ => outbox.withdraw(&item.id),
    };
    world.trace.note(format!("phone{phone} takes back {} ({:?}): {result:?}", item.id, item.state));
    let under_way = matches!(item.state, ItemState::Sending | ItemState::Checking);
    if result.is_ok() == under_way {
        return Err(format!("phone{phone}: {} in state {:?} is taken back: {result:?}", item.id, item.state));
    }
    if result.is_ok()
        && let Some(confirmed) = ledger.commands.get_mut(&item.id)
    {
        confirmed.taken_back = certainty(item, ledger.relay_set_back);
    }
    Ok(())
}

/// What the phone's words promise about something that was taken back.
fn certainty(item: &OutboxItem, relay_set_back: bool) -> TakenBack {
    match item.state {
        ItemState::Unknown { .. } => TakenBack::InDoubt,
        // A relay that was put back to an older state has forgotten what it was sent: it denies, or refuses, what it may have done.
        // The phone's words do not say so yet: see the changelog.
        ItemState::Waiting | ItemState::Held { .. } | ItemState::NeedsAction { .. }
            if item.attempts > 0 && relay_set_back =>
        {
            TakenBack::InDoubt
        }
        ItemState::NeedsAction { .. } if item.attempts > 0 => TakenBack::Refused,
        _ => TakenBack::Certainly,
    }
}

pub fn retry(world: &SimWorld, ledger: &mut Ledger, phone: usize) {
    let outbox = outbox(world, phone);
    let items = outbox.view().expect("the outbox reads").items;
    let Some(item) = world.dice.pick(&items) else { return };
    let result = outbox.retry(&item.id);
    world.trace.note(format!("phone{phone} retries {} ({:?}): {result:?}", item.id, item.state));
    if let Ok(fresh) = result
        && fresh != item.id
        && let Some(confirmed) = ledger.commands.remove(&item.id)
    {
        if let (ItemState::Unknown { .. }, Wish::Note { text }) = (&item.state, &confirmed.wish) {
            *ledger.written_again.entry(text.clone()).or_default() += 1;
        }
        // The wish lives on under a new id; its marks stay the same, so an effect of the old one beside the new one's would show.
        ledger.commands.insert(fresh, confirmed);
    }
}

/// Pulls to refresh, with a merchant's patience.
pub async fn refresh(world: &SimWorld, phone: usize) {
    let sync = world.phones[phone].core().sync().expect("paired");
    let result = tokio::time::timeout(Duration::from_secs(20), sync.now()).await;
    world.trace.note(format!("phone{phone} refreshes: {:?}", result.map(|result| result.map(|_| ()))));
}

/// Puts the phone away and takes it out again.
pub async fn put_away(world: &SimWorld, phone: usize) {
    let core = world.phones[phone].core();
    core.suspend().await.expect("the files close");
    world.trace.note(format!("phone{phone} put away"));
    world.pass(Duration::from_millis(world.dice.below(600_000))).await;
    core.resume().await.expect("the files open again");
    world.trace.note(format!("phone{phone} taken out"));
}

/// Opens the screens if they are closed, and closes them if they are open.
pub fn look_at_screens(world: &mut SimWorld, phone: usize) {
    let opened = world.phones[phone].turn_screens();
    world.trace.note(format!("phone{phone} {} screens", if opened { "opens" } else { "closes" }));
}
