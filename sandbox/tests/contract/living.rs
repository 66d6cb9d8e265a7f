//! Buyers who act by themselves, and the tape that makes it happen again.

use std::collections::BTreeSet;

use shopkeeper_sandbox::world::{PushEvent, Status, Switches, TapeEntry, World, WorldConfig};

use crate::support::{NOW_S, whole};
use crate::world_is_sound::print_of;

fn world() -> World {
    World::new(WorldConfig { arrival_gap_s: 60, ..WorldConfig::new(21, 300, NOW_S) })
}

#[test]
fn buyers_order_pay_hurry_cancel_and_confirm() {
    let mut world = world();
    let mut names = BTreeSet::new();
    for hour in 1..=(8 * 24) {
        names.extend(world.advance(NOW_S + hour * 3_600).iter().map(PushEvent::name));
    }
    for name in
        ["order_new", "order_pay", "order_wait_shipping", "order_cancel", "order_confirm", "order_ext_info_update"]
    {
        assert!(names.contains(format!("channels_ec_{name}").as_str()), "{name} is missing: {names:?}");
    }
    assert!(world.len() > 10_000, "{}", world.len());
    assert!(world.books().orders.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn one_long_step_and_many_short_ones_are_the_same() {
    let (mut one, mut many) = (world(), world());
    let end = NOW_S + 20 * 3_600;
    let mut events = Vec::new();
    for at in (NOW_S..=end).step_by(97) {
        events.extend(many.advance(at));
    }
    events.extend(many.advance(end));
    assert_eq!(one.advance(end), events);
    assert_eq!(print_of(&one), print_of(&many));
}

#[test]
fn reserved_orders_are_left_alone() {
    let mut world = world();
    let ids: Vec<_> = Status::ALL[..6].iter().flat_map(|status| world.orders_in(*status)).collect();
    let before = world.books_of(&ids).orders;
    world.reserve(&ids);
    let events = world.advance(NOW_S + 15 * 86_400);
    assert_eq!(world.books_of(&ids).orders, before);
    let touched: BTreeSet<_> = events.iter().filter_map(|event| event.order).collect();
    assert!(ids.iter().all(|id| !touched.contains(id)));
    // The merchant may still act.
    let id = world.orders_in(Status::ToShip)[0];
    let parcel = whole(&world.lines_of(id), "SF1234567890");
    world.deliver(NOW_S + 15 * 86_400, id, &[parcel]).expect("to ship");
}

#[test]
fn a_quiet_world_stands_still_until_it_is_woken() {
    let mut world = World::new(WorldConfig::new(21, 300, NOW_S).quiet());
    let before = print_of(&world);
    assert!(world.advance(NOW_S + 7_200).is_empty());
    assert_eq!(print_of(&world), before);
    world.set_switches(NOW_S + 7_200, Switches::default());
    assert!(!world.advance(NOW_S + 7_300).is_empty());
    // What was due in the meantime happens now, not in the past.
    assert!(world.books().orders.iter().all(|book| book.update_time <= NOW_S || book.update_time >= NOW_S + 7_200));
}

#[test]
fn after_a_long_pause_buyers_do_not_catch_up_with_weeks() {
    let mut world = world();
    world.advance(NOW_S + 60 * 86_400);
    assert!(world.len() < 300 + 3_000, "{}", world.len());
}

#[test]
fn the_tape_makes_the_same_world_again() {
    let mut first = world();
    first.record();
    let mut tape: Vec<TapeEntry> = Vec::new();
    let mut at = NOW_S;
    for round in 0..40 {
        at += 613;
        first.advance(at);
        let waiting = first.orders_in(Status::ToShip);
        let id = waiting[round % waiting.len()];
        match round % 5 {
            0 => _ = first.buyer_hurries(at, id),
            1 => _ = first.update_note(at, id, "记一下"),
            2 => {
                let parcel = whole(&first.lines_of(id), "SF1234567890");
                _ = first.deliver(at, id, &[parcel]);
            }
            3 => _ = first.buyer_requests_address_change(at, id),
            _ => first.reserve(&[id]),
        }
        tape.extend(first.take_tape());
    }
    let text: Vec<String> = tape.iter().map(|entry| serde_json::to_string(entry).expect("JSON")).collect();
    let mut second = world();
    for line in text {
        second.play(&serde_json::from_str(&line).expect("an entry")).expect("the same world");
    }
    assert_eq!(print_of(&first), print_of(&second));
    assert_eq!(first.books().effects, second.books().effects);
    // And it goes on alike.
    assert_eq!(first.advance(at + 86_400), {
        second.take_events();
        second.advance(at + 86_400)
    });
}
