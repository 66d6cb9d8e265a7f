//! After-sales: the relay has each as the platform has it, the open ones first, and follows them by comparison and by push.

use std::collections::BTreeMap;

use serde_json::Value;
use shopkeeper_protocol::{AfterSale, AfterSaleParcel};
use shopkeeper_sandbox::ManualClock;
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{
    AftersaleId, AftersaleKind, AftersaleRequest, BuyerStep, MerchantStep, OrderId, Proposal, ProposalKind, Status,
    WorldConfig,
};

use super::reading::{assert_same, at, list, text};
use super::shop::{A_MONTH, BEGAN, Feed, Shop, TWO_YEARS, case_key, key, until};

const LIST: &str = "/channels/ec/aftersale/getaftersalelist";

/// A shop with a past full of after-sales, in which nothing happens but by a call.
fn past(cases: u32) -> WorldConfig {
    let mut config = WorldConfig::new(19, 400, BEGAN).quiet();
    config.aftersales = cases;
    config
}

/// What the relay has is what the platform has: nothing missing, nothing twice, every field equal.
fn assert_same_cases(shop: &Shop, feed: &Feed) {
    let books = shop.world(|world| world.case_books());
    assert_eq!(feed.after_sales.len(), books.len());
    let cases: BTreeMap<_, _> = feed.after_sales.iter().map(|(key, case)| (key.as_str(), case)).collect();
    for book in &books {
        let case = cases.get(case_key(book.id).as_str()).unwrap_or_else(|| panic!("{} is missing", book.id));
        assert_eq!(case.order.as_ref().map(|order| order.as_str()), Some(&*key(book.order)), "{}", book.id);
        assert_eq!((case.status.as_str(), case.wanted.as_str()), (book.status.name(), book.kind.name()));
        assert_eq!(
            (case.refund.amount, case.refund.cause),
            (book.amount, i64::from(book.refund_reason)),
            "{}",
            book.id
        );
        let wire = shop.world(|world| world.case_json(book.id)).expect("the platform has it");
        compare(case, &wire);
    }
}

fn compare(case: &AfterSale, wire: &Value) {
    let number = text(&wire["after_sale_order_id"]);
    assert_eq!(case.number, number);
    let told = [&case.status, &case.wanted, &case.reason, &case.reason_text, &case.buyer];
    assert_eq!(told, ["status", "type", "reason", "reason_text", "openid"].map(|name| text(&wire[name])), "{number}");
    let happened = |value: &Value| at(value).filter(|at| *at > 0);
    assert_eq!((Some(case.created_at), Some(case.updated_at)), (at(&wire["create_time"]), at(&wire["update_time"])));
    assert_eq!(case.completed_at, happened(&wire["complete_time"]), "{number}");
    assert_eq!(case.deadline, happened(&wire["deadline"]), "{number}");
    let details = &wire["details"];
    assert_eq!(case.withdrawn_at, happened(&details["cancel_time"]), "{number}");
    assert_eq!(
        (case.description.as_str(), case.received),
        (text(&details["desc"]), details["receive_product"] == true)
    );
    let pictures: Vec<_> = case.evidence.iter().map(|evidence| evidence.picture.as_str()).collect();
    assert_eq!(pictures, list(&details["media_id_list"]).iter().map(text).collect::<Vec<_>>(), "{number}");
    let (line, product) = (&case.lines[0], &wire["product_info"]);
    assert_eq!(
        [&line.product, &line.sku, &line.sku_code],
        ["product_id", "sku_id", "sku_code"].map(|name| text(&product[name]))
    );
    assert_eq!((case.lines.len(), Some(u64::from(line.quantity))), (1, product["count"].as_u64()), "{number}");
    compare_parcel(case.return_parcel.as_ref(), &wire["return_info"]);
    let upload = &wire["merchant_upload_info"];
    assert_eq!(case.rejection, text(&upload["reject_reason"]), "{number}");
    let shown: Vec<_> = list(&upload["refund_certificates"]).iter().map(text).collect();
    assert_eq!(case.certificates, shown, "{number}");
    assert_eq!(case.refund.failure, text(&wire["refund_resp"]["code"]), "{number}");
    assert_eq!(case.refund.offline, wire["need_offline_refund"] == true, "{number}");
    let proposed = &wire["merchant_update_detail"];
    assert_eq!(case.proposal.is_some(), proposed.is_object(), "{number}");
    if let Some(proposal) = &case.proposal {
        let told = [proposal.kind, proposal.from_type, proposal.to_type, proposal.from_amount, proposal.to_amount];
        let names = ["merchant_update_type", "old_after_sale_type", "new_after_sale_type"];
        let names = names.into_iter().chain(["old_after_sale_amount", "new_after_sale_amount"]);
        assert_eq!(told.map(Some).to_vec(), names.map(|name| proposed[name].as_i64()).collect::<Vec<_>>(), "{number}");
        assert_eq!(proposal.text, text(&proposed["merchant_update_desc"]), "{number}");
    }
    let wanted = &wire["exchange_product_info"];
    assert_eq!(case.exchange.is_some(), wanted.is_object(), "{number}");
    if let Some(exchange) = &case.exchange {
        let told = [&exchange.product, &exchange.from_sku, &exchange.to_sku, &exchange.from_code, &exchange.to_code];
        let names = ["product_id", "old_sku_id", "new_sku_id", "old_sku_code", "new_sku_code"];
        assert_eq!(told, names.map(|name| text(&wanted[name])), "{number}");
        assert_eq!(Some(u64::from(exchange.quantity)), wanted["product_cnt"].as_u64(), "{number}");
        compare_parcel(exchange.parcel.as_ref(), &wire["exchange_delivery_info"]);
    }
    let unknown: Vec<_> = case.extra.keys().collect();
    assert!(unknown.iter().all(|name| *name == "product_info"), "{number}: without a place: {unknown:?}");
}

