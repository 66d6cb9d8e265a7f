use super::super::registers::Stamp;
use super::super::rules::tests::{HOUR, item, key, line, paid, parcel, refused, ship, version};
use super::*;
use crate::ids::{CommandId, DeviceId, ReasonCode};
use crate::orders::{Access, Extent, FirstLoad, Freshness, LinkState, Shipping, Work};
use crate::store::outbox::CommandState;

fn row_of(order: &Order) -> OrderRow {
    OrderRow {
        key: key(),
        number: order.number.clone(),
        phase: Phase::PartShipped,
        status: order.status,
        created_at: Instant::EPOCH,
        paid_at: None,
        ship_by: None,
        buyer: String::new(),
        province: String::new(),
        city: String::new(),
        payable: Money::ZERO,
        lines: Vec::new(),
        more_lines: 0,
        buyer_note: String::new(),
        merchant_note: String::new(),
        flag: None,
        note: None,
        one_parcel: 0,
        hurried_at: None,
        address_requested: false,
        after_sale_open: false,
        gift: false,
        presale: false,
        shipping: Shipping::None,
        work: Work::default(),
        anchor: Anchor(String::new()),
    }
}

fn detail_of(order: Order, rows: Vec<CommandRow>) -> OrderDetail {
    let state = ListState {
        freshness: Freshness::LoadingFirst,
        link: LinkState::Offline,
        extent: Extent::Complete,
        work: Work::default(),
        first_load: FirstLoad::None,
        access: Access::Granted,
    };
    let written = |n: u8, text: &str| Written {
        stamp: Stamp { ms: i64::from(n), counter: 0, device: DeviceId("phone".into()) },
        op: CommandId::from_bytes([n; 16]),
        value: text.to_owned(),
    };
    let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
    let row = row_of(&order);
    let stored = StoredOrder { version: version(5), order, events: Vec::new(), late: Vec::new() };
    let sources = DetailSources {
        rulebook: Rulebook::builtin(),
        stored: &stored,
        flags: &[],
        notes: &[written(1, "旧"), written(2, "新")],
        rows: &rows,
        carriers: &[Carrier { code: "SF".into(), name: "顺丰速运".into() }],
        buyer: None,
    };
    detail(3, row, state, &sources, |_| false)
}

#[test]
fn every_parcel_says_where_it_stands_and_every_line_what_is_left() {
    let mut order = paid(21, vec![line("a", 4), line("b", 1)]);
    order.parcels.push(parcel("SF1", 6 * HOUR, &[item("a", 1), item("z", 2)]));
    let rows = vec![
        ship(1, "sf1", &[item("a", 1)], CommandState::Accepted),
        ship(2, "SF2", &[item("a", 1)], CommandState::Waiting),
        ship(3, "SF3", &[item("b", 1)], refused("bad_waybill")),
        ship(4, "SF4", &[item("a", 1)], CommandState::Checking),
        ship(5, "SF5", &[item("a", 1)], CommandState::Withdrawn),
    ];
    let detail = detail_of(order, rows.clone());
    let command = |n: usize| rows[n].id.clone();
    let standings: Vec<_> =
        detail.parcels.iter().map(|parcel| (parcel.waybill.as_str(), parcel.standing.clone())).collect();
    assert_eq!(
        standings,
        [
            ("SF1", ParcelStanding::Recorded { at: Instant::from_ms(6 * HOUR) }),
            ("SF2", ParcelStanding::Saved { command: command(1) }),
            ("SF3", ParcelStanding::NeedsAction { command: command(2), reason: ReasonCode::from("bad_waybill") }),
            ("SF4", ParcelStanding::Checking { command: command(3) }),
        ]
    );
    assert!(detail.parcels.iter().all(|parcel| parcel.carrier_name == "顺丰速运"));
    let pieces: Vec<_> = detail.parcels[0].items.iter().map(|piece| piece.title.as_str()).collect();
    assert_eq!(pieces, ["茶 a", "p"]);
    let lines: Vec<_> = detail.lines.iter().map(|line| (line.shipped, line.saved, line.remaining)).collect();
    assert_eq!(lines, [(1, 2, 1), (0, 0, 1)]);
    assert_eq!(detail.cannot_ship, None);
    assert_eq!(detail.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["新", "旧"]);
    assert!(detail.lines.iter().all(|line| line.ship_by.is_some()));
}

#[test]
fn what_nobody_here_understands_is_kept_as_it_came() {
    let mut order = paid(60, vec![line("a", 1)]);
    assert_eq!(detail_of(order.clone(), vec![]).more, "");
    order.extra.insert("vip".into(), serde_json::json!({ "level": 3 }));
    let detail = detail_of(order, vec![]);
    assert_eq!(detail.more, r#"{"vip":{"level":3}}"#);
    assert_eq!(detail.cannot_ship, Some(ReasonCode::from("status_unknown")));
    assert_eq!(detail.lines[0].ship_by, None);
}
