//! One way to the relay and back: hand a command over, or ask what became of it.

use std::sync::Arc;

use shopkeeper_protocol::{CommandStatus, Hello};

use super::machine::{self, Event};
use super::plan::Errand;
use crate::ids::CommandId;
use crate::net::{NetError, Relay};
use crate::store::outbox::CommandRow;
use crate::store::{Store, StoreError};

/// How an errand ended.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) id: CommandId,
    pub(super) errand: Errand,
    pub(super) ending: Ending,
}

#[derive(Debug)]
pub(super) enum Ending {
    /// The relay could not even be greeted; nothing was tried.
    NoRoad(NetError),
    /// The command is not what it was when the errand was planned; nothing was tried.
    Moved,
    /// The attempt could not be recorded, so it was not made.
    NotRecorded(StoreError),
    /// What came back, and by what greeting.
    Back(Result<(Arc<Hello>, CommandStatus), NetError>),
}

/// Runs an errand to its end.
pub(super) async fn run(store: Store, relay: Relay, row: Arc<CommandRow>, errand: Errand) -> Report {
    let ending = match errand {
        Errand::Send => send(&store, &relay, &row).await,
        Errand::Ask => Ending::Back(relay.command_status(&row.id).await),
    };
    let ending = match ending {
        Ending::Back(Ok((_, status))) if status.id != row.id => {
            Ending::Back(Err(NetError::Unreadable("the status of another command".to_owned())))
        }
        other => other,
    };
    Report { id: row.id.clone(), errand, ending }
}

async fn send(store: &Store, relay: &Relay, row: &Arc<CommandRow>) -> Ending {
    // The incarnation that an attempt is meant for has to be known and on disk before the attempt is made.
    let hello = match relay.fresh_hello().await {
        Ok(hello) => hello,
        Err(error) => return Ending::NoRoad(error),
    };
    if hello.held.iter().any(|held| held.kind == row.command.kind()) {
        return Ending::Moved;
    }
    let event = Event::SetOff { incarnation: hello.incarnation.to_string() };
    match record(store, &row.id, event).await {
        Ok(Some(row)) => Ending::Back(relay.command(&row.body, &row.first_incarnation).await),
        Ok(None) => Ending::Moved,
        Err(error) => Ending::NotRecorded(error),
    }
}

/// Writes down what happened to a command; `None` if it means nothing in the state that the command is in by now.
pub(super) async fn record(store: &Store, id: &CommandId, event: Event) -> Result<Option<CommandRow>, StoreError> {
    let id = id.clone();
    store
        .run(move |store| {
            store.write_actions(|tx| {
                let Some(row) = tx.reader().command(&id)? else { return Ok(None) };
                let Some(row) = machine::after(&row, &event) else { return Ok(None) };
                tx.move_command(row.clone())?;
                Ok(Some(row))
            })
        })
        .await
}
