//! The index against an oracle that shares nothing with it but the table of fields: from each order it writes down every query that must
//! find it.

use std::collections::{BTreeMap, BTreeSet};

use shopkeeper_protocol::Order;

use super::super::fields::{Field, How, TABLE, Value, has_all};
use super::super::fold::folded;
use super::super::letters::Letters;
use super::super::terms::terms;
use super::super::tokens::{Asked, asked};
use super::{Dice, key, pay, shop};
use crate::ids::OrderKey;
use crate::orders::{From, SearchQuery, Window};
use crate::store::orders::{Direction, Place};

const LONGEST: usize = 8;

/// Which orders each query must find.
#[derive(Default)]
struct Oracle {
    parts: BTreeMap<String, BTreeSet<OrderKey>>,
    /// By the letters and digits of a query.
    endings: BTreeMap<String, BTreeSet<OrderKey>>,
}

impl Oracle {
    fn of(orders: &[Order], notes: &BTreeMap<String, String>) -> Self {
        let mut oracle = Self::default();
        for order in orders {
            let key = OrderKey(key(order));
            for (field, text) in texts(order, notes.get(key.as_str())) {
                let ways = TABLE.iter().find(|(other, _)| *other == field).unwrap().1;
                for how in ways {
                    oracle.learn(&key, *how, &folded(&text));
                }
            }
        }
        oracle
    }

    fn learn(&mut self, key: &OrderKey, how: How, text: &[char]) {
        match how {
            How::Part => {
                for piece in text.split(|c| *c == ' ') {
                    for length in 1..=LONGEST {
                        for part in piece.windows(length) {
                            self.parts.entry(part.iter().collect()).or_default().insert(key.clone());
                        }
                    }
                }
            }
            How::Ending | How::MaskedEnding => {
                let number: String = text.iter().collect();
                let mut ends: Vec<String> = (4..=8).filter_map(|n| ending(&number, n)).collect();
                ends.push(number);
                for end in ends.into_iter().filter(|end| end.chars().all(char::is_alphanumeric)) {
                    self.endings.entry(end).or_default().insert(key.clone());
                }
            }
            How::Letters => {
                for from in 0..text.len() {
                    self.spell(key, &text[from..], "", 2);
                }
            }
            How::LeadingLetters => self.spell(key, text, "", 1),
            How::Amount => {
                let text: String = text.iter().collect();
                let (yuan, fen) = text.split_once('.').unwrap();
                for way in [yuan, &format!("{yuan}.{}", &fen[..1]), &text, &format!("{yuan}{fen}")] {
                    for typed in [way.to_owned(), format!("¥{way}"), format!("{way}元")] {
                        self.parts.entry(typed).or_default().insert(key.clone());
                    }
                }
            }
        }
    }

    fn spell(&mut self, key: &OrderKey, text: &[char], before: &str, least: usize) {
        if before.len() >= least {
            self.parts.entry(before.to_owned()).or_default().insert(key.clone());
        }
        let Some((first, rest)) = text.split_first().filter(|_| before.len() < LONGEST) else { return };
        for letter in Letters::of(*first).iter() {
            self.spell(key, rest, &format!("{before}{letter}"), least);
        }
    }

    fn finds(&self, query: &str) -> BTreeSet<OrderKey> {
        let number: String = query.chars().filter(|c| c.is_alphanumeric()).collect();
        let found = [self.parts.get(query), self.endings.get(&number)];
        found.into_iter().flatten().flatten().cloned().collect()
    }

    fn queries(&self) -> BTreeSet<String> {
        let all = self.parts.keys().chain(self.endings.keys().filter(|end| end.len() <= LONGEST));
        all.cloned().collect()
    }
}

fn ending(number: &str, length: usize) -> Option<String> {
    let count = number.chars().count();
    (count >= length).then(|| number.chars().skip(count - length).collect())
}

fn texts(order: &Order, note: Option<&String>) -> Vec<(Field, String)> {
    let mut texts = vec![
        (Field::Number, order.number.clone()),
        (Field::Phone, order.buyer.phone.clone()),
        (Field::Buyer, order.buyer.name.clone()),
        (Field::Province, order.buyer.province.clone()),
        (Field::City, order.buyer.city.clone()),
        (Field::BuyerNote, order.buyer_note.clone()),
        (Field::PlatformNote, order.merchant_note.clone()),
        (Field::Amount, format!("{}.{:02}", order.money.payable / 100, order.money.payable % 100)),
    ];
    for line in &order.lines {
        texts.push((Field::Product, line.title.clone()));
        texts.push((Field::Sku, line.sku_text.clone()));
        texts.push((Field::SkuCode, line.sku_code.clone()));
    }
    texts.extend(order.parcels.iter().map(|parcel| (Field::Waybill, parcel.waybill.clone())));
    texts.extend(note.map(|note| (Field::PrivateNote, note.clone())));
    texts
}

