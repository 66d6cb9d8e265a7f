//! A whole life: the same seed lives the same, a tape plays it again, hours differ, and a bad day is one.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::json;
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{
    AftersaleKind, AftersaleStatus as S, FlowReason, MerchantStep, Status, TapeEntry, World, WorldConfig,
};

use crate::conserved::{check_claims, check_shelves};
use crate::support::{APPID, NOW_S, SECRET, Shop, said, whole};
use crate::world_is_sound::print_of;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

fn config(seed: u64) -> WorldConfig {
    let mut config = WorldConfig { arrival_gap_s: 400, ..WorldConfig::new(seed, 400, NOW_S).lifelike() };
    // Nobody here fills the shelves up.
    config.switches.finite_stock = false;
    config
}

/// What a merchant who looks in every few hours does: ships what waits and answers half of the cases.
fn keep_shop(world: &mut World, at: i64) {
    for status in [Status::ToShip, Status::PartlyShipped] {
        for id in world.orders_in(status) {
            let parcel = whole(&world.lines_of(id), &format!("SF{}", id.number() % 10_000_000_000));
            // Requests and cases hold some.
            _ = world.deliver(at, id, &[parcel]);
        }
    }
    let address = world.addresses()[0];
    for case in world.case_books().into_iter().filter(|case| !case.status.is_closed()) {
        let step = match (case.status, case.id.number() % 7) {
            (S::MerchantProcessing, 0) => MerchantStep::Reject {
                reason_type: match case.kind {
                    AftersaleKind::Refund => 1,
                    AftersaleKind::Return => 10,
                    AftersaleKind::Exchange => 20,
                },
                reason: String::new(),
            },
            (S::MerchantProcessing, 1..5) => MerchantStep::Accept { address: Some(address), accept_type: None },
            (S::MerchantWaitReceipt, 0..5) if case.kind == AftersaleKind::Exchange => {
                MerchantStep::ShipReplacement { carrier: "SF".into(), waybill: "SF99887766".into() }
            }
            (S::MerchantWaitReceipt, 0..5) => MerchantStep::Accept { address: None, accept_type: None },
            _ => continue,
        };
        // One refund of an order at most in a minute.
        _ = world.merchant_takes_step(at, case.id, &step);
    }
}

#[test]
fn a_month_has_everything() {
    let mut world = World::new(config(3));
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    for at in (NOW_S..NOW_S + 30 * DAY).step_by(4 * HOUR as usize) {
        for name in said(&world.advance(at)) {
            *heard.entry(name).or_default() += 1;
        }
        keep_shop(&mut world, at);
    }
    for name in [
        "order_new",
        "order_cancel 1",
        "order_cancel 2",
        "order_cancel 3",
        "order_confirm",
        "order_ext_info_update 2",
        "order_ext_info_update 4",
        "order_ext_info_update 7",
        "order_ext_info_update 9",
        "order_ext_info_update 19",
        "aftersale_update MERCHANT_PROCESSING",
        "aftersale_update USER_CANCELD",
        "aftersale_update USER_WAIT_RETURN",
        "aftersale_update MERCHANT_WAIT_RECEIPT",
        "aftersale_update MERCHANT_REFUND_SUCCESS",
        "aftersale_update MERCHANT_RETURN_SUCCESS",
        "aftersale_update RETURN_CLOSED",
    ] {
        assert!(heard.contains_key(name), "{name} is missing: {heard:?}");
    }
    check_shelves(&world);
    let whole = world.orders_in(Status::Refunded);
    for case in world.case_books() {
        // A case of the past that covers a whole order names one line of it.
        if case.id.number() >= 2_000_001_000_000_000 {
            check_claims(&world, case.order);
        } else {
            assert!(whole.contains(&case.order));
        }
    }
    let statuses: BTreeSet<S> = world.case_books().iter().map(|case| case.status).collect();
    assert!(statuses.len() >= 8, "{statuses:?}");
}

#[test]
fn one_long_step_and_many_short_ones_are_the_same() {
    let (mut one, mut many) = (World::new(config(5)), World::new(config(5)));
    let end = NOW_S + 20 * HOUR;
    let mut events = Vec::new();
    for at in (NOW_S..=end).step_by(211) {
        events.extend(many.advance(at));
    }
    events.extend(many.advance(end));
    assert_eq!(one.advance(end), events);
    assert_eq!(print_of(&one), print_of(&many));
    assert_eq!(one.case_books(), many.case_books());
    assert_eq!(one.flow_books(), many.flow_books());
}

