//! Somebody who searches, in front of a real core.

use std::sync::Arc;

use shopkeeper_core::orders::{Flag, OrderFilter, OrderSort, OrderTab, Window};

use super::demo;
use super::person::with_person;

#[tokio::test]
async fn without_a_network_an_order_is_found_while_its_number_is_typed_and_can_be_worked_on() {
    let demo = demo().await;
    let phone = demo.phone();
    // The relay of a new world still reads it, and all open orders are to be here.
    let found = phone.core().sync().unwrap().provision(Arc::new(|_| {})).await.unwrap();
    assert!(found.is_complete(), "{found:?}");
    let orders = phone.core().orders().unwrap();
    let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let row = orders.list(&filter, OrderSort::Newest, &Window::top(1)).unwrap().rows.remove(0);
    let ending = row.number[row.number.len() - 6..].to_owned();
    let ended = with_person(phone, async |person| {
        person.sees("数据截至").await;
        person.presses("a");
        person.sees("离线可继续处理").await;
        person.presses("/");
        person.sees("记得什么就打什么").await;
        person.presses("zzzz");
        // The shop is older than what its relay reads of the past.
        person.sees("本机没有，不代表平台没有").await;
        person.sees("所有未完结订单").await;
        person.presses("\u{15}");
        person.sees("记得什么就打什么").await;
        // Enter is pressed before anything was found.
        person.presses(&format!("{ending}\n"));
        // Only the order in full says this.
        person.sees("买家实付").await;
        person.presses("\u{1b}");
        person.sees("1 单").await;
        person.presses("/");
        person.sees(&format!("{ending}/")).await;
        person.backspaces(1);
        person.goes_down();
        person.sees("▸").await;
        person.presses("f3");
        person.sees("⚑黄").await;
        // What waits for the network has its edge here as on every list.
        person.sees_no_more("▒").await;
        orders.write_platform_note(&row.key, "放门卫室").unwrap();
        person.sees("▒").await;
        // What is noted is found the next moment.
        person.presses("n栀子门口的那位\n");
        person.sees("栀子门口的那位").await;
        person.presses("/\u{15}");
        person.sees("记得什么就打什么").await;
        person.pastes("栀子 门口");
        person.sees("1 单").await;
        person.sees("栀子门口的那位").await;
        person.pastes(&"很长".repeat(5_000));
        person.sees("太长了").await;
        person.presses("\u{15}\u{1b}");
        person.sees("马上要处理").await;
        person.presses("q");
    })
    .await;
    ended.unwrap();
    let detail = orders.detail(&row.key).unwrap();
    assert_eq!((detail.row.flag, detail.row.note.as_deref()), (Some(Flag::Yellow), Some("栀子门口的那位")));
    demo.shutdown().await.unwrap();
}
