-- relay.db, version 3, as it was released: a copy that no later change of the schema touches. See mod.rs.

-- Single values of this store.
CREATE TABLE about (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    -- The shop this store is of; NULL until a relay opens it for one.
    owner        TEXT,
    -- The greatest sequence given out.
    head         INTEGER NOT NULL,
    -- The greatest sequence of a tombstone that was cleared away: a cursor before it may have missed one.
    horizon      INTEGER NOT NULL
) STRICT;
INSERT INTO about (one, owner, head, horizon) VALUES (1, NULL, 0, 0);

-- The lives of this store, one row for each opening.
CREATE TABLE incarnation (
    ordinal      INTEGER PRIMARY KEY,
    nonce        TEXT NOT NULL UNIQUE,
    -- The head at its beginning, which is the end of the one before.
    began_at_seq INTEGER NOT NULL,
    began_at     INTEGER NOT NULL
) STRICT;

-- One row for each entity: its newest version, or its tombstone.
CREATE TABLE entity (
    kind         TEXT NOT NULL,
    key          TEXT NOT NULL,
    seq          INTEGER NOT NULL UNIQUE,
    -- Of body, open and created_at; a version that has the same is no new version.
    hash         BLOB NOT NULL,
    open         INTEGER NOT NULL,
    -- 0 where the entity has no such time.
    created_at   INTEGER NOT NULL,
    -- NULL in a tombstone.
    body         TEXT,
    -- When the fetch that brought the newest reading ended.
    fetch_ended  INTEGER,
    gone_at      INTEGER,
    CHECK ((body IS NULL) = (gone_at IS NOT NULL)),
    PRIMARY KEY (kind, key)
) STRICT;

-- The first sync walks this: by kind, open before the rest, newest first.
CREATE INDEX entity_by_importance ON entity (kind, open, created_at, key) WHERE gone_at IS NULL;
CREATE INDEX entity_gone ON entity (gone_at) WHERE gone_at IS NOT NULL;

-- How far the relay has seen the platform.
CREATE TABLE watermark (
    kind          TEXT PRIMARY KEY,
    as_of         INTEGER,
    open_complete INTEGER NOT NULL,
    created_since INTEGER,
    -- Of the relay's first reading of this kind, as it travels; NULL: not told.
    first_reading TEXT
) STRICT;
CREATE TABLE device (
    id           TEXT PRIMARY KEY,
    -- SHA-256 of the token; the token itself is nowhere.
    token_hash   BLOB NOT NULL UNIQUE,
    role         TEXT NOT NULL,
    name         TEXT NOT NULL,
    paired_at    INTEGER NOT NULL,
    -- To the hour, so that it costs few writes.
    seen_at      INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE pairing_code (
    -- SHA-256 of salt and code.
    hash         BLOB PRIMARY KEY,
    salt         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    burnt_at     INTEGER
) STRICT;

-- Wrong tries since the last good one, or since the last code was made.
CREATE TABLE wrong_tries (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    count        INTEGER NOT NULL
) STRICT;
INSERT INTO wrong_tries (one, count) VALUES (1, 0);
-- Where the comparison of one kind stands. Seconds, as the platform counts.
CREATE TABLE walk (
    kind          TEXT PRIMARY KEY,
    -- Every change up to here is stored.
    swept_to      INTEGER,
    -- When the first fill began; what was read after it needs no second reading.
    fill_began    INTEGER,
    -- Of the first fill: everything created from here on is done, for what is open and for all.
    open_below    INTEGER,
    history_below INTEGER,
    -- Steps of it that failed in a row; 0 once one is stored.
    fill_failures INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO walk (kind) VALUES ('order');

-- When shop and carriers were read last, ms.
CREATE TABLE facts (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    read_at       INTEGER
) STRICT;
INSERT INTO facts (one) VALUES (1);

-- Entities that shall be read again: a push named them, or reading them failed.
CREATE TABLE read_again (
    key           TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    -- Rises with each asking: a reading answers only what was asked before it began.
    asked         INTEGER NOT NULL,
    not_before    INTEGER NOT NULL,
    failures      INTEGER NOT NULL
) STRICT;
CREATE INDEX read_again_due ON read_again (kind, not_before, key);

-- One row for each command id, for ever: it is what keeps a repetition from acting twice.
CREATE TABLE command (
    ordinal       INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    -- SHA-256 of the request's body.
    body_hash     BLOB NOT NULL,
    -- The command as JSON; NULL once it ended 90 days ago.
    body          TEXT,
    target        TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'ended')),
    -- It was first sent to another life of the relay, which may have acted and is forgotten.
    doubtful      INTEGER NOT NULL,
    accepted_at   INTEGER NOT NULL,
    sent_at       INTEGER,
    ended_at      INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    -- The outcome as JSON.
    outcome       TEXT,
    CHECK ((state = 'ended') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX command_lane ON command (target, ordinal) WHERE state <> 'ended';
CREATE INDEX command_old ON command (ended_at) WHERE body IS NOT NULL;

-- Pushes that were taken, by the hash of their plaintext.
CREATE TABLE push_seen (
    fingerprint   BLOB PRIMARY KEY,
    at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_seen_at ON push_seen (at);

PRAGMA application_id = 1936421484;
PRAGMA user_version = 3;
