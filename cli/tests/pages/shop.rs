//! 小满茶铺 on one afternoon: records as the core would tell them, for pages to be drawn from.

use shopkeeper_core::home::{Badges, Counter, CounterKind, Deadline, HomeView};
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{
    Access, AfterSaleLink, AfterSaleStanding, Anchor, Basis, BuyerCard, BuyerNote, Count, Covered, Extent, FirstLoad,
    Flag, Freshness, Impossible, LineDetail, LineGlance, LineState, LinkState, ListState, MoneyBreakdown, NoteVersion,
    OrderAction, OrderDetail, OrderFilter, OrderLink, OrderList, OrderRow, OrderTab, ParcelDetail, ParcelPiece,
    ParcelStanding, Phase, ShipBy, Shipping, TimelineEntry, Work,
};
use shopkeeper_core::outbox::{ItemState, OutboxItem, OutboxSummary, OutboxView, SavedParcel, WorkKind};
use shopkeeper_core::time::{Instant, Span};
use shopkeeper_protocol::CommandId;

/// 2026-09-14 13:15 in Shanghai.
pub(crate) const NOW: Instant = Instant::from_ms(1_789_362_900_000);

pub(crate) fn minutes(n: i64) -> Instant {
    NOW.plus(Span::minutes(n))
}

pub(crate) fn state(extent: Extent) -> ListState {
    ListState {
        freshness: Freshness::Fresh { as_of: minutes(-2) },
        link: LinkState::Online,
        extent,
        work: Work::default(),
        first_load: FirstLoad::None,
        access: Access::Granted,
    }
}

pub(crate) fn anchor(text: &str) -> Anchor {
    serde_json::from_value(serde_json::Value::from(text)).unwrap()
}

/// An order that was paid yesterday and has to be shipped in under three hours.
pub(crate) fn row() -> OrderRow {
    OrderRow {
        key: "wx:3705115058471204821".into(),
        number: "3705115058471204821".to_owned(),
        phase: Phase::ToShip,
        status: 20,
        created_at: minutes(-2_710),
        paid_at: Some(minutes(-2_708)),
        ship_by: Some(ShipBy { at: minutes(170), basis: Basis::Source }),
        buyer: "林**".to_owned(),
        province: "浙江省".to_owned(),
        city: "杭州市".to_owned(),
        payable: Money::from_fen(21_600),
        lines: vec![
            LineGlance { title: "桂花乌龙".to_owned(), sku_text: "红盒 · 250g".to_owned(), quantity: 2 },
            LineGlance { title: "茉莉银针".to_owned(), sku_text: "罐装".to_owned(), quantity: 1 },
        ],
        more_lines: 0,
        buyer_note: "要红盒，别压坏".to_owned(),
        merchant_note: String::new(),
        flag: Some(Flag::Red),
        note: Some("先问红盒还有没有".to_owned()),
        hurried_at: Some(minutes(-30)),
        one_parcel: 0,
        address_requested: false,
        after_sale_open: false,
        gift: false,
        presale: false,
        shipping: Shipping::None,
        work: Work::default(),
        anchor: anchor("a"),
    }
}

pub(crate) fn list() -> OrderList {
    let saved = OrderRow {
        key: "wx:3705115058471205930".into(),
        number: "3705115058471205930".to_owned(),
        ship_by: Some(ShipBy { at: minutes(565), basis: Basis::Rulebook }),
        buyer_note: String::new(),
        flag: None,
        note: None,
        hurried_at: None,
        shipping: Shipping::Saved,
        work: Work { pending: 1, ..Work::default() },
        anchor: anchor("b"),
        ..row()
    };
    let refused = OrderRow {
        key: "wx:3705115058471206611".into(),
        number: "3705115058471206611".to_owned(),
        ship_by: Some(ShipBy { at: minutes(-19), basis: Basis::Source }),
        buyer_note: "地址是公司，工作日送；一句很长的留言，长到一行放不下，也不能把别的挤没".to_owned(),
        flag: Some(Flag::Blue),
        note: None,
        hurried_at: None,
        address_requested: true,
        shipping: Shipping::NeedsAction { reason: "address_request_pending".into() },
        work: Work { needs_action: 1, ..Work::default() },
        anchor: anchor("c"),
        ..row()
    };
    let unknown = OrderRow {
        key: "wx:3705115058471207702".into(),
        number: "3705115058471207702".to_owned(),
        phase: Phase::Unknown,
        status: 61,
        ship_by: None,
        buyer_note: String::new(),
        flag: None,
        note: None,
        hurried_at: None,
        anchor: anchor("d"),
        ..row()
    };
    OrderList {
        revision: 7,
        rows: vec![refused, row(), saved, unknown],
        count: Count::Exact(4),
        saved_not_delivered: 1,
        before: None,
        after: None,
        state: state(Extent::Complete),
        covered: Covered::default(),
    }
}

