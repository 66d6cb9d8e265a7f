//! Deciding after-sales through the relay, whatever is lost on the way: at most once, and only what the merchant saw.

use futures_util::future::join;
use serde_json::Value;
use shopkeeper_protocol::{AcceptAfterSale, AfterSale, AfterSalePrecondition, Agreement, EntityKey, RejectAfterSale};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{
    AftersaleId, AftersaleKind, AftersaleRequest, BuyerStep, EffectKind, MerchantStep, OrderId, RefundWays, Status,
    Switches,
};

use super::shop::{A_MONTH, Shop, case_key};

const ACCEPT: &str = "/channels/ec/aftersale/acceptapply";
const REJECT: &str = "/channels/ec/aftersale/rejectapply";

/// A quiet shop, and orders on their way with which nothing is the matter.
async fn shop() -> (Shop, Vec<OrderId>) {
    let shop = Shop::quiet(200, A_MONTH).await;
    let mut sent = shop.world(|world| world.orders_in(Status::Shipped));
    sent.retain(|id| shop.world(|world| world.cases_of(*id)).is_empty());
    (shop, sent)
}

fn asks(shop: &Shop, order: OrderId, line: u8, request: &AftersaleRequest) -> AftersaleId {
    let now = shop.now_s();
    shop.world(|world| world.buyer_asks(now, order, line, request)).expect("a case may be opened")
}

fn of(kind: AftersaleKind) -> AftersaleRequest {
    AftersaleRequest { received: true, ..AftersaleRequest::new(kind) }
}

/// The case as the relay shows it to the merchant.
async fn seen(shop: &Shop, id: AftersaleId) -> AfterSale {
    assert!(shop.sweep().await, "everything was read");
    shop.after_sale(id).await.expect("the relay has it")
}

fn expected(case: &AfterSale) -> AfterSalePrecondition {
    AfterSalePrecondition {
        status: case.status.clone(),
        wanted: case.wanted.clone(),
        amount: case.refund.amount,
        updated_at: case.updated_at,
    }
}

fn target(case: &AfterSale) -> EntityKey {
    EntityKey(case_key(case.number.parse().expect("a number")))
}

async fn accept(shop: &Shop, case: &AfterSale, agree: Agreement) -> Value {
    let address = shop.world(|world| world.addresses()[0]).to_string();
    let return_address = (agree == Agreement::Return).then_some(address);
    let decision = AcceptAfterSale { after_sale: target(case), agree, return_address, expected: expected(case) };
    shop.decide("accept_after_sale", &decision).await
}

async fn reject(shop: &Shop, case: &AfterSale, reason: i64, certificates: &[&str]) -> Value {
    let decision = RejectAfterSale {
        after_sale: target(case),
        reason,
        text: "请看照片".to_owned(),
        certificates: certificates.iter().map(|id| (*id).to_owned()).collect(),
        expected: expected(case),
    };
    shop.decide("reject_after_sale", &decision).await
}

/// Decisions about a case that took effect.
fn effects(shop: &Shop, id: AftersaleId) -> usize {
    let books = shop.books();
    books
        .effects
        .iter()
        .filter(|effect| matches!(&effect.kind, EffectKind::Aftersale { case, .. } if *case == id))
        .count()
}

fn status(shop: &Shop, id: AftersaleId) -> &'static str {
    shop.world(|world| world.case_status(id)).expect("the platform has it").name()
}

fn assert_done(outcome: &Value, how: &str) {
    assert!(outcome["verdict"] == "done" && outcome["how"] == how, "expected {how}: {outcome}");
}

fn assert_refused(outcome: &Value, reason: &str) {
    assert!(outcome["verdict"] == "refused" && outcome["reason"] == reason, "expected {reason}: {outcome}");
}

