//! What decides itself when its time is up, to the second, and in which worlds.

use serde_json::{Value, json};
use shopkeeper_sandbox::world::{
    AftersaleId, AftersaleKind, AftersaleRequest, AftersaleStatus as S, Basket, BuyerStep, MerchantStep, OrderId, Pick,
    Proposal, ProposalKind, PushEvent, RefundWays, Status, Switches, World, WorldConfig, WrittenAddress,
};

use crate::support::{NOW_S, asks, bought, said, same_price, sent};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

fn world() -> World {
    let mut config = WorldConfig::new(7, 20, NOW_S).quiet();
    config.switches.deadlines = true;
    World::new(config)
}

fn one() -> Vec<Pick> {
    vec![same_price(1)]
}

/// The next second is the one in which it happens.
fn falls_at(world: &mut World, id: AftersaleId, due: i64, next: S) {
    let before = world.case_status(id);
    world.advance(due - 1);
    assert_eq!(world.case_status(id), before, "too early");
    world.advance(due);
    assert_eq!(world.case_status(id), Some(next), "from {before:?}");
}

fn merchant(world: &mut World, id: AftersaleId, step: &MerchantStep) {
    world.merchant_takes_step(world.now_s(), id, step).expect("the merchant's turn");
}

fn buyer(world: &mut World, id: AftersaleId, step: &BuyerStep) {
    world.buyer_takes_step(world.now_s(), id, step).expect("the buyer's turn");
}

fn agree(world: &World) -> MerchantStep {
    MerchantStep::Accept { address: Some(world.addresses()[0]), accept_type: None }
}

fn send_back() -> BuyerStep {
    BuyerStep::SendBack { carrier: "YTO".to_owned(), waybill: "YT1234567".to_owned() }
}

fn reason(world: &World, id: AftersaleId) -> i64 {
    world.case_json(id).expect("known")["refund_info"]["refund_reason"].as_i64().expect("a number")
}

#[test]
fn a_refund_that_nobody_answers_is_paid() {
    let mut world = world();
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Refund);
    falls_at(&mut world, id, NOW_S + 48 * HOUR, S::PlatformRefunding);
    assert_eq!(reason(&world, id), 9);
    world.advance(NOW_S + 49 * HOUR);
    assert_eq!(world.case_status(id), Some(S::MerchantRefundSuccess));
}

#[test]
fn a_return_goes_its_way_without_the_merchant() {
    let mut world = world();
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Return);
    falls_at(&mut world, id, NOW_S + 48 * HOUR, S::UserWaitReturn);
    buyer(&mut world, id, &send_back());
    let back = world.now_s();
    falls_at(&mut world, id, back + 10 * DAY, S::PlatformRefunding);
    assert_eq!(reason(&world, id), 11);
    world.advance(back + 11 * DAY);
    assert_eq!(world.case_status(id), Some(S::MerchantReturnSuccess));
}

#[test]
fn a_buyer_who_sends_nothing_back_gets_nothing() {
    let mut world = world();
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Exchange);
    let step = agree(&world);
    merchant(&mut world, id, &step);
    falls_at(&mut world, id, NOW_S + 7 * DAY, S::ReturnClosed);
    assert_eq!(world.status(order), Some(Status::Shipped));
}

#[test]
fn an_exchange_that_is_not_sent_becomes_a_refund_and_one_that_is_sent_ends() {
    let mut world = world();
    let (late, good) = (sent(&mut world, one()), sent(&mut world, one()));
    let (late, good) =
        (asks(&mut world, late, AftersaleKind::Exchange), asks(&mut world, good, AftersaleKind::Exchange));
    for id in [late, good] {
        let step = agree(&world);
        merchant(&mut world, id, &step);
        buyer(&mut world, id, &send_back());
    }
    merchant(&mut world, good, &MerchantStep::ShipReplacement { carrier: "SF".into(), waybill: "SF123456".into() });
    falls_at(&mut world, late, NOW_S + 10 * DAY, S::PlatformRefunding);
    assert_eq!(world.case_status(good), Some(S::MerchantExchangeSuccess));
    let stock: i64 = world.flow_books().iter().filter(|entry| entry.why.code() >= 8).map(|entry| entry.change).sum();
    world.advance(NOW_S + 11 * DAY);
    let after: i64 = world.flow_books().iter().filter(|entry| entry.why.code() >= 8).map(|entry| entry.change).sum();
    assert_eq!((stock, after), (-2, -1), "the replacement of the late one is free again");
    let paid = world.case_json(late).expect("known");
    assert_eq!((&paid["type"], &paid["status"]), (&json!("RETURN"), &json!("MERCHANT_RETURN_SUCCESS")));
    assert!(paid["refund_info"]["amount"].as_i64() > Some(0), "{paid}");
}

