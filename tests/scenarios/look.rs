//! Looking: what a step expects, held against a phone or the platform's books.

use shopkeeper_core::home::CounterKind;
use shopkeeper_core::ids::ReasonCode;
use shopkeeper_core::orders::{
    Count, DataState, Extent, Freshness, LinkState, ListState, OrderDetail, OrderFilter, OrderSort, OrderTab,
    ParcelStanding, Shipping, Window,
};
use shopkeeper_core::outbox::{ItemState, WorkKind};
use shopkeeper_sandbox::world::{Actor, EffectKind};

use super::compare::Comparison;
use super::sight::{
    DataStateIs, ExtentIs, FlagIs, FreshnessIs, LinkIs, SeeBooks, SeeEffects, SeeHome, SeeList, SeeOrder, SeeOutbox,
    SeePhone, SeeTruth, SeeViews, ShippingIs, StandingIs, StateIs, WorkIs,
};
use super::step::Step;
use super::{deeds, equal, provisions, search};
use crate::support::town::Town;

const MINUTE_MS: i64 = 60_000;

/// Looks, and compares.
///
/// # Errors
/// Every difference.
pub fn see(town: &Town, step: &Step) -> Result<(), String> {
    let mut all = Comparison::default();
    match step {
        Step::SeePhone(see) => phone(town, see, &mut all)?,
        Step::SeeList(see) => list(town, see, &mut all)?,
        Step::SeeSearch(see) => search::see(town, see, &mut all)?,
        Step::SeeViews(see) => views(town, see, &mut all)?,
        Step::SeeProvisions(see) => provisions::see(town, see, &mut all)?,
        Step::SeeOrder(see) => order(town, see, &mut all)?,
        Step::SeeOutbox(see) => outbox(town, see, &mut all)?,
        Step::SeeHome(see) => home(town, see, &mut all)?,
        Step::SeeTruth(see) => truth(town, see, &mut all)?,
        Step::SeeBooks(see) => books(town, see, &mut all)?,
        Step::SeeEffects(see) => effects(town, see, &mut all),
        Step::SeeEqual(see) => equal::compare(town, see.phone.as_deref(), &mut all)?,
        _ => {}
    }
    all.end()
}

fn text(error: shopkeeper_core::error::CoreError) -> String {
    error.to_string()
}

fn phone(town: &Town, see: &SeePhone, all: &mut Comparison) -> Result<(), String> {
    let core = town.core(see.phone.as_deref())?;
    all.field("paired", see.paired.as_ref(), core.shop().is_some());
    let refusals = [core.orders().err(), core.home().err(), core.outbox().err(), core.sync().err()]
        .map(|error| error.map(|error| error.code().to_owned()).unwrap_or_default());
    for refusal in refusals {
        all.field("refused", see.refused.as_ref(), refusal);
    }
    Ok(())
}

fn views(town: &Town, see: &SeeViews, all: &mut Comparison) -> Result<(), String> {
    let views = town.core(see.phone.as_deref())?.orders().and_then(|orders| orders.views()).map_err(text)?;
    all.field("names", see.names.as_ref(), views.into_iter().map(|view| view.name).collect());
    Ok(())
}

fn list(town: &Town, see: &SeeList, all: &mut Comparison) -> Result<(), String> {
    let phone = see.phone.as_deref();
    let orders = town.core(phone)?.orders().map_err(text)?;
    let (filter, sort) = see.of.resolve(town, phone)?;
    let list = orders.list(&filter, sort, &Window::top(200));
    if see.refused.is_some() {
        all.fits();
        return deeds::told(list.map(|_| ()), see.refused.as_deref());
    }
    let list = list.map_err(text)?;
    let rows: Vec<String> = list.rows.iter().map(|row| town.name_of(&row.number)).collect();
    let Count::Exact(count) = list.count else { return Err(format!("count: {:?} is not exact", list.count)) };
    if rows.len() as u64 != count.min(200) {
        return Err(format!("count: it says {count} and shows {} rows", rows.len()));
    }
    all.field("count", see.count.as_ref(), count);
    all.field("orders", see.orders.as_ref(), rows.clone());
    let first = see.first.as_ref().map_or(0, Vec::len).min(rows.len());
    all.field("first", see.first.as_ref(), rows[..first].to_vec());
    all.field("saved_not_delivered", see.saved_not_delivered.as_ref(), list.saved_not_delivered);
    all.field("freshness", see.freshness.as_ref(), freshness(&list.state));
    all.field("link", see.link.as_ref(), link(&list.state));
    all.field("extent", see.extent.as_ref(), extent(&list.state));
    all.field("states", see.states.as_ref(), states(&list.state));
    Ok(())
}

