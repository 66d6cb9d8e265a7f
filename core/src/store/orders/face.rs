//! [`Face`]: what a row of a list shows of an order, as one value of the row. Fifty rows are read for a page, and to ask SQLite for a value
//! costs more than to take one out of bytes; to look the lines up would be half of a page's time.
//!
//! Only what changes with nothing but the order is in it. What lists are sorted and filtered by has columns too, and so have the texts that
//! a search and the detail read: some sixty bytes of an order that stand there twice are the price of a third of a page's time.
//!
//! Numbers come first, seven bits to a byte and the lowest first: those of the order, the length of each of its texts, and of each line that
//! is shown its pieces and the length of its texts. Then all texts. Lengths and no separators, since a source may write any character into
//! a title.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use shopkeeper_protocol::{Order, OrderLine};

use super::rows::{NOTHING_DUE, due_of};
use crate::ids::OrderKey;
use crate::orders::rules::{OrderFacts, Recorded};
use crate::orders::{LineGlance, Phase};

/// Lines that a row shows.
const SHOWN: usize = 3;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Face {
    /// Raw code of the source, and what the rulebook says it means.
    pub(super) status: i64,
    pub(super) phase: Phase,
    pub(super) recorded: Recorded,
    /// Pieces that the platform waits for.
    pub(super) unshipped: u32,
    /// These five as in their columns.
    pub(super) created_at: i64,
    pub(super) paid_at: i64,
    pub(super) due_at: i64,
    pub(super) due_basis: i64,
    pub(super) payable: i64,
    pub(super) key: String,
    pub(super) number: String,
    pub(super) buyer: String,
    pub(super) province: String,
    pub(super) city: String,
    pub(super) buyer_note: String,
    pub(super) merchant_note: String,
    /// The first lines, at most [`SHOWN`].
    pub(super) lines: Vec<LineGlance>,
    pub(super) more_lines: u32,
}

pub(super) fn write(key: &OrderKey, order: &Order, facts: &OrderFacts) -> Vec<u8> {
    let shown = order.lines.get(..SHOWN).unwrap_or(&order.lines);
    let more = order.lines.len().saturating_sub(shown.len());
    let Order { number, buyer, buyer_note, merchant_note, .. } = order;
    let texts = [key.as_str(), number, &buyer.name, &buyer.province, &buyer.city, buyer_note, merchant_note];
    let texts_of = |line: &OrderLine| line.title.len() + line.sku_text.len();
    let room = texts.iter().map(|text| text.len()).sum::<usize>() + shown.iter().map(texts_of).sum::<usize>();
    let mut face = Vec::with_capacity(NUMBERS + room);
    put_signed(&mut face, order.status);
    put(&mut face, number_of_phase(facts.phase));
    put(&mut face, number_of_recorded(facts.recorded));
    put(&mut face, facts.unshipped_pieces.into());
    put_signed(&mut face, order.created_at);
    put_signed(&mut face, order.paid_at.unwrap_or(0));
    let (due_at, due_basis) = due_of(facts);
    // Nearly always nothing is due, and that is the greatest number.
    put(&mut face, NOTHING_DUE.wrapping_sub(due_at).cast_unsigned());
    put_signed(&mut face, due_basis);
    put_signed(&mut face, order.money.payable);
    put_length(&mut face, more);
    for text in texts {
        put_length(&mut face, text.len());
    }
    put_length(&mut face, shown.len());
    for line in shown {
        put(&mut face, line.quantity.into());
        put_length(&mut face, line.title.len());
        put_length(&mut face, line.sku_text.len());
    }
    for text in texts {
        face.extend(text.as_bytes());
    }
    for line in shown {
        face.extend(line.title.as_bytes());
        face.extend(line.sku_text.as_bytes());
    }
    face
}

