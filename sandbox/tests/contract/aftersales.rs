//! After-sales: lists, one case, every step of the merchant and what is refused (wire reference §2.4).

use serde_json::{Value, json};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{
    AftersaleId, AftersaleKind, AftersaleStatus, Basket, BuyerStep, FlowReason, Pick, RefundWays, Status, Switches,
    World, WorldConfig,
};

use crate::support::{NOW_S, Shop, asks, bought, code, said, same_price, sent};

const GET: &str = "/channels/ec/aftersale/getaftersaleorder";
const ACCEPT: &str = "/channels/ec/aftersale/acceptapply";
const REJECT: &str = "/channels/ec/aftersale/rejectapply";
const PROPOSE: &str = "/channels/ec/aftersale/merchantupdateaftersale";
const CERTIFY: &str = "/channels/ec/aftersale/uploadrefundcertificate";
const SHIP: &str = "/channels/ec/aftersale/acceptexchangereship";
const REJECT_SHIP: &str = "/channels/ec/aftersale/rejectexchangereship";
const OPEN: &str = "/channels/ec/aftersale/genaftersaleorder";

const PARCEL: fn() -> BuyerStep =
    || BuyerStep::SendBack { carrier: "YTO".to_owned(), waybill: "YT9000000001".to_owned() };

fn one() -> Vec<Pick> {
    vec![same_price(1)]
}

async fn status(shop: &Shop, id: AftersaleId) -> String {
    case(shop, id).await["status"].as_str().expect("text").to_owned()
}

async fn case(shop: &Shop, id: AftersaleId) -> Value {
    let answer = shop.call(GET, json!({ "after_sale_order_id": id.to_string() })).await;
    assert_eq!(code(&answer), 0, "{answer}");
    answer["after_sale_order"].clone()
}

async fn step(shop: &Shop, path: &str, id: AftersaleId, more: Value) -> i64 {
    let mut body = more;
    body["after_sale_order_id"] = json!(id.to_string());
    code(&shop.call(path, body).await)
}

fn address(shop: &Shop) -> String {
    shop.with(|world| world.addresses()[0]).to_string()
}

/// Lets refunds that are under way arrive.
fn refunds_arrive(shop: &Shop) -> Vec<String> {
    shop.clock.advance_ms(180_000);
    let now_s = shop.platform.now_ms() / 1000;
    said(&shop.with(|world| world.advance(now_s)))
}

fn switched(shop: &Shop, change: impl FnOnce(&mut Switches)) {
    shop.with(|world| {
        let mut switches = world.switches().clone();
        change(&mut switches);
        world.set_switches(NOW_S, switches);
    });
}

#[tokio::test]
async fn a_refund_goes_out_and_ends_the_order() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| bought(world, one()));
    let paid = shop.get_order(order).await["order_detail"]["price_info"]["order_price"].as_i64();
    let id = shop.with(|world| asks(world, order, AftersaleKind::Refund));
    let asked = case(&shop, id).await;
    assert_eq!(asked["status"], "MERCHANT_PROCESSING");
    assert_eq!(asked["type"], "REFUND");
    assert_eq!(asked["deadline"], NOW_S + 48 * 3_600);
    assert_eq!(asked["refund_info"]["amount"].as_i64(), paid, "nothing was sent: the freight comes back too");
    assert_eq!(shop.get_order(order).await["order_detail"]["product_infos"][0]["on_aftersale_sku_cnt"], 1);
    shop.with(World::take_events);

    assert_eq!(step(&shop, ACCEPT, id, json!({ "accept_type": 1 })).await, 10021041, "nothing to return");
    assert_eq!(step(&shop, ACCEPT, id, json!({ "accept_type": 7 })).await, 10020000);
    assert_eq!(step(&shop, ACCEPT, id, json!({ "accept_type": 2 })).await, 0);
    assert_eq!(status(&shop, id).await, "PLATFORM_REFUNDING");
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021065, "the platform is at it");
    assert_eq!(
        refunds_arrive(&shop),
        ["aftersale_update PLATFORM_REFUNDING", "aftersale_update MERCHANT_REFUND_SUCCESS", "order_cancel 3"]
    );
    let ended = case(&shop, id).await;
    assert_eq!(ended["refund_info"]["refund_reason"], 3);
    assert!(ended["complete_time"].as_i64() > Some(NOW_S) && ended.get("deadline").is_none());
    let after = shop.get_order(order).await;
    assert_eq!(after["status"], 200);
    assert_eq!(after["order_detail"]["product_infos"][0]["on_aftersale_sku_cnt"], 0);
    assert_eq!(after["order_detail"]["product_infos"][0]["finish_aftersale_sku_cnt"], 1);
    assert_eq!(after["aftersale_detail"]["aftersale_order_list"][0]["aftersale_order_id"], id.to_string());
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10020001, "it is over");
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": 1 })).await, 10020001);
}

