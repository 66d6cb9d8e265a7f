//! Merchants who look for orders: narrowed and sorted lists, read window by window, and searches. Each answer is held against a plain walk
//! over everything that the phone shows, which knows nothing of indexes, marks or counters.

use std::collections::BTreeSet;

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{
    AmountRange, Count, FlagFilter, From, OrderDetail, OrderFilter, OrderRow, OrderSort, OrderTab, Orders,
    ParcelStanding, ProductFilter, RegionFilter, SearchQuery, TimeRange, Window,
};
use shopkeeper_core::time::{Instant, Span};

use super::dice::Dice;
use super::merchants::{orders, some_order};
use super::promises::Broken;
use super::world::SimWorld;

/// Narrows and sorts at random: exactly the orders that fit are listed, each once, in order, and the count says how many.
pub fn narrow(world: &SimWorld, phone: usize) -> Result<(), Broken> {
    let orders = orders(world, phone);
    let dice = &world.dice;
    let Some(like) = some_order(world, phone, OrderTab::All) else { return Ok(()) };
    let like = orders.detail(&like).expect("a listed order reads");
    let filter = any_filter(dice, &like);
    let sort = dice.pick(&OrderSort::EVERY).copied().unwrap_or_default();
    world.trace.note(format!("phone{phone} looks at {filter:?} by {sort:?}"));

    let tab = OrderFilter { tab: filter.tab, ..OrderFilter::default() };
    let (rows, _) = read(&orders, &tab, OrderSort::Newest, 200)?;
    let wanted: BTreeSet<OrderKey> =
        rows.into_iter().filter(|row| fits(&filter, row, &orders)).map(|row| row.key).collect();
    let size = u16::try_from(dice.between(1, 30)).unwrap_or(1);
    let (rows, count) = read(&orders, &filter, sort, size)?;
    let listed: BTreeSet<OrderKey> = rows.iter().map(|row| row.key.clone()).collect();
    let told = format!("phone{phone}: {filter:?} by {sort:?} in windows of {size}");
    if listed != wanted {
        return Err(format!("{told} lists {listed:?}, and {wanted:?} fit"));
    }
    if rows.len() != listed.len() || count != Count::Exact(listed.len() as u64) {
        return Err(format!("{told} has {} rows of {} orders, and counts {count:?}", rows.len(), listed.len()));
    }
    if !is_in_order(sort, &rows) {
        return Err(format!("{told} is out of order"));
    }
    Ok(())
}

/// All rows of a list, and the count of its first window; every window has to say the same.
fn read(orders: &Orders, filter: &OrderFilter, sort: OrderSort, size: u16) -> Result<(Vec<OrderRow>, Count), Broken> {
    let mut rows = Vec::new();
    let mut window = Window::top(size);
    let mut counted = None;
    loop {
        let list = orders.list(filter, sort, &window).expect("a list reads");
        if *counted.get_or_insert(list.count) != list.count {
            return Err(format!("{filter:?} counts {counted:?} in one window and {:?} in another", list.count));
        }
        rows.extend(list.rows);
        match list.after {
            Some(anchor) => window.from = From::After(anchor),
            None => return Ok((rows, list.count)),
        }
    }
}

/// Some of everything that can be asked, mostly what an order has that is there.
fn any_filter(dice: &Dice, like: &OrderDetail) -> OrderFilter {
    let mut filter = OrderFilter::default();
    if dice.chance(500) {
        filter.tab = dice.pick(&OrderTab::EVERY).copied().unwrap_or_default();
    }
    let row = &like.row;
    let around = |at: Instant| {
        let span = Span::ms(i64::try_from(dice.between(1, 72 * 3_600_000)).unwrap_or(1));
        let range = TimeRange { from: Some(at.minus(span)), until: Some(at.plus(span)) };
        match dice.below(3) {
            0 => TimeRange { from: None, ..range },
            1 => TimeRange { until: None, ..range },
            _ => range,
        }
    };
    for _ in 0..dice.between(0, 2) {
        match dice.below(13) {
            0 => filter.has_note = true,
            1 => filter.flag = Some(row.flag.map_or(FlagFilter::Any, FlagFilter::Is)),
            2 => filter.pending = true,
            3 => filter.hurried = true,
            4 => filter.after_sale = true,
            5 => filter.buyer_message = true,
            6 => (filter.gift, filter.presale) = (row.gift, row.presale),
            7 => filter.created = Some(around(row.created_at)),
            8 => filter.paid = Some(row.paid_at.map_or_else(TimeRange::default, around)),
            9 => {
                let Some(line) = like.lines.first() else { continue };
                let sku = dice.chance(500).then(|| line.sku.clone());
                filter.product = Some(ProductFilter { product: line.product.clone(), sku });
            }
            // Goods that travel without a parcel go nowhere.
            10 if row.province.is_empty() => {}
            10 => {
                let city = dice.chance(500).then(|| row.city.clone());
                filter.region = Some(RegionFilter { province: row.province.clone(), city });
            }
            11 => filter.scene = Some(like.scene),
            _ => {
                let fen = |fen: i64| Some(Money::from_fen(fen.max(0)));
                filter.amount =
                    Some(AmountRange { least: fen(row.payable.fen() - 3_000), most: fen(row.payable.fen() + 3_000) });
            }
        }
    }
    filter
}

