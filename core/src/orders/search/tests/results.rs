//! What is found, in which order, and what is said of it.

use super::super::{Field, SearchQuery};
use super::{Desk, Dice, key, order, pay};
use crate::ids::OrderKey;
use crate::orders::{Count, Covered, From, Window};

fn found(desk: &Desk, text: &str) -> Vec<OrderKey> {
    let results = desk.orders.search(&SearchQuery::new(text), &Window::top(50)).unwrap();
    results.hits.into_iter().map(|hit| hit.row.key).collect()
}

#[tokio::test(start_paused = true)]
async fn open_orders_come_first_and_an_order_that_closes_moves() {
    let desk = Desk::new();
    let mut orders: Vec<_> = (0..4).map(|at| order(&mut Dice(5), at * 2)).collect();
    for (order, status) in orders.iter_mut().zip([100, 20, 100, 20]) {
        order.status = status;
        order.lines[0].title = "桂花乌龙茶".to_owned();
        desk.put(&key(order), order);
    }
    let keys = |places: &[usize]| places.iter().map(|at| OrderKey(key(&orders[*at]))).collect::<Vec<_>>();
    for _ in 0..2 {
        assert_eq!(found(&desk, "乌龙"), keys(&[1, 3, 0, 2]));
        pay(&desk);
    }
    let mut closed = orders[1].clone();
    closed.status = 100;
    closed.updated_at += 1;
    desk.put(&key(&closed), &closed);
    for _ in 0..2 {
        assert_eq!(found(&desk, "烏龍"), keys(&[3, 0, 1, 2]));
        pay(&desk);
    }
    let results = desk.orders.search(&SearchQuery::new("ghwl"), &Window::top(2)).unwrap();
    assert_eq!((results.count, results.hits.len()), (Count::AtLeast(2), 2));
    let rest = Window { from: From::After(results.after.unwrap()), size: 2 };
    let rest = desk.orders.search(&SearchQuery::new("ghwl"), &rest).unwrap();
    assert_eq!(rest.hits.iter().map(|hit| hit.row.key.clone()).collect::<Vec<_>>(), keys(&[1, 2]));
    assert_eq!(rest.after, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_on_this_phone_is_found_and_what_it_replaces_is_not() {
    let desk = Desk::new();
    let mut order = order(&mut Dice(7), 1);
    order.status = 20;
    order.merchant_note = "要红盒".to_owned();
    order.buyer_note.clear();
    order.lines[0].sku_text.clear();
    order.lines.truncate(1);
    order.lines[0].title = "手工陶杯".to_owned();
    let key = OrderKey(key(&order));
    desk.put(key.as_str(), &order);
    pay(&desk);
    assert_eq!(found(&desk, "红盒"), std::slice::from_ref(&key));
    desk.orders.write_platform_note(&key, "改成蓝袋").unwrap();
    assert!(found(&desk, "红盒").is_empty());
    assert_eq!(found(&desk, "蓝袋"), std::slice::from_ref(&key));
    desk.orders.add_note(&key, "熟客").unwrap();
    let results = desk.orders.search(&SearchQuery::new("熟客 蓝"), &Window::top(5)).unwrap();
    let fields: Vec<Field> = results.hits[0].highlights.iter().map(|highlight| highlight.field).collect();
    assert_eq!(fields, [Field::PlatformNote, Field::PrivateNote]);
    assert_eq!(results.count, Count::Exact(1));
    assert_eq!(results.covered, Covered::default(), "nothing was claimed yet");
    desk.caught_up();
    let none = desk.orders.search(&SearchQuery::new("没有的"), &Window::top(5)).unwrap();
    assert_eq!((none.hits.len(), none.covered.open), (0, true));
    desk.orders.add_note(&key, "").unwrap();
    assert!(found(&desk, "熟客").is_empty());
}

#[tokio::test(start_paused = true)]
async fn highlights_stand_on_borders_of_characters() {
    let desk = Desk::new();
    let mut order = order(&mut Dice(7), 1);
    order.number = "3705115058471208928".to_owned();
    order.buyer.phone = "138****2807".to_owned();
    order.lines.truncate(1);
    order.lines[0].title = "桂花烏龍ＴＥＡ🍵桂花".to_owned();
    desk.put("wx:1", &order);
    let marked = |text: &str| -> Vec<(Field, Vec<String>)> {
        let results = desk.orders.search(&SearchQuery::new(text), &Window::top(5)).unwrap();
        let hit = results.hits.into_iter().next();
        let highlights = hit.map(|hit| hit.highlights).unwrap_or_default();
        let parts = |highlight: &super::super::Highlight| {
            highlight.ranges.iter().map(|range| highlight.text[range.clone()].to_owned()).collect::<Vec<_>>()
        };
        highlights.iter().map(|highlight| (highlight.field, parts(highlight))).collect()
    };
    assert_eq!(marked("桂花"), [(Field::Product, vec!["桂花".to_owned(), "桂花".to_owned()])]);
    assert_eq!(marked("龙tea🍵 花乌"), [(Field::Product, vec!["花烏龍ＴＥＡ🍵".to_owned()])]);
    assert_eq!(marked("71208928"), [(Field::Number, vec!["71208928".to_owned()])]);
    assert_eq!(marked("208-928"), [(Field::Number, vec!["208928".to_owned()])]);
    assert_eq!(marked("13899992807"), [(Field::Phone, vec!["138****2807".to_owned()])]);
    assert!(marked("99992807").is_empty(), "the end of a phone is what is known of it");
    assert!(marked("3705115").is_empty(), "a number is found by its end or whole");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_gone_is_not_found_even_when_its_number_in_the_file_is_another_orders() {
    let desk = Desk::new();
    let mut old = order(&mut Dice(8), 1);
    old.buyer_note = "旧单备注".to_owned();
    desk.put("wx:old", &old);
    pay(&desk);
    desk.store
        .write_cache(|tx| tx.remove_order(&"wx:old".into(), crate::sync::Version { generation: 9, seq: 9 }))
        .unwrap();
    assert!(found(&desk, "旧单").is_empty());
    let mut new = old.clone();
    new.buyer_note = "新单备注".to_owned();
    desk.put("wx:new", &new);
    for _ in 0..2 {
        assert!(found(&desk, "旧单").is_empty());
        assert_eq!(found(&desk, "备注"), ["wx:new".into()]);
        pay(&desk);
    }
}
