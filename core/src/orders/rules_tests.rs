use proptest::prelude::*;
use shopkeeper_protocol::{AddressRequest, Note, OrderLine, Parcel, ParcelItem, Ship, ShipParcel};

use super::*;
use crate::deadlines::Basis;
use crate::ids::CommandId;
use crate::orders::lines::{queued, standings};

pub(in crate::orders) const HOUR: i64 = 3_600_000;

pub(in crate::orders) fn key() -> OrderKey {
    OrderKey::from("wx:1")
}

pub(in crate::orders) fn line(sku: &str, quantity: u32) -> OrderLine {
    OrderLine { product: "p".into(), sku: sku.into(), title: format!("茶 {sku}"), quantity, ..OrderLine::default() }
}

pub(in crate::orders) fn item(sku: &str, quantity: u32) -> ParcelItem {
    ParcelItem { product: "p".into(), sku: sku.into(), quantity }
}

pub(in crate::orders) fn parcel(waybill: &str, at: i64, items: &[ParcelItem]) -> Parcel {
    Parcel { carrier: "SF".into(), waybill: waybill.into(), shipped_at: at, items: items.to_vec(), ..Parcel::default() }
}

pub(in crate::orders) fn paid(status: i64, lines: Vec<OrderLine>) -> Order {
    Order { status, created_at: HOUR, paid_at: Some(2 * HOUR), lines, ..Order::default() }
}

/// A command of this order; `n` is its place in the lane.
pub(in crate::orders) fn command(n: u8, command: Command, state: CommandState) -> CommandRow {
    CommandRow {
        id: CommandId::from_bytes([n; 16]),
        order: key(),
        number: "1".into(),
        place: i64::from(n),
        command,
        body: String::new(),
        state,
        due: None,
        not_before: Instant::EPOCH,
        created_at: Instant::from_ms(3 * HOUR + i64::from(n)),
        attempts: 0,
        first_incarnation: String::new(),
    }
}

pub(in crate::orders) fn ship(n: u8, waybill: &str, items: &[ParcelItem], state: CommandState) -> CommandRow {
    let parcel = ShipParcel { carrier: "SF".into(), waybill: waybill.into(), items: items.to_vec() };
    let ship = Ship { order: key(), parcels: vec![parcel], expected: shopkeeper_protocol::ShipPrecondition::default() };
    command(n, Command::Ship(ship), state)
}

pub(in crate::orders) fn note(n: u8, text: &str, state: CommandState) -> CommandRow {
    command(n, Command::Note(Note { order: key(), text: text.into(), base: String::new() }), state)
}

pub(in crate::orders) fn version(seq: i64) -> Version {
    Version { generation: 1, seq }
}

pub(in crate::orders) fn refused(code: &str) -> CommandState {
    CommandState::NeedsAction { reason: ReasonCode::from(code), platform_code: None }
}

fn look(order: &Order) -> OrderFacts {
    facts(Rulebook::builtin(), &key(), order)
}

#[test]
fn an_order_to_ship_is_counted_and_has_the_promise_as_its_deadline() {
    let facts = look(&paid(20, vec![line("a", 2), line("b", 1)]));
    assert_eq!((facts.phase, facts.open, facts.to_ship, facts.hurryable), (Phase::ToShip, true, true, true));
    assert_eq!((facts.unshipped_pieces, facts.recorded), (3, Recorded::None));
    assert_eq!(facts.ship_by, Some(ShipBy { at: Instant::from_ms(50 * HOUR), basis: Basis::Rulebook }));
}

#[test]
fn the_earliest_deadline_is_of_a_line_that_can_still_be_shipped() {
    let mut order = paid(21, vec![line("a", 1), line("b", 1), line("c", 1), line("d", 1)]);
    for (line, at) in order.lines.iter_mut().zip([10, 20, 30, 40]) {
        line.ship_by = Some(at);
    }
    order.parcels.push(parcel("SF1", 5, &[item("a", 1)]));
    order.lines[1].after_sale_open = 1;
    let facts = look(&order);
    assert_eq!(facts.ship_by, Some(ShipBy { at: Instant::from_ms(30), basis: Basis::Source }));
    assert_eq!((facts.unshipped_pieces, facts.recorded, facts.part_shipped), (3, Recorded::Some, true));
    assert_eq!(facts.last_action_at, Some(Instant::from_ms(5)));
}

