//! A relay that says what is no feed. Pages go in through the public sync entry, as bytes.

use serde_json::{Value, json};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::OrderFilter;
use shopkeeper_core::sync::{PullReport, RelayReading, Sync};
use shopkeeper_sandbox::world::OrderId;

use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Phone, Town, count, key};

/// A paired phone with everything, and nobody who would sync behind the test's back.
async fn quiet_phone(town: &Town) -> (Phone, Sync) {
    let phone = town.ready_phone("counter").await;
    phone.wire.cut();
    let sync = phone.core().sync().expect("a paired phone");
    (phone, sync)
}

/// A page of `lines` between a greeting of this relay and an end.
fn page(lines: &[String], seq: u64) -> String {
    let mut text = hello(1, 0);
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text + &end(seq)
}

fn hello(major: u16, minor: u16) -> String {
    let version = json!({ "major": major, "minor": minor });
    let hello = json!({ "speaks": { "min": version, "max": version }, "server_time": 0, "incarnation": "feedbook" });
    format!("{}\n", json!({ "hello": hello }))
}

fn end(seq: u64) -> String {
    format!("{}\n", json!({ "end": { "cursor": { "incarnation": "feedbook", "seq": seq }, "head": seq } }))
}

fn order(number: &str, seq: u64, body: &Value) -> String {
    json!({ "entity": { "kind": "order", "key": format!("wx:{number}"), "seq": seq, "body": body } }).to_string()
}

