//! [`Lists`]: which lists an order stands on, one bit each.
//!
//! The bits are the one definition of every list. The column `lists` holds them, the partial indexes of the schema are over them, a
//! filter is a set of bits that must all be there, and a counter is the number of rows with its bit. So a badge cannot count anything
//! but the list that it opens.

use shopkeeper_protocol::Order;

use super::super::local::Mirror;
use crate::orders::rules::OrderFacts;
use crate::orders::{Flag, FlagFilter, OrderFilter, OrderSort, OrderTab, Phase};

/// A set of lists. See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct Lists(u32);

/// A list with an index of its own for each order that it is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) enum List {
    All,
    Unpaid,
    ToShip,
    PartShipped,
    ToReceive,
    AfterSale,
    Done,
    Closed,
    Hurried,
    Noted,
    Pending,
    Flagged,
    /// Parcels are typed that the platform does not have yet.
    Saved,
    /// The buyer left a message.
    Messaged,
    Gift,
    Presale,
}

impl List {
    #[cfg(test)]
    pub(in crate::store) const EVERY: [Self; 16] = [
        Self::All,
        Self::Unpaid,
        Self::ToShip,
        Self::PartShipped,
        Self::ToReceive,
        Self::AfterSale,
        Self::Done,
        Self::Closed,
        Self::Hurried,
        Self::Noted,
        Self::Pending,
        Self::Flagged,
        Self::Saved,
        Self::Messaged,
        Self::Gift,
        Self::Presale,
    ];

    /// In the names of indexes and counters.
    pub(in crate::store) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unpaid => "unpaid",
            Self::ToShip => "to_ship",
            Self::PartShipped => "part_shipped",
            Self::ToReceive => "to_receive",
            Self::AfterSale => "after_sale",
            Self::Done => "done",
            Self::Closed => "closed",
            Self::Hurried => "hurried",
            Self::Noted => "noted",
            Self::Pending => "pending",
            Self::Flagged => "flagged",
            Self::Saved => "saved",
            Self::Messaged => "messaged",
            Self::Gift => "gift",
            Self::Presale => "presale",
        }
    }

    /// Its bit, as the partial indexes of the schema spell it; none for the list of everything.
    pub(in crate::store) const fn bit(self) -> u32 {
        match self {
            Self::All => 0,
            // Behind the bits that have no index.
            Self::Messaged => 1 << 19,
            Self::Gift => 1 << 20,
            Self::Presale => 1 << 21,
            other => 1 << (other as u32 - 1),
        }
    }
}

/// Where nothing is to ship there is no deadline, and both orders of a list are one. The list of everything is walked in two stretches.
const ONE: &[OrderSort] = &[OrderSort::Newest];
const BOTH: &[OrderSort] = &[OrderSort::Newest, OrderSort::MostUrgent];

impl List {
    /// The orders in which it is walked.
    pub(in crate::store) const fn sorts(self) -> &'static [OrderSort] {
        match self {
            Self::All => {
                &[OrderSort::Newest, OrderSort::NewestPaid, OrderSort::Amount, OrderSort::Region, OrderSort::SameBuyer]
            }
            Self::ToShip => &OrderSort::EVERY,
            Self::Unpaid | Self::ToReceive | Self::Done | Self::Closed => ONE,
            // It is only counted.
            Self::Saved => &[OrderSort::MostUrgent],
            _ => BOTH,
        }
    }
}

/// Bits that only narrow a list: no index, but a counter.
const SAVED_TO_SHIP: u32 = 1 << 12;
/// Red; the other colours follow.
const FIRST_FLAG: u32 = 1 << 13;
const FLAGS: u32 = 0b11_1111 << 13;
/// What the mirror writes, and a pull keeps. `SAVED_TO_SHIP` is of both and follows from the others.
const MARKS: u32 = FLAGS | List::Noted.bit() | List::Pending.bit() | List::Flagged.bit() | List::Saved.bit();

/// The names of the counters of all bits, in the order of the bits; before them that of the list of everything.
const COUNTERS: [(u32, &str); 23] = [
    (0, List::All.name()),
    (List::Unpaid.bit(), List::Unpaid.name()),
    (List::ToShip.bit(), List::ToShip.name()),
    (List::PartShipped.bit(), List::PartShipped.name()),
    (List::ToReceive.bit(), List::ToReceive.name()),
    (List::AfterSale.bit(), List::AfterSale.name()),
    (List::Done.bit(), List::Done.name()),
    (List::Closed.bit(), List::Closed.name()),
    (List::Hurried.bit(), List::Hurried.name()),
    (List::Noted.bit(), List::Noted.name()),
    (List::Pending.bit(), List::Pending.name()),
    (List::Flagged.bit(), List::Flagged.name()),
    (List::Saved.bit(), List::Saved.name()),
    (SAVED_TO_SHIP, "saved_to_ship"),
    (FIRST_FLAG, "red"),
    (FIRST_FLAG << 1, "orange"),
    (FIRST_FLAG << 2, "yellow"),
    (FIRST_FLAG << 3, "green"),
    (FIRST_FLAG << 4, "blue"),
    (FIRST_FLAG << 5, "purple"),
    (List::Messaged.bit(), List::Messaged.name()),
    (List::Gift.bit(), List::Gift.name()),
    (List::Presale.bit(), List::Presale.name()),
];

