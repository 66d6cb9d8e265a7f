-- Where the sync stands. One row, made with the file.
CREATE TABLE sync_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Rises when the relay's history turns out to be another one.
    generation INTEGER NOT NULL DEFAULT 1,
    -- The cursor of changes; an empty incarnation: none yet.
    incarnation TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL DEFAULT 0,
    -- The furthest reading that is here, and the life of the relay that told it; empty: none.
    seen_incarnation TEXT NOT NULL DEFAULT '',
    seen_seq INTEGER NOT NULL DEFAULT 0,
    -- The first sync: 0 not begun, 1 running, 2 done; and where it goes on.
    first INTEGER NOT NULL DEFAULT 0,
    first_from TEXT NOT NULL DEFAULT '',
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    -- The kinds that the build which began the first sync could store, separated by blanks.
    kinds TEXT NOT NULL DEFAULT ''
) STRICT;

INSERT INTO sync_state (id) VALUES (1);

-- The two claims about completeness, per kind. No row: nothing is claimed.
CREATE TABLE coverage (
    kind TEXT NOT NULL PRIMARY KEY,
    open_complete INTEGER NOT NULL DEFAULT 0,
    -- Everything created at or after this is here; the greatest integer: nothing is claimed.
    created_since INTEGER NOT NULL DEFAULT 9223372036854775807
) STRICT, WITHOUT ROWID;

-- How far the relay had seen the platform when this file last had everything that the relay has.
CREATE TABLE watermark (
    kind TEXT NOT NULL PRIMARY KEY,
    as_of INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What could not be read, as it came; until a later version, or a later build, can.
CREATE TABLE set_aside (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- 1: `body` is a whole line of the feed that is no line; 0: the body of an entity.
    whole_line INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    what TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
