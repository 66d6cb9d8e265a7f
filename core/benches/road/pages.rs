//! A shop's orders as feed pages, from a seed: the same bytes on every machine.
//!
//! Two lines each, titles in Chinese drawn from a catalogue with favourites, two years of history, three quarters of it done: the
//! workload of the measurements on which the storage rests.

use std::io::{Read as _, Write as _};

use shopkeeper_protocol::{
    Buyer, Claim, Complete, Cursor, End, EntityKey, EntityKind, EntityLine, Hello, Incarnation, Line, Order, OrderLine,
    OrderMoney, Parcel, ParcelItem, ShopFacts, ShopKey, VersionRange, Watermark,
};

/// The moment at which the shop is looked at.
pub(crate) const NOW_MS: i64 = 1_789_430_400_000;
/// Orders in a page, as the relay sends them.
pub(crate) const PAGE: u64 = 1_000;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Words to make names of things.
const KINDS: [&str; 8] = ["桂花乌龙", "手工陶杯", "山核桃仁", "真丝围巾", "竹编提篮", "枇杷膏", "羊毛拖鞋", "檀木梳"];
const FORMS: [&str; 6] = ["礼盒装", "家庭装", "试用装", "加厚款", "老字号", "秋冬新款"];
const COLOURS: [&str; 5] = ["红盒", "青釉", "原木色", "藏蓝", "米白"];
const PLACES: [(&str, &str); 6] = [
    ("浙江省", "杭州市"),
    ("广东省", "深圳市"),
    ("四川省", "成都市"),
    ("江苏省", "苏州市"),
    ("湖北省", "武汉市"),
    ("北京市", "北京市"),
];
const NAMES: [&str; 8] = ["林**", "陈**", "王**", "赵*", "欧阳**", "李**", "周*", "吴**"];

/// SplitMix64: small, specified, and good enough to spread a shop.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `end`.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or(0)]
    }
}

/// The whole shop as pages of a first sync, packed as they travel, each made when it is asked for.
pub(crate) fn pages(seed: u64, orders: u64) -> impl Iterator<Item = Result<Vec<u8>, std::io::Error>> {
    let mut dice = Dice::new(seed);
    // The end stands alone, so that the time until everything is listed and the time until everything is ready can be told apart.
    let sizes =
        (0..orders).step_by(PAGE as usize).map(move |sent| (sent, PAGE.min(orders - sent))).chain([(orders, 0)]);
    sizes.map(move |(sent, size)| packed(&page(&mut dice, sent, size, orders)?))
}

fn packed(text: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text)?;
    packer.finish()
}

/// A page of changes after all of [`pages`]: the newest order with another note.
pub(crate) fn change(seed: u64, orders: u64, nth: u64, note: &str) -> Result<Vec<u8>, std::io::Error> {
    let (key, mut order) = order(&mut Dice::new(seed), 0, orders);
    note.clone_into(&mut order.buyer_note);
    let body = serde_json::value::to_raw_value(&order)?;
    let seq = orders + nth;
    let end = End { claims: Vec::new(), ..end(seq, None) };
    text(&[
        Line::Hello(hello()),
        Line::Entity(EntityLine { kind: EntityKind::Order, key, seq, body: &body }),
        Line::End(Box::new(end)),
    ])
}

/// A page as plain text.
pub(crate) fn unpacked(page: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(page).read_to_end(&mut text)?;
    Ok(text)
}

/// One page of the first sync; the one without rows is the last.
fn page(dice: &mut Dice, sent: u64, size: u64, orders: u64) -> Result<Vec<u8>, std::io::Error> {
    let mut page = text(&[Line::Hello(hello())])?;
    for at in sent..sent + size {
        let (key, order) = order(dice, at, orders);
        let body = serde_json::value::to_raw_value(&order)?;
        // The first sync comes by importance, the sequence by storing: the two have nothing to do with each other.
        let seq = orders - at;
        page.extend(text(&[Line::Entity(EntityLine { kind: EntityKind::Order, key, seq, body: &body })])?);
    }
    let more = (size > 0).then(|| (sent + size).to_string());
    page.extend(text(&[Line::End(Box::new(end(orders, more)))])?);
    Ok(page)
}