/// What of an order itself decides on which lists it stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Standing<'a> {
    pub(in crate::store) facts: &'a OrderFacts,
    pub(in crate::store) order: &'a Order,
    pub(in crate::store) hurried: bool,
}

impl Lists {
    pub(in crate::store) fn of(standing: Standing<'_>, marks: Self) -> Self {
        let facts = standing.facts;
        let tab = match facts.phase {
            Phase::Unknown | Phase::Waiting | Phase::ToShip => 0,
            Phase::Unpaid => List::Unpaid.bit(),
            Phase::PartShipped => List::PartShipped.bit(),
            Phase::ToReceive => List::ToReceive.bit(),
            Phase::Done => List::Done.bit(),
            Phase::Closed => List::Closed.bit(),
        };
        let mut bits = tab;
        for (is, list) in [
            (facts.to_ship, List::ToShip),
            (facts.after_sale_open, List::AfterSale),
            (standing.hurried, List::Hurried),
            (!standing.order.buyer_note.trim().is_empty(), List::Messaged),
            (standing.order.gift, List::Gift),
            (standing.order.presale, List::Presale),
        ] {
            if is {
                bits |= list.bit();
            }
        }
        Self(bits).with_marks(marks)
    }

    /// The bits of a mirror alone.
    pub(in crate::store) fn of_marks(mirror: Mirror) -> Self {
        let mut bits = mirror.flag.map_or(0, |flag| List::Flagged.bit() | flag_bit(flag));
        for (is, list) in
            [(mirror.note.is_some(), List::Noted), (mirror.pending, List::Pending), (mirror.saved, List::Saved)]
        {
            if is {
                bits |= list.bit();
            }
        }
        Self(bits)
    }

    /// These, with the marks of others in the place of their own.
    pub(in crate::store) const fn with_marks(self, marks: Self) -> Self {
        let mut bits = (self.0 & !(MARKS | SAVED_TO_SHIP)) | (marks.0 & MARKS);
        if bits & List::ToShip.bit() != 0 && bits & List::Saved.bit() != 0 {
            bits |= SAVED_TO_SHIP;
        }
        Self(bits)
    }

    /// Those on which an order must stand to pass a filter. The instant of `due_before` is not among them.
    pub(in crate::store) fn needed(filter: &OrderFilter) -> Self {
        let mut bits = match filter.tab {
            OrderTab::All => List::All,
            OrderTab::Unpaid => List::Unpaid,
            OrderTab::ToShip => List::ToShip,
            OrderTab::PartShipped => List::PartShipped,
            OrderTab::ToReceive => List::ToReceive,
            OrderTab::AfterSale => List::AfterSale,
            OrderTab::Done => List::Done,
            OrderTab::Closed => List::Closed,
        }
        .bit();
        for (is, list) in [
            (filter.has_note, List::Noted),
            (filter.pending, List::Pending),
            // Whatever has a deadline is to ship.
            (filter.due_before.is_some(), List::ToShip),
            (filter.hurried, List::Hurried),
            (filter.after_sale, List::AfterSale),
            (filter.buyer_message, List::Messaged),
            (filter.gift, List::Gift),
            (filter.presale, List::Presale),
        ] {
            if is {
                bits |= list.bit();
            }
        }
        match filter.flag {
            None => {}
            Some(FlagFilter::Any) => bits |= List::Flagged.bit(),
            Some(FlagFilter::Is(flag)) => bits |= flag_bit(flag),
        }
        Self(bits)
    }

    /// Of the orders on all of these, those with a saved parcel.
    pub(in crate::store) const fn and_saved(self) -> Self {
        if self.0 == List::ToShip.bit() { Self(SAVED_TO_SHIP) } else { Self(self.0 | List::Saved.bit()) }
    }

