//! 出门前备齐 against a relay in memory.

use std::sync::{Arc, Mutex};

use shopkeeper_protocol::{EntityKind, FirstReading, Order};

use super::phone::{Phone, START_MS};
use super::relay::{FakeRelay, Fault, order, order_key};
use crate::observer::lock;
use crate::sync::{Missing, PartKind, ProvisionStep, Provisions};
use crate::time::{Instant, Span};

type Told = Arc<Mutex<Vec<ProvisionStep>>>;

async fn provision(phone: &Phone) -> (Provisions, Vec<ProvisionStep>) {
    let told: Told = Arc::default();
    let into = Arc::clone(&told);
    let found = phone.sync.provision(Arc::new(move |step| lock(&into).push(step))).await.unwrap();
    let told = lock(&told).drain(..).collect();
    (found, told)
}

fn relay() -> Arc<FakeRelay> {
    let relay = Arc::new(FakeRelay::new());
    relay.limit_first(10);
    for n in 0..30 {
        // Of every four: to ship, to receive, done, unpaid.
        relay.put_order(n, n);
    }
    relay.put(EntityKind::Carrier, "wx:SF".into(), Some(r#"{"code":"SF","name":"顺丰"}"#.to_owned()));
    relay
}

fn part(found: &Provisions, kind: PartKind) -> (u64, Option<Missing>) {
    let part = found.parts.iter().find(|part| part.kind == kind).unwrap();
    (part.here, part.missing)
}

#[tokio::test(start_paused = true)]
async fn everything_is_fetched_and_said_to_be_complete() {
    let relay = relay();
    let due = Instant::from_ms(START_MS).plus(Span::hours(5));
    let mut urgent = order(50, 0);
    urgent.lines[0].ship_by = Some(due.ms());
    relay.put(EntityKind::Order, order_key(50), Some(serde_json::to_string(&urgent).unwrap()));
    let phone = Phone::new(&relay);
    let before = phone.sync.provisions().unwrap();
    assert!(!before.is_complete());
    assert_eq!(part(&before, PartKind::OpenOrders), (0, Some(Missing::NeverFetched)));
    assert_eq!((before.offline_until, before.trouble), (None, None));

    let (found, steps) = provision(&phone).await;
    assert!(found.is_complete(), "{found:?}");
    assert_eq!((part(&found, PartKind::OpenOrders).0, part(&found, PartKind::Carriers).0), (24, 1));
    assert_eq!(found.trouble, None);
    let next = found.offline_until.unwrap();
    assert_eq!((next.at, next.number.as_str()), (due, urgent.number.as_str()));
    assert_eq!(steps.first(), Some(&ProvisionStep::Asking));
    assert_eq!(steps.last(), Some(&ProvisionStep::Looking));
    assert!(steps.iter().any(|step| matches!(step, ProvisionStep::Fetching { total: 32, .. })), "{steps:?}");
    assert!(found.before_leaving.iter().any(|deadline| deadline.at == due));

    // Again it is one small question.
    relay.asked();
    let (again, _) = provision(&phone).await;
    assert_eq!(relay.asked(), ["/v1/sweep", "/v1/changes"]);
    assert!(again.is_complete());
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_cancellation_stays_and_the_rest_says_why_it_is_missing() {
    let relay = relay();
    let phone = Phone::new(&relay);
    let seen: Told = Arc::default();
    let into = Arc::clone(&seen);
    let first_page = tokio::sync::Notify::new();
    let run = phone.sync.provision(Arc::new(move |step| lock(&into).push(step)));
    tokio::select! {
        _ = run => panic!("it was cancelled"),
        () = async {
            while phone.notes().len() < 10 {
                tokio::task::yield_now().await;
            }
            first_page.notify_one();
        } => {}
    }
    let half = phone.sync.provisions().unwrap();
    assert!(
        matches!(part(&half, PartKind::RecentOrders), (_, Some(Missing::OnItsWay { left })) if left > 0),
        "{half:?}"
    );
    let here = phone.notes().len();
    relay.asked();
    // The network goes: what is here is told, with the trouble beside it.
    relay.go_wrong(Fault::NotConnected);
    let (without, _) = provision(&phone).await;
    assert_eq!((without.trouble, phone.notes().len()), (Some("offline"), here));
    assert!(!without.is_complete());
    let (found, _) = provision(&phone).await;
    assert!(found.is_complete(), "{found:?}");
    assert!(!relay.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_still_reads_the_platform_is_followed_until_it_has_all() {
    let relay = relay();
    relay.read_back(START_MS, Span::hours(24 * 100).as_ms());
    let phone = Phone::new(&relay);
    let (found, steps) = provision(&phone).await;
    assert!(found.is_complete(), "{found:?}");
    assert_eq!(steps.last(), Some(&ProvisionStep::Looking));
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_reads_no_further_is_waited_for_a_while_and_then_said_to_have_not_all() {
    let relay = relay();
    let since = START_MS - Span::hours(24 * 28).as_ms();
    relay.read_back(since, 0);
    let phone = Phone::new(&relay);
    let (found, _) = provision(&phone).await;
    let lacks = Some(Missing::RelayHasNotAll { since: Some(Instant::from_ms(since)) });
    assert_eq!((part(&found, PartKind::OpenOrders).1, part(&found, PartKind::RecentOrders).1), (lacks, lacks));
    assert_eq!((part(&found, PartKind::Carriers).1, found.trouble), (None, None));

    // The network goes while it is waited for: what is here is told, with the trouble beside it.
    let told: Told = Arc::default();
    let into = Arc::clone(&told);
    let run = phone.sync.provision(Arc::new(move |step| lock(&into).push(step)));
    let goes = async {
        relay.asked();
        while !relay.asked().contains(&"/v1/changes".to_owned()) {
            tokio::task::yield_now().await;
        }
        relay.go_wrong(Fault::NotConnected);
    };
    let (found, ()) = tokio::join!(run, goes);
    let found = found.unwrap();
    assert_eq!((found.trouble, part(&found, PartKind::OpenOrders).1), (Some("offline"), lacks));
}

/// How often a run asks for changes of a relay that gets no further, after so many orders, and says `first_reading`.
async fn askings(first_reading: Option<FirstReading>, orders: u32) -> usize {
    let relay = relay();
    relay.read_back(START_MS, 0);
    relay.say(first_reading);
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    relay.read_orders(orders);
    relay.asked();
    let (found, _) = provision(&phone).await;
    assert!(matches!(part(&found, PartKind::OpenOrders).1, Some(Missing::RelayHasNotAll { .. })), "{found:?}");
    relay.asked().iter().filter(|path| *path == "/v1/changes").count()
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_says_how_its_reading_fares_is_believed() {
    assert_eq!(askings(Some(FirstReading::Ended), 0).await, 1, "nothing comes by waiting");
    assert_eq!(askings(Some(FirstReading::Stuck), 0).await, 1);
    let untold = askings(None, 0).await;
    assert!(untold > 1);
    assert_eq!(askings(Some(FirstReading::Other("asleep".to_owned())), 0).await, untold);
    // It is waited for longer, and much longer while orders of a week come that is not whole yet.
    let reads = askings(Some(FirstReading::Running), 0).await;
    assert!(reads > untold, "{reads}");
    assert_eq!(askings(Some(FirstReading::Running), 300).await, 300 - 1 + reads);
    assert_eq!(askings(None, 300).await, untold, "orders alone are no step of a relay that does not say that it reads");
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_ends_its_reading_while_it_is_waited_for_is_not_waited_for_any_longer() {
    let relay = relay();
    relay.read_back(START_MS, 0);
    relay.say(Some(FirstReading::Running));
    let phone = Phone::new(&relay);
    let ends = async {
        while relay.asked().iter().filter(|path| *path == "/v1/changes").count() == 0 {
            tokio::task::yield_now().await;
        }
        relay.say(Some(FirstReading::Ended));
    };
    let begins = tokio::time::Instant::now();
    let ((found, _), ()) = tokio::join!(provision(&phone), ends);
    assert!(!found.is_complete());
    assert!(begins.elapsed() < std::time::Duration::from_secs(2), "on the paused clock: {:?}", begins.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_missing() {
    let relay = relay();
    let nameless = Order { number: String::new(), ..order(60, 0) };
    relay.put(EntityKind::Order, order_key(60), Some(serde_json::to_string(&nameless).unwrap()));
    let phone = Phone::new(&relay);
    let (found, _) = provision(&phone).await;
    assert_eq!(part(&found, PartKind::OpenOrders).1, Some(Missing::Unreadable { entities: 1 }));
    assert_eq!(part(&found, PartKind::Carriers).1, None);
}
