//! What was confirmed, held against what the platform's books and the phone's files say afterwards.
//!
//! The comparison knows nothing of how work travels. It takes three lists from three sources: what the phone *confirmed* while the story was
//! told, the *books* of the platform, and what the phone *kept*, read after it was closed and opened again. Something is lost if it was
//! confirmed and is neither where it belongs nor waiting for a person; something is doubled if it is there oftener than
//! it was confirmed, or was never confirmed at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use shopkeeper_core::ids::CommandId;
use shopkeeper_core::orders::Flag;
use shopkeeper_sandbox::world::{Actor, Books, Effect, EffectKind, OrderId};

/// Something that the phone said was safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Of which order, by the platform's number.
    pub order: OrderId,
    /// What.
    pub deed: Deed,
}

/// See [`Confirmed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Belongs on the phone.
    Flag(Flag),
    /// Belongs on the phone.
    PrivateNote(String),
    /// Belongs at the platform.
    PlatformNote {
        /// Of the receipt.
        command: CommandId,
        /// What was written.
        text: String,
    },
    /// Belongs at the platform.
    Shipment {
        /// Of the receipt.
        command: CommandId,
        /// Waybill and pieces of each parcel.
        parcels: Vec<(String, u32)>,
    },
}

/// What the phone had in its files when it was opened again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    /// By order; orders without one are left out.
    pub flags: BTreeMap<OrderId, Flag>,
    /// Every version of the private note.
    pub notes: BTreeMap<OrderId, Vec<String>>,
    /// Commands that wait for a person to decide.
    pub needs_action: BTreeSet<CommandId>,
}

/// The outcome of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Things that the phone said were safe.
    pub confirmed: u64,
    /// Of them, those that are where they belong.
    pub delivered: u64,
    /// Of them, those that wait for a person, in plain sight.
    pub needs_action: u64,
    /// Of them, those that are nowhere.
    pub lost: u64,
    /// Parcels and notes that are there and should not be.
    pub doubled: u64,
}

impl Tally {
    /// Whether everything that was confirmed is accounted for, once.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0
    }

    /// Compares. `books` holds the effects since the story began, on the story's orders.
    #[must_use]
    pub fn of(confirmed: &[Confirmed], books: &Books, kept: &Kept) -> Self {
        let mut there = Copies::at_platform(books);
        let mut here = Copies::on_phone(kept);
        let mut tally = Self { confirmed: confirmed.len() as u64, ..Self::default() };
        for Confirmed { order, deed } in confirmed {
            let (arrived, command) = match deed {
                Deed::Flag(flag) => (here.take(*order, &Piece::Flag(*flag)), None),
                Deed::PrivateNote(text) => (here.take(*order, &Piece::Note(text.clone())), None),
                Deed::PlatformNote { command, text } => (there.take(*order, &Piece::Note(text.clone())), Some(command)),
                Deed::Shipment { command, parcels } => {
                    let parcels = parcels.iter().map(|(waybill, pieces)| Piece::Parcel(waybill.clone(), *pieces));
                    // Every parcel is taken out of the books, also behind one that is missing.
                    let taken: Vec<bool> = parcels.map(|parcel| there.take(*order, &parcel)).collect();
                    (taken.iter().all(|taken| *taken), Some(command))
                }
            };
            if arrived {
                tally.delivered += 1;
            } else if command.is_some_and(|command| kept.needs_action.contains(command)) {
                tally.needs_action += 1;
            } else {
                tally.lost += 1;
            }
        }
        tally.doubled = there.left() + here.left();
        tally
    }
}

/// Something that can be found once or oftener on an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Flag(Flag),
    Note(String),
    Parcel(String, u32),
}

/// How often each piece was found.
#[derive(Debug, Default)]
struct Copies(BTreeMap<(OrderId, Piece), u64>);

impl Copies {
    fn at_platform(books: &Books) -> Self {
        let mut copies = Self::default();
        for Effect { order, kind, .. } in books.effects.iter().filter(|effect| effect.by == Actor::Api) {
            match kind {
                EffectKind::Note { text } => copies.put(*order, Piece::Note(text.clone())),
                EffectKind::Delivery { parcels } => {
                    for parcel in parcels {
                        let pieces = parcel.items.iter().map(|item| u32::from(item.count)).sum();
                        copies.put(*order, Piece::Parcel(parcel.waybill.clone(), pieces));
                    }
                }
                // The story's phone writes nothing else.
                _ => {}
            }
        }
        copies
    }

    fn on_phone(kept: &Kept) -> Self {
        let mut copies = Self::default();
        for (order, flag) in &kept.flags {
            copies.put(*order, Piece::Flag(*flag));
        }
        for (order, notes) in &kept.notes {
            for text in notes {
                copies.put(*order, Piece::Note(text.clone()));
            }
        }
        copies
    }

    fn put(&mut self, order: OrderId, piece: Piece) {
        *self.0.entry((order, piece)).or_default() += 1;
    }