/// What the index finds, compared in memory with what is indexed: as a search does, without reading each order each time.
fn check(desk: &super::Desk, orders: &[Order], oracle: &Oracle, queries: impl IntoIterator<Item = String>) {
    let read = desk.store.read(|cache| {
        let mut here: BTreeMap<Place, (OrderKey, Vec<Value>)> = BTreeMap::new();
        for order in orders {
            let place = cache.place_of(&OrderKey(key(order)))?.unwrap();
            let found = cache.searchables()?.at(place)?.unwrap();
            here.insert(found.place, (found.key, found.values));
        }
        for query in queries {
            let terms = terms(&query).unwrap();
            let Asked { loosely, firmly } = asked(&terms, &BTreeMap::new());
            for asked in [loosely, firmly] {
                let places = cache.indexed_text(&asked, Place::FIRST, Direction::Down, u32::MAX)?;
                assert!(places.is_sorted());
                let found = places.iter().map(|place| &here[place]).filter(|(_, values)| has_all(values, &terms));
                let found: BTreeSet<OrderKey> = found.map(|(key, _)| key.clone()).collect();
                assert_eq!(found, oracle.finds(&query), "{query:?}");
            }
        }
        Ok(())
    });
    read.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_query_of_one_to_eight_characters_finds_what_it_must() {
    let (desk, orders) = shop(300, 1);
    pay(&desk);
    let oracle = Oracle::of(&orders, &BTreeMap::new());
    let queries = oracle.queries();
    assert!(queries.len() > 2_000, "{}", queries.len());
    check(&desk, &orders, &oracle, queries);
}

#[tokio::test(start_paused = true)]
async fn two_thousand_stratified_queries_find_what_they_must_in_a_larger_shop() {
    let (desk, orders) = shop(900, 6);
    pay(&desk);
    let oracle = Oracle::of(&orders, &BTreeMap::new());
    check(&desk, &orders, &oracle, stratified(&oracle, &mut Dice(9), 2_000));
}

/// As many queries of each length, of ASCII and of other characters, drawn with repetition.
fn stratified(oracle: &Oracle, dice: &mut Dice, count: usize) -> Vec<String> {
    let mut strata: BTreeMap<(usize, bool), Vec<String>> = BTreeMap::new();
    for query in oracle.queries() {
        strata.entry((query.chars().count(), query.is_ascii())).or_default().push(query);
    }
    let mut queries = Vec::new();
    for (at, stratum) in strata.values().cycle().enumerate() {
        if at == count {
            break;
        }
        queries.push(stratum[dice.below(stratum.len())].clone());
    }
    queries
}

#[tokio::test(start_paused = true)]
async fn queries_find_the_same_owed_and_indexed_and_page_by_page() {
    let (desk, orders) = shop(160, 2);
    let mut dice = Dice(3);
    let mut notes = BTreeMap::new();
    for order in orders.iter().step_by(9) {
        let note = dice.of(&["老客戶 要开票", "问过了，发圆通", "2807"]).to_owned();
        desk.orders.add_note(&OrderKey(key(order)), &note).unwrap();
        notes.insert(key(order), note);
    }
    let oracle = Oracle::of(&orders, &notes);
    let mut queries = stratified(&oracle, &mut dice, 60);
    // Words of different fields, also of a note and of the order.
    for _ in 0..20 {
        let (a, b) = (dice.below(queries.len()), dice.below(queries.len()));
        queries.push(format!("{} {}", queries[a], queries[b]));
    }
    queries.push("老客户 杯".to_owned());
    let answers = |desk: &super::Desk| -> Vec<Vec<OrderKey>> {
        queries.iter().map(|query| everything(desk, &SearchQuery::new(query))).collect()
    };
    let owed = answers(&desk);
    pay(&desk);
    let indexed = answers(&desk);
    for ((query, owed), indexed) in queries.iter().zip(owed).zip(indexed) {
        assert_eq!(owed, indexed, "{query:?}");
        let mut words = query.split(' ').map(|word| oracle.finds(word));
        let first = words.next().unwrap();
        let must = words.fold(first, |all, word| all.intersection(&word).cloned().collect());
        assert_eq!(indexed.iter().cloned().collect::<BTreeSet<_>>(), must, "{query:?}");
        assert_eq!(indexed.len(), must.len(), "{query:?} finds an order twice");
    }
}

/// Everything that is found, in windows down and then up again.
pub(super) fn everything(desk: &super::Desk, query: &SearchQuery) -> Vec<OrderKey> {
    let (mut down, mut from) = (Vec::new(), From::Top);
    let mut last = None;
    loop {
        let page = desk.orders.search(query, &Window { from, size: 25 }).unwrap();
        assert!(page.hits.iter().all(|hit| !hit.highlights.is_empty()));
        down.extend(page.hits.iter().map(|hit| hit.row.key.clone()));
        last = page.hits.last().map(|hit| hit.row.anchor.clone()).or(last);
        match page.after {
            Some(after) => from = From::After(after),
            None => break,
        }
    }
    if let Some(last) = last {
        let mut up = down.last().cloned().into_iter().collect::<Vec<_>>();
        let mut from = From::Before(last);
        loop {
            let page = desk.orders.search(query, &Window { from, size: 25 }).unwrap();
            up.splice(0..0, page.hits.iter().map(|hit| hit.row.key.clone()));
            match page.before {
                Some(before) => from = From::Before(before),
                None => break,
            }
        }
        assert_eq!(up, down, "{query:?}");
    }
    down
}
