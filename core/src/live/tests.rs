//! What a watcher is told, under a clock that only the tests move.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

use tokio::task::JoinHandle;

use super::*;
use crate::ids::OrderKey;
use crate::observer::lock;
use crate::ports::{StoreThreads, WallClock};
use crate::time::Span;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    revision: u64,
    value: i64,
}

impl Snapshot for Answer {
    fn revision_mut(&mut self) -> &mut u64 {
        &mut self.revision
    }
}

/// The world that a query asks about.
#[derive(Default)]
struct World {
    value: AtomicI64,
    reads: AtomicU32,
    closed: AtomicBool,
    changes_at: Mutex<Option<Instant>>,
}

struct Asks {
    world: Arc<World>,
    store: Store,
    key: OrderKey,
    moved: AtomicI64,
}

impl Query for Asks {
    type Snapshot = Answer;

    fn read(&self, _told: Option<&Answer>) -> Result<Reading<Answer>, CoreError> {
        self.world.reads.fetch_add(1, Ordering::Relaxed);
        if self.world.closed.load(Ordering::Relaxed) {
            return Err(CoreError::Closed);
        }
        let value = self.world.value.load(Ordering::Relaxed) + self.moved.load(Ordering::Relaxed);
        let snapshot = Answer { revision: self.store.revision(), value };
        Ok(Reading { snapshot, changes_at: *lock(&self.world.changes_at) })
    }

    fn is_about(&self, touched: &Touched) -> bool {
        touched.touches(&self.key)
    }

    fn move_to(&self, window: Window) -> bool {
        self.moved.store(i64::from(window.size), Ordering::Relaxed);
        true
    }
}

/// A wall clock that goes with the runtime's.
struct Wall(time::Instant);

impl WallClock for Wall {
    fn now_ms(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

struct Bench {
    live: Live,
    store: Store,
    world: Arc<World>,
    clock: Corrected,
    link: tokio::sync::watch::Sender<Link>,
    told: Arc<Mutex<Vec<Answer>>>,
    _folder: tempfile::TempDir,
    _delivery: JoinHandle<()>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None, StoreThreads::InPlace).unwrap();
        let clock = Corrected::new(Arc::new(Wall(time::Instant::now())), Span::ZERO);
        let (dispatcher, deliver) = Dispatcher::new();
        Self {
            live: Live::new(store.clone(), clock.clone(), dispatcher),
            store,
            world: Arc::default(),
            clock,
            link: tokio::sync::watch::Sender::new(Link::Online),
            told: Arc::default(),
            _folder: folder,
            _delivery: tokio::spawn(deliver),
        }
    }

    fn run(&self) -> JoinHandle<()> {
        tokio::spawn(self.live.run(self.link.subscribe()))
    }

    fn asks(&self) -> Asks {
        let (world, store) = (Arc::clone(&self.world), self.store.clone());
        Asks { world, store, key: "wx:1".into(), moved: AtomicI64::new(0) }
    }

    fn watch(&self) -> Subscription {
        let told = Arc::clone(&self.told);
        self.live.watch(self.asks(), Arc::new(move |answer: Answer| lock(&told).push(answer)))
    }

    /// Something happens, and an order is touched by it.
    fn commit(&self, value: i64, order: &str) {
        self.world.value.store(value, Ordering::Relaxed);
        let touch = |tx: &crate::store::CacheTx<'_>| {
            tx.touch_order(&order.into());
            Ok(())
        };
        self.store.write_cache(touch).unwrap();
    }

    fn values(&self) -> Vec<i64> {
        lock(&self.told).iter().map(|answer| answer.value).collect()
    }

    fn reads(&self) -> u32 {
        self.world.reads.load(Ordering::Relaxed)
    }
}

/// Lets every task that can go on go on, and no time pass.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn frames(n: u32) {
    time::sleep(FRAME * n).await;
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_comes_at_once_even_without_the_task() {
    let bench = Bench::new();
    let _watch = bench.watch();
    assert_eq!(bench.reads(), 1);
    settle().await;
    assert_eq!(bench.values(), [0]);
}