/// The data states that hold.
pub fn states(state: &ListState) -> Vec<DataStateIs> {
    let named = state.states().into_iter().map(|state| match state {
        DataState::NoPermission => DataStateIs::NoPermission,
        DataState::NeedsAction { .. } => DataStateIs::NeedsAction,
        DataState::Pending { .. } => DataStateIs::Pending,
        DataState::Offline { .. } => DataStateIs::Offline,
        DataState::LoadingFirst { slow: false } => DataStateIs::LoadingFirst,
        DataState::LoadingFirst { slow: true } => DataStateIs::LoadingSlowly,
        DataState::Fresh { .. } => DataStateIs::Fresh,
        DataState::Stale { very: false, .. } => DataStateIs::Stale,
        DataState::Stale { very: true, .. } => DataStateIs::VeryStale,
        DataState::Partial { .. } => DataStateIs::Partial,
        DataState::EmptyKnown => DataStateIs::EmptyKnown,
        DataState::EmptyUnknown => DataStateIs::EmptyUnknown,
    });
    named.collect()
}

fn freshness(state: &ListState) -> FreshnessIs {
    match state.freshness {
        Freshness::LoadingFirst => FreshnessIs::LoadingFirst,
        Freshness::Fresh { .. } => FreshnessIs::Fresh,
        Freshness::Stale { .. } => FreshnessIs::Stale,
        Freshness::VeryStale { .. } => FreshnessIs::VeryStale,
    }
}

fn link(state: &ListState) -> LinkIs {
    match state.link {
        LinkState::Online => LinkIs::Online,
        LinkState::Offline => LinkIs::Offline,
    }
}

fn extent(state: &ListState) -> ExtentIs {
    match state.extent {
        Extent::Complete => ExtentIs::Complete,
        Extent::KnownEmpty => ExtentIs::KnownEmpty,
        Extent::Partial { .. } => ExtentIs::Partial,
        Extent::UnknownEmpty => ExtentIs::UnknownEmpty,
    }
}

fn order(town: &Town, see: &SeeOrder, all: &mut Comparison) -> Result<(), String> {
    let detail = town.detail(see.phone.as_deref(), &see.order)?;
    let row = &detail.row;
    all.field("phase", see.phase.as_ref(), row.phase);
    all.field("status", see.status.as_ref(), row.status);
    if see.tabs.is_some() {
        all.field("tabs", see.tabs.as_ref(), tabs(town, see, &row.number)?);
    }
    let (shipping, reason) = shipping(&row.shipping);
    all.field("shipping", see.shipping.as_ref(), shipping);
    all.field("reason", see.reason.as_ref(), reason);
    all.field("flag", see.flag.as_ref(), row.flag.map_or(FlagIs::None, FlagIs::Some));
    all.field("note", see.note.as_ref(), row.note.clone().unwrap_or_default());
    let notes = detail.notes.iter().map(|version| version.text.clone()).collect();
    all.field("notes", see.notes.as_ref(), notes);
    all.field("platform_note", see.platform_note.as_ref(), row.merchant_note.clone());
    all.field("buyer_note", see.buyer_note.as_ref(), row.buyer_note.clone());
    all.field("hurried", see.hurried.as_ref(), row.hurried_at.is_some());
    all.field("address_requested", see.address_requested.as_ref(), row.address_requested);
    all.field("after_sale_open", see.after_sale_open.as_ref(), row.after_sale_open);
    all.field("pending", see.pending.as_ref(), row.work.pending);
    all.field("unknown", see.unknown.as_ref(), row.work.unknown);
    all.field("needs_action", see.needs_action.as_ref(), row.work.needs_action);
    let now_ms = town.world.platform.now_ms();
    let left = row.ship_by.map_or(i64::MAX, |due| (due.at.ms() - now_ms).div_euclid(MINUTE_MS));
    all.field("due_in_minutes", see.due_in_minutes.as_ref(), left);
    all.field("due_basis", see.due_basis.as_ref().map(Some).as_ref(), row.ship_by.as_ref().map(|due| &due.basis));
    let why = detail.cannot_ship.as_ref().map(|reason| reason.as_str().to_owned()).unwrap_or_default();
    all.field("cannot_ship", see.cannot_ship.as_ref(), why);
    let timeline = detail.timeline.iter().map(|entry| entry.kind.clone()).collect();
    all.field("timeline", see.timeline.as_ref(), timeline);
    let late = detail.timeline.iter().filter(|entry| entry.late.is_some()).map(|entry| entry.kind.clone()).collect();
    all.field("late", see.late.as_ref(), late);
    for part in see.more_has.iter().flatten() {
        if detail.more.contains(part) {
            all.fits();
        } else {
            all.fail(format!("more_has: {part:?} is not in {:?}", detail.more));
        }
    }
    let impossible = detail.impossible.iter().map(|it| (name(&it.action), it.reason.as_str().to_owned())).collect();
    all.field("impossible", see.impossible.as_ref(), impossible);
    all.field("states", see.states.as_ref(), states(&detail.state));
    all.field("one_parcel", see.one_parcel.as_ref(), row.one_parcel);
    let standings = detail.after_sales.iter().map(|link| name(&link.standing)).collect();
    all.field("after_sales", see.after_sales.as_ref(), standings);
    buyer_card(town, see, &detail, all);
    lines(see, &detail, all);
    parcels(see, &detail, all);
    Ok(())
}

