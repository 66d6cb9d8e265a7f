//! A shop of two thousand orders and a day of living buyers: the relay follows, and what that costs.

use shopkeeper_sandbox::ManualClock;
use shopkeeper_sandbox::world::WorldConfig;

use super::reading::assert_same;
use super::shop::{BEGAN, Shop, TWO_YEARS};

const LIST: &str = "/channels/ec/order/list/get";
const GET: &str = "/channels/ec/order/get";
const TEN_MINUTES: i64 = 600;
const DAY: i64 = 86_400;

#[tokio::test]
async fn the_relay_follows_a_day_of_living_buyers() {
    let hand = ManualClock::at(BEGAN * 1_000);
    let began = tokio::time::Instant::now();
    let shop = Shop::open(WorldConfig::new(13, 2_000, BEGAN), hand.clock(), TWO_YEARS).await;
    let feed = shop.first_of_everything().await;
    let orders = feed.orders.len();
    println!(
        "first sweep: {orders} orders, {} lists, {} readings, {} ms with the shop's making",
        shop.calls(LIST),
        shop.calls(GET),
        began.elapsed().as_millis()
    );
    assert!(shop.calls(GET) < orders * 11 / 10, "each order is read about once: {} readings", shop.calls(GET));

    let (lists, readings) = (shop.calls(LIST), shop.calls(GET));
    let steps = DAY / TEN_MINUTES;
    for _ in 0..steps {
        hand.advance_ms(TEN_MINUTES * 1_000);
        shop.sandbox.world().advance(hand.now_ms() / 1_000);
        assert!(shop.sweep().await, "everything was read");
    }
    let (lists, readings) = (shop.calls(LIST) - lists, shop.calls(GET) - readings);
    let books = shop.books();
    let changed = books.orders.iter().filter(|book| book.update_time >= BEGAN).count();
    println!("a day: {} new, {changed} changed, {lists} lists, {readings} readings", books.orders.len() - orders);
    let sweeps = usize::try_from(steps).expect("small");
    assert!(lists <= 3 * sweeps, "a comparison is a list or two");
    assert!(readings < 6 * changed, "what did not change is not read");

    assert_same(&shop, shop.first().await);
    shop.close().await;
}
