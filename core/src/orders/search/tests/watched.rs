//! What is told of a search while it is typed.

use std::sync::{Arc, Mutex};

use super::super::{SearchAnswer, SearchQuery};
use super::{Desk, Dice, key, order, pay, shop};
use crate::error::CoreError;
use crate::observer::lock;
use crate::orders::tests::desk::frames;
use crate::orders::{Anchor, Count, From, Searching, Window};

struct Typed {
    searching: Searching,
    told: Arc<Mutex<Vec<SearchAnswer>>>,
}

impl Typed {
    fn on(desk: &Desk, text: &str, window: Window) -> Self {
        let told: Arc<Mutex<Vec<SearchAnswer>>> = Arc::default();
        let into = Arc::clone(&told);
        let observer = Arc::new(move |answer| lock(&into).push(answer));
        Self { searching: desk.orders.watch_search(SearchQuery::new(text), window, observer).unwrap(), told }
    }

    fn types(&self, text: &str) {
        self.searching.ask(SearchQuery::new(text), Window::top(5)).unwrap();
    }

    /// What was told since the last look: the text, and the numbers that were found.
    fn heard(&self) -> Vec<(String, Vec<String>)> {
        let numbers = |answer: &SearchAnswer| answer.results.hits.iter().map(|hit| hit.row.number.clone()).collect();
        lock(&self.told).drain(..).map(|answer| (answer.query.text.clone(), numbers(&answer))).collect()
    }
}

fn titled(at: usize, title: &str) -> shopkeeper_protocol::Order {
    let mut order = order(&mut Dice(3), at);
    order.status = 20;
    order.lines.truncate(1);
    order.lines[0].title = title.to_owned();
    order
}

#[tokio::test(start_paused = true)]
async fn it_is_told_at_once_and_again_when_a_commit_changes_it() {
    let desk = Desk::new();
    let _tasks = desk.run();
    let (first, second) = (titled(0, "枇杷膏"), titled(2, "枇杷膏"));
    desk.put(&key(&first), &first);
    let typed = Typed::on(&desk, "枇杷", Window::top(5));
    frames().await;
    assert_eq!(typed.heard(), [("枇杷".to_owned(), vec![first.number.clone()])]);
    let other = titled(4, "抹茶粉");
    desk.put(&key(&other), &other);
    frames().await;
    assert_eq!(typed.heard(), [], "an order without the word is no news");
    desk.put(&key(&second), &second);
    frames().await;
    assert_eq!(typed.heard(), [("枇杷".to_owned(), vec![first.number.clone(), second.number.clone()])]);
    desk.orders.add_note(&key(&other).as_str().into(), "问枇杷").unwrap();
    frames().await;
    assert_eq!(typed.heard()[0].1.len(), 3, "a note on this phone");
    drop(typed.searching);
    desk.orders.add_note(&key(&other).as_str().into(), "").unwrap();
    frames().await;
    assert!(lock(&typed.told).is_empty(), "after the end nothing is told");
}

#[tokio::test(start_paused = true)]
async fn a_new_text_takes_the_place_of_the_old_one_and_what_is_typed_over_is_not_searched() {
    let desk = Desk::new();
    let _tasks = desk.run();
    let order = titled(0, "手工陶杯");
    desk.put(&key(&order), &order);
    let typed = Typed::on(&desk, "枇", Window::top(5));
    // Before the task could run.
    typed.types("手");
    frames().await;
    assert_eq!(typed.heard(), [("手".to_owned(), vec![order.number.clone()])]);
    for text in ["手工", "手工陶", "手工陶杯", "手工陶瓶"] {
        typed.types(text);
    }
    frames().await;
    assert_eq!(typed.heard(), [("手工陶瓶".to_owned(), Vec::new())]);
    typed.types("手工陶杯");
    frames().await;
    typed.types("手工陶瓶");
    frames().await;
    let texts: Vec<String> = typed.heard().into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["手工陶杯", "手工陶瓶"], "in the order in which they were typed");
    // A commit is answered for the text that stands.
    let bottle = titled(2, "手工陶瓶");
    desk.put(&key(&bottle), &bottle);
    frames().await;
    assert_eq!(typed.heard(), [("手工陶瓶".to_owned(), vec![bottle.number.clone()])]);
}

#[tokio::test(start_paused = true)]
async fn a_window_that_moves_is_told_from_its_new_place() {
    let desk = Desk::new();
    let _tasks = desk.run();
    let orders: Vec<_> = (0..5).map(|at| titled(at * 2, "枇杷膏")).collect();
    for order in &orders {
        desk.put(&key(order), order);
    }
    let typed = Typed::on(&desk, "枇杷", Window::top(2));
    frames().await;
    let first = lock(&typed.told).pop().unwrap();
    let numbers: Vec<&str> = orders.iter().map(|order| order.number.as_str()).collect();
    let shown =
        |answer: &SearchAnswer| answer.results.hits.iter().map(|hit| hit.row.number.clone()).collect::<Vec<_>>();
    assert_eq!(
        (shown(&first), first.results.count),
        (numbers[..2].iter().map(|n| (*n).to_owned()).collect(), Count::AtLeast(2))
    );
    let window = Window { from: From::After(first.results.after.unwrap()), size: 2 };
    typed.searching.ask(SearchQuery::new("枇杷"), window.clone()).unwrap();
    frames().await;
    let second = lock(&typed.told).pop().unwrap();
    assert_eq!((shown(&second), &second.window), (numbers[2..4].iter().map(|n| (*n).to_owned()).collect(), &window));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked_is_refused_and_the_watch_goes_on() {
    let desk = Desk::new();
    let _tasks = desk.run();
    let order = titled(0, "枇杷膏");
    desk.put(&key(&order), &order);
    let typed = Typed::on(&desk, "枇杷", Window::top(5));
    frames().await;
    typed.heard();
    let refused = |text: &str, window: Window| match typed.searching.ask(SearchQuery::new(text), window) {
        Err(CoreError::BadInput { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("", Window::top(5)), "text");
    assert_eq!(refused(&"长".repeat(10_000), Window::top(5)), "text");
    assert_eq!(refused("枇杷", Window::top(0)), "size");
    let foreign = Window { from: From::After(Anchor("search00.1".to_owned())), size: 5 };
    assert_eq!(refused("枇杷", foreign), "anchor");
    let observer = Arc::new(|_: SearchAnswer| {});
    assert!(desk.orders.watch_search(SearchQuery::new(" \u{7} "), Window::top(5), observer).is_err());
    desk.orders.add_note(&key(&order).as_str().into(), "在问").unwrap();
    frames().await;
    assert_eq!(typed.heard(), [("枇杷".to_owned(), vec![order.number])]);
}

#[tokio::test(start_paused = true)]
async fn what_the_index_had_yet_to_reach_is_told_when_it_has() {
    let (desk, _) = shop(2_100, 11);
    let _tasks = desk.run();
    let typed = Typed::on(&desk, "江", Window::top(5));
    frames().await;
    let left_out =
        |typed: &Typed| lock(&typed.told).drain(..).map(|answer| answer.results.not_indexed).collect::<Vec<_>>();
    assert_eq!(left_out(&typed), [100]);
    pay(&desk);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    frames().await;
    assert_eq!(left_out(&typed), [0]);
}
