//! What the platform pushes reaches a phone by itself: platform, relay, hint, phone. And nothing depends on it.

use shopkeeper_protocol::path;
use shopkeeper_sandbox::faults::{Fault, FaultKind};

use crate::support::equal::{the_order_equals_the_books, the_phone_equals_the_books};
use crate::support::live::{Town, until_true};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_arrives_and_the_hint_brings_it_to_the_phone() {
    let town = Town::quiet(5, 20).await;
    town.sandbox.verify_push().await.expect("the relay answers the platform's question");
    let id = town.paid_order(&[("柳州螺蛳粉", "3包", 1)]);
    let phone = town.ready_phone("counter").await;
    until_true("the phone listens", || phone.wire.hints() > 0).await;
    let asked = phone.wire.sent_to(path::SWEEP);

    // A fact that no call of the platform tells, so no sweep can have brought it.
    let hints = phone.wire.hints();
    town.world(|world, now| world.buyer_hurries(now, id)).expect("it waits to be shipped");
    until_true("the phone knows that the buyer hurries", || phone.detail(id).row.hurried_at.is_some()).await;
    assert!(phone.wire.hints() > hints, "a hint came before it");

    // A new order, named by a push and read by the relay.
    let hints = phone.wire.hints();
    let new = town.paid_order(&[("每日坚果", "7包", 2)]);
    until_true("the phone has the new order as it stands", || phone.knows(new) && phone.detail(new).row.status == 20)
        .await;
    assert!(phone.wire.hints() > hints, "a hint came before it");
    assert_eq!(phone.wire.sent_to(path::SWEEP), asked, "nobody asked for a comparison");
    until_true("everything has come", || phone.detail(new).row.paid_at.is_some()).await;
    the_order_equals_the_books(&phone, &town, new);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_doubled_and_reordered_pushes_change_nothing_in_the_end() {
    let town = Town::quiet(5, 20).await;
    let doubled = town.paid_order(&[("柳州螺蛳粉", "3包", 1)]);
    let phone = town.ready_phone("counter").await;

    town.fault(Fault::always(FaultKind::PushDoubled, ""));
    town.world(|world, now| world.buyer_hurries(now, doubled)).expect("it waits to be shipped");
    until_true("the phone knows", || phone.detail(doubled).row.hurried_at.is_some()).await;

    town.sandbox.faults().clear();
    town.fault(Fault::always(FaultKind::PushLost, ""));
    let lost = town.paid_order(&[("新疆灰枣", "500克", 1)]);
    town.world(|world, now| world.colleague_notes(now, doubled, "客户要发票")).expect("an order");
    phone.sync().await;
    until_true("the sweep has found both", || {
        phone.knows(lost) && phone.detail(doubled).row.merchant_note == "客户要发票"
    })
    .await;

    town.sandbox.faults().clear();
    town.fault(Fault::always(FaultKind::PushReordered, ""));
    let reordered = town.paid_order(&[("新疆灰枣", "500克", 1)]);
    town.world(|world, now| world.colleague_notes(now, reordered, "先发这单")).expect("an order");
    town.world(|world, now| world.buyer_hurries(now, reordered)).expect("it waits to be shipped");
    until_true("the phone has all of it", || {
        phone.knows(reordered) && phone.detail(reordered).row.hurried_at.is_some()
    })
    .await;
    phone.sync().await;
    the_phone_equals_the_books(&phone, &town);
    let hurries = phone.detail(doubled).timeline.iter().filter(|entry| entry.kind == "hurry").count();
    assert_eq!(hurries, 1, "a push delivered twice is one event");
    town.close().await;
}
