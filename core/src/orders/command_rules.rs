//! From a wish to a command, on the facts of this very moment: what a merchant typed is checked against the order, what waits on top of it,
//! and every waybill that is in use elsewhere.
//!
//! A wish that is tried again goes the same way, with its own command left out: for parcels all others count, for a note only what stands
//! before it in the lane, since what stands behind was written upon it.

use std::sync::Arc;

use shopkeeper_protocol::{Carrier, Command, Note, Order, Ship};

use super::draft::{self, Against, fold_waybill};
use super::rules::{self, Lies, lies};
use super::{ShipDraft, notes, reason};
use crate::error::CoreError;
use crate::ids::{OrderKey, ReasonCode};
use crate::outbox::rules::{CommandRules, NewCommand};
use crate::rulebook::Rulebook;
use crate::store::outbox::CommandRow;
use crate::store::{Overlays, Store, StoreError, View};
use crate::sync::Version;
use crate::time::Corrected;

/// Makes commands of wishes. Cloning shares the store.
#[derive(Clone)]
pub(crate) struct Wishes {
    pub(crate) store: Store,
    pub(crate) clock: Corrected,
    pub(crate) rulebook: &'static Rulebook,
}

/// An order and what waits on top of it.
struct Seen {
    order: Order,
    version: Version,
    /// In lane order.
    rows: Vec<Arc<CommandRow>>,
}

/// What else a shipment is checked against.
struct Elsewhere {
    carriers: Vec<Carrier>,
    /// Waybills of other orders.
    waybills: Vec<String>,
}

impl Wishes {
    /// The command that ships what was typed.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] without such an order, [`CoreError::NotPossible`] with the reason.
    pub(crate) fn ship(&self, key: &OrderKey, typed: &ShipDraft) -> Result<NewCommand, CoreError> {
        let waybills = typed.parcels.iter().map(|parcel| parcel.waybill.as_str());
        let (seen, elsewhere) = self.look_around(key, waybills)?;
        let rows = seen.rows.iter().map(Arc::as_ref);
        let ship = draft::ship(typed, &self.against(key, &seen, &elsewhere), rows)?;
        self.ship_command(ship, &seen, &elsewhere, true)
    }

    fn ship_again(&self, again: &Ship) -> Result<NewCommand, CoreError> {
        let key = &again.order;
        let waybills = again.parcels.iter().map(|parcel| parcel.waybill.as_str());
        let (seen, elsewhere) = self.look_around(key, waybills)?;
        let own = seen.rows.iter().position(|row| matches!(&row.command, Command::Ship(ship) if ship == again));
        let others = seen.rows.iter().enumerate().filter(|(at, _)| Some(*at) != own).map(|(_, row)| &**row);
        let ship = draft::renewed(again, &self.against(key, &seen, &elsewhere), others)?;
        self.ship_command(ship, &seen, &elsewhere, false)
    }

