//! A platform that answers what nobody wrote down: unknown words, unknown fields, other shapes, no JSON at all, nothing.

use shopkeeper_core::orders::{OrderDetail, OrderFilter, Phase};
use shopkeeper_sandbox::faults::{Fault, FaultKind};

use crate::support::equal::{the_order_equals_the_books, the_phone_equals_the_books};
use crate::support::live::{Phone, Town, count, holds_history};

const GET: &str = "/channels/ec/order/get";
const LIST: &str = "/channels/ec/order/list/get";

async fn syncs_until(phone: &Phone, what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..40 {
        phone.sync().await;
        if holds() {
            return;
        }
    }
    panic!("synced in vain: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_nobody_knows_stay_visible_as_they_came() {
    let town = Town::quiet(17, 20).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let phone = town.ready_phone("counter").await;
    let before = phone.detail(id);

    town.fault(Fault::always(FaultKind::UnknownEnums, GET));
    town.world(|world, now| world.colleague_notes(now, id, "改过了")).expect("an order");
    syncs_until(&phone, "the unknown status", || phone.detail(id).row.status == 77).await;
    let now = phone.detail(id);
    assert_eq!((now.row.phase, now.scene), (Phase::Unknown, 99), "the raw values");
    assert_eq!(now.row.merchant_note, "改过了");
    let goods = |detail: &OrderDetail| {
        detail.lines.iter().map(|line| (line.title.clone(), line.quantity, line.paid)).collect::<Vec<_>>()
    };
    assert_eq!((goods(&now), &now.money), (goods(&before), &before.money), "what is known is shown as ever");
    assert!(phone.rows(&OrderFilter::default()).iter().any(|row| row.status == 77), "it is in the list");
    assert_eq!(phone.core().sync().expect("a paired phone").status().set_aside, 0);

    town.sandbox.faults().clear();
    town.world(|world, now| world.colleague_notes(now, id, "又改了")).expect("an order");
    syncs_until(&phone, "the known status", || phone.detail(id).row.merchant_note == "又改了").await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_that_nobody_knows_are_kept_beside_the_order() {
    let town = Town::quiet(17, 20).await;
    town.fault(Fault::always(FaultKind::ExtraFields, ""));
    let phone = town.ready_phone("counter").await;
    the_phone_equals_the_books(&phone, &town);
    let id = town.books().orders[0].id;
    let more = phone.detail(id).more;
    assert!(more.contains("brand_new_field") && more.contains("2027"), "{more}");
    assert!(!more.contains("drone_info"), "an empty one says nothing: {more}");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_in_another_shape_keeps_its_last_good_state_and_stops_nobody() {
    let town = Town::quiet(17, 20).await;
    let bad = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let phone = town.ready_phone("counter").await;
    let before = phone.detail(bad);

    // Everything that is read from now on has a text where a number belongs.
    town.fault(Fault::always(FaultKind::BadShape, GET));
    town.world(|world, now| world.colleague_notes(now, bad, "看不懂")).expect("an order");
    let unseen = town.paid_order(&[("新疆灰枣", "500克", 1)]);
    for _ in 0..3 {
        phone.sync().await;
    }
    let now = phone.detail(bad);
    assert_eq!((&now.row.merchant_note, now.row.status), (&before.row.merchant_note, before.row.status));
    assert!(!phone.knows(unseen), "nothing is made up for an order that was never read");
    // What is missing is not claimed to be there.
    let list = phone.list(&OrderFilter::default());
    assert_eq!(count(&list), 21);

    // The platform is itself again: what was unreadable is asked for again, without anybody saying so.
    town.sandbox.faults().clear();
    town.jump(std::time::Duration::from_secs(2 * 3_600));
    syncs_until(&phone, "both orders", || phone.knows(unseen) && phone.detail(bad).row.merchant_note == "看不懂").await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_platform_fails_the_last_good_state_stays_and_afterwards_all_is_equal() {
    let town = Town::quiet(19, 20).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let phone = town.ready_phone("counter").await;
    for (name, kind, scope) in [
        ("a gateway's page", FaultKind::ServerError { status: 502 }, ""),
        ("a blocked caller", FaultKind::ServerError { status: 403 }, LIST),
        ("nothing", FaultKind::EmptyAnswer { after_effect: false }, LIST),
        ("nothing about an order", FaultKind::EmptyAnswer { after_effect: false }, GET),
        ("no reply", FaultKind::ReplyLostBefore, ""),
        ("busy", FaultKind::Errcode { code: -1 }, ""),
        ("the day's quota", FaultKind::Errcode { code: 45009 }, LIST),
        ("dead tokens", FaultKind::DeadTokens, LIST),
    ] {
        town.fault(Fault::always(kind, scope));
        town.world(|world, now| world.colleague_notes(now, id, name)).expect("an order");
        phone.sync().await;
        let list = phone.list(&OrderFilter::default());
        assert!(count(&list) == 21 && holds_history(list.state.extent), "{name}: {:?}", list.state);
        town.sandbox.faults().clear();
        // Backoffs of the relay are by its clock.
        town.jump(std::time::Duration::from_secs(600));
        syncs_until(&phone, name, || phone.detail(id).row.merchant_note == name).await;
        the_order_equals_the_books(&phone, &town, id);
    }
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_sync_goes_on_through_a_platform_that_fails_a_third_of_the_time() {
    let town = Town::quiet(23, 40).await;
    // Few among the lists, of which a history of two years needs a hundred: after each the relay waits for a second.
    for (kind, scope, per_mille) in [
        (FaultKind::ServerError { status: 500 }, LIST, 10),
        (FaultKind::EmptyAnswer { after_effect: true }, GET, 120),
        (FaultKind::ReplyLostAfter, GET, 120),
        (FaultKind::Errcode { code: -1 }, GET, 120),
    ] {
        town.fault(Fault::sometimes(kind, scope, per_mille));
    }
    town.fault(Fault::once(FaultKind::DeadTokens, LIST));
    let phone = town.paired_phone("counter").await;
    let mut rounds = 0;
    while phone.rows(&OrderFilter::default()).len() < 40 {
        rounds += 1;
        assert!(rounds < 1_000, "{:?}", phone.list(&OrderFilter::default()).state);
        phone.sync().await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!town.sandbox.faults().active().is_empty(), "it still fails, and everything has come all the same");
    town.sandbox.faults().clear();
    town.jump(std::time::Duration::from_secs(600));
    phone.has_everything(&town).await;
    the_phone_equals_the_books(&phone, &town);
    town.close().await;
}