/// A value as its record names it.
fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn buyer_card(town: &Town, see: &SeeOrder, detail: &OrderDetail, all: &mut Comparison) {
    let Some(expected) = &see.buyer_card else { return };
    let Some(card) = &detail.buyer else { return all.fail("buyer_card: there is none".to_owned()) };
    all.field("buyer_card.nth", expected.nth.as_ref(), card.nth);
    all.field("buyer_card.paid", expected.paid.as_ref(), card.paid);
    all.field("buyer_card.exact", expected.exact.as_ref(), card.exact);
    let note = card.last_note.as_ref();
    all.field("buyer_card.note", expected.note.as_ref(), note.map(|note| note.text.clone()).unwrap_or_default());
    let of = note.map(|note| town.name_of(&note.of.number)).unwrap_or_default();
    all.field("buyer_card.note_of", expected.note_of.as_ref(), of);
    all.field("buyer_card.note_is_private", expected.note_is_private.as_ref(), note.is_some_and(|note| note.private));
    let of = card.last_after_sale.as_ref().map(|link| town.name_of(&link.number)).unwrap_or_default();
    all.field("buyer_card.after_sale_of", expected.after_sale_of.as_ref(), of);
}

/// Every tab in which the order is listed.
fn tabs(town: &Town, see: &SeeOrder, number: &str) -> Result<Vec<OrderTab>, String> {
    let orders = town.core(see.phone.as_deref())?.orders().map_err(text)?;
    let mut tabs = Vec::new();
    for tab in OrderTab::EVERY {
        let filter = OrderFilter { tab, ..OrderFilter::default() };
        let list = orders.list(&filter, OrderSort::Newest, &Window::top(200)).map_err(text)?;
        if list.rows.iter().any(|row| row.number == number) {
            tabs.push(tab);
        }
    }
    Ok(tabs)
}

fn shipping(shipping: &Shipping) -> (ShippingIs, String) {
    let plain = |is| (is, String::new());
    match shipping {
        Shipping::None => plain(ShippingIs::None),
        Shipping::Saved => plain(ShippingIs::Saved),
        Shipping::Checking => plain(ShippingIs::Checking),
        Shipping::NeedsAction { reason } => (ShippingIs::NeedsAction, reason.as_str().to_owned()),
        Shipping::Recorded { all: false } => plain(ShippingIs::RecordedInPart),
        Shipping::Recorded { all: true } => plain(ShippingIs::Recorded),
    }
}

