//! device.db: which shops this device is paired with, and settings that belong to no shop.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OptionalExtension as _, Row};
use shopkeeper_protocol::{DeviceId, ShopFacts, ShopKey};

use super::files::{self, FileKind};
use super::{Recovery, StoreError};
use crate::observer::lock;
use crate::time::Instant;

const KIND: FileKind = FileKind::Device;

/// Name of the setting that says which shop is the one in use.
const SHOP: &str = "shop";

/// A shop, its relay, and who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairingRow {
    pub(crate) shop: ShopFacts,
    pub(crate) url: String,
    pub(crate) key_hash: Option<String>,
    pub(crate) device: DeviceId,
    pub(crate) paired_at: Instant,
}

/// The file. Cloning shares it.
#[derive(Clone)]
pub(crate) struct DeviceStore(Arc<Mutex<Connection>>);

impl DeviceStore {
    /// Opens the file in the app's folder. A damaged one is moved aside: the shop has to be paired again, and its work is still in its
    /// folder.
    pub(crate) fn open(root: &Path, recovery: &mut Recovery) -> Result<Self, StoreError> {
        std::fs::create_dir_all(root).map_err(|error| StoreError::io("folder", &error))?;
        let path = root.join(KIND.name());
        let connection = match files::open_writer(&path, KIND) {
            Err(StoreError::Damaged { .. }) => {
                let aside = files::move_aside(&path, KIND)?;
                recovery.kept_aside.extend(aside.file_name().map(|name| name.to_string_lossy().into_owned()));
                files::open_writer(&path, KIND)?
            }
            other => other?,
        };
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// The shop in use.
    pub(crate) fn current(&self) -> Result<Option<PairingRow>, StoreError> {
        self.with(|connection| {
            let sql = "SELECT shop, url, key_hash, device, name, zone_minutes, status, paired_at FROM pairing WHERE shop \
                       = (SELECT value FROM setting WHERE name = ?1)";
            Ok(connection.prepare_cached(sql)?.query_row([SHOP], read).optional()?)
        })
    }

    /// Stores a pairing and makes its shop the one in use.
    pub(crate) fn pair(&self, row: &PairingRow) -> Result<(), StoreError> {
        self.with(|connection| {
            let tx = connection.unchecked_transaction()?;
            tx.prepare_cached(
                "INSERT INTO pairing (shop, url, key_hash, device, name, zone_minutes, status, paired_at) VALUES (?1, ?2, \
                 ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (shop) DO UPDATE SET url = excluded.url, key_hash = \
                 excluded.key_hash, device = excluded.device, name = excluded.name, zone_minutes = \
                 excluded.zone_minutes, status = excluded.status, paired_at = excluded.paired_at",
            )?
            .execute((
                row.shop.key.as_str(),
                &row.url,
                row.key_hash.as_deref().unwrap_or_default(),
                row.device.as_str(),
                &row.shop.name,
                row.shop.zone_offset_minutes,
                &row.shop.status,
                row.paired_at.ms(),
            ))?;
            put_setting(&tx, SHOP, row.shop.key.as_str())?;
            Ok(tx.commit()?)
        })
    }

    /// The relay says something new about a shop.
    pub(crate) fn rename(&self, shop: &ShopFacts) -> Result<(), StoreError> {
        self.with(|connection| {
            let sql = "UPDATE pairing SET name = ?2, zone_minutes = ?3, status = ?4 WHERE shop = ?1";
            let values = (shop.key.as_str(), &shop.name, shop.zone_offset_minutes, &shop.status);
            connection.prepare_cached(sql)?.execute(values)?;
            Ok(())
        })
    }

    /// Forgets a pairing.
    pub(crate) fn forget(&self, shop: &ShopKey) -> Result<(), StoreError> {
        self.with(|connection| {
            let tx = connection.unchecked_transaction()?;
            tx.prepare_cached("DELETE FROM pairing WHERE shop = ?1")?.execute([shop.as_str()])?;
            tx.prepare_cached("DELETE FROM setting WHERE name = ?1 AND value = ?2")?.execute((SHOP, shop.as_str()))?;
            Ok(tx.commit()?)
        })
    }

    /// A setting as it was written.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.with(|connection| {
            let sql = "SELECT value FROM setting WHERE name = ?1";
            Ok(connection.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
        })
    }

    pub(crate) fn set(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.with(|connection| put_setting(connection, name, value))
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        work(&lock(&self.0)).map_err(|error| error.in_file(KIND.name()))
    }
}

impl std::fmt::Debug for DeviceStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceStore")
    }
}

fn put_setting(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute((name, value))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<PairingRow> {
    let key_hash: String = row.get("key_hash")?;
    Ok(PairingRow {
        shop: ShopFacts {
            key: row.get::<_, String>("shop")?.into(),
            name: row.get("name")?,
            zone_offset_minutes: row.get("zone_minutes")?,
            status: row.get("status")?,
        },
        url: row.get("url")?,
        key_hash: (!key_hash.is_empty()).then_some(key_hash),
        device: row.get::<_, String>("device")?.into(),
        paired_at: Instant::from_ms(row.get("paired_at")?),
    })
}