/// `None`: it is not what [`write`] writes.
pub(super) fn read(bytes: &[u8]) -> Option<Face> {
    let mut numbers = Numbers(bytes);
    let status = numbers.signed()?;
    let (phase, recorded) = (phase_of(numbers.next()?), recorded_of(numbers.next()?));
    let unshipped = numbers.small()?;
    let (created_at, paid_at) = (numbers.signed()?, numbers.signed()?);
    let due_at = NOTHING_DUE.wrapping_sub(numbers.next()?.cast_signed());
    let (due_basis, payable) = (numbers.signed()?, numbers.signed()?);
    let more_lines = numbers.small()?;
    let mut lengths = [0; 7];
    for length in &mut lengths {
        *length = numbers.length()?;
    }
    let shown = numbers.length().filter(|shown| *shown <= SHOWN)?;
    let mut of_lines = [(0, 0, 0); SHOWN];
    for line in of_lines.iter_mut().take(shown) {
        *line = (numbers.small()?, numbers.length()?, numbers.length()?);
    }
    // All texts are looked through at once.
    let mut texts = Texts(std::str::from_utf8(numbers.0).ok()?);
    let [key, number, buyer, province, city, buyer_note, merchant_note] = lengths;
    let face = Face {
        status,
        phase,
        recorded,
        unshipped,
        created_at,
        paid_at,
        due_at,
        due_basis,
        payable,
        key: texts.next(key)?,
        number: texts.next(number)?,
        buyer: texts.next(buyer)?,
        province: texts.next(province)?,
        city: texts.next(city)?,
        buyer_note: texts.next(buyer_note)?,
        merchant_note: texts.next(merchant_note)?,
        lines: {
            let mut lines = Vec::with_capacity(shown);
            for (quantity, title, sku_text) in of_lines.into_iter().take(shown) {
                lines.push(LineGlance { title: texts.next(title)?, sku_text: texts.next(sku_text)?, quantity });
            }
            lines
        },
        more_lines,
    };
    texts.0.is_empty().then_some(face)
}

impl FromSql for Face {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value.as_blob()?).ok_or(FromSqlError::InvalidType)
    }
}

/// Room for the numbers of most orders.
const NUMBERS: usize = 48;

/// The seven lowest bits of a byte are a number's; the eighth says that more follow.
const BITS: u32 = 7;
const MORE: u8 = 1 << BITS;

fn put(face: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= BITS;
        if number == 0 {
            face.push(low & !MORE);
            return;
        }
        face.push(low | MORE);
    }
}

/// The sign goes to the lowest bit: what is small is short, whatever its sign.
fn put_signed(face: &mut Vec<u8>, number: i64) {
    put(face, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

fn put_length(face: &mut Vec<u8>, length: usize) {
    put(face, u64::try_from(length).unwrap_or(u64::MAX));
}

/// What is left to read of the numbers; at their end, the texts.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & !MORE) << shift;
            if byte & MORE == 0 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.next()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.next()?).ok()
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.next()?).ok()
    }
}

/// What is left to read of the texts.
struct Texts<'a>(&'a str);

impl Texts<'_> {
    fn next(&mut self, length: usize) -> Option<String> {
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text.to_owned())
    }
}

const fn number_of_phase(phase: Phase) -> u64 {
    match phase {
        Phase::Unknown => 0,
        Phase::Unpaid => 1,
        Phase::Waiting => 2,
        Phase::ToShip => 3,
        Phase::PartShipped => 4,
        Phase::ToReceive => 5,
        Phase::Done => 6,
        Phase::Closed => 7,
    }
}

const fn phase_of(number: u64) -> Phase {
    match number {
        1 => Phase::Unpaid,
        2 => Phase::Waiting,
        3 => Phase::ToShip,
        4 => Phase::PartShipped,
        5 => Phase::ToReceive,
        6 => Phase::Done,
        7 => Phase::Closed,
        _ => Phase::Unknown,
    }
}

const fn number_of_recorded(recorded: Recorded) -> u64 {
    match recorded {
        Recorded::None => 0,
        Recorded::Some => 1,
        Recorded::All => 2,
    }
}