#[test]
fn a_refusal_stands_after_a_week() {
    let mut world = world();
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Refund);
    merchant(&mut world, id, &MerchantStep::Reject { reason_type: 1, reason: String::new() });
    falls_at(&mut world, id, NOW_S + 7 * DAY, S::MerchantFail);
    assert_eq!(world.status(order), Some(Status::Shipped));
}

#[test]
fn an_unanswered_proposal_gives_the_clock_back() {
    let mut world = world();
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Refund);
    world.advance(NOW_S + 40 * HOUR);
    let proposal = Proposal {
        kind: ProposalKind::Change,
        to: AftersaleKind::Refund,
        amount: 100,
        desc: String::new(),
        reason: 1,
        media: Vec::new(),
    };
    merchant(&mut world, id, &MerchantStep::Propose { proposal });
    falls_at(&mut world, id, NOW_S + 88 * HOUR, S::MerchantProcessing);
    falls_at(&mut world, id, NOW_S + 96 * HOUR, S::PlatformRefunding);
}

#[test]
fn what_the_merchant_opened_and_what_failed_end_too() {
    let mut world = world();
    let order = sent(&mut world, one());
    let request = AftersaleRequest { amount: Some(100), ..AftersaleRequest::new(AftersaleKind::Refund) };
    let id = world.merchant_opens_case(NOW_S, "r1", order, 0, &request).expect("sent");
    falls_at(&mut world, id, NOW_S + 48 * HOUR, S::MerchantFail);

    let fails = Switches { refunds: RefundWays::Fail, ..world.switches().clone() };
    world.set_switches(world.now_s(), fails);
    let (given_up, proven) = (sent(&mut world, one()), sent(&mut world, one()));
    let ids = [given_up, proven].map(|order| asks(&mut world, order, AftersaleKind::Refund));
    for id in ids {
        merchant(&mut world, id, &MerchantStep::Accept { address: None, accept_type: None });
    }
    let failed = world.now_s() + 300;
    world.advance(failed);
    merchant(&mut world, ids[1], &MerchantStep::Certify { certificates: vec!["m".into()], desc: String::new() });
    falls_at(&mut world, ids[1], failed + 48 * HOUR, S::MerchantRefundSuccess);
    world.advance(failed + 7 * DAY);
    assert_eq!(world.case_status(ids[0]), Some(S::MerchantRefundRetryFail));
}

#[test]
fn an_empty_account_is_late_and_then_forced() {
    let mut world = world();
    let empty = Switches { refunds: RefundWays::NoMoney, ..world.switches().clone() };
    world.set_switches(NOW_S, empty);
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Refund);
    falls_at(&mut world, id, NOW_S + 48 * HOUR, S::MerchantOverdueRefund);
    falls_at(&mut world, id, NOW_S + 96 * HOUR, S::PlatformRefunding);
    assert_eq!(reason(&world, id), 6);
}

fn ask_for_address(world: &mut World) -> OrderId {
    let order = bought(world, one());
    world.buyer_requests_address_change(NOW_S, order).expect("to ship");
    order
}

fn shown(world: &World, order: OrderId) -> Value {
    world.order_json(order).expect("known")["order_detail"]["delivery_info"].clone()
}

