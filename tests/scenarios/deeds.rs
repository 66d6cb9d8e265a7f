//! Doing what a step says.

use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{ParcelDraft, Periods, SavedView, ShipDraft};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{OrderId, Refusal, World};

use super::step::{LoseReply, Moment, ShipEach, ShipOrder, Step, Way};
use super::{batch, look, provisions};
use crate::simulation::net::Weather;
use crate::simulation::ports::TO_PLATFORM;
use crate::simulation::script::When;
use crate::support::town::Town;

/// Does one step.
///
/// # Errors
/// What was not as the step says, in a sentence.
pub async fn take(town: &mut Town, step: &Step) -> Result<(), String> {
    match step {
        Step::Advance(span) => {
            let seconds = span.seconds + span.minutes * 60 + span.hours * 3_600;
            if seconds == 0 {
                return Err("no time to pass".to_owned());
            }
            town.pass(seconds).await;
            Ok(())
        }
        Step::Sync(sync) => {
            let core = town.core(sync.phone.as_deref())?.clone();
            let report = core.sync().map_err(|error| error.to_string())?.now().await;
            told(report.map(|_| ()), sync.refused.as_deref())
        }
        Step::Offline(who) => town.set_link(who.phone.as_deref(), false),
        Step::Online(who) => town.set_link(who.phone.as_deref(), true),
        Step::Clock(clock) => {
            let phone = town.phone(clock.phone.as_deref())?;
            town.world.set_clock(phone, clock.wrong_by_minutes * 60_000);
            Ok(())
        }
        Step::Pair(pair) => {
            let phone = town.phone(pair.phone.as_deref())?;
            told(town.world.pair_phone(phone).await, pair.refused.as_deref())
        }
        Step::Provision(provision) => provisions::provision(town, provision).await,
        Step::Slow(slow) => {
            let phone = town.phone(slow.phone.as_deref())?;
            let way = if slow.seconds == 0 { Weather::CLEAR.slow } else { slow.seconds * 1_000 };
            town.world.set_link(phone, Weather { slow: way, ..Weather::CLEAR });
            Ok(())
        }
        Step::Role(of) => {
            let phone = town.phone(of.phone.as_deref())?;
            town.world.set_role(phone, &of.role);
            Ok(())
        }
        Step::CrashPhone(crash) => {
            let phone = town.phone(crash.phone.as_deref())?;
            town.world.crash_phone(phone);
            town.pass(crash.off_seconds).await;
            town.world.start_phone(phone);
            Ok(())
        }
        Step::CrashRelay(crash) => {
            town.world.crash_relay();
            town.pass(crash.off_seconds).await;
            town.world.start_relay();
            Ok(())
        }
        Step::BackRelayUp(_) => {
            town.world.back_relay_up();
            town.world.start_relay();
            Ok(())
        }
        Step::SetRelayBack(_) => {
            if !town.world.set_relay_back() {
                return Err("the relay was never backed up".to_owned());
            }
            town.world.start_relay();
            Ok(())
        }
        Step::Flag(_) | Step::Note(_) | Step::PlatformNote(_) | Step::Ship(_) | Step::ShipEach(_) => tap(town, step),
        Step::FlagMany(_) | Step::NoteMany(_) | Step::ShipMany(_) => batch::tap(town, step),
        Step::SaveView(_) | Step::RemoveView(_) => change_views(town, step),
        Step::Undo(_) | Step::Withdraw(_) | Step::Retry(_) => change_mind(town, step),
        Step::LoseReply(lose) => lose_reply(town, lose),
        Step::Fault(on) => add_fault(town, on.is.clone(), &on.on, on.times),
        Step::EndFaults(_) => {
            town.world.platform.faults().clear();
            Ok(())
        }
        Step::SeePhone(_)
        | Step::SeeList(_)
        | Step::SeeSearch(_)
        | Step::SeeViews(_)
        | Step::SeeProvisions(_)
        | Step::SeeOrder(_)
        | Step::SeeOutbox(_)
        | Step::SeeHome(_)
        | Step::SeeTruth(_)
        | Step::SeeBooks(_)
        | Step::SeeEffects(_)
        | Step::SeeEqual(_) => look::see(town, step),
        others => of_others(town, others),
    }
}

