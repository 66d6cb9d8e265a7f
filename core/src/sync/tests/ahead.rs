//! A page that is read ahead on another thread is stored as one that is read in place, batch by batch.

use bytes::Bytes;
use proptest::prelude::*;
use shopkeeper_protocol::{Cursor, End, Hello, Incarnation, Line, Progress, VersionRange};

use super::phone::{all_sinks, content};
use super::relay::{entity_line, order};
use crate::ports::StoreThreads;
use crate::store::Store;
use crate::sync::apply::{Pace, Page, Storing};
use crate::sync::sink::Sinks;
use crate::sync::state::Origin;
use crate::time::Instant;

#[derive(Debug, Clone)]
enum Said {
    Order(u32, u32),
    Gone(u32),
    /// A body that cannot be read.
    Bad(u32),
    /// Of a kind that nobody stores.
    Kind(u32),
    Text(&'static str),
    End,
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        120 => (0..400_u32, 0..5_u32).prop_map(|(n, state)| Said::Order(n, state)),
        6 => (0..400_u32).prop_map(Said::Gone),
        4 => (0..400_u32).prop_map(Said::Bad),
        3 => (0..400_u32).prop_map(Said::Kind),
        3 => prop::sample::select(vec![
            "", "\r", "{not json}", "\u{fffd}", "[]", "null", r#"{"weather":{"of":"tomorrow"}}"#,
            r#"{"entity":{"kind":"order","key":"wx:2","seq":"2","body":{}}}"#, r#"{"gone":{"kind":"order"}}"#,
        ]).prop_map(Said::Text),
        1 => prop_oneof![3 => Just(Said::End), 1 => Just(Said::Text(r#"{"reset":"too_old"}"#))],
    ]
}

fn hello() -> String {
    let hello = Hello {
        speaks: VersionRange::OURS,
        capabilities: Vec::new(),
        server_time: 1,
        incarnation: Incarnation::from("life"),
        role: None,
        shop: None,
        held: Vec::new(),
    };
    serde_json::to_string(&Line::Hello(hello)).unwrap()
}

fn end(seq: u64) -> String {
    let end = End {
        cursor: Cursor { incarnation: Incarnation::from("life"), seq },
        head: seq,
        continue_from: Some("there".to_owned()),
        more: false,
        watermarks: Vec::new(),
        claims: Vec::new(),
        progress: Some(Progress { stage: "history".to_owned(), sent: seq, total: seq }),
    };
    serde_json::to_string(&Line::End(Box::new(end))).unwrap()
}

/// The page, cut so many thousandths before its end.
fn page(said: &[Said], cut: usize) -> Bytes {
    let mut text = hello();
    for (seq, said) in (1_u64..).zip(said) {
        text.push('\n');
        let key = |n: &u32| format!("wx:{n:04}");
        text.push_str(&match said {
            Said::Order(n, state) => {
                entity_line("order", &key(n), seq, &serde_json::to_string(&order(*n, *state)).unwrap())
            }
            Said::Gone(n) => format!(r#"{{"gone":{{"kind":"order","key":"{}","seq":{seq}}}}}"#, key(n)),
            Said::Bad(n) => entity_line("order", &key(n), seq, r#"{"number":7}"#),
            Said::Kind(n) => entity_line("weather", &key(n), seq, "{}"),
            Said::Text(text) => (*text).to_owned(),
            Said::End => end(seq),
        });
    }
    text.push('\n');
    text.push_str(&end(9_999));
    text.push('\n');
    let mut bytes = text.into_bytes();
    // The first line is what makes it a page.
    bytes.truncate((bytes.len() * (1_000 - cut) / 1_000).max(hello().len() + 1));
    bytes.into()
}

/// What each batch of a page reported, and what was stored after it.
fn batches(threads: StoreThreads, text: &Bytes, limit: usize) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), None, threads).unwrap();
    let page = Page::new(text.clone(), Origin::First(None), 1).unwrap();
    let mut storing = Storing::new(&store, &Sinks::new(all_sinks()), page, Pace { rows: limit, reads_beside: true });
    let mut seen = Vec::new();
    loop {
        let ended = storing.store_batch(&store, Instant::EPOCH).unwrap();
        let state = store.read(|reader| reader.sync_state()).unwrap();
        seen.push(format!("{ended:?} {:?} {state:?} {:?}", storing.report, content(&store)));
        if ended.is_some() {
            return seen;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_page_read_ahead_is_stored_as_one_read_in_place(
        said in prop::collection::vec(said(), 250..700),
        cut in prop_oneof![2 => Just(0_usize), 1 => 0..1_000_usize],
        limit in 40..400_usize,
    ) {
        let text = page(&said, cut);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _guard = runtime.enter();
        let (ahead, here) = (batches(StoreThreads::Own, &text, limit), batches(StoreThreads::InPlace, &text, limit));
        prop_assert_eq!(ahead, here);
    }
}