#[tokio::test]
async fn a_return_needs_an_address_and_the_goods() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| sent(world, one()));
    let id = shop.with(|world| asks(world, order, AftersaleKind::Return));
    let stock = |world: &mut World| world.shelf_books().iter().map(|sku| sku.stock).sum::<i64>();
    let before = shop.with(stock);
    assert_eq!(step(&shop, ACCEPT, id, json!({ "accept_type": 2 })).await, 10021041, "the goods come first");
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021060);
    assert_eq!(step(&shop, ACCEPT, id, json!({ "address_id": "5" })).await, 10021062);
    assert_eq!(step(&shop, ACCEPT, id, json!({ "address_id": "home" })).await, 10021062);
    assert_eq!(step(&shop, ACCEPT, id, json!({ "address_id": address(&shop), "accept_type": 1 })).await, 0);
    assert_eq!(status(&shop, id).await, "USER_WAIT_RETURN");
    assert_eq!(step(&shop, ACCEPT, id, json!({ "address_id": address(&shop) })).await, 10021041, "the buyer's turn");
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": 10 })).await, 10021041);
    shop.with(|world| world.buyer_takes_step(NOW_S, id, &PARCEL())).expect("the buyer's turn");
    let back = case(&shop, id).await;
    assert_eq!(back["status"], "MERCHANT_WAIT_RECEIPT");
    assert_eq!(back["return_info"]["waybill_id"], "YT9000000001");
    assert_eq!(back["return_info"]["delivery_name"], "圆通速递");
    assert_eq!(back["deadline"], NOW_S + 10 * 86_400);
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 0, "the second time it is the money");
    refunds_arrive(&shop);
    assert_eq!(status(&shop, id).await, "MERCHANT_RETURN_SUCCESS");
    assert_eq!(shop.with(stock), before, "a refund gives nothing back to the shelf");
    assert_eq!(shop.with(|world| world.status(order)), Some(Status::Refunded));
}

#[tokio::test]
async fn an_exchange_ships_a_replacement() {
    let shop = Shop::quiet().await;
    let (order, refused) = shop.with(|world| (sent(world, one()), sent(world, one())));
    let id = shop.with(|world| asks(world, order, AftersaleKind::Exchange));
    let other = shop.with(|world| asks(world, refused, AftersaleKind::Exchange));
    for id in [id, other] {
        let asked = case(&shop, id).await;
        assert_ne!(asked["exchange_product_info"]["old_sku_id"], asked["exchange_product_info"]["new_sku_id"]);
        assert_eq!(step(&shop, ACCEPT, id, json!({ "address_id": address(&shop) })).await, 0);
        assert_eq!(step(&shop, SHIP, id, json!({ "delivery_id": "SF", "waybill_id": "SF1" })).await, 10021041);
        shop.with(|world| world.buyer_takes_step(NOW_S, id, &PARCEL())).expect("the buyer's turn");
        assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021041, "a replacement is not money");
    }
    assert_eq!(step(&shop, SHIP, id, json!({ "delivery_id": "XX", "waybill_id": "SF1" })).await, 10020000);
    assert_eq!(step(&shop, SHIP, id, json!({ "delivery_id": "SF", "waybill_id": "顺丰" })).await, 10020000);
    assert_eq!(step(&shop, SHIP, id, json!({ "delivery_id": "SF", "waybill_id": "SF7777777" })).await, 0);
    assert_eq!(case(&shop, id).await["exchange_delivery_info"]["waybill_id"], "SF7777777");
    shop.with(|world| world.buyer_takes_step(NOW_S, id, &BuyerStep::Receive)).expect("under way");
    assert_eq!(status(&shop, id).await, "MERCHANT_EXCHANGE_SUCCESS");
    assert_eq!(shop.with(|world| world.status(order)), Some(Status::Shipped), "nothing was refunded");

    let wrong_scene = json!({ "reject_reason_type": 1, "reject_reason": "" });
    assert_eq!(step(&shop, REJECT_SHIP, other, wrong_scene).await, 10020000);
    let why = json!({ "reject_reason_type": 30, "reject_certificates": ["media_9"] });
    assert_eq!(step(&shop, REJECT_SHIP, other, why).await, 0);
    assert_eq!(status(&shop, other).await, "MERCHANT_REJECT_RESHIP");
    shop.with(|world| world.buyer_takes_step(NOW_S, other, &BuyerStep::Withdraw)).expect("may let it be");
    let flow = shop.with(|world| world.flow_books());
    let of = |why| flow.iter().filter(|entry| entry.why == why).map(|entry| entry.change).sum::<i64>();
    assert_eq!((of(FlowReason::Exchanged), of(FlowReason::ExchangeCancelled)), (-2, 1), "one fell through");
}

