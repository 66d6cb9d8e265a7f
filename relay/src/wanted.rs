//! Every command that this relay takes.

use serde::{Deserialize, Serialize};
use shopkeeper_protocol::{AcceptAfterSale, Command, CommandId, EntityKey, Note, RejectAfterSale, Ship};

use crate::platform::Followed;

/// Body of a command as it arrives: [`shopkeeper_protocol::CommandBody`], of every kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WantedBody {
    pub(crate) id: CommandId,
    pub(crate) command: Wanted,
}

/// What is wanted. Written as the protocol's [`Command`] is, of which it has every kind and those that phones do not send yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Wanted {
    Ship(Ship),
    Note(Note),
    AcceptAfterSale(AcceptAfterSale),
    RejectAfterSale(RejectAfterSale),
}

impl Wanted {
    /// Every kind, by the tag with which it can be held.
    pub(crate) const KINDS: [&str; 4] = ["ship", "note", "accept_after_sale", "reject_after_sale"];

    /// The tag.
    pub(crate) fn kind(&self) -> &'static str {
        let [ship, note, accept, reject] = Self::KINDS;
        match self {
            Self::Ship(_) => ship,
            Self::Note(_) => note,
            Self::AcceptAfterSale(_) => accept,
            Self::RejectAfterSale(_) => reject,
        }
    }

    /// The entity that it acts on.
    pub(crate) fn target(&self) -> &EntityKey {
        match self {
            Self::Ship(ship) => &ship.order,
            Self::Note(note) => &note.order,
            Self::AcceptAfterSale(accept) => &accept.after_sale,
            Self::RejectAfterSale(reject) => &reject.after_sale,
        }
    }

    /// What kind of entity that is.
    pub(crate) fn of(&self) -> Followed {
        match self {
            Self::Ship(_) | Self::Note(_) => Followed::Orders,
            Self::AcceptAfterSale(_) | Self::RejectAfterSale(_) => Followed::AfterSales,
        }
    }
}

impl From<Command> for Wanted {
    fn from(command: Command) -> Self {
        match command {
            Command::Ship(ship) => Self::Ship(ship),
            Command::Note(note) => Self::Note(note),
        }
    }
}