pub(crate) fn empty(extent: Extent) -> OrderList {
    OrderList { rows: Vec::new(), count: Count::Exact(0), saved_not_delivered: 0, state: state(extent), ..list() }
}

fn line(title: &str, sku: &str, quantity: u32, saved: u32, shipped: u32) -> LineDetail {
    LineDetail {
        product: "p".to_owned(),
        sku: "s".to_owned(),
        title: title.to_owned(),
        sku_text: sku.to_owned(),
        sku_code: String::new(),
        state: if saved + shipped > 0 { LineState::PartShipped } else { LineState::ToShip },
        quantity,
        shipped,
        saved,
        remaining: quantity - saved - shipped,
        held: 0,
        refunded: 0,
        after_sale_open: 0,
        after_sale_done: 0,
        unit_price: Money::from_fen(8_800),
        paid: Money::from_fen(i64::from(quantity) * 8_800),
        ship_by: None,
    }
}

fn other_order(number: &str, at: i64) -> OrderLink {
    OrderLink { order: format!("wx:{number}").into(), number: number.to_owned(), created_at: minutes(at) }
}

fn happened(at: i64, kind: &str, detail: &str, local: bool) -> TimelineEntry {
    TimelineEntry { at: minutes(at), kind: kind.to_owned(), detail: detail.to_owned(), local, late: None }
}

pub(crate) fn detail() -> OrderDetail {
    let command = CommandId::from_bytes([7; 16]);
    let piece = || ParcelPiece { title: "桂花乌龙".to_owned(), sku_text: "红盒 · 250g".to_owned(), quantity: 1 };
    let parcel = |waybill: &str, standing| ParcelDetail {
        carrier: "SF".to_owned(),
        carrier_name: "顺丰速运".to_owned(),
        waybill: waybill.to_owned(),
        items: vec![piece()],
        standing,
    };
    OrderDetail {
        revision: 7,
        row: OrderRow { phase: Phase::PartShipped, status: 21, shipping: Shipping::Saved, ..row() },
        lines: vec![
            line("桂花乌龙", "红盒 · 250g", 3, 1, 1),
            line("茉莉银针", "罐装", 1, 0, 0),
            LineDetail {
                held: 1,
                remaining: 0,
                after_sale_open: 1,
                state: LineState::Held,
                ..line("闻香杯", "", 1, 0, 0)
            },
        ],
        parcels: vec![
            parcel("SF140922836617", ParcelStanding::Recorded { at: minutes(-60) }),
            parcel("SF140922836625", ParcelStanding::Saved { command }),
        ],
        money: MoneyBreakdown {
            goods: Money::from_fen(26_400),
            freight: Money::from_fen(1_000),
            discounts: vec![
                ("merchant".to_owned(), Money::from_fen(5_000)),
                ("from_the_future".to_owned(), Money::from_fen(800)),
            ],
            payable: Money::from_fen(21_600),
            receives: Money::from_fen(21_384),
        },
        buyer: Some(BuyerCard {
            nth: 3,
            paid: 4,
            exact: true,
            last_note: Some(BuyerNote {
                of: other_order("3705115058471201234", -20_000),
                text: "上次压坏一盒，补发过".to_owned(),
                private: true,
            }),
            last_after_sale: Some(other_order("3705115058471200077", -40_000)),
        }),
        phone: "138****2807".to_owned(),
        county: "西湖区".to_owned(),
        street: "文三路***".to_owned(),
        address_request: None,
        notes: vec![
            NoteVersion { text: "先问红盒还有没有".to_owned(), at: minutes(-20), device: "柜台".to_owned() },
            NoteVersion { text: "红盒缺货？".to_owned(), at: minutes(-90), device: "柜台".to_owned() },
        ],
        timeline: vec![
            happened(-20, "note", "", true),
            happened(-25, "ship_saved", "SF140922836625", true),
            TimelineEntry { late: Some(minutes(-10)), ..happened(-30, "hurry", "", false) },
            happened(-60, "shipped", "SF140922836617", false),
            happened(-2_708, "paid", "", false),
            happened(-2_710, "created", "", false),
        ],
        scene: 2,
        live_id: None,
        finder_id: None,
        cannot_ship: None,
        impossible: vec![
            Impossible { action: OrderAction::Undo, reason: "undo_over".into() },
            Impossible { action: OrderAction::Retry, reason: "nothing_refused".into() },
        ],
        after_sales: vec![AfterSaleLink { id: "20017".to_owned(), standing: AfterSaleStanding::Open }],
        more: String::new(),
        state: state(Extent::Complete),
    }
}

