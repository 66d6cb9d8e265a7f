//! What a command means on an order, case by case. Whole commands, with losses on the way, are tried against the pretend platform.

use shopkeeper_protocol::{
    Command, Note, Order, OrderLine, Parcel, ParcelItem, Ship, ShipParcel, ShipPrecondition, reason,
};

use super::rules::{Judgement, judge};

fn item(sku: &str, quantity: u32) -> ParcelItem {
    ParcelItem { product: "p".to_owned(), sku: sku.to_owned(), quantity }
}

fn line(sku: &str, quantity: u32) -> OrderLine {
    OrderLine { product: "p".to_owned(), sku: sku.to_owned(), quantity, ..OrderLine::default() }
}

/// Three pieces of one SKU and one of another, nothing shipped.
fn order() -> Order {
    Order { status: 20, lines: vec![line("a", 3), line("b", 1)], ..Order::default() }
}

fn shipped(waybill: &str, items: Vec<ParcelItem>) -> Order {
    Order { parcels: vec![Parcel { waybill: waybill.to_owned(), items, ..Parcel::default() }], ..order() }
}

fn ship(waybill: &str, items: Vec<ParcelItem>) -> Command {
    let carrier = if waybill.is_empty() { "" } else { "SF" };
    Command::Ship(Ship {
        order: "wx:1".into(),
        parcels: vec![ShipParcel { carrier: carrier.into(), waybill: waybill.to_owned(), items }],
        expected: ShipPrecondition { address_hash: "h".to_owned(), ..ShipPrecondition::default() },
    })
}

fn says(command: &Command, order: &Order) -> Judgement {
    let at_home = shopkeeper_protocol::Buyer { address_hash: "h".to_owned(), ..order.buyer.clone() };
    judge(command, &Order { buyer: at_home, ..order.clone() }, |status| [20, 21].contains(&status))
}

fn never(reason: &str) -> Judgement {
    Judgement::Never { reason: reason.into(), settled: true }
}

#[test]
fn a_part_that_would_fit_twice_is_not_guarded_and_all_of_it_is() {
    assert_eq!(says(&ship("SF1", vec![item("a", 1)]), &order()), Judgement::Ready { guarded: false });
    assert_eq!(says(&ship("SF1", vec![item("a", 2)]), &order()), Judgement::Ready { guarded: true });
    assert_eq!(says(&ship("SF1", vec![item("a", 1), item("b", 1)]), &order()), Judgement::Ready { guarded: true });
    assert_eq!(says(&ship("SF1", vec![item("a", 4)]), &order()), never(reason::LINES_CHANGED));
    assert_eq!(says(&ship("SF1", vec![item("c", 1)]), &order()), never(reason::LINES_CHANGED));
}

#[test]
fn what_is_on_record_is_there_however_its_waybill_is_written() {
    let whole = vec![item("a", 3), item("b", 1)];
    let gone = Order { status: 30, ..shipped("SF1", whole.clone()) };
    assert_eq!(says(&ship(" sf1", whole.clone()), &gone), Judgement::There);
    assert_eq!(says(&ship("SF2", whole), &gone), never(reason::ALREADY_SHIPPED));
    let part = Order { status: 21, ..shipped("SF1", vec![item("a", 1)]) };
    assert_eq!(says(&ship("SF1", vec![item("a", 1)]), &part), Judgement::There);
    assert_eq!(says(&ship("SF1", vec![item("a", 2)]), &part), Judgement::Ready { guarded: true });
    assert_eq!(says(&ship("SF2", vec![item("a", 3)]), &part), never(reason::LINES_CHANGED));
}

#[test]
fn goods_without_a_parcel_are_told_from_goods_with_one() {
    let card = Order { deliver_method: 3, ..order() };
    let whole = vec![item("a", 3), item("b", 1)];
    assert_eq!(says(&ship("", whole.clone()), &card), Judgement::Ready { guarded: true });
    assert_eq!(says(&ship("SF1", whole.clone()), &card), never(reason::VIRTUAL));
    assert_eq!(says(&ship("", whole.clone()), &order()), never(reason::VIRTUAL));
    let delivered = Order { status: 30, deliver_method: 3, ..shipped("", whole.clone()) };
    assert_eq!(says(&ship("", whole), &delivered), Judgement::There);
}

#[test]
fn what_a_buyer_wants_first_holds_the_parcel() {
    let parcel = ship("SF1", vec![item("a", 3)]);
    let asks = Order { address_request: Some(shopkeeper_protocol::AddressRequest::default()), ..order() };
    assert_eq!(says(&parcel, &asks), never(reason::ADDRESS_REQUEST_PENDING));
    assert_eq!(judge(&parcel, &order(), |_| true), never(reason::ADDRESS_CHANGED));
    let mut returns = order();
    returns.lines[0].after_sale_open = 1;
    assert_eq!(says(&parcel, &returns), never(reason::AFTER_SALE_OPEN));
    assert_eq!(says(&ship("SF1", vec![item("a", 2)]), &returns), Judgement::Ready { guarded: true });
    returns.lines[0].after_sale_open = 0;
    returns.lines[0].after_sale_done = 1;
    assert_eq!(says(&parcel, &returns), never(reason::LINES_CHANGED), "what is refunded is not shipped");
    assert_eq!(says(&parcel, &Order { status: 250, ..order() }), never(reason::STATE_CHANGED));
}

#[test]
fn a_note_is_written_over_the_one_that_was_seen_and_over_no_other() {
    let note = Command::Note(Note { order: "wx:1".into(), text: "new".to_owned(), base: "old".to_owned() });
    let noted = |text: &str| says(&note, &Order { merchant_note: text.to_owned(), ..order() });
    assert_eq!(noted("old"), Judgement::Ready { guarded: true });
    assert_eq!(noted("new "), Judgement::There);
    assert_eq!(noted("other"), Judgement::Never { reason: reason::NOTE_CHANGED.into(), settled: false });
}
