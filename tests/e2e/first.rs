//! The first sync: a phone that knows nothing pairs by the invite's text, and then shows what the platform has.

use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{Extent, Freshness, LinkState, OrderFilter, OrderTab};
use shopkeeper_sandbox::world::Status;

use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Town, count, holds_history};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_of_three_hundred_orders_equals_the_books() {
    let town = Town::quiet(7, 300).await;
    town.relay().sweep_now().await;
    let mut phone = town.phone("counter");
    assert_eq!(phone.core().orders().err(), Some(CoreError::NotPaired));
    let shop = phone.core().pairing().pair(&town.invite().await).await.expect("a fresh code pairs");
    assert_eq!(phone.core().shop(), Some(shop));

    phone.has_everything(&town).await;
    the_phone_equals_the_books(&phone, &town);
    let status = phone.core().sync().expect("a paired phone").status();
    assert_eq!((status.set_aside, status.trouble), (0, None));

    // A list that says it is complete, and how fresh it is.
    let list = phone.list(&OrderFilter::default());
    assert!(matches!(list.state.freshness, Freshness::Fresh { .. }), "{:?}", list.state.freshness);
    assert_eq!(list.state.link, LinkState::Online);
    assert!(holds_history(list.state.extent), "{:?}", list.state.extent);

    // Tabs hold what the platform's statuses say.
    let at_platform = |status| town.world(|world, _| world.orders_in(status)).len() as u64;
    for (tab, status) in [
        (OrderTab::Unpaid, Status::AwaitingPayment),
        (OrderTab::PartShipped, Status::PartlyShipped),
        (OrderTab::ToReceive, Status::Shipped),
        (OrderTab::Done, Status::Completed),
    ] {
        let list = phone.list(&OrderFilter { tab, ..OrderFilter::default() });
        assert_eq!(count(&list), at_platform(status), "{tab:?}");
        let open = !matches!(tab, OrderTab::Done);
        let complete = matches!(list.state.extent, Extent::Complete | Extent::KnownEmpty);
        assert!(if open { complete } else { holds_history(list.state.extent) }, "{tab:?}: {:?}", list.state.extent);
    }
    phone.switch_off().await;
    town.close().await;
}