/// Whether an order that is in the tab fits the rest of a filter, by what its own screen shows.
pub fn fits(filter: &OrderFilter, row: &OrderRow, orders: &Orders) -> bool {
    let within = |range: Option<TimeRange>, at: Option<Instant>| {
        range.is_none_or(|range| {
            at.is_some_and(|at| range.from.is_none_or(|from| from <= at) && range.until.is_none_or(|until| at < until))
        })
    };
    let flag = match filter.flag {
        None => true,
        Some(FlagFilter::Any) => row.flag.is_some(),
        Some(FlagFilter::Is(flag)) => row.flag == Some(flag),
    };
    let marks = (!filter.has_note || row.note.as_ref().is_some_and(|note| !note.is_empty()))
        && flag
        && (!filter.pending || row.work.pending + row.work.unknown + row.work.needs_action > 0)
        && (!filter.hurried || row.hurried_at.is_some())
        && (!filter.after_sale || row.after_sale_open)
        && (!filter.buyer_message || !row.buyer_note.is_empty())
        && (!filter.gift || row.gift)
        && (!filter.presale || row.presale);
    let detail = || orders.detail(&row.key).expect("a listed order reads");
    let product = filter.product.as_ref().is_none_or(|wanted| {
        let is = |line: &shopkeeper_core::orders::LineDetail| {
            line.product == wanted.product && wanted.sku.as_ref().is_none_or(|sku| line.sku == *sku)
        };
        detail().lines.iter().any(is)
    });
    let region = filter.region.as_ref().is_none_or(|wanted| {
        row.province == wanted.province && wanted.city.as_ref().is_none_or(|city| row.city == *city)
    });
    let amount = filter.amount.is_none_or(|range| {
        range.least.is_none_or(|least| least <= row.payable) && range.most.is_none_or(|most| row.payable <= most)
    });
    marks
        && within(filter.created, Some(row.created_at))
        && within(filter.paid, row.paid_at)
        && product
        && region
        && amount
        && filter.scene.is_none_or(|scene| detail().scene == scene)
}

/// As far as rows tell by what they are sorted.
fn is_in_order(sort: OrderSort, rows: &[OrderRow]) -> bool {
    rows.is_sorted_by(|a, b| match sort {
        OrderSort::Newest => a.created_at >= b.created_at,
        OrderSort::MostUrgent => match (&a.ship_by, &b.ship_by) {
            (Some(a), Some(b)) => a.at <= b.at,
            (None, Some(_)) => false,
            (_, None) => true,
        },
        OrderSort::NewestPaid => a.paid_at >= b.paid_at,
        OrderSort::Amount => a.payable >= b.payable,
        OrderSort::Region => (&a.province, &a.city) <= (&b.province, &b.city),
        OrderSort::SameBuyer => true,
    })
}

/// Searches for what stands on an order: it is found, its words are marked, and whatever else is found shows a mark too.
pub fn search(world: &SimWorld, phone: usize) -> Result<(), Broken> {
    let Some(key) = some_order(world, phone, OrderTab::All) else { return Ok(()) };
    let orders = orders(world, phone);
    let detail = orders.detail(&key).expect("a listed order reads");
    let Some(text) = remembered(&world.dice, &detail) else { return Ok(()) };
    let size = u16::try_from(world.dice.between(1, 30)).unwrap_or(1);
    let (mut window, mut found) = (Window::top(size), Vec::new());
    let query = SearchQuery::new(text.clone());
    loop {
        let results = orders.search(&query, &window).expect("a text of an order is a query");
        for hit in results.hits {
            if hit.highlights.iter().all(|highlight| highlight.ranges.is_empty()) {
                return Err(format!("phone{phone}: {} is found by {text}, and nothing is marked", hit.row.number));
            }
            found.push(hit.row.key);
        }
        match results.after {
            Some(anchor) => window.from = From::After(anchor),
            None => break,
        }
    }
    world.trace.note(format!("phone{phone} searches {text}: {} found", found.len()));
    if found.iter().collect::<BTreeSet<_>>().len() < found.len() {
        return Err(format!("phone{phone}: {text} finds an order twice: {found:?}"));
    }
    if found.contains(&key) { Ok(()) } else { Err(format!("phone{phone}: {text} does not find {key}: {found:?}")) }
}

/// A text by which a merchant may remember an order.
fn remembered(dice: &Dice, detail: &OrderDetail) -> Option<String> {
    let end = |text: &str| {
        let length = text.chars().count();
        let kept = usize::try_from(dice.between(4, 8)).unwrap_or(4).min(length);
        text.chars().skip(length - kept).collect::<String>()
    };
    let row = &detail.row;
    let waybills =
        detail.parcels.iter().filter(|parcel| !matches!(parcel.standing, ParcelStanding::NeedsAction { .. }));
    let text = match dice.below(7) {
        0 | 1 => end(&row.number),
        2 => end(&dice.pick(&waybills.collect::<Vec<_>>())?.waybill),
        3 => row.note.clone()?,
        4 => row.merchant_note.clone(),
        5 => dice.pick(&detail.lines)?.title.clone(),
        _ => format!("{} {}", row.city, end(&row.number)),
    };
    Some(text).filter(|text| !text.trim().is_empty())
}
