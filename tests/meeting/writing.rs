//! Shipping and noting through the relay, whatever is lost on the way: at most once, and the outcome is what the platform's books say.

use futures_util::future::join_all;
use serde_json::Value;
use shopkeeper_protocol::{Command, EntityKey, Note, Order, ParcelItem, Ship, ShipParcel, ShipPrecondition};
use shopkeeper_sandbox::faults::{Fault, FaultKind};
use shopkeeper_sandbox::world::{Basket, OrderId, ParcelRequest, ParcelRequestItem, Pick, Switches};

use super::shop::{A_MONTH, Shop, until};

const SEND: &str = "/channels/ec/order/delivery/send";
const NOTE: &str = "/channels/ec/order/merchantnotes/update";
const GET: &str = "/channels/ec/order/get";

async fn shop() -> Shop {
    let shop = Shop::quiet(100, A_MONTH).await;
    assert!(shop.sweep().await, "everything was read");
    shop
}

/// Orders that nothing keeps from being shipped by parcel.
async fn to_ship(shop: &Shop) -> Vec<Order> {
    let feed = shop.first().await;
    let ready = |order: &Order| {
        order.status == 20
            && order.deliver_method == 0
            && order.open_after_sales == 0
            && order.address_request.is_none()
    };
    feed.orders.into_iter().map(|(_, order)| order).filter(ready).collect()
}

fn pieces(order: &Order) -> u32 {
    order.lines.iter().map(|line| line.quantity).sum()
}

fn id(order: &Order) -> OrderId {
    order.number.parse().expect("a number")
}

fn order_key(order: &Order) -> EntityKey {
    EntityKey(format!("wx:{}", order.number))
}

fn item(order: &Order, line: usize, quantity: u32) -> ParcelItem {
    let line = &order.lines[line];
    ParcelItem { product: line.product.clone(), sku: line.sku.clone(), quantity }
}

fn parcel(waybill: &str, items: Vec<ParcelItem>) -> ShipParcel {
    ShipParcel { carrier: "SF".into(), waybill: waybill.to_owned(), items }
}

fn ship(order: &Order, parcels: Vec<ShipParcel>) -> Command {
    let remaining = (0..order.lines.len()).map(|line| item(order, line, order.lines[line].quantity)).collect();
    let expected = ShipPrecondition { status: order.status, remaining, address_hash: order.buyer.address_hash.clone() };
    Command::Ship(Ship { order: order_key(order), parcels, expected })
}

/// Everything in one parcel.
fn whole(order: &Order, waybill: &str) -> Command {
    let items = (0..order.lines.len()).map(|line| item(order, line, order.lines[line].quantity)).collect();
    ship(order, vec![parcel(waybill, items)])
}

/// One piece of the first line.
fn some(order: &Order, waybill: &str) -> Command {
    ship(order, vec![parcel(waybill, vec![item(order, 0, 1)])])
}

/// Everything, one piece of the first line in a parcel of its own.
fn several(order: &Order, waybill: &str) -> Command {
    let mut rest: Vec<_> = (0..order.lines.len()).map(|line| item(order, line, order.lines[line].quantity)).collect();
    rest[0].quantity -= 1;
    rest.retain(|item| item.quantity > 0);
    ship(order, vec![parcel(waybill, vec![item(order, 0, 1)]), parcel(&format!("{waybill}B"), rest)])
}

fn note(order: &Order, text: &str) -> Command {
    Command::Note(Note { order: order_key(order), text: text.to_owned(), base: order.merchant_note.clone() })
}

fn assert_done(outcome: &Value, how: &[&str]) {
    let said = outcome["how"].as_str().unwrap_or_default();
    assert!(outcome["verdict"] == "done" && how.contains(&said), "expected {how:?}: {outcome}");
}