/// Compares an answer of the core with the one that is expected.
pub fn told(result: Result<(), CoreError>, refused: Option<&str>) -> Result<(), String> {
    let code = |error: &CoreError| match error {
        CoreError::NotPossible(reason) => reason.as_str().to_owned(),
        other => other.code().to_owned(),
    };
    match (result, refused) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(refused)) => Err(format!("refused: expected {refused:?}, but it went through")),
        (Err(error), None) => Err(format!("refused with {:?}: {error}", code(&error))),
        (Err(error), Some(refused)) if code(&error) == refused => Ok(()),
        (Err(error), Some(refused)) => Err(format!("refused: expected {refused:?}, found {:?}", code(&error))),
    }
}

/// A merchant's tap on an order.
fn tap(town: &mut Town, step: &Step) -> Result<(), String> {
    match step {
        Step::Flag(flag) => {
            let key = town.key(flag.phone.as_deref(), &flag.order)?;
            let orders = town.core(flag.phone.as_deref())?.orders().map_err(|error| error.to_string())?;
            told(orders.set_flag(&key, flag.colour), None)
        }
        Step::Note(note) => {
            let key = town.key(note.phone.as_deref(), &note.order)?;
            let orders = town.core(note.phone.as_deref())?.orders().map_err(|error| error.to_string())?;
            told(orders.add_note(&key, &note.text), note.refused.as_deref())
        }
        Step::PlatformNote(note) => {
            let key = town.key(note.phone.as_deref(), &note.order)?;
            let orders = town.core(note.phone.as_deref())?.orders().map_err(|error| error.to_string())?;
            let receipt = orders.write_platform_note(&key, &note.text);
            if let Ok(receipt) = &receipt {
                town.call_work(note.name.as_deref(), receipt.command.clone())?;
            }
            told(receipt.map(|_| ()), note.refused.as_deref())
        }
        Step::Ship(ship) => tap_ship(town, ship),
        Step::ShipEach(each) => ship_each(town, each),
        _ => Ok(()),
    }
}

fn tap_ship(town: &mut Town, ship: &ShipOrder) -> Result<(), String> {
    let key = town.key(ship.phone.as_deref(), &ship.order)?;
    let orders = town.core(ship.phone.as_deref())?.orders().map_err(|error| error.to_string())?;
    let parcels = ship.parcels.iter().map(|parcel| ParcelDraft {
        carrier: parcel.carrier.clone(),
        waybill: parcel.waybill.clone(),
        items: parcel.pieces.clone(),
    });
    let receipt = orders.ship(&key, &ShipDraft { parcels: parcels.collect() });
    if let Ok(receipt) = &receipt {
        town.call_work(ship.name.as_deref(), receipt.command.clone())?;
    }
    told(receipt.map(|_| ()), ship.refused.as_deref())
}

