use std::collections::BTreeMap;

use http::header::ACCEPT_ENCODING;
use proptest::prelude::*;
use serde_json::{Value, json};
use shopkeeper_protocol::{EntityKey, EntityKind, Watermark};

use super::bench::{Bench, NOW, body, get, unzip};

const DAY: i64 = 24 * 3_600 * 1_000;

async fn order(bench: &Bench, n: i64, open: bool, what: &str) {
    let body = json!({ "number": n.to_string(), "what": what }).to_string();
    bench.put(EntityKind::Order, &format!("wx:{n}"), body, open, NOW - n * DAY).await;
}

fn keys(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["entity"]["key"].as_str()).collect()
}

fn end(lines: &[Value]) -> &Value {
    &lines.last().unwrap()["end"]
}

fn next(lines: &[Value]) -> Option<String> {
    end(lines)["continue_from"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn the_first_sync_goes_by_importance() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for (n, open) in [(1, false), (2, true), (3, false), (4, true)] {
        order(&bench, n, open, "").await;
    }
    let carrier = json!({ "code": "SF", "name": "顺丰" }).to_string();
    bench.put(EntityKind::Carrier, "wx:SF", carrier, false, 0).await;
    let event = |at: i64| json!({ "order": "wx:2", "kind": "hurry", "at": at }).to_string();
    bench.put(EntityKind::OrderEvent, "recent", event(NOW - DAY), false, NOW - DAY).await;
    bench.put(EntityKind::OrderEvent, "old", event(NOW - 91 * DAY), false, NOW - 91 * DAY).await;
    let lines = bench.feed(&token, "/v1/first").await;
    assert!(lines[0]["hello"]["incarnation"].is_string());
    assert_eq!(keys(&lines), ["wx:shop", "wx:SF", "wx:2", "wx:4", "wx:1", "wx:3", "recent"]);
    assert_eq!(next(&lines), None);
    assert_eq!(end(&lines)["progress"], json!({ "stage": "outcomes", "sent": 7, "total": 7 }));
    assert_eq!(end(&lines)["cursor"]["seq"], 8);

    // The same in pages of two.
    let mut all = Vec::new();
    let mut from = String::new();
    loop {
        let lines = bench.feed(&token, &format!("/v1/first?limit=2{from}")).await;
        assert!(keys(&lines).len() <= 2);
        all.extend(keys(&lines).iter().map(|key| (*key).to_owned()));
        match next(&lines) {
            Some(text) => from = format!("&from={text}"),
            None => break,
        }
    }
    assert_eq!(all, keys(&lines));
}

#[tokio::test]
async fn the_total_is_what_the_relay_has_by_now() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for n in 1..=6 {
        order(&bench, n, false, "").await;
    }
    let mut from = String::new();
    let mut totals = Vec::new();
    for more in [false, false, true, false] {
        if more {
            order(&bench, 7, false, "").await;
        }
        let lines = bench.feed(&token, &format!("/v1/first?limit=1{from}")).await;
        totals.push(end(&lines)["progress"]["total"].as_u64().unwrap());
        from = format!("&from={}", next(&lines).unwrap());
    }
    // The shop is one of them.
    assert_eq!(totals, [7, 7, 8, 8]);
}

#[tokio::test]
async fn claims_grow_with_the_pages_and_never_beyond_the_relay() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for n in 1..=4 {
        order(&bench, n, n == 1, "").await;
    }
    let claims = |from: String| {
        let (bench, token) = (&bench, &token);
        async move {
            let lines = bench.feed(token, &format!("/v1/first?limit=2{from}")).await;
            let claims: Vec<Value> =
                end(&lines)["claims"].as_array().into_iter().flatten().map(|claim| claim["complete"].clone()).collect();
            (claims, next(&lines).map(|text| format!("&from={text}")))
        }
    };
    let (none, from) = claims(String::new()).await;
    assert!(none.is_empty());
    let mark = |since| Watermark {
        kind: EntityKind::Order,
        as_of: Some(NOW),
        open_complete: true,
        created_since: since,
        first_reading: None,
    };
    // What becomes complete after the first page was taken, the changes tell.
    let since = NOW - 3 * DAY;
    bench.store.write(move |tx| tx.set_watermark(&mark(Some(since)))).await.unwrap();
    assert!(claims(from.unwrap()).await.0.is_empty());

    let (claimed, from) = claims(String::new()).await;
    assert!(claimed.is_empty(), "shop and one open order; whether there are more is not known yet: {claimed:?}");
    let (claimed, from) = claims(from.unwrap()).await;
    assert_eq!(claimed, [json!("open"), json!({ "created_since": NOW - 3 * DAY + 1 })]);
    let (claimed, from) = claims(from.unwrap()).await;
    assert_eq!(claimed, [json!("open"), json!({ "created_since": since })]);
    assert_eq!(from, None);
}