#[test]
fn what_is_held_by_an_after_sale_is_not_to_ship() {
    let mut order = paid(20, vec![line("a", 2)]);
    order.lines[0].after_sale_open = 2;
    let facts = look(&order);
    assert_eq!((facts.to_ship, facts.after_sale_open, facts.ship_by), (false, true, None));
    assert_eq!((facts.unshipped_pieces, facts.hurryable), (2, true));
    order.lines[0].after_sale_open = 1;
    assert!(look(&order).to_ship);
}

#[test]
fn a_code_that_nobody_knows_is_open_and_asks_for_nothing() {
    let facts = look(&paid(60, vec![line("a", 1)]));
    assert_eq!((facts.phase, facts.open, facts.to_ship, facts.ship_by), (Phase::Unknown, true, false, None));
    assert_eq!((facts.unshipped_pieces, facts.hurryable), (0, false));
}

#[test]
fn a_closed_order_asks_for_nothing() {
    for status in [100, 190, 200, 250] {
        let facts = look(&paid(status, vec![line("a", 1)]));
        assert_eq!((facts.open, facts.to_ship, facts.unshipped_pieces, facts.ship_by), (false, false, 0, None));
    }
}

#[test]
fn a_hurrying_counts_until_the_shop_acts() {
    let mut order = paid(20, vec![line("a", 2)]);
    let hurried = |order: &Order, at| is_hurried(&look(order), Some(Instant::from_ms(at)));
    assert!(hurried(&order, 7));
    order.status = 21;
    order.parcels.push(parcel("SF1", 7, &[item("a", 1)]));
    assert!(!hurried(&order, 7));
    assert!(hurried(&order, 8));
    order.status = 30;
    assert!(!hurried(&order, 8));
    assert!(!is_hurried(&look(&order), None));
}

#[test]
fn a_refund_of_what_had_left_does_not_hide_what_is_left() {
    let mut order = paid(21, vec![line("a", 2)]);
    order.parcels.push(parcel("SF1", 5, &[item("a", 1)]));
    order.lines[0].after_sale_done = 1;
    // The status says that something is to be shipped: the refund was about the piece that had left.
    assert!(look(&order).to_ship);
    // With another line to ship the status says nothing about this one.
    order.lines.push(line("b", 1));
    let lines = standings(Phase::PartShipped, &order, &[]);
    assert_eq!((lines[0].remaining, lines[0].refunded, lines[1].remaining), (0, 1, 1));
}

#[test]
fn shipping_says_the_worst_first() {
    let order = version(5);
    let say = |states: &[CommandState]| {
        let rows: Vec<_> = (1..).zip(states).map(|(n, state)| ship(n, "SF1", &[item("a", 1)], state.clone())).collect();
        shipping(Recorded::None, 2, &rows, order)
    };
    let unknown = CommandState::Unknown { reason: ReasonCode::from("answer_lost") };
    let held = CommandState::Held { reason: ReasonCode::from("switched_off") };
    let done = |seq| CommandState::Done { seen: version(seq) };
    assert_eq!(say(&[]), Shipping::None);
    for state in [CommandState::Waiting, CommandState::Sending, CommandState::Accepted, held] {
        assert_eq!(say(&[state]), Shipping::Saved);
    }
    assert_eq!(say(&[CommandState::Waiting, CommandState::Checking]), Shipping::Checking);
    let reason = ReasonCode::from("answer_lost");
    assert_eq!(say(&[CommandState::Checking, unknown, refused("other")]), Shipping::NeedsAction { reason });
    assert_eq!(say(&[CommandState::Withdrawn]), Shipping::None);
    // The platform has it, and the cache does not show it yet.
    assert_eq!(say(&[done(6)]), Shipping::Recorded { all: false });
    assert_eq!(say(&[done(6), done(7)]), Shipping::Recorded { all: true });
    // The cache shows it: only the facts speak.
    assert_eq!(say(&[done(5)]), Shipping::None);
    assert_eq!(shipping(Recorded::All, 0, [], order), Shipping::Recorded { all: true });
}

