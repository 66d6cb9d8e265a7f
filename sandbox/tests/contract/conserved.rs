//! What no sequence of acts may break: cases and orders stay on their graphs, money and pieces are conserved.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shopkeeper_sandbox::world::{
    AftersaleBook, AftersaleId, AftersaleKind, AftersaleRequest, AftersaleStatus, Basket, BuyerStep, Happening,
    MerchantStep, OrderId, Pick, ProductChange, Proposal, ProposalKind, PushEvent, RefundWays, Status, StockChange,
    Switches, World, WorldConfig,
};

use crate::support::{NOW_S, item, parcel, same_price};

#[derive(Clone, Debug)]
enum Act {
    Order(u16, u8),
    Pay(u8),
    Cancel(u8),
    Ship(u8, u16),
    Confirm(u8),
    Ask(u8, u8, u8, u16),
    Buyer(u8, u8),
    Merchant(u8, u8, u8),
    Open(u8, u8),
    Sku(u8, u8),
    AnswerSku(u8, bool),
    Stock(u8, i64),
    Ways(u8),
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1u16..4, 0u8..3).prop_map(|(count, lines)| Act::Order(count, lines)),
        3 => any::<u8>().prop_map(Act::Pay),
        1 => any::<u8>().prop_map(Act::Cancel),
        3 => (any::<u8>(), 1u16..4).prop_map(|(order, count)| Act::Ship(order, count)),
        1 => any::<u8>().prop_map(Act::Confirm),
        5 => (any::<u8>(), any::<u8>(), 0u8..3, 1u16..3).prop_map(|(o, l, k, c)| Act::Ask(o, l, k, c)),
        5 => (any::<u8>(), any::<u8>()).prop_map(|(case, step)| Act::Buyer(case, step)),
        8 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(case, step, more)| Act::Merchant(case, step, more)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(order, line)| Act::Open(order, line)),
        1 => (any::<u8>(), 0u8..3).prop_map(|(order, sku)| Act::Sku(order, sku)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(order, accept)| Act::AnswerSku(order, accept)),
        1 => (any::<u8>(), -50i64..50).prop_map(|(product, change)| Act::Stock(product, change)),
        1 => (0u8..3).prop_map(Act::Ways),
        6 => (1u16..600).prop_map(Act::Wait),
        1 => (6_000u16..16_000).prop_map(Act::Wait),
    ]
}

/// A world under watch.
struct Town {
    world: World,
    at: i64,
    orders: Vec<OrderId>,
    statuses: BTreeMap<OrderId, Status>,
    cases: BTreeMap<AftersaleId, AftersaleStatus>,
    asked: u32,
}

impl Town {
    fn new(seed: u64) -> Self {
        let mut config = WorldConfig::new(seed, 10, NOW_S).quiet();
        config.switches.deadlines = true;
        config.switches.intercepts = seed.is_multiple_of(3);
        Self {
            world: World::new(config),
            at: NOW_S,
            orders: Vec::new(),
            statuses: BTreeMap::new(),
            cases: BTreeMap::new(),
            asked: 0,
        }
    }

    fn order(&self, choice: u8) -> Option<OrderId> {
        self.orders.get(usize::from(choice) % self.orders.len().max(1)).copied()
    }

    /// Mostly one that is open.
    fn case(&self, choice: u8) -> Option<AftersaleId> {
        let any = choice.is_multiple_of(8);
        let all: Vec<AftersaleId> =
            self.cases.iter().filter(|(_, status)| any || !status.is_closed()).map(|(id, _)| *id).collect();
        all.get(usize::from(choice) % all.len().max(1)).copied()
    }