/// The platform has exactly what the commands say, and the relay's feed shows it.
async fn assert_effects(shop: &Shop, orders: &[&Order], commands: &[Command]) {
    let (books, feed) = (shop.books(), shop.first().await);
    for (order, command) in orders.iter().zip(commands) {
        let known = feed.orders.iter().find(|(_, known)| known.number == order.number).map(|(_, known)| known);
        let known = known.expect("the relay has it");
        let book = books.order(id(order)).expect("the platform has it");
        match command {
            Command::Ship(ship) => {
                assert_eq!(books.deliveries_of(id(order)), 1, "{}: shipped once", order.number);
                assert_eq!(book.parcels.len(), ship.parcels.len());
                for ((wanted, has), knows) in ship.parcels.iter().zip(&book.parcels).zip(&known.parcels) {
                    assert_eq!((&has.carrier, &has.waybill), (&wanted.carrier.0, &wanted.waybill));
                    let items: Vec<_> = has.items.iter().map(|item| (&item.sku_id, u32::from(item.count))).collect();
                    assert_eq!(items, wanted.items.iter().map(|item| (&item.sku, item.quantity)).collect::<Vec<_>>());
                    assert_eq!((&knows.waybill, &knows.items), (&wanted.waybill, &wanted.items));
                }
                let shipped: u32 = ship.parcels.iter().flat_map(|parcel| &parcel.items).map(|item| item.quantity).sum();
                assert_eq!(known.status, if shipped == pieces(order) { 30 } else { 21 });
            }
            Command::Note(note) => {
                assert_eq!(books.notes_of(id(order)), 1, "{}: noted once", order.number);
                assert_eq!((&book.merchant_note, &known.merchant_note), (&note.text, &note.text));
            }
        }
    }
}

/// Four commands at once, to four orders: everything, a part, several parcels, a note. Each write meets `fault` at its first call.
async fn meets(fault: Option<FaultKind>, how: &[&str]) {
    let shop = shop().await;
    let orders = to_ship(&shop).await;
    let large: Vec<&Order> = orders.iter().filter(|order| pieces(order) > 1).take(4).collect();
    let [a, b, c, d] = large[..] else { panic!("the shop has four such orders") };
    let commands =
        [whole(a, "SF1000000001"), some(b, "SF1000000002"), several(c, "SF1000000003"), note(d, "顺丰，放门口")];
    if let Some(kind) = fault {
        for (scope, times) in [(SEND, 3), (NOTE, 1)] {
            let fault = Fault { times: Some(times), ..Fault::once(kind.clone(), scope) };
            shop.sandbox.faults().add(fault).expect("a fault");
        }
    }
    let outcomes = join_all(commands.iter().map(|command| shop.command(command.clone()))).await;
    for outcome in &outcomes {
        assert_done(outcome, how);
    }
    assert!(shop.sandbox.faults().active().is_empty(), "each was met");
    assert_effects(&shop, &large, &commands).await;
    shop.close().await;
}

#[tokio::test]
async fn commands_take_effect() {
    meets(None, &["acknowledged"]).await;
}

#[tokio::test]
async fn a_reply_lost_after_the_effect_is_read_back() {
    meets(Some(FaultKind::ReplyLostAfter), &["read_back"]).await;
}

#[tokio::test]
async fn a_reply_lost_before_the_effect_is_tried_again() {
    meets(Some(FaultKind::ReplyLostBefore), &["acknowledged"]).await;
}

#[tokio::test]
async fn an_empty_answer_after_the_effect_is_read_back() {
    meets(Some(FaultKind::EmptyAnswer { after_effect: true }), &["read_back"]).await;
}

#[tokio::test]
async fn an_empty_answer_before_the_effect_is_tried_again() {
    meets(Some(FaultKind::EmptyAnswer { after_effect: false }), &["acknowledged"]).await;
}

#[tokio::test]
async fn a_broken_gateway_is_tried_again() {
    meets(Some(FaultKind::ServerError { status: 502 }), &["acknowledged"]).await;
}

#[tokio::test]
async fn a_busy_platform_is_asked_again() {
    meets(Some(FaultKind::Errcode { code: -1 }), &["acknowledged"]).await;
}

