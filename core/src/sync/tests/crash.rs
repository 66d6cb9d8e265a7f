//! Killed at every await, the sync goes on from there.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::phone::Phone;
use super::relay::FakeRelay;

/// Polls a pull `polls` times and then drops it, as a killed process would. Says whether it had ended.
async fn pull_for(phone: &Phone, polls: usize) -> bool {
    let mut pull = pin!(phone.sync.now());
    for _ in 0..polls {
        if let Poll::Ready(result) = pull.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            result.unwrap();
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

fn relay() -> Arc<FakeRelay> {
    let relay = Arc::new(FakeRelay::new());
    for n in 0..400 {
        relay.put_order(n, 0);
    }
    relay
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_killed_at_any_await_goes_on_and_ends_in_the_same_content() {
    let relay = relay();
    relay.limit_first(90);
    let fresh = Phone::new(&relay);
    fresh.sync.now().await.unwrap();
    let content = fresh.content();
    for polls in 1.. {
        let phone = Phone::new(&relay);
        let ended = pull_for(&phone, polls).await;
        let phone = phone.reopen();
        phone.sync.now().await.unwrap();
        assert!(phone.content() == content, "killed after {polls} polls");
        assert!(phone.schema() == fresh.schema(), "killed after {polls} polls");
        if ended {
            assert!(polls > 10, "there were awaits to be killed at");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn killed_again_and_again_it_still_gets_there() {
    let relay = relay();
    relay.limit_first(40);
    let fresh = Phone::new(&relay);
    fresh.sync.now().await.unwrap();
    let mut phone = Phone::new(&relay);
    // Six awaits are enough for one page and too few for two.
    for kills in 0.. {
        if pull_for(&phone, 8).await {
            assert!(kills > 3, "it was killed {kills} times");
            break;
        }
        assert!(kills < 100, "no progress");
        phone = phone.reopen();
    }
    assert!(phone.content() == fresh.content());
    assert!(phone.schema() == fresh.schema());
}

#[tokio::test(start_paused = true)]
async fn an_index_that_was_not_built_when_the_process_ended_is_built_by_the_next_one() {
    let relay = relay();
    let phone = Phone::new(&relay);
    let (schema, tail) = (phone.schema(), "0042");
    // The last page is stored, and the process is gone before anything else.
    phone.sync.now().await.unwrap();
    let found = phone.store.read(|reader| reader.find(tail)).unwrap();
    phone.store.write_cache(|tx| tx.drop_deferred_indexes()).unwrap();
    let phone = phone.reopen();
    assert_eq!(found.len(), 1);
    assert!(phone.schema() != schema);
    assert_eq!(phone.store.read(|reader| reader.find(tail)).unwrap(), found);
    phone.sync.now().await.unwrap();
    assert!(phone.schema() == schema);
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_was_deleted_comes_back() {
    let relay = relay();
    let phone = Phone::new(&relay);
    phone.sync.now().await.unwrap();
    let content = phone.content();
    let phone = phone.without_cache();
    assert!(phone.notes().is_empty());
    phone.sync.now().await.unwrap();
    assert!(phone.content() == content);
}