fn lines(see: &SeeOrder, detail: &OrderDetail, all: &mut Comparison) {
    all.list("lines", see.lines.as_deref(), &detail.lines, |all, name, expected, line| {
        all.field(&format!("{name}.state"), expected.state.as_ref(), line.state.into());
        all.field(&format!("{name}.pieces"), expected.pieces.as_ref(), line.quantity);
        all.field(&format!("{name}.shipped"), expected.shipped.as_ref(), line.shipped);
        all.field(&format!("{name}.saved"), expected.saved.as_ref(), line.saved);
        all.field(&format!("{name}.remaining"), expected.remaining.as_ref(), line.remaining);
        all.field(&format!("{name}.after_sale"), expected.after_sale.as_ref(), line.after_sale_open);
    });
}

fn parcels(see: &SeeOrder, detail: &OrderDetail, all: &mut Comparison) {
    all.list("parcels", see.parcels.as_deref(), &detail.parcels, |all, name, expected, parcel| {
        all.field(&format!("{name}.waybill"), Some(&expected.waybill), parcel.waybill.clone());
        all.field(&format!("{name}.carrier"), expected.carrier.as_ref(), parcel.carrier.clone());
        let pieces = parcel.items.iter().map(|piece| piece.quantity).sum();
        all.field(&format!("{name}.pieces"), expected.pieces.as_ref(), pieces);
        let standing = match parcel.standing {
            ParcelStanding::Saved { .. } => StandingIs::Saved,
            ParcelStanding::Checking { .. } => StandingIs::Checking,
            ParcelStanding::NeedsAction { .. } => StandingIs::NeedsAction,
            ParcelStanding::Recorded { .. } => StandingIs::Recorded,
        };
        all.field(&format!("{name}.standing"), expected.standing.as_ref(), standing);
    });
}

fn outbox(town: &Town, see: &SeeOutbox, all: &mut Comparison) -> Result<(), String> {
    let view = town.core(see.phone.as_deref())?.outbox().and_then(|outbox| outbox.view()).map_err(text)?;
    all.list("items", Some(see.items.as_slice()), &view.items, |all, name, expected, item| {
        all.field(&format!("{name}.order"), Some(&expected.order), town.name_of(&item.number));
        let kind = match item.work {
            WorkKind::Ship { .. } => WorkIs::Ship,
            WorkKind::Note { .. } => WorkIs::Note,
        };
        all.field(&format!("{name}.kind"), expected.kind.as_ref(), kind);
        let (state, reason, code) = state(&item.state);
        all.field(&format!("{name}.state"), expected.state.as_ref(), state);
        all.field(&format!("{name}.reason"), expected.reason.as_ref(), reason);
        let code = code.unwrap_or_default();
        all.field(&format!("{name}.platform_code"), expected.platform_code.as_ref(), code);
    });
    Ok(())
}

fn state(state: &ItemState) -> (StateIs, String, Option<i64>) {
    let plain = |is| (is, String::new(), None);
    let why = |reason: &ReasonCode| reason.as_str().to_owned();
    match state {
        ItemState::Undoable { .. } => plain(StateIs::Undoable),
        ItemState::Waiting => plain(StateIs::Waiting),
        ItemState::Sending => plain(StateIs::Sending),
        ItemState::Checking => plain(StateIs::Checking),
        ItemState::Held { reason } => (StateIs::Held, why(reason), None),
        ItemState::NeedsAction { reason, platform_code } => (StateIs::NeedsAction, why(reason), *platform_code),
        ItemState::Unknown { reason } => (StateIs::Unknown, why(reason), None),
    }
}

fn home(town: &Town, see: &SeeHome, all: &mut Comparison) -> Result<(), String> {
    let view = town.core(see.phone.as_deref())?.home().and_then(|home| home.view()).map_err(text)?;
    let counters = [
        ("to_ship", CounterKind::ToShip, see.to_ship),
        ("after_sale", CounterKind::AfterSale, see.after_sale),
        ("due_soon", CounterKind::DueSoon, see.due_soon),
        ("hurried", CounterKind::Hurried, see.hurried),
        ("address_requests", CounterKind::AddressRequest, see.address_requests),
        ("unpaid", CounterKind::Unpaid, see.unpaid),
        ("pending", CounterKind::Pending, see.pending),
    ];
    for (name, kind, expected) in counters {
        let counter = view.counters.iter().find(|counter| counter.kind == kind);
        let counter = counter.ok_or_else(|| format!("{name}: Home has no such counter"))?;
        all.field(name, expected.as_ref(), counter.value);
        if kind == CounterKind::ToShip {
            all.field("saved_not_delivered", see.saved_not_delivered.as_ref(), counter.saved_not_delivered);
        }
    }
    let deadlines = view.deadlines.iter().map(|deadline| town.name_of(&deadline.number)).collect();
    all.field("deadlines", see.deadlines.as_ref(), deadlines);
    all.field("states", see.states.as_ref(), states(&view.state));
    all.field("dot", see.dot.as_ref(), view.badges.home_dot);
    all.field("shop", see.shop.as_ref(), view.badges.shop);
    Ok(())
}