#[tokio::test]
async fn refusing_takes_a_reason_of_the_right_scene_and_ends_in_a_dispute() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| sent(world, one()));
    let id = shop.with(|world| asks(world, order, AftersaleKind::Refund));
    assert_eq!(step(&shop, REJECT, id, json!({})).await, 10020000);
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": 10 })).await, 10020000, "that is for returns");
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": "1" })).await, 47001);
    let long = json!({ "reject_reason_type": 1, "reject_reason": "长".repeat(501) });
    assert_eq!(step(&shop, REJECT, id, long).await, 10020000);
    switched(&shop, |switches| switches.must_negotiate = true);
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": 1 })).await, 10021068);
    switched(&shop, |switches| switches.must_negotiate = false);
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": 1, "reject_reason": "已在途中" })).await, 0);
    let refused = case(&shop, id).await;
    assert_eq!(refused["status"], "MERCHANT_REJECT_REFUND");
    assert_eq!(refused["merchant_upload_info"]["reject_reason"], "已在途中");
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021041);
    shop.with(|world| world.buyer_takes_step(NOW_S, id, &BuyerStep::Escalate)).expect("refused");
    assert_eq!(step(&shop, REJECT, id, json!({ "reject_reason_type": 1 })).await, 10021051);
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021065);
    shop.with(|world| world.advance(NOW_S + 4 * 86_400));
    let ended = shop.with(|world| world.case_status(id)).expect("known");
    assert!(matches!(ended, AftersaleStatus::MerchantRefundSuccess | AftersaleStatus::MerchantFail), "{ended:?}");
}

#[tokio::test]
async fn a_proposal_stops_the_clock_and_the_buyer_answers() {
    let mut shop = Shop::quiet().await;
    let mut cases = Vec::new();
    for _ in 0..4 {
        let order = shop.with(|world| sent(world, one()));
        cases.push(shop.with(|world| asks(world, order, AftersaleKind::Return)));
    }
    let full = case(&shop, cases[0]).await["refund_info"]["amount"].as_i64().expect("fen");
    let change = |amount: i64, what: i64| json!({ "type": 1, "amount": amount, "merchant_update_desc": "退一部分可以吗", "update_reason_type": 1, "merchant_update_type": what });
    for (body, expected) in [
        (json!({ "type": 3, "amount": 1, "update_reason_type": 1, "merchant_update_type": 3 }), 10020000),
        (json!({ "type": 1, "amount": 1, "update_reason_type": 1, "merchant_update_type": 4 }), 10020000),
        (json!({ "type": 1, "update_reason_type": 1, "merchant_update_type": 3 }), 10020000),
        (json!({ "type": 1, "amount": 1, "merchant_update_type": 3 }), 10020000),
        (change(0, 3), 10020000),
        (change(full + 1, 3), 10020000),
    ] {
        assert_eq!(step(&shop, PROPOSE, cases[0], body.clone()).await, expected, "{body}");
    }
    shop.clock.advance_ms(8 * 3_600_000);
    shop.token = shop.fresh_token().await;
    let later = NOW_S + 8 * 3_600;
    for (id, what) in cases.iter().zip([3, 3, 2, 1]) {
        assert_eq!(step(&shop, PROPOSE, *id, change(full / 2, what)).await, 0);
    }
    let asked = case(&shop, cases[0]).await;
    assert_eq!(asked["status"], "USER_WAIT_CONFIRM_UPDATE");
    assert_eq!(asked["merchant_update_detail"]["new_after_sale_amount"].as_i64(), Some(full / 2));
    assert_eq!(asked["merchant_update_detail"]["old_after_sale_type"], 2);
    assert!(asked.get("deadline").is_none(), "the buyer's turn");
    let answer = |id: AftersaleId, agree: bool| {
        shop.with(|world| world.buyer_takes_step(later + 7_200, id, &BuyerStep::Answer { agree })).expect("asked");
    };
    answer(cases[0], true);
    answer(cases[1], false);
    answer(cases[2], true);
    answer(cases[3], true);
    let agreed = case(&shop, cases[0]).await;
    assert_eq!((&agreed["status"], &agreed["type"]), (&json!("PLATFORM_REFUNDING"), &json!("REFUND")));
    assert_eq!(agreed["refund_info"], json!({ "amount": full / 2, "refund_reason": 12 }));
    let back = case(&shop, cases[1]).await;
    assert_eq!(back["status"], "MERCHANT_PROCESSING");
    assert_eq!(back["deadline"], later + 7_200 + 40 * 3_600, "forty hours were left, and are again");
    let shown = case(&shop, cases[2]).await;
    assert_eq!(shown["details"]["media_id_list"].as_array().map(Vec::len), Some(2), "more evidence came");
    assert_eq!(status(&shop, cases[3]).await, "USER_CANCELD");
    switched(&shop, |switches| switches.must_negotiate = true);
    assert_eq!(step(&shop, REJECT, cases[1], json!({ "reject_reason_type": 10 })).await, 0, "was negotiated");
}

