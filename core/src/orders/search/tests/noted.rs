//! What this phone alone knows of an order, found through every state in which the cache may be.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shopkeeper_protocol::Order;

use super::super::SearchQuery;
use super::super::terms::terms;
use super::super::tokens::asked;
use super::oracle::everything;
use super::{Desk, key, pay, shop};
use crate::ids::OrderKey;
use crate::orders::{Flag, From, Window};
use crate::store::orders::{Direction, Place};

const ORDERS: usize = 24;
const NOTES: [&str; 4] = ["", "老客戶 要开票", "退回的礼盒", "要开票"];
const FLAGS: [Option<Flag>; 3] = [None, Some(Flag::Red), Some(Flag::Blue)];
/// Words of notes, of flags, and of both with one of the order.
const WORDS: [&str; 6] = ["老客户", "要开票", "退回", "红旗", "旗 要开票", "杯 老客户"];

#[derive(Debug, Clone)]
enum Step {
    Note {
        at: usize,
        note: usize,
    },
    Flag {
        at: usize,
        flag: usize,
    },
    /// Opens or closes an order, which then stands elsewhere.
    Move {
        at: usize,
        status: i64,
    },
    Mirror,
    Follow,
    /// Ends, and opens again; with a new cache that has the orders again.
    Open {
        fresh: bool,
    },
}

fn a_step() -> impl Strategy<Value = Step> {
    let at = 0..ORDERS;
    prop_oneof![
        6 => (at.clone(), 0..NOTES.len()).prop_map(|(at, note)| Step::Note { at, note }),
        4 => (at.clone(), 0..FLAGS.len()).prop_map(|(at, flag)| Step::Flag { at, flag }),
        3 => (at, prop::sample::select(vec![20, 100, 250])).prop_map(|(at, status)| Step::Move { at, status }),
        2 => Just(Step::Mirror),
        2 => Just(Step::Follow),
        1 => any::<bool>().prop_map(|fresh| Step::Open { fresh }),
    ]
}

/// What was tapped, by the number of the order.
#[derive(Default)]
struct Tapped {
    notes: BTreeMap<usize, usize>,
    flags: BTreeMap<usize, usize>,
}

fn names() -> BTreeMap<Flag, String> {
    [(Flag::Red, "红旗"), (Flag::Blue, "蓝旗")].map(|(flag, name)| (flag, name.to_owned())).into()
}

fn asks(words: &str) -> SearchQuery {
    SearchQuery { flag_names: names(), ..SearchQuery::new(words) }
}

/// Whether a word is in what this phone knows of an order, or in the title of a line; no other field has any of [`WORDS`].
fn has(word: &str, at: usize, orders: &[Order], tapped: &Tapped) -> bool {
    let note = tapped.notes.get(&at).map_or("", |note| NOTES[*note]).replace('戶', "户");
    let flag = tapped.flags.get(&at).and_then(|flag| FLAGS[*flag]);
    let flag = flag.and_then(|flag| names().get(&flag).cloned()).unwrap_or_default();
    note.contains(word) || flag.contains(word) || orders[at].lines.iter().any(|line| line.title.contains(word))
}

fn check(desk: &Desk, orders: &[Order], tapped: &Tapped) {
    for words in WORDS {
        let found: BTreeSet<OrderKey> = everything(desk, &asks(words)).into_iter().collect();
        let is_in = |at: &usize| words.split(' ').all(|word| has(word, *at, orders, tapped));
        let must: BTreeSet<OrderKey> = (0..ORDERS).filter(is_in).map(|at| OrderKey(key(&orders[at]))).collect();
        assert_eq!(found, must, "{words}");
    }
}