#[tokio::test]
async fn a_conflict_is_tried_again() {
    meets(Some(FaultKind::Errcode { code: 100_003 }), &["acknowledged"]).await;
}

#[tokio::test]
async fn a_dead_token_is_renewed() {
    let shop = shop().await;
    let order = to_ship(&shop).await.remove(0);
    shop.sandbox.faults().add(Fault::once(FaultKind::DeadTokens, SEND)).expect("a fault");
    let command = whole(&order, "SF1000000001");
    assert_done(&shop.command(command.clone()).await, &["acknowledged"]);
    assert_eq!(shop.calls(SEND), 2, "refused once, with the old token");
    assert_effects(&shop, &[&order], &[command]).await;
    shop.close().await;
}

#[tokio::test]
async fn a_minute_that_is_used_up_is_waited_for() {
    meets(Some(FaultKind::Errcode { code: 45_011 }), &["acknowledged"]).await;
}

#[tokio::test]
async fn reads_that_lag_behind_writes_do_not_make_it_ship_twice() {
    let shop = shop().await;
    let orders = to_ship(&shop).await;
    let large: Vec<&Order> = orders.iter().filter(|order| pieces(order) > 2).take(2).collect();
    let now = shop.now_s();
    shop.world(|world| world.set_switches(now, Switches { living: false, read_lag_s: 20, ..Switches::default() }));
    let lost = Fault { times: Some(2), ..Fault::once(FaultKind::ReplyLostAfter, SEND) };
    shop.sandbox.faults().add(lost).expect("a fault");
    // What would ship twice if it were tried again: pieces are left.
    let commands: Vec<_> =
        large.iter().zip(["SF2000000001", "SF2000000002"]).map(|(order, at)| some(order, at)).collect();
    let outcomes = join_all(commands.iter().map(|command| shop.command(command.clone()))).await;
    for outcome in &outcomes {
        assert_done(outcome, &["read_back"]);
    }
    assert_effects(&shop, &large, &commands).await;
    shop.close().await;
}

#[tokio::test]
async fn a_colleague_who_was_first_is_seen() {
    let shop = shop().await;
    let orders = to_ship(&shop).await;
    let (same, other) = (&orders[0], &orders[1]);
    let goods = |order: &Order| -> Vec<ParcelRequestItem> {
        let of = |line: &shopkeeper_protocol::OrderLine| ParcelRequestItem {
            product_id: line.product.clone(),
            sku_id: line.sku.clone(),
            product_cnt: i64::from(line.quantity),
        };
        order.lines.iter().map(of).collect()
    };
    let now = shop.now_s();
    for (order, waybill) in [(same, "SF3000000001"), (other, "SF3000000009")] {
        let parcel = ParcelRequest {
            delivery_id: "SF".to_owned(),
            waybill_id: waybill.to_owned(),
            deliver_type: 1,
            product_infos: goods(order),
        };
        shop.world(|world| world.colleague_ships(now, id(order), &[parcel])).expect("a colleague ships");
    }
    assert_done(&shop.command(whole(same, "sf3000000001")).await, &["already_there"]);
    let outcome = shop.command(whole(other, "SF3000000002")).await;
    assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"refused".into(), &"already_shipped".into()));
    assert_eq!([same, other].map(|order| shop.books().deliveries_of(id(order))), [1, 1]);

    let noted = &orders[2];
    shop.world(|world| world.colleague_notes(now, id(noted), "同事写的")).expect("a note");
    let outcome = shop.command(note(noted, "我写的")).await;
    assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"refused".into(), &"note_changed".into()));
    assert_eq!(shop.books().order(id(noted)).expect("there").merchant_note, "同事写的");
    shop.close().await;
}