#[tokio::test]
async fn one_order_is_refunded_once_a_minute_and_never_above_its_price() {
    let shop = Shop::quiet().await;
    let picks = vec![same_price(2), Pick { product: 1, sku: 0, count: 1 }];
    let order = shop.with(|world| bought(world, picks));
    let paid = shop.get_order(order).await["order_detail"]["price_info"]["order_price"].as_i64().expect("fen");
    let first = shop.with(|world| asks(world, order, AftersaleKind::Refund));
    let second = shop.with(|world| world.buyer_opens_aftersale(NOW_S, order, 1).map(|()| world.cases_of(order)[1].id));
    let second = second.expect("another line");
    assert!(shop.with(|world| world.buyer_opens_aftersale(NOW_S, order, 1)).is_err(), "it is in one already");
    assert_eq!(step(&shop, ACCEPT, first, json!({})).await, 0);
    assert_eq!(step(&shop, ACCEPT, second, json!({})).await, 10021059);
    refunds_arrive(&shop);
    assert_eq!(shop.with(|world| world.status(order)), Some(Status::ToShip), "the other line still waits");
    assert_eq!(step(&shop, ACCEPT, second, json!({})).await, 0);
    refunds_arrive(&shop);
    assert_eq!(shop.with(|world| world.cases_of(order)).iter().map(|case| case.amount).sum::<i64>(), paid);
    assert_eq!(shop.with(|world| world.status(order)), Some(Status::Refunded));
}

#[test]
fn points_that_the_platform_paid_are_not_refunded_to_the_buyer() {
    let mut world = World::new(WorldConfig::new(7, 20, NOW_S).quiet());
    // Dear enough that the freight is free, so that the points weigh.
    let picks = || vec![Pick { product: 0, sku: 2, count: 2 }, Pick { product: 1, sku: 2, count: 1 }];
    let (order, price) = (0..400)
        .map(|_| sent(&mut world, picks()))
        .collect::<Vec<_>>()
        .into_iter()
        .find_map(|id| {
            let price = world.order_json(id).expect("known")["order_detail"]["price_info"].clone();
            (price["deduction_price"].as_i64() > Some(0)).then(|| (id, price["order_price"].as_i64().expect("fen")))
        })
        .expect("one of twenty-five pays with points");
    for line in [0, 1] {
        world.buyer_opens_aftersale(NOW_S, order, line).expect("sent");
    }
    assert_eq!(world.cases_of(order).iter().map(|case| case.amount).sum::<i64>(), price);
}

#[tokio::test]
async fn refunded_pieces_need_not_be_sent_any_more() {
    let shop = Shop::quiet().await;
    let picks = vec![same_price(1), Pick { product: 1, sku: 0, count: 1 }];
    let order = shop.with(|world| bought(world, picks));
    let lines = shop.with(|world| world.lines_of(order));
    let parcel = crate::support::parcel("SF1234567890", vec![crate::support::item(&lines[1], 1)]);
    assert_eq!(code(&shop.send(order, &[parcel]).await), 0);
    let id = shop.with(|world| asks(world, order, AftersaleKind::Refund));
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 0);
    shop.with(World::take_events);
    assert_eq!(refunds_arrive(&shop).last().map(String::as_str), Some("order_deliver 1"));
    assert_eq!(shop.get_order(order).await["status"], 30);
}

