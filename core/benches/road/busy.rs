//! What somebody waits for while a first sync runs at full speed on another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shopkeeper_core::core::Core;
use shopkeeper_core::orders::{Flag, OrderFilter, OrderList, OrderSort, Window};

use super::Trouble;
use super::phone::Phone;
use super::shop::Shop;
use super::table::{Row, nearly_all, timed};

const IDLE_READS: usize = 2_000;
/// A page after each of these, and a tap after every tenth.
const BETWEEN: Duration = Duration::from_millis(1);

/// The page and the tap, each in 99 of 100 cases.
pub(crate) async fn rows(shop: &Shop) -> Result<Vec<Row>, Trouble> {
    let phone = Phone::new().await?;
    let core = phone.core()?;
    let pages = shop.pages()?;
    let (first, rest) = pages.split_first().ok_or("the shop has no page")?;
    phone.ingest(&std::fs::read(first)?)?;
    // Somebody is looking, so the transactions are short.
    let watch =
        core.orders()?.watch(OrderFilter::default(), OrderSort::Newest, Window::top(50), Arc::new(|_: OrderList| {}));
    let (mut reads, mut taps) = (Vec::new(), Vec::new());
    let ended = AtomicBool::new(false);
    #[expect(clippy::disallowed_methods, reason = "the sync of a phone has a thread of its own too")]
    std::thread::scope(|scope| -> Result<(), Trouble> {
        let sync = core.sync()?;
        let ended = &ended;
        // It is a thread of the runtime, as the store's are in an app.
        let runtime = tokio::runtime::Handle::current();
        let writer = scope.spawn(move || {
            let _within = runtime.enter();
            let stored = rest.iter().try_for_each(|file| {
                let page = std::fs::read(file).map_err(|error| error.to_string())?;
                sync.ingest(&page).map(|_| ()).map_err(|error| error.to_string())
            });
            ended.store(true, Ordering::Release);
            stored
        });
        while !ended.load(Ordering::Acquire) {
            reads.push(page(core)?);
            if reads.len() % 10 == 0 {
                taps.push(tap(core, reads.len() % 20 == 0)?);
            }
            std::thread::sleep(BETWEEN);
        }
        writer.join().map_err(|_| "the sync's thread did not end well")?.map_err(Trouble::from)
    })?;
    drop(watch);
    let mut idle = Vec::new();
    for _ in 0..IDLE_READS {
        idle.push(page(core)?);
    }
    let (runs, tapped) = (reads.len(), taps.len());
    let idle = nearly_all(idle);
    Ok(vec![
        Row::new("p99 of a page when nothing else runs", idle, Some(Duration::from_micros(500)), IDLE_READS),
        Row::new("p99 of a page while a sync runs", nearly_all(reads), Some(idle * 2), runs),
        Row::new("p99 of a tap while a sync runs, on disk", nearly_all(taps), Some(Duration::from_millis(50)), tapped),
    ])
}

fn page(core: &Core) -> Result<Duration, Trouble> {
    let orders = core.orders()?;
    let (took, page) = timed(|| orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(50)));
    page?;
    Ok(took)
}

fn tap(core: &Core, red: bool) -> Result<Duration, Trouble> {
    let orders = core.orders()?;
    let top = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(1))?;
    let key = top.rows.first().map(|row| row.key.clone()).ok_or("the phone has no orders")?;
    let (took, done) = timed(|| orders.set_flag(&key, red.then_some(Flag::Red)));
    done?;
    Ok(took)
}