    /// Takes one copy away; false if there is none.
    fn take(&mut self, order: OrderId, piece: &Piece) -> bool {
        match self.0.get_mut(&(order, piece.clone())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    fn left(&self) -> u64 {
        self.0.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use shopkeeper_sandbox::world::{ParcelBook, ParcelItem};

    use super::*;

    const ORDER: OrderId = OrderId::new(3_705_115_058_471_208_928);

    fn command(byte: u8) -> CommandId {
        CommandId::from_bytes([byte; 16])
    }

    fn effect(by: Actor, kind: EffectKind) -> Effect {
        Effect { at: 1, order: ORDER, by, kind }
    }

    fn parcel(waybill: &str, count: u16) -> ParcelBook {
        let item = ParcelItem { product_id: "1".to_owned(), sku_id: "2".to_owned(), count };
        ParcelBook { carrier: "SF".to_owned(), waybill: waybill.to_owned(), at: 1, items: vec![item] }
    }

    /// A flag, a private note, a platform note, and a shipment in two parcels.
    fn confirmed() -> Vec<Confirmed> {
        let deeds = [
            Deed::Flag(Flag::Red),
            Deed::PrivateNote("mine".to_owned()),
            Deed::PlatformNote { command: command(1), text: "ours".to_owned() },
            Deed::Shipment { command: command(2), parcels: vec![("SF1".to_owned(), 2), ("SF2".to_owned(), 1)] },
        ];
        deeds.into_iter().map(|deed| Confirmed { order: ORDER, deed }).collect()
    }

    fn books() -> Books {
        let effects = vec![
            effect(Actor::Api, EffectKind::Note { text: "ours".to_owned() }),
            effect(Actor::Api, EffectKind::Delivery { parcels: vec![parcel("SF1", 2), parcel("SF2", 1)] }),
        ];
        Books { now_s: 2, orders: Vec::new(), effects }
    }

    fn kept() -> Kept {
        Kept {
            flags: [(ORDER, Flag::Red)].into(),
            notes: [(ORDER, vec!["mine".to_owned()])].into(),
            needs_action: BTreeSet::new(),
        }
    }

    #[test]
    fn everything_once_is_clean() {
        let tally = Tally::of(&confirmed(), &books(), &kept());
        assert_eq!(tally, Tally { confirmed: 4, delivered: 4, ..Tally::default() });
        assert!(tally.is_clean());
        let colleague = effect(Actor::Colleague, EffectKind::Note { text: "hers".to_owned() });
        let mut books = books();
        books.effects.push(colleague);
        assert_eq!(Tally::of(&confirmed(), &books, &kept()), tally, "what a colleague did is no work of this phone");
    }

    #[test]
    fn what_is_missing_anywhere_is_lost() {
        for missing in 0..4 {
            let (mut books, mut kept) = (books(), kept());
            match missing {
                0 => kept.flags = BTreeMap::new(),
                1 => kept.notes = BTreeMap::new(),
                2 => drop(books.effects.remove(0)),
                _ => drop(books.effects.remove(1)),
            }
            let tally = Tally::of(&confirmed(), &books, &kept);
            assert_eq!((tally.delivered, tally.lost, tally.doubled), (3, 1, 0), "{missing}");
            assert!(!tally.is_clean());
        }
    }

    #[test]
    fn half_a_shipment_is_lost_and_its_other_half_not_doubled() {
        let mut books = books();
        books.effects[1] = effect(Actor::Api, EffectKind::Delivery { parcels: vec![parcel("SF2", 1)] });
        let tally = Tally::of(&confirmed(), &books, &kept());
        assert_eq!((tally.delivered, tally.lost, tally.doubled), (3, 1, 0));
    }

    #[test]
    fn what_is_there_oftener_or_otherwise_than_confirmed_is_doubled() {
        let mut again = books();
        again.effects.extend(books().effects);
        assert_eq!(Tally::of(&confirmed(), &again, &kept()).doubled, 3, "a note and two parcels");
        let mut noted_twice = kept();
        noted_twice.notes.insert(ORDER, vec!["mine".to_owned(), "mine".to_owned()]);
        assert_eq!(Tally::of(&confirmed(), &books(), &noted_twice).doubled, 1);
        let mut other = books();
        other.effects[1] =
            effect(Actor::Api, EffectKind::Delivery { parcels: vec![parcel("SF1", 3), parcel("SF2", 1)] });
        let tally = Tally::of(&confirmed(), &other, &kept());
        assert_eq!(
            (tally.lost, tally.doubled),
            (1, 1),
            "other pieces than confirmed: one is missing, and one is too many"
        );
    }

    #[test]
    fn what_waits_for_a_person_is_not_lost_unless_nobody_can_see_it() {
        let mut books = books();
        books.effects.clear();
        let mut kept = kept();
        kept.needs_action.insert(command(2));
        let tally = Tally::of(&confirmed(), &books, &kept);
        assert_eq!((tally.delivered, tally.needs_action, tally.lost), (2, 1, 1));
    }

    #[test]
    fn it_is_written_in_the_order_of_the_contract() {
        let tally = Tally { confirmed: 9, delivered: 8, needs_action: 1, lost: 0, doubled: 0 };
        assert_eq!(
            serde_json::to_string(&tally).unwrap(),
            r#"{"confirmed":9,"delivered":8,"needs_action":1,"lost":0,"doubled":0}"#
        );
    }
}
