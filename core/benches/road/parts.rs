//! What of the bench to run, and for which shops: `PART` and `ORDERS`.

use super::Trouble;

/// A part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Storing a first sync, beside A0.
    Ingest,
    /// Screens, and pages of narrowed lists.
    Reads,
    Search,
    /// Searches against a plain walk over the shop; it takes minutes and fails where they differ, so only who names it gets it.
    Oracle,
    /// Lists that somebody looks at while orders change.
    Live,
    /// Reads and taps while a first sync runs.
    Busy,
    /// The memory of a process that holds only the core.
    Memory,
}

const NAMES: [(&str, Part); 7] = [
    ("ingest", Part::Ingest),
    ("reads", Part::Reads),
    ("search", Part::Search),
    ("oracle", Part::Oracle),
    ("live", Part::Live),
    ("busy", Part::Busy),
    ("memory", Part::Memory),
];

/// Those that `PART` names, separated by commas; without it all but the oracle.
pub(crate) fn wanted() -> Result<Vec<Part>, Trouble> {
    let Ok(names) = std::env::var("PART") else { return Ok(every()) };
    let part = |name: &str| NAMES.iter().find(|(known, _)| *known == name.trim()).map(|(_, part)| *part);
    let parts = names.split(',').map(part).collect::<Option<Vec<_>>>();
    parts.ok_or_else(|| {
        format!("PART: {names:?} names no part; there are {}", NAMES.map(|(name, _)| name).join(", ")).into()
    })
}

fn every() -> Vec<Part> {
    NAMES.iter().map(|(_, part)| *part).filter(|part| *part != Part::Oracle).collect()
}

/// The sizes of the shops to measure, smallest first.
pub(crate) fn sizes() -> Result<Vec<u64>, Trouble> {
    let Ok(sizes) = std::env::var("ORDERS") else { return Ok(vec![100_000]) };
    let mut sizes = sizes
        .split(',')
        .map(|size| size.trim().parse())
        .collect::<Result<Vec<u64>, _>>()
        .map_err(|_| "ORDERS: expected whole numbers, separated by commas")?;
    sizes.sort_unstable();
    Ok(sizes)
}

/// From which the shop is made.
pub(crate) fn seed() -> Result<u64, Trouble> {
    number("SEED", 7)
}

/// Whole ingests, where the shop is not so large that one is an average by itself: `RUNS`.
pub(crate) fn ingests() -> Result<u64, Trouble> {
    number("RUNS", 5)
}

fn number(name: &str, otherwise: u64) -> Result<u64, Trouble> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}: expected a whole number").into()),
        Err(_) => Ok(otherwise),
    }
}