fn small(number: &str) -> Value {
    json!({ "number": number, "status": 20, "created_at": 1_789_000_000_000_i64, "updated_at": 1_789_000_000_000_i64 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_rows_are_set_aside_and_counted_and_the_others_kept() {
    let town = Town::quiet(29, 10).await;
    let (phone, sync) = quiet_phone(&town).await;
    let lines = [
        order("1000000000000000001", 1, &small("1000000000000000001")),
        order("1000000000000000002", 2, &json!({ "number": "1000000000000000002", "status": "paid" })),
        order("1000000000000000003", 3, &json!(["not", "an", "order"])),
        order("1000000000000000004", 4, &json!({ "number": "x", "created_at": 1e300 })),
        "{\"entity\":{\"kind\":\"order\",\"key\":\"wx:5\",\"seq\":5,\"body\":{".to_owned(),
        "this is no JSON".to_owned(),
        json!({ "entity": { "kind": "weather", "key": "wx:6", "seq": 6, "body": { "sun": true } } }).to_string(),
        json!({ "advice": { "from": "a later protocol" } }).to_string(),
        order("1000000000000000007", 7, &small("1000000000000000007")),
    ];
    let report = sync.ingest(page(&lines, 7).as_bytes()).expect("a page with an end");
    let wanted = PullReport { changed: 2, set_aside: 5, passed_over: 2, ..report };
    assert_eq!(report, wanted);
    for number in [1_000_000_000_000_000_001, 1_000_000_000_000_000_007] {
        assert_eq!(phone.detail(OrderId::new(number)).row.status, 20);
    }
    assert!(!phone.knows(OrderId::new(1_000_000_000_000_000_002)));
    let aside = sync.status().set_aside;
    assert!(aside >= 3, "what has a name of its own is kept aside: {aside}");

    // A later version of a bad row heals it.
    let healed = order("1000000000000000002", 8, &small("1000000000000000002"));
    let report = sync.ingest(page(&[healed], 8).as_bytes()).expect("a page");
    assert_eq!((report.changed, report.set_aside), (1, 0));
    assert!(phone.knows(OrderId::new(1_000_000_000_000_000_002)));
    assert_eq!(sync.status().set_aside, aside - 1);

    // A bad version of a row that is here leaves the last good state.
    let worse = order("1000000000000000001", 9, &json!({ "number": 1, "status": {} }));
    let report = sync.ingest(page(&[worse], 9).as_bytes()).expect("a page");
    assert_eq!(report.set_aside, 1);
    assert_eq!(phone.detail(OrderId::new(1_000_000_000_000_000_001)).row.status, 20);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_a_relay_says_that_it_reads_is_told_and_a_word_of_later_builds_is_no_trouble() {
    let town = Town::quiet(29, 10).await;
    let (_phone, sync) = quiet_phone(&town).await;
    let said = |seq: u64, first_reading: Option<&str>| {
        let mut mark =
            json!({ "kind": "order", "as_of": 1_789_000_000_000_i64 + i64::try_from(seq).expect("a small one") });
        if let Some(word) = first_reading {
            mark["first_reading"] = word.into();
        }
        let cursor = json!({ "incarnation": "feedbook", "seq": seq });
        let end = json!({ "end": { "cursor": cursor, "head": seq, "watermarks": [mark] } });
        let report = sync.ingest(format!("{}{end}\n", hello(1, 0)).as_bytes()).expect("a page");
        report.relay_reading
    };
    assert_eq!(said(1, Some("running")), Some(RelayReading::Running));
    assert_eq!(said(2, Some("stuck")), Some(RelayReading::Stuck));
    assert_eq!(said(3, Some("ended")), Some(RelayReading::Ended));
    assert_eq!(said(4, Some("asleep")), None);
    assert_eq!(said(5, None), None);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_feed_is_refused_by_what_is_wrong_with_it_and_changes_nothing() {
    let town = Town::quiet(29, 10).await;
    let (phone, sync) = quiet_phone(&town).await;
    let bad_answer = |bytes: &[u8]| match sync.ingest(bytes) {
        Err(CoreError::BadAnswer { what }) => what,
        other => panic!("{:?} was taken as {other:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)])),
    };
    let packed_garbage = [0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xde, 0xad];
    for bytes in [
        &b""[..],
        b"\n\n\n",
        b"<html>Welcome to the hotel's network</html>",
        b"{\"hello\":{}}\n",
        b"\xff\xfe\x00\x00",
        end(1).as_bytes(),
        order("1", 1, &small("1")).as_bytes(),
        &packed_garbage,
    ] {
        let what = bad_answer(bytes);
        assert!(!what.is_empty() && what.len() < 200, "{what}");
    }
    assert_eq!(sync.ingest((hello(9, 0) + &end(1)).as_bytes()), Err(CoreError::UpgradeNeeded { side: "phone" }));
    assert_eq!(sync.ingest((hello(0, 9) + &end(1)).as_bytes()), Err(CoreError::UpgradeNeeded { side: "relay" }));
    assert_eq!(count(&phone.list(&OrderFilter::default())), 10);

    // Back with the real relay, all is as it was.
    phone.wire.join();
    phone.sync().await;
    phone.has_everything(&town).await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_breaks_off_keeps_its_rows_and_moves_no_cursor() {
    let town = Town::quiet(29, 10).await;
    let (phone, sync) = quiet_phone(&town).await;
    let whole = page(&[order("1", 1, &small("1")), order("2", 2, &small("2"))], 2);
    let cut = whole.find("\"end\"").expect("an end") + 3;
    assert!(matches!(sync.ingest(&whole.as_bytes()[..cut]), Err(CoreError::BadAnswer { .. })));
    assert!(phone.knows(OrderId::new(1)) && phone.knows(OrderId::new(2)), "rows before the break are stored");
    // The same page again, whole this time: nothing of it is news.
    let report = sync.ingest(whole.as_bytes()).expect("the whole page");
    assert_eq!((report.changed, report.same), (0, 2));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absurd_sizes_neither_break_nor_fill_the_phone() {
    let town = Town::quiet(29, 10).await;
    let (phone, sync) = quiet_phone(&town).await;
    let line = json!({
        "title": "长".repeat(100_000), "quantity": u32::MAX, "unit_price": i64::MAX, "paid": i64::MIN, "product": "1", "sku": "1",
    });
    let mut big = small("1000000000000000009");
    big["lines"] = Value::Array(vec![line; 30]);
    big["money"] = json!({ "goods": i64::MAX, "freight": i64::MAX, "payable": i64::MIN, "receives": i64::MAX });
    big["buyer_note"] = "备".repeat(200_000).into();
    let mut far = small("1000000000000000010");
    (far["created_at"], far["paid_at"]) = (i64::MAX.into(), i64::MIN.into());
    let mut deep = String::new();
    for _ in 0..100_000 {
        deep.push('[');
    }
    let lines = [
        order("1000000000000000009", 1, &big),
        order("1000000000000000010", 2, &far),
        deep,
        order("3", 3, &small("3")),
    ];
    let report = sync.ingest(page(&lines, 3).as_bytes()).expect("a page with an end");
    assert_eq!(report.changed + report.set_aside, 4, "each is stored or set aside: {report:?}");
    assert!(phone.knows(OrderId::new(3)), "the row after them is here");
    for row in phone.rows(&OrderFilter::default()) {
        let orders = phone.core().orders().expect("a paired phone");
        let money = orders.detail(&row.key).expect("whatever is in the list opens").money;
        let taken: i128 = money.discounts.iter().map(|(_, amount)| i128::from(amount.fen())).sum();
        let sum = i128::from(money.goods.fen()) + i128::from(money.freight.fen()) - taken;
        assert_eq!(sum, i128::from(money.payable.fen()), "{}", row.key);
    }
    assert!(phone.core().home().expect("a paired phone").view().is_ok());
    assert!(phone.core().orders().expect("a paired phone").find(key(OrderId::new(3)).as_str()).is_ok());
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packed_page_that_grows_without_measure_is_not_unpacked() {
    let town = Town::quiet(29, 10).await;
    let (phone, sync) = quiet_phone(&town).await;
    assert!(
        matches!(sync.ingest(&bomb(160 * 1024 * 1024)), Err(CoreError::BadAnswer { what }) if what.contains("cap"))
    );
    assert_eq!(count(&phone.list(&OrderFilter::default())), 10);
    town.close().await;
}

/// A gzip stream of so many zero bytes: stored blocks would be as large as what they hold, so these are runs of one distance, written bit by
/// bit with the fixed code.
fn bomb(unpacked: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(1, 1);
    bits.put(1, 2);
    // One literal zero, then runs of 258 bytes, each a copy from one byte before.
    bits.code(0x30, 8);
    for _ in 0..unpacked / 258 {
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    bits.code(0, 7);
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    packed.extend(bits.done());
    // A checksum that is not looked at before the cap is met.
    packed.extend([0; 8]);
    packed
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// A number, the lowest bit first.
    fn put(&mut self, value: u32, length: u32) {
        for place in 0..length {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::try_from(value >> place & 1).expect("a bit");
            *self.bytes.last_mut().expect("a byte was begun") |= bit << (self.used % 8);
            self.used += 1;
        }
    }

    /// A code word, the highest bit first.
    fn code(&mut self, value: u32, length: u32) {
        for place in (0..length).rev() {
            self.put(value >> place & 1, 1);
        }
    }

    fn done(self) -> Vec<u8> {
        self.bytes
    }
}