    /// Refusals are fine: only what takes effect is looked at.
    fn act(&mut self, act: &Act) {
        let at = self.at;
        match *act {
            Act::Order(count, lines) => {
                let mut picks = vec![same_price(count)];
                picks.extend((0..lines).map(|line| Pick { product: u16::from(line) + 1, sku: 0, count }));
                let basket = Basket { picks, plain: true, ..Basket::default() };
                self.orders.push(self.world.buyer_orders(at, &basket));
            }
            Act::Pay(order) => _ = self.order(order).map(|id| self.world.buyer_pays(at, id)),
            Act::Cancel(order) => _ = self.order(order).map(|id| self.world.buyer_cancels(at, id)),
            Act::Confirm(order) => _ = self.order(order).map(|id| self.world.buyer_confirms(at, id)),
            Act::Ship(order, count) => {
                let Some(id) = self.order(order) else { return };
                let lines = self.world.lines_of(id);
                let items = lines.iter().filter(|line| line.2 > line.3);
                // Three pieces and more stand for all of them.
                let pieces = |left: u16| if count < 3 { count.min(left) } else { left };
                let items = items.map(|line| item(line, pieces(line.2 - line.3))).collect();
                _ = self.world.deliver(at, id, &[parcel(&format!("SF{at}"), items)]);
            }
            Act::Ask(order, line, kind, count) => {
                let Some(id) = self.order(order) else { return };
                let kind = [AftersaleKind::Refund, AftersaleKind::Return, AftersaleKind::Exchange][usize::from(kind)];
                // Only the first line has other SKUs of the same price.
                let line = if kind == AftersaleKind::Exchange { line / 4 * 4 } else { line };
                let request = AftersaleRequest {
                    count: Some(count),
                    new_sku: Some(1 + line / 4 % 2),
                    received: line % 2 == 0,
                    ..AftersaleRequest::new(kind)
                };
                _ = self.world.buyer_asks(at, id, line % 4, &request);
            }
            Act::Open(order, line) => {
                let Some(id) = self.order(order) else { return };
                let request = AftersaleRequest { amount: Some(200), ..AftersaleRequest::new(AftersaleKind::Refund) };
                self.asked += 1;
                _ = self.world.merchant_opens_case(at, &self.asked.to_string(), id, line % 4, &request);
            }
            Act::Buyer(case, step) => {
                let Some(id) = self.case(case) else { return };
                let apt = match self.cases[&id] {
                    AftersaleStatus::UserWaitReturn => 1,
                    AftersaleStatus::UserWaitReceipt => 5,
                    status if status.is_refused() => 4,
                    _ => 2,
                };
                let step = match if step < 100 { apt } else { step % 6 } {
                    0 => BuyerStep::Withdraw,
                    1 => BuyerStep::SendBack { carrier: "YTO".into(), waybill: "YT1".into() },
                    2 => BuyerStep::Answer { agree: true },
                    3 => BuyerStep::Answer { agree: false },
                    4 => BuyerStep::Escalate,
                    _ => BuyerStep::Receive,
                };
                _ = self.world.buyer_takes_step(at, id, &step);
            }
            Act::Merchant(case, step, more) => {
                let Some(id) = self.case(case) else { return };
                let kind = self.world.case_books().into_iter().find(|case| case.id == id).map(|case| case.kind);
                let step = self.merchant_step(kind.expect("known"), step, more);
                _ = self.world.merchant_takes_step(at, id, &step);
            }
            Act::Sku(order, sku) => _ = self.order(order).map(|id| self.world.buyer_requests_sku(at, id, 0, sku)),
            Act::AnswerSku(order, yes) => _ = self.order(order).map(|id| self.world.answer_sku_request(at, id, yes)),
            Act::Stock(product, change) => {
                let id = self.world.product_at(u16::from(product) % 66).expect("a shop has 66");
                let sku_id = self.world.shelf_books()[0].sku_id.parse().expect("a number");
                let stock = if change < 0 { StockChange::Subtract(-change) } else { StockChange::Add(change) };
                _ = self.world.change_product(at, id, &ProductChange::Stock { sku_id, stock });
            }
            Act::Ways(ways) => {
                let refunds = [RefundWays::Work, RefundWays::NoMoney, RefundWays::Fail][usize::from(ways)];
                let switches = Switches { refunds, ..self.world.switches().clone() };
                self.world.set_switches(at, switches);
            }
            Act::Wait(minutes) => {
                self.at += i64::from(minutes) * 60;
                let events = self.world.advance(self.at);
                self.watch(&events);
            }
        }
        let events = self.world.take_events();
        self.watch(&events);
    }

