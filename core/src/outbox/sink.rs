//! What the feed says became of commands.

use shopkeeper_protocol::{CommandId, EntityKey, EntityKind, Outcome};

use crate::store::{CacheTx, Store, StoreError};
use crate::sync::Version;
use crate::sync::sink::{Bad, EntitySink, Reading, Stored};

/// Keeps the outcomes of this phone's commands; those of other phones are passed over. A command is in memory from its tap on, long before the
/// relay hears of it, so an outcome that is not known here is somebody else's.
pub(crate) struct OutcomeSink(pub(crate) Store);

impl EntitySink for OutcomeSink {
    fn kind(&self) -> EntityKind {
        EntityKind::CommandOutcome
    }

    fn read(&self, key: &EntityKey, body: &str) -> Result<Box<dyn Reading>, Bad> {
        let bad = |what: &str| Bad(what.to_owned());
        let outcome: Outcome = serde_json::from_str(body)
            .map_err(|error| Bad(format!("line {} column {}", error.line(), error.column())))?;
        let id: CommandId = key.as_str().parse().map_err(|_| bad("key: expected a command id"))?;
        if outcome.command != id {
            return Err(bad("command: expected the id that the key names"));
        }
        Ok(Box::new(OutcomeReading { id, body: body.to_owned(), store: self.0.clone() }))
    }

    fn gone(&self, tx: &CacheTx<'_>, key: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        Ok(if tx.remove_outcome(key.as_str(), version)? { Stored::Changed } else { Stored::Same })
    }

    fn forget_older(&self, tx: &CacheTx<'_>, generation: i64) -> Result<u64, StoreError> {
        tx.forget_outcomes(generation)
    }
}

struct OutcomeReading {
    id: CommandId,
    body: String,
    store: Store,
}

impl Reading for OutcomeReading {
    fn store(self: Box<Self>, tx: &CacheTx<'_>, _: &EntityKey, version: Version) -> Result<Stored, StoreError> {
        if self.store.overlays().get(&self.id).is_none() {
            return Ok(Stored::Same);
        }
        Ok(if tx.put_outcome(&self.id, version, &self.body)? { Stored::Changed } else { Stored::Same })
    }
}
