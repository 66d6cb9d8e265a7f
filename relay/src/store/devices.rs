//! Devices and the codes by which they came.

use rusqlite::{OptionalExtension, params};
use shopkeeper_protocol::{DeviceId, Role};

use super::{Reader, StoreError, Tx};

/// A device as the owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    pub id: DeviceId,
    /// The name it gave itself when it paired.
    pub name: String,
    pub role: Role,
    /// Unix ms.
    pub paired_at: i64,
    /// Unix ms, to the hour; `None` if it never came after pairing.
    pub seen_at: Option<i64>,
    /// Unix ms; `None` while it may come.
    pub revoked_at: Option<i64>,
}

/// A device by its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: DeviceId,
    pub(crate) role: Role,
    pub(crate) seen_at: Option<i64>,
}

/// A code that was given out. It is never here itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CodeRow {
    pub(crate) hash: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) used: bool,
    pub(crate) burnt: bool,
}

impl Reader<'_> {
    /// The device that a token belongs to, unless it was revoked.
    pub(crate) fn device_by_token(&self, token_hash: &[u8]) -> Result<Option<Known>, StoreError> {
        let mut find = self
            .db
            .prepare_cached("SELECT id, role, seen_at FROM device WHERE token_hash = ?1 AND revoked_at IS NULL")?;
        let known = find.query_row([token_hash], |row| {
            Ok(Known { id: DeviceId(row.get(0)?), role: role(row.get(1)?), seen_at: row.get(2)? })
        });
        Ok(known.optional()?)
    }

    /// All devices, the newest first, revoked ones too.
    pub(crate) fn devices(&self) -> Result<Vec<DeviceInfo>, StoreError> {
        let mut all = self.db.prepare_cached(
            "SELECT id, name, role, paired_at, seen_at, revoked_at FROM device ORDER BY paired_at DESC, id",
        )?;
        let rows = all.query_map((), |row| {
            Ok(DeviceInfo {
                id: DeviceId(row.get(0)?),
                name: row.get(1)?,
                role: role(row.get(2)?),
                paired_at: row.get(3)?,
                seen_at: row.get(4)?,
                revoked_at: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The codes that are remembered, the newest first.
    pub(crate) fn codes(&self) -> Result<Vec<CodeRow>, StoreError> {
        let mut all = self.db.prepare_cached(
            "SELECT hash, salt, created_at, used_at IS NOT NULL, burnt_at IS NOT NULL FROM pairing_code
             ORDER BY created_at DESC, hash",
        )?;
        let rows = all.query_map((), |row| {
            Ok(CodeRow {
                hash: row.get(0)?,
                salt: row.get(1)?,
                created_at: row.get(2)?,
                used: row.get(3)?,
                burnt: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx<'_> {
    pub(crate) fn add_device(&self, device: &DeviceInfo, token_hash: &[u8]) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT INTO device (id, token_hash, role, name, paired_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![device.id.as_str(), token_hash, role_word(&device.role), device.name, device.paired_at],
        )?;
        Ok(())
    }

    pub(crate) fn device_seen(&self, id: &DeviceId, at: i64) -> Result<(), StoreError> {
        self.db.execute("UPDATE device SET seen_at = ?2 WHERE id = ?1", params![id.as_str(), at])?;
        Ok(())
    }

    /// False if there is no such device. Revoking twice keeps the first time.
    pub(crate) fn revoke(&self, id: &DeviceId, now: i64) -> Result<bool, StoreError> {
        let revoke = "UPDATE device SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1";
        Ok(self.db.execute(revoke, params![id.as_str(), now])? > 0)
    }

    /// Remembers a new code, forgets those older than `forget_before`, and begins counting wrong tries anew.
    pub(crate) fn add_code(&self, hash: &[u8], salt: &[u8], now: i64, forget_before: i64) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM pairing_code WHERE created_at < ?1", [forget_before])?;
        self.db.execute(
            "INSERT INTO pairing_code (hash, salt, created_at) VALUES (?1, ?2, ?3)",
            params![hash, salt, now],
        )?;
        self.set_wrong_tries(0)
    }

    pub(crate) fn use_code(&self, hash: &[u8], now: i64) -> Result<(), StoreError> {
        self.db.execute("UPDATE pairing_code SET used_at = ?2 WHERE hash = ?1", params![hash, now])?;
        self.set_wrong_tries(0)
    }

    /// Counts a wrong try and gives how many there are now.
    pub(crate) fn wrong_try(&self) -> Result<i64, StoreError> {
        let count = "UPDATE wrong_tries SET count = count + 1 RETURNING count";
        Ok(self.db.query_row(count, (), |row| row.get(0))?)
    }

    /// Voids every code that still could be used.
    pub(crate) fn burn_codes(&self, now: i64) -> Result<(), StoreError> {
        let burn = "UPDATE pairing_code SET burnt_at = ?1 WHERE used_at IS NULL AND burnt_at IS NULL";
        self.db.execute(burn, [now])?;
        self.set_wrong_tries(0)
    }

    fn set_wrong_tries(&self, count: i64) -> Result<(), StoreError> {
        self.db.execute("UPDATE wrong_tries SET count = ?1", [count])?;
        Ok(())
    }
}

fn role(word: String) -> Role {
    if word == "owner" { Role::Owner } else { Role::Other(word) }
}

fn role_word(role: &Role) -> &str {
    match role {
        Role::Owner => "owner",
        Role::Other(word) => word,
    }
}