    fn merchant_step(&self, kind: AftersaleKind, step: u8, more: u8) -> MerchantStep {
        match step % 6 {
            1 if kind == AftersaleKind::Exchange => {
                MerchantStep::ShipReplacement { carrier: "SF".into(), waybill: "SF1".into() }
            }
            0 | 1 => MerchantStep::Accept { address: Some(self.world.addresses()[0]), accept_type: None },
            2 => {
                // Mostly the one that fits.
                let reason_type = [1, 10, 20][if more < 40 { usize::from(more) % 3 } else { kind as usize }];
                MerchantStep::Reject { reason_type, reason: String::new() }
            }
            3 => MerchantStep::Certify { certificates: vec!["m".into()], desc: String::new() },
            4 => MerchantStep::Propose {
                proposal: Proposal {
                    kind: [ProposalKind::Cancel, ProposalKind::Evidence, ProposalKind::Change][usize::from(more) % 3],
                    to: [AftersaleKind::Refund, AftersaleKind::Return][usize::from(more / 3) % 2],
                    amount: i64::from(more) * 10 + 1,
                    desc: String::new(),
                    reason: 1,
                    media: Vec::new(),
                },
            },
            _ => MerchantStep::RejectReplacement { reason_type: 30, reason: String::new(), certificates: Vec::new() },
        }
    }

    /// Every move that was pushed is an edge of the graph.
    fn watch(&mut self, events: &[PushEvent]) {
        for event in events {
            if let Happening::Aftersale { id, status } = event.what {
                match self.cases.insert(id, status) {
                    None => assert!(matches!(
                        status,
                        AftersaleStatus::MerchantProcessing | AftersaleStatus::UserWaitHandleMerchantCase
                    )),
                    Some(before) => assert!(before.may_become(status), "{before:?} became {status:?}"),
                }
            }
        }
        for id in &self.orders {
            let now = self.world.status(*id).expect("known");
            let before = self.statuses.insert(*id, now).unwrap_or(Status::AwaitingPayment);
            assert!(order_may_become(before, now), "an order went from {before:?} to {now:?}");
        }
    }

    fn check(&self) {
        for book in self.world.case_books() {
            assert_eq!(self.cases.get(&book.id).copied().unwrap_or(book.status), book.status, "a move was not pushed");
            assert_eq!(book.deadline.is_some(), !book.status.is_closed(), "{:?} has the wrong clock", book.status);
        }
        for id in &self.orders {
            check_claims(&self.world, *id);
        }
        check_shelves(&self.world);
    }
}

/// No more money and pieces are in cases than are in the order, and the order says how many.
pub(crate) fn check_claims(world: &World, id: OrderId) {
    let order = world.order_json(id).expect("known");
    crate::world_is_sound::check_money(&order);
    let cases = world.cases_of(id);
    let counts = |case: &&AftersaleBook| !case.status.is_closed() || case.status.gave_money();
    let claimed: i64 = cases.iter().filter(counts).map(|case| case.amount).sum();
    let price = order["order_detail"]["price_info"]["order_price"].as_i64().expect("fen");
    assert!(claimed <= price, "{claimed} claimed of {price}");
    for (place, line) in order["order_detail"]["product_infos"].as_array().expect("lines").iter().enumerate() {
        let pieces = |money: bool| -> i64 {
            let of_line = cases.iter().filter(|case| usize::from(case.line) == place);
            let counted =
                of_line.filter(|case| if money { case.status.gave_money() } else { !case.status.is_closed() });
            counted.map(|case| i64::from(case.count)).sum()
        };
        assert_eq!(line["on_aftersale_sku_cnt"].as_i64(), Some(pieces(false)));
        assert_eq!(line["finish_aftersale_sku_cnt"].as_i64(), Some(pieces(true)));
        assert!(pieces(false) + pieces(true) <= line["sku_cnt"].as_i64().expect("a number"));
    }
}

