//! A first simulation: two phones, the relay and the platform in one thread, on simulated time, under one seed.
//!
//! # Life of a run
//!
//! The world begins with a small shop and two paired phones. Two hundred and more steps follow, each drawn from the seed: a
//! merchant ships, notes, flags, takes back; a buyer orders, pays, hurries, cancels, asks for an address; a colleague works
//! at the platform; a link is cut, slowed or begins to lose what it carries, in either direction; a phone or the relay is
//! killed at whatever await it stands and opened again on what it left. After every few steps the promises that hold at any
//! moment are checked. Then everything heals, the world gets time to drain, and the promises that hold in the end are
//! checked: whatever a phone confirmed is at the platform exactly once, or waits for a person with a reason, or was taken
//! back; each phone equals the platform; flags and private notes are where they were put.
//!
//! # Why it can be believed
//!
//! Everything that could differ between two runs goes through a port: chance ([`dice`]), time (tokio's paused clock and
//! [`world::SimClock`]), the network ([`net`]), the store's threads (none). The trace of all calls and deeds is hashed, and the
//! same seed must give the same hash twice. A failure prints its seed and the last lines of its trace.
//!
//! `SHOPKEEPER_SIM_SEEDS` sets how many seeds a run takes, `SHOPKEEPER_SIM_FIRST` the first one, so that one seed can be replayed.

mod actors;
mod checks;
mod dice;
mod net;
mod world;

use std::time::Duration;

use actors::Ledger;
use net::Weather;
use world::SimWorld;

const STEPS: usize = 220;
const ORDERS: u32 = 40;

/// One run; returns the hash of its trace.
fn run(seed: u64) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    let dir = tempfile::tempdir_in(scratch()).expect("a scratch folder");
    runtime.block_on(async {
        let mut world = SimWorld::new(seed, dir.path(), ORDERS, 2).await;
        let mut ledger = Ledger::default();
        let fail = |world: &SimWorld, broken: String| -> ! {
            panic!("seed {seed}: {broken}\n--- the last of its story ---\n{}", world.trace.story())
        };
        for number in 0..STEPS {
            actors::step(&mut world, &mut ledger).await;
            if number % 10 == 0
                && let Err(broken) = checks::always(&world)
            {
                fail(&world, broken);
            }
        }
        heal(&mut world);
        if let Err(broken) = settle(&mut world).await.and_then(|()| checks::finally(&world, &ledger)) {
            fail(&world, broken);
        }
        world.trace.hash()
    })
}

fn heal(world: &mut SimWorld) {
    world.trace.note("everything heals");
    world.start_relay();
    world.set_backbone(Weather::CLEAR, Weather::CLEAR);
    for index in 0..world.phones.len() {
        world.start_phone(index);
        world.set_link(index, Weather::CLEAR);
    }
}

/// Gives the world time to drain; a world that does not is stalled, which is a broken promise too.
async fn settle(world: &mut SimWorld) -> Result<(), String> {
    for _ in 0..60 {
        world.pass(Duration::from_secs(60)).await;
        if !checks::drained(world) {
            continue;
        }
        for phone in &world.phones {
            phone.core().sync().expect("paired").now().await.map_err(|error| format!("{}: {error}", phone.name))?;
        }
        if checks::drained(world) {
            return Ok(());
        }
    }
    let waits: Vec<_> =
        world.phones.iter().map(|phone| phone.core().outbox().expect("paired").view().expect("reads").items).collect();
    Err(format!("stalled after healing: {waits:?}"))
}

/// Memory-backed where the machine has it: a run writes thousands of small transactions.
fn scratch() -> std::path::PathBuf {
    let shm = std::path::Path::new("/dev/shm");
    if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() }
}

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn every_seed_keeps_every_promise() {
    let first = number_from("SHOPKEEPER_SIM_FIRST", 0);
    for seed in first..first + number_from("SHOPKEEPER_SIM_SEEDS", 4) {
        run(seed);
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 1_000_003] {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}