/// A return that is agreed to and a refund that is refused, each of which meets `fault` at its first call.
async fn meets(fault: Option<FaultKind>, how: &str) {
    let (shop, sent) = shop().await;
    let [goods, money] = [AftersaleKind::Return, AftersaleKind::Refund];
    let (goods, money) = (asks(&shop, sent[0], 0, &of(goods)), asks(&shop, sent[1], 0, &of(money)));
    let (returns, refunds) = (seen(&shop, goods).await, seen(&shop, money).await);
    if let Some(kind) = fault {
        for scope in [ACCEPT, REJECT] {
            shop.sandbox.faults().add(Fault::once(kind.clone(), scope)).expect("a fault");
        }
    }
    let (agreed, refused) = join(accept(&shop, &returns, Agreement::Return), reject(&shop, &refunds, 3, &[])).await;
    assert_done(&agreed, how);
    assert_done(&refused, how);
    assert!(shop.sandbox.faults().active().is_empty(), "each was met");
    assert_eq!([status(&shop, goods), status(&shop, money)], ["USER_WAIT_RETURN", "MERCHANT_REJECT_REFUND"]);
    assert_eq!([effects(&shop, goods), effects(&shop, money)], [1, 1], "each took effect once");
    let told = shop.after_sale(money).await.expect("known");
    assert_eq!((told.status.as_str(), told.rejection.as_str()), ("MERCHANT_REJECT_REFUND", "请看照片"));
    shop.close().await;
}

#[tokio::test]
async fn decisions_take_effect() {
    meets(None, "acknowledged").await;
}

#[tokio::test]
async fn a_decision_with_its_reply_lost_after_the_effect_is_read_back() {
    meets(Some(FaultKind::ReplyLostAfter), "read_back").await;
}

#[tokio::test]
async fn a_decision_with_its_reply_lost_before_the_effect_is_tried_again() {
    meets(Some(FaultKind::ReplyLostBefore), "acknowledged").await;
}

#[tokio::test]
async fn a_decision_waits_for_a_busy_platform() {
    meets(Some(FaultKind::Errcode { code: 10_021_044 }), "acknowledged").await;
}

#[tokio::test]
async fn a_decision_waits_for_a_minute_that_is_used_up() {
    meets(Some(FaultKind::Errcode { code: 45_011 }), "acknowledged").await;
}

#[tokio::test]
async fn money_goes_out_once_and_after_goods_came_back() {
    let (shop, sent) = shop().await;
    let id = asks(&shop, sent[0], 0, &of(AftersaleKind::Return));
    let asked = seen(&shop, id).await;
    assert_done(&accept(&shop, &asked, Agreement::Return).await, "acknowledged");
    let now = shop.now_s();
    let back = BuyerStep::SendBack { carrier: "YTO".to_owned(), waybill: "YT9000000001".to_owned() };
    shop.world(|world| world.buyer_takes_step(now, id, &back)).expect("it may");
    // The first decision again is done already; it must not become one to pay.
    assert_done(&accept(&shop, &asked, Agreement::Return).await, "already_there");
    assert_eq!(status(&shop, id), "MERCHANT_WAIT_RECEIPT");
    let back = seen(&shop, id).await;
    assert_eq!(back.return_parcel.as_ref().expect("a parcel").waybill, "YT9000000001");
    shop.sandbox.faults().add(Fault::once(FaultKind::ReplyLostAfter, ACCEPT)).expect("a fault");
    assert_done(&accept(&shop, &back, Agreement::Refund).await, "read_back");
    assert_eq!(status(&shop, id), "PLATFORM_REFUNDING");
    assert_eq!(effects(&shop, id), 2, "one agreement and one payment");
    shop.close().await;
}

#[tokio::test]
async fn two_refunds_of_one_order_keep_their_distance() {
    let (shop, sent) = shop().await;
    let two_lines = |id: &&OrderId| shop.world(|world| world.lines_of(**id)).len() > 1;
    let order = *sent.iter().find(two_lines).expect("an order of two lines");
    let ids = [0, 1].map(|line| asks(&shop, order, line, &of(AftersaleKind::Refund)));
    let cases = [seen(&shop, ids[0]).await, seen(&shop, ids[1]).await];
    let (first, second) =
        join(accept(&shop, &cases[0], Agreement::Refund), accept(&shop, &cases[1], Agreement::Refund)).await;
    assert_done(&first, "acknowledged");
    assert_done(&second, "acknowledged");
    assert_eq!(ids.map(|id| effects(&shop, id)), [1, 1]);
    shop.close().await;
}