    fn against<'a>(&self, key: &'a OrderKey, seen: &'a Seen, elsewhere: &'a Elsewhere) -> Against<'a> {
        let carriers = &elsewhere.carriers;
        Against { rulebook: self.rulebook, key, order: &seen.order, cached: seen.version, carriers }
    }

    fn ship_command(
        &self,
        ship: Ship,
        seen: &Seen,
        elsewhere: &Elsewhere,
        undoable: bool,
    ) -> Result<NewCommand, CoreError> {
        if draft::duplicate(&ship, elsewhere.waybills.iter().map(String::as_str)).is_some() {
            return Err(CoreError::NotPossible(ReasonCode::from(reason::WAYBILL_USED)));
        }
        let due = rules::facts(self.rulebook, &ship.order, &seen.order).ship_by.map(|ship_by| ship_by.at);
        Ok(NewCommand { command: Command::Ship(ship), number: seen.order.number.clone(), due, undoable })
    }

    /// The command that writes a note at the platform.
    ///
    /// # Errors
    /// As [`Wishes::ship`].
    pub(crate) fn note(&self, key: &OrderKey, typed: &str) -> Result<NewCommand, CoreError> {
        let seen = self.look(key)?;
        self.note_command(key, typed, &seen, &seen.rows, true)
    }

    fn note_again(&self, again: &Note) -> Result<NewCommand, CoreError> {
        let seen = self.look(&again.order)?;
        let own = seen.rows.iter().position(|row| matches!(&row.command, Command::Note(note) if note == again));
        let before = seen.rows.get(..own.unwrap_or(seen.rows.len())).unwrap_or_default();
        self.note_command(&again.order, &again.text, &seen, before, false)
    }

    fn note_command(
        &self,
        key: &OrderKey,
        typed: &str,
        seen: &Seen,
        before: &[Arc<CommandRow>],
        undoable: bool,
    ) -> Result<NewCommand, CoreError> {
        // What the platform will show once everything before this has happened.
        let base = rules::note_on_top(&seen.order.merchant_note, before.iter().map(Arc::as_ref), seen.version);
        let text = notes::platform_note(self.rulebook, typed, base)?;
        let note = Note { order: key.clone(), text, base: base.to_owned() };
        Ok(NewCommand { command: Command::Note(note), number: seen.order.number.clone(), due: None, undoable })
    }

    fn look(&self, key: &OrderKey) -> Result<Seen, CoreError> {
        self.store.view(|view| seen(view, key))?.ok_or(CoreError::NotFound("order"))
    }

    fn look_around<'a>(
        &self,
        key: &OrderKey,
        waybills: impl Iterator<Item = &'a str>,
    ) -> Result<(Seen, Elsewhere), CoreError> {
        let waybills: Vec<String> = waybills.map(fold_waybill).collect();
        let found = self.store.view(|view| {
            let Some(seen) = seen(view, key)? else { return Ok(None) };
            let waybills = self.used_elsewhere(view, key, &seen.order, &waybills)?;
            Ok(Some((seen, Elsewhere { carriers: view.cache.carriers()?, waybills })))
        })?;
        found.ok_or(CoreError::NotFound("order"))
    }

    /// Those waybills that another order has, at the platform or in a parcel that waits here. Orders of one address may share a parcel.
    fn used_elsewhere(
        &self,
        view: &View<'_>,
        key: &OrderKey,
        order: &Order,
        waybills: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let since = self.clock.now().minus(self.rulebook.duplicate_window());
        let mut used = Vec::new();
        for waybill in waybills {
            let mut others = view.cache.orders_with_waybill(waybill, since)?;
            others.extend(queued_with(&view.local.overlays, waybill));
            for other in others.iter().filter(|other| *other != key) {
                let address = view.cache.order(other)?.map(|(_, other)| other.buyer.address_hash).unwrap_or_default();
                if address.is_empty() || address != order.buyer.address_hash {
                    used.push(waybill.clone());
                    break;
                }
            }
        }
        Ok(used)
    }
}

fn seen(view: &View<'_>, key: &OrderKey) -> Result<Option<Seen>, StoreError> {
    let Some((version, order)) = view.cache.order(key)? else { return Ok(None) };
    Ok(Some(Seen { order, version, rows: view.local.overlays.of(key).to_vec() }))
}

/// Orders with a queued parcel of this waybill that may reach the platform, or did.
fn queued_with(overlays: &Overlays, waybill: &str) -> Vec<OrderKey> {
    let has = |row: &&Arc<CommandRow>| {
        let Command::Ship(ship) = &row.command else { return false };
        // As if nothing of the order were cached: what is done counts until it is forgotten.
        let counts = !matches!(lies(row, Version::default()), Lies::Nothing | Lies::NeedsAction { maybe: false, .. });
        counts && ship.parcels.iter().any(|parcel| fold_waybill(&parcel.waybill) == waybill)
    };
    overlays.rows().filter(has).map(|row| row.order.clone()).collect()
}

/// How a shipment is tried again.
pub(crate) struct ShipRules(pub(crate) Wishes);

impl CommandRules for ShipRules {
    fn kind(&self) -> &'static str {
        "ship"
    }

    fn renew(&self, command: &Command) -> Result<NewCommand, CoreError> {
        match command {
            Command::Ship(ship) => self.0.ship_again(ship),
            Command::Note(_) => Err(CoreError::NotFound("command")),
        }
    }
}

/// How a note is tried again.
pub(crate) struct NoteRules(pub(crate) Wishes);

impl CommandRules for NoteRules {
    fn kind(&self) -> &'static str {
        "note"
    }

    fn renew(&self, command: &Command) -> Result<NewCommand, CoreError> {
        match command {
            Command::Note(note) => self.0.note_again(note),
            Command::Ship(_) => Err(CoreError::NotFound("command")),
        }
    }
}
