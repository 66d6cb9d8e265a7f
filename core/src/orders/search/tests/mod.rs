//! What a search promises.

mod bad;
mod noted;
mod oracle;
mod properties;
mod results;
mod watched;
mod within;

use shopkeeper_protocol::{Order, OrderLine, Parcel};

use crate::orders::tests::desk::{Desk, START};

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// An order of a shop in which a search has something to trip over.
fn order(dice: &mut Dice, at: usize) -> Order {
    let titles = [
        "桂花烏龍茶禮盒",
        "桂花乌龙茶 250g",
        "手工陶杯（青釉）",
        "長樂枇杷膏",
        "iPhone 手机壳",
        "Ｔ恤 藏蓝",
        "🍵抹茶粉",
        "杯",
    ];
    let names = ["林**", "欧阳**", "王*", "陳小姐", "Anna", "长孙**"];
    let notes = ["要红盒\n多检查", "", "", "送礼，別放價格單", "call 0001", "\"AND\" OR NOT*", "🙏🙏"];
    let count = 1 + dice.below(2);
    let lines: Vec<OrderLine> = (0..count)
        .map(|_| OrderLine {
            product: "p".to_owned(),
            sku: "s".to_owned(),
            title: dice.of(&titles).to_owned(),
            sku_text: dice.of(&["红盒", "青釉·大", "", "XL"]).to_owned(),
            sku_code: dice.of(&["A-0012", "", "b_7"]).to_owned(),
            quantity: 1,
            ..OrderLine::default()
        })
        .collect();
    let mut order = Order {
        number: format!("3705{:015}", 1_009 * at + dice.below(1_000)),
        status: [10, 20, 20, 30, 100, 100, 250][dice.below(7)],
        created_at: START.ms() - 977_000 * i64::try_from(at / 2).unwrap(),
        updated_at: START.ms(),
        lines,
        buyer_note: dice.of(&notes).to_owned(),
        merchant_note: dice.of(&notes).to_owned(),
        ..Order::default()
    };
    order.money.payable = [0, 5, 1_280, 12_800, 128_000, 99_950][dice.below(6)];
    order.buyer.name = dice.of(&names).to_owned();
    order.buyer.phone = format!("138****{:04}", dice.below(40));
    order.buyer.province = dice.of(&["浙江省", "廣東省"]).to_owned();
    order.buyer.city = dice.of(&["杭州市", "深圳市"]).to_owned();
    if order.status >= 30 {
        let waybill = format!("SF{:013}", dice.below(3_000));
        order.parcels.push(Parcel { carrier: "SF".to_owned(), waybill, shipped_at: START.ms(), ..Parcel::default() });
    }
    order
}

/// A shop of so many orders, none of which is indexed yet.
fn shop(orders: usize, seed: u64) -> (Desk, Vec<Order>) {
    let desk = Desk::new();
    let mut dice = Dice(seed);
    let orders: Vec<Order> = (0..orders).map(|at| order(&mut dice, at)).collect();
    for order in &orders {
        desk.put(&key(order), order);
    }
    (desk, orders)
}

fn key(order: &Order) -> String {
    format!("wx:{}", order.number)
}

fn pay(desk: &Desk) {
    while desk.store.pay_text().unwrap() {}
}
