//! [`SetAside`]: what could not be read, kept as it came.

use shopkeeper_protocol::{EntityKey, EntityKind};

use super::Version;
use crate::time::Instant;

/// An entity of the feed that this build could not read. The entity keeps its last good state beside it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SetAside {
    pub(crate) kind: EntityKind,
    /// Of a line without one: a digest of the line.
    pub(crate) key: EntityKey,
    pub(crate) version: Version,
    /// `body` is the whole line, because not even its frame could be read.
    pub(crate) whole_line: bool,
    pub(crate) body: String,
    /// What is wrong and where, without values.
    pub(crate) what: String,
    pub(crate) at: Instant,
}

impl std::fmt::Debug for SetAside {
    /// Without the body: it may hold personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetAside({} {} {:?}: {})", self.kind.as_str(), self.key, self.version, self.what)
    }
}
