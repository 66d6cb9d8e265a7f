//! [`Version`]: which of two readings of an entity is the later one.

use shopkeeper_protocol::Seq;

/// Which reading of an entity a row holds: the relay's sequence, and above it the phone's generation, which rises whenever the
/// relay's history turns out not to be the one this phone knew. The greater wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Version {
    pub(crate) generation: i64,
    pub(crate) seq: i64,
}

impl Version {
    /// SQLite's integers are signed; a sequence beyond that is no sequence that a relay could have counted to.
    pub(crate) fn new(generation: i64, seq: Seq) -> Self {
        Self { generation, seq: i64::try_from(seq).unwrap_or(i64::MAX) }
    }
}
