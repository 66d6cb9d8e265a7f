//! Fifty lists that somebody looks at, and one order that changes: how long until every list that shows it is right again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::observer::Subscription;
use shopkeeper_core::orders::{From, OrderFilter, OrderList, OrderSort, OrderTab, SearchQuery, Window};

use super::Trouble;
use super::pages::{self, Dice};
use super::phone::Phone;
use super::table::{Row, median, timed_async};

const LISTS: usize = 50;
const PAGE: u16 = 50;
const CHANGES: u64 = 60;
/// Two frames of a screen: the runs of a list are a frame apart at least, and a change that waits for its frame would be measured as one.
const REST: Duration = Duration::from_millis(40);

/// What the lists were told last, of the order that changes.
struct Sight {
    key: OrderKey,
    note: Mutex<String>,
    right: AtomicUsize,
}

impl Sight {
    fn look(&self, list: &OrderList) -> bool {
        let note = self.note.lock().map(|note| note.clone()).unwrap_or_default();
        list.rows.iter().any(|row| row.key == self.key && row.buyer_note == note)
    }
}

/// See the module. The core's tasks are started.
pub(crate) async fn row(phone: &Phone, seed: u64, orders: u64) -> Result<Row, Trouble> {
    let core = phone.core()?;
    core.start();
    let service = core.orders()?;
    // The words of a first sync are indexed first: in a bench that is done on the thread that the lists are read on.
    let nothing = SearchQuery::new("#");
    while service.search(&nothing, &Window::top(1))?.not_indexed > 0 {
        tokio::time::sleep(REST).await;
    }
    let top = service.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(1))?;
    let key = top.rows.first().map(|row| row.key.clone()).ok_or("the phone has no orders")?;
    let sight = Arc::new(Sight { key: key.clone(), note: Mutex::default(), right: AtomicUsize::new(0) });
    // Each tab in both orders at its top, and the rest one below the other down the history.
    let tops = OrderTab::EVERY.into_iter().flat_map(|tab| {
        let filter = OrderFilter { tab, ..OrderFilter::default() };
        [OrderSort::Newest, OrderSort::MostUrgent].map(|sort| (filter.clone(), sort, Window::top(PAGE)))
    });
    let mut lists: Vec<(OrderFilter, OrderSort, Window)> = tops.collect();
    let mut from = From::Top;
    while lists.len() < LISTS {
        let window = Window { from, size: PAGE };
        let page = service.list(&OrderFilter::default(), OrderSort::Newest, &window)?;
        from = From::After(page.after.ok_or("too few orders for fifty lists")?);
        lists.push((OrderFilter::default(), OrderSort::Newest, Window { from: from.clone(), size: PAGE }));
    }
    let mut watches: Vec<Subscription> = Vec::new();
    let mut showing = 0;
    for (filter, sort, window) in lists {
        let page = service.list(&filter, sort, &window)?;
        showing += usize::from(page.rows.iter().any(|row| row.key == key));
        let seen = Arc::clone(&sight);
        let observer = move |list: OrderList| {
            if seen.look(&list) {
                seen.right.fetch_add(1, Ordering::AcqRel);
            }
        };
        watches.push(service.watch(filter, sort, window, Arc::new(observer)));
    }
    if showing == 0 {
        return Err("no list shows the order that changes".into());
    }
    let mut times = Vec::new();
    let mut dice = Dice::new(seed);
    for change in 1..=CHANGES {
        tokio::time::sleep(REST).await;
        let note = format!("第{change}次，{}", dice.below(1_000));
        let page = pages::change(seed, orders, change, &note)?;
        sight.right.store(0, Ordering::Release);
        if let Ok(mut told) = sight.note.lock() {
            told.clone_from(&note);
        }
        let sync = core.sync()?;
        let (took, done) = timed_async(async {
            sync.ingest(&page)?;
            while sight.right.load(Ordering::Acquire) < showing {
                tokio::task::yield_now().await;
            }
            Ok::<_, Trouble>(())
        })
        .await;
        done?;
        times.push(took);
    }
    drop(watches);
    let what = format!("50 live lists, one change: {showing} right again");
    Ok(Row::new(&what, median(times), Some(Duration::from_millis(1)), 60))
}
