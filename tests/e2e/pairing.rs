//! Coming and going: which codes do not pair and why, whom a phone trusts, and what is left to a phone that was shown the door.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{Flag, OrderFilter};
use shopkeeper_core::outbox::ItemState;
use shopkeeper_core::ports::{Transport, Trust};
use shopkeeper_protocol::{HEADER_PROTOCOL, Invite, path};

use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Phone, Town, count, key, until_true};
use crate::support::wire::Wire;

async fn pairing_of(phone: &Phone, invite: &str) -> Result<(), CoreError> {
    phone.core().pairing().pair(invite).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_do_not_pair_say_why() {
    let town = Town::quiet(3, 12).await;
    town.relay().sweep_now().await;
    let (phone, other) = (town.phone("counter"), town.phone("back-room"));

    let used = town.invite().await;
    pairing_of(&other, &used).await.expect("a fresh code pairs");
    assert_eq!(pairing_of(&phone, &used).await, Err(CoreError::Pairing("used_code")));

    let late = town.invite().await;
    town.jump(Duration::from_secs(5 * 60 + 1));
    assert_eq!(pairing_of(&phone, &late).await, Err(CoreError::Pairing("expired_code")));

    // Four wrong ones: a code given out before still works afterwards, so a slip of the finger costs nothing.
    let good = town.invite().await;
    let wrong = mistyped(&good);
    for _ in 0..4 {
        assert_eq!(pairing_of(&phone, &wrong).await, Err(CoreError::Pairing("wrong_code")));
    }
    pairing_of(&phone, &good).await.expect("the code is still good");

    // The fifth burns what is open, and only that.
    let burnt = town.invite().await;
    let third = town.phone("third");
    for _ in 0..5 {
        assert_eq!(pairing_of(&third, &wrong).await, Err(CoreError::Pairing("wrong_code")));
    }
    assert_eq!(pairing_of(&third, &burnt).await, Err(CoreError::Pairing("burnt_code")));
    assert_eq!(third.core().shop(), None);
    pairing_of(&third, &town.invite().await).await.expect("a code asked for afterwards pairs");

    let devices = town.relay().devices().await.expect("the relay's list");
    let mut names: Vec<_> = devices.into_iter().map(|device| device.name).collect();
    names.sort();
    assert_eq!(names, ["back-room", "counter", "third"], "no try that failed left a device");
    town.close().await;
}

/// The same invite with another code.
fn mistyped(invite: &str) -> String {
    let invite: Invite = invite.parse().expect("an invite");
    let last = if invite.code.ends_with('7') { "8" } else { "7" };
    let code = format!("{}{last}", &invite.code[..invite.code.len() - 1]);
    Invite { code, ..invite }.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_the_phone_trusts_the_key_of_the_invite_and_no_other() {
    let town = Town::with_tls(3, 12).await;
    town.relay().sweep_now().await;
    let invite: Invite = town.invite().await.parse().expect("an invite");
    assert!(invite.key_hash.is_some() && invite.url.starts_with("https://"), "{}", invite.url);
    let phone = town.phone("counter");
    let strange = Invite { key_hash: Some("ab".repeat(32)), ..invite.clone() };
    assert_eq!(pairing_of(&phone, &strange.to_string()).await, Err(CoreError::Pairing("untrusted_key")));
    let unsaid = Invite { key_hash: None, ..invite.clone() };
    assert_eq!(pairing_of(&phone, &unsaid.to_string()).await, Err(CoreError::Pairing("untrusted_key")));
    // Neither of them has spent the code.
    pairing_of(&phone, &invite.to_string()).await.expect("the invite pairs");
    phone.has_everything(&town).await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_phone_is_signed_out_reads_on_and_goes_on_once_paired_again() {
    let town = Town::quiet(3, 12).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let mut phone = town.ready_phone("counter").await;
    let devices = town.relay().devices().await.expect("the relay's list");
    assert!(town.relay().revoke(&devices[0].id).await.expect("the relay's store"));

    let sync = phone.core().sync().expect("a paired phone");
    assert_eq!(sync.now().await, Err(CoreError::SignedOut));
    assert_eq!(sync.status().trouble, Some("signed_out"));
    // What is here can be read and worked on.
    assert_eq!(count(&phone.list(&OrderFilter::default())), 13);
    let orders = phone.core().orders().expect("a paired phone");
    orders.set_flag(&key(id), Some(Flag::Red)).expect("a flag needs no relay");
    let receipt = orders.write_platform_note(&key(id), "要红盒").expect("a note that waits");
    phone.after_the_undo_window(&town);
    until_true("the phone has found out again that it is signed out", || {
        phone.core().sync().expect("a paired phone").status().trouble == Some("signed_out")
    })
    .await;
    let items = phone.outbox().items;
    let waiting: Vec<_> = items.iter().map(|item| (&item.id, &item.state)).collect();
    assert_eq!(waiting, [(&receipt.command, &ItemState::Waiting)]);
    assert_eq!(phone.detail(id).row.flag, Some(Flag::Red));
    assert_eq!(town.books().notes_of(id), 0);

    phone.core().pairing().pair(&town.invite().await).await.expect("a fresh code pairs");
    phone.all_delivered().await;
    assert_eq!(town.books().notes_of(id), 1);
    until_true("the note is there", || phone.detail(id).row.merchant_note == "要红盒").await;
    assert_eq!(phone.detail(id).row.flag, Some(Flag::Red), "another device's id, the same merchant's flag");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_of_another_major_version_is_told_who_has_to_be_upgraded() {
    let town = Town::quiet(3, 10).await;
    for (method, address) in
        [("GET", path::HELLO), ("GET", path::FIRST), ("POST", path::COMMANDS), ("POST", path::PAIR)]
    {
        let answer = ask(&town, method, address, "9.0", "{}").await;
        assert_eq!(answer.status(), StatusCode::UPGRADE_REQUIRED, "{address}");
        let body: Value = serde_json::from_slice(answer.body()).expect("the protocol's JSON");
        assert_eq!(body["refusal"]["code"], "upgrade_needed", "{address}");
        assert_eq!(body["refusal"]["side"], "relay", "{address}: the phone is the newer one");
        assert_eq!(body["hello"]["speaks"]["max"]["major"], 1, "{address}");
    }
    let answer = ask(&town, "GET", path::HELLO, "0.4", "").await;
    let body: Value = serde_json::from_slice(answer.body()).expect("the protocol's JSON");
    assert_eq!(body["refusal"]["side"], "phone");
    // A minor version that only adds is spoken with.
    let answer = ask(&town, "GET", path::HELLO, "1.99", "").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "no token, but no quarrel about versions");
    town.close().await;
}

async fn ask(town: &Town, method: &str, address: &str, version: &str, body: &'static str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(format!("{}{address}", town.relay_url()));
    let request =
        request.header(HEADER_PROTOCOL, version).body(Bytes::from_static(body.as_bytes())).expect("a request");
    Wire::new().send(&Trust::PublicRoots, request).await.expect("the relay answers")
}