fn compare_parcel(parcel: Option<&AfterSaleParcel>, wire: &Value) {
    let waybill = parcel.map_or("", |parcel| parcel.waybill.as_str());
    let carrier = parcel.map_or("", |parcel| parcel.carrier.as_str());
    assert_eq!((waybill, carrier), (text(&wire["waybill_id"]), text(&wire["delivery_id"])));
    assert_eq!(parcel.map_or("", |parcel| parcel.carrier_name.as_str()), text(&wire["delivery_name"]));
}

#[tokio::test]
async fn the_relay_has_every_after_sale_as_the_platform_has_it() {
    let shop = Shop::open(past(60), ManualClock::at(BEGAN * 1_000).clock(), TWO_YEARS).await;
    let feed = shop.first_of_everything().await;
    assert_same_cases(&shop, &feed);
    let cases = feed.after_sales.len();
    assert!(cases >= 60, "and those of orders that were refunded whole: {cases}");
    let first_closed =
        feed.after_sales.iter().position(|(_, case)| case.completed_at.is_some()).expect("some are over");
    let (open, over) = feed.after_sales.split_at(first_closed);
    assert!(!open.is_empty() && over.iter().all(|(_, case)| case.completed_at.is_some()), "open ones come first");
    shop.close().await;
}

#[tokio::test]
async fn open_ones_are_there_long_before_the_history() {
    // The history of two years takes more lists than one sweep asks for.
    let shop = Shop::open(past(60), ManualClock::at(BEGAN * 1_000).clock(), TWO_YEARS).await;
    shop.sandbox.faults().add(Fault::always(FaultKind::Errcode { code: 45_009 }, LIST)).expect("a fault");
    assert!(!shop.sweep().await, "after-sales cannot be listed");
    let open = shop.world(|world| world.case_books());
    let open: Vec<AftersaleId> = open.iter().filter(|book| !book.status.is_closed()).map(|book| book.id).collect();
    assert!(!open.is_empty());
    until("open after-sales are here, which orders name", || async {
        let here = shop.first().await.after_sales;
        open.iter().all(|id| here.iter().any(|(of, _)| *of == case_key(*id)))
    })
    .await;
    let orders = shop.books().orders.len();
    until("orders do not wait for a quota of after-sales", || async { shop.first().await.orders.len() == orders })
        .await;
    let feed = shop.first().await;
    assert!(feed.end["claims"].as_array().expect("a list").iter().all(|claim| claim["kind"] == "order"));
    shop.close().await;
}

/// Orders of which a buyer may want something back.
fn sent(shop: &Shop, count: usize) -> Vec<OrderId> {
    let mut sent = shop.world(|world| world.orders_in(Status::Shipped));
    sent.retain(|id| shop.world(|world| world.cases_of(*id)).is_empty());
    sent.truncate(count);
    assert_eq!(sent.len(), count, "the shop has so many");
    sent
}

fn asks(shop: &Shop, order: OrderId, kind: AftersaleKind) -> AftersaleId {
    let now = shop.now_s();
    let request =
        AftersaleRequest { received: true, desc: "杯口有裂纹".to_owned(), ..AftersaleRequest::new(kind) };
    shop.world(|world| world.buyer_asks(now, order, 0, &request)).expect("a case may be opened")
}