fn ship_each(town: &Town, each: &ShipEach) -> Result<(), String> {
    let orders = town.core(each.phone.as_deref())?.orders().map_err(|error| error.to_string())?;
    for n in each.from..each.from + each.count {
        let name = format!("{}-{n}", each.orders);
        let key = town.key(each.phone.as_deref(), &name)?;
        let waybill = format!("{}{n:04}", each.waybill);
        let parcels = vec![ParcelDraft { carrier: Some("SF".into()), waybill, items: None }];
        orders.ship(&key, &ShipDraft { parcels }).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

fn change_views(town: &Town, step: &Step) -> Result<(), String> {
    match step {
        Step::SaveView(save) => {
            let phone = save.phone.as_deref();
            let (filter, sort) = save.of.resolve(town, phone)?;
            let view = SavedView { name: save.name.clone(), filter, sort, periods: Periods::default() };
            told(town.core(phone)?.orders().and_then(|orders| orders.save_view(&view)), save.refused.as_deref())
        }
        Step::RemoveView(remove) => {
            let orders = town.core(remove.phone.as_deref())?.orders();
            told(orders.and_then(|orders| orders.remove_view(&remove.name)), remove.refused.as_deref())
        }
        _ => Ok(()),
    }
}

fn change_mind(town: &mut Town, step: &Step) -> Result<(), String> {
    match step {
        Step::Undo(on) => {
            let (id, core) = (town.work(&on.work)?, town.core(on.phone.as_deref())?);
            told(core.outbox().and_then(|outbox| outbox.undo(&id)), on.refused.as_deref())
        }
        Step::Withdraw(on) => {
            let (id, core) = (town.work(&on.work)?, town.core(on.phone.as_deref())?);
            told(core.outbox().and_then(|outbox| outbox.withdraw(&id)), on.refused.as_deref())
        }
        Step::Retry(retry) => {
            let (id, core) = (town.work(&retry.work)?, town.core(retry.phone.as_deref())?);
            let fresh = core.outbox().and_then(|outbox| outbox.retry(&id));
            if let Ok(fresh) = &fresh {
                town.call_work(retry.name.as_deref(), fresh.clone())?;
            }
            told(fresh.map(|_| ()), retry.refused.as_deref())
        }
        _ => Ok(()),
    }
}

fn lose_reply(town: &Town, lose: &LoseReply) -> Result<(), String> {
    if lose.times == 0 {
        return Err("times: nothing to lose".to_owned());
    }
    let link = match lose.way {
        Way::RelayToPlatform => TO_PLATFORM.to_owned(),
        Way::PhoneToRelay => town.world.phones[town.phone(lose.phone.as_deref())?].name.clone(),
    };
    let when = match lose.when {
        Moment::BeforeEffect => When::There,
        Moment::AfterEffect => When::Back,
    };
    town.world.net.script.lose(&link, &lose.call, when, lose.times);
    Ok(())
}

fn add_fault(town: &Town, kind: FaultKind, on: &str, times: Option<u32>) -> Result<(), String> {
    let fault = Fault { times, ..Fault::always(kind, on) };
    town.world.platform.faults().add(fault).map_err(|error| format!("is: {error}"))
}

/// Buyers, colleagues and the platform itself.
fn of_others(town: &mut Town, step: &Step) -> Result<(), String> {
    match step {
        Step::BuyerOrders(spec) => town.buyer_orders(spec),
        Step::Platform(spec) => {
            let now_s = town.world.now_s();
            town.world.shop.with(|shop| shop.set_switches(now_s, spec.switches()));
            Ok(())
        }
        Step::BuyerPays(on) => with(town, &on.order, World::buyer_pays),
        Step::BuyerCancels(on) => with(town, &on.order, World::buyer_cancels),
        Step::BuyerHurries(on) => with(town, &on.order, World::buyer_hurries),
        Step::BuyerAsksAddress(on) => with(town, &on.order, World::buyer_requests_address_change),
        Step::BuyerWithdrawsAftersales(on) => with(town, &on.order, World::buyer_withdraws_aftersales),
        Step::BuyerConfirms(on) => with(town, &on.order, World::buyer_confirms),
        Step::BuyerOpensAftersale(on) => {
            with(town, &on.order, |shop, now, id| shop.buyer_opens_aftersale(now, id, on.line))
        }
        Step::ColleagueAnswersAddress(on) => {
            with(town, &on.order, |shop, now, id| shop.answer_address_request(now, id, on.accept))
        }
        Step::ColleagueNotes(on) => with(town, &on.order, |shop, now, id| shop.colleague_notes(now, id, &on.text)),
        Step::ColleagueShips(on) => {
            let id = town.id(&on.order)?;
            let parcel = on.parcel.request(&town.world.shop.with(|shop| shop.lines_of(id)))?;
            with(town, &on.order, |shop, now, id| shop.colleague_ships(now, id, &[parcel]))
        }
        _ => Ok(()),
    }
}

fn with(
    town: &Town,
    order: &str,
    act: impl FnOnce(&mut World, i64, OrderId) -> Result<(), Refusal>,
) -> Result<(), String> {
    let (id, now) = (town.id(order)?, town.world.now_s());
    town.world.shop.with(|shop| act(shop, now, id)).map_err(|refusal| format!("the platform refused: {refusal}"))
}
