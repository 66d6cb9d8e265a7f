//! The stage of a simulation: two phones, the relay and the platform in one thread, on simulated time, under one seed.
//!
//! Everything that could differ between two runs goes through a port: chance ([`dice`]), time (tokio's paused clock and
//! [`ports::SimClock`]), the network ([`net`]), the store's threads (none).

mod calm;
pub mod dice;
pub mod net;
pub mod ports;
pub mod script;
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
    let shm = std::path::Path::new("/dev/shm");
    if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() }
}
