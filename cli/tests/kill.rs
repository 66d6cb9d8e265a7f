//! The real program, killed (SIGKILL) right after it said that something is saved, and in the middle of delivering it: started again, it
//! has lost nothing and done nothing twice. What the platform did is read from its own journal.
//!
//! A tap with `--sync` is what is killed: it prints the receipt and goes on to deliver, so that the kill meets a process at work. No
//! assertion depends on when the kill arrives; the moments only differ so that it arrives at different places.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod shop;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use shop::Shop;
use shopkeeper_sandbox::world::OrderId;

/// Moments after which a sync is killed, in milliseconds: from before the phone is open to after the undo time.
const MOMENTS: [u64; 6] = [30, 120, 400, 1_000, 2_500, 7_000];

/// What was confirmed to the user, order by order.
#[derive(Default)]
struct Confirmed {
    flags: Vec<String>,
    notes: Vec<(String, String)>,
    platform_notes: Vec<(String, String)>,
    /// Each with the waybills of its parcels.
    shipments: Vec<(String, Vec<String>)>,
}

#[test]
fn a_kill_after_a_receipt_and_during_a_sync_loses_nothing_and_doubles_nothing() {
    let shop = Shop::open(60);
    let mut orders = shop.can_ship();
    assert!(orders.len() >= 6, "too few orders can be shipped: {orders:?}");
    orders.truncate(12);
    let mut confirmed = Confirmed::default();

    for (at, order) in orders.iter().enumerate() {
        let waybill = format!("SF14092283{at:05}");
        // By turns, so that each kind is killed at least twice, and each meets leftovers of the others.
        match at % 3 {
            0 => {
                tap(&shop, &["orders", "flag", order, "purple"]);
                confirmed.flags.push(order.clone());
                let note = format!("private {at}");
                tap(&shop, &["orders", "note", order, &note]);
                confirmed.notes.push((order.clone(), note));
            }
            1 => {
                let note = format!("for all seats {at}");
                tap(&shop, &["orders", "note", order, &note, "--platform"]);
                confirmed.platform_notes.push((order.clone(), note));
                tap(&shop, &["orders", "ship", order, "--waybill", &waybill]);
                confirmed.shipments.push((order.clone(), vec![waybill]));
            }
            _ => {
                tap(&shop, &["orders", "ship", order, "--waybill", &waybill]);
                confirmed.shipments.push((order.clone(), vec![waybill]));
            }
        }
    }
    for moment in MOMENTS {
        let sync = start(&shop, &["sync"]);
        pause(moment);
        kill(sync);
    }
    let drained = shop.json(&["sync", "--wait", "300"]);
    assert_eq!(drained["left"], json!([]), "{drained}");

    let books = shop.books();
    for (order, waybills) in &confirmed.shipments {
        let id: OrderId = order.parse().unwrap();
        assert_eq!(books.deliveries_of(id), 1, "deliveries of {order}");
        let parcels = &books.order(id).unwrap().parcels;
        for waybill in waybills {
            assert_eq!(parcels.iter().filter(|parcel| parcel.waybill == *waybill).count(), 1, "{order}: {waybill}");
        }
    }
    for (order, note) in &confirmed.platform_notes {
        let id: OrderId = order.parse().unwrap();
        assert_eq!(books.notes_of(id), 1, "notes of {order}");
        assert_eq!(&books.order(id).unwrap().merchant_note, note, "{order}");
    }
    assert_eq!(books.effects.len(), expected_effects(&confirmed), "nobody asked for anything else");
    for order in &confirmed.flags {
        assert_eq!(shown(&shop, order)["row"]["flag"], json!("purple"), "{order}");
    }
    for (order, note) in &confirmed.notes {
        let detail = shown(&shop, order);
        assert_eq!(detail["row"]["note"], json!(note), "{order}");
        assert_eq!(detail["notes"].as_array().unwrap().len(), 1, "{order} has one version");
    }
    for (order, _) in &confirmed.shipments {
        assert_eq!(shown(&shop, order)["row"]["shipping"], json!({"recorded": {"all": true}}), "{order}");
    }
}

/// The comparison above would find what it looks for: books in which something is missing or stands twice do not pass for whole.
#[test]
fn the_platforms_journal_tells_one_from_none_and_two() {
    let shop = Shop::open(60);
    let order = shop.can_ship().remove(0);
    let id: OrderId = order.parse().unwrap();
    assert_eq!(shop.books().deliveries_of(id), 0);
    shop.json(&["orders", "ship", &order, "--waybill", "SF1409228366170"]);
    assert_eq!(shop.books().deliveries_of(id), 0, "saved is not delivered");
    shop.json(&["sync"]);
    let mut books = shop.books();
    assert_eq!(books.deliveries_of(id), 1);
    books.effects.extend(books.effects.clone());
    assert_eq!(books.deliveries_of(id), 2);
}

fn expected_effects(confirmed: &Confirmed) -> usize {
    confirmed.platform_notes.len() + confirmed.shipments.len()
}

fn shown(shop: &Shop, order: &str) -> Value {
    shop.json(&["orders", "show", order])["order"].take()
}

/// Runs a tap until its receipt is read, and kills it.
fn tap(shop: &Shop, words: &[&str]) {
    let mut process = start(shop, &[words, &["--sync", "--json"]].concat());
    let mut receipt = String::new();
    let read = BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut receipt).unwrap();
    if read == 0 {
        let mut error = String::new();
        process.stderr.as_mut().unwrap().read_to_string(&mut error).unwrap();
        panic!("{words:?} said nothing: {error}");
    }
    kill(process);
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["number"], json!(words[2]), "{receipt}");
}

fn start(shop: &Shop, words: &[&str]) -> Child {
    shop.program(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "what is waited for is another process, on the system's own clock")]
fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// It starts no process of its own, so this is all of it.
fn kill(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}
