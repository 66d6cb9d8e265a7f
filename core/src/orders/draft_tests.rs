use proptest::prelude::*;
use shopkeeper_protocol::{AddressRequest, Buyer};

use super::super::rules::tests::{
    any_order, any_rows, item, key, line, paid, parcel, refused, ship as queued_ship, version,
};
use super::*;
use crate::store::outbox::CommandState;

fn carriers() -> Vec<Carrier> {
    ["SF", "ZTO", "YTO"].map(|code| Carrier { code: CarrierCode::from(code), name: code.to_owned() }).to_vec()
}

fn one(waybill: &str, items: Option<&[(usize, u32)]>) -> ParcelDraft {
    ParcelDraft { carrier: None, waybill: waybill.to_owned(), items: items.map(<[_]>::to_vec) }
}

fn make(order: &Order, rows: &[CommandRow], parcels: &[ParcelDraft]) -> Result<Ship, String> {
    let carriers = carriers();
    let key = key();
    let against = Against { rulebook: Rulebook::builtin(), key: &key, order, cached: version(5), carriers: &carriers };
    ship(&ShipDraft { parcels: parcels.to_vec() }, &against, rows).map_err(|error| match error {
        CoreError::NotPossible(reason) => reason.0,
        other => panic!("{other:?}"),
    })
}

fn order() -> Order {
    let buyer = Buyer { address_hash: "here".into(), ..Buyer::default() };
    Order { buyer, ..paid(20, vec![line("a", 2), line("b", 1)]) }
}

#[test]
fn the_carrier_is_guessed_from_what_was_typed() {
    assert_eq!(guess_carrier(" sf１409 2283 6633"), guess_carrier("SF140922836633"));
    assert_eq!(guess_carrier("SF140922836633"), Some("SF"));
    assert_eq!(guess_carrier(""), None);
}

#[test]
fn one_parcel_takes_everything_and_says_what_was_seen() {
    let ship = make(&order(), &[], &[one(" ｓｆ１２３４５６７８９０ ", None)]).unwrap();
    let parcel = &ship.parcels[0];
    assert_eq!((parcel.waybill.as_str(), parcel.carrier.as_str()), ("SF1234567890", "SF"));
    assert_eq!(parcel.items, [item("a", 2), item("b", 1)]);
    assert_eq!(ship.expected.status, 20);
    assert_eq!(ship.expected.remaining, [item("a", 2), item("b", 1)]);
    assert_eq!(ship.expected.address_hash, "here");
}

#[test]
fn what_waits_on_the_phone_is_taken_off() {
    let waiting = [queued_ship(1, "SF0000001", &[item("a", 1)], CommandState::Waiting)];
    let ship = make(&order(), &waiting, &[one("SF0000002", None)]).unwrap();
    assert_eq!(ship.parcels[0].items, [item("a", 1), item("b", 1)]);
    assert_eq!(ship.expected.remaining, [item("a", 1), item("b", 1)]);
    assert_eq!(make(&order(), &waiting, &[one("SF0000002", Some(&[(0, 2)]))]), Err("too_many".into()));
    assert_eq!(make(&order(), &waiting, &[one("sf-0000001", None), one("x", None)]), Err("no_lines".into()));
    assert_eq!(make(&order(), &waiting, &[one("sf 0000001", None)]), Err("duplicate_waybill".into()));
    // A refused one has neither its pieces nor its waybill any more.
    let gone = [queued_ship(1, "SF0000001", &[item("a", 2)], refused("bad_waybill"))];
    assert!(make(&order(), &gone, &[one("SF0000001", None)]).is_ok());
}

#[test]
fn parcels_of_one_draft_share_what_is_left() {
    let two =
        |a, b| make(&order(), &[], &[one("SF0000001", Some(&[(0, a)])), one("SF0000002", Some(&[(0, b), (1, 1)]))]);
    let ship = two(1, 1).unwrap();
    assert_eq!(ship.parcels[1].items, [item("a", 1), item("b", 1)]);
    assert_eq!(ship.expected.remaining, [item("a", 2), item("b", 1)]);
    assert_eq!(two(2, 1), Err("too_many".into()));
    assert_eq!(two(0, 1), Err("zero_quantity".into()));
}

#[test]
fn a_draft_says_what_is_wrong_with_it() {
    let sf = "SF0000001";
    for (parcels, code) in [
        (vec![], "no_lines"),
        (vec![one(sf, Some(&[]))], "no_lines"),
        (vec![one(sf, None), one("SF0000002", None)], "no_lines"),
        (vec![one(sf, Some(&[(2, 1)]))], "line_unknown"),
        (vec![one(sf, Some(&[(0, u32::MAX)]))], "too_many"),
        (vec![one(sf, Some(&[(0, 1), (0, 1), (0, 1)]))], "too_many"),
        (vec![one(" \u{200B}", None)], "waybill_empty"),
        (vec![one("SF00_0001", None)], "waybill_format"),
        (vec![one("单号123456", None)], "waybill_format"),
        (vec![one("SF001", None)], "waybill_length"),
        (vec![one("SF1------", None)], "waybill_length"),
        (vec![one(&"1".repeat(33), None)], "waybill_length"),
        (vec![one("SF140922836617 SF140922836625", None)], "waybill_two"),
        (vec![one("7513001122\t4411223344", None)], "waybill_two"),
        (vec![one("SF140922836617SF140922836617", None)], "waybill_two"),
        (vec![one("two boxes please", None)], "waybill_digits"),
        (vec![one("BOX-A-12", None)], "waybill_digits"),
        (vec![one(sf, Some(&[(0, 1)])), one("ｓｆ0000001", Some(&[(1, 1)]))], "duplicate_waybill"),
        (vec![ParcelDraft { carrier: Some("XX".into()), ..one(sf, None) }], "bad_carrier"),
    ] {
        assert_eq!(make(&order(), &[], &parcels), Err(code.to_owned()), "{parcels:?}");
    }
    let asked = AddressRequest { asked_at: 1, ..AddressRequest::default() };
    let asked = Order { address_request: Some(asked), ..order() };
    assert_eq!(make(&asked, &[], &[one("", None)]), Err("address_request_pending".into()));
}

