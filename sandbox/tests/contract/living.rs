//! Buyers who act by themselves, and the tape that makes it happen again.

use std::collections::BTreeSet;

use shopkeeper_sandbox::world::{
    AftersaleKind, AftersaleRequest, Basket, BuyerStep, Correction, MerchantStep, NewPrice, ParcelRequest,
    ProductChange, PushEvent, Status, StockChange, Switches, TapeEntry, World, WorldConfig, WrittenAddress,
};

use crate::support::{NOW_S, asks, bought, same_price, sent, whole};
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

#[test]
fn every_verb_of_the_shop_is_on_the_tape() {
    let quiet = || World::new(WorldConfig::new(21, 30, NOW_S).quiet());
    let mut world = quiet();
    world.record();
    let one = || vec![same_price(1)];
    let merchant = |world: &mut World, id, step: MerchantStep| {
        world.merchant_takes_step(NOW_S, id, &step).expect("the merchant's turn");
    };
    // Price of an unpaid one.
    let unpaid = loop {
        let id = world.buyer_orders(NOW_S, &Basket { picks: one(), plain: true, ..Basket::default() });
        let line = world.lines_of(id)[0].clone();
        let lower = NewPrice { product_id: line.0, sku_id: line.1, change_price: 1_000 };
        if world.reprice(NOW_S, id, Some(0), &[lower]).is_ok() {
            break id;
        }
    };
    world.buyer_cancels(NOW_S, unpaid).expect("unpaid");
    // Requests before anything is sent.
    let id = bought(&mut world, one());
    let address = WrittenAddress {
        masked_name: "陈**".into(),
        masked_phone: "138****0000".into(),
        province: "福建省".into(),
        city: "福州市".into(),
        county: String::new(),
    };
    world.propose_address(NOW_S, id, &address).expect("to ship");
    world.buyer_answers_address(NOW_S, id, true).expect("proposed");
    world.buyer_requests_address_change(NOW_S, id).expect("to ship");
    world.answer_address_request(NOW_S, id, false).expect("asked");
    world.buyer_requests_sku(NOW_S, id, 0, 1).expect("the same price");
    world.buyer_withdraws_sku_request(NOW_S, id).expect("asked");
    world.buyer_requests_sku(NOW_S, id, 0, 2).expect("the same price");
    world.answer_sku_request(NOW_S, id, true).expect("asked");
    let parcel = whole(&world.lines_of(id), "SF1234567890");
    world.deliver(NOW_S, id, std::slice::from_ref(&parcel)).expect("to ship");
    let renamed = ParcelRequest { waybill_id: "SF0987654321".into(), ..parcel.clone() };
    world.correct_parcels(NOW_S, id, &Correction::Each(vec![(parcel, renamed)])).expect("on its way");
    // Cases.
    let address = Some(world.addresses()[1]);
    let order = sent(&mut world, one());
    let returned = asks(&mut world, order, AftersaleKind::Return);
    merchant(&mut world, returned, MerchantStep::Accept { address, accept_type: Some(1) });
    let back = BuyerStep::SendBack { carrier: "YTO".into(), waybill: "YT1234567".into() };
    world.buyer_takes_step(NOW_S, returned, &back).expect("the buyer's turn");
    merchant(&mut world, returned, MerchantStep::Accept { address: None, accept_type: None });
    let order = sent(&mut world, one());
    let request = AftersaleRequest { amount: Some(100), ..AftersaleRequest::new(AftersaleKind::Refund) };
    world.merchant_opens_case(NOW_S, "r", order, 0, &request).expect("sent");
    let order = sent(&mut world, one());
    let refused = asks(&mut world, order, AftersaleKind::Refund);
    let no = MerchantStep::Reject { reason_type: 3, reason: String::new() };
    world.colleague_takes_step(NOW_S, refused, &no).expect("the shop's turn");
    // Products.
    let product = world.product_at(5).expect("there");
    let sku_id =
        world.shelf_books().iter().find(|sku| sku.product_id == product.to_string()).expect("one").sku_id.clone();
    let stock = ProductChange::Stock { sku_id: sku_id.parse().expect("a number"), stock: StockChange::Set(9) };
    world.change_product(NOW_S, product, &stock).expect("listed");
    world.colleague_changes_product(NOW_S, product, &ProductChange::Draft { prices: vec![100, 200] }).expect("listed");
    world.change_product(NOW_S, product, &ProductChange::List).expect("listed");
    world.advance(NOW_S + 4_000);
    world.plan_outage(NOW_S + 4_000, NOW_S, NOW_S + 1);
    world.bad_day(NOW_S + 4_000);

    let mut again = quiet();
    for entry in world.take_tape() {
        let line = serde_json::to_string(&entry).expect("JSON");
        again.play(&serde_json::from_str(&line).expect("an entry")).expect("the same world");
    }
    assert_eq!(print_of(&world), print_of(&again));
    assert_eq!(world.case_books(), again.case_books());
    assert_eq!(world.flow_books(), again.flow_books());
    assert_eq!(world.shelf_books(), again.shelf_books());
    assert_eq!(world.books().effects, again.books().effects);
    assert!(again.is_out(NOW_S) && again.is_out(NOW_S + 4_000 + 4 * 3_600) && !again.is_out(NOW_S + 2));
    assert_eq!(
        again.shelf_books().iter().find(|sku| sku.sku_id == sku_id).map(|sku| (sku.stock, sku.price)),
        Some((9, 100))
    );
}
