-- device.db, version 1, as it was released: a copy that no later change of the schema touches. See mod.rs.

-- What belongs to this device and to no shop.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The shops that this device was paired with. Tokens are not here but in the secret store.
CREATE TABLE pairing (
    shop TEXT NOT NULL PRIMARY KEY,
    -- The relay, without a slash at its end.
    url TEXT NOT NULL,
    -- SHA-256 of the relay's public key in hex; empty: the public roots decide, or plain loopback.
    key_hash TEXT NOT NULL DEFAULT '',
    -- The relay's name for this device.
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    zone_minutes INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT '',
    paired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA application_id = 1397248075;
PRAGMA user_version = 1;
