//! Searches, by what is typed: the middle and the slow end of each kind, when the index has followed. And the oracle: what a search finds
//! against a plain walk over the whole shop.

use std::time::Duration;

use shopkeeper_core::core::Core;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{From, OrderFilter, OrderSort, OrderTab, Orders, RegionFilter, SearchQuery, Window};

use super::Trouble;
use super::table::{Row, median, timed};

/// Runs of each kind; its queries take turns.
const RUNS: usize = 400;
const PAGE: u16 = 50;
/// Notes on this phone.
const NOTES: usize = 10_000;
/// Draws of the oracle, of which some two thousand are queries: a name of two characters has no part of eight.
const QUERIES: usize = 3_400;
const GOAL: Option<Duration> = Some(Duration::from_millis(2));

/// Kinds of texts; each query is as likely as another.
const TEXTS: [(&str, &[&str]); 9] = [
    ("one character", &["杯", "林", "单", "0", "a", "市", "鳜"]),
    ("two characters", &["乌龙", "烏龍", "红盒", "陶杯", "43", "杯陶"]),
    ("four characters", &["烏龍禮盒", "羊毛拖鞋", "4321", "0000", "9999", "盒礼装家"]),
    ("eight characters", &["桂花乌龙礼盒装 1", "手工陶杯家庭装 2", "不要放价格单呀呀", "真丝围巾秋冬新款"]),
    ("codes and numbers of products", &["A-0042", "4321号", "999号999", "250g", "红盒 A-0007"]),
    ("names and places", &["林**", "欧阳", "杭州", "广东省", "ou", "没有人"]),
    ("first letters", &["ghwl", "sgtb", "ltb", "yp", "ghtms", "zswjqdxk"]),
    ("several words", &["藏蓝 羊毛", "杭州 檀木梳", "红盒 送礼", "乌龙 价格 杭州 深圳"]),
    ("nothing found", &["没有这个", "xyzzy", "鳜鱼", "88888888", "q-0001"]),
];

/// The texts of orders, of a filled phone whose index has followed.
pub(crate) fn rows(core: &Core) -> Result<Vec<Row>, Trouble> {
    let orders = core.orders()?;
    let mut rows = Vec::new();
    let mut texts = Vec::new();
    for (what, typed) in TEXTS {
        let took = times(&orders, &queries(typed), &From::Top)?;
        rows.extend(both(&format!("search, {what}"), took.clone()));
        texts.extend(took);
    }
    rows.extend(both("search of texts, all kinds", texts));
    let tails = tails(&orders)?;
    let mut all = Vec::new();
    for length in 4..=8 {
        let queries: Vec<SearchQuery> = tails.iter().filter_map(|number| ending(number, length)).collect();
        all.extend(times(&orders, &queries, &From::Top)?);
    }
    rows.extend(both("search of ends of numbers", all));
    let common = [SearchQuery::new("乌龙")];
    let page = orders.search(&common[0], &Window::top(PAGE))?;
    let after = page.after.ok_or("a common word fills one page only")?;
    rows.extend(both("search, the next page", times(&orders, &common, &From::After(after))?));
    rows.extend(both("search within a list", times(&orders, &within(), &From::Top)?));
    Ok(rows)
}

/// Words of notes and of orders, when the index has followed the notes of [`note`].
pub(crate) fn noted(core: &Core) -> Result<[Row; 2], Trouble> {
    let noted = queries(&["客户", "要开票", "没有这个", "红盒"]);
    Ok(both("search beside 10,000 private notes", times(&core.orders()?, &noted, &From::Top)?))
}

/// Words that are everywhere, within lists that are wide and narrow.
fn within() -> Vec<SearchQuery> {
    let filter = |tab| OrderFilter { tab, ..OrderFilter::default() };
    let city = RegionFilter { province: "浙江省".to_owned(), city: Some("杭州市".to_owned()) };
    [filter(OrderTab::ToShip), filter(OrderTab::Closed), OrderFilter { region: Some(city), ..filter(OrderTab::All) }]
        .map(|filter| SearchQuery::new("乌龙").within(filter))
        .into()
}

/// Compares; fails if anything differs.
#[expect(clippy::print_stdout, reason = "a bench is a program whose answer is text")]
pub(crate) fn oracle(core: &Core, seed: u64) -> Result<(), Trouble> {
    let filters = [
        OrderFilter::default(),
        OrderFilter::default(),
        OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() },
        OrderFilter { buyer_message: true, ..OrderFilter::default() },
    ];
    let (took, audit) = timed(|| core.orders()?.audit_search(seed, QUERIES, &filters));
    let audit = audit?;
    println!("search against a plain walk: {audit:?} in {} s", took.as_secs());
    if audit.differences > 0 { Err("a search does not find what a plain walk finds".into()) } else { Ok(()) }
}

fn times(orders: &Orders, queries: &[SearchQuery], from: &From) -> Result<Vec<Duration>, CoreError> {
    let mut times = Vec::with_capacity(RUNS);
    for query in queries.iter().cycle().take(RUNS) {
        let window = Window { from: from.clone(), size: PAGE };
        let (took, found) = timed(|| orders.search(query, &window));
        found?;
        times.push(took);
    }
    Ok(times)
}

fn both(what: &str, mut times: Vec<Duration>) -> [Row; 2] {
    let runs = times.len();
    times.sort_unstable();
    let slow = times.get(runs * 95 / 100).copied().unwrap_or_default();
    [Row::new(what, median(times), GOAL, runs), Row::new(&format!("{what}: p95"), slow, GOAL, runs)]
}

/// Numbers of orders here and there, phones of their buyers, and waybills.
fn tails(orders: &Orders) -> Result<Vec<String>, CoreError> {
    let mut numbers = Vec::new();
    let mut from = From::Top;
    for _ in 0..20 {
        let page = orders.list(&OrderFilter::default(), OrderSort::Amount, &Window { from, size: PAGE })?;
        for row in page.rows.iter().step_by(7) {
            let detail = orders.detail(&row.key)?;
            numbers.extend([row.number.clone(), detail.phone]);
            numbers.extend(detail.parcels.into_iter().map(|parcel| parcel.waybill));
        }
        let Some(after) = page.after else { break };
        from = From::After(after);
    }
    Ok(numbers)
}

fn ending(number: &str, length: usize) -> Option<SearchQuery> {
    number.get(number.len().checked_sub(length)?..).filter(|end| !end.contains('*')).map(SearchQuery::new)
}

/// Puts a note on each of many orders, and has the cache know of them.
pub(crate) fn note(core: &Core) -> Result<(), Trouble> {
    let orders = core.orders()?;
    let mut from = From::Top;
    let mut noted = 0;
    while noted < NOTES {
        let page = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window { from, size: PAGE })?;
        for row in &page.rows {
            orders.add_note(&row.key, &format!("问过了，第{noted}位老客户要开票，发圆通"))?;
            noted += 1;
        }
        let Some(after) = page.after else { break };
        from = From::After(after);
    }
    // A list of what has a note waits for that.
    orders.list(&OrderFilter { has_note: true, ..OrderFilter::default() }, OrderSort::Newest, &Window::top(PAGE))?;
    Ok(())
}

fn queries(texts: &[&str]) -> Vec<SearchQuery> {
    texts.iter().copied().map(SearchQuery::new).collect()
}