#[tokio::test]
async fn an_exchange_that_is_refused_shows_its_pictures() {
    let (shop, sent) = shop().await;
    let request = AftersaleRequest { new_sku: Some(1), ..of(AftersaleKind::Exchange) };
    let open = sent.iter().find_map(|order| {
        let now = shop.now_s();
        shop.world(|world| world.buyer_asks(now, *order, 0, &request)).ok()
    });
    let id = open.expect("something has another SKU");
    let asked = seen(&shop, id).await;
    assert_done(&accept(&shop, &asked, Agreement::Return).await, "acknowledged");
    let now = shop.now_s();
    let back = BuyerStep::SendBack { carrier: "YTO".to_owned(), waybill: "YT9000000002".to_owned() };
    shop.world(|world| world.buyer_takes_step(now, id, &back)).expect("it may");
    let back = seen(&shop, id).await;
    assert_done(&reject(&shop, &back, 30, &["media_1"]).await, "acknowledged");
    let told = shop.after_sale(id).await.expect("known");
    assert_eq!(
        (told.status.as_str(), told.certificates.as_slice()),
        ("MERCHANT_REJECT_RESHIP", &["media_1".to_owned()][..])
    );
    shop.close().await;
}

#[tokio::test]
async fn what_is_not_as_the_merchant_saw_it_is_refused_with_its_reason() {
    let (shop, sent) = shop().await;
    let ids: Vec<_> = sent[..4].iter().map(|order| asks(&shop, *order, 0, &of(AftersaleKind::Refund))).collect();
    let mut cases = Vec::new();
    for id in &ids {
        cases.push(seen(&shop, *id).await);
    }
    let now = shop.now_s();
    shop.world(|world| world.buyer_takes_step(now, ids[0], &BuyerStep::Withdraw)).expect("it may");
    assert_refused(&accept(&shop, &cases[0], Agreement::Refund).await, "after_sale_moved_on");
    let colleague = MerchantStep::Accept { address: None, accept_type: Some(2) };
    shop.world(|world| world.colleague_takes_step(now, ids[1], &colleague)).expect("it may");
    assert_done(&accept(&shop, &cases[1], Agreement::Refund).await, "already_there");
    assert_refused(&reject(&shop, &cases[1], 3, &[]).await, "after_sale_moved_on");
    let less =
        AfterSale { refund: shopkeeper_protocol::Refund { amount: 1, ..Default::default() }, ..cases[2].clone() };
    assert_refused(&accept(&shop, &less, Agreement::Refund).await, "after_sale_changed");
    let calls = [ACCEPT, REJECT].map(|path| shop.calls(path));
    assert_eq!(calls, [0, 0], "the relay knows all that by itself");

    let change = |change: &dyn Fn(&mut Switches)| {
        let now = shop.now_s();
        shop.world(|world| {
            let mut switches = Switches { living: false, ..Switches::default() };
            change(&mut switches);
            world.set_switches(now, switches);
        });
    };
    change(&|switches| switches.refunds = RefundWays::NoMoney);
    assert_refused(&accept(&shop, &cases[2], Agreement::Refund).await, "account_empty");
    change(&|switches| switches.must_negotiate = true);
    assert_refused(&reject(&shop, &cases[2], 3, &[]).await, "negotiate_first");
    change(&|_| {});
    let unknown = AfterSale { number: "2000000000000001".to_owned(), ..cases[3].clone() };
    assert_refused(&accept(&shop, &unknown, Agreement::Refund).await, "after_sale_not_found");
    assert_refused(&reject(&shop, &cases[3], 77, &[]).await, "platform_refused");
    assert_eq!([effects(&shop, ids[2]), effects(&shop, ids[3])], [0, 0], "nothing of it took effect");

    let id = asks(&shop, sent[5], 0, &of(AftersaleKind::Return));
    let asked = seen(&shop, id).await;
    let nowhere = AcceptAfterSale {
        after_sale: target(&asked),
        agree: Agreement::Return,
        return_address: Some("7".to_owned()),
        expected: expected(&asked),
    };
    assert_refused(&shop.decide("accept_after_sale", &nowhere).await, "bad_return_address");
    shop.close().await;
}