#[test]
fn work_is_what_is_not_done() {
    let rows = [
        ship(1, "SF1", &[], CommandState::Waiting),
        note(2, "x", CommandState::Held { reason: ReasonCode::from("switched_off") }),
        note(3, "x", CommandState::Checking),
        note(4, "x", refused("note_changed")),
        note(5, "x", CommandState::Unknown { reason: ReasonCode::from("answer_lost") }),
        note(6, "x", CommandState::Done { seen: version(1) }),
        note(7, "x", CommandState::Withdrawn),
    ];
    assert_eq!(work(&rows), Work { pending: 2, unknown: 1, needs_action: 2 });
}

#[test]
fn the_newest_queued_note_is_on_top_until_it_is_refused() {
    let rows = |second| [note(1, "一", CommandState::Accepted), note(2, "二", second)];
    let top = |rows: &[CommandRow]| note_on_top("旧", rows, version(5)).to_owned();
    assert_eq!(top(&rows(CommandState::Waiting)), "二");
    assert_eq!(top(&rows(refused("note_changed"))), "一");
    assert_eq!(top(&rows(CommandState::Done { seen: version(9) })), "二");
    assert_eq!(top(&rows(CommandState::Done { seen: version(5) })), "一");
    assert_eq!(top(&[]), "旧");
}

#[test]
fn why_not_says_what_stands_in_the_way() {
    let why = |order: &Order, rows: &[CommandRow]| {
        let phase = Rulebook::builtin().phase(&key(), order.status);
        cannot_ship(phase, order, &standings(phase, order, &queued(order, rows, version(1)))).map(|reason| reason.0)
    };
    let order = paid(20, vec![line("a", 2)]);
    assert_eq!(why(&order, &[]), None);
    for (status, code) in [
        (10, "unpaid"),
        (12, "waiting"),
        (30, "all_shipped"),
        (100, "all_shipped"),
        (200, "closed"),
        (77, "status_unknown"),
    ] {
        assert_eq!(why(&Order { status, ..order.clone() }, &[]).as_deref(), Some(code));
    }
    let all = [ship(1, "SF1", &[item("a", 2)], CommandState::Waiting)];
    assert_eq!(why(&order, &all).as_deref(), Some("already_saved"));
    // A refused one gives its pieces back; one whose fate is unknown does not.
    assert_eq!(why(&order, &[ship(1, "SF1", &[item("a", 2)], refused("bad_waybill"))]), None);
    let unknown = CommandState::Unknown { reason: ReasonCode::from("answer_lost") };
    assert_eq!(why(&order, &[ship(1, "SF1", &[item("a", 2)], unknown)]).as_deref(), Some("already_saved"));
    let asked =
        Order { address_request: Some(AddressRequest { asked_at: 1, ..AddressRequest::default() }), ..order.clone() };
    assert_eq!(why(&asked, &[]).as_deref(), Some("address_request_pending"));
    assert_eq!(why(&Order { open_after_sales: 1, ..order.clone() }, &[]).as_deref(), Some("after_sale_open"));
    assert_eq!(why(&Order { deliver_method: 1, ..order.clone() }, &[]).as_deref(), Some("virtual"));
    assert_eq!(why(&paid(20, vec![]), &[]).as_deref(), Some("all_shipped"));
}

#[test]
fn a_parcel_is_counted_once_while_its_outcome_is_younger_than_its_order() {
    let mut order = paid(21, vec![line("a", 3)]);
    order.parcels.push(parcel("sf 1", 5, &[item("a", 1)]));
    let rows = [
        ship(1, "SF1", &[item("a", 1)], CommandState::Accepted),
        ship(2, "SF2", &[item("a", 1)], CommandState::Waiting),
    ];
    let lines = standings(Phase::PartShipped, &order, &queued(&order, &rows, version(1)));
    assert_eq!((lines[0].shipped, lines[0].saved, lines[0].remaining), (1, 1, 1));
}