async fn after_sale(bench: &Bench, n: i64, open: bool) {
    let body = json!({ "number": n.to_string(), "status": "X" }).to_string();
    bench.put(EntityKind::AfterSale, &format!("wx:aftersale:{n}"), body, open, NOW - n * DAY).await;
}

const WITH_AFTER_SALES: &str = "kinds=shop,order,after_sale";

#[tokio::test]
async fn after_sales_come_by_importance_to_who_asks_for_them() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for (n, open) in [(1, false), (2, true)] {
        order(&bench, n, open, "").await;
        after_sale(&bench, n, open).await;
    }
    for kind in [EntityKind::Order, EntityKind::AfterSale] {
        let mark =
            Watermark { kind, as_of: Some(NOW), open_complete: true, created_since: Some(0), first_reading: None };
        bench.store.write(move |tx| tx.set_watermark(&mark)).await.unwrap();
    }
    let all = ["wx:shop", "wx:2", "wx:aftersale:2", "wx:1", "wx:aftersale:1"];
    let lines = bench.feed(&token, &format!("/v1/first?{WITH_AFTER_SALES}")).await;
    assert_eq!(keys(&lines), all);
    let kinds = |what: &str| -> Vec<String> {
        let told = end(&lines)[what].as_array().unwrap().iter();
        told.map(|told| told["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds("watermarks"), ["after_sale", "order"]);
    assert_eq!(kinds("claims"), ["order", "order", "after_sale", "after_sale"]);

    // Page by page; the kinds of the first page hold for all.
    let (mut told, mut asked) = (Vec::new(), WITH_AFTER_SALES.to_owned());
    let mut claims = Vec::new();
    loop {
        let lines = bench.feed(&token, &format!("/v1/first?limit=1&{asked}")).await;
        told.extend(keys(&lines).iter().map(|key| (*key).to_owned()));
        claims.push(end(&lines)["claims"].as_array().map_or(0, Vec::len));
        let Some(from) = next(&lines) else { break };
        asked = format!("from={from}");
    }
    assert_eq!(told, all);
    assert_eq!(claims, [0, 0, 1, 3, 4, 4], "open orders, open after-sales and some history, all of it");

    let old = bench.feed(&token, "/v1/first").await;
    assert_eq!(keys(&old), ["wx:shop", "wx:2", "wx:1"]);
    assert_eq!(end(&old)["progress"], json!({ "stage": "outcomes", "sent": 3, "total": 3 }));
    assert_eq!(end(&old)["watermarks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cursor_goes_past_what_was_not_asked_for() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    order(&bench, 1, true, "").await;
    for n in 1..=3 {
        after_sale(&bench, n, true).await;
    }
    let life = bench.store.incarnation();
    let ask = |seq: u64, more: &str| format!("/v1/changes?incarnation={life}&seq={seq}&limit=2{more}");
    let lines = bench.feed(&token, &ask(0, "")).await;
    assert_eq!((keys(&lines), &end(&lines)["more"]), (vec!["wx:shop", "wx:1"], &json!(true)));
    let lines = bench.feed(&token, &ask(2, "")).await;
    assert_eq!((keys(&lines), &end(&lines)["more"]), (vec![], &json!(false)));
    assert_eq!(end(&lines)["cursor"]["seq"], 5, "nothing is asked for again and again");
    let lines = bench.feed(&token, &ask(2, "&kinds=after_sale")).await;
    assert_eq!(keys(&lines), ["wx:aftersale:1", "wx:aftersale:2"]);
    assert_eq!((&end(&lines)["cursor"]["seq"], &end(&lines)["more"]), (&json!(4), &json!(true)));
    let answer = bench.send(get(&ask(2, "&kinds=order,,shop"), &token)).await;
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn a_walk_begun_by_an_earlier_build_goes_on() {
    use base64::Engine as _;
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for n in 1..=2 {
        order(&bench, n, false, "").await;
        after_sale(&bench, n, true).await;
    }
    // As 1.0 wrote it: in the history, after the first of two orders.
    let from = json!({
        "v": 1, "incarnation": bench.store.incarnation(), "s0": 5, "began": NOW, "stage": 3, "last": [NOW - DAY, "wx:1"], "sent": 2,
        "open_complete": true, "created_since": 0,
    });
    let from = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(from.to_string());
    let lines = bench.feed(&token, &format!("/v1/first?from={from}")).await;
    assert_eq!(keys(&lines), ["wx:2"]);
    assert_eq!((next(&lines), end(&lines)["claims"].as_array().map(Vec::len)), (None, Some(2)));
}

#[tokio::test]
async fn a_continuation_of_a_store_that_is_no_more_is_reset() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    order(&bench, 1, true, "").await;
    let from = next(&bench.feed(&token, "/v1/first?limit=1").await).unwrap();
    let again = bench.feed(&token, &format!("/v1/first?limit=1&from={from}")).await;
    assert_eq!(again, bench.feed(&token, &format!("/v1/first?limit=1&from={from}")).await, "any number of times");

    let other = Bench::new().await;
    let token = other.pair().await;
    other.store.write(|tx| tx.forget_lives_for_test()).await.unwrap();
    let lines = other.feed(&token, &format!("/v1/first?from={from}")).await;
    assert_eq!(lines[1..], [json!({ "reset": "unknown_incarnation" })]);
}

#[tokio::test]
async fn changes_tell_entities_tombstones_and_what_waits() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    order(&bench, 1, true, "").await;
    order(&bench, 2, true, "").await;
    order(&bench, 1, true, "again").await;
    bench.store.write(|tx| tx.bury(&EntityKind::Order, &EntityKey::from("wx:2"), NOW)).await.unwrap();
    let life = bench.store.incarnation();
    let lines = bench.feed(&token, &format!("/v1/changes?incarnation={life}&seq=0&limit=2")).await;
    assert_eq!(keys(&lines), ["wx:shop", "wx:1"]);
    assert_eq!((&end(&lines)["cursor"]["seq"], &end(&lines)["more"]), (&json!(4), &json!(true)));
    let lines = bench.feed(&token, &format!("/v1/changes?incarnation={life}&seq=4")).await;
    assert_eq!(lines[1], json!({ "gone": { "kind": "order", "key": "wx:2", "seq": 5 } }));
    assert_eq!((&end(&lines)["cursor"]["seq"], &end(&lines)["more"]), (&json!(5), &json!(false)));
    let lines = bench.feed(&token, &format!("/v1/changes?incarnation={life}&seq=5")).await;
    assert_eq!((lines.len(), &end(&lines)["cursor"]["seq"]), (2, &json!(5)));
    let lines = bench.feed(&token, &format!("/v1/changes?incarnation={life}&seq=6")).await;
    assert_eq!(lines[1..], [json!({ "reset": "beyond_end" })]);
    let lines = bench.feed(&token, "/v1/changes?incarnation=nobody&seq=0").await;
    assert_eq!(lines[1..], [json!({ "reset": "unknown_incarnation" })]);
}

#[tokio::test]
async fn a_page_is_packed_for_who_can_unpack_it() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    for n in 0..50 {
        order(&bench, n, true, "the same words again and again").await;
    }
    let plain = body(bench.send(get("/v1/first", &token)).await).await;
    for (accepts, packed) in [("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("identity", false)] {
        let mut request = get("/v1/first", &token);
        request.headers_mut().insert(ACCEPT_ENCODING, accepts.parse().unwrap());
        let answer = bench.send(request).await;
        assert_eq!(answer.headers().contains_key("content-encoding"), packed, "{accepts}");
        let bytes = body(answer).await;
        if packed {
            assert!(bytes.len() * 2 < plain.len());
            assert_eq!(unzip(&bytes).as_bytes(), plain);
        } else {
            assert_eq!(bytes, plain);
        }
    }
}

#[tokio::test]
async fn a_page_ends_when_it_is_large_enough() {
    let bench = Bench::new().await;
    let token = bench.pair().await;
    let much = "长".repeat(700_000);
    for n in 0..4 {
        order(&bench, n, true, &much).await;
    }
    let lines = bench.feed(&token, "/v1/first?limit=2000").await;
    assert_eq!(keys(&lines), ["wx:shop", "wx:0", "wx:1"]);
    let lines = bench.feed(&token, &format!("/v1/first?limit=2000&from={}", next(&lines).unwrap())).await;
    assert_eq!(keys(&lines), ["wx:2", "wx:3"]);
    let life = bench.store.incarnation();
    let lines = bench.feed(&token, &format!("/v1/changes?incarnation={life}&seq=0&limit=2000")).await;
    assert_eq!((keys(&lines).len(), &end(&lines)["more"]), (3, &json!(true)));
}

#[derive(Debug, Clone)]
enum Step {
    Put { n: i64, open: bool, what: u8 },
    Bury { n: i64 },
    First { limit: usize },
    Changes { limit: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..12i64, any::<bool>(), 0..3u8).prop_map(|(n, open, what)| Step::Put { n, open, what }),
        1 => (0..12i64).prop_map(|n| Step::Bury { n }),
        3 => (1..4usize).prop_map(|limit| Step::First { limit }),
        2 => (1..4usize).prop_map(|limit| Step::Changes { limit }),
    ]
}

/// A phone of nothing but the rule "the greater sequence wins".
#[derive(Default)]
struct Phone {
    rows: BTreeMap<String, (u64, Option<Value>)>,
    cursor: Option<(String, u64)>,
    from: Option<String>,
    first_done: bool,
}

impl Phone {
    async fn first(&mut self, bench: &Bench, token: &str, limit: usize) {
        if self.first_done {
            return;
        }
        let from = self.from.as_ref().map(|from| format!("&from={from}")).unwrap_or_default();
        let lines = bench.feed(token, &format!("/v1/first?limit={limit}{from}")).await;
        self.take(&lines);
        let cursor = &end(&lines)["cursor"];
        self.cursor.get_or_insert((cursor["incarnation"].as_str().unwrap().into(), cursor["seq"].as_u64().unwrap()));
        self.from = next(&lines);
        self.first_done = self.from.is_none();
    }

    async fn changes(&mut self, bench: &Bench, token: &str, limit: usize) -> bool {
        let Some((life, seq)) = self.cursor.clone() else { return false };
        let lines = bench.feed(token, &format!("/v1/changes?incarnation={life}&seq={seq}&limit={limit}")).await;
        self.take(&lines);
        self.cursor = Some((life, end(&lines)["cursor"]["seq"].as_u64().unwrap()));
        end(&lines)["more"].as_bool().unwrap()
    }

    fn take(&mut self, lines: &[Value]) {
        for line in lines {
            let (told, body) = match (&line["entity"], &line["gone"]) {
                (Value::Null, Value::Null) => continue,
                (Value::Null, gone) => (gone, None),
                (entity, _) => (entity, Some(entity["body"].clone())),
            };
            let seq = told["seq"].as_u64().unwrap();
            let row = self.rows.entry(told["key"].as_str().unwrap().into()).or_default();
            if seq > row.0 {
                *row = (seq, body);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// However writes and pages interleave, first sync and changes together are the store.
    #[test]
    fn first_and_changes_together_are_the_store(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            let token = bench.pair().await;
            let mut phone = Phone::default();
            for step in steps {
                match step {
                    Step::Put { n, open, what } => order(&bench, n, open, &what.to_string()).await,
                    Step::Bury { n } => {
                        let key = EntityKey(format!("wx:{n}"));
                        bench.store.write(move |tx| tx.bury(&EntityKind::Order, &key, NOW)).await.unwrap();
                    }
                    Step::First { limit } => phone.first(&bench, &token, limit).await,
                    Step::Changes { limit } => drop(phone.changes(&bench, &token, limit).await),
                }
            }
            while !phone.first_done {
                phone.first(&bench, &token, 3).await;
            }
            while phone.changes(&bench, &token, 3).await {}
            let stored = bench.store.read(|reader| reader.changes(&EntityKind::OF_1_0.into(), 0, 10_000)).await.unwrap();
            let living = |rows: BTreeMap<String, (u64, Option<Value>)>| -> BTreeMap<_, _> {
                rows.into_iter().filter(|(_, (_, body))| body.is_some()).collect()
            };
            let stored: BTreeMap<String, (u64, Option<Value>)> = stored
                .into_iter()
                .map(|row| (row.key.0, (row.seq, row.body.map(|body| serde_json::from_str(&body).unwrap()))))
                .collect();
            assert_eq!(living(phone.rows), living(stored));
        });
    }
}
