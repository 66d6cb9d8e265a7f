//! Taps on several orders at once.
//!
//! Each order is decided on its own facts and has an answer of its own. What is allowed becomes durable in one write: after a power cut
//! either all of it is there or nothing. A trouble of the store is the answer of the whole tap, since nothing was written then.

use std::collections::{BTreeMap, BTreeSet};

use shopkeeper_protocol::Command;

use super::service::mark_in;
use super::{Flag, Orders, Receipt, ShipDraft, notes, reason};
use crate::error::CoreError;
use crate::ids::{OrderKey, ReasonCode};
use crate::observer::lock;
use crate::outbox::rules::NewCommand;
use crate::store::LocalMark;

/// The most orders that one tap may name: a window of the list.
pub const BATCH: usize = 200;

/// What became of each order, in the order in which they were named.
pub type Batch<T> = Vec<(OrderKey, Result<T, CoreError>)>;

impl Orders {
    /// Puts a flag on orders, or takes it off. On disk when this returns.
    ///
    /// # Errors
    /// [`CoreError::BadInput`] for no orders, more than 200, or one twice; [`CoreError::StorageFull`], [`CoreError::Closed`], and the store's.
    /// Each order: [`CoreError::NotFound`].
    pub fn flag_many(&self, keys: &[OrderKey], flag: Option<Flag>) -> Result<Batch<()>, CoreError> {
        let _turn = lock(&self.0.deciding);
        let marks = self.marks(keys)?;
        let decided = decide(keys.iter(), |key| Ok(mark_of(&marks, key)?.flag != flag))?;
        let device = (self.0.device)();
        self.store().write_actions(|tx| {
            for (key, _) in decided.iter().filter(|(_, changes)| *changes == Ok(true)) {
                tx.write_flag(key, flag, self.hand(&device))?;
            }
            Ok(())
        })?;
        Ok(decided.into_iter().map(|(key, answer)| (key, answer.map(drop))).collect())
    }

    /// Writes one text as a version of the private note of each order. On disk when this returns.
    ///
    /// # Errors
    /// As [`Orders::flag_many`]. Each order: as [`Orders::add_note`].
    pub fn note_many(&self, keys: &[OrderKey], text: &str) -> Result<Batch<()>, CoreError> {
        let _turn = lock(&self.0.deciding);
        let marks = self.marks(keys)?;
        let decided = decide(keys.iter(), |key| {
            let shown = mark_of(&marks, key)?.note.as_deref().unwrap_or_default();
            notes::private_note(self.rulebook(), text, shown)
        })?;
        let device = (self.0.device)();
        self.store().write_actions(|tx| {
            for (key, text) in &decided {
                if let Ok(text) = text {
                    tx.write_note(key, text, self.hand(&device))?;
                }
            }
            Ok(())
        })?;
        Ok(decided.into_iter().map(|(key, answer)| (key, answer.map(drop))).collect())
    }

    /// Ships what was typed for each order: durable when this returns, and then on its way.
    ///
    /// # Errors
    /// As [`Orders::flag_many`]. Each order: as [`Orders::ship`]; a waybill that an order before it in the batch has counts as used, unless
    /// both go to one address.
    pub fn ship_many(&self, drafts: &[(OrderKey, ShipDraft)]) -> Result<Batch<Receipt>, CoreError> {
        let _turn = lock(&self.0.deciding);
        let typed: BTreeMap<&OrderKey, &ShipDraft> = drafts.iter().map(|(key, draft)| (key, draft)).collect();
        let mut used = BTreeMap::new();
        let decided = decide(drafts.iter().map(|(key, _)| key), |key| {
            let draft = typed.get(key).ok_or(CoreError::NotFound("order"))?;
            let new = self.0.wishes.ship(key, draft)?;
            take_waybills(&mut used, &new)?;
            Ok(new)
        })?;
        let mut refused = Vec::new();
        let mut allowed = Vec::new();
        for (key, answer) in decided {
            match answer {
                Ok(new) => {
                    allowed.push(new);
                    refused.push((key, None));
                }
                Err(error) => refused.push((key, Some(error))),
            }
        }
        let mut receipts = self.0.outbox.enqueue_many(allowed)?.into_iter();
        let answers = refused.into_iter().map(|(key, error)| {
            let answer = match error {
                Some(error) => Err(error),
                // As many receipts as there were commands, in their order.
                None => receipts.next().ok_or(CoreError::NotFound("command")),
            };
            (key, answer)
        });
        Ok(answers.collect())
    }

    /// What is on each order that is here, as one look at the store.
    fn marks(&self, keys: &[OrderKey]) -> Result<BTreeMap<OrderKey, LocalMark>, CoreError> {
        let marks = self.store().view(|view| {
            let mut marks = BTreeMap::new();
            for key in keys.iter().take(BATCH) {
                marks.extend(mark_in(view, key)?.map(|mark| (key.clone(), mark)));
            }
            Ok(marks)
        });
        Ok(marks?)
    }
}

fn mark_of<'a>(marks: &'a BTreeMap<OrderKey, LocalMark>, key: &OrderKey) -> Result<&'a LocalMark, CoreError> {
    marks.get(key).ok_or(CoreError::NotFound("order"))
}

/// Decides each order by itself; what is no trouble of the order is one of the whole tap.
fn decide<'a, T>(
    keys: impl Iterator<Item = &'a OrderKey>,
    mut of: impl FnMut(&OrderKey) -> Result<T, CoreError>,
) -> Result<Batch<T>, CoreError> {
    let keys: Vec<&OrderKey> = keys.collect();
    let bad = |what: String| Err(CoreError::BadInput { field: "orders", what });
    if !(1..=BATCH).contains(&keys.len()) {
        return bad(format!("expected 1 to {BATCH}"));
    }
    if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
        return bad("expected each order once".to_owned());
    }
    let mut decided = Vec::with_capacity(keys.len());
    for key in keys {
        let answer = match of(key) {
            Err(error @ (CoreError::NotFound(_) | CoreError::NotPossible(_) | CoreError::BadInput { .. })) => {
                Err(error)
            }
            other => Ok(other?),
        };
        decided.push((key.clone(), answer));
    }
    Ok(decided)
}

/// Notes the waybills of a command, with the address that they go to.
fn take_waybills(used: &mut BTreeMap<String, String>, new: &NewCommand) -> Result<(), CoreError> {
    let Command::Ship(ship) = &new.command else { return Ok(()) };
    let address = &ship.expected.address_hash;
    for parcel in &ship.parcels {
        if used.get(&parcel.waybill).is_some_and(|other| other.is_empty() || other != address) {
            return Err(CoreError::NotPossible(ReasonCode::from(reason::WAYBILL_USED)));
        }
    }
    used.extend(ship.parcels.iter().map(|parcel| (parcel.waybill.clone(), address.clone())));
    Ok(())
}
