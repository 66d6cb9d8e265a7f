//! Flags and private notes in actions.db: versions that are added and never changed.
//!
//! A tap is one insert, durable when the write returns. What shows is worked out from all versions of an order, the way that two devices
//! would merge them, so that a version that arrives late is no special case.

use std::collections::BTreeMap;

use rusqlite::Row;

use super::mirror::{flag_of, number_of};
use super::{ActionsReader, ActionsTx, LocalMark, StoreError, checksum};
use crate::ids::{CommandId, DeviceId, OrderKey};
use crate::orders::Flag;
use crate::orders::registers::{Stamp, Written, newest};
use crate::time::Instant;

/// Who writes, when, and under which name.
#[derive(Debug, Clone)]
pub(crate) struct Hand<'a> {
    pub(crate) op: CommandId,
    pub(crate) device: &'a DeviceId,
    /// Corrected time.
    pub(crate) now: Instant,
}

/// What every flagged or noted order has on it.
pub(in crate::store) fn load(reader: &ActionsReader<'_>) -> Result<BTreeMap<OrderKey, LocalMark>, StoreError> {
    let mut orders =
        reader.connection.prepare("SELECT order_key FROM flag_version UNION SELECT order_key FROM note_version")?;
    let mut marks = BTreeMap::new();
    for order in orders.query_map([], |row| row.get(0).map(OrderKey))? {
        let order = order?;
        let mark = reader.mark(&order)?;
        if mark != LocalMark::default() {
            marks.insert(order, mark);
        }
    }
    Ok(marks)
}

impl ActionsReader<'_> {
    /// Every version of an order's flag, in the order of writing.
    pub(crate) fn flags(&self, order: &OrderKey) -> Result<Vec<Written<Option<Flag>>>, StoreError> {
        let sql = "SELECT op, ms, counter, device, flag FROM flag_version WHERE order_key = ?1 ORDER BY place";
        let mut read = self.connection.prepare_cached(sql)?;
        let mut rows = read.query([order.as_str()])?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            versions.push(written(row, flag_of(row.get(4)?))?);
        }
        Ok(versions)
    }

    /// Every version of an order's private note, in the order of writing.
    pub(crate) fn notes(&self, order: &OrderKey) -> Result<Vec<Written<String>>, StoreError> {
        let sql = "SELECT op, ms, counter, device, text FROM note_version WHERE order_key = ?1 ORDER BY place";
        let mut read = self.connection.prepare_cached(sql)?;
        let mut rows = read.query([order.as_str()])?;
        let mut versions = Vec::new();
        while let Some(row) = rows.next()? {
            versions.push(written(row, row.get(4)?)?);
        }
        Ok(versions)
    }

    fn mark(&self, order: &OrderKey) -> Result<LocalMark, StoreError> {
        Ok(LocalMark::of(&self.flags(order)?, &self.notes(order)?))
    }

    /// The greatest stamp that this device has seen.
    fn latest_stamp(&self) -> Result<Option<Stamp>, StoreError> {
        let mut latest: Option<Stamp> = None;
        for table in ["flag_version", "note_version"] {
            let sql =
                format!("SELECT ms, counter, device FROM {table} ORDER BY ms DESC, counter DESC, device DESC LIMIT 1");
            let mut read = self.connection.prepare_cached(&sql)?;
            let mut rows = read.query([])?;
            if let Some(row) = rows.next()? {
                let stamp = Stamp { ms: row.get(0)?, counter: row.get(1)?, device: DeviceId(row.get(2)?) };
                latest = latest.max(Some(stamp));
            }
        }
        Ok(latest)
    }
}

impl LocalMark {
    /// What all versions of an order come to.
    pub(crate) fn of(flags: &[Written<Option<Flag>>], notes: &[Written<String>]) -> Self {
        Self {
            flag: newest(flags).and_then(|version| version.value),
            note: newest(notes).map(|version| version.value.clone()).filter(|text| !text.is_empty()),
        }
    }
}

