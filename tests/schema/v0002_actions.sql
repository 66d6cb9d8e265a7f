-- actions.db, version 2, as it was released: a copy that no later change of the schema touches. See mod.rs.

-- Commands from the tap until their effect is in the cache. `body` is what travels, made at the tap and never changed.
CREATE TABLE command (
    -- The order of the taps; a fresh command takes the place of the one it replaces.
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    order_key TEXT NOT NULL,
    -- The order's number, for a person.
    number TEXT NOT NULL,
    body TEXT NOT NULL,
    -- waiting, sending, accepted, checking, held, needs_action, unknown, done
    state TEXT NOT NULL,
    -- Why it is held, needs a person or is unknown.
    reason TEXT NOT NULL DEFAULT '',
    -- The platform's code for a refusal. NULL: none was given, and every number may be one.
    platform_code INTEGER,
    -- The version of the order that shows the effect of a done one.
    seen_generation INTEGER NOT NULL DEFAULT 0,
    seen_seq INTEGER NOT NULL DEFAULT 0,
    -- The legal moment by which the platform must have it; the greatest integer: none.
    due_at INTEGER NOT NULL DEFAULT 9223372036854775807,
    -- The end of the undo window.
    not_before INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- Counted before each attempt.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- The incarnation of the relay that the first attempt was meant for; empty before it.
    first_incarnation TEXT NOT NULL DEFAULT '',
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;
-- What a merchant put on orders, on this device: every write is a version that is never changed; the greatest stamp shows.
CREATE TABLE flag_version (
    place INTEGER PRIMARY KEY,
    -- Names the write for ever.
    op TEXT NOT NULL UNIQUE,
    order_key TEXT NOT NULL,
    -- 0 none, 1 red … 6 purple
    flag INTEGER NOT NULL,
    -- The stamp: time, count, device.
    ms INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    device TEXT NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX flag_version_of_order ON flag_version (order_key);
CREATE INDEX flag_version_by_stamp ON flag_version (ms, counter, device);

CREATE TABLE note_version (
    place INTEGER PRIMARY KEY,
    op TEXT NOT NULL UNIQUE,
    order_key TEXT NOT NULL,
    -- Empty: the note was cleared.
    text TEXT NOT NULL,
    ms INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    device TEXT NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX note_version_of_order ON note_version (order_key);
CREATE INDEX note_version_by_stamp ON note_version (ms, counter, device);
-- Named filters and sorts of the order list, in the order in which they were saved.
CREATE TABLE saved_view (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Filter and sort, as JSON.
    body TEXT NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;

PRAGMA application_id = 1397248075;
PRAGMA user_version = 2;