    /// The list to walk for these: the one with the fewest rows in any believable shop.
    pub(in crate::store) fn narrowest(self) -> List {
        use List::{
            AfterSale, All, Closed, Done, Flagged, Gift, Hurried, Messaged, Noted, PartShipped, Pending, Presale,
            Saved, ToReceive, ToShip, Unpaid,
        };
        if self.0 & SAVED_TO_SHIP != 0 {
            return Saved;
        }
        if self.0 & FLAGS != 0 {
            return Flagged;
        }
        [
            Saved,
            Pending,
            Hurried,
            Flagged,
            Noted,
            AfterSale,
            PartShipped,
            Unpaid,
            ToShip,
            Presale,
            Gift,
            ToReceive,
            Closed,
            Messaged,
            Done,
        ]
        .into_iter()
        .find(|list| self.0 & list.bit() != 0)
        .unwrap_or(All)
    }

    /// Every counter's name, and the lists on which an order must stand to be counted by it.
    pub(in crate::store) fn counters() -> impl Iterator<Item = (Self, &'static str)> {
        COUNTERS.iter().map(|(bit, name)| (Self(*bit), *name))
    }

    /// Whether all of the others are among these.
    pub(in crate::store) const fn has_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// The counter that counts exactly these, if there is one.
    pub(in crate::store) fn counter(self) -> Option<&'static str> {
        COUNTERS.iter().find(|(bit, _)| *bit == self.0).map(|(_, name)| *name)
    }

    /// What happens to each counter when an order goes from one set to another; `None` is an order that is not there.
    pub(in crate::store) fn moved(from: Option<Self>, to: Option<Self>) -> impl Iterator<Item = (&'static str, i64)> {
        let stands = move |lists: Option<Self>, bit: u32| i64::from(lists.is_some_and(|lists| lists.0 & bit == bit));
        COUNTERS
            .iter()
            .map(move |(bit, name)| (*name, stands(to, *bit) - stands(from, *bit)))
            .filter(|(_, by)| *by != 0)
    }

    pub(in crate::store) const fn only(list: List) -> Self {
        Self(list.bit())
    }

    pub(in crate::store) const fn is_on(self, list: List) -> bool {
        self.0 & list.bit() == list.bit()
    }

    pub(in crate::store) fn bits(self) -> i64 {
        i64::from(self.0)
    }

    /// Bits that this build does not know are none of its lists.
    pub(in crate::store) fn from_bits(bits: i64) -> Self {
        Self(u32::try_from(bits).unwrap_or(0))
    }
}

fn flag_bit(flag: Flag) -> u32 {
    FIRST_FLAG << flag as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::rules::Recorded;
    use crate::orders::{Basis, ShipBy};
    use crate::time::Instant;

    #[test]
    fn every_bit_has_one_counter_and_the_schema_spells_the_bits_of_lists() {
        let mut seen = 0;
        for (bit, name) in COUNTERS {
            assert_eq!(seen & bit, 0, "{name}");
            seen |= bit;
        }
        assert_eq!(seen, (1 << 22) - 1);
        let schema = super::super::super::FileKind::Cache.schema();
        for list in List::EVERY.into_iter().skip(1) {
            let (name, bit) = (list.name(), list.bit());
            for sort in list.sorts() {
                let columns = super::super::queries::place_of(*sort).split_last().unwrap().1;
                let columns = columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ");
                let sort = super::super::queries::index_of(*sort);
                let index = format!("CREATE INDEX orders_{name}_{sort} ON orders ({columns}) WHERE lists & {bit};");
                assert!(schema.contains(&index), "{index}");
            }
        }
    }

    #[test]
    fn a_pull_keeps_the_marks_and_a_mark_keeps_the_rest() {
        let facts = OrderFacts {
            phase: Phase::ToShip,
            open: true,
            to_ship: true,
            part_shipped: false,
            after_sale_open: false,
            unshipped_pieces: 1,
            recorded: Recorded::None,
            ship_by: Some(ShipBy { at: Instant::from_ms(9), basis: Basis::Source }),
            hurryable: true,
            last_action_at: None,
            address_asked_at: None,
        };
        let order = Order::default();
        let mirror = Mirror { flag: Some(Flag::Blue), note: Some(1), pending: true, saved: true };
        let waiting = Standing { facts: &facts, order: &order, hurried: true };
        let here = Lists::of(waiting, Lists::of_marks(mirror));
        let facts = OrderFacts { phase: Phase::ToReceive, to_ship: false, ship_by: None, ..facts.clone() };
        let shipped = Lists::of(Standing { facts: &facts, order: &order, hurried: false }, here);
        let changes: Vec<_> = Lists::moved(Some(here), Some(shipped)).collect();
        assert_eq!(changes, [("to_ship", -1), ("to_receive", 1), ("hurried", -1), ("saved_to_ship", -1)]);
        let unmarked = here.with_marks(Lists::default());
        assert_eq!(unmarked, Lists::of(waiting, Lists::default()));
        let gone: Vec<_> = Lists::moved(Some(unmarked), None).collect();
        assert_eq!(gone, [("all", -1), ("to_ship", -1), ("hurried", -1)]);
    }
}