#[test]
fn the_carrier_is_what_was_chosen_or_looks_like_it() {
    let carrier = |typed: Option<&str>, waybill: &str| {
        let parcel = ParcelDraft { carrier: typed.map(str::to_owned), ..one(waybill, None) };
        make(&order(), &[], &[parcel]).unwrap().parcels[0].carrier.0.clone()
    };
    assert_eq!(carrier(None, "YT1234567890123"), "YTO");
    assert_eq!(carrier(Some("ZTO"), "YT1234567890123"), "ZTO");
    assert_eq!(carrier(Some(" "), "YT1234567890123"), "YTO");
    assert_eq!(carrier(Some("OTHER"), "YT1234567890123"), "OTHER");
    assert_eq!(carrier(None, "ABC123456"), "OTHER");
    // Looks like a carrier that the platform does not have.
    assert_eq!(carrier(None, "JT1234567890123"), "OTHER");
}

#[test]
fn lines_of_one_sku_are_one_to_the_platform() {
    let twins = paid(20, vec![line("a", 1), line("b", 1), line("a", 2)]);
    let ship = make(&twins, &[], &[one("SF0000001", None)]).unwrap();
    assert_eq!(ship.parcels[0].items, [item("a", 3), item("b", 1)]);
    let ship = make(&twins, &[], &[one("SF0000001", Some(&[(0, 3)]))]).unwrap();
    assert_eq!(ship.parcels[0].items, [item("a", 3)]);
    assert_eq!(make(&twins, &[], &[one("SF0000001", Some(&[(0, 4)]))]), Err("too_many".into()));
}

#[test]
fn a_second_try_is_the_same_parcels_on_todays_facts() {
    let first = make(&order(), &[], &[one("SF0000001", Some(&[(0, 1)]))]).unwrap();
    let mut today = order();
    today.status = 21;
    today.parcels.push(parcel("SF0000009", 5, &[item("a", 1)]));
    let again = |order: &Order| {
        let (key, rulebook) = (key(), Rulebook::builtin());
        renewed(&first, &Against { rulebook, key: &key, order, cached: version(5), carriers: &[] }, [])
    };
    let second = again(&today).unwrap();
    assert_eq!(second.parcels, first.parcels);
    assert_eq!((second.expected.status, second.expected.remaining), (21, vec![item("a", 1), item("b", 1)]));
    today.parcels[0].items[0].quantity = 2;
    let reason = |order: &Order| again(order).unwrap_err();
    assert_eq!(reason(&today), CoreError::NotPossible(ReasonCode::from("too_many")));
    today.lines.remove(0);
    assert_eq!(reason(&today), CoreError::NotPossible(ReasonCode::from("line_unknown")));
}

#[test]
fn waybills_known_from_elsewhere_are_found_in_any_writing() {
    let ship = make(&order(), &[], &[one("SF0000001", None)]).unwrap();
    assert_eq!(duplicate(&ship, ["SF0000002", "sf 0000001"]).map(|parcel| parcel.waybill.as_str()), Some("SF0000001"));
    assert_eq!(duplicate(&ship, ["SF0000002"]), None);
}

#[test]
fn dashes_and_invisible_characters_fold() {
    assert_eq!(fold_waybill("\u{FEFF}jdva１２３—1–2−3　"), "JDVA123-1-2-3");
    assert_eq!(fold_waybill(&fold_waybill("ｊｄ－１")), "JD-1");
}

proptest! {
    /// Whatever is drafted, against whatever order and queue: what comes out ships no piece that is not there, and every parcel has a
    /// waybill of its own and something in it.
    #[test]
    fn a_command_never_ships_what_is_not_there(
        order in any_order(),
        rows in any_rows(),
        parcels in prop::collection::vec(("SF000[0-9]{3}", prop::option::of(prop::collection::vec((0..5_usize, 0..4_u32), 0..3))), 0..3),
    ) {
        let drafts: Vec<_> = parcels.iter().map(|(waybill, items)| one(waybill, items.as_deref())).collect();
        if let Ok(ship) = make(&order, &rows, &drafts) {
            prop_assert_eq!(ship.parcels.len(), drafts.len());
            for sku in ["a", "b", "c"] {
                let pieces = |items: &[ParcelItem]| items.iter().filter(|item| item.sku == sku).map(|item| u64::from(item.quantity)).sum::<u64>();
                let shipped: u64 = ship.parcels.iter().map(|parcel| pieces(&parcel.items)).sum();
                prop_assert!(shipped <= pieces(&ship.expected.remaining));
            }
            for parcel in &ship.parcels {
                prop_assert!(parcel.items.iter().any(|item| item.quantity > 0));
                prop_assert_eq!(ship.parcels.iter().filter(|other| other.waybill == parcel.waybill).count(), 1);
            }
        }
    }

    #[test]
    fn folding_is_stable_and_never_panics(typed: String) {
        let folded = fold_waybill(&typed);
        prop_assert_eq!(fold_waybill(&folded), folded.clone());
        if let Ok(checked) = checked_waybill(Rulebook::builtin(), &typed) {
            prop_assert_eq!(checked, folded);
        }
    }
}