#[tokio::test]
async fn refunds_may_find_no_money_or_fail() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| sent(world, one()));
    let id = shop.with(|world| asks(world, order, AftersaleKind::Refund));
    switched(&shop, |switches| switches.refunds = RefundWays::NoMoney);
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021046);
    switched(&shop, |switches| switches.refunds = RefundWays::Fail);
    assert_eq!(step(&shop, CERTIFY, id, json!({ "refund_certificates": ["m"], "desc": "" })).await, 10021041);
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 0);
    refunds_arrive(&shop);
    let failed = case(&shop, id).await;
    assert_eq!(failed["status"], "PLATFORM_REFUND_FAIL");
    assert_eq!(failed["need_offline_refund"], true);
    assert_ne!(failed["refund_resp"]["ret"], 0);
    assert_eq!(step(&shop, CERTIFY, id, json!({ "desc": "已转账" })).await, 10020000, "no picture");
    assert_eq!(step(&shop, CERTIFY, id, json!({ "refund_certificates": [""], "desc": "" })).await, 10020000);
    let proof = json!({ "refund_certificates": ["media_1"], "desc": "已转账" });
    assert_eq!(step(&shop, CERTIFY, id, proof.clone()).await, 0);
    assert_eq!(status(&shop, id).await, "USER_WAIT_CONFIRM");
    shop.with(|world| world.buyer_takes_step(NOW_S, id, &BuyerStep::Answer { agree: false })).expect("asked");
    assert_eq!(step(&shop, CERTIFY, id, proof).await, 0);
    shop.with(|world| world.buyer_takes_step(NOW_S, id, &BuyerStep::Answer { agree: true })).expect("asked");
    let ended = case(&shop, id).await;
    assert_eq!(ended["status"], "MERCHANT_REFUND_SUCCESS");
    assert_eq!(ended["merchant_upload_info"]["refund_certificates"], json!(["media_1"]));
}

#[tokio::test]
async fn a_parcel_may_be_stopped_on_its_way() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| sent(world, one()));
    shop.with(|world| world.buyer_opens_aftersale(NOW_S, order, 0)).expect("sent");
    let id = shop.with(|world| world.cases_of(order)[0].id);
    switched(&shop, |switches| switches.intercepts = true);
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 0);
    assert_eq!(status(&shop, id).await, "WAIT_PACKAGE_INTERCEPT");
    assert_eq!(step(&shop, ACCEPT, id, json!({})).await, 10021065);
    shop.with(|world| world.advance(NOW_S + 7 * 3_600));
    let ended = case(&shop, id).await;
    assert_eq!(
        (&ended["status"], &ended["refund_info"]["refund_reason"]),
        (&json!("MERCHANT_REFUND_SUCCESS"), &json!(22))
    );
}

#[tokio::test]
async fn ids_and_bodies_are_looked_at() {
    let shop = Shop::quiet().await;
    for path in [GET, ACCEPT, CERTIFY, SHIP] {
        assert_eq!(
            code(&shop.call(path, json!({ "after_sale_order_id": "2000001999999999" })).await),
            10021057,
            "{path}"
        );
        assert_eq!(code(&shop.call(path, json!({ "after_sale_order_id": "none" })).await), 10021057, "{path}");
        assert_eq!(
            code(&shop.call(path, json!({ "after_sale_order_id": 2_000_001_000_000_u64 })).await),
            47001,
            "{path}"
        );
        assert_eq!(code(&shop.call(path, json!({})).await), 10020000, "{path}");
    }
    let reasons = shop.call("/channels/ec/aftersale/reason/get", json!({})).await;
    assert!(reasons["reason_list"][0]["reason_text"].is_string());
    let rejections = shop.call("/channels/ec/aftersale/rejectreason/get", json!({})).await;
    let scenes: Vec<i64> = rejections["reason_list"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|r| r["reject_scene"].as_i64())
        .collect();
    assert!([1, 4, 5, 6].iter().all(|scene| scenes.contains(scene)), "{scenes:?}");
}