fn text(lines: &[Line<'_>]) -> Result<Vec<u8>, std::io::Error> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// The end of a page of the first sync.
fn end(head: u64, continue_from: Option<String>) -> End {
    End {
        cursor: Cursor { incarnation: incarnation(), seq: head },
        head,
        more: false,
        watermarks: vec![Watermark {
            kind: EntityKind::Order,
            as_of: Some(NOW_MS),
            open_complete: true,
            created_since: Some(0),
            first_reading: None,
        }],
        claims: if continue_from.is_some() {
            Vec::new()
        } else {
            vec![Claim { kind: EntityKind::Order, complete: Complete::CreatedSince(0) }]
        },
        continue_from,
        progress: None,
    }
}

pub(crate) fn incarnation() -> Incarnation {
    Incarnation::from("bench")
}

pub(crate) fn shop() -> ShopFacts {
    ShopFacts {
        key: ShopKey::from("bench"),
        name: "山野茶铺".to_owned(),
        zone_offset_minutes: 480,
        status: "open".to_owned(),
    }
}

pub(crate) fn hello() -> Hello {
    Hello {
        speaks: VersionRange::OURS,
        capabilities: Vec::new(),
        server_time: NOW_MS,
        incarnation: incarnation(),
        role: None,
        shop: Some(shop()),
        held: Vec::new(),
    }
}

/// The order at a place of the history, 0 the newest.
fn order(dice: &mut Dice, at: u64, orders: u64) -> (EntityKey, Order) {
    // One in a hundred orders is of the last two days, whatever the size of the shop; those are the open ones, and a few more.
    let recent = orders / 100 + 20;
    let span = if at < recent { 2 * DAY_MS } else { 730 * DAY_MS };
    let (place, places) = if at < recent { (at, recent) } else { (at - recent, orders.saturating_sub(recent).max(1)) };
    let share = i64::try_from(u128::from(place) * 1_000_000 / u128::from(places)).unwrap_or(0);
    let back = span / 1_000_000 * share
        + i64::try_from(dice.below(60_000)).unwrap_or(0)
        + if at < recent { 0 } else { 2 * DAY_MS };
    // Seconds, as the platform counts.
    let created_at = (NOW_MS - back) / 1_000 * 1_000;
    let status = if at < recent {
        dice.of(&[10, 20, 20, 20, 20, 20, 20, 21, 30, 30])
    } else {
        dice.of(&[100, 100, 100, 100, 100, 100, 100, 100, 30, 250])
    };
    let paid_at = (!matches!(status, 10 | 250)).then(|| created_at + 40_000);
    let number = format!("37{:017}", (orders - at).wrapping_mul(1_009) + dice.below(1_000));
    let lines: Vec<OrderLine> = (0..2).map(|_| line(dice)).collect();
    let shipped_at = matches!(status, 21 | 30 | 100).then(|| created_at + 20 * HOUR_MS);
    let parcels = shipped_at.map(|at| parcel(dice, &lines, status, at));
    let goods: i64 = lines.iter().map(|line| line.unit_price * i64::from(line.quantity)).sum();
    let (province, city) = dice.of(&PLACES);
    let buyer = dice.below(orders / 4 + 1);
    let order = Order {
        number: number.clone(),
        status,
        created_at,
        updated_at: shipped_at.unwrap_or(created_at),
        paid_at,
        shipped_at: shipped_at.filter(|_| status != 21),
        received_at: (status == 100).then_some(created_at + 4 * DAY_MS),
        settled_at: (status == 100).then_some(created_at + 11 * DAY_MS),
        payment_method: 1,
        scene: dice.of(&[1, 2, 3, 4, 5]),
        buyer: Buyer {
            key: format!("oB{buyer:026}"),
            name: dice.of(&NAMES).to_owned(),
            phone: format!("138****{:04}", buyer % 10_000),
            province: province.to_owned(),
            city: city.to_owned(),
            county: "西湖区".to_owned(),
            street: "文三路***".to_owned(),
            address_hash: format!("{buyer:032x}"),
        },
        parcels: parcels.into_iter().collect(),
        money: OrderMoney { goods, payable: goods, receives: goods, ..OrderMoney::default() },
        buyer_note: if dice.below(8) == 0 {
            "要红盒，送礼用，请不要放价格单".to_owned()
        } else {
            String::new()
        },
        lines,
        ..Order::default()
    };
    (EntityKey(format!("wx:{number}")), order)
}

fn line(dice: &mut Dice) -> OrderLine {
    // Favourites: the lesser of two draws.
    let product = dice.below(5_000).min(dice.below(5_000));
    let pick = |of: &[&'static str], by: u64| of[usize::try_from((product / by) % of.len() as u64).unwrap_or(0)];
    let quantity = u32::try_from(1 + dice.below(3)).unwrap_or(1);
    let unit_price = 900 + i64::try_from(product % 400).unwrap_or(0) * 50;
    OrderLine {
        product: format!("100000{product:05}"),
        sku: format!("200000{product:05}"),
        title: format!("{}{} {}号", pick(&KINDS, 1), pick(&FORMS, 8), product),
        sku_text: format!("{} · 250g", pick(&COLOURS, 3)),
        sku_code: format!("A-{product:04}"),
        quantity,
        unit_price,
        paid: unit_price * i64::from(quantity),
        ..OrderLine::default()
    }
}

fn parcel(dice: &mut Dice, lines: &[OrderLine], status: i64, shipped_at: i64) -> Parcel {
    let item =
        |line: &OrderLine| ParcelItem { product: line.product.clone(), sku: line.sku.clone(), quantity: line.quantity };
    let packed = if status == 21 { 1 } else { lines.len() };
    Parcel {
        carrier: "SF".to_owned(),
        carrier_name: "顺丰速运".to_owned(),
        waybill: format!("SF{:013}", dice.below(10_000_000_000_000)),
        shipped_at,
        items: lines.iter().take(packed).map(item).collect(),
    }
}
