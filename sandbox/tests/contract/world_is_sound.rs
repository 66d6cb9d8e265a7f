//! The seeded shop: every state, sums that add up, the same on every run.

use std::collections::BTreeMap;

use serde_json::Value;
use sha1::{Digest, Sha1};
use shopkeeper_sandbox::world::{Status, World, WorldConfig};

use crate::support::NOW_S;

pub(crate) fn print_of(world: &World) -> String {
    let mut digest = Sha1::new();
    for book in world.books().orders {
        digest.update(world.order_json(book.id).expect("known").to_string().as_bytes());
    }
    hex::encode(digest.finalize())
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    let world = |seed| World::new(WorldConfig::new(seed, 500, NOW_S));
    assert_eq!(print_of(&world(3)), print_of(&world(3)));
    assert_ne!(print_of(&world(3)), print_of(&world(4)));
}

#[test]
fn the_world_of_a_seed_is_the_same_on_every_machine() {
    let world = World::new(WorldConfig::new(20_260_922, 1_000, NOW_S));
    // Changes only when the generator or the wire changes, and then on purpose.
    assert_eq!(print_of(&world), "ee3354c3c9281da71318c3c7a324aaef425dbe3a");
}

#[test]
fn odd_sizes_and_times_make_a_world_too() {
    for orders in 0..40 {
        for now in [i64::MIN, 0, NOW_S, i64::MAX] {
            let mut world = World::new(WorldConfig::new(u64::from(orders), orders, now));
            assert_eq!(world.len() as u32, orders);
            let begin = world.now_s();
            world.advance(begin + 7_200);
            assert!(world.books().orders.windows(2).all(|pair| pair[0].id < pair[1].id));
        }
    }
}

#[test]
fn the_past_is_two_years_and_no_more() {
    let world = World::new(WorldConfig::new(5, 20_000, NOW_S));
    let oldest = world.books().orders.first().map(|book| NOW_S - book.create_time).expect("an order");
    assert!((700 * 86_400..=730 * 86_400).contains(&oldest), "{oldest} seconds");
}

#[test]
fn every_size_has_its_orders_in_every_state() {
    for orders in [10, 100, 300, 10_000] {
        let world = World::new(WorldConfig::new(5, orders, NOW_S));
        assert_eq!(world.len() as u32, orders);
        let mut counts = BTreeMap::new();
        for status in Status::ALL {
            let count = world.orders_in(status).len();
            counts.insert(status, count);
        }
        for (status, count) in counts {
            assert!(count > 0, "{orders} orders have none in {status:?}");
        }
    }
}

#[test]
fn ids_rise_with_time_and_have_19_digits() {
    let world = World::new(WorldConfig::new(5, 3_000, NOW_S));
    let books = world.books().orders;
    assert!(books.windows(2).all(|pair| pair[0].id < pair[1].id && pair[0].create_time <= pair[1].create_time));
    assert!(books.iter().all(|book| book.id.to_string().len() == 19));
    assert!(books.iter().all(|book| book.create_time <= book.update_time && book.update_time <= NOW_S));
    assert!(books.iter().all(|book| book.parcels.iter().all(|parcel| parcel.at <= book.update_time)));
}

#[test]
fn deadlines_lie_on_both_sides_of_now() {
    for orders in [200, 300, 10_000] {
        deadlines_of(&World::new(WorldConfig::new(5, orders, NOW_S)));
    }
}

fn deadlines_of(world: &World) {
    let (mut overdue, mut soon, mut today, mut later, mut untold) = (0, 0, 0, 0, 0);
    for status in [Status::ToShip, Status::PartlyShipped] {
        for id in world.orders_in(status) {
            let json = world.order_json(id).expect("known");
            match json["order_detail"]["product_infos"][0]["delivery_deadline"].as_i64().map(|at| (at - NOW_S) / 3600) {
                None => untold += 1,
                Some(hours) if hours < 0 => overdue += 1,
                Some(hours) if hours < 4 => soon += 1,
                Some(hours) if hours < 12 => today += 1,
                Some(_) => later += 1,
            }
        }
    }
    assert!(overdue > 0 && soon > 0 && today > 0 && later > 0);
    assert!(untold > 0 || world.len() < 1_000);
    assert!(overdue < later);
}

#[test]
fn money_adds_up_in_every_order() {
    let world = World::new(WorldConfig::new(11, 2_000, NOW_S));
    for book in world.books().orders {
        check_money(&world.order_json(book.id).expect("known"));
    }
}

pub(crate) fn check_money(order: &Value) {
    let price = &order["order_detail"]["price_info"];
    let fen = |name: &str| price[name].as_i64().unwrap_or_else(|| panic!("{name} is missing"));
    assert_eq!(fen("original_order_price"), fen("product_price") + fen("freight"));
    let discounts: i64 = [
        "merchant_discounted_price",
        "finder_discounted_price",
        "deduction_price",
        "change_down_price",
        "bulkbuy_discounted_price",
        "national_subsidy_discounted_price",
        "cash_coupon_discounted_price",
        "national_subsidy_merchant_discounted_price",
        "platform_activity_merchant_discounted_price",
    ]
    .into_iter()
    .map(fen)
    .sum();
    assert_eq!(fen("order_price"), fen("original_order_price") - discounts);
    assert!(fen("order_price") > 0);
    let lines = order["order_detail"]["product_infos"].as_array().expect("lines");
    let real: i64 = lines.iter().map(|line| line["real_price"].as_i64().expect("fen")).sum();
    assert_eq!(real + fen("freight") - fen("deduction_price"), fen("order_price"));
    for line in lines {
        assert!(line["real_price"].as_i64() <= line["estimate_price"].as_i64());
        assert!(line["real_price"].as_i64() > Some(0));
    }
}

#[test]
fn a_hundred_thousand_orders_are_made_and_fit() {
    let world = World::new(WorldConfig::new(1, 100_000, NOW_S));
    assert_eq!(world.len(), 100_000);
}