#[tokio::test]
async fn refusals_keep_their_reason() {
    let shop = shop().await;
    let orders = to_ship(&shop).await;
    let mut unknown_carrier = whole(&orders[0], "SF4000000001");
    if let Command::Ship(ship) = &mut unknown_carrier {
        ship.parcels[0].carrier = "PIGEON".into();
    }
    let twice = orders.iter().find(|order| order.lines[0].quantity > 1).expect("two pieces of a line");
    let now = shop.now_s();
    shop.world(|world| {
        let switches = Switches { living: false, refuse_repeated_shipment: true, ..Switches::default() };
        world.set_switches(now, switches);
    });
    let cases = [
        (unknown_carrier, "bad_carrier", 606_004),
        (whole(&orders[1], "SF-1"), "bad_waybill", 6_060_479),
        (several(twice, "SF4000000002"), "repeated_shipment", 109_001),
    ];
    for (command, reason, code) in cases {
        let outcome = shop.command(command).await;
        assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"refused".into(), &reason.into()), "{outcome}");
        assert_eq!(outcome["platform_code"], code);
    }
    assert!(shop.books().effects.is_empty(), "nothing of it took effect");
    shop.close().await;
}

#[tokio::test]
async fn virtual_goods_are_delivered_whole_and_without_a_parcel() {
    let shop = shop().await;
    let now = shop.now_s();
    let card = Pick::named("电子礼品卡", "100元", 2).expect("the shop sells cards");
    let bought = shop.world(|world| {
        let bought = world.buyer_orders(now, &Basket { picks: vec![card], ..Basket::default() });
        world.buyer_pays(now, bought).map(|()| bought)
    });
    assert!(shop.sweep().await);
    let order = &shop.order(bought.expect("it was unpaid")).await.expect("the relay has it");
    assert!(order.status == 20 && order.deliver_method != 0, "a card travels without a parcel");

    let outcome = shop.command(whole(order, "SF5000000001")).await;
    assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"refused".into(), &"virtual".into()));
    assert_eq!(shop.calls(SEND), 0, "the relay knows that by itself");

    let Command::Ship(mut bare) = whole(order, "") else { unreachable!("it ships") };
    bare.parcels[0].carrier = "".into();
    assert_done(&shop.command(Command::Ship(bare)).await, &["acknowledged"]);
    let books = shop.books();
    let parcels = &books.order(id(order)).expect("there").parcels;
    assert_eq!((parcels.len(), parcels[0].waybill.as_str()), (1, ""));
    assert_eq!(shop.order(id(order)).await.expect("known").status, 30);
    shop.close().await;
}

#[tokio::test]
async fn what_nobody_knows_yet_is_carried_and_what_cannot_be_read_keeps_its_last_good_state() {
    let shop = shop().await;
    let order = to_ship(&shop).await.remove(0);
    let now = shop.now_s();
    let faults = shop.sandbox.faults();
    let touch = |text: &'static str| {
        shop.world(|world| world.colleague_notes(now, id(&order), text)).expect("a note");
    };

    faults.add(Fault::always(FaultKind::UnknownEnums, GET)).expect("a fault");
    faults.add(Fault::always(FaultKind::ExtraFields, GET)).expect("a fault");
    touch("一");
    until("the order with news arrives", || async {
        shop.sweep().await && shop.order(id(&order)).await.is_some_and(|order| order.status == 77)
    })
    .await;
    let odd = shop.order(id(&order)).await.expect("known");
    assert_eq!((odd.scene, odd.payment_method, odd.merchant_note.as_str()), (99, 88, "一"));
    assert_eq!(odd.extra["brand_new_field"]["since"], "2027");
    assert_eq!(odd.lines, order.lines);

    faults.clear();
    faults.add(Fault::always(FaultKind::BadShape, GET)).expect("a fault");
    touch("二");
    shop.sweep().await;
    assert_eq!(shop.order(id(&order)).await, Some(odd), "its last good state");

    faults.clear();
    until("it can be read again", || async {
        shop.sweep().await && shop.order(id(&order)).await.is_some_and(|order| order.merchant_note == "二")
    })
    .await;
    assert_eq!(shop.order(id(&order)).await.expect("known").status, 20);
    shop.close().await;
}
