//! A first sync of a few thousand orders whose phone dies again and again, at whatever await its tasks stand. The merchant works on the
//! first orders meanwhile, and in the end nothing is missing, doubled or miscounted.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Count, Flag, OrderFilter, OrderSort, OrderTab, SearchQuery, Shipping, Window};
use shopkeeper_protocol::path;
use shopkeeper_sandbox::world::OrderId;

use super::road::{deliveries, whole};
use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Phone, Town, count, until, until_true};

const ORDERS: u32 = 2_000;
const LIVES: u64 = 6;

fn everything() -> OrderFilter {
    OrderFilter::default()
}

fn here(phone: &Phone) -> u64 {
    count(&phone.list(&everything()))
}

/// The most urgent order that can be shipped in one parcel, as soon as there is one.
async fn first_to_ship(phone: &Phone) -> OrderId {
    until("an order to ship", || {
        let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let orders = phone.core().orders().expect("a paired phone");
        let list = orders.list(&filter, OrderSort::MostUrgent, &Window::top(20)).expect("a list");
        let fits = |key: &OrderKey| {
            orders.detail(key).is_ok_and(|detail| detail.cannot_ship.is_none() && detail.parcels.is_empty())
        };
        let row = list.rows.into_iter().find(|row| fits(&row.key))?;
        Some(OrderId::new(row.number.parse().expect("a number of the platform")))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_dies_all_the_time_is_worked_on_at_once_and_ends_equal() {
    let town = Town::quiet(41, ORDERS).await;
    // The relay has everything, so that the phone has a long way to go.
    let mut other = town.ready_phone("back-room").await;
    other.switch_off().await;
    let total = town.world(|world, _| world.len() as u64);
    let mut chance = ChaCha8Rng::seed_from_u64(41);
    let mut phone = town.paired_phone("counter").await;
    phone.wire.slow_down(path::FIRST, std::time::Duration::from_millis(400));

    // The first page has what is open; the history is still to come.
    let id = first_to_ship(&phone).await;
    let orders = phone.core().orders().expect("a paired phone");
    let key = phone.detail(id).row.key;
    orders.set_flag(&key, Some(Flag::Red)).expect("a flag");
    orders.ship(&key, &whole("SF4100000000001")).expect("nothing speaks against it");
    assert!(here(&phone) < total, "{} of {total} were there when the first was worked on", here(&phone));
    // Life goes on beside the history.
    let new = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);

    let mut grew = 0;
    for life in 1..=LIVES {
        // Somewhere in the next stretch of the way.
        let mark = (total * (life - 1) + chance.next_u64() % total) / (LIVES + 1);
        until_true("the first sync goes on", || here(&phone) >= mark).await;
        let before = here(&phone);
        phone.kill();
        phone.open();
        let after = here(&phone);
        assert!(after >= before, "life {life}: {before} orders were here, and {after} are");
        grew += u64::from(after < total);
        let detail = phone.detail(id);
        assert_eq!(detail.row.flag, Some(Flag::Red), "life {life}");
        assert_ne!(detail.row.shipping, Shipping::None, "life {life}: what was typed is kept");
        let audit = phone.core().home().expect("a paired phone").audit().expect("the counters read");
        assert_eq!(audit.repaired, [], "life {life}");
    }
    assert!(grew > 1, "it died in the middle of the way, and not only at its end");
    let paths = phone.wire.sent();
    let turns = |path: &str| paths.iter().rposition(|sent| sent == path);
    let began = paths.iter().position(|sent| sent == path::FIRST);
    let changes = paths.iter().enumerate().filter(|(_, sent)| *sent == path::CHANGES);
    let between = changes.filter(|(at, _)| Some(*at) > began && Some(*at) < turns(path::FIRST));
    assert!(between.count() > 0, "what is new comes between the pages of what was: {paths:?}");

    phone.has_everything(&town).await;
    phone.after_the_undo_window(&town);
    phone.all_delivered().await;
    until_true("the phone has read what became of its parcel", || {
        matches!(phone.detail(id).row.shipping, Shipping::Recorded { .. }) && phone.knows(new)
    })
    .await;
    assert_eq!(deliveries(&town.books(), id), [["SF4100000000001"]]);
    the_phone_equals_the_books(&phone, &town);
    every_number_is_right_and_every_order_found(&phone, &town).await;
    phone.switch_off().await;
    town.close().await;
}

async fn every_number_is_right_and_every_order_found(phone: &Phone, town: &Town) {
    let home = phone.core().home().expect("a paired phone");
    assert_eq!(home.audit().expect("the counters read").repaired, []);
    for counter in home.view().expect("home").counters {
        let list = phone.list(&counter.opens);
        assert_eq!(list.count, Count::Exact(counter.value), "{:?}", counter.kind);
        assert_eq!(phone.rows(&counter.opens).len() as u64, counter.value, "{:?}", counter.kind);
    }
    let orders = phone.core().orders().expect("a paired phone");
    let find = |text: &str| orders.search(&SearchQuery::new(text), &Window::top(20)).expect("a search");
    until_true("the index of texts has caught up", || find("桂花乌龙").not_indexed == 0).await;
    for book in &town.books().orders {
        let number = book.id.to_string();
        let found = find(&number);
        let numbers: Vec<&str> = found.hits.iter().map(|hit| hit.row.number.as_str()).collect();
        assert_eq!(numbers, [number.as_str()]);
        assert_eq!(found.count, Count::Exact(1), "{number}");
    }
}
