//! A first simulation: two phones, the relay and the platform in one thread, on simulated time, under one seed.
//!
//! # Life of a run
//!
//! The world begins with a small shop and two paired phones. Two hundred and more steps follow, each drawn from the seed: a
//! merchant ships, notes, flags, one order or several at a tap, takes back, tries again, filters, searches; a buyer orders, pays, hurries, cancels, asks for an address; a
//! colleague works at the platform; a link is cut, slowed or begins to lose what it carries, in either direction; the platform
//! fails; a phone or the relay is killed at whatever await it stands and opened again on what it left; the relay is put back to
//! an older copy of its store. Every few steps the promises that hold at any moment are checked. Then everything heals, the world
//! gets time to drain, and the promises that hold in the end are checked: whatever a phone confirmed is at the platform exactly
//! once, or waits for a person with a reason, or was taken back; each phone equals the platform; flags and private notes are
//! where they were put.
//!
//! # Why it can be believed
//!
//! Everything that could differ between two runs goes through a port: chance ([`dice`]), time (tokio's paused clock and
//! [`ports::SimClock`]), the network ([`net`]), the store's threads (none). The trace of all calls and deeds is hashed, and the
//! same seed must give the same hash twice. The promises are judged on plain data ([`evidence`]), and `falsified` shows for each
//! of them that a world which breaks it is found out. A failure prints its seed and the last lines of its trace.
//!
//! `SHOPKEEPER_SIM_SEEDS` sets how many seeds a run takes, `SHOPKEEPER_SIM_FIRST` the first one, so that one seed can be replayed;
//! `SHOPKEEPER_SIM_TRACE` names a folder into which each seed's whole trace is written.

mod calm;
pub mod dice;
mod evidence;
mod falsified;
pub mod finding;
mod ledger;
mod merchants;
pub mod net;
mod others;
pub mod ports;
mod promises;
mod run;
mod screens;
pub mod script;
mod seeds;
pub mod world;

use std::path::Path;

/// Runs a play in a runtime of one thread, whose time moves only when nobody has anything left to do, in a folder of its own.
pub fn in_one_thread<T>(play: impl AsyncFnOnce(&Path) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    let dir = tempfile::tempdir_in(scratch()).expect("a scratch folder");
    runtime.block_on(play(dir.path()))
}

/// Memory-backed where the machine has it: a run writes thousands of small transactions.
fn scratch() -> std::path::PathBuf {
    let shm = Path::new("/dev/shm");
    if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() }
}