pub(crate) fn home() -> HomeView {
    let counter = |kind, value, tab| Counter {
        kind,
        value,
        saved_not_delivered: u32::from(kind == CounterKind::ToShip) * 3,
        opens: OrderFilter { tab, ..OrderFilter::default() },
        state: state(Extent::Complete),
    };
    let deadline = |number: &str, kind: &str, at, basis| Deadline {
        order: format!("wx:{number}").into(),
        number: number.to_owned(),
        kind: kind.to_owned(),
        at: minutes(at),
        basis,
    };
    HomeView {
        revision: 7,
        as_of: Some(minutes(-2)),
        complete: true,
        counters: vec![
            counter(CounterKind::ToShip, 12, OrderTab::ToShip),
            counter(CounterKind::AfterSale, 2, OrderTab::AfterSale),
            counter(CounterKind::DueSoon, 5, OrderTab::ToShip),
            counter(CounterKind::Hurried, 1, OrderTab::ToShip),
            counter(CounterKind::AddressRequest, 1, OrderTab::All),
            counter(CounterKind::Unpaid, 0, OrderTab::Unpaid),
            counter(CounterKind::Pending, 3, OrderTab::All),
        ],
        deadlines: vec![
            deadline("3705115058471206611", "ship_by", -19, Basis::Source),
            deadline("3705115058471204821", "ship_by", 170, Basis::Source),
            deadline("3705115058471205930", "ship_by", 565, Basis::Rulebook),
            deadline("3705115058471206611", "address_request", 700, Basis::Rulebook),
        ],
        more_deadlines: 2,
        work: outbox().summary,
        badges: Badges { home_dot: true, shop: 15, app_icon: 15 },
        state: state(Extent::Complete),
    }
}

pub(crate) fn outbox() -> OutboxView {
    let item = |at: u8, number: &str, work, state, due: Option<i64>, attempts| OutboxItem {
        id: CommandId::from_bytes([at; 16]),
        order: format!("wx:{number}").into(),
        number: number.to_owned(),
        work,
        state,
        due: due.map(minutes),
        created_at: minutes(-40),
        attempts,
    };
    let ship = |waybill: &str| WorkKind::Ship {
        parcels: vec![SavedParcel { carrier: "SF".to_owned(), waybill: waybill.to_owned(), pieces: 2 }],
    };
    let refused = ItemState::NeedsAction { reason: "address_request_pending".into(), platform_code: None };
    OutboxView {
        revision: 7,
        items: vec![
            item(1, "3705115058471206611", ship("SF140922836611"), refused, Some(-19), 1),
            item(2, "3705115058471204821", ship("SF140922836617"), ItemState::Checking, Some(170), 2),
            item(
                3,
                "3705115058471205930",
                ship("SF140922836625"),
                ItemState::Undoable { until: minutes(0).plus(Span::seconds(4)) },
                Some(565),
                0,
            ),
            item(4, "3705115058471207702", WorkKind::Note { text: "改成自提".to_owned() }, ItemState::Waiting, None, 0),
        ],
        summary: OutboxSummary { pending: 2, unknown: 1, needs_action: 1 },
    }
}