pub(in crate::orders) fn any_order() -> impl Strategy<Value = Order> {
    let sku = || prop::sample::select(vec!["a", "b", "c"]);
    let amount = || prop_oneof![4 => 0..5_u32, 1 => Just(u32::MAX)];
    let one_line = (sku(), amount(), amount(), amount(), prop::option::of(any::<i64>())).prop_map(
        |(sku, quantity, after_sale_open, after_sale_done, ship_by)| OrderLine {
            after_sale_open,
            after_sale_done,
            ship_by,
            ..line(sku, quantity)
        },
    );
    let items = prop::collection::vec((sku(), amount()).prop_map(|(sku, quantity)| item(sku, quantity)), 0..4);
    let parcels = prop::collection::vec((items, 0..4_u8, any::<i64>()), 0..4);
    let status = prop::sample::select(vec![10, 20, 20, 21, 21, 30, 100, 200, 60]);
    (status, prop::collection::vec(one_line, 0..5), parcels, any::<Option<i64>>(), -1..2_i64).prop_map(
        |(status, lines, parcels, paid_at, open_after_sales)| Order {
            paid_at,
            open_after_sales,
            parcels: parcels.iter().map(|(items, n, at)| parcel(&format!("SF000{n}"), *at, items)).collect(),
            ..paid(status, lines)
        },
    )
}

pub(in crate::orders) fn any_rows() -> impl Strategy<Value = Vec<CommandRow>> {
    let state = prop::sample::select(vec![
        CommandState::Waiting,
        CommandState::Accepted,
        CommandState::Checking,
        refused("bad_waybill"),
        CommandState::Unknown { reason: ReasonCode::from("answer_lost") },
        CommandState::Done { seen: version(4) },
        CommandState::Done { seen: version(6) },
        CommandState::Withdrawn,
    ]);
    let one = (state, 0..6_u8, prop::sample::select(vec!["a", "b", "z"]), prop_oneof![0..4_u32, Just(u32::MAX)]);
    prop::collection::vec(one, 0..5).prop_map(|rows| {
        let row = |(n, (state, waybill, sku, pieces)): (u8, (CommandState, u8, &str, u32))| {
            ship(n, &format!("SF000{waybill}"), &[item(sku, pieces)], state)
        };
        (1..).zip(rows).map(row).collect()
    })
}

proptest! {
    /// Every piece is in exactly one place, whatever the source and the queue say.
    #[test]
    fn the_pieces_of_a_line_sum_to_its_quantity(order in any_order(), rows in any_rows()) {
        let phase = Rulebook::builtin().phase(&key(), order.status);
        for (line, standing) in order.lines.iter().zip(standings(phase, &order, &queued(&order, &rows, version(5)))) {
            let places = [standing.shipped, standing.refunded, standing.held, standing.saved, standing.remaining];
            prop_assert_eq!(places.iter().map(|n| u64::from(*n)).sum::<u64>(), u64::from(line.quantity));
        }
    }

    /// What waits on the phone only ever takes away from what can be shipped, and the facts do not see it.
    #[test]
    fn more_in_the_queue_is_never_more_to_ship(order in any_order(), rows in any_rows()) {
        let phase = Rulebook::builtin().phase(&key(), order.status);
        let remaining = |rows: &[CommandRow]| {
            let lines = standings(phase, &order, &queued(&order, rows, version(5)));
            lines.iter().map(|line| u64::from(line.remaining)).sum::<u64>()
        };
        prop_assert!(remaining(&rows) <= remaining(&[]));
        let facts = look(&order);
        prop_assert_eq!(facts.to_ship, is_shipping(phase) && remaining(&[]) > 0);
        prop_assert!(facts.ship_by.is_none() || facts.to_ship);
        prop_assert!(!facts.to_ship || facts.unshipped_pieces > 0);
    }
}