#[tokio::test]
async fn the_merchant_opens_a_case_once() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| sent(world, one()));
    let line = shop.with(|world| world.lines_of(order))[0].clone();
    let body = json!({
        "request_id": "r-1", "order_id": order.to_string(), "product_id": line.0, "sku_id": line.1, "count": 1,
        "amount": 500, "reason": "OTHERS", "type": "REFUND", "desc": "少发一包",
    });
    let with = |field: &str, value: Value| {
        let mut body = body.clone();
        body[field] = value;
        body
    };
    assert_eq!(code(&shop.call(OPEN, with("type", json!("EXCHANGE"))).await), 10020000);
    assert_eq!(code(&shop.call(OPEN, with("sku_id", json!("1"))).await), 10020000);
    assert_eq!(code(&shop.call(OPEN, with("amount", json!(99_999_999))).await), 10020000);
    assert_eq!(code(&shop.call(OPEN, with("order_id", json!("5"))).await), 10020000);
    let made = shop.call(OPEN, body.clone()).await;
    assert_eq!(code(&made), 0, "{made}");
    assert_eq!(
        shop.call(OPEN, body.clone()).await["after_sale_order_id"],
        made["after_sale_order_id"],
        "the same request"
    );
    let id: AftersaleId = made["after_sale_order_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    assert_eq!(status(&shop, id).await, "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE");
    shop.with(|world| world.buyer_takes_step(NOW_S, id, &BuyerStep::Answer { agree: true })).expect("asked");
    refunds_arrive(&shop);
    let ended = case(&shop, id).await;
    assert_eq!(ended["refund_info"], json!({ "amount": 500, "refund_reason": 17 }));
}

#[tokio::test]
async fn refunded_orders_of_the_past_have_their_case() {
    let shop = Shop::quiet().await;
    let orders = shop.with(|world| world.orders_in(Status::Refunded));
    assert!(!orders.is_empty());
    for order in orders {
        let json = shop.get_order(order).await;
        let id = json["aftersale_detail"]["aftersale_order_list"][0]["aftersale_order_id"].as_str().expect("a case");
        let answer = shop.call(GET, json!({ "after_sale_order_id": id })).await;
        let case = &answer["after_sale_order"];
        assert_eq!(case["order_id"], order.to_string());
        assert_eq!(shop.with(|world| world.cases_of(order)).len(), 1);
        assert_eq!(case["status"], "MERCHANT_REFUND_SUCCESS");
        assert_eq!(case["refund_info"]["amount"], json["order_detail"]["price_info"]["order_price"]);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let shop = Shop::quiet().await;
    let refused = |world: &mut World, order, kind| {
        let request = shopkeeper_sandbox::world::AftersaleRequest::new(kind);
        world.buyer_asks(NOW_S, order, 0, &request).is_err()
    };
    shop.with(|world| {
        let unpaid = world.buyer_orders(NOW_S, &Basket { picks: one(), plain: true, ..Basket::default() });
        assert!(refused(world, unpaid, AftersaleKind::Refund), "nothing was paid");
        let waiting = bought(world, one());
        assert!(refused(world, waiting, AftersaleKind::Return), "nothing was sent");
        assert!(refused(world, waiting, AftersaleKind::Exchange), "nothing was sent");
        let done = sent(world, one());
        assert!(refused(world, done, AftersaleKind::Exchange), "no other SKU was named");
        for round in 0..5 {
            let case = asks(world, done, AftersaleKind::Return);
            world.buyer_takes_step(NOW_S, case, &BuyerStep::Withdraw).unwrap_or_else(|_| panic!("round {round}"));
        }
        assert!(refused(world, done, AftersaleKind::Return), "five are enough");
    });
}

#[tokio::test]
async fn faults_strike_cases_too() {
    let shop = Shop::quiet().await;
    let order = shop.with(|world| sent(world, one()));
    let id = shop.with(|world| asks(world, order, AftersaleKind::Refund));
    for (kind, field, value) in [
        (FaultKind::UnknownEnums, "status", json!("ROBOT_PROCESSING")),
        (FaultKind::BadShape, "refund_info", json!("all of it")),
    ] {
        shop.platform.faults().add(Fault::once(kind, GET)).expect("possible");
        assert_eq!(case(&shop, id).await[field], value);
    }
    shop.platform.faults().add(Fault::once(FaultKind::ReplyLostAfter, ACCEPT)).expect("possible");
    let uri = format!("{ACCEPT}?access_token={}", shop.token);
    let body = json!({ "after_sale_order_id": id.to_string() }).to_string();
    assert!(shop.try_raw(http::Method::POST, &uri, body).await.is_err());
    assert_eq!(status(&shop, id).await, "PLATFORM_REFUNDING", "the reply was lost, the effect was not");
}
