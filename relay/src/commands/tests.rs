//! What a command means on an order, case by case. Whole commands, with losses on the way, are tried against the pretend platform.

use shopkeeper_protocol::{
    AcceptAfterSale, AfterSale, AfterSalePrecondition, Agreement, Command, Note, Order, OrderLine, Parcel, ParcelItem,
    Refund, RejectAfterSale, Ship, ShipParcel, ShipPrecondition, reason,
};

use super::rules::{Judgement, Seen, judge};
use crate::platform::Standing;
use crate::wanted::Wanted;

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
    says_of(command, &Order { buyer: at_home, ..order.clone() })
}

fn says_of(command: &Command, order: &Order) -> Judgement {
    let shippable = [20, 21].contains(&order.status);
    judge(&command.clone().into(), Seen::Order { order, shippable }).unwrap()
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
    assert_eq!(says_of(&parcel, &order()), never(reason::ADDRESS_CHANGED));
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

fn case(status: &str, updated_at: i64) -> AfterSale {
    let refund = Refund { amount: 500, ..Refund::default() };
    AfterSale { status: status.to_owned(), wanted: "RETURN".to_owned(), updated_at, refund, ..AfterSale::default() }
}

fn expected(status: &str) -> AfterSalePrecondition {
    AfterSalePrecondition { status: status.to_owned(), wanted: "RETURN".to_owned(), amount: 500, updated_at: 7 }
}

fn accept(agree: Agreement, status: &str) -> Wanted {
    let (after_sale, expected) = ("wx:aftersale:1".into(), expected(status));
    Wanted::AcceptAfterSale(AcceptAfterSale { after_sale, agree, return_address: None, expected })
}

fn reject(status: &str) -> Wanted {
    let (after_sale, expected) = ("wx:aftersale:1".into(), expected(status));
    Wanted::RejectAfterSale(RejectAfterSale {
        after_sale,
        reason: 3,
        text: String::new(),
        certificates: Vec::new(),
        expected,
    })
}

fn of_case(wanted: &Wanted, case: &AfterSale, standing: Standing) -> Judgement {
    judge(wanted, Seen::AfterSale { case, standing }).unwrap()
}

fn moved(reason: &str, settled: bool) -> Judgement {
    Judgement::Never { reason: reason.into(), settled }
}

#[test]
fn a_case_is_decided_as_the_merchant_saw_it_and_not_otherwise() {
    let seen = case("ASKED", 7);
    let wants = [accept(Agreement::Return, "ASKED"), accept(Agreement::Refund, "ASKED"), reject("ASKED")];
    for wanted in &wants {
        assert_eq!(of_case(wanted, &seen, Standing::Asked), Judgement::Ready { guarded: true });
        let others = [
            case("ASKED", 8),
            AfterSale { wanted: "REFUND".to_owned(), ..seen.clone() },
            AfterSale { refund: Refund { amount: 501, ..Refund::default() }, ..seen.clone() },
        ];
        for other in others {
            let changed = moved(reason::AFTER_SALE_CHANGED, true);
            assert_eq!(of_case(wanted, &other, Standing::Asked), changed, "{other:?}");
        }
        let elsewhere = of_case(wanted, &case("NEGOTIATED", 8), Standing::Elsewhere);
        assert_eq!(elsewhere, moved(reason::AFTER_SALE_MOVED_ON, true));
        assert_eq!(judge(wanted, Seen::Order { order: &order(), shippable: true }), None);
    }
}

#[test]
fn an_agreement_shows_in_where_the_case_stands() {
    let says = |agree, standing| of_case(&accept(agree, "ASKED"), &case("LATER", 8), standing);
    for standing in [Standing::ReturnAgreed, Standing::GoodsBack, Standing::Replaced, Standing::Refunding] {
        assert_eq!(says(Agreement::Return, standing), Judgement::There);
    }
    assert_eq!(says(Agreement::Refund, Standing::Refunding), Judgement::There);
    assert_eq!(says(Agreement::Refund, Standing::RefundFailed), Judgement::There, "it set out");
    // A return that was agreed to is no refund.
    for standing in [Standing::ReturnAgreed, Standing::GoodsBack, Standing::RefundOverdue] {
        assert_eq!(says(Agreement::Refund, standing), moved(reason::AFTER_SALE_MOVED_ON, true));
    }
    assert_eq!(says(Agreement::Return, Standing::Over), moved(reason::AFTER_SALE_MOVED_ON, false));
    assert_eq!(says(Agreement::Refund, Standing::Over), moved(reason::AFTER_SALE_MOVED_ON, true));
    assert_eq!(says(Agreement::Refund, Standing::Disputed), moved(reason::DISPUTE_OPEN, true));
    // Tried again and failed again: nobody can tell whose try it was.
    let again = of_case(&accept(Agreement::Refund, "FAILED"), &case("FAILED", 8), Standing::RefundFailed);
    assert_eq!(again, moved(reason::AFTER_SALE_CHANGED, false));
}

#[test]
fn a_refusal_shows_until_somebody_overrules_it() {
    let says = |case: &AfterSale, standing| of_case(&reject("ASKED"), case, standing);
    let bare = case("LATER", 8);
    let told = AfterSale { rejection: "不符".to_owned(), ..bare.clone() };
    assert_eq!(says(&bare, Standing::Rejected), Judgement::There);
    assert_eq!(says(&told, Standing::Disputed), Judgement::There);
    for standing in [Standing::Over, Standing::Refunding] {
        assert_eq!(says(&told, standing), moved(reason::AFTER_SALE_MOVED_ON, false));
        assert_eq!(says(&bare, standing), moved(reason::AFTER_SALE_MOVED_ON, true));
    }
    assert_eq!(says(&bare, Standing::ReturnAgreed), moved(reason::AFTER_SALE_MOVED_ON, true));
}