#[test]
fn the_tape_makes_the_same_life_again() {
    let mut first = World::new(config(8));
    first.record();
    let mut tape: Vec<TapeEntry> = Vec::new();
    first.bad_day(NOW_S + 60);
    for round in 1..30 {
        let at = NOW_S + round * 5 * HOUR;
        first.advance(at);
        keep_shop(&mut first, at + 1);
        tape.extend(first.take_tape());
    }
    let mut second = World::new(config(8));
    for entry in &tape {
        let line = serde_json::to_string(entry).expect("JSON");
        second.play(&serde_json::from_str(&line).expect("an entry")).expect("the same world");
    }
    assert_eq!(print_of(&first), print_of(&second));
    assert_eq!(first.case_books(), second.case_books());
    assert_eq!(first.shelf_books(), second.shelf_books());
    assert_eq!(first.books().effects, second.books().effects);
}

#[test]
fn evenings_are_busy_and_nights_are_not() {
    let mut world = World::new(WorldConfig { arrival_gap_s: 120, ..config(4) });
    let first = world.len();
    for hour in 1..=7 * 24 {
        world.advance(NOW_S + hour * HOUR);
    }
    let mut by_hour = [0_usize; 24];
    for book in &world.books().orders[first..] {
        by_hour[((book.create_time + 8 * HOUR).rem_euclid(DAY) / HOUR) as usize] += 1;
    }
    let (night, evening) = (by_hour[2..5].iter().sum::<usize>(), by_hour[19..22].iter().sum::<usize>());
    assert!(night * 8 < evening, "{by_hour:?}");
    let total: usize = by_hour.iter().sum();
    assert!((7 * 24 * 20..7 * 24 * 40).contains(&total), "about one in two minutes: {total}");
}

#[test]
fn finite_shelves_run_empty_and_are_not_filled_up() {
    let mut config = WorldConfig { arrival_gap_s: 20, ..config(6) };
    config.switches.finite_stock = true;
    let mut world = World::new(config);
    assert!(world.shelf_books().iter().any(|sku| sku.stock == 0), "some have none from the start");
    let empty = |world: &World| world.shelf_books().iter().filter(|sku| sku.stock == 0).count();
    let before = empty(&world);
    for hour in 1..=72 {
        world.advance(NOW_S + hour * HOUR);
    }
    assert!(empty(&world) > before);
    assert!(world.shelf_books().iter().all(|sku| sku.stock >= 0));
    assert!(world.flow_books().iter().all(|entry| entry.why != FlowReason::Added));
}

#[tokio::test]
async fn a_bad_day_is_one() {
    let shop = Shop::of(WorldConfig { arrival_gap_s: 36_000, ..config(9) }, PlatformConfig::new(APPID, SECRET)).await;
    let (status, text) =
        shop.try_raw(Method::POST, "/_admin/script/bad_day", "{}".to_owned()).await.expect("admin calls arrive");
    assert_eq!(status, 200, "{text}");
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    for name in said(&shop.with(|world| world.advance(NOW_S + HOUR))) {
        *heard.entry(name).or_default() += 1;
    }
    assert!((100..110).contains(&heard["order_new"]), "{heard:?}");
    for name in said(&shop.with(|world| world.advance(NOW_S + 3 * HOUR))) {
        *heard.entry(name).or_default() += 1;
    }
    assert!(heard["order_ext_info_update 4"] >= 10, "{heard:?}");
    assert!(heard["order_ext_info_update 9"] >= 4, "{heard:?}");
    assert!(heard["aftersale_update MERCHANT_PROCESSING"] >= 12, "{heard:?}");
    let list = format!("/channels/ec/order/deliverycompanylist/get?access_token={}", shop.token);
    let call = async || shop.try_raw(Method::POST, &list, "{}".to_owned()).await.expect("an answer").0;
    assert_eq!(call().await, 200);
    shop.clock.advance_ms(3 * HOUR * 1_000);
    assert_eq!(call().await, 503, "out");
    shop.clock.advance_ms(2 * HOUR * 1_000 - 1_000);
    assert_eq!(call().await, 503, "still out");
    shop.clock.advance_ms(1_000);
    assert_ne!(call().await, 503);
    let outage = json!({ "from_s": NOW_S + 5 * HOUR, "until_s": NOW_S + 6 * HOUR }).to_string();
    assert_eq!(shop.try_raw(Method::POST, "/_admin/script/outage", outage).await.expect("arrives").0, 200);
    assert_eq!(call().await, 503);
    assert_eq!(shop.try_raw(Method::POST, "/_admin/script/flood", "{}".to_owned()).await.expect("arrives").0, 404);
}

#[test]
fn a_large_shop_with_all_of_it_is_made() {
    let config = WorldConfig { products: 5_000, ..WorldConfig::new(1, 100_000, NOW_S).lifelike() };
    let mut world = World::new(WorldConfig { aftersales: 20_000, ..config });
    let open = world.case_books().iter().filter(|case| !case.status.is_closed()).count();
    assert!(world.case_books().len() > 20_000 && open > 500, "{open}");
    world.advance(NOW_S + HOUR);
    assert!(world.books().orders.windows(2).all(|pair| pair[0].id < pair[1].id));
}