fn take(desk: Desk, orders: &mut [Order], tapped: &mut Tapped, step: Step) -> Desk {
    let of = |at: usize, orders: &[Order]| OrderKey(key(&orders[at]));
    match step {
        Step::Note { at, note } => {
            // The same note again is refused, and is the same note all the same.
            let _ = desk.orders.add_note(&of(at, orders), NOTES[note]);
            tapped.notes.insert(at, note);
        }
        Step::Flag { at, flag } => {
            desk.orders.set_flag(&of(at, orders), FLAGS[flag]).unwrap();
            tapped.flags.insert(at, flag);
        }
        Step::Move { at, status } => {
            orders[at].status = status;
            desk.put(&key(&orders[at]), &orders[at]);
        }
        Step::Mirror => {
            desk.store.mirror_due().unwrap();
        }
        Step::Follow => pay(&desk),
        Step::Open { fresh } => {
            let desk = desk.again(fresh);
            if fresh {
                orders.iter().for_each(|order| {
                    desk.put(&key(order), order);
                });
            }
            return desk;
        }
    }
    desk
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn a_word_of_a_note_and_a_name_of_a_flag_find_what_they_must_at_every_moment(
        steps in prop::collection::vec(a_step(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let _inside = runtime.enter();
        let (mut desk, mut orders) = shop(ORDERS, 21);
        let mut tapped = Tapped::default();
        for step in steps {
            desk = take(desk, &mut orders, &mut tapped, step);
            check(&desk, &orders, &tapped);
        }
        desk.store.mirror_due().unwrap();
        pay(&desk);
        check(&desk, &orders, &tapped);
        prop_assert_eq!(desk.store.local().ahead().count(), 0, "the cache has every mark");
    }
}

#[tokio::test(start_paused = true)]
async fn the_index_alone_finds_notes_and_flags_once_the_mirror_has_them() {
    let (desk, orders) = shop(ORDERS, 22);
    pay(&desk);
    desk.store.mirror_due().unwrap();
    let noted = OrderKey(key(&orders[5]));
    desk.orders.add_note(&noted, "退回的礼盒").unwrap();
    desk.orders.set_flag(&noted, Some(Flag::Blue)).unwrap();
    let indexed = |words: &str| {
        let asked = asked(&terms(words).unwrap(), &names()).firmly;
        desk.store.read(|cache| cache.indexed_text(&asked, Place::FIRST, Direction::Down, 100)).unwrap().len()
    };
    assert_eq!((indexed("退回"), indexed("蓝旗"), desk.store.local().ahead().count()), (0, 0, 1));
    assert!(desk.store.mirror_due().unwrap());
    pay(&desk);
    assert_eq!((indexed("退回"), indexed("蓝旗"), desk.store.local().ahead().count()), (1, 1, 0));
    // Of another text and of none the old words are gone.
    desk.orders.add_note(&noted, "又寄出了").unwrap();
    desk.orders.set_flag(&noted, None).unwrap();
    desk.store.mirror_due().unwrap();
    pay(&desk);
    assert_eq!((indexed("退回"), indexed("寄出"), indexed("蓝旗")), (0, 1, 0));
    let hits = desk.orders.search(&asks("寄出"), &Window::top(5)).unwrap().hits;
    assert_eq!(hits.iter().map(|hit| &hit.row.key).collect::<Vec<_>>(), [&noted]);
}

#[tokio::test(start_paused = true)]
async fn a_note_written_right_before_the_end_is_found_after_it() {
    let (desk, orders) = shop(ORDERS, 23);
    pay(&desk);
    let noted = OrderKey(key(&orders[3]));
    desk.orders.add_note(&noted, "退回的礼盒").unwrap();
    desk.store.mirror_due().unwrap();
    // The cache has the note's place already, and would not notice another text but for its hash.
    desk.orders.add_note(&noted, "老客户").unwrap();
    let desk = desk.again(false);
    let found =
        |desk: &Desk| desk.orders.search(&asks("老客户"), &Window { from: From::Top, size: 5 }).unwrap().hits.len();
    assert_eq!((desk.store.local().ahead().count(), found(&desk)), (1, 1));
    desk.store.mirror_due().unwrap();
    assert_eq!((desk.store.local().ahead().count(), found(&desk)), (0, 1));
}