/// The flow explains every number on the shelves.
pub(crate) fn check_shelves(world: &World) {
    let mut moved: BTreeMap<(String, String), i64> = BTreeMap::new();
    for entry in world.flow_books() {
        assert!(entry.after >= 0, "a shelf fell below nothing");
        *moved.entry((entry.product_id, entry.sku_id)).or_default() += entry.change;
    }
    for sku in world.shelf_books() {
        let moved = moved.get(&(sku.product_id, sku.sku_id)).copied().unwrap_or_default();
        assert_eq!(sku.in_the_beginning + moved, sku.stock);
    }
}

#[test]
fn the_cases_of_the_past_are_sound() {
    let world = World::new(WorldConfig { aftersales: 3_000, ..WorldConfig::new(5, 10_000, NOW_S) });
    let cases = world.case_books();
    assert!(cases.len() > 3_000);
    assert!(cases.windows(2).all(|pair| pair[0].create_time <= pair[1].create_time));
    for case in &cases {
        assert!(case.create_time <= case.update_time && case.update_time <= NOW_S, "{case:?}");
        assert_eq!(case.deadline.is_some_and(|at| at > NOW_S), !case.status.is_closed(), "{case:?}");
    }
    let whole: Vec<OrderId> = world.orders_in(Status::Refunded);
    let orders: BTreeSet<OrderId> = cases.iter().map(|case| case.order).collect();
    assert!(whole.iter().all(|id| orders.contains(id)));
    for id in orders {
        // A case of the past that covers a whole order names one line of it.
        if !whole.contains(&id) {
            check_claims(&world, id);
        }
    }
}

/// The order flow of the reference, §2.3, several steps at once included.
fn order_may_become(from: Status, to: Status) -> bool {
    use Status::{AwaitingPayment, Cancelled, Completed, PartlyShipped, Refunded, Shipped, ToShip};
    from == to
        || match from {
            AwaitingPayment => matches!(to, ToShip | Cancelled),
            ToShip => matches!(to, PartlyShipped | Shipped | Refunded | Completed),
            PartlyShipped => matches!(to, Shipped | Refunded | Completed),
            Shipped => matches!(to, Completed | Refunded),
            _ => false,
        }
}

#[test]
fn the_graph_of_cases_ends_where_it_says() {
    for from in AftersaleStatus::ALL {
        let next = AftersaleStatus::ALL.into_iter().filter(|next| from.may_become(*next)).count();
        assert_eq!(next == 0, from.is_closed(), "{from:?}");
        assert!(!from.gave_money() || from.is_closed());
        assert!(!from.may_become(from), "{from:?}");
    }
    // Everything can be reached from one of the two beginnings.
    let mut reached = vec![AftersaleStatus::MerchantProcessing, AftersaleStatus::UserWaitHandleMerchantCase];
    let mut looked = 0;
    while let Some(from) = reached.get(looked).copied() {
        looked += 1;
        let more = AftersaleStatus::ALL.into_iter().filter(|next| from.may_become(*next));
        let more: Vec<AftersaleStatus> = more.filter(|next| !reached.contains(next)).collect();
        reached.extend(more);
    }
    assert_eq!(reached.len(), AftersaleStatus::ALL.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn graphs_hold_and_money_and_pieces_are_conserved(seed in 0u64..500, acts in prop::collection::vec(act(), 20..150)) {
        let mut town = Town::new(seed);
        for one in &acts {
            town.act(one);
        }
        town.check();
        town.at += 40 * 86_400;
        let events = town.world.advance(town.at);
        town.watch(&events);
        town.check();
        prop_assert!(town.world.case_books().iter().all(|case| case.status.is_closed()), "time ends every case");
    }
}

/// The acts above are worth something only if they lead everywhere.
#[test]
fn the_acts_reach_every_status() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let acts = prop::collection::vec(act(), 150);
    let mut reached = BTreeSet::new();
    for seed in 0..300 {
        let mut town = Town::new(seed);
        for one in &acts.new_tree(&mut runner).expect("acts").current() {
            town.act(one);
            reached.extend(town.cases.values().copied());
        }
    }
    let missed: Vec<AftersaleStatus> = AftersaleStatus::ALL.into_iter().filter(|one| !reached.contains(one)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