#[tokio::test]
async fn what_becomes_of_a_case_is_followed_step_by_step() {
    let hand = ManualClock::at(BEGAN * 1_000);
    let shop = Shop::open(past(0), hand.clock(), A_MONTH).await;
    assert!(shop.sweep().await);
    let orders = sent(&shop, 2);
    let (money, goods) = (asks(&shop, orders[0], AftersaleKind::Refund), asks(&shop, orders[1], AftersaleKind::Return));
    let follow = || async {
        hand.advance_ms(3_600_000);
        shop.world(|world| world.advance(hand.now_ms() / 1_000));
        assert!(shop.sweep().await, "everything was read");
        for id in [money, goods] {
            let case = shop.after_sale(id).await.expect("the relay has it");
            compare(&case, &shop.world(|world| world.case_json(id)).expect("the platform has it"));
        }
        [money, goods].map(|id| shop.world(|world| world.case_status(id)).expect("there").name())
    };
    assert_eq!(follow().await, ["MERCHANT_PROCESSING", "MERCHANT_PROCESSING"]);
    let now = hand.now_ms() / 1_000;
    let proposal = Proposal {
        kind: ProposalKind::Change,
        to: AftersaleKind::Refund,
        amount: 100,
        desc: "退一元".to_owned(),
        reason: 2,
        media: vec!["m_1".to_owned()],
    };
    shop.world(|world| world.colleague_takes_step(now, money, &MerchantStep::Propose { proposal })).expect("it may");
    let accept = MerchantStep::Accept { address: Some(shop.world(|world| world.addresses()[0])), accept_type: Some(1) };
    shop.world(|world| world.colleague_takes_step(now, goods, &accept)).expect("it may");
    assert_eq!(follow().await, ["USER_WAIT_CONFIRM_UPDATE", "USER_WAIT_RETURN"]);
    let back = BuyerStep::SendBack { carrier: "YTO".to_owned(), waybill: "YT9000000001".to_owned() };
    let now = hand.now_ms() / 1_000;
    shop.world(|world| world.buyer_takes_step(now, goods, &back)).expect("it may");
    shop.world(|world| world.buyer_takes_step(now, money, &BuyerStep::Answer { agree: true })).expect("it may");
    let [money_is, goods_are] = follow().await;
    assert_eq!(goods_are, "MERCHANT_WAIT_RECEIPT");
    assert!(money_is.ends_with("REFUND_SUCCESS") || money_is == "PLATFORM_REFUNDING", "{money_is}");
    shop.close().await;
}

#[tokio::test]
async fn a_push_brings_the_case_and_its_order() {
    let shop = Shop::open(past(0), ManualClock::at(BEGAN * 1_000).clock(), A_MONTH).await;
    assert!(shop.sweep().await);
    shop.sandbox.register_push(Some(shop.push_target())).expect("the relay's key is one");
    shop.sandbox.verify_push().await.expect("the relay knows its own address");
    let order = sent(&shop, 1)[0];
    let id = asks(&shop, order, AftersaleKind::Return);
    until("the case arrives by push", || async { shop.after_sale(id).await.is_some() }).await;
    until("its order shows it", || async { shop.order(order).await.is_some_and(|order| order.open_after_sales == 1) })
        .await;
    shop.close().await;
}

#[tokio::test]
async fn a_window_of_many_pages_is_read_whole() {
    let shop = Shop::open(past(0), ManualClock::at(BEGAN * 1_000).clock(), A_MONTH).await;
    assert!(shop.sweep().await);
    // More than a page holds, all in one second.
    let ids: Vec<AftersaleId> = shop
        .world(|world| world.orders_in(Status::ToShip))
        .into_iter()
        .filter_map(|order| {
            let request = AftersaleRequest::new(AftersaleKind::Refund);
            shop.world(|world| world.buyer_asks(BEGAN, order, 0, &request)).ok()
        })
        .collect();
    assert!(shop.sweep().await);
    let here = shop.first().await.after_sales;
    assert!(ids.iter().all(|id| here.iter().any(|(of, _)| *of == case_key(*id))));
    shop.close().await;
}

#[tokio::test]
async fn a_lifelike_shop_is_followed_for_days() {
    let hand = ManualClock::at(BEGAN * 1_000);
    let shop = Shop::open(WorldConfig::new(23, 300, BEGAN).lifelike(), hand.clock(), TWO_YEARS).await;
    shop.first_of_everything().await;
    for _ in 0..3 * 24 {
        hand.advance_ms(3_600_000);
        shop.sandbox.world().advance(hand.now_ms() / 1_000);
        assert!(shop.sweep().await, "everything was read");
    }
    let feed = shop.first().await;
    assert_same_cases(&shop, &feed);
    assert_same(&shop, feed);
    shop.close().await;
}
