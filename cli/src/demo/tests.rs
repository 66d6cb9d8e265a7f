use std::net::TcpListener;

use shopkeeper_core::orders::{Count, Flag, OrderFilter, OrderList, OrderSort, Window};
use shopkeeper_sandbox::world::Basket;

use super::*;

fn small(data: Option<&Path>) -> DemoOptions {
    DemoOptions { orders: 60, seed: Some(3), data: data.map(Path::to_owned), living: false }
}

async fn start(options: DemoOptions) -> Demo {
    Box::pin(Demo::start(options)).await.unwrap()
}

/// Open orders come first; the history follows by itself.
async fn until_orders(phone: &Phone, there: u64) -> u64 {
    let (tell, mut told) = tokio::sync::watch::channel(0);
    let observer = Arc::new(move |list: OrderList| match list.count {
        Count::Exact(count) | Count::AtLeast(count) => drop(tell.send_replace(count)),
    });
    let orders = phone.core().orders().unwrap();
    let _watch = orders.watch(OrderFilter::default(), OrderSort::Newest, Window::top(1), observer);
    *told.wait_for(|count| *count >= there).await.unwrap()
}

#[tokio::test]
async fn the_phone_has_the_whole_shop_and_the_platform_can_reach_the_relay() {
    let demo = start(small(None)).await;
    let folder = demo.folder().to_owned();
    let report = demo.phone().core().sync().unwrap().now().await.unwrap();
    assert_eq!((report.set_aside, report.passed_over), (0, 0));
    let there = demo.world().with(|world| world.len()) as u64;
    assert_eq!(until_orders(demo.phone(), there).await, there);
    demo.shutdown().await.unwrap();
    assert!(!folder.exists());
}

#[tokio::test]
async fn what_a_buyer_does_is_on_the_phone_without_asking() {
    let demo = start(small(None)).await;
    let there = demo.world().with(|world| world.len()) as u64;
    until_orders(demo.phone(), there).await;
    let world = demo.world();
    let id = world.with(|world| {
        let basket = Basket { plain: true, ..Basket::default() };
        let id = world.buyer_orders(world.now_s(), &basket);
        world.buyer_pays(world.now_s(), id).map(|()| id).unwrap()
    });
    assert_eq!(until_orders(demo.phone(), there + 1).await, there + 1);
    assert_eq!(demo.phone().core().orders().unwrap().find(&id.to_string()).unwrap().len(), 1);
    demo.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_kept_world_goes_on_even_if_somebody_took_the_relays_port() {
    let dir = tempfile::tempdir().unwrap();
    let demo = start(small(Some(dir.path()))).await;
    let refused = Box::pin(Demo::start(small(Some(dir.path())))).await;
    assert!(matches!(refused, Err(DemoError::Folder(FolderError::InUse { .. }))), "{refused:?}");
    let core = demo.phone().core().clone();
    core.sync().unwrap().now().await.unwrap();
    let orders = core.orders().unwrap();
    let first = orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(1)).unwrap().rows.remove(0);
    orders.set_flag(&first.key, Some(Flag::Blue)).unwrap();
    let address = demo.relay.addr;
    demo.shutdown().await.unwrap();

    let other = DemoOptions { orders: 90, seed: Some(4), ..small(Some(dir.path())) };
    let demo = start(other.clone()).await;
    assert_eq!(demo.relay.addr, address, "the phone finds the relay where it was");
    assert_eq!(demo.world().with(|world| (world.len(), world.config().seed)), (60, 3), "a kept world stays what it is");
    demo.shutdown().await.unwrap();

    let _taken = TcpListener::bind(address).unwrap();
    let demo = start(other).await;
    assert_ne!(demo.relay.addr, address);
    let core = demo.phone().core().clone();
    core.sync().unwrap().now().await.unwrap();
    assert_eq!(core.orders().unwrap().detail(&first.key).unwrap().row.flag, Some(Flag::Blue));
    let devices = demo.relay().devices().await.unwrap();
    assert_eq!(devices.iter().filter(|device| device.revoked_at.is_none()).count(), 1, "one phone, one device");
    demo.shutdown().await.unwrap();
}
