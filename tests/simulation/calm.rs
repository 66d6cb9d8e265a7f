//! Worlds in which nothing goes wrong: what the simulation's stage can do, in the smallest plays.

use std::time::Duration;

use shopkeeper_core::orders::{OrderFilter, OrderSort, OrderTab, ParcelDraft, ShipDraft, Window};

use super::{in_one_thread, world::SimWorld};

#[test]
fn what_one_phone_ships_is_at_the_platform_once_and_on_both_phones() {
    in_one_thread(async |dir| {
        let world = SimWorld::new(1, dir, 30, 2).await;
        for phone in &world.phones {
            phone.core().sync().unwrap().now().await.unwrap();
        }
        let orders = world.phones[0].core().orders().unwrap();
        let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let row = orders.list(&filter, OrderSort::MostUrgent, &Window::top(1)).unwrap().rows.remove(0);
        let parcel = ParcelDraft { carrier: Some("SF".into()), waybill: "SF1234567890123".into(), items: None };
        orders.ship(&row.key, &ShipDraft { parcels: vec![parcel] }).unwrap();
        world.pass(Duration::from_secs(60)).await;

        let books = world.shop.with(|shop| shop.books());
        let shipped: Vec<_> = books.orders.iter().filter(|order| order.id.number().to_string() == row.number).collect();
        assert_eq!(shipped.len(), 1);
        assert_eq!(books.deliveries_of(shipped[0].id), 1);
        for phone in &world.phones {
            let detail = phone.core().orders().unwrap().detail(&row.key).unwrap();
            assert_eq!(detail.row.status, i64::from(shipped[0].status.code()), "{}", phone.name);
            let ours = detail.parcels.iter().filter(|parcel| parcel.waybill == "SF1234567890123");
            assert_eq!(ours.count(), 1, "{}", phone.name);
            assert_eq!(detail.parcels.len(), shipped[0].parcels.len(), "{}", phone.name);
            assert!(phone.core().outbox().unwrap().view().unwrap().items.is_empty(), "{}", phone.name);
        }
    });
}
