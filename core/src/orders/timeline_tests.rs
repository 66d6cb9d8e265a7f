use shopkeeper_protocol::AddressRequest;

use super::super::registers::Stamp;
use super::super::rules::tests::{HOUR, item, key, line, note, paid, parcel, refused, ship, version};
use super::*;
use crate::ids::{CommandId, DeviceId};
use crate::store::outbox::CommandState;

fn event(kind: &str, at: i64) -> OrderEvent {
    OrderEvent { order: key(), kind: kind.into(), at }
}

fn written<T>(n: u8, ms: i64, value: T) -> Written<T> {
    let stamp = Stamp { ms, counter: 0, device: DeviceId("phone".into()) };
    Written { stamp, op: CommandId::from_bytes([n; 16]), value }
}

fn told(order: &Order, events: &[OrderEvent], rows: &[CommandRow]) -> Vec<(i64, String, String, bool)> {
    let flags = [written(1, 4 * HOUR, Some(Flag::Red)), written(2, 5 * HOUR, None)];
    let notes = [written(3, 4 * HOUR, "多检查".to_owned())];
    let sources = Sources { order, cached: version(5), events, late: &[], flags: &flags, notes: &notes, rows };
    timeline(sources).into_iter().map(|entry| (entry.at.ms() / HOUR, entry.kind, entry.detail, entry.local)).collect()
}

#[test]
fn facts_of_all_sources_stand_in_one_line_of_time() {
    let mut order = paid(21, vec![line("a", 2)]);
    order.parcels.push(parcel("SF1", 6 * HOUR, &[item("a", 1)]));
    let rows = [
        ship(1, "SF1", &[item("a", 1)], CommandState::Accepted),
        ship(2, "SF2", &[item("a", 1)], CommandState::Waiting),
        note(3, "要红盒", refused("note_changed")),
        note(4, "不算", CommandState::Withdrawn),
        note(5, "到了", CommandState::Done { seen: version(5) }),
    ];
    let says = told(&order, &[event("hurry", 5 * HOUR), event("sku_request", HOUR)], &rows);
    let says: Vec<_> =
        says.iter().map(|(at, kind, detail, local)| (*at, kind.as_str(), detail.as_str(), *local)).collect();
    assert_eq!(
        says,
        [
            (1, "created", "", false),
            (1, "sku_request", "", false),
            (2, "paid", "", false),
            (3, "ship_saved", "SF2", true),
            (3, "note_saved", "要红盒", true),
            (4, "flag", "red", true),
            (4, "note", "多检查", true),
            (5, "hurry", "", false),
            (5, "flag_cleared", "", true),
            (6, "shipped", "SF1", false),
        ]
    );
}

#[test]
fn one_wish_told_twice_is_one_entry() {
    let asked = AddressRequest { asked_at: 7 * HOUR, ..AddressRequest::default() };
    let order = Order { address_request: Some(asked), ..paid(20, vec![]) };
    let wishes = |events: &[OrderEvent]| {
        told(&order, events, &[]).into_iter().filter(|(_, kind, ..)| kind == "address_request").count()
    };
    assert_eq!(wishes(&[]), 1);
    assert_eq!(wishes(&[event("address_request", 7 * HOUR + 900)]), 1);
    assert_eq!(wishes(&[event("address_request", 2 * HOUR)]), 2);
}

#[test]
fn what_came_late_says_when_it_was_heard() {
    let order = paid(21, vec![line("a", 2)]);
    let heard = Instant::from_ms(9 * HOUR);
    let fact = |kind: &str, at: i64| LateFact {
        kind: kind.into(),
        at: Instant::from_ms(at),
        detail: String::new(),
        heard_at: heard,
    };
    let events = [event("hurry", 5 * HOUR), event("hurry", 6 * HOUR), event("address_request", 7 * HOUR + 900)];
    let late = [fact("hurry", 5 * HOUR), fact("address_request", 7 * HOUR + 900), fact("paid", 2 * HOUR)];
    let said = |order: &Order| -> Vec<(i64, String)> {
        let sources =
            Sources { order, cached: version(5), events: &events, late: &late, flags: &[], notes: &[], rows: &[] };
        let entries = timeline(sources).into_iter().filter(|entry| entry.late == Some(heard));
        entries.map(|entry| (entry.at.ms() / HOUR, entry.kind)).collect()
    };
    assert_eq!(said(&order), [(2, "paid".into()), (5, "hurry".into()), (7, "address_request".into())]);
    // The order told the same wish in time.
    let asked = AddressRequest { asked_at: 7 * HOUR, ..AddressRequest::default() };
    let told = Order { address_request: Some(asked), ..order };
    assert_eq!(said(&told), [(2, "paid".into()), (5, "hurry".into())]);
}