impl ActionsTx<'_> {
    /// Puts a flag on an order, or takes it off.
    pub(crate) fn write_flag(&self, order: &OrderKey, flag: Option<Flag>, hand: Hand<'_>) -> Result<(), StoreError> {
        let stamp = Stamp::next(self.reader().latest_stamp()?.as_ref(), hand.now, hand.device);
        let sql = "INSERT INTO flag_version (op, order_key, flag, ms, counter, device) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let place = self.connection.prepare_cached(sql)?.insert((
            hand.op.as_str(),
            order.as_str(),
            number_of(flag),
            stamp.ms,
            stamp.counter,
            stamp.device.as_str(),
        ))?;
        checksum::seal(&self.connection, "flag_version", place)?;
        self.marked(order)
    }

    /// Adds a version to an order's private note; an empty text clears it.
    pub(crate) fn write_note(&self, order: &OrderKey, text: &str, hand: Hand<'_>) -> Result<(), StoreError> {
        let stamp = Stamp::next(self.reader().latest_stamp()?.as_ref(), hand.now, hand.device);
        let sql = "INSERT INTO note_version (op, order_key, text, ms, counter, device) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let place = self.connection.prepare_cached(sql)?.insert((
            hand.op.as_str(),
            order.as_str(),
            text,
            stamp.ms,
            stamp.counter,
            stamp.device.as_str(),
        ))?;
        checksum::seal(&self.connection, "note_version", place)?;
        self.marked(order)
    }

    fn marked(&self, order: &OrderKey) -> Result<(), StoreError> {
        let mark = self.reader().mark(order)?;
        self.remember(|change| change.marks.push((order.clone(), mark)));
        Ok(())
    }
}

fn written<T>(row: &Row<'_>, value: T) -> Result<Written<T>, StoreError> {
    let op: String = row.get(0)?;
    let op = CommandId::try_from(op).map_err(|_| StoreError::damaged("column 0 op is no id"))?;
    let stamp = Stamp { ms: row.get(1)?, counter: row.get(2)?, device: DeviceId(row.get(3)?) };
    Ok(Written { stamp, op, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::StoreThreads;
    use crate::store::Store;

    fn open(dir: &std::path::Path) -> Store {
        Store::open(dir, None, StoreThreads::InPlace).unwrap()
    }

    fn hand(n: u8, device: &DeviceId, ms: i64) -> Hand<'_> {
        Hand { op: CommandId::from_bytes([n; 16]), device, now: Instant::from_ms(ms) }
    }

    #[test]
    fn what_was_tapped_shows_at_once_and_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let (order, other, device) = (OrderKey::from("wx:1"), OrderKey::from("wx:2"), DeviceId::from("counter"));
        let store = open(dir.path());
        store
            .write_actions(|tx| {
                tx.write_flag(&order, Some(Flag::Red), hand(1, &device, 1_000))?;
                tx.write_note(&order, "红盒缺货？", hand(2, &device, 1_000))?;
                tx.write_flag(&other, Some(Flag::Blue), hand(3, &device, 1_000))
            })
            .unwrap();
        // The clock was put back: what is written later still shows.
        store
            .write_actions(|tx| {
                tx.write_note(&order, "问过了", hand(4, &device, 500))?;
                tx.write_flag(&other, None, hand(5, &device, 500))
            })
            .unwrap();
        let shown = LocalMark { flag: Some(Flag::Red), note: Some("问过了".to_owned()) };
        assert_eq!(store.local().mark(&order), Some(&shown));
        assert_eq!(store.local().mark(&other), None);
        drop(store);
        let store = open(dir.path());
        assert!(store.recovery().is_empty());
        assert_eq!(store.local().mark(&order), Some(&shown));
        assert_eq!(store.local().mark(&other), None);
        let notes = store.read_actions(|reader| reader.notes(&order)).unwrap();
        assert_eq!(notes.iter().map(|note| note.value.as_str()).collect::<Vec<_>>(), ["红盒缺货？", "问过了"]);
        assert!(notes[0].stamp < notes[1].stamp);
    }

    #[test]
    fn a_cleared_note_is_no_note_and_keeps_its_history() {
        let dir = tempfile::tempdir().unwrap();
        let (order, device) = (OrderKey::from("wx:1"), DeviceId::from("counter"));
        let store = open(dir.path());
        store.write_actions(|tx| tx.write_note(&order, "a", hand(1, &device, 1))).unwrap();
        store.write_actions(|tx| tx.write_note(&order, "", hand(2, &device, 2))).unwrap();
        assert_eq!(store.local().mark(&order), None);
        assert_eq!(store.read_actions(|reader| reader.notes(&order)).unwrap().len(), 2);
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_in_memory_or_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let (order, device) = (OrderKey::from("wx:1"), DeviceId::from("counter"));
        let store = open(dir.path());
        let failed = store.write_actions(|tx| {
            tx.write_flag(&order, Some(Flag::Red), hand(1, &device, 1))?;
            // The same name again.
            tx.write_flag(&order, Some(Flag::Blue), hand(1, &device, 2))
        });
        assert!(failed.is_err());
        assert_eq!(store.local().mark(&order), None);
        assert!(store.read_actions(|reader| reader.flags(&order)).unwrap().is_empty());
    }
}