#[test]
fn requests_about_an_order_fall_to_the_second() {
    let mut world = world();
    let unpaid = world.buyer_orders(NOW_S, &Basket { picks: one(), plain: true, ..Basket::default() });
    let address = ask_for_address(&mut world);
    let sku = bought(&mut world, one());
    world.buyer_requests_sku(NOW_S, sku, 0, 1).expect("the same price");
    let proposed = bought(&mut world, one());
    let written = WrittenAddress {
        masked_name: "陈**".into(),
        masked_phone: "138****0000".into(),
        province: "福建省".into(),
        city: "福州市".into(),
        county: "台江区".into(),
    };
    world.propose_address(NOW_S, proposed, &written).expect("to ship");
    world.take_events();
    let at = |world: &mut World, due: i64| -> Vec<String> {
        let early: Vec<PushEvent> = world.advance(due - 1);
        assert!(early.is_empty(), "{early:?}");
        said(&world.advance(due))
    };
    // The seeded past has orders that lapse meanwhile; they were made to.
    world.advance(NOW_S + 30 * 60 - 1);
    assert_eq!(world.status(unpaid), Some(Status::AwaitingPayment));
    world.advance(NOW_S + 30 * 60);
    assert_eq!(world.status(unpaid), Some(Status::Cancelled));
    assert_eq!(at(&mut world, NOW_S + 12 * HOUR), ["order_ext_info_update 2"]);
    assert!(shown(&world, address).get("address_under_review").is_none());
    assert_eq!(at(&mut world, NOW_S + DAY), ["order_ext_info_update 18"]);
    let info = &world.order_json(sku).expect("known")["order_detail"]["product_infos"][0];
    assert_eq!(info["change_sku_info"]["preshipment_change_sku_state"], json!(7));
    assert!(world.buyer_answers_address(NOW_S + DAY, proposed, true).is_err(), "void");
}

#[test]
fn nothing_falls_in_a_quiet_world_but_what_the_platform_began() {
    let mut world = World::new(WorldConfig::new(7, 20, NOW_S).quiet());
    let (waits, pays) = (sent(&mut world, one()), sent(&mut world, one()));
    let (waits, pays) = (asks(&mut world, waits, AftersaleKind::Refund), asks(&mut world, pays, AftersaleKind::Refund));
    let address = ask_for_address(&mut world);
    merchant(&mut world, pays, &MerchantStep::Accept { address: None, accept_type: None });
    world.advance(NOW_S + 30 * DAY);
    assert_eq!(world.case_status(waits), Some(S::MerchantProcessing));
    assert_eq!(world.case_status(pays), Some(S::MerchantRefundSuccess));
    assert!(shown(&world, address)["address_under_review"].is_object());
    // What was due meanwhile happens when it is asked for, not in the past.
    let switches = Switches { deadlines: true, ..world.switches().clone() };
    world.set_switches(NOW_S + 30 * DAY, switches);
    world.advance(NOW_S + 30 * DAY + 1);
    assert_eq!(world.case_status(waits), Some(S::PlatformRefunding));
    assert!(world.case_books().iter().all(|case| case.update_time <= NOW_S || case.update_time >= NOW_S + 60));
}

#[test]
fn reserved_orders_are_not_decided() {
    let mut world = world();
    let order = sent(&mut world, one());
    let id = asks(&mut world, order, AftersaleKind::Refund);
    world.reserve(&[order]);
    world.advance(NOW_S + 30 * DAY);
    assert_eq!(world.case_status(id), Some(S::MerchantProcessing));
}

#[test]
fn a_clock_of_an_answered_request_does_not_run_for_the_next_one() {
    let mut world = world();
    let address = ask_for_address(&mut world);
    world.answer_address_request(NOW_S, address, false).expect("asked");
    let sku = bought(&mut world, one());
    world.buyer_requests_sku(NOW_S, sku, 0, 1).expect("the same price");
    world.buyer_withdraws_sku_request(NOW_S, sku).expect("asked");
    world.buyer_requests_address_change(NOW_S + 6 * HOUR, address).expect("to ship");
    world.buyer_requests_sku(NOW_S + 6 * HOUR, sku, 0, 2).expect("the same price");
    world.advance(NOW_S + 12 * HOUR);
    assert!(shown(&world, address)["address_under_review"].is_object(), "six hours are left");
    world.advance(NOW_S + 18 * HOUR);
    assert!(shown(&world, address).get("address_under_review").is_none());
    let state = |world: &World| {
        world.order_json(sku).expect("known")["order_detail"]["product_infos"][0]["change_sku_info"]
            ["preshipment_change_sku_state"]
            .clone()
    };
    world.advance(NOW_S + 24 * HOUR);
    assert_eq!(state(&world), json!(3), "six hours are left");
    world.advance(NOW_S + 30 * HOUR);
    assert_eq!(state(&world), json!(7));
}
