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
    created_since INTEGER
) STRICT;