fn truth(town: &Town, see: &SeeTruth, all: &mut Comparison) -> Result<(), String> {
    let core = town.core(see.phone.as_deref())?;
    let orders = core.orders().map_err(text)?;
    let list = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(1)).map_err(text)?;
    all.field("link", see.link.as_ref(), link(&list.state));
    let summary = core.outbox().and_then(|outbox| outbox.view()).map_err(text)?.summary;
    all.field("all_delivered", see.all_delivered.as_ref(), summary.all_delivered());
    all.field("pending", see.pending.as_ref(), summary.pending);
    all.field("unknown", see.unknown.as_ref(), summary.unknown);
    all.field("needs_action", see.needs_action.as_ref(), summary.needs_action);
    let status = core.sync().map_err(text)?.status();
    let now_ms = town.world.platform.now_ms();
    let age = status.as_of.map_or(i64::MAX, |as_of| (now_ms - as_of.ms()).div_euclid(MINUTE_MS));
    all.field("data_age_minutes", see.data_age_minutes.as_ref(), age);
    let wrong = -core.clock().offset().as_ms();
    // To the nearest minute: the way of an answer is part of what is measured.
    let wrong = (wrong + MINUTE_MS / 2).div_euclid(MINUTE_MS);
    all.field("clock_wrong_by_minutes", see.clock_wrong_by_minutes.as_ref(), wrong);
    all.field("set_aside", see.set_aside.as_ref(), status.set_aside);
    Ok(())
}

fn books(town: &Town, see: &SeeBooks, all: &mut Comparison) -> Result<(), String> {
    let id = town.id(&see.order)?;
    let books = town.world.shop.with(|shop| shop.books_of(&[id]));
    let book = books.order(id).ok_or("order: the platform does not have it")?;
    all.field("status", see.status.as_ref(), book.status);
    all.field("note", see.note.as_ref(), book.merchant_note.clone());
    all.list("parcels", see.parcels.as_deref(), &book.parcels, |all, name, expected, parcel| {
        all.field(&format!("{name}.waybill"), Some(&expected.waybill), parcel.waybill.clone());
        all.field(&format!("{name}.carrier"), expected.carrier.as_ref(), parcel.carrier.clone());
        let pieces = parcel.items.iter().map(|item| u32::from(item.count)).sum();
        all.field(&format!("{name}.pieces"), expected.pieces.as_ref(), pieces);
    });
    let ours = books.effects.iter().filter(|effect| effect.by == Actor::Api);
    let (deliveries, notes): (Vec<_>, Vec<_>) =
        ours.partition(|effect| matches!(effect.kind, EffectKind::Delivery { .. }));
    all.field("deliveries", see.deliveries.as_ref(), deliveries.len());
    all.field("notes", see.notes.as_ref(), notes.len());
    Ok(())
}

fn effects(town: &Town, see: &SeeEffects, all: &mut Comparison) {
    let books = town.world.shop.with(|shop| shop.books());
    let ours: Vec<_> = books.effects.iter().filter(|effect| effect.by == Actor::Api).collect();
    let deliveries = ours.iter().filter(|effect| matches!(effect.kind, EffectKind::Delivery { .. })).count();
    all.field("deliveries", see.deliveries.as_ref(), deliveries);
    all.field("notes", see.notes.as_ref(), ours.len() - deliveries);
    let mut orders: Vec<_> = ours.iter().map(|effect| town.name_of(&effect.order.to_string())).collect();
    orders.sort();
    let mut expected = see.orders.clone();
    expected.iter_mut().for_each(|orders| orders.sort());
    all.field("orders", expected.as_ref(), orders);
}
