//! Runs of whole seeds.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::promises::Tally;
use super::run::{LATE, run};

/// Seeds of a run that names no number.
const SEEDS: u64 = 12;

/// What has to have happened somewhere in a run of several seeds, by a part of the line that tells of it: a simulation in which nothing
/// goes wrong proves nothing.
const EVENTS: [(&str, &str); 20] = [
    ("a call that was lost", "-> Lost"),
    ("a call that met nobody", "-> NotConnected"),
    ("a request that arrived late", "arrives late"),
    ("a phone killed", " killed"),
    ("a relay killed", "relay crashed"),
    ("a call cut in two by a crash", "in the middle"),
    ("a relay put back", "relay set back"),
    ("a phone put away", "put away"),
    ("trouble at the platform", "trouble at the platform"),
    ("an undo", "(Undoable { until: "),
    ("a withdrawal of what waits", "(Waiting): Ok"),
    ("something retried under a new id", "): Ok(CommandId"),
    ("something that needs a person", "(NeedsAction"),
    ("an outcome that nobody knows", "(Unknown"),
    ("an answer that is looked up", "(Checking"),
    ("screens opened", "opens screens"),
    ("several orders at one tap", " orders at once"),
    ("a narrowed list", " looks at OrderFilter"),
    ("a search", " searches "),
    ("a colleague who ships", "colleague ships"),
];

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// Every seed has a runtime of its own, so as many run at once as the machine has processors.
#[test]
fn every_seed_keeps_every_promise() {
    let first = number_from("SHOPKEEPER_SIM_FIRST", 0);
    let end = first + number_from("SHOPKEEPER_SIM_SEEDS", SEEDS);
    let next = AtomicU64::new(first);
    let (broken, total) = (Mutex::new(Vec::new()), Mutex::new((Tally::default(), BTreeMap::new())));
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    // Nothing may panic, and if it does, it is known in which seed.
                    let lived = catch_unwind(AssertUnwindSafe(|| run(seed, LATE)));
                    match lived.unwrap_or_else(|_| Err(format!("seed {seed}: a panic, which is told above"))) {
                        Ok(run) => {
                            let (tally, seen) = &mut *total.lock().unwrap_or_else(PoisonError::into_inner);
                            tally.add(run.tally);
                            for (event, mark) in EVENTS {
                                *seen.entry(event).or_insert(0) +=
                                    run.lines.iter().filter(|line| line.contains(mark)).count();
                            }
                        }
                        Err(story) => broken.lock().unwrap_or_else(PoisonError::into_inner).push((seed, story)),
                    }
                }
            });
        }
    });
    let mut broken = broken.into_inner().unwrap();
    broken.sort();
    if let Some((_, story)) = broken.first() {
        let all: Vec<&str> = broken.iter().filter_map(|(_, story)| story.lines().next()).collect();
        panic!("{} of {first}..{end} broke a promise:\n{}\n\nthe first of them:\n{story}", all.len(), all.join("\n"));
    }
    let (tally, seen) = total.into_inner().unwrap();
    println!("{} seeds: {tally:?}\n{seen:#?}", end - first);
    let missing: Vec<_> = seen.iter().filter(|(_, times)| **times == 0).map(|(event, _)| event).collect();
    assert!(end - first < SEEDS || missing.is_empty(), "in all these seeds there never was {missing:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 1_000_003] {
        let once = || run(seed, LATE).unwrap_or_else(|story| panic!("{story}"));
        let (first, second) = (once(), once());
        let parts_at = first.lines.iter().zip(&second.lines).find(|(a, b)| a != b);
        assert_eq!(parts_at, None, "seed {seed}: where its two runs part");
        assert_eq!(first.hash, second.hash, "seed {seed}");
    }
}

/// A relay can only wait so long before it takes a parcel that does not show for one that never arrived. Where the network is slower than
/// that, something does happen twice, and the simulation sees it.
#[test]
fn a_network_slower_than_anybody_waits_is_found_out() {
    let doubled = (0..20).find(|seed| run(*seed, 600_000).is_err_and(|story| story.contains("took effect too often")));
    assert!(doubled.is_some(), "twenty worlds with such a network, and nothing was found");
}