const fn recorded_of(number: u64) -> Recorded {
    match number {
        1 => Recorded::Some,
        2 => Recorded::All,
        _ => Recorded::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shopkeeper_protocol::{Buyer, OrderMoney};

    use super::*;
    use crate::orders::{Basis, ShipBy};
    use crate::time::Instant;

    const PHASES: [Phase; 8] = [
        Phase::Unknown,
        Phase::Unpaid,
        Phase::Waiting,
        Phase::ToShip,
        Phase::PartShipped,
        Phase::ToReceive,
        Phase::Done,
        Phase::Closed,
    ];
    const RECORDED: [Recorded; 3] = [Recorded::None, Recorded::Some, Recorded::All];

    fn facts(phase: Phase, recorded: Recorded, unshipped_pieces: u32, due: Option<i64>) -> OrderFacts {
        OrderFacts {
            phase,
            open: false,
            to_ship: due.is_some(),
            part_shipped: false,
            after_sale_open: false,
            unshipped_pieces,
            recorded,
            ship_by: due.map(|at| ShipBy { at: Instant::from_ms(at), basis: Basis::Rulebook }),
            hurryable: false,
            last_action_at: None,
            address_asked_at: None,
        }
    }

    proptest! {
        #[test]
        fn whatever_an_order_says_comes_back(
            (status, unshipped) in any::<(i64, u32)>(),
            (phase, recorded) in (prop::sample::select(&PHASES[..]), prop::sample::select(&RECORDED[..])),
            texts in any::<[String; 7]>(),
            (created_at, paid_at, due, payable) in any::<(i64, Option<i64>, Option<i64>, i64)>(),
            lines in prop::collection::vec((any::<String>(), any::<String>(), any::<u32>()), 0..6),
        ) {
            let [key, number, name, province, city, buyer_note, merchant_note] = texts;
            let key = OrderKey(key);
            let facts = facts(phase, recorded, unshipped, due);
            let line = |(title, sku_text, quantity): &(String, String, u32)| OrderLine {
                title: title.clone(),
                sku_text: sku_text.clone(),
                quantity: *quantity,
                ..OrderLine::default()
            };
            let shown = |line: &OrderLine| LineGlance {
                title: line.title.clone(),
                sku_text: line.sku_text.clone(),
                quantity: line.quantity,
            };
            let order = Order {
                status,
                number,
                created_at,
                paid_at,
                money: OrderMoney { payable, ..OrderMoney::default() },
                buyer: Buyer { name, province, city, ..Buyer::default() },
                buyer_note,
                merchant_note,
                lines: lines.iter().map(line).collect(),
                ..Order::default()
            };
            let face = Face {
                status,
                phase,
                recorded,
                unshipped,
                created_at,
                paid_at: paid_at.unwrap_or(0),
                due_at: due_of(&facts).0,
                due_basis: due_of(&facts).1,
                payable,
                key: key.0.clone(),
                number: order.number.clone(),
                buyer: order.buyer.name.clone(),
                province: order.buyer.province.clone(),
                city: order.buyer.city.clone(),
                buyer_note: order.buyer_note.clone(),
                merchant_note: order.merchant_note.clone(),
                lines: order.lines.iter().take(SHOWN).map(shown).collect(),
                more_lines: u32::try_from(order.lines.len().saturating_sub(SHOWN)).unwrap(),
            };
            let mut bytes = write(&key, &order, &facts);
            prop_assert_eq!(read(&bytes), Some(face));
            // Nothing may be missing, and nothing left over.
            let last = bytes.pop();
            prop_assert_eq!(read(&bytes), None);
            bytes.extend(last.into_iter().chain([b' ']));
            prop_assert_eq!(read(&bytes), None);
        }

        #[test]
        fn whatever_else_stands_there_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&bytes);
            prop_assert_eq!(read(&[0xFF; 16]), None);
        }
    }
}
