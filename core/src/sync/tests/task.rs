//! The task: when it asks, and when it does not.

use std::sync::Arc;
use std::time::Duration;

use shopkeeper_protocol::Refusal;
use tokio::time::sleep;

use super::phone::Phone;
use super::relay::{FakeRelay, Fault};
use crate::ports::Link;

const MOMENT: Duration = Duration::from_millis(10);

struct Running {
    phone: Phone,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn running() -> Running {
    let relay = Arc::new(FakeRelay::new());
    relay.put_order(1, 0);
    let phone = Phone::new(&relay);
    let task = tokio::spawn(phone.sync.run());
    sleep(MOMENT).await;
    relay.asked();
    Running { phone, task }
}

#[tokio::test(start_paused = true)]
async fn a_hint_brings_news_at_once_and_a_stale_one_nothing() {
    let running = running().await;
    let phone = &running.phone;
    phone.relay.put_order(1, 1);
    sleep(MOMENT).await;
    assert_eq!(phone.notes(), ["state 1"]);
    assert_eq!(phone.relay.asked(), ["/v1/changes"]);
    phone.relay.put_order(1, 2);
    phone.relay.put_order(1, 3);
    sleep(MOMENT).await;
    assert_eq!(phone.notes(), ["state 3"]);
    assert_eq!(phone.relay.asked(), ["/v1/changes"], "two hints, one question");
}

#[tokio::test(start_paused = true)]
async fn without_hints_news_comes_within_a_minute() {
    let running = running().await;
    let phone = &running.phone;
    phone.relay.go_wrong(Fault::Cut(0));
    for n in 1..5 {
        phone.relay.close_streams();
        phone.relay.put_order(1, n);
        sleep(Duration::from_secs(61)).await;
        assert_eq!(phone.notes(), [format!("state {n}")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_closed_stream_is_opened_again_and_what_came_meanwhile_is_asked_for() {
    let running = running().await;
    let phone = &running.phone;
    phone.relay.close_streams();
    sleep(MOMENT).await;
    phone.relay.put_order(1, 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(phone.notes(), ["state 1"]);
    assert_eq!(phone.relay.asked(), ["/v1/hints", "/v1/changes"]);
}

#[tokio::test(start_paused = true)]
async fn failures_are_tried_again_ever_more_rarely_and_success_wakes_the_outbox() {
    let running = running().await;
    let phone = &running.phone;
    phone.outbox.notified().await;
    phone.relay.put_order(1, 1);
    for _ in 0..4 {
        phone.relay.go_wrong(Fault::NotConnected);
    }
    // Waits of at most 2 and 4 s, and of at least 1, 2 and 4 s.
    sleep(Duration::from_millis(6_500)).await;
    assert_eq!(phone.sync.status().trouble, Some("offline"));
    assert_eq!(phone.relay.asked().len(), 3);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(phone.sync.status().trouble, None);
    assert_eq!(phone.notes(), ["state 1"]);
    phone.outbox.notified().await;
}

#[tokio::test(start_paused = true)]
async fn no_link_means_no_question_and_its_return_asks_at_once() {
    let running = running().await;
    let phone = &running.phone;
    phone.link.send_replace(Link::Offline);
    sleep(MOMENT).await;
    assert_eq!(phone.sync.status().trouble, Some("offline"));
    phone.relay.put_order(1, 1);
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(phone.relay.asked(), Vec::<String>::new());
    assert_eq!(phone.sync.now().await.unwrap_err().code(), "offline");
    phone.link.send_replace(Link::Weak);
    sleep(MOMENT).await;
    assert_eq!(phone.notes(), ["state 1"]);
    assert_eq!(phone.sync.status().trouble, None);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_device_keeps_quiet_until_it_is_paired_again() {
    let running = running().await;
    let phone = &running.phone;
    phone.relay.go_wrong(Fault::Refuse(Refusal::Unauthorized));
    phone.relay.put_order(1, 1);
    sleep(MOMENT).await;
    assert_eq!(phone.sync.status().trouble, Some("signed_out"));
    assert_eq!(phone.notes(), ["state 0"], "reading goes on");
    phone.relay.asked();
    sleep(Duration::from_secs(600)).await;
    assert_eq!(phone.relay.asked(), Vec::<String>::new());
    phone.sync.wake();
    sleep(MOMENT).await;
    assert_eq!(phone.notes(), ["state 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_restarted_relay_is_the_same_history() {
    let running = running().await;
    let phone = &running.phone;
    phone.relay.restart();
    phone.relay.put_order(2, 1);
    sleep(Duration::from_secs(61)).await;
    assert_eq!(phone.notes(), ["state 0", "state 1"]);
    assert_eq!(phone.state().generation, 1);
    assert!(phone.state().cursor.unwrap().incarnation.as_str().ends_with('2'));
}