/// Under a clock that runs: what is due must not stay a moment ahead of it.
#[tokio::test]
async fn a_first_answer_that_is_left_to_the_task_comes_by_itself() {
    let bench = Bench::new();
    let _task = bench.run();
    settle().await;
    let told = Arc::clone(&bench.told);
    let _watch = bench.live.watch_aside(bench.asks(), Arc::new(move |answer: Answer| lock(&told).push(answer)));
    assert_eq!(bench.reads(), 0, "not on this thread");
    let waits = async {
        while bench.values().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    time::timeout(Duration::from_secs(60), waits).await.unwrap();
    assert_eq!((bench.values(), bench.reads()), (vec![0], 1));
}

#[tokio::test(start_paused = true)]
async fn commits_of_one_frame_are_one_answer() {
    let bench = Bench::new();
    let _task = bench.run();
    let _watch = bench.watch();
    settle().await;
    for value in 1..=50 {
        bench.commit(value, "wx:1");
        settle().await;
    }
    assert_eq!(bench.values(), [0], "not before the frame is over");
    frames(1).await;
    assert_eq!(bench.values(), [0, 50]);
    frames(10).await;
    bench.commit(51, "wx:1");
    settle().await;
    assert_eq!(bench.values(), [0, 50, 51], "after a rest at once");
    let revisions: Vec<u64> = lock(&bench.told).iter().map(|answer| answer.revision).collect();
    assert!(revisions.is_sorted(), "{revisions:?}");
}

#[tokio::test(start_paused = true)]
async fn a_query_runs_at_most_once_in_a_frame() {
    let bench = Bench::new();
    let _task = bench.run();
    let _watch = bench.watch();
    settle().await;
    let before = bench.reads();
    for value in 0..FRAME.as_millis() * 10 {
        bench.commit(i64::try_from(value).unwrap() + 1, "wx:1");
        time::sleep(Duration::from_millis(1)).await;
    }
    settle().await;
    let reads = bench.reads() - before;
    assert!((9..=11).contains(&reads), "{reads}");
}

#[tokio::test(start_paused = true)]
async fn an_equal_answer_and_a_foreign_commit_are_not_told() {
    let bench = Bench::new();
    let _task = bench.run();
    let _watch = bench.watch();
    frames(2).await;
    let before = bench.reads();
    bench.commit(0, "wx:1");
    frames(2).await;
    assert_eq!((bench.values(), bench.reads()), (vec![0], before + 1));
    bench.commit(7, "wx:2");
    frames(2).await;
    assert_eq!((bench.values(), bench.reads()), (vec![0], before + 1));
}

#[tokio::test(start_paused = true)]
async fn after_the_end_nothing_is_told_or_read() {
    let bench = Bench::new();
    let _task = bench.run();
    let watch = bench.watch();
    frames(2).await;
    assert!(bench.live.is_watched());
    bench.commit(1, "wx:1");
    drop(watch);
    assert!(!bench.live.is_watched());
    let before = bench.reads();
    frames(3).await;
    assert_eq!((bench.values(), bench.reads()), (vec![0], before));
    assert!(lock(&bench.live.0.watches).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_observer_may_call_back_into_everything() {
    let bench = Bench::new();
    let _task = bench.run();
    let (live, store, told) = (bench.live.clone(), bench.store.clone(), Arc::clone(&bench.told));
    let inner = Mutex::new(Vec::new());
    let asks = bench.asks();
    let again = bench.asks();
    let again = Mutex::new(Some(again));
    let _watch = bench.live.watch(
        asks,
        Arc::new(move |answer: Answer| {
            store.write_cache(|_| Ok(())).unwrap();
            if let Some(query) = lock(&again).take() {
                lock(&inner).push(live.watch(query, Arc::new(|_| {})));
            } else {
                lock(&inner).clear();
            }
            lock(&told).push(answer);
        }),
    );
    settle().await;
    bench.commit(1, "wx:1");
    frames(2).await;
    assert_eq!(bench.values(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_boundary_in_time_is_told_when_the_clock_is_there() {
    let bench = Bench::new();
    *lock(&bench.world.changes_at) = Some(Instant::from_ms(150_000));
    let _task = bench.run();
    let _watch = bench.watch();
    frames(2).await;
    let before = bench.reads();
    bench.world.value.store(5, Ordering::Relaxed);
    time::sleep(Duration::from_millis(149_900)).await;
    settle().await;
    assert_eq!((bench.values(), bench.reads()), (vec![0], before), "nothing is read in vain");
    *lock(&bench.world.changes_at) = None;
    time::sleep(Duration::from_millis(200)).await;
    settle().await;
    assert_eq!(bench.values(), [0, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_ahead_is_noticed_within_a_minute() {
    let bench = Bench::new();
    *lock(&bench.world.changes_at) = Some(Instant::from_ms(36_000_000));
    let _task = bench.run();
    let _watch = bench.watch();
    frames(2).await;
    bench.world.value.store(5, Ordering::Relaxed);
    bench.clock.correct(Instant::from_ms(40_000_000), bench.clock.phone());
    *lock(&bench.world.changes_at) = None;
    time::sleep(CLOCK_CHECK + FRAME).await;
    settle().await;
    assert_eq!(bench.values(), [0, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_move_is_told_at_once_and_a_storm_of_moves_in_frames() {
    let bench = Bench::new();
    let _task = bench.run();
    let watch = bench.watch();
    frames(2).await;
    watch.move_to(Window::top(10));
    settle().await;
    assert_eq!(bench.values(), [0, 10]);
    let before = bench.reads();
    for size in 11..=40 {
        watch.move_to(Window::top(size));
        settle().await;
    }
    frames(2).await;
    assert_eq!((bench.values(), bench.reads()), (vec![0, 10, 40], before + 1));
}

#[tokio::test(start_paused = true)]
async fn the_link_and_a_new_task_make_everything_be_looked_at() {
    let bench = Bench::new();
    let task = bench.run();
    let _watch = bench.watch();
    frames(2).await;
    bench.world.value.store(1, Ordering::Relaxed);
    bench.link.send_replace(Link::Offline);
    frames(2).await;
    assert_eq!(bench.values(), [0, 1]);
    task.abort();
    let _ = task.await;
    bench.commit(2, "wx:1");
    frames(2).await;
    assert_eq!(bench.values(), [0, 1], "suspended");
    let _task = bench.run();
    frames(2).await;
    assert_eq!(bench.values(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_keeps_what_was_told_and_does_not_spin() {
    let bench = Bench::new();
    let _task = bench.run();
    let _watch = bench.watch();
    frames(2).await;
    bench.world.closed.store(true, Ordering::Relaxed);
    bench.commit(1, "wx:1");
    frames(2).await;
    let before = bench.reads();
    frames(100).await;
    assert_eq!((bench.values(), bench.reads()), (vec![0], before));
    bench.world.closed.store(false, Ordering::Relaxed);
    time::sleep(Duration::from_secs(61)).await;
    settle().await;
    assert_eq!(bench.values(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn more_commits_than_are_kept_make_everything_be_looked_at() {
    let bench = Bench::new();
    let _task = bench.run();
    let _watch = bench.watch();
    frames(2).await;
    bench.commit(1, "wx:1");
    for _ in 0..2_000 {
        bench.commit(2, "wx:2");
    }
    frames(2).await;
    assert_eq!(bench.values(), [0, 2]);
}
