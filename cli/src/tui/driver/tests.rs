//! The loop with a scripted person in front of it.

mod lists;
mod person;
mod searching;

use shopkeeper_core::orders::{Flag, OrderFilter, OrderRow, OrderSort, OrderTab, Shipping, Window};

use super::*;
use crate::demo::{Demo, DemoOptions};
use person::{Person, with_person};

#[tokio::test]
async fn a_phone_without_a_shop_says_so_before_anything_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let phone = Phone::open(dir.path(), "test").unwrap();
    assert_eq!(open(&phone, Lang::Zh, false).unwrap_err(), CoreError::NotPaired);
    assert!(matches!(Hands::on(&phone).map(drop), Err(CoreError::NotPaired)));
    phone.close().await.unwrap();
}

async fn demo() -> Demo {
    let options = DemoOptions { orders: 60, seed: Some(7), data: None, living: false };
    Demo::start(options).await.unwrap()
}

/// Opens the list of what is to be shipped, and there the order at a place.
async fn open_order(person: &mut Person, place: usize) {
    person.sees("数据截至").await;
    person.presses("4");
    person.sees("[待发]").await;
    person.sees("▸").await;
    person.presses(&format!("{}\n", "j".repeat(place)));
    person.sees("订单号").await;
}

#[tokio::test]
async fn the_tabs_are_there_and_what_is_not_there_yet_says_so() {
    let demo = demo().await;
    let ended = with_person(demo.phone(), async |person| {
        person.sees("马上要处理").await;
        person.presses("2");
        person.sees("消息").await;
        person.sees(&Words::of(Lang::Zh).say("coming.title", &[])).await;
        person.presses("L");
        person.sees("Messages").await;
        person.presses("1");
        person.sees("To ship").await;
        person.presses("q");
    })
    .await;
    ended.unwrap();
    demo.shutdown().await.unwrap();
}

#[tokio::test]
async fn offline_a_flag_a_note_and_a_parcel_are_saved_and_arrive_once_when_the_network_is_back() {
    let demo = demo().await;
    let phone = demo.phone();
    phone.core().sync().unwrap().now().await.unwrap();
    let orders = phone.core().orders().unwrap();
    let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let rows = orders.list(&filter, OrderSort::MostUrgent, &Window::top(20)).unwrap().rows;
    // A buyer's wish for another address, for example, keeps an order from being shipped.
    let ships = |row: &OrderRow| orders.detail(&row.key).unwrap().cannot_ship.is_none();
    let place = rows.iter().position(ships).unwrap();
    let (order, buyer_wrote) = (rows[place].key.clone(), !rows[place].buyer_note.is_empty());
    // What the buyer wrote has to be read first: the form stops there.
    let save = if buyer_wrote { "\u{13} \u{13}" } else { "\u{13}" };
    let ended = with_person(phone, async |person| {
        open_order(person, place).await;
        person.presses("a");
        person.sees("离线可继续处理").await;
        person.presses("f2");
        person.sees("⚑ 橙旗").await;
        person.presses("n先问一声\n");
        person.sees("先问一声").await;
        person.presses("sSF140922836633");
        person.sees("顺丰").await;
        person.presses(save);
        person.sees("撤销").await;
        person.presses("u");
        person.sees("已撤销").await;
        person.sees_no_more("已填单号").await;
        person.presses("sSF140922836633");
        person.sees("顺丰").await;
        person.presses(save);
        person.presses("o");
        person.sees("1 项待同步").await;
        person.presses("a");
        person.sees("● 全部已送达").await;
        person.presses("q");
    })
    .await;
    ended.unwrap();
    let detail = orders.detail(&order).unwrap();
    assert_eq!(detail.row.flag, Some(Flag::Orange));
    assert_eq!(detail.row.note.as_deref(), Some("先问一声"));
    assert_eq!(detail.row.shipping, Shipping::Recorded { all: true });
    let ours = detail.parcels.iter().filter(|parcel| parcel.waybill == "SF140922836633");
    assert_eq!(ours.count(), 1, "{:?}", detail.parcels);
    demo.shutdown().await.unwrap();
}

#[tokio::test]
async fn before_leaving_everything_is_fetched_and_without_a_network_it_is_known_what_is_here() {
    let demo = demo().await;
    let ended = with_person(demo.phone(), async |person| {
        person.sees("● 在线").await;
        // The phone has little yet, and so has the relay.
        person.presses("g");
        person.sees("备齐了，可以出门").await;
        person.sees("✓ 未完结订单").await;
        person.presses("a");
        person.sees("离线可继续处理").await;
        person.sees("✓ 近 90 天的订单").await;
        person.presses("g");
        person.sees(&Words::of(Lang::Zh).say("error.offline", &[])).await;
        // The first ends the run if it still tries; Home knows no such key.
        person.presses("\u{1b}\u{1b}");
        person.sees("马上要处理").await;
        person.presses("q");
    })
    .await;
    ended.unwrap();
    assert!(demo.phone().core().sync().unwrap().provisions().unwrap().is_complete());
    demo.shutdown().await.unwrap();
}

#[tokio::test]
async fn keys_that_end_end_the_app() {
    let demo = demo().await;
    let ended = with_person(demo.phone(), async |person| person.sees("首页").await).await;
    ended.unwrap();
    demo.shutdown().await.unwrap();
}
