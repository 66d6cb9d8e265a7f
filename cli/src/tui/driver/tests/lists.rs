//! What a person does with a list, on a phone that remembers it.

use shopkeeper_core::orders::{Flag, FlagFilter, OrderFilter, OrderRow, OrderSort, OrderTab, Orders, Shipping, Window};

use super::*;

fn to_ship() -> OrderFilter {
    OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() }
}

/// What the list of orders to ship shows on its first page.
fn first_page(orders: &Orders) -> Vec<OrderRow> {
    orders.list(&to_ship(), OrderSort::MostUrgent, &Window::top(60)).unwrap().rows
}

async fn open_to_ship(person: &mut Person) {
    person.sees("数据截至").await;
    person.presses("4");
    person.sees("[待发]").await;
    person.sees("▸").await;
}

#[tokio::test]
async fn a_list_is_narrowed_and_its_view_is_there_after_a_restart() {
    let demo = demo().await;
    let phone = demo.phone();
    phone.core().sync().unwrap().now().await.unwrap();
    let ended = with_person(phone, async |person| {
        open_to_ship(person).await;
        // The second line of the sheet is when it was paid, its fourth choice thirty days.
        person.presses("Fj\n4\u{1b}");
        person.sees("近 30 天付款").await;
        person.presses("v+近期要发\n");
        person.sees("已存在本机：近期要发").await;
        person.presses("\u{1b}");
        person.sees("[近期要发]").await;
        person.presses("q");
    })
    .await;
    ended.unwrap();
    let ended = with_person(phone, async |person| {
        open_to_ship(person).await;
        person.sees("▤ 近期要发").await;
        person.presses("]");
        person.sees("[近期要发]").await;
        person.sees("近 30 天付款").await;
        person.presses("vxx");
        person.sees("已删掉：近期要发").await;
        person.presses("\u{1b}q");
    })
    .await;
    ended.unwrap();
    assert_eq!(phone.core().orders().unwrap().views().unwrap(), []);
    demo.shutdown().await.unwrap();
}

#[tokio::test]
async fn one_flag_and_one_note_reach_every_marked_order() {
    let demo = demo().await;
    let phone = demo.phone();
    phone.core().sync().unwrap().now().await.unwrap();
    let orders = phone.core().orders().unwrap();
    let count = first_page(&orders).len();
    assert!(count > 2, "{count}");
    let ended = with_person(phone, async |person| {
        open_to_ship(person).await;
        person.presses("A");
        person.sees(&format!("已选 {count} 单")).await;
        person.presses("f2");
        person.sees(&format!("{count} 单已插橙旗")).await;
        person.sees_no_more("已选").await;
        person.presses("  n下午统一发\n");
        person.sees("2 单已写备注").await;
        person.presses("q");
    })
    .await;
    ended.unwrap();
    let flagged = OrderFilter { flag: Some(FlagFilter::Is(Flag::Orange)), ..to_ship() };
    let noted = OrderFilter { has_note: true, ..flagged.clone() };
    let rows = |filter: &OrderFilter| orders.list(filter, OrderSort::Newest, &Window::top(60)).unwrap().rows;
    assert_eq!(rows(&flagged).len(), count);
    let notes = rows(&noted).into_iter().filter(|row| row.note.as_deref() == Some("下午统一发"));
    assert_eq!(notes.count(), 2);
    demo.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_run_that_is_cut_off_has_lost_none_of_what_was_entered() {
    let demo = demo().await;
    let phone = demo.phone();
    phone.core().sync().unwrap().now().await.unwrap();
    let orders = phone.core().orders().unwrap();
    let ships = |row: &OrderRow| orders.detail(&row.key).unwrap().cannot_ship.is_none();
    let can_ship: Vec<OrderRow> = first_page(&orders).into_iter().filter(ships).collect();
    let entered = can_ship.len().min(5);
    assert!(entered > 2, "{entered}");
    let waybill = |at: usize| format!("SF1409228366{at:02}");
    let ended = with_person(phone, async |person| {
        open_to_ship(person).await;
        person.presses("a");
        person.sees("离线可继续处理").await;
        person.presses("As");
        for (at, row) in can_ship.iter().take(entered).enumerate() {
            // What the buyer wrote has to be read first.
            let read = if row.buyer_note.is_empty() { "" } else { "\n" };
            person.presses(&format!("{}\n{read}", waybill(at)));
        }
        person.sees(&format!("SF1409 2283 66{:02}", entered - 1)).await;
        // Nobody ends the run: the keys just stop.
        person.presses("SF14");
    })
    .await;
    ended.unwrap();
    for (at, row) in can_ship.iter().take(entered).enumerate() {
        let detail = orders.detail(&row.key).unwrap();
        assert_eq!(detail.row.shipping, Shipping::Saved, "{at}");
        let ours = detail.parcels.iter().filter(|parcel| parcel.waybill == waybill(at));
        assert_eq!(ours.count(), 1, "{at}: {:?}", detail.parcels);
    }
    assert_eq!(phone.core().outbox().unwrap().view().unwrap().items.len(), entered);
    demo.shutdown().await.unwrap();
}
